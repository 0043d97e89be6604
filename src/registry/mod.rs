//! Keeps charts in registries: the part of the OCI distribution protocol that they need, and who the user is
//! to a registry.

mod auth;
mod client;
mod error;
mod json;
mod logins;
mod oras;
mod protocol;
mod push;
mod reference;

pub use auth::Credential;
pub use client::{Client, Layer};
pub use error::{BlobError, Error};
pub use logins::{Access, Logins};
pub use oras::OrasError;
pub use push::Package;
pub use reference::Reference;
