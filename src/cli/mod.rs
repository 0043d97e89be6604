//! Runs the command line: reads flags, calls the library, prints its answers, exits as Helm does.

mod advice;
mod annotate;
mod cluster;
mod compat;
mod complete;
mod completion;
mod config;
mod coverage;
mod create;
mod dependency;
mod diff;
mod env;
mod examined;
mod examples;
mod explain;
mod failure;
mod findings;
mod flags;
mod globs;
mod helm_diff;
mod help;
mod input;
mod install;
mod kube_versions;
mod kubeconform;
mod limits;
mod lint;
mod locate;
mod man;
mod net;
mod output;
mod package;
mod pager;
mod paths;
mod plugin;
mod plugin_run;
mod profile;
mod program;
mod progress;
mod pull;
mod push;
mod registry;
mod render;
mod repo;
mod reporter;
mod search;
mod search_hub;
mod secrets;
mod settings;
mod show;
mod signature;
mod suggest;
mod table;
mod template;
mod unittest;
mod upgrade;
mod validate;
mod values;
mod values_check;
mod values_where;
mod verify;
mod version;
mod why;

use std::os::unix::ffi::OsStringExt;

use gostd::os::{is_utf8, text_of};
use statefulchart::profile::Rule;
use statefulchart::report::{Event, Reporter, Warning};

pub(crate) use failure::Failure;
use flags::{Flag, Kind, flag, known, short};
use help::Node;
use reporter::Terminal;

/// How many arguments a command takes.
#[derive(Clone, Copy)]
pub(crate) enum Args {
    AtLeast(usize),
    /// The same in releases with a rule.
    AtLeastWith(Rule, usize),
    AtMost(usize),
    Exactly(usize),
    None,
}

impl Args {
    /// What Helm says after the command's name, where it takes another number of arguments.
    fn check(self, given: usize) -> Option<String> {
        let (words, n) = match self {
            Args::None if given > 0 => return Some("accepts no arguments".to_owned()),
            Args::AtMost(n) if given > n => ("accepts at most", n),
            Args::AtLeastWith(rule, n) if profile::current().has(rule) => {
                return Args::AtLeast(n).check(given);
            }
            Args::AtLeast(n) if given < n => ("requires at least", n),
            Args::Exactly(n) if given != n => ("requires", n),
            _ => return None,
        };
        Some(format!("{words} {n} argument{}", if n == 1 { "" } else { "s" }))
    }
}

/// A subcommand: one row, from which dispatch, help and suggestions derive.
pub(crate) struct Command {
    pub(crate) name: &'static str,
    pub(crate) usage: &'static str,
    pub(crate) about: &'static str,
    pub(crate) long: &'static str,
    /// Its tables of flags; in each, Helm has all flags or none.
    pub(crate) flags: &'static [&'static [Flag]],
    pub(crate) args: Args,
    pub(crate) run: fn(&flags::Given) -> Result<(), Failure>,
}

impl Command {
    /// Returns the tables of its flags: under Helm's name those that Helm has.
    pub(crate) fn tables(&self) -> Vec<&'static [Flag]> {
        let is_helm = help::is_helm();
        let is_there = |table: &&'static [Flag]| !(is_helm && table.iter().all(|flag| flag.own));
        self.flags.iter().copied().filter(is_there).collect()
    }
}

/// The commands, in the order help lists them.
pub(crate) const COMMANDS: &[Command] = &[
    create::COMMAND,
    env::COMMAND,
    cluster::HISTORY,
    install::COMMAND,
    lint::COMMAND,
    cluster::LIST,
    package::COMMAND,
    pull::COMMAND,
    push::COMMAND,
    cluster::ROLLBACK,
    cluster::STATUS,
    template::COMMAND,
    cluster::TEST,
    cluster::UNINSTALL,
    upgrade::COMMAND,
    verify::COMMAND,
    version::COMMAND,
];

/// The commands that Helm does not have: unknown under its name.
pub(crate) const OWN_COMMANDS: &[Command] = &[
    annotate::COMMAND,
    compat::COMMAND,
    coverage::COMMAND,
    diff::COMMAND,
    kubeconform::COMMAND,
    man::COMMAND,
    unittest::COMMAND,
    validate::COMMAND,
    why::COMMAND,
];

