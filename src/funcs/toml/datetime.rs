//! TOML's dates and times, as Go's `time.Time` shows them.

use std::any::Any;
use std::borrow::Cow;

use crate::value::{Kind, Object, Str, Value};

/// A `time.Time` read from TOML.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Datetime {
    date: (u32, u32, u32),
    time: (u32, u32, u32),
    nanos: u32,
    zone: Zone,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Zone {
    Utc,
    /// Minutes east of Greenwich.
    Fixed(i32),
    LocalDatetime,
    LocalDate,
    LocalTime,
}

/// Takes so many digits off a text.
fn digits(s: &mut &[u8], count: usize) -> Option<u32> {
    let (head, tail) = s.split_at_checked(count)?;
    if !head.iter().all(u8::is_ascii_digit) {
        return None;
    }
    *s = tail;
    Some(head.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')))
}

fn literal(s: &mut &[u8], b: u8) -> Option<()> {
    *s = s.strip_prefix(&[b])?;
    Some(())
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

fn date(s: &mut &[u8]) -> Option<(u32, u32, u32)> {
    let year = digits(s, 4)?;
    literal(s, b'-')?;
    let month = digits(s, 2).filter(|m| (1..=12).contains(m))?;
    literal(s, b'-')?;
    let day = digits(s, 2).filter(|d| (1..=days_in(year, month)).contains(d))?;
    Some((year, month, day))
}

/// Hour, minute and second, and the nanoseconds of a fraction.
fn clock(s: &mut &[u8]) -> Option<((u32, u32, u32), u32)> {
    let hour = digits(s, 2).filter(|h| *h < 24)?;
    literal(s, b':')?;
    let minute = digits(s, 2).filter(|m| *m < 60)?;
    literal(s, b':')?;
    let second = digits(s, 2).filter(|n| *n < 60)?;
    let mut nanos = 0;
    if let Some(fraction) = s.strip_prefix(b".") {
        let count = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
        if count == 0 {
            return None;
        }
        let (fraction, rest) = fraction.split_at(count);
        for i in 0..9 {
            nanos = nanos * 10 + fraction.get(i).map_or(0, |d| u32::from(d - b'0'));
        }
        *s = rest;
    }
    Some(((hour, minute, second), nanos))
}

fn zone(s: &mut &[u8]) -> Option<Zone> {
    if s.is_empty() {
        return Some(Zone::LocalDatetime);
    }
    let sign = match s.split_first()? {
        (b'Z', []) => {
            *s = &[];
            return Some(Zone::Utc);
        }
        (b'+', rest) => {
            *s = rest;
            1
        }
        (b'-', rest) => {
            *s = rest;
            -1
        }
        _ => return None,
    };
    let hours = digits(s, 2).filter(|h| *h <= 24)?;
    literal(s, b':')?;
    let minutes = digits(s, 2).filter(|m| *m <= 60)?;
    Some(match sign * (hours * 60 + minutes) as i32 {
        0 => Zone::Utc,
        offset => Zone::Fixed(offset),
    })
}

impl Datetime {
    /// Reads one of TOML's four forms, its letters in upper case.
    pub(super) fn parse(mut s: &[u8]) -> Option<Datetime> {
        let s = &mut s;
        let mut read = || {
            if s.get(2) == Some(&b':') {
                let (time, nanos) = clock(s)?;
                return Some(Datetime { date: (0, 1, 1), time, nanos, zone: Zone::LocalTime });
            }
            let date = date(s)?;
            if s.is_empty() {
                return Some(Datetime { date, time: (0, 0, 0), nanos: 0, zone: Zone::LocalDate });
            }
            literal(s, b'T')?;
            let (time, nanos) = clock(s)?;
            Some(Datetime { date, time, nanos, zone: zone(s)? })
        };
        let datetime = read()?;
        s.is_empty().then_some(datetime)
    }

    fn date_text(&self) -> String {
        let (year, month, day) = self.date;
        format!("{year:04}-{month:02}-{day:02}")
    }

    fn clock_text(&self) -> String {
        let (hour, minute, second) = self.time;
        let mut text = format!("{hour:02}:{minute:02}:{second:02}");
        if self.nanos > 0 {
            text += format!(".{:09}", self.nanos).trim_end_matches('0');
        }
        text
    }

    /// `-07:00`, or `-0700` without a colon.
    fn offset_text(&self, colon: &str) -> String {
        let minutes = match self.zone {
            Zone::Fixed(minutes) => minutes,
            _ => 0,
        };
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("{sign}{:02}{colon}{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }

    fn rfc3339(&self) -> String {
        let zone = match self.zone {
            Zone::Fixed(_) => self.offset_text(":"),
            _ => "Z".to_owned(),
        };
        format!("{}T{}{zone}", self.date_text(), self.clock_text())
    }

    /// As it stands in TOML.
    pub(super) fn toml(&self) -> String {
        match self.zone {
            Zone::Utc | Zone::Fixed(_) => self.rfc3339(),
            Zone::LocalDatetime => format!("{}T{}", self.date_text(), self.clock_text()),
            Zone::LocalDate => self.date_text(),
            Zone::LocalTime => self.clock_text(),
        }
    }
}

impl Object for Datetime {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed("time.Time")
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn string(&self) -> Option<Str> {
        let offset = self.offset_text("");
        let name = match self.zone {
            Zone::Utc => "UTC",
            Zone::Fixed(_) => &offset,
            Zone::LocalDatetime => "datetime-local",
            Zone::LocalDate => "date-local",
            Zone::LocalTime => "time-local",
        };
        Some(Str::from(format!("{} {} {offset} {name}", self.date_text(), self.clock_text())))
    }

    fn json_value(&self) -> Value {
        Value::from(self.rfc3339())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
