//! `.statefulchart.yaml`: defaults for flags, by command.
//!
//! `serde_yaml` is archived and reads YAML 1.2. It reads this file, which is ours and typed, and nothing
//! else: charts, values and manifests are YAML as Go reads it, and go through `goyaml`.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use gostd::os::io_reason;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};

use super::flags::{Flag, Given, Kind, known};
use super::help::{self, Node};
use super::{Failure, global_flags};

/// The name of a file that is looked for.
const NAME: &str = ".statefulchart.yaml";

/// The most bytes that a file may have.
const MAX_SIZE: u64 = 1 << 20;

/// Flags whose value is a file to read, or a folder of such: relative to the configuration file.
const PATHS: &[&str] = &[
    "base-values",
    "baseline",
    "ca-file",
    "cert-file",
    "key-file",
    "keyring",
    "merge",
    "passphrase-file",
    "registry-config",
    "repository-cache",
    "repository-config",
    "values",
];

/// Flags that a file may set although it was found, not named by `--config`. It may have come with a stranger's
/// chart, and whoever renders that has asked for no program to be run, no host to be asked, and no file of
/// theirs to be read: of the flags that change something, all others are refused.
const FOUND: &[&str] = &[
    "allow-deprecated-repos",
    "api-versions",
    "app-version",
    "base-values",
    "baseline",
    "debug",
    "description",
    "destination",
    "devel",
    "disable",
    "disable-openapi-validation",
    "dry-run",
    "explain",
    "fail-on-no-result",
    "fail-on-repo-update-fail",
    "fail-under",
    "generate-name",
    "hide-notes",
    "hide-secret",
    "include-crds",
    "install",
    "is-upgrade",
    "json",
    "jsonpath",
    "keep-going",
    "kind",
    "kube-version",
    "labels",
    "list-repo-url",
    "max-col-width",
    "name-template",
    "namespace",
    "no-descriptions",
    "no-hooks",
    "only",
    "output",
    "output-dir",
    "prov",
    "quiet",
    "regexp",
    "release-name",
    "render-subchart-notes",
    "set",
    "set-json",
    "set-literal",
    "set-string",
    "severity",
    "short",
    "show-only",
    "skip-crds",
    "skip-defaults",
    "skip-refresh",
    "skip-schema-validation",
    "skip-tests",
    "strict",
    "untar",
    "untardir",
    "values",
    "verify",
    "version",
    "versions",
    "with-subcharts",
];

/// Flags whose value is a folder to write: in a file that was found, one below the working folder.
const WRITTEN: &[&str] = &["destination", "output-dir", "untardir"];

/// Adds a configuration file's defaults to what was given on the command line of a command.
///
/// # Errors
/// What is wrong with the file: it is checked as a whole, other commands' defaults included.
pub(super) fn apply(node: Node, given: &mut Given) -> Result<(), Failure> {
    if help::is_helm() || given.no_config {
        return Ok(());
    }
    let named = given.config.clone().map(PathBuf::from);
    let is_named = named.is_some();
    let Some(path) = named.map_or_else(find, |path| Ok(Some(path)))? else { return Ok(()) };
    // A file in the working folder needs no folder before its paths.
    let here = std::env::current_dir().ok();
    let folder = path.parent().filter(|folder| Some(*folder) != here.as_deref());
    let shown = match folder {
        Some(_) => path.to_string_lossy(),
        None => Path::new(path.file_name().unwrap_or_default()).to_string_lossy(),
    };
    let fail = |why: &str| Failure::from(format!("{shown}{why}"));
    let data = contents(&path).map_err(|why| fail(&format!(": {why}")))?;
    let mut reader = Reader {
        wanted: path_of(node),
        folder: folder.unwrap_or(Path::new("")),
        is_named,
        before: given.flags.clone(),
        given,
    };
    let section = Section { reader: &mut reader, node: Node::Root };
    match section.deserialize(serde_yaml::Deserializer::from_slice(&data)) {
        Ok(()) => Ok(()),
        // Nothing but comments.
        Err(_) if is_blank(&data) => Ok(()),
        Err(e) => Err(fail(&placed(&e))),
    }
}

