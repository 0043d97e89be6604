//! Compares two releases' manifests as the plugin helm-diff 3.15 does, and reports in its forms.
//!
//! ```
//! use statefulchart::helm_diff::{Options, Reading, compare};
//! let reading = Reading::default();
//! let object = |value: &str| {
//!     let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{k: {value}}}");
//!     reading.parse(text.as_bytes()).unwrap().objects
//! };
//! let report = compare(object("1"), object("2"), &Options::default()).unwrap();
//! assert!(report.is_changed);
//! let text = report.to_bytes(&Options::default()).unwrap();
//! assert!(text.starts_with(b", a, ConfigMap (v1) has changed:\n"));
//! ```

mod dyff;
mod key;
mod lines;
mod manifest;
mod printed;
mod report;
mod secret;
mod structured;
mod template;

use std::collections::BTreeMap;

use gostd::regexp::Regexp;

pub use dyff::Dyff;
pub use key::Key;
pub use lines::{Line, Side, compare_lines};
pub use manifest::{Object, Objects, ParseError, Parsed, Reading, TEST_HOOKS, normalized};
pub use printed::{of_dry_run, without_progress};
pub use report::{Entry, Report, ReportError};
pub use secret::Secrets;
pub use template::TemplateError;

/// The release of helm-diff that is reproduced.
pub const VERSION: &str = "3.15.11";

/// The form of a report.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Output {
    /// Lines with signs.
    #[default]
    Diff,
    /// A line an object, and a summary.
    Simple,
    /// A Go template: its name and its text.
    Template(String, Vec<u8>),
    /// The template that helm-diff has of its own, which makes JSON.
    Json,
    /// Fields with their old and new values, in JSON.
    Structured,
    /// dyff's report.
    Dyff(Dyff),
}

/// How releases are compared and reported.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The form of the report.
    pub output: Output,
    /// How many lines around a change are shown; all without a number.
    pub context: Option<usize>,
    /// Whether a carriage return at the end of a line counts for nothing.
    pub strip_trailing_cr: bool,
    /// What is shown of Secrets.
    pub secrets: Secrets,
    /// The kinds whose changes are not shown.
    pub suppressed_kinds: Vec<String>,
    /// Expressions for lines that are not shown.
    pub suppressed_lines: Vec<String>,
    /// The share of lines up to which objects that differ count as one that was renamed; 0 to look for none.
    pub find_renames: f32,
    /// Whether the report has colors.
    pub color: bool,
}

/// What happened to an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// It is new.
    Add,
    /// It is gone.
    Remove,
    /// It differs.
    Modify,
    /// It differs, in lines only that are not shown.
    ModifySuppressed,
}

impl Change {
    /// Returns helm-diff's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Change::Add => "ADD",
            Change::Remove => "REMOVE",
            Change::Modify => "MODIFY",
            Change::ModifySuppressed => "MODIFY_SUPPRESSED",
        }
    }
}

/// Compares two releases.
///
/// # Errors
/// What is wrong with an expression of [`Options::suppressed_lines`], if anything differs.
pub fn compare(old: Objects, new: Objects, options: &Options) -> Result<Report, String> {
    let mut comparison = Comparison { old, new, options, report: Report::default() };
    comparison.run();
    let mut report = comparison.report;
    report.is_changed = !report.entries.is_empty();
    report.suppress(&options.suppressed_lines)?;
    Ok(report)
}

/// Returns objects by the template that each came from, of which a comment tells, so that releases of one chart under
/// two names can be compared.
pub fn by_template(objects: Objects) -> Objects {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut named = Objects::new();
    for object in objects.into_values() {
        let first = object.content.split(|b| *b == b'\n').next().unwrap_or_default();
        let name = String::from_utf8_lossy(first).replacen("# Source: ", "", 1);
        let count = counts.entry(name.clone()).or_default();
        // helm-diff counts only what is called by the plain name.
        let key = match named.contains_key(&name) {
            true => {
                *count += 1;
                format!("{name} {count}")
            }
            false => {
                *count += 1;
                name
            }
        };
        named.insert(key, object);
    }
    named
}

struct Comparison<'o> {
    old: Objects,
    new: Objects,
    options: &'o Options,
    report: Report,
}

