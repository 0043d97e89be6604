//! The indexes of repositories as they lie on the disk.

use crate::report::Reporter;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Entry, Index, IndexFile, absolute_url};
use crate::getter::{MAX_INDEX, Network};
use crate::store::write_whole;
use gostd::os::make_folders;
use gostd::url::Url;

/// The file with a repository's index.
pub fn index_file(cache: &Path, name: &str) -> PathBuf {
    cache.join(if name.is_empty() { "index.yaml".into() } else { format!("{name}-index.yaml") })
}

/// The file with the names of a repository's charts, for completion.
pub fn charts_file(cache: &Path, name: &str) -> PathBuf {
    cache.join(if name.is_empty() { "charts.txt".into() } else { format!("{name}-charts.txt") })
}

/// Fetches a document of a scheme that the program itself knows nothing of.
pub type Fetch<'f> =
    dyn Fn(&str, &crate::getter::Options, u64) -> Result<Vec<u8>, String> + Sync + 'f;

/// Checks that a repository's URL can be fetched at all.
///
/// # Errors
/// `invalid chart URL format: URL`, `could not find protocol handler for: SCHEME`.
pub fn check_url(url: &str, schemes: &[String]) -> Result<(), String> {
    let parsed = Url::parse(url).map_err(|_| format!("invalid chart URL format: {url}"))?;
    let known = ["http", "https", "oci"];
    if known.contains(&parsed.scheme.as_str()) || schemes.contains(&parsed.scheme) {
        return Ok(());
    }
    Err(format!("could not find protocol handler for: {}", parsed.scheme))
}

/// Fetches a repository's index, checks it and puts it into the cache; returns the cached file's name.
///
/// # Errors
/// Helm's texts for what the network or the file says.
pub fn download_index(
    fetch: &Fetch<'_>,
    entry: &Entry,
    cache: &Path,
    reporter: &dyn Reporter,
) -> Result<PathBuf, String> {
    let url = absolute_url(&entry.url, "index.yaml")?;
    let data = fetch(&url, &entry.options(), MAX_INDEX)?;
    let mut names = BTreeSet::new();
    let mut keep = |name, _| {
        names.insert(name);
    };
    Index::default().read(&data, &entry.url, reporter, &mut keep)?;
    let mut list = Vec::new();
    for name in names {
        list.extend_from_slice(&name);
        list.push(b'\n');
    }
    let charts = charts_file(cache, &entry.name);
    let folder = charts.parent().unwrap_or(cache);
    make_folders(folder).map_err(|e| e.to_string())?;
    write_whole(&charts, &list, 0o644)?;
    let file = index_file(cache, &entry.name);
    write_whole(&file, &data, 0o644)?;
    Ok(file)
}

/// Where a chart of a repository that was never added lies, Helm's `--repo`. The index is in the cache
/// only meanwhile, under `entry`'s name.
///
/// # Errors
/// `chart "NAME" version "VERSION" not found in URL repository`, and what the network says.
pub fn find_in_repository(
    fetch: &Fetch<'_>,
    entry: &Entry,
    cache: &Path,
    name: &str,
    version: &str,
    schemes: &[String],
    reporter: &dyn Reporter,
) -> Result<String, String> {
    check_url(&entry.url, schemes)?;
    let file = download_index(fetch, entry, cache, reporter).map_err(|e| {
        format!(
            "looks like {:?} is not a valid chart repository or cannot be reached: {e}",
            entry.url
        )
    })?;
    let found = IndexFile::open(&file).and_then(|index| index.versions_of(name, reporter));
    for file in [charts_file(cache, &entry.name), file] {
        let _ = std::fs::remove_file(file);
    }
    let versions = found?;
    let mut what = format!("chart {name:?}");
    if !version.is_empty() {
        what.push_str(&format!(" version {version:?}"));
    }
    let chosen = Index::pick(versions.as_deref(), name, version)
        .map_err(|_| format!("{what} not found in {} repository", entry.url))?;
    let url = chosen.url().ok_or_else(|| format!("{what} has no downloadable URLs"))?;
    absolute_url(&entry.url, &url).map_err(|e| format!("failed to make chart URL absolute: {e}"))
}

/// A [`Fetch`] over HTTP alone.
pub fn over_http(
    network: &Network,
) -> impl Fn(&str, &crate::getter::Options, u64) -> Result<Vec<u8>, String> + Sync + '_ {
    move |url, options, limit| network.get(url, options, limit)
}
