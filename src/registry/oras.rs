//! Has the words of ORAS 2, the library that Helm asks registries with from 3.18 on.

use gostd::fmt;
use gostd::json;
use gostd::strconv::quoted;
use gostd::value::{Map, Value};

use crate::http::{self, Response};

/// Why ORAS did not do as it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OrasError {
    /// A step of copying a chart failed.
    #[error("failed to perform {} on {side}: {source}", quoted(.step))]
    Step {
        /// What was done: `FetchReference`, `Fetch`, `Push` …
        step: &'static str,
        /// `source` or `destination`.
        side: &'static str,
        /// Why it failed.
        source: Box<OrasError>,
    },
    /// A text that is no reference.
    #[error("invalid reference: {0}")]
    Reference(String),
    /// Something is asked for by no name.
    #[error("invalid reference")]
    NoReference,
    /// A request has an answer that is of no use.
    #[error("{method} {}: {why}", quoted(.url))]
    Answer {
        /// `GET`, `HEAD` …
        method: String,
        /// The URL.
        url: String,
        /// What is wrong with the answer.
        why: String,
    },
    /// There is nothing of that name.
    #[error("{0}: not found")]
    NotFound(String),
    /// What came has another digest than it was called by.
    #[error("mismatched digest")]
    Digest,
    /// What came cannot be read.
    #[error("read failed: {0}")]
    Read(String),
    /// The registry answers where to put something, and that place is less safe.
    #[error("blob upload Location {} downgrades scheme from https", quoted(.0))]
    Downgrade(String),
    /// There was no answer.
    #[error(transparent)]
    Http(http::Error),
    /// A login failed.
    #[error("authenticating to {}: {source}", quoted(.host))]
    Login {
        /// The registry.
        host: String,
        /// Why.
        source: Box<OrasError>,
    },
}

impl OrasError {
    /// Returns it as the reason why a step of copying failed.
    pub(super) fn at(self, step: &'static str, side: &'static str) -> OrasError {
        OrasError::Step { step, side, source: Box::new(self) }
    }

    /// Returns what is wrong with an answer to a request.
    pub(super) fn answer(method: &str, url: &str, why: impl Into<String>) -> OrasError {
        OrasError::Answer { method: method.to_owned(), url: url.to_owned(), why: why.into() }
    }

    /// Returns what an answer says whose status is none of those that were waited for.
    pub(super) fn refused(method: &str, url: &str, answer: &Response) -> OrasError {
        let status = answer.status;
        let words = match faults(&answer.body) {
            words if words.is_empty() => gostd::http::status_text(status).to_owned(),
            words => words.join("; "),
        };
        OrasError::answer(method, url, format!("response status code {status}: {words}"))
    }
}

/// Returns the words for each of the errors that an answer lists.
fn faults(body: &[u8]) -> Vec<String> {
    let Ok(Value::Map(body)) = json::unmarshal(body) else { return Vec::new() };
    let Some(Value::List(errors)) = body.get(b"errors") else { return Vec::new() };
    errors
        .iter()
        .map(|error| match error {
            Value::Map(error) => fault(error),
            _ => String::new(),
        })
        .collect()
}

fn fault(error: &Map) -> String {
    let text = |name: &str| match error.get(name.as_bytes()) {
        Some(Value::Str(text)) => text.to_string_lossy().into_owned(),
        _ => String::new(),
    };
    let code: String = text("code").replace('_', " ").to_lowercase();
    let detail = error.get(b"detail").filter(|d| !d.is_nil());
    match (text("message"), detail) {
        (message, _) if message.is_empty() => code,
        (message, None) => format!("{code}: {message}"),
        (message, Some(detail)) => {
            let shown = fmt::sprintf(b"%v", &[detail]).unwrap_or_default();
            format!("{code}: {message}: {}", String::from_utf8_lossy(&shown))
        }
    }
}
