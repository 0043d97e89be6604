//! Writes reports.

use super::lines::{Line, Side};
use super::{Change, Key, Options, Output, dyff, structured, template};

/// What differs between two releases.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The objects that differ, changed ones first.
    pub entries: Vec<Entry>,
    /// Whether anything differs, lines that are not shown included.
    pub is_changed: bool,
    /// What could not be compared.
    pub warnings: Vec<String>,
}

/// An object that differs.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// Its kind.
    pub kind: String,
    /// What happened to it.
    pub change: Change,
    /// The lines of both sides.
    pub lines: Vec<Line>,
    /// The fields that differ, for [`Output::Structured`].
    pub(super) fields: Option<structured::Entry>,
}

impl Entry {
    /// Returns an object that differs in these lines.
    pub fn new(key: &str, kind: &str, change: Change, lines: Vec<Line>) -> Entry {
        Entry { key: key.to_owned(), kind: kind.to_owned(), change, lines, fields: None }
    }
}

/// Why a report cannot be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReportError {
    /// What is wrong with the template.
    Template(super::TemplateError),
    /// What has no form in JSON.
    Json(String),
}

const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const BRIGHT_BLUE: &str = "94";

impl Change {
    fn color(self) -> &'static str {
        match self {
            Change::Add => GREEN,
            Change::Remove => RED,
            Change::Modify => YELLOW,
            Change::ModifySuppressed => BRIGHT_BLUE,
        }
    }
}

/// What is written to.
struct Page {
    text: Vec<u8>,
    color: bool,
}

impl Page {
    /// Writes a text in a color.
    fn colored(&mut self, color: &str, text: &[u8]) {
        if !self.color {
            return self.text.extend_from_slice(text);
        }
        self.text.extend_from_slice(format!("\x1b[0;{color}m").as_bytes());
        self.text.extend_from_slice(text);
        self.text.extend_from_slice(b"\x1b[0m");
    }

    fn headline(&mut self, entry: &Entry, words: &str) {
        self.colored(entry.change.color(), format!("{} {words}", entry.key).as_bytes());
        self.text.push(b'\n');
    }

    fn line(&mut self, line: &Line) {
        match line.side {
            Side::Both if line.text.is_empty() => {}
            Side::Both => {
                self.text.extend_from_slice(b"  ");
                self.text.extend_from_slice(&line.text);
            }
            Side::Old => self.colored(RED, &[b"- ", &line.text[..]].concat()),
            Side::New => self.colored(GREEN, &[b"+ ", &line.text[..]].concat()),
        }
        self.text.push(b'\n');
    }
}

impl Report {
    /// Returns the report as text.
    ///
    /// # Errors
    /// What is wrong with the template.
    pub fn to_bytes(&self, options: &Options) -> Result<Vec<u8>, ReportError> {
        let mut page = Page { text: Vec::new(), color: options.color };
        match &options.output {
            Output::Diff => self.diff(&mut page, options),
            Output::Simple => self.simple(&mut page),
            Output::Json => page.text = template::json(&self.keys()),
            Output::Template(name, text) => {
                let written = template::custom(name, text, &self.keys());
                page.text = written.map_err(ReportError::Template)?;
            }
            Output::Structured => {
                let fields = self.entries.iter().map(|entry| {
                    let bare = || structured::Entry::bare(&entry.key, entry.change);
                    entry.fields.clone().unwrap_or_else(bare)
                });
                let fields: Vec<_> = fields.collect();
                page.text = structured::print(&fields).map_err(ReportError::Json)?;
            }
            Output::Dyff(dyff) => {
                let (old, new) = self.sides();
                page.text = dyff::print(*dyff, &old, &new, options.find_renames > 0.0);
            }
        }
        Ok(page.text)
    }

    /// Returns the old and the new documents of what differs, as dyff compares them.
    fn sides(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for entry in &self.entries {
            old.extend_from_slice(b"---\n");
            new.extend_from_slice(b"---\n");
            for Line { side, text } in &entry.lines {
                let sides = match side {
                    Side::Both => [true, true],
                    Side::Old => [true, false],
                    Side::New => [false, true],
                };
                for (to, _) in [&mut old, &mut new].into_iter().zip(sides).filter(|(_, is)| *is) {
                    to.extend_from_slice(text);
                    to.push(b'\n');
                }
            }
        }
        (old, new)
    }

    fn diff(&self, page: &mut Page, options: &Options) {
        for entry in &self.entries {
            page.headline(
                entry,
                match entry.change {
                    Change::Add => "has been added:",
                    Change::Remove => "has been removed:",
                    Change::Modify => "has changed:",
                    Change::ModifySuppressed => "has changed, but diff is empty after suppression.",
                },
            );
            if options.suppressed_kinds.contains(&entry.kind) {
                let kind = &entry.kind;
                let words = format!("+ Changes suppressed on sensitive content of type {kind}\n");
                page.colored(YELLOW, words.as_bytes());
                continue;
            }
            let shown = shown(&entry.lines, options.context);
            let mut was_shown = true;
            for (line, is_shown) in entry.lines.iter().zip(shown) {
                if is_shown {
                    page.line(line);
                } else if was_shown {
                    page.text.extend_from_slice(b"...\n");
                }
                was_shown = is_shown;
            }
        }
    }

    fn simple(&self, page: &mut Page) {
        for entry in &self.entries {
            page.headline(
                entry,
                match entry.change {
                    Change::Add => "to be added.",
                    Change::Remove => "to be removed.",
                    Change::Modify => "to be changed.",
                    Change::ModifySuppressed => "has changed, but diff is empty after suppression.",
                },
            );
        }
        let count = |change| self.entries.iter().filter(|entry| entry.change == change).count();
        let (add, change, remove) =
            (count(Change::Add), count(Change::Modify), count(Change::Remove));
        let words = format!(
            "Plan: {add} to add, {change} to change, {remove} to destroy, 0 to change ownership.\n"
        );
        page.text.extend_from_slice(words.as_bytes());
    }

    /// Returns the objects whose keys can be read, with what happened to each.
    fn keys(&self) -> Vec<(Key<'_>, Change)> {
        let entries = self.entries.iter();
        entries.filter_map(|entry| Some((Key::parse(&entry.key)?, entry.change))).collect()
    }

    /// Returns how many objects have keys that a template cannot be given.
    pub fn without_keys(&self) -> usize {
        self.entries.len() - self.keys().len()
    }
}

/// Tells of each line whether it is near enough to a change to be shown.
fn shown(lines: &[Line], context: Option<usize>) -> Vec<bool> {
    let Some(context) = context else { return vec![true; lines.len()] };
    let mut shown = vec![false; lines.len()];
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| line.side != Side::Both) {
        let end = at.saturating_add(context).min(lines.len() - 1);
        shown[at.saturating_sub(context)..=end].fill(true);
    }
    shown
}
