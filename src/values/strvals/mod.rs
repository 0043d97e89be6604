//! Parses the `--set` family's grammar: `a.b[0]=x,c={1,2}` into an existing tree of values.
//!
//! Mirrors Helm's `pkg/strvals`: the accepted grammar, what an ill-formed line leaves unset, and
//! every error text. The errors do not name the flag.
//! Invalid UTF-8 in a line reads as U+FFFD, one a byte, since Helm reads it rune by rune.

mod error;
mod parser;
#[cfg(test)]
mod tests;
mod typed;

use super::ReadError;
use gostd::value::{Map, Value};
use parser::{Mode, Parser};

pub use error::{IndexError, SetError};

/// The highest list index a line may name.
const MAX_INDEX: i64 = 65536;
/// How many dots a name may have.
const MAX_NESTED_NAME_LEVEL: usize = 30;
/// How many indexes may follow one another (`a[0][0]…`). Helm has no such limit; ours keeps the
/// stack small.
const MAX_NESTED_INDEXES: usize = 250;

/// Parses a `--set` line into `dest`: values become null, bool, int64 or string as they look.
///
/// # Errors
/// Helm's text for the first mistake; what came before it is already set.
///
/// ```
/// use gostd::value::Map;
/// use statefulchart::values::strvals;
/// let values = Map::new();
/// strvals::parse_into(b"image.tag=1.2,replicas=3", &values).unwrap();
/// assert_eq!(values.get(b"replicas").unwrap().type_name(), "int64");
/// ```
pub fn parse_into(line: &[u8], dest: &Map) -> Result<(), SetError> {
    Parser::new(line, Mode::Typed).parse(dest)
}

/// Returns where in a line of a flag its reader stops, in bytes: at the first mistake, if the line alone holds one.
pub(crate) fn position(flag: &str, line: &[u8]) -> usize {
    let mut no_file = |_: &[u8]| Ok(Value::Nil);
    let mode = match flag {
        "set-string" => Mode::String,
        "set-json" => Mode::Json,
        "set-literal" => Mode::Literal,
        "set-file" => Mode::File(&mut no_file),
        _ => Mode::Typed,
    };
    Parser::new(line, mode).position()
}

/// Parses a `--set-string` line into `dest`: every value is a string.
///
/// # Errors
/// As [`parse_into`].
pub fn parse_into_string(line: &[u8], dest: &Map) -> Result<(), SetError> {
    Parser::new(line, Mode::String).parse(dest)
}

/// Parses a `--set-json` line into `dest`: every value is JSON, its numbers float64; an empty value
/// is null.
///
/// # Errors
/// As [`parse_into`], or the text of Go's JSON decoder.
pub fn parse_json_into(line: &[u8], dest: &Map) -> Result<(), SetError> {
    Parser::new(line, Mode::Json).parse(dest)
}

/// Parses a `--set-literal` line into `dest`: the value is all that follows the first `=`, with no
/// escapes, lists or commas.
///
/// # Errors
/// As [`parse_into`].
pub fn parse_literal_into(line: &[u8], dest: &Map) -> Result<(), SetError> {
    Parser::new(line, Mode::Literal).parse(dest)
}

/// Parses a `--set-file` line into `dest`: each value names what `read` is to fetch.
///
/// # Errors
/// As [`parse_into`], or what `read` answers.
pub fn parse_file_into(
    line: &[u8],
    dest: &Map,
    read: &mut dyn FnMut(&[u8]) -> Result<Value, ReadError>,
) -> Result<(), SetError> {
    Parser::new(line, Mode::File(read)).parse(dest)
}
