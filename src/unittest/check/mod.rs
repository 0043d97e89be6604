//! Checks documents against what assertions want, and says what is wrong with them in the reference's words.

mod equal;
mod format;
mod kinds;
mod lists;
mod raw;
mod snapshots;
mod valid;

use std::cell::Cell;
use std::rc::Rc;

use bstr::BString;
use gostd::value::Value;

use super::assertion::Wants;
use super::manifest::Manifest;
use super::origin::Change;
use super::snapshot;
pub(super) use format::without_line_feeds;
use format::{Place, error};

/// What an assertion is checked against.
pub(super) struct Context<'c> {
    /// All documents of the template.
    pub(super) documents: &'c [Rc<Manifest>],
    /// Those that the assertion looks at.
    pub(super) selected: &'c [Rc<Manifest>],
    /// Whether the opposite is wanted.
    pub(super) negative: bool,
    pub(super) snapshots: Snapshots<'c>,
    /// Why the templates did not render.
    pub(super) render_error: Option<&'c [u8]>,
    pub(super) fail_fast: bool,
    /// Takes what differs from snapshots, if that is asked for.
    pub(super) changes: Option<Vec<Change>>,
}

/// The snapshots of a test.
pub(super) struct Snapshots<'s> {
    pub(super) cache: &'s mut snapshot::Cache,
    pub(super) test: &'s str,
    /// How many of the test were compared.
    pub(super) count: &'s Cell<u64>,
}

/// Whether a check has passed, and the lines that say why not.
pub(super) type Checked = (bool, Vec<BString>);

const NO_MANIFEST: &[u8] = b"no manifest found";

impl Wants {
    /// Checks the documents.
    pub(super) fn check(&self, c: &mut Context<'_>) -> Checked {
        match self {
            Wants::Snapshot { path, matches, matches_not } => {
                snapshots::check(path, matches, matches_not, c)
            }
            Wants::SnapshotRaw => snapshots::check_raw(c),
            Wants::Equal { path, value, decodes } => equal::check(path, value, *decodes, c),
            Wants::Compared { path, value, how } => equal::compare(path, value, *how, c),
            Wants::EqualRaw(value) => raw::equal(value, c),
            Wants::Exists(path) => kinds::exists(path, c),
            Wants::Matches { path, pattern, decodes } => equal::matches(path, pattern, *decodes, c),
            Wants::MatchesRaw(pattern) => raw::matches(pattern, c),
            Wants::Contains { path, content, count, any } => {
                lists::Contains { path, content: content.thaw(), count: *count, any: *any }.check(c)
            }
            Wants::Kind(of) => kinds::is(of, b"kind", " to be kind", c),
            Wants::ApiVersion(of) => kinds::is(of, b"apiVersion", " to be apiVersion", c),
            Wants::Documents { count, filter_aware } => kinds::documents(*count, *filter_aware, c),
            Wants::Subset { path, content } => lists::subset(path, &content.thaw(), c),
            Wants::NullOrEmpty(path) => kinds::null_or_empty(path, c),
            Wants::Failed { message, pattern } => raw::failed(message, pattern, c),
            Wants::Document { kind, api_version, name, namespace, any } => {
                let wanted = kinds::Document { kind, api_version, name, namespace, any: *any };
                wanted.check(c)
            }
            Wants::Length { paths, path, count } => lists::length(paths, path, *count, c),
            Wants::Valid { kube_version, strict } => valid::check(kube_version, *strict, c),
            Wants::Type { path, name } => kinds::is_type(path, name, c),
        }
    }
}

/// Whether all before have passed, and this one.
fn and(index: usize, before: bool, now: bool) -> bool {
    now && (index == 0 || before)
}

/// Checks each document; `none` says what is wrong where there is no document.
fn each(
    c: &mut Context<'_>,
    none: impl FnOnce(bool) -> Vec<BString>,
    mut check: impl FnMut(&Manifest, usize, &mut Context<'_>) -> Checked,
) -> Checked {
    let (mut passed, mut lines) = (false, Vec::new());
    for (index, manifest) in c.selected.iter().enumerate() {
        let (now, mut why) = check(manifest, index, c);
        lines.append(&mut why);
        passed = and(index, passed, now);
        if !passed && c.fail_fast {
            break;
        }
    }
    if c.selected.is_empty() {
        match c.negative {
            true => passed = true,
            false => lines.append(&mut none(false)),
        }
    }
    (passed, lines)
}

/// Checks each value at a path of a document.
fn each_at(
    path: &str,
    manifest: &Manifest,
    index: usize,
    c: &mut Context<'_>,
    mut check: impl FnMut(Value, Place, &mut Context<'_>) -> Checked,
) -> Checked {
    let values = match values(path, manifest, index, c.negative) {
        Ok(values) => values,
        Err(checked) => return checked,
    };
    let mut passed = values.is_empty() && c.negative;
    let mut lines = Vec::new();
    for (at, value) in values.into_iter().enumerate() {
        let (now, mut why) = check(value, Place::of(index, at), c);
        lines.append(&mut why);
        passed = and(at, passed, now);
        if !passed && c.fail_fast {
            break;
        }
    }
    (passed, lines)
}

/// Returns the values at a path of a document.
///
/// # Errors
/// What says that there are none, or that the path is none.
fn values(
    path: &str,
    manifest: &Manifest,
    index: usize,
    negative: bool,
) -> Result<Vec<Value>, Checked> {
    let place = Place::of_document(index);
    match manifest.at(path) {
        Err(why) => Err((false, error(place, &why))),
        Ok(values) if values.is_empty() && !negative => {
            Err((false, error(place, format!("unknown path {path}").as_bytes())))
        }
        Ok(values) => Ok(values),
    }
}
