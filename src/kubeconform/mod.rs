//! Checks manifests against JSON schemas as yannh/kubeconform does, in its words; [`VERSION`] is the release that is
//! reproduced. The schemas of Kubernetes need not be fetched: they are in the program.

mod output;
mod read;
mod schemas;

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::HashSet;
use std::rc::Rc;

use gojsonschema6::{Error, Schema, Violation};
use gostd::value::Map;

pub use output::{Format, Report};
pub use read::{Resource, Signature, resources};
pub use schemas::{Fetch, LocationError, Locations};

/// The release of kubeconform that is reproduced.
pub const VERSION: &str = "v0.8.0";

/// What is asked of the manifests.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether keys that are set twice are errors, and fields that are not described, where schemas say so.
    pub is_strict: bool,
    /// Whether resources without a schema are left out.
    pub ignores_missing: bool,
    /// Kinds that are left out, as `Kind` or `apiVersion/Kind`.
    pub skip: HashSet<String>,
    /// Kinds that are errors, written alike.
    pub reject: HashSet<String>,
}

/// What came of a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// It fits its schema.
    Valid,
    /// It does not: the words of the validator, and the faults by their place.
    Invalid(String, Vec<(String, String)>),
    /// It could not be checked, for this reason.
    Error(String),
    /// It was left out.
    Skipped,
    /// There is nothing in it.
    Empty,
}

/// What does not fit a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The names on the way to it, and the numbers of items.
    pub path: Vec<String>,
    /// The words of the validator.
    pub message: String,
}

/// The most alternatives that are told of.
const MAX_CAUSES: usize = 5;

type Known = HashMap<(String, String), Option<Rc<Schema>>>;

/// Checks resources.
pub struct Validator<'f> {
    options: Options,
    locations: Locations<'f>,
    /// The schemas by API version and kind; nothing where there is none.
    known: RefCell<Known>,
}

impl<'f> Validator<'f> {
    /// Makes one that finds schemas at these locations.
    pub fn new(options: Options, locations: Locations<'f>) -> Validator<'f> {
        Validator { options, locations, known: RefCell::default() }
    }

    /// Checks a resource.
    pub fn check(&self, resource: &mut Resource) -> Status {
        if resource.text.is_empty() {
            return Status::Empty;
        }
        let read = match self.options.is_strict {
            true => goyaml::unmarshal_strict(&resource.text)
                .and_then(|_| goyaml::unmarshal_map(&resource.text)),
            false => goyaml::unmarshal_map(&resource.text),
        };
        let map = match read {
            Ok(map) => map,
            Err(error) => return Status::Error(format!("error unmarshalling resource: {error}")),
        };
        // Nothing but comments.
        if map.is_nil() || map.is_empty() && read::is_nothing(&resource.text) {
            return Status::Empty;
        }
        let signature = match resource.signature_of(&map) {
            Ok(signature) => signature,
            Err(error) => return Status::Error(format!("error while parsing: {error}")),
        };
        let named = |kinds: &HashSet<String>| {
            kinds.contains(&signature.kind)
                || kinds.contains(&format!("{}/{}", signature.version, signature.kind))
        };
        if named(&self.options.skip) {
            return Status::Skipped;
        }
        if named(&self.options.reject) {
            return Status::Error(format!("prohibited resource kind {}", signature.kind));
        }
        match self.schema(&signature) {
            Err(error) => Status::Error(error),
            Ok(None) if self.options.ignores_missing => Status::Skipped,
            Ok(None) => Status::Error(format!("could not find schema for {}", signature.kind)),
            Ok(Some(schema)) => by_schema(&schema, &map),
        }
    }

    /// Checks an object by the schema of its kind: returns what does not fit; nothing
    /// where no location has a schema.
    ///
    /// # Errors
    /// A location that does not answer, or a schema that cannot be used.
    pub fn faults(
        &self,
        api_version: &str,
        kind: &str,
        object: &Map,
    ) -> Result<Option<Vec<Fault>>, String> {
        let signature = Signature {
            version: api_version.to_owned(),
            kind: kind.to_owned(),
            ..Signature::default()
        };
        let Some(schema) = self.schema(&signature)? else { return Ok(None) };
        let violations = match schema.check(object) {
            Ok(()) => return Ok(Some(Vec::new())),
            Err(Error::Violations(violations)) => violations,
            Err(other) => return Err(other.to_string()),
        };
        let names = |pointer: &str| pointer.split('/').skip(1).map(plain).collect();
        let mut faults = Vec::new();
        let mut rest: Vec<_> = violations.list().iter().rev().collect();
        while let Some(one) = rest.pop() {
            // What says no more than its cause, or its causes, is passed over; of alternatives none is the cause.
            match one.causes() {
                causes if one.is_group() || causes.len() == 1 => rest.extend(causes.iter().rev()),
                _ => faults.push(Fault { path: names(one.place()), message: words(one) }),
            }
        }
        Ok(Some(faults))
    }

    fn schema(&self, signature: &Signature) -> Result<Option<Rc<Schema>>, String> {
        let key = (signature.version.clone(), signature.kind.clone());
        if let Some(known) = self.known.borrow().get(&key) {
            return Ok(known.clone());
        }
        let found = self.locations.find(signature, self.options.is_strict)?.map(Rc::new);
        self.known.borrow_mut().insert(key, found.clone());
        Ok(found)
    }
}

/// Returns what is wrong, with why each of several alternatives does not fit.
fn words(violation: &Violation) -> String {
    let causes = violation.causes().iter().take(MAX_CAUSES).map(Violation::text);
    let causes: Vec<&str> = causes.collect();
    match causes.is_empty() {
        true => violation.text().to_owned(),
        false => format!("{}: {}", violation.text(), causes.join("; ")),
    }
}

/// Undoes what a JSON pointer does to names.
fn plain(pointer: &str) -> String {
    pointer.replace("~1", "/").replace("~0", "~")
}

fn by_schema(schema: &Schema, map: &Map) -> Status {
    let violations = match schema.check(map) {
        Ok(()) => return Status::Valid,
        Err(Error::Violations(violations)) => violations,
        Err(other) => return Status::Error(other.to_string()),
    };
    let faults = violations
        .list()
        .iter()
        .map(|violation| (plain(violation.place()), violation.text().to_owned()));
    let words = violations.to_string().replace('\n', " ");
    Status::Invalid(
        format!("problem validating schema. Check JSON formatting: {words}"),
        faults.collect(),
    )
}
