//! Finds the URL of the package that the user names.

use crate::report::Reporter;
use std::path::Path;

use super::cache::check_url;
use super::url::absolute_url;
use super::{Error, Index, IndexFile, RepositoryFile, index_file};
use crate::getter::{Getter, Options, Settings};
use crate::http;
use gostd::url::Url;

/// Where a package lies, and how it is fetched.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The package's URL.
    pub url: String,
    /// Credentials and certificates: those that were asked for, where the repository has no own.
    pub options: Options,
    /// The package's digest, where the repository's index names one.
    pub digest: String,
}

/// Finds the package of `repo/chart`, or the repository that an `https://…tgz` belongs to, Helm's
/// `ResolveChartVersion`.
///
/// # Errors
/// Helm's texts: `repo NAME not found`, `no cached repo found. (try 'helm repo update'): …` …
pub fn resolve(
    reference: &str,
    version: &str,
    mut options: Options,
    settings: &Settings,
    getter: &dyn Getter,
    reporter: &dyn Reporter,
) -> Result<Resolved, Error> {
    let cache: &Path = &settings.repository_cache;
    let invalid = || Error::ChartUrl(reference.to_owned());
    let not_cached = |e| Error::NotCached { source: Box::new(e) };
    let parsed = Url::parse(reference).map_err(|_| invalid())?;
    let file = RepositoryFile::load_or_empty(&settings.repository_config)?;
    if !parsed.scheme.is_empty() && !parsed.host.is_empty() && !parsed.path.is_empty() {
        options.url = reference.to_owned();
        for entry in &file.entries {
            check_url(&entry.url, getter)?;
            if !IndexFile::open(&index_file(cache, &entry.name))
                .and_then(|index| index.offers(reference, reporter))
                .map_err(not_cached)?
            {
                continue;
            }
            entry_options(&mut options, entry);
            break;
        }
        return Ok(Resolved { url: parsed.to_string(), options, digest: String::new() });
    }
    let path = gostd::os::text_of(parsed.path.clone());
    let Some((repository, name)) = path.split_once('/') else {
        return Err(Error::Reference(parsed.to_string()));
    };
    let entry = file.get(repository).ok_or_else(|| Error::Unknown(repository.to_owned()))?;
    if entry.url.is_empty() {
        return Err(Error::NoRepositoryUrl(repository.to_owned()));
    }
    check_url(&entry.url, getter)?;
    entry_options(&mut options, entry);
    let versions = IndexFile::open(&index_file(cache, repository))
        .and_then(|index| index.versions_of(name, reporter))
        .map_err(not_cached)?;
    let chosen = Index::pick(versions.as_deref(), name, version, settings.profile, reporter)
        .map_err(|source| Error::NotInIndex {
            chart: name.to_owned(),
            version: version.to_owned(),
            repository: repository.to_owned(),
            source: Box::new(source),
        })?;
    let no_urls = || Error::NoUrls { chart: format!("chart {reference:?}") };
    let url = chosen.url().ok_or_else(no_urls)?;
    let url = absolute_url(&entry.url, &url).map_err(|_| invalid())?;
    let url = http::parse(&url)?.to_string();
    Ok(Resolved { url, options, digest: chosen.digest.to_string_lossy().into_owned() })
}

/// What a repository's own settings change.
fn entry_options(options: &mut Options, entry: &super::Entry) {
    options.url = entry.url.clone();
    let own = &entry.tls;
    if [&own.cert_file, &own.key_file, &own.ca_file].iter().any(|f| !f.is_empty()) {
        options.tls.cert_file = own.cert_file.clone();
        options.tls.key_file = own.key_file.clone();
        options.tls.ca_file = own.ca_file.clone();
    }
    if !entry.username.is_empty() && !entry.password.is_empty() {
        options.username = entry.username.clone();
        options.password = entry.password.clone();
        options.pass_credentials = entry.pass_credentials;
    }
}
