//! Reads definitions of custom resources, which other objects are checked by.

use memchr::memmem;
use statefulchart::diff;
use statefulchart::validate::Definitions;

use crate::cli::flags::quoted;
use crate::cli::input::{self, Named};
use crate::cli::{Failure, profile};

/// Reads the files and folders of `--crds`; of a chart its folder `crds`.
///
/// # Errors
/// What cannot be read, or holds no definition.
pub(super) fn given(places: &[String], once: &input::Once) -> Result<Definitions, Failure> {
    let mut definitions = Definitions::default();
    for place in places {
        let fail = |why: &str| Failure::from(format!("--crds {}: {why}", quoted(place)));
        let named = match input::named(place, once)? {
            Named::Chart => input::named(&format!("{}/crds", place.trim_end_matches('/')), once)?,
            other => other,
        };
        let files = match named {
            Named::Text(text) => vec![(place.clone(), text)],
            Named::Folder(files, charts) => {
                input::no_charts(place, &charts)?;
                files
            }
            Named::Chart => return Err(fail("there is no such file or folder of definitions")),
        };
        let mut own = Definitions::default();
        for (name, text) in files {
            let (objects, errors) = diff::read_all(&text.into(), "", profile::current());
            if let Some(error) = errors.first() {
                return Err(fail(&format!("{name}: line {}: {}", error.line(), error.words())));
            }
            own.add(&objects);
        }
        if own.is_empty() {
            return Err(fail("it holds no CustomResourceDefinition of apiextensions.k8s.io/v1"));
        }
        definitions.add_all(&own);
    }
    Ok(definitions)
}

/// Adds the definitions among manifests.
pub(super) fn add(definitions: &mut Definitions, text: &[u8]) {
    if memmem::find(text, b"CustomResourceDefinition").is_some() {
        let (objects, _) = diff::read_all(&text.into(), "", profile::current());
        definitions.add(&objects);
    }
}
