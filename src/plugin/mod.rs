//! Finds Helm's plugins: folders with a `plugin.yaml` that names a program.

mod command;
mod error;
mod newer;
mod run;
mod shown;

use std::path::{Path, PathBuf};

use crate::profile::{Profile, Rule};
use crate::report::{Notice, Reporter, Warning};
use crate::store::FileError;
pub use command::{Prepared, expand};
pub use error::{Error, MetadataError, RefusedError};
use gostd::os::expect_regular;
use gostd::strconv::quoted;
use gostd::value::{Elem, List, Map, STRING_MAP, Str, Value};
use gostd::{path, unicode};
use goyaml::Decoder;
pub use run::{Surroundings, executable, in_path};

/// The file that makes a folder a plugin.
pub const FILE: &str = "plugin.yaml";

/// The file that is run of a WebAssembly plugin.
const WASM: &str = "plugin.wasm";

/// Largest `plugin.yaml` that is read, in bytes.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// What a plugin is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Type {
    /// A command.
    #[default]
    Cli,
    /// Fetches URLs of some schemes.
    Getter,
    /// Rewrites manifests.
    PostRenderer,
    /// Helm's own tests.
    Test,
}

impl Type {
    /// Returns the type's name in a `plugin.yaml`.
    pub fn name(self) -> &'static str {
        match self {
            Type::Cli => "cli/v1",
            Type::Getter => "getter/v1",
            Type::PostRenderer => "postrenderer/v1",
            Type::Test => "test/v1",
        }
    }
}

/// A plugin, Helm's `plugin.Plugin` with what `plugin.yaml` says of it.
#[derive(Clone, Debug, Default)]
pub struct Plugin {
    /// The folder it lies in.
    pub folder: String,
    /// The command that runs it.
    pub name: String,
    /// Its version, unchecked.
    pub version: String,
    /// What it is for; all are commands before Helm 4.
    pub kind: Type,
    /// The version of its `plugin.yaml`, in Helm 4's words: `legacy` or `v1`.
    pub api_version: &'static str,
    /// Where it comes from, as it says itself.
    pub source_url: String,
    /// Whether it is WebAssembly, which is not run here.
    pub is_wasm: bool,
    /// One line for the list of commands; never empty.
    pub usage: String,
    /// What help says.
    pub description: String,
    /// How it is called, where its name alone does not tell.
    pub call: String,
    /// Whether it gets none of its arguments.
    pub ignore_flags: bool,
    /// What else it fetches.
    pub downloaders: Vec<Downloader>,
    command: String,
    platforms: Vec<Platform>,
    hooks: Vec<(String, String)>,
    platform_hooks: Vec<(String, Vec<Platform>)>,
    /// Whether variables in the arguments of hooks are replaced.
    expands_hooks: bool,
    /// The schemes of URLs that it says it fetches, in Helm 4.
    protocols: Vec<String>,
    profile: Profile,
}

