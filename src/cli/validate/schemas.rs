//! Checks custom resources that no definition describes by the JSON schemas of `--schema-location`.

use bstr::ByteSlice;
use gostd::os::io_reason;
use gostd::value::Value;
use statefulchart::diff::Object;
use statefulchart::kubeconform::{Fault, Fetch, Locations, Options, Validator};
use statefulchart::kubernetes::{Step, Version};
use statefulchart::validate::{self, Finding};

use crate::cli::Failure;

/// The schemas at the locations that are given, for each version of Kubernetes; the first one stands for all where no
/// location depends on the version.
pub(super) struct Schemas<'f>(Vec<(Version, Validator<'f>)>);

impl<'f> Schemas<'f> {
    /// Returns those of the locations; nothing where none is given.
    ///
    /// # Errors
    /// A location that is no template.
    pub(super) fn at(
        locations: &[String],
        versions: &[Version],
        fetch: &'f Fetch<'f>,
    ) -> Result<Option<Schemas<'f>>, Failure> {
        if locations.is_empty() {
            return Ok(None);
        }
        // A folder has one for each version.
        let depends = |location: &String| {
            location.contains("NormalizedKubernetesVersion") || !location.ends_with("json")
        };
        let count = if locations.iter().any(depends) { versions.len() } else { 1 };
        let folder = std::env::current_dir().map_err(|e| io_reason(&e).to_string())?;
        let one = |version: &Version| {
            let at =
                Locations::new(locations, &format!("{version}.0"), fetch, None, folder.clone())
                    .map_err(|error| Failure::from(format!("--schema-location: {error}")))?;
            Ok((*version, Validator::new(Options::default(), at)))
        };
        let all: Result<Vec<_>, Failure> = versions.iter().take(count).map(one).collect();
        all.map(|all| Some(Schemas(all)))
    }

    /// Returns what is found in place of the note that nothing describes an object in these versions, and in which of
    /// them.
    ///
    /// # Errors
    /// A location that does not answer; a schema that cannot be used.
    pub(super) fn instead(
        &self,
        note: &Finding,
        versions: Vec<Version>,
        object: &Object,
    ) -> Result<Vec<(Finding, Vec<Version>)>, Failure> {
        let groups: Vec<(&Validator<'f>, Vec<Version>)> = match self.0.as_slice() {
            [(_, only)] => vec![(only, versions)],
            all => {
                let asked = all.iter().filter(|(version, _)| versions.contains(version));
                asked.map(|(version, own)| (own, vec![*version])).collect()
            }
        };
        let mut all = Vec::new();
        for (validator, versions) in groups {
            let found = by(validator, note.clone(), object)?;
            all.extend(found.into_iter().map(|finding| (finding, versions.clone())));
        }
        Ok(all)
    }
}

/// Returns what a schema says of an object, or the note itself where there is none.
fn by(validator: &Validator<'_>, note: Finding, object: &Object) -> Result<Vec<Finding>, Failure> {
    let (Ok(value), rule) = (object.value(), validate::by_location()) else {
        return Ok(vec![note]);
    };
    let Value::Map(map) = value else { return Ok(vec![note]) };
    let (version, kind) = (object.api_version.to_str_lossy(), object.id.kind.to_str_lossy());
    let faults = validator
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