/// Other names of commands.
const ALIASES: &[(&str, &str)] = &[
    ("del", "uninstall"),
    ("delete", "uninstall"),
    ("fetch", "pull"),
    ("hist", "history"),
    ("ls", "list"),
    ("un", "uninstall"),
];

/// A command that only has commands below it.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    /// The name and its aliases.
    pub(crate) names: &'static [&'static str],
    pub(crate) about: &'static str,
    pub(crate) commands: &'static [Command],
    /// The rules without which a release does not have a command.
    pub(crate) rules: &'static [(&'static str, Rule)],
    /// Other names of its commands.
    pub(crate) aliases: &'static [(&'static str, &'static str)],
}

impl Group {
    /// Returns the commands that the release in force has.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &'static Command> {
        let profile = profile::current();
        let rules = self.rules;
        let has = move |name| rules.iter().all(|(of, rule)| *of != name || profile.has(*rule));
        self.commands.iter().filter(move |command| has(command.name))
    }
}

/// The commands with commands below them.
pub(crate) const GROUPS: &[Group] = &[
    cluster::GET,
    completion::GROUP,
    dependency::GROUP,
    plugin::GROUP,
    registry::GROUP,
    repo::GROUP,
    search::GROUP,
    show::GROUP,
];

/// The commands with commands below them that Helm does not have: unknown under its name.
pub(crate) const OWN_GROUPS: &[Group] = &[values_where::GROUP];

const COLOR: &str = "whether to use colors: never, auto or always";

/// The flags every command takes.
pub(crate) const GLOBAL_FLAGS: &[Flag] = &[
    known::BURST_LIMIT.about("client-side default throttling limit (no effect offline)").or("100"),
    known::COLOR.about(COLOR).with(Rule::FlagsOfHelm4).or("\"auto\""),
    known::COLOUR.about(COLOR).with(Rule::FlagsOfHelm4).or("\"auto\""),
    known::CONTENT_CACHE
        .about("path to the folder with downloaded charts (e.g. packages)")
        .with(Rule::FlagsOfHelm4),
    known::DEBUG.about("enable verbose output"),
    known::HELP.about("help for the command"),
    known::KUBE_APISERVER.about("address of the API server (no effect offline)"),
    known::KUBE_AS_GROUP.about("group to impersonate (no effect offline)"),
    known::KUBE_AS_USER.about("user to impersonate (no effect offline)"),
    known::KUBE_CA_FILE.about("the API server's CA file (no effect offline)"),
    known::KUBE_CONTEXT.about("kubeconfig context (no effect offline)"),
    known::KUBE_INSECURE_SKIP_TLS_VERIFY.about("do not check certificates (no effect offline)"),
    known::KUBE_TLS_SERVER_NAME.about("name in the server's certificate (no effect offline)"),
    known::KUBE_TOKEN.about("bearer token (no effect offline)"),
    known::KUBECONFIG.about("path to the kubeconfig file (no effect offline)"),
    known::NAMESPACE.about("namespace scope for this request"),
    known::QPS.about("queries per second to the API server (no effect offline)"),
    known::REGISTRY_CONFIG.about("path to the registry config file"),
    known::REPOSITORY_CACHE.about("path to the cached repository indexes"),
    known::REPOSITORY_CONFIG.about("path to the repositories file"),
];

/// The flags every command takes that Helm does not have.
const OWN_FLAGS: &[Flag] = &[
    known::CONFIG.about("read defaults of flags from this file, not from .statefulchart.yaml"),
    known::EXPLAIN
        .about("explain errors with excerpts; on by itself on a terminal ($STATEFULCHART_EXPLAIN)"),
    known::HELM.about("the Helm version whose output is reproduced: 3.17, 4.3.1, 4 ..."),
    known::MAX_FILE.about("how large a file may be that is read; 0 for any size").or("128Mi"),
    known::MAX_MEMORY
        .about("memory that the process may hold while it renders; 0 for no limit")
        .or("1Gi"),
    known::MAX_OUTPUT.about("how much a render may print; 0 for no limit").or("512Mi"),
    known::MAX_TIME.about("the processor's time that templates may take; 0 for no limit").or("60s"),
    known::NO_CONFIG.about("read no file with defaults of flags"),
    known::OFFLINE.about("fetch nothing: take schemas from the cache ($STATEFULCHART_OFFLINE)"),
];

