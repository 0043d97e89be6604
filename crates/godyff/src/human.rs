//! Writes a report for people: dyff's `human`.

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use goyaml::NodeKind;

use crate::certificate;
use crate::color::{self, Colors, GREENISH, REDDISH};
use crate::compare::differ_in_space_only;
use crate::distance;
use crate::error::Error;
use crate::matches::{self, Op};
use crate::path::Path;
use crate::report::{Change, Detail, Part, Report};
use crate::restructure::Orders;
use crate::style::{Styles, shown_len};
use crate::table::{write_blocks, write_columns};
use crate::text::{hex_dump, plural, spaces, with_prefix, with_prefixes};
use crate::tree::{NodeId, Tag};
use crate::yaml;

/// How long a report may grow, in bytes.
pub(crate) const MAX_REPORT: usize = 256 << 20;

/// How a report is written for people. The default is that of dyff's program.
#[derive(Clone, PartialEq, Debug)]
pub struct Human {
    /// Columns that details are indented by.
    pub indent: usize,
    /// Lines that show indentation are written, if colours are.
    pub indent_lines: bool,
    /// A text that differs by a smaller part of its characters shows them.
    pub minor_change_threshold: f64,
    /// So many lines around changes in a text are shown.
    pub context_lines: usize,
    /// Blocks are never put next to each other.
    pub no_table: bool,
    /// Certificates are shown as texts.
    pub no_certificates: bool,
    /// The banner is left out.
    pub omit_header: bool,
    /// Paths are written in the go-patch notation.
    pub go_patch: bool,
    /// Each line of a text that differs has a prefix.
    pub prefix_lines: bool,
    /// Which colours are written.
    pub colors: Colors,
    /// How wide the terminal is; 80 where there is none.
    pub width: usize,
}

impl Default for Human {
    fn default() -> Human {
        Human {
            indent: 2,
            indent_lines: true,
            minor_change_threshold: 0.1,
            context_lines: 4,
            no_table: false,
            no_certificates: false,
            omit_header: false,
            go_patch: false,
            prefix_lines: false,
            colors: Colors::Off,
            width: 80,
        }
    }
}

impl Human {
    /// Writes a report.
    ///
    /// # Errors
    /// [`Error::Base64`] for a binary that is none, [`Error::TooDeep`] and [`Error::TooLarge`] for what aliases make so.
    pub fn write(&self, report: &Report) -> Result<String, Error> {
        let writer = Writer::new(self, report);
        let mut out = String::new();
        if !self.omit_header {
            let styles = &writer.styles;
            let count = plural(report.diffs.len(), "difference", "differences");
            out.push_str(&styles.banner(&format!(
                r"     _        __  __
   _| |_   _ / _|/ _|  between {}
 / _' | | | | |_| |_       and {}
| (_| | |_| |  _|  _|
 \__,_|\__, |_| |_|   returned {}
        |___/
",
                styles.source(&report.from),
                styles.source(&report.to),
                styles.bold(&count),
            )));
        }
        for diff in &report.diffs {
            out.push('\n');
            let path = report.path(diff);
            out.push_str(&writer.place(path.as_ref()));
            out.push('\n');
            let details = diff.details.iter().map(|detail| writer.detail(detail));
            let blocks = details.collect::<Result<Vec<_>, _>>()?;
            // What is the whole document is not indented.
            let is_root = path.is_some_and(|path| path.elements.is_empty());
            writer.blocks(&mut out, if is_root { 0 } else { self.indent }, &blocks);
            if out.len() > MAX_REPORT {
                return Err(Error::TooLarge);
            }
        }
        out.push('\n');
        Ok(out)
    }
}

/// Writes the parts of a report.
pub(crate) struct Writer<'r> {
    human: &'r Human,
    report: &'r Report,
    pub(crate) styles: Styles,
    /// Keys stay in the order that they were once shown in.
    orders: RefCell<Orders>,
}

