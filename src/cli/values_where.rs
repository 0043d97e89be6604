//! Implements `statefulchart values where`: which file, flag or chart sets a value, and what that overrides.

use std::path::Path;

use gostd::json;
use gostd::os::{path_of, text_of};
use gostd::value::Value;
use serde::Serialize;
use statefulchart::action;
use statefulchart::chart::Chart;
use statefulchart::provenance::Spot;
use statefulchart::report::Silent;
use statefulchart::values::origins::{
    Answer, Hop, Key, Origins, Setting, Source, Way, parse_path, path_text,
};
use unicode_width::UnicodeWidthStr;

use super::flags::{Flag, Format, Given, known, quoted};
use super::values_check::{self, examine};
use super::{Args, Command, Failure, Group, help, output, profile, show, table, values};

pub(super) const GROUP: Group = Group {
    name: "values",
    names: &["values"],
    about: "find where values come from, and which nothing reads",
    commands: &[values_check::CHECK, values_check::UNUSED, values_check::UPGRADE, WHERE],
    rules: &[],
    aliases: &[],
};

const FLAGS: &[Flag] = &[known::OUTPUT
    .about("prints the output in the specified format: table, json or yaml")
    .or("table")];

const WHERE: Command = Command {
    name: "where",
    usage: "values where CHART [KEY]",
    about: "say where a value is set, and what that overrides",
    long: "Print each place that sets a value, the one in force first: flags of the --set family, -f files, the\nvalues.yaml of the chart and of the charts that it holds. What comes by `global` or import-values is followed\nto where it is written. Then the places of the templates that read it, with these values.\n\nKEY is a path as --set takes it (image.tag, args[0], nodeSelector.kubernetes\\.io/os) in the values of the\nwhole chart: those of a chart that it holds stand below its name. Of a map all that is below is listed, and\nwithout KEY everything.\n\nThe exit status is 1 where nothing sets the value.",
    flags: &[FLAGS, show::FLAGS, values::FLAGS],
    args: Args::AtLeast(1),
    run,
};

/// How deep values are listed.
const DEPTH: usize = 100;
/// How much of a value is shown, in characters.
const SHOWN: usize = 120;

fn run(given: &Given) -> Result<(), Failure> {
    let (reference, key) = match &given.args[..] {
        [reference] => (reference, None),
        [reference, key] => (reference, Some(key)),
        _ => return Err("a chart and one key are taken, not more".into()),
    };
    let parsed = key.map(|key| {
        parse_path(key).map_err(|e| Failure::from(format!("{} is no key: {e}", quoted(key))))
    });
    let wanted = parsed.transpose()?.unwrap_or_default();
    let (examined, made) = examine(given, reference)?;
    let origins = &examined.origins;
    let mut paths = Vec::new();
    gather(origins, &wanted, &mut paths);
    let answers = origins.answers(&paths);
    let mut found: Vec<(Vec<Key>, Answer)> = paths.into_iter().zip(answers).collect();
    found.retain(|(_, answer)| answer.all().next().is_some());
    if found.is_empty() {
        let near = boolean(origins, &wanted)
            .or_else(|| near(origins, &wanted).map(|near| format!("\nDid you mean {near}?")));
        let failure = match wanted.is_empty() {
            true => Failure::from("nothing sets any values"),
            false => Failure::from(format!("nothing sets {}", path_text(&wanted))),
        };
        return Err(failure.hinting(near.unwrap_or_default()));
    }
    let shown = examined.shown();
    let readers = match wanted.is_empty() {
        true => Vec::new(),
        false => made.map_or(Vec::new(), |made| examined.readers(&made.provenance, &wanted)),
    };
    match given.output {
        Format::Table => {
            let mut text = shown.text(&found);
            for reader in &readers {
                text.push_str(&format!("read at {reader}\n"));
            }
            output::stdout(text.as_bytes())
        }
        Format::Json | Format::Yaml => shown.data(given.output, origins, &found, readers),
    }
}

