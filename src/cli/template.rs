//! `statefulchart template`

use std::collections::HashSet;
use std::io::Write;
use std::mem::ManuallyDrop;
use std::path::Path;

use gostd::os::io_reason;
use gostd::{path, unicode};
use statefulchart::chart::Chart;
use statefulchart::release::{self, Resources, write_document};
use statefulchart::render::Capabilities;

use super::flags::{Flag, Given, known};
use super::render::{self, Partial, Request};
use super::{Args, Command, Failure, output, post_render, values};

const FLAGS: &[Flag] = &[
    known::DRY_RUN.about("no effect: template is always a dry run"),
    known::HIDE_NOTES.about("no effect: template prints no notes"),
    known::INCLUDE_CRDS.about("include CRDs in the templated output"),
    known::IS_UPGRADE.about("set .Release.IsUpgrade instead of .Release.IsInstall"),
    known::NO_HOOKS.about("leave hooks out of the output"),
    known::OUTPUT_DIR.about("write the manifests to files in this directory"),
    known::RELEASE_NAME.about("use release name in the output-dir path"),
    known::SHOW_ONLY.about("only show manifests rendered from the given templates"),
    known::SKIP_TESTS.about("skip tests from templated output"),
    known::VALIDATE.about("refused: it needs a cluster"),
];

pub(super) const COMMAND: Command = Command {
    name: "template",
    usage: "template [NAME] [CHART]",
    about: "locally render templates",
    long: "Render chart templates locally and display the output, byte for byte as Helm does.",
    flags: &[FLAGS, render::FLAGS, render::NAME_FLAGS, values::FLAGS],
    args: Args::AtLeast(1),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    let debug = output::is_debug(given);
    match render(given, debug) {
        Ok(()) => Ok(()),
        Err(Partial { failure, manifest: None }) => Err(failure),
        Err(Partial { failure, manifest: Some(manifest) }) => {
            if !debug {
                let mut failure = failure;
                failure.text.extend_from_slice(b"\n\nUse --debug flag to render out invalid YAML");
                return Err(failure);
            }
            let mut out = manifest.trim_ascii().to_vec();
            out.push(b'\n');
            output::stdout(&out)?;
            Err(failure)
        }
    }
}

fn render(given: &Given, debug: bool) -> Result<(), Partial> {
    let kube_version = render::kube_version(given)?;
    // Helm's template command names the release before it looks at --generate-name.
    // Not freed either: the program exits next.
    let mut requested = ManuallyDrop::new(Request::read(given, debug, Some("release-name"))?);
    if given.validate {
        return Err(Failure::from("--validate needs a cluster, and statefulchart never talks to one: pipe the output to `kubectl apply --dry-run=server -f -` instead").into());
    }
    render::check_release_name(&requested.name)?;
    requested.prepare()?;
    let capabilities = Capabilities::new(kube_version, &render::api_versions(given));
    let resources = ManuallyDrop::new(requested.render(given, capabilities, given.is_upgrade)?);
    let (name, chart) = (&requested.name, &requested.chart);
    Output { given, name, chart, resources: &resources }.write()
}

/// The last step: what goes to standard output, or to files.
struct Output<'o> {
    given: &'o Given,
    name: &'o str,
    chart: &'o Chart,
    resources: &'o Resources,
}

