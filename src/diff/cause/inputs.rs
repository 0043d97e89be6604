//! Compares what two renders were made of.

use std::cell::RefCell;
use std::collections::HashMap;

use bstr::ByteSlice;
use foldhash::fast::RandomState;
use gostd::value::{Str, Value};
use gostd::{path, stack};

use super::hunks::{Hunk, Hunks};
use super::set::Set;
use super::{Cause, Render, Which, undo};
use crate::chart::Chart;
use crate::diff::same;
use crate::provenance::{Access, Key, Read, Spot};
use crate::render::taking_part;
use crate::values::origins;

/// How many values of one map or list are named as causes; where more differ it is named itself.
const MOST_VALUES: usize = 40;

/// What is different.
pub(super) struct Inputs<'r> {
    old: &'r Render<'r>,
    new: &'r Render<'r>,
    /// The hunks of the templates that differ, by their names.
    templates: HashMap<Str, Hunks, RandomState>,
    /// The charts in the chart whose versions differ, by the names that lead to them.
    dependencies: Vec<(Vec<Str>, Option<String>, Option<String>)>,
    /// What may change anything.
    pub(super) everywhere: Set,
    known: RefCell<HashMap<Vec<Key>, Set, RandomState>>,
}

impl<'r> Inputs<'r> {
    pub(super) fn new(old: &'r Render<'_>, new: &'r Render<'_>) -> Inputs<'r> {
        let mut texts: [HashMap<Str, Str, RandomState>; 2] = Default::default();
        for (render, texts) in [old, new].into_iter().zip(&mut texts) {
            add_templates(render.chart, texts);
        }
        let [before, after] = texts;
        let mut templates = HashMap::default();
        let empty = Str::default();
        for (name, text) in &after {
            let old = before.get(name).unwrap_or(&empty);
            if old != text {
                templates.insert(name.clone(), Hunks::of(old, text));
            }
        }
        for (name, text) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
            templates.insert(name.clone(), Hunks::of(text, &empty));
        }
        let mut dependencies = Vec::new();
        add_dependencies(old.chart, new.chart, &mut Vec::new(), &mut dependencies);
        let mut everywhere = Set::default();
        if old.helm != new.helm {
            everywhere.push(Cause::Helm { old: old.helm.clone(), new: new.helm.clone() });
        }
        Inputs { old, new, templates, dependencies, everywhere, known: RefCell::default() }
    }

    /// Adds the cause that the line of a template is, if it differs.
    pub(super) fn template(&self, which: Which, spot: &Spot, to: &mut Set) {
        let Some(hunks) = self.templates.get(&spot.template) else { return };
        for hunk in hunks.at(which, spot.line as usize) {
            self.push_template(&spot.template, hunk, to);
        }
    }

    /// Adds what differs in a template.
    pub(super) fn templates_near(&self, name: &Str, to: &mut Set) {
        for hunk in self.templates.get(name).into_iter().flat_map(|hunks| &hunks.all) {
            self.push_template(name, hunk, to);
        }
    }

    fn push_template(&self, name: &Str, hunk: &Hunk, to: &mut Set) {
        let (old, new) = (hunk.old.clone(), hunk.new.clone());
        let own = Cause::Template { name: name.clone(), old, new };
        to.push(self.dependency(&charts_of(name)).unwrap_or(own));
    }

    /// Adds what differs of a file in `crds/`, and what decides whether its chart takes part.
    pub(super) fn crd(&self, which: Which, source: &[u8], to: &mut Set) {
        let Some((within, file)) = undo::split(source).filter(|(_, f)| f.starts_with(b"crds/"))
        else {
            return;
        };
        self.files(within.clone(), &[Key::Name(Str::from(file))], to);
        let render = if which == Which::Old { self.old } else { self.new };
        let values = render.origins.value(&[]).unwrap_or_default();
        for path in taking_part(render.chart, &within, &values) {
            self.read(&Access { path, read: Read::Value }, to);
        }
    }

    /// Returns the cause that another version of a chart is, which the chart holds at these names.
    fn dependency(&self, within: &[Str]) -> Option<Cause> {
        let found = self.dependencies.iter().find(|(chart, _, _)| within.starts_with(chart))?;
        let (chart, old, new) = found.clone();
        Some(Cause::Dependency { chart, old, new })
    }

    /// Adds what differs of what was read.
    pub(super) fn read(&self, access: &Access, to: &mut Set) {
        let mut key = access.path.clone();
        // What was read as a whole depends on all below.
        key.push(Key::Name(Str::from_static(match access.read {
            Read::Whole => "whole",
            Read::Shape => "shape",
            _ => "",
        })));
        if let Some(known) = self.known.borrow().get(&key) {
            for cause in known.iter() {
                to.push(cause.clone());
            }
            return;
        }
        let mut found = Set::default();
        self.compare(access, &mut found);
        for cause in found.iter() {
            to.push(cause.clone());
        }
        self.known.borrow_mut().insert(key, found);
    }

    fn compare(&self, access: &Access, to: &mut Set) {
        let mut path = &access.path[..];
        let mut within = Vec::new();
        if let [Key::Name(root), rest @ ..] = path
            && *root == "Subcharts"
        {
            path = rest;
            while let [Key::Name(name), rest @ ..] = path
                && !matches!(
                    &name[..],
                    b"Chart" | b"Files" | b"Template" | b"Release" | b"Capabilities" | b"Values"
                )
            {
                within.push(name.clone());
                path = rest;
            }
        }
        let [Key::Name(root), rest @ ..] = path else { return };
        match &root[..] {
            b"Values" => self.values(rest, access.read, to),
            b"Chart" => self.chart(within, rest, to),
            b"Files" => self.files(within, rest, to),
            b"Capabilities" => self.capabilities(rest, to),
            b"Release" => self.release(rest, to),
            _ => {}
        }
    }

    fn values(&self, path: &[Key], read: Read, to: &mut Set) {
        let keys: Vec<origins::Key> = path.iter().map(origins::Key::from).collect();
        let (old, new) = (self.old.origins.value(&keys), self.new.origins.value(&keys));
        match (&old, &new) {
            (Some(before), Some(after)) => {
                let is_shape = read != Read::Whole && read != Read::Value;
                match (before, after) {
                    (Value::Map(a), Value::Map(b)) if is_shape => {
                        if a.keys() != b.keys() {
                            self.differing(path, before, after, to);
                        }
                    }
                    (Value::List(a), Value::List(b)) if is_shape => {
                        if a.len() != b.len() {
                            self.differing(path, before, after, to);
                        }
                    }
                    _ => self.differing(path, before, after, to),
                }
            }
            (None, None) => {}
            // It may be that what holds it is not there.
            _ => self.push_value(path, old, new, to),
        }
    }

    /// Adds the values below a path that differ.
    fn differing(&self, path: &[Key], old: &Value, new: &Value, to: &mut Set) {
        if same(old, new) {
            return;
        }
        let count = to.len();
        let inner = |key: Key| [path, &[key]].concat();
        match (old, new) {
            (Value::Map(before), Value::Map(after)) => {
                stack::uncounted(|| {
                    for (key, value) in before.entries() {
                        let path = inner(Key::Name(key.clone()));
                        match after.get(&key) {
                            Some(other) => self.differing(&path, &value, &other, to),
                            None => self.push_value(&path, Some(value), None, to),
                        }
                    }
                    for (key, value) in after.entries() {
                        if !before.contains_key(&key) {
                            self.push_value(&inner(Key::Name(key)), None, Some(value), to);
                        }
                    }
                });
                if to.len() - count > MOST_VALUES && !path.is_empty() {
                    to.truncate(count);
                    self.push_value(path, Some(old.clone()), Some(new.clone()), to);
                }
            }
            _ => self.push_value(path, Some(old.clone()), Some(new.clone()), to),
        }
    }

    fn push_value(&self, path: &[Key], old: Option<Value>, new: Option<Value>, to: &mut Set) {
        let (path, old, new) = self.whole(path, old, new);
        let keys: Vec<origins::Key> = path.iter().map(origins::Key::from).collect();
        let old_setting = self.old.origins.setting(&keys);
        let new_setting = self.new.origins.setting(&keys);
        // The defaults of a chart of another version.
        let chart = |setting: &Option<origins::Setting>| match setting.as_ref().map(|s| &s.source) {
            Some(origins::Source::Chart { chart, .. }) => Some(chart.clone()),
            Some(_) => None,
            None => Some(Vec::new()),
        };
        if let (Some(before), Some(after)) = (chart(&old_setting), chart(&new_setting)) {
            let within = if after.is_empty() { before } else { after };
            if !within.is_empty()
                && let Some(cause) = self.dependency(&within)
            {
                to.push(cause);
                return;
            }
        }
        to.push(Cause::Value {
            path,
            old,
            new,
            old_setting: old_setting.map(Box::new),
            new_setting: new_setting.map(Box::new),
        });
    }

    /// Returns the outermost part of a path that is new, or gone, with its values; the path itself where it is on both
    /// sides.
    fn whole(
        &self,
        path: &[Key],
        old: Option<Value>,
        new: Option<Value>,
    ) -> (Vec<Key>, Option<Value>, Option<Value>) {
        if old.is_some() == new.is_some() {
            return (path.to_vec(), old, new);
        }
        let absent = if old.is_none() { self.old } else { self.new };
        let there = if old.is_none() { self.new } else { self.old };
        let keys: Vec<origins::Key> = path.iter().map(origins::Key::from).collect();
        let first = (1..=keys.len()).find(|end| absent.origins.value(&keys[..*end]).is_none());
        let Some(end) = first.filter(|end| *end < keys.len()) else {
            return (path.to_vec(), old, new);
        };
        let value = there.origins.value(&keys[..end]);
        let path = path[..end].to_vec();
        if old.is_none() { (path, None, value) } else { (path, value, None) }
    }

    fn chart(&self, within: Vec<Str>, path: &[Key], to: &mut Set) {
        let of = |render: &'r Render<'r>| {
            let chart = within.iter().try_fold(render.chart, |chart, name| {
                chart.dependencies.iter().find(|inner| inner.name() == name)
            })?;
            Some(crate::chart::view(&chart.metadata, within.is_empty()))
        };
        let (Some(Value::Object(old)), Some(Value::Object(new))) = (of(self.old), of(self.new))
        else {
            return;
        };
        let fields: Vec<Str> = match path {
            [Key::Name(field), ..] => vec![field.clone()],
            _ => FIELDS.iter().map(|field| Str::from_static(field)).collect(),
        };
        for field in fields {
            let name = field.to_str_lossy();
            let (before, after) = (old.field(&name), new.field(&name));
            let (Some(before), Some(after)) = (before, after) else { continue };
            if same(&before, &after) {
                continue;
            }
            if let Some(cause) = (!within.is_empty()).then(|| self.dependency(&within)).flatten() {
                to.push(cause);
                continue;
            }
            let (old, new) = (shown(&before), shown(&after));
            to.push(Cause::Chart { chart: within.clone(), field, old, new });
        }
    }

    fn files(&self, within: Vec<Str>, path: &[Key], to: &mut Set) {
        let of = |render: &'r Render<'r>| {
            within.iter().try_fold(render.chart, |chart, name| {
                chart.dependencies.iter().find(|inner| inner.name() == name)
            })
        };
        let (Some(old), Some(new)) = (of(self.old), of(self.new)) else { return };
        let text = |chart: &Chart, name: &[u8]| {
            let file = chart.files.iter().find(|file| *file.name == *name)?;
            file.data.bytes().ok().cloned()
        };
        let mut names: Vec<Str> = match path {
            [Key::Name(name), ..] => vec![name.clone()],
            _ => Vec::new(),
        };
        let is_file =
            |name: &Str| [old, new].iter().any(|c| c.files.iter().any(|f| f.name == *name));
        if !names.iter().any(is_file) {
            // A pattern, or all of them.
            let pattern = names.pop();
            names =
                old.files.iter().chain(new.files.iter()).map(|file| file.name.clone()).collect();
            names.sort();
            names.dedup();
            let glob = pattern.and_then(|p| goglob::Glob::new(&p, &['/']).ok());
            if let Some(glob) = glob {
                names.retain(|name| glob.matches(name));
            }
        }
        for name in names {
            if text(old, &name) != text(new, &name) {
                let dependency = (!within.is_empty()).then(|| self.dependency(&within)).flatten();
                let own = Cause::File { chart: within.clone(), name };
                to.push(dependency.unwrap_or(own));
            }
        }
    }

    fn capabilities(&self, path: &[Key], to: &mut Set) {
        let (old, new) = (&self.old, &self.new);
        let is = |name: &str| match path.first() {
            Some(Key::Name(field)) => *field == name,
            _ => true,
        };
        if is("KubeVersion") && old.kube_version != new.kube_version {
            let (old, new) = (old.kube_version.clone(), new.kube_version.clone());
            to.push(Cause::KubeVersion { old, new });
        }
        if is("APIVersions") && old.api_versions != new.api_versions {
            to.push(Cause::ApiVersions);
        }
        if old.helm != new.helm {
            to.push(Cause::Helm { old: old.helm.clone(), new: new.helm.clone() });
        }
    }

    fn release(&self, path: &[Key], to: &mut Set) {
        for (number, field) in ["Name", "Namespace"].into_iter().enumerate() {
            let (old, new) = (&self.old.release[number], &self.new.release[number]);
            let is_it = match path.first() {
                Some(Key::Name(name)) => *name == field,
                _ => true,
            };
            if is_it && old != new {
                to.push(Cause::Release { field, old: old.clone(), new: new.clone() });
            }
        }
    }
}

