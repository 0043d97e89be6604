//! Settles which of the charts that a chart holds take part: conditions, tags, aliases, versions; and the
//! values that charts import from those they hold. Helm's `ProcessDependenciesWithMerge`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::ValuesError;
use super::coalesce::{Charts, coalesce, merge_tables};
use super::table::{Node, Table, Work};
use crate::chart::{Chart, Dependency, Metadata, is_compatible_range};
use crate::profile::{Profile, Rule};
use crate::report::{Reporter, Warning};
use gostd::unicode;
use gostd::value::{ANY_MAP, Elem, Frozen, List, Map, STRING_MAP, Str, Value};

/// How many charts aliases may make in all. Helm has no bound.
const MAX_CHARTS: usize = 100_000;

/// Removes disabled charts, renames aliased ones, and adds imported values to the defaults, all the
/// way down. `values` are the user's. `reporter` takes the
/// warnings on the way.
pub fn process(
    chart: &mut Chart,
    values: &Map,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<(), ValuesError> {
    process_replacing(chart, values, None, profile, reporter)
}

/// Gives a chart other values, by the chart without those that it holds.
pub(super) type Replace<'r> = &'r dyn Fn(&Chart) -> Map;

/// Does what [`process`] does, but once it is settled which charts take part, they get other values: imports are taken
/// from those.
pub(super) fn process_replacing(
    chart: &mut Chart,
    values: &Map,
    replace: Option<Replace<'_>>,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<(), ValuesError> {
    if !names_dependencies(chart) {
        if let Some(replace) = replace {
            replace_values(chart, replace);
        }
        return Ok(());
    }
    let mut arena = Arena { charts: Vec::new(), needs: Vec::new(), profile };
    let root = arena.add(chart, None);
    arena.process_enabled(root, &Table::copy_of(values), b"", reporter)?;
    if let Some(replace) = replace {
        arena.charts.iter_mut().for_each(|held| held.chart.values = replace(&held.chart));
    }
    arena.process_imports(root, reporter)?;
    let mut left = MAX_CHARTS;
    *chart = arena.build(root, &mut left)?;
    Ok(())
}

fn replace_values(chart: &mut Chart, replace: Replace<'_>) {
    chart.values = replace(chart);
    chart.dependencies.iter_mut().for_each(|inner| replace_values(inner, replace));
}

fn names_dependencies(chart: &Chart) -> bool {
    chart.metadata.dependencies.is_some() || chart.dependencies.iter().any(names_dependencies)
}

/// The charts as Go holds them: by pointers, which copies of a chart under several aliases share.
/// What happens to the shared ones twice shows in Helm's output, so they have to be shared here.
struct Arena {
    charts: Vec<Held>,
    /// The entries of all `dependencies:` lists.
    needs: Vec<Dependency>,
    profile: Profile,
}

#[derive(Clone)]
struct Held {
    /// The chart without the charts it holds; its metadata's name and dependencies are stale.
    chart: Chart,
    name: Str,
    needs: Option<Vec<usize>>,
    children: Vec<usize>,
    parent: Option<usize>,
}

impl Charts for Arena {
    type Chart = usize;

    fn name(&self, chart: usize) -> &Str {
        &self.charts[chart].name
    }

    fn values(&self, chart: usize) -> &Map {
        &self.charts[chart].chart.values
    }

    fn child(&self, chart: usize, index: usize) -> Option<usize> {
        self.charts[chart].children.get(index).copied()
    }
}

// Indices into the two vectors come from the vectors' own lengths, and neither ever shrinks.
impl Arena {
    fn add(&mut self, chart: &Chart, parent: Option<usize>) -> usize {
        let first = self.needs.len();
        let listed = chart.metadata.dependencies.as_deref();
        self.needs.extend(listed.unwrap_or_default().iter().cloned());
        let needs = listed.map(|_| (first..self.needs.len()).collect());
        let id = self.charts.len();
        self.charts.push(Held {
            chart: chart.alone(),
            name: chart.name().clone(),
            needs,
            children: Vec::new(),
            parent,
        });
        let children = chart.dependencies.iter().map(|c| self.add(c, Some(id))).collect();
        self.charts[id].children = children;
        id
    }

    fn set_children(&mut self, id: usize, children: Vec<usize>) {
        for &child in &children {
            self.charts[child].parent = Some(id);
        }
        self.charts[id].children = children;
    }

    /// Gives a copy of a chart entries of its own.
    fn own_needs(&mut self, copy: &mut Held) {
        let Some(needs) = &mut copy.needs else { return };
        for need in needs {
            let own = self.needs[*need].clone();
            *need = self.needs.len();
            self.needs.push(own);
        }
    }

    fn fits(&self, need: usize, chart: usize) -> bool {
        let (need, held) = (&self.needs[need], &self.charts[chart]);
        let version = &held.chart.metadata.version;
        held.name == need.name && is_compatible_range(&need.version, version, self.profile.semver())
    }

    /// `path` is where the chart's own values lie in those of the root, with a dot at the end.
    fn process_enabled(
        &mut self,
        id: usize,
        values: &Table,
        path: &[u8],
        reporter: &dyn Reporter,
    ) -> Result<(), ValuesError> {
        let Some(needs) = self.charts[id].needs.clone() else { return Ok(()) };
        let present = self.charts[id].children.clone();
        let named = by_name(needs.iter().map(|need| (&self.needs[*need].name, *need)));
        let charts = by_name(present.iter().map(|chart| (&self.charts[*chart].name, *chart)));
        // Charts that no entry names stay as they are; of the others come copies, one an entry.
        let unnamed = |chart: &&usize| {
            let needs = named.get(&self.charts[**chart].name);
            !needs.iter().copied().flatten().any(|need| self.fits(*need, **chart))
        };
        let mut children: Vec<usize> = present.iter().filter(unnamed).copied().collect();
        for &need in &needs {
            let same_name = charts.get(&self.needs[need].name).into_iter().flatten();
            if let Some(&found) = same_name.into_iter().find(|chart| self.fits(need, **chart)) {
                if self.charts.len() >= MAX_CHARTS {
                    return Err(ValuesError::TooManyCharts);
                }
                let mut copy = self.charts[found].clone();
                if !self.needs[need].alias.is_empty() {
                    copy.name = self.needs[need].alias.clone();
                }
                let id = self.charts.len();
                children.push(id);
                if self.profile.has(Rule::AliasesAreCopied) {
                    self.own_needs(&mut copy);
                    self.charts.push(copy);
                    let below = self.charts[id].children.clone();
                    let first = self.charts.len();
                    for chart in below {
                        let child = self.charts[chart].clone();
                        self.charts.push(child);
                    }
                    self.set_children(id, (first..self.charts.len()).collect());
                } else {
                    self.charts.push(copy);
                }
            }
            let need = &mut self.needs[need];
            if !need.alias.is_empty() {
                need.name = need.alias.clone();
            }
            need.enabled = true;
        }
        self.set_children(id, children);

        let coalesced = values.deep_copy(&mut Work::new());
        coalesce(self, id, &coalesced, false, self.profile, reporter)?;
        self.apply_tags(&needs, &coalesced, reporter);
        self.apply_conditions(&needs, &coalesced, path, reporter);

        let enabled = |need: &usize| self.needs[*need].enabled;
        let removed: HashSet<&Str> =
            needs.iter().filter(|n| !enabled(n)).map(|n| &self.needs[*n].name).collect();
        let kept = |name: &Str| !removed.contains(name);
        let children: Vec<usize> = self.charts[id]
            .children
            .iter()
            .filter(|c| kept(&self.charts[**c].name))
            .copied()
            .collect();
        let needs: Vec<usize> =
            needs.iter().filter(|n| kept(&self.needs[**n].name)).copied().collect();

        for &child in &children {
            let path = [path, &self.charts[child].name, b"."].concat();
            self.process_enabled(child, &coalesced, &path, reporter)?;
        }
        // Appending nothing to a nil slice leaves it nil.
        self.charts[id].needs = if needs.is_empty() { None } else { Some(needs) };
        self.set_children(id, children);
        Ok(())
    }

    fn apply_tags(&mut self, needs: &[usize], values: &Table, reporter: &dyn Reporter) {
        let Some(Node::Table(tags)) = values.get(b"tags") else { return };
        for &need in needs {
            let need = &mut self.needs[need];
            let (mut has_true, mut has_false) = (false, false);
            for tag in need.tags.iter().flatten() {
                match tags.get(tag) {
                    None => {}
                    Some(Node::Leaf(Value::Bool(true))) => has_true = true,
                    Some(Node::Leaf(Value::Bool(false))) => has_false = true,
                    Some(_) => reporter.warn(Warning::TagNotBool {
                        tag: tag.to_string(),
                        chart: need.name.to_string(),
                    }),
                }
            }
            need.enabled = has_true || !has_false;
        }
    }

    fn apply_conditions(
        &mut self,
        needs: &[usize],
        values: &Table,
        path: &[u8],
        reporter: &dyn Reporter,
    ) {
        for &need in needs {
            let need = &mut self.needs[need];
            let conditions = unicode::trim_space(&need.condition).split(|b| *b == b',');
            for condition in conditions.filter(|c| !c.is_empty()) {
                match path_value(values, &[path, condition].concat()) {
                    None => {}
                    Some(Value::Bool(on)) => {
                        need.enabled = on;
                        break;
                    }
                    Some(_) => reporter.warn(Warning::ConditionNotBool {
                        path: String::from_utf8_lossy(condition).into_owned(),
                        chart: need.name.to_string(),
                    }),
                }
            }
        }
    }

    fn process_imports(&mut self, id: usize, reporter: &dyn Reporter) -> Result<(), ValuesError> {
        for child in self.charts[id].children.clone() {
            self.process_imports(child, reporter)?;
        }
        let Some(needs) = self.charts[id].needs.clone() else { return Ok(()) };
        let coalesced = Table::new();
        coalesce(self, id, &coalesced, true, self.profile, reporter)?;
        let imported = Table::new();
        let mut any = false;
        for need in needs {
            let need = &mut self.needs[need];
            let mut record = Vec::new();
            let Value::List(imports) = need.import_values.thaw() else { continue };
            for import in imports.iter() {
                let (child, parent, one_sided) = match import {
                    // What is left of an earlier pass, over another copy of the chart, has another
                    // type; Helm passes it over.
                    Value::Map(pair) if pair.map_type().name == ANY_MAP.name => {
                        let text = |key: &[u8]| text_of(pair.get(key), self.profile);
                        (text(b"child")?, text(b"parent")?, false)
                    }
                    Value::Str(name) => {
                        let child = Str::from([b"exports.", &name[..]].concat());
                        (child, Str::from_static("."), true)
                    }
                    _ => continue,
                };
                record.push(Value::Map(Map::from_entries(
                    &STRING_MAP,
                    [
                        (Str::from_static("child"), Value::Str(child.clone())),
                        (Str::from_static("parent"), Value::Str(parent.clone())),
                    ],
                )));
                match table_at(&coalesced, &[&need.name[..], b".", &child].concat()) {
                    Ok(table) => {
                        // Helm returns a new table for an empty one.
                        let table = if table.is_bare() { Table::new() } else { table };
                        let source = nested(&parent, table)?;
                        merge_tables(&imported, &source, self.profile, reporter)?;
                        if imported.is_cyclic() || coalesced.is_cyclic() {
                            return Err(ValuesError::TooDeep);
                        }
                        any = true;
                    }
                    Err(key) => {
                        let key = String::from_utf8_lossy(key.as_ref()).into_owned();
                        reporter.warn(if one_sided {
                            Warning::ImportMissing { key }
                        } else {
                            Warning::ImportMissingFrom { chart: need.name.to_string(), key }
                        });
                    }
                }
            }
            let left =
                if record.is_empty() { List::nil(Elem::Any) } else { List::new(Elem::Any, record) };
            need.import_values = Frozen::new(&Value::List(left));
        }
        let mut work = Work::new();
        let values = if any {
            let values = coalesced.deep_copy(&mut work);
            work.check()?;
            merge_tables(&values, &imported, self.profile, reporter)?;
            values
        } else {
            coalesced
        };
        self.charts[id].chart.values = values.freeze(&mut work);
        work.check()
    }

    /// Returns the charts as a tree again; one that two parents hold is there twice.
    fn build(&self, id: usize, left: &mut usize) -> Result<Chart, ValuesError> {
        *left = left.checked_sub(1).ok_or(ValuesError::TooManyCharts)?;
        let held = &self.charts[id];
        let mut chart = held.chart.clone();
        if held.needs.is_some()
            || chart.metadata.dependencies.is_some()
            || held.name != *chart.name()
        {
            let needs = held.needs.as_ref();
            chart.metadata = Arc::new(Metadata {
                name: held.name.clone(),
                dependencies: needs.map(|n| n.iter().map(|n| self.needs[*n].clone()).collect()),
                ..(*chart.metadata).clone()
            });
        }
        chart.is_root = held.parent.is_none();
        chart.full_path = self.full_path(id);
        chart.dependencies =
            held.children.iter().map(|c| self.build(*c, left)).collect::<Result<_, _>>()?;
        Ok(chart)
    }

    /// Returns the path by parents, which of a chart held twice are the last that took it.
    fn full_path(&self, id: usize) -> Str {
        let mut names = vec![&self.charts[id].name[..]];
        let mut at = id;
        while let Some(parent) = self.charts[at].parent {
            // Parents are nearer to the root than their children: the chain ends.
            names.push(&self.charts[parent].name);
            at = parent;
        }
        names.reverse();
        Str::from(names.join(&b"/charts/"[..]))
    }
}

/// Returns the numbers that bear each name, in their order.
fn by_name<'a>(numbers: impl Iterator<Item = (&'a Str, usize)>) -> HashMap<Str, Vec<usize>> {
    let mut found: HashMap<Str, Vec<usize>> = HashMap::new();
    numbers.for_each(|(name, number)| found.entry(name.clone()).or_default().push(number));
    found
}

