//! Shows what does not fit on a terminal page by page.

use std::io::{IsTerminal, Write};
use std::process::{Command, Stdio};

use super::{Failure, output};

/// Prints a text: on a terminal through the program of `STATEFULCHART_PAGER` or `PAGER`, else `less`, as git does.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    if !std::io::stdout().is_terminal() || text.is_empty() || !paged(text) {
        output::stdout(text.as_bytes())?;
    }
    Ok(())
}

/// Returns whether a pager has shown the text.
fn paged(text: &str) -> bool {
    let variable = |name: &str| std::env::var(name).ok();
    let pager = variable("STATEFULCHART_PAGER").or_else(|| variable("PAGER"));
    let pager = pager.unwrap_or_else(|| "less".to_owned());
    if pager.trim().is_empty() || pager.trim() == "cat" {
        return false;
    }
    let mut command = Command::new("sh");
    command.args(["-c", &pager]).stdin(Stdio::piped());
    // Ends at once where all has room, keeps colours, and leaves the text on the screen.
    if variable("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    let Ok(mut child) = command.spawn() else { return false };
    if let Some(mut input) = child.stdin.take() {
        // Someone may have seen enough.
        let _ = input.write_all(text.as_bytes());
    }
    // What the shell says where there is no such program.
    child.wait().is_ok_and(|status| !matches!(status.code(), Some(126 | 127)))
}
