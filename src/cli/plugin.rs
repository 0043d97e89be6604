//! Implements `statefulchart plugin install|list|uninstall|update`.

use statefulchart::action::{PluginInstall, PluginList, PluginUninstall, PluginUpdate};

use super::flags::{Given, known};
use super::reporter::Terminal;
use super::settings::Settings;
use super::{Args, Command, Failure, Group, net, output, plugin_run, table};

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
        plugin_run::all();
        let uninstall = PluginUninstall { names: given.args.clone() };
        Ok(uninstall.run(&Settings::read(given).library(), &Terminal::of(given))?)
    },
};

const UPDATE: Command = Command {
    name: "update",
    usage: "plugin update <plugin>...",
    about: "update one or more Helm plugins",
    long: "Fetch what is new of plugins that came from Git repositories.",
    flags: &[],
    args: Args::AtLeast(0),
    run: |given| {
        plugin_run::all();
        let update = PluginUpdate { names: given.args.clone() };
        Ok(update.run(&Settings::read(given).library(), &Terminal::of(given))?)
    },
};

fn list(given: &Given) -> Result<(), Failure> {
    plugin_run::all();
    let plugins = PluginList.run(&Settings::read(given).library(), &Terminal::of(given))?;
    let mut rows = vec![["NAME", "VERSION", "DESCRIPTION"].map(str::to_owned).to_vec()];
    rows.extend(plugins.into_iter().map(|p| vec![p.name, p.version, p.description]));
    table::print(rows, 0)
}

fn install(given: &Given) -> Result<(), Failure> {
    plugin_run::all();
    let [source] = &given.args[..] else { return Err("one argument is needed".into()) };
    let install = PluginInstall {
        source: source.clone(),
        version: given.version.clone().unwrap_or_default(),
    };
    let providers = net::providers(given);
    let plugin = install.run(providers.settings(), &providers, &Terminal::of(given))?;
    output::stdout(format!("Installed plugin: {}\n", plugin.name).as_bytes())
}
