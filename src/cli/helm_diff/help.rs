//! Prints helm-diff's help in cobra's layout, in our own words.

use super::flags::{GLOBAL, HELP};
use super::{COMMANDS, Command};
use crate::cli::flags::Flag;
use crate::cli::{Failure, help, output};

const LONG: &str = "Compare the manifests of releases, of revisions, or of a release and a chart";

/// Returns how a command is used, or the program without one.
pub(super) fn usage(command: Option<&Command>) -> String {
    let name = command.map_or("diff", |command| command.name);
    let mut text = match command {
        Some(command) => format!("Usage:\n  diff {}\n", command.usage),
        None => "Usage:\n  diff [flags]\n  diff [command]\n".to_owned(),
    };
    if let Some(command) = command.filter(|command| !command.examples.is_empty()) {
        text.push_str(&format!("\nExamples:\n{}\n", command.examples));
    }
    let mut own: Vec<&Flag> =
        command.unwrap_or(&COMMANDS[0]).flags.iter().copied().flatten().collect();
    own.push(&HELP);
    if command.is_none() {
        text.push_str("\nAvailable Commands:\n");
        let mut commands: Vec<&Command> = COMMANDS.iter().collect();
        commands.sort_by_key(|command| command.name);
        for Command { name, about, .. } in commands {
            text.push_str(&format!("  {name:<11} {about}\n"));
        }
        own.extend(GLOBAL);
    }
    let about = |flag: &Flag| match flag.name == HELP.name {
        true => format!("{} {name}", HELP.help),
        false => flag.help.to_owned(),
    };
    let mut section = |title: &str, mut flags: Vec<&Flag>| {
        flags.sort_by_key(|flag| flag.name);
        text.push_str(&format!("\n{title}:\n"));
        help::list(&mut text, &flags, about);
    };
    section("Flags", own);
    match command {
        Some(_) => section("Global Flags", GLOBAL.iter().collect()),
        None => {
            text.push_str("\nUse \"diff [command] --help\" for more information about a command.\n")
        }
    }
    text
}

/// Prints the help of a command, or of the program without one.
pub(super) fn print(command: Option<&Command>) -> Result<(), Failure> {
    let long = command.map_or(LONG, |command| command.long);
    output::stdout(format!("{long}\n\n{}", usage(command)).as_bytes())
}
