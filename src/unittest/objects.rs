//! Reads the objects that suites and tests name by files, for `lookup` to find. The reference has no such field.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use goyaml::{Span, Spans};

use super::suite::{Suite, Test};
use super::values;
use crate::lookup::Objects;
use crate::near;

/// The objects of a test, or why there are none.
pub(super) type Given = Result<Arc<Objects>, String>;

/// Where a file is named.
#[derive(Clone, Copy)]
enum Place {
    Suite(usize),
    Test(usize, usize),
}

/// The text that a suite was read from, which stands behind some lines of its file.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    pub(super) text: &'t [u8],
    pub(super) before: usize,
}

/// Gives each test of a suite the objects that `lookup` finds: those of the command line, of the files that the suite and
/// the test name, and, where there are any of these, of its `kubernetesProvider`. What is wrong is told with its place in
/// the suite, if that has a `text`.
pub(super) fn settle(
    suite: &mut Suite,
    text: Option<Text<'_>>,
    own: Option<&Arc<Objects>>,
    folder: &Path,
) {
    let is_needed = |test: &Test| !test.lookup.is_empty();
    if own.is_none() && suite.lookup.is_empty() && !suite.tests.iter().any(is_needed) {
        return;
    }
    let mut tests = std::mem::take(&mut suite.tests);
    let of_suite = of_files(own.cloned(), suite, &suite.lookup, Place::Suite, text, folder);
    // Tests often name the same files.
    let mut known: HashMap<Vec<String>, Given> = HashMap::new();
    for (number, test) in tests.iter_mut().enumerate() {
        let at = |index| Place::Test(number, index);
        let given = match (test.lookup.is_empty(), &of_suite) {
            (true, of_suite) => of_suite.clone(),
            (false, Err(why)) => Err(why.clone()),
            (false, Ok(base)) => known
                .entry(test.lookup.clone())
                .or_insert_with(|| {
                    of_files(base.clone(), suite, &test.lookup, at, text, folder)
                        .map(Option::unwrap_or_default)
                })
                .clone()
                .map(Some),
        };
        test.objects = given.and_then(|given| with_provider(given, test)).transpose();
    }
    suite.tests = tests;
}

/// Adds the objects of files.
fn of_files(
    base: Option<Arc<Objects>>,
    suite: &Suite,
    files: &[String],
    at: impl Fn(usize) -> Place,
    text: Option<Text<'_>>,
    folder: &Path,
) -> Result<Option<Arc<Objects>>, String> {
    if files.is_empty() {
        return Ok(base);
    }
    let mut objects = base.map(Arc::unwrap_or_clone).unwrap_or_default();
    for (index, file) in files.iter().enumerate() {
        let content = values::file_text(file, suite, folder).map_err(|why| {
            let place = text.and_then(|text| text.place(at(index)));
            let place = place.map_or(String::new(), |at| format!(":{}:{}", at.line, at.column));
            let meant = meant(file, suite, folder);
            format!("{}{place}: lookup: {why}{meant}", suite.file)
        })?;
        objects.read(&content).map_err(|why| format!("lookup: {file}:{why}"))?;
    }
    Ok(Some(Arc::new(objects)))
}

/// Adds the objects of a test's `kubernetesProvider` to those of files.
fn with_provider(given: Option<Arc<Objects>>, test: &Test) -> Result<Option<Arc<Objects>>, String> {
    let Some(objects) = given else { return Ok(None) };
    if test.provider.objects.is_empty() {
        return Ok(Some(objects));
    }
    let mut objects = Arc::unwrap_or_clone(objects);
    for (index, object) in test.provider.objects.iter().enumerate() {
        objects
            .add(&object.thaw_map(), Default::default())
            .map_err(|why| format!("kubernetesProvider: objects[{index}]: {why}"))?;
    }
    Ok(Some(Arc::new(objects)))
}

impl Text<'_> {
    /// Returns where a file is named.
    fn place(self, at: Place) -> Option<Span> {
        let spans = Spans::read(self.text).ok()?;
        let root = spans.root()?;
        let (owner, index) = match at {
            Place::Suite(index) => (root, index),
            Place::Test(test, index) => (root.member(b"tests")?.item(test)?, index),
        };
        let span = owner.member(b"lookup")?.item(index)?.value()?;
        Some(Span { line: span.line + self.before, ..span })
    }
}

/// Asks whether a file near one that is not there was meant.
fn meant(file: &str, suite: &Suite, folder: &Path) -> String {
    let (dir, name) = file.rsplit_once('/').map_or(("", file), |(dir, name)| (dir, name));
    let beside = folder.join(gostd::os::path_of(&suite.file));
    let dir_on_disk = beside.parent().unwrap_or(folder).join(gostd::os::path_of(dir));
    let entries = std::fs::read_dir(dir_on_disk).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    let slash = if dir.is_empty() && !file.starts_with('/') { "" } else { "/" };
    match near::nearest(name, names.iter().map(String::as_str)).filter(|near| *near != name) {
        Some(near) => format!("; did you mean `{dir}{slash}{near}`?"),
        None => String::new(),
    }
}