/// A program that fetches URLs of some schemes.
#[derive(Clone, Debug, Default)]
pub struct Downloader {
    /// The schemes, e.g. `s3`.
    pub protocols: Vec<String>,
    /// The program below the plugin's folder, and its first arguments, spaces between them.
    pub command: String,
    /// The same, by platform, in Helm 4.
    platforms: Vec<Platform>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Platform {
    os: String,
    arch: String,
    command: String,
    args: Vec<String>,
}

/// The fields of a `plugin.yaml`; the last is there where commands have arguments of their own.
const METADATA: &[&str] = &[
    "name",
    "version",
    "usage",
    "description",
    "platformCommand",
    "command",
    "ignoreFlags",
    "Hooks",
    "downloaders",
    "useTunnel",
    "platformHooks",
];

impl Plugin {
    /// Reads the plugin in a folder, as a Helm release does.
    ///
    /// # Errors
    /// Helm's texts: `failed to load plugin at "FILE": …`, `invalid plugin name at "FILE"`.
    pub fn load(folder: &str, profile: Profile, reporter: &dyn Reporter) -> Result<Plugin, Error> {
        let file = joined(folder, FILE);
        let data = read(&file)?;
        if profile.has(Rule::PluginsOfHelm4) {
            let plugin = newer::parse(&data, profile.semver());
            let mut plugin = plugin
                .map_err(|why| Error::Refused { folder: folder.to_owned(), why: Box::new(why) })?;
            (plugin.folder, plugin.profile) = (folder.to_owned(), profile);
            plugin.name_usage();
            let wasm = joined(folder, WASM);
            return match plugin.is_wasm && !Path::new(&wasm).exists() {
                true => Err(Error::NoWasm(wasm)),
                false => Ok(plugin),
            };
        }
        let mut plugin = match parse(&data, profile) {
            Ok(plugin) => plugin,
            Err(source) => return Err(Error::Broken { file, source }),
        };
        if !is_name(&plugin.name) {
            return Err(Error::Name(file));
        }
        (plugin.folder, plugin.profile) = (folder.to_owned(), profile);
        plugin.usage = in_one_line(&plugin.usage);
        plugin.name_usage();
        plugin.expands_hooks = true;
        let both = [
            (
                "command",
                "platformCommand",
                !plugin.platforms.is_empty() && !plugin.command.is_empty(),
            ),
            (
                "hooks",
                "platformHooks",
                !plugin.platform_hooks.is_empty() && !plugin.hooks.is_empty(),
            ),
        ];
        for (old, new, is_set) in both {
            if is_set && profile.has(Rule::PluginsOfCommands) {
                reporter.notice(Notice::PluginSaysTwice { old, new, file: file.clone() });
            }
        }
        Ok(plugin)
    }

    /// Reads what a plugin of Helm 4 says of itself.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn parse(data: &[u8], profile: Profile) -> Result<Plugin, RefusedError> {
        newer::parse(data, profile.semver())
    }

    /// Returns the command that runs it: the first word of how it is called.
    pub fn command_name(&self) -> &str {
        self.call.split(' ').next().filter(|word| !word.is_empty()).unwrap_or(&self.name)
    }

    fn name_usage(&mut self) {
        if self.usage.is_empty() {
            self.usage = format!("the {} plugin", quoted(&self.name));
        }
    }

    /// Reads the plugins of some folders, which `places` names with colons between them. Helm 4 warns of those that
    /// cannot be read, and goes on.
    ///
    /// # Errors
    /// As [`Plugin::load`], and `two plugins claim the name …`.
    pub fn find_all(
        places: &str,
        profile: Profile,
        reporter: &dyn Reporter,
    ) -> Result<Vec<Plugin>, Error> {
        let separator = if cfg!(windows) { ';' } else { ':' };
        let places = places.split(separator).filter(|_| !places.is_empty());
        let mut found = Vec::new();
        for place in places {
            found.append(&mut Plugin::find_in(place, profile, reporter)?);
        }
        Ok(found)
    }

    /// Reads the plugins of one folder, as [`Plugin::find_all`] does.
    ///
    /// # Errors
    /// Those of [`Plugin::find_all`].
    pub fn find_in(
        place: &str,
        profile: Profile,
        reporter: &dyn Reporter,
    ) -> Result<Vec<Plugin>, Error> {
        let mut here: Vec<Plugin> = Vec::new();
        for folder in folders(place) {
            match Plugin::load(&folder, profile, reporter) {
                Ok(plugin) => here.push(plugin),
                Err(why) if profile.has(Rule::PluginsOfHelm4) => {
                    let file = joined(&folder, FILE);
                    reporter.warn(Warning::PluginIgnored { file, why: why.to_string() });
                }
                Err(why) => return Err(why),
            }
        }
        for (at, plugin) in here.iter().enumerate() {
            if let Some(old) = here.iter().take(at).find(|old| old.name == plugin.name) {
                return Err(Error::Twice {
                    name: plugin.name.clone(),
                    first: old.folder.clone(),
                    second: plugin.folder.clone(),
                });
            }
        }
        Ok(here)
    }
}

