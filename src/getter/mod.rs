//! Fetches documents from anywhere: one trait, and its implementation over HTTP, registries and plugins.

mod error;
mod providers;
mod settings;

use std::time::Duration;

use crate::report::Reporter;
pub use error::Error;
pub use providers::Providers;
pub use settings::{Settings, user_agent};

pub use crate::http::{MAX_DOCUMENT, MAX_INDEX, MAX_PACKAGE, Options, Response};

/// The world outside: it brings charts, indexes, values and signatures. Several threads may ask at once.
pub trait Getter: Sync {
    /// Fetches a document of at most `limit` bytes by its URL.
    ///
    /// # Errors
    /// Helm's texts, e.g. `failed to fetch URL : 404 Not Found`.
    fn get(
        &self,
        url: &str,
        options: &Options,
        limit: u64,
        reporter: &dyn Reporter,
    ) -> Result<Vec<u8>, Error>;

    /// Asks for a document as anybody would, without credentials, and returns the answer whatever its status. Of the
    /// limits one is for the body's bytes, one for the time until it is there.
    ///
    /// # Errors
    /// Go's texts where there is no answer: `Get "URL": EOF`.
    fn ask(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        limit: u64,
        within: Duration,
        reporter: &dyn Reporter,
    ) -> Result<Response, Error>;

    /// Fetches a plugin from a registry: its archive and, if there is one, its provenance file.
    ///
    /// # Errors
    /// What the registry says.
    fn plugin(
        &self,
        reference: &str,
        _reporter: &dyn Reporter,
    ) -> Result<(Vec<u8>, Option<Vec<u8>>), Error> {
        Err(Error::Scheme(reference.split("://").next().unwrap_or_default().to_owned()))
    }

    /// Returns whether URLs of that scheme can be fetched.
    fn knows(&self, scheme: &str) -> bool;

    /// Returns the media type that a server names for a URL, if it answers.
    fn media_type(&self, url: &str, reporter: &dyn Reporter) -> Option<String>;

    /// Returns the versions that a registry has of `HOST/NAME`, newest first.
    ///
    /// # Errors
    /// What the registry says.
    fn tags(&self, reference: &str, reporter: &dyn Reporter) -> Result<Vec<String>, Error>;

    /// Returns the `oci://` reference with a tag that a reference and a version mean.
    ///
    /// # Errors
    /// Helm's texts: `chart reference and version mismatch: …`, `Could not locate a version …`.
    fn resolve(
        &self,
        reference: &str,
        version: &str,
        reporter: &dyn Reporter,
    ) -> Result<String, Error>;
}
