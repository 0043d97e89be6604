//! `statefulchart create`

use std::path::{Path, PathBuf};

use gostd::os::io_reason;
use gostd::path;
use gostd::strconv::quoted;
use statefulchart::chart::{File, Metadata, metadata_view};
use statefulchart::create::{self, Kind as Workload};
use statefulchart::package;

use super::flags::{Flag, Given, known};
use super::{Args, Command, Failure, output, render, settings};

const FLAGS: &[Flag] = &[
    known::KIND
        .about("what the chart runs: statefulset, deployment, job, or library for nothing")
        .or("\"statefulset\""),
    known::STARTER.about("a chart to copy: a path, or a name in Helm's folder of starters"),
];

pub(super) const COMMAND: Command = Command {
    name: "create",
    usage: "create NAME",
    about: "create a new chart with the given name",
    long: "Make a chart to begin with, in a directory of that name: a StatefulSet with its services and\nvolumes, or what --kind says. Files of the same names are overwritten.\n\nWith --starter the chart is a copy of another one, in which the name takes the place of <CHARTNAME>.",
    flags: &[FLAGS],
    args: Args::Exactly(1),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    let path = given.args.first().map(String::as_str).unwrap_or_default();
    let kind = given.kind.as_deref().unwrap_or(Workload::StatefulSet.name());
    let Some(kind) = Workload::of(kind) else {
        let all: Vec<_> = Workload::ALL.iter().map(|k| k.name()).collect();
        return Err(
            format!("there is no kind {}; choose from {}", quoted(kind), all.join(", ")).into()
        );
    };
    output::stdout(format!("Creating {path}\n").as_bytes())?;
    let name = String::from_utf8_lossy(gostd::path::base(path.as_bytes())).into_owned();
    let parent = path.rfind('/').and_then(|at| path.get(..at + 1)).unwrap_or_default();
    let parent = clean(Path::new(parent));
    match given.starter.as_deref().unwrap_or_default() {
        "" => scaffold(kind, &name, &parent),
        starter => copy(&settings::starters().join(starter), &name, &parent),
    }
}

/// Go's `filepath.Clean`.
fn clean(path: &Path) -> PathBuf {
    let clean = path::clean(path.to_string_lossy().as_bytes());
    PathBuf::from(String::from_utf8_lossy(&clean).into_owned())
}

fn write(path: &Path, data: &[u8]) -> Result<(), Failure> {
    let failed = |op: &str, path: &Path, e: std::io::Error| {
        Failure::from(format!("{op} {}: {}", path.display(), io_reason(&e)))
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| failed("mkdir", folder, e))?;
    }
    std::fs::write(path, data).map_err(|e| failed("open", path, e))
}

fn scaffold(kind: Workload, name: &str, parent: &Path) -> Result<(), Failure> {
    /// How long a chart's name may be, in bytes.
    const LONGEST: usize = 250;
    if name.is_empty() || name.len() > LONGEST {
        return Err(format!("chart name must be between 1 and {LONGEST} characters").into());
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
        return Err("chart name must match the regular expression \"^[a-zA-Z0-9._-]+$\"".into());
    }
    let parent = std::path::absolute(parent).map_err(|e| Failure::from(e.to_string()))?;
    let parent = clean(&parent);
    match std::fs::metadata(&parent) {
        Err(e) => return Err(format!("stat {}: {}", parent.display(), io_reason(&e)).into()),
        Ok(info) if !info.is_dir() => {
            return Err(format!("no such directory {}", parent.display()).into());
        }
        Ok(_) => {}
    }
    let folder = clean(&parent.join(name));
    check_folder(&folder)?;
    for (below, text) in create::chart(kind, name)? {
        let file = folder.join(below);
        if file.exists() {
            let shown = quoted(file.to_string_lossy().as_bytes());
            let line = format!("WARNING: File {shown} already exists. Overwriting.\n");
            output::stdout(line.as_bytes())?;
        }
        write(&file, text.as_bytes())?;
    }
    let charts = folder.join("charts");
    std::fs::create_dir_all(&charts)
        .map_err(|e| format!("mkdir {}: {}", charts.display(), io_reason(&e)).into())
}

fn check_folder(folder: &Path) -> Result<(), Failure> {
    if std::fs::metadata(folder).is_ok_and(|info| !info.is_dir()) {
        let shown = folder.display();
        return Err(format!("file {shown} already exists and is not a directory").into());
    }
    Ok(())
}

/// Copies a starter under another name.
fn copy(starter: &Path, name: &str, parent: &Path) -> Result<(), Failure> {
    const PLACEHOLDER: &[u8] = b"<CHARTNAME>";
    let starter = clean(starter);
    let chart = render::load_any(&starter)
        .map_err(|e| e.within(&format!("could not load {}", starter.display())))?;
    let named = |data: &[u8]| replace(data, PLACEHOLDER, name.as_bytes());
    if let Some(values) = &chart.values_text {
        goyaml::decode(&named(values.bytes()?))
            .map_err(|e| Failure::from(e.to_string()).within("transforming values file"))?;
    }
    if path::base(name.as_bytes()) != name.as_bytes() {
        return Err(format!("{} is not a valid chart name", quoted(name)).into());
    }
    let folder = clean(&parent.join(name));
    check_folder(&folder)?;
    std::fs::create_dir_all(&folder)
        .map_err(|e| format!("mkdir {}: {}", folder.display(), io_reason(&e)))?;
    let metadata = Metadata {
        name: name.into(),
        description: "A Helm chart for Kubernetes".into(),
        kind: "application".into(),
        version: "0.1.0".into(),
        app_version: "0.1.0".into(),
        api_version: "v2".into(),
        ..Metadata::default()
    };
    write(
        &folder.join("Chart.yaml"),
        &goyaml::marshal(&metadata_view(&metadata)).map_err(|e| e.to_string())?,
    )?;
    if let Some(values) = &chart.values_text {
        write(&folder.join("values.yaml"), &named(values.bytes()?))?;
    }
    if let Some(schema) = &chart.schema {
        write(&folder.join("values.schema.json"), schema)?;
    }
    let place = |file: &File| folder.join(&*String::from_utf8_lossy(&file.name));
    for file in chart.templates.iter() {
        write(&place(file), &named(file.data.bytes()?))?;
    }
    for file in chart.files.iter() {
        write(&place(file), file.data.bytes()?)?;
    }
    for below in &chart.dependencies {
        let time =
            std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|s| s.parse().ok()).unwrap_or(0);
        package::save(below, &folder.join("charts"), time).map_err(|e| {
            Failure::from(e).within(&format!("saving {name}/charts/{}", below.name()))
        })?;
    }
    Ok(())
}

/// A text with all of one part in it replaced.
fn replace(text: &[u8], part: &[u8], by: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(part.len()).position(|w| w == part) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(by);
        rest = &rest[at + part.len()..];
    }
    out.extend_from_slice(rest);
    out
}
