//! Describes why a text is no time and no duration; the words are Go's.

use std::fmt;

use bstr::ByteSlice;

/// Go's `*time.ParseError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The text that was to be a time.
    pub value: Box<[u8]>,
    /// What is wrong with it.
    pub reason: ParseReason,
}

/// What is wrong with a text that was to be a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseReason {
    /// A part of the text does not fit the layout.
    Mismatch {
        /// The layout.
        layout: Box<[u8]>,
        /// The text from that part on.
        rest: Box<[u8]>,
        /// The layout's element, or the text that it holds there.
        element: Box<[u8]>,
    },
    /// The text goes on where the layout ends.
    ExtraText {
        /// What is left of it.
        rest: Box<[u8]>,
    },
    /// A number has the right form and is out of range.
    OutOfRange {
        /// What the number stands for: `month`, `day` …
        what: &'static str,
    },
    /// The day of the year says otherwise than month or day.
    DayOfYear {
        /// `month` or `day`.
        differs_from: &'static str,
    },
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parsing time {}", quoted(&self.value))?;
        match &self.reason {
            ParseReason::Mismatch { layout, rest, element } => write!(
                f,
                " as {}: cannot parse {} as {}",
                quoted(layout),
                quoted(rest),
                quoted(element)
            ),
            ParseReason::ExtraText { rest } => write!(f, ": extra text: {}", quoted(rest)),
            ParseReason::OutOfRange { what } => write!(f, ": {what} out of range"),
            ParseReason::DayOfYear { differs_from } => {
                write!(f, ": day-of-year does not match {differs_from}")
            }
        }
    }
}

impl std::error::Error for ParseError {}

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DurationError {
    /// It has not the form of one, or is out of range.
    Invalid {
        /// The text.
        text: Box<[u8]>,
    },
    /// A number has no unit.
    MissingUnit {
        /// The text.
        text: Box<[u8]>,
    },
    /// A number has a unit that there is not.
    UnknownUnit {
        /// The text.
        text: Box<[u8]>,
        /// The unit.
        unit: Box<[u8]>,
    },
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DurationError::Invalid { text } => {
                write!(f, "time: invalid duration {}", quoted(text))
            }
            DurationError::MissingUnit { text } => {
                write!(f, "time: missing unit in duration {}", quoted(text))
            }
            DurationError::UnknownUnit { text, unit } => {
                write!(f, "time: unknown unit {} in duration {}", quoted(unit), quoted(text))
            }
        }
    }
}

impl std::error::Error for DurationError {}

/// Returns how package time quotes: printable ASCII as it is, other bytes as `\xff`.
pub(super) fn quote(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    out.push(b'"');
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b' '..=0x7f => out.push(byte),
            _ => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
        }
    }
    out.push(b'"');
    out
}

/// Quotes as [`quote`] does, as text; it is ASCII.
fn quoted(text: &[u8]) -> String {
    quote(text).to_str_lossy().into_owned()
}
