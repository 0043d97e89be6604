//! Says how much a render may take and a file may have, as the flags and the environment give it.

use gostd::os::{FileTooLarge, set_max_file};
use rustix::process::{Resource, getrlimit};
use statefulchart::render::{Exceeded, Limits};

use super::flags::{Flag, Given, NO_SIZE, NO_TIME, known, parse_size, parse_time};
use super::{Failure, help};

/// What gives a limit.
struct Source {
    flag: Flag,
    variable: &'static str,
}

const FILE: Source = Source { flag: known::MAX_FILE, variable: "STATEFULCHART_MAX_FILE" };
const MEMORY: Source = Source { flag: known::MAX_MEMORY, variable: "STATEFULCHART_MAX_MEMORY" };
const OUTPUT: Source = Source { flag: known::MAX_OUTPUT, variable: "STATEFULCHART_MAX_OUTPUT" };
const TIME: Source = Source { flag: known::MAX_TIME, variable: "STATEFULCHART_MAX_TIME" };

/// Returns the limits of a render.
///
/// # Errors
/// A variable that holds no limit.
pub(super) fn of(given: &Given) -> Result<Limits, Failure> {
    let usual = Limits::default();
    Ok(Limits {
        memory: match MEMORY.size(given.max_memory)? {
            Some(size) => or_none(size),
            None => usual.memory.map(|usual| usual.min(share_of_memory())),
        },
        output: OUTPUT.size(given.max_output)?.map_or(usual.output, or_none),
        time: match given.max_time {
            Some(time) => or_none(time),
            None => TIME.read(parse_time, NO_TIME)?.map_or(usual.time, or_none),
        },
    })
}

/// Sets how large a file may be that is read, where a flag or a variable says so.
///
/// # Errors
/// A variable that holds no limit.
pub(super) fn of_files(given: &Given) -> Result<(), Failure> {
    if let Some(size) = FILE.size(given.max_file)? {
        set_max_file(or_none(size).unwrap_or(u64::MAX));
    }
    Ok(())
}

/// Returns how much of the memory that the system gives this process, where it has a limit (`ulimit -v`), a render may
/// take: text that grows takes up to twice its size, and what is loaded and printed takes some.
fn share_of_memory() -> u64 {
    getrlimit(Resource::As).current.map_or(u64::MAX, |limit| limit / 4)
}

/// Nothing is a limit of nothing: there is none.
fn or_none<T: Default + PartialEq>(limit: T) -> Option<T> {
    Some(limit).filter(|limit| *limit != T::default())
}

impl Source {
    fn size(&self, given: Option<u64>) -> Result<Option<u64>, Failure> {
        match given {
            Some(size) => Ok(Some(size)),
            None => self.read(parse_size, NO_SIZE),
        }
    }

    /// Returns what the variable says.
    fn read<T>(&self, parse: fn(&str) -> Option<T>, otherwise: &str) -> Result<Option<T>, Failure> {
        let name = self.variable;
        match std::env::var(name) {
            Ok(text) if !text.is_empty() => match parse(&text) {
                Some(limit) => Ok(Some(limit)),
                None => Err(Failure::from(format!("{name}: {text:?} is {otherwise}"))),
            },
            _ => Ok(None),
        }
    }

    /// Says what raises the limit.
    fn hint(&self) -> String {
        let names = match help::is_helm() {
            true => self.variable.to_owned(),
            false => format!("--{} or {}", self.flag.name, self.variable),
        };
        format!("\nSet {names} to raise the limit; 0 turns it off.")
    }
}

/// Says what raises a limit of a render.
pub(super) fn hint(limit: Exceeded) -> String {
    match limit {
        Exceeded::Memory(_) => MEMORY,
        Exceeded::Output(_) => OUTPUT,
        Exceeded::Time(_) => TIME,
    }
    .hint()
}

/// Says that a check has reached a limit of a render, and what raises it.
pub(super) fn of_check(limit: Exceeded) -> Failure {
    let words = limit.to_string().replace("the render", "the check");
    Failure::from(words + &hint(limit))
}

/// Says what raises the limit of the size of files.
pub(super) fn hint_of_files() -> String {
    FILE.hint()
}

/// Says what raises the limit of a file's size, where that is why it could not be read.
pub(super) fn hint_of_file(error: &std::io::Error) -> Option<String> {
    FileTooLarge::is(error).then(|| FILE.hint())
}
