//! Writes to standard output and error, and reads the clock that log lines show.

use std::io::{ErrorKind, IoSlice, Write};
use std::sync::{Mutex, PoisonError};

use gostd::os::path_of;
use gostd::strconv;
use gostd::time::Time;
use gotemplate::func::Instant;
use signal_hook::consts::SIGPIPE;
use statefulchart::clock::{Clock, ZoneSource};
use statefulchart::profile::Rule;
use statefulchart::store;

use super::{Failure, profile};

/// What is kept of output while [`captured`] is at work.
static CAPTURED: Mutex<Option<Vec<u8>>> = Mutex::new(None);

/// Runs something and returns beside its result what it wrote to standard error; what it wrote to standard output is
/// dropped.
pub(crate) fn captured<T>(run: impl FnOnce() -> T) -> (T, Vec<u8>) {
    let replace = |with| {
        std::mem::replace(&mut *CAPTURED.lock().unwrap_or_else(PoisonError::into_inner), with)
    };
    replace(Some(Vec::new()));
    let result = run();
    (result, replace(None).unwrap_or_default())
}

/// Writes to standard output. A reader that went away ends the program quietly; any other failure is
/// reported.
pub(crate) fn stdout(bytes: &[u8]) -> Result<(), super::Failure> {
    if CAPTURED.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    written(out.write_all(bytes).and_then(|()| out.flush()))
}

/// Writes the last of a command's output, one text after another, and ends the program: what the texts
/// were made of need not be freed.
#[expect(clippy::exit, reason = "the one exit, behind the last byte of output")]
pub(crate) fn last(parts: &[&[u8]]) -> Result<(), super::Failure> {
    write_parts(parts)?;
    std::process::exit(0)
}

fn write_parts(parts: &[&[u8]]) -> Result<(), super::Failure> {
    let mut out = std::io::stdout().lock();
    let filled = parts.iter().filter(|part| !part.is_empty());
    let mut parts: Vec<IoSlice<'_>> = filled.map(|part| IoSlice::new(part)).collect();
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
            // As it ends a program written in Go.
            let _ = signal_hook::low_level::emulate_default_handler(SIGPIPE);
            Ok(())
        }
        Err(e) => Err(super::Failure::from(format!("write /dev/stdout: {e}"))),
        Ok(()) => Ok(()),
    }
}

/// Writes to standard error; a failure has nowhere to be reported.
pub(crate) fn stderr(bytes: &[u8]) {
    if let Some(kept) = &mut *CAPTURED.lock().unwrap_or_else(PoisonError::into_inner) {
        kept.extend_from_slice(bytes);
        return;
    }
    if let Err(e) = std::io::stderr().lock().write_all(bytes)
        && e.kind() == ErrorKind::BrokenPipe
    {
        let _ = signal_hook::low_level::emulate_default_handler(SIGPIPE);
    }
}

/// Returns the time and the zone as the environment has them: `SOURCE_DATE_EPOCH`, and `TZ`, else
/// `/etc/localtime`, as Go finds it.
pub(crate) fn clock() -> Clock {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|s| s.parse().ok());
    let zone = match std::env::var("TZ") {
        Ok(name) => {
            let name = name.strip_prefix(':').unwrap_or(&name);
            match name.starts_with('/') {
                true => ZoneSource::File(name.into()),
                false => ZoneSource::Named(name.to_owned()),
            }
        }
        Err(_) => ZoneSource::File("/etc/localtime".into()),
    };
    Clock { fixed, zone }
}

/// Checks `SOURCE_DATE_EPOCH`, in the releases of Helm that know it.
///
/// # Errors
/// `invalid SOURCE_DATE_EPOCH: …`
pub(crate) fn check_clock() -> Result<(), Failure> {
    let given = std::env::var_os("SOURCE_DATE_EPOCH").filter(|text| !text.is_empty());
    let Some(given) = given.filter(|_| profile::current().has(Rule::SourceDateEpoch)) else {
        return Ok(());
    };
    let why = match strconv::parse_int(given.as_encoded_bytes(), 10, 64) {
        Ok(seconds) if seconds < 0 => "must not be negative".to_owned(),
        Ok(_) => return Ok(()),
        Err(e) => e.to_string(),
    };
    Err(format!("invalid SOURCE_DATE_EPOCH: {why}").into())
}

/// Writes a line of Helm's `--debug`: where Helm says it, the time, and the message.
pub(crate) fn debug(place: &str, message: &[u8]) {
    let clock = clock();
    let Instant { seconds, nanos } = clock.now();
    let time = Time::now(seconds, nanos, 1, &clock.local_zone());
    let mut line = place.as_bytes().to_vec();
    line.extend_from_slice(b": ");
    line.extend_from_slice(&time.to_bytes());
    line.extend_from_slice(b" [debug] ");
    line.extend_from_slice(message);
    line.push(b'\n');
    stderr(&line);
}

/// Returns whether `--debug` or the environment asks for more.
pub(crate) fn is_debug(given: &super::flags::Given) -> bool {
    given.debug || debug_from_environment()
}

/// Returns whether `HELM_DEBUG` asks for what `--debug` does.
pub(crate) fn debug_from_environment() -> bool {
    std::env::var("HELM_DEBUG").is_ok_and(|v| super::flags::parse_bool(&v) == Some(true))
}

/// Writes a file that a flag names, whole: into a pipe or a device, over a file. What is for the standard streams goes
/// there, behind what they have.
///
/// # Errors
/// What the system says, with the path.
pub(super) fn file(name: &str, data: &[u8]) -> Result<(), Failure> {
    // What follows begins on a line of its own.
    let line = || match data.ends_with(b"\n") {
        true => data.to_vec(),
        false => [data, b"\n"].concat(),
    };
    match name {
        "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" => stdout(&line()),
        "/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2" => {
            stderr(&line());
            Ok(())
        }
        _ => {
            let written = store::write_whole(&path_of(name), data, 0o644);
            written.map_err(|e| Failure::from(e.to_string()))
        }
    }
}
