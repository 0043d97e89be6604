//! `statefulchart template`

use std::collections::HashSet;
use std::io::Write;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::rc::Rc;

use statefulchart::chart::{self, Chart, io_reason};
use statefulchart::gostd::glob;
use statefulchart::release::{self, Resources, write_document};
use statefulchart::render::{self, Capabilities, KubeVersion};
use statefulchart::value::{Map, Str, Value};

use super::flags::{Flag, Kind, Parsed, flag, short};
use super::{Command, Failure, locate, output, post_render, values};

const FLAGS: &[Flag] = &[
    short(
        'a',
        "api-versions",
        Kind::Slice,
        "Kubernetes api versions used for Capabilities.APIVersions",
    ),
    flag("atomic", Kind::Bool, "no effect: nothing is installed"),
    flag("ca-file", Kind::String, "CA bundle for HTTPS servers"),
    flag("cert-file", Kind::String, "client certificate for HTTPS servers"),
    flag("create-namespace", Kind::Bool, "no effect: nothing is installed"),
    flag("dependency-update", Kind::Bool, "update dependencies if they are missing"),
    flag("description", Kind::String, "add a custom description"),
    flag("devel", Kind::Bool, "use development versions, too"),
    flag("disable-openapi-validation", Kind::Bool, "no effect: there is no cluster to validate"),
    flag("dry-run", Kind::OptionalString("client"), "no effect: template is always a dry run"),
    flag("enable-dns", Kind::Bool, "enable DNS lookups when rendering templates"),
    flag("force", Kind::Bool, "no effect: nothing is installed"),
    short('g', "generate-name", Kind::Bool, "generate the name (and omit the NAME parameter)"),
    flag("hide-notes", Kind::Bool, "no effect: template prints no notes"),
    flag("include-crds", Kind::Bool, "include CRDs in the templated output"),
    flag("insecure-skip-tls-verify", Kind::Bool, "do not check servers' certificates"),
    flag("is-upgrade", Kind::Bool, "set .Release.IsUpgrade instead of .Release.IsInstall"),
    flag("key-file", Kind::String, "client key for HTTPS servers"),
    flag("keyring", Kind::String, "location of public keys used for verification"),
    flag("kube-version", Kind::String, "Kubernetes version used for Capabilities.KubeVersion"),
    short('l', "labels", Kind::Map, "labels of the release, divided by commas"),
    flag("name-template", Kind::String, "specify template used to name the release"),
    flag("no-hooks", Kind::Bool, "leave hooks out of the output"),
    flag("output-dir", Kind::String, "write the manifests to files in this directory"),
    flag("pass-credentials", Kind::Bool, "pass credentials to all domains"),
    flag("password", Kind::String, "chart repository password"),
    flag("plain-http", Kind::Bool, "use insecure HTTP connections for the chart download"),
    flag("post-renderer", Kind::PostRenderer, "a program that rewrites the manifests"),
    flag(
        "post-renderer-args",
        Kind::PostRendererArgs,
        "an argument of the post-renderer (repeatable)",
    ),
    flag("release-name", Kind::Bool, "use release name in the output-dir path"),
    flag("render-subchart-notes", Kind::Bool, "render subchart notes along with the parent"),
    flag("replace", Kind::Bool, "no effect: nothing is installed"),
    flag("repo", Kind::String, "chart repository url where to locate the chart"),
    short('s', "show-only", Kind::Array, "only show manifests rendered from the given templates"),
    flag("skip-crds", Kind::Bool, "no effect unless CRDs are asked for"),
    flag("skip-schema-validation", Kind::Bool, "disable JSON schema validation"),
    flag("skip-tests", Kind::Bool, "skip tests from templated output"),
    flag("take-ownership", Kind::Bool, "no effect: nothing is installed"),
    flag("timeout", Kind::Duration, "no effect: nothing is waited for"),
    flag("username", Kind::String, "chart repository username"),
    flag("validate", Kind::Bool, "refused: it needs a cluster"),
    flag("verify", Kind::Bool, "verify the package before using it"),
    flag("version", Kind::String, "a version constraint for a chart from a repository"),
    flag("wait", Kind::Bool, "no effect: nothing is waited for"),
    flag("wait-for-jobs", Kind::Bool, "no effect: nothing is waited for"),
];

pub(super) const COMMAND: Command = Command {
    name: "template",
    usage: "template [NAME] [CHART]",
    about: "locally render templates",
    long: "Render chart templates locally and display the output, byte for byte as Helm does.",
    flags: &[FLAGS, values::FLAGS],
    min_args: 1,
    run,
};

/// What a failed render still has to show.
struct Partial {
    failure: Failure,
    /// What `--debug` prints although it is no valid YAML; `None` where Helm has no release yet.
    manifest: Option<Vec<u8>>,
}

