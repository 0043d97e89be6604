//! Shows a comparison: as text, as unified diff, as Markdown, as data.

mod effects;
mod effects_json;
mod html;
mod json;
mod markdown;
mod scenarios;
mod text;
mod unified;

use std::collections::{BTreeSet, HashMap};

use bstr::ByteSlice;
use foldhash::fast::RandomState;
use gostd::value::Value;

use super::effects::{Effect, Severity};
use super::{
    Change, Comparison, Difference, Fold, Object, Totals, What, align, fold, is_noise, path_text,
};
use crate::provenance::Key;

pub use html::html;
pub use json::json;
pub use markdown::{MARK, markdown};
pub use scenarios::{Only, names as scenario_names};
pub use text::text;
pub use unified::unified;

/// A cause, as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// What it is: `value`, `template`, `chart`, `dependency`, `file`, `kube-version`, `api-versions`, `release`, `helm`.
    pub kind: &'static str,
    /// What has changed: a path, a file, a name.
    pub name: String,
    /// What it was; nothing where that says nothing.
    pub old: Option<String>,
    /// What it is; nothing where that says nothing.
    pub new: Option<String>,
    /// Where it was set, e.g. `values.yaml:3:5`.
    pub old_place: Option<String>,
    /// Where it is set.
    pub new_place: Option<String>,
    /// The commit that made it, if it is known.
    pub commit: Option<String>,
    /// The file and the line, from 1, to look at.
    pub at: Option<(String, usize)>,
    /// Of a value its path.
    pub path: Vec<Key>,
    /// Of a template its name, with the lines that were there and those that are, from 1: the first, and the one behind
    /// the last.
    pub lines: Option<(String, [(usize, usize); 2])>,
}

/// What is shown.
#[derive(Clone)]
pub struct Report<'r> {
    /// The chart, where there may be several; else empty.
    pub chart: String,
    /// The scenarios that all have this difference; none where there is only one.
    pub scenarios: Vec<String>,
    /// The scenarios of the chart that one side alone has; of several reports the first one has them.
    pub only: Vec<Only>,
    /// Why a side does not render.
    pub failed: [Option<String>; 2],
    /// How the sides are called.
    pub names: [&'r str; 2],
    /// What differs; of several scenarios with the fewest objects that are the same.
    pub comparison: &'r Comparison,
    /// How many objects are the same, in the scenario with the most of them.
    pub most_same: usize,
    /// All causes.
    pub reasons: &'r [Reason],
    /// Gives the causes of an object, or of a change in it, by the numbers of the two: numbers in `reasons`.
    pub causes: &'r dyn Fn(usize, Option<usize>) -> Vec<usize>,
    /// What it does.
    pub effects: &'r [Effect],
    /// How much is folded.
    pub fold: Fold,
    /// How many lines are shown around those of a text that differ.
    pub context: usize,
}

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Old(String),
    New(String),
    Same(String),
    /// Lines that are left out.
    Gap(usize),
}

/// A field that differs.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) path: String,
    /// What is said about it in the place of lines, or beside them.
    pub(crate) note: &'static str,
    pub(crate) lines: Vec<Line>,
}

/// How an object differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Added,
    Removed,
    Renamed,
    Moved,
    Changed,
}

impl How {
    pub(crate) fn word(self) -> &'static str {
        match self {
            How::Added => "added",
            How::Removed => "removed",
            How::Renamed => "renamed",
            How::Moved => "moved",
            How::Changed => "changed",
        }
    }
}

/// An object that differs, with others that differ alike.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) title: String,
    pub(crate) how: How,
    pub(crate) source: String,
    /// Whether nothing but labels and checksums differs.
    pub(crate) is_noise: bool,
    pub(crate) others: Vec<String>,
    pub(crate) fields: Vec<Field>,
}

/// What has the same causes.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) reasons: Vec<usize>,
    pub(crate) entries: Vec<Entry>,
    /// Whether nothing but labels and checksums differs.
    pub(crate) is_noise: bool,
}

/// Everything that is shown, in order.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) totals: Totals,
    pub(crate) sections: Vec<Section>,
}