/// What `.Chart` has that people change.
const FIELDS: &[&str] =
    &["Name", "Version", "AppVersion", "Description", "KubeVersion", "Annotations", "Keywords"];

fn shown(value: &Value) -> String {
    match value {
        Value::Str(text) => text.to_str_lossy().into_owned(),
        other => {
            let text = goyaml::marshal(other).unwrap_or_default();
            text.trim_ascii_end().to_str_lossy().into_owned()
        }
    }
}

/// Returns the names of the charts that lead to a template: `["db"]` for `app/charts/db/templates/a.yaml`.
fn charts_of(name: &[u8]) -> Vec<Str> {
    let mut parts = name.split_str("/").skip(1);
    let mut charts = Vec::new();
    while let (Some(b"charts"), Some(chart)) = (parts.next(), parts.next()) {
        charts.push(Str::from(chart));
    }
    charts
}

fn add_templates(chart: &Chart, to: &mut HashMap<Str, Str, RandomState>) {
    for file in chart.templates.iter() {
        if let Ok(text) = file.data.bytes() {
            let name = path::join([&chart.full_path[..], &file.name]);
            to.insert(Str::from(name), Str::from(&text[..]));
        }
    }
    stack::uncounted(|| chart.dependencies.iter().for_each(|inner| add_templates(inner, to)));
}

