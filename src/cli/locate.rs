//! Which chart an argument names, fetching it where it lies elsewhere.

use std::path::{Path, PathBuf};

use gostd::os::make_folders;
use gostd::url::Url;
use statefulchart::downloader::{Sources, Verify, Wanted};
use statefulchart::repo::{Entry, find_in_repository};

use super::flags::Given;
use super::net::{self, Net};
use super::reporter::Terminal;
use super::{Failure, output, settings, signature};

/// The path of the chart, made absolute; a chart from elsewhere is in the cache by then.
///
/// # Errors
/// Helm's texts.
pub(super) fn chart(given: &Given, name: &str) -> Result<PathBuf, Failure> {
    net::check_certificates(given)?;
    let name = name.trim();
    let path = PathBuf::from(name);
    if path.exists() {
        let path = std::path::absolute(&path).map_err(|e| Failure::from(e.to_string()))?;
        if given.verify {
            signature::verify(&path, &keyring(given))?;
        }
        return Ok(path);
    }
    if path.is_absolute() || name.starts_with('.') {
        return Err(Failure::from(format!("path {name:?} not found")));
    }
    fetched(given, name)
}

/// The version that the flags ask for.
pub(super) fn version(given: &Given) -> &str {
    match given.version.as_deref().unwrap_or_default().trim() {
        "" if given.devel => ">0.0.0-0",
        version => version,
    }
}

/// The file with the keys that signatures are checked with.
pub(super) fn keyring(given: &Given) -> String {
    given.keyring.as_deref().map_or_else(settings::keyring, str::to_owned)
}

fn fetched(given: &Given, name: &str) -> Result<PathBuf, Failure> {
    let net = Net::new(given);
    let version = version(given);
    let mut options = net::options(given);
    let mut reference = name.to_owned();
    if let Some(repository) = given.repo.as_deref().filter(|r| !r.is_empty()) {
        reference = in_repository(&net, given, repository, name, version)?;
        let (from, to) = (
            Url::parse(repository).map_err(|e| e.to_string())?,
            Url::parse(&reference).map_err(|e| e.to_string())?,
        );
        if !options.pass_credentials && (from.scheme != to.scheme || from.host != to.host) {
            options.username.clear();
            options.password.clear();
        }
    }
    let cache = net.cache().to_owned();
    make_folders(&cache).map_err(|e| e.to_string())?;
    let keyring = keyring(given);
    let check = |file: &Path| signature::verify(file, &keyring);
    let verify = if given.verify { Verify::Always(&check) } else { Verify::Never };
    let mut say = |text: String| drop(output::stdout(text.as_bytes()));
    let chosen = with_sources(&net, |sources| {
        let wanted =
            Wanted { reference: &reference, version, options, folder: &cache, verify: &verify };
        sources.download(wanted, &mut say, &Terminal::QUIET)
    })?;
    std::path::absolute(chosen.file).map_err(|e| Failure::from(e.to_string()))
}

/// Runs something with the places that charts come from.
pub(super) fn with_sources<T>(net: &Net, run: impl FnOnce(&Sources<'_>) -> T) -> T {
    let fetch = |url: &str, options: &_, limit| net.fetch(url, options, limit);
    let schemes = net.schemes();
    let aside = |url: &str, options: &_, limit| net.fetch_aside(url, options, limit);
    run(&Sources {
        fetch: &fetch,
        aside: &aside,
        say_aside: &|said: &str| output::stderr(said.as_bytes()),
        repositories: &net.settings.repository_config,
        cache: net.cache(),
        schemes: &schemes,
        tags: &|reference: &str| net.with_registry(|r| r.tags(reference)),
        registry: &|reference, version| net.with_registry(|r| r.resolve(reference, version)),
    })
}

/// The URL of a chart in the repository of `--repo`.
pub(super) fn in_repository(
    net: &Net,
    given: &Given,
    repository: &str,
    name: &str,
    version: &str,
) -> Result<String, Failure> {
    let options = net::options(given);
    let entry = Entry {
        // Nobody else may have a file of that name meanwhile.
        name: format!("once-{}", std::process::id()),
        url: repository.to_owned(),
        username: options.username,
        password: options.password,
        tls: options.tls,
        pass_credentials: options.pass_credentials,
    };
    let fetch = |url: &str, options: &_, limit| net.fetch(url, options, limit);
    find_in_repository(&fetch, &entry, net.cache(), name, version, &net.schemes(), &Terminal::QUIET)
        .map_err(Failure::from)
}