/// The flags of the program itself that Helm does not have.
const OWN_ROOT_FLAGS: &[Flag] = &[known::SHOW_VERSION.about("print the version information")];

/// Returns the flags every command takes, of which the release in force has some.
pub(crate) fn global_flags() -> impl Iterator<Item = &'static Flag> {
    GLOBAL_FLAGS.iter().chain(own_flags()).filter(|flag| flag.is_there())
}

/// The flags of the program itself that Helm does not have: none under its name.
pub(crate) fn own_root_flags() -> &'static [Flag] {
    if help::is_helm() { &[] } else { OWN_ROOT_FLAGS }
}

/// The flags every command takes that Helm does not have: none under its name.
pub(crate) fn own_flags() -> &'static [Flag] {
    if help::is_helm() { &[] } else { OWN_FLAGS }
}

/// How the Kubernetes client logs: Helm takes these as well, and shows them nowhere.
pub(crate) const LOG_FLAGS: &[Flag] = &[
    flag("add-dir-header", Kind::Bool, "").hidden(),
    flag("alsologtostderr", Kind::Bool, "").hidden(),
    flag("log-backtrace-at", Kind::String, "").hidden(),
    flag("log-dir", Kind::String, "").hidden(),
    flag("log-file", Kind::String, "").hidden(),
    flag("log-file-max-size", Kind::Int, "").hidden(),
    flag("logtostderr", Kind::Bool, "").hidden(),
    flag("one-output", Kind::Bool, "").hidden(),
    flag("skip-headers", Kind::Bool, "").hidden(),
    flag("skip-log-headers", Kind::Bool, "").hidden(),
    flag("stderrthreshold", Kind::String, "").hidden(),
    short('v', "v", Kind::Int, "").hidden(),
    flag("vmodule", Kind::String, "").hidden(),
];

/// Runs the command line; the exit status.
pub(crate) fn run() -> u8 {
    let args: Vec<String> = arguments().collect();
    if let Some(program) = help::called_as(kubeconform::NAME) {
        return kubeconform::run(args, &program).map_or_else(|failure| failure.status, |()| 0);
    }
    // What Helm was asked for is no concern of its plugins.
    let is_plugin =
        args.first().is_some_and(|first| first == helm_diff::ENTRY || first == unittest::ENTRY);
    let debug = output::debug_from_environment() && !is_plugin
        || args.iter().rev().find_map(|a| a.strip_prefix("--debug")).is_some_and(|value| {
            value.is_empty() || value.strip_prefix('=').and_then(flags::parse_bool) == Some(true)
        });
    let chosen = profile::choose(&args);
    // The plugins of the Helm that calls are its own concern.
    if !is_plugin {
        plugin_run::all();
    }
    match chosen.and_then(|()| check_color(&args)).and_then(|()| dispatch(args)) {
        Ok(()) => 0,
        Err(failure) => {
            let args: Vec<String> = arguments().collect();
            let mut text = failure.text(explain::is_explained(&failure, &args));
            if is_own(&args) {
                text = table::harmless(&text);
            }
            if !text.is_empty() {
                output::stderr(&[b"Error: ", &text[..], b"\n"].concat());
            }
            let profile = profile::current();
            // Helm 4 has no more to say of an error.
            if (debug || failure.debug) && !profile.has(Rule::StructuredLogs) {
                let is_later = profile.has(Rule::PluginsOfCommands);
                let place = if is_later { "helm.go:92" } else { "helm.go:86" };
                output::debug(place, &failure.detail());
            }
            explain::print(&failure, &args);
            failure.status
        }
    }
}

