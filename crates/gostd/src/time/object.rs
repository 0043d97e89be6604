//! Shows `time.Time` as templates see it.

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

use super::location::{self, LOCATION};
use super::{Time, Zone};
use crate::value::{IntKind, Kind, MethodResult, Object, Signature, Str, Type, UintKind, Value};

const TIME: &str = "time.Time";
/// Seconds from year 1 to 1885, both in UTC.
const YEAR_ONE_TO_1885: i64 = 59_453_308_800;

/// Returns the `time.Time` in a value.
pub fn time_of(value: &Value) -> Option<&Time> {
    match value {
        Value::Object(object) => object.as_any().downcast_ref(),
        _ => None,
    }
}

/// Returns why a template may not call a method of `time.Time` that has more than one result; the
/// executor reports it in place of calling. `None` for every other name.
pub fn multiple_results(method: &str) -> Option<String> {
    let second = match method {
        "ISOWeek" | "Zone" => "int",
        "ZoneBounds" => TIME,
        "Clock" | "Date" => {
            return Some(format!("function {method} has 3 return values; should be 1 or 2"));
        }
        _ => return None,
    };
    Some(format!(
        "invalid function signature for {method}: second return value should be error; is {second}"
    ))
}

impl From<Time> for Value {
    fn from(time: Time) -> Value {
        Value::Object(Rc::new(time))
    }
}

impl Time {
    fn timestamp(&self) -> Vec<u8> {
        self.format(b"2006-01-02T15:04:05.999999999Z07:00")
    }

    /// Returns the strict form of RFC 3339, or why the time has none.
    fn strict_timestamp(&self) -> Result<Vec<u8>, &'static str> {
        let (civil, _) = self.civil();
        if !(0..=9999).contains(&civil.year) {
            return Err("year outside of range [0,9999]");
        }
        if self.zone_now().1.abs() >= 24 * 3600 {
            return Err("timezone hour outside of range [0,23]");
        }
        Ok(self.timestamp())
    }

    /// Returns the binary form, or nothing where the zone's offset has none.
    fn binary(&self) -> Option<Vec<u8>> {
        let offset = match self.zone() {
            Zone::Utc => None,
            _ => Some(self.zone_now().1),
        };
        let seconds = offset.unwrap_or(0) % 60;
        let minutes = offset.map_or(-1, |offset| offset / 60);
        if offset.is_some() && (minutes == -1 || i16::try_from(minutes).is_err()) {
            return None;
        }
        let mut out = vec![if seconds == 0 { 1 } else { 2 }];
        out.extend_from_slice(&self.sec.to_be_bytes());
        out.extend_from_slice(&self.nsec.to_be_bytes());
        out.extend_from_slice(&(minutes as i16).to_be_bytes());
        if seconds != 0 {
            out.push(seconds as i8 as u8);
        }
        Some(out)
    }
}

