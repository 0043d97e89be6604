//! Tells what kind of mistake an error is about. It is the one place that reads Go's words back; they are made
//! in this crate.

use std::ops::Range;

use bstr::ByteSlice;

use super::error::{Cause, ExecError, ParseError};
use gostd::strconv;

/// What is wrong with a template that does not parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxProblem {
    /// A function that is not there.
    UnknownFunction(Vec<u8>),
    /// A variable that nothing has declared; with its `$`.
    UndefinedVariable(Vec<u8>),
    /// The text ends within a block.
    UnclosedBlock,
    /// An `end` without a block.
    StrayEnd,
    /// An `else` without a block, or a second one.
    StrayElse,
    /// `break` or `continue`, outside of a loop.
    OutsideLoop(&'static str),
    /// An action does not end.
    UnclosedAction,
    /// A comment does not end, or more than `}}` follows its end.
    UnclosedComment,
    /// A quote does not end on its line.
    UnclosedQuote,
    /// Single quotes around more than a character.
    SingleQuotes,
    /// A parenthesis does not end.
    UnclosedParen,
    /// A parenthesis ends that was not opened.
    StrayParen,
    /// A character that cannot stand in or behind a name.
    BadCharacter(char),
    /// A number that is none.
    BadNumber,
    /// Nothing stands where a value is wanted; the word of the action.
    MissingValue(Vec<u8>),
    /// `:` without `=`.
    Colon,
    /// A constant behind a `|`.
    ConstantInPipe,
    /// Two definitions of a name in one file.
    Redefinition(Vec<u8>),
    /// A token where another is wanted.
    Unexpected {
        /// What, as Go shows it.
        token: Vec<u8>,
        /// In what.
        context: Vec<u8>,
    },
    /// Anything else.
    Other,
}

/// What an execution stopped at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecProblem {
    /// A key of a value that is null or not there.
    NilPointer {
        /// The key.
        field: Vec<u8>,
    },
    /// A key of a value that has none.
    NoField {
        /// The key.
        field: Vec<u8>,
        /// The value's Go type.
        type_name: Vec<u8>,
    },
    /// A template that is not there.
    NoTemplate(Vec<u8>),
    /// A value with arguments that is no function; its name.
    NotAFunction(Vec<u8>),
    /// Too few or too many arguments.
    WrongCount {
        /// The function.
        function: Vec<u8>,
        /// Go's words: `want 2 got 1`.
        counts: Vec<u8>,
    },
    /// A value, of a type that a function does not take.
    WrongType {
        /// The Go type of the parameter.
        wanted: Vec<u8>,
        /// The Go type of the value.
        got: Vec<u8>,
    },
    /// A constant of a type that a function does not take.
    WrongConstant {
        /// The Go type of the parameter.
        wanted: Vec<u8>,
        /// The constant.
        found: Vec<u8>,
    },
    /// Nothing, where a function takes something.
    NoValue {
        /// The Go type of the parameter.
        wanted: Vec<u8>,
    },
    /// A `range` over what has no items; the value as Go prints it.
    Range(Vec<u8>),
    /// Templates that call each other, too deep.
    Depth,
    /// A function failed.
    Call {
        /// The function.
        function: Vec<u8>,
    },
    /// Anything else.
    Other,
}

/// Returns what lies between two texts, if both are there.
fn between<'t>(text: &'t [u8], before: &str, after: &str) -> Option<&'t [u8]> {
    text.strip_prefix(before.as_bytes())?.strip_suffix(after.as_bytes())
}

fn quoted_between(text: &[u8], before: &str, after: &str) -> Option<Vec<u8>> {
    strconv::unquote(between(text, before, after)?)
}

/// Returns the character in `U+002D '-'`.
fn code_point(text: &[u8]) -> Option<char> {
    let hex = text.strip_prefix(b"U+")?.split(|b| *b == b' ').next()?;
    char::from_u32(u32::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?)
}

