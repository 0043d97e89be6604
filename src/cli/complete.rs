//! Implements `statefulchart __complete`: what could come next on a command line, for the scripts of shells.
//!
//! The protocol is that of cobra, Helm's command library: candidates, a line each with their
//! description behind a tab, then a line with a colon and the sum of the directives.

use gostd::time::{self, LocalZone, Time};
use statefulchart::repo::{ChartVersion, RepositoryFile, charts_file, index_file, load_index};
use statefulchart::report::Silent;

use super::flags::{self, Flag, Given, Kind};
use super::help::Node;
use super::settings::Settings;
use super::{
    Failure, GLOBAL_FLAGS, LOG_FLAGS, global_flags, output, own_flags, own_root_flags, plugin_run,
};

/// What a shell is to do beside offering the candidates.
mod directive {
    pub(super) const DEFAULT: u8 = 0;
    pub(super) const NO_SPACE: u8 = 2;
    pub(super) const NO_FILES: u8 = 4;

    /// Returns the names, as they are told to a reader of standard error.
    pub(super) fn names(sum: u8) -> String {
        let all = [(NO_SPACE, "NoSpace"), (NO_FILES, "NoFileComp")];
        let names: Vec<String> = all
            .iter()
            .filter(|(bit, _)| sum & bit != 0)
            .map(|(_, name)| format!("ShellCompDirective{name}"))
            .collect();
        if names.is_empty() { "ShellCompDirectiveDefault".to_owned() } else { names.join(", ") }
    }
}

const RFC3339: &[u8] = b"2006-01-02T15:04:05Z07:00";

/// Candidates with what they are about, and directives.
type Answer = (Vec<(String, String)>, u8);

const NOTHING: Answer = (Vec::new(), directive::NO_FILES);
const FILES: Answer = (Vec::new(), directive::DEFAULT);

/// Answers `__complete`, or `__completeNoDesc` where nothing is to be described.
pub(super) fn run(mut args: Vec<String>, described: bool) -> Result<(), Failure> {
    let Some(typed) = args.pop() else {
        return Err("requires at least 1 arg(s), only received 0".into());
    };
    let (candidates, sum) = match answer(&args, &typed) {
        Ok(answer) => answer,
        Err(why) => {
            output::stderr(format!("[Debug] [Error] {why}\n").as_bytes());
            FILES
        }
    };
    let mut text = String::new();
    for (candidate, about) in &candidates {
        text.push_str(candidate);
        if let Some(about) = about.lines().next().filter(|_| described) {
            text.push('\t');
            text.push_str(about);
        }
        text.push('\n');
    }
    text.push_str(&format!(":{sum}\n"));
    output::stdout(text.as_bytes())?;
    let names = directive::names(sum);
    output::stderr(format!("Completion ended with directive: {names}\n").as_bytes());
    Ok(())
}

fn answer(words: &[String], typed: &str) -> Result<Answer, String> {
    if words.first().is_some_and(|w| w == "help") {
        return Ok(topics(&words[1..], typed));
    }
    let (node, rest) = find(words)?;
    let own = node.flags();
    let flags: Vec<&Flag> = own.iter().copied().chain(global_flags()).collect();
    let ended = rest.iter().any(|w| w == "--");
    let mut rest = rest;
    let wanted = if ended { None } else { value_of(&flags, &mut rest, typed)? };
    let tables: Vec<&'static [Flag]> = match node {
        Node::Command(command, _) => command.tables(),
        Node::Root => vec![own_root_flags()],
        Node::Group(_) => Vec::new(),
    };
    let tables: Vec<_> = tables.into_iter().chain([GLOBAL_FLAGS, own_flags(), LOG_FLAGS]).collect();
    let given = flags::parse(&tables, rest.clone()).map_err(|e| {
        format!("Error while parsing flags from args [{}]: {}", rest.join(" "), e.why)
    })?;
    if let Some(flag) = wanted {
        return Ok(values(node, flag, &given));
    }
    if typed.starts_with('-') && !typed.contains('=') && !ended {
        return Ok(names(node, &own, &given, typed));
    }
    Ok(arguments(node, &given, typed))
}

/// Returns the command that the words name, and the other words.
fn find(words: &[String]) -> Result<(Node, Vec<String>), String> {
    let mut rest = words.to_vec();
    let mut node = Node::Root;
    while let Some(at) = super::command_position(&rest)
        && let Some(name) = rest.get(at)
    {
        match node.child(name) {
            Some(child) => node = child,
            None if matches!(node, Node::Root) => {
                let words = words.join(" ");
                return Err(format!("unable to find a command for arguments: [{words}]"));
            }
            None => break,
        }
        rest.remove(at);
        if matches!(node, Node::Command(..)) {
            break;
        }
    }
    Ok((node, rest))
}

