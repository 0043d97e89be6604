//! Reproduces Go's package `time`: instants in zones, layouts, durations.
//!
//! [`Time`] is Go's `time.Time`, with Go's wrapping arithmetic at the ends of its range. Nothing here
//! reads a clock or the environment: the instant and the local zone come from the caller.

mod calendar;
mod duration;
mod error;
mod layout;
mod location;
mod object;
mod parse;
mod zone;

use std::cmp::Ordering;

use calendar::{Civil, SECONDS_PER_DAY};
pub use duration::{
    Duration, append_duration, duration_method, duration_signature, format_duration,
    parse_duration, round_duration, truncate_duration,
};
pub use error::{DurationError, ParseError, ParseReason};
pub use object::{multiple_results, time_of};
pub use parse::parse;
pub use zone::{LocalZone, Zone};

/// Seconds from year 1 to 1970, both in UTC.
const YEAR_ONE_TO_UNIX: i64 = 62_135_596_800;
/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// Names of the months, January first.
pub const MONTHS: [&str; 12] = [
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

/// Names of the days of the week, Sunday first.
pub const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Returns what Go's `Month.String` gives: `%!Month(13)` out of range.
pub fn month_name(month: i64) -> String {
    match usize::try_from(month).ok().and_then(|m| MONTHS.get(m.wrapping_sub(1))) {
        Some(name) => (*name).to_owned(),
        None => format!("%!Month({})", month as u64),
    }
}

/// Returns what Go's `Weekday.String` gives: `%!Weekday(7)` out of range.
pub fn weekday_name(day: i64) -> String {
    match usize::try_from(day).ok().and_then(|d| WEEKDAYS.get(d)) {
        Some(name) => (*name).to_owned(),
        None => format!("%!Weekday({})", day as u64),
    }
}

/// Go's `time.Time`: an instant, shown in a zone.
#[derive(Clone, Debug)]
pub struct Time {
    /// Seconds since January 1 of year 1, UTC
    sec: i64,
    /// Nanoseconds within the second
    nsec: u32,
    /// The monotonic clock in nanoseconds, where this is a reading of `now`
    mono: Option<i64>,
    zone: Zone,
    local: LocalZone,
}

impl Time {
    /// Returns Go's zero `time.Time`: year 1 in UTC. `local` is what `.Local` turns to.
    pub fn zero(local: &LocalZone) -> Time {
        Time { sec: 0, nsec: 0, mono: None, zone: Zone::Utc, local: local.clone() }
    }

    /// Reproduces Go's `time.Now`: seconds since 1970 and nanoseconds within the second in local
    /// time, with a monotonic reading in nanoseconds since the program's start (shown as
    /// `m=+0.012345678`).
    pub fn now(seconds: i64, nanos: u32, mono: i64, local: &LocalZone) -> Time {
        let t = Time::unix(seconds, local);
        Time { nsec: nanos.min(999_999_999), mono: Some(mono), ..t }
    }

    /// Reproduces Go's `time.Unix(seconds, 0)`: local time.
    pub fn unix(seconds: i64, local: &LocalZone) -> Time {
        Time {
            sec: seconds.wrapping_add(YEAR_ONE_TO_UNIX),
            nsec: 0,
            mono: None,
            zone: Zone::Local,
            local: local.clone(),
        }
    }

    /// Reproduces Go's `time.Date`: fields out of their ranges are carried over.
    pub(crate) fn date(
        civil: Civil,
        clock: [i64; 3],
        nsec: u32,
        zone: Zone,
        local: &LocalZone,
    ) -> Time {
        let [hour, minute, second] = clock;
        let carried =
            hour.wrapping_mul(3600).wrapping_add(minute.wrapping_mul(60)).wrapping_add(second);
        let abs =
            calendar::days_before(civil).wrapping_mul(SECONDS_PER_DAY).wrapping_add(carried as u64);
        let wall = calendar::absolute_to_internal(abs);
        let mut t = Time { sec: wall, nsec, mono: None, zone, local: local.clone() };
        // The offset before a change of the clocks may carry the instant across that change.
        let guess = t.offset();
        if guess != 0 {
            t.sec = wall.wrapping_sub(guess);
            t.sec = wall.wrapping_sub(t.offset());
        }
        t
    }

    /// Returns seconds since 1970.
    pub fn unix_seconds(&self) -> i64 {
        self.sec.wrapping_sub(YEAR_ONE_TO_UNIX)
    }

    /// Returns nanoseconds within the second.
    pub fn nanosecond(&self) -> u32 {
        self.nsec
    }

    /// Returns nanoseconds since 1970, wrapping outside 1678–2262 as in Go.
    pub fn unix_nanos(&self) -> i64 {
        self.unix_seconds().wrapping_mul(SECOND).wrapping_add(i64::from(self.nsec))
    }

    /// Returns whether this is Go's zero time.
    pub fn is_zero(&self) -> bool {
        self.sec == 0 && self.nsec == 0
    }

    /// Returns the zone it is shown in.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Returns the same instant shown in another zone; the monotonic reading is dropped, as in Go.
    #[must_use]
    pub fn in_zone(&self, zone: Zone) -> Time {
        Time { zone, mono: None, ..self.clone() }
    }

    /// Returns the abbreviation (empty where unknown) and the offset in seconds east of UTC.
    pub fn zone_now(&self) -> (crate::value::Str, i64, bool) {
        self.zone.lookup(&self.local, self.unix_seconds())
    }

    fn offset(&self) -> i64 {
        self.zone.offset(&self.local, self.unix_seconds())
    }

    /// Returns seconds since Go's absolute year zero, on the zone's clock.
    fn absolute(&self) -> u64 {
        calendar::internal_to_absolute(self.sec.wrapping_add(self.offset()))
    }

    /// Returns the year on the zone's clock.
    pub fn year(&self) -> i64 {
        self.civil().0.year
    }

    /// Returns year, month, day and day of the year (from 1) on the zone's clock.
    pub(crate) fn civil(&self) -> (Civil, u32) {
        calendar::civil(self.absolute())
    }

    /// Returns hour, minute and second on the zone's clock.
    pub(crate) fn clock(&self) -> [u32; 3] {
        calendar::clock(self.absolute())
    }

    /// Returns the day of the week, Sunday is 0.
    pub(crate) fn weekday(&self) -> u32 {
        calendar::weekday(self.absolute())
    }

    /// Reproduces Go's `Time.Add`, nanoseconds.
    #[must_use]
    pub fn add(&self, duration: Duration) -> Time {
        let mut sec = duration / SECOND;
        let mut nsec = i64::from(self.nsec) + duration % SECOND;
        if nsec >= SECOND {
            sec += 1;
            nsec -= SECOND;
        } else if nsec < 0 {
            sec -= 1;
            nsec += SECOND;
        }
        // Go's addSec saturates.
        let sec = self.sec.saturating_add(sec);
        let mono = self.mono.and_then(|m| m.checked_add(duration));
        Time { sec, nsec: nsec as u32, mono, ..self.clone() }
    }

    /// Reproduces Go's `Time.Sub` in nanoseconds, saturating; by the monotonic clock where both
    /// have it.
    pub fn sub(&self, other: &Time) -> Duration {
        let nanos = match (self.mono, other.mono) {
            (Some(a), Some(b)) => i128::from(a) - i128::from(b),
            _ => {
                (i128::from(self.sec) - i128::from(other.sec)) * i128::from(SECOND)
                    + (i128::from(self.nsec) - i128::from(other.nsec))
            }
        };
        nanos.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }

    /// Reproduces Go's `Time.Compare`.
    pub fn compare(&self, other: &Time) -> Ordering {
        match (self.mono, other.mono) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => (self.sec, self.nsec).cmp(&(other.sec, other.nsec)),
        }
    }

    /// Reproduces Go's `Time.AddDate`: 31 January plus a month is 2 or 3 March.
    #[must_use]
    pub fn add_date(&self, years: i64, months: i64, days: i64) -> Time {
        let (civil, _) = self.civil();
        let clock = self.clock().map(i64::from);
        let civil = Civil {
            year: civil.year.wrapping_add(years),
            month: civil.month.wrapping_add(months),
            day: civil.day.wrapping_add(days),
        };
        Time::date(civil, clock, self.nsec, self.zone.clone(), &self.local)
    }

    /// Reproduces Go's `Time.Truncate`: down to a multiple of the duration since year 1.
    #[must_use]
    pub fn truncate(&self, duration: Duration) -> Time {
        let t = Time { mono: None, ..self.clone() };
        if duration <= 0 {
            return t;
        }
        let rest = t.remainder(duration);
        t.add(-rest)
    }

    /// Reproduces Go's `Time.Round`: to the nearest multiple of the duration since year 1, halves
    /// up.
    #[must_use]
    pub fn round(&self, duration: Duration) -> Time {
        let t = Time { mono: None, ..self.clone() };
        if duration <= 0 {
            return t;
        }
        let rest = t.remainder(duration);
        if (rest as u64) * 2 < duration as u64 { t.add(-rest) } else { t.add(duration - rest) }
    }

    /// Returns nanoseconds since year 1 modulo the (positive) duration, never negative.
    fn remainder(&self, duration: Duration) -> Duration {
        let nanos = i128::from(self.sec) * i128::from(SECOND) + i128::from(self.nsec);
        nanos.rem_euclid(i128::from(duration)) as i64
    }

    /// Reproduces Go's `Time.ISOWeek`: the ISO year and week.
    pub fn iso_week(&self) -> (i64, i64) {
        // The week belongs to the year of its Thursday; weeks start on Monday.
        let from_monday = (self.weekday() + 6) % 7;
        let to_thursday = 3 - i64::from(from_monday);
        let thursday =
            self.absolute().wrapping_add((to_thursday as u64).wrapping_mul(SECONDS_PER_DAY));
        let (civil, day_of_year) = calendar::civil(thursday);
        (civil.year, i64::from((day_of_year - 1) / 7 + 1))
    }

    /// Reproduces Go's `Time.String`, with `m=±…` where there is a monotonic reading.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.format(b"2006-01-02 15:04:05.999999999 -0700 MST");
        if let Some(mono) = self.mono {
            let nanos = mono.unsigned_abs();
            let sign = if mono < 0 { '-' } else { '+' };
            let text = format!(" m={sign}{}.{:09}", nanos / SECOND as u64, nanos % SECOND as u64);
            out.extend_from_slice(text.as_bytes());
        }
        out
    }

    /// Reproduces Go's `Time.GoString`, which `%#v` prints.
    pub fn go_string(&self) -> Vec<u8> {
        let (civil, _) = self.civil();
        let [hour, minute, second] = self.clock();
        let mut out = format!(
            "time.Date({}, time.{}, {}, {hour}, {minute}, {second}, {}, ",
            civil.year,
            month_name(civil.month),
            civil.day,
            self.nsec
        )
        .into_bytes();
        match &self.zone {
            Zone::Utc => out.extend_from_slice(b"time.UTC"),
            Zone::Local => out.extend_from_slice(b"time.Local"),
            other => {
                out.extend_from_slice(b"time.Location(");
                out.extend_from_slice(&error::quote(&other.name(&self.local)));
                out.push(b')');
            }
        }
        out.push(b')');
        out
    }
}

#[cfg(test)]
mod tests;
