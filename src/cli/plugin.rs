//! `statefulchart plugin install|list|uninstall|update`

use std::path::Path;

use gostd::os::io_reason;
use statefulchart::plugin::Plugin;

use super::flags::{Given, known};
use super::net::Net;
use super::plugin_source::Source;
use super::settings::Settings;
use super::{Args, Command, Failure, Group, output, plugin_run, table};

pub(super) const GROUP: Group = Group {
    name: "plugin",
    names: &["plugin"],
    about: "install, list, or uninstall Helm plugins",
    commands: &[INSTALL, LIST, UNINSTALL, UPDATE],
    aliases: &[
        ("add", "install"),
        ("ls", "list"),
        ("rm", "uninstall"),
        ("remove", "uninstall"),
        ("up", "update"),
    ],
};

const INSTALL: Command = Command {
    name: "install",
    usage: "plugin install [options] <path|url>",
    about: "install a Helm plugin",
    long: "Install a plugin from a folder, the URL of an archive, or a Git repository.",
    flags: &[&[known::VERSION.about("a version, a range of them, or a Git reference")]],
    args: Args::Exactly(1),
    run: install,
};

const LIST: Command = Command {
    name: "list",
    usage: "plugin list",
    about: "list installed Helm plugins",
    long: "List the plugins that are installed.",
    flags: &[],
    args: Args::AtLeast(0),
    run: list,
};

const UNINSTALL: Command = Command {
    name: "uninstall",
    usage: "plugin uninstall <plugin>...",
    about: "uninstall one or more Helm plugins",
    long: "Remove plugins.",
    flags: &[],
    args: Args::AtLeast(0),
    run: |given| {
        each(given, "plugin_uninstall.go:63", "uninstall", "Uninstalled", |settings, plugin| {
            remove(Path::new(&plugin.folder))?;
            plugin_run::hook(settings, plugin, "delete")
        })
    },
};

const UPDATE: Command = Command {
    name: "update",
    usage: "plugin update <plugin>...",
    about: "update one or more Helm plugins",
    long: "Fetch what is new of plugins that came from Git repositories.",
    flags: &[],
    args: Args::AtLeast(0),
    run: |given| each(given, "plugin_update.go:65", "update", "Updated", update),
};

/// Helm looks for plugins before every command, and says here what it finds amiss.
fn find(settings: &Settings) -> Result<Vec<Plugin>, String> {
    Plugin::find_all(&settings.plugins)
}

fn list(given: &Given) -> Result<(), Failure> {
    plugin_run::all();
    let settings = Settings::read(given);
    if settings.debug {
        let line = format!("pluginDirs: {}", settings.plugins);
        output::debug("plugin_list.go:35", line.as_bytes());
    }
    let mut rows = vec![["NAME", "VERSION", "DESCRIPTION"].map(str::to_owned).to_vec()];
    rows.extend(find(&settings)?.into_iter().map(|p| vec![p.name, p.version, p.description]));
    output::stdout(table::layout(&rows, 0).as_bytes())
}

fn install(given: &Given) -> Result<(), Failure> {
    plugin_run::all();
    let net = Net::new(given);
    let settings = &net.settings;
    let [source] = &given.args[..] else { return Err("one argument is needed".into()) };
    let source = Source::new(&net, source, given.version.as_deref().unwrap_or_default())?;
    let place = source.place(settings);
    if let Some(folder) = Path::new(&place).parent() {
        std::fs::create_dir_all(folder)
            .map_err(|e| format!("mkdir {}: {}", folder.display(), io_reason(&e)))?;
    }
    if Path::new(&place).exists() {
        return Err("plugin already exists".into());
    }
    source.install(&net, &place)?;
    let plugin = load(settings, "plugin_install.go:82", &place)
        .map_err(|e| Failure::from(e).within("plugin is installed but unusable"))?;
    plugin_run::hook(settings, &plugin, "install")?;
    output::stdout(format!("Installed plugin: {}\n", plugin.name).as_bytes())
}

fn load(settings: &Settings, line: &str, place: &str) -> Result<Plugin, String> {
    if settings.debug {
        output::debug(line, format!("loading plugin from {place}").as_bytes());
    }
    Plugin::load(place)
}

/// Does something to each plugin that the arguments name, and says at the end what went wrong.
fn each(
    given: &Given,
    line: &str,
    verb: &str,
    done: &str,
    act: impl Fn(&Settings, &Plugin) -> Result<(), String>,
) -> Result<(), Failure> {
    plugin_run::all();
    if given.args.is_empty() {
        return Err(Failure::from(format!("please provide plugin name to {verb}")));
    }
    let settings = Settings::read(given);
    if settings.debug {
        let text = format!("loading installed plugins from {}", settings.plugins);
        output::debug(line, text.as_bytes());
    }
    let plugins = find(&settings)?;
    let mut wrong = Vec::new();
    for name in &given.args {
        let Some(plugin) = plugins.iter().find(|p| p.name == *name) else {
            wrong.push(format!("Plugin: {name} not found"));
            continue;
        };
        match act(&settings, plugin) {
            Ok(()) => output::stdout(format!("{done} plugin: {name}\n").as_bytes())?,
            Err(why) => wrong.push(format!("Failed to {verb} plugin {name}, got error ({why})")),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn remove(folder: &Path) -> Result<(), String> {
    let is_link = folder.symlink_metadata().is_ok_and(|m| m.is_symlink());
    let removed =
        if is_link { std::fs::remove_file(folder) } else { std::fs::remove_dir_all(folder) };
    match removed {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("unlinkat {}: {}", folder.display(), io_reason(&e)))
        }
        _ => Ok(()),
    }
}

fn update(settings: &Settings, plugin: &Plugin) -> Result<(), String> {
    let folder = std::fs::canonicalize(&plugin.folder)
        .map_err(|e| format!("lstat {}: {}", plugin.folder, io_reason(&e)))?;
    let source = Source::of_installed(&folder)?;
    let place = source.place(settings);
    if !Path::new(&place).exists() {
        return Err("plugin does not exist".into());
    }
    source.update(settings.debug, &folder)?;
    let updated = load(settings, "plugin_update.go:107", &place)?;
    plugin_run::hook(settings, &updated, "update")
}
