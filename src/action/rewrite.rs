//! Has a post-renderer rewrite the files of a render as Helm 4 does: all documents as one stream, read and written by
//! kyaml, with the file of each in an annotation.

use std::collections::BTreeMap;
use std::fmt;

use gostd::value::Str;
use gostd::{path, unicode};
use goyaml::{KyamlError, Manifest, read_manifests, write_manifests};

use super::Error;
use crate::post_render::PostRenderer;
use crate::profile::Profile;
use crate::release::split_ranges;
use crate::render::Rendered;
use crate::report::Reporter;

/// The annotation that says which file a document comes from, while a post-renderer has it.
const FILE: &[u8] = b"postrenderer.helm.sh/postrender-filename";

/// Why files cannot be given to a post-renderer, or what it wrote not be read.
#[derive(Debug)]
pub struct RewriteError {
    stage: Stage,
    cause: KyamlError,
}

#[derive(Debug)]
enum Stage {
    Parsing(String),
    Annotating(String),
    Merging,
    Output,
    Metadata,
    Clearing,
    Writing(String),
}

impl RewriteError {
    /// Returns Helm's words, layer by layer, the cause last.
    pub fn layers(&self) -> Vec<String> {
        const BEFORE: &str = "error merging manifests";
        const AFTER: &str = "error while parsing post rendered output";
        let (outer, inner) = match &self.stage {
            Stage::Parsing(file) => (BEFORE, format!("parsing {file}")),
            Stage::Annotating(file) => (BEFORE, format!("annotating {file}")),
            Stage::Merging => (BEFORE, "writing merged docs".to_owned()),
            Stage::Output => (AFTER, "error parsing YAML".to_owned()),
            Stage::Metadata => (AFTER, "getting metadata".to_owned()),
            Stage::Clearing => (AFTER, "clearing filename annotation".to_owned()),
            Stage::Writing(file) => (AFTER, format!("re-writing {file}")),
        };
        vec![outer.to_owned(), inner, self.cause.to_string()]
    }
}

impl fmt::Display for RewriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.layers().join(": "))
    }
}

impl std::error::Error for RewriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

fn at(stage: Stage) -> impl FnOnce(KyamlError) -> Error {
    |cause| Error::Rewrite(Box::new(RewriteError { stage, cause }))
}

/// Returns the files as the post-renderer leaves them, notes as they are.
///
/// # Errors
/// Documents that are no manifests, and a post-renderer that fails.
pub(super) fn rewrite(
    files: &[Rendered],
    program: &PostRenderer,
    most: Option<u64>,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<Vec<Rendered>, Error> {
    let is_notes = |file: &&Rendered| file.name.ends_with(b"NOTES.txt");
    let merged = merge(files.iter().filter(|file| !is_notes(file)), profile)?;
    let rewritten = split(&program.run(merged, most, reporter)?)?;
    let notes = files.iter().filter(is_notes);
    let notes = notes.map(|file| Rendered { name: file.name.clone(), text: file.text.clone() });
    Ok(notes.chain(rewritten).collect())
}

/// Returns the documents of files as one stream.
fn merge<'f>(
    files: impl Iterator<Item = &'f Rendered>,
    profile: Profile,
) -> Result<Vec<u8>, Error> {
    let mut all: Vec<Manifest> = Vec::new();
    for file in files {
        if path::base(&file.name).starts_with(b"_") || unicode::trim_space(&file.text).is_empty() {
            continue;
        }
        let name = || file.name.to_string_lossy().into_owned();
        for range in split_ranges(&file.text, profile) {
            let document = file.text.get(range).unwrap_or_default();
            if unicode::trim_space(document).is_empty() {
                continue;
            }
            for mut manifest in read_manifests(document).map_err(at(Stage::Parsing(name())))? {
                manifest.set_annotation(FILE, &file.name).map_err(at(Stage::Annotating(name())))?;
                all.push(manifest);
            }
        }
    }
    write_manifests(&all).map_err(at(Stage::Merging))
}

/// Returns the files of a stream, sorted by name.
fn split(stream: &[u8]) -> Result<impl Iterator<Item = Rendered> + use<>, Error> {
    let mut files: BTreeMap<Vec<u8>, Vec<Manifest>> = BTreeMap::new();
    let manifests = read_manifests(stream).map_err(at(Stage::Output))?;
    for (i, mut manifest) in manifests.into_iter().enumerate() {
        let mut name = manifest.annotation(FILE).map_err(at(Stage::Metadata))?.to_vec();
        if name.is_empty() {
            name = format!("generated-by-postrender-{i}.yaml").into_bytes();
        }
        manifest.clear_annotation(FILE).map_err(at(Stage::Clearing))?;
        files.entry(name).or_default().push(manifest);
    }
    let mut written = Vec::new();
    for (name, manifests) in files {
        let shown = String::from_utf8_lossy(&name).into_owned();
        let text = write_manifests(&manifests).map_err(at(Stage::Writing(shown)))?;
        written.push(Rendered { name: Str::from(name), text: Str::from(text) });
    }
    Ok(written.into_iter())
}
