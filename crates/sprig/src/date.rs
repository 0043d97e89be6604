//! Defines sprig's functions for dates and durations.

use gostd::time::{Time, Zone, format_duration, parse, parse_duration, round_duration, time_of};
use gostd::value::{IntKind, Str, Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def};

const TIME: Type = Type::Named("time.Time");
const SECOND: i64 = 1_000_000_000;

/// The rows of this subject.
pub(super) const TABLE: &[FuncDef] = &[
    def("ago", &[Type::Any], ago).nonhermetic(),
    def("date", &[Type::String, Type::Any], date).nonhermetic(),
    def("date_in_zone", &[Type::String, Type::Any, Type::String], date_in_zone).nonhermetic(),
    def("date_modify", &[Type::String, TIME], date_modify),
    def("dateInZone", &[Type::String, Type::Any, Type::String], date_in_zone).nonhermetic(),
    def("dateModify", &[Type::String, TIME], date_modify),
    def("duration", &[Type::Any], duration),
    def("durationRound", &[Type::Any], duration_round).nonhermetic(),
    def("htmlDate", &[Type::Any], html_date).nonhermetic(),
    def("htmlDateInZone", &[Type::Any, Type::String], html_date_in_zone).nonhermetic(),
    def("must_date_modify", &[Type::String, TIME], must_date_modify),
    def("mustDateModify", &[Type::String, TIME], must_date_modify),
    def("mustToDate", &[Type::String, Type::String], must_to_date),
    def("now", &[], now).nonhermetic(),
    def("toDate", &[Type::String, Type::String], to_date),
    def("unixEpoch", &[TIME], unix_epoch),
];

/// Returns the time right now, in local time: `{{ now | date "2006-01-02" }}` gives `2025-01-31`.
fn now(host: &mut dyn Host, _: &[Value]) -> FuncResult {
    Ok(current(host).into())
}

fn current(host: &dyn Host) -> Time {
    let instant = host.now();
    Time::now(instant.seconds, instant.nanos, host.monotonic(), &host.local_zone())
}

/// Returns the time in an argument: a time, or seconds since 1970 in an integer of a type listed;
/// any other value is the current time.
fn time_or_now(host: &dyn Host, value: &Value, kinds: &[IntKind]) -> Time {
    match value {
        Value::Int(kind, seconds) if kinds.contains(kind) => {
            Time::unix(*seconds, &host.local_zone())
        }
        other => time_of(other).cloned().unwrap_or_else(|| current(host)),
    }
}

/// Returns how long ago a time was, in whole seconds: `{{ ago $t }}` gives `1h0m5s`.
fn ago(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    let then = time_or_now(host, &args[0], &[IntKind::Int, IntKind::Int64]);
    let age = current(host).sub(&then);
    Ok(Value::from(format_duration(round_duration(age, SECOND))))
}

fn format_in(host: &dyn Host, layout: &[u8], value: &Value, zone: &[u8]) -> FuncResult {
    let kinds = [IntKind::Int, IntKind::Int64, IntKind::Int32];
    let time = time_or_now(host, value, &kinds);
    let zone = Zone::load(zone).unwrap_or(Zone::Utc);
    Ok(Value::from(time.in_zone(zone).format(layout)))
}

/// Returns a time by a layout, in local time: `{{ date "2006-01-02" 0 }}` gives `1970-01-01`.
fn date(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    format_in(host, text(&args[0]), &args[1], b"Local")
}

/// Returns a time by a layout in a zone (UTC where the zone is unknown):
/// `{{ dateInZone "15:04" 0 "Europe/Berlin" }}` gives `01:00`.
fn date_in_zone(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    format_in(host, text(&args[0]), &args[1], text(&args[2]))
}

/// Returns the date for HTML's date picker: `{{ htmlDate 0 }}` gives `1970-01-01`.
fn html_date(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    format_in(host, b"2006-01-02", &args[0], b"Local")
}

/// Does as [`html_date`], in a zone: `{{ htmlDateInZone 0 "America/New_York" }}` gives `1969-12-31`.
fn html_date_in_zone(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    format_in(host, b"2006-01-02", &args[0], text(&args[1]))
}

/// Returns a time moved by a duration, or as it was where the duration is no good:
/// `{{ now | dateModify "-1.5h" }}`.
fn date_modify(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    match (parse_duration(text(&args[0])), time_of(&args[1])) {
        (Ok(span), Some(time)) => Ok(time.add(span).into()),
        _ => Ok(args[1].clone()),
    }
}

/// Does as [`date_modify`], but fails on a bad duration: `{{ now | mustDateModify "-1.5h" }}`.
fn must_date_modify(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    let span = parse_duration(text(&args[0])).map_err(FuncError::cause)?;
    Ok(time_of(&args[1]).map_or_else(|| args[1].clone(), |time| time.add(span).into()))
}

/// Returns seconds (a string or an `int64`) as a duration: `{{ duration "95" }}` gives `1m35s`.
fn duration(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    let seconds = match &args[0] {
        Value::Str(s) => decimal(s),
        Value::Int(IntKind::Int64, n) => *n,
        _ => 0,
    };
    Ok(Value::from(format_duration(seconds.wrapping_mul(SECOND))))
}

