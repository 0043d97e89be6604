//! Holds a document on the disk with what HTTP says about how long it may be used.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use crate::http::Response;
use crate::store;

/// The first line of a file in the cache.
const HEAD: &str = "statefulchart schema 1";

/// Until when a copy may be used, and how a server is asked whether it still holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Freshness {
    /// When it came, in seconds of 1970.
    fetched: u64,
    /// How many seconds it may be used unasked.
    max_age: u64,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    /// Whether it may be kept at all.
    is_kept: bool,
}

/// A document with its freshness.
#[derive(Debug)]
pub(super) struct Cached {
    pub(super) freshness: Freshness,
    pub(super) body: Vec<u8>,
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl Freshness {
    /// Reads the headers of an answer.
    pub(super) fn of(answer: &Response) -> Freshness {
        let own = |name| answer.header(name).map(str::to_owned);
        let (mut max_age, mut is_kept, mut must_ask) = (0, true, answer.is_redirected);
        for directive in answer.header("cache-control").unwrap_or_default().split(',') {
            let (name, value) = directive.trim().split_once('=').unwrap_or((directive.trim(), ""));
            match name.to_ascii_lowercase().as_str() {
                "no-store" => is_kept = false,
                "no-cache" => must_ask = true,
                "max-age" => max_age = value.trim_matches('"').parse().unwrap_or(0),
                _ => {}
            }
        }
        let age = answer.header("age").and_then(|age| age.trim().parse().ok()).unwrap_or(0);
        Freshness {
            fetched: now(),
            max_age: if must_ask { 0 } else { u64::saturating_sub(max_age, age) },
            etag: own("etag"),
            last_modified: own("last-modified"),
            is_kept,
        }
    }

    /// Takes over what an answer says that has no new document.
    pub(super) fn renew(&mut self, answer: &Response) {
        let new = Freshness::of(answer);
        let known = std::mem::take(self);
        let says = answer.header("cache-control").is_some() || answer.is_redirected;
        *self = Freshness {
            fetched: new.fetched,
            max_age: if says { new.max_age } else { known.max_age },
            etag: new.etag.or(known.etag),
            last_modified: new.last_modified.or(known.last_modified),
            is_kept: new.is_kept,
        };
    }

    /// Returns whether the copy may be used unasked. One from the future may not.
    pub(super) fn is_fresh(&self) -> bool {
        now().checked_sub(self.fetched).is_some_and(|age| age < self.max_age)
    }
}

/// Returns the file for a URL.
fn file(cache: &Path, url: &str) -> PathBuf {
    let hex: String = Sha256::digest(url).iter().map(|b| format!("{b:02x}")).collect();
    cache.join(hex)
}

impl Cached {
    /// Reads the copy of a document; one that is not whole is none.
    pub(super) fn read(cache: &Path, url: &str) -> Option<Cached> {
        let data = gostd::os::read_regular_file(&file(cache, url)).ok()?;
        let end = memchr::memmem::find(&data, b"\n\n")?;
        let head = std::str::from_utf8(data.get(..end)?).ok()?;
        let mut lines = head.lines();
        if lines.next() != Some(HEAD) {
            return None;
        }
        let mut freshness = Freshness { is_kept: true, ..Freshness::default() };
        for line in lines {
            let (name, value) = line.split_once(": ")?;
            match name {
                "fetched" => freshness.fetched = value.parse().ok()?,
                "max-age" => freshness.max_age = value.parse().ok()?,
                "etag" => freshness.etag = Some(value.to_owned()),
                "last-modified" => freshness.last_modified = Some(value.to_owned()),
                _ => {}
            }
        }
        Some(Cached { freshness, body: data.get(end + 2..)?.to_vec() })
    }

    /// Keeps the document if it may be kept. Where nothing can be written, the document is used all the same.
    pub(super) fn write(&self, cache: &Path, url: &str, shown: &str) {
        let file = file(cache, url);
        if !self.freshness.is_kept {
            let _ = std::fs::remove_file(file);
            return;
        }
        let Freshness { fetched, max_age, .. } = &self.freshness;
        let mut head = format!("{HEAD}\nurl: {shown}\nfetched: {fetched}\nmax-age: {max_age}\n");
        let validators =
            [("etag", &self.freshness.etag), ("last-modified", &self.freshness.last_modified)];
        for (name, value) in validators {
            if let Some(value) = value {
                let _ = writeln!(head, "{name}: {value}");
            }
        }
        head.push('\n');
        let whole = [head.as_bytes(), &self.body].concat();
        let made = store::make_folders(cache);
        let _ = made.and_then(|()| store::replace_whole(&file, &whole, 0o644));
    }
}
