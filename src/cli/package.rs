//! `statefulchart package`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gosemver::Version;
use gostd::os::io_reason;
use gostd::path;
use statefulchart::chart::Chart;
use statefulchart::package;

use super::flags::{Flag, Given, known};
use super::render::load_directory;
use super::{Args, Command, Failure, dependency, net, output, signature};

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
    if given.sign {
        if given.key.as_deref().unwrap_or_default().is_empty() {
            return Err("--key is required for signing a package".into());
        }
        if given.keyring.as_deref() == Some("") {
            return Err("--keyring is required for signing a package".into());
        }
    }
    net::check_certificates(given)?;
    for path in &given.args {
        let folder = std::path::absolute(path).map_err(|e| Failure::from(e.to_string()))?;
        std::fs::metadata(path).map_err(|e| format!("stat {path}: {}", io_reason(&e)))?;
        if given.dependency_update {
            dependency::update_quietly(given, &folder)?;
        }
        let file = pack(given, &folder)?;
        if given.sign {
            signature::sign(given, &file)?;
        }
        let line = format!("Successfully packaged chart and saved it to: {}\n", file.display());
        output::stdout(line.as_bytes())?;
    }
    Ok(())
}

fn pack(given: &Given, folder: &Path) -> Result<PathBuf, Failure> {
    let mut chart = load_directory(folder)?;
    change(given, &mut chart)?;
    chart.check_dependencies()?;
    let destination = match given.destination.as_deref().unwrap_or(".") {
        "." => std::env::current_dir().map_err(|e| Failure::from(e.to_string()))?,
        given => {
            let clean = path::clean(given.as_bytes());
            PathBuf::from(String::from_utf8_lossy(&clean).into_owned())
        }
    };
    // Not the time of packing: a package is to be the same whenever it is made.
    let time = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|s| s.parse().ok()).unwrap_or(0);
    package::save(&chart, &destination, time).map_err(|e| Failure::from(e).within("failed to save"))
}

/// Puts the versions that the flags give into the chart.
fn change(given: &Given, chart: &mut Chart) -> Result<(), Failure> {
    let metadata = Arc::make_mut(&mut chart.metadata);
    if let Some(version) = given.version.as_deref().filter(|v| !v.is_empty()) {
        metadata.version = version.into();
    }
    Version::parse(metadata.version.to_str().unwrap_or_default()).map_err(|e| e.to_string())?;
    if let Some(version) = given.app_version.as_deref().filter(|v| !v.is_empty()) {
        metadata.app_version = version.into();
    }
    Ok(())
}
