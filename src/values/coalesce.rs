//! Coalesces values: what a chart and the charts it holds see as `.Values`, made of the user's values,
//! each chart's defaults, and the globals.

use std::marker::PhantomData;

use super::ValuesError;
use super::table::{self, Node, Table, Work};
use crate::chart::Chart;
use crate::profile::{Profile, Rule};
use crate::report::{Reporter, Warning};
use gostd::fmt;
use gostd::stack;
use gostd::value::{Map, Str, Value};

/// The key under which all charts share values.
pub(super) const GLOBAL: &[u8] = b"global";

/// Reproduces Helm's `CoalesceValues`: the values of a chart with those of the charts it holds,
/// nulls having removed what they override. The result is new through and through, and of Go's type
/// `chartutil.Values`; tables deep inside the globals are shared between charts as Helm shares them.
///
/// `warn` takes the lines that Helm logs, its `file.go:line: ` in front.
pub fn coalesce_values(
    chart: &Chart,
    values: &Map,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<Map, ValuesError> {
    let dest = Table::copy_of(values);
    coalesce(&Loaded(PhantomData), chart, &dest, false, profile, reporter)?;
    let mut work = Work::new();
    let map = dest.to_map(profile.values_type(), &mut work);
    work.check()?;
    Ok(map)
}

/// Reproduces Helm's `MergeValues`: as [`coalesce_values`], but nulls stay.
pub fn merge_values(
    chart: &Chart,
    values: &Map,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<Map, ValuesError> {
    let dest = Table::copy_of(values);
    coalesce(&Loaded(PhantomData), chart, &dest, true, profile, reporter)?;
    let mut work = Work::new();
    let map = dest.to_map(profile.values_type(), &mut work);
    work.check()?;
    Ok(map)
}

/// A tree of charts, as far as coalescing looks at it.
pub(super) trait Charts {
    type Chart: Copy;
    fn name(&self, chart: Self::Chart) -> &Str;
    fn values(&self, chart: Self::Chart) -> &Map;
    fn child(&self, chart: Self::Chart, index: usize) -> Option<Self::Chart>;
}

/// Charts as they are loaded.
struct Loaded<'a>(PhantomData<&'a Chart>);

impl<'a> Charts for Loaded<'a> {
    type Chart = &'a Chart;

    fn name(&self, chart: &'a Chart) -> &Str {
        chart.name()
    }

    fn values(&self, chart: &'a Chart) -> &Map {
        &chart.values
    }

    fn child(&self, chart: &'a Chart, index: usize) -> Option<&'a Chart> {
        chart.dependencies.get(index)
    }
}

/// Where in the values something is, for warnings: written out only when there is one.
#[derive(Clone, Copy)]
struct Place<'a> {
    outer: Option<&'a Place<'a>>,
    key: &'a [u8],
}

impl Place<'_> {
    fn text(&self) -> String {
        let mut places: Vec<&Place<'_>> = std::iter::successors(Some(self), |p| p.outer).collect();
        places.reverse();
        let mut text = String::new();
        for place in places {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(&String::from_utf8_lossy(place.key));
        }
        text
    }
}

