//! Implements `statefulchart version`.

use gostd::value::{Value, record};
use statefulchart::profile::{BuildField, Rule};
use statefulchart::render;

use super::flags::{Flag, Given, Kind, known, short};
use super::{Args, Command, Failure, help, output, profile};

const FLAGS: &[Flag] = &[
    short('c', "client", Kind::Bool, "no effect: there is no server")
        .without(Rule::FlagsOfHelm4)
        .hidden(),
    known::SHORT.about("print the version number"),
    known::TEMPLATE.about("template for version string format"),
];

pub(super) const COMMAND: Command = Command {
    name: "version",
    usage: "version",
    about: "print the version information",
    long: "Show the version of @NAME@.\n\nA --template may use .Version, .GitCommit, .GitTreeState and .GoVersion; they are those of Helm.",
    flags: &[FLAGS],
    args: Args::None,
    run: print,
};

/// Prints the version.
pub(super) fn print(given: &Given) -> Result<(), Failure> {
    let profile = profile::current();
    let build = profile.build_info();
    let template = given.template.as_deref().unwrap_or_default();
    if !template.is_empty() {
        let fields = build.into_iter().map(|f| (f.go, Value::from(f.value))).collect();
        let data = record("version.BuildInfo", fields);
        let options = render::Options {
            sees_cluster: false,
            cluster: None,
            dns: false,
            lenient: None,
            clock: &output::clock(),
            parsed: None,
            profile,
            limits: super::limits::of(given)?,
            records: false,
            only: None,
            counts: None,
        };
        let mut text = Vec::new();
        let rendered = render::text("_", template.as_bytes(), &data, &options, &mut text);
        output::stdout(&text)?;
        return rendered.map_err(|e| Failure::from(e.text()));
    }
    let own = env!("CARGO_PKG_VERSION");
    let version = format!("v{}", profile.helm().version);
    let text = match (help::is_helm(), given.short) {
        (true, true) => match profile.helm().commit.get(..7) {
            Some(commit) => format!("{version}+g{commit}"),
            None => version,
        },
        (true, false) => {
            let field = |f: &BuildField| format!("{}:{:?}", f.go, f.value);
            let fields: Vec<String> = build.iter().map(field).collect();
            format!("version.BuildInfo{{{}}}", fields.join(", "))
        }
        // Callers take the first version that they find for Helm's, and stop at any but a v3.
        (false, true) => format!("{version}+statefulchart.{own}"),
        (false, false) => {
            format!("statefulchart {own} (renders as Helm {version})")
        }
    };
    output::stdout(format!("{text}\n").as_bytes())
}
