//! Describes why a text is no URL; the words are Go's.

use std::fmt;

use crate::os::bytes_of;
use crate::strconv::quoted;

/// Go's `*url.Error` of `url.Parse`.
///
/// ```
/// use gostd::url::{Reason, Url};
/// let error = Url::parse("http://a:b").unwrap_err();
/// assert_eq!(error.reason, Reason::Port { text: b":b"[..].into() });
/// assert_eq!(error.to_string(), r#"parse "http://a:b": invalid port ":b" after host"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The text, without its fragment where the fragment is not to blame.
    pub url: Box<str>,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a URL or with a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A `%` without two hexadecimal digits, or one that the part does not allow.
    Escape {
        /// The `%` and up to two bytes behind it.
        text: Box<[u8]>,
    },
    /// A byte that no host's name holds.
    HostCharacter {
        /// The byte.
        found: u8,
    },
    /// A control character anywhere.
    ControlCharacter,
    /// A relative reference the first segment of which reads like a scheme.
    ColonInFirstSegment,
    /// A colon at the start.
    MissingScheme,
    /// The user's name or password holds what it may not.
    UserInfo,
    /// The port is no number.
    Port {
        /// The colon and what follows it.
        text: Box<[u8]>,
    },
    /// A host in brackets that are not closed.
    MissingBracket,
    /// Brackets that do not enclose the host, or a host in brackets that needs none.
    Literal,
    /// A host in brackets that is no address.
    Address {
        /// Why, in Go's words.
        why: Box<str>,
    },
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parse {}: {}", quoted(bytes_of(&self.url)), self.reason)
    }
}

impl std::error::Error for ParseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Escape { text } => write!(f, "invalid URL escape {}", quoted(text)),
            Reason::HostCharacter { found } => {
                write!(f, "invalid character {} in host name", quoted([*found]))
            }
            Reason::ControlCharacter => f.write_str("net/url: invalid control character in URL"),
            Reason::ColonInFirstSegment => {
                f.write_str("first path segment in URL cannot contain colon")
            }
            Reason::MissingScheme => f.write_str("missing protocol scheme"),
            Reason::UserInfo => f.write_str("net/url: invalid userinfo"),
            Reason::Port { text } => write!(f, "invalid port {} after host", quoted(text)),
            Reason::MissingBracket => f.write_str("missing ']' in host"),
            Reason::Literal => f.write_str("invalid IP-literal"),
            Reason::Address { why } => write!(f, "invalid host: {why}"),
        }
    }
}

impl std::error::Error for Reason {}
