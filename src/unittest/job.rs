//! Runs a test: renders the chart with its values, and checks what came out.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bstr::{BString, ByteSlice};
use gojsonschema::Loader;
use gostd::path;
use gostd::regexp::Regexp;
use gostd::value::{Map, Str, Value};
use gotemplate::Cache as Parsed;
use gotemplate::coverage::Counts;

use super::check::Snapshots;
use super::lookup;
use super::manifest::{self, Manifest};
use super::origin::Known;
use super::results::{AssertionResult, TestResult};
use super::select::{self, ALL, Selection};
use super::setter::Setters;
use super::snapshot;
use super::suite::{Program, Suite, Test};
use super::values;
use crate::action::is_release_name;
use crate::chart::Chart;
use crate::clock::Clock;
use crate::post_render::PostRenderer;
use crate::profile::Profile;
use crate::provenance::Provenance;
use crate::render::{self, Capabilities, Limits, RenderError};
use crate::report::{Reporter, Silent};
use crate::values::{prepare, to_render_values};

/// Rendered files by their names.
type Files = BTreeMap<Vec<u8>, Vec<u8>>;

/// Documents by the names of their files.
type Documents = BTreeMap<String, Vec<Rc<Manifest>>>;

/// Documents that an assertion looks at, with the names of their files.
pub(super) type Chosen = Vec<(String, Vec<Rc<Manifest>>)>;

/// What begins a file that a post-renderer gets.
const FILE_MARK: &[u8] = b"#### file:";

/// What tests are run with.
pub(super) struct Runner<'r> {
    /// The chart, as it was loaded.
    pub(super) chart: &'r Chart,
    /// Its templates, parsed by whoever needs one first.
    pub(super) parsed: &'r Parsed,
    /// The folder in which the program runs.
    pub(super) folder: &'r Path,
    pub(super) profile: Profile,
    pub(super) clock: &'r Clock,
    pub(super) schemas: &'r dyn Loader,
    pub(super) skip_schemas: bool,
    pub(super) fail_fast: bool,
    /// Whether failing assertions say where what they looked at came from.
    pub(super) explains: bool,
    /// Where rendered files are written, if they are.
    pub(super) written_to: Option<&'r Path>,
    /// Finds the program of a post-renderer.
    pub(super) find_program: &'r (dyn Fn(&str) -> Result<PathBuf, String> + Sync),
    pub(super) limits: Limits,
    pub(super) reporter: &'r dyn Reporter,
    /// Takes counts of what ran of the templates, if these are wanted.
    pub(super) counts: Option<&'r Mutex<Counts>>,
}

/// The version of Kubernetes that the next test sees, which the one before it has left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Kubernetes {
    pub(super) major: String,
    pub(super) minor: String,
}

impl Default for Kubernetes {
    /// Returns the version that Helm's library assumes.
    fn default() -> Kubernetes {
        Kubernetes { major: "1".into(), minor: "20".into() }
    }
}

/// What rendering came to.
struct Outcome {
    files: Files,
    has_succeeded: bool,
}

/// What a render is asked for besides its files.
enum Wish<'w> {
    /// Why it failed, if it did.
    Failure(&'w mut Option<RenderError>),
    /// Where its files came from, if it did not.
    Provenance(&'w mut Option<Provenance>),
}

/// The documents of a test, and what is known of them.
pub(super) struct Rendered<'t> {
    pub(super) suite: &'t Suite,
    pub(super) test: &'t Test,
    pub(super) documents: Documents,
    /// The names of the rendered files, before any post-renderer.
    pub(super) names: Vec<String>,
    /// The names of the files under `crds/`, where they are wanted.
    pub(super) crds: Vec<String>,
    pub(super) has_succeeded: bool,
    pub(super) error: Option<&'t [u8]>,
    pub(super) is_rewritten: bool,
    /// What tells where fields came from, if that is wanted.
    pub(super) known: Option<Known<'t>>,
}

