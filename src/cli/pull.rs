//! `statefulchart pull`

use std::path::{Path, PathBuf};

use gostd::os::{io_reason, make_folders};
use gostd::path;
use statefulchart::downloader::{Verify, Wanted, expand};

use super::flags::{Given, known};
use super::net::{self, Net};
use super::reporter::Terminal;
use super::{Args, Command, Failure, locate, output, signature};

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
    let net = Net::new(given);
    if net.settings.debug && given.devel && locate::version(given) == ">0.0.0-0" {
        output::debug("pull.go:69", b"setting version to >0.0.0-0");
    }
    for reference in &given.args {
        let said = pull(&net, given, reference)?;
        output::stdout(said.as_bytes())?;
    }
    Ok(())
}

/// A folder that goes away again.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Result<Temporary, String> {
        let base = std::env::temp_dir();
        let mut attempt = 0_u32;
        loop {
            let path = base.join(format!("helm-{}{attempt}", std::process::id()));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Temporary(path)),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists && attempt < 100 => {
                    attempt += 1;
                }
                Err(e) => {
                    let path = path.display();
                    return Err(format!("failed to untar: mkdir {path}: {}", io_reason(&e)));
                }
            }
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn pull(net: &Net, given: &Given, argument: &str) -> Result<String, Failure> {
    let keyring = locate::keyring(given);
    let check = |file: &Path| signature::verify(file, &keyring);
    let verify = match (given.verify, given.prov) {
        (true, _) => Verify::Always(&check),
        (_, true) => Verify::Later,
        _ => Verify::Never,
    };
    let destination = given.destination.as_deref().unwrap_or(".");
    let untar = given.untar;
    let temporary = if untar { Some(Temporary::new()?) } else { None };
    let folder = temporary.as_ref().map_or(Path::new(destination), |t| &t.0);
    let version = locate::version(given);
    let mut reference = argument.to_owned();
    if let Some(repository) = given.repo.as_deref().filter(|r| !r.is_empty()) {
        reference = locate::in_repository(net, given, repository, argument, version)?;
    }
    let mut said = String::new();
    let mut say = |text: String| said.push_str(&text);
    let options = net::options(given);
    let chosen = locate::with_sources(net, |sources| {
        let wanted = Wanted { reference: &reference, version, options, folder, verify: &verify };
        sources.download(wanted, &mut say, &Terminal::QUIET)
    })?;
    said.push_str(&chosen.signature);
    if untar {
        unpack(given, destination, &reference, &chosen.file)?;
    }
    Ok(said)
}

fn unpack(given: &Given, destination: &str, reference: &str, file: &Path) -> Result<(), Failure> {
    let below = given.untardir.as_deref().unwrap_or(".");
    let folder = if below.starts_with('/') {
        below.as_bytes().to_vec()
    } else {
        path::join([destination.as_bytes(), below.as_bytes()])
    };
    let last = reference.rsplit('/').next().unwrap_or_default();
    let place = if folder == b"." {
        last.as_bytes().to_vec()
    } else {
        path::join([&folder[..], last.as_bytes()])
    };
    let (folder, place) = (
        String::from_utf8_lossy(&folder).into_owned(),
        String::from_utf8_lossy(&place).into_owned(),
    );
    if std::fs::metadata(&place).is_ok() {
        return Err(Failure::from(format!(
            "failed to untar: a file or directory with the name {place} already exists"
        )));
    }
    make_folders(Path::new(&place)).map_err(|e| format!("failed to untar (mkdir): {e}"))?;
    expand(Path::new(&folder), file).map_err(Failure::from)
}
