//! Finds what is compared with what: the arguments, or the charts of a repository that a change can touch.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use bstr::ByteSlice;
use gostd::os::{bytes_of, path_of, path_text, text_of};
use statefulchart::chart::read_metadata;
use statefulchart::git::{self, Repository, Tree};
use statefulchart::values::layers::Layers;

use super::revision::Revision;
use super::scenarios;
use super::sides::Place;
use crate::cli::Failure;
use crate::cli::flags::{Given, quoted};
use crate::cli::paths::relative;

/// Two sides that are compared.
pub(super) struct Target {
    /// How it is called among others.
    pub(super) name: String,
    pub(super) sides: [Place; 2],
}

impl Target {
    fn new(
        name: String,
        old: (String, Option<Rc<Revision>>),
        new: (String, Option<Rc<Revision>>),
    ) -> Target {
        let may_be_absent = old.1.is_some();
        let confined = old.1.as_ref().map(|old| old.repository.clone());
        let place = |(argument, revision), is_right| Place {
            argument,
            revision,
            confined: confined.clone(),
            may_be_absent,
            is_right,
        };
        Target { name, sides: [place(old, false), place(new, true)] }
    }
}

/// Returns what is to be compared.
///
/// # Errors
/// Arguments that make no comparison; what `git` says.
pub(super) fn of(given: &Given) -> Result<Vec<Target>, Failure> {
    if let Some(from) = &given.from {
        return of_revisions(given, from);
    }
    if given.to.is_some() {
        return Err("--to needs --from: the revision to compare with".into());
    }
    let changes_right = !given.to_values.is_empty()
        || !given.to_set.is_empty()
        || given.to_version.is_some()
        || given.to_helm.is_some()
        || given.to_kube_version.is_some();
    let (old, new) = match &given.args[..] {
        [old, new] => (old, new),
        [one] if changes_right => (one, one),
        [one] => {
            return Err(Failure::from(format!(
                "what is {} to be compared with? Name a second chart or manifests, a revision (--from main), or what is different on the right side (--to-values, --to-set, --to-version)",
                quoted(one)
            )));
        }
        _ => return Err("two charts or sets of manifests are needed (diff A B), or a revision (diff --from main)".into()),
    };
    let sides = [old, new].into_iter().filter(|side| *side == "-").count();
    if sides > 1 {
        let why = "both sides are to be read from standard input: give a file to one of them";
        return Err(why.into());
    }
    let mut values = given.values.iter().chain(&given.to_values);
    if sides == 1 && values.any(|file| file.trim() == "-") {
        let why = "standard input holds either one of the sides (-) or values (-f -): give a file for one of them";
        return Err(why.into());
    }
    Ok(vec![Target::new(new.clone(), (old.clone(), None), (new.clone(), None))])
}

