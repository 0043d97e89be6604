//! Holds the time and the time zone that templates and reports see, as data.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use gostd::time::{LocalZone, Time};
use gostd::value::Str;
use gotemplate::func::Instant;

/// Where the time comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The time at all times, in seconds since 1970 (`SOURCE_DATE_EPOCH`); `None` for the machine's.
    pub fixed: Option<i64>,
    /// The zone that Go calls `Local`.
    pub zone: ZoneSource,
}

/// Where a time zone is found, at the first look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZoneSource {
    /// A name of the IANA database, e.g. `Europe/Berlin`.
    Named(String),
    /// A file of zone data.
    File(PathBuf),
}

impl Default for Clock {
    fn default() -> Clock {
        Clock { fixed: None, zone: ZoneSource::File("/etc/localtime".into()) }
    }
}

impl Clock {
    /// Returns the current time.
    pub fn now(&self) -> Instant {
        if let Some(seconds) = self.fixed {
            return Instant { seconds, nanos: 0 };
        }
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(d) => Instant { seconds: d.as_secs() as i64, nanos: d.subsec_nanos() },
            Err(_) => Instant { seconds: 0, nanos: 0 },
        }
    }

    /// Returns the machine's zone; UTC where it cannot be found, as for Go.
    pub fn local_zone(&self) -> LocalZone {
        let zone = match &self.zone {
            ZoneSource::Named(name) => LocalZone::named(name),
            ZoneSource::File(path) => {
                let name = match path.to_str() {
                    None | Some("/etc/localtime") => "Local",
                    Some(path) => path,
                };
                std::fs::read(path).ok().and_then(|data| LocalZone::from_tzif(name, &data))
            }
        };
        zone.unwrap_or(LocalZone::UTC)
    }

    /// Returns the current time in that zone as Helm stamps files: RFC 3339 with nanoseconds.
    pub fn timestamp(&self) -> Str {
        Str::from(self.local_time().format(b"2006-01-02T15:04:05.999999999Z07:00"))
    }

    /// Returns the time of the files in packages, in seconds since 1970. It is not that of packing: a
    /// package is to be the same whenever it is made.
    pub fn packed(&self) -> u64 {
        self.fixed.and_then(|seconds| seconds.try_into().ok()).unwrap_or_default()
    }

    /// Returns the current time in that zone.
    pub fn local_time(&self) -> Time {
        let Instant { seconds, nanos } = self.now();
        Time::now(seconds, nanos, 0, &self.local_zone())
    }
}
