//! Computes the proleptic Gregorian calendar over Go's whole range of years.

/// Seconds of a day.
pub(super) const SECONDS_PER_DAY: u64 = 86_400;
/// The year from which Go counts absolute seconds, so that they never are negative.
const ABSOLUTE_YEAR: i64 = -292_277_022_399;
/// Seconds from the absolute year to year 1.
const ABSOLUTE_TO_YEAR_ONE: u64 = 9_223_371_966_579_724_800;
/// Days of 400 years.
const DAYS_PER_CYCLE: u64 = 146_097;

/// A date; months count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
}

/// Returns seconds since year 1 as absolute seconds.
pub(super) fn internal_to_absolute(sec: i64) -> u64 {
    (sec as u64).wrapping_add(ABSOLUTE_TO_YEAR_ONE)
}

/// Returns absolute seconds as seconds since year 1.
pub(super) fn absolute_to_internal(abs: u64) -> i64 {
    abs.wrapping_sub(ABSOLUTE_TO_YEAR_ONE) as i64
}

/// Returns whether a year has a 29 February.
pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Returns how many days a month (1–12) has.
pub(super) fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the date, and the day of the year from 1, of an absolute second.
pub(super) fn civil(abs: u64) -> (Civil, u32) {
    let days = abs / SECONDS_PER_DAY;
    let cycle = days / DAYS_PER_CYCLE;
    // Counting years from 1 March puts the leap day last, which makes months regular.
    let since_march = days % DAYS_PER_CYCLE + 306;
    let (era, day) = (since_march / DAYS_PER_CYCLE, since_march % DAYS_PER_CYCLE);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * shifted + 2) / 5 + 1;
    let (month, next) = if shifted < 10 { (shifted + 3, 0) } else { (shifted - 9, 1) };
    let year = (year + era * 400 + next) as i64 - 1 + (cycle * 400) as i64 + ABSOLUTE_YEAR;
    let from_january =
        if next == 1 { day_of_year - 306 } else { day_of_year + 59 + u64::from(is_leap(year)) };
    let civil = Civil { year, month: month as i64, day: day_of_month as i64 };
    (civil, from_january as u32 + 1)
}

/// Days from the absolute year to a date, whose month and day may be out of range.
pub(super) fn days_before(date: Civil) -> u64 {
    let month = date.month.wrapping_sub(1);
    let year = date.year.wrapping_add(month.div_euclid(12));
    let month = month.rem_euclid(12);
    let years = year.wrapping_sub(ABSOLUTE_YEAR) as u64;
    let (cycle, rest) = (years / 400, years % 400);
    let mut days =
        cycle.wrapping_mul(DAYS_PER_CYCLE).wrapping_add(rest * 365 + rest / 4 - rest / 100);
    for earlier in 1..=month {
        days = days.wrapping_add(days_in(earlier, year) as u64);
    }
    days.wrapping_add(date.day.wrapping_sub(1) as u64)
}

/// Returns hour, minute and second of an absolute second.
pub(super) fn clock(abs: u64) -> [u32; 3] {
    let second = (abs % SECONDS_PER_DAY) as u32;
    [second / 3600, second / 60 % 60, second % 60]
}

/// Returns the day of the week of an absolute second, Sunday is 0.
pub(super) fn weekday(abs: u64) -> u32 {
    // The absolute year starts on a Monday.
    ((abs / SECONDS_PER_DAY + 1) % 7) as u32
}
