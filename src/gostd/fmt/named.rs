//! The names of package `time`'s integer types.

use crate::value::IntKind;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// What the type's `String` method returns, where it has one.
pub(crate) fn string(kind: IntKind, n: i64) -> Option<String> {
    match kind {
        IntKind::Duration => Some(duration(n)),
        IntKind::Month => Some(match usize::try_from(n - 1).ok().and_then(|i| MONTHS.get(i)) {
            Some(name) => (*name).to_owned(),
            None => format!("%!Month({})", n as u64),
        }),
        IntKind::Weekday => Some(match usize::try_from(n).ok().and_then(|i| WEEKDAYS.get(i)) {
            Some(name) => (*name).to_owned(),
            None => format!("%!Weekday({})", n as u64),
        }),
        _ => None,
    }
}

/// `72h3m0.5s`, and smaller units below a second.
fn duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let n = nanoseconds.unsigned_abs();
    let (unit, name) = match n {
        0 => return "0s".to_owned(),
        1..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let (whole, part) = (n / unit, n % unit);
    let width = unit.ilog10() as usize;
    let mut fraction = String::new();
    if part > 0 {
        fraction = format!(".{part:0width$}");
        fraction.truncate(fraction.trim_end_matches('0').len());
    }
    let (minutes, seconds) = (whole / 60, whole % 60);
    if name != "s" || minutes == 0 {
        format!("{sign}{whole}{fraction}{name}")
    } else if minutes < 60 {
        format!("{sign}{minutes}m{seconds}{fraction}s")
    } else {
        format!("{sign}{}h{}m{seconds}{fraction}s", minutes / 60, minutes % 60)
    }
}
