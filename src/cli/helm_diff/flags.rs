//! Names helm-diff's flags, and reads them.

use std::collections::BTreeSet;

use statefulchart::helm_diff::{Dyff, Options, Output, Secrets};
use statefulchart::store::FileError;

use super::no_template;
use crate::cli::Failure;
use crate::cli::flags::{Flag, Given, Kind, flag, parse_bool, short};

pub(super) const ALLOW_UNRELEASED: Flag =
    flag("allow-unreleased", Kind::Bool, "take a release that is not deployed for an empty one");
pub(super) const API_VERSIONS: Flag =
    short('a', "api-versions", Kind::Array, "Kubernetes API versions of Capabilities.APIVersions");
pub(super) const COLOR: Flag = flag(
    "color",
    Kind::Bool,
    "color the output ($HELM_DIFF_COLOR); on by itself on a terminal that is not dumb",
);
pub(super) const CONTEXT: Flag =
    short('C', "context", Kind::Int, "lines to show around a change; all by default").or("-1");
pub(super) const DETAILED_EXITCODE: Flag =
    flag("detailed-exitcode", Kind::Bool, "exit with 2 if anything differs");
pub(super) const DEVEL: Flag =
    flag("devel", Kind::Bool, "use development versions, too; ignored with --version");
pub(super) const DISABLE_OPENAPI_VALIDATION: Flag = flag(
    "disable-openapi-validation",
    Kind::Bool,
    "do not check manifests against the cluster's OpenAPI schema",
);
pub(super) const DISABLE_VALIDATION: Flag =
    flag("disable-validation", Kind::Bool, "do not check manifests against the cluster");
pub(super) const DRY_RUN: Flag = flag(
    "dry-run",
    Kind::OptionalString("client"),
    "client or true: ask no cluster, compare with nothing; server: let templates look up objects, too",
);
pub(super) const ENABLE_DNS: Flag =
    flag("enable-dns", Kind::Bool, "let templates resolve host names");
pub(super) const FIND_RENAMES: Flag = short(
    'D',
    "find-renames",
    Kind::Float,
    "take a removed and an added object of one kind for one that was renamed, up to this share of changed lines",
);
pub(super) const INCLUDE_CRDS: Flag =
    flag("include-crds", Kind::Bool, "compare custom resource definitions, too");
pub(super) const INCLUDE_TESTS: Flag = flag("include-tests", Kind::Bool, "compare test hooks, too");
pub(super) const INSECURE_SKIP_TLS_VERIFY: Flag = flag(
    "insecure-skip-tls-verify",
    Kind::Bool,
    "do not check certificates when the chart is fetched",
);
pub(super) const INSTALL: Flag = flag("install", Kind::Bool, "the same as --allow-unreleased");
pub(super) const KUBE_CONTEXT: Flag =
    flag("kube-context", Kind::String, "context of the kubeconfig");
pub(super) const KUBE_VERSION: Flag =
    flag("kube-version", Kind::String, "Kubernetes version of Capabilities.KubeVersion");
pub(super) const KUBECONFIG: Flag =
    flag("kubeconfig", Kind::String, "no effect: Helm reads this flag itself");
pub(super) const NAMESPACE: Flag = flag("namespace", Kind::String, "namespace to render for");
pub(super) const NO_COLOR: Flag = flag("no-color", Kind::Bool, "do not color the output");
pub(super) const NO_HOOKS: Flag = flag("no-hooks", Kind::Bool, "leave hooks out");
pub(super) const NORMALIZE: Flag = flag(
    "normalize-manifests",
    Kind::Bool,
    "compare what manifests mean, not how they are written ($HELM_DIFF_NORMALIZE_MANIFESTS)",
);
pub(super) const OUTPUT: Flag = flag(
    "output",
    Kind::String,
    "form of the report: diff, simple, template ($HELM_DIFF_TPL names the file), json, structured, dyff",
)
.or("\"diff\"");
pub(super) const POST_RENDERER: Flag =
    flag("post-renderer", Kind::String, "a program that rewrites the manifests");
pub(super) const POST_RENDERER_ARGS: Flag =
    flag("post-renderer-args", Kind::Array, "an argument of the post-renderer (repeatable)");
pub(super) const RELEASE: Flag =
    flag("release", Kind::String, "name of the release to render").or("\"release\"");
pub(super) const REPO: Flag = flag("repo", Kind::String, "URL of the chart's repository");
pub(super) const RESET_THEN_REUSE_VALUES: Flag = flag(
    "reset-then-reuse-values",
    Kind::Bool,
    "add the last release's own values to the chart's new defaults",
);
pub(super) const RESET_VALUES: Flag =
    flag("reset-values", Kind::Bool, "take no values of the last release");
pub(super) const REUSE_VALUES: Flag =
    flag("reuse-values", Kind::Bool, "take all values of the last release");
pub(super) const SERVER_SIDE: Flag =
    flag("server-side", Kind::String, "where objects are merged in Helm 4: true, false or auto")
        .or("\"auto\"");