impl ParseError {
    /// Returns what is wrong.
    pub fn problem(&self) -> SyntaxProblem {
        use SyntaxProblem as P;
        let text = &self.message[..];
        if let Some(name) = quoted_between(text, "function ", " not defined") {
            return P::UnknownFunction(name);
        }
        if let Some(name) = quoted_between(text, "undefined variable ", "") {
            return P::UndefinedVariable(name);
        }
        if let Some(name) = quoted_between(text, "template: multiple definition of template ", "") {
            return P::Redefinition(name);
        }
        if let Some(word) = between(text, "missing value for ", "") {
            return P::MissingValue(word.to_vec());
        }
        if let Some(at) = text.find(b"U+")
            && let Some(c) = code_point(&text[at..])
        {
            return P::BadCharacter(c);
        }
        let starts = |word: &str| text.starts_with(word.as_bytes());
        match text {
            b"unexpected EOF" => return P::UnclosedBlock,
            b"unexpected {{end}}" => return P::StrayEnd,
            b"unexpected {{else}}" | b"expected end; found {{else}}" => return P::StrayElse,
            b"{{break}} outside {{range}}" => return P::OutsideLoop("break"),
            b"{{continue}} outside {{range}}" => return P::OutsideLoop("continue"),
            _ if starts("unclosed action") => return P::UnclosedAction,
            _ if starts("unclosed comment") || starts("comment ends before") => {
                return P::UnclosedComment;
            }
            _ if starts("malformed character constant") => return P::SingleQuotes,
            _ if starts("unterminated") => return P::UnclosedQuote,
            _ if starts("unclosed left paren") => return P::UnclosedParen,
            _ if starts("unexpected right paren") => return P::StrayParen,
            _ if starts("bad number syntax") => return P::BadNumber,
            _ if starts("expected :=") => return P::Colon,
            _ if starts("non executable command in pipeline") => return P::ConstantInPipe,
            _ => {}
        }
        if let Some(rest) = text.strip_prefix(b"unexpected ")
            && let Some(at) = rest.rfind(b" in ")
        {
            let (token, context) = (rest[..at].to_vec(), rest[at + 4..].to_vec());
            return P::Unexpected { token, context };
        }
        P::Other
    }

    /// Returns the bytes of the token at which the parser stood.
    pub fn token(&self) -> Range<usize> {
        self.offset as usize..self.end.max(self.offset) as usize
    }
}

impl ExecError {
    /// Returns what the execution stopped at.
    pub fn problem(&self) -> ExecProblem {
        use ExecProblem as P;
        let text = match &self.cause {
            Cause::Text(text) => &text[..],
            Cause::Call { function, .. } => return P::Call { function: function.to_vec() },
            Cause::Whole(_) | Cause::Exceeded(_) => return P::Other,
        };
        if let Some(path) = text.strip_prefix(b"nil pointer evaluating ")
            && let Some(at) = path.rfind(b".")
        {
            return P::NilPointer { field: path[at + 1..].to_vec() };
        }
        if let Some(rest) = text.strip_prefix(b"can't evaluate field ")
            && let Some(at) = rest.find(b" in type ")
        {
            let (field, type_name) = (rest[..at].to_vec(), rest[at + 9..].to_vec());
            return P::NoField { field, type_name };
        }
        if let Some(name) = quoted_between(text, "template ", " not defined") {
            return P::NoTemplate(name);
        }
        for after in [
            " is not a method but has arguments",
            " has arguments but cannot be invoked as function",
        ] {
            if let Some(name) = between(text, "", after) {
                return P::NotAFunction(name.to_vec());
            }
        }
        if let Some(rest) = text.strip_prefix(b"can't give argument to non-function ") {
            return P::NotAFunction(rest.to_vec());
        }
        if let Some(rest) = text.strip_prefix(b"wrong number of args for ")
            && let Some(at) = rest.find(b": ")
        {
            let (function, counts) = (rest[..at].to_vec(), rest[at + 2..].to_vec());
            return P::WrongCount { function, counts };
        }
        if let Some(rest) = text.strip_prefix(b"wrong type for value; expected ")
            && let Some(at) = rest.find(b"; got ")
        {
            return P::WrongType { wanted: rest[..at].to_vec(), got: rest[at + 6..].to_vec() };
        }
        if let Some(wanted) = text.strip_prefix(b"invalid value; expected ") {
            return P::NoValue { wanted: wanted.to_vec() };
        }
        if let Some(rest) = text.strip_prefix(b"expected ")
            && let Some(at) = rest.find(b"; found ")
        {
            return P::WrongConstant {
                wanted: rest[..at].to_vec(),
                found: rest[at + 8..].to_vec(),
            };
        }
        if let Some(value) = text.strip_prefix(b"range can't iterate over ") {
            return P::Range(value.to_vec());
        }
        if text.starts_with(b"exceeded maximum template depth") {
            return P::Depth;
        }
        P::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_known_by_their_kind() {
        let of = |message: &str| {
            let message = message.as_bytes().to_vec();
            ParseError { name: Vec::new(), line: 1, offset: 0, end: 0, message, whole: None }
                .problem()
        };
        assert_eq!(of("function \"x\" not defined"), SyntaxProblem::UnknownFunction(b"x".to_vec()));
        assert_eq!(of("bad character U+002D '-'"), SyntaxProblem::BadCharacter('-'));
        assert_eq!(of("unclosed action started at t:1"), SyntaxProblem::UnclosedAction);
        let (token, context) = (b"\"=\"".to_vec(), b"operand".to_vec());
        assert_eq!(of("unexpected \"=\" in operand"), SyntaxProblem::Unexpected { token, context });
    }
}