impl Runner<'_> {
    /// Runs a test that is not skipped.
    pub(super) fn run(
        &self,
        suite: &Suite,
        test: &Test,
        index: usize,
        selection: &mut Selection,
        cache: &mut snapshot::Cache,
        kubernetes: &mut Kubernetes,
    ) -> TestResult {
        let start = Instant::now();
        let mut result =
            TestResult { display_name: test.name.as_str().into(), index, ..TestResult::default() };
        if let Some(Err(why)) = &test.objects {
            return TestResult { exec_error: Some(why.as_str().into()), ..result };
        }
        let user = match values::of(suite, test, self.folder, self.reporter) {
            Ok(user) => user,
            Err(why) => return TestResult { exec_error: Some(why), ..result },
        };
        let mut chart = self.chart.clone();
        let mut failure = None;
        let wish = Wish::Failure(&mut failure);
        let outcome = self.render(suite, test, &mut chart, &user, selection, kubernetes, wish);
        let (outcome, error) = match outcome {
            Ok(outcome) => (outcome, None),
            Err(why) => (Outcome { files: Files::new(), has_succeeded: false }, Some(why)),
        };
        if let Some(folder) = self.written_to
            && let Err(why) = write(folder, &outcome.files)
        {
            return TestResult { exec_error: Some(why), ..result };
        }
        result.exec_error.clone_from(&error);
        let names = outcome.files.keys().map(|name| select::text(name.clone())).collect();
        let (files, is_rewritten) = match self.rewrite(suite, test, outcome.files) {
            Ok(rewritten) => rewritten,
            Err(why) => return TestResult { exec_error: Some(why), ..result },
        };
        let read = self.documents(suite, &chart, &files, outcome.has_succeeded);
        let (documents, crds) = match read {
            Ok(read) => read,
            Err(why) => return TestResult { exec_error: Some(why), ..result },
        };
        let setters = Setters { chart: self.chart, suite, test, folder: self.folder };
        let again = || self.recorded(suite, test, kubernetes);
        let is_explained = self.explains && outcome.has_succeeded && !is_rewritten;
        let rendered = Rendered {
            suite,
            test,
            documents,
            names,
            crds,
            has_succeeded: outcome.has_succeeded,
            error: error.as_ref().map(|why| why.as_bytes()),
            is_rewritten,
            known: is_explained.then(|| Known {
                again: &again,
                provenance: OnceCell::new(),
                setters,
            }),
        };
        result.passed = self.check(&rendered, cache, &mut result.asserts);
        if let Some(failure) = failure.filter(|_| self.explains && !result.passed) {
            result.origins = setters.of_failure(&failure, &chart, self.profile);
        }
        result.skipped = !result.asserts.is_empty() && result.asserts.iter().all(|a| a.skipped);
        result.duration = start.elapsed();
        result
    }

    /// Renders what a test has rendered once more, and records where everything comes from.
    fn recorded(&self, suite: &Suite, test: &Test, kubernetes: &Kubernetes) -> Option<Provenance> {
        // What there is to warn of was told by the first render.
        let quiet = Runner { reporter: &Silent, ..*self };
        let user = values::of(suite, test, self.folder, quiet.reporter).ok()?;
        let mut selection = Selection::new(&suite.route, &suite.templates, &suite.excluded);
        let (mut chart, mut kubernetes) = (self.chart.clone(), kubernetes.clone());
        let mut provenance = None;
        let wish = Wish::Provenance(&mut provenance);
        quiet.render(suite, test, &mut chart, &user, &mut selection, &mut kubernetes, wish).ok()?;
        provenance
    }

    fn check(
        &self,
        rendered: &Rendered<'_>,
        cache: &mut snapshot::Cache,
        results: &mut Vec<AssertionResult>,
    ) -> bool {
        let mut passed = false;
        let count = Cell::new(0_u64);
        for (index, assertion) in rendered.test.assertions.iter().enumerate() {
            let Some(assertion) = assertion else { continue };
            let snapshots =
                Snapshots { cache: &mut *cache, test: &rendered.test.name, count: &count };
            let mut result = assertion.assert(rendered, snapshots, self.fail_fast);
            result.index = index;
            if result.skipped {
                passed = true;
            }
            if index == 0 {
                passed = result.passed;
            }
            passed &= result.passed;
            results.push(result);
            if !passed && self.fail_fast {
                break;
            }
        }
        passed
    }

    /// Renders the templates of the suite.
    ///
    /// # Errors
    /// What fails where no assertion looks at a failure, and what is no failure of a template.
    #[expect(clippy::too_many_arguments, reason = "each is used once, in the order of the steps")]
    fn render(
        &self,
        suite: &Suite,
        test: &Test,
        chart: &mut Chart,
        user: &Map,
        selection: &mut Selection,
        kubernetes: &mut Kubernetes,
        wish: Wish<'_>,
    ) -> Result<Outcome, BString> {
        let name = test.release.name.as_str();
        if !name.is_empty() && (name.len() > 53 || !is_release_name(name)) {
            return Err(
                r"invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53"
                    .into(),
            );
        }
        let words = |e: crate::values::ValuesError| BString::from(e.to_string());
        // A copy of a chart forgets that it is deprecated.
        forget_deprecation(chart);
        prepare(chart, user, self.profile, self.reporter).map_err(words)?;
        for (own, given) in [
            (&mut kubernetes.major, &test.cluster.major),
            (&mut kubernetes.minor, &test.cluster.minor),
        ] {
            if !given.is_empty() {
                own.clone_from(given);
            }
        }
        let version = [&kubernetes.major, &kubernetes.minor].map(|part| Str::from(part.as_str()));
        let api_versions: Option<Vec<Str>> = test
            .cluster
            .api_versions
            .as_ref()
            .map(|all| all.iter().map(|v| Str::from(v.as_str())).collect());
        let capabilities = Capabilities::of_library(version, api_versions.as_deref(), self.profile);
        let top = to_render_values(
            chart,
            user,
            release_map(test),
            Value::Object(Rc::new(capabilities)),
            (!self.skip_schemas).then_some(self.schemas),
            self.profile,
            self.reporter,
        )
        .map_err(words)?;
        set_versions(chart, test);
        selection.apply(chart);
        let objects = test.objects.as_ref().and_then(|objects| objects.as_deref().ok());
        let namespace = or(&test.release.namespace, NAMESPACE);
        let lookup = |args: &[Value]| match objects {
            Some(objects) => Ok(objects.find(namespace.as_bytes(), args)),
            None => lookup::answer(&test.provider, args),
        };
        let has_cluster = objects.is_some() || !test.provider.objects.is_empty();
        let options = render::Options {
            sees_cluster: false,
            cluster: has_cluster.then_some(&lookup),
            dns: false,
            lenient: None,
            clock: self.clock,
            parsed: Some(self.parsed),
            profile: self.profile,
            limits: self.limits,
            records: matches!(wish, Wish::Provenance(_)),
            only: None,
            counts: self.counts.filter(|_| matches!(wish, Wish::Failure(_))),
        };
        match render::render(chart, &top, &options) {
            Ok(rendering) => {
                let all = rendering.files.iter();
                let files = all.map(|file| (file.name.to_vec(), file.text.to_vec())).collect();
                if let Wish::Provenance(provenance) = wish {
                    let recording = rendering.recording;
                    *provenance = recording.map(|it| Provenance::new(rendering.files, it));
                }
                Ok(Outcome { files, has_succeeded: true })
            }
            Err(error) => {
                let text = error.text().into();
                if let Wish::Failure(failure) = wish {
                    *failure = Some(error);
                }
                failed(suite, test, text)
            }
        }
    }

    /// Has the post-renderer rewrite the files if there is one, and tells whether there is.
    fn rewrite(&self, suite: &Suite, test: &Test, files: Files) -> Result<(Files, bool), BString> {
        let program = [&test.post_renderer, &suite.post_renderer];
        let Some(program) = program.into_iter().find(|p| !p.command.is_empty()) else {
            return Ok((files, false));
        };
        let mut all = Vec::new();
        for (name, text) in &files {
            let mark = [b"---\n", FILE_MARK, b" ", &name[..], b"\n"].concat();
            all.extend_from_slice(&mark);
            all.extend_from_slice(gostd::unicode::trim_space(text));
            all.push(b'\n');
        }
        let text = self.run_program(program, &all)?;
        Ok((split_files(text), true))
    }

    fn run_program(&self, program: &Program, text: &[u8]) -> Result<Vec<u8>, BString> {
        let found = (self.find_program)(&program.command)?;
        let program =
            PostRenderer { program: found, args: program.args.clone(), ..PostRenderer::default() };
        let run = program.run(text.to_vec(), self.limits.output, self.reporter);
        run.map_err(|e| {
            // The library wraps the cause only.
            let layers = e.layers();
            BString::from(format!("post-render failed: {}", layers[1..].join(": ")))
        })
    }

    /// Reads the documents of the files, and lists the files under `crds/` if they are wanted.
    fn documents(
        &self,
        suite: &Suite,
        chart: &Chart,
        files: &Files,
        has_succeeded: bool,
    ) -> Result<(Documents, Vec<String>), BString> {
        let mut documents = Documents::new();
        let mut crds = Vec::new();
        if suite.include_crds {
            for crd in chart.crds().map_err(|e| BString::from(e.to_string()))? {
                let name = crd.filename.to_string_lossy().into_owned();
                documents.insert(name.clone(), manifest::parse(&crd.data)?);
                crds.push(name);
            }
        }
        let chart = chart.name();
        for (name, text) in files {
            let name = match name.starts_with(chart) {
                true => Cow::Borrowed(&name[..]),
                false => Cow::Owned(path::join([chart.as_bytes(), name])),
            };
            let extension = if has_succeeded { path::ext(&name) } else { b".yaml" };
            let read = match extension {
                b".yaml" | b".yml" | b".tpl" => manifest::parse(text)?,
                b".txt" => manifest::parse_text(text),
                _ => continue,
            };
            documents.insert(select::text(name.into_owned()), read);
        }
        Ok((documents, crds))
    }
}

