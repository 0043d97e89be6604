//! Writes reports that places that show diffs colour, and one that counts differences.

use crate::color::Colors;
use crate::error::Error;
use crate::human::{Human, MAX_REPORT, Writer};
use crate::report::{Change, Detail, Report};
use crate::style::{Styles, shown_len};
use crate::text::{plural, with_prefixes};

/// Who shows a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flavor {
    /// GitHub.
    GitHub,
    /// GitLab.
    GitLab,
    /// Gitea and Forgejo.
    Gitea,
}

impl Flavor {
    /// Returns what stands before a path, a document's name and the kind of a change.
    fn prefixes(self) -> [&'static str; 3] {
        match self {
            Flavor::GitHub => ["@@", "#", "!"],
            Flavor::GitLab => ["=", "=", "#"],
            Flavor::Gitea => ["@@", "=", "!"],
        }
    }
}

/// Writes a report in the syntax of diffs: dyff's `github`, `gitlab` and `gitea`.
#[derive(Clone, PartialEq, Debug)]
pub struct DiffSyntax {
    flavor: Flavor,
    human: Human,
}

impl DiffSyntax {
    /// Returns a writer for who shows a report. What people like of the layout is taken from `human`, but for the
    /// indentation and the tables, which there are none of.
    pub fn new(flavor: Flavor, human: &Human) -> DiffSyntax {
        let human = Human {
            indent: 0,
            no_table: true,
            omit_header: true,
            prefix_lines: true,
            ..human.clone()
        };
        DiffSyntax { flavor, human }
    }

    /// Writes a report.
    ///
    /// # Errors
    /// As [`Human::write`].
    pub fn write(&self, report: &Report) -> Result<String, Error> {
        let writer = Writer::new(&self.human, report);
        let [path_prefix, document_prefix, change_prefix] = self.flavor.prefixes();
        let mut out = String::new();
        for diff in &report.diffs {
            let path = report.path(diff);
            let elements = path.as_ref().map(|path| &path.elements[..]);
            out.push('\n');
            out.push_str(path_prefix);
            out.push(' ');
            out.push_str(&writer.styles.path(elements));
            if path_prefix == "@@" {
                out.push_str(" @@");
            }
            out.push('\n');
            if let Some(path) = path.as_ref().filter(|_| writer.names_documents()) {
                let name = report.document_name(path);
                out.push_str(&format!("{document_prefix} {name}\n"));
            }
            let block = |detail: &Detail| -> Result<String, Error> {
                let text = with_change(change_prefix, &writer.detail(detail)?);
                Ok(match detail.change {
                    Change::Addition | Change::Removal => signed(&writer, &text, detail.change),
                    Change::Modification | Change::Order => text,
                })
            };
            let blocks = diff.details.iter().map(block).collect::<Result<Vec<_>, _>>()?;
            writer.blocks(&mut out, 0, &blocks);
            if out.len() > MAX_REPORT {
                return Err(Error::TooLarge);
            }
        }
        out.push('\n');
        Ok(out)
    }
}

/// Puts a prefix before the line that says what happened.
fn with_change(prefix: &str, text: &str) -> String {
    let (line, rest) = match text.split_once('\n') {
        Some((line, rest)) => (line, Some(rest)),
        None => (text, None),
    };
    let mut out = format!("{prefix} {line}").trim().to_owned();
    if let Some(rest) = rest {
        out.push('\n');
        out.push_str(rest);
    }
    out.trim().to_owned()
}

/// Puts a sign before each line but the first.
fn signed(writer: &Writer<'_>, text: &str, change: Change) -> String {
    let text = text.trim();
    let line = text.split('\n').next().unwrap_or(text);
    let rest = text.replacen(&format!("{line}\n"), "", 1);
    let mut out = String::new();
    writer.blocks(&mut out, 0, &[line]);
    writer.blocks(&mut out, 0, &[with_prefixes(&format!("{} ", change.sign()), &rest, 0)]);
    out.trim().to_owned()
}

/// Writes how many differences there are: dyff's `brief`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Brief {
    /// Which colours are written.
    pub colors: Colors,
    /// How wide the terminal is; 80 where there is none.
    pub width: usize,
}

impl Default for Brief {
    fn default() -> Brief {
        Brief { colors: Colors::Off, width: 80 }
    }
}

impl Brief {
    /// Writes a report.
    pub fn write(&self, report: &Report) -> String {
        /// What stands between and behind the three parts of the line.
        const WORDS: usize = " detected between  and \n".len();
        let styles = Styles::new(self.colors);
        let changes = styles.bold(&plural(report.diffs.len(), "change", "changes"));
        let (from, to) = (styles.source(&report.from), styles.source(&report.to));
        let len = shown_len(&changes) + shown_len(&from) + shown_len(&to);
        let between = if WORDS + len < self.width { ' ' } else { '\n' };
        format!("{changes} detected between {from}{between}and {to}\n\n")
    }
}
