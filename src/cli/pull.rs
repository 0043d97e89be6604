//! Implements `statefulchart pull`.

use statefulchart::action::Pull;
use statefulchart::downloader::Signature;
use statefulchart::report::{Notice, words};

use super::flags::{Given, known};
use super::reporter::Terminal;
use super::{Args, Command, Failure, net, output, profile, signature};

pub(super) const COMMAND: Command = Command {
    name: "pull",
    usage: "pull [chart URL | repo/chartname] [...]",
    about: "download a chart from a repository and (optionally) unpack it in local directory",
    long: "Fetch packages from repositories or registries.",
    flags: &[
        net::FLAGS,
        net::CHART_FLAGS,
        &[
            known::DESTINATION.about("location to write the chart").or("\".\""),
            known::PROV.about("fetch the provenance file, but don't perform verification"),
            known::UNTAR.about("unpack the chart after downloading it"),
            known::UNTARDIR.about("with --untar, the directory to unpack into").or("\".\""),
        ],
    ],
    args: Args::AtLeast(1),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    net::check_certificates(given)?;
    super::plugin_run::look_for_getters();
    let providers = net::providers(given);
    let reporter = Terminal::of(given);
    let pull = Pull {
        source: net::source(given),
        destination: given.destination.clone().unwrap_or_default(),
        provenance: given.prov,
        untar: given.untar,
        untar_folder: given.untardir.clone().unwrap_or_default(),
    };
    pull.announce(&reporter);
    for reference in &given.args {
        let text = match pull.run(reference, providers.settings(), &providers, &reporter)? {
            Signature::Unchecked => String::new(),
            Signature::Missing { reference, why } => words::notice(
                &Notice::NoProvenance { reference, why: why.to_string() },
                profile::current(),
            ),
            Signature::Verified(verified) => signature::words(&verified),
        };
        output::stdout(text.as_bytes())?;
    }
    Ok(())
}
