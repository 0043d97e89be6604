//! Holds the Helm releases whose output can be reproduced, and the rules in which they differ.
//!
//! Code asks a [`Profile`] for a [`Rule`], never for a version: which releases have a rule stands in one table,
//! with its source. The rules are those that came after Helm 3.17.3, so that its profile has none.

mod apis;
mod meeting;
mod releases;
mod rules;

use std::error::Error;
use std::fmt;

use gostd::Go;
use gostd::value::{COMMON_VALUES_MAP, MapType, VALUES_MAP};

pub use meeting::Meeting;
pub(crate) use meeting::NULLS;
pub use releases::{Helm, RELEASES, newest_of_each_minor};
pub use rules::{RULES, Row, Rule, Span};

/// The version of a Helm release: major, minor, patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HelmVersion(pub u8, pub u8, pub u8);

impl HelmVersion {
    /// Returns a number that is larger for later versions.
    const fn number(self) -> u32 {
        (self.0 as u32) << 16 | (self.1 as u32) << 8 | self.2 as u32
    }
}

impl fmt::Display for HelmVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// The Helm release that a render reproduces. [`Profile::default`] is Helm 3.17.3.
#[derive(Clone, Copy)]
pub struct Profile {
    helm: &'static Helm,
    /// The minor version of the Kubernetes 1.x that is assumed without a cluster.
    kubernetes: u8,
    /// The minor version of the Kubernetes 1.x whose API versions are known without a cluster.
    client: u8,
    /// One bit a rule.
    rules: u128,
}

/// The rules that each of [`RELEASES`] has.
static RULE_SETS: [u128; RELEASES.len()] = {
    let mut sets = [0; RELEASES.len()];
    let mut at = 0;
    while at < sets.len() {
        sets[at] = rules_of(RELEASES[at].version);
        at += 1;
    }
    sets
};

/// Returns the rules that a release has, one bit each.
const fn rules_of(version: HelmVersion) -> u128 {
    let mut rules = 0;
    let mut at = 0;
    while at < RULES.len() {
        let Row { rule, spans, .. } = &RULES[at];
        let mut span = 0;
        while span < spans.len() {
            if spans[span].holds(version) {
                rules |= rule.bit();
            }
            span += 1;
        }
        at += 1;
    }
    rules
}

impl Default for Profile {
    fn default() -> Profile {
        Profile::DEFAULT
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Profile({})", self.helm.version)
    }
}

impl PartialEq for Profile {
    fn eq(&self, other: &Profile) -> bool {
        self.helm.version == other.helm.version
            && self.kubernetes == other.kubernetes
            && self.client == other.client
            && self.rules == other.rules
    }
}

impl Profile {
    /// Helm 3.17.3.
    pub const DEFAULT: Profile = Profile::with_rules(&RELEASES[0], 0);

    const fn with_rules(helm: &'static Helm, rules: u128) -> Profile {
        Profile { helm, kubernetes: helm.kubernetes, client: helm.client, rules }
    }

    /// Finds the release that a text names: `4.2.1` or `v4.2.1` exactly, `4.2`, `4` the newest one that begins so.
    ///
    /// # Errors
    /// A release that is not known; the text of the error lists those that are.
    pub fn parse(text: &str) -> Result<Profile, UnknownHelm> {
        let unknown = || UnknownHelm { text: text.to_owned() };
        let parts = text.strip_prefix('v').unwrap_or(text).split('.').map(whole);
        let parts: Vec<u8> = parts.collect::<Option<_>>().ok_or_else(unknown)?;
        let fits = |helm: &&Helm| {
            let HelmVersion(major, minor, patch) = helm.version;
            (1..=3).contains(&parts.len()) && [major, minor, patch].starts_with(&parts)
        };
        let found = RELEASES.iter().filter(fits).max_by_key(|helm| helm.version);
        Ok(Profile::of(found.ok_or_else(unknown)?))
    }

    /// Returns the profile of a release.
    pub fn of(helm: &'static Helm) -> Profile {
        let at = RELEASES.iter().position(|known| known.version == helm.version);
        Profile::with_rules(helm, at.map_or_else(|| rules_of(helm.version), |at| RULE_SETS[at]))
    }

    /// Returns whether the release has a rule.
    #[inline]
    pub fn has(self, rule: Rule) -> bool {
        self.rules & rule.bit() != 0
    }

    /// Returns the same with a rule, or without it: a release that never was, to see what the rule does.
    #[must_use]
    pub fn with(self, rule: Rule, has: bool) -> Profile {
        let rules = if has { self.rules | rule.bit() } else { self.rules & !rule.bit() };
        Profile { rules, ..self }
    }

    /// Returns the same, but for the Kubernetes that is assumed without a cluster, which is another release's.
    #[must_use]
    pub fn with_kubernetes_of(self, other: Profile) -> Profile {
        Profile { kubernetes: other.kubernetes, client: other.client, ..self }
    }

    /// Returns the same, but for what `version` and `.Capabilities.HelmVersion` show, which is another release's.
    #[must_use]
    pub fn with_version_of(self, other: Profile) -> Profile {
        Profile { helm: other.helm, ..self }
    }

    /// Returns the minor version of the Kubernetes 1.x that is assumed without a cluster.
    pub fn kubernetes(self) -> u8 {
        self.kubernetes
    }

    /// Returns the minor version of the Kubernetes 1.x whose API versions are known without a cluster.
    pub fn kubernetes_client(self) -> u8 {
        self.client
    }

