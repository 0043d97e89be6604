//! What was found, over the versions of Kubernetes, and how it is told.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;

use gostd::value::Str;
use statefulchart::diff;
use statefulchart::kubernetes::Version;
use statefulchart::profile::Profile;
use statefulchart::render::{Exceeded, Process, Timer};
use statefulchart::validate::{self, Defined, Definitions, Level};

use super::Asked;
use super::crds::Asking;
use super::schemas::Schemas;
use super::selection::Selection;
use crate::cli::Failure;
use crate::cli::findings::{self, About, Finding};
use crate::cli::flags::Given;
use crate::cli::{kube_versions, limits, profile, table};

/// Where something was found: the number of the text, the line, the column; by which rule, and in which words.
pub(super) type Place = (usize, usize, usize, &'static str, String);

/// What is known of it.
#[derive(Clone, Debug)]
pub(super) struct Noted {
    pub(super) level: Level,
    pub(super) help: Option<String>,
    pub(super) versions: Vec<Version>,
    object: String,
    path: String,
}

impl Noted {
    /// Adds versions in which it was found, too.
    pub(super) fn add(&mut self, versions: &[Version]) {
        self.versions.extend_from_slice(versions);
        self.versions.sort();
        self.versions.dedup();
    }

    /// Returns it for some of the versions that were asked for; nothing where it was found in none of these.
    pub(super) fn only_in(&self, versions: &[Version]) -> Option<Noted> {
        let own = self.versions.iter().filter(|version| versions.contains(version));
        let versions: Vec<Version> = own.copied().collect();
        (!versions.is_empty()).then(|| Noted { versions, ..self.clone() })
    }

    /// Tells whether it is about a Secret: what that holds may stand anywhere in it by mistake.
    pub(super) fn is_of_secret(&self) -> bool {
        self.object.starts_with("Secret/")
    }
}

/// What was found, each finding once.
pub(super) type Found = BTreeMap<Place, Noted>;

/// Adds what is found in texts of manifests, which are those of one release; returns how many documents each has.
/// `namespace` is that of the release, empty where it is not known.
///
/// # Errors
/// Schemas that cannot be fetched or used.
pub(super) fn add(
    found: &mut Found,
    texts: &[&Str],
    namespace: &str,
    asked: &Asked<'_>,
    definitions: &Definitions,
    versions: &[Version],
) -> Result<Vec<usize>, Failure> {
    let mut counts = Vec::new();
    let (mut objects, mut ranges) = (Vec::new(), Vec::new());
    for (number, text) in texts.iter().enumerate() {
        let (mut own, errors) = diff::read_all(text, namespace, profile::current());
        counts.push(own.len() + errors.len());
        own.retain(|object| {
            !(asked.no_hooks && object.is_hook() || asked.skip_tests && object.is_test())
        });
        let rule = validate::unreadable();
        for error in errors {
            let Some(level) = asked.selection.level(rule) else { continue };
            let (object, path) = (String::new(), String::new());
            note(
                found,
                (number, error.line(), 1, rule.code, error.words()),
                Noted { level, help: None, versions: versions.to_vec(), object, path },
            );
        }
        ranges.push(objects.len()..objects.len() + own.len());
        objects.extend(own);
    }
    let timer = Timer::new(asked.time, &Process);
    let all = validate::validate_within(&objects, &ranges, versions, definitions, timer);
    let mut all = all.map_err(limits::of_check)?;
    if let Some(schemas) = &asked.schemas {
        all = with_schemas(all, &objects, schemas)?;
    }
    tell(found, all, &objects, &ranges, &asked.selection);
    Ok(counts)
}

/// Adds what is found in a file of `crds/` that has definitions of custom resources; returns what they define. Nothing is
/// added where it has anything else, or takes too long: it is to be checked with the release. `name` is that of the file,
/// with its chart.
pub(super) fn add_definitions(
    found: &mut Found,
    name: &Str,
    text: &Str,
    profile: Profile,
    asking: Asking<'_>,
) -> Option<Vec<Defined>> {
    let (mut objects, errors) = diff::read_all(text, "", profile);
    objects.iter_mut().for_each(|object| object.source = name.clone());
    let defined = validate::defined(&objects).filter(|_| errors.is_empty())?;
    by_themselves(found, &objects, asking).ok()?;
    Some(defined)
}

/// Adds what is found in definitions of custom resources of one file.
fn by_themselves(
    found: &mut Found,
    objects: &[diff::Object],
    Asking { selection, versions, time }: Asking<'_>,
) -> Result<(), Exceeded> {
    let text = 0..objects.len();
    let texts = std::slice::from_ref(&text);
    let (timer, none) = (Timer::new(time, &Process), Definitions::default());
    let all = validate::validate_within(objects, texts, versions, &none, timer)?;
    tell(found, all, objects, texts, selection);
    Ok(())
}

/// Returns the errors in definitions of custom resources that stand in a file outside of what is checked.
///
/// # Errors
/// A check that takes too long.
pub(super) fn errors_of_definitions(
    file: &str,
    objects: &[diff::Object],
    asking: Asking<'_>,
) -> Result<Vec<Finding>, Failure> {
    let mut found = Found::new();
    by_themselves(&mut found, objects, asking).map_err(limits::of_check)?;
    let errors = found.into_iter().filter(|(_, noted)| noted.level == Level::Error);
    let named = |(place, noted)| Finding {
        file: Some(file.to_owned()),
        ..finding(place, noted, asking.versions, None)
    };
    Ok(errors.map(named).collect())
}

fn note(found: &mut Found, place: Place, noted: Noted) {
    match found.entry(place) {
        Entry::Vacant(entry) => drop(entry.insert(noted)),
        Entry::Occupied(mut entry) => entry.get_mut().add(&noted.versions),
    }
}

/// Adds what is found in objects, each at its place. `ranges` has of each text which objects are of it.
fn tell(
    found: &mut Found,
    mut all: Vec<(validate::Finding, Vec<Version>)>,
    objects: &[diff::Object],
    ranges: &[Range<usize>],
    selection: &Selection,
) {
    // The text of an object is read once for all that is found in it.
    all.sort_by_key(|(finding, _)| finding.object);
    let mut places = validate::Places::new(objects);
    for (finding, versions) in all {
        let Some(level) = selection.level(finding.rule) else { continue };
        let Some(object) = objects.get(finding.object) else { continue };
        let number = ranges.partition_point(|range| range.end <= finding.object);
        let (line, column) = places.of(&finding).unwrap_or((1, 1));
        let (object, path) = (object.id.to_string(), validate::path_text(&finding.path));
        let space = if path.is_empty() { "" } else { " " };
        // A finding is one line, however an object is called.
        let message = format!("{object}{space}{path}: {}", finding.message);
        let message = table::shown(&message).replace('\n', "\\n");
        note(
            found,
            (number, line, column, finding.rule.code, message),
            Noted { level, help: finding.help, versions, object, path },
        );
    }
}

/// Has schemas say more of what nothing describes.
fn with_schemas(
    all: Vec<(validate::Finding, Vec<Version>)>,
    objects: &[diff::Object],
    schemas: &Schemas<'_>,
) -> Result<Vec<(validate::Finding, Vec<Version>)>, Failure> {
    let mut more = Vec::new();
    for (finding, versions) in all {
        match objects.get(finding.object) {
            Some(object) if validate::is_undescribed(&finding) => {
                more.extend(schemas.instead(&finding, versions, object)?);
            }
            _ => more.push((finding, versions)),
        }
    }
    Ok(more)
}

/// Makes a finding to be printed, at the place where it was found; `more` is told behind it.
pub(super) fn finding(
    (_, line, column, code, message): Place,
    noted: Noted,
    asked: &[Version],
    more: Option<String>,
) -> Finding {
    let Noted { level, help, versions, object, path } = noted;
    let mut words = message.clone();
    if let Some(help) = &help {
        words.push_str(&format!("; {help}"));
    }
    for more in [kube_versions::words(&versions, asked), more].into_iter().flatten() {
        words.push_str(&format!(" ({more})"));
    }
    let about = About {
        object,
        path,
        versions: versions.iter().map(Version::to_string).collect(),
        scenarios: Vec::new(),
        short: message,
        notes: kube_versions::words(&versions, asked).into_iter().collect(),
    };
    Finding {
        level: match level {
            Level::Note => findings::Level::Note,
            Level::Warning => findings::Level::Warning,
            Level::Error => findings::Level::Error,
        },
        code: code.into(),
        message: words,
        file: None,
        line: Some(line),
        column: Some(column),
        key: None,
        values: Vec::new(),
        rendered: None,
        suggestion: help,
        about: Some(about),
    }
}

/// Checks manifests that are there already; returns what is found, and how many documents each text has.
///
/// # Errors
/// Schemas that cannot be fetched or used.
pub(super) fn manifests(
    given: &Given,
    texts: &[(String, Str)],
    asked: &Asked<'_>,
) -> Result<(Vec<Finding>, Vec<usize>), Failure> {
    let mut found = Found::new();
    let namespace = given.namespace.as_deref().unwrap_or_default();
    let only: Vec<&Str> = texts.iter().map(|(_, text)| text).collect();
    let counts = add(&mut found, &only, namespace, asked, &asked.definitions, &asked.versions)?;
    let named = |(place, noted): (Place, Noted)| {
        let file = texts.get(place.0).map(|(name, _)| name.clone());
        Finding { file, ..finding(place, noted, &asked.versions, None) }
    };
    Ok((found.into_iter().map(named).collect(), counts))
}
