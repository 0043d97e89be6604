//! `statefulchart man`: manual pages, made from the tables of commands and flags.
//!
//! The command line is parsed by pflag's grammar, not by clap: a `clap::Command` is filled here for
//! `clap_mangen`, and only when a page is wanted.

use std::path::Path;

use clap::{Arg, ArgAction};
use clap_mangen::Man;
use gostd::os::io_reason;
use roff::{Roff, bold, roman};

use super::flags::{Flag, Format, Given, Kind, known};
use super::help::{self, Node};
use super::{Args, Command, Failure, GLOBAL_FLAGS, examples, output, own_flags};

const FLAGS: &[Flag] =
    &[known::OUTPUT_DIR.about("write the pages of all commands to files in this directory")];

pub(super) const COMMAND: Command = Command {
    name: "man",
    usage: "man [COMMAND...]",
    about: "print a manual page",
    long: "Print the manual page of statefulchart, or of one of its commands, for a reader of such pages:\n\n    statefulchart man template | man -l -\n\nWith --output-dir, write the pages of all commands, each to a file of its own.",
    flags: &[FLAGS],
    args: Args::AtMost(2),
    run,
};

const NAME: &str = "statefulchart";

fn run(given: &Given) -> Result<(), Failure> {
    let mut path = vec![Node::Root];
    for name in &given.args {
        let node = path.last().copied().unwrap_or(Node::Root);
        let Some(child) = node.child(name) else {
            let names = node.commands();
            let near = help::nearest(name, names.iter().map(|c| c.name()));
            let near = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
            return Err(format!("no manual page for {:?}{near}", given.args.join(" ")).into());
        };
        path.push(child);
    }
    match given.output_dir.as_deref().filter(|folder| !folder.is_empty()) {
        Some(folder) => write_below(Path::new(folder), &path),
        None => output::stdout(&page(&path)?),
    }
}

/// Writes the page of a command and those of the commands below it.
fn write_below(folder: &Path, path: &[Node]) -> Result<(), Failure> {
    let file = folder.join(format!("{}.1", words(path).join("-")));
    let fail = |e: std::io::Error| format!("{}: {}", file.display(), io_reason(&e));
    let text = page(path)?;
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, text)).map_err(fail)?;
    for child in path.last().map(|node| node.commands()).unwrap_or_default() {
        write_below(folder, &[path, &[child]].concat())?;
    }
    Ok(())
}

/// Returns the words that lead to a command, the program's first.
fn words(path: &[Node]) -> Vec<&'static str> {
    let below = path.iter().skip(1).map(|node| node.name());
    std::iter::once(NAME).chain(below).collect()
}

/// Makes a page, as roff.
fn page(path: &[Node]) -> Result<Vec<u8>, Failure> {
    render(path).map_err(|e| Failure::from(e.to_string()))
}

fn render(path: &[Node]) -> std::io::Result<Vec<u8>> {
    let node = path.last().copied().unwrap_or(Node::Root);
    let title = words(path).join("-");
    let man = Man::new(command(node, path))
        .title(title.to_uppercase())
        // Pages of one version are the same bytes on every day; an empty date would be left out.
        .date(" ")
        .source(format!("{NAME} {}", env!("CARGO_PKG_VERSION")))
        .manual("statefulchart's manual");
    let mut out = Vec::new();
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    if !node.commands().is_empty() {
        man.render_subcommands_section(&mut out)?;
    }
    man.render_options_section(&mut out)?;
    let mut more = Roff::new();
    let names = node.names();
    if let [_, others @ ..] = &names[..]
        && !others.is_empty()
    {
        more.control("SH", ["OTHER NAMES"]).text([roman(others.join(", "))]);
    }
    if let Node::Root = node {
        more.control("SH", ["FILES"]);
        for (name, about) in FILES {
            more.control("TP", []).text([bold(*name)]).text([roman(*about)]);
        }
        more.control("SH", ["ENVIRONMENT"]).text([roman(ENVIRONMENT)]);
    }
    let below: Vec<_> = words(path).into_iter().skip(1).collect();
    let examples = examples::of(&below.join(" "), NAME);
    if !examples.is_empty() {
        more.control("SH", ["EXAMPLES"]).control("nf", []);
        for example in examples {
            more.text([roman(example)]);
        }
        more.control("fi", []);
    }
    more.control("SH", ["EXIT STATUS"]).text([roman(STATUS)]);
    if path.len() > 1 {
        let above = words(&path[..path.len() - 1]).join("-");
        more.control("SH", ["SEE ALSO"]).text([bold(above), roman("(1)")]);
    }
    out.extend_from_slice(more.to_roff().as_bytes());
    Ok(out)
}

