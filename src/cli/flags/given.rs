//! Holds what was given on a command line, typed, and the flags that give it, each named here alone.

use std::time::Duration;

use super::{Flag, Kind, Written, flag, parse_size, parse_time, short};

/// How the parser writes that a switch is on.
const ON: &str = "true";

/// The form of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Format {
    #[default]
    Table,
    Json,
    Yaml,
}

impl Format {
    /// The names of the forms; the first is the default.
    pub(crate) const NAMES: &[&str] = &["table", "json", "yaml"];

    fn named(name: &str) -> Format {
        match name {
            "json" => Format::Json,
            "yaml" => Format::Yaml,
            _ => Format::Table,
        }
    }
}

/// What was given on a command line. A field is named as its flag; of a flag that takes one value the
/// last one counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// The arguments.
    pub(crate) args: Vec<String>,
    /// The names of all flags given.
    pub(crate) flags: Vec<&'static str>,
    /// The flags with their values, as they were written.
    pub(crate) written: Vec<Written>,
    /// How many of these stood on the command line: those of a configuration file follow.
    pub(crate) on_line: usize,
    pub(crate) against: Option<String>,
    pub(crate) all: bool,
    pub(crate) allow_deprecated_repos: bool,
    pub(crate) api_versions: Vec<String>,
    pub(crate) app_version: Option<String>,
    pub(crate) baseline: Option<String>,
    pub(crate) burst_limit: Option<i64>,
    pub(crate) ca_file: Option<String>,
    pub(crate) cascade: Option<String>,
    pub(crate) cert_file: Option<String>,
    pub(crate) changed_since: Option<String>,
    pub(crate) color: Option<String>,
    pub(crate) config: Option<String>,
    pub(crate) content_cache: Option<String>,
    pub(crate) context: Option<usize>,
    pub(crate) coverage: Option<String>,
    pub(crate) coverage_file: Option<String>,
    pub(crate) debug: bool,
    pub(crate) dependency_update: bool,
    pub(crate) destination: Option<String>,
    pub(crate) detailed_exitcode: bool,
    pub(crate) devel: bool,
    pub(crate) disable: Vec<String>,
    pub(crate) disable_openapi_validation: bool,
    pub(crate) dry_run: Option<String>,
    pub(crate) enable_dns: bool,
    pub(crate) endpoint: Option<String>,
    pub(crate) explain: Option<bool>,
    pub(crate) fail_on_no_result: bool,
    pub(crate) fail_on_repo_update_fail: bool,
    pub(crate) fail_under: Option<f64>,
    pub(crate) find_renames: Option<bool>,
    pub(crate) fold: Option<String>,
    pub(crate) force_update: bool,
    /// The form of a report that has forms of its own.
    pub(crate) form: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) generate_name: bool,
    pub(crate) helm: Option<String>,
    pub(crate) help: bool,
    pub(crate) hide_notes: bool,
    pub(crate) hide_secret: bool,
    pub(crate) include_crds: bool,
    pub(crate) insecure: bool,
    pub(crate) insecure_skip_tls_verify: bool,
    pub(crate) install: bool,
    pub(crate) is_upgrade: bool,
    pub(crate) json: bool,
    pub(crate) jsonpath: Option<String>,
    pub(crate) keep_going: bool,
    pub(crate) key: Option<String>,
    pub(crate) key_file: Option<String>,
    pub(crate) keyring: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) kube_apiserver: Option<String>,
    pub(crate) kube_as_group: Vec<String>,
    pub(crate) kube_as_user: Option<String>,
    pub(crate) kube_ca_file: Option<String>,
    pub(crate) kube_context: Option<String>,
    pub(crate) kube_insecure_skip_tls_verify: Option<bool>,
    pub(crate) kube_tls_server_name: Option<String>,
    pub(crate) kube_token: Option<String>,
    pub(crate) kube_version: Option<String>,
    /// The versions of Kubernetes of a matrix: of each flag a list.
    pub(crate) kube_versions: Vec<String>,
    pub(crate) kubeconfig: Option<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) limit_bytes: Option<u64>,
    pub(crate) line: Option<usize>,
    pub(crate) list_repo_url: bool,
    pub(crate) lookup: Vec<String>,
    pub(crate) max_col_width: Option<usize>,
    pub(crate) max_file: Option<u64>,
    pub(crate) max_memory: Option<u64>,
    pub(crate) max_output: Option<u64>,
    pub(crate) max_time: Option<Duration>,
    pub(crate) merge: Option<String>,
    pub(crate) name_template: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) no_config: bool,
    pub(crate) no_descriptions: bool,
    pub(crate) no_headers: bool,
    pub(crate) no_hooks: bool,
    pub(crate) offline: bool,
    pub(crate) only: Vec<String>,
    pub(crate) output: Format,
    pub(crate) output_dir: Option<String>,
    pub(crate) output_file: Option<String>,
    pub(crate) pass_credentials: bool,
    pub(crate) passphrase_file: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) password_stdin: bool,
    pub(crate) plain_http: bool,
    pub(crate) post_renderer: Option<String>,
    pub(crate) post_renderer_args: Vec<String>,
    pub(crate) prov: bool,
    pub(crate) qps: Option<f32>,
    pub(crate) quiet: bool,
    pub(crate) regexp: bool,
    pub(crate) registry_config: Option<String>,
    pub(crate) release: Option<String>,
    pub(crate) release_name: bool,
    pub(crate) render_subchart_notes: bool,
    pub(crate) repo: Option<String>,
    pub(crate) report: Option<String>,
    pub(crate) repository_cache: Option<String>,
    pub(crate) repository_config: Option<String>,
    pub(crate) reset_then_reuse_values: bool,
    pub(crate) reset_values: bool,
    pub(crate) reuse_values: bool,
    /// Files and folders of definitions of custom resources.
    pub(crate) crds: Vec<String>,
    pub(crate) schema_locations: Vec<String>,
    /// Values files of scenarios, as patterns.
    pub(crate) scenarios: Vec<String>,
    pub(crate) search: Option<String>,
    pub(crate) server_side: Option<String>,
    pub(crate) set: Vec<String>,
    pub(crate) set_file: Vec<String>,
    pub(crate) set_json: Vec<String>,
    pub(crate) set_literal: Vec<String>,
    pub(crate) set_string: Vec<String>,
    pub(crate) short: bool,
    pub(crate) severity: Vec<String>,
    pub(crate) show_only: Vec<String>,
    pub(crate) show_secrets: bool,
    pub(crate) show_version: bool,
    pub(crate) sign: bool,
    pub(crate) skip_crds: bool,
    pub(crate) skip_defaults: bool,
    pub(crate) skip_refresh: bool,
    pub(crate) skip_schema_validation: bool,
    pub(crate) skip_tests: bool,
    pub(crate) source_map: Option<String>,
    pub(crate) rendered: Vec<String>,
    pub(crate) starter: Option<String>,
    pub(crate) strict: bool,
    pub(crate) strict_values: bool,
    pub(crate) template: Option<String>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) to: Option<String>,
    pub(crate) r#type: Option<String>,
    pub(crate) to_helm: Option<String>,
    pub(crate) to_kube_version: Option<String>,
    pub(crate) to_set: Vec<String>,
    pub(crate) to_values: Vec<String>,
    pub(crate) to_version: Option<String>,
    pub(crate) untar: bool,
    pub(crate) untardir: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) validate: bool,
    pub(crate) values: Vec<String>,
    pub(crate) verify: bool,
    pub(crate) version: Option<String>,
    pub(crate) versions: bool,
    pub(crate) watch: bool,
    pub(crate) with_subcharts: bool,
    pub(crate) write_baseline: Option<String>,
}

