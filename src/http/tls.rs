//! Loads certificates: those to trust, and our own.

#[cfg(feature = "net")]
mod files;
#[cfg(feature = "net")]
mod verify;

#[cfg(feature = "net")]
pub(super) use verify::Authorities;

/// Which certificates a connection uses; empty names mean none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// File with our certificate, in PEM.
    pub cert_file: String,
    /// File with our key, in PEM.
    pub key_file: String,
    /// File with the only authorities to trust, in PEM.
    pub ca_file: String,
    /// Whether any certificate will do.
    pub insecure: bool,
}
