//! Makes an index of the packages in a directory.

use crate::profile::Profile;
use crate::report::Reporter;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{ChartVersion, Error, Index};
use crate::chart::{self, API_V1};
use crate::store::FileError;
use gostd::path;
use gostd::url::Url;
use gostd::value::Str;

/// Makes an index of the packages in a directory and in those right below it, with URLs below `url`.
/// `now` is the time that the index and its entries bear, RFC 3339.
///
/// # Errors
/// Helm's texts: what a package's Chart.yaml breaks. Files that are no charts are passed over.
pub fn index_directory(
    folder: &Path,
    url: &str,
    now: &Str,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<Index, Error> {
    let mut index = Index::new(now.clone());
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    packages(folder, "", &mut found);
    for below in directories(folder) {
        packages(&folder.join(&below), &below, &mut found);
    }
    for (parent, file) in found {
        let Ok(chart) = chart::load_as(&file, profile, reporter) else { continue };
        let data =
            gostd::os::read_regular_file(&file).map_err(|e| FileError::new("open", &file, e))?;
        let digest: String = Sha256::digest(&data).iter().map(|b| format!("{b:02x}")).collect();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let base = joined(url, &parent);
        let place = if base.is_empty() { name } else { joined(&base, &name) };
        let mut metadata = (*chart.metadata).clone();
        if metadata.api_version.is_empty() {
            metadata.api_version = Str::from_static(API_V1);
        }
        let key = metadata.name.clone();
        let version = ChartVersion::new(metadata.into(), place.into(), digest.into(), now.clone());
        index.entries.entry(key).or_default().push(version);
    }
    Ok(index)
}

/// Reproduces Helm's `URLJoin`.
fn joined(base: &str, below: &str) -> String {
    match Url::parse(base) {
        Ok(mut parsed) => {
            parsed.path = path::join([&parsed.path[..], below.as_bytes()]);
            parsed.to_string()
        }
        Err(_) => {
            let joined = path::join([base.as_bytes(), below.as_bytes()]);
            String::from_utf8_lossy(&joined).into_owned()
        }
    }
}

fn names(folder: &Path, wanted: impl Fn(&std::fs::DirEntry) -> bool) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter(wanted).filter_map(|e| e.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

fn directories(folder: &Path) -> Vec<String> {
    names(folder, |e| e.path().is_dir())
}

fn packages(folder: &Path, parent: &str, into: &mut Vec<(String, PathBuf)>) {
    let is_package = |e: &std::fs::DirEntry| e.file_name().as_encoded_bytes().ends_with(b".tgz");
    for name in names(folder, is_package) {
        into.push((parent.to_owned(), folder.join(name)));
    }
}