fn forget_deprecation(chart: &mut Chart) {
    if chart.metadata.deprecated {
        Arc::make_mut(&mut chart.metadata).deprecated = false;
    }
    chart.dependencies.iter_mut().for_each(forget_deprecation);
}

/// Gives the chart and those that it holds other versions.
fn set_versions(chart: &mut Chart, test: &Test) {
    let set = |chart: &mut Chart| {
        let wanted = &test.chart;
        if wanted.version.is_empty() && wanted.app_version.is_empty() {
            return;
        }
        let metadata = Arc::make_mut(&mut chart.metadata);
        for (own, wanted) in [
            (&mut metadata.version, &wanted.version),
            (&mut metadata.app_version, &wanted.app_version),
        ] {
            if !wanted.is_empty() {
                *own = Str::from(wanted.as_str());
            }
        }
    };
    set(chart);
    chart.dependencies.iter_mut().for_each(set);
}

/// The namespace of tests that name none.
const NAMESPACE: &str = "NAMESPACE";

fn or<'t>(text: &'t str, other: &'t str) -> &'t str {
    if text.is_empty() { other } else { text }
}

/// Makes `.Release`
fn release_map(test: &Test) -> Map {
    let release = Map::new();
    release.insert("Name", or(&test.release.name, "RELEASE-NAME").into());
    release.insert("Namespace", or(&test.release.namespace, NAMESPACE).into());
    release.insert("IsUpgrade", Value::Bool(test.release.is_upgrade));
    release.insert("IsInstall", Value::Bool(!test.release.is_upgrade));
    release.insert("Revision", Value::int(test.release.revision));
    release.insert("Service", "Helm".into());
    release
}

