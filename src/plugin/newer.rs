//! Reads a `plugin.yaml` as Helm 4 does: of `apiVersion: v1`, or of none, which is Helm 3's.

use gosemver::Release;
use gostd::strconv::quoted;
use goyaml::{At, Text, Typed};

use super::error::RefusedError as Refused;
use super::{Downloader, Platform, Plugin, Type, in_one_line, is_name};

type Hooks = Vec<(String, Vec<Platform>)>;

/// Reads what a plugin says of itself.
///
/// # Errors
/// Helm's texts.
pub(super) fn parse(data: &[u8], semver: Release) -> Result<Plugin, Refused> {
    let text = Text::read(data).map_err(Refused::Version)?;
    let text = text.ok_or_else(|| Refused::Version("EOF".to_owned()))?;
    let mut version = String::new();
    let mut typed = Typed::default();
    typed.fields(text.root(), "plugin.apiVersion", &["apiVersion"], |typed, _, at| {
        typed.text(at, &mut version);
    });
    typed.finish().map_err(Refused::Version)?;
    match &*version {
        "" => legacy(text.root(), semver),
        "v1" => first_version(text.root(), semver),
        _ => Err(Refused::UnknownVersion(version)),
    }
}

fn broken(rule: impl Into<String>) -> Refused {
    Refused::Rules(vec![rule.into()])
}

fn wrong_name(name: &str) -> String {
    format!("invalid plugin name {}: must contain only a-z, A-Z, 0-9, _ and -", quoted(name))
}

const LEGACY: &[&str] = &[
    "name",
    "version",
    "usage",
    "description",
    "platformCommand",
    "command",
    "ignoreFlags",
    "platformHooks",
    "hooks",
    "downloaders",
];

fn legacy(root: At<'_>, semver: Release) -> Result<Plugin, Refused> {
    let mut plugin = Plugin { api_version: "legacy", ..Plugin::default() };
    let mut typed = Typed::default();
    typed.fields(root, "plugin.MetadataLegacy", LEGACY, |typed, name, at| match name {
        "name" => {
            _ = typed.text(at, &mut plugin.name);
        }
        "version" => {
            _ = typed.text(at, &mut plugin.version);
        }
        "usage" => {
            _ = typed.text(at, &mut plugin.usage);
        }
        "description" => {
            _ = typed.text(at, &mut plugin.description);
        }
        "command" => {
            _ = typed.text(at, &mut plugin.command);
        }
        "ignoreFlags" => {
            _ = typed.boolean(at, &mut plugin.ignore_flags);
        }
        "platformCommand" => plugin.platforms = platforms(typed, at),
        "platformHooks" => plugin.platform_hooks = platform_hooks(typed, at),
        "hooks" => {
            let hooks = &mut plugin.hooks;
            typed.map(at, "plugin.Hooks", |typed, name, at| {
                let mut script = String::new();
                typed.text(at, &mut script);
                hooks.push((name, script));
            });
        }
        _ => plugin.downloaders = downloaders(typed, at),
    });
    typed.finish().map_err(Refused::Shape)?;
    if !is_name(&plugin.name) {
        return Err(broken(wrong_name(&plugin.name)));
    }
    if !plugin.version.is_empty() && semver.strict_version(&plugin.version).is_err() {
        let version = quoted(&plugin.version);
        return Err(broken(format!("invalid plugin version {version}: must be valid semver")));
    }
    plugin.usage = in_one_line(&plugin.usage);
    if !plugin.platforms.is_empty() && !plugin.command.is_empty() {
        return Err(broken("both platformCommand and command are set"));
    }
    if !plugin.platform_hooks.is_empty() && !plugin.hooks.is_empty() {
        return Err(broken("both platformHooks and hooks are set"));
    }
    for (i, downloader) in plugin.downloaders.iter().enumerate() {
        if downloader.command.is_empty() {
            return Err(broken(format!("downloader {i} has empty command")));
        }
        if downloader.protocols.is_empty() {
            return Err(broken(format!("downloader {i} has no protocols")));
        }
        if let Some(j) = downloader.protocols.iter().position(String::is_empty) {
            return Err(broken(format!("downloader {i} has empty protocol at index {j}")));
        }
    }
    if !plugin.downloaders.is_empty() {
        plugin.kind = Type::Getter;
        let protocols = plugin.downloaders.iter().flat_map(|d| d.protocols.iter().cloned());
        plugin.protocols = protocols.collect();
    }
    let command = std::mem::take(&mut plugin.command);
    if plugin.platforms.is_empty() && !command.is_empty() {
        plugin.platforms.push(Platform { command, ..Platform::default() });
    }
    plugin.expands_hooks = plugin.hooks.is_empty();
    let hooks = std::mem::take(&mut plugin.hooks).into_iter();
    let by_shell = |(name, script)| {
        let (command, args) = ("sh".to_owned(), vec!["-c".to_owned(), script]);
        (name, vec![Platform { command, args, ..Platform::default() }])
    };
    plugin.platform_hooks.extend(hooks.map(by_shell));
    Ok(plugin)
}

