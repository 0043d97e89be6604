//! Runs `template`: a chart's manifests.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use gojsonschema::Loader;
use gostd::os::bytes_of;
use gostd::value::{Map, Str};
use gostd::{path, unicode};

use super::release::{Made, Partial, Sources};
use super::{Error, OutputDir, ReleaseOptions};
use crate::chart::{Chart, Crd};
use crate::post_render::PostRenderer;
use crate::profile::{Profile, Rule};
use crate::provenance::{Printed, Provenance};
use crate::release::{BEFORE_SOURCE, Hook, Manifest, Resources, split_ranges};
use crate::render::{Capabilities, Rendering};
use crate::report::Reporter;

/// Renders a chart's manifests, as `helm template` does.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// What the release is made with.
    pub release: ReleaseOptions,
    /// Puts the files under `crds/` before the manifests.
    pub include_crds: bool,
    /// Leaves hooks out.
    pub no_hooks: bool,
    /// Leaves hooks out that are tests.
    pub skip_tests: bool,
    /// Keeps hooks of events that Helm does not know among the manifests, where it leaves them out.
    pub keep_unknown_hooks: bool,
    /// A program that rewrites the manifests; before Helm 4 it never sees hooks.
    pub post_renderer: Option<PostRenderer>,
    /// Writes the documents to files.
    pub output_dir: Option<OutputDir>,
}

/// A failed [`Template::run`].
#[derive(Debug)]
pub struct Failed {
    /// Why.
    pub error: Error,
    /// What was rendered and is no valid YAML, or could not be rewritten; `None` where it did not come
    /// that far.
    pub manifest: Option<Vec<u8>>,
}

impl From<Partial> for Failed {
    fn from(Partial { error, manifest }: Partial) -> Failed {
        Failed { error, manifest }
    }
}

impl Template {
    /// Renders the chart with the user's values. `schemas` brings the documents that charts' schemas refer to.
    ///
    /// # Errors
    /// The first thing that fails, with what was rendered before.
    pub fn run(
        &self,
        chart: Chart,
        user: &Map,
        schemas: &dyn Loader,
        reporter: &dyn Reporter,
    ) -> Result<Rendered, Failed> {
        self.run_keeping(chart, user, schemas, reporter).map(|(rendered, _)| rendered)
    }

    /// Renders the chart as [`Template::run`] does, and returns what it was made of, too: a program that is
    /// about to exit may keep that until then instead of freeing it.
    ///
    /// # Errors
    /// Those of [`Template::run`].
    #[doc(hidden)]
    pub fn run_keeping(
        &self,
        chart: Chart,
        user: &Map,
        schemas: &dyn Loader,
        reporter: &dyn Reporter,
    ) -> Result<(Rendered, Kept), Failed> {
        self.release.check(&chart, reporter).map_err(Partial::from)?;
        let ReleaseOptions { ref api_versions, profile, .. } = self.release;
        let capabilities = Capabilities::new(self.release.kube_version(), api_versions, profile);
        let made = {
            let post_renderer = self.post_renderer.as_ref();
            self.release.make(
                chart,
                user,
                capabilities,
                schemas,
                reporter,
                post_renderer,
                |_| {},
            )?
        };
        let crds = if self.include_crds { made.chart.crds() } else { Ok(Vec::new()) };
        let crds = crds.map_err(|e| Partial::from(Error::Chart(e)))?;
        let Made { chart, resources, sources } = made;
        let Resources { mut manifests, mut hooks, dropped, .. } = resources;
        if self.keep_unknown_hooks {
            manifests.extend(dropped);
        }
        hooks.retain(|h| !(self.no_hooks || self.skip_tests && h.is_test()));
        let mut rendered =
            Rendered { crds, manifests, hooks, written: Vec::new(), rewritten: None, profile };
        match &self.output_dir {
            Some(to) => to.write(self, &mut rendered, reporter)?,
            None => self.post_render(&mut rendered, true, reporter)?,
        }
        Ok((rendered, Kept { chart, sources }))
    }

