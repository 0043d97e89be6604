//! Runs `search repo`: which charts contain a word.

use crate::report::Reporter;
use std::cmp::Reverse;
use std::path::Path;

use super::error::RangeError;
use super::{ChartVersion, Error};
use gosemver::{Release, Version};
use gostd::regexp::Regexp;
use gostd::unicode;
use gostd::value::Str;

/// A chart that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// `repository/chart`.
    pub name: String,
    /// Its version.
    pub version: Str,
    /// The version of what it installs.
    pub app_version: Str,
    /// One sentence.
    pub description: Str,
}

struct Line {
    text: Vec<u8>,
    found: Found,
    score: usize,
    parsed: Option<Version>,
}

/// Collects the charts of repositories, and finds some among them.
#[derive(Default)]
pub struct Search {
    lines: Vec<Line>,
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search").field("charts", &self.lines.len()).finish_non_exhaustive()
    }
}

impl Search {
    /// Adds the charts of a repository's cached index.
    ///
    /// # Errors
    /// As [`super::load_index`].
    pub fn add(
        &mut self,
        repository: &str,
        file: &Path,
        reporter: &dyn Reporter,
    ) -> Result<(), Error> {
        let data = crate::store::read_regular(file)?;
        let source = file.display().to_string();
        let mut charts = std::collections::BTreeMap::new();
        let mut each = |name: Str, versions: Vec<ChartVersion>| {
            let lines: Vec<Line> = versions.iter().map(|v| line(repository, &name, v)).collect();
            charts.insert(name, lines);
        };
        super::Index::default()
            .read(&data, &source, reporter, &mut each)
            .map_err(|e| Error::Load { file: source.clone(), source: e })?;
        self.lines.extend(charts.into_values().flatten());
        Ok(())
    }

    /// Returns the charts that match, best first: all without a term. A version range leaves only what
    /// lies in it, of each chart the newest unless `every` version counts.
    ///
    /// # Errors
    /// What is wrong with the regular expression or the range.
    pub fn find(
        self,
        term: Option<&str>,
        is_regexp: bool,
        range: &str,
        every: bool,
        semver: Release,
    ) -> Result<Vec<Found>, Error> {
        const THRESHOLD: usize = 25;
        let mut lines = self.lines;
        match term {
            None => {}
            Some(term) if is_regexp => {
                let matcher = Regexp::compile(term.as_bytes()).map_err(Error::Regexp)?;
                lines.retain_mut(|line| {
                    let Some(at) = matcher.find_index(&line.text) else { return false };
                    line.score = score(at, &line.text);
                    line.score < THRESHOLD
                });
            }
            Some(term) => {
                let term = unicode::to_lower(term.as_bytes());
                lines.retain_mut(|line| {
                    let text = unicode::to_lower(&line.text);
                    let Some(at) = memchr::memmem::find(&text, &term) else { return false };
                    line.score = score(at, &text);
                    line.score < THRESHOLD
                });
            }
        }
        lines.sort_by(|a, b| {
            let newest = || match (&a.parsed, &b.parsed) {
                (Some(a), Some(b)) => b.precedence(a),
                (a, b) => Reverse(a.is_none()).cmp(&Reverse(b.is_none())),
            };
            (a.score, &a.found.name).cmp(&(b.score, &b.found.name)).then_with(newest)
        });
        let range = semver.constraint(range).map_err(|e| Error::Range { source: RangeError(e) })?;
        let mut out: Vec<Found> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for line in lines {
            if !every && seen.contains(&line.found.name) {
                continue;
            }
            if line.parsed.is_some_and(|v| range.matches(&v)) {
                seen.insert(line.found.name.clone());
                out.push(line.found);
            }
        }
        Ok(out)
    }
}

fn line(repository: &str, key: &Str, version: &ChartVersion) -> Line {
    let m = &version.metadata;
    let keywords: Vec<&[u8]> = m.keywords.iter().flatten().map(|s| &s[..]).collect();
    let text = [
        &m.name[..],
        b"\x0b",
        repository.as_bytes(),
        b"/",
        &m.name,
        b"\x0b",
        &m.description,
        b"\x0b",
        &keywords.join(&b' '),
    ]
    .concat();
    let name = gostd::path::join([repository.as_bytes(), key]);
    let name = String::from_utf8_lossy(&name).into_owned();
    Line {
        text,
        found: Found {
            name: name.split("$$").next().unwrap_or_default().to_owned(),
            version: m.version.clone(),
            app_version: m.app_version.clone(),
            description: m.description.clone(),
        },
        score: 0,
        parsed: m.version.to_str().and_then(|t| Version::parse(t).ok()),
    }
}

/// Returns how many fields lie before the match: the name's are best.
fn score(at: usize, text: &[u8]) -> usize {
    memchr::memchr_iter(b'\x0b', text).take_while(|separator| at > *separator).count()
}
