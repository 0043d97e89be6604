//! Describes why a render failed, and gives Helm's words for it.

use std::error::Error;
use std::fmt;

use bstr::ByteSlice;

use super::blocks;
use crate::chart::ChartError;
use gostd::strconv::quoted;
use gotemplate::func::FuncError;
use gotemplate::{Exceeded, MARK_END, MARK_START, ParseError};

/// The first failure of a render.
#[derive(Debug)]
pub enum RenderError {
    /// A file of the chart could be opened and not be read.
    Chart(ChartError),
    /// A template does not parse.
    Parse(ParseError),
    /// A template failed while it ran.
    Exec {
        /// Why.
        error: FuncError,
        /// Whether Helm says so in a block of lines for each template on the way.
        as_blocks: bool,
    },
    /// Go's executor panics, which Helm recovers from.
    Panic(&'static str),
}

impl RenderError {
    /// Returns the limit that was exceeded, if that is why.
    pub fn exceeded(&self) -> Option<Exceeded> {
        match self {
            RenderError::Exec { error, .. } => error.exceeded(),
            RenderError::Chart(_) | RenderError::Parse(_) | RenderError::Panic(_) => None,
        }
    }

    /// Returns the text that follows Helm's `Error: `.
    pub fn text(&self) -> Vec<u8> {
        match self {
            RenderError::Chart(e) => e.to_string().into_bytes(),
            RenderError::Parse(e) => {
                // Helm keeps what follows the last ": " of Go's text.
                let text = e.text();
                let message = text.rfind(b": ").map_or(&text[..], |i| &text[i + 2..]);
                let mut out = b"parse error at (".to_vec();
                match &e.whole {
                    // What is left of the name may be anything.
                    Some(text) => out.extend(text.splitn_str(3, ": ").nth(1).unwrap_or_default()),
                    None => {
                        out.extend_from_slice(&e.name);
                        out.extend_from_slice(format!(":{}", e.line).as_bytes());
                    }
                }
                out.extend_from_slice(b"): ");
                out.extend_from_slice(message);
                out
            }
            RenderError::Panic(text) => format!("rendering template failed: {text}").into_bytes(),
            RenderError::Exec { error, as_blocks } => {
                let text = error.to_bytes();
                if let Some(found) = marked(&text) {
                    return found;
                }
                let Some(message) = error.message() else {
                    return if *as_blocks { blocks::text(error).unwrap_or(text) } else { text };
                };
                let location = text.splitn_str(3, ": ").nth(1).unwrap_or_default();
                [b"execution error at (", location, b"): ", &message[..]].concat()
            }
        }
    }
}

/// Returns Helm's text for a message of the user that is marked in Go's, as Go's texts of files with a `%` in
/// their names are.
fn marked(text: &[u8]) -> Option<Vec<u8>> {
    let mut tokens = text.splitn_str(3, ": ").skip(1);
    let (location, rest) = (tokens.next()?, tokens.next()?);
    let start = rest.find(MARK_START)? + MARK_START.len();
    let end = rest.rfind(MARK_END)?;
    let message = rest.get(start..end)?;
    Some([b"execution error at (", location, b"): ", message].concat())
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.text()))
    }
}

impl Error for RenderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            RenderError::Chart(e) => Some(e),
            RenderError::Parse(_) | RenderError::Exec { .. } | RenderError::Panic(_) => None,
        }
    }
}

/// Why a template that belongs to no chart failed.
#[derive(Debug)]
pub enum TemplateError {
    /// It does not parse.
    Parse(ParseError),
    /// It failed while it ran.
    Exec(FuncError),
}

impl TemplateError {
    /// Returns the limit that was exceeded, if that is why.
    pub fn exceeded(&self) -> Option<Exceeded> {
        match self {
            TemplateError::Exec(e) => e.exceeded(),
            TemplateError::Parse(_) => None,
        }
    }

    /// Returns the text of Go's error.
    pub fn text(&self) -> Vec<u8> {
        match self {
            TemplateError::Parse(e) => e.text(),
            TemplateError::Exec(e) => e.to_bytes(),
        }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.text()))
    }
}

impl Error for TemplateError {}

/// Why a text is no version of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KubeVersionError {
    /// It is no semantic version.
    Semver {
        /// The text.
        text: String,
        /// What is wrong with it.
        cause: gosemver::Error,
    },
    /// It does not begin as Kubernetes' own parser wants it.
    Generic {
        /// The text.
        text: String,
        /// What is wrong with it.
        what: Generic,
    },
}

/// What Kubernetes' parser of versions finds wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Generic {
    /// It begins with no number.
    NoVersion,
    /// It has one number only.
    TooShort,
    /// A number has zeros in front.
    ZeroPrefixed {
        /// The number.
        component: String,
    },
    /// A number is too large.
    TooLarge {
        /// The number.
        component: String,
    },
}

impl fmt::Display for KubeVersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, what) = match self {
            KubeVersionError::Semver { text, cause } => {
                return write!(f, "invalid kube version '{text}': {cause}");
            }
            KubeVersionError::Generic { text, what } => (text, what),
        };
        write!(f, "invalid kube version '{text}': ")?;
        let text = quoted(text);
        match what {
            Generic::NoVersion => write!(f, "could not parse {text} as version"),
            Generic::TooShort => write!(f, "illegal version string {text}"),
            Generic::ZeroPrefixed { component } => {
                write!(f, "illegal zero-prefixed version component {} in {text}", quoted(component))
            }
            Generic::TooLarge { component } => write!(
                f,
                "illegal non-numeric version component {component} in {text}: strconv.ParseUint: parsing {component}: value out of range",
                component = quoted(component)
            ),
        }
    }
}

impl Error for KubeVersionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            KubeVersionError::Semver { cause, .. } => Some(cause),
            KubeVersionError::Generic { .. } => None,
        }
    }
}