    /// Has the post-renderer rewrite the manifests if there is one; nothing if they go to files.
    pub(super) fn post_render(
        &self,
        rendered: &mut Rendered,
        are_printed: bool,
        reporter: &dyn Reporter,
    ) -> Result<(), Failed> {
        let Some(program) = self.manifests_rewriter() else { return Ok(()) };
        let mut text = Vec::new();
        if are_printed {
            rendered.documents().for_each(|part| text.extend_from_slice(&part.concat()));
        }
        // Helm has its release by now.
        let failed = |e| Failed { error: Error::from(e), manifest: Some(Vec::new()) };
        let most = self.release.limits.output;
        rendered.rewritten = Some(program.run(text, most, reporter).map_err(failed)?);
        Ok(())
    }

    /// Returns the post-renderer where it gets the manifests; Helm 4's has had the files before.
    pub(super) fn manifests_rewriter(&self) -> Option<&PostRenderer> {
        let has_run = self.release.profile.has(Rule::PostRendererPlugins);
        self.post_renderer.as_ref().filter(|_| !has_run)
    }
}

/// A rendered chart.
#[derive(Debug)]
pub struct Rendered {
    /// The files under `crds/`, if they are wanted.
    pub crds: Vec<Crd>,
    /// Everything that is no hook, in install order.
    pub manifests: Vec<Manifest>,
    /// The hooks that are wanted, in install order.
    pub hooks: Vec<Hook>,
    /// The files that were written, one entry a document, and are not to be printed.
    pub written: Vec<PathBuf>,
    /// What a post-renderer has made of the manifests.
    rewritten: Option<Vec<u8>>,
    profile: Profile,
}

/// What a render leaves behind.
#[doc(hidden)]
#[derive(Debug)]
pub struct Kept {
    /// The chart, its dependencies settled.
    pub chart: Chart,
    sources: Sources,
}

impl Kept {
    /// Tells whether some files have the same text as in another render.
    pub fn agrees_on(&self, names: &HashSet<Str>, other: &Kept) -> bool {
        let texts = |kept: &'_ Kept| {
            let files =
                kept.sources.rendering.files.iter().filter(|file| names.contains(&file.name));
            files.map(|file| (file.name.clone(), file.text.clone())).collect::<Vec<_>>()
        };
        texts(self) == texts(other)
    }

    /// Returns where the bytes of the rendered files came from, if [`ReleaseOptions::records`] asked for it.
    pub fn provenance(self) -> Option<Provenance> {
        let Rendering { files, recording, .. } = self.sources.rendering;
        recording.map(|recording| Provenance::new(files, recording))
    }
}

/// A document with its `# Source:` line, in parts.
type Parts<'d> = [&'d [u8]; 5];

fn parts<'d>(source: &'d [u8], content: &'d [u8]) -> Parts<'d> {
    [BEFORE_SOURCE, source, b"\n", content, b"\n"]
}

impl Rendered {
    /// Returns CRDs and manifests.
    fn documents(&self) -> impl Iterator<Item = Parts<'_>> {
        let crds = self.crds.iter().map(|crd| parts(&crd.filename, &crd.data));
        crds.chain(self.manifests.iter().map(|m| parts(&m.source, &m.content)))
    }

    /// Returns what `template` prints, in parts to be written one behind the other.
    pub fn output(&self) -> Vec<&[u8]> {
        let mut out: Vec<&[u8]> = Vec::with_capacity(5 * (self.manifests.len() + 1));
        match &self.rewritten {
            Some(text) => out.push(unicode::trim_space(text)),
            None => self.documents().for_each(|part| out.extend(part)),
        }
        // White space around the whole goes: documents begin with none, and only CRDs end in some.
        while let Some(last) = out.last_mut() {
            *last = unicode::trim_end(last, unicode::is_space);
            if !last.is_empty() {
                break;
            }
            out.pop();
        }
        out.push(b"\n");
        self.hooks.iter().for_each(|h| out.extend(parts(&h.path, &h.manifest)));
        out
    }

    /// Returns the documents that [`Rendered::output`] prints, in that order, with their places in the rendered files;
    /// none where a post-renderer has rewritten them.
    pub fn printed(&self) -> Vec<Printed<'_>> {
        if self.rewritten.is_some() {
            return Vec::new();
        }
        let crds = self.crds.iter().map(|crd| Printed {
            source: &crd.filename,
            content: &crd.data,
            range: None,
            kind: b"CustomResourceDefinition",
            name: b"",
        });
        let manifests = self.manifests.iter().map(|m| Printed {
            source: &m.source,
            content: &m.content,
            range: Some(m.content.range()),
            kind: &m.kind,
            name: &m.name,
        });
        let hooks = self.hooks.iter().map(|h| Printed {
            source: &h.path,
            content: &h.manifest,
            range: Some(h.range.clone()),
            kind: &h.kind,
            name: &h.name,
        });
        crds.chain(manifests).chain(hooks).collect()
    }

    /// Returns all that `template` prints.
    pub fn manifest(&self) -> Vec<u8> {
        self.output().concat()
    }

    /// Returns the documents that `--show-only` picks out, as [`select`] does.
    ///
    /// # Errors
    /// [`Error::NoSuchTemplate`] for the first pattern that matches nothing.
    pub fn select(&self, patterns: &[String]) -> Result<Vec<u8>, Error> {
        select(&self.manifest(), patterns, self.profile)
    }

    /// Returns the names of the templates that printed something, as [`Rendered::select`] takes them.
    pub fn sources(&self) -> Vec<String> {
        let all = self.manifest();
        let sources = sourced(&all, self.profile);
        let names = sources.map(|(source, _)| String::from_utf8_lossy(source).into_owned());
        let mut names: Vec<_> = names.collect();
        names.dedup();
        names
    }

    /// Forgets what is not to be printed, since it went to files.
    pub(super) fn forget_documents(&mut self) {
        self.crds.clear();
        self.manifests.clear();
        self.hooks.clear();
    }
}