impl View {
    pub(crate) fn of(report: &Report<'_>) -> View {
        let differences = &report.comparison.differences;
        let names = Names::of(differences);
        let mut sections: Vec<Section> = Vec::new();
        let mut places: HashMap<Vec<usize>, usize, RandomState> = HashMap::default();
        for group in fold(report.comparison, report.fold, report.causes) {
            let Some(first) = group.objects.first().and_then(|n| differences.get(*n)) else {
                continue;
            };
            let changes: Vec<&Change> =
                group.changes.iter().filter_map(|place| first.changes.get(*place)).collect();
            let is_noise = !changes.is_empty() && changes.iter().all(|change| is_noise(change));
            let mut entry = entry(report, &names, first, &group.objects, &changes);
            entry.is_noise = is_noise;
            match places.get(&group.causes) {
                Some(at) => {
                    sections[*at].entries.push(entry);
                    sections[*at].is_noise &= is_noise;
                }
                None => {
                    places.insert(group.causes.clone(), sections.len());
                    let reasons = group.causes;
                    sections.push(Section { reasons, entries: vec![entry], is_noise });
                }
            }
        }
        sections.iter_mut().for_each(|s| s.entries.sort_by_key(|entry| entry.is_noise));
        sections.sort_by_key(|section| section.is_noise);
        View { totals: report.comparison.totals(), sections }
    }

    /// Returns it with a section for each entry that no cause joins to others, as of manifests that are compared.
    pub(crate) fn divided(mut self) -> View {
        if self.sections.iter().all(|section| section.reasons.is_empty()) {
            let entries = self.sections.into_iter().flat_map(|section| section.entries);
            let section = |entry: Entry| Section {
                reasons: Vec::new(),
                is_noise: entry.is_noise,
                entries: vec![entry],
            };
            self.sections = entries.map(section).collect();
        }
        self
    }
}

/// How objects are called: with their namespaces where there are several.
pub(crate) struct Names {
    with_namespaces: bool,
}

impl Names {
    fn of(differences: &[Difference]) -> Names {
        let namespaces: BTreeSet<&[u8]> = differences
            .iter()
            .flat_map(|d| d.old.iter().chain(&d.new))
            .map(|object| &object.id.namespace[..])
            .filter(|namespace| !namespace.is_empty())
            .collect();
        Names { with_namespaces: namespaces.len() > 1 }
    }

    fn name(&self, object: &Object) -> String {
        let mut text = object.id.to_string();
        if self.with_namespaces && !object.id.namespace.is_empty() {
            text.push_str(&format!(" in {}", object.id.namespace.to_str_lossy()));
        }
        if object.is_hook() {
            text.push_str(&format!(" (hook {})", object.hook.to_str_lossy()));
        }
        text
    }
}

fn entry(
    report: &Report<'_>,
    names: &Names,
    first: &Difference,
    objects: &[usize],
    changes: &[&Change],
) -> Entry {
    let name = |d: &Difference| d.object().map(|o| names.name(o)).unwrap_or_default();
    let others = objects.iter().skip(1);
    let others = others.filter_map(|n| report.comparison.differences.get(*n)).map(name).collect();
    let (how, title) = match (&first.old, &first.new) {
        (None, _) => (How::Added, name(first)),
        (_, None) => (How::Removed, name(first)),
        (Some(old), Some(new))
            if first.is_renamed() && (changes.is_empty() || changes.iter().any(|c| is_name(c))) =>
        {
            (How::Renamed, format!("{} -> {}", names.name(old), new.id))
        }
        (Some(old), Some(new)) if first.is_moved() && changes.is_empty() => {
            let [from, to] = [&old.source, &new.source].map(|source| source.to_str_lossy());
            (How::Moved, format!("{}: {from} -> {to}", name(first)))
        }
        _ => (How::Changed, name(first)),
    };
    let source = match how {
        // It is in the title.
        How::Moved => String::new(),
        _ => first.object().map(|o| o.source.to_str_lossy().into_owned()).unwrap_or_default(),
    };
    // The new name is in the title.
    let told = changes.iter().filter(|change| how != How::Renamed || !is_name(change));
    let mut fields: Vec<Field> = told.map(|change| field(change, report.context)).collect();
    if matches!(how, How::Added | How::Removed)
        && let Some(object) = first.object()
    {
        let line = |text: &[u8]| {
            let text = text.to_str_lossy().into_owned();
            if how == How::Added { Line::New(text) } else { Line::Old(text) }
        };
        let lines = body(object).lines().map(line).collect();
        fields.push(Field { path: String::new(), note: "", lines });
    }
    Entry { title, how, source, is_noise: false, others, fields }
}

/// Tells whether a change is that of the object's name.
fn is_name(change: &Change) -> bool {
    matches!(&change.path[..], [super::Step::Key(metadata), super::Step::Key(name)]
        if *metadata == "metadata" && *name == "name")
}

