//! What is known of each line as JSON, for other programs: docs/source-map.md.

mod write;

use std::borrow::Cow;

use serde::Deserialize;

use super::{Entered, Read};

pub use write::{SetBy, Writer};

/// The version of the form.
pub const VERSION: u32 = 1;

/// Where each line of the output came from. Templates, values and conditions are listed once; elsewhere their indexes
/// stand.
#[derive(Debug, Deserialize)]
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
}

/// Template, line and column, the last two from 1.
pub type At = (usize, u32, u32);
/// Path, and how it was read.
pub type Reads = Vec<(usize, Cow<'static, str>)>;

/// A document of the output.
#[derive(Debug, Deserialize)]
pub struct Document {
    /// The file's path, as its `# Source:` line shows it.
    pub source: String,
    /// The number of its line `---` in the output.
    pub line: usize,
    /// How many lines it takes, `---` and `# Source:` among them.
    pub lines: usize,
    /// Its `kind`.
    #[serde(default)]
    pub kind: String,
    /// Its `metadata.name`.
    #[serde(default)]
    pub name: String,
}

/// What sets a value.
#[derive(Debug, PartialEq, Deserialize)]
pub struct ValueOf {
    /// Its path.
    pub path: usize,
    /// What it is; nothing of a list or a map.
    #[serde(default)]
    pub value: Option<serde_json::Value>,
    /// The file that sets it, or the flag with its text.
    pub set_by: String,
    /// Where it stands in the file.
    #[serde(default)]
    pub line: Option<usize>,
    /// Where it stands in the line.
    #[serde(default)]
    pub column: Option<usize>,
}

/// A call of a template.
#[derive(Debug, Deserialize)]
pub struct Call {
    /// Where it stands.
    pub at: At,
    /// The template that is called.
    pub name: String,
    /// The call around it.
    #[serde(default)]
    pub outer: Option<usize>,
}

/// A condition.
#[derive(Debug, Deserialize)]
pub struct Condition {
    /// `if`, `else`, `with`, `with-else`, `range`, `range-else`, `call`, `jump`, `skipped`, `elsewhere`,
    /// `dependency`
    pub why: Cow<'static, str>,
    /// Where it stands.
    pub at: At,
    /// What was read for it.
    pub reads: Reads,
    /// The condition around it.
    #[serde(default)]
    pub outer: Option<usize>,
}

/// A line of the output.
#[derive(Debug, Deserialize)]
pub struct Line {
    /// Its number in the output, from 1.
    pub line: usize,
    /// Where its first character that is no space came from.
    pub at: At,
    /// The call that led there.
    #[serde(default)]
    pub call: Option<usize>,
    /// What was read for it.
    pub reads: Reads,
    /// The conditions that let its parts through.
    #[serde(default)]
    pub conditions: Vec<usize>,
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
