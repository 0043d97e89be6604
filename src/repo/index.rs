//! `index.yaml`: what a repository offers.

use crate::report::{Record, Reporter, Warning};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use super::error::{Error, IndexError, PickError};
use super::layout::{Chart, layout};
use super::resolve::same_url;
use crate::chart::decode::{METADATA_NAMES, metadata_field};
use crate::chart::{self, API_V1, Metadata};
use crate::store::read;
use gosemver::{Constraint, Version};
use gostd::json;
use gostd::time::{LocalZone, Time, parse};
use gostd::value::{ANY_MAP, Elem, List, Map, STRING_MAP, Str, Value, record};
use goyaml::Decoder;

const RFC3339: &[u8] = b"2006-01-02T15:04:05Z07:00";
const RFC3339_NANO: &[u8] = b"2006-01-02T15:04:05.999999999Z07:00";

/// One version of a chart in a repository, Helm's `repo.ChartVersion`.
#[derive(Clone, Debug)]
pub struct ChartVersion {
    /// What its Chart.yaml says.
    pub metadata: Rc<Metadata>,
    /// Where the package lies: `[]string`, the first counts.
    pub urls: List,
    /// When it was added, RFC 3339; empty for Go's zero time.
    pub created: Str,
    /// Whether it was taken back.
    pub removed: bool,
    /// The package's SHA-256.
    pub digest: Str,
    /// Fields of older Helms, kept in the order of their names in JSON.
    old: [Str; 4],
}

/// What a repository offers, Helm's `repo.IndexFile`.
#[derive(Clone, Debug)]
pub struct Index {
    /// `v1`.
    pub api_version: Str,
    /// When it was made, RFC 3339.
    pub generated: Str,
    /// The versions of each chart, newest first.
    pub entries: BTreeMap<Str, Vec<ChartVersion>>,
    server_info: Map,
    public_keys: List,
    annotations: Map,
}

impl Default for Index {
    fn default() -> Index {
        Index {
            api_version: Str::EMPTY,
            generated: Str::EMPTY,
            entries: BTreeMap::new(),
            server_info: Map::nil(&ANY_MAP),
            public_keys: List::nil(Elem::String),
            annotations: Map::nil(&STRING_MAP),
        }
    }
}

const INDEX: &[&str] =
    &["serverInfo", "apiVersion", "generated", "entries", "publicKeys", "annotations"];
const OLD: [&str; 4] = ["checksum", "engine", "tillerVersion", "url"];
const VERSION: &[&str] = &["urls", "created", "removed", "digest"];

/// A version while it is read.
#[derive(Default)]
struct Draft {
    metadata: Metadata,
    urls: Option<List>,
    created: Str,
    removed: bool,
    digest: Str,
    old: [Str; 4],
    null: bool,
}

/// Reads an index file from the disk, all of it.
///
/// `reporter` is told of entries that are passed over.
///
/// # Errors
/// `open PATH: no such file or directory`, `error loading PATH: …`.
pub fn load_index(path: &Path, reporter: &dyn Reporter) -> Result<Index, Error> {
    let data = read(path)?;
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
        Ok(IndexFile { data: read(path)?, source: path.display().to_string() })
    }

    /// The versions of one chart; `None` where there is no such chart.
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

    /// Whether it names that URL.
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

type Drafts = Vec<(Str, Vec<Draft>)>;

/// Reads one chart's lines. Keys that stand twice are only noticed where that is asked for.
fn part(data: &[u8], range: &Range<usize>, unique: bool) -> Result<Drafts, IndexError> {
    let text = data.get(range.clone()).unwrap_or_default();
    let tree = if unique { goyaml::decode_strict(text) } else { goyaml::decode(text) };
    let tree = tree.map_err(IndexError::Yaml)?;
    let mut d = Decoder::default();
    d.strict = true;
    let mut drafts = Vec::new();
    d.fields_of_map(&tree, |d, name, v| versions(d, name, v, &mut drafts));
    d.finish().map_err(IndexError::Shape)?;
    Ok(drafts)
}

