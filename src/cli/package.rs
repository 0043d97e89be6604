//! Implements `statefulchart package`.

use std::path::Path;

use gostd::os::{bytes_of, path_of, path_text};
use statefulchart::action::{Package, Sign};

use super::flags::{Flag, Given, known};
use super::reporter::Terminal;
use super::secrets::Asking;
use super::{Args, Command, Failure, dependency, net, output, profile, suggest};

const FLAGS: &[Flag] = &[
    known::APP_VERSION.about("set the appVersion on the chart to this version"),
    known::DEPENDENCY_UPDATE.short('u').about("update dependencies from \"Chart.yaml\" to dir \"charts/\" before packaging"),
    known::DESTINATION.about("location to write the chart").or("\".\""),
    known::KEY.about("name of the key to use when signing. Used if --sign is true"),
    known::KEYRING.about("location of a public keyring"),
    known::PASSPHRASE_FILE.about("location of a file which contains the passphrase for the signing key. Use \"-\" in order to read from stdin."),
    known::PLAIN_HTTP.about("use insecure HTTP connections for the chart download"),
    known::SIGN.about("use a PGP private key to sign this package"),
    known::VERSION.about("set the version on the chart to this semver version"),
];

pub(super) const COMMAND: Command = Command {
    name: "package",
    usage: "package [CHART_PATH] [...]",
    about: "package a chart directory into a chart archive",
    long: "Pack a chart's directory into an archive that carries its version, NAME-VERSION.tgz. The same chart\ngives the same archive, to the byte: its files bear the time of SOURCE_DATE_EPOCH, or 1970.\n\nWith --sign a provenance file is written beside the archive, signed by the key of the keyring whose\nname --key gives.",
    flags: &[FLAGS, net::FLAGS],
    args: Args::AtLeast(0),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    if given.args.is_empty() {
        return Err("need at least one argument, the path to the chart".into());
    }
    output::check_clock()?;
    if given.sign {
        if given.key.as_deref().unwrap_or_default().is_empty() {
            return Err("--key is required for signing a package".into());
        }
        if given.keyring.as_deref() == Some("") {
            return Err("--keyring is required for signing a package".into());
        }
    }
    net::check_certificates(given)?;
    let text = |given: &Option<String>| given.clone().unwrap_or_default();
    let package = Package {
        version: text(&given.version),
        app_version: text(&given.app_version),
        destination: given.destination.clone().unwrap_or(".".to_owned()),
        update: given.dependency_update.then(|| dependency::options(given, Path::new(""))),
        clock: output::clock(),
    };
    let (providers, reporter) = (net::providers(given), Terminal::of(given));
    for path in &given.args {
        let file = package
            .run(&path_of(path), providers.settings(), &providers, &reporter)
            .map_err(|e| suggest::with_chart(e.into(), given))?;
        if given.sign {
            let (keyring, key) = (net::keyring(given).into(), text(&given.key));
            let sign = Sign { keyring, key, clock: output::clock(), profile: profile::current() };
            sign.run(&file, &Asking(given), &reporter)?;
        }
        let line = format!("Successfully packaged chart and saved it to: {}\n", path_text(&file));
        output::stdout(&bytes_of(&line))?;
    }
    Ok(())
}
