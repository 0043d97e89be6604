//! Charts in registries: the part of the OCI distribution protocol that they need, and who the user is
//! to a registry.

mod auth;
mod client;
mod error;
mod logins;
mod protocol;
mod push;
mod reference;

pub use auth::Credential;
pub use client::{Client, Layer};
pub use error::Error;
pub use logins::{Access, Logins};
pub use push::Package;
pub use reference::Reference;

/// Reads an answer of a registry; of a field that stands twice the last one counts.
fn from_json<T: serde::de::DeserializeOwned>(data: &[u8]) -> Result<T, Error> {
    let text = String::from_utf8_lossy(data);
    let tree = serde_json::from_str::<serde_json::Value>(&text);
    tree.and_then(serde_json::from_value).map_err(|e| {
        // What is wrong with a text is said in Go's words.
        gostd::json::unmarshal(data).map_or_else(Error::Json, |_| Error::Shape(e))
    })
}
