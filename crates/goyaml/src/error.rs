//! What goes wrong while reading YAML, in the words that Helm shows.

use std::borrow::Cow;
use std::fmt;

/// Why a text could not be read as YAML.
///
/// Displays exactly what `sigs.k8s.io/yaml` returns, its prefix included, e.g.
/// `error converting YAML to JSON: yaml: line 3: mapping values are not allowed in this context`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct YamlError(Box<Inner>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Inner {
    stage: Stage,
    text: String,
    line: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// go-yaml refused the text.
    Parse,
    /// go-yaml's value has no form in JSON.
    Convert,
    /// The JSON does not fit the type that was asked for.
    Decode,
}

impl YamlError {
    pub(super) fn parse(text: impl Into<String>) -> YamlError {
        YamlError::new(Stage::Parse, text.into(), None)
    }

    pub(super) fn convert(text: impl Into<String>) -> YamlError {
        YamlError::new(Stage::Convert, text.into(), None)
    }

    pub(super) fn decode(text: impl Into<String>) -> YamlError {
        YamlError::new(Stage::Decode, text.into(), None)
    }

    fn new(stage: Stage, text: String, line: Option<usize>) -> YamlError {
        YamlError(Box::new(Inner { stage, text, line }))
    }

    /// The line of the problem, counted from 1, where one is known.
    ///
    /// go-yaml's own text leaves it out on the first line and is one short for some errors; this is
    /// where the reader stood.
    pub fn line(&self) -> Option<usize> {
        self.0.line
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.stage {
            Stage::Parse => "error converting YAML to JSON: yaml: ",
            Stage::Convert => "error converting YAML to JSON: ",
            Stage::Decode => "error unmarshaling JSON: while decoding JSON: ",
        })?;
        f.write_str(&self.0.text)
    }
}

impl std::error::Error for YamlError {}

/// A syntax error, before it is put in words.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) problem: Cow<'static, str>,
    pub(super) place: Place,
}

/// Where a syntax error was found; lines are counted from 0.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// The bytes are no text: go-yaml names no line.
    Input,
    /// Between characters and tokens: go-yaml names the right line.
    Scanner(usize),
    /// Between tokens and nodes: go-yaml names the line before.
    Parser(usize),
}

impl From<SyntaxError> for YamlError {
    fn from(e: SyntaxError) -> YamlError {
        let (shown, line) = match e.place {
            Place::Input => (0, None),
            Place::Scanner(0) => (0, Some(1)),
            Place::Scanner(line) => (line + 1, Some(line + 1)),
            Place::Parser(line) => (line, Some(line + 1)),
        };
        let text =
            if shown == 0 { e.problem.into() } else { format!("line {shown}: {}", e.problem) };
        YamlError::new(Stage::Parse, text, line)
    }
}

pub(super) type Scan<T> = Result<T, Box<SyntaxError>>;

impl From<Box<SyntaxError>> for YamlError {
    fn from(e: Box<SyntaxError>) -> YamlError {
        YamlError::from(*e)
    }
}
