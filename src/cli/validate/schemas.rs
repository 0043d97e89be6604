//! Checks custom resources that no definition describes by the JSON schemas of `--schema-location`.

use bstr::ByteSlice;
use gostd::os::io_reason;
use gostd::value::Value;
use statefulchart::diff::Object;
use statefulchart::kubeconform::{Fault, Fetch, Locations, Options, Validator};
use statefulchart::kubernetes::{Step, Version};
use statefulchart::validate::{self, Finding};

use crate::cli::Failure;

/// The schemas at the locations that are given.
pub(super) struct Schemas<'f>(Validator<'f>);

impl<'f> Schemas<'f> {
    /// Returns those of the locations, for a version of Kubernetes; nothing where none is given.
    ///
    /// # Errors
    /// A location that is no template.
    pub(super) fn at(
        locations: &[String],
        version: Version,
        fetch: &'f Fetch<'f>,
    ) -> Result<Option<Schemas<'f>>, Failure> {
        if locations.is_empty() {
            return Ok(None);
        }
        let folder = std::env::current_dir().map_err(|e| io_reason(&e).to_string())?;
        let locations = Locations::new(locations, &format!("{version}.0"), fetch, None, folder)
            .map_err(|error| Failure::from(format!("--schema-location: {error}")))?;
        Ok(Some(Schemas(Validator::new(Options::default(), locations))))
    }

    /// Returns what is found in place of the note that nothing describes an object: where its schema says so, or
    /// the note itself where there is none.
    ///
    /// # Errors
    /// A location that does not answer; a schema that cannot be used.
    pub(super) fn instead(&self, note: Finding, object: &Object) -> Result<Vec<Finding>, Failure> {
        let (Ok(value), rule) = (object.value(), validate::by_location()) else {
            return Ok(vec![note]);
        };
        let Value::Map(map) = value else { return Ok(vec![note]) };
        let (version, kind) = (object.api_version.to_str_lossy(), object.id.kind.to_str_lossy());
        let faults = self
            .0
            .faults(&version, &kind, map)
            .map_err(|why| Failure::from(format!("--schema-location: {version} {kind}: {why}")))?;
        let Some(faults) = faults else { return Ok(vec![note]) };
        if validate::is_ignored(object, rule) {
            return Ok(Vec::new());
        }
        let one = |Fault { path, message }: Fault| Finding {
            object: note.object,
            rule,
            path: steps(value, &path),
            line: None,
            message,
            help: None,
        };
        Ok(faults.into_iter().map(one).collect())
    }
}

/// Returns a path of names as steps in a value: numbers are those of items where there is a list.
fn steps(value: &Value, place: &[String]) -> Vec<Step> {
    let mut at = value.clone();
    let mut steps = Vec::new();
    for name in place {
        let (step, next) = match (&at, name.parse::<usize>()) {
            (Value::List(list), Ok(index)) => (Step::Item(index), list.get(index).cloned()),
            (Value::Map(map), _) => (Step::Key(name.as_str().into()), map.get(name.as_bytes())),
            _ => (Step::Key(name.as_str().into()), None),
        };
        steps.push(step);
        at = next.unwrap_or_default();
    }
    steps
}