impl<'r> Writer<'r> {
    pub(crate) fn new(human: &'r Human, report: &'r Report) -> Writer<'r> {
        let styles = Styles::new(human.colors).with_go_patch(human.go_patch);
        Writer { human, report, styles, orders: RefCell::default() }
    }

    /// Tells whether there are several documents, so that it is said where a difference is.
    pub(crate) fn names_documents(&self) -> bool {
        self.report.from.roots.len() > 1
    }

    fn place(&self, path: Option<&Path>) -> String {
        let mut place = self.styles.path(path.map(|path| &path.elements[..]));
        if let Some(path) = path.filter(|_| self.names_documents()) {
            place.push_str("  ");
            place.push_str(&self.styles.document(&self.report.document_name(path)));
        }
        place
    }

    pub(crate) fn blocks(&self, out: &mut String, indent: usize, blocks: &[impl AsRef<str>]) {
        let blocks: Vec<&str> = blocks.iter().map(AsRef::as_ref).collect();
        write_blocks(out, indent, &blocks, self.human.width, self.human.no_table);
    }

    /// Returns the line that says what happened.
    fn happened(&self, change: Change, words: &str) -> String {
        self.styles.lines(color::MODIFIED, &format!("{} {words}\n", change.sign()))
    }

    fn red(&self, text: &str) -> String {
        self.styles.lines(color::REMOVED, text)
    }

    fn green(&self, text: &str) -> String {
        self.styles.lines(color::ADDED, text)
    }

    pub(crate) fn detail(&self, detail: &Detail) -> Result<String, Error> {
        match (detail.change, detail.from, detail.to) {
            (Change::Addition, _, Some(part)) => self.entries(detail.change, part),
            (Change::Removal, Some(part), _) => self.entries(detail.change, part),
            (Change::Modification, Some(Part::Node(from)), Some(Part::Node(to))) => {
                self.modification(from, to)
            }
            (Change::Order, Some(Part::Node(from)), Some(Part::Node(to))) => self.order(from, to),
            _ => Ok(String::new()),
        }
    }

    /// Shows what is new, or gone.
    fn entries(&self, change: Change, part: Part) -> Result<String, Error> {
        let tree = &self.report.tree;
        let count = |id: NodeId| tree.children(id).len();
        let what = match part {
            Part::Document(_) => Some(plural(1, "document", "documents")),
            Part::Node(id) => match tree.kind(id) {
                NodeKind::Sequence => Some(plural(count(id), "list entry", "list entries")),
                NodeKind::Mapping => Some(plural(count(id) / 2, "map entry", "map entries")),
                NodeKind::Scalar | NodeKind::Alias => None,
            },
        };
        let (verb, scheme) = match change {
            Change::Addition => ("added", &GREENISH),
            _ => ("removed", &REDDISH),
        };
        let mut out = String::new();
        if let Some(what) = what {
            out.push_str(&self.happened(change, &format!("{what} {verb}:")));
        }
        let (Part::Document(id) | Part::Node(id)) = part;
        self.orders.borrow_mut().restructure(tree, id, 0)?;
        let lines = self.human.indent_lines;
        let orders = self.orders.borrow();
        let text = yaml::write(tree, &orders, &self.styles, Some(scheme), lines, part)?;
        self.blocks(&mut out, self.human.indent, &[text]);
        Ok(out)
    }

    /// Returns the name of a node's type.
    fn type_name(&self, id: NodeId) -> String {
        let tree = &self.report.tree;
        let id = tree.follow(id);
        match (tree.kind(id), tree.tag(id)) {
            (NodeKind::Mapping, _) => "map".to_owned(),
            (NodeKind::Sequence, _) => "list".to_owned(),
            (_, Tag::STR) => "string".to_owned(),
            (_, Tag::NULL) => "<nil>".to_owned(),
            // The tag, without its two exclamation marks.
            _ => String::from_utf8_lossy(tree.tag_name(id).get(2..).unwrap_or_default()).into(),
        }
    }

    fn yaml(&self, id: NodeId) -> Result<String, Error> {
        let tree = &self.report.tree;
        if tree.tag(id) == Tag::NULL {
            return Ok("<nil>".to_owned());
        }
        let orders = self.orders.borrow();
        yaml::write(tree, &orders, &self.styles, None, false, Part::Node(id))
    }

    fn modification(&self, from: NodeId, to: NodeId) -> Result<String, Error> {
        let tree = &self.report.tree;
        let (from_type, to_type) = (self.type_name(from), self.type_name(to));
        let change = Change::Modification;
        let mut out = String::new();
        match (&from_type[..], &to_type[..]) {
            ("string", "string") => {
                // An alias shows its name here.
                self.strings(&mut out, &tree.text(from), &tree.text(to));
            }
            ("binary", "binary") => {
                let (from, to) = (decoded(tree.value(from))?, decoded(tree.value(to))?);
                out.push_str(&self.happened(change, "content change"));
                let prefixed = match self.human.prefix_lines {
                    true => with_prefixes,
                    false => with_prefix,
                };
                let block =
                    |sign, bytes: &[u8]| prefixed(sign, &hex_dump(bytes), self.human.indent);
                let blocks = [self.red(&block("- ", &from)), self.green(&block("+ ", &to))];
                self.blocks(&mut out, 0, &blocks);
            }
            _ => {
                let words = match from_type == to_type {
                    true => "value change".to_owned(),
                    false => format!(
                        "type change from {} to {}",
                        self.styles.italic_lines(&from_type),
                        self.styles.italic_lines(&to_type),
                    ),
                };
                out.push_str(&self.happened(change, &words));
                let block = |sign, text: String| {
                    with_prefix(sign, text.trim_end_matches('\n'), self.human.indent)
                };
                out.push_str(&self.red(&block("- ", self.yaml(from)?)));
                out.push_str(&self.green(&block("+ ", self.yaml(to)?)));
            }
        }
        Ok(out)
    }

    fn order(&self, from: NodeId, to: NodeId) -> Result<String, Error> {
        let tree = &self.report.tree;
        let mut out = self.happened(Change::Order, "order changed");
        let texts = |list: NodeId| -> Result<Vec<String>, Error> {
            let text = |item: &NodeId| match tree.value(*item).is_empty() {
                true => self.yaml(*item),
                false => Ok(tree.text(*item).into_owned()),
            };
            tree.children(list).iter().map(text).collect()
        };
        let (from, to) = (texts(from)?, texts(to)?);
        let len = |texts: &[String]| -> usize {
            texts.iter().map(|text| shown_len(text)).sum::<usize>()
                + 2 * texts.len().saturating_sub(1)
        };
        if len(&from).max(len(&to)) < self.human.width / 2 {
            let line = |sign, texts: &[String]| {
                let mut line = String::new();
                spaces(&mut line, self.human.indent);
                format!("{line}{sign} {}\n", texts.join(", "))
            };
            out.push_str(&self.red(&line('-', &from)));
            out.push_str(&self.green(&line('+', &to)));
        } else {
            let columns = [self.red(&from.join("\n")), self.green(&to.join("\n"))];
            write_columns(&mut out, " ", 2, &[&columns[0], &columns[1]]);
        }
        Ok(out)
    }

    fn strings(&self, out: &mut String, from: &str, to: &str) {
        let change = Change::Modification;
        let indent = self.human.indent;
        if let Some((from, to)) = self.certificates(from, to) {
            out.push_str(&self.happened(change, "certificate change"));
            self.by_line(out, &from, &to);
        } else if differ_in_space_only(from, to) {
            out.push_str(&self.happened(change, "whitespace only change"));
            let shown = |sign, text: &str| with_prefix(sign, &self.with_space(text), indent);
            let blocks = [self.red(&shown("- ", from)), self.green(&shown("+ ", to))];
            self.blocks(out, 0, &blocks);
        } else if from.contains('\n') || to.contains('\n') {
            self.lines(out, from, to);
        } else if distance::is_minor(from, to, self.human.minor_change_threshold) {
            out.push_str(&self.happened(change, "value change"));
            let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
            let runs = matches::runs(&from, &to);
            for (sign, op, color, light) in [
                ('-', Op::Delete, color::REMOVED, color::LIGHT_SALMON),
                ('+', Op::Insert, color::ADDED, color::LIGHT_GREEN),
            ] {
                let mut start = String::new();
                spaces(&mut start, indent);
                out.push_str(&self.styles.lines(color, &format!("{start}{sign} ")));
                for run in &runs {
                    let text: String = run.items.iter().collect();
                    if run.op == Op::Equal {
                        out.push_str(&self.styles.lines(light, &text));
                    } else if run.op == op {
                        out.push_str(&self.styles.bold_lines(&self.styles.lines(color, &text)));
                    }
                }
                out.push('\n');
            }
        } else {
            out.push_str(&self.happened(change, "value change"));
            out.push_str(&self.red(&with_prefix("- ", from, indent)));
            out.push_str(&self.green(&with_prefix("+ ", to, indent)));
        }
    }

    fn certificates(&self, from: &str, to: &str) -> Option<(String, String)> {
        if self.human.no_certificates {
            return None;
        }
        Some((certificate::summary(from)?, certificate::summary(to)?))
    }

    /// Shows two texts of as many lines next to each other, their differing lines emphasized.
    fn by_line(&self, out: &mut String, from: &str, to: &str) {
        let indent = self.human.indent;
        let (from_lines, to_lines): (Vec<&str>, Vec<&str>) =
            (from.split('\n').collect(), to.split('\n').collect());
        if from_lines.len() != to_lines.len() {
            let blocks = [
                self.red(&with_prefix("- ", from, indent)),
                self.green(&with_prefix("+ ", to, indent)),
            ];
            return self.blocks(out, 0, &blocks);
        }
        let colored = |lines: &[&str], others: &[&str], color, light| -> String {
            let line = |(line, other): (&&str, &&str)| {
                self.styles.lines(if line == other { light } else { color }, line)
            };
            lines.iter().zip(others).map(line).collect::<Vec<_>>().join("\n")
        };
        let from = colored(&from_lines, &to_lines, color::REMOVED, color::LIGHT_SALMON);
        let to = colored(&to_lines, &from_lines, color::ADDED, color::LIGHT_GREEN);
        let prefixed = if self.human.prefix_lines { with_prefixes } else { with_prefix };
        let blocks =
            [prefixed(&self.red("- "), &from, indent), prefixed(&self.green("+ "), &to, indent)];
        self.blocks(out, 0, &blocks);
    }

    /// Returns a text whose white space can be seen.
    fn with_space(&self, text: &str) -> String {
        let text = text.replace('\n', &self.styles.bold_lines("↵\n"));
        text.replace(' ', &self.styles.bold_lines("·"))
    }

    /// Shows the lines in which texts differ.
    fn lines(&self, out: &mut String, from: &str, to: &str) {
        let (indent, context) = (self.human.indent, self.human.context_lines);
        let (mut inserts, mut deletions) = (0, 0);
        let mut shown = String::new();
        for (op, text) in matches::lines(from, to) {
            match op {
                Op::Insert => {
                    shown.push_str(&self.green(&with_prefixes("+ ", &text, indent)));
                    inserts += 1;
                }
                Op::Delete => {
                    shown.push_str(&self.red(&with_prefixes("- ", &text, indent)));
                    deletions += 1;
                }
                Op::Equal if context == 0 || text.is_empty() => {}
                Op::Equal => {
                    let text = with_prefixes("  ", &shortened(&text, context), indent);
                    shown.push_str(&self.styles.lines(color::DIM_GRAY, &text));
                }
            }
        }
        let words = format!(
            "value change in multiline text ({}, {})",
            plural(inserts, "insert", "inserts"),
            plural(deletions, "deletion", "deletions"),
        );
        out.push_str(&self.happened(Change::Modification, &words));
        out.push_str(&shown);
        out.push('\n');
    }
}

