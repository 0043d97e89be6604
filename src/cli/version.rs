//! Implements `statefulchart version`.

use gostd::value::{Value, record};
use statefulchart::render;

use super::flags::{Flag, Given, Kind, known, short};
use super::{Args, Command, Failure, help, output};

const FLAGS: &[Flag] = &[
    short('c', "client", Kind::Bool, "no effect: there is no server").hidden(),
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

/// The build of Helm whose output this program reproduces.
const BUILD: [(&str, &str); 4] = [
    ("Version", "v3.17.3"),
    ("GitCommit", "e4da49785aa6e6ee2b86efd5dd9e43400318262b"),
    ("GitTreeState", "clean"),
    ("GoVersion", "go1.23.7"),
];

/// Prints the version.
pub(super) fn print(given: &Given) -> Result<(), Failure> {
    let template = given.template.as_deref().unwrap_or_default();
    if !template.is_empty() {
        let fields = BUILD.iter().map(|(name, value)| (*name, Value::from(*value))).collect();
        let data = record("version.BuildInfo", fields);
        let options =
            render::Options { dns: false, lenient: None, clock: &output::clock(), parsed: None };
        let mut text = Vec::new();
        let rendered = render::text("_", template.as_bytes(), &data, &options, &mut text);
        output::stdout(&text)?;
        return rendered.map_err(|e| Failure::from(e.text()));
    }
    let own = env!("CARGO_PKG_VERSION");
    let [(_, version), (_, commit), ..] = BUILD;
    let text = match (help::is_helm(), given.short) {
        (true, true) => format!("{version}+g{}", commit.get(..7).unwrap_or(commit)),
        (true, false) => {
            let fields = BUILD.map(|(name, value)| format!("{name}:{value:?}"));
            format!("version.BuildInfo{{{}}}", fields.join(", "))
        }
        // Callers take the first version that they find for Helm's, and stop at any but a v3.
        (false, true) => format!("{version}+statefulchart.{own}"),
        (false, false) => {
            format!("statefulchart {own} (renders as Helm v{})", statefulchart::HELM_VERSION)
        }
    };
    output::stdout(format!("{text}\n").as_bytes())
}