/// Coalesces the values of a chart, and of the charts it holds, into `dest`, whose own come first.
/// With `merge`, nulls stay.
pub(super) fn coalesce<C: Charts>(
    charts: &C,
    chart: C::Chart,
    dest: &Table,
    merge: bool,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<(), ValuesError> {
    let mut c = Coalescing { charts, merge, profile, reporter, work: Work::new() };
    c.chart(chart, dest, None)?;
    c.work.check()
}

/// Puts the values of `src` under those of `dest`, in `dest` itself and in its tables; where `dest`
/// has a null, the key goes. Helm's `CoalesceTables`. `reporter` receives the events.
pub fn coalesce_tables(
    dest: &Map,
    src: &Map,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<(), ValuesError> {
    let mut work = Work::new();
    coalesce_maps(dest, src, None, profile, reporter, &mut work);
    work.check()
}

fn coalesce_maps(
    dest: &Map,
    src: &Map,
    place: Option<&Place<'_>>,
    profile: Profile,
    reporter: &dyn Reporter,
    work: &mut Work,
) {
    let entries = src.entries();
    if !work.enter(entries.len()) {
        return;
    }
    if profile.has(Rule::NullsOfAbsentKeysGo) {
        for (key, value) in dest.entries() {
            if value.is_nil() && src.get(&key).is_none() {
                drop(dest.remove(&key));
            }
        }
    }
    for (key, value) in entries {
        let at = Place { outer: place, key: &key };
        match (dest.get(&key), value) {
            (None, value) => dest.insert(key, value),
            (Some(Value::Nil | Value::Invalid), value)
                if !(value.is_nil() && profile.has(Rule::NullsOverNullsStay)) =>
            {
                drop(dest.remove(&key));
            }
            (Some(Value::Map(own)), Value::Map(inner)) => {
                stack::at_depth(work.levels(), || {
                    coalesce_maps(&own, &inner, Some(&at), profile, reporter, work);
                });
            }
            (Some(_), value @ Value::Map(_)) => {
                reporter.warn(Warning::TableOverValue { path: at.text(), value: printed(value) })
            }
            (Some(Value::Map(_)), value) if !value.is_nil() => {
                reporter.warn(Warning::ValueOverTable { path: at.text(), value: printed(value) })
            }
            _ => {}
        }
    }
    work.leave();
}

/// Merges `src` into `dest`, whose own values come first; nulls stay. Helm's `MergeTables`.
pub(super) fn merge_tables(
    dest: &Table,
    src: &Table,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<(), ValuesError> {
    let charts = &Loaded(PhantomData);
    let mut c = Coalescing { charts, merge: true, profile, reporter, work: Work::new() };
    c.tables(dest, src, None, true, false);
    c.work.check()
}

struct Coalescing<'a, C> {
    charts: &'a C,
    merge: bool,
    profile: Profile,
    reporter: &'a dyn Reporter,
    work: Work,
}

impl<C: Charts> Coalescing<'_, C> {
    fn chart(
        &mut self,
        chart: C::Chart,
        dest: &Table,
        outer: Option<&Place<'_>>,
    ) -> Result<(), ValuesError> {
        let charts = self.charts;
        let place = Place { outer, key: charts.name(chart) };
        self.defaults(chart, dest, &place);
        let mut index = 0;
        while let Some(child) = charts.child(chart, index) {
            index += 1;
            let name = charts.name(child);
            let inner = match dest.get(name) {
                Some(Node::Table(table)) => table,
                Some(Node::Leaf(other)) => {
                    let found = fmt::sprintf(b"%t", &[other]).unwrap_or_default();
                    let found = String::from_utf8_lossy(&found).into_owned();
                    return Err(ValuesError::NoTable { chart: name.clone(), found });
                }
                None => {
                    let table = Table::new();
                    dest.insert(name.clone(), Node::Table(table.clone()));
                    table
                }
            };
            self.globals(&inner, dest, &place);
            let mut result = Ok(());
            self.deeper(|c| result = c.chart(child, &inner, Some(&place)));
            result?;
        }
        Ok(())
    }

    /// Goes one chart or table down, unless that is too deep.
    fn deeper(&mut self, run: impl FnOnce(&mut Self)) {
        if self.work.enter(1) {
            stack::at_depth(self.work.levels(), || run(self));
            self.work.leave();
        }
    }

    /// Puts a chart's defaults under the values in `dest`.
    fn defaults(&mut self, chart: C::Chart, dest: &Table, place: &Place<'_>) {
        let charts = self.charts;
        let drops = !self.merge && self.profile.has(Rule::NullDefaultsGo);
        let pruned = drops.then(|| table::without_nulls(charts.values(chart), 0)).flatten();
        let defaults = pruned.as_ref().unwrap_or(charts.values(chart));
        if dest.is_empty() {
            dest.fill(defaults);
            return;
        }
        // A null among the defaults still removes one of the user's.
        for (key, default) in charts.values(chart).borrow().iter() {
            match dest.get(key) {
                None => {
                    if let Some(kept) = defaults.get(key) {
                        dest.insert(key.clone(), Node::copy_of(&kept));
                    }
                }
                Some(Node::Leaf(Value::Nil | Value::Invalid)) => {
                    // A null removes the key, for charts to see none.
                    if !self.merge {
                        dest.remove(key);
                    }
                }
                Some(Node::Leaf(_)) => {}
                Some(Node::Table(inner)) => match default {
                    Value::Map(map) => {
                        let merge = self.merge || self.is_child(chart, key);
                        let at = Place { outer: Some(place), key };
                        // What is a subchart's keeps its nulls.
                        let pruned = pruned.as_ref().filter(|_| !merge).and_then(|p| p.get(key));
                        let default = match pruned {
                            Some(Value::Map(pruned)) => Table::copy_of(&pruned),
                            _ => Table::copy_of(map),
                        };
                        self.tables(&inner, &default, Some(&at), merge, true);
                    }
                    Value::Nil | Value::Invalid => {}
                    _ => {
                        let path = Place { outer: Some(place), key }.text();
                        self.reporter.warn(Warning::SkippedValue { path });
                    }
                },
            }
        }
    }

    fn is_child(&self, chart: C::Chart, key: &[u8]) -> bool {
        let mut children = (0..).map_while(|index| self.charts.child(chart, index));
        children.any(|child| self.charts.name(child).as_bytes() == key)
    }

    /// Hands a chart's globals down. Tables below the second level stay shared by both charts, so
    /// that what a subchart adds there shows in its parent: so they are in Helm.
    fn globals(&mut self, dest: &Table, src: &Table, place: &Place<'_>) {
        let given = match dest.get(GLOBAL) {
            None => Table::new(),
            Some(Node::Table(table)) => table,
            Some(Node::Leaf(_)) => {
                self.reporter.warn(Warning::GlobalDestinationNotTable);
                return;
            }
        };
        let inherited = match src.get(GLOBAL) {
            None => Table::new(),
            Some(Node::Table(table)) => table,
            Some(Node::Leaf(_)) => {
                self.reporter.warn(Warning::GlobalSourceNotTable);
                return;
            }
        };
        for (key, value) in inherited.entries() {
            match (value, given.get(&key)) {
                (Node::Table(table), None) => given.insert(key, Node::Table(table.shallow_copy())),
                (Node::Table(table), Some(Node::Table(own))) => {
                    let merged = table.shallow_copy();
                    let at = Place { outer: Some(place), key: &key };
                    self.tables(&merged, &own, Some(&at), true, false);
                    given.insert(key, Node::Table(merged));
                }
                (Node::Table(_), Some(Node::Leaf(_))) => {
                    self.reporter.warn(Warning::GlobalConflict { key: key.to_string() });
                }
                (Node::Leaf(_), Some(Node::Table(_))) => {
                    self.reporter.warn(Warning::GlobalIsTable { key: key.to_string() });
                }
                (leaf, _) => given.insert(key, leaf),
            }
        }
        dest.insert(Str::from_static("global"), Node::Table(given));
    }

    /// Merges `src` into `dest`, whose own values come first. `last` tells that `src` is
    /// not used again.
    fn tables(
        &mut self,
        dest: &Table,
        src: &Table,
        place: Option<&Place<'_>>,
        merge: bool,
        last: bool,
    ) {
        let entries = if last { src.take_entries() } else { src.entries() };
        if !self.work.enter(entries.len()) {
            return;
        }
        if !merge && self.profile.has(Rule::NullsOfAbsentKeysGo) {
            for (key, value) in dest.entries() {
                if value.is_null() && entries.iter().all(|(given, _)| *given != key) {
                    dest.remove(&key);
                }
            }
        }
        for (key, value) in entries {
            let at = Place { outer: place, key: &key };
            match (dest.get(&key), value) {
                (None, value) => dest.insert(key, value),
                (Some(own), value)
                    if own.is_null()
                        && !merge
                        && !(value.is_null() && self.profile.has(Rule::NullsOverNullsStay)) =>
                {
                    dest.remove(&key);
                }
                (Some(own), _) if own.is_null() && self.profile.has(Rule::NullsReachDefaults) => {}
                (Some(Node::Table(own)), Node::Table(value)) => {
                    stack::at_depth(self.work.levels(), || {
                        self.tables(&own, &value, Some(&at), merge, last);
                    });
                }
                (Some(Node::Leaf(_)), Node::Table(value)) => {
                    let value = Node::Table(value).to_value(&mut self.work);
                    self.reporter
                        .warn(Warning::TableOverValue { path: at.text(), value: printed(value) });
                }
                (Some(Node::Table(_)), Node::Leaf(value)) if !value.is_nil() => {
                    self.reporter
                        .warn(Warning::ValueOverTable { path: at.text(), value: printed(value) });
                }
                _ => {}
            }
        }
        self.work.leave();
    }
}

/// Returns a value as Go prints it in a warning.
pub(crate) fn printed(value: Value) -> String {
    let text = fmt::sprintf(b"%v", &[value]).unwrap_or_else(|error| error.to_string().into_bytes());
    String::from_utf8_lossy(&text).into_owned()
}
