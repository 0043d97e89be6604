#![doc = include_str!("../README.md")]
//!
//! A file per subject exports its rows as `TABLE`; a new file needs its `mod` line and its entry in
//! `TABLES`.

use gotemplate::func::{FuncDef, Index};

mod args;
#[cfg(feature = "crypto")]
mod certs;
#[cfg(feature = "crypto")]
mod ciphers;
mod convert;
mod crypto;
mod date;
mod decimal;
mod defaults;
mod dicts;
mod durations;
mod encoding;
mod environment;
mod flow;
mod hashes;
mod json;
mod lists;
mod math;
mod merge;
mod network;
mod paths;
mod random;
mod reflect;
mod regex;
mod semver;
mod strings;
#[cfg(test)]
mod test_host;
mod toml;
mod url;
mod words;
mod yaml;

pub use durations::DURATIONS;
pub use encoding::base64_decode;
pub use random::{Fixed, begin_file, random_text};
pub use semver::{SEMVER_3_4, SEMVER_3_5};
pub use toml::{MUST_TO_TOML, TOML_1_5, TOML_1_6};
pub use url::Url;
pub use yaml::MUST_TO_YAML;

/// The functions, subject by subject.
pub const TABLES: &[&[FuncDef]] = &[
    convert::TABLE,
    crypto::TABLE,
    date::TABLE,
    decimal::TABLE,
    defaults::TABLE,
    dicts::TABLE,
    encoding::TABLE,
    hashes::TABLE,
    json::TABLE,
    lists::TABLE,
    math::TABLE,
    merge::TABLE,
    network::TABLE,
    paths::TABLE,
    random::TABLE,
    reflect::TABLE,
    regex::TABLE,
    semver::TABLE,
    strings::TABLE,
    toml::TABLE,
    url::TABLE,
    words::TABLE,
    yaml::TABLE,
];

static INDEX: Index = Index::EMPTY.with(TABLES);

/// Returns the function of a name, if the templates have one.
///
/// ```
/// assert!(sprig::lookup("trunc").is_some());
/// assert!(sprig::lookup("env").is_none());
/// ```
pub fn lookup(name: &str) -> Option<&'static FuncDef> {
    INDEX.find(name.as_bytes())
}

/// Returns `env` or `expandenv`, which read the environment of the process: Helm has them in the template of a release's
/// name, and hides them from charts.
pub fn environment(name: &str) -> Option<&'static FuncDef> {
    environment::TABLE.iter().find(|def| def.name == name)
}

/// Returns all functions, subject by subject.
pub fn all() -> impl Iterator<Item = &'static FuncDef> {
    TABLES.iter().flat_map(|table| table.iter())
}

#[cfg(test)]
mod tests;