fn of_revisions(given: &Given, from: &str) -> Result<Vec<Target>, Failure> {
    let start = given.args.first().map_or(PathBuf::from("."), |arg| path_of(arg).into_owned());
    // A chart that is gone has no folder any more.
    let mut folder = &*start;
    while !folder.exists() {
        folder = match folder.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
    }
    let repository = Repository::of(folder)?;
    let at = |revision: &str| -> Result<Rc<Revision>, Failure> {
        let tree = repository.at(revision)?;
        Ok(Rc::new(Revision { repository: repository.clone(), tree }))
    };
    let old = at(from)?;
    let new = given.to.as_deref().map(at).transpose()?;
    let target = |path: &str| {
        Target::new(
            path.to_owned(),
            (path.to_owned(), Some(old.clone())),
            (path.to_owned(), new.clone()),
        )
    };
    if let [one] = &given.args[..] {
        let path = one.trim_end_matches('/');
        let path = if path.is_empty() { "." } else { path };
        let within = repository.within(&path_of(path)).ok_or_else(|| {
            Failure::from(format!(
                "{} is not in the repository {}",
                quoted(path),
                path_text(repository.top())
            ))
        })?;
        let chartfile = join(&within, b"Chart.yaml");
        let is_in = |tree: &Tree| Ok::<_, Failure>(tree.read(&chartfile)?.is_some());
        let is_new = match &new {
            Some(new) => is_in(&new.tree)?,
            None => path_of(path).join("Chart.yaml").is_file(),
        };
        if !is_new && !is_in(&old.tree)? {
            let now = new.as_ref().map_or("in the working tree", |new| new.name());
            return Err(Failure::from(format!(
                "there is no chart at {}, neither at {from} nor {}{now}",
                quoted(path),
                if new.is_some() { "at " } else { "" }
            )));
        }
        return Ok(vec![target(path)]);
    }
    if given.args.len() > 1 {
        return Err("--from takes one chart, or none for all that the change can touch".into());
    }
    let here = std::env::current_dir().map_err(|e| Failure::from(e.to_string()))?;
    let target_of = |chart: &[u8]| {
        let path = repository.top().join(git::path_of(chart));
        target(&relative(&path, &here))
    };
    let trees = (&old.tree, new.as_ref().map(|new| &new.tree));
    let touched = touched(given, &repository, trees, &target_of)?;
    Ok(touched.iter().map(|chart| target_of(chart)).collect())
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

/// Returns the files that the flags of `--set-file` name, also of the right side.
fn set_files(given: &Given) -> Vec<String> {
    let mut files = Vec::new();
    let layers = Layers {
        set_file: given.set_file.iter().map(|line| bytes_of(line).into_owned()).collect(),
        ..Layers::default()
    };
    // A line that breaks the grammar is told of where it is applied.
    let _ = layers.merge(&mut |path| {
        files.push(text_of(path.to_vec()));
        Ok(Vec::new())
    });
    files
}

/// Returns the charts that a change can touch: one of the files changed of which they are made. These are what lies in the
/// chart's folder, what links lead to, the charts of `file://` dependencies, the files of the command line, and the values
/// files of the chart's scenarios.
fn touched(
    given: &Given,
    repository: &Repository,
    (old, new): (&Tree, Option<&Tree>),
    target_of: &dyn Fn(&[u8]) -> Target,
) -> Result<Vec<Vec<u8>>, Failure> {
    let changed: BTreeSet<Vec<u8>> = repository.changed(old, new)?.into_iter().collect();
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let chart_files: BTreeSet<Vec<u8>> = match new {
        Some(new) => new.named(b"Chart.yaml").map(<[u8]>::to_vec).collect(),
        None => repository.chart_files()?.into_iter().collect(),
    };
    let old_files = old.named(b"Chart.yaml").map(<[u8]>::to_vec);
    let folders: BTreeSet<Vec<u8>> = chart_files
        .into_iter()
        .chain(old_files)
        .map(|path| path[..path.len() - b"Chart.yaml".len()].trim_end_with(|c| c == '/').to_vec())
        .collect();
    // A chart in the `charts/` of another belongs to it.
    let is_inner = |folder: &[u8]| {
        let mut at = folder;
        while let Some((outer, _)) = at.rsplit_once_str(b"/charts/") {
            if folders.contains(outer) {
                return true;
            }
            at = outer;
        }
        false
    };
    if !given.scenarios.is_empty() {
        let outer = folders.iter().filter(|folder| !is_inner(folder));
        let charts: Vec<Target> = outer.map(|folder| target_of(folder)).collect();
        scenarios::check(given, charts.iter().map(|chart| &chart.sides))?;
    }
    let set_files = set_files(given);
    let files = given.values.iter().chain(&given.to_values).chain(&set_files);
    // A file, and what links at its place lead to.
    let paths = |file: &String| {
        let path = path_of(file);
        let mut all: Vec<Vec<u8>> = repository.within(&path).into_iter().collect();
        let trees = [Some(old), new].into_iter().flatten();
        let real = trees.filter_map(|tree| tree.real(all.first()?)).collect::<Vec<_>>();
        all.extend(real);
        if new.is_none() {
            all.extend(path.canonicalize().ok().and_then(|path| repository.within(&path)));
        }
        all
    };
    let is_for_all = files.flat_map(paths).any(|file| changed.contains(&file));
    let mut reads: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
    for folder in &folders {
        let mut others = Vec::new();
        if is_for_all {
            reads.insert(folder.clone(), others);
            continue;
        }
        for tree in [Some(old), new].into_iter().flatten() {
            let Ok(listed) = tree.list(folder) else { continue };
            let inside = join(folder, b"");
            let outside = listed.iter().filter(|l| !l.blob.path.starts_with(&inside));
            others.extend(outside.map(|l| l.blob.path.clone()));
            if let Ok(Some(text)) = tree.read(&join(folder, b"Chart.yaml")) {
                others.extend(file_dependencies(folder, &text));
            }
        }
        if new.is_none() {
            let path = old.on_disk(folder);
            if let Ok(text) = std::fs::read(path.join("Chart.yaml")) {
                others.extend(file_dependencies(folder, &text));
            }
        }
        if !given.scenarios.is_empty() && !is_inner(folder) {
            let files = scenarios::files(given, &target_of(folder).sides);
            others.extend(files.iter().flat_map(paths));
        }
        reads.insert(folder.clone(), others);
    }
    let is_changed = |path: &[u8]| {
        let inside = join(path, b"");
        changed.contains(path)
            || changed.range(inside.clone()..).next().is_some_and(|c| c.starts_with(&inside))
    };
    let is_touched = |(folder, others): &(&Vec<u8>, &Vec<Vec<u8>>)| {
        is_for_all || is_changed(folder) || others.iter().any(|other| is_changed(other))
    };
    let mut found: BTreeSet<Vec<u8>> =
        reads.iter().filter(is_touched).map(|(folder, _)| folder.clone()).collect();
    // What a dependency reads is read for the chart, too.
    let mut readers: BTreeMap<&[u8], Vec<&Vec<u8>>> = BTreeMap::new();
    for (folder, others) in &reads {
        others.iter().for_each(|other| readers.entry(other).or_default().push(folder));
    }
    let mut waiting: Vec<Vec<u8>> = found.iter().cloned().collect();
    while let Some(folder) = waiting.pop() {
        for reader in readers.get(&*folder).into_iter().flatten() {
            if found.insert((*reader).clone()) {
                waiting.push((*reader).clone());
            }
        }
    }
    found.retain(|folder| !is_inner(folder));
    // A chart that others are made with renders nothing itself.
    found.retain(|folder| {
        let path = join(folder, b"Chart.yaml");
        let text = match new {
            Some(new) => new.read(&path).ok().flatten(),
            None => std::fs::read(old.on_disk(&path)).ok(),
        };
        let text = text.or_else(|| old.read(&path).ok().flatten()).unwrap_or_default();
        read_metadata(&text).map_or(true, |metadata| metadata.kind != "library")
    });
    Ok(found.into_iter().collect())
}

/// Returns the folders of the charts that a Chart.yaml depends on by `file://`, in the repository.
fn file_dependencies(folder: &[u8], text: &[u8]) -> Vec<Vec<u8>> {
    let Ok(metadata) = read_metadata(text) else { return Vec::new() };
    let needs = metadata.dependencies.iter().flatten();
    needs
        .filter_map(|need| {
            git::clean(&[folder, b"/", need.repository.strip_prefix(b"file://")?].concat())
        })
        .collect()
}