/// Finds the file in the working folder, or in the nearest one above that has one.
fn find() -> Result<Option<PathBuf>, Failure> {
    let Ok(here) = std::env::current_dir() else { return Ok(None) };
    for folder in here.ancestors() {
        let path = folder.join(NAME);
        let Ok(metadata) = path.metadata() else { continue };
        let fail = |why: &str| Err(Failure::from(format!("{}: {why}", path.display())));
        if !metadata.is_file() {
            return fail("not a file");
        }
        if !is_trusted(&path, &here) {
            return fail(
                "it belongs to another user: name it with --config to read it, or pass --no-config",
            );
        }
        return Ok(Some(path));
    }
    Ok(None)
}

/// Tells whether a file is of somebody who decides here anyway: this user, root, or the owner of the working
/// folder. In a folder that all can write to, anybody can leave a file.
fn is_trusted(path: &Path, here: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let owner = |m: std::io::Result<std::fs::Metadata>| m.map(|m| m.uid()).ok();
    let trusted = [Some(rustix::process::geteuid().as_raw()), Some(0), owner(here.metadata())];
    [path.metadata(), path.symlink_metadata()].map(owner).iter().all(|uid| trusted.contains(uid))
}

fn contents(path: &Path) -> Result<Vec<u8>, String> {
    let mut data = Vec::new();
    let file = std::fs::File::open(path).map_err(|e| io_reason(&e))?;
    file.take(MAX_SIZE + 1).read_to_end(&mut data).map_err(|e| io_reason(&e))?;
    if data.len() as u64 > MAX_SIZE {
        return Err(format!("larger than {MAX_SIZE} bytes"));
    }
    Ok(data)
}

fn is_blank(data: &[u8]) -> bool {
    let mut lines = data.split(|c| *c == b'\n').map(<[u8]>::trim_ascii);
    lines.all(|line| line.is_empty() || line.starts_with(b"#"))
}

/// Writes what follows the file's name in an error: `:LINE:COLUMN: WHY`.
fn placed(e: &serde_yaml::Error) -> String {
    let text = e.to_string();
    let Some(place) = e.location() else { return format!(": {text}") };
    let (line, column) = (place.line(), place.column());
    let behind = format!(" at line {line} column {column}");
    format!(":{line}:{column}: {}", text.strip_suffix(&behind).unwrap_or(&text))
}

/// Returns the names that lead to a command.
fn path_of(node: Node) -> [&'static str; 2] {
    match node {
        Node::Root => ["", ""],
        Node::Group(group) => [group.name, ""],
        Node::Command(command, above) => [above, command.name],
    }
}

/// Where what is read goes.
struct Reader<'a> {
    /// The names of the command that runs.
    wanted: [&'static str; 2],
    folder: &'a Path,
    is_named: bool,
    /// The flags of the command line, which win.
    before: Vec<&'static str>,
    given: &'a mut Given,
}

impl Reader<'_> {
    /// Takes a value as the command line would.
    fn take(&mut self, node: Node, flag: &'static Flag, value: &str) -> Result<(), String> {
        if !self.is_named && !is_below(Path::new(value)) {
            let leads = |where_to: &str| {
                let name = flag.name;
                Err(format!(
                    "{name} leads out of {where_to}; only a file named by --config can do that"
                ))
            };
            if WRITTEN.contains(&flag.name) {
                return leads("the working folder");
            }
            if matches!(flag.name, "values" | "base-values" | "baseline") && value != "-" {
                return leads("the file's folder");
            }
        }
        let value = match flag.name {
            "set-file" => self.paths_set(value),
            // Patterns of `coverage`, which are looked for in the chart.
            "values" if flag.kind == Kind::Array => value.to_owned(),
            name if PATHS.contains(&name) => self.path(value),
            "post-renderer" if value.contains('/') => self.path(value),
            _ => value.to_owned(),
        };
        let value = match flag.kind {
            Kind::Slice => csv(&value),
            Kind::Map if value.matches('=').count() > 1 => csv(&value),
            _ => value,
        };
        if path_of(node) == self.wanted && !self.before.contains(&flag.name) {
            self.given.keep(flag, value)
        } else if flag.kind == Kind::PostRenderer {
            // It need not be there as long as it is not used.
            Ok(())
        } else {
            Given::default().keep(flag, value)
        }
    }

    /// Returns a path as it is seen from the working folder.
    fn path(&self, path: &str) -> String {
        match is_elsewhere(path) || self.folder.as_os_str().is_empty() {
            true => path.to_owned(),
            false => self.folder.join(path).to_string_lossy().into_owned(),
        }
    }

    /// Returns `key=path,key={path,path}` with the paths as they are seen from the working folder.
    fn paths_set(&self, text: &str) -> String {
        if self.folder.as_os_str().is_empty() {
            return text.to_owned();
        }
        let mut folder = format!("{}/", self.folder.display());
        for special in ["\\", ",", "}"] {
            folder = folder.replace(special, &format!("\\{special}"));
        }
        let mut out = String::new();
        let (mut is_key, mut is_list) = (true, false);
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            out.push(c);
            let after = chars.as_str();
            let starts = match c {
                '\\' => {
                    out.extend(chars.next());
                    false
                }
                '=' if is_key => {
                    is_key = false;
                    is_list = after.starts_with('{');
                    !is_list
                }
                '{' | ',' if is_list => true,
                '}' if is_list => {
                    is_list = false;
                    false
                }
                ',' => {
                    is_key = true;
                    false
                }
                _ => false,
            };
            let path = after.split(',').next().unwrap_or_default();
            if starts && !path.starts_with('/') && !is_elsewhere(path) {
                out.push_str(&folder);
            }
        }
        out
    }
}

