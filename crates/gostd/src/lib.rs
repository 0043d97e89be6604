//! Go's standard library, as far as what it prints can be seen: values of dynamic type and their kinds,
//! `fmt` verbs, `strconv`, `encoding/json`, time layouts and zones, `path`, `regexp`, `net/url`, the words
//! of system errors, and the Unicode tables of Go 1.23.
//!
//! Nothing here knows of charts. [`value`] is the ground of all crates above: Go's kinds with Go's
//! reference semantics.

pub mod fmt;
pub mod json;
pub mod os;
pub mod path;
pub mod regexp;
pub mod strconv;
pub mod time;
pub mod unicode;
pub mod url;
pub mod value;