    /// Returns the release.
    pub fn helm(self) -> &'static Helm {
        self.helm
    }

    /// Returns what Helm's `version.BuildInfo` holds, in its order.
    pub fn build_info(self) -> Vec<BuildField> {
        let helm = self.helm;
        let field = |go, json, value: String| BuildField { go, json, value };
        let mut fields = vec![
            field("Version", "version", format!("v{}", helm.version)),
            field("GitCommit", "git_commit", helm.commit.to_owned()),
            field("GitTreeState", "git_tree_state", "clean".to_owned()),
            field("GoVersion", "go_version", helm.go.to_owned()),
        ];
        if self.has(Rule::KubeClientVersion) {
            let version = format!("v1.{}", helm.client);
            fields.push(field("KubeClientVersion", "kube_client_version", version));
        }
        fields
    }

    /// Returns the release of Go that the release of Helm was built with, as far as it matters.
    pub fn go(self) -> Go {
        if self.has(Rule::Go127) {
            Go::V1_27
        } else if self.has(Rule::Go126) {
            Go::V1_26
        } else if self.has(Rule::ComparisonsNameTypes) {
            Go::V1_25
        } else if self.has(Rule::RangeOverNumbers) {
            Go::V1_24
        } else {
            Go::V1_23
        }
    }

    /// Returns the type of `.Values`.
    pub fn values_type(self) -> &'static MapType {
        if self.has(Rule::TypesOfCommon) { &COMMON_VALUES_MAP } else { &VALUES_MAP }
    }

    /// Returns the release of the library that reads versions and ranges.
    pub fn semver(self) -> gosemver::Release {
        if self.has(Rule::Semver35) {
            gosemver::Release::V3_5
        } else if self.has(Rule::Semver34) {
            gosemver::Release::V3_4
        } else {
            gosemver::Release::V3_3
        }
    }

    /// Returns the API versions that the release knows without a cluster, in its order.
    pub fn api_versions(self) -> Vec<&'static str> {
        apis::of(self.client)
    }
}

/// A field of Helm's `version.BuildInfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildField {
    /// Its name in Go.
    pub go: &'static str,
    /// Its name in JSON, where Helm leaves it out if it is empty.
    pub json: &'static str,
    /// What it holds.
    pub value: String,
}

/// Reads a number of a version: digits alone, no zero in front.
fn whole(text: &str) -> Option<u8> {
    let is_plain = text == "0" || !text.starts_with('0');
    (is_plain && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// A Helm release that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownHelm {
    /// What was asked for.
    pub text: String,
}

impl fmt::Display for UnknownHelm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown Helm version {:?}; known are ", self.text)?;
        // Patches that follow each other are named by the first and the last.
        let follows = |[a, b]: [HelmVersion; 2]| (a.0, a.1, a.2 + 1) == (b.0, b.1, b.2);
        for run in RELEASES.chunk_by(|a, b| follows([a.version, b.version])) {
            match run {
                [first, .., last] => write!(f, "{} to {}, ", first.version, last.version)?,
                _ => run.iter().try_for_each(|helm| write!(f, "{}, ", helm.version))?,
            }
        }
        f.write_str("and 3, 4, 3.17 and the like for the newest of each")
    }
}

impl Error for UnknownHelm {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_names_itself_or_the_newest_that_begins_so() {
        let version = |text: &str| Profile::parse(text).map(|p| p.helm().version.to_string());
        for (text, want) in [
            ("3.17.3", "3.17.3"),
            ("v4.3.1", "4.3.1"),
            ("4", "4.3.1"),
            ("3", "3.22.0"),
            ("3.17", "3.17.3"),
            ("3.19", "3.19.5"),
            ("4.2.1", "4.2.1"),
            ("4.2", "4.2.4"),
        ] {
            assert_eq!(version(text).as_deref(), Ok(want), "{text}");
        }
        for text in [
            "", "v", "5", "3.16", "4.3.1.0", "4.", "04", "4.3.9", "3.18.0", "4.0.3", "latest",
            "+4", "300",
        ] {
            assert!(version(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rules_begin_and_end_where_their_rows_say() {
        assert!(RULES.iter().all(|row| !Profile::DEFAULT.has(row.rule)));
        let mut names: Vec<&str> = RULES.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
        let holds = |rule: Rule, version| {
            let row = RULES.iter().find(|row| row.rule == rule).unwrap();
            row.spans.iter().any(|span| span.holds(version))
        };
        // By Helm's releases: a rule that came, went, and came in Helm 4 anew.
        for (version, want) in [
            (HelmVersion(3, 17, 3), false),
            (HelmVersion(3, 19, 4), false),
            (HelmVersion(3, 19, 5), true),
            (HelmVersion(3, 20, 0), true),
            (HelmVersion(3, 20, 1), false),
            (HelmVersion(3, 22, 0), false),
            (HelmVersion(4, 0, 0), true),
            (HelmVersion(4, 1, 2), true),
            (HelmVersion(4, 1, 3), false),
            (HelmVersion(4, 3, 1), false),
        ] {
            assert_eq!(holds(Rule::NullsOfAbsentKeysGo, version), want, "{version}");
        }
        for (position, row) in RULES.iter().enumerate() {
            assert_eq!(row.rule as usize, position, "{}", row.name);
            assert!(
                !row.spans.is_empty()
                    && row
                        .name
                        .bytes()
                        .all(|b| b == b'_' || b.is_ascii_lowercase() || b.is_ascii_digit())
            );
        }
    }
}