/// Reads a list of versions.
fn versions(d: &mut Decoder, name: &Str, v: &Value, into: &mut Drafts) {
    const FIELDS: &[&str] = &[
        METADATA_NAMES[0],
        METADATA_NAMES[1],
        METADATA_NAMES[2],
        METADATA_NAMES[3],
        METADATA_NAMES[4],
        METADATA_NAMES[5],
        METADATA_NAMES[6],
        METADATA_NAMES[7],
        METADATA_NAMES[8],
        METADATA_NAMES[9],
        METADATA_NAMES[10],
        METADATA_NAMES[11],
        METADATA_NAMES[12],
        METADATA_NAMES[13],
        METADATA_NAMES[14],
        METADATA_NAMES[15],
        METADATA_NAMES[16],
        VERSION[0],
        VERSION[1],
        VERSION[2],
        VERSION[3],
        OLD[0],
        OLD[1],
        OLD[2],
        OLD[3],
    ];
    let mut drafts: Option<Vec<Draft>> = None;
    d.structs(v, &mut drafts, "repo.ChartVersion", |d, draft, v| {
        if v.is_nil() {
            draft.null = true;
            return;
        }
        d.fields(v, "ChartVersion", FIELDS, |d, name, v| match name {
            "urls" => {
                let mut urls = List::nil(Elem::String);
                d.texts(v, &mut urls);
                draft.urls = Some(urls);
            }
            "created" => d.time(v, &mut draft.created),
            "removed" => d.boolean(v, &mut draft.removed),
            "digest" => d.text(v, &mut draft.digest),
            name => match OLD.iter().position(|n| *n == name).and_then(|i| draft.old.get_mut(i)) {
                Some(text) => d.text(v, text),
                None => {
                    let outside = std::mem::replace(&mut d.exact, true);
                    metadata_field(d, &mut draft.metadata, name, v);
                    d.exact = outside;
                }
            },
        });
    });
    into.push((name.clone(), drafts.unwrap_or_default()));
}

/// Takes the versions that are valid, newest first.
fn settle(
    name: &Str,
    drafts: Vec<Draft>,
    source: &str,
    reporter: &dyn Reporter,
) -> Vec<ChartVersion> {
    let mut found = Vec::with_capacity(drafts.len());
    for mut draft in drafts.into_iter().rev() {
        if draft.null {
            reporter.warn(Warning::EmptyIndexEntry {
                name: name.to_string(),
                source: source.to_owned(),
            });
            continue;
        }
        if draft.metadata.api_version.is_empty() {
            draft.metadata.api_version = Str::from_static(API_V1);
        }
        if let Err(why) = draft.metadata.validate()
            && !why.starts_with("more than one dependency with name or alias")
        {
            reporter.warn(Warning::InvalidIndexEntry {
                name: name.to_string(),
                version: draft.metadata.version.to_string(),
                source: source.to_owned(),
                why: format!("validation: {why}"),
            });
            continue;
        }
        found.push(ChartVersion {
            metadata: Rc::new(draft.metadata),
            urls: draft.urls.unwrap_or_else(|| List::nil(Elem::String)),
            created: draft.created,
            removed: draft.removed,
            digest: draft.digest,
            old: draft.old,
        });
    }
    found.reverse();
    sort(&mut found);
    found
}

/// Newest first; what is no version goes last.
fn sort(versions: &mut [ChartVersion]) {
    let key = |v: &ChartVersion| v.metadata.version.to_str().and_then(|t| Version::parse(t).ok());
    versions.sort_by_cached_key(|v| std::cmp::Reverse(Precedence(key(v))));
}

#[derive(PartialEq, Eq)]
struct Precedence(Option<Version>);

impl Ord for Precedence {
    fn cmp(&self, other: &Precedence) -> std::cmp::Ordering {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => a.precedence(b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        }
    }
}