/// Tells whether the command is one that Helm does not have: its words for an error are our own.
fn is_own(args: &[String]) -> bool {
    let name = command_position(args).and_then(|at| args.get(at));
    let mut own = OWN_COMMANDS.iter().map(|c| c.name).chain(OWN_GROUPS.iter().map(|g| g.name));
    !help::is_helm() && name.is_some_and(|name| own.any(|own| own == name))
}

/// Returns the words of the command line behind the program's name.
fn arguments() -> impl Iterator<Item = String> {
    std::env::args_os().skip(1).map(|arg| text_of(arg.into_vec()))
}

/// Checks `--color` where the release in force has it, before all else.
fn check_color(args: &[String]) -> Result<(), Failure> {
    if !profile::current().has(Rule::FlagsOfHelm4) {
        return Ok(());
    }
    match flags::parse_known(GLOBAL_FLAGS, args).color {
        Some(mode) if !matches!(&*mode, "never" | "auto" | "always") => {
            Terminal::QUIET.report(Event::Warning(Warning::ColorMode { mode }));
            Err(Failure::silent(1))
        }
        _ => Ok(()),
    }
}

fn dispatch(mut args: Vec<String>) -> Result<(), Failure> {
    let Some(at) = command_position(&args) else {
        let tables = [GLOBAL_FLAGS, own_flags(), own_root_flags(), LOG_FLAGS];
        let given = flags::parse(&tables, args)?;
        let is_version = given.show_version && !given.help;
        if !is_version {
            return Node::Root.print();
        }
        return version::print(&given);
    };
    let name = args.remove(at);
    // Its flags are written as Go's package `flag` has them.
    if name == kubeconform::NAME && !help::is_helm() {
        let program = format!("{} {name}", help::program());
        return kubeconform::run(args.split_off(at), &program);
    }
    match Node::Root.child(&name) {
        Some(Node::Command(command, _)) => {
            run_command(Node::Command(command, ""), command, command.name, args)
        }
        Some(Node::Group(group)) => run_group(group, args),
        _ => match &*name {
            "help" => help::topic(args),
            "__complete" => complete::run(args, true),
            "__completeNoDesc" => complete::run(args, false),
            helm_diff::ENTRY => helm_diff::as_plugin(args),
            unittest::ENTRY => unittest::as_plugin(args),
            _ => match plugin_run::named(&name) {
                Some(plugin) => plugin_run::run(plugin, args),
                None if name == "diff" && help::is_helm() => helm_diff::as_command(args),
                None if name == "unittest" && help::is_helm() => unittest::as_plugin(args),
                None => Err(help::unknown_command(&name)),
            },
        },
    }
}

fn run_group(group: &'static Group, mut args: Vec<String>) -> Result<(), Failure> {
    let at = command_position(&args);
    let node = at.and_then(|at| Some((at, Node::Group(group).child(args.get(at)?)?)));
    match node {
        Some((at, node @ Node::Command(command, _))) => {
            args.remove(at);
            run_command(node, command, &format!("{} {}", group.name, command.name), args)
        }
        // Helm shows help whatever else was given.
        _ => {
            let given = flags::parse(&[GLOBAL_FLAGS, own_flags(), LOG_FLAGS], args)?;
            if let [name, ..] = &given.args[..]
                && !given.help
                && !help::is_helm()
            {
                return Err(help::unknown_command_of(group, name));
            }
            Node::Group(group).print()
        }
    }
}

fn run_command(
    node: Node,
    command: &Command,
    path: &str,
    args: Vec<String>,
) -> Result<(), Failure> {
    let everywhere = [GLOBAL_FLAGS, own_flags(), LOG_FLAGS];
    let tables = [command.tables(), everywhere.to_vec()].concat();
    let mut given = flags::parse(&tables, args)?;
    if given.help {
        return node.print();
    }
    given.on_line = given.written.len();
    config::apply(node, &mut given)?;
    if let Some(wrong) = command.args.check(given.args.len()) {
        let program = help::program();
        return Err(Failure::from(format!(
            "\"{program} {path}\" {wrong}\n\nUsage:  {program} {} [flags]",
            command.usage
        )));
    }
    refuse_odd_bytes(path, &given)?;
    limits::of_files(&given)?;
    settings::offline(&given)?;
    (command.run)(&given)
        .map_err(|failure| explain::explained(failure.debugging(given.debug), &given))
}