/// Returns an object's text without what says where it comes from.
pub(crate) fn body(object: &Object) -> &[u8] {
    let mut text = &object.text[..];
    while let Some(rest) = text.strip_prefix(b"---").or_else(|| {
        let line = text.lines().next()?;
        line.starts_with(b"# Source:").then(|| &text[line.len()..])
    }) {
        text = rest.trim_start_with(|c| c == '\n' || c == '\r');
    }
    text
}

fn field(change: &Change, context: usize) -> Field {
    let path = path_text(&change.path);
    match change.what {
        What::Form => {
            Field { path, note: "is written in another way, with the same data", lines: Vec::new() }
        }
        What::Order => {
            let is_inside = change.path.iter().any(|step| matches!(step, super::Step::Inside(_)));
            let list = match change.path.last() {
                // What a text holds has no merge keys.
                Some(super::Step::Key(key)) if !is_inside => &key[..],
                _ => b"",
            };
            let names = |value: &Option<Value>| order_of(list, value).join(", ");
            let lines = vec![Line::Old(names(&change.old)), Line::New(names(&change.new))];
            Field { path, note: "has another order", lines }
        }
        What::Value => Field { path, note: "", lines: lines(&change.old, &change.new, context) },
    }
}

/// Returns what names the items of a list.
fn order_of(list: &[u8], value: &Option<Value>) -> Vec<String> {
    let Some(Value::List(items)) = value else { return Vec::new() };
    let name = |item: &Value| match super::keys::name_of(list, item) {
        Some(name) => name.to_str_lossy().into_owned(),
        None => shown(item),
    };
    items.iter().map(name).collect()
}

/// Returns a value as YAML; on one line, as JSON, where indentation would make it many times as long.
pub(crate) fn shown(value: &Value) -> String {
    if let Value::Str(text) = value
        && text.contains(&b'\n')
    {
        return text.to_str_lossy().trim_end_matches('\n').to_owned();
    }
    let json = match super::payload::is_deeper(value, super::payload::DEEPEST) {
        // JSON has not all numbers that YAML has.
        true => gostd::json::marshal(value, false).ok(),
        false => None,
    };
    let text = json.unwrap_or_else(|| goyaml::marshal(value).unwrap_or_default());
    text.trim_ascii_end().to_str_lossy().into_owned()
}

fn lines(old: &Option<Value>, new: &Option<Value>, context: usize) -> Vec<Line> {
    let text = |value: &Option<Value>| value.as_ref().map(shown);
    let (old_text, new_text) = (text(old), text(new));
    let is_long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains('\n'));
    if is_long(&old_text) && is_long(&new_text) {
        let (old, new) = (old_text.unwrap_or_default(), new_text.unwrap_or_default());
        return changed_lines(&old, &new, context);
    }
    let of = |text: Option<String>| text.unwrap_or_default();
    let mut all: Vec<Line> = of(old_text).lines().map(|line| Line::Old(line.to_owned())).collect();
    all.extend(of(new_text).lines().map(|line| Line::New(line.to_owned())));
    all
}

/// Compares two texts line by line, and leaves out what is the same but for some lines of context.
pub(crate) fn changed_lines(old: &str, new: &str, context: usize) -> Vec<Line> {
    let (before, after): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let ops = align::ops(&before, &after);
    let mut all = Vec::new();
    let mut shown_to = 0;
    for group in similar::group_diff_ops(ops, context) {
        let start = group.first().map_or(0, |op| op.old_range().start);
        if start > shown_to {
            all.push(Line::Gap(start - shown_to));
        }
        for op in group {
            let (a, b) = (op.old_range(), op.new_range());
            shown_to = a.end;
            if op.tag() == similar::DiffTag::Equal {
                all.extend(before[a].iter().map(|line| Line::Same((*line).to_owned())));
            } else {
                all.extend(before[a].iter().map(|line| Line::Old((*line).to_owned())));
                all.extend(after[b].iter().map(|line| Line::New((*line).to_owned())));
            }
        }
    }
    if shown_to < before.len() && !all.is_empty() {
        all.push(Line::Gap(before.len() - shown_to));
    }
    all
}

impl Report<'_> {
    /// Tells whether anything differs.
    pub fn differs(&self) -> bool {
        self.comparison.totals().differ() || self.failed.iter().any(Option::is_some)
    }

    /// Tells whether there is something to say: that something differs, or that there is nothing to compare with.
    pub(crate) fn is_told(&self) -> bool {
        self.differs() || !self.only.is_empty()
    }

    /// Says how many objects differ, in a sentence.
    pub(crate) fn sentence(&self, totals: &Totals) -> String {
        match self.failed.iter().filter(|side| side.is_some()).count() {
            1 => "nothing to compare: one side does not render".to_owned(),
            2 => "nothing to compare: neither side renders".to_owned(),
            _ if *totals == Totals::default() && !self.only.is_empty() => {
                "nothing to compare".to_owned()
            }
            _ => totals.sentence(self.most_same),
        }
    }
}

