//! Tells where each of a chart's values was set, and what that overrode. It is made on demand only.
//!
//! The values of each layer (a file, a flag, a chart's defaults) are replaced by tags, and merged by the functions that
//! merge the values themselves: these look at maps, lists and nulls, and at nothing else. What a setting overrode is
//! found by merging again without it.

mod hops;
mod merge;
mod path;
mod tag;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use super::layers::{LayerError, Layers, Reader};
use super::{ValuesError, coalesce, prepare};
use crate::chart::{Chart, ValuesFileError};
use crate::report::Silent;
use gostd::value::{Map, Str, Value};
use goyaml::{Span, Spot};
use merge::{Merged, Merging, found};
use tag::{Content, Home, Record};

pub use super::layers::SetFlag;
pub use hops::{Hop, Way};
pub use path::{Key, PathError, parse_path, path_text};

/// How many settings of one value are looked for, and how many nulls that may hide it.
const MAX_SETTINGS: usize = 64;
const MAX_NULLS: usize = 32;

/// A layer of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A line of a flag of the `--set` family.
    Flag {
        /// The flag.
        flag: SetFlag,
        /// Which one of those it is, from 0.
        number: usize,
        /// Its text.
        line: Vec<u8>,
    },
    /// A file of `-f`.
    File {
        /// Which one of those it is, from 0.
        number: usize,
        /// Its name on the command line.
        name: Vec<u8>,
    },
    /// The defaults of a chart.
    Chart {
        /// The names of the charts that lead to it: none for the chart itself, `["db"]` for one in its `charts/`.
        chart: Vec<Str>,
        /// Its file within the chart, e.g. `charts/db/values.yaml`. An archive reads like a folder.
        file: String,
    },
}

/// Where a setting stands in a file. Columns are in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its key; nothing of an item of a list.
    pub key: Option<Span>,
    /// Its value; nothing of a null that is not written.
    pub value: Option<Span>,
    /// The alias (`*name`, also behind `<<:`) that brought it, of what stands in the text of an anchor. The value that is
    /// an alias itself stands where the alias is.
    pub through: Option<Span>,
}

impl Place {
    /// Returns where to look first: the key, or else the value.
    pub fn first(&self) -> Option<Span> {
        self.key.or(self.value)
    }
}

/// What sets a value.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The number of its layer in [`Origins::layers`].
    pub layer: usize,
    /// The layer.
    pub source: Source,
    /// The path in the layer.
    pub path: Vec<Key>,
    /// The value: null, a scalar, or all that the layer has of a list or a map.
    pub value: Value,
    /// Where it stands, in a file.
    pub place: Option<Place>,
    /// How it came to another path than the layer's own: through `global` and `import-values`, from the layer on. Where
    /// imports import from each other the way may not be found.
    pub hops: Vec<Hop>,
}

/// What sets a value, in short.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The number of its layer in [`Origins::layers`].
    pub layer: usize,
    /// Where it stands, in a file.
    pub place: Option<Place>,
    /// The value that is in force, but for lists and maps.
    pub value: Option<Value>,
}

/// What sets a value, and what would if that did not.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The setting in force. Nothing where the value is not set, or removed.
    pub in_force: Option<Setting>,
    /// What removed the value: a null, or a scalar or a list in the place of what held it.
    pub removed_by: Option<Setting>,
    /// What is overridden or removed, the next in force first. Of a map these are the ones that it is merged with.
    pub overridden: Vec<Setting>,
}

impl Answer {
    /// Returns all settings, the strongest first.
    pub fn all(&self) -> impl Iterator<Item = &Setting> {
        self.in_force.iter().chain(&self.removed_by).chain(&self.overridden)
    }
}

/// A layer, the strongest of which comes first.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'o> {
    /// What it is.
    pub source: &'o Source,
    /// The text of its file.
    pub text: Option<&'o Arc<[u8]>>,
}

