//! Defines the functions that Helm 4.3 has for durations: `mustToDuration`, `durationHours` and the like.
//!
//! Each takes a duration, a text such as `1h30m`, or a number of seconds, which may be a text too.

use std::error::Error;
use std::fmt;

use gostd::strconv::{parse_float, quoted};
use gostd::time::{Duration, duration_method, parse_duration, round_duration, truncate_duration};
use gostd::unicode;
use gostd::value::{IntKind, Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def};

use super::args::any;

const ANY: &[Type] = &[Type::Any];

/// The functions of this file.
pub const DURATIONS: &[FuncDef] = &[
    def("mustToDuration", ANY, must_to_duration),
    def("durationSeconds", ANY, |_, a| in_units(a, "Seconds")),
    def("durationMilliseconds", ANY, |_, a| in_units(a, "Milliseconds")),
    def("durationMicroseconds", ANY, |_, a| in_units(a, "Microseconds")),
    def("durationNanoseconds", ANY, |_, a| in_units(a, "Nanoseconds")),
    def("durationMinutes", ANY, |_, a| in_units(a, "Minutes")),
    def("durationHours", ANY, |_, a| in_units(a, "Hours")),
    def("durationDays", ANY, |_, a| Ok(Value::Float(hours(a) / 24.0))),
    def("durationWeeks", ANY, |_, a| Ok(Value::Float(hours(a) / 24.0 / 7.0))),
    def("durationRoundTo", &[Type::Any, Type::Any], |_, a| multiple(a, round_duration)),
    def("durationTruncateTo", &[Type::Any, Type::Any], |_, a| multiple(a, truncate_duration)),
];

const SECOND: i64 = 1_000_000_000;

/// Why a value is no duration.
#[derive(Debug)]
enum DurationError {
    Nil,
    Empty,
    Text(Vec<u8>),
    Type(String),
    /// A number of seconds that is none.
    NotFinite(f64),
    /// More seconds than a duration holds, as Go prints their number.
    Overflow(String),
    NanosecondsOverflow(f64),
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DurationError::Nil => f.write_str("invalid duration"),
            DurationError::Empty => f.write_str("empty duration"),
            DurationError::Text(text) => write!(f, "could not parse duration {}", quoted(text)),
            DurationError::Type(name) => write!(f, "unsupported duration type {name}"),
            DurationError::NotFinite(seconds) => {
                write!(f, "invalid duration seconds: {}", shown(*seconds))
            }
            DurationError::Overflow(seconds) => write!(f, "duration seconds overflow: {seconds}"),
            DurationError::NanosecondsOverflow(nanos) => {
                write!(f, "duration nanoseconds overflow: {}", shown(*nanos))
            }
        }
    }
}

impl Error for DurationError {}

/// Returns a number as Go's `%v` prints it.
fn shown(number: f64) -> String {
    let mut text = Vec::new();
    // A number always has a text.
    let _ = gostd::fmt::write_value(&mut text, &Value::Float(number));
    String::from_utf8_lossy(&text).into_owned()
}

fn of_whole_seconds<N: TryInto<i64> + fmt::Display + Copy>(
    seconds: N,
) -> Result<Duration, DurationError> {
    let whole = seconds.try_into().ok().and_then(|seconds: i64| seconds.checked_mul(SECOND));
    whole.ok_or_else(|| DurationError::Overflow(seconds.to_string()))
}

fn of_seconds(seconds: f64) -> Result<Duration, DurationError> {
    const MOST: f64 = i64::MAX as f64 / SECOND as f64;
    if !seconds.is_finite() {
        return Err(DurationError::NotFinite(seconds));
    }
    if !(-MOST..=MOST).contains(&seconds) {
        return Err(DurationError::Overflow(shown(seconds)));
    }
    let nanos = seconds * SECOND as f64;
    if nanos.abs() > i64::MAX as f64 {
        return Err(DurationError::NanosecondsOverflow(nanos));
    }
    // 2^63, the one number that passes and does not fit, becomes the least on Helm's processors.
    Ok(if nanos == i64::MAX as f64 { i64::MIN } else { nanos as i64 })
}

fn duration(value: &Value) -> Result<Duration, DurationError> {
    match value {
        Value::Int(IntKind::Duration, nanos) => Ok(*nanos),
        Value::Str(text) => {
            let trimmed = unicode::trim_space(text);
            if trimmed.is_empty() {
                return Err(DurationError::Empty);
            }
            if let Ok(nanos) = parse_duration(trimmed) {
                return Ok(nanos);
            }
            match parse_float(trimmed) {
                Ok(seconds) => of_seconds(seconds),
                Err(_) => Err(DurationError::Text(text.to_vec())),
            }
        }
        Value::Nil | Value::Invalid => Err(DurationError::Nil),
        Value::Int(_, seconds) => of_whole_seconds(*seconds),
        Value::Uint(_, seconds) => of_whole_seconds(*seconds),
        Value::Float(seconds) => of_seconds(*seconds),
        other => Err(DurationError::Type(other.type_name().into_owned())),
    }
}

fn span(nanos: Duration) -> Value {
    Value::Int(IntKind::Duration, nanos)
}

/// `{{ mustToDuration "90s" }}` prints `1m30s`, or fails.
fn must_to_duration(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    duration(any(args, 0)).map(span).map_err(FuncError::cause)
}

/// `{{ durationMinutes "90s" }}` prints `1.5`; `0` for what is no duration.
fn in_units(args: &[Value], method: &str) -> FuncResult {
    let nanos = duration(any(args, 0)).unwrap_or_default();
    duration_method(nanos, method, &[]).map_err(FuncError::text)
}

fn hours(args: &[Value]) -> f64 {
    match in_units(args, "Hours") {
        Ok(Value::Float(hours)) => hours,
        _ => 0.0,
    }
}

/// `{{ durationRoundTo "2h13m" "30m" }}` prints `2h0m0s`; `0s` for what is no duration, the duration itself where
/// there is no multiple to take.
fn multiple(args: &[Value], round: fn(Duration, Duration) -> Duration) -> FuncResult {
    let Ok(nanos) = duration(any(args, 0)) else { return Ok(span(0)) };
    Ok(span(duration(any(args, 1)).map_or(nanos, |unit| round(nanos, unit))))
}
