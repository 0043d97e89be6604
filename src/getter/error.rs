//! Describes what goes wrong with fetching.

use crate::{http, plugin, registry};

/// Why a document could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A server over HTTP.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// A registry.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// A plugin.
    #[error(transparent)]
    Plugin(#[from] plugin::Error),
    /// Nothing fetches URLs of that scheme.
    #[error("scheme {0:?} not supported")]
    Scheme(String),
    /// A plugin would fetch it, and the network is not to be used.
    #[error("Get {}: the network is not to be used", gostd::strconv::quoted(.0))]
    Offline(String),
    /// Another implementation of [`super::Getter`].
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}
