//! sprig's and Helm's template functions, and the one table of them.
//!
//! A file per subject exports its rows as `TABLE`; a new file needs its `mod` line and its entry in
//! `TABLES`.

use crate::template::func::{FuncDef, Index};
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

/// The functions, subject by subject.
pub const TABLES: &[&[FuncDef]] = &[
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

static INDEX: Index = Index::EMPTY.with(TABLES);
/// Slots of the index; far more than functions, so that chains stay short.
const SLOTS: usize = 1024;

/// Functions by hash of their names, collisions in the next free slot. The compiler makes it: a render
/// that calls ten functions would spend more on making it than on them.
static INDEX: [Option<&FuncDef>; SLOTS] = index();

const fn index() -> [Option<&'static FuncDef>; SLOTS] {
    let mut slots = [None; SLOTS];
    let mut table = 0;
    while table < TABLES.len() {
        let mut function = 0;
        while function < TABLES[table].len() {
            let def = &TABLES[table][function];
            let mut at = slot(def.name);
            while slots[at].is_some() {
                at = (at + 1) % SLOTS;
            }
            slots[at] = Some(def);
            function += 1;
        }
        table += 1;
    }
    slots
}

/// FNV-1a.
const fn slot(name: &str) -> usize {
    let name = name.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut i = 0;
    while i < name.len() {
        hash = (hash ^ name[i] as u64).wrapping_mul(0x0100_0000_01b3);
        i += 1;
    }
    (hash >> 32) as usize % SLOTS
}

/// The function of a name, if the templates have one.
///
/// ```
/// assert!(statefulchart::funcs::lookup("trunc").is_some());
/// assert!(statefulchart::funcs::lookup("env").is_none());
/// ```
pub fn lookup(name: &str) -> Option<&'static FuncDef> {
    INDEX.find(name.as_bytes())
}

/// All functions, subject by subject.
pub fn all() -> impl Iterator<Item = &'static FuncDef> {
    TABLES.iter().flat_map(|table| table.iter())
}

#[cfg(test)]
mod tests;
