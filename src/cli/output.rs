//! Standard output and error, and the clock that log lines show.

use std::cell::LazyCell;
use std::io::{ErrorKind, IoSlice, Write};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use gostd::time::{LocalZone, Time};
use gotemplate::func::Instant;
use signal_hook::consts::SIGPIPE;

/// Writes to standard output. A reader that went away ends the program quietly; any other failure is
/// reported.
pub(crate) fn stdout(bytes: &[u8]) -> Result<(), super::Failure> {
    let mut out = std::io::stdout().lock();
    written(out.write_all(bytes).and_then(|()| out.flush()))
}

/// Writes one text after another to standard output, as [`stdout`] does, without putting them together
/// first.
pub(crate) fn stdout_parts(parts: &[&[u8]]) -> Result<(), super::Failure> {
    let mut out = std::io::stdout().lock();
    let mut parts: Vec<IoSlice<'_>> = parts.iter().map(|part| IoSlice::new(part)).collect();
    let mut left = &mut parts[..];
    let mut write = || {
        while !left.is_empty() {
            match out.write_vectored(left) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => IoSlice::advance_slices(&mut left, n),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        out.flush()
    };
    written(write())
}

fn written(result: std::io::Result<()>) -> Result<(), super::Failure> {
    match result {
        Err(e) if e.kind() == ErrorKind::BrokenPipe => {
            // Where the signal was put off, it ends the program here.
            let _ = signal_hook::low_level::emulate_default_handler(SIGPIPE);
            Ok(())
        }
        Err(e) => Err(super::Failure::from(format!("write /dev/stdout: {e}"))),
        Ok(()) => Ok(()),
    }
}

/// From here on, what is written to a pipe whose reader went away fails instead of ending the program:
/// it may be the input of another program, which need not read all of it.
pub(crate) fn survive_broken_pipes() {
    let _ = signal_hook::flag::register(SIGPIPE, Arc::default());
}

/// Writes to standard error; nobody is left to tell if that fails.
pub(crate) fn stderr(bytes: &[u8]) {
    let _ = std::io::stderr().lock().write_all(bytes);
}

/// The current time, or `SOURCE_DATE_EPOCH` where that is set.
pub(crate) fn now() -> Instant {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|s| s.parse().ok());
    if let Some(seconds) = fixed {
        return Instant { seconds, nanos: 0 };
    }
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(d) => Instant { seconds: d.as_secs() as i64, nanos: d.subsec_nanos() },
        Err(_) => Instant { seconds: 0, nanos: 0 },
    }
}

/// The machine's time zone, as Go finds it: `TZ`, else `/etc/localtime`, else UTC.
pub(crate) fn local_zone() -> LocalZone {
    let zone = match std::env::var("TZ") {
        Ok(name) => {
            let name = name.strip_prefix(':').unwrap_or(&name);
            if name.starts_with('/') { read_zone(name) } else { LocalZone::named(name) }
        }
        Err(_) => read_zone("/etc/localtime"),
    };
    zone.unwrap_or(LocalZone::UTC)
}

/// The machine's time zone for a render: most never ask for it.
pub(crate) fn lazy_zone() -> LazyCell<LocalZone> {
    LazyCell::new(local_zone)
}

fn read_zone(path: &str) -> Option<LocalZone> {
    LocalZone::from_tzif(&std::fs::read(path).ok()?)
}

/// A line of Helm's `--debug`: where Helm says it, the time, and the message.
pub(crate) fn debug(place: &str, message: &[u8]) {
    let Instant { seconds, nanos } = now();
    let time = Time::now(seconds, nanos, 1, &local_zone());
    let mut line = place.as_bytes().to_vec();
    line.extend_from_slice(b": ");
    line.extend_from_slice(&time.to_bytes());
    line.extend_from_slice(b" [debug] ");
    line.extend_from_slice(message);
    line.push(b'\n');
    stderr(&line);
}

/// Whether `--debug` or the environment asks for more.
pub(crate) fn is_debug(given: &super::flags::Given) -> bool {
    given.debug || debug_from_environment()
}

/// Whether `HELM_DEBUG` asks for what `--debug` does.
pub(crate) fn debug_from_environment() -> bool {
    std::env::var("HELM_DEBUG").is_ok_and(|v| super::flags::parse_bool(&v) == Some(true))
}
