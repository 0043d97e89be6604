//! Describes why a key or a certificate cannot be read, made or used; the words are Go's and sprig's.

use std::fmt;

use gostd::strconv::quoted;

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// A text holds no PEM block.
    NoPem,
    /// A PEM block that holds no key, and its label.
    NoKey(Box<str>),
    /// A PEM block with a kind of key that is not known.
    KeyKind(Box<str>),
    /// The key in a PEM block that names no kind is wrong.
    Pkcs8(Box<Error>),
    /// The key in a PEM block of a kind is wrong.
    Pem(&'static str, Box<Error>),
    /// The key of a kind within PKCS#8 is wrong.
    Embedded(&'static str, Box<Error>),
    /// The data is no ASN.1, or not that of a key, in the words of Go's `asn1`.
    Asn1(&'static str),
    /// As [`Error::Asn1`], of the key of an elliptic curve.
    EcAsn1(&'static str),
    /// As [`Error::Asn1`], of the key of a Montgomery or Edwards curve.
    CurveAsn1(&'static str, &'static str),
    /// The data is a key in another form, for which Go has this function.
    OtherForm(&'static str),
    /// The key of an algorithm that is not known.
    Algorithm(Box<str>),
    /// A Montgomery or Edwards curve with parameters.
    Parameters(&'static str),
    /// An Ed25519 key of another length in bytes.
    Ed25519Length(usize),
    /// An X25519 key of another length.
    X25519Length,
    /// The key of an elliptic curve in another version.
    EcVersion(u32),
    /// An elliptic curve that is not known.
    Curve,
    /// A secret that is zero or too large for its curve.
    EcValue,
    /// An RSA key of several primes.
    RsaVersion,
    /// An RSA key with a number that is not above 0.
    RsaNumber,
    /// What Go's `crypto/rsa` or the library in its place says.
    Rsa(Box<str>),
    /// What the library says that makes keys.
    Generate(Box<str>),
    /// A kind of key that certificates do not hold: its Go type.
    PublicKeyType(&'static str),
    /// A kind of key that signs no certificates.
    NotSigner,
    /// A key that is not its certificate's.
    Mismatch,
    /// A common name that is no UTF-8.
    NotUtf8,
    /// A year of more than four digits.
    Time,
    /// A DNS name that is not ASCII.
    DnsName(Box<[u8]>),
    /// A part of a certificate that is not as it must be.
    Malformed(&'static str),
    /// What `x509` says of a certificate that is well-formed and wrong.
    Certificate(&'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NoPem => f.write_str("no PEM data in input"),
            Error::NoKey(label) => write!(f, "no private key data in PEM block of type {label}"),
            Error::KeyKind(kind) => write!(f, "invalid private key type {kind}"),
            Error::Pkcs8(cause) => write!(f, "decoding PEM as PKCS#8: {cause}"),
            Error::Pem(kind, cause) => write!(f, "parsing {kind} private key from PEM: {cause}"),
            Error::Embedded(kind, cause) => {
                write!(f, "x509: failed to parse {kind} private key embedded in PKCS#8: {cause}")
            }
            Error::Asn1(what) => write!(f, "asn1: {what}"),
            Error::EcAsn1(what) => write!(f, "x509: failed to parse EC private key: asn1: {what}"),
            Error::CurveAsn1(name, what) => {
                write!(f, "x509: invalid {name} private key: asn1: {what}")
            }
            Error::OtherForm(form) => write!(
                f,
                "x509: failed to parse private key (use {form} instead for this key format)"
            ),
            Error::Algorithm(oid) => write!(
                f,
                "x509: PKCS#8 wrapping contained private key with unknown algorithm: {oid}"
            ),
            Error::Parameters(name) => write!(f, "x509: invalid {name} private key parameters"),
            Error::Ed25519Length(length) => {
                write!(f, "x509: invalid Ed25519 private key length: {length}")
            }
            Error::X25519Length => f.write_str("crypto/ecdh: invalid private key size"),
            Error::EcVersion(version) => {
                write!(f, "x509: unknown EC private key version {version}")
            }
            Error::Curve => f.write_str("x509: unknown elliptic curve"),
            Error::EcValue => f.write_str("x509: invalid elliptic curve private key value"),
            Error::RsaVersion => f.write_str("x509: unsupported private key version"),
            Error::RsaNumber => f.write_str("x509: private key contains zero or negative value"),
            Error::Rsa(what) => write!(f, "crypto/rsa: {what}"),
            Error::Generate(what) => f.write_str(what),
            Error::PublicKeyType(go_type) => {
                write!(f, "x509: unsupported public key type: {go_type}")
            }
            Error::NotSigner => {
                f.write_str("x509: certificate private key does not implement crypto.Signer")
            }
            Error::Mismatch => {
                f.write_str("x509: provided PrivateKey doesn't match parent's PublicKey")
            }
            Error::NotUtf8 => f.write_str("asn1: string not valid UTF-8"),
            Error::Time => {
                f.write_str("asn1: structure error: cannot represent time as GeneralizedTime")
            }
            Error::DnsName(name) => {
                write!(f, "x509: {} cannot be encoded as an IA5String", quoted(name))
            }
            Error::Malformed(part) => write!(f, "x509: malformed {part}"),
            Error::Certificate(what) => write!(f, "x509: {what}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Pkcs8(cause) | Error::Pem(_, cause) | Error::Embedded(_, cause) => {
                Some(&**cause)
            }
            _ => None,
        }
    }
}

/// What a template function was doing when it failed.
#[derive(Debug)]
pub(super) struct Failed {
    /// In sprig's words: `parsing private key`.
    pub(super) doing: &'static str,
    pub(super) cause: Error,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.cause)
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}
