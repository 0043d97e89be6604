//! Prints help in Helm's layout, and answers to a command that does not exist.

use bstr::ByteSlice;
pub(super) use statefulchart::explain::nearest;
use statefulchart::explain::{is_near, within};

use super::explain::Suggestion;
use super::flags::{self, Flag, Kind, known};
use super::{
    ALIASES, COMMANDS, Command, Failure, GLOBAL_FLAGS, GROUPS, Group, LOG_FLAGS, OWN_COMMANDS,
    OWN_GROUPS, examples, helm_diff, output, own_flags, own_root_flags, plugin_run, settings,
    suggest,
};

/// The flag that every command has of its own.
pub(super) const HELP: Flag = known::HELP.about("help for");

/// Returns whether the program is called by Helm's name.
pub(super) fn is_helm() -> bool {
    program() == "helm"
}

/// Returns how the program was called, if it was by a link of this name.
pub(super) fn called_as(name: &str) -> Option<String> {
    let called = std::env::args_os().next()?;
    let is_it = std::path::Path::new(&called).file_stem().is_some_and(|stem| stem == name);
    is_it.then(|| called.to_string_lossy().into_owned())
}

/// Returns the name to show in help.
pub(super) fn program() -> &'static str {
    let mut args = std::env::args_os();
    let called = args.next().unwrap_or_default();
    match std::path::Path::new(&called).file_stem() {
        Some(stem) if stem == "helm" => "helm",
        // Helm's own calls of its plugin.
        _ if args.next().is_some_and(|first| first == helm_diff::ENTRY) => "helm",
        _ => "statefulchart",
    }
}

/// Returns Helm's words with this program's name in the commands that they say to type.
pub(super) fn with_own_name(words: Vec<u8>) -> Vec<u8> {
    if is_helm() {
        return words;
    }
    let named = |words: Vec<u8>, quote: &str| {
        words.replace(format!("{quote}helm "), format!("{quote}{} ", program()))
    };
    named(named(words, "'"), "`")
}

/// Returns the commands that Helm does not have: none under its name.
fn own_commands() -> &'static [Command] {
    if is_helm() { &[] } else { OWN_COMMANDS }
}

/// Returns the commands with commands below them, of which Helm does not have all.
fn groups() -> impl Iterator<Item = &'static Group> {
    GROUPS.iter().chain(if is_helm() { &[] } else { OWN_GROUPS })
}

/// Tells whether a command or a group has a name.
pub(super) fn is_command(name: &str) -> bool {
    let all = COMMANDS.iter().chain(own_commands()).map(|command| command.name);
    all.chain(groups().map(|group| group.name)).any(|known| known == name)
}

/// Returns the flags of all commands, sorted, but for help, which each has of its own.
fn global_flags() -> Vec<&'static Flag> {
    let mut flags: Vec<_> = super::global_flags().filter(|f| f.name != "help").collect();
    flags.sort_by_key(|f| f.name);
    flags
}

/// How our own help groups flags: a title, and what stands below it.
const FLAG_GROUPS: &[(&str, &[Flag])] = &[
    (
        "Values",
        &[
            known::SCENARIOS,
            known::VALUES,
            known::BASE_VALUES,
            known::SET,
            known::SET_STRING,
            known::SET_FILE,
            known::SET_JSON,
            known::SET_LITERAL,
            known::SKIP_SCHEMA_VALIDATION,
        ],
    ),
    (
        "Release",
        &[
            known::GENERATE_NAME,
            known::INSTALL,
            known::IS_UPGRADE,
            known::LABELS,
            known::NAME_TEMPLATE,
        ],
    ),
    ("Cluster to Render For", &[known::API_VERSIONS, known::KUBE_VERSION]),
    (
        "Chart",
        &[
            known::CA_FILE,
            known::CERT_FILE,
            known::DEPENDENCY_UPDATE,
            known::DEVEL,
            known::INSECURE_SKIP_TLS_VERIFY,
            known::KEY_FILE,
            known::KEYRING,
            known::PASS_CREDENTIALS,
            known::PASSWORD,
            known::PLAIN_HTTP,
            known::REPO,
            known::USERNAME,
            known::VERIFY,
            known::VERSION,
        ],
    ),
    (
        "Output",
        &[
            known::DRY_RUN,
            known::HIDE_NOTES,
            known::HIDE_SECRET,
            known::INCLUDE_CRDS,
            known::NO_HOOKS,
            known::OUTPUT,
            known::OUTPUT_DIR,
            known::OUTPUT_FILE,
            known::POST_RENDERER,
            known::POST_RENDERER_ARGS,
            known::RELEASE_NAME,
            known::RENDER_SUBCHART_NOTES,
            known::SHOW_ONLY,
            known::SKIP_CRDS,
            known::SKIP_TESTS,
        ],
    ),
];

