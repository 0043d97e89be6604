//! Writes what is known of each line as JSON, for other programs: docs/source-map.md.

use std::borrow::Cow;
use std::collections::HashMap;

use gotemplate::Control;
use gotemplate::trace::{Key, Place, Set};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Entered, Printed, Provenance, Read, path_text};

/// The version of the form.
pub const VERSION: u32 = 1;

/// Where each line of the output came from. Templates, values and conditions are listed once; elsewhere their indexes
/// stand.
#[derive(Debug, Serialize, Deserialize)]
pub struct SourceMap {
    /// The version of the form.
    pub version: u32,
    /// The chart as it was named.
    #[serde(default)]
    pub chart: String,
    /// The SHA-256 of the output, in hexadecimal.
    #[serde(default)]
    pub sha256: String,
    /// The documents of the output, in its order.
    #[serde(default)]
    pub documents: Vec<Document>,
    /// The names of templates.
    pub templates: Vec<String>,
    /// What was read, as paths that begin with `Values`, `Release`, `Chart` or the like.
    pub paths: Vec<String>,
    /// What sets the values among the paths.
    #[serde(default)]
    pub values: Vec<ValueOf>,
    /// Calls of templates.
    pub calls: Vec<Call>,
    /// Conditions.
    pub conditions: Vec<Condition>,
    /// The lines that a template has written.
    pub lines: Vec<Line>,
    /// The output itself, where it is at hand.
    #[serde(skip)]
    pub output: Vec<u8>,
    /// The paths, in their steps.
    #[serde(skip)]
    keys: Vec<Vec<Key>>,
}

/// Template, line and column, the last two from 1.
pub type At = (usize, u32, u32);
/// Path, and how it was read.
pub type Reads = Vec<(usize, Cow<'static, str>)>;

/// A document of the output.
#[derive(Debug, Serialize, Deserialize)]
pub struct Document {
    /// The file's path, as its `# Source:` line shows it.
    pub source: String,
    /// The number of its line `---` in the output.
    pub line: usize,
    /// How many lines it takes, `---` and `# Source:` among them.
    pub lines: usize,
    /// Its `kind`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Its `metadata.name`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// What sets a value.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueOf {
    /// Its path.
    pub path: usize,
    /// What it is; nothing of a list or a map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<serde_json::Value>,
    /// The file that sets it, or the flag with its text.
    pub set_by: String,
    /// Where it stands in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Where it stands in the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

/// A call of a template.
#[derive(Debug, Serialize, Deserialize)]
pub struct Call {
    /// Where it stands.
    pub at: At,
    /// The template that is called.
    pub name: String,
    /// The call around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outer: Option<usize>,
}

/// A condition.
#[derive(Debug, Serialize, Deserialize)]
pub struct Condition {
    /// `if`, `else`, `with`, `with-else`, `range`, `range-else`, `call`, `jump`, `skipped`, `elsewhere`,
    /// `dependency`
    pub why: Cow<'static, str>,
    /// Where it stands.
    pub at: At,
    /// What was read for it.
    pub reads: Reads,
    /// The condition around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outer: Option<usize>,
}

/// A line of the output.
#[derive(Debug, Serialize, Deserialize)]
pub struct Line {
    /// Its number in the output, from 1.
    pub line: usize,
    /// Where its first character that is no space came from.
    pub at: At,
    /// The call that led there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<usize>,
    /// What was read for it.
    pub reads: Reads,
    /// The conditions that let its parts through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<usize>,
}

/// Numbers texts.
#[derive(Default)]
struct Numbers {
    ids: HashMap<String, usize>,
    all: Vec<String>,
}

impl Numbers {
    fn of(&mut self, text: String) -> usize {
        if let Some(id) = self.ids.get(&text) {
            return *id;
        }
        self.all.push(text.clone());
        self.ids.insert(text, self.all.len() - 1);
        self.all.len() - 1
    }
}

struct Writer<'p> {
    of: &'p Provenance,
    templates: Numbers,
    paths: Numbers,
    keys: Vec<Vec<Key>>,
    reads: HashMap<Set, Reads>,
    calls: Vec<Call>,
    call_ids: HashMap<u32, usize>,
    conditions: Vec<Condition>,
    condition_ids: HashMap<Control, usize>,
}

impl SourceMap {
    /// Maps the lines of what is printed: the documents, and the whole output in parts.
    pub fn new(of: &Provenance, printed: &[Printed<'_>], output: &[&[u8]]) -> SourceMap {
        let mut writer = Writer {
            of,
            templates: Numbers::default(),
            paths: Numbers::default(),
            keys: Vec::new(),
            reads: HashMap::new(),
            calls: Vec::new(),
            call_ids: HashMap::new(),
            conditions: Vec::new(),
            condition_ids: HashMap::new(),
        };
        let mut lines = Vec::new();
        for line in of.lines(printed) {
            let Some((main, place)) = of.main_piece(&line) else { continue };
            let mut reads = Reads::new();
            let mut conditions = Vec::new();
            for id in of.pieces(&line) {
                let piece = of.trace.piece(id);
                for read in writer.reads(piece.data) {
                    if !reads.contains(&read) {
                        reads.push(read);
                    }
                }
                let condition = writer.condition(piece.control);
                conditions.extend(condition.filter(|c| !conditions.contains(c)));
            }
            let at = writer.at(place);
            let call = writer.call(main.frame);
            lines.push(Line { line: line.number, at, call, reads, conditions });
        }
        let Writer { templates, paths, keys, calls, conditions, .. } = writer;
        let mut sum = Sha256::new();
        output.iter().for_each(|part| sum.update(part));
        SourceMap {
            version: VERSION,
            chart: String::new(),
            sha256: hex(&sum.finalize()),
            documents: documents(printed),
            templates: templates.all,
            paths: paths.all,
            values: Vec::new(),
            calls,
            conditions,
            lines,
            output: Vec::new(),
            keys,
        }
    }

    /// Returns the paths, in their steps, by their numbers.
    pub fn keys(&self) -> &[Vec<Key>] {
        &self.keys
    }
}

/// Returns bytes in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn documents(printed: &[Printed<'_>]) -> Vec<Document> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut line = 1;
    let one = |of: &Printed<'_>| {
        let lines = of.content.iter().filter(|b| **b == b'\n').count() + 1;
        let head = 2 + of.source.iter().filter(|b| **b == b'\n').count();
        let document = Document {
            source: text(of.source),
            line,
            lines: head + lines,
            kind: text(of.kind),
            name: text(of.name),
        };
        line += document.lines;
        document
    };
    printed.iter().map(one).collect()
}