/// Returns whether a plugin may have a name.
fn is_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    !name.is_empty() && name.bytes().all(allowed)
}

/// Returns a text with spaces for white space, and without what cannot be printed.
fn in_one_line(text: &str) -> String {
    let spaced = text.chars().map(|c| if unicode::is_space(c) { ' ' } else { c });
    spaced.filter(|c| unicode::is_print(*c)).collect()
}

fn joined(folder: &str, name: &str) -> String {
    String::from_utf8_lossy(&path::join([folder.as_bytes(), name.as_bytes()])).into_owned()
}

fn read(file: &str) -> Result<Vec<u8>, Error> {
    use std::io::Read;
    let fail =
        |op, e| Error::Unreadable { file: file.to_owned(), source: FileError::new(op, file, e) };
    expect_regular(Path::new(file)).map_err(|e| fail("open", e))?;
    let opened = std::fs::File::open(file).map_err(|e| fail("open", e))?;
    let mut data = Vec::new();
    opened.take(MAX_FILE + 1).read_to_end(&mut data).map_err(|e| fail("read", e))?;
    if data.len() as u64 > MAX_FILE {
        return Err(Error::Large { file: file.to_owned(), limit: MAX_FILE });
    }
    Ok(data)
}

/// Returns the folders below a place that hold a `plugin.yaml`, by name.
fn folders(place: &str) -> Vec<String> {
    let at = if place.is_empty() { Path::new(".") } else { Path::new(place) };
    let Ok(entries) = std::fs::read_dir(at) else { return Vec::new() };
    let mut names: Vec<PathBuf> = entries
        .flatten()
        .filter(|e| e.path().join(FILE).symlink_metadata().is_ok())
        .map(|e| PathBuf::from(e.file_name()))
        .collect();
    names.sort_unstable();
    names.iter().map(|name| joined(place, &name.to_string_lossy())).collect()
}

fn parse(data: &[u8], profile: Profile) -> Result<Plugin, MetadataError> {
    let tree = goyaml::decode_strict(data).map_err(MetadataError::Yaml)?;
    let mut plugin = Plugin::default();
    let mut hooks = Map::nil(&STRING_MAP);
    let mut d = Decoder::default();
    d.strict = true;
    let has_args = profile.has(Rule::PluginsOfCommands);
    let known = METADATA.get(..METADATA.len() - usize::from(!has_args)).unwrap_or_default();
    if d.top(&tree, "plugin.Metadata") {
        d.fields(&tree, "Metadata", known, |d, name, v| match name {
            "name" => text(d, v, &mut plugin.name),
            "version" => text(d, v, &mut plugin.version),
            "usage" => text(d, v, &mut plugin.usage),
            "description" => text(d, v, &mut plugin.description),
            "command" => text(d, v, &mut plugin.command),
            "ignoreFlags" => d.boolean(v, &mut plugin.ignore_flags),
            "platformCommand" => platforms(d, v, &mut plugin.platforms, has_args),
            "platformHooks" => platform_hooks(d, v, &mut plugin.platform_hooks),
            "downloaders" => downloaders(d, v, &mut plugin.downloaders),
            "Hooks" => match v {
                Value::Map(_) | Value::Nil | Value::Invalid => d.annotations(v, &mut hooks),
                other => d.wrong(other, "plugin.Hooks"),
            },
            _ => d.boolean(v, &mut false),
        });
    }
    d.finish().map_err(MetadataError::Shape)?;
    let text = |s: &Str| s.to_string_lossy().into_owned();
    let pairs = hooks.entries().into_iter();
    plugin.hooks =
        pairs.filter_map(|(name, hook)| Some((text(&name), text(hook.as_str()?)))).collect();
    Ok(plugin)
}