/// The flags of a cluster's client that kubectl does not have.
const CLIENT_FLAGS: &[Flag] = &[known::BURST_LIMIT, known::QPS];

fn is_of(group: &[Flag], flag: &Flag) -> bool {
    group.iter().any(|f| f.name == flag.name && f.kind == flag.kind)
}

/// A place in the tree of commands.
#[derive(Clone, Copy)]
pub(super) enum Node {
    Root,
    Group(&'static Group),
    /// With the name of the group above it, or an empty one.
    Command(&'static Command, &'static str),
}

impl Node {
    /// Returns the place that a name leads to from here, by alias or name.
    pub(super) fn child(self, name: &str) -> Option<Node> {
        let real = |aliases: &[(&str, &'static str)]| {
            aliases.iter().find(|(alias, _)| *alias == name).map(|(_, real)| *real)
        };
        match self {
            Node::Root => {
                let command = real(ALIASES).unwrap_or(name);
                let found = COMMANDS.iter().chain(own_commands()).find(|c| c.name == command);
                found
                    .map(|c| Node::Command(c, ""))
                    .or_else(|| groups().find(|g| g.names.contains(&name)).map(Node::Group))
            }
            Node::Group(group) => {
                let command = real(group.aliases).unwrap_or(name);
                let found = group.commands().find(|c| c.name == command);
                found.map(|c| Node::Command(c, group.name))
            }
            Node::Command(..) => None,
        }
    }

    /// Returns the commands of this program below, in the order of their tables.
    pub(super) fn commands(self) -> Vec<Node> {
        match self {
            Node::Root => {
                let commands = COMMANDS.iter().chain(own_commands()).map(|c| Node::Command(c, ""));
                commands.chain(groups().map(Node::Group)).collect()
            }
            Node::Group(group) => group.commands().map(|c| Node::Command(c, group.name)).collect(),
            Node::Command(..) => Vec::new(),
        }
    }

    /// Returns all that can follow, with what it is about, sorted.
    pub(super) fn children(self) -> Vec<(&'static str, &'static str)> {
        let mut all: Vec<_> = self.commands().iter().map(|c| (c.name(), c.summary())).collect();
        if let Node::Root = self {
            let plugins = plugin_run::all().iter();
            all.extend(plugins.map(|p| (p.command_name(), p.usage.as_str())));
            all.push(("help", "help about any command"));
        }
        all.sort_unstable();
        all
    }

    /// Returns the names that lead here, the first being its own.
    pub(super) fn names(self) -> Vec<&'static str> {
        let with = |name: &'static str, aliases: &[(&'static str, &'static str)]| {
            let others = aliases.iter().filter(|(_, real)| *real == name).map(|(alias, _)| *alias);
            std::iter::once(name).chain(others).collect()
        };
        match self {
            Node::Root => Vec::new(),
            Node::Group(group) => group.names.to_vec(),
            Node::Command(command, "") => with(command.name, ALIASES),
            Node::Command(command, above) => {
                let group = groups().find(|g| g.name == above);
                with(command.name, group.map_or(&[], |g| g.aliases))
            }
        }
    }