/// Returns the first and the last lines of a text, and between them how many there are.
fn shortened(text: &str, context: usize) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let lower = lines.len().min(context);
    // A line feed at the end counts as a line.
    let shown = context + usize::from(text.ends_with('\n'));
    match lines.len().checked_sub(shown).filter(|upper| *upper > lower) {
        None => text.to_owned(),
        Some(upper) => format!(
            "{}\n\n[{} unchanged)]\n\n{}",
            lines[..lower].join("\n"),
            plural(upper - lower, "line", "lines"),
            lines[upper..].join("\n"),
        ),
    }
}

/// Decodes Base 64, in which line breaks do not count.
fn decoded(text: &[u8]) -> Result<Vec<u8>, Error> {
    let (places, bytes): (Vec<usize>, Vec<u8>) =
        text.iter().enumerate().filter(|(_, b)| !b"\r\n".contains(b)).unzip();
    STANDARD.decode(&bytes).map_err(|error| {
        let at = match error {
            base64::DecodeError::InvalidByte(at, _)
            | base64::DecodeError::InvalidLastSymbol(at, _) => at,
            base64::DecodeError::InvalidLength(_) | base64::DecodeError::InvalidPadding => {
                bytes.len() / 4 * 4
            }
        };
        Error::Base64(places.get(at).copied().unwrap_or(text.len()))
    })
}