/// Returns the flag whose value is typed, if one is; it is taken off the words then.
fn value_of<'f>(
    flags: &[&'f Flag],
    rest: &mut Vec<String>,
    typed: &str,
) -> Result<Option<&'f Flag>, String> {
    let named = |word: &str| match word.strip_prefix("--") {
        Some(name) => flags.iter().find(|f| f.name == name).copied(),
        None => flags.iter().find(|f| f.short.is_some() && f.short == word.chars().last()).copied(),
    };
    if let Some((name, _)) = typed.split_once('=').filter(|_| typed.starts_with('-')) {
        let missing =
            || format!("Subcommand does not support flag '{}'", name.trim_start_matches('-'));
        return named(name).map(Some).ok_or_else(missing);
    }
    if typed.starts_with('-') {
        return Ok(None);
    }
    let Some(last) = rest.last().filter(|w| w.len() > 1 && w.starts_with('-') && !w.contains('='))
    else {
        return Ok(None);
    };
    let flag = named(last).filter(|f| f.alone().is_none());
    if flag.is_some() {
        rest.pop();
    }
    Ok(flag)
}

/// Returns what a flag takes.
fn values(node: Node, flag: &Flag, given: &Given) -> Answer {
    match (flag.kind, flag.name) {
        (Kind::Format, _) => {
            let about = |format: &str| match format {
                "table" => "Output result in human-readable format".to_owned(),
                _ => format!("Output result in {} format", format.to_uppercase()),
            };
            let mut all: Vec<_> =
                flags::Format::NAMES.iter().map(|f| ((*f).to_owned(), about(f))).collect();
            all.sort_unstable();
            (all, directive::NO_FILES)
        }
        (Kind::OneOf(names), _) => {
            let plain = |name: &&str| ((*name).to_owned(), String::new());
            (names.iter().map(plain).collect(), directive::NO_FILES)
        }
        (_, "version") => versions(node, given),
        (_, "kube-context") => NOTHING,
        (_, "color" | "colour") => {
            let plain = |mode: &str| (mode.to_owned(), String::new());
            (["never", "auto", "always"].map(plain).to_vec(), directive::NO_FILES)
        }
        _ => FILES,
    }
}

/// Returns the versions of the chart of a repository that the arguments name, all of them: a shell picks.
fn versions(node: Node, given: &Given) -> Answer {
    let wanted = match node {
        Node::Command(command, "") if ["install", "template"].contains(&command.name) => {
            2 - usize::from(given.generate_name)
        }
        Node::Command(command, "") if command.name == "upgrade" => 2,
        Node::Command(..) => 1,
        _ => return NOTHING,
    };
    let chart = match given.args.last() {
        Some(reference) if given.args.len() == wanted => reference.split_once('/'),
        _ => None,
    };
    let Some((repository, chart)) = chart.filter(|(_, chart)| !chart.contains('/')) else {
        return NOTHING;
    };
    let file = index_file(&Settings::read(given).repository_cache, repository);
    let Ok(index) = load_index(&file, &Silent) else { return NOTHING };
    let offered = index.entries.get(chart.as_bytes()).into_iter().flatten();
    let described = |version: &ChartVersion| {
        let metadata = &version.metadata;
        let mut about = String::new();
        if !metadata.app_version.is_empty() {
            about.push_str(&format!("App: {}, ", metadata.app_version));
        }
        let created = time::parse(RFC3339, &version.created, &LocalZone::UTC)
            .unwrap_or_else(|_| Time::zero(&LocalZone::UTC));
        let created = created.format(b"January 2, 2006");
        about.push_str(&format!("Created: {} ", String::from_utf8_lossy(&created)));
        if metadata.deprecated {
            about.push_str("(deprecated)");
        }
        (metadata.version.to_string(), about.trim_end().to_owned())
    };
    (offered.map(described).collect(), directive::NO_FILES)
}

