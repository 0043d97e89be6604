//! Describes what can go wrong in a template, as data; the words are Go's.

use std::fmt;

use super::func::{FuncError, InnerError};
use super::limits::Exceeded;
use gostd::strconv;
use gostd::value::Str;

/// What Helm puts around the message of `required` and `fail`, to find it in Go's text.
pub const MARK_START: &[u8] = b"HELM_ERR_START";
/// What it puts behind.
pub const MARK_END: &[u8] = b"HELM_ERR_END";

/// A template that does not parse.
#[derive(Debug, Clone)]
pub struct ParseError {
    /// The file, or `gotpl` for a `tpl` text.
    pub name: Vec<u8>,
    /// The line as Go counts it, from 1.
    pub line: u32,
    /// The byte where the parser stood: the first of a token.
    pub offset: u32,
    /// The byte behind that token.
    pub end: u32,
    /// What is wrong.
    pub message: Vec<u8>,
    /// The whole text, where Go formats a `%` in the name along with the rest.
    pub whole: Option<Vec<u8>>,
}

impl ParseError {
    /// Returns the text of Go's error: `template: NAME:LINE: MESSAGE`.
    pub fn text(&self) -> Vec<u8> {
        if let Some(whole) = &self.whole {
            return whole.clone();
        }
        let mut out = b"template: ".to_vec();
        out.extend_from_slice(&self.name);
        out.extend_from_slice(format!(":{}: ", self.line).as_bytes());
        out.extend_from_slice(&self.message);
        out
    }
}

/// A place in a template: file, line from 1, byte column from 0.
#[derive(Debug, Clone)]
pub struct Location {
    /// The file, or `gotpl` for a `tpl` text.
    pub name: Str,
    /// Line, from 1.
    pub line: u32,
    /// Bytes before the node on its line.
    pub column: u32,
}

impl Location {
    /// Returns `NAME:LINE:COLUMN`
    pub fn text(&self) -> Vec<u8> {
        let mut out = self.name.to_vec();
        out.extend_from_slice(format!(":{}:{}", self.line, self.column).as_bytes());
        out
    }
}

/// Why an execution stopped.
#[derive(Debug)]
pub enum Cause {
    /// The executor's own complaint.
    Text(Str),
    /// A function failed.
    Call {
        /// The function's name in the template.
        function: Str,
        /// Its error.
        error: FuncError,
    },
    /// The whole error's text. Go formats the name of the file along with the rest, so that a `%` in it takes
    /// what is meant for others.
    Whole(Str),
    /// A limit was reached.
    Exceeded(Exceeded),
}

/// A template that failed while it ran.
#[derive(Debug)]
pub struct ExecError {
    /// Where.
    pub location: Location,
    /// The named template that was executing.
    pub template: Str,
    /// The node, as Go prints it back from its parse tree.
    pub context: Str,
    /// Why.
    pub cause: Cause,
}

impl ExecError {
    /// Returns the text; a message of the user with or without Helm's marks around it.
    fn write(&self, error_text: fn(&FuncError) -> Vec<u8>) -> Vec<u8> {
        if let Cause::Whole(text) = &self.cause {
            return text.to_vec();
        }
        let mut out = b"template: ".to_vec();
        out.extend_from_slice(&self.location.text());
        out.extend_from_slice(b": executing ");
        out.extend_from_slice(&strconv::quote(&self.template));
        out.extend_from_slice(b" at <");
        out.extend_from_slice(&self.context);
        out.extend_from_slice(b">: ");
        match &self.cause {
            Cause::Text(text) => out.extend_from_slice(text),
            Cause::Exceeded(limit) => out.extend_from_slice(limit.to_string().as_bytes()),
            Cause::Call { function, error } => {
                out.extend_from_slice(b"error calling ");
                out.extend_from_slice(function);
                out.extend_from_slice(b": ");
                out.extend_from_slice(&error_text(error));
            }
            Cause::Whole(_) => {}
        }
        out
    }
}

impl InnerError for ExecError {
    fn text(&self) -> Vec<u8> {
        self.write(FuncError::to_bytes)
    }

    fn marked(&self) -> Vec<u8> {
        self.write(FuncError::marked)
    }

    fn message(&self) -> Option<&Str> {
        match &self.cause {
            Cause::Text(_) | Cause::Whole(_) | Cause::Exceeded(_) => None,
            Cause::Call { error, .. } => error.message(),
        }
    }