/// A value that a layer sets and that holds no others: a scalar, a null, an empty list or an empty map.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// What sets it; its hops are not looked for.
    pub setting: Setting,
    /// The paths of the final values where it is in force: none where it is overridden, more than one of a global.
    /// Of nulls there are none.
    pub in_force: Vec<Vec<Key>>,
}

/// Why origins cannot be told: the values themselves cannot be made.
#[derive(Debug)]
pub enum OriginsError {
    /// The user's values cannot be had.
    Layers(LayerError),
    /// A file of values cannot be read a second time.
    File(ValuesFileError),
    /// The values of the chart cannot be made.
    Values(ValuesError),
}

impl fmt::Display for OriginsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OriginsError::Layers(cause) => cause.fmt(f),
            OriginsError::File(cause) => cause.fmt(f),
            OriginsError::Values(cause) => cause.fmt(f),
        }
    }
}

impl Error for OriginsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            OriginsError::Layers(cause) => Some(cause),
            OriginsError::File(cause) => Some(cause),
            OriginsError::Values(cause) => Some(cause),
        }
    }
}

impl From<LayerError> for OriginsError {
    fn from(cause: LayerError) -> OriginsError {
        OriginsError::Layers(cause)
    }
}

impl From<ValuesError> for OriginsError {
    fn from(cause: ValuesError) -> OriginsError {
        OriginsError::Values(cause)
    }
}

/// Where the values of a chart were set.
///
/// ```
/// use statefulchart::chart::{self, File};
/// use statefulchart::report::Silent;
/// use statefulchart::values::layers::Layers;
/// use statefulchart::values::origins::{Key, Origins, Source};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let file = |name: &str, text: &str| File { name: name.into(), data: text.as_bytes().into() };
/// let chart = chart::from_files(
///     vec![
///         file("Chart.yaml", "{apiVersion: v2, name: web, version: 1.0.0}"),
///         file("values.yaml", "image:\n  tag: latest\n"),
///     ],
///     &Silent,
/// )?;
/// let layers = Layers { set: vec![b"image.tag=v2".to_vec()], ..Layers::default() };
/// let origins = Origins::of(&chart, &layers, &mut |_| Err("no files".into()))?;
/// let answer = origins.answer(&[Key::from("image"), Key::from("tag")]);
/// assert!(matches!(answer.in_force.unwrap().source, Source::Flag { line, .. } if line == b"image.tag=v2"));
/// let default = &answer.overridden[0];
/// assert!(matches!(&default.source, Source::Chart { file, .. } if file == "values.yaml"));
/// assert_eq!(default.place.unwrap().first().map(|span| (span.line, span.column)), Some((2, 3)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Origins {
    merging: Merging,
    merged: Merged,
    /// The nulls that layers set, once they are asked for.
    nulls: OnceCell<Vec<Rc<Record>>>,
}

/// What is at a path.
enum Found {
    Absent,
    Null,
    /// A list or a map that no layer has set as such.
    Made,
    Set(Rc<Record>),
}

impl Found {
    fn is_set(&self) -> bool {
        matches!(self, Found::Set(_))
    }
}

/// The settings of a path that are found so far.
struct Chain<'p> {
    path: &'p [Key],
    /// What is at the path without them; nothing where no more are looked for.
    state: Option<Found>,
    answer: Answer,
}

impl Origins {
    /// Finds the settings of a chart as it was loaded, dependencies not yet settled, with the user's layers. `read` gives
    /// a file's contents by its name on the command line.
    ///
    /// # Errors
    /// Those of merging the layers, and of [`prepare`] and [`coalesce::coalesce_values`].
    pub fn of(
        chart: &Chart,
        layers: &Layers,
        read: &mut Reader<'_>,
    ) -> Result<Origins, OriginsError> {
        let mut merging = Merging::new(chart, layers, read)?;
        match merging.run(&[]) {
            Ok(mut merged) => {
                merging.keep_flags(&mut merged);
                Ok(Origins { merging, merged, nulls: OnceCell::new() })
            }
            // The values themselves fail as well, and their error names no tags.
            Err(error) => {
                let (mut chart, user) = (chart.clone(), &merging.user);
                prepare(&mut chart, user, layers.profile, &Silent)?;
                coalesce::coalesce_values(&chart, user, layers.profile, &Silent)?;
                Err(error)
            }
        }
    }