    /// Returns the flags of its own, sorted; those of all commands are not among them, but for the
    /// root.
    pub(super) fn flags(self) -> Vec<&'static Flag> {
        let tables = match self {
            Node::Root => vec![GLOBAL_FLAGS, own_flags(), own_root_flags()],
            Node::Group(_) => Vec::new(),
            Node::Command(command, _) => command.tables(),
        };
        let is_shown = |f: &&Flag| f.name != "help" && !f.hidden && f.is_there();
        let own = tables.iter().flat_map(|t| t.iter()).filter(is_shown);
        let mut flags: Vec<&Flag> = own.chain([&HELP]).collect();
        flags.sort_by_key(|f| f.name);
        flags
    }

    /// Returns the last part of the path: what `--help` is help for.
    pub(super) fn name(self) -> &'static str {
        match self {
            Node::Root => program(),
            Node::Group(group) => group.name,
            Node::Command(command, _) => command.name,
        }
    }

    /// Says what it is about, in a few words.
    pub(super) fn summary(self) -> &'static str {
        match self {
            Node::Root => "do what Helm does with charts",
            Node::Group(group) => group.about,
            Node::Command(command, _) => command.about,
        }
    }

    /// Says what it is about.
    pub(super) fn long(self) -> String {
        let text = match self {
            Node::Root => "Do what Helm does with charts, byte for byte, without a cluster.",
            Node::Group(group) => group.about,
            Node::Command(command, _) => command.long,
        };
        text.replace("@NAME@", program())
    }

    /// Returns the description of a flag, in help and in completions.
    pub(super) fn about(self, flag: &Flag) -> String {
        match flag.name {
            "help" => format!("help for {}", self.name()),
            _ => flag.help.to_owned(),
        }
    }

    /// Returns how it is used: all but the description. Helm's help about nothing does not know of
    /// help yet.
    fn usage(self, with_help: bool) -> String {
        let program = program();
        let (path, line) = match self {
            Node::Root => (program.to_owned(), format!("{program} [command]")),
            Node::Group(g) => {
                let path = format!("{program} {}", g.name);
                let line = format!("{path} [command]");
                (path, line)
            }
            Node::Command(c, _) if c.usage.contains("[flags]") => {
                (String::new(), format!("{program} {}", c.usage))
            }
            Node::Command(c, _) => (String::new(), format!("{program} {} [flags]", c.usage)),
        };
        let mut text = format!("Usage:\n  {line}\n");
        let names = self.names();
        if names.len() > 1 {
            text.push_str(&format!("\nAliases:\n  {}\n", names.join(", ")));
        }
        let children = self.children();
        if !children.is_empty() {
            text.push_str("\nAvailable Commands:\n");
            let width = children.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(11);
            for (name, about) in &children {
                text.push_str(&format!("  {name:<width$} {about}\n"));
            }
        }
        let mut flags = self.flags();
        flags.retain(|f| with_help || f.name != "help");
        if is_helm() {
            text.push_str("\nFlags:\n");
            self.list(&mut text, &flags);
            if !matches!(self, Node::Root) {
                self.list_global(&mut text);
            }
        } else {
            self.list_in_groups(&mut text, flags);
        }
        if !children.is_empty() {
            text.push_str(&format!(
                "\nUse \"{path} [command] --help\" for more information about a command.\n"
            ));
        }
        text
    }

    /// Lists the flags by what they are for, those without effect last, and then examples.
    fn list_in_groups(self, text: &mut String, mut own: Vec<&Flag>) {
        let mut global = match self {
            Node::Root => Vec::new(),
            _ => global_flags(),
        };
        let is_idle = |flag: &&Flag| {
            flag.changes_nothing() || !flag.kubectl.is_empty() || is_of(CLIENT_FLAGS, flag)
        };
        let mut section = |title: &str, flags: &[&Flag]| {
            if !flags.is_empty() {
                text.push_str(&format!("\n{title}:\n"));
                self.list(text, flags);
            }
        };
        let mut idle: Vec<&Flag> = own.extract_if(.., |flag| is_idle(flag)).collect();
        idle.extend(global.extract_if(.., |flag| is_idle(flag)));
        for (title, group) in FLAG_GROUPS {
            let flags: Vec<&Flag> = own.extract_if(.., |flag| is_of(group, flag)).collect();
            section(title, &flags);
        }
        section("Flags", &own);
        section("Global Flags", &global);
        section("Without Effect (only a cluster heeds them)", &idle);
        let examples = examples::of(&self.words(), program());
        if !examples.is_empty() {
            text.push_str("\nExamples:\n");
        }
        for example in examples {
            text.push_str(&format!("  {example}\n"));
        }
    }

    /// Returns the words that lead here, without the program's name.
    fn words(self) -> String {
        match self {
            Node::Root => String::new(),
            Node::Command(command, above) if !above.is_empty() => {
                format!("{above} {}", command.name)
            }
            _ => self.name().to_owned(),
        }
    }

    /// Prints the flags of all commands, but for help, which each has of its own.
    fn list_global(self, text: &mut String) {
        text.push_str("\nGlobal Flags:\n");
        self.list(text, &global_flags());
    }

    fn list(self, text: &mut String, flags: &[&Flag]) {
        list(text, flags, |flag| self.about(flag));
    }

    /// Prints the whole help.
    pub(super) fn print(self) -> Result<(), Failure> {
        output::stdout(format!("{}\n\n{}", self.long(), self.usage(true)).as_bytes())
    }
}

/// Lists flags, their names in one column and what they are about in another.
pub(super) fn list(text: &mut String, flags: &[&Flag], about: impl Fn(&Flag) -> String) {
    let names = flags.iter().map(|f| match f.short {
        Some(c) => format!("  -{c}, --{}{}", f.name, f.metavar()),
        None => format!("      --{}{}", f.name, f.metavar()),
    });
    let names: Vec<String> = names.collect();
    let width = names.iter().map(String::len).max().unwrap_or(0) + 3;
    for (flag, name) in flags.iter().zip(&names) {
        let default = match (flag.kind, flag.name) {
            (_, "keyring") => format!("{:?}", settings::keyring()),
            (_, "content-cache" | "registry-config" | "repository-cache" | "repository-config") => {
                format!("{:?}", settings::usual(flag.name))
            }
            (Kind::Map | Kind::PostRendererArgs, _) => "[]".to_owned(),
            (Kind::Format, _) => "table".to_owned(),
            _ => flag.default.to_owned(),
        };
        let about = about(flag);
        let default = if default.is_empty() { default } else { format!(" (default {default})") };
        text.push_str(&format!("{name:<width$}{about}{default}\n"));
    }
}