impl From<Failure> for Partial {
    fn from(failure: Failure) -> Partial {
        Partial { failure, manifest: None }
    }
}

fn run(parsed: &Parsed) -> Result<(), Failure> {
    let debug = parsed.is_set("debug") || output::debug_from_environment();
    match render(parsed, debug) {
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

fn render(parsed: &Parsed, debug: bool) -> Result<(), Partial> {
    let kube_version = match parsed.get("kube-version").unwrap_or_default() {
        "" => KubeVersion::default(),
        text => KubeVersion::parse(text)
            .map_err(|e| Failure::from(format!("invalid kube version '{text}': {e}")))?,
    };
    if debug {
        let version = parsed.get("version").unwrap_or_default();
        output::debug("install.go:225", format!("Original chart version: {version:?}").as_bytes());
    }
    let (name, reference) = name_and_chart(parsed)?;
    let path = locate::chart(&reference)?;
    if debug {
        output::debug("install.go:242", format!("CHART PATH: {}\n", path.display()).as_bytes());
    }
    let user = values::merge(parsed)?;
    let mut chart = ManuallyDrop::new(load(&path)?);
    let dry_run = parsed.get("dry-run").unwrap_or_default();
    if !matches!(dry_run, "" | "false" | "true" | "none" | "client" | "server") {
        return Err(Failure::from("Invalid dry-run flag. Flag must one of the following: false, true, none, client, server").into());
    }
    if parsed.is_set("validate") {
        return Err(Failure::from("--validate needs a cluster, and statefulchart never talks to one: pipe the output to `kubectl apply --dry-run=server -f -` instead").into());
    }
    release_name_is_valid(&name)?;

    let mut warn = |line: String| output::log(&line);
    statefulchart::values::prepare(&mut chart, &user, &mut warn).map_err(Failure::from)?;
    let extra: Vec<Str> = parsed.all("api-versions").map(Str::from).collect();
    let capabilities = Rc::new(Capabilities::new(kube_version, &extra));
    let top = statefulchart::values::to_render_values(
        &chart,
        &user,
        release_info(&name, &namespace(parsed), parsed.is_set("is-upgrade")),
        Value::Object(capabilities.clone()),
        parsed.is_set("skip-schema-validation"),
        &mut warn,
    )
    .map_err(Failure::from)?;

    let partial = |failure: Failure, manifest| Partial { failure, manifest: Some(manifest) };
    let version = capabilities.kube_version().version.to_string();
    chart.check_kube_version(&version).map_err(|e| partial(e.into(), Vec::new()))?;
    let zone = output::local_zone();
    let options =
        render::Options { dns: parsed.is_set("enable-dns"), now: &output::now, local_zone: &zone };
    let rendering =
        render::render(&chart, &top, &options).map_err(|e| partial(e.text().into(), Vec::new()))?;
    let resources =
        release::sort(&chart, &rendering.files, parsed.is_set("render-subchart-notes"), &mut warn)
            .map_err(|e| {
                partial(Failure::detailed(e.text(), e.detail()), e.blob)
            })?;
    // The program is about to exit: freeing all this one by one would be wasted.
    std::mem::forget((rendering, top, user));
    Output { parsed, name: &name, chart: &chart, resources: &ManuallyDrop::new(resources) }.write()
}

fn namespace(parsed: &Parsed) -> String {
    match parsed.get("namespace").unwrap_or_default() {
        "" => match std::env::var("HELM_NAMESPACE") {
            Ok(n) if !n.is_empty() => n,
            _ => "default".to_owned(),
        },
        n => n.to_owned(),
    }
}

/// The release's name and the chart's place, from the arguments.
fn name_and_chart(parsed: &Parsed) -> Result<(String, String), Failure> {
    let template = parsed.get("name-template").unwrap_or_default();
    match &parsed.args[..] {
        [_, _, rest @ ..] if !rest.is_empty() => Err(Failure::from(format!(
            "expected at most two arguments, unexpected arguments: {}",
            rest.join(", ")
        ))),
        [name, chart, ..] => {
            if parsed.is_set("generate-name") {
                return Err("cannot set --generate-name and also specify a name".into());
            }
            if !template.is_empty() {
                return Err("cannot set --name-template and also specify a name".into());
            }
            Ok((name.clone(), chart.clone()))
        }
        [chart] if !template.is_empty() => {
            let zone = output::local_zone();
            let options = render::Options { dns: true, now: &output::now, local_zone: &zone };
            let name = render::name(template.as_bytes(), &options)?;
            Ok((String::from_utf8_lossy(&name).into_owned(), chart.clone()))
        }
        // Helm's template command names the release before it looks at --generate-name.
        args => Ok(("release-name".to_owned(), args.first().cloned().unwrap_or_default())),
    }
}

/// Helm's rule for release names: lowercase DNS labels with dots between them, 53 bytes at most.
fn release_name_is_valid(name: &str) -> Result<(), Failure> {
    if name.is_empty() {
        return Err(Failure::detailed(
            "release name \"\": no name provided",
            "no name provided\nrelease name \"\"",
        ));
    }
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let label = |l: &str| {
        let bytes = l.as_bytes();
        !l.is_empty()
            && bytes.iter().all(|&b| alphanumeric(b) || b == b'-')
            && alphanumeric(bytes[0])
            && alphanumeric(bytes[bytes.len() - 1])
    };
    if name.len() <= 53 && name.split('.').all(label) {
        return Ok(());
    }
    let quoted = statefulchart::gostd::strconv::quote(name.as_bytes());
    let context = format!("release name {}", String::from_utf8_lossy(&quoted));
    let rule = "invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53";
    Err(Failure::detailed(format!("{context}: {rule}"), format!("{rule}\n{context}")))
}

fn load(path: &Path) -> Result<Chart, Failure> {
    let mut warn = |line: String| output::log(&line);
    let chart = chart::load(path, &mut warn)
        .map_err(|e| Failure::detailed(e.to_string(), e.detail()))?;
    chart.check_installable().map_err(Failure::from)?;
    if chart.metadata.deprecated {
        output::stderr(b"WARNING: This chart is deprecated\n");
    }
    chart.check_dependencies().map_err(|missing| {
        let context = "An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies";
        Failure::detailed(format!("{context}: {missing}"), format!("{missing}\n{context}"))
    })?;
    Ok(chart)
}

/// `.Release`
fn release_info(name: &str, namespace: &str, is_upgrade: bool) -> Map {
    let release = Map::new();
    release.insert("Name", name.into());
    release.insert("Namespace", namespace.into());
    release.insert("IsUpgrade", Value::Bool(is_upgrade));
    release.insert("IsInstall", Value::Bool(!is_upgrade));
    release.insert("Revision", Value::int(1));
    release.insert("Service", "Helm".into());
    release
}

/// The last step: what goes to standard output, or to files.
struct Output<'o> {
    parsed: &'o Parsed,
    name: &'o str,
    chart: &'o Chart,
    resources: &'o Resources,
}

impl Output<'_> {
    fn write(&self) -> Result<(), Partial> {
        let directory = self.parsed.get("output-dir").unwrap_or_default();
        // Helm has its release by now, and says so by the hint at --debug.
        let partial = |failure| Partial { failure, manifest: Some(Vec::new()) };
        let mut files = Files { written: HashSet::new(), log: Vec::new() };
        let mut manifest = Vec::new();
        if self.parsed.is_set("include-crds") {
            for crd in self.chart.crds() {
                if directory.is_empty() {
                    write_document(&mut manifest, &crd.filename, &crd.data);
                } else {
                    files.write(directory, &crd.filename, &crd.data).map_err(partial)?;
                }
            }
        }
        let with_name = if self.parsed.is_set("release-name") {
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
        if let Some(program) = self.parsed.get("post-renderer").filter(|p| !p.is_empty()) {
            let program = post_render::find(program).map_err(Failure::from)?;
            let args: Vec<&str> = self.parsed.all("post-renderer-args").collect();
            manifest = post_render::run(&program, &args, manifest).map_err(partial)?;
        }
        let mut out = statefulchart::gostd::unicode::trim_space(&manifest).to_vec();
        out.push(b'\n');
        if !self.parsed.is_set("no-hooks") {
            for hook in &self.resources.hooks {
                if self.parsed.is_set("skip-tests") && hook.is_test() {
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
        let show_only: Vec<&str> = self.parsed.all("show-only").collect();
        if show_only.is_empty() {
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
                if glob::path_match(pattern.as_bytes(), path) == Ok(true) {
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

/// What follows `# Source: CHART/` in a document: the rest of that line.
fn source_path(document: &[u8]) -> Option<&[u8]> {
    const MARK: &[u8] = b"# Source: ";
    let mut rest = document;
    loop {
        let at = rest.windows(MARK.len()).position(|w| w == MARK)?;
        rest = &rest[at + MARK.len()..];
        let line = rest.split(|b| *b == b'\n').next()?;
        // The chart's name may not be empty, and neither may the path; a name may span lines.
        if let Some(slash) = rest.iter().position(|b| *b == b'/')
            && slash > 0
        {
            let path = rest[slash + 1..].split(|b| *b == b'\n').next()?;
            if !path.is_empty() {
                return Some(path);
            }
        }
        let _ = line;
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
