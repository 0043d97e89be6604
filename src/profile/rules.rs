//! Lists the rules in which Helm releases differ from 3.17.3.

use super::HelmVersion;

/// Releases from one on, up to another that is not among them.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    from: HelmVersion,
    until: HelmVersion,
}

impl Span {
    /// Returns whether a release is in it.
    pub fn holds(self, version: HelmVersion) -> bool {
        self.from <= version && version < self.until
    }
}

/// A rule that a release has or has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Rule {
    /// `.Capabilities.KubeVersion` of `--kube-version` has as many numbers as were given, and no suffix.
    KubeVersionAsGiven,
    /// `.Capabilities.KubeVersion.Version` keeps the suffix of `--kube-version`.
    KubeVersionKeepsSuffix,
    /// A null of the user's stands for the chart's value under its key before the two are merged.
    NullsReachDefaults,
    /// A null of the user's for a key that the chart's table does not have is removed.
    NullsOfAbsentKeysGo,
    /// A null of the user's over a null of the chart's, in a table, is kept.
    NullsOverNullsStay,
    /// Nulls among a chart's defaults are removed.
    NullDefaultsGo,
    /// `.Chart` is a map by Go's names of the fields.
    ChartIsMap,
    /// Webhook configurations come after APIService, before unknown kinds.
    WebhooksInOrder,
    /// A values file may hold several documents, which are merged.
    ValuesDocuments,
    /// `.Files.Lines` of an empty file is an empty list.
    LinesOfEmptyFile,
    /// Line breaks at the end of a file's last document stay.
    LastNewlinesStay,
    /// Line breaks at the end of each document stay.
    AllNewlinesStay,
    /// An execution error is a block of lines for each template on the way.
    ErrorBlocks,
    /// Errors begin in lower case.
    LowerCaseErrors,
    /// Commands that an error says to type stand in apostrophes.
    CommandsInApostrophes,
    /// Log lines are slog's text.
    StructuredLogs,
    /// `import-values` names its child and parent by `%v`.
    ImportedPathsAreTexts,
    /// Hooks have `helm.sh/hook-output-log-policy`.
    HookLogPolicies,
    /// `HelmVersion` names the version of the Kubernetes client.
    KubeClientVersion,
}

impl Rule {
    /// Returns the rule's bit in a set of rules.
    pub(super) const fn bit(self) -> u64 {
        1 << self as u8
    }
}

/// A row of the table of rules.
#[derive(Debug)]
pub struct Row {
    /// The rule.
    pub rule: Rule,
    /// Its name: that of its case below `tests/cases/profile`.
    pub name: &'static str,
    /// The releases that have it.
    pub spans: &'static [Span],
    /// Where Helm brought it: a commit, or the library that did.
    pub source: &'static str,
}

const fn from(major: u8, minor: u8, patch: u8) -> Span {
    Span { from: HelmVersion(major, minor, patch), until: HelmVersion(u8::MAX, 0, 0) }
}

/// The same of Helm 3 only.
const fn three(minor: u8, patch: u8) -> Span {
    Span { from: HelmVersion(3, minor, patch), until: HelmVersion(4, 0, 0) }
}

impl Span {
    const fn until(self, major: u8, minor: u8, patch: u8) -> Span {
        Span { from: self.from, until: HelmVersion(major, minor, patch) }
    }
}

const fn row(rule: Rule, name: &'static str, spans: &'static [Span], source: &'static str) -> Row {
    Row { rule, name, spans, source }
}

/// The rules, in the order of [`Rule`].
pub static RULES: &[Row] = &[
    row(Rule::KubeVersionAsGiven, "kube_version_as_given", &[from(3, 19, 0)], "807225ed6"),
    row(Rule::KubeVersionKeepsSuffix, "kube_version_keeps_suffix", &[from(4, 1, 0)], "ce273eea4"),
    row(
        Rule::NullsReachDefaults,
        "nulls_reach_defaults",
        &[three(19, 5), from(4, 0, 0)],
        "f0b699eab, c1175a410",
    ),
    row(
        Rule::NullsOfAbsentKeysGo,
        "nulls_of_absent_keys_go",
        &[three(19, 5).until(3, 20, 1), from(4, 0, 0).until(4, 1, 3)],
        "f0b699eab, c1175a410",
    ),
    row(
        Rule::NullsOverNullsStay,
        "nulls_over_nulls_stay",
        &[three(20, 1), from(4, 1, 3)],
        "b13743c8d, 679f05198",
    ),
    row(Rule::NullDefaultsGo, "null_defaults_go", &[from(4, 2, 0)], "00638773d"),
    row(Rule::ChartIsMap, "chart_is_map", &[from(4, 0, 0)], "pkg/chart/common.go"),
    row(Rule::WebhooksInOrder, "webhooks_in_order", &[from(4, 0, 0)], "kind_sorter.go"),
    row(Rule::ValuesDocuments, "values_documents", &[from(4, 0, 0)], "pkg/chart/v2/loader/load.go"),
    row(Rule::LinesOfEmptyFile, "lines_of_empty_file", &[three(21, 4), from(4, 3, 0)], "955dfab1e"),
    row(Rule::LastNewlinesStay, "last_newlines_stay", &[from(4, 2, 0)], "265c5eb53"),
    row(Rule::AllNewlinesStay, "all_newlines_stay", &[from(4, 2, 4)], "83a8b70ff"),
    row(Rule::ErrorBlocks, "error_blocks", &[from(4, 0, 0)], "pkg/engine/engine.go"),
    row(Rule::LowerCaseErrors, "lower_case_errors", &[from(4, 0, 0)], "pkg/cmd"),
    row(Rule::CommandsInApostrophes, "commands_in_apostrophes", &[from(4, 2, 0)], "pkg/cmd"),
    row(Rule::StructuredLogs, "structured_logs", &[from(4, 0, 0)], "log/slog"),
    row(
        Rule::ImportedPathsAreTexts,
        "imported_paths_are_texts",
        &[three(18, 5), from(4, 0, 0)],
        "pkg/chartutil/dependencies.go",
    ),
    row(
        Rule::HookLogPolicies,
        "hook_log_policies",
        &[from(3, 18, 0)],
        "pkg/releaseutil/manifest_sorter.go",
    ),
    row(Rule::KubeClientVersion, "kube_client_version", &[from(4, 0, 0)], "internal/version"),
];
