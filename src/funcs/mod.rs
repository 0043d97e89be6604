//! sprig's and Helm's template functions, and the one table of them.
//!
//! A file per subject exports its rows as `TABLE`; a new file needs its `mod` line and its entry in
//! `TABLES`.

use std::sync::LazyLock;

use crate::template::func::FuncDef;

mod args;
mod certs;
mod convert;
mod crypto;
mod date;
mod decimal;
mod defaults;
mod dicts;
mod encoding;
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
mod toml;
mod url;
mod words;
mod yaml;

pub use url::Url;

const TABLES: &[&[FuncDef]] = &[
    certs::TABLE,
    convert::TABLE,
    crypto::TABLE,
    date::TABLE,
    decimal::TABLE,
    defaults::TABLE,
    dicts::TABLE,
    encoding::TABLE,
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

/// Slots of the index; far more than functions, so that chains stay short.
const SLOTS: usize = 1024;

/// Functions by hash of their names, collisions in the next free slot.
static INDEX: LazyLock<Vec<Option<&'static FuncDef>>> = LazyLock::new(|| {
    let mut slots = vec![None; SLOTS];
    for def in all() {
        let mut at = slot(def.name);
        while slots[at].is_some() {
            at = (at + 1) % SLOTS;
        }
        slots[at] = Some(def);
    }
    slots
});

/// FNV-1a.
fn slot(name: &str) -> usize {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, b| {
        (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 32) as usize % SLOTS
}

/// The function of a name, if the templates have one.
///
/// ```
/// assert!(statefulchart::funcs::lookup("trunc").is_some());
/// assert!(statefulchart::funcs::lookup("env").is_none());
/// ```
pub fn lookup(name: &str) -> Option<&'static FuncDef> {
    let start = slot(name);
    (0..SLOTS).map_while(|i| INDEX[(start + i) % SLOTS]).find(|def| def.name == name)
}

/// All functions, subject by subject.
pub fn all() -> impl Iterator<Item = &'static FuncDef> {
    TABLES.iter().flat_map(|table| table.iter())
}

#[cfg(test)]
mod tests;