pub(super) const SET: Flag = flag("set", Kind::Array, "set values: key1=val1,key2=val2");
pub(super) const SET_FILE: Flag =
    flag("set-file", Kind::Array, "set values from files: key1=path1,key2=path2");
pub(super) const SET_JSON: Flag =
    flag("set-json", Kind::Array, "set JSON values: key1=json1,key2=json2");
pub(super) const SET_LITERAL: Flag = flag("set-literal", Kind::Array, "set a text as it is");
pub(super) const SET_STRING: Flag =
    flag("set-string", Kind::Array, "set texts: key1=val1,key2=val2");
pub(super) const SHOW_SECRETS: Flag =
    flag("show-secrets", Kind::Bool, "show what Secrets hold, in base 64");
pub(super) const SHOW_SECRETS_DECODED: Flag =
    flag("show-secrets-decoded", Kind::Bool, "show what Secrets hold, as text");
pub(super) const SKIP_SCHEMA_VALIDATION: Flag =
    flag("skip-schema-validation", Kind::Bool, "do not check values against the chart's schema");
pub(super) const STRIP_TRAILING_CR: Flag =
    flag("strip-trailing-cr", Kind::Bool, "pass over carriage returns at the ends of lines");
pub(super) const SUPPRESS: Flag =
    flag("suppress", Kind::Array, "a kind whose changes are not shown (repeatable)");
pub(super) const SUPPRESS_LINES: Flag = flag(
    "suppress-output-line-regex",
    Kind::Array,
    "an expression for lines that are not shown (repeatable)",
);
pub(super) const SUPPRESS_SECRETS: Flag =
    short('q', "suppress-secrets", Kind::Bool, "do not show changes of Secrets");
pub(super) const TAKE_OWNERSHIP: Flag =
    flag("take-ownership", Kind::Bool, "refused: only a cluster knows who owns an object");
pub(super) const THREE_WAY_MERGE: Flag =
    flag("three-way-merge", Kind::Bool, "refused: only a cluster knows what is live");
pub(super) const VALUES: Flag =
    short('f', "values", Kind::ValueFiles, "values files, commas between them (repeatable)")
        .or("[]");
pub(super) const VERSION: Flag = flag("version", Kind::String, "version of the chart");
pub(super) const HELP: Flag = short('h', "help", Kind::Bool, "help for");

/// The flags that every command takes.
pub(super) const GLOBAL: &[Flag] = &[COLOR, NO_COLOR];

/// The flags of the commands that compare.
pub(super) const REPORT: &[Flag] = &[
    CONTEXT,
    FIND_RENAMES,
    OUTPUT,
    SHOW_SECRETS,
    SHOW_SECRETS_DECODED,
    STRIP_TRAILING_CR,
    SUPPRESS,
    SUPPRESS_LINES,
    SUPPRESS_SECRETS,
];

/// How these flags are read: as they were written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'g>(pub(super) &'g Given);

