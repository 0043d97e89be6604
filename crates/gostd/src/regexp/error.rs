//! Describes why an expression does not compile; the words are Go's.

use std::fmt;

use bstr::ByteSlice;

use crate::strconv;

/// Go's `*syntax.Error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, as Go's `ErrorCode` says it: `missing closing )`.
    pub code: &'static str,
    /// The part of the expression that is to blame, which need not be UTF-8.
    pub part: Box<[u8]>,
}

impl SyntaxError {
    /// Returns the text to the byte: ``error parsing regexp: missing closing ): `a(` ``.
    pub fn to_bytes(&self) -> Vec<u8> {
        [b"error parsing regexp: ", self.code.as_bytes(), b": `", &self.part, b"`"].concat()
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_bytes().to_str_lossy())
    }
}

impl std::error::Error for SyntaxError {}

/// What Go's `regexp.MustCompile` panics with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompilePanic {
    /// The expression.
    pub expression: Box<[u8]>,
    /// What is wrong with it.
    pub error: SyntaxError,
}

impl CompilePanic {
    /// Returns the text to the byte: ``regexp: Compile(`a(`): error parsing regexp: …``.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = b"regexp: Compile(".to_vec();
        if strconv::can_backquote(&self.expression) {
            text.push(b'`');
            text.extend_from_slice(&self.expression);
            text.push(b'`');
        } else {
            strconv::append_quote(&mut text, &self.expression);
        }
        text.extend_from_slice(b"): ");
        text.extend_from_slice(&self.error.to_bytes());
        text
    }
}

impl fmt::Display for CompilePanic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_bytes().to_str_lossy())
    }
}

impl std::error::Error for CompilePanic {}
