//! What Go's standard library does to bytes: `fmt` verbs, `strconv`, JSON, paths, globs.

pub mod fmt;
pub mod json;
pub mod regexp;
pub mod semver;
pub mod strconv;
pub mod unicode;
//! What Go's standard library does to bytes: fmt, strconv, JSON, time layouts, paths, globs.

pub mod time;
