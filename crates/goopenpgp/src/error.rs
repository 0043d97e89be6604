//! Describes why a keyring, a signature or a key cannot be used; the words are Go's.

use std::borrow::Cow;
use std::fmt;

use gostd::strconv::quoted;

/// What is wrong, under the names of Go's package `openpgp/errors`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// It is valid, but of a kind that is not known here: Go's `UnsupportedError`.
    Unsupported(Cow<'static, str>),
    /// It breaks the rules of OpenPGP: Go's `StructuralError`.
    Structural(Cow<'static, str>),
    /// It is used for what it is not for: Go's `InvalidArgumentError`.
    InvalidArgument(Cow<'static, str>),
    /// The signature is not that of the data: Go's `SignatureError`.
    Signature(Cow<'static, str>),
    /// The signature was made by a key that is not in the keyring: Go's `ErrUnknownIssuer`.
    UnknownIssuer,
    /// The data ends within a packet.
    CutOff(Damage),
    /// The names of several keys contain the text that was looked for.
    Ambiguous {
        /// The text.
        id: Box<str>,
    },
    /// The halves of a key do not belong together.
    SecretKey,
    /// A key cannot sign.
    Sign {
        /// What the signature's library says.
        reason: Box<str>,
    },
}

/// What is wrong where data ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Nothing but that there is no more of it.
    Eof,
    /// The armor around it is broken.
    Armor,
    /// The armor holds what is no base64.
    Base64 {
        /// Where, in bytes from the armor's first line on.
        at: usize,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::Eof => f.write_str("unexpected EOF"),
            Damage::Armor => f.write_str("openpgp: invalid data: armor invalid"),
            Damage::Base64 { at } => write!(f, "illegal base64 data at input byte {at}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unsupported(what) => write!(f, "openpgp: unsupported feature: {what}"),
            Error::Structural(what) => write!(f, "openpgp: invalid data: {what}"),
            Error::InvalidArgument(what) => write!(f, "openpgp: invalid argument: {what}"),
            Error::Signature(what) => write!(f, "openpgp: invalid signature: {what}"),
            Error::UnknownIssuer => f.write_str("openpgp: signature made by unknown entity"),
            Error::CutOff(damage) => damage.fmt(f),
            Error::Ambiguous { id } => {
                write!(f, "more than one key contain the id {}", quoted(&**id))
            }
            Error::SecretKey => f.write_str("the secret key is not that of its public key"),
            Error::Sign { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for Error {}

/// Why a keyring in armor cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArmorError {
    /// A block holds something else than keys.
    Kind(Vec<u8>),
    /// There are no keys at all.
    NoKeys,
    /// The keys are of no use.
    Keys(Error),
}

impl fmt::Display for ArmorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArmorError::Kind(kind) => {
                write!(f, "expected a public or private key block, got {}", quoted(kind))
            }
            ArmorError::NoKeys => f.write_str("no keys found"),
            ArmorError::Keys(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ArmorError {}

pub(super) fn unsupported<T>(what: impl Into<Cow<'static, str>>) -> Result<T, Error> {
    Err(Error::Unsupported(what.into()))
}

pub(super) fn structural<T>(what: impl Into<Cow<'static, str>>) -> Result<T, Error> {
    Err(Error::Structural(what.into()))
}
