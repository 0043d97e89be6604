//! `statefulchart version`, in the forms by which callers tell which Helm they have.

use statefulchart::HELM_VERSION;
use statefulchart::render;
use statefulchart::value::{Value, record};

use super::flags::{Flag, Kind, Parsed, flag, short};
use super::{Args, Command, Failure, output};

const FLAGS: &[Flag] = &[
    short('c', "client", Kind::Bool, "no effect: there is only a client"),
    flag("short", Kind::Bool, "print the version number"),
    flag("template", Kind::String, "template for version string format"),
];

pub(super) const COMMAND: Command = Command {
    name: "version",
    usage: "version",
    about: "print the version information",
    long: "Show the version of the Helm whose output is reproduced, and of statefulchart behind it.",
    flags: &[FLAGS],
    args: Args::None,
    run,
};

/// Programs that call Helm read its version from this, so that it comes first.
fn run(parsed: &Parsed) -> Result<(), Failure> {
    let own = env!("CARGO_PKG_VERSION");
    let version = format!("v{HELM_VERSION}");
    let commit = format!("statefulchart-{own}");
    let (state, compiler) = ("clean", "rust");
    if let Some(template) = parsed.get("template").filter(|t| !t.is_empty()) {
        let fields = vec![
            ("Version", version.as_str().into()),
            ("GitCommit", commit.as_str().into()),
            ("GitTreeState", state.into()),
            ("GoVersion", compiler.into()),
        ];
        let info: Value = record("version.BuildInfo", fields);
        let zone = output::local_zone();
        let options =
            render::Options { dns: true, lenient: None, now: &output::now, local_zone: &zone };
        return output::stdout(&render::one("_", template.as_bytes(), &info, &options)?);
    }
    let text = if parsed.is_set("short") {
        format!("{version}+statefulchart.{own}\n")
    } else {
        format!(
            "version.BuildInfo{{Version:\"{version}\", GitCommit:\"{commit}\", GitTreeState:\"{state}\", GoVersion:\"{compiler}\"}}\n"
        )
    };
    output::stdout(text.as_bytes())
}
