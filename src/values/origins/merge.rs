//! Merges tagged layers, by the functions that merge the values themselves.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::tag::{self, Content, Lists, Record, Tagger};
use super::{Key, OriginsError, Source};
use crate::chart::{Chart, ValuesFileError, read_values_by};
use crate::profile::Profile;
use crate::report::Silent;
use crate::values::coalesce::coalesce_values;
use crate::values::dependencies::process_replacing;
use crate::values::layers::{Layers, ReadError, Reader, SetFlag, Watch};
use gostd::value::{Map, Value};
use goyaml::Spans;

/// A layer with tags in the place of its values.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) source: Source,
    pub(super) text: Option<Arc<[u8]>>,
    /// What a file holds; nothing of a flag.
    pub(super) documents: Vec<Document>,
    pub(super) leaves: Vec<Rc<Record>>,
    /// What tells the chart of the layer from others, through all that is done with charts.
    pub(super) chart: Option<usize>,
}

/// A document of a file.
#[derive(Debug)]
pub(super) struct Document {
    map: Map,
    pub(super) spans: Option<Spans>,
    /// How many lines lie before it.
    pub(super) lines_before: usize,
}

/// Returns what tells a chart from others: its copies share its templates.
pub(super) fn address(chart: &Chart) -> usize {
    Arc::as_ptr(&chart.templates).addr()
}

/// The files that were read, by their names on the command line: a name may be read more than once, and standard input
/// is empty the second time.
#[derive(Debug, Default)]
pub(super) struct Files(HashMap<Vec<u8>, Vec<Vec<u8>>>);

impl Files {
    /// Reads a file and keeps it.
    pub(super) fn read(
        &mut self,
        name: &[u8],
        read: &mut Reader<'_>,
    ) -> Result<Vec<u8>, ReadError> {
        let data = read(name)?;
        self.0.entry(name.to_vec()).or_default().push(data.clone());
        Ok(data)
    }

    /// Returns what was read at the so many-th time.
    fn again(&self, name: &[u8], time: usize) -> Vec<u8> {
        let all = self.0.get(name).map(Vec::as_slice).unwrap_or_default();
        all.get(time).or(all.last()).cloned().unwrap_or_default()
    }
}

/// What merging tagged layers gives.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) tree: Map,
    /// The chart, its dependencies settled.
    pub(super) chart: Chart,
    pub(super) lists: Lists,
    /// The leaves that flags set, by layer.
    of_flags: HashMap<usize, Vec<Rc<Record>>>,
}

/// What is merged.
#[derive(Debug)]
pub(super) struct Merging {
    /// The chart as it was loaded.
    pub(super) chart: Chart,
    pub(super) given: Layers,
    /// The user's values.
    pub(super) user: Map,
    pub(super) files: Files,
    /// The strongest first.
    pub(super) layers: Vec<Layer>,
    /// The lists of files.
    lists: RefCell<Lists>,
}

impl Merging {
    pub(super) fn new(
        chart: &Chart,
        given: &Layers,
        read: &mut Reader<'_>,
    ) -> Result<Merging, OriginsError> {
        let mut files = Files::default();
        let user = given.merge(&mut |name| files.read(name, read))?;
        let (chart, given) = (chart.clone(), given.clone());
        let mut merging =
            Merging { chart, given, user, files, layers: Vec::new(), lists: RefCell::default() };
        merging.add_flags();
        merging.add_files()?;
        let chart = merging.chart.clone();
        merging.add_chart(&chart, &mut Vec::new(), "")?;
        Ok(merging)
    }

    fn add_flags(&mut self) {
        for flag in SetFlag::ALL.into_iter().rev() {
            for (number, line) in self.given.lines(flag).iter().enumerate().rev() {
                let source = Source::Flag { flag, number, line: line.clone() };
                let (documents, leaves) = (Vec::new(), Vec::new());
                self.layers.push(Layer { source, text: None, documents, leaves, chart: None });
            }
        }
    }

