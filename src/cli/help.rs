//! Help, and the answer to a command that does not exist.

use super::flags::Flag;
use super::{COMMANDS, Command, Failure, GLOBAL_FLAGS, GROUPS, Group, output, plugin_run};
use statefulchart::plugin::Plugin;

/// The program's own help.
pub(super) fn root() -> Result<(), Failure> {
    let mut text = String::from(
        "statefulchart renders Helm charts as Helm does, byte for byte.\n\nUsage:\n  statefulchart [command]\n\nAvailable Commands:\n",
    );
    let commands = COMMANDS.iter().map(|c| (c.name, c.about));
    let plugins = plugin_run::all();
    let mut all: Vec<_> = commands.chain(GROUPS.iter().map(|g| (g.name, g.about))).collect();
    all.extend(plugins.iter().map(|p| (p.name.as_str(), p.usage.as_str())));
    all.sort_unstable();
    for (name, about) in all {
        text.push_str(&format!("  {name:<12} {about}\n"));
    }
    text.push_str("\nFlags:\n");
    list(&mut text, &[GLOBAL_FLAGS]);
    text.push_str(
        "\nUse \"statefulchart [command] --help\" for more information about a command.\n",
    );
    output::stdout(text.as_bytes())
}

/// The help of a command with commands below it.
pub(super) fn group(g: &Group) -> Result<(), Failure> {
    let mut text = format!(
        "{}\n\nUsage:\n  statefulchart {} [command]\n\nAvailable Commands:\n",
        g.about, g.name
    );
    for c in g.commands {
        text.push_str(&format!("  {:<11} {}\n", c.name, c.about));
    }
    text.push_str("\nGlobal Flags:\n");
    list(&mut text, &[GLOBAL_FLAGS]);
    text.push_str(&format!(
        "\nUse \"statefulchart {} [command] --help\" for more information about a command.\n",
        g.name
    ));
    output::stdout(text.as_bytes())
}

/// A command's help.
pub(super) fn command(c: &Command) -> Result<(), Failure> {
    let mut text = format!("{}\n\nUsage:\n  statefulchart {} [flags]\n\nFlags:\n", c.long, c.usage);
    list(&mut text, c.flags);
    text.push_str("\nGlobal Flags:\n");
    list(&mut text, &[GLOBAL_FLAGS]);
    output::stdout(text.as_bytes())
}

/// What `help` says of a plugin.
pub(super) fn plugin(p: &Plugin) -> Result<(), Failure> {
    let about = if p.description.is_empty() { &p.usage } else { &p.description };
    let mut text = format!(
        "{}\n\nUsage:\n  statefulchart {} [flags]\n\nGlobal Flags:\n",
        about.trim_end(),
        p.name
    );
    list(&mut text, &[GLOBAL_FLAGS]);
    output::stdout(text.as_bytes())
}

fn list(text: &mut String, tables: &[&'static [Flag]]) {
    let mut flags: Vec<&Flag> = tables.iter().flat_map(|t| t.iter()).collect();
    flags.sort_by_key(|f| f.name);
    for f in flags {
        let short = f.short.map_or("    ".to_owned(), |c| format!("-{c}, "));
        let name = format!("{}{}", f.name, f.metavar());
        text.push_str(&format!("  {short}--{name:<38} {}\n", f.help));
    }
}

/// Helm's answer to an unknown command, near names included.
pub(super) fn unknown_command(name: &str) -> Failure {
    let quoted = statefulchart::gostd::strconv::quote(name.as_bytes());
    let mut text = format!("unknown command {} for \"helm\"\n", String::from_utf8_lossy(&quoted));
    let plugins = plugin_run::all();
    let near: Vec<&str> = COMMANDS
        .iter()
        .map(|c| c.name)
        .chain(GROUPS.iter().map(|g| g.name))
        .chain(plugins.iter().map(|p| p.name.as_str()))
        .filter(|c| is_near(name, c))
        .collect();
    if !near.is_empty() {
        text.push_str("\nDid you mean this?\n");
        for c in near {
            text.push_str(&format!("\t{c}\n"));
        }
        text.push('\n');
    }
    let detail = text.strip_suffix('\n').unwrap_or(&text).to_owned();
    text.push_str("Run 'helm --help' for usage.");
    Failure::detailed(text, detail)
}

/// The answer to `help TOPIC` where there is no such command.
pub(super) fn unknown_topic(topic: &str) -> Result<(), Failure> {
    Err(Failure::from(format!("unknown help topic [`{topic}`]")))
}

/// cobra's rule: two edits at most, or a prefix.
fn is_near(typed: &str, name: &str) -> bool {
    let typed = typed.to_lowercase();
    name.starts_with(&typed) || distance(typed.as_bytes(), name.as_bytes()) <= 2
}

/// Levenshtein's distance.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