    fn exceeded(&self) -> Option<Exceeded> {
        match &self.cause {
            Cause::Text(_) | Cause::Whole(_) => None,
            Cause::Exceeded(limit) => Some(*limit),
            Cause::Call { error, .. } => error.exceeded(),
        }
    }

    fn unwrap(&self, show: &mut dyn FnMut(&[u8]) -> bool) {
        if show(&InnerError::text(self))
            && let Cause::Call { error, .. } = &self.cause
        {
            error.unwrap(show);
        }
    }

    fn frames<'e>(&'e self, show: &mut dyn FnMut(Frame<'e>)) {
        show(Frame::Template(self));
        if let Cause::Call { error, .. } = &self.cause {
            error.frames(show);
        }
    }
}

/// A template that was at work when an execution failed.
#[derive(Clone, Debug)]
pub enum Frame<'e> {
    /// A template, with the place in it.
    Template(&'e ExecError),
    /// The text of a `tpl` that the template before has called; the place in it comes next.
    Text(Vec<u8>),
}

impl fmt::Display for ExecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&InnerError::text(self)))
    }
}

impl std::error::Error for ExecError {}

/// What stands before the quoted text in [`TplError::prefix`].
const TPL_FAILED: &[u8] = b"error during tpl function execution for ";

/// A failure inside a `tpl` text: what Helm puts before it, and the failure.
#[derive(Debug)]
pub(super) struct TplError {
    pub(super) prefix: Vec<u8>,
    pub(super) inner: Box<dyn InnerError>,
}

impl InnerError for TplError {
    fn text(&self) -> Vec<u8> {
        [&self.prefix[..], b": ", &self.inner.text()].concat()
    }

    fn marked(&self) -> Vec<u8> {
        [&self.prefix[..], b": ", &self.inner.marked()].concat()
    }

    fn message(&self) -> Option<&Str> {
        self.inner.message()
    }

    fn exceeded(&self) -> Option<Exceeded> {
        self.inner.exceeded()
    }

    fn unwrap(&self, show: &mut dyn FnMut(&[u8]) -> bool) {
        if show(&self.text()) {
            self.inner.unwrap(show);
        }
    }

    fn frames<'e>(&'e self, show: &mut dyn FnMut(Frame<'e>)) {
        let quoted = self.prefix.strip_prefix(TPL_FAILED).unwrap_or_default();
        show(Frame::Text(strconv::unquote(quoted).unwrap_or_default()));
        self.inner.frames(show);
    }
}

impl FuncError {
    /// Returns the error's text as Go prints it.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            FuncError::Text(t) | FuncError::Message(t) => t.to_vec(),
            FuncError::Cause(e) => e.to_string().into_bytes(),
            FuncError::Inner(e) => e.text(),
            FuncError::Exceeded(limit) => limit.to_string().into_bytes(),
        }
    }

    /// Returns the text as [`FuncError::to_bytes`] does, with the marks by which Helm finds a message of the user.
    pub fn marked(&self) -> Vec<u8> {
        match self {
            FuncError::Message(text) => [MARK_START, &text[..], MARK_END].concat(),
            FuncError::Inner(e) => e.marked(),
            _ => self.to_bytes(),
        }
    }

    /// Shows the text of each error of the chain that Go's `errors.Unwrap` goes down, until it is not wanted any more.
    pub fn unwrap(&self, show: &mut dyn FnMut(&[u8]) -> bool) {
        match self {
            FuncError::Inner(e) => e.unwrap(show),
            _ => drop(show(&self.to_bytes())),
        }
    }

    /// Shows the templates that were at work, the outermost first.
    pub fn frames<'e>(&'e self, show: &mut dyn FnMut(Frame<'e>)) {
        if let FuncError::Inner(e) = self {
            e.frames(show);
        }
    }

    /// Returns the user's own message (`required`, `fail`) at the bottom of the chain.
    pub fn message(&self) -> Option<&Str> {
        match self {
            FuncError::Text(_) | FuncError::Cause(_) | FuncError::Exceeded(_) => None,
            FuncError::Message(m) => Some(m),
            FuncError::Inner(e) => e.message(),
        }
    }

    /// Returns the limit that was reached at the bottom of the chain.
    pub fn exceeded(&self) -> Option<Exceeded> {
        match self {
            FuncError::Text(_) | FuncError::Cause(_) | FuncError::Message(_) => None,
            FuncError::Inner(e) => e.exceeded(),
            FuncError::Exceeded(limit) => Some(*limit),
        }
    }
}