/// Returns the documents of a manifest that `--show-only` picks out: those whose `# Source:` line, less the
/// chart's name, matches one of the patterns of Go's `filepath.Match`, pattern by pattern.
///
/// # Errors
/// [`Error::NoSuchTemplate`] for the first pattern that matches nothing.
pub fn select(all: &[u8], patterns: &[String], profile: Profile) -> Result<Vec<u8>, Error> {
    let documents: Vec<(&[u8], &[u8])> = sourced(all, profile).collect();
    let mut by_source: HashMap<&[u8], Vec<&[u8]>> = HashMap::new();
    for (source, document) in &documents {
        by_source.entry(source).or_default().push(document);
    }
    let mut out = Vec::new();
    for name in patterns {
        let (before, pattern) = (out.len(), &*bytes_of(name));
        let mut add = |document: &[u8]| {
            out.extend_from_slice(b"---\n");
            out.extend_from_slice(document);
            out.push(b'\n');
        };
        if is_literal(pattern) {
            by_source.get(pattern).into_iter().flatten().for_each(|document| add(document));
        } else {
            let matching = documents.iter().filter(|(s, _)| path::matches(pattern, s) == Ok(true));
            matching.for_each(|(_, document)| add(document));
        }
        if out.len() == before {
            return Err(Error::NoSuchTemplate(name.clone()));
        }
    }
    Ok(out)
}

/// Returns whether a pattern of Go's `filepath.Match` matches itself alone.
fn is_literal(pattern: &[u8]) -> bool {
    !pattern.iter().any(|b| matches!(b, b'*' | b'?' | b'[' | b'\\'))
}

/// Returns the documents that have a source, behind it.
fn sourced(all: &[u8], profile: Profile) -> impl Iterator<Item = (&[u8], &[u8])> {
    let documents = split_ranges(all, profile).map(|range| &all[range]);
    documents.filter_map(|document| Some((source_path(document)?, document)))
}

/// Returns what follows `# Source: CHART/` in a document: the rest of that line.
fn source_path(document: &[u8]) -> Option<&[u8]> {
    const MARK: &[u8] = b"# Source: ";
    let mut rest = document;
    loop {
        let at = rest.windows(MARK.len()).position(|w| w == MARK)?;
        rest = &rest[at + MARK.len()..];
        // The chart's name may not be empty, and neither may the path; a name may span lines.
        if let Some(slash) = rest.iter().position(|b| *b == b'/')
            && slash > 0
        {
            let path = rest[slash + 1..].split(|b| *b == b'\n').next()?;
            if !path.is_empty() {
                return Some(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_can_be_sent_to_other_threads() {
        fn sent<T: Send + Sync>() {}
        sent::<Rendered>();
        sent::<Failed>();
    }
}