/// Tells whether a text in the place of a path is no path: nothing, standard input or a URL.
fn is_elsewhere(path: &str) -> bool {
    path.is_empty() || path == "-" || path.contains("://")
}

/// Tells whether a path stays below the folder that it starts from.
fn is_below(path: &Path) -> bool {
    use std::path::Component::{CurDir, Normal};
    path.components().all(|part| matches!(part, Normal(_) | CurDir))
}

/// Writes a field of CSV, in quotes where it needs them.
fn csv(text: &str) -> String {
    if !text.is_empty() && !text.contains([',', '"', '\n', '\r']) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Says that a name is unknown, and which is near.
fn unknown(what: &str, name: &str, near: Option<&str>) -> String {
    let near = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
    format!("unknown {what} {name:?}{near}")
}

/// The part of the file about a command, or about those below a group.
struct Section<'r, 'a> {
    reader: &'r mut Reader<'a>,
    node: Node,
}

impl Section<'_, '_> {
    /// Returns the place in the tree of commands that a name leads to.
    fn child(&self, name: &str) -> Result<Node, String> {
        let found = self.node.child(name);
        match found.map(path_of) {
            Some(names) if names.contains(&name) => found.ok_or_else(String::new),
            // Each command has one section, which has the command's own name.
            Some([above, below]) => {
                let own = if below.is_empty() { above } else { below };
                Err(unknown("command", name, Some(own)))
            }
            None => {
                let all = self.node.commands();
                let near = help::nearest(name, all.iter().map(|node| node.name()));
                Err(unknown("command", name, near))
            }
        }
    }

    /// Returns the flag of this command that has a name.
    fn flag(&self, name: &str) -> Result<&'static Flag, String> {
        let own = self.node.flags().into_iter().filter(|f| f.name != "help");
        // Those that are heeded before the file is read cannot stand in it.
        let before = [known::CONFIG.name, known::HELM.name, known::NO_CONFIG.name];
        let global = global_flags().filter(|f| !before.contains(&f.name));
        let all: Vec<&'static Flag> = own.chain(global).filter(|f| f.name != "help").collect();
        let Some(flag) = all.iter().find(|f| f.name == name) else {
            let near = help::nearest(name, all.iter().map(|f| f.name));
            return Err(unknown("flag", name, near));
        };
        if !FOUND.contains(&name) && !flag.changes_nothing() && !self.reader.is_named {
            return Err(format!("only a file named by --config can set {name}"));
        }
        Ok(flag)
    }
}

/// Notes a name, which must be new.
fn once(seen: &mut Vec<String>, name: &str) -> Result<(), String> {
    if seen.iter().any(|s| s == name) {
        return Err(format!("{name:?} stands here twice"));
    }
    seen.push(name.to_owned());
    Ok(())
}

impl<'de> DeserializeSeed<'de> for Section<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Section<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.node {
            Node::Command(..) => "flags with their values",
            _ => "commands with their flags",
        })
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = Vec::new();
        let node = self.node;
        if let Node::Command(..) = node {
            while let Some(flag) = map.next_key_seed(Name(|name: &str| {
                once(&mut seen, name)?;
                self.flag(name)
            }))? {
                map.next_value_seed(Setting {
                    reader: self.reader,
                    node,
                    flag,
                    part: Part::Whole,
                })?;
            }
        } else {
            while let Some(node) = map.next_key_seed(Name(|name: &str| {
                once(&mut seen, name)?;
                self.child(name)
            }))? {
                map.next_value_seed(Section { reader: self.reader, node })?;
            }
        }
        Ok(())
    }
}

