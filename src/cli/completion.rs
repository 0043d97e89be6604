//! Implements `statefulchart completion`.

use super::flags::{Flag, Given, known};
use super::{Args, Command, Failure, Group, help, output};

pub(super) const GROUP: Group = Group {
    name: "completion",
    names: &["completion"],
    about: "generate the script that completes command lines in a shell",
    commands: &[
        shell(
            "bash",
            "completion bash",
            "print the script for bash",
            "Print the script for bash. To use it in this session:\n\n    source <(@NAME@ completion bash)",
            |p| print(p, include_str!("completions/bash")),
        ),
        shell(
            "fish",
            "completion fish",
            "print the script for fish",
            "Print the script for fish. To use it in this session:\n\n    @NAME@ completion fish | source",
            |p| print(p, include_str!("completions/fish")),
        ),
        shell(
            "powershell",
            "completion powershell",
            "print the script for PowerShell",
            "Print the script for PowerShell. To use it in this session:\n\n    @NAME@ completion powershell | Out-String | Invoke-Expression",
            |p| print(p, include_str!("completions/powershell")),
        ),
        shell(
            "zsh",
            "completion zsh",
            "print the script for zsh",
            "Print the script for zsh. To use it in this session:\n\n    source <(@NAME@ completion zsh)",
            |p| print(p, include_str!("completions/zsh")),
        ),
    ],
    rules: &[],
    aliases: &[],
};

const FLAGS: &[Flag] = &[known::NO_DESCRIPTIONS.about("offer names only")];

const fn shell(
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    long: &'static str,
    run: fn(&Given) -> Result<(), Failure>,
) -> Command {
    Command { name, usage, about, long, flags: &[FLAGS], args: Args::None, run }
}

/// Prints a script for the name that this program was called by.
fn print(given: &Given, script: &str) -> Result<(), Failure> {
    let ask = if given.no_descriptions { "__completeNoDesc" } else { "__complete" };
    output::stdout(script.replace("@NAME@", help::program()).replace("@ASK@", ask).as_bytes())
}
