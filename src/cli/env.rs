//! Implements `statefulchart env`.

use super::flags::Given;
use super::settings::Settings;
use super::{Args, Command, Failure, output};

pub(super) const COMMAND: Command = Command {
    name: "env",
    usage: "env",
    about: "print the environment in use",
    long: "Print the variables and places in use, or the value of one of them.",
    flags: &[],
    args: Args::AtMost(1),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    let variables = Settings::read(given).variables;
    let mut text = String::new();
    match given.args.first() {
        Some(name) => {
            let value = variables.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v);
            text.push_str(value);
            text.push('\n');
        }
        None => variables.iter().for_each(|(n, v)| text.push_str(&format!("{n}=\"{v}\"\n"))),
    }
    output::stdout(text.as_bytes())
}