/// Returns the flags whose names begin as typed; those that were given and can be given once are
/// left out.
fn names(node: Node, own: &[&'static Flag], given: &Given, typed: &str) -> Answer {
    let mut found = Vec::new();
    let mut offer = |flag: &Flag| {
        let repeats = matches!(flag.kind, Kind::Array | Kind::Slice | Kind::PostRendererArgs);
        if given.flags.contains(&flag.name) && !repeats {
            return;
        }
        let about = node.about(flag);
        let long = format!("--{}", flag.name);
        if long.starts_with(typed) {
            found.push((long, about.clone()));
        }
        if let Some(short) = flag.short.map(|c| format!("-{c}"))
            && short.starts_with(typed)
        {
            found.push((short, about));
        }
    };
    if !matches!(node, Node::Root) {
        let mut global: Vec<_> = global_flags().filter(|f| f.name != "help").collect();
        global.sort_by_key(|f| f.name);
        global.into_iter().for_each(&mut offer);
    }
    own.iter().copied().for_each(&mut offer);
    (found, directive::NO_FILES)
}

/// Returns the commands that can follow `help`.
fn topics(words: &[String], typed: &str) -> Answer {
    let mut node = Node::Root;
    for word in words {
        match node.child(word) {
            Some(child) => node = child,
            None if matches!(node, Node::Root) => return NOTHING,
            None => break,
        }
    }
    (children(node, typed), directive::NO_FILES)
}

fn children(node: Node, typed: &str) -> Vec<(String, String)> {
    let all = node.children().into_iter().filter(|(name, _)| name.starts_with(typed));
    all.map(|(name, about)| (name.to_owned(), about.to_owned())).collect()
}

/// Returns what can stand where an argument or a command is typed.
fn arguments(node: Node, given: &Given, typed: &str) -> Answer {
    let typed_before = given.args.len();
    let Node::Command(command, group) = node else {
        if typed_before > 0 {
            return NOTHING;
        }
        return (children(node, typed), directive::NO_FILES);
    };
    // Commands that take a fixed number of arguments say so when those are there.
    let most = match (group, command.name) {
        ("repo", "add") | ("", "upgrade" | "rollback" | "push") => Some(2),
        ("repo" | "plugin", "list") | ("completion", _) | ("", "list" | "version") => Some(0),
        ("show" | "get", _) | ("repo", "index") | ("plugin", "install") => Some(1),
        ("", "create" | "env" | "verify" | "status" | "history" | "test") => Some(1),
        _ => None,
    };
    if most.is_some_and(|most| typed_before >= most) {
        let text =
            "_activeHelp_ This command does not take any more arguments (but may accept flags).";
        return (vec![(text.to_owned(), String::new())], directive::NO_FILES);
    }
    match (group, command.name, typed_before) {
        ("", "env", _) => {
            let names = Settings::read(given).variables.into_iter().map(|(name, _)| name);
            let names = names.filter(|name| *name != "KUBECONFIG");
            (names.map(|n| (n.to_owned(), String::new())).collect(), directive::NO_FILES)
        }
        ("", "install" | "template", at) => {
            let before = if given.generate_name { 0 } else { 1 };
            if at == before { charts(given, typed, true) } else { NOTHING }
        }
        ("", "upgrade", 1) => charts(given, typed, true),
        ("show", _, _) => charts(given, typed, true),
        ("", "pull", 0) => charts(given, typed, false),
        ("", "push", 1) => {
            let scheme = ("oci://".to_owned(), String::new());
            (vec![scheme], directive::NO_FILES | directive::NO_SPACE)
        }
        ("repo", "remove" | "update", _) => {
            let mut all = repositories(given);
            all.retain(|(name, _)| !given.args.contains(name));
            (all, directive::NO_FILES)
        }
        ("plugin", "uninstall" | "update", _) => {
            let all = plugin_run::all().iter().filter(|p| !given.args.contains(&p.name));
            (all.map(|p| (p.name.clone(), p.usage.clone())).collect(), directive::NO_FILES)
        }
        ("", "pull", _) | ("repo", "add", _) | ("registry", _, _) => NOTHING,
        _ => FILES,
    }
}

/// Returns the repositories that were added, with their URLs.
fn repositories(given: &Given) -> Vec<(String, String)> {
    let file = RepositoryFile::load(&Settings::read(given).repository_config);
    let entries = file.map(|file| file.entries).unwrap_or_default();
    entries.into_iter().map(|e| (e.name, e.url)).collect()
}

/// Completes charts: of repositories, from URLs, and local ones if wanted.
fn charts(given: &Given, typed: &str, local: bool) -> Answer {
    const URLS: [(&str, &str); 4] = [
        ("oci://", "Chart OCI prefix"),
        ("https://", "Chart URL prefix"),
        ("http://", "Chart URL prefix"),
        ("file://", "Chart local URL prefix"),
    ];
    let (mut found, mut sum) = (Vec::new(), directive::DEFAULT);
    for (name, url) in repositories(given) {
        let folder = format!("{name}/");
        if typed.starts_with(&folder) {
            let cached = charts_file(&Settings::read(given).repository_cache, &name);
            let charts = gostd::os::read_regular_file(&cached).unwrap_or_default();
            let charts = String::from_utf8_lossy(&charts);
            found.extend(charts.lines().map(|c| (format!("{folder}{c}"), String::new())));
            sum &= !directive::NO_SPACE;
            break;
        }
        if name.starts_with(typed) {
            found.push((folder, url));
            sum |= directive::NO_SPACE;
        }
    }
    for (url, about) in URLS {
        // Helm looks for what it would offer, the description included.
        if typed.starts_with(&format!("{url}\t{about}")) {
            sum |= directive::NO_FILES | directive::NO_SPACE;
        } else if url.starts_with(typed) {
            found.push((url.to_owned(), about.to_owned()));
            sum |= directive::NO_SPACE;
        }
    }
    if local && !found.is_empty() && !typed.is_empty() {
        let entries = std::fs::read_dir(".").into_iter().flatten().flatten();
        let names = entries.map(|e| e.file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.filter(|n| n.starts_with(typed)).collect();
        names.sort_unstable();
        found.extend(names.into_iter().map(|n| (n, String::new())));
    }
    if local && typed.is_empty() {
        found.push(("./".to_owned(), "Relative path prefix to local chart".to_owned()));
        found.push(("/".to_owned(), "Absolute path prefix to local chart".to_owned()));
    }
    if !local {
        sum |= directive::NO_FILES;
    }
    (found, sum)
}
