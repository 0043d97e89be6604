//! What Go's standard library does to bytes: fmt, strconv, JSON, time layouts, paths, globs.

pub mod regexp;
pub mod semver;