    /// Returns the user's values, as [`Layers::merge`] does. They must not be changed.
    pub fn user(&self) -> &Map {
        &self.merging.user
    }

    /// Returns the layers, the strongest first.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = Layer<'_>> {
        let layers = self.merging.layers.iter();
        layers.map(|layer| Layer { source: &layer.source, text: layer.text.as_ref() })
    }

    /// Returns the setting in force of a path in the final values.
    pub fn setting(&self, path: &[Key]) -> Option<Setting> {
        match find(&self.merged, path) {
            Found::Set(record) => Some(self.described(&record, path)),
            Found::Null => self.answer(path).in_force,
            Found::Absent | Found::Made => None,
        }
    }

    /// Returns what sets a path in the final values, as [`Origins::setting`] does.
    pub fn in_force(&self, path: &[Key]) -> Option<InForce> {
        let value = at(&self.merged.tree, path)?;
        let record = match &value {
            Value::Nil | Value::Invalid => self.null(path, &[], &Found::Null)?,
            value => found(value, &self.merged.lists)?,
        };
        let value = match value {
            Value::Map(_) | Value::List(_) => None,
            value => Some(tag::untagged(&value)),
        };
        Some(InForce { layer: record.layer, place: self.place(&record), value })
    }

    /// Returns all settings of a path in the final values. The values are merged once more for each.
    pub fn answer(&self, path: &[Key]) -> Answer {
        let mut answers = self.answers(&[path.to_vec()]);
        answers.pop().unwrap_or_default()
    }

    /// Returns all settings of each of some paths. Merging is done for all of them together.
    pub fn answers(&self, paths: &[Vec<Key>]) -> Vec<Answer> {
        let chain = |path| {
            let state = Some(find(&self.merged, path));
            Chain { path, state, answer: Answer::default() }
        };
        let mut chains: Vec<Chain<'_>> = paths.iter().map(|path| chain(path)).collect();
        let mut without = Vec::new();
        let mut left = None;
        let moves = hops::are_possible(&self.merged.chart);
        for level in 0..MAX_SETTINGS {
            let before = without.len();
            for chain in &mut chains {
                let Some(state) = chain.state.take() else { continue };
                let null = || self.null(chain.path, &without[..before], &state);
                let merged = left.as_ref().unwrap_or(&self.merged);
                let record = match &state {
                    Found::Made => None,
                    Found::Set(record) => Some(record.clone()),
                    Found::Null => null(),
                    Found::Absent => {
                        null().or_else(|| self.in_place(chain.path, &without[..before], merged))
                    }
                };
                let Some(record) = record else { continue };
                if paths.len() > 1 && self.is_shared(&record, moves) {
                    // Without it, other paths would lose what it sets as well.
                    chain.answer = self.answer(chain.path);
                    continue;
                }
                let setting = self.described(&record, chain.path);
                match (level, &state) {
                    (0, Found::Absent) => chain.answer.removed_by = Some(setting),
                    (0, _) => chain.answer.in_force = Some(setting),
                    _ => chain.answer.overridden.push(setting),
                }
                chain.state = Some(state);
                without.push(record);
            }
            if without.len() == before {
                break;
            }
            match self.merging.run(&without) {
                Ok(merged) => {
                    let open = chains.iter_mut().filter(|chain| chain.state.is_some());
                    open.for_each(|chain| chain.state = Some(find(&merged, chain.path)));
                    left = Some(merged);
                }
                // What is left makes no values.
                Err(_) => break,
            }
        }
        chains.into_iter().map(|chain| chain.answer).collect()
    }

    /// Tells whether a setting, or what goes with it, may come to more than one path. `moves` tells whether a chart's
    /// defaults may.
    fn is_shared(&self, record: &Record, moves: bool) -> bool {
        // What is in `global` has the same place in the order at each path.
        let layer = self.merging.layers.get(record.layer);
        layer.is_none_or(|layer| match layer.source {
            Source::Flag { .. } => true,
            Source::File { .. } => false,
            Source::Chart { .. } => moves,
        })
    }

    /// Returns the strongest null that keeps a path from its value, where all of `without` is gone.
    fn null(&self, path: &[Key], without: &[Rc<Record>], state: &Found) -> Option<Rc<Record>> {
        let nulls = self.nulls.get_or_init(|| {
            let leaves = self.merging.layers.iter().flat_map(|layer| &layer.leaves);
            leaves.filter(|record| record.is_null()).cloned().collect()
        });
        let may_hide = |record: &&Rc<Record>| {
            path.contains(&record.home.key)
                && !without.iter().any(|other| Rc::ptr_eq(record, other))
        };
        let nulls: Vec<&Rc<Record>> = nulls.iter().filter(may_hide).take(MAX_NULLS).collect();
        if let ([only], Found::Null) = (&nulls[..], state) {
            return Some((*only).clone());
        }
        let differs = |gone: &[&Rc<Record>]| {
            let without = without.iter().chain(gone.iter().copied()).cloned();
            let merged = self.merging.run(&without.collect::<Vec<_>>());
            merged.is_ok_and(|merged| match find(&merged, path) {
                Found::Absent => matches!(state, Found::Null),
                found => found.is_set(),
            })
        };
        let alone = nulls.iter().find(|null| differs(&[**null])).copied();
        // Several may hide the same value.
        let first =
            || nulls.iter().find(|null| path.ends_with(&null.home.path())).or(nulls.first());
        let found =
            alone.or_else(|| first().copied().filter(|_| nulls.len() > 1 && differs(&nulls)));
        found.or_else(|| first().copied().filter(|_| matches!(state, Found::Null))).cloned()
    }

    /// Returns the scalar or the list that stands where others have what holds a path.
    fn in_place(
        &self,
        path: &[Key],
        without: &[Rc<Record>],
        merged: &Merged,
    ) -> Option<Rc<Record>> {
        let mut without = without.to_vec();
        let mut first = None;
        let mut left: Option<Merged> = None;
        for _ in 0..MAX_NULLS {
            let merged = left.as_ref().unwrap_or(merged);
            let mut above = (1..path.len()).rev().map(|end| find(merged, &path[..end]));
            let Found::Set(record) = above.find(|found| !matches!(found, Found::Absent))? else {
                return None;
            };
            if record.is_map() {
                return None;
            }
            without.push(record.clone());
            first.get_or_insert(record);
            let merged = self.merging.run(&without).ok()?;
            if find(&merged, path).is_set() {
                return first;
            }
            left = Some(merged);
        }
        None
    }

    /// Returns the value at a path of the final values.
    pub fn value(&self, path: &[Key]) -> Option<Value> {
        at(&self.merged.tree, path).map(|value| tag::untagged(&value))
    }

    /// Returns the names in a map of the final values, or the indexes of a list.
    pub fn members(&self, path: &[Key]) -> Vec<Key> {
        match at(&self.merged.tree, path) {
            Some(Value::Map(map)) => {
                let names = map.keys().into_iter().filter(|name| **name != *super::table::OWN);
                names.map(Key::Name).collect()
            }
            Some(Value::List(list)) => (0..list.len()).map(Key::Index).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns what each layer sets, layer by layer, in the order of the keys.
    pub fn leaves(&self) -> Vec<Leaf> {
        let mut landed: HashMap<*const Record, Vec<Vec<Key>>> = HashMap::new();
        let tree = Value::Map(self.merged.tree.clone());
        tag::walk(&tree, &mut Vec::new(), &mut |value, path| {
            let is_leaf = |record: &Rc<Record>| record.is_leaf();
            if let Some(record) = found(value, &self.merged.lists).filter(is_leaf) {
                landed.entry(Rc::as_ptr(&record)).or_default().push(path.to_vec());
            }
        });
        let leaves = self.merging.layers.iter().flat_map(|layer| &layer.leaves);
        let leaf = |record: &Rc<Record>| Leaf {
            setting: self.setting_of(record),
            in_force: landed.remove(&Rc::as_ptr(record)).unwrap_or_default(),
        };
        leaves.map(leaf).collect()
    }

    fn setting_of(&self, record: &Record) -> Setting {
        let layer = self.merging.layers.get(record.layer);
        let flag = || Source::Flag { flag: SetFlag::Plain, number: 0, line: Vec::new() };
        Setting {
            layer: record.layer,
            source: layer.map_or_else(flag, |layer| layer.source.clone()),
            path: record.home.path(),
            value: self.value_of(record),
            place: self.place(record),
            hops: Vec::new(),
        }
    }

    fn value_of(&self, record: &Record) -> Value {
        let Content::Leaf(value) = &record.content else {
            let layer = self.merging.layers.get(record.layer);
            let leaves = layer.map_or(&[][..], |layer| &layer.leaves);
            // They are in the order of their paths, document by document.
            let path = record.home.path();
            let is_before = |leaf: &Rc<Record>| {
                (leaf.document, leaf.home.path()).lt(&(record.document, path.clone()))
            };
            let first = leaves.partition_point(is_before);
            let is_below = |leaf: &&Rc<Record>| {
                leaf.document == record.document && leaf.home.path().starts_with(&path)
            };
            return tag::assembled(leaves[first..].iter().take_while(is_below), &path);
        };
        value.clone()
    }

    fn described(&self, record: &Record, path: &[Key]) -> Setting {
        let chart = self.merging.layers.get(record.layer).and_then(|layer| layer.chart);
        let hops = hops::between(&self.merged.chart, chart, &record.home.path(), path);
        Setting { hops, ..self.setting_of(record) }
    }

    fn place(&self, record: &Record) -> Option<Place> {
        let documents = &self.merging.layers.get(record.layer)?.documents;
        let document = documents.get(record.document)?;
        let root = document.spans.as_ref()?.root()?;
        let spot = spot_of(root, &record.home)?;
        let moved = |span: Option<Span>| {
            span.map(|span| Span { line: span.line + document.lines_before, ..span })
        };
        let (key, value) = (moved(spot.key()), moved(spot.value()));
        Some(Place { key, value, through: moved(spot.through()) })
    }
}

/// Returns the place of a setting below that of the whole document.
fn spot_of<'s>(root: Spot<'s>, home: &Home) -> Option<Spot<'s>> {
    let outer = match &home.outer {
        Some(outer) => spot_of(root, outer)?,
        None => root,
    };
    match &home.key {
        Key::Name(name) => outer.member(name),
        Key::Index(index) => outer.item(*index),
    }
}

/// Returns the value at a path of tagged values.
fn at(tree: &Map, path: &[Key]) -> Option<Value> {
    path.iter().try_fold(Value::Map(tree.clone()), |value, key| match (value, key) {
        (Value::Map(map), Key::Name(name)) if **name != *super::table::OWN => map.get(name),
        (Value::List(list), Key::Index(index)) => list.get(*index).cloned(),
        _ => None,
    })
}

fn find(merged: &Merged, path: &[Key]) -> Found {
    match at(&merged.tree, path) {
        None => Found::Absent,
        Some(Value::Nil | Value::Invalid) => Found::Null,
        Some(value) => found(&value, &merged.lists).map_or(Found::Made, Found::Set),
    }
}