const FIRST_VERSION: &[&str] =
    &["apiVersion", "name", "type", "runtime", "version", "sourceURL", "config", "runtimeConfig"];

fn first_version(root: At<'_>, semver: Release) -> Result<Plugin, Refused> {
    let mut plugin = Plugin { api_version: "v1", ..Plugin::default() };
    let (mut kind, mut runtime) = (String::new(), String::new());
    let (mut config, mut runtime_config) = (None, None);
    let mut typed = Typed::strict();
    typed.fields(root, "plugin.MetadataV1", FIRST_VERSION, |typed, name, at| {
        let is_map = |typed: &mut Typed| typed.map(at, "map[string]interface {}", |_, _, _| {});
        match name {
            "config" => config = is_map(typed).then_some(at),
            "runtimeConfig" => runtime_config = is_map(typed).then_some(at),
            "name" => {
                _ = typed.text(at, &mut plugin.name);
            }
            "type" => {
                _ = typed.text(at, &mut kind);
            }
            "runtime" => {
                _ = typed.text(at, &mut runtime);
            }
            "version" => {
                _ = typed.text(at, &mut plugin.version);
            }
            "sourceURL" => {
                _ = typed.text(at, &mut plugin.source_url);
            }
            _ => {}
        }
    });
    typed.finish().map_err(Refused::Shape)?;
    if !is_name(&plugin.name) {
        return Err(broken("invalid plugin `name`"));
    }
    if plugin.version.is_empty() {
        return Err(broken("plugin `version` is required"));
    }
    if semver.strict_version(&plugin.version).is_err() {
        let version = quoted(&plugin.version);
        return Err(broken(format!("invalid plugin `version` {version}: must be valid semver")));
    }
    if kind.is_empty() {
        return Err(broken("`type` missing"));
    }
    if runtime.is_empty() {
        return Err(broken("`runtime` missing"));
    }
    let types = [Type::Test, Type::Cli, Type::Getter, Type::PostRenderer];
    let known = types.into_iter().find(|known| known.name() == kind);
    let unknown = || Refused::Config(format!("unknown plugin type {}", quoted(&kind)));
    plugin.kind = known.ok_or_else(unknown)?;
    let config = config.map(|config| config.written_anew());
    read_config(&mut plugin, config.transpose().map_err(Refused::Config)?)?;
    read_runtime(&mut plugin, &runtime, runtime_config)?;
    if plugin.kind == Type::Getter {
        let rule = match plugin.protocols.iter().position(String::is_empty) {
            _ if plugin.protocols.is_empty() => "getter has no protocols".to_owned(),
            Some(i) => format!("getter has empty protocol at index {i}"),
            None => return Ok(plugin),
        };
        return Err(broken(format!("config validation failed: {rule}")));
    }
    Ok(plugin)
}

/// Reads what belongs to the type, which Helm writes anew before it reads it.
fn read_config(plugin: &mut Plugin, config: Option<Text>) -> Result<(), Refused> {
    let Some(anew) = config else { return Ok(()) };
    let mut typed = Typed::strict();
    let (go_type, known): (&str, &[&str]) = match plugin.kind {
        Type::Cli => ("schema.ConfigCLIV1", &["usage", "shortHelp", "longHelp", "ignoreFlags"]),
        Type::Getter => ("schema.ConfigGetterV1", &["protocols"]),
        Type::PostRenderer => ("schema.ConfigPostRendererV1", &[]),
        Type::Test => ("schema.ConfigTestV1", &[]),
    };
    typed.fields(anew.root(), go_type, known, |typed, name, at| match name {
        "usage" => {
            _ = typed.text(at, &mut plugin.call);
        }
        "shortHelp" => {
            _ = typed.text(at, &mut plugin.usage);
        }
        "longHelp" => {
            _ = typed.text(at, &mut plugin.description);
        }
        "ignoreFlags" => {
            _ = typed.boolean(at, &mut plugin.ignore_flags);
        }
        _ => {
            _ = typed.texts(at, &mut plugin.protocols);
        }
    });
    typed.finish().map_err(Refused::Config)
}