impl<'g> Asked<'g> {
    /// Returns the arguments.
    pub(super) fn args(self) -> &'g [String] {
        &self.0.args
    }

    /// Returns the values of a flag that may be repeated.
    pub(super) fn all(self, flag: &Flag) -> Vec<&'g str> {
        let written = self.0.written.iter().filter(|w| w.flag.name == flag.name);
        written.map(|w| w.value()).collect()
    }

    /// Returns the value that counts, if the flag was given.
    pub(super) fn text(self, flag: &Flag) -> Option<&'g str> {
        self.all(flag).pop()
    }

    /// Returns the value that counts, if it is not empty.
    pub(super) fn filled(self, flag: &Flag) -> Option<&'g str> {
        self.text(flag).filter(|text| !text.is_empty())
    }

    /// Tells whether a switch is on.
    pub(super) fn on(self, flag: &Flag) -> bool {
        self.text(flag).and_then(parse_bool).unwrap_or_default()
    }

    /// Tells whether the flag was given.
    pub(super) fn is_given(self, flag: &Flag) -> bool {
        self.text(flag).is_some()
    }

    /// Tells whether a switch is on, or was not given and the variable says `true`.
    pub(super) fn on_or(self, flag: &Flag, variable: &str) -> (bool, bool) {
        let by_variable = !self.is_given(flag) && is_true(variable);
        (self.on(flag) || by_variable, by_variable)
    }

    /// Returns the values files.
    pub(super) fn values(self) -> Vec<&'g str> {
        self.all(&VALUES).into_iter().flat_map(|files| files.split(',')).collect()
    }

    /// Returns how releases are compared; `context` is the variable's that stands in for `--context`.
    ///
    /// # Errors
    /// A template that cannot be read.
    pub(super) fn options(self, context: Option<&str>) -> Result<Options, Failure> {
        let number = |text: &str| gostd::strconv::parse_int(text.as_bytes(), 0, 64).ok();
        let context = match self.text(&CONTEXT).and_then(number) {
            Some(lines) => lines,
            None => context.and_then(|text| text.parse().ok()).unwrap_or(-1),
        };
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let mut suppressed_kinds = owned(self.all(&SUPPRESS));
        if self.on(&SUPPRESS_SECRETS) {
            suppressed_kinds.push("Secret".to_owned());
        }
        let secrets = match (self.on(&SHOW_SECRETS_DECODED), self.on(&SHOW_SECRETS)) {
            (true, _) => Secrets::Decoded,
            (_, true) => Secrets::Shown,
            _ => Secrets::Redacted,
        };
        let renames = self.text(&FIND_RENAMES).map(str::as_bytes);
        let renames = renames.and_then(|text| gostd::strconv::parse_float(text).ok());
        Ok(Options {
            output: self.output()?,
            context: usize::try_from(context).ok(),
            strip_trailing_cr: self.on(&STRIP_TRAILING_CR),
            secrets,
            suppressed_kinds,
            suppressed_lines: owned(self.all(&SUPPRESS_LINES)),
            find_renames: renames.unwrap_or_default() as f32,
            color: self.color(),
        })
    }

    /// Returns the name of the form of the report, if there is one.
    pub(super) fn output_name(self) -> Option<String> {
        let by_variable = || std::env::var("HELM_DIFF_OUTPUT").ok();
        let by_variable = || by_variable().filter(|name| !name.trim().is_empty());
        self.text(&OUTPUT).map(str::to_owned).or_else(by_variable)
    }

    fn output(self) -> Result<Output, Failure> {
        Ok(match &*self.output_name().unwrap_or_default() {
            "simple" => Output::Simple,
            "json" => Output::Json,
            "structured" => Output::Structured,
            "dyff" => Output::Dyff(Dyff { color: self.is_color_asked(), width: width() }),
            "template" => match std::env::var_os("HELM_DIFF_TPL") {
                None => Output::Json,
                Some(file) => {
                    let path = std::path::Path::new(&file);
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    let unread = |e| FileError::new("open", path, e).to_string();
                    let text = std::fs::read(path).map_err(unread);
                    let text = text.or_else(|why| no_template(&why))?;
                    Output::Template(name.into_owned(), text)
                }
            },
            _ => Output::Diff,
        })
    }

    /// Tells whether the report has colors.
    fn color(self) -> bool {
        use std::io::IsTerminal;
        let is_dumb = || std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let by_itself = || std::io::stdout().is_terminal() && !is_dumb();
        self.asked_color().unwrap_or_else(by_itself)
    }

    /// Tells whether colors are asked for; dyff's report has none by itself.
    fn is_color_asked(self) -> bool {
        self.asked_color().unwrap_or_default()
    }

    fn asked_color(self) -> Option<bool> {
        let by_variable = || std::env::var("HELM_DIFF_COLOR").ok().as_deref().and_then(parse_bool);
        let asked = match self.is_given(&COLOR) {
            true => Some(self.on(&COLOR)),
            false => by_variable(),
        };
        if self.on(&NO_COLOR) || asked == Some(false) {
            return Some(false);
        }
        let is_asked = asked.is_some() || self.is_given(&NO_COLOR);
        is_asked.then_some(true)
    }
}

/// Returns how wide the terminal is.
fn width() -> usize {
    rustix::termios::tcgetwinsize(std::io::stdout()).map_or(80, |size| size.ws_col.into())
}

/// Tells whether a variable says `true`, as helm-diff's switches among them want it.
pub(super) fn is_true(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|text| text == "true")
}

/// Returns a command line without the flags that are not known, and what may be their values, as pflag passes over them.
pub(super) fn without_unknown(tables: &[&'static [Flag]], args: Vec<String>) -> Vec<String> {
    let all = || tables.iter().flat_map(|table| table.iter()).chain([&HELP]);
    let names: BTreeSet<&str> = all().map(|flag| flag.name).collect();
    let mut kept = Vec::new();
    let mut args = args.into_iter().peekable();
    while let Some(arg) = args.next() {
        if arg == "--" {
            kept.push(arg);
            kept.extend(args);
            break;
        }
        let known = match arg.strip_prefix("--") {
            Some(long) => {
                let name = long.split('=').next().unwrap_or_default();
                names.contains(name).then(|| all().find(|flag| flag.name == name)).flatten()
            }
            None if arg.len() > 1 && arg.starts_with('-') => {
                all().find(|flag| flag.short == arg.chars().nth(1))
            }
            None => {
                kept.push(arg);
                continue;
            }
        };
        let is_whole = arg.contains('=') || !arg.starts_with("--") && arg.len() > 2;
        match known {
            Some(flag) => {
                let takes_next = !is_whole && flag.alone().is_none();
                kept.push(arg);
                if takes_next {
                    kept.extend(args.next());
                }
            }
            None if arg.contains('=') => {}
            None => drop(args.next_if(|next| !next.starts_with('-'))),
        }
    }
    kept
}
