//! Finds Helm's plugins: folders with a `plugin.yaml` that names a program.

mod command;
mod error;
mod run;

use std::path::{Path, PathBuf};

use crate::store::FileError;
pub use command::{Prepared, expand};
pub use error::{Error, MetadataError};
use gostd::os::expect_regular;
use gostd::strconv::quoted;
use gostd::value::{Elem, List, Map, STRING_MAP, Str, Value};
use gostd::{path, unicode};
use goyaml::Decoder;
pub use run::Surroundings;

/// The file that makes a folder a plugin.
pub const FILE: &str = "plugin.yaml";

/// Largest `plugin.yaml` that is read, in bytes.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// A plugin, Helm's `plugin.Plugin` with what `plugin.yaml` says of it.
#[derive(Clone, Debug, Default)]
pub struct Plugin {
    /// The folder it lies in.
    pub folder: String,
    /// The command that runs it.
    pub name: String,
    /// Its version, unchecked.
    pub version: String,
    /// One line for the list of commands; never empty.
    pub usage: String,
    /// What help says.
    pub description: String,
    /// Whether it gets none of its arguments.
    pub ignore_flags: bool,
    /// What else it fetches.
    pub downloaders: Vec<Downloader>,
    command: String,
    platforms: Vec<Platform>,
    hooks: Vec<(String, String)>,
}

/// A program that fetches URLs of some schemes.
#[derive(Clone, Debug, Default)]
pub struct Downloader {
    /// The schemes, e.g. `s3`.
    pub protocols: Vec<String>,
    /// The program below the plugin's folder, and its first arguments, spaces between them.
    pub command: String,
}

#[derive(Clone, Debug, Default)]
struct Platform {
    os: String,
    arch: String,
    command: String,
}

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
];

impl Plugin {
    /// Reads the plugin in a folder.
    ///
    /// # Errors
    /// Helm's texts: `failed to load plugin at "FILE": …`, `invalid plugin name at "FILE"`.
    pub fn load(folder: &str) -> Result<Plugin, Error> {
        let file = joined(folder, FILE);
        let data = read(&file)?;
        let mut plugin = match parse(&data) {
            Ok(plugin) => plugin,
            Err(source) => return Err(Error::Broken { file, source }),
        };
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if plugin.name.is_empty() || !plugin.name.bytes().all(allowed) {
            return Err(Error::Name(file));
        }
        plugin.folder = folder.to_owned();
        plugin.usage = plugin
            .usage
            .chars()
            .map(|c| if unicode::is_space(c) { ' ' } else { c })
            .filter(|c| unicode::is_print(*c))
            .collect();
        if plugin.usage.is_empty() {
            plugin.usage = format!("the {} plugin", quoted(&plugin.name));
        }
        Ok(plugin)
    }

    /// Reads the plugins of some folders, which `places` names with colons between them.
    ///
    /// # Errors
    /// As [`Plugin::load`], and `two plugins claim the name …`.
    pub fn find_all(places: &str) -> Result<Vec<Plugin>, Error> {
        let mut found: Vec<Plugin> = Vec::new();
        let separator = if cfg!(windows) { ';' } else { ':' };
        for place in places.split(separator).filter(|_| !places.is_empty()) {
            let start = found.len();
            for folder in folders(place) {
                found.push(Plugin::load(&folder)?);
            }
            let here = found.get(start..).unwrap_or_default();
            for (at, plugin) in here.iter().enumerate() {
                if let Some(old) = here.iter().take(at).find(|old| old.name == plugin.name) {
                    return Err(Error::Twice {
                        name: plugin.name.clone(),
                        first: old.folder.clone(),
                        second: plugin.folder.clone(),
                    });
                }
            }
        }
        Ok(found)
    }

    /// Returns what the shell runs at an event: `install`, `update` or `delete`.
    pub fn hook(&self, event: &str) -> Option<String> {
        let (_, hook) = self.hooks.iter().find(|(name, _)| name == event)?;
        Some(hook.clone()).filter(|h| !h.is_empty())
    }
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

fn parse(data: &[u8]) -> Result<Plugin, MetadataError> {
    let tree = goyaml::decode_strict(data).map_err(MetadataError::Yaml)?;
    let mut plugin = Plugin::default();
    let mut hooks = Map::nil(&STRING_MAP);
    let mut d = Decoder::default();
    d.strict = true;
    if d.top(&tree, "plugin.Metadata") {
        d.fields(&tree, "Metadata", METADATA, |d, name, v| match name {
            "name" => text(d, v, &mut plugin.name),
            "version" => text(d, v, &mut plugin.version),
            "usage" => text(d, v, &mut plugin.usage),
            "description" => text(d, v, &mut plugin.description),
            "command" => text(d, v, &mut plugin.command),
            "ignoreFlags" => d.boolean(v, &mut plugin.ignore_flags),
            "platformCommand" => platforms(d, v, &mut plugin.platforms),
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

fn platforms(d: &mut Decoder, v: &Value, into: &mut Vec<Platform>) {
    list(d, v, into, "plugin.PlatformCommand", |d, platform: &mut Platform, v| {
        d.fields(v, "PlatformCommand", &["os", "arch", "command"], |d, name, v| match name {
            "os" => text(d, v, &mut platform.os),
            "arch" => text(d, v, &mut platform.arch),
            _ => text(d, v, &mut platform.command),
        });
    });
}

fn downloaders(d: &mut Decoder, v: &Value, into: &mut Vec<Downloader>) {
    list(d, v, into, "plugin.Downloaders", |d, downloader: &mut Downloader, v| {
        d.fields(v, "Downloaders", &["protocols", "command"], |d, name, v| match name {
            "command" => text(d, v, &mut downloader.command),
            _ => {
                let mut names = List::nil(Elem::String);
                d.texts(v, &mut names);
                let names = names.iter().filter_map(Value::as_str);
                downloader.protocols = names.map(|n| n.to_string_lossy().into_owned()).collect();
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::parse;

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