impl PartialOrd for Precedence {
    fn partial_cmp(&self, other: &Precedence) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Index {
    /// An index that offers nothing.
    pub fn new(generated: Str) -> Index {
        Index { api_version: Str::from_static("v1"), generated, ..Index::default() }
    }

    /// Reads an index, one chart after the other where its shape allows, so that no more than one is
    /// in memory unless `each` keeps it. Of a chart that `each` gets twice the later one counts.
    ///
    /// # Errors
    /// Helm's texts: `empty index.yaml file`, `no API version specified`, and what YAML says.
    pub fn read(
        &mut self,
        data: &[u8],
        source: &str,
        reporter: &dyn Reporter,
        each: &mut dyn FnMut(Str, Vec<ChartVersion>),
    ) -> Result<(), IndexError> {
        if data.is_empty() {
            return Err(IndexError::Empty);
        }
        if !self.read_in_parts(data, source, None, reporter, each) {
            let is_json = data.trim_ascii_start().starts_with(b"{");
            let json = is_json.then(|| json::unmarshal(data).ok()).flatten();
            let drafts = match &json {
                Some(tree) => self.fields(tree, false).map_err(IndexError::JsonShape),
                None => goyaml::decode_strict(data)
                    .map_err(IndexError::Yaml)
                    .and_then(|tree| self.fields(&tree, true).map_err(IndexError::Shape)),
            }?;
            for (name, drafts) in drafts {
                let versions = settle(&name, drafts, source, reporter);
                each(name, versions);
            }
        }
        if self.api_version.is_empty() {
            return Err(IndexError::NoApiVersion);
        }
        Ok(())
    }

    /// Reads chart by chart, all or those that are wanted; false, and nothing said, where that does
    /// not go.
    fn read_in_parts(
        &mut self,
        data: &[u8],
        source: &str,
        wanted: Option<&dyn Fn(&Chart<'_>) -> bool>,
        reporter: &dyn Reporter,
        each: &mut dyn FnMut(Str, Vec<ChartVersion>),
    ) -> bool {
        let Some(layout) = layout(data) else { return false };
        let head = layout.head.concat();
        let Ok(tree) = goyaml::decode_strict(&head) else { return false };
        if self.fields(&tree, true).is_err() {
            return false;
        }
        // What is passed on before a fault shows is passed on again by the whole reading.
        let record = Record::default();
        for chart in layout.charts.iter().filter(|c| wanted.is_none_or(|wanted| wanted(c))) {
            let Ok(found) = part(data, &chart.range, wanted.is_none()) else { return false };
            for (name, drafts) in found {
                let versions = settle(&name, drafts, source, &record);
                each(name, versions);
            }
        }
        record.take().into_iter().for_each(|event| reporter.report(event));
        true
    }

    /// Reads the fields of a YAML document, which has no unknown ones, or else of JSON.
    fn fields(&mut self, tree: &Value, strict: bool) -> Result<Drafts, goyaml::DecodeError> {
        let mut d = Decoder::default();
        (d.strict, d.exact) = (strict, !strict);
        let mut drafts = Vec::new();
        if d.top(tree, "repo.IndexFile") {
            d.fields(tree, "IndexFile", INDEX, |d, name, v| match name {
                "apiVersion" => d.text(v, &mut self.api_version),
                "generated" => d.time(v, &mut self.generated),
                "publicKeys" => d.texts(v, &mut self.public_keys),
                "annotations" => d.annotations(v, &mut self.annotations),
                "entries" => match v {
                    Value::Map(_) => {
                        d.fields_of_map(v, |d, name, v| versions(d, name, v, &mut drafts));
                    }
                    v if v.is_nil() => {}
                    other => d.wrong(other, "map[string]repo.ChartVersions"),
                },
                _ => {
                    if let Value::Map(m) = v {
                        self.server_info = m.clone();
                    }
                }
            });
        }
        d.finish()?;
        Ok(drafts)
    }

    /// Helm's `Get`: the exact version, else the newest in the range; without a version the newest
    /// that is no prerelease.
    ///
    /// # Errors
    /// `no chart name found`, `no chart version found`, `no chart version found for NAME-VERSION`, or
    /// what is wrong with the range.
    pub fn pick<'v>(
        versions: Option<&'v [ChartVersion]>,
        name: &str,
        version: &str,
    ) -> Result<&'v ChartVersion, PickError> {
        let versions = versions.ok_or(PickError::NoChart)?;
        if versions.is_empty() {
            return Err(PickError::NoVersions);
        }
        let range = Constraint::parse(if version.is_empty() { "*" } else { version });
        let range = range.map_err(PickError::Range)?;
        let text = |v: &ChartVersion| v.metadata.version.to_string_lossy().into_owned();
        if !version.is_empty()
            && let Some(exact) = versions.iter().find(|v| text(v) == version)
        {
            return Ok(exact);
        }
        let fits = |v: &&ChartVersion| Version::parse(&text(v)).is_ok_and(|v| range.matches(&v));
        versions
            .iter()
            .find(fits)
            .ok_or_else(|| PickError::NoVersion { name: name.into(), version: version.into() })
    }

