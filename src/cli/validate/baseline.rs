//! Findings that are known, and not to be told again.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use gostd::os::path_of;
use serde::{Deserialize, Serialize};

use crate::cli::findings::Finding;
use crate::cli::flags::quoted;
use crate::cli::paths::relative;
use crate::cli::{Failure, input, output};

/// The form of the file that is written.
const VERSION: u32 = 1;

/// A file of findings.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    findings: BTreeSet<Known>,
}

/// What tells a finding from others, without the line, which changes with each edit.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    file: String,
    code: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    object: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    path: String,
    /// What was found, where no object tells it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    message: String,
}

/// Names files as they are reached from the folder of a file of findings, wherever the program runs.
#[derive(Debug)]
struct Names {
    folder: PathBuf,
    known: HashMap<String, String>,
}

impl Names {
    fn of(path: &str) -> Names {
        let path = path_of(path);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        Names { folder, known: HashMap::new() }
    }

    fn name(&mut self, file: &str) -> String {
        if let Some(name) = self.known.get(file) {
            return name.clone();
        }
        let name = relative(&path_of(file), &self.folder);
        self.known.insert(file.to_owned(), name.clone());
        name
    }
}

impl Known {
    fn of(finding: &Finding, names: &mut Names) -> Known {
        let about = finding.about.as_ref();
        let object = about.map_or(String::new(), |about| about.object.clone());
        Known {
            file: finding.file.as_deref().map(|file| names.name(file)).unwrap_or_default(),
            code: finding.code.to_string(),
            path: about.map_or(String::new(), |about| about.path.clone()),
            message: if object.is_empty() { finding.message.clone() } else { String::new() },
            object,
        }
    }
}

/// The findings that are known.
#[derive(Debug)]
pub(super) struct Baseline {
    findings: BTreeSet<Known>,
    names: Names,
}

impl Baseline {
    /// Tells whether a finding is known.
    pub(super) fn holds(&mut self, finding: &Finding) -> bool {
        self.findings.contains(&Known::of(finding, &mut self.names))
    }
}

/// Reads a file of findings.
///
/// # Errors
/// A file that cannot be read, or that is none of findings.
pub(super) fn read(path: &str) -> Result<Baseline, Failure> {
    let text = input::file(&path_of(path))?;
    let fail = |why: String| Failure::from(format!("--baseline {}: {why}", quoted(path)));
    let file: File = serde_json::from_slice(&text)
        .map_err(|e| fail(format!("{e}: write it by --write-baseline")))?;
    match file.version {
        VERSION => Ok(Baseline { findings: file.findings, names: Names::of(path) }),
        other => Err(fail(format!("it has version {other}, and {VERSION} is understood"))),
    }
}

/// Writes findings to a file.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn write(path: &str, findings: &[Finding]) -> Result<(), Failure> {
    let mut names = Names::of(path);
    let findings: BTreeSet<Known> =
        findings.iter().map(|finding| Known::of(finding, &mut names)).collect();
    let count = findings.len();
    let file = File { version: VERSION, findings };
    let text = serde_json::to_string_pretty(&file).map_err(|e| e.to_string())? + "\n";
    output::file(path, text.as_bytes())?;
    output::stderr(format!("{}: {count} findings\n", quoted(path)).as_bytes());
    Ok(())
}
