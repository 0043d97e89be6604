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
    pub const fn holds(self, version: HelmVersion) -> bool {
        self.from.number() <= version.number() && version.number() < self.until.number()
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
    /// Commands of plugins have arguments of their own, `platformCommand.args`.
    PluginsOfCommands,
    /// A comparison of different types names them. Go has it later than the next, and is never without that one then.
    ComparisonsNameTypes,
    /// `range` takes whole numbers.
    RangeOverNumbers,
    /// A dry run takes the cluster for what Helm assumes without one.
    DryRunsAskNoCluster,
    /// `HelmVersion` names the version of the Kubernetes client.
    KubeClientVersion,
    /// Schemas are checked by santhosh-tekuri/jsonschema.
    SchemaV6,
    /// That validator fetches what schemas refer to by http.
    SchemasOverHttp,
    /// What a schema refers to by a URN allows everything, with a warning.
    UrnSchemas,
    /// Flags are those of Helm 4: some came, some went, some take other values.
    FlagsOfHelm4,
    /// `--atomic` is taken in spite of its new name.
    AtomicIsDeprecated,
    /// The flags of `template` about notes are deprecated.
    TemplateNotesAreDeprecated,
    /// `--wait=hookOnly` is there.
    WaitForHooksOnly,
    /// `registry login` takes `--plain-http`.
    LoginsOverPlainHttp,
    /// `repo add` and `repo update` take `--timeout`.
    RepoTimeouts,
    /// `repo list` takes `--no-headers`.
    RepoListWithoutHeaders,
    /// `rollback` takes a description, and `history` shows what a revision goes back to.
    RollbacksDescribed,
    /// `repo list` of no repositories is no error, `repo update` fails where one repository does.
    ReposOfHelm4,
    /// The report of a release has its description, when files were changed, and how it is applied.
    ReportsOfHelm4,
    /// `lint` has the rules of Helm 4.
    LintOfHelm4,
    /// `show crds` parts CRDs by `---`.
    CrdsAreParted,
    /// Errors name Go's types by the packages of Helm 4.
    TypesOfHelm4,
    /// What begins as JSON and is none may be YAML.
    JsonMayBeYaml,
    /// Templates have `mustToYaml`.
    MustToYaml,
    /// Templates have `mustToToml`.
    MustToToml,
    /// Templates have `mustToDuration`, `durationHours` and the like.
    Durations,
    /// TOML is read by toml 1.5, which tells other lines in errors.
    Toml15,
    /// TOML is read and written by toml 1.6, which knows TOML 1.1. It is never without the one before.
    Toml16,
    /// Versions are compared by semver 3.4.
    Semver34,
    /// Versions are compared by semver 3.5. It is never without the one before.
    Semver35,
    /// The types of values and capabilities are of the package `common`.
    TypesOfCommon,
    /// Helm was built with Go 1.26 or later, whose URLs are stricter. It is never without those of earlier Go releases.
    Go126,
    /// Helm was built with Go 1.27. It is never without those of earlier Go releases.
    Go127,
    /// That validator is 6.0.3.
    SchemaV603,
    /// A last line of values without a line break is lost where its length is a multiple of 4096.
    LongLastLinesGo,
    /// Null entries of an index are taken out of it.
    EmptyIndexEntriesGo,
    /// What is wrong in an index is logged by fields.
    IndexFaultsByField,
    /// `install` logs from another line of Helm's sources.
    InstallLogsFrom264,
    /// `install` logs from one further down.
    InstallLogsFrom266,
    /// `template --debug --show-only` of a template that a failure keeps from being rendered tells the failure.
    FailuresOverMissing,
    /// The `apiVersion` in Chart.yaml decides how a chart to be rendered or packed is loaded.
    ChartsAreDetected,
    /// An error that ends an installation begins with the step that failed, which is logged as well.
    StepsAreNamed,
    /// A chart may not be called `.` or `..`.
    DotsAreNoNames,
    /// A file may be as large as all of a chart.
    OneLimitForCharts,
    /// `--set-json` takes an object of values.
    SetJsonObjects,
    /// `--set a[0` is no error: what was set before counts.
    OpenIndexesEnd,
    /// Registries are asked with ORAS 2: it has other words, and falls back to plain HTTP for any registry.
    Oras2,
    /// A registry that speaks plain HTTP is only asked so where the user wants that.
    PlainHttpIsAskedFor,
    /// A registry that was fallen back from HTTPS to gets no credentials, and nothing is pushed to it.
    FallbackTellsNothing,
    /// What is told of a registry goes to standard output.
    RegistriesTellOnStdout,
    /// What `template` and `show` tell of a registry goes to standard error all the same.
    RendersTellOnStderr,
    /// The index of a repository that several dependencies name is fetched once.
    RepositoriesOnce,
    /// A repository that is named comes before a folder of the chart's name.
    RepositoriesFirst,
    /// It is told where a folder of the chart's name comes before a repository that is named.
    IgnoredRepositoriesAreTold,
    /// It is told where a version that was asked for is not there, and another one is taken.
    OtherVersionsAreTold,
    /// Nothing is told where a range was asked for.
    RangesAreNotTold,
    /// `pull --repo --untar` makes a folder of the chart's name, not of the package's.
    UnpackedByName,
    /// What Helm writes into the head of a package's gzip is a subfield, as the format wants it.
    MarksAreSubfields,
    /// It is told where a login names more of a registry than its host.
    LoginPathsAreTold,
    /// Packages are kept in a cache by their digests.
    ContentCache,
    /// Errors about certificates have the words of Helm 4.
    TlsOfHelm4,
    /// `SOURCE_DATE_EPOCH` is the time of the files in packages, and an error where it is none.
    SourceDateEpoch,
    /// A Chart.lock that is a link is refused.
    LinkedLocksAreRefused,
    /// The default keyring is a keybox where there is one and no older keyring.
    KeyboxRings,
    /// Plugins are those of Helm 4: of types, of `apiVersion: v1` or older, with signatures.
    PluginsOfHelm4,
    /// Post-renderers are plugins, which see hooks, too, and YAML that was read and written anew.
    PostRendererPlugins,
    /// Steps that fail are logged as errors; before, within a line of information.
    StepsFailAsErrors,
    /// What is logged of a chart's dependencies names the chart.
    DependenciesNameTheirChart,
    /// A chart that several entries of `dependencies:` name is copied for each, with what is below it.
    AliasesAreCopied,
}

