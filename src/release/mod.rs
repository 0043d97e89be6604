//! Makes a release of a render: splits documents, sets hooks apart, sorts by install order, keeps notes.

mod check;
mod error;
mod head;
mod json;
mod order;
mod report;
mod split;

use std::fmt;
use std::ops::{Deref, Range};

use bstr::ByteSlice;

use crate::chart::Chart;
use crate::profile::Profile;
use crate::render::Rendered;
use crate::report::{Reporter, Warning};
use gostd::value::Str;
use gostd::{path, unicode};

pub use check::{
    DecodeError, Fault, FieldError, LookupError, ObjectError, Refused, SegmentError, check,
};
pub use error::{HeadError, ManifestError, ReportError};
pub use json::json_as_yaml;
pub(crate) use json::json_values;
pub use report::{DRY_RUN_COMPLETE, Info, Release, Status, TableOptions};
pub use split::{split_manifests, split_ranges};

/// A part of a rendered file, which it shares.
#[derive(Clone)]
pub struct Document {
    pub(crate) file: Str,
    pub(crate) range: Range<usize>,
}

impl Document {
    fn bytes(&self) -> &[u8] {
        self.file.get(self.range.clone()).unwrap_or_default()
    }

    /// Returns where it stands in the rendered file, in bytes.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }
}

impl Deref for Document {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.bytes()
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_bstr(), f)
    }
}

/// A document of a rendered file that is no hook.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The file's path, as its `# Source:` line shows it.
    pub source: Str,
    /// The document, white space around it removed.
    pub content: Document,
    /// Its `kind`, empty where it has none.
    pub kind: Str,
    /// Its `apiVersion`, empty where it has none.
    pub api_version: Str,
    /// Its `metadata.name`, empty where it has none.
    pub name: Str,
}

impl Manifest {
    /// Returns whether `--hide-secret` hides it.
    pub fn is_secret(&self) -> bool {
        self.kind == "Secret" && self.api_version == "v1"
    }
}

/// A document with a `helm.sh/hook` annotation.
#[derive(Debug, Clone)]
pub struct Hook {
    /// `metadata.name`
    pub name: Str,
    /// `kind`
    pub kind: Str,
    /// The file's path.
    pub path: Str,
    /// The document, white space around it removed.
    pub manifest: Str,
    /// Where that stands in the rendered file, in bytes.
    pub range: Range<usize>,
    /// E.g. `pre-install`, `test`, in the order of the annotation.
    pub events: Vec<&'static str>,
    /// `helm.sh/hook-weight`, 0 where it is no number.
    pub weight: i64,
    /// `helm.sh/hook-delete-policy`, split and lowercased.
    pub delete_policies: Vec<Str>,
    /// `helm.sh/hook-output-log-policy`, likewise.
    pub output_log_policies: Vec<Str>,
}

impl Hook {
    /// Returns whether this is a test of `helm test`.
    pub fn is_test(&self) -> bool {
        self.events.contains(&"test")
    }
}

/// A rendered chart, sorted the way Helm installs it.
#[derive(Debug, Default)]
pub struct Resources {
    /// Hooks in install order of their kinds.
    pub hooks: Vec<Hook>,
    /// Everything else in install order.
    pub manifests: Vec<Manifest>,
    /// Hooks of events that Helm does not know: it leaves them out.
    pub dropped: Vec<Manifest>,
    /// The rendered NOTES.txt.
    pub notes: Str,
}

