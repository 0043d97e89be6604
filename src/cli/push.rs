//! Implements `statefulchart push`.

use statefulchart::action::Push;

use super::flags::{Given, known};
use super::reporter::Terminal;
use super::{Args, Command, Failure, net, output};

pub(super) const COMMAND: Command = Command {
    name: "push",
    usage: "push [chart] [remote]",
    about: "push a chart to remote",
    long: "Put a package, and the signature beside it, into a registry.",
    flags: &[
        net::FLAGS,
        &[known::PLAIN_HTTP.about("use insecure HTTP connections for the chart upload")],
    ],
    args: Args::AtLeast(2),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    let [package, remote, ..] = &given.args[..] else {
        return Err("two arguments are needed".into());
    };
    net::check_certificates(given)?;
    let push = Push { package: package.into(), remote: remote.clone(), clock: output::clock() };
    let (providers, reporter) = (net::providers(given), Terminal::of(given));
    Ok(push.run(&providers.registry(&reporter), &reporter)?)
}
