//! Holds `index.yaml`: what a repository offers.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::error::{Error, PickError};
use crate::chart::decode::METADATA_NAMES;
use crate::chart::{self, Metadata};
use crate::profile::{Profile, Rule};
use crate::report::{Reporter, Warning};
use gosemver::Version;
use gostd::json;
use gostd::time::{LocalZone, Time, parse};
use gostd::value::{ANY_MAP, Elem, List, Map, STRING_MAP, Str, Value, record};

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
    pub(super) old: [Str; 4],
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
    pub(super) server_info: Map,
    pub(super) public_keys: List,
    pub(super) annotations: Map,
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

/// The names of the fields of older Helms.
pub(super) const OLD: [&str; 4] = ["checksum", "engine", "tillerVersion", "url"];

/// Returns whether a text is a range of versions, Helm's `isVersionRange`.
fn is_range(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    version.contains(['^', '~', '<', '>', '=', '!', '*'])
        || version.contains("||")
        || version.contains(" - ")
        || core.contains(['x', 'X'])
}

/// Newest first; what is no version goes last.
pub(super) fn sort(versions: &mut [ChartVersion]) {
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
    /// Makes an index that offers nothing.
    pub fn new(generated: Str) -> Index {
        Index { api_version: Str::from_static("v1"), generated, ..Index::default() }
    }

    /// Reproduces Helm's `Get`: the exact version, else the newest in the range; without a version
    /// the newest that is no prerelease.
    ///
    /// # Errors
    /// `no chart name found`, `no chart version found`, `no chart version found for NAME-VERSION`, or
    /// what is wrong with the range.
    pub fn pick<'v>(
        versions: Option<&'v [ChartVersion]>,
        name: &str,
        version: &str,
        profile: Profile,
        reporter: &dyn Reporter,
    ) -> Result<&'v ChartVersion, PickError> {
        let versions = versions.ok_or(PickError::NoChart)?;
        if versions.is_empty() {
            return Err(PickError::NoVersions);
        }
        let semver = profile.semver();
        let range = semver.constraint(if version.is_empty() { "*" } else { version });
        let range = range.map_err(PickError::Range)?;
        let text = |v: &ChartVersion| v.metadata.version.to_string_lossy().into_owned();
        if !version.is_empty()
            && let Some(exact) = versions.iter().find(|v| text(v) == version)
        {
            return Ok(exact);
        }
        let fits = |v: &&ChartVersion| semver.version(&text(v)).is_ok_and(|v| range.matches(&v));
        let found = versions
            .iter()
            .find(fits)
            .ok_or_else(|| PickError::NoVersion { name: name.into(), version: version.into() })?;
        if profile.has(Rule::OtherVersionsAreTold)
            && !version.is_empty()
            && !(profile.has(Rule::RangesAreNotTold) && is_range(version))
        {
            reporter.warn(Warning::OtherVersion {
                name: name.to_owned(),
                wanted: version.to_owned(),
                taken: text(found),
            });
        }
        Ok(found)
    }

    /// Adds what another index has and this one has not, by name and version.
    pub fn merge(&mut self, other: Index, profile: Profile, reporter: &dyn Reporter) {
        for (_, versions) in other.entries {
            for v in versions {
                let name = v.metadata.name.clone();
                let own = self.entries.get(&name[..]).map(Vec::as_slice);
                let (name_text, version) =
                    (name.to_string_lossy(), v.metadata.version.to_string_lossy());
                if Index::pick(own, &name_text, &version, profile, reporter).is_err() {
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

    /// Returns the file's text.
    ///
    /// # Errors
    /// What cannot be written, e.g. numbers that JSON does not know.
    pub fn to_yaml(&self) -> Result<Vec<u8>, Error> {
        goyaml::marshal(&self.to_value()).map_err(Error::Yaml)
    }

    /// Returns the file's text as indented JSON.
    ///
    /// # Errors
    /// As [`Index::to_yaml`].
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        json::marshal_indent(&self.to_value(), b"", b"  ", true).map_err(Error::Json)
    }
}

impl ChartVersion {
    /// Makes a version that is added now.
    pub(super) fn new(metadata: Rc<Metadata>, url: Str, digest: Str, created: Str) -> ChartVersion {
        let urls = List::strings([url]);
        ChartVersion { metadata, urls, created, removed: false, digest, old: Default::default() }
    }

    /// Returns the first URL.
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

/// Returns a time as Go writes it again.
fn time(text: &Str) -> Value {
    let time = parse(RFC3339, text, &LocalZone::UTC);
    let time = time.unwrap_or_else(|_| Time::zero(&LocalZone::UTC));
    Value::Str(Str::from(time.format(RFC3339_NANO)))
}