impl Totals {
    /// Says it in a sentence; up to so many are the same.
    fn sentence(&self, most_same: usize) -> String {
        let Totals { added, removed, changed, noise, same } = *self;
        let parts = [
            (changed, changed, "changed"),
            (added, added, "added"),
            (removed, removed, "removed"),
            (noise, noise, "with other labels or checksums only"),
            (same, most_same.max(same), "the same"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(_, most, _)| *most > 0)
            .enumerate()
            .map(|(place, (least, most, what))| {
                let objects = match (place, most) {
                    (0, 1) => " object",
                    (0, _) => " objects",
                    _ => "",
                };
                let range = if least == most { String::new() } else { format!("{least} to ") };
                format!("{range}{most}{objects} {what}")
            })
            .collect();
        if parts.is_empty() { "no objects".to_owned() } else { parts.join(", ") }
    }

    /// Tells whether anything differs.
    pub fn differ(&self) -> bool {
        self.added + self.removed + self.changed + self.noise > 0
    }
}

impl Reason {
    /// Says what has changed, on one line.
    pub fn title(&self) -> String {
        let cut = |text: &String| cut(text);
        let (old, new) = (self.old.as_ref().map(cut), self.new.as_ref().map(cut));
        let change = match (old, new) {
            (Some(old), Some(new)) => format!(": {old} -> {new}"),
            (None, Some(new)) => format!(" is new: {new}"),
            (Some(old), None) => format!(" is gone: {old}"),
            (None, None) => String::new(),
        };
        let place = match (&self.old_place, &self.new_place) {
            (Some(old), Some(new)) if old != new => format!("  ({old}, now {new})"),
            (_, Some(place)) | (Some(place), None) => format!("  ({place})"),
            (None, None) => String::new(),
        };
        let commit = self.commit.as_ref().map(|c| format!("  ({})", cut(c))).unwrap_or_default();
        format!("{}{change}{place}{commit}", self.name)
    }
}

/// The longest text that is shown on a line, in characters.
const LONG: usize = 60;

fn cut(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    let is_whole = first.len() == text.trim_end().len();
    match first.char_indices().nth(LONG) {
        Some((at, _)) => format!("{}…", &first[..at]),
        None if is_whole => first.to_owned(),
        None => format!("{first} …"),
    }
}

impl Report<'_> {
    /// Says what the change does to a cluster, a line for each effect.
    pub fn words_of_effects(&self) -> Vec<(Severity, String)> {
        let line = |effect: &Effect| {
            (effect.severity, format!("{}: {}", effect.id, effects::said(effect).text))
        };
        self.effects.iter().map(line).collect()
    }

    /// Says what each group of changes is, a line for each field.
    pub fn words_of(&self, groups: &[super::Group]) -> Vec<Vec<String>> {
        let names = Names::of(&self.comparison.differences);
        groups.iter().map(|group| self.words_of_group(&names, group)).collect()
    }

    fn words_of_group(&self, names: &Names, group: &super::Group) -> Vec<String> {
        let Some(first) = group.objects.first().and_then(|n| self.comparison.differences.get(*n))
        else {
            return Vec::new();
        };
        let changes: Vec<&Change> =
            group.changes.iter().filter_map(|place| first.changes.get(*place)).collect();
        let entry = entry(self, names, first, &group.objects, &changes);
        let others = match entry.others.len() {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        if !matches!(entry.how, How::Changed) {
            return vec![format!("{}{others} {}", entry.title, entry.how.word())];
        }
        let line = |field: &Field| {
            let of = |is_old: bool| {
                let lines = field.lines.iter().filter_map(|line| match line {
                    Line::Old(text) if is_old => Some(text.trim()),
                    Line::New(text) if !is_old => Some(text.trim()),
                    _ => None,
                });
                cut(&lines.collect::<Vec<_>>().join(" "))
            };
            let note =
                if field.note.is_empty() { String::new() } else { format!(" {}", field.note) };
            let change = match (of(true), of(false)) {
                (old, new) if old.is_empty() && new.is_empty() => String::new(),
                (old, new) if old.is_empty() => format!(" added: {new}"),
                (old, new) if new.is_empty() => format!(" removed: {old}"),
                (old, new) => format!(": {old} -> {new}"),
            };
            format!("{}{others} {}{note}{change}", entry.title, field.path)
        };
        entry.fields.iter().map(line).collect()
    }
}