impl Output<'_> {
    /// The parts of the output, where it is nothing but documents one behind the other.
    fn plain(&self) -> Option<Vec<&[u8]>> {
        let given = self.given;
        if given.output_dir.is_some()
            || given.post_renderer.is_some()
            || !given.show_only.is_empty()
            || given.include_crds
        {
            return None;
        }
        let Resources { manifests, hooks, .. } = self.resources;
        let manifests = manifests.iter().map(|m| (&m.source, &m.content[..]));
        let shown = !self.given.no_hooks;
        let hooks = hooks
            .iter()
            .filter(|h| shown && !(self.given.skip_tests && h.is_test()))
            .map(|h| (&h.path, &h.manifest[..]));
        let mut parts: Vec<&[u8]> = Vec::with_capacity(5 * (manifests.len() + 1));
        if manifests.len() == 0 {
            parts.push(b"\n");
        }
        for (source, content) in manifests.chain(hooks) {
            // Documents have no white space around them, so that nothing is to be trimmed.
            parts.extend([release::BEFORE_SOURCE, source, b"\n", content, b"\n"]);
        }
        Some(parts)
    }

    fn write(&self) -> Result<(), Partial> {
        if let Some(parts) = self.plain() {
            return Ok(output::stdout_parts(&parts)?);
        }
        let directory = self.given.output_dir.as_deref().unwrap_or_default();
        // Helm has its release by now, and says so by the hint at --debug.
        let partial = |failure| Partial { failure, manifest: Some(Vec::new()) };
        let mut files = Files { written: HashSet::new(), log: Vec::new() };
        let mut manifest = Vec::new();
        if self.given.include_crds {
            let crds = self.chart.crds().map_err(render::unloadable)?;
            for crd in crds {
                if directory.is_empty() {
                    write_document(&mut manifest, &crd.filename, &crd.data);
                } else {
                    files.write(directory, &crd.filename, &crd.data).map_err(partial)?;
                }
            }
        }
        let with_name = if self.given.release_name {
            format!("{}/{}", directory.trim_end_matches('/'), self.name)
        } else {
            directory.to_owned()
        };
        for m in &self.resources.manifests {
            if directory.is_empty() {
                write_document(&mut manifest, &m.source, &m.content);
            } else {
                files.write(&with_name, &m.source, &m.content).map_err(partial)?;
            }
        }
        let manifest = post_render::apply(self.given, manifest).map_err(partial)?;
        let mut out = manifest;
        trim_space(&mut out);
        out.push(b'\n');
        if !self.given.no_hooks {
            for hook in &self.resources.hooks {
                if self.given.skip_tests && hook.is_test() {
                    continue;
                }
                if directory.is_empty() {
                    write_document(&mut out, &hook.path, &hook.manifest);
                } else {
                    files.append_to_existing(&with_name, &hook.path);
                    files.write(&with_name, &hook.path, &hook.manifest)?;
                }
            }
        }
        let mut text = files.log;
        let show_only: Vec<&str> = self.given.show_only.iter().map(String::as_str).collect();
        if show_only.is_empty() && text.is_empty() {
            text = out;
        } else if show_only.is_empty() {
            text.extend_from_slice(&out);
        } else {
            match self.select(&out, &show_only) {
                Ok(selected) => text.extend_from_slice(&selected),
                Err(failure) => {
                    output::stdout(&text)?;
                    return Err(failure.into());
                }
            }
        }
        Ok(output::stdout(&text)?)
    }

    /// The documents whose `# Source:` line, less the chart's name, matches one of the patterns.
    fn select(&self, manifests: &[u8], patterns: &[&str]) -> Result<Vec<u8>, Failure> {
        let documents: Vec<&[u8]> = release::split_manifests(manifests).collect();
        let mut out = Vec::new();
        for pattern in patterns {
            let mut missing = true;
            for document in &documents {
                let Some(path) = source_path(document) else { continue };
                if path::matches(pattern.as_bytes(), path) == Ok(true) {
                    out.extend_from_slice(b"---\n");
                    out.extend_from_slice(document);
                    out.push(b'\n');
                    missing = false;
                }
            }
            if missing {
                return Err(Failure::from(format!("could not find template {pattern} in chart")));
            }
        }
        Ok(out)
    }
}

/// Removes white space around a text, in place.
fn trim_space(text: &mut Vec<u8>) {
    text.truncate(unicode::trim_end(text, unicode::is_space).len());
    let start = text.len() - unicode::trim_start(text, unicode::is_space).len();
    text.drain(..start);
}

/// What follows `# Source: CHART/` in a document: the rest of that line.
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

/// `--output-dir`: one file a template, later documents appended to earlier ones.
struct Files {
    written: HashSet<String>,
    log: Vec<u8>,
}

impl Files {
    fn path(directory: &str, name: &[u8]) -> String {
        format!("{directory}/{}", String::from_utf8_lossy(name))
    }

    /// Hooks are appended to a file that is there, whoever wrote it.
    fn append_to_existing(&mut self, directory: &str, name: &[u8]) {
        let path = Files::path(directory, name);
        if Path::new(&path).exists() {
            self.written.insert(path);
        }
    }

    fn write(&mut self, directory: &str, name: &[u8], content: &[u8]) -> Result<(), Failure> {
        let path = Files::path(directory, name);
        let fail = |op: &str, path: &Path, e: std::io::Error| {
            Failure::from(format!("{op} {}: {}", path.display(), io_reason(&e)))
        };
        if let Some(parent) = Path::new(&path).parent() {
            if let Err(e) = parent.metadata()
                && e.kind() != std::io::ErrorKind::NotFound
            {
                return Err(fail("stat", parent, e));
            }
            std::fs::create_dir_all(parent).map_err(|e| fail("mkdir", parent, e))?;
        }
        let again = !self.written.insert(path.clone());
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .append(again)
            .truncate(!again)
            .open(&path)
            .map_err(|e| fail("open", Path::new(&path), e))?;
        let mut document = Vec::new();
        write_document(&mut document, name, content);
        file.write_all(&document).map_err(|e| fail("write", Path::new(&path), e))?;
        self.log.extend_from_slice(format!("wrote {path}\n").as_bytes());
        Ok(())
    }
}