fn write(folder: &Path, files: &Files) -> Result<(), BString> {
    use gostd::os::path_of;
    for (name, text) in files {
        let path = folder.join(path_of(&gostd::os::text_of(name.clone())));
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let done = made.and_then(|()| std::fs::write(&path, text));
        done.map_err(|e| {
            BString::from(format!("open {}: {}", path.display(), gostd::os::io_reason(&e)))
        })?;
    }
    Ok(())
}

/// Makes a document of why a template failed, as `failedTemplate` sees it.
///
/// # Errors
/// The failure itself, where no assertion expects one, or where it names no template.
fn failed(suite: &Suite, test: &Test, error: BString) -> Result<Outcome, BString> {
    let mut assertions = test.assertions.iter().flatten();
    if assertions.all(|assertion| assertion.kind.needs_success) {
        return Err(error);
    }
    let source = br"(?msU)^(?:.+: |.+ \()(?:(.+):[0-9]+:[0-9]+).+(?:.+>)*: (.+)$";
    let found = Regexp::compile(source).ok().and_then(|failure| failure.find_submatch(&error));
    let Some([_, Some(file), Some(rest)]) = found.as_deref() else { return Err(error) };
    let file = file.to_vec();
    let raw = match error.split_once_str(b"\n") {
        Some((_, rest)) => rest.to_vec(),
        None => rest.to_vec(),
    };
    let content = Map::new();
    content.insert(Str::from(manifest::RAW), Value::from(raw));
    let text = goyaml::marshal_pretty(&Value::Map(content)).unwrap_or_default();
    let mut files = Files::new();
    if path::base(&file).starts_with(b"_") {
        let all = [ALL.to_owned()];
        let names = if suite.templates.is_empty() { &all[..] } else { &suite.templates };
        for name in names {
            files.insert(select::full(&suite.route, name).into_bytes(), text.clone());
        }
    } else {
        files.insert(file, text);
    }
    Ok(Outcome { files, has_succeeded: false })
}

/// Takes the files apart that a post-renderer has left marked; all as one where it has not.
fn split_files(text: Vec<u8>) -> Files {
    let mut files = Files::new();
    let separator = [b"---\n", FILE_MARK].concat();
    let mut starts: Vec<usize> = text.find_iter(&separator).collect();
    if starts.first() != Some(&0) {
        starts.insert(0, 0);
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    for (start, end) in starts.iter().zip(ends) {
        let block = &text[*start..end];
        let mark = [FILE_MARK, b" "].concat();
        let Some(at) = block.find(&mark) else { continue };
        let line = block[at..].split(|b| *b == b'\n').next().unwrap_or_default();
        let name = line[mark.len()..].to_vec();
        let head = [b"---\n", line, b"\n"].concat();
        files.insert(name, block.strip_prefix(&head[..]).unwrap_or(block).to_vec());
    }
    if files.is_empty() {
        files.insert(b"manifest.yaml".to_vec(), text);
    }
    files
}