impl Writer<'_> {
    fn at(&mut self, place: Place) -> At {
        let spot = self.of.spot(place);
        let template = self.templates.of(spot.template.to_string_lossy().into_owned());
        (template, spot.line, spot.column)
    }

    fn reads(&mut self, set: Set) -> Reads {
        if let Some(reads) = self.reads.get(&set) {
            return reads.clone();
        }
        let accesses = self.of.accesses(set);
        let reads: Reads = accesses
            .iter()
            .map(|access| {
                let path = self.paths.of(path_text(&access.path));
                if path == self.keys.len() {
                    self.keys.push(access.path.clone());
                }
                (path, Cow::Borrowed(read_word(access.read)))
            })
            .collect();
        self.reads.insert(set, reads.clone());
        reads
    }

    fn call(&mut self, frame: gotemplate::trace::Frame) -> Option<usize> {
        let calls: Vec<_> = self.of.trace.calls_by_number(frame).collect();
        let mut outer = None;
        for (number, call) in calls.into_iter().rev() {
            if let Some(id) = self.call_ids.get(&number) {
                outer = Some(*id);
                continue;
            }
            let at = self.at(call.place);
            self.calls.push(Call { at, name: call.name.to_string_lossy().into_owned(), outer });
            self.call_ids.insert(number, self.calls.len() - 1);
            outer = Some(self.calls.len() - 1);
        }
        outer
    }

    fn condition(&mut self, control: Control) -> Option<usize> {
        let mut chain = Vec::new();
        let mut at = control;
        let mut outer = loop {
            if let Some(id) = self.condition_ids.get(&at) {
                break Some(*id);
            }
            let Some(condition) = self.of.trace.conditions(at).next() else { break None };
            chain.push((at, *condition));
            at = condition.outer;
        };
        for (control, condition) in chain.into_iter().rev() {
            let (at, reads) = (self.at(condition.place), self.reads(condition.read));
            self.conditions.push(Condition {
                why: condition_word(condition.why).into(),
                at,
                reads,
                outer,
            });
            self.condition_ids.insert(control, self.conditions.len() - 1);
            outer = Some(self.conditions.len() - 1);
        }
        outer
    }
}

/// Returns the word for what a condition is.
pub fn condition_word(why: Entered) -> &'static str {
    match why {
        Entered::If => "if",
        Entered::Else => "else",
        Entered::With => "with",
        Entered::WithElse => "with-else",
        Entered::Range => "range",
        Entered::RangeElse => "range-else",
        Entered::Call => "call",
        Entered::Jump => "jump",
        Entered::Skipped => "skipped",
        Entered::Elsewhere => "elsewhere",
        Entered::Host => "dependency",
    }
}

/// Returns the word for how something was read.
pub fn read_word(read: Read) -> &'static str {
    match read {
        Read::Value => "value",
        Read::Key => "key",
        Read::Shape => "shape",
        Read::Whole => "whole",
    }
}
