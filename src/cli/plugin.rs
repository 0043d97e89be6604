//! Implements `statefulchart plugin install|list|package|uninstall|update|verify`.

use gostd::os::{bytes_of, path_of, path_text};
use statefulchart::action::{
    PluginInstall, PluginList, PluginPackage, PluginUninstall, PluginUpdate, PluginVerify, Sign,
    plugin_provenance,
};
use statefulchart::profile::Rule;

use super::flags::{Given, known};
use super::reporter::Terminal;
use super::secrets::Asking;
use super::settings::Settings;
use super::{Args, Command, Failure, Group, net, output, plugin_run, profile, table};

pub(super) const GROUP: Group = Group {
    name: "plugin",
    names: &["plugin"],
    about: "install, list, or uninstall Helm plugins",
    commands: &[INSTALL, LIST, PACKAGE, UNINSTALL, UPDATE, VERIFY],
    rules: &[("package", Rule::PluginsOfHelm4), ("verify", Rule::PluginsOfHelm4)],
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
    flags: &[&[
        known::CA_FILE.about("CA bundle for HTTPS servers").with(Rule::PluginsOfHelm4),
        known::CERT_FILE.about("client certificate of a registry").with(Rule::PluginsOfHelm4),
        known::INSECURE_SKIP_TLS_VERIFY
            .about("do not check servers' certificates")
            .with(Rule::PluginsOfHelm4),
        known::KEY_FILE.about("client key of a registry").with(Rule::PluginsOfHelm4),
        known::KEYRING.about("keyring containing public keys").with(Rule::PluginsOfHelm4),
        known::PASSWORD.about("registry password").with(Rule::PluginsOfHelm4),
        known::PLAIN_HTTP.about("use plain HTTP for the download").with(Rule::PluginsOfHelm4),
        known::USERNAME.about("registry username").with(Rule::PluginsOfHelm4),
        known::VERIFY
            .about("verify the plugin's signature before installing")
            .or("true")
            .with(Rule::PluginsOfHelm4),
        known::VERSION.about("a version, a range of them, or a Git reference"),
    ]],
    args: Args::Exactly(1),
    run: install,
};

const LIST: Command = Command {
    name: "list",
    usage: "plugin list",
    about: "list installed Helm plugins",
    long: "List the plugins that are installed.",
    flags: &[&[known::TYPE.about("type of the plugins to list").with(Rule::PluginsOfHelm4)]],
    args: Args::AtLeast(0),
    run: list,
};

const PACKAGE: Command = Command {
    name: "package",
    usage: "plugin package [PATH]",
    about: "package a plugin directory into a plugin archive",
    long: "Pack a plugin's directory into an archive, NAME-VERSION.tgz, and sign it with a key of the keyring.",
    flags: &[&[
        known::DESTINATION.about("location to write the plugin archive").or("\".\""),
        known::KEY.about("name of the key to use when signing"),
        known::KEYRING.about("location of a keyring"),
        known::PASSPHRASE_FILE.about("file with the passphrase of the key; - for standard input"),
        known::SIGN.about("use a PGP private key to sign this plugin").or("true"),
    ]],
    args: Args::Exactly(1),
    run: package,
};

const VERIFY: Command = Command {
    name: "verify",
    usage: "plugin verify [PATH]",
    about: "verify that a plugin at the given path has been signed and is valid",
    long: "Check a plugin's archive against the provenance file beside it, PATH.prov.",
    flags: &[&[known::KEYRING.about("keyring containing public keys")]],
    args: Args::Exactly(1),
    run: |given| {
        let [path] = &given.args[..] else { return Err("one argument is needed".into()) };
        let keyring = net::keyring(given).into();
        let verify = PluginVerify {
            archive: path_of(path).into_owned(),
            keyring,
            profile: profile::current(),
        };
        output::stdout(verify.run()?.in_lines("Plugin Hash").as_bytes())
    },
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
    if profile::current().has(Rule::PluginsOfHelm4) {
        let wanted = given.r#type.as_deref().unwrap_or_default();
        let titles = ["NAME", "VERSION", "TYPE", "APIVERSION", "PROVENANCE", "SOURCE"];
        let mut rows = vec![titles.map(str::to_owned).to_vec()];
        let library = Settings::read(given).library();
        for plugin in plugins {
            let kind = plugin.kind.name();
            if wanted.is_empty() || wanted == kind {
                let provenance = plugin_provenance(&plugin, &library).to_owned();
                let source = Some(plugin.source_url).filter(|url| !url.is_empty());
                let source = source.unwrap_or("unknown".to_owned());
                let version = plugin.api_version.to_owned();
                rows.push(vec![
                    plugin.name,
                    plugin.version,
                    kind.to_owned(),
                    version,
                    provenance,
                    source,
                ]);
            }
        }
        return table::print(rows, 0);
    }
    let mut rows = vec![["NAME", "VERSION", "DESCRIPTION"].map(str::to_owned).to_vec()];
    rows.extend(plugins.into_iter().map(|p| vec![p.name, p.version, p.description]));
    table::print(rows, 0)
}

/// Tells whether a switch is on that is on where it is not given.
fn is_on(given: &Given, name: &str, on: bool) -> bool {
    on || !given.flags.contains(&name)
}

fn package(given: &Given) -> Result<(), Failure> {
    let [folder] = &given.args[..] else { return Err("one argument is needed".into()) };
    let sign = is_on(given, known::SIGN.name, given.sign).then(|| Sign {
        profile: profile::current(),
        keyring: net::keyring(given).into(),
        key: given.key.clone().unwrap_or_default(),
        clock: output::clock(),
    });
    let package = PluginPackage {
        folder: folder.clone(),
        destination: given.destination.clone().unwrap_or(".".to_owned()),
        sign,
    };
    let library = Settings::read(given).library();
    let (file, signature) = package.run(&library, &Asking(given), &Terminal::of(given))?;
    if let Some(file) = signature {
        let file = path_text(&file);
        let line = format!("Successfully signed. Signature written to: {file}\n");
        output::stdout(&bytes_of(&line))?;
    }
    let file = path_text(&file);
    let line = format!("Successfully packaged plugin and saved it to: {file}\n");
    output::stdout(&bytes_of(&line))
}

fn install(given: &Given) -> Result<(), Failure> {
    plugin_run::all();
    let [source] = &given.args[..] else { return Err("one argument is needed".into()) };
    let install = PluginInstall {
        source: source.clone(),
        version: given.version.clone().unwrap_or_default(),
        verify: is_on(given, known::VERIFY.name, given.verify),
        keyring: net::keyring(given).into(),
    };
    let providers = net::providers(given);
    let plugin = install.run(providers.settings(), &providers, &Terminal::of(given))?;
    output::stdout(format!("Installed plugin: {}\n", plugin.name).as_bytes())
}