    fn add_files(&mut self) -> Result<(), OriginsError> {
        let mut times: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut layers = Vec::new();
        for (number, name) in self.given.files.iter().enumerate() {
            let time = times.entry(name.clone()).or_default();
            let text: Arc<[u8]> = self.files.again(name, *time).into();
            *time += 1;
            let source = Source::File { number, name: name.clone() };
            layers.push((source, text));
        }
        for (source, text) in layers.into_iter().rev() {
            let layer = self.layer(source, Some(text), None, None)?;
            self.layers.push(layer);
        }
        Ok(())
    }

    fn add_chart(
        &mut self,
        chart: &Chart,
        path: &mut Vec<gostd::value::Str>,
        folder: &str,
    ) -> Result<(), OriginsError> {
        let source = Source::Chart { chart: path.clone(), file: format!("{folder}values.yaml") };
        let text = chart.values_text.as_ref().map(|data| data.shared().clone());
        let layer = self.layer(source, text, Some(&chart.values), Some(address(chart)))?;
        self.layers.push(layer);
        for inner in &chart.dependencies {
            path.push(inner.name().clone());
            let entry = match inner.entry.is_empty() {
                true => inner.name(),
                false => &inner.entry,
            };
            let folder = format!("{folder}charts/{}/", entry.to_string_lossy());
            self.add_chart(inner, path, &folder)?;
            path.pop();
        }
        Ok(())
    }

    /// Makes the layer of a file's text, or of values that no file has. Of a text the values may be known.
    fn layer(
        &self,
        source: Source,
        text: Option<Arc<[u8]>>,
        values: Option<&Map>,
        chart: Option<usize>,
    ) -> Result<Layer, OriginsError> {
        let mut documents = Vec::new();
        let mut leaves = Vec::new();
        let number = self.layers.len();
        let lists = &mut *self.lists.borrow_mut();
        let mut add = |values: &Map, spans, lines_before| {
            let document = documents.len();
            let leaves = &mut leaves;
            let map = Tagger { layer: number, document, lists, leaves, nulls: None }.copy(values);
            documents.push(Document { map: map.clone(), spans, lines_before });
            map
        };
        match (&text, values) {
            (Some(text), values) => {
                let read = read_values_by(text, self.given.profile, |document, lines_before| {
                    let spans = Spans::read(document).ok();
                    Ok(match values {
                        // It is the only one.
                        Some(values) if document.len() == text.len() => add(values, spans, 0),
                        _ => add(&goyaml::unmarshal_map(document)?, spans, lines_before()),
                    })
                });
                read.map_err(OriginsError::File)?;
            }
            (None, values) => {
                add(values.unwrap_or(&Map::new()), None, 0);
            }
        }
        Ok(Layer { source, text, documents, leaves, chart })
    }

    /// Returns the values of a file, without some settings. `owned` asks for values that may be changed.
    fn file(
        &self,
        layer: usize,
        without: &[Rc<Record>],
        lists: &mut Lists,
        owned: bool,
    ) -> Result<Map, ValuesFileError> {
        let Some(Layer { text, documents, .. }) = self.layers.get(layer) else {
            return Ok(Map::new());
        };
        let mut number = 0;
        let mut next = || {
            let gone = |record: &&Rc<Record>| record.layer == layer && record.document == number;
            let mut gone = without.iter().filter(gone).peekable();
            let map = documents.get(number).map(|document| document.map.clone());
            let mut map = map.unwrap_or_default();
            if owned || gone.peek().is_some() {
                map = tag::copied(&map, lists);
                gone.for_each(|record| tag::take_out(&map, &record.home.path()));
            }
            number += 1;
            map
        };
        match text {
            Some(text) => read_values_by(text, self.given.profile, |_, _| Ok(next())),
            None => Ok(next()),
        }
    }

