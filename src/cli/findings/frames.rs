//! Draws findings with excerpts of the files: of the line, and of the values that were read for it.

use std::fs::File;
use std::io::{IsTerminal, Read};

use gostd::os::path_of;
use statefulchart::explain::{Diagnosis, Frame};

use super::{Finding, Level};
use crate::cli::explain::{self, Drawing};
use crate::cli::flags::Given;
use crate::cli::{Failure, output, settings, table};

/// The largest file of which excerpts are shown, in bytes.
const MOST: u64 = 16 << 20;

/// How many values are shown of one finding.
const VALUES: usize = 3;

/// Tells whether excerpts are asked for: by the flag, or on a terminal.
pub(in crate::cli) fn wanted(given: &Given) -> bool {
    given.explain.unwrap_or_else(|| std::io::stdout().is_terminal())
}

/// Prints findings with excerpts; one without a file that can be read as a line of text.
///
/// # Errors
/// Output that cannot be written.
pub(in crate::cli) fn print(given: &Given, findings: &[Finding]) -> Result<(), Failure> {
    let mut files = Files::default();
    let is_colored = settings::color(given);
    let mut text = String::new();
    for finding in findings {
        match diagnosis(finding, &mut files) {
            None => text.push_str(&super::text(std::slice::from_ref(finding))),
            Some(diagnosis) => {
                let level = match finding.level {
                    Level::Note => annotate_snippets::Level::NOTE,
                    Level::Warning => annotate_snippets::Level::WARNING,
                    Level::Error => annotate_snippets::Level::ERROR,
                };
                let code = Some(finding.code.to_string());
                let width = explain::width(std::io::stdout());
                text.push_str(&explain::drawn(
                    &diagnosis,
                    Drawing { level, code, is_colored, width },
                ));
                text.push('\n');
            }
        }
    }
    output::stdout(text.as_bytes())
}

fn diagnosis(finding: &Finding, files: &mut Files) -> Option<Diagnosis> {
    let about = finding.about.as_ref()?;
    let (path, line) = (finding.file.as_deref()?, finding.line?);
    let frame = Frame::of_line(table::shown(path), files.read(path)?, line, finding.column)?;
    let mut found = Diagnosis::new(table::shown(&about.short)).frame(frame);
    for value in finding.values.iter().take(VALUES) {
        let Some(line) = value.line else { continue };
        let Some(text) = files.read(&value.set_by) else { continue };
        let frame = Frame::of_line(table::shown(&value.set_by), text, line, value.column);
        let heading = table::shown(&format!("{} is set here", value.key));
        found = found.frame(frame.map(|frame| frame.headed(heading)));
    }
    for note in &about.notes {
        found = found.note(table::shown(note));
    }
    match &finding.suggestion {
        Some(help) => Some(found.help(table::shown(help))),
        None => Some(found),
    }
}

/// The files that were read.
#[derive(Default)]
struct Files(std::collections::HashMap<String, Option<Vec<u8>>>);

impl Files {
    fn read(&mut self, path: &str) -> Option<&[u8]> {
        let read = || {
            let file = path_of(path);
            if !file.is_file() {
                return None;
            }
            let mut text = Vec::new();
            File::open(&file).ok()?.take(MOST).read_to_end(&mut text).ok()?;
            Some(text)
        };
        self.0.entry(path.to_owned()).or_insert_with(read).as_deref()
    }
}