    /// Adds what another index has and this one has not, by name and version.
    pub fn merge(&mut self, other: Index) {
        for (_, versions) in other.entries {
            for v in versions {
                let name = v.metadata.name.clone();
                let own = self.entries.get(&name[..]).map(Vec::as_slice);
                let (name_text, version) =
                    (name.to_string_lossy(), v.metadata.version.to_string_lossy());
                if Index::pick(own, &name_text, &version).is_err() {
                    self.entries.entry(name.clone()).or_default().push(v.clone());
                }
            }
        }
    }

    /// Sorts the versions of each chart, newest first.
    pub fn sort(&mut self) {
        self.entries.values_mut().for_each(|versions| sort(versions));
    }

    fn to_value(&self) -> Value {
        let entries = Map::new();
        for (name, versions) in &self.entries {
            let versions = versions.iter().map(ChartVersion::to_value).collect();
            entries.insert(name.clone(), Value::list(versions));
        }
        let mut fields = Vec::new();
        if !self.server_info.is_empty() {
            fields.push(("serverInfo", Value::Map(self.server_info.clone())));
        }
        fields.push(("apiVersion", Value::Str(self.api_version.clone())));
        fields.push(("generated", time(&self.generated)));
        fields.push(("entries", Value::Map(entries)));
        if !self.public_keys.is_empty() {
            fields.push(("publicKeys", Value::List(self.public_keys.clone())));
        }
        if !self.annotations.is_empty() {
            fields.push(("annotations", Value::Map(self.annotations.clone())));
        }
        record("repo.IndexFile", fields)
    }

    /// The file's text.
    ///
    /// # Errors
    /// What cannot be written, e.g. numbers that JSON does not know.
    pub fn to_yaml(&self) -> Result<Vec<u8>, Error> {
        goyaml::marshal(&self.to_value()).map_err(Error::Yaml)
    }

    /// The file's text as indented JSON.
    ///
    /// # Errors
    /// As [`Index::to_yaml`].
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        json::marshal_indent(&self.to_value(), b"", b"  ", true).map_err(Error::Json)
    }
}

impl ChartVersion {
    /// A version that is added now.
    pub(super) fn new(metadata: Rc<Metadata>, url: Str, digest: Str, created: Str) -> ChartVersion {
        let urls = List::strings([url]);
        ChartVersion { metadata, urls, created, removed: false, digest, old: Default::default() }
    }

    /// The first URL.
    pub fn url(&self) -> Option<String> {
        self.urls.first().and_then(Value::as_str).map(|s| s.to_string_lossy().into_owned())
    }

    fn to_value(&self) -> Value {
        let metadata = match chart::view(&self.metadata, true) {
            Value::Object(view) => view.field("Metadata").unwrap_or_default(),
            other => other,
        };
        let inner = match &metadata {
            Value::Object(o) => o.json_fields().unwrap_or_default(),
            _ => Vec::new(),
        };
        let known = |name: &Str| METADATA_NAMES.iter().find(|n| n.as_bytes() == name.as_bytes());
        let mut fields: Vec<(&'static str, Value)> =
            inner.into_iter().filter_map(|(name, v)| Some((*known(&name)?, v))).collect();
        let urls = if self.urls.is_nil() { Value::Nil } else { Value::List(self.urls.clone()) };
        fields.push(("urls", urls));
        fields.push(("created", time(&self.created)));
        if self.removed {
            fields.push(("removed", Value::Bool(true)));
        }
        let texts =
            ["digest"].into_iter().chain(OLD).zip([&self.digest].into_iter().chain(&self.old));
        for (name, text) in texts.filter(|(_, text)| !text.is_empty()) {
            fields.push((name, Value::Str(text.clone())));
        }
        record("repo.ChartVersion", fields)
    }
}

/// A time as Go writes it again.
fn time(text: &Str) -> Value {
    let time = parse(RFC3339, text, &LocalZone::UTC);
    let time = time.unwrap_or_else(|_| Time::zero(&LocalZone::UTC));
    Value::Str(Str::from(time.format(RFC3339_NANO)))
}