const FILES: &[(&str, &str)] = &[
    (
        ".statefulchart.yaml",
        "Defaults of flags, by command; looked for in the working folder and those above it.",
    ),
    (
        "$HELM_CONFIG_HOME, $HELM_CACHE_HOME, $HELM_DATA_HOME",
        "Repositories and logins, what was fetched, and plugins: shared with Helm.",
    ),
];

const ENVIRONMENT: &str = "Helm's variables count here as well; statefulchart env prints those in use. SOURCE_DATE_EPOCH fixes the time.";

const STATUS: &str =
    "0 where all went well, 1 where something failed. A plugin's exit status is passed on.";

/// Tells clap of a command as much as a page needs.
fn command(node: Node, path: &[Node]) -> clap::Command {
    let words = words(path);
    let called = words.join(" ");
    let usage = match node {
        Node::Command(command, _) => format!("{NAME} {} [flags]", command.usage),
        _ => format!("{called} [command] [flags]"),
    };
    let own = node.flags();
    let global = GLOBAL_FLAGS.iter().chain(own_flags()).filter(|f| f.name != "help");
    let mut global: Vec<&Flag> = match node {
        Node::Root => Vec::new(),
        _ => global.filter(|f| own.iter().all(|o| o.name != f.name)).collect(),
    };
    global.sort_by_key(|f| f.name);
    let mut below = node.commands();
    below.sort_by_key(|child| child.name());
    let below = below.iter().map(|child| clap::Command::new(child.name()).about(child.summary()));
    clap::Command::new(node.name())
        .display_name(words.join("-"))
        .bin_name(called)
        .about(node.summary())
        .long_about(node.long())
        .override_usage(usage)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .disable_version_flag(true)
        .subcommand_help_heading("COMMANDS")
        .args(own.iter().map(|flag| argument(node, flag)))
        .args(global.iter().map(|flag| argument(node, flag).help_heading("Flags of all commands")))
        .subcommands(below)
}

fn argument(node: Node, flag: &Flag) -> Arg {
    let mut about = node.about(flag);
    let (action, value) = match flag.kind {
        Kind::Bool => (ArgAction::SetTrue, None),
        Kind::String | Kind::PostRenderer => (ArgAction::Set, Some("text")),
        Kind::OptionalString(_) | Kind::Wait => (ArgAction::Set, Some("text")),
        Kind::Array | Kind::ValueFiles | Kind::Slice | Kind::PostRendererArgs => {
            (ArgAction::Append, Some("text"))
        }
        Kind::Map => (ArgAction::Append, Some("key=value,...")),
        Kind::Duration => (ArgAction::Set, Some("duration")),
        Kind::Size => (ArgAction::Set, Some("size")),
        Kind::Int | Kind::Uint | Kind::Float => (ArgAction::Set, Some("number")),
        Kind::Format | Kind::OneOf(_) => (ArgAction::Set, Some("format")),
    };
    if flag.kind == Kind::Format {
        about.push_str(&format!(" ({})", Format::NAMES.join(", ")));
    }
    if !flag.default.is_empty() {
        about.push_str(&format!(" (default {})", flag.default));
    }
    let arg = Arg::new(flag.name).long(flag.name).help(about).action(action);
    let arg = flag.short.into_iter().fold(arg, Arg::short);
    let arg = value.into_iter().fold(arg, Arg::value_name);
    match flag.kind {
        Kind::OptionalString(_) | Kind::Wait => arg.num_args(0..=1).require_equals(true),
        _ => arg,
    }
}
