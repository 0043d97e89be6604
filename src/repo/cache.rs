//! Keeps the indexes of repositories on the disk.

use crate::profile::Profile;
use crate::report::Reporter;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Entry, Error, Index, IndexFile, absolute_url};
use crate::getter::{Getter, MAX_INDEX};
use crate::store::{clear_ended, make_folders, process_of, write_whole};
use gostd::url::Url;

/// Returns the file with a repository's index.
pub fn index_file(cache: &Path, name: &str) -> PathBuf {
    cache.join(if name.is_empty() { "index.yaml".into() } else { format!("{name}-index.yaml") })
}

/// Returns the file with the names of a repository's charts, for completion.
pub fn charts_file(cache: &Path, name: &str) -> PathBuf {
    cache.join(if name.is_empty() { "charts.txt".into() } else { format!("{name}-charts.txt") })
}

/// Checks that a repository's URL can be fetched at all.
///
/// # Errors
/// `invalid chart URL format: URL`, `could not find protocol handler for: SCHEME`.
pub fn check_url(url: &str, getter: &dyn Getter) -> Result<(), Error> {
    let parsed = Url::parse(url).map_err(|_| Error::ChartUrl(url.to_owned()))?;
    if getter.knows(&parsed.scheme) { Ok(()) } else { Err(Error::Scheme(parsed.scheme)) }
}

/// Fetches a repository's index, checks it and puts it into the cache; returns the cached file's name.
///
/// # Errors
/// Helm's texts for what the network or the file says.
pub fn download_index(
    getter: &dyn Getter,
    entry: &Entry,
    cache: &Path,
    reporter: &dyn Reporter,
) -> Result<PathBuf, Error> {
    let url = absolute_url(&entry.url, "index.yaml")?;
    let data = getter.get(&url, &entry.options(), MAX_INDEX, reporter)?;
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
    make_folders(folder)?;
    write_whole(&charts, &list, 0o644)?;
    let file = index_file(cache, &entry.name);
    write_whole(&file, &data, 0o644)?;
    Ok(file)
}

/// How the names begin of repositories that are in the cache only meanwhile; a process number follows, since no other
/// program may have a file of that name.
const ONCE: &str = "once-";

impl Entry {
    /// Returns a repository that was never added, for [`find_in_repository`].
    pub fn once(url: String) -> Entry {
        Entry { name: format!("{ONCE}{}", std::process::id()), url, ..Entry::default() }
    }
}

/// Returns where a chart of a repository that was never added lies, Helm's `--repo`. The index is in
/// the cache only meanwhile, under `entry`'s name; see [`Entry::once`].
///
/// # Errors
/// `chart "NAME" version "VERSION" not found in URL repository`, and what the network says.
pub fn find_in_repository(
    getter: &dyn Getter,
    entry: &Entry,
    cache: &Path,
    name: &str,
    version: &str,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<String, Error> {
    check_url(&entry.url, getter)?;
    clear_ended(cache, |name| {
        // The files themselves, and what was being written beside them.
        let name = name.strip_prefix('.').unwrap_or(name);
        let (process, what) = name.strip_prefix(ONCE)?.split_once('-')?;
        let is_ours = what.starts_with("index.yaml") || what.starts_with("charts.txt");
        process_of(process).filter(|_| is_ours)
    });
    let file = download_index(getter, entry, cache, reporter)
        .map_err(|e| Error::NoRepository { url: entry.url.clone(), source: Box::new(e) })?;
    let found = IndexFile::open(&file).and_then(|index| index.versions_of(name, reporter));
    for file in [charts_file(cache, &entry.name), file] {
        let _ = std::fs::remove_file(file);
    }
    let versions = found?;
    let mut what = format!("chart {name:?}");
    if !version.is_empty() {
        what.push_str(&format!(" version {version:?}"));
    }
    let chosen = Index::pick(versions.as_deref(), name, version, profile, reporter)
        .map_err(|_| Error::NotInRepository { chart: what.clone(), url: entry.url.clone() })?;
    let url = chosen.url().ok_or(Error::NoUrls { chart: what })?;
    absolute_url(&entry.url, &url).map_err(|e| Error::NotAbsolute { source: Box::new(e) })
}