impl Rule {
    /// Returns the rule's bit in a set of rules.
    pub(super) const fn bit(self) -> u128 {
        1 << self as u8
    }
}

/// A row of the table of rules.
#[derive(Debug)]
pub struct Row {
    /// The rule.
    pub rule: Rule,
    /// Its name, as `compat` prints it.
    pub name: &'static str,
    /// The releases that have it.
    pub spans: &'static [Span],
    /// Where Helm brought it: a commit, or a file of its sources.
    pub source: &'static str,
    /// What it does to what a chart renders to; empty where it does nothing.
    pub about: &'static str,
    /// What to do in a chart, so that it renders alike with and without the rule; empty where nothing can be done.
    pub advice: &'static str,
}

impl Row {
    /// Returns the page of Helm's repository that shows the change.
    pub fn link(&self) -> String {
        let first = self.source.split(", ").next().unwrap_or_default();
        match first.bytes().all(|b| b.is_ascii_hexdigit()) {
            true => format!("https://github.com/helm/helm/commit/{first}"),
            false => format!("https://github.com/helm/helm/blob/main/{first}"),
        }
    }
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
    Row { rule, name, spans, source, about: "", advice: "" }
}

impl Row {
    /// Adds what the rule does, and what to do about it.
    const fn says(self, about: &'static str, advice: &'static str) -> Row {
        Row { about, advice, ..self }
    }
}