/// Returns the keys that begin as what was typed, of the chart that the arguments name, and whether there is more below
/// one of them.
pub(super) fn keys(given: &Given, typed: &str) -> (Vec<String>, bool) {
    let chart =
        given.args.first().map(|name| action::open(&path_of(name), profile::current(), &Silent));
    let Some(Ok(chart)) = chart else { return (Vec::new(), false) };
    let Ok(origins) = values::origins(given, &chart) else { return (Vec::new(), false) };
    // What stands before the last dot is a path, unless the dot belongs to a key.
    let mut ends =
        typed.match_indices('.').map(|(at, _)| at).filter(|at| !typed[..*at].ends_with('\\'));
    let above = ends.next_back().map(|end| parse_path(&typed[..end]));
    let Ok(above) = above.transpose() else { return (Vec::new(), false) };
    let above = above.unwrap_or_default();
    let below = |key: Key| [&above[..], &[key]].concat();
    let members = origins.members(&above).into_iter().map(below);
    let members = members.filter(|path| path_text(path).starts_with(typed));
    let (mut found, mut is_open) = (Vec::new(), false);
    for path in members {
        is_open |= !origins.members(&path).is_empty();
        found.push(path_text(&path));
    }
    (found, is_open)
}

/// Gathers the paths of what is below a path: scalars, and lists that one layer sets.
fn gather(origins: &Origins, path: &[Key], into: &mut Vec<Vec<Key>>) {
    let members = origins.members(path);
    let is_list = matches!(members.first(), Some(Key::Index(_)));
    if members.is_empty() || path.len() >= DEPTH || is_list && is_of_one(origins, path) {
        into.push(path.to_vec());
        return;
    }
    for member in members {
        gather(origins, &[path, &[member]].concat(), into);
    }
}

/// Tells whether one layer sets all of a list.
fn is_of_one(origins: &Origins, list: &[Key]) -> bool {
    let Some(layer) = origins.setting(list).map(|setting| setting.layer) else { return false };
    let mut open = vec![list.to_vec()];
    while let Some(path) = open.pop() {
        let members = origins.members(&path);
        let is_other = |setting: Setting| setting.layer != layer && !setting.value.is_nil();
        if members.is_empty() && origins.setting(&path).is_some_and(is_other) {
            return false;
        }
        open.extend(members.into_iter().map(|member| [&path[..], &[member]].concat()));
    }
    true
}

/// Returns where a path leaves what is known, and the key there.
fn first_unknown<'p>(origins: &Origins, path: &'p [Key]) -> Option<(usize, &'p Key)> {
    path.iter().enumerate().find(|(at, key)| !origins.members(&path[..*at]).contains(key))
}

/// Returns what to say of a key that YAML reads as a boolean.
fn boolean(origins: &Origins, path: &[Key]) -> Option<String> {
    let (at, Key::Name(name)) = first_unknown(origins, path)? else { return None };
    let read = match &name.to_ascii_lowercase()[..] {
        b"y" | b"yes" | b"on" => "true",
        b"n" | b"no" | b"off" => "false",
        _ => return None,
    };
    let meant = [&path[..at], &[Key::from(read)], &path[at + 1..]].concat();
    let is_there = origins.value(&meant).is_some();
    is_there
        .then(|| format!("\nYAML reads the key {name} as {read}: ask for {}", path_text(&meant)))
}

/// Returns the path that may have been meant by one that nothing sets.
fn near(origins: &Origins, path: &[Key]) -> Option<String> {
    let name = |key: &Key| match key {
        Key::Name(name) => Some(name.to_string()),
        Key::Index(_) => None,
    };
    let (at, typed) = first_unknown(origins, path)?;
    let names: Vec<String> = origins.members(&path[..at]).iter().filter_map(name).collect();
    let typed = name(typed)?;
    if let Some(near) = help::nearest(&typed, names.iter().map(String::as_str)) {
        let near = [&path[..at], &[Key::from(near)]].concat();
        let whole = [&near[..], &path[at + 1..]].concat();
        return Some(path_text(if origins.value(&whole).is_some() { &whole } else { &near }));
    }
    // The same names elsewhere, the last ones first.
    let common = |other: &[Key]| {
        path.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count()
    };
    let leaves = origins.leaves();
    let paths = leaves.iter().flat_map(|leaf| &leaf.in_force).rev();
    let found = paths.max_by_key(|other| common(other)).filter(|other| common(other) > 0)?;
    Some(path_text(found))
}

/// What becomes of a setting.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    InForce,
    Overridden,
    /// A null that removes the value, or what stands in the place of what holds it.
    Removes,
    Removed,
}

