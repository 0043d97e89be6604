//! Reproduces Go's `fmt`: verbs, flags, widths and the texts it prints for what does not fit.
//!
//! ```
//! use gostd::fmt::sprintf;
//! use gostd::value::Value;
//! assert_eq!(sprintf(b"%s-%03d", &[Value::from("web"), Value::int(7)]).unwrap(), b"web-007");
//! assert_eq!(sprintf(b"%d", &[Value::from("hi")]).unwrap(), b"%!d(string=hi)");
//! ```

mod bytes;
mod error;
mod format;
mod number;
mod print;
mod printer;
#[cfg(test)]
mod tests;
mod text;

use crate::strconv::{append_float, append_int, append_uint};
use crate::value::{IntKind, Kind, Str, Value};
use printer::Printer;

pub use error::PrintError;

/// How long a text may become of whose length nothing is said, in bytes: small maps that hold each other in several
/// places can stand for texts that no memory holds.
pub const USUAL: usize = 1 << 26;

/// Returns what `fmt.Sprintf` returns.
///
/// # Errors
/// An argument that has no end, or none in reach: a text of more than [`USUAL`] bytes.
pub fn sprintf(format: &[u8], args: &[Value]) -> Result<Vec<u8>, PrintError> {
    sprintf_within(format, args, USUAL)
}

/// Does what [`sprintf`] does, for a text of so many bytes at most.
///
/// # Errors
/// As [`sprintf`].
pub fn sprintf_within(format: &[u8], args: &[Value], most: usize) -> Result<Vec<u8>, PrintError> {
    let mut out = Vec::with_capacity(format.len() + 16);
    format::sprintf(Printer::new(&mut out, most), format, args)?;
    Ok(out)
}

/// Returns the text of what `fmt.Errorf` returns: as [`sprintf`], but `%w` prints an error.
///
/// # Errors
/// As [`sprintf`].
pub fn errorf(format: &[u8], args: &[Value]) -> Result<Vec<u8>, PrintError> {
    let mut out = Vec::with_capacity(format.len() + 16);
    format::sprintf(Printer { wraps: true, ..Printer::new(&mut out, USUAL) }, format, args)?;
    Ok(out)
}

/// Returns what `fmt.Sprint` returns: the operands under `%v`, a space between two of them when
/// neither is a string.
///
/// # Errors
/// As [`sprintf`].
pub fn sprint(args: &[Value]) -> Result<Vec<u8>, PrintError> {
    sprint_within(args, USUAL)
}

/// Does what [`sprint`] does; what is no string or number has so many bytes at most, all together.
///
/// # Errors
/// As [`sprintf`].
pub fn sprint_within(args: &[Value], mut most: usize) -> Result<Vec<u8>, PrintError> {
    let mut out = Vec::new();
    let mut after_string = true;
    for arg in args {
        let is_string = matches!(arg, Value::Str(_));
        if !is_string && !after_string {
            out.push(b' ');
        }
        write_next(&mut out, arg, &mut most)?;
        after_string = is_string;
    }
    Ok(out)
}

/// Returns what `fmt.Sprintln` returns: the operands under `%v`, a space between each two, and a
/// newline.
///
/// # Errors
/// As [`sprintf`].
pub fn sprintln(args: &[Value]) -> Result<Vec<u8>, PrintError> {
    sprintln_within(args, USUAL)
}

/// Does what [`sprintln`] does; what is no string or number has so many bytes at most, all together.
///
/// # Errors
/// As [`sprintf`].
pub fn sprintln_within(args: &[Value], mut most: usize) -> Result<Vec<u8>, PrintError> {
    let mut out = Vec::new();
    for (i, arg) in args.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        write_next(&mut out, arg, &mut most)?;
    }
    out.push(b'\n');
    Ok(out)
}

/// Appends an operand to others. `left` is how many bytes those of them may still have that are no strings or numbers:
/// these are as long as they are.
fn write_next(out: &mut Vec<u8>, v: &Value, left: &mut usize) -> Result<(), PrintError> {
    if write_scalar(out, v) {
        return Ok(());
    }
    let before = out.len();
    write_value_within(out, v, *left)?;
    *left = left.saturating_sub(out.len() - before);
    Ok(())
}

/// Appends a value as `%v` prints it; no value is `<nil>`.
///
/// # Errors
/// As [`sprintf`]; a part of the text was appended then.
pub fn write_value(out: &mut Vec<u8>, v: &Value) -> Result<(), PrintError> {
    write_value_within(out, v, USUAL)
}

/// Does what [`write_value`] does, for a text of so many bytes at most; a string is as long as it is.
///
/// # Errors
/// As [`sprintf`]; a part of the text was appended then.
pub fn write_value_within(out: &mut Vec<u8>, v: &Value, most: usize) -> Result<(), PrintError> {
    if write_scalar(out, v) {
        return Ok(());
    }
    let mut printer = Printer::new(out, most);
    printer.print_arg(v, 'v');
    printer.check()
}

/// Appends what a value is, or what it points to, as `%v` prints it: without the `&`, and without
/// regard to a `String` method that only the pointer has.
///
/// # Errors
/// As [`sprintf`]; a part of the text was appended then.
pub fn write_pointee(out: &mut Vec<u8>, v: &Value) -> Result<(), PrintError> {
    match v {
        Value::Object(o) if o.kind() == Kind::Ptr && !o.is_nil() => match o.pointee() {
            Some(pointee) => write_value(out, &pointee),
            None => {
                let mut printer = Printer::new(out, USUAL);
                printer.fields("", &**o, 'v', 0);
                printer.check()
            }
        },
        other => write_value(out, other),
    }
}

/// Returns a value as `%v` prints it; byte slices in it are printed when the text is read.
///
/// # Errors
/// As [`sprintf`].
pub fn text(v: &Value) -> Result<Str, PrintError> {
    text_within(v, USUAL)
}

/// Does what [`text`] does, for a text of so many bytes at most.
///
/// # Errors
/// As [`sprintf`].
pub fn text_within(v: &Value, most: usize) -> Result<Str, PrintError> {
    let mut out = Vec::new();
    if write_scalar(&mut out, v) {
        return Ok(Str::from(out));
    }
    let mut printer = Printer::leaving_out(&mut out, most);
    printer.print_arg(v, 'v');
    printer.check()?;
    Ok(printer.left_out().with(out))
}

/// Appends a value of a plain type as `%v` without flags prints it; false for all others.
fn write_scalar(out: &mut Vec<u8>, v: &Value) -> bool {
    match v {
        Value::Str(s) => out.extend_from_slice(s),
        Value::Int(IntKind::Duration | IntKind::Month | IntKind::Weekday, _) => return false,
        Value::Int(_, n) => append_int(out, *n),
        Value::Uint(_, n) => append_uint(out, *n),
        Value::Bool(b) => out.extend_from_slice(if *b { b"true" } else { b"false" }),
        Value::Float(f) => append_float(out, *f, b'g', -1),
        Value::Invalid | Value::Nil => out.extend_from_slice(b"<nil>"),
        Value::Bytes(_) | Value::List(_) | Value::Map(_) | Value::Object(_) => return false,
    }
    true
}