/// A key, which a function looks up while the reader knows its place.
struct Name<F>(F);

impl<'de, T, F: FnOnce(&str) -> Result<T, String>> DeserializeSeed<'de> for Name<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        from.deserialize_str(self)
    }
}

impl<T, F: FnOnce(&str) -> Result<T, String>> Visitor<'_> for Name<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<T, E> {
        (self.0)(name).map_err(E::custom)
    }
}

/// What a value stands in.
#[derive(Clone, Copy)]
enum Part<'n> {
    /// It is the flag's.
    Whole,
    /// A list.
    Item,
    /// A map, under this name.
    Member(&'n str),
}

/// The value of a flag.
struct Setting<'r, 'a, 'n> {
    reader: &'r mut Reader<'a>,
    node: Node,
    flag: &'static Flag,
    part: Part<'n>,
}

impl Setting<'_, '_, '_> {
    fn take<E: Error>(self, value: &str) -> Result<(), E> {
        let value = match self.part {
            Part::Member(name) => &format!("{name}={value}"),
            _ => value,
        };
        self.reader.take(self.node, self.flag, value).map_err(E::custom)
    }

    fn takes_texts(&self) -> bool {
        matches!(self.flag.kind, Kind::Array | Kind::Slice | Kind::PostRendererArgs)
    }
}

impl<'de> DeserializeSeed<'de> for Setting<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Setting<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.flag.kind, self.part) {
            (Kind::Bool, _) => "true or false",
            (Kind::Int, _) => "a whole number",
            (Kind::Uint, _) => "a whole number that is not negative",
            (Kind::Float, _) => "a number",
            (Kind::Size, _) => "a size such as 512Mi",
            (Kind::Map, Part::Whole) => "names with a text each",
            (Kind::OptionalString(_), _) => "a text, true or false",
            _ if self.takes_texts() && matches!(self.part, Part::Whole) => {
                "a text or a list of texts"
            }
            _ => "a text (quotes make one of a number)",
        })
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        match self.flag.kind {
            Kind::Bool | Kind::OptionalString(_) => self.take(&value.to_string()),
            _ => Err(E::invalid_type(Unexpected::Bool(value), &self)),
        }
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match self.flag.kind {
            Kind::Int | Kind::Uint | Kind::Float | Kind::Size => self.take(&value.to_string()),
            // The one duration that needs no unit.
            Kind::Duration if value == 0 => self.take("0"),
            _ => Err(E::invalid_type(Unexpected::Unsigned(value), &self)),
        }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        match self.flag.kind {
            Kind::Int | Kind::Float => self.take(&value.to_string()),
            _ => Err(E::invalid_type(Unexpected::Signed(value), &self)),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        match self.flag.kind {
            Kind::Float => self.take(&value.to_string()),
            _ => Err(E::invalid_type(Unexpected::Float(value), &self)),
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        match (self.flag.kind, self.part) {
            (Kind::Bool | Kind::Int | Kind::Uint | Kind::Float, _) | (Kind::Map, Part::Whole) => {
                Err(E::invalid_type(Unexpected::Str(value), &self))
            }
            _ => self.take(value),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Part::Whole = self.part else {
            return Err(A::Error::invalid_type(Unexpected::Seq, &self));
        };
        if !self.takes_texts() {
            return Err(A::Error::invalid_type(Unexpected::Seq, &self));
        }
        let Setting { reader, node, flag, .. } = self;
        while items.next_element_seed(Setting { reader, node, flag, part: Part::Item })?.is_some() {
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (Kind::Map, Part::Whole) = (self.flag.kind, self.part) else {
            return Err(A::Error::invalid_type(Unexpected::Map, &self));
        };
        let Setting { reader, node, flag, .. } = self;
        let mut seen = Vec::new();
        while let Some(name) = map.next_key_seed(Name(|name: &str| {
            once(&mut seen, name)?;
            Ok(name.to_owned())
        }))? {
            map.next_value_seed(Setting { reader, node, flag, part: Part::Member(&name) })?;
        }
        Ok(())
    }
}