/// Sorts rendered files into notes, hooks and manifests.
///
/// `sub_notes` joins the subcharts' notes to the chart's own. Unknown hook events are reported to
/// `warn` and their documents dropped, as Helm does.
///
/// # Errors
/// A document that is not YAML, or whose head has the wrong shape.
pub fn sort(
    chart: &Chart,
    rendered: &[Rendered],
    sub_notes: bool,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<Resources, ManifestError> {
    let own_notes = path::join([chart.name().as_bytes(), b"templates", b"NOTES.txt"]);
    let mut notes = Vec::new();
    let mut files = Vec::with_capacity(rendered.len());
    for file in rendered {
        if file.name.ends_with(b"NOTES.txt") {
            if sub_notes || *file.name == own_notes[..] {
                if !notes.is_empty() {
                    notes.push(b'\n');
                }
                notes.extend_from_slice(&file.text);
            }
        } else {
            files.push(file);
        }
    }
    let mut sorted = Resources { notes: Str::from(notes), ..Resources::default() };
    for file in &files {
        if path::base(&file.name).starts_with(b"_") || unicode::trim_space(&file.text).is_empty() {
            continue;
        }
        for range in split_ranges(&file.text, profile) {
            let document = Document { file: file.text.clone(), range: range.clone() };
            add(&mut sorted, file, document, profile, reporter).map_err(|cause| ManifestError {
                source: file.name.clone(),
                cause,
                document: Box::new(Document { file: file.text.clone(), range }),
                blob: blob(&files),
            })?;
        }
    }
    sorted.hooks.sort_by_cached_key(|hook| order::key(&hook.kind, profile));
    sorted.manifests.sort_by_cached_key(|m| order::key(&m.kind, profile));
    Ok(sorted)
}

fn blob(files: &[&Rendered]) -> Vec<u8> {
    let mut out = Vec::new();
    for file in files {
        if !unicode::trim_space(&file.text).is_empty() {
            write_document(&mut out, &file.name, &file.text);
        }
    }
    out
}

/// Returns the manifest of a release: all documents that are no hooks, each under its `# Source:`
/// line.
///
/// With `hide_secrets` a line stands in for each `v1` Secret, as under Helm's `--hide-secret`.
pub fn manifest(manifests: &[Manifest], hide_secrets: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for m in manifests {
        if hide_secrets && m.is_secret() {
            let hidden = b"# HIDDEN: The Secret output has been suppressed";
            write_document(&mut out, &m.source, hidden);
        } else {
            write_document(&mut out, &m.source, &m.content);
        }
    }
    out
}

/// What comes before a document's source in [`write_document`].
pub const BEFORE_SOURCE: &[u8] = b"---\n# Source: ";

/// Appends a document under its `# Source:` line.
pub fn write_document(out: &mut Vec<u8>, source: &[u8], content: &[u8]) {
    out.extend_from_slice(BEFORE_SOURCE);
    out.extend_from_slice(source);
    out.push(b'\n');
    out.extend_from_slice(content);
    out.push(b'\n');
}

fn add(
    sorted: &mut Resources,
    file: &Rendered,
    document: Document,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<(), HeadError> {
    let head = head::parse(document.bytes(), profile)?;
    let manifest = |head: head::Head, document| Manifest {
        source: file.name.clone(),
        content: document,
        kind: head.kind,
        api_version: head.api_version,
        name: head.name,
    };
    let Some(events) = head.annotation(b"helm.sh/hook") else {
        sorted.manifests.push(manifest(head, document));
        return Ok(());
    };
    let mut known = Vec::new();
    for event in events.split_str(",") {
        let event = unicode::to_lower(unicode::trim_space(event));
        match EVENTS.iter().find(|e| e.as_bytes() == &event[..]) {
            Some(&"test-success") => known.push("test"),
            Some(event) => known.push(event),
            None => {
                reporter.warn(Warning::UnknownHook { events: events.to_str_lossy().into_owned() });
                sorted.dropped.push(manifest(head, document));
                return Ok(());
            }
        }
    }
    let weight = head.annotation(b"helm.sh/hook-weight").unwrap_or_default();
    let policies = |annotation: &[u8]| {
        let given = head.annotation(annotation);
        let each = given.iter().flat_map(|p| p.split_str(","));
        each.map(|p| Str::from(unicode::to_lower(unicode::trim_space(p)))).collect()
    };
    sorted.hooks.push(Hook {
        name: head.name.clone(),
        kind: head.kind.clone(),
        path: file.name.clone(),
        manifest: Str::from(document.bytes()),
        range: document.range,
        events: known,
        weight: gostd::strconv::parse_int(&weight, 10, 64).unwrap_or(0),
        delete_policies: policies(b"helm.sh/hook-delete-policy"),
        output_log_policies: policies(b"helm.sh/hook-output-log-policy"),
    });
    Ok(())
}

/// The hook events Helm 3 knows; the last is Helm 2's name for `test`.
pub(crate) const EVENTS: &[&str] = &[
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "test",
    "test-success",
];
