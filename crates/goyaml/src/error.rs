//! Describes what goes wrong while reading YAML, in the words that Helm shows.

use std::borrow::Cow;
use std::fmt;

use gostd::strconv::format_float;

/// Why a text could not be read as YAML.
///
/// Displays exactly what `sigs.k8s.io/yaml` returns, its prefix included, e.g.
/// `error converting YAML to JSON: yaml: line 3: mapping values are not allowed in this context`.
///
/// ```
/// use goyaml::Problem;
/// let error = goyaml::unmarshal(b"a: *b").unwrap_err();
/// assert_eq!(*error.problem(), Problem::UnknownAnchor { name: "b".into() });
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct YamlError(Box<Problem>);

/// What is wrong with a YAML document.
#[derive(Clone, PartialEq, Debug)]
pub enum Problem {
    /// The text is no YAML.
    Syntax(SyntaxError),
    /// An alias for which there is no anchor.
    UnknownAnchor {
        /// The alias's name.
        name: Box<str>,
    },
    /// An anchor that stands within itself.
    AnchorInItself {
        /// The anchor's name.
        name: Box<str>,
    },
    /// Aliases that multiply the document.
    ExcessiveAliasing,
    /// Collections nested deeper than Go's JSON decoder goes.
    JsonDepth {
        /// The bracket that opens the first one too deep.
        bracket: u8,
    },
    /// A key that is a collection.
    MapKey {
        /// The key as `%#v` prints it.
        key: Box<str>,
    },
    /// A merge key whose value holds nothing to merge.
    Merge,
    /// A scalar that is not of the type that its tag says.
    Tag {
        /// The type of the scalar.
        found: &'static str,
        /// The scalar.
        text: Box<str>,
        /// The type that its tag says.
        wanted: Box<str>,
    },
    /// A `!!binary` scalar that is not base64.
    Binary,
    /// Keys that are set twice.
    Duplicates(Vec<Duplicate>),
    /// A key of a type that has no form in JSON.
    JsonKey {
        /// The key's Go type.
        type_name: Box<str>,
        /// The key as Go prints it.
        key: Box<str>,
        /// Its value as Go prints it.
        value: Box<str>,
    },
    /// A number that has no form in JSON.
    JsonNumber(f64),
    /// The document is not of the Go type that was asked for.
    Type {
        /// What it is to JSON: `array`, `string` …
        found: &'static str,
        /// The Go type.
        wanted: &'static str,
    },
}

/// A key that is set again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Duplicate {
    /// The line of the second key, from 1.
    pub line: usize,
    /// The key as `%#v` prints it.
    pub key: Box<str>,
}

impl YamlError {
    /// Returns what is wrong.
    pub fn problem(&self) -> &Problem {
        &self.0
    }

    /// Says what is wrong, without its line.
    ///
    /// ```
    /// let error = goyaml::unmarshal(b"a: 1\nb: c: 2").unwrap_err();
    /// assert_eq!(error.plain(), "mapping values are not allowed in this context");
    /// ```
    pub fn plain(&self) -> String {
        match &*self.0 {
            Problem::Syntax(error) => error.problem.to_string(),
            _ => self.to_string(),
        }
    }

    /// Returns the line of the problem, counted from 1, where one is known.
    ///
    /// go-yaml's own text leaves it out on the first line and is one short for some errors; this is
    /// where the reader stood.
    pub fn line(&self) -> Option<usize> {
        match &*self.0 {
            Problem::Syntax(error) => match error.place {
                Place::Input => None,
                Place::Scanner(line) | Place::Parser(line) => Some(line + 1),
            },
            _ => None,
        }
    }
}

impl From<Problem> for YamlError {
    fn from(problem: Problem) -> YamlError {
        YamlError(Box::new(problem))
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &*self.0 {
            Problem::JsonKey { .. } | Problem::JsonNumber(_) => "error converting YAML to JSON: ",
            Problem::JsonDepth { .. } | Problem::Type { .. } => {
                "error unmarshaling JSON: while decoding JSON: "
            }
            _ => "error converting YAML to JSON: yaml: ",
        })?;
        match &*self.0 {
            Problem::Syntax(error) => error.fmt(f),
            Problem::UnknownAnchor { name } => write!(f, "unknown anchor '{name}' referenced"),
            Problem::AnchorInItself { name } => {
                write!(f, "anchor '{name}' value contains itself")
            }
            Problem::ExcessiveAliasing => f.write_str("document contains excessive aliasing"),
            Problem::MapKey { key } => write!(f, "invalid map key: {key}"),
            Problem::Merge => {
                f.write_str("map merge requires map or sequence of maps as the value")
            }
            Problem::Tag { found, text, wanted } => {
                write!(f, "cannot decode !!{found} `{text}` as a !!{wanted}")
            }
            Problem::Binary => f.write_str("!!binary value contains invalid base64 data"),
            Problem::Duplicates(keys) => {
                f.write_str("unmarshal errors:")?;
                keys.iter().try_for_each(|Duplicate { line, key }| {
                    write!(f, "\n  line {line}: key {key} already set in map")
                })
            }
            Problem::JsonKey { type_name, key, value } => {
                write!(f, "unsupported map key of type: {type_name}, key: {key}, value: {value}")
            }
            Problem::JsonNumber(number) => {
                write!(f, "json: unsupported value: {}", format_float(*number, b'g', -1))
            }
            Problem::JsonDepth { bracket } => {
                write!(f, "invalid character '{}' exceeded max depth", char::from(*bracket))
            }
            Problem::Type { found, wanted } => {
                write!(f, "json: cannot unmarshal {found} into Go value of type {wanted}")
            }
        }
    }
}

impl std::error::Error for YamlError {}

/// A text that is no YAML: what go-yaml says of it, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// go-yaml's words.
    pub problem: Cow<'static, str>,
    /// Where the reader stood.
    pub place: Place,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Input | Place::Scanner(0) | Place::Parser(0) => {}
            Place::Scanner(line) => write!(f, "line {}: ", line + 1)?,
            Place::Parser(line) => write!(f, "line {line}: ")?,
        }
        f.write_str(&self.problem)
    }
}

impl std::error::Error for SyntaxError {}

/// Where a syntax error was found; lines are counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// The bytes are no text: go-yaml names no line.
    Input,
    /// Between characters and tokens: go-yaml names the right line.
    Scanner(usize),
    /// Between tokens and nodes: go-yaml names the line before.
    Parser(usize),
}

pub(super) type Scan<T> = Result<T, Box<SyntaxError>>;

impl From<Box<SyntaxError>> for YamlError {
    fn from(e: Box<SyntaxError>) -> YamlError {
        YamlError::from(Problem::Syntax(*e))
    }
}
