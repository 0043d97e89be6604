//! What Go's standard library does to bytes: `fmt` verbs, `strconv`, JSON, time layouts, paths, globs.

pub mod fmt;
pub mod glob;
pub mod json;
pub mod os;
pub mod path;
pub mod regexp;
pub mod semver;
pub mod strconv;
pub mod time;
pub mod unicode;
pub mod url;