/// The flags that change something. A command's table takes them with words of its own.
#[rustfmt::skip]
pub(crate) mod known {
    use super::*;

    pub(crate) const AGAINST: Flag = flag("against", Kind::String, "").fills(|given, text| given.against = Some(text.to_owned()));
    pub(crate) const ALL: Flag = flag("all", Kind::Bool, "").fills(|given, text| given.all = text == ON);
    pub(crate) const ALLOW_DEPRECATED_REPOS: Flag = flag("allow-deprecated-repos", Kind::Bool, "").fills(|given, text| given.allow_deprecated_repos = text == ON);
    pub(crate) const API_VERSIONS: Flag = short('a', "api-versions", Kind::Slice, "").fills(|given, text| given.api_versions.push(text.to_owned()));
    pub(crate) const APP_VERSION: Flag = flag("app-version", Kind::String, "").fills(|given, text| given.app_version = Some(text.to_owned()));
    pub(crate) const BASE_VALUES: Flag = short('f', "base-values", Kind::Slice, "").fills(|given, text| given.values.push(text.to_owned()));
    pub(crate) const BASELINE: Flag = flag("baseline", Kind::String, "").fills(|given, text| given.baseline = Some(text.to_owned()));
    pub(crate) const BURST_LIMIT: Flag = flag("burst-limit", Kind::Int, "").fills(|given, text| given.burst_limit = text.parse().ok());
    pub(crate) const CA_FILE: Flag = flag("ca-file", Kind::String, "").fills(|given, text| given.ca_file = Some(text.to_owned()));
    pub(crate) const CASCADE: Flag = flag("cascade", Kind::String, "").fills(|given, text| given.cascade = Some(text.to_owned()));
    pub(crate) const CERT_FILE: Flag = flag("cert-file", Kind::String, "").fills(|given, text| given.cert_file = Some(text.to_owned()));
    pub(crate) const CHANGED_SINCE: Flag = flag("changed-since", Kind::String, "").fills(|given, text| given.changed_since = Some(text.to_owned()));
    pub(crate) const COLOR: Flag = flag("color", Kind::String, "").fills(|given, text| given.color = Some(text.to_owned()));
    pub(crate) const COLOUR: Flag = Flag { name: "colour", ..COLOR };
    pub(crate) const CONFIG: Flag = flag("config", Kind::String, "").fills(|given, text| given.config = Some(text.to_owned()));
    pub(crate) const CONTENT_CACHE: Flag = flag("content-cache", Kind::String, "").fills(|given, text| given.content_cache = Some(text.to_owned()));
    pub(crate) const CONTEXT: Flag = flag("context", Kind::Uint, "").fills(|given, text| given.context = text.parse().ok());
    pub(crate) const COVERAGE: Flag = flag("coverage", Kind::OptionalString("text"), "").fills(|given, text| given.coverage = Some(text.to_owned()));
    pub(crate) const COVERAGE_FILE: Flag = flag("coverage-file", Kind::String, "").fills(|given, text| given.coverage_file = Some(text.to_owned()));
    pub(crate) const CRDS: Flag = flag("crds", Kind::Array, "").fills(|given, text| given.crds.push(text.to_owned()));
    pub(crate) const DEBUG: Flag = flag("debug", Kind::Bool, "").fills(|given, text| given.debug = text == ON);
    pub(crate) const DEPENDENCY_UPDATE: Flag = flag("dependency-update", Kind::Bool, "").fills(|given, text| given.dependency_update = text == ON);
    pub(crate) const DESTINATION: Flag = short('d', "destination", Kind::String, "").fills(|given, text| given.destination = Some(text.to_owned()));
    pub(crate) const DETAILED_EXITCODE: Flag = flag("detailed-exitcode", Kind::Bool, "").fills(|given, text| given.detailed_exitcode = text == ON);
    pub(crate) const DEVEL: Flag = flag("devel", Kind::Bool, "").fills(|given, text| given.devel = text == ON);
    pub(crate) const DISABLE: Flag = flag("disable", Kind::Slice, "").fills(|given, text| given.disable.push(text.to_owned()));
    pub(crate) const DISABLE_OPENAPI_VALIDATION: Flag = flag("disable-openapi-validation", Kind::Bool, "").fills(|given, text| given.disable_openapi_validation = text == ON);
    pub(crate) const DRY_RUN: Flag = flag("dry-run", Kind::OptionalString("client"), "").fills(|given, text| given.dry_run = Some(text.to_owned()));
    pub(crate) const ENABLE_DNS: Flag = flag("enable-dns", Kind::Bool, "").fills(|given, text| given.enable_dns = text == ON);
    pub(crate) const ENDPOINT: Flag = flag("endpoint", Kind::String, "").fills(|given, text| given.endpoint = Some(text.to_owned()));
    pub(crate) const FAIL_ON_NO_RESULT: Flag = flag("fail-on-no-result", Kind::Bool, "").fills(|given, text| given.fail_on_no_result = text == ON);
    pub(crate) const FAIL_ON_REPO_UPDATE_FAIL: Flag = flag("fail-on-repo-update-fail", Kind::Bool, "").fills(|given, text| given.fail_on_repo_update_fail = text == ON);
    pub(crate) const FAIL_UNDER: Flag = flag("fail-under", Kind::Float, "").fills(|given, text| given.fail_under = text.parse().ok());
    pub(crate) const FIND_RENAMES: Flag = flag("find-renames", Kind::Bool, "").fills(|given, text| given.find_renames = Some(text == ON));
    pub(crate) const FOLD: Flag = flag("fold", Kind::String, "").fills(|given, text| given.fold = Some(text.to_owned()));
    pub(crate) const FORCE_UPDATE: Flag = flag("force-update", Kind::Bool, "").fills(|given, text| given.force_update = text == ON);
    pub(crate) const FROM: Flag = flag("from", Kind::String, "").fills(|given, text| given.from = Some(text.to_owned()));
    pub(crate) const GENERATE_NAME: Flag = short('g', "generate-name", Kind::Bool, "").fills(|given, text| given.generate_name = text == ON);
    pub(crate) const HELM: Flag = flag("helm", Kind::String, "").fills(|given, text| given.helm = Some(text.to_owned()));
    pub(crate) const HELP: Flag = short('h', "help", Kind::Bool, "").fills(|given, text| given.help = text == ON);
    pub(crate) const HIDE_NOTES: Flag = flag("hide-notes", Kind::Bool, "").fills(|given, text| given.hide_notes = text == ON);
    pub(crate) const HIDE_SECRET: Flag = flag("hide-secret", Kind::Bool, "").fills(|given, text| given.hide_secret = text == ON);
    pub(crate) const INCLUDE_CRDS: Flag = flag("include-crds", Kind::Bool, "").fills(|given, text| given.include_crds = text == ON);
    pub(crate) const INSECURE: Flag = flag("insecure", Kind::Bool, "").fills(|given, text| given.insecure = text == ON);
    pub(crate) const INSECURE_SKIP_TLS_VERIFY: Flag = flag("insecure-skip-tls-verify", Kind::Bool, "").fills(|given, text| given.insecure_skip_tls_verify = text == ON);
    pub(crate) const INSTALL: Flag = short('i', "install", Kind::Bool, "").fills(|given, text| given.install = text == ON);
    pub(crate) const IS_UPGRADE: Flag = flag("is-upgrade", Kind::Bool, "").fills(|given, text| given.is_upgrade = text == ON);
    pub(crate) const JSON: Flag = flag("json", Kind::Bool, "").fills(|given, text| given.json = text == ON);
    pub(crate) const JSONPATH: Flag = flag("jsonpath", Kind::String, "").fills(|given, text| given.jsonpath = Some(text.to_owned()));
    pub(crate) const KEEP_GOING: Flag = flag("keep-going", Kind::Bool, "").fills(|given, text| given.keep_going = text == ON);
    pub(crate) const KEY: Flag = flag("key", Kind::String, "").fills(|given, text| given.key = Some(text.to_owned()));
    pub(crate) const KEY_FILE: Flag = flag("key-file", Kind::String, "").fills(|given, text| given.key_file = Some(text.to_owned()));
    pub(crate) const KEYRING: Flag = flag("keyring", Kind::String, "").fills(|given, text| given.keyring = Some(text.to_owned()));
    pub(crate) const KIND: Flag = flag("kind", Kind::String, "").fills(|given, text| given.kind = Some(text.to_owned()));
    pub(crate) const KUBE_APISERVER: Flag = flag("kube-apiserver", Kind::String, "").kubectl("server").fills(|given, text| given.kube_apiserver = Some(text.to_owned()));
    pub(crate) const KUBE_AS_GROUP: Flag = flag("kube-as-group", Kind::Array, "").kubectl("as-group").fills(|given, text| given.kube_as_group.push(text.to_owned()));
    pub(crate) const KUBE_AS_USER: Flag = flag("kube-as-user", Kind::String, "").kubectl("as").fills(|given, text| given.kube_as_user = Some(text.to_owned()));
    pub(crate) const KUBE_CA_FILE: Flag = flag("kube-ca-file", Kind::String, "").kubectl("certificate-authority").fills(|given, text| given.kube_ca_file = Some(text.to_owned()));
    pub(crate) const KUBE_CONTEXT: Flag = flag("kube-context", Kind::String, "").kubectl("context").fills(|given, text| given.kube_context = Some(text.to_owned()));
    pub(crate) const KUBE_INSECURE_SKIP_TLS_VERIFY: Flag = flag("kube-insecure-skip-tls-verify", Kind::Bool, "").kubectl("insecure-skip-tls-verify").fills(|given, text| given.kube_insecure_skip_tls_verify = Some(text == ON));
    pub(crate) const KUBE_TLS_SERVER_NAME: Flag = flag("kube-tls-server-name", Kind::String, "").kubectl("tls-server-name").fills(|given, text| given.kube_tls_server_name = Some(text.to_owned()));
    pub(crate) const KUBE_TOKEN: Flag = flag("kube-token", Kind::String, "").kubectl("token").secret().fills(|given, text| given.kube_token = Some(text.to_owned()));
    pub(crate) const KUBE_VERSION: Flag = flag("kube-version", Kind::String, "").fills(|given, text| given.kube_version = Some(text.to_owned()));
    pub(crate) const KUBE_VERSIONS: Flag = flag("kube-version", Kind::Array, "").fills(|given, text| given.kube_versions.push(text.to_owned()));
    pub(crate) const KUBECONFIG: Flag = flag("kubeconfig", Kind::String, "").kubectl("kubeconfig").fills(|given, text| given.kubeconfig = Some(text.to_owned()));
    pub(crate) const LABELS: Flag = short('l', "labels", Kind::Map, "").fills(|given, text| given.labels.push(text.to_owned()));
    pub(crate) const LIMIT_BYTES: Flag = flag("limit-bytes", Kind::Size, "").fills(|given, text| given.limit_bytes = parse_size(text));
    pub(crate) const LINE: Flag = flag("line", Kind::Uint, "").fills(|given, text| given.line = text.parse().ok());
    pub(crate) const LIST_REPO_URL: Flag = flag("list-repo-url", Kind::Bool, "").fills(|given, text| given.list_repo_url = text == ON);
    pub(crate) const LOOKUP: Flag = flag("lookup", Kind::Array, "").fills(|given, text| given.lookup.push(text.to_owned()));
    pub(crate) const MAX_COL_WIDTH: Flag = flag("max-col-width", Kind::Uint, "").fills(|given, text| given.max_col_width = text.parse().ok());
    pub(crate) const MAX_FILE: Flag = flag("max-file", Kind::Size, "").fills(|given, text| given.max_file = parse_size(text));
    pub(crate) const MAX_MEMORY: Flag = flag("max-memory", Kind::Size, "").fills(|given, text| given.max_memory = parse_size(text));
    pub(crate) const MAX_OUTPUT: Flag = flag("max-output", Kind::Size, "").fills(|given, text| given.max_output = parse_size(text));
    pub(crate) const MAX_TIME: Flag = flag("max-time", Kind::Duration, "").fills(|given, text| given.max_time = parse_time(text));
    pub(crate) const MERGE: Flag = flag("merge", Kind::String, "").fills(|given, text| given.merge = Some(text.to_owned()));
    pub(crate) const NAME_TEMPLATE: Flag = flag("name-template", Kind::String, "").fills(|given, text| given.name_template = Some(text.to_owned()));
    pub(crate) const NAMESPACE: Flag = short('n', "namespace", Kind::String, "").fills(|given, text| given.namespace = Some(text.to_owned()));
    pub(crate) const NO_CONFIG: Flag = flag("no-config", Kind::Bool, "").fills(|given, text| given.no_config = text == ON);
    pub(crate) const NO_DESCRIPTIONS: Flag = flag("no-descriptions", Kind::Bool, "").fills(|given, text| given.no_descriptions = text == ON);
    pub(crate) const NO_HEADERS: Flag = flag("no-headers", Kind::Bool, "").fills(|given, text| given.no_headers = text == ON);
    pub(crate) const NO_HOOKS: Flag = flag("no-hooks", Kind::Bool, "").fills(|given, text| given.no_hooks = text == ON);
    pub(crate) const EXPLAIN: Flag = flag("explain", Kind::Bool, "").fills(|given, text| given.explain = Some(text == ON));
    pub(crate) const OFFLINE: Flag = flag("offline", Kind::Bool, "").fills(|given, text| given.offline = text == ON);
    pub(crate) const ONLY: Flag = flag("only", Kind::Slice, "").fills(|given, text| given.only.push(text.to_owned()));
    pub(crate) const OUTPUT: Flag = short('o', "output", Kind::Format, "").fills(|given, text| {
        given.output = Format::named(text);
        given.form = Some(text.to_owned());
    });
    pub(crate) const OUTPUT_DIR: Flag = flag("output-dir", Kind::String, "").fills(|given, text| given.output_dir = Some(text.to_owned()));
    pub(crate) const OUTPUT_FILE: Flag = flag("output-file", Kind::String, "").fills(|given, text| given.output_file = Some(text.to_owned()));
    pub(crate) const PASS_CREDENTIALS: Flag = flag("pass-credentials", Kind::Bool, "").fills(|given, text| given.pass_credentials = text == ON);
    pub(crate) const PASSPHRASE_FILE: Flag = flag("passphrase-file", Kind::String, "").fills(|given, text| given.passphrase_file = Some(text.to_owned()));
    pub(crate) const PASSWORD: Flag = flag("password", Kind::String, "").secret().fills(|given, text| given.password = Some(text.to_owned()));
    pub(crate) const PASSWORD_STDIN: Flag = flag("password-stdin", Kind::Bool, "").fills(|given, text| given.password_stdin = text == ON);
    pub(crate) const PLAIN_HTTP: Flag = flag("plain-http", Kind::Bool, "").fills(|given, text| given.plain_http = text == ON);
    pub(crate) const POST_RENDERER: Flag = flag("post-renderer", Kind::PostRenderer, "").fills(|given, text| given.post_renderer = Some(text.to_owned()).filter(|name| !name.is_empty()));
    pub(crate) const POST_RENDERER_ARGS: Flag = flag("post-renderer-args", Kind::PostRendererArgs, "").fills(|given, text| given.post_renderer_args.push(text.to_owned()));
    pub(crate) const PROV: Flag = flag("prov", Kind::Bool, "").fills(|given, text| given.prov = text == ON);
    pub(crate) const QPS: Flag = flag("qps", Kind::Float, "").fills(|given, text| given.qps = text.parse().ok());
    pub(crate) const QUIET: Flag = flag("quiet", Kind::Bool, "").fills(|given, text| given.quiet = text == ON);
    pub(crate) const REGEXP: Flag = short('r', "regexp", Kind::Bool, "").fills(|given, text| given.regexp = text == ON);
    pub(crate) const REGISTRY_CONFIG: Flag = flag("registry-config", Kind::String, "").fills(|given, text| given.registry_config = Some(text.to_owned()));
    pub(crate) const RELEASE: Flag = flag("release", Kind::String, "").fills(|given, text| given.release = Some(text.to_owned()));
    pub(crate) const RELEASE_NAME: Flag = flag("release-name", Kind::Bool, "").fills(|given, text| given.release_name = text == ON);
    pub(crate) const RENDER_SUBCHART_NOTES: Flag = flag("render-subchart-notes", Kind::Bool, "").fills(|given, text| given.render_subchart_notes = text == ON);
    pub(crate) const RENDERED: Flag = flag("rendered", Kind::Array, "").fills(|given, text| given.rendered.push(text.to_owned()));
    pub(crate) const REPO: Flag = flag("repo", Kind::String, "").fills(|given, text| given.repo = Some(text.to_owned()));
    pub(crate) const REPORT: Flag = short('o', "output", Kind::String, "").fills(|given, text| given.report = Some(text.to_owned()));
    pub(crate) const REPOSITORY_CACHE: Flag = flag("repository-cache", Kind::String, "").fills(|given, text| given.repository_cache = Some(text.to_owned()));
    pub(crate) const REPOSITORY_CONFIG: Flag = flag("repository-config", Kind::String, "").fills(|given, text| given.repository_config = Some(text.to_owned()));
    pub(crate) const RESET_THEN_REUSE_VALUES: Flag = flag("reset-then-reuse-values", Kind::Bool, "").fills(|given, text| given.reset_then_reuse_values = text == ON);
    pub(crate) const RESET_VALUES: Flag = flag("reset-values", Kind::Bool, "").fills(|given, text| given.reset_values = text == ON);
    pub(crate) const REUSE_VALUES: Flag = flag("reuse-values", Kind::Bool, "").fills(|given, text| given.reuse_values = text == ON);
    pub(crate) const SCENARIOS: Flag = flag("values", Kind::Array, "").fills(|given, text| given.scenarios.push(text.to_owned()));
    pub(crate) const SCHEMA_LOCATION: Flag = flag("schema-location", Kind::Array, "").fills(|given, text| given.schema_locations.push(text.to_owned()));
    pub(crate) const SEARCH: Flag = flag("search", Kind::String, "").fills(|given, text| given.search = Some(text.to_owned()));
    pub(crate) const SERVER_SIDE: Flag = flag("server-side", Kind::Bool, "").fills(|given, text| given.server_side = Some(text.to_owned()));
    pub(crate) const SET: Flag = flag("set", Kind::Array, "").fills(|given, text| given.set.push(text.to_owned()));
    pub(crate) const SET_FILE: Flag = flag("set-file", Kind::Array, "").fills(|given, text| given.set_file.push(text.to_owned()));
    pub(crate) const SET_JSON: Flag = flag("set-json", Kind::Array, "").fills(|given, text| given.set_json.push(text.to_owned()));
    pub(crate) const SET_LITERAL: Flag = flag("set-literal", Kind::Array, "").fills(|given, text| given.set_literal.push(text.to_owned()));
    pub(crate) const SET_STRING: Flag = flag("set-string", Kind::Array, "").fills(|given, text| given.set_string.push(text.to_owned()));
    pub(crate) const SHORT: Flag = flag("short", Kind::Bool, "").fills(|given, text| given.short = text == ON);
    pub(crate) const SEVERITY: Flag = flag("severity", Kind::Map, "").fills(|given, text| given.severity.push(text.to_owned()));
    pub(crate) const SHOW_ONLY: Flag = short('s', "show-only", Kind::Array, "").fills(|given, text| given.show_only.push(text.to_owned()));
    pub(crate) const SHOW_SECRETS: Flag = flag("show-secrets", Kind::Bool, "").fills(|given, text| given.show_secrets = text == ON);
    pub(crate) const SHOW_VERSION: Flag = short('V', "version", Kind::Bool, "").fills(|given, text| given.show_version = text == ON);
    pub(crate) const SIGN: Flag = flag("sign", Kind::Bool, "").fills(|given, text| given.sign = text == ON);
    pub(crate) const SKIP_CRDS: Flag = flag("skip-crds", Kind::Bool, "").fills(|given, text| given.skip_crds = text == ON);
    pub(crate) const SKIP_DEFAULTS: Flag = flag("skip-defaults", Kind::Bool, "").fills(|given, text| given.skip_defaults = text == ON);
    pub(crate) const SKIP_REFRESH: Flag = flag("skip-refresh", Kind::Bool, "").fills(|given, text| given.skip_refresh = text == ON);
    pub(crate) const SKIP_SCHEMA_VALIDATION: Flag = flag("skip-schema-validation", Kind::Bool, "").fills(|given, text| given.skip_schema_validation = text == ON);
    pub(crate) const SKIP_TESTS: Flag = flag("skip-tests", Kind::Bool, "").fills(|given, text| given.skip_tests = text == ON);
    pub(crate) const SOURCE_MAP: Flag = flag("source-map", Kind::String, "").fills(|given, text| given.source_map = Some(text.to_owned()));
    pub(crate) const STARTER: Flag = short('p', "starter", Kind::String, "").fills(|given, text| given.starter = Some(text.to_owned()));
    pub(crate) const STRICT: Flag = flag("strict", Kind::Bool, "").fills(|given, text| given.strict = text == ON);
    pub(crate) const STRICT_VALUES: Flag = flag("strict-values", Kind::Bool, "").fills(|given, text| given.strict_values = text == ON);
    pub(crate) const TEMPLATE: Flag = flag("template", Kind::String, "").fills(|given, text| given.template = Some(text.to_owned()));
    pub(crate) const TIMEOUT: Flag = flag("timeout", Kind::Duration, "").fills(|given, text| given.timeout = parse_time(text));
    pub(crate) const TO: Flag = flag("to", Kind::String, "").fills(|given, text| given.to = Some(text.to_owned()));
    pub(crate) const TO_HELM: Flag = flag("to-helm", Kind::String, "").fills(|given, text| given.to_helm = Some(text.to_owned()));
    pub(crate) const TO_KUBE_VERSION: Flag = flag("to-kube-version", Kind::String, "").fills(|given, text| given.to_kube_version = Some(text.to_owned()));
    pub(crate) const TO_SET: Flag = flag("to-set", Kind::Array, "").fills(|given, text| given.to_set.push(text.to_owned()));
    pub(crate) const TO_VALUES: Flag = flag("to-values", Kind::Slice, "").fills(|given, text| given.to_values.push(text.to_owned()));
    pub(crate) const TO_VERSION: Flag = flag("to-version", Kind::String, "").fills(|given, text| given.to_version = Some(text.to_owned()));
    pub(crate) const TYPE: Flag = flag("type", Kind::String, "").fills(|given, text| given.r#type = Some(text.to_owned()));
    pub(crate) const UNTAR: Flag = flag("untar", Kind::Bool, "").fills(|given, text| given.untar = text == ON);
    pub(crate) const UNTARDIR: Flag = flag("untardir", Kind::String, "").fills(|given, text| given.untardir = Some(text.to_owned()));
    pub(crate) const URL: Flag = flag("url", Kind::String, "").fills(|given, text| given.url = Some(text.to_owned()));
    pub(crate) const USERNAME: Flag = flag("username", Kind::String, "").fills(|given, text| given.username = Some(text.to_owned()));
    pub(crate) const VALIDATE: Flag = flag("validate", Kind::Bool, "").fills(|given, text| given.validate = text == ON);
    pub(crate) const VALUES: Flag = short('f', "values", Kind::Slice, "").fills(|given, text| given.values.push(text.to_owned()));
    pub(crate) const VERIFY: Flag = flag("verify", Kind::Bool, "").fills(|given, text| given.verify = text == ON);
    pub(crate) const VERSION: Flag = flag("version", Kind::String, "").fills(|given, text| given.version = Some(text.to_owned()));
    pub(crate) const VERSIONS: Flag = short('l', "versions", Kind::Bool, "").fills(|given, text| given.versions = text == ON);
    pub(crate) const WATCH: Flag = flag("watch", Kind::Bool, "").fills(|given, text| given.watch = text == ON);
    pub(crate) const WITH_SUBCHARTS: Flag = flag("with-subcharts", Kind::Bool, "").fills(|given, text| given.with_subcharts = text == ON);
    pub(crate) const WRITE_BASELINE: Flag = flag("write-baseline", Kind::String, "").fills(|given, text| given.write_baseline = Some(text.to_owned()));
}