/// Returns what `strconv.ParseInt` returns beside its error: 0 for bad syntax, the limit out of
/// range.
fn decimal(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return 0;
    }
    digits.iter().fold(0i64, |n, digit| {
        let digit = i64::from(digit - b'0');
        let n = n.saturating_mul(10);
        if negative { n.saturating_sub(digit) } else { n.saturating_add(digit) }
    })
}

/// Returns the largest unit of a duration (a string, nanoseconds in an `int64`, or the age of a
/// time): `{{ durationRound "2400h" }}` gives `3mo`.
fn duration_round(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    let span = match &args[0] {
        Value::Str(s) => parse_duration(s).unwrap_or(0),
        Value::Int(IntKind::Int64, n) => *n,
        other => time_of(other).map_or(0, |time| current(host).sub(time)),
    };
    const UNITS: [(u64, &str); 6] =
        [(365 * 86_400, "y"), (30 * 86_400, "mo"), (86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let span = span.unsigned_abs();
    let text = UNITS.iter().find_map(|(seconds, suffix)| {
        let unit = seconds * SECOND as u64;
        (span > unit).then(|| format!("{}{suffix}", span / unit))
    });
    Ok(text.map_or(Value::Str(Str::from_static("0s")), Value::from))
}

/// Returns a time read by a layout in local time, or year 1 where it does not fit:
/// `{{ toDate "2006-01-02" "2025-01-31" }}`.
fn to_date(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    let local = host.local_zone();
    let time = parse(text(&args[0]), text(&args[1]), &local);
    Ok(time.unwrap_or_else(|_| Time::zero(&local)).into())
}

/// Does as [`to_date`], but fails where the text does not fit: `{{ mustToDate "2006" "2025" }}`.
fn must_to_date(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    let time = parse(text(&args[0]), text(&args[1]), &host.local_zone());
    time.map(Value::from).map_err(FuncError::cause)
}

/// Returns seconds since 1970: `{{ unixEpoch now }}` gives `1738281600`.
fn unix_epoch(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    let seconds = time_of(&args[0]).map_or(0, Time::unix_seconds);
    Ok(Value::from(seconds.to_string()))
}

/// Returns the bytes of an argument that the signature made a string.
fn text(value: &Value) -> &[u8] {
    value.as_str().map_or(b"", |s| s.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_host::TestHost;

    fn call(name: &str, args: &[Value]) -> String {
        let def = TABLE.iter().find(|def| def.name == name).unwrap();
        match (def.call)(&mut TestHost, args) {
            Ok(Value::Str(s)) => s.to_string(),
            Ok(other) => String::from_utf8(time_of(&other).unwrap().to_bytes()).unwrap(),
            Err(e) => format!("error: {}", Str::from(e.to_bytes())),
        }
    }

    #[test]
    fn date_functions_answer_as_sprig() {
        let s = |text: &str| Value::str(text);
        let epoch: Value = Time::unix(0, &gostd::time::LocalZone::UTC).into();
        let table: &[(&str, &[Value], &str)] = &[
            ("now", &[], "2023-11-14 22:13:20.5 +0000 UTC m=+0.000000000"),
            ("date", &[s("2006-01-02 MST"), Value::int(0)], "1970-01-01 UTC"),
            ("date", &[s("2006-01-02"), s("what")], "2023-11-14"),
            ("date", &[s("2006-01-02"), Value::Float(0.0)], "2023-11-14"),
            ("date", &[s("2006"), Value::Int(IntKind::Int32, 0)], "1970"),
            (
                "dateInZone",
                &[s("2006-01-02 15:04 MST"), Value::int(0), s("America/New_York")],
                "1969-12-31 19:00 EST",
            ),
            ("date_in_zone", &[s("15:04 MST"), Value::int(0), s("No/Where")], "00:00 UTC"),
            ("htmlDate", &[Value::int64(0)], "1970-01-01"),
            ("htmlDateInZone", &[Value::int(0), s("America/New_York")], "1969-12-31"),
            ("ago", &[Value::int(1_700_000_000 - 3605)], "1h0m6s"),
            ("ago", &[Value::Int(IntKind::Int32, 0)], "0s"),
            ("duration", &[s("95")], "1m35s"),
            ("duration", &[Value::int64(95)], "1m35s"),
            ("duration", &[Value::int(95)], "0s"),
            ("duration", &[s("x")], "0s"),
            ("duration", &[s("99999999999999999999")], "-1s"),
            ("durationRound", &[s("2400h")], "3mo"),
            ("durationRound", &[s("24h")], "24h"),
            ("durationRound", &[s("-61s")], "1m"),
            ("durationRound", &[Value::int64(1_500_000_000)], "1s"),
            ("durationRound", std::slice::from_ref(&epoch), "53y"),
            ("dateModify", &[s("x"), epoch.clone()], "1970-01-01 00:00:00 +0000 UTC"),
            ("dateModify", &[s("-1.5h"), epoch.clone()], "1969-12-31 22:30:00 +0000 UTC"),
            ("mustDateModify", &[s("x"), epoch.clone()], "error: time: invalid duration \"x\""),
            ("toDate", &[s("2006"), s("x")], "0001-01-01 00:00:00 +0000 UTC"),
            (
                "mustToDate",
                &[s("2006"), s("x")],
                "error: parsing time \"x\" as \"2006\": cannot parse \"x\" as \"2006\"",
            ),
            ("unixEpoch", std::slice::from_ref(&epoch), "0"),
        ];
        for (name, args, want) in table {
            assert_eq!(call(name, args), *want, "{name}");
        }
    }
}