impl State {
    /// Its name in data.
    fn name(self) -> &'static str {
        match self {
            State::InForce => "in_force",
            State::Overridden => "overridden",
            State::Removes => "removes",
            State::Removed => "removed",
        }
    }

    /// What is said of a setting; nothing of the one that counts.
    fn words(self, value: &Value) -> Option<&'static str> {
        match self {
            State::InForce => None,
            State::Removes if value.is_nil() => Some("removes the key"),
            State::Removes => Some("takes the place"),
            State::Overridden | State::Removed => Some(self.name()),
        }
    }
}

/// Returns the settings of an answer, the strongest first, and what becomes of each.
pub(super) fn states(answer: &Answer) -> impl Iterator<Item = (State, &Setting)> {
    let rest = if answer.removed_by.is_some() { State::Removed } else { State::Overridden };
    let in_force = answer.in_force.iter().map(|setting| (State::InForce, setting));
    let removes = answer.removed_by.iter().map(|setting| (State::Removes, setting));
    in_force.chain(removes).chain(answer.overridden.iter().map(move |setting| (rest, setting)))
}

pub(super) fn json_of(value: &Value) -> String {
    let text = json::marshal(value, false).unwrap_or_default();
    String::from_utf8_lossy(&text).into_owned()
}

/// Shows settings.
pub(super) struct Shown<'s> {
    /// The chart as it was named.
    pub(super) reference: &'s str,
    pub(super) chart: &'s Chart,
}