/// Reads what belongs to the runtime.
fn read_runtime(plugin: &mut Plugin, runtime: &str, config: Option<At<'_>>) -> Result<(), Refused> {
    match runtime {
        "subprocess" => {}
        "extism/v1" => {
            plugin.is_wasm = true;
            return Ok(());
        }
        _ => {
            let runtime = quoted(runtime);
            return Err(Refused::Config(format!("unsupported plugin runtime type: {runtime}")));
        }
    }
    let Some(config) = config else { return Ok(()) };
    let wrong = |why: String| {
        Refused::Config(format!("failed to unmarshal runtimeConfig for {runtime} runtime: {why}"))
    };
    let anew = config.written_anew().map_err(wrong)?;
    let mut typed = Typed::default();
    let known = &["platformCommand", "platformHooks", "protocolCommands"];
    typed.fields(
        anew.root(),
        "plugin.RuntimeConfigSubprocess",
        known,
        |typed, name, at| match name {
            "platformCommand" => plugin.platforms = platforms(typed, at),
            "platformHooks" => plugin.platform_hooks = platform_hooks(typed, at),
            _ => plugin.downloaders = protocol_commands(typed, at),
        },
    );
    typed.finish().map_err(wrong)
}

fn platforms(typed: &mut Typed, at: At<'_>) -> Vec<Platform> {
    let mut all = Vec::new();
    typed.list(at, "[]plugin.PlatformCommand", |typed, at| {
        let mut one = Platform::default();
        let known = &["os", "arch", "command", "args"];
        let is_there =
            typed.fields(at, "plugin.PlatformCommand", known, |typed, name, at| match name {
                "os" => {
                    _ = typed.text(at, &mut one.os);
                }
                "arch" => {
                    _ = typed.text(at, &mut one.arch);
                }
                "command" => {
                    _ = typed.text(at, &mut one.command);
                }
                _ => {
                    _ = typed.texts(at, &mut one.args);
                }
            });
        if is_there {
            all.push(one);
        }
    });
    all
}

fn platform_hooks(typed: &mut Typed, at: At<'_>) -> Hooks {
    let mut hooks = Hooks::new();
    typed.map(at, "plugin.PlatformHooks", |typed, name, at| {
        hooks.push((name, platforms(typed, at)));
    });
    hooks
}

fn downloaders(typed: &mut Typed, at: At<'_>) -> Vec<Downloader> {
    let mut all = Vec::new();
    typed.list(at, "[]plugin.Downloaders", |typed, at| {
        let mut one = Downloader::default();
        let known = &["protocols", "command"];
        let is_there =
            typed.fields(at, "plugin.Downloaders", known, |typed, name, at| match name {
                "command" => {
                    _ = typed.text(at, &mut one.command);
                }
                _ => {
                    _ = typed.texts(at, &mut one.protocols);
                }
            });
        if is_there {
            let command = one.command.clone();
            one.platforms = vec![Platform { command, ..Platform::default() }];
            all.push(one);
        }
    });
    all
}

fn protocol_commands(typed: &mut Typed, at: At<'_>) -> Vec<Downloader> {
    let mut all = Vec::new();
    typed.list(at, "[]plugin.SubprocessProtocolCommand", |typed, at| {
        let mut one = Downloader::default();
        let known = &["protocols", "platformCommand"];
        let is_there = typed.fields(
            at,
            "plugin.SubprocessProtocolCommand",
            known,
            |typed, name, at| match name {
                "platformCommand" => one.platforms = platforms(typed, at),
                _ => {
                    _ = typed.texts(at, &mut one.protocols);
                }
            },
        );
        if is_there {
            all.push(one);
        }
    });
    all
}