fn add_dependencies(
    old: &Chart,
    new: &Chart,
    within: &mut Vec<Str>,
    to: &mut Vec<(Vec<Str>, Option<String>, Option<String>)>,
) {
    let version = |chart: &Chart| chart.metadata.version.to_str_lossy().into_owned();
    let find = |chart: &'_ Chart, name: &Str| {
        chart.dependencies.iter().position(|inner| inner.name() == name)
    };
    let names = old.dependencies.iter().chain(&new.dependencies).map(|chart| chart.name().clone());
    let mut seen: Vec<Str> = Vec::new();
    for name in names {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name.clone());
        let (before, after) = (find(old, &name), find(new, &name));
        let before = before.map(|at| &old.dependencies[at]);
        let after = after.map(|at| &new.dependencies[at]);
        within.push(name);
        match (before, after) {
            (Some(before), Some(after)) if before.metadata.version == after.metadata.version => {
                stack::uncounted(|| add_dependencies(before, after, within, to));
            }
            _ => to.push((within.clone(), before.map(version), after.map(version))),
        }
        within.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_name_their_charts() {
        assert_eq!(charts_of(b"app/charts/db/charts/x/templates/charts/y/a.yaml"), ["db", "x"]);
        assert_eq!(charts_of(b"app/templates/charts/y/a.yaml"), Vec::<Str>::new());
    }
}
