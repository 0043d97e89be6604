//! Describes why a render failed, and gives Helm's words for it.

use std::error::Error;
use std::fmt;

use bstr::ByteSlice;

use crate::chart::ChartError;
use gotemplate::ParseError;
use gotemplate::func::FuncError;

/// The first failure of a render.
#[derive(Debug)]
pub enum RenderError {
    /// A file of the chart could be opened and not be read.
    Chart(ChartError),
    /// A template does not parse.
    Parse(ParseError),
    /// A template failed while it ran.
    Exec(FuncError),
}

impl RenderError {
    /// Returns the text that follows Helm's `Error: `.
    pub fn text(&self) -> Vec<u8> {
        match self {
            RenderError::Chart(e) => e.to_string().into_bytes(),
            RenderError::Parse(e) => {
                // Helm keeps what follows the last ": " of Go's text.
                let text = e.text();
                let message = text.rfind(b": ").map_or(&text[..], |i| &text[i + 2..]);
                let mut out = b"parse error at (".to_vec();
                out.extend_from_slice(&e.name);
                out.extend_from_slice(format!(":{}): ", e.line).as_bytes());
                out.extend_from_slice(message);
                out
            }
            RenderError::Exec(e) => {
                let text = e.to_bytes();
                let Some(message) = e.message() else { return text };
                let location = text.splitn_str(3, ": ").nth(1).unwrap_or_default();
                [b"execution error at (", location, b"): ", &message[..]].concat()
            }
        }
    }
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
            RenderError::Parse(_) | RenderError::Exec(_) => None,
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
pub struct KubeVersionError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub cause: gosemver::Error,
}

impl fmt::Display for KubeVersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid kube version '{}': {}", self.text, self.cause)
    }
}

impl Error for KubeVersionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}
