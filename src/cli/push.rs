//! `statefulchart push`

use std::path::Path;
use std::time::UNIX_EPOCH;

use gostd::os::io_reason;
use gostd::path;
use gostd::time::Time;
use gostd::url::Url;
use gostd::value::Str;
use statefulchart::registry::Package;

use super::flags::{Given, known};
use super::net::{self, Net};
use super::{Args, Command, Failure, output, render};

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
    let [file, remote, ..] = &given.args[..] else {
        return Err("two arguments are needed".into());
    };
    net::check_certificates(given)?;
    let url = Url::parse(remote).map_err(|_| format!("invalid chart URL format: {remote}"))?;
    if url.scheme.is_empty() {
        return Err("scheme prefix missing from remote (e.g. \"oci://\")".into());
    }
    if url.scheme != "oci" {
        return Err(Failure::from(format!("scheme {:?} not supported", url.scheme)));
    }
    let info = std::fs::metadata(file).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => format!("{file}: no such file"),
        _ => format!("stat {file}: {}", io_reason(&e)),
    })?;
    if info.is_dir() {
        return Err("cannot push directory, must provide chart archive (.tgz)".into());
    }
    let chart = render::load_any(Path::new(file))?;
    let read =
        |path: &str| std::fs::read(path).map_err(|e| format!("open {path}: {}", io_reason(&e)));
    let data = read(file)?;
    let beside = format!("{file}.prov");
    let provenance = if Path::new(&beside).exists() { Some(read(&beside)?) } else { None };
    let written = info.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    let seconds = written.map_or(0, |d| d.as_secs() as i64);
    let time = Time::now(seconds, 0, 0, &output::clock().local_zone());
    let below = remote.strip_prefix("oci://").unwrap_or(remote);
    let place = path::join([below.as_bytes(), chart.name()]);
    let reference = format!("{}:{}", String::from_utf8_lossy(&place), chart.metadata.version);
    let package = Package {
        metadata: &chart.metadata,
        data: &data,
        provenance: provenance.as_deref(),
        created: Str::from(time.format(b"2006-01-02T15:04:05Z07:00")),
    };
    let mut say = |text: &str| output::stderr(text.as_bytes());
    let net = Net::new(given);
    net.with_registry(|client| client.push(&reference, &package, &mut say)).map_err(Failure::from)
}
