//! Reads and writes index files on the disk.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::Error;
use super::index::{ChartVersion, Index};
use super::layout::Chart;
use super::url::same_url;
use crate::report::Reporter;
use crate::store::read_regular;
use gostd::value::{Str, Value};

/// Reads an index file from the disk, all of it.
///
/// `reporter` receives entries that are left out.
///
/// # Errors
/// `open PATH: no such file or directory`, `error loading PATH: …`.
pub fn load_index(path: &Path, reporter: &dyn Reporter) -> Result<Index, Error> {
    let data = read_regular(path)?;
    let source = path.display().to_string();
    let mut index = Index::default();
    let mut entries = BTreeMap::new();
    let mut keep = |name: Str, versions| drop(entries.insert(name, versions));
    index
        .read(&data, &source, reporter, &mut keep)
        .map_err(|e| Error::Load { file: source.clone(), source: e })?;
    index.entries = entries;
    Ok(index)
}

/// An index file on the disk of which no more is read than is asked for: that, and what Helm would say
/// of the whole file.
#[derive(Debug)]
pub struct IndexFile {
    data: Vec<u8>,
    source: String,
}

impl IndexFile {
    /// Opens a file.
    ///
    /// # Errors
    /// `open PATH: no such file or directory`.
    pub fn open(path: &Path) -> Result<IndexFile, Error> {
        Ok(IndexFile { data: read_regular(path)?, source: path.display().to_string() })
    }

    /// Returns the versions of one chart; `None` where there is no such chart.
    ///
    /// # Errors
    /// `error loading PATH: …`, as far as the file was read.
    pub fn versions_of(
        &self,
        name: &str,
        reporter: &dyn Reporter,
    ) -> Result<Option<Vec<ChartVersion>>, Error> {
        let mut found = None;
        let is_wanted = |chart: &Chart<'_>, _: &[u8]| chart.name == name.as_bytes();
        self.look(&is_wanted, reporter, &mut |of, versions| {
            if of.as_bytes() == name.as_bytes() {
                found = Some(versions);
            }
        })?;
        Ok(found)
    }

    /// Returns whether it names that URL.
    ///
    /// # Errors
    /// As [`IndexFile::versions_of`].
    pub fn offers(&self, url: &str, reporter: &dyn Reporter) -> Result<bool, Error> {
        let last = url.rsplit('/').find(|part| !part.is_empty()).unwrap_or(url);
        let last = memchr::memmem::Finder::new(last.as_bytes());
        let mut found = false;
        let is_wanted = |_: &Chart<'_>, lines: &[u8]| last.find(lines).is_some();
        self.look(&is_wanted, reporter, &mut |_, versions| {
            let urls = versions.iter().flat_map(|v| v.urls.iter());
            let same = |u: &Value| u.as_str().is_some_and(|u| same_url(url, &u.to_string_lossy()));
            found |= { urls }.any(same);
        })?;
        Ok(found)
    }

    /// Has Helm's say about entries that it passes over.
    ///
    /// # Errors
    /// As [`IndexFile::versions_of`].
    pub fn check(&self, reporter: &dyn Reporter) -> Result<(), Error> {
        self.look(&|_, _| false, reporter, &mut |_, _| {})
    }

    /// Reads the charts that are wanted and those that may hold invalid entries, or else all of them.
    fn look(
        &self,
        is_wanted: &dyn Fn(&Chart<'_>, &[u8]) -> bool,
        reporter: &dyn Reporter,
        each: &mut dyn FnMut(Str, Vec<ChartVersion>),
    ) -> Result<(), Error> {
        let IndexFile { data, source } = self;
        let is_wanted = |chart: &Chart<'_>| {
            chart.doubtful || is_wanted(chart, data.get(chart.range.clone()).unwrap_or_default())
        };
        let mut index = Index::default();
        if index.read_in_parts(data, source, Some(&is_wanted), reporter, each)
            && !index.api_version.is_empty()
        {
            return Ok(());
        }
        Index::default()
            .read(data, source, reporter, each)
            .map_err(|e| Error::Load { file: source.clone(), source: e })
    }
}