/// The rules, in the order of [`Rule`].
pub static RULES: &[Row] = &[
    row(Rule::KubeVersionAsGiven, "kube_version_as_given", &[from(3, 19, 0)], "807225ed6").says(
        ".Capabilities.KubeVersion has as many numbers as --kube-version gives",
        "give --kube-version three numbers, and compare with semverCompare",
    ),
    row(Rule::KubeVersionKeepsSuffix, "kube_version_keeps_suffix", &[from(4, 1, 0)], "ce273eea4").says(
        ".Capabilities.KubeVersion.Version keeps a vendor's suffix such as -gke.1",
        "compare with semverCompare \">=1.30-0\"",
    ),
    row(Rule::NullsReachDefaults, "nulls_reach_defaults", &[three(19, 5), from(4, 0, 0)], "f0b699eab, c1175a410").says(
        "a null of the user's stands for the chart's value before the two are merged",
        "do not set a table to null in values",
    ),
    row(
        Rule::NullsOfAbsentKeysGo,
        "nulls_of_absent_keys_go",
        &[three(19, 5).until(3, 20, 1), from(4, 0, 0).until(4, 1, 3)],
        "f0b699eab, c1175a410",
    )
    .says(
        "a null of the user's for a key that the chart's table does not have is removed",
        "test such keys with hasKey or dig, and do not count a table's keys",
    ),
    row(Rule::NullsOverNullsStay, "nulls_over_nulls_stay", &[three(20, 1), from(4, 1, 3)], "b13743c8d, 679f05198").says(
        "a null of the user's over a null of the chart's stays in the values",
        "test such keys with `if`, which takes a null for absent",
    ),
    row(Rule::NullDefaultsGo, "null_defaults_go", &[from(4, 2, 0)], "00638773d").says(
        "nulls in the values.yaml of a chart are removed; one that is to delete a subchart's default does so no more",
        "leave such keys out of values.yaml, or write an empty value of their type",
    ),
    row(Rule::ChartIsMap, "chart_is_map", &[from(4, 0, 0)], "pkg/chart/common.go").says(
        ".Chart is a map by Go's names of the fields: toYaml and range show other keys, an unknown key is empty instead of an error",
        "name each field, as .Chart.Name, and do not print .Chart or .Chart.Maintainers whole",
    ),
    row(Rule::WebhooksInOrder, "webhooks_in_order", &[from(4, 0, 0)], "pkg/release/v1/util/kind_sorter.go").says(
        "webhook configurations come after APIService, before kinds that Helm does not know",
        "",
    ),
    row(Rule::ValuesDocuments, "values_documents", &[from(4, 0, 0)], "pkg/chart/v2/loader/load.go").says(
        "all documents of a values file are read and merged, not the first one only",
        "keep one document in a values file",
    ),
    row(Rule::LinesOfEmptyFile, "lines_of_empty_file", &[three(21, 4), from(4, 3, 0)], "955dfab1e").says(
        ".Files.Lines of an empty file is an empty list, no error",
        "",
    ),
    row(Rule::LastNewlinesStay, "last_newlines_stay", &[from(4, 2, 0)], "265c5eb53").says(
        "line breaks at the end of a file's last document stay, which a cluster takes for the same, but for a text that ends in `|+`",
        "end templates without blank lines: {{- end }}",
    ),
    row(Rule::AllNewlinesStay, "all_newlines_stay", &[from(4, 2, 4)], "83a8b70ff").says(
        "line breaks at the end of each document stay, which a cluster takes for the same, but for a text that ends in `|+`",
        "end documents without blank lines: {{- end }}",
    ),
    row(Rule::ErrorBlocks, "error_blocks", &[from(4, 0, 0)], "pkg/engine/engine.go"),
    row(Rule::LowerCaseErrors, "lower_case_errors", &[from(4, 0, 0)], "pkg/cmd"),
    row(Rule::CommandsInApostrophes, "commands_in_apostrophes", &[from(4, 2, 0)], "pkg/cmd"),
    row(Rule::StructuredLogs, "structured_logs", &[from(4, 0, 0)], "internal/logging/logging.go"),
    row(
        Rule::ImportedPathsAreTexts,
        "imported_paths_are_texts",
        &[three(18, 5), from(4, 0, 0)],
        "pkg/chartutil/dependencies.go",
    ),
    row(Rule::HookLogPolicies, "hook_log_policies", &[from(3, 18, 0)], "pkg/releaseutil/manifest_sorter.go"),
    row(
        Rule::PluginsOfCommands,
        "plugins_of_commands",
        &[from(3, 18, 0)],
        "pkg/plugin/plugin.go",
    ),
    row(
        Rule::ComparisonsNameTypes,
        "comparisons_name_types",
        &[from(3, 20, 0)],
        "go.mod",
    ),
    row(Rule::RangeOverNumbers, "range_over_numbers", &[from(3, 18, 0)], "go.mod").says(
        "`range` over a whole number runs that many times, where it was an error",
        "write `range until (int .Values.n)`, which all versions know",
    ),
    row(
        Rule::DryRunsAskNoCluster,
        "dry_runs_ask_no_cluster",
        &[from(4, 0, 0)],
        "pkg/cmd/install.go",
    ),
    row(Rule::KubeClientVersion, "kube_client_version", &[from(4, 0, 0)], "internal/version/version.go").says(
        ".Capabilities.HelmVersion has the version of the Kubernetes client",
        "do not print .Capabilities.HelmVersion",
    ),
    row(
        Rule::SchemaV6,
        "newer_schema_validator",
        &[three(18, 5), from(4, 0, 0)],
        "pkg/chart/common/util/jsonschema.go",
    )
    .says(
        "values.schema.json is checked by another validator, which holds it against its metaschema",
        "name the draft in $schema and write the schema by its rules",
    ),
    row(
        Rule::SchemasOverHttp,
        "schemas_over_http",
        &[three(18, 6), from(4, 0, 0)],
        "pkg/chart/common/util/jsonschema.go",
    ),
    row(
        Rule::UrnSchemas,
        "urn_schemas",
        &[three(19, 1), from(4, 0, 2)],
        "pkg/chart/common/util/jsonschema.go",
    ),
    row(Rule::FlagsOfHelm4, "flags_of_helm_4", &[from(4, 0, 0)], "pkg/cmd/install.go"),
    row(Rule::AtomicIsDeprecated, "atomic_is_deprecated", &[from(4, 1, 2)], "pkg/cmd/install.go"),
    row(
        Rule::TemplateNotesAreDeprecated,
        "template_notes_are_deprecated",
        &[from(4, 2, 0)],
        "pkg/cmd/install.go",
    ),
    row(Rule::WaitForHooksOnly, "wait_for_hooks_only", &[from(4, 1, 0)], "pkg/cmd/flags.go"),
    row(
        Rule::LoginsOverPlainHttp,
        "logins_over_plain_http",
        &[from(3, 18, 0)],
        "pkg/cmd/registry_login.go",
    ),
    row(Rule::RepoTimeouts, "repo_timeouts", &[from(3, 19, 1)], "pkg/cmd/repo_add.go"),
    row(
        Rule::RepoListWithoutHeaders,
        "repo_list_without_headers",
        &[from(4, 1, 0)],
        "pkg/cmd/repo_list.go",
    ),
    row(Rule::RollbacksDescribed, "rollbacks_described", &[from(4, 3, 0)], "pkg/cmd/rollback.go"),
    row(Rule::ReposOfHelm4, "repos_of_helm_4", &[from(4, 0, 0)], "pkg/cmd/repo_list.go"),
    row(Rule::ReportsOfHelm4, "reports_of_helm_4", &[from(4, 0, 0)], "pkg/cmd/status.go"),
    row(Rule::LintOfHelm4, "lint_of_helm_4", &[from(4, 0, 0)], "pkg/chart/v2/lint/lint.go"),
    row(Rule::CrdsAreParted, "crds_are_parted", &[from(4, 0, 0)], "pkg/action/show.go"),
    row(Rule::TypesOfHelm4, "types_of_helm_4", &[from(4, 0, 0)], "pkg/chart/v2/metadata.go"),
    row(Rule::JsonMayBeYaml, "json_may_be_yaml", &[from(3, 18, 0)], "go.mod"),
    row(Rule::MustToYaml, "must_to_yaml", &[from(4, 0, 0)], "pkg/engine/funcs.go").says(
        "templates have the function mustToYaml",
        "write toYaml, which all versions know",
    ),
    row(Rule::MustToToml, "must_to_toml", &[from(4, 2, 0)], "pkg/engine/funcs.go").says(
        "templates have the function mustToToml",
        "write toToml, which all versions know",
    ),
    row(Rule::Durations, "durations", &[from(4, 3, 0)], "pkg/engine/funcs.go").says(
        "templates have the functions mustToDuration, durationSeconds and the like",
        "calculate with numbers of seconds, which all versions do",
    ),
    row(Rule::Toml15, "toml_1_5", &[from(3, 18, 0)], "go.mod").says(
        "errors of fromToml name other lines",
        "",
    ),
    row(Rule::Toml16, "toml_1_6", &[three(20, 0), from(4, 1, 0)], "go.mod").says(
        "toToml writes large and small floats with an exponent, and fromToml reads TOML 1.1",
        "give toToml whole numbers as int64 or as texts",
    ),
    row(Rule::Semver34, "semver_3_4", &[from(3, 19, 0)], "go.mod").says(
        "a range such as `>=1.2-0 <2` takes prereleases: one prerelease in it lets them into all that must hold together, and `!=1.2.3` takes none any more",
        "write -0 after each version of a range, or after none",
    ),
    row(Rule::Semver35, "semver_3_5", &[three(21, 1), from(4, 2, 0)], "go.mod").says(
        "versions of more than 256 bytes, ranges of more than 512, and ranges of more than 32 alternatives are errors",
        "write shorter ranges",
    ),
    row(Rule::TypesOfCommon, "types_of_common", &[from(4, 0, 0)], "pkg/chart/common/values.go").says(
        "the type of .Values is called common.Values instead of chartutil.Values, and that of .Capabilities likewise",
        "ask kindIs \"map\" instead of typeIs",
    ),
    row(Rule::Go126, "go_1_26", &[three(21, 1), from(4, 2, 0)], "go.mod").says(
        "urlParse refuses hosts with several colons, and brackets around what is no address",
        "give urlParse valid URLs",
    ),
    row(Rule::Go127, "go_1_27", &[from(4, 3, 0)], ".github/env").says(
        "characters of Unicode 16 and 17 are known to upper, title, quote and regular expressions; errors of fromJson are worded anew",
        "do not print the key Error of fromJson",
    ),
    row(Rule::SchemaV603, "schema_validator_6_0_3", &[three(22, 0), from(4, 3, 0)], "go.mod").says(
        "the schema validator takes no number for equal to a text that has it, in const, enum and uniqueItems",
        "write const and enum of values.schema.json in the type of the value",
    ),
    row(
        Rule::LongLastLinesGo,
        "long_last_lines_go",
        &[from(4, 0, 0).until(4, 3, 0)],
        "pkg/chart/v2/loader/load.go",
    )
    .says(
        "the last line of a values file is lost if it has no line break and its length is a multiple of 4096",
        "end values files with a line break",
    ),
    row(Rule::EmptyIndexEntriesGo, "empty_index_entries_go", &[from(3, 18, 5)], "dd8502f7b"),
    row(Rule::IndexFaultsByField, "index_faults_by_field", &[from(4, 3, 0)], "pkg/repo/v1/index.go"),
    row(Rule::InstallLogsFrom264, "install_logs_from_264", &[from(3, 19, 0)], "pkg/action/install.go"),
    row(Rule::InstallLogsFrom266, "install_logs_from_266", &[from(3, 21, 1)], "pkg/action/install.go"),
    row(Rule::FailuresOverMissing, "failures_over_missing", &[from(4, 2, 4)], "211ffae93"),
    row(Rule::ChartsAreDetected, "charts_are_detected", &[from(4, 0, 0)], "pkg/chart/loader/load.go").says(
        "an apiVersion in Chart.yaml that is neither v1 nor v2 is refused",
        "write apiVersion: v2",
    ),
    row(Rule::StepsAreNamed, "steps_are_named", &[from(4, 0, 0)], "pkg/action/install.go"),
    row(Rule::DotsAreNoNames, "dots_are_no_names", &[three(20, 2), from(4, 1, 4)], "pkg/chart/v2/metadata.go").says(
        "a chart may not be called . or ..",
        "give the chart a name",
    ),
    row(Rule::OneLimitForCharts, "one_limit_for_charts", &[from(4, 3, 0)], "pkg/chart/loader/archive/budget.go").says(
        "a file of more than 5 MiB is taken, as long as all of the chart have no more than 100 MiB",
        "keep files below 5 MiB",
    ),
    row(Rule::SetJsonObjects, "set_json_objects", &[from(4, 0, 0)], "pkg/cli/values/options.go"),
    row(Rule::OpenIndexesEnd, "open_indexes_end", &[from(4, 1, 0)], "pkg/strvals/parser.go"),
    row(Rule::Oras2, "oras_2", &[from(3, 18, 0)], "pkg/registry/client.go"),
    row(Rule::PlainHttpIsAskedFor, "plain_http_is_asked_for", &[from(4, 0, 0)], "pkg/registry/client.go"),
    row(Rule::FallbackTellsNothing, "fallback_tells_nothing", &[three(21, 1), from(4, 2, 1)], "go.mod"),
    row(Rule::RegistriesTellOnStdout, "registries_tell_on_stdout", &[from(4, 2, 1)], "2a9fcae29"),
    row(Rule::RendersTellOnStderr, "renders_tell_on_stderr", &[from(4, 3, 0)], "pkg/cmd/template.go"),
    row(Rule::RepositoriesOnce, "repositories_once", &[from(4, 0, 0)], "pkg/downloader/manager.go"),
    row(Rule::RepositoriesFirst, "repositories_first", &[from(4, 0, 0)], "pkg/action/install.go"),
    row(Rule::IgnoredRepositoriesAreTold, "ignored_repositories_are_told", &[three(19, 0)], "pkg/action/install.go"),
    row(Rule::OtherVersionsAreTold, "other_versions_are_told", &[from(4, 0, 0)], "pkg/repo/v1/index.go"),
    row(Rule::RangesAreNotTold, "ranges_are_not_told", &[from(4, 2, 1)], "pkg/repo/v1/index.go"),
    row(Rule::UnpackedByName, "unpacked_by_name", &[three(20, 0), from(4, 0, 0)], "pkg/action/pull.go"),
    row(Rule::MarksAreSubfields, "marks_are_subfields", &[from(4, 2, 4)], "22818486c"),
    row(Rule::LoginPathsAreTold, "login_paths_are_told", &[from(4, 1, 0)], "pkg/registry/client.go"),
    row(Rule::ContentCache, "content_cache", &[from(4, 0, 0)], "pkg/downloader/cache.go"),
    row(Rule::TlsOfHelm4, "tls_of_helm_four", &[from(4, 0, 0)], "internal/tlsutil/tls.go"),
    row(Rule::SourceDateEpoch, "source_date_epoch", &[from(4, 3, 0)], "pkg/cmd/source_date_epoch.go"),
    row(
        Rule::LinkedLocksAreRefused,
        "linked_locks_are_refused",
        &[three(18, 4), from(4, 0, 0)],
        "pkg/downloader/manager.go",
    ),
    row(Rule::KeyboxRings, "keybox_rings", &[from(4, 3, 0)], "pkg/cmd/dependency_build.go"),
    row(Rule::PluginsOfHelm4, "plugins_of_helm_4", &[from(4, 0, 0)], "internal/plugin/loader.go"),
    row(Rule::PostRendererPlugins, "post_renderer_plugins", &[from(4, 0, 0)], "pkg/action/action.go"),
    row(Rule::StepsFailAsErrors, "steps_fail_as_errors", &[from(4, 0, 1)], "internal/logging/logging.go"),
    row(
        Rule::DependenciesNameTheirChart,
        "dependencies_name_their_chart",
        &[from(4, 1, 0)],
        "pkg/chart/common/util/jsonschema.go",
    ),
    row(Rule::AliasesAreCopied, "aliases_are_copied", &[from(4, 0, 0)], "df7befd20, b183eccfc").says(
        "a chart that several dependencies name is copied for each with the charts below it, which a later one changed for the earlier ones",
        "",
    ),
];
