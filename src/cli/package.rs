//! `statefulchart package`

use std::path::{Path, PathBuf};
use std::rc::Rc;

use gosemver::Version;
use gostd::os::io_reason;
use gostd::path;
use statefulchart::chart::Chart;
use statefulchart::package;

use super::flags::{Flag, Kind, Parsed, flag, short};
use super::render::load_directory;
use super::{Args, Command, Failure, dependency, net, output, signature};

const FLAGS: &[Flag] = &[
    flag("app-version", Kind::String, "set the appVersion on the chart to this version"),
    short(
        'u',
        "dependency-update",
        Kind::Bool,
        "update dependencies from \"Chart.yaml\" to dir \"charts/\" before packaging",
    ),
    short('d', "destination", Kind::String, "location to write the chart").or("\".\""),
    flag("key", Kind::String, "name of the key to use when signing. Used if --sign is true"),
    flag("keyring", Kind::String, "location of a public keyring"),
    flag(
        "passphrase-file",
        Kind::String,
        "location of a file which contains the passphrase for the signing key. Use \"-\" in order to read from stdin.",
    ),
    flag("plain-http", Kind::Bool, "use insecure HTTP connections for the chart download"),
    flag("sign", Kind::Bool, "use a PGP private key to sign this package"),
    flag("version", Kind::String, "set the version on the chart to this semver version"),
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

fn run(parsed: &Parsed) -> Result<(), Failure> {
    if parsed.args.is_empty() {
        return Err("need at least one argument, the path to the chart".into());
    }
    if parsed.is_set("sign") {
        if parsed.get("key").unwrap_or_default().is_empty() {
            return Err("--key is required for signing a package".into());
        }
        if parsed.get("keyring") == Some("") {
            return Err("--keyring is required for signing a package".into());
        }
    }
    net::check_certificates(parsed)?;
    for given in &parsed.args {
        let folder = std::path::absolute(given).map_err(|e| Failure::from(e.to_string()))?;
        std::fs::metadata(given).map_err(|e| format!("stat {given}: {}", io_reason(&e)))?;
        if parsed.is_set("dependency-update") {
            dependency::update_quietly(parsed, &folder)?;
        }
        let file = pack(parsed, &folder)?;
        if parsed.is_set("sign") {
            signature::sign(parsed, &file)?;
        }
        let line = format!("Successfully packaged chart and saved it to: {}\n", file.display());
        output::stdout(line.as_bytes())?;
    }
    Ok(())
}

fn pack(parsed: &Parsed, folder: &Path) -> Result<PathBuf, Failure> {
    let mut chart = load_directory(folder)?;
    change(parsed, &mut chart)?;
    chart.check_dependencies()?;
    let destination = match parsed.get("destination").unwrap_or(".") {
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
fn change(parsed: &Parsed, chart: &mut Chart) -> Result<(), Failure> {
    let metadata = Rc::make_mut(&mut chart.metadata);
    if let Some(version) = parsed.get("version").filter(|v| !v.is_empty()) {
        metadata.version = version.into();
    }
    Version::parse(metadata.version.to_str().unwrap_or_default())?;
    if let Some(version) = parsed.get("app-version").filter(|v| !v.is_empty()) {
        metadata.app_version = version.into();
    }
    Ok(())
}
