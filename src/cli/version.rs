//! `statefulchart version`

use super::flags::{Flag, Kind, flag};
use super::{Args, Command, Failure, output};

const FLAGS: &[Flag] = &[flag("short", Kind::Bool, "print the version number")];

pub(super) const COMMAND: Command = Command {
    name: "version",
    usage: "version",
    about: "print the version information",
    long: "Show the version of statefulchart, and of the Helm whose output it reproduces.",
    flags: &[FLAGS],
    args: Args::AtLeast(0),
    run,
};

fn run(parsed: &super::flags::Parsed) -> Result<(), Failure> {
    let own = env!("CARGO_PKG_VERSION");
    let text = if parsed.is_set("short") {
        format!("v{own}+helm{}\n", statefulchart::HELM_VERSION)
    } else {
        format!("statefulchart {own} (renders as Helm v{})\n", statefulchart::HELM_VERSION)
    };
    output::stdout(text.as_bytes())
}
