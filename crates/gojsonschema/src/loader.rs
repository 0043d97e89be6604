//! Hands in the documents that schemas refer to.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Brings the documents that a `$ref` names by a URL, such as `https://example.org/schema.json`. Files and the
/// published meta-schemas are not asked for.
pub trait Loader {
    /// Returns the document of a URL without a fragment.
    ///
    /// # Errors
    /// Why there is none; the text is shown as it is.
    fn load(&self, url: &str) -> Result<Vec<u8>, LoadError>;
}

/// Why a document was not loaded: whatever a [`Loader`] says. Two are equal that say the same.
#[derive(Clone, Debug)]
pub struct LoadError {
    cause: Arc<dyn Error + Send + Sync>,
    status: Option<u16>,
}

impl LoadError {
    /// Wraps what went wrong.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> LoadError {
        LoadError { cause: Arc::from(cause.into()), status: None }
    }

    /// Adds the status that a server answered with, e.g. 404.
    pub fn with_status(self, status: u16) -> LoadError {
        LoadError { status: Some(status), ..self }
    }

    /// Returns the status that a server answered with, if that is what went wrong.
    pub fn status(&self) -> Option<u16> {
        self.status
    }
}

impl PartialEq for LoadError {
    fn eq(&self, other: &LoadError) -> bool {
        self.to_string() == other.to_string()
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl Error for LoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.source()
    }
}

/// A [`Loader`] that refuses.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLoader;

impl Loader for NoLoader {
    fn load(&self, url: &str) -> Result<Vec<u8>, LoadError> {
        Err(LoadError::new(format!("Get \"{url}\": no documents are fetched here")))
    }
}
