//! Holds what Chart.yaml says, and makes Helm's checks on it.

use super::MetadataError;
use crate::profile::{Profile, Rule};
use gostd::unicode;
use gostd::value::{Elem, Frozen, List, Str, Value};
use std::collections::BTreeMap;

/// The `apiVersion` of Helm 2's charts, and of charts that name none.
pub const API_V1: &str = "v1";
/// The `apiVersion` of Helm 3's charts.
pub const API_V2: &str = "v2";

/// The contents of Chart.yaml, Helm's `chart.Metadata`.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    /// The chart's name; an alias replaces it.
    pub name: Str,
    /// The project's page.
    pub home: Str,
    /// Where the sources are; `None` is Go's nil slice.
    pub sources: Option<Vec<Str>>,
    /// The chart's SemVer version.
    pub version: Str,
    /// One sentence.
    pub description: Str,
    /// Words to search by; `None` is Go's nil slice.
    pub keywords: Option<Vec<Str>>,
    /// `None` is Go's nil slice.
    pub maintainers: Option<Vec<Maintainer>>,
    /// The icon's URL.
    pub icon: Str,
    /// `v1` or `v2`.
    pub api_version: Str,
    /// Unused by Helm 3; kept for templates.
    pub condition: Str,
    /// Unused by Helm 3; kept for templates.
    pub tags: Str,
    /// The version of what the chart installs.
    pub app_version: Str,
    /// Whether the chart is deprecated.
    pub deprecated: bool,
    /// Anything else; `None` is Go's nil map.
    pub annotations: Option<BTreeMap<Str, Str>>,
    /// A SemVer constraint on the cluster's version.
    pub kube_version: Str,
    /// `None` is Go's nil slice, which Helm treats unlike an empty one.
    pub dependencies: Option<Vec<Dependency>>,
    /// `application`, `library`, or empty for the former.
    pub kind: Str,
}

/// Someone who looks after a chart, Helm's `chart.Maintainer`.
#[derive(Clone, Debug, Default)]
pub struct Maintainer {
    /// A person's or an organisation's name.
    pub name: Str,
    /// An address.
    pub email: Str,
    /// A page.
    pub url: Str,
    /// A YAML null in the list, which the checks refuse.
    pub(super) null: bool,
}

/// A chart that another one needs, Helm's `chart.Dependency`.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The name in the other chart's Chart.yaml; after processing, the alias.
    pub name: Str,
    /// A SemVer constraint; in a lock file a version.
    pub version: Str,
    /// The repository's URL.
    pub repository: Str,
    /// Comma-separated paths of booleans in the values.
    pub condition: Str,
    /// Tags that enable several dependencies at once; `None` is Go's nil slice.
    pub tags: Option<Vec<Str>>,
    /// What tags and conditions decided.
    pub enabled: bool,
    /// A `[]interface {}` of names or `child`/`parent` pairs.
    pub import_values: Frozen,
    /// Another name for this copy of the chart.
    pub alias: Str,
    /// A YAML null in the list, which the checks refuse.
    pub(super) null: bool,
}

impl Default for Dependency {
    fn default() -> Dependency {
        Dependency {
            name: Str::EMPTY,
            version: Str::EMPTY,
            repository: Str::EMPTY,
            condition: Str::EMPTY,
            tags: None,
            enabled: false,
            import_values: Frozen::new(&Value::List(List::nil(Elem::Any))),
            alias: Str::EMPTY,
            null: false,
        }
    }
}

impl Metadata {
    /// Returns whether this is a library chart, of which only the `_`-files are parsed.
    pub fn is_library(&self) -> bool {
        self.kind.eq_ignore_ascii_case(b"library")
    }

    /// Checks what Helm checks on loading, and cleans the texts of control characters.
    pub(crate) fn validate(&mut self, profile: Profile) -> Result<(), MetadataError> {
        for text in [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ] {
            sanitize(text);
        }
        sanitize_list(&mut self.sources);
        sanitize_list(&mut self.keywords);

        if self.api_version.is_empty() {
            return Err(MetadataError::NoApiVersion);
        }
        if self.name.is_empty() {
            return Err(MetadataError::NoName);
        }
        if profile.has(Rule::DotsAreNoNames) && matches!(&self.name[..], b"." | b"..") {
            return Err(MetadataError::DotName(self.name.clone()));
        }
        if !is_base_name(&self.name) {
            return Err(MetadataError::Name(self.name.clone()));
        }
        if self.version.is_empty() {
            return Err(MetadataError::NoVersion);
        }
        if self.version.to_str().is_none_or(|v| profile.semver().version(v).is_err()) {
            return Err(MetadataError::Version(self.version.clone()));
        }
        if !matches!(&self.kind[..], b"" | b"application" | b"library") {
            return Err(MetadataError::Kind);
        }
        for maintainer in self.maintainers.iter_mut().flatten() {
            maintainer.validate()?;
        }
        let mut seen = std::collections::HashSet::new();
        for dependency in self.dependencies.iter_mut().flatten() {
            dependency.validate()?;
            let key =
                if dependency.alias.is_empty() { &dependency.name } else { &dependency.alias };
            if !seen.insert(key.clone()) {
                return Err(MetadataError::Duplicate(key.clone()));
            }
        }
        Ok(())
    }
}

impl Maintainer {
    fn validate(&mut self) -> Result<(), MetadataError> {
        if self.null {
            return Err(MetadataError::NullMaintainer);
        }
        sanitize(&mut self.name);
        sanitize(&mut self.email);
        sanitize(&mut self.url);
        Ok(())
    }
}

impl Dependency {
    /// Returns a dependency as a lock file has it: one version from one repository.
    pub fn pinned(name: &Str, version: Str, repository: &Str) -> Dependency {
        Dependency {
            name: name.clone(),
            version,
            repository: repository.clone(),
            ..Dependency::default()
        }
    }

    fn validate(&mut self) -> Result<(), MetadataError> {
        if self.null {
            return Err(MetadataError::NullDependency);
        }
        sanitize(&mut self.name);
        sanitize(&mut self.version);
        sanitize(&mut self.repository);
        sanitize(&mut self.condition);
        sanitize_list(&mut self.tags);
        let legal = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        if !self.alias.iter().all(legal) {
            return Err(MetadataError::Alias(self.name.clone()));
        }
        Ok(())
    }
}

/// Returns whether Go's `filepath.Base` gives the name itself.
fn is_base_name(name: &[u8]) -> bool {
    name == b"/" || !name.contains(&b'/')
}

/// Turns white space into spaces and drops what cannot be printed.
fn sanitize(text: &mut Str) {
    if text.iter().all(|b| matches!(b, 0x20..=0x7e)) {
        return;
    }
    let mut out = Vec::with_capacity(text.len());
    for c in unicode::runes(text) {
        if unicode::is_space(c) {
            out.push(b' ');
        } else if unicode::is_print(c) {
            unicode::push_char(&mut out, c);
        }
    }
    *text = Str::from(out);
}

fn sanitize_list(list: &mut Option<Vec<Str>>) {
    list.iter_mut().flatten().for_each(sanitize);
}
