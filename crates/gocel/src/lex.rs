//! Splits the text of an expression.

use std::rc::Rc;

use crate::{Error, Reason};

/// A part of the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Ident(Rc<str>),
    Int(u64),
    Uint(u64),
    Double(f64),
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
    /// A bracket, a comma, an operator.
    Sign(&'static str),
    End,
}

/// The longest first.
const SIGNS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",",
    "(", ")", "[", "]", "{", "}",
];

/// Makes an error at a byte of the text.
pub(crate) fn fail(source: &str, at: usize, words: impl AsRef<str>) -> Error {
    let before = source.get(..at).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Error { reason: Reason::Syntax, words: format!("{line}:{column}: {}", words.as_ref()) }
}

/// Returns the tokens, each with the byte where it begins.
pub(crate) fn tokens(source: &str) -> Result<Vec<(Token, usize)>, Error> {
    let mut lexer = Lexer { source, at: 0 };
    let mut all = Vec::new();
    loop {
        lexer.skip();
        let start = lexer.at;
        let token = lexer.next()?;
        let is_end = token == Token::End;
        all.push((token, start));
        if is_end {
            return Ok(all);
        }
    }
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn fail(&self, at: usize, words: &str) -> Error {
        fail(self.source, at, words)
    }

    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(['\t', ' ', '\r', '\n', '\x0c']);
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn next(&mut self) -> Result<Token, Error> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(Token::End) };
        let second = rest.as_bytes().get(1);
        if first.is_ascii_digit() || first == '.' && second.is_some_and(u8::is_ascii_digit) {
            return self.number();
        }
        if let Some(token) = self.text()? {
            return Ok(token);
        }
        if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let name = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            self.at += name.len();
            return Ok(Token::Ident(name.into()));
        }
        match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            Some(sign) => {
                self.at += sign.len();
                Ok(Token::Sign(sign))
            }
            None => Err(self.fail(self.at, &format!("{first:?} has no meaning here"))),
        }
    }

    fn number(&mut self) -> Result<Token, Error> {
        let (start, rest) = (self.at, self.rest());
        let wrong = |lexer: &Lexer<'_>| lexer.fail(start, "the number is none, or too large");
        if let Some(hex) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
            let end = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
            let digits = hex.get(..end).unwrap_or_default();
            self.at += 2 + end;
            let n = u64::from_str_radix(digits, 16).map_err(|_| wrong(self))?;
            return Ok(self.unsigned(n));
        }
        let count = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let mut end = count(rest);
        let mut is_float = false;
        let tail = |end: usize| rest.get(end..).unwrap_or_default();
        if let Some(after) = tail(end).strip_prefix('.')
            && count(after) > 0
        {
            is_float = true;
            end += 1 + count(after);
        }
        if let Some(after) = tail(end).strip_prefix(['e', 'E']) {
            let sign = usize::from(after.starts_with(['+', '-']));
            let digits = count(after.get(sign..).unwrap_or_default());
            if digits > 0 {
                is_float = true;
                end += 1 + sign + digits;
            }
        }
        let text = rest.get(..end).unwrap_or_default();
        self.at += end;
        if is_float {
            return text.parse().map(Token::Double).map_err(|_| wrong(self));
        }
        let n = text.parse().map_err(|_| wrong(self))?;
        Ok(self.unsigned(n))
    }

    fn unsigned(&mut self, n: u64) -> Token {
        match self.rest().starts_with(['u', 'U']) {
            true => {
                self.at += 1;
                Token::Uint(n)
            }
            false => Token::Int(n),
        }
    }

    /// Reads a text or bytes, if they stand here.
    fn text(&mut self) -> Result<Option<Token>, Error> {
        let (start, rest) = (self.at, self.rest());
        let letters = rest.bytes().take(2).take_while(u8::is_ascii_alphabetic).count();
        let prefix = rest.get(..letters).unwrap_or_default();
        let lower = prefix.to_ascii_lowercase();
        let (is_raw, is_bytes) = match lower.as_str() {
            "" => (false, false),
            "r" => (true, false),
            "b" => (false, true),
            "br" => (true, true),
            _ => return Ok(None),
        };
        let body = rest.get(prefix.len()..).unwrap_or_default();
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| body.starts_with(quote));
        let Some(quote) = quote else { return Ok(None) };
        self.at += prefix.len() + quote.len();
        let mut bytes = Vec::new();
        loop {
            let rest = self.rest();
            if rest.starts_with(quote) {
                self.at += quote.len();
                break;
            }
            let Some(c) =
                rest.chars().next().filter(|c| quote.len() == 3 || !matches!(c, '\n' | '\r'))
            else {
                return Err(self.fail(start, "the text has no end"));
            };
            if c == '\\' && !is_raw {
                self.escape(is_bytes, &mut bytes)?;
            } else {
                self.at += c.len_utf8();
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        Ok(Some(match is_bytes {
            true => Token::Bytes(bytes.into()),
            false => Token::Str(String::from_utf8_lossy(&bytes).into()),
        }))
    }

    fn escape(&mut self, is_bytes: bool, out: &mut Vec<u8>) -> Result<(), Error> {
        let start = self.at;
        let wrong = |lexer: &Lexer<'_>| lexer.fail(start, "this is no escape");
        let Some(c) = self.rest().chars().nth(1) else { return Err(wrong(self)) };
        self.at += 1 + c.len_utf8();
        let simple = match c {
            'a' => Some(7),
            'b' => Some(8),
            'f' => Some(12),
            'n' => Some(b'\n'),
            'r' => Some(b'\r'),
            't' => Some(b'\t'),
            'v' => Some(11),
            '\\' | '\'' | '"' | '`' | '?' => u8::try_from(c).ok(),
            _ => None,
        };
        if let Some(b) = simple {
            out.push(b);
            return Ok(());
        }
        let (skip, digits, radix) = match c {
            'x' | 'X' => (0, 2, 16),
            'u' if !is_bytes => (0, 4, 16),
            'U' if !is_bytes => (0, 8, 16),
            '0'..='3' => (1, 3, 8),
            _ => return Err(wrong(self)),
        };
        self.at -= skip;
        let text = self.rest().get(..digits).unwrap_or_default();
        let is_number = text.len() == digits && text.chars().all(|c| c.is_digit(radix));
        let n = u32::from_str_radix(text, radix).ok().filter(|_| is_number);
        let n = n.ok_or_else(|| wrong(self))?;
        self.at += digits;
        match is_bytes {
            true => out.push(u8::try_from(n).map_err(|_| wrong(self))?),
            false => {
                let c = char::from_u32(n).ok_or_else(|| wrong(self))?;
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        Ok(())
    }
}
