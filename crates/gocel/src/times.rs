//! Instants and their parts.

use gostd::time::{LocalZone, Time, Zone};

use crate::{Error, Val};

/// The first and the last second that an instant may have: of the years 1 and 9999.
const LEAST: i64 = -62_135_596_800;
const MOST: i64 = 253_402_300_799;

/// Makes an instant of one that Go has read.
pub(crate) fn of(time: &Time) -> Result<Val, Error> {
    let (_, offset, _) = time.zone_now();
    instant(time.unix_seconds(), time.nanosecond(), i32::try_from(offset).unwrap_or_default())
}

/// Makes an instant.
pub(crate) fn instant(seconds: i64, nanos: u32, offset: i32) -> Result<Val, Error> {
    match (LEAST..=MOST).contains(&seconds) {
        true => Ok(Val::Timestamp { seconds, nanos, offset }),
        false => Err(Error::value("timestamp overflow")),
    }
}

/// Writes an instant as Go's `RFC3339Nano` does.
pub(crate) fn shown(seconds: i64, nanos: u32, offset: i32) -> String {
    let fraction = match nanos {
        0 => String::new(),
        _ => format!(".{}", format!("{nanos:09}").trim_end_matches('0')),
    };
    let zone = match offset {
        0 => "Z".to_owned(),
        _ => {
            let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
            format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    };
    let seconds = seconds + i64::from(offset);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}{fraction}{zone}",
        second % 60
    )
}

/// Returns year, month and day, from 1, of a day since 1970.
fn civil(days: i64) -> (i64, i64, i64) {
    // Years begin in March, so that a leap day is the last.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Returns seconds east of UTC at an instant.
fn offset(zone: &str, seconds: i64) -> Result<i64, Error> {
    let wrong = || Error::value(format!("unknown time zone {zone}"));
    if zone.contains(':') {
        let (sign, text) = match zone.strip_prefix('-') {
            Some(text) => (-1, text),
            None => (1, zone.strip_prefix('+').unwrap_or(zone)),
        };
        let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<i64>().ok().filter(|n| (0..60).contains(n));
        let (hours, minutes) =
            (number(hours).ok_or_else(wrong)?, number(minutes).ok_or_else(wrong)?);
        return Ok(sign * (hours * 3600 + minutes * 60));
    }
    let zone = Zone::load(zone.as_bytes()).ok_or_else(wrong)?;
    let (_, offset, _) = Time::unix(seconds, &LocalZone::UTC).in_zone(zone).zone_now();
    Ok(offset)
}

/// Returns a part of an instant; nothing where the function has no such name.
pub(crate) fn part(
    name: &str,
    seconds: i64,
    nanos: u32,
    zone: Option<&str>,
) -> Option<Result<Val, Error>> {
    let known = [
        "getFullYear",
        "getMonth",
        "getDayOfYear",
        "getDayOfMonth",
        "getDate",
        "getDayOfWeek",
        "getHours",
        "getMinutes",
        "getSeconds",
        "getMilliseconds",
    ];
    if !known.contains(&name) {
        return None;
    }
    let offset = match zone.map(|zone| offset(zone, seconds)).unwrap_or(Ok(0)) {
        Ok(offset) => offset,
        Err(error) => return Some(Err(error)),
    };
    let seconds = seconds + offset;
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let months = usize::try_from(month - 1).ok().and_then(|at| before.get(at)).unwrap_or(&0);
    Some(Ok(Val::Int(match name {
        "getFullYear" => year,
        "getMonth" => month - 1,
        "getDayOfYear" => months + i64::from(is_leap && month > 2) + day - 1,
        "getDayOfMonth" => day - 1,
        "getDate" => day,
        "getDayOfWeek" => (days + 4).rem_euclid(7),
        "getHours" => second / 3600,
        "getMinutes" => second / 60 % 60,
        "getSeconds" => second % 60,
        _ => i64::from(nanos / 1_000_000),
    })))
}
