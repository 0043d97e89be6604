//! Holds what a comparison found.

use gostd::regexp::Regexp;
use goyaml::NodeKind;

use crate::error::Error;
use crate::input::Source;
use crate::path::{self, Path, Place, Places};
use crate::tree::{NodeId, Tree};

/// What a comparison found.
#[derive(Debug)]
pub struct Report {
    pub(crate) tree: Tree,
    pub(crate) from: Source,
    pub(crate) to: Source,
    pub(crate) places: Places,
    /// The differences, in the order in which they are shown.
    pub diffs: Vec<Diff>,
}

/// What differs at one place.
#[derive(Clone, Debug)]
pub struct Diff {
    pub(crate) place: Option<Place>,
    /// What differs there.
    pub details: Vec<Detail>,
}

/// One of the things that differ at a place.
#[derive(Clone, Debug)]
pub struct Detail {
    /// What happened.
    pub change: Change,
    pub(crate) from: Option<Part>,
    pub(crate) to: Option<Part>,
}

/// What happened at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Entries are new.
    Addition,
    /// Entries are gone.
    Removal,
    /// A value is another.
    Modification,
    /// Entries stand in another order.
    Order,
}

impl Change {
    /// Returns the sign that stands for it in reports.
    pub fn sign(self) -> char {
        match self {
            Change::Addition => '+',
            Change::Removal => '-',
            Change::Modification => '±',
            Change::Order => '⇆',
        }
    }
}

/// What is shown of one side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    Document(NodeId),
    Node(NodeId),
}

impl Detail {
    pub(crate) fn new(change: Change, from: Option<Part>, to: Option<Part>) -> Detail {
        Detail { change, from, to }
    }
}

impl Report {
    /// Tells whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.diffs.is_empty()
    }

    /// Returns where a difference is; nothing for one in the order of the documents themselves.
    pub fn path(&self, diff: &Diff) -> Option<Path> {
        diff.place.as_ref().map(|place| self.places.path(place))
    }

    /// Returns the keys of entries of a mapping that are new or gone, in their order; nothing for another detail.
    pub fn keys(&self, detail: &Detail) -> Vec<String> {
        let part = match detail.change {
            Change::Addition => detail.to,
            Change::Removal => detail.from,
            Change::Modification | Change::Order => None,
        };
        match part {
            Some(Part::Node(id)) if self.tree.kind(id) == NodeKind::Mapping => {
                self.tree.pairs(id).map(|(key, _)| self.tree.text(key).into_owned()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Returns how a report calls a document: by its resource's name if it has one.
    pub fn document_name(&self, path: &Path) -> String {
        let names = match path.side {
            crate::Side::From => &self.from.names,
            crate::Side::To => &self.to.names,
        };
        match names.get(path.document) {
            Some(name) => name.clone(),
            None => format!("document #{}", path.document + 1),
        }
    }

    fn keep(&mut self, keeps: impl Fn(Option<&str>) -> bool) {
        self.diffs.retain(|diff| {
            let path = diff.place.as_ref().map(|place| self.places.path(place).to_string());
            keeps(path.as_deref())
        });
    }

    /// Keeps the differences at these paths, in either notation. A path that cannot be read is at none.
    pub fn filter(&mut self, paths: &[String]) {
        let paths = texts(paths);
        self.keep(|at| at.is_some_and(|at| paths.iter().any(|path| path == at)));
    }

    /// Drops the differences at these paths.
    pub fn exclude(&mut self, paths: &[String]) {
        let paths = texts(paths);
        self.keep(|at| !at.is_some_and(|at| paths.iter().any(|path| path == at)));
    }

    /// Keeps the differences whose path, in the go-patch notation, one of the expressions matches.
    ///
    /// # Errors
    /// [`Error::Expression`]
    pub fn filter_regexp(&mut self, expressions: &[String]) -> Result<(), Error> {
        let matches = matcher(expressions)?;
        self.keep(|at| at.is_some_and(&matches));
        Ok(())
    }

    /// Drops the differences whose path, in the go-patch notation, one of the expressions matches.
    ///
    /// # Errors
    /// [`Error::Expression`]
    pub fn exclude_regexp(&mut self, expressions: &[String]) -> Result<(), Error> {
        let matches = matcher(expressions)?;
        self.keep(|at| !at.is_some_and(&matches));
        Ok(())
    }

    /// Drops the places where a value is another.
    pub fn ignore_value_changes(&mut self) {
        self.diffs.retain(|diff| diff.details.iter().all(|d| d.change != Change::Modification));
    }
}

fn texts(paths: &[String]) -> Vec<String> {
    paths.iter().filter_map(|path| path::parse(path).ok()).map(|p| path::text(&p)).collect()
}

fn matcher(expressions: &[String]) -> Result<impl Fn(&str) -> bool + use<>, Error> {
    let compile = |source: &String| Regexp::compile(source.as_bytes()).map_err(Error::Expression);
    let expressions = expressions.iter().map(compile).collect::<Result<Vec<_>, _>>()?;
    Ok(move |at: &str| expressions.iter().any(|expression| expression.is_match(at.as_bytes())))
}