impl Comparison<'_> {
    fn run(&mut self) {
        let (kept, removed): (Vec<_>, Vec<_>) =
            self.old.keys().cloned().partition(|key| self.new.contains_key(key));
        let mut added: Vec<String> =
            self.new.keys().filter(|key| !self.old.contains_key(*key)).cloned().collect();
        for key in &kept {
            self.object(key, Some(key), Some(key));
        }
        let removed = self.renames(removed, &mut added);
        for key in &removed {
            if self.old.get(key).is_some_and(|object| object.policy != "keep") {
                self.object(key, Some(key), None);
            }
        }
        for key in &added {
            self.object(key, None, Some(key));
        }
    }

    /// Compares an object with another, and reports what differs.
    fn object(&mut self, key: &str, old: Option<&str>, new: Option<&str>) {
        let options = self.options;
        let mut old = old.and_then(|key| self.old.get_mut(key));
        let mut new = new.and_then(|key| self.new.get_mut(key));
        if let (Some(old), Some(new)) = (&old, &new)
            && old.content == new.content
        {
            return;
        }
        options.secrets.rewrite(old.as_deref_mut(), new.as_deref_mut());
        let (old, new) = (old.as_deref(), new.as_deref());
        let change = match (old, new) {
            (None, _) => Change::Add,
            (_, None) => Change::Remove,
            _ => Change::Modify,
        };
        let kind = old.or(new).map(|object| object.kind.clone()).unwrap_or_default();
        let mut entry = Entry::new(key, &kind, change, Vec::new());
        if options.output == Output::Structured {
            let is_suppressed = options.suppressed_kinds.contains(&entry.kind);
            match structured::Entry::of(key, change, is_suppressed, old, new) {
                Ok(None) => return,
                Ok(Some(fields)) => entry.fields = Some(fields),
                Err(why) => self.report.warnings.push(format!(
                    "Warning: failed to build structured entry for {key} (kind: {}, changeType: {}): {why}",
                    entry.kind,
                    change.name()
                )),
            }
        } else {
            let text = |object: Option<&Object>| object.map_or(Vec::new(), |o| o.content.clone());
            entry.lines = lines::compare(&text(old), &text(new), options.strip_trailing_cr);
            if change == Change::Modify && changes(&entry.lines) == 0 {
                return;
            }
        }
        self.report.entries.push(entry);
    }

    /// Reports removed objects that an added one resembles, as changes; returns the removed ones that are left, and
    /// leaves the added ones that are.
    fn renames(&mut self, removed: Vec<String>, added: &mut Vec<String>) -> Vec<String> {
        /// How much longer or shorter an object may be to be looked at.
        const RATIOS: std::ops::RangeInclusive<f32> = 0.1..=10.0;
        let options = self.options;
        if options.find_renames <= 0.0 {
            return removed;
        }
        let mut left = Vec::new();
        for key in removed {
            let mut nearest: Option<(usize, f32)> = None;
            for (at, other) in added.iter().enumerate() {
                let (Some(old), Some(new)) = (self.old.get_mut(&key), self.new.get_mut(other))
                else {
                    continue;
                };
                let (old_len, new_len) = (old.content.len(), new.content.len());
                if old.kind != new.kind || old_len == 0 || new_len == 0 {
                    continue;
                }
                // A Secret's length says nothing of what is compared.
                let ratio = old_len as f32 / new_len as f32;
                if old.kind != secret::KIND && !RATIOS.contains(&ratio) {
                    continue;
                }
                options.secrets.rewrite(Some(old), Some(new));
                let lines = lines::compare(&old.content, &new.content, options.strip_trailing_cr);
                let changed = changes(&lines);
                let share = changed as f32 / lines.len() as f32;
                if changed > 0 && nearest.is_none_or(|(_, least)| share < least) {
                    nearest = Some((at, share));
                }
            }
            match nearest.filter(|(_, share)| *share < options.find_renames) {
                Some((at, _)) => {
                    let new = added.remove(at);
                    self.object(&key, Some(&key), Some(&new));
                }
                None => left.push(key),
            }
        }
        left
    }
}

/// Returns how many lines are of one side only.
fn changes(lines: &[Line]) -> usize {
    lines.iter().filter(|line| line.side != Side::Both).count()
}

impl Report {
    /// Takes out the lines that an expression matches, if anything differs.
    ///
    /// # Errors
    /// What is wrong with an expression.
    pub fn suppress(&mut self, expressions: &[String]) -> Result<(), String> {
        if self.entries.is_empty() || expressions.is_empty() {
            return Ok(());
        }
        let compiled = expressions.iter().map(|source| Regexp::compile(source.as_bytes()));
        let compiled = compiled.collect::<Result<Vec<_>, _>>();
        let compiled = compiled.map_err(|e| String::from_utf8_lossy(&e.to_bytes()).into_owned())?;
        for entry in &mut self.entries {
            entry.lines.retain(|line| !compiled.iter().any(|regexp| regexp.is_match(&line.text)));
            if changes(&entry.lines) == 0 {
                entry.lines.clear();
                if entry.change == Change::Modify {
                    entry.change = Change::ModifySuppressed;
                }
            }
        }
        Ok(())
    }
}