    /// Merges all layers, without some settings.
    pub(super) fn run(&self, without: &[Rc<Record>]) -> Result<Merged, OriginsError> {
        let mut user = User {
            merging: self,
            without,
            lists: self.lists.borrow().clone(),
            nulls: Default::default(),
            of_flags: HashMap::new(),
        };
        let mut times: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut read = |name: &[u8]| {
            let time = times.entry(name.to_vec()).or_default();
            *time += 1;
            Ok(self.files.again(name, *time - 1))
        };
        let values = self.given.merge_watched(&mut read, &mut user)?;
        let User { lists, of_flags, .. } = user;
        let lists = RefCell::new(lists);
        let mut chart = self.chart.clone();
        let replace = |chart: &Chart| {
            let layer = self.layers.iter().position(|layer| layer.chart == Some(address(chart)));
            let file = layer.map(|at| self.file(at, without, &mut lists.borrow_mut(), false));
            // It was read before.
            file.and_then(Result::ok).unwrap_or_default()
        };
        let profile = self.given.profile;
        process_replacing(&mut chart, &self.user, Some(&replace), profile, &Silent)?;
        let tree = coalesce_values(&chart, &values, profile, &Silent)?;
        Ok(Merged { tree, chart, lists: lists.into_inner(), of_flags })
    }

    /// Keeps what flags have set.
    pub(super) fn keep_flags(&mut self, merged: &mut Merged) {
        for (at, leaves) in merged.of_flags.drain() {
            if let Some(layer) = self.layers.get_mut(at) {
                layer.leaves = leaves;
            }
        }
    }
}

/// Merges the user's layers.
struct User<'m> {
    merging: &'m Merging,
    without: &'m [Rc<Record>],
    lists: Lists,
    nulls: std::collections::HashSet<Vec<Key>>,
    of_flags: HashMap<usize, Vec<Rc<Record>>>,
}

impl User<'_> {
    fn layer(&self, is: impl Fn(&Source) -> bool) -> usize {
        let mut layers = self.merging.layers.iter();
        layers.position(|layer| is(&layer.source)).unwrap_or(usize::MAX)
    }

    fn layer_of_flag(&self, flag: SetFlag, number: usize) -> usize {
        self.layer(|source| {
            matches!(source, Source::Flag { flag: f, number: n, .. } if (*f, *n) == (flag, number))
        })
    }
}

impl Watch for User<'_> {
    fn file(&mut self, number: usize, _: &[u8], _: Profile) -> Result<Map, ValuesFileError> {
        let layer =
            self.layer(|source| matches!(source, Source::File { number: n, .. } if *n == number));
        self.merging.file(layer, self.without, &mut self.lists, true)
    }

    fn applies(&mut self, flag: SetFlag, number: usize, base: &Map) -> bool {
        let layer = self.layer_of_flag(flag, number);
        self.nulls = tag::nulls_of(base);
        self.without.iter().all(|record| record.layer != layer)
    }

    fn applied(&mut self, flag: SetFlag, number: usize, base: &Map) {
        let layer = self.layer_of_flag(flag, number);
        let mut leaves = Vec::new();
        let mut tagger = Tagger {
            layer,
            document: 0,
            lists: &mut self.lists,
            leaves: &mut leaves,
            nulls: Some(&mut self.nulls),
        };
        tagger.map(base);
        self.of_flags.insert(layer, leaves);
    }
}

/// Returns the setting that a value of merged values is, or the part of one.
pub(super) fn found(value: &Value, lists: &Lists) -> Option<Rc<Record>> {
    match value {
        Value::Map(map) => tag::own_record(map),
        Value::List(list) => lists.get(list).cloned().or_else(|| {
            let below = list.iter().find_map(|item| found(item, lists))?;
            let home = below.home.outer.as_deref()?;
            Some(Rc::new(Record {
                layer: below.layer,
                document: below.document,
                home: home.clone(),
                content: Content::List,
            }))
        }),
        value => tag::record_of(value).cloned(),
    }
}
