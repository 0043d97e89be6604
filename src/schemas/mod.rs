//! Fetches the documents that charts' schemas refer to by URL, as Helm does, and keeps them on the disk.

mod cached;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use gojsonschema::{LoadError, Loader};
use gostd::url::Url;

use crate::getter::{self, Getter, MAX_DOCUMENT};
use crate::report::Silent;
use cached::{Cached, Freshness};

/// How long one document may take.
pub const TIMEOUT: Duration = Duration::from_secs(30);
/// How many documents are fetched for one chart and those within it.
const MAX_DOCUMENTS: usize = 256;
/// How many bytes these may have together.
const MAX_BYTES: usize = 64 << 20;

/// The documents of schemas, by way of a [`Getter`].
///
/// A document is fetched once, however many schemas refer to it. What a server lets be kept is kept in the cache: a copy
/// within its `max-age` is taken as it is, an older one if the server says by its `ETag` or `Last-Modified` that it
/// still holds.
#[derive(Debug)]
pub struct Documents<G> {
    getter: G,
    cache: PathBuf,
    offline: bool,
    seen: RefCell<HashMap<String, Result<Vec<u8>, LoadError>>>,
}

/// Why a document was not had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No server answered.
    #[error(transparent)]
    Getter(#[from] getter::Error),
    /// The server answered something else than 200.
    #[error("Could not read schema from HTTP, response status is {line}")]
    Status {
        /// The status, e.g. 404.
        code: u16,
        /// The status with the server's words.
        line: String,
    },
    /// The network is not to be used, and the cache lacks the document.
    #[error("Get {}: not in the cache of schemas ({}), and the network is not to be used", gostd::strconv::quoted(.url), .cache.display())]
    NotCached {
        /// The document's URL, a password hidden.
        url: String,
        /// The folder with the cache.
        cache: PathBuf,
    },
    /// Schemas refer to too much.
    #[error("schemas refer to more than {MAX_DOCUMENTS} documents or {MAX_BYTES} bytes")]
    TooMuch,
}

impl<G: Getter> Documents<G> {
    /// Returns the documents that `getter` brings; copies lie in the folder `cache`, and there alone is looked if
    /// `offline`.
    pub fn new(getter: G, cache: PathBuf, offline: bool) -> Documents<G> {
        Documents { getter, cache, offline, seen: RefCell::default() }
    }

    fn fetch(&self, url: &str) -> Result<Vec<u8>, Error> {
        let shown = Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.without_password());
        let cached = Cached::read(&self.cache, url);
        if self.offline {
            let missing = || Error::NotCached { url: shown, cache: self.cache.clone() };
            return cached.map(|cached| cached.body).ok_or_else(missing);
        }
        let cached = match cached {
            Some(cached) if cached.freshness.is_fresh() => return Ok(cached.body),
            cached => cached,
        };
        let mut headers = Vec::new();
        if let Some(Cached { freshness, .. }) = &cached {
            headers.extend(freshness.etag.as_deref().map(|tag| ("If-None-Match", tag)));
            let modified = freshness.last_modified.as_deref();
            headers.extend(modified.map(|time| ("If-Modified-Since", time)));
        }
        let answer = self.getter.ask(url, &headers, MAX_DOCUMENT, TIMEOUT, &Silent)?;
        match (answer.status, cached) {
            (304, Some(mut cached)) => {
                cached.freshness.renew(&answer);
                cached.write(&self.cache, url, &shown);
                Ok(cached.body)
            }
            (200, _) => {
                let cached = Cached { freshness: Freshness::of(&answer), body: answer.body };
                cached.write(&self.cache, url, &shown);
                Ok(cached.body)
            }
            _ => Err(Error::Status { code: answer.status, line: answer.status_line }),
        }
    }
}

impl<G: Getter> Loader for Documents<G> {
    fn load(&self, url: &str) -> Result<Vec<u8>, LoadError> {
        if let Some(known) = self.seen.borrow().get(url) {
            return known.clone();
        }
        let seen = self.seen.borrow();
        let bytes: usize = seen.values().flatten().map(Vec::len).sum();
        let is_much = seen.len() >= MAX_DOCUMENTS || bytes > MAX_BYTES;
        drop(seen);
        let document = if is_much { Err(Error::TooMuch) } else { self.fetch(url) };
        let document = document.map_err(|error| match &error {
            Error::Status { code, .. } => LoadError::new(error.to_string()).with_status(*code),
            _ => LoadError::new(error),
        });
        self.seen.borrow_mut().insert(url.to_owned(), document.clone());
        document
    }
}

#[cfg(test)]
mod tests;