impl Shown<'_> {
    /// Returns the file that holds a setting.
    pub(super) fn file(&self, source: &Source) -> Option<String> {
        match source {
            Source::Flag { .. } => None,
            Source::File { name, .. } => Some(String::from_utf8_lossy(name).into_owned()),
            Source::Chart { file, .. } => {
                Some(Path::new(self.reference).join(file).to_string_lossy().into_owned())
            }
        }
    }

    /// Returns the file of a template, as the chart was named.
    pub(super) fn template(&self, name: &str) -> String {
        match name.split_once('/') {
            Some((_, within)) => {
                let within = self.chart.file_of(within);
                Path::new(self.reference).join(within).to_string_lossy().into_owned()
            }
            None => "a text that tpl executes".to_owned(),
        }
    }

    /// Returns a place in a template.
    pub(super) fn spot(&self, spot: &Spot) -> String {
        let file = self.template(&spot.template.to_string_lossy());
        format!("{file}:{}:{}", spot.line, spot.column)
    }

    /// Returns where a setting stands.
    pub(super) fn place(&self, setting: &Setting) -> String {
        let at = setting.place.and_then(|place| place.first());
        let layer = self.layer(&setting.source);
        match (&setting.source, at) {
            (Source::File { .. } | Source::Chart { .. }, Some(at)) => {
                format!("{layer}:{}:{}", at.line, at.column)
            }
            _ => layer,
        }
    }

    /// Returns a layer: a file, or a flag with its text.
    pub(super) fn layer(&self, source: &Source) -> String {
        match (self.file(source), source) {
            (Some(file), _) => file,
            (None, Source::Flag { flag, line, .. }) => {
                format!("--{} {}", flag.name(), cut(&String::from_utf8_lossy(line)))
            }
            (None, _) => String::new(),
        }
    }

    fn about(&self, hop: &Hop) -> String {
        let to = path_text(&hop.to);
        match &hop.way {
            Way::Global => format!("passed on to {to}"),
            Way::Import { chart } => {
                let name = chart.last().unwrap_or_else(|| self.chart.name());
                format!("imported as {to} by {}", name.to_string_lossy())
            }
        }
    }

    pub(super) fn remarks(&self, state: State, setting: &Setting) -> String {
        let mut remarks: Vec<String> = setting.hops.iter().map(|hop| self.about(hop)).collect();
        if let Some(through) = setting.place.and_then(|place| place.through) {
            remarks.push(format!("by the alias at {}:{}", through.line, through.column));
        }
        remarks.extend(state.words(&setting.value).map(str::to_owned));
        remarks.join(", ")
    }

    fn text(&self, found: &[(Vec<Key>, Answer)]) -> String {
        let mut rows: Vec<[String; 3]> = Vec::new();
        for (state, setting) in found.iter().flat_map(|(_, answer)| states(answer)) {
            let value = cut(&json_of(&setting.value));
            let value = format!("{}: {value}", path_text(&setting.path));
            rows.push([self.place(setting), value, self.remarks(state, setting)]);
        }
        rows.iter_mut()
            .flatten()
            .for_each(|cell| *cell = table::shown(cell).replace(['\n', '\t'], " "));
        let widest = |column: usize| rows.iter().map(|row| row[column].width()).max();
        let [first, second] = [0, 1].map(|column| widest(column).unwrap_or_default());
        let mut text = String::new();
        for [place, value, remarks] in &rows {
            let gap = |cell: &str, width: usize| " ".repeat(width - cell.width() + 2);
            let line = [place, &gap(place, first), value, &gap(value, second), remarks];
            text.push_str(line.map(String::as_str).concat().trim_end());
            text.push('\n');
        }
        text
    }

    fn data(
        &self,
        format: Format,
        origins: &Origins,
        found: &[(Vec<Key>, Answer)],
        readers: Vec<String>,
    ) -> Result<(), Failure> {
        let mut data: Vec<KeyData> = found
            .iter()
            .map(|(path, answer)| KeyData {
                key: path_text(path),
                value: origins.value(path).as_ref().map(data_of),
                settings: states(answer).map(|(state, s)| self.setting(state, s)).collect(),
                readers: Vec::new(),
            })
            .collect();
        if let [one] = &mut data[..] {
            one.readers = readers;
        }
        let text = match format {
            Format::Yaml => serde_yaml::to_string(&data).map_err(|e| e.to_string())?,
            _ => serde_json::to_string(&data).map_err(|e| e.to_string())? + "\n",
        };
        output::stdout(text.as_bytes())
    }

    fn setting(&self, state: State, setting: &Setting) -> SettingData {
        let text = |bytes: &[u8]| text_of(bytes.to_vec());
        let (source, flag, line) = match &setting.source {
            Source::Flag { flag, line, .. } => {
                ("flag", Some(format!("--{}", flag.name())), Some(text(line)))
            }
            Source::File { .. } => ("file", None, None),
            Source::Chart { .. } => ("chart", None, None),
        };
        let chart = match &setting.source {
            Source::Chart { chart, .. } => Some(chart.iter().map(|n| n.to_string()).collect()),
            Source::Flag { .. } | Source::File { .. } => None,
        };
        let place = setting.place;
        let (key, value) = (place.and_then(|p| p.key), place.and_then(|p| p.value));
        let first = place.and_then(|p| p.first());
        SettingData {
            state: state.name(),
            source,
            flag,
            argument: line,
            chart,
            file: self.file(&setting.source),
            line: first.map(|at| at.line),
            column: first.map(|at| at.column),
            key_at: key.map(|at| [at.line, at.column]),
            value_at: value.map(|at| [at.line, at.column]),
            alias_at: place.and_then(|p| p.through).map(|at| [at.line, at.column]),
            key: path_text(&setting.path),
            value: data_of(&setting.value),
            hops: setting.hops.iter().map(hop_data).collect(),
        }
    }
}

fn data_of(value: &Value) -> serde_json::Value {
    serde_json::from_str(&json_of(value)).unwrap_or_default()
}

fn hop_data(hop: &Hop) -> HopData {
    let (by, chart) = match &hop.way {
        Way::Global => ("global", None),
        Way::Import { chart } => {
            ("import-values", Some(chart.iter().map(|name| name.to_string()).collect()))
        }
    };
    HopData { by, chart, from: path_text(&hop.from), to: path_text(&hop.to) }
}

/// Returns a text that is not too long for a line.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[derive(Serialize)]
struct KeyData {
    key: String,
    /// Nothing where a null removes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<serde_json::Value>,
    settings: Vec<SettingData>,
    /// Where templates read it, with these values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    readers: Vec<String>,
}

#[derive(Serialize)]
struct SettingData {
    state: &'static str,
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    flag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    argument: Option<String>,
    /// The names that lead to the chart, of its defaults.
    #[serde(skip_serializing_if = "Option::is_none")]
    chart: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_at: Option<[usize; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_at: Option<[usize; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias_at: Option<[usize; 2]>,
    /// The path in the layer.
    key: String,
    value: serde_json::Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hops: Vec<HopData>,
}

#[derive(Serialize)]
struct HopData {
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    chart: Option<Vec<String>>,
    from: String,
    to: String,
}
