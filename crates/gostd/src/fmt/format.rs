//! Reads the grammar of format strings.

use super::error::PrintError;
use super::printer::{Flags, Printer};
use crate::unicode::{decode, push_char};
use crate::value::Value;

/// Widths, precisions and argument numbers beyond this are refused.
const MAX_NUMBER: i64 = 1_000_000;

/// Where the parser stands in a format string.
struct Format<'a> {
    text: &'a [u8],
    at: usize,
    args: &'a [Value],
    /// The argument that the next verb takes.
    next: usize,
    /// Whether some verb named its argument: extra ones are then no error.
    reordered: bool,
    /// Whether all indexes of the current verb were good.
    good: bool,
}

impl Format<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Returns a decimal number. One that is too large swallows the rest of the format, as in Go.
    fn number(&mut self) -> Option<usize> {
        let (n, end) = scan_number(&self.text[self.at..]);
        self.at += end;
        n
    }

    /// Reads `[n]`: whether one was there, and well-formed.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = &self.text[self.at..];
        let close = rest.iter().position(|&b| b == b']').filter(|_| rest.len() >= 3);
        let Some(close) = close else {
            self.at += 1;
            self.good = false;
            return false;
        };
        let (n, end) = scan_number(&rest[1..close]);
        self.at += close + 1;
        let Some(n) = n.filter(|_| end == close - 1) else {
            self.good = false;
            return false;
        };
        match n.checked_sub(1).filter(|&i| i < self.args.len()) {
            Some(i) => self.next = i,
            None => self.good = false,
        }
        true
    }

    /// Reads `*`: the next argument as an integer of reasonable size.
    fn star(&mut self) -> Option<i64> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        let n = match arg {
            Value::Int(_, n) => *n,
            Value::Uint(_, n) => i64::try_from(*n).ok()?,
            _ => return None,
        };
        (-MAX_NUMBER..=MAX_NUMBER).contains(&n).then_some(n)
    }
}

fn scan_number(s: &[u8]) -> (Option<usize>, usize) {
    let mut n = None;
    for (i, b) in s.iter().enumerate() {
        if !b.is_ascii_digit() {
            return (n, i);
        }
        let so_far = n.unwrap_or(0);
        if so_far > MAX_NUMBER as usize {
            return (None, s.len());
        }
        n = Some(so_far * 10 + usize::from(b - b'0'));
    }
    (n, s.len())
}

/// Does what `fmt.Fprintf` does.
pub(super) fn sprintf(
    out: &mut Vec<u8>,
    text: &[u8],
    args: &[Value],
    most: usize,
) -> Result<(), PrintError> {
    let mut f = Format { text, at: 0, args, next: 0, reordered: false, good: true };
    let mut p = Printer::new(out, most);
    while f.at < text.len() {
        let rest = &text[f.at..];
        let plain = bstr::ByteSlice::find_byte(rest, b'%').unwrap_or(rest.len());
        p.out.extend_from_slice(&rest[..plain]);
        f.at += plain + 1;
        if plain < rest.len() && !verb(&mut p, &mut f) {
            break;
        }
    }
    if !f.reordered && f.next < args.len() {
        p.flags = Flags::default();
        p.out.extend_from_slice(b"%!(EXTRA ");
        for (i, arg) in args[f.next..].iter().enumerate() {
            if i > 0 {
                p.out.extend_from_slice(b", ");
            }
            if !arg.is_nil() {
                p.out.extend_from_slice(arg.type_name().as_bytes());
                p.out.push(b'=');
            }
            p.print_arg(arg, 'v');
        }
        p.out.push(b')');
    }
    p.check()
}

/// Returns one verb after its `%`; false at the end of the format.
fn verb(p: &mut Printer<'_>, f: &mut Format<'_>) -> bool {
    f.good = true;
    p.flags = Flags::default();
    while let Some(b) = f.peek() {
        match b {
            b'#' => p.flags.sharp = true,
            b'0' => p.flags.zero = true,
            b'+' => p.flags.plus = true,
            b'-' => p.flags.minus = true,
            b' ' => p.flags.space = true,
            _ => break,
        }
        f.at += 1;
    }
    let mut indexed = f.index();
    if f.peek() == Some(b'*') {
        f.at += 1;
        match f.star() {
            Some(n) => {
                p.flags.width = Some(n.unsigned_abs() as usize);
                if n < 0 {
                    p.flags.minus = true;
                    p.flags.zero = false;
                }
            }
            None => p.out.extend_from_slice(b"%!(BADWIDTH)"),
        }
        indexed = false;
    } else {
        p.flags.width = f.number();
        if indexed && p.flags.width.is_some() {
            f.good = false;
        }
    }
    if f.peek() == Some(b'.') && f.at + 1 < f.text.len() {
        f.at += 1;
        if indexed {
            f.good = false;
        }
        indexed = f.index();
        if f.peek() == Some(b'*') {
            f.at += 1;
            match f.star() {
                Some(n) if n >= 0 => p.flags.precision = Some(n as usize),
                _ => p.out.extend_from_slice(b"%!(BADPREC)"),
            }
            indexed = false;
        } else {
            p.flags.precision = Some(f.number().unwrap_or(0));
        }
    }
    if !indexed {
        f.index();
    }
    let (c, width) = decode(&f.text[f.at..]);
    if width == 0 {
        p.out.extend_from_slice(b"%!(NOVERB)");
        return false;
    }
    f.at += width;
    let missing: &[u8] = if c == '%' {
        p.out.push(b'%');
        return true;
    } else if !f.good {
        b"(BADINDEX)"
    } else if let Some(arg) = f.args.get(f.next) {
        if matches!(c, 'v' | 'w') {
            p.flags.sharp_v = std::mem::take(&mut p.flags.sharp);
            p.flags.plus_v = std::mem::take(&mut p.flags.plus);
        }
        p.print_arg(arg, c);
        f.next += 1;
        return true;
    } else {
        b"(MISSING)"
    };
    p.out.extend_from_slice(b"%!");
    push_char(p.out, c);
    p.out.extend_from_slice(missing);
    true
}
