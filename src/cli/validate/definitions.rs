//! Reads definitions of custom resources, which other objects are checked by.

use std::collections::HashSet;

use gostd::os::path_of;
use memchr::memmem;
use statefulchart::action;
use statefulchart::chart::Crd;
use statefulchart::diff;
use statefulchart::validate::Definitions;

use super::crds::Asking;
use super::found::errors_of_definitions;
use super::shown;
use crate::cli::findings::Finding;
use crate::cli::flags::quoted;
use crate::cli::input::{self, Named};
use crate::cli::reporter::Terminal;
use crate::cli::values_where::Shown;
use crate::cli::{Failure, output, profile};

/// Reads the files and folders of `--crds`; of a chart its folder `crds` and those of the charts in it. In a folder
/// templates of a chart are left out, which standard error is told of. Returns the definitions, and the errors in them.
///
/// # Errors
/// What cannot be read, or holds no definition; a check that takes too long.
pub(super) fn given(
    places: &[String],
    once: &input::Once,
    reporter: &Terminal,
    asking: Asking<'_>,
) -> Result<(Definitions, Vec<Finding>), Failure> {
    let mut definitions = Definitions::default();
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for place in places {
        let fail = |why: &str| Failure::from(format!("--crds {}: {why}", quoted(place)));
        let (files, is_folder) = match input::named(place, once)? {
            Named::Text(text) => (vec![(place.clone(), text)], false),
            Named::Folder(files, charts) => {
                input::no_charts(place, &charts)?;
                (files, true)
            }
            Named::Chart => (of_chart(place, reporter).map_err(|why| fail(&why))?, true),
        };
        let mut own = Definitions::default();
        for (name, text) in files {
            let is_template = memmem::find(&text, b"{{").is_some();
            let (mut objects, errors) = diff::read_all(&text.into(), "", profile::current());
            if let Some(error) = errors.first() {
                let why = format!("{name}: line {}: {}", error.line(), error.words());
                match (is_template, is_folder) {
                    (true, true) => {
                        let words =
                            format!("--crds {}: {name} is left out: {TEMPLATE}\n", quoted(place));
                        output::stderr(words.as_bytes());
                        continue;
                    }
                    (true, false) => return Err(fail(&format!("{why}; {TEMPLATE}"))),
                    (false, _) => return Err(fail(&why)),
                }
            }
            objects.retain(diff::Object::is_definition);
            own.add(&objects);
            let name = name.strip_prefix("./").unwrap_or(&name);
            if seen.insert(name.to_owned()) {
                found.extend(errors_of_definitions(shown(name), &objects, asking)?);
            }
        }
        if own.is_empty() {
            return Err(fail("it holds no CustomResourceDefinition of apiextensions.k8s.io/v1"));
        }
        definitions.add_all(&own);
    }
    Ok((definitions, found))
}

/// What is said of a file with actions of a template.
const TEMPLATE: &str =
    "it is a template of a chart; give what `statefulchart template` makes of it as a file";

/// Returns the files of definitions of a chart and of those in it.
fn of_chart(place: &str, reporter: &Terminal) -> Result<Vec<(String, Vec<u8>)>, String> {
    let path = path_of(place);
    if !path.exists() {
        return Err("there is no such file or folder of definitions".to_owned());
    }
    let chart =
        action::open(&path, profile::current(), reporter).map_err(|error| error.to_string())?;
    let crds = chart.crds().map_err(|error| error.to_string())?;
    if crds.is_empty() {
        return Err(format!("neither the chart nor a chart in it has a folder crds; {TEMPLATES}"));
    }
    let files = Shown { reference: place.trim_end_matches('/'), chart: &chart };
    let file = |crd: Crd| (files.template(&crd.filename.to_string_lossy()), crd.data.to_vec());
    Ok(crds.into_iter().map(file).collect())
}

/// What to do about definitions that are templates.
const TEMPLATES: &str =
    "where its templates make definitions, give what `statefulchart template` prints as a file";

/// Adds the definitions among manifests.
pub(super) fn add(definitions: &mut Definitions, text: &[u8]) {
    if memmem::find(text, b"CustomResourceDefinition").is_some() {
        let (objects, _) = diff::read_heads(&text.into(), "", profile::current());
        definitions.add(&objects);
    }
}
