//! Reads TOML's dates and times as Go's `time.Time`.

use std::rc::Rc;

use super::Release;
use gostd::time::{LocalZone, Time, Zone, parse};
use gostd::value::Str;

const RFC3339: &[u8] = b"2006-01-02T15:04:05.999999999Z07:00";

/// The forms without an offset, each with the zone that the library knows it by.
const LOCAL_FORMS: [(&[u8], &str); 3] = [
    (b"2006-01-02T15:04:05.999999999", "datetime-local"),
    (b"2006-01-02", "date-local"),
    (b"15:04:05.999999999", "time-local"),
];

/// The forms without seconds, which TOML 1.1 has and toml 1.6 reads.
const MINUTES: &[u8] = b"2006-01-02T15:04Z07:00";
const LOCAL_MINUTES: [(&[u8], &str); 2] =
    [(b"2006-01-02T15:04", "datetime-local"), (b"15:04", "time-local")];

/// Reads one of TOML's four forms, its letters in upper case.
pub(super) fn read(text: &[u8], local: &LocalZone, release: Release) -> Option<Time> {
    let offset_forms = if release < Release::V1_6 { &[RFC3339][..] } else { &[RFC3339, MINUTES] };
    for layout in offset_forms {
        if let Ok(time) = parse(layout, text, local) {
            return in_columns(text, layout).then_some(time);
        }
    }
    let minutes = if release < Release::V1_6 { &[][..] } else { &LOCAL_MINUTES };
    LOCAL_FORMS.iter().chain(minutes).find_map(|(layout, name)| {
        let time = parse(layout, text, &LocalZone::UTC).ok()?;
        let zone = Zone::Fixed(Rc::new((Str::from_static(name), 0)));
        in_columns(text, layout).then(|| time.in_zone(zone))
    })
}

/// Returns whether the separators stand where the layout has them: Go takes numbers without leading
/// zeros.
fn in_columns(text: &[u8], layout: &[u8]) -> bool {
    layout
        .iter()
        .take_while(|b| !matches!(b, b'.' | b'Z'))
        .enumerate()
        .all(|(i, b)| b.is_ascii_digit() || text.get(i) == Some(b))
}

/// Returns a time as it stands in TOML.
pub(super) fn write(time: &Time) -> Vec<u8> {
    if let Zone::Fixed(zone) = time.zone()
        && let Some((layout, _)) = LOCAL_FORMS.iter().find(|(_, name)| zone.0 == *name)
    {
        return time.format(layout);
    }
    time.format(RFC3339)
}
