//! Finds what the arguments of `diff` name.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use gostd::os::{io_reason, path_of, path_text, read_whole};
use gostd::value::Str;
use statefulchart::action::{self, Template};
use statefulchart::chart::Chart;
use statefulchart::profile::Rule;
use statefulchart::values::origins::Origins;
use walkdir::WalkDir;

use crate::cli::examined::release_name;
use crate::cli::flags::{Given, quoted};
use crate::cli::reporter::Terminal;
use crate::cli::{Failure, locate, profile, render, settings, values};

/// A side, and how it is called.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) what: What,
}

pub(super) enum What {
    /// Manifests that are there already.
    Manifests(Str),
    /// A chart that is rendered.
    Chart(Box<Charted>),
}

pub(super) struct Charted {
    /// The chart as it was named.
    pub(super) reference: String,
    pub(super) chart: Chart,
    pub(super) origins: Origins,
    pub(super) template: Template,
}

/// Returns both sides.
///
/// # Errors
/// What is not there, or cannot be read.
pub(super) fn of(given: &Given) -> Result<[Named; 2], Failure> {
    let changes_right =
        !(given.to_values.is_empty() && given.to_set.is_empty() && given.to_version.is_none());
    let (old, new) = match &given.args[..] {
        [old, new] => (old, new),
        [one] if changes_right => (one, one),
        [one] => {
            return Err(Failure::from(format!(
                "what is {} to be compared with? Name a second chart or manifests, or say what is different on the right side: --to-values, --to-set, --to-version",
                quoted(one)
            )));
        }
        _ => return Err("two charts or sets of manifests are needed: diff A B".into()),
    };
    if old == "-" && new == "-" {
        return Err(
            "both sides are to be read from standard input: give a file to one of them".into()
        );
    }
    let mut right = given.clone();
    right.values.extend(given.to_values.iter().cloned());
    right.set.extend(given.to_set.iter().cloned());
    if given.to_version.is_some() {
        right.version = given.to_version.clone();
    }
    Ok([named(given, old)?, named(&right, new)?])
}

/// What a folder is that holds no chart, and a file that is no archive: manifests.
fn named(given: &Given, argument: &str) -> Result<Named, Failure> {
    let path = path_of(argument);
    let manifests = |text: Vec<u8>| Named {
        name: argument.to_owned(),
        namespace: settings::namespace(given),
        what: What::Manifests(Str::from(text)),
    };
    if argument == "-" {
        let text = read_whole(std::io::stdin().lock()).map_err(|e| {
            Failure::from(format!("read the manifests from standard input: {}", io_reason(&e)))
        })?;
        return Ok(Named { name: "standard input".into(), ..manifests(text) });
    }
    if path.is_dir() && !path.join("Chart.yaml").is_file() {
        return Ok(manifests(folder(&path)?));
    }
    if path.exists() && !path.is_dir() && !is_archive(&path) {
        return Ok(manifests(file(&path)?));
    }
    charted(given, argument)
}

fn charted(given: &Given, argument: &str) -> Result<Named, Failure> {
    let kube_version = render::kube_version(given)?;
    let path = locate::chart(super::COMMAND.name, given, argument)?;
    let chart = action::open(&path, profile::current(), &Terminal::of(given))?;
    action::check_dependencies(&chart)?;
    let origins = values::origins(given, &chart)?;
    let dry_run = if profile::current().has(Rule::FlagsOfHelm4) { "client" } else { "" };
    let mut release = render::release_options(given, release_name(given), dry_run, kube_version)?;
    // Both sides see one time.
    release.clock.fixed.get_or_insert(super::NOON);
    let template = Template {
        release,
        include_crds: true,
        no_hooks: given.no_hooks,
        skip_tests: given.skip_tests,
        ..Template::default()
    };
    let reference = argument.trim_end_matches('/').to_owned();
    let name = match given.version.as_deref().filter(|v| !v.is_empty()) {
        Some(version) => format!("{reference} {version}"),
        None => reference.clone(),
    };
    let what = What::Chart(Box::new(Charted { reference, chart, origins, template }));
    Ok(Named { name, namespace: settings::namespace(given), what })
}

/// Tells whether a file is compressed, as charts are.
fn is_archive(path: &Path) -> bool {
    let mut start = [0; 2];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok()
        && start == [0x1f, 0x8b]
}

fn file(path: &Path) -> Result<Vec<u8>, Failure> {
    let fail = |what: &str, e: &std::io::Error| {
        Failure::from(format!("{what} {}: {}", path_text(path), io_reason(e)))
    };
    read_whole(File::open(path).map_err(|e| fail("open", &e))?).map_err(|e| fail("read", &e))
}

/// Returns the manifests in a folder and the folders in it, file by file.
fn folder(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut all = Vec::new();
    for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
        let entry = entry.map_err(|e| Failure::from(e.to_string()))?;
        let is_manifest = |e: &std::ffi::OsStr| e == "yaml" || e == "yml" || e == "json";
        if !entry.file_type().is_file() || !entry.path().extension().is_some_and(is_manifest) {
            continue;
        }
        all.extend_from_slice(b"---\n");
        all.extend(file(entry.path())?);
        all.push(b'\n');
    }
    if all.is_empty() {
        return Err(Failure::from(format!(
            "{} holds neither a chart nor manifests (*.yaml, *.yml, *.json)",
            quoted(&path_text(path))
        )));
    }
    Ok(all)
}
