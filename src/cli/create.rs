//! Implements `statefulchart create`.

use gostd::os::bytes_of;
use gostd::strconv::quoted;
use statefulchart::action::Create;
use statefulchart::create::Kind as Workload;

use super::flags::{Flag, Given, known};
use super::reporter::Terminal;
use super::{Args, Command, Failure, output, profile, settings};

const OWN_FLAGS: &[Flag] = &[known::KIND
    .about("what the chart runs: statefulset, deployment, job, or library for nothing")
    .or("\"statefulset\"")
    .own()];

const FLAGS: &[Flag] =
    &[known::STARTER.about("a chart to copy: a path, or a name in Helm's folder of starters")];

pub(super) const COMMAND: Command = Command {
    name: "create",
    usage: "create NAME",
    about: "create a new chart with the given name",
    long: "Make a chart to begin with, in a directory of that name: a StatefulSet with its services and\nvolumes. Files of the same names are overwritten.\n\nWith --starter the chart is a copy of another one, in which the name takes the place of <CHARTNAME>.",
    flags: &[FLAGS, OWN_FLAGS],
    args: Args::Exactly(1),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    let path = given.args.first().map(String::as_str).unwrap_or_default();
    let kind = given.kind.as_deref().unwrap_or(Workload::StatefulSet.name());
    let Some(kind) = Workload::of(kind) else {
        let all: Vec<_> = Workload::ALL.iter().map(|k| k.name()).collect();
        return Err(
            format!("there is no kind {}; choose from {}", quoted(kind), all.join(", ")).into()
        );
    };
    output::stdout(&bytes_of(&format!("Creating {path}\n")))?;
    let starter = given.starter.as_deref().filter(|s| !s.is_empty());
    let create = Create {
        path: path.to_owned(),
        kind,
        starter: starter.map(|s| settings::starters().join(s)),
        clock: output::clock(),
        profile: profile::current(),
    };
    Ok(create.run(&Terminal::of(given))?)
}