impl Object for Time {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(TIME)
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        // With a monotonic reading Go keeps the seconds since 1885 beside the nanoseconds.
        let (wall, ext) = match self.mono {
            Some(mono) => {
                let seconds = self.sec.wrapping_sub(YEAR_ONE_TO_1885) as u64;
                (1 << 63 | seconds << 30 | u64::from(self.nsec), mono)
            }
            None => (self.nsec.into(), self.sec),
        };
        vec![
            ("wall", Value::Uint(UintKind::Uint64, wall)),
            ("ext", Value::int64(ext)),
            ("loc", location::field(self.zone(), &self.local)),
        ]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        let params: &'static [Type] = match name {
            "Clock" | "Date" | "Day" | "GoString" | "GobEncode" | "Hour" | "ISOWeek" | "IsDST"
            | "IsZero" | "Local" | "Location" | "MarshalBinary" | "MarshalJSON" | "MarshalText"
            | "Minute" | "Month" | "Nanosecond" | "Second" | "String" | "UTC" | "Unix"
            | "UnixMicro" | "UnixMilli" | "UnixNano" | "Weekday" | "Year" | "YearDay" | "Zone"
            | "ZoneBounds" => &[],
            "Add" | "Round" | "Truncate" => &[Type::Named("time.Duration")],
            "AddDate" => &[Type::Int, Type::Int, Type::Int],
            "After" | "Before" | "Compare" | "Equal" | "Sub" => &[Type::Named(TIME)],
            "AppendFormat" => &[Type::Bytes, Type::String],
            "Format" => &[Type::String],
            "In" => &[Type::Named(LOCATION)],
            _ => return None,
        };
        Some(Signature { params, variadic: false })
    }

    fn call(&self, name: &str, args: &[Value]) -> MethodResult {
        if let Some(error) = multiple_results(name) {
            return Err(Str::from(error));
        }
        let number = |at: usize| match args.get(at) {
            Some(Value::Int(_, n)) => *n,
            _ => 0,
        };
        let text = |at: usize| args.get(at).and_then(Value::as_str).cloned().unwrap_or_default();
        let other = || match args.first().and_then(time_of) {
            Some(time) => time.clone(),
            None => Time::zero(&self.local),
        };
        let small = |n: u32| Value::int(i64::from(n));
        let bytes = |data: Vec<u8>| Value::Bytes(data.into());
        let (civil, day_of_year) = self.civil();
        let [hour, minute, second] = self.clock();
        Ok(match name {
            "Year" => Value::int(civil.year),
            "Month" => Value::Int(IntKind::Month, civil.month),
            "Day" => Value::int(civil.day),
            "YearDay" => small(day_of_year),
            "Weekday" => Value::Int(IntKind::Weekday, i64::from(self.weekday())),
            "Hour" => small(hour),
            "Minute" => small(minute),
            "Second" => small(second),
            "Nanosecond" => small(self.nsec),
            "Unix" => Value::int64(self.unix_seconds()),
            "UnixNano" => Value::int64(self.unix_nanos()),
            "UnixMicro" => Value::int64(
                self.unix_seconds().wrapping_mul(1_000_000) + i64::from(self.nsec / 1000),
            ),
            "UnixMilli" => Value::int64(
                self.unix_seconds().wrapping_mul(1000) + i64::from(self.nsec / 1_000_000),
            ),
            "IsZero" => Value::Bool(self.is_zero()),
            "IsDST" => Value::Bool(self.zone_now().2),
            "String" => Value::from(self.to_bytes()),
            "GoString" => Value::from(self.go_string()),
            "Format" => Value::from(self.format(&text(0))),
            "AppendFormat" => {
                let mut out = match args.first() {
                    Some(Value::Bytes(start)) => start.to_vec(),
                    _ => Vec::new(),
                };
                self.append_format(&mut out, &text(1));
                match args.first() {
                    Some(nil) if out.is_empty() && nil.is_nil_slice() => nil.clone(),
                    _ => bytes(out),
                }
            }
            "Add" => self.add(number(0)).into(),
            "AddDate" => self.add_date(number(0), number(1), number(2)).into(),
            "Round" => self.round(number(0)).into(),
            "Truncate" => self.truncate(number(0)).into(),
            "Sub" => Value::Int(IntKind::Duration, self.sub(&other())),
            "After" => Value::Bool(self.compare(&other()).is_gt()),
            "Before" => Value::Bool(self.compare(&other()).is_lt()),
            "Equal" => Value::Bool(self.compare(&other()).is_eq()),
            "Compare" => Value::int(self.compare(&other()) as i64),
            "UTC" => self.in_zone(Zone::Utc).into(),
            "Local" => self.in_zone(Zone::Local).into(),
            "Location" => location::value(self.zone(), &self.local),
            "In" => match args.first().and_then(location::zone_of) {
                Some(zone) => self.in_zone(zone.clone()).into(),
                // Every other value of the type is a nil pointer.
                None => return Err(Str::from("time: missing Location in call to Time.In")),
            },
            "MarshalText" => bytes(
                self.strict_timestamp().map_err(|e| Str::from(format!("Time.MarshalText: {e}")))?,
            ),
            "MarshalJSON" => {
                let text = self
                    .strict_timestamp()
                    .map_err(|e| Str::from(format!("Time.MarshalJSON: {e}")))?;
                bytes([b"\"", text.as_slice(), b"\""].concat())
            }
            "MarshalBinary" | "GobEncode" => {
                bytes(self.binary().ok_or("Time.MarshalBinary: unexpected zone offset")?)
            }
            _ => return Err(Str::from(format!("time.Time has no method {name}"))),
        })
    }

    fn string(&self) -> Option<Str> {
        Some(Str::from(self.to_bytes()))
    }

    fn json_value(&self) -> Value {
        Value::from(self.timestamp())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