/// Helm asserts the type, and says of its panic what the error displays; by [`Rule::ImportedPathsAreTexts`] it prints
/// what is no text.
fn text_of(value: Option<Value>, profile: Profile) -> Result<Str, ValuesError> {
    match value {
        Some(Value::Str(text)) => Ok(text),
        other if profile.has(Rule::ImportedPathsAreTexts) => {
            let printed = gostd::fmt::sprintf(b"%v", &[other.unwrap_or(Value::Nil)]);
            printed.map(Str::from).map_err(|_| ValuesError::TooDeep)
        }
        other => {
            let found = match other {
                None | Some(Value::Nil | Value::Invalid) => "nil".into(),
                Some(other) => other.type_name(),
            };
            Err(ValuesError::ImportName { found })
        }
    }
}

/// Reproduces Helm's `PathValue`: what lies at a dotted path, unless it is a table.
fn path_value(values: &Table, path: &[u8]) -> Option<Value> {
    let mut keys = path.rsplitn(2, |b| *b == b'.');
    let last = keys.next()?;
    let found = match keys.next() {
        Some(path) => table_at(values, path).ok()?.get(last)?,
        None => values.get(last)?,
    };
    match found {
        Node::Leaf(value) => Some(value),
        Node::Table(_) => None,
    }
}

/// Reproduces Helm's `Table`: the table at a dotted path, or the first key that leads to none.
fn table_at(values: &Table, path: &[u8]) -> Result<Table, Vec<u8>> {
    let mut table = values.clone();
    for key in path.split(|b| *b == b'.') {
        match table.get(key) {
            Some(Node::Table(inner)) => table = inner,
            _ => return Err(key.to_vec()),
        }
    }
    Ok(table)
}

/// Returns the table wrapped into tables along a dotted path; `.` is no path at all.
fn nested(path: &[u8], table: Table) -> Result<Table, ValuesError> {
    if path == b"." {
        return Ok(table);
    }
    // Far below what coalescing can walk down.
    if path.iter().filter(|b| **b == b'.').count() > 500 {
        return Err(ValuesError::TooDeep);
    }
    let keys = path.rsplit(|b| *b == b'.');
    Ok(keys.fold(table, |inner, key| Table::with_entry(key, Node::Table(inner))))
}