/// Prints help about what the words name; about everything where they name nothing.
pub(super) fn topic(args: Vec<String>) -> Result<(), Failure> {
    let given = flags::parse(&[GLOBAL_FLAGS, own_flags(), LOG_FLAGS], args)?;
    if given.help {
        return about("Print help about a command, or about all of them.", "help", " [command]");
    }
    let mut node = Node::Root;
    for (i, name) in given.args.iter().enumerate() {
        match node.child(name) {
            Some(child) => node = child,
            None if i == 0 && name == "help" => {
                let long = "Print help about a command, or about all of them.";
                return about(long, "help", " [command]");
            }
            None if i == 0 => {
                if let Some(found) = plugin_run::named(name) {
                    let described = !found.description.is_empty();
                    let long = if described { &found.description } else { &found.usage };
                    let name = found.command_name();
                    let takes = found.call.strip_prefix(name).unwrap_or_default();
                    return about(long.trim_end(), name, takes);
                }
                let words: Vec<_> = given.args.iter().map(|w| format!("`{w}`")).collect();
                let text =
                    format!("Unknown help topic [{}]\n{}", words.join(" "), node.usage(false));
                output::stderr(text.as_bytes());
                return Ok(());
            }
            None => break,
        }
    }
    node.print()
}

/// Prints help about what is no command of ours: a plugin, or `help`.
fn about(long: &str, name: &str, takes: &str) -> Result<(), Failure> {
    let program = program();
    let mut text = format!(
        "{long}\n\nUsage:\n  {program} {name}{takes} [flags]\n\nFlags:\n  -h, --help   help for {name}\n"
    );
    Node::Root.list_global(&mut text);
    output::stdout(text.as_bytes())
}

/// The commands in the order in which Helm suggests them.
const SUGGESTED: &[&str] = &[
    "create",
    "dependency",
    "pull",
    "show",
    "lint",
    "package",
    "repo",
    "search",
    "verify",
    "get",
    "history",
    "install",
    "list",
    "test",
    "rollback",
    "status",
    "template",
    "uninstall",
    "upgrade",
    "completion",
    "env",
    "plugin",
    "version",
    "registry",
    "push",
];

/// Returns Helm's answer to an unknown command, near names included.
pub(super) fn unknown_command(name: &str) -> Failure {
    let program = program();
    let mut text = format!("unknown command {} for \"{program}\"\n", flags::quoted(name));
    let plugins = plugin_run::all().iter().map(|p| p.command_name());
    // At two edits a short name of ours is near everything, where Helm suggests nothing.
    let near_own = |c: &&str| within(name.as_bytes(), c.as_bytes(), 1).is_some();
    let groups = if is_helm() { &[] } else { OWN_GROUPS };
    let own = own_commands().iter().map(|c| c.name).chain(groups.iter().map(|g| g.name));
    let own = own.filter(near_own);
    let all = SUGGESTED.iter().copied().chain(own).chain(plugins);
    let near: Vec<&str> = all.filter(|c| is_near(name, c)).collect();
    if !near.is_empty() {
        text.push_str("\nDid you mean this?\n");
        for c in near {
            text.push_str(&format!("\t{c}\n"));
        }
        text.push('\n');
    }
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let (hint, suggestion) = suggest::for_command(name);
    Failure::from(text)
        .hinting(format!("{hint}\nRun '{program} --help' for usage."))
        .suggesting(suggestion)
}

/// Returns the command nearest to an unknown one, if one is near.
pub(super) fn nearest_command(name: &str) -> Option<&'static str> {
    let groups = GROUPS.iter().map(|group| group.name);
    let commands = COMMANDS.iter().chain(own_commands()).map(|command| command.name);
    nearest(name, commands.chain(groups))
}

/// Returns our answer to an unknown command of a group, the nearest one included.
pub(super) fn unknown_command_of(group: &'static Group, name: &str) -> Failure {
    let path = format!("{} {}", program(), group.name);
    let near = nearest(name, group.commands().map(|c| c.name));
    let suggestion = Suggestion {
        hint: near.map(|near| format!("\nDid you mean {near}?")).unwrap_or_default(),
        word: name.to_owned(),
        title: format!("`{path}` has no command `{name}`"),
        label: "not a command".to_owned(),
        help: near.map(|near| format!("did you mean `{near}`?")),
    };
    Failure::from(format!("unknown command {name:?} for {path:?}"))
        .hinting(format!("\nRun '{path} --help' for usage."))
        .suggesting(Some(suggestion))
}