fn text(d: &mut Decoder, v: &Value, into: &mut String) {
    let mut read = Str::from(into.as_str());
    d.text(v, &mut read);
    *into = read.to_string_lossy().into_owned();
}

/// A list of structs, which Go names without a star.
fn list<T: Default>(
    d: &mut Decoder,
    v: &Value,
    into: &mut Vec<T>,
    of: &'static str,
    read: impl FnMut(&mut Decoder, &mut T, &Value),
) {
    if !matches!(v, Value::List(_) | Value::Nil | Value::Invalid) {
        return d.wrong(v, &format!("[]{of}"));
    }
    let mut items = Some(std::mem::take(into));
    d.structs(v, &mut items, of, read);
    *into = items.unwrap_or_default();
}

fn platforms(d: &mut Decoder, v: &Value, into: &mut Vec<Platform>, has_args: bool) {
    let known = &["os", "arch", "command", "args"][..if has_args { 4 } else { 3 }];
    list(d, v, into, "plugin.PlatformCommand", |d, platform: &mut Platform, v| {
        d.fields(v, "PlatformCommand", known, |d, name, v| match name {
            "os" => text(d, v, &mut platform.os),
            "arch" => text(d, v, &mut platform.arch),
            "args" => platform.args = texts(d, v),
            _ => text(d, v, &mut platform.command),
        });
    });
}

fn platform_hooks(d: &mut Decoder, v: &Value, into: &mut Vec<(String, Vec<Platform>)>) {
    match v {
        Value::Map(hooks) => {
            for (name, v) in hooks.entries() {
                let mut commands = Vec::new();
                platforms(d, &v, &mut commands, true);
                into.push((name.to_string_lossy().into_owned(), commands));
            }
        }
        Value::Nil | Value::Invalid => {}
        other => d.wrong(other, "plugin.PlatformHooks"),
    }
}

fn texts(d: &mut Decoder, v: &Value) -> Vec<String> {
    let mut names = List::nil(Elem::String);
    d.texts(v, &mut names);
    let names = names.iter().filter_map(Value::as_str);
    names.map(|n| n.to_string_lossy().into_owned()).collect()
}

fn downloaders(d: &mut Decoder, v: &Value, into: &mut Vec<Downloader>) {
    list(d, v, into, "plugin.Downloaders", |d, downloader: &mut Downloader, v| {
        d.fields(v, "Downloaders", &["protocols", "command"], |d, name, v| match name {
            "command" => text(d, v, &mut downloader.command),
            _ => downloader.protocols = texts(d, v),
        });
    });
}

#[cfg(test)]
mod tests {
    use super::{Plugin, Profile};

    fn parse(data: &[u8]) -> Result<Plugin, super::MetadataError> {
        super::parse(data, Profile::DEFAULT)
    }

    #[test]
    fn what_is_wrong_with_the_file_is_said_in_gos_words() {
        for (yaml, want) in [
            ("name: a\ncolour: red\n", "unknown field \"colour\""),
            (
                "name: [a]\n",
                "cannot unmarshal array into Go struct field Metadata.name of type string",
            ),
            ("platformCommand: x\n", "Metadata.platformCommand of type []plugin.PlatformCommand"),
            (
                "downloaders: [{protocols: a}]\n",
                "Downloaders.downloaders.protocols of type []string",
            ),
            ("hooks: []\n", "Metadata.Hooks of type plugin.Hooks"),
            ("name: a\nname: b\n", "already set in map"),
        ] {
            let got = parse(yaml.as_bytes()).unwrap_err().to_string();
            assert!(got.contains(want), "{got}");
        }
    }

    #[test]
    fn a_file_without_anything_has_no_name() {
        for yaml in ["", "# nothing\n", "null\n", "{}"] {
            assert_eq!(parse(yaml.as_bytes()).unwrap().name, "");
        }
    }
}