/// The commands, and groups of them, whose arguments may be paths of any bytes.
const OF_PATHS: &[&str] = &[
    "coverage",
    "create",
    "dependency",
    "install",
    "lint",
    "package",
    "show",
    "template",
    "upgrade",
    "verify",
];

/// The flags whose values may hold any bytes.
const OF_BYTES: &[Flag] = &[
    known::DESTINATION,
    known::OUTPUT_DIR,
    known::SET,
    known::SET_FILE,
    known::SET_JSON,
    known::SET_LITERAL,
    known::SET_STRING,
    known::OUTPUT_FILE,
    known::SHOW_ONLY,
    known::VALUES,
    known::BASE_VALUES,
];

/// Refuses text that is not UTF-8 where it would reach what holds none: Go's strings hold any bytes.
fn refuse_odd_bytes(path: &str, given: &flags::Given) -> Result<(), Failure> {
    let is_bad = |written: &&flags::Written| {
        !written.is_utf8() && !OF_BYTES.iter().any(|flag| flag.name == written.flag.name)
    };
    if let Some(bad) = given.written.iter().find(is_bad) {
        return Err(Failure::from(format!("--{}: the value is not UTF-8", bad.flag.name)));
    }
    let takes_paths = path.split(' ').next().is_some_and(|first| OF_PATHS.contains(&first));
    match given.args.iter().find(|arg| !takes_paths && !is_utf8(arg)) {
        Some(bad) => Err(Failure::from(format!("argument {} is not UTF-8", flags::quoted(bad)))),
        None => Ok(()),
    }
}

/// Where the command's name stands: the first argument that is no flag nor a flag's value. Help is not
/// known yet when Helm looks for it, and what is behind an unknown flag may be its value.
fn command_position(args: &[String]) -> Option<usize> {
    let known = || global_flags().chain(LOG_FLAGS).filter(|f| f.name != "help");
    position(args, &|is| known().any(|f| f.kind == Kind::Bool && is(f)))
}

/// Tells whether a flag that takes no value is one that something is asked of.
type Fits<'f> = dyn Fn(&dyn Fn(&Flag) -> bool) -> bool + 'f;

/// Where the first argument stands; `alone` tells whether a flag that takes no value fits.
fn position(args: &[String], alone: &Fits<'_>) -> Option<usize> {
    let takes_next = |arg: &str| match arg.strip_prefix("--") {
        Some(long) => !long.contains('=') && !alone(&|f| f.name == long),
        None => arg.len() == 2 && !alone(&|f| f.short == arg.chars().nth(1)),
    };
    let mut i = 0;
    while let Some(arg) = args.get(i) {
        if arg == "--" {
            return None;
        }
        if !arg.is_empty() && !arg.starts_with('-') {
            return Some(i);
        }
        i += 1 + takes_next(arg) as usize;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_utf8_are_refused_where_they_would_change() {
        let says = |path: &str, args: &[&[u8]]| {
            let args = args.iter().map(|arg| text_of(arg.to_vec())).collect();
            let given = flags::parse(&[&[known::NAMESPACE, known::VALUES, known::SET]], args);
            let refused = refuse_odd_bytes(path, &given.unwrap()).err();
            refused.map(|e| String::from_utf8(e.text(false)).unwrap()).unwrap_or_default()
        };
        assert_eq!(
            says("template", &[b"a\xe9", b"-f", b"b\xe9", b"--set=c\xe9", b"-n\xc3\xa9"]),
            ""
        );
        assert_eq!(says("dependency list", &[b"a\xe9"]), "");
        assert_eq!(says("pull", &[b"\xc3\xa9", b"a\xe9"]), r#"argument "a\xe9" is not UTF-8"#);
        assert_eq!(says("template", &[b"-n", b"a\xe9"]), "--namespace: the value is not UTF-8");
    }
}
