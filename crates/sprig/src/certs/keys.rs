//! Makes private keys, reads and writes them as PEM, and signs with them.

use std::collections::BTreeMap;
use std::sync::Mutex;

use p256::ecdsa::signature::Signer;

use super::der::{self, Reader, syntax, tag};
use super::error::Error;
use super::pem;
pub(crate) use super::rsa::RsaSize;
use super::rsa::{self, RsaKey, read_rsa};
use crate::random;
use gotemplate::func::Host;

pub(super) const OID_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const OID_EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const OID_ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const OID_X25519: &[u8] = &[0x2b, 0x65, 0x6e];
const OID_SHA256_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const OID_ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const OID_ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
const OID_ECDSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];

/// A NIST curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    const ALL: [Curve; 3] = [Curve::P256, Curve::P384, Curve::P521];

    fn oid(self) -> &'static [u8] {
        match self {
            Curve::P256 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
            Curve::P384 => &[0x2b, 0x81, 0x04, 0x00, 0x22],
            Curve::P521 => &[0x2b, 0x81, 0x04, 0x00, 0x23],
        }
    }

    /// Returns the length of a secret in bytes.
    fn len(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }

    /// Returns the uncompressed public point of a secret; `None` where that is zero or too large.
    fn public(self, secret: &[u8]) -> Option<Vec<u8>> {
        let point = match self {
            Curve::P256 => p256::SecretKey::from_slice(secret).ok()?.public_key().to_sec1_bytes(),
            Curve::P384 => p384::SecretKey::from_slice(secret).ok()?.public_key().to_sec1_bytes(),
            Curve::P521 => p521::SecretKey::from_slice(secret).ok()?.public_key().to_sec1_bytes(),
        };
        Some(point.into_vec())
    }

    /// Returns an ECDSA signature in ASN.1, with the hash that goes with the curve.
    fn sign(self, secret: &[u8], message: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Curve::P256 => {
                let key = p256::ecdsa::SigningKey::from_slice(secret).ok()?;
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            Curve::P384 => {
                let key = p384::ecdsa::SigningKey::from_slice(secret).ok()?;
                let signature: p384::ecdsa::Signature = key.sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            Curve::P521 => {
                let key = p521::ecdsa::SigningKey::from_slice(secret).ok()?;
                let signature: p521::ecdsa::Signature = key.sign(message);
                signature.to_der().as_bytes().to_vec()
            }
        })
    }
}

/// A private key, and what of it is public.
#[derive(Clone, Debug)]
pub(crate) enum PrivateKey {
    Rsa(RsaKey),
    /// The secret and the uncompressed public point
    Ec {
        curve: Curve,
        secret: Vec<u8>,
        public: Vec<u8>,
    },
    /// The seed and the public key
    Ed25519 {
        seed: [u8; 32],
        public: [u8; 32],
    },
    /// Read, but of no use for certificates
    X25519,
    /// OpenSSL's encoding: version, P, Q, G, Y, X
    Dsa {
        private: Vec<u8>,
    },
}

impl PrivateKey {
    /// Returns the key in PEM, in the form that sprig chooses for its kind.
    pub(crate) fn to_pem(&self) -> Vec<u8> {
        match self {
            PrivateKey::Rsa(key) => pem::encode("RSA PRIVATE KEY", &key.private),
            PrivateKey::Dsa { private } => pem::encode("DSA PRIVATE KEY", private),
            PrivateKey::Ec { curve, secret, public } => {
                let oid = der::element(tag::OID, &[curve.oid()]);
                let data = der::sequence(&[
                    &der::unsigned(&[1]),
                    &der::element(tag::OCTET_STRING, &[secret]),
                    &der::element(tag::explicit(0), &[&oid]),
                    &der::element(tag::explicit(1), &[&der::bits(public)]),
                ]);
                pem::encode("EC PRIVATE KEY", &data)
            }
            PrivateKey::Ed25519 { seed, .. } => {
                let oid = der::element(tag::OID, &[OID_ED25519]);
                let inner = der::element(tag::OCTET_STRING, &[seed]);
                let data = der::sequence(&[
                    &der::unsigned(&[]),
                    &der::sequence(&[&oid]),
                    &der::element(tag::OCTET_STRING, &[&inner]),
                ]);
                pem::encode("PRIVATE KEY", &data)
            }
            PrivateKey::X25519 => Vec::new(),
        }
    }

    /// Returns the encoded SubjectPublicKeyInfo's algorithm and key bits.
    ///
    /// # Errors
    /// Go's, for kinds of keys that certificates do not hold.
    pub(super) fn public_info(&self) -> Result<(Vec<u8>, &[u8]), Error> {
        let oid = |oid: &[u8]| der::element(tag::OID, &[oid]);
        Ok(match self {
            PrivateKey::Rsa(key) => {
                let null = der::element(tag::NULL, &[]);
                (der::sequence(&[&oid(OID_RSA), &null]), &key.public)
            }
            PrivateKey::Ec { curve, public, .. } => {
                (der::sequence(&[&oid(OID_EC), &oid(curve.oid())]), public)
            }
            PrivateKey::Ed25519 { public, .. } => (der::sequence(&[&oid(OID_ED25519)]), public),
            PrivateKey::X25519 => {
                return Err(Error::PublicKeyType("*ecdh.PublicKey"));
            }
            PrivateKey::Dsa { .. } => {
                return Err(Error::PublicKeyType("*dsa.PublicKey"));
            }
        })
    }

    /// Returns the encoded algorithm that this key signs certificates with.
    ///
    /// # Errors
    /// Go's, for kinds of keys that cannot sign.
    pub(super) fn signature_algorithm(&self) -> Result<Vec<u8>, Error> {
        let oid = |oid: &[u8]| der::element(tag::OID, &[oid]);
        Ok(match self {
            PrivateKey::Rsa(_) => {
                der::sequence(&[&oid(OID_SHA256_RSA), &der::element(tag::NULL, &[])])
            }
            PrivateKey::Ec { curve, .. } => der::sequence(&[&oid(match curve {
                Curve::P256 => OID_ECDSA_SHA256,
                Curve::P384 => OID_ECDSA_SHA384,
                Curve::P521 => OID_ECDSA_SHA512,
            })]),
            PrivateKey::Ed25519 { .. } => der::sequence(&[&oid(OID_ED25519)]),
            PrivateKey::X25519 | PrivateKey::Dsa { .. } => return Err(Error::NotSigner),
        })
    }

    /// Signs a message with [`PrivateKey::signature_algorithm`].
    ///
    /// # Errors
    /// Where the library refuses the key.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        match self {
            PrivateKey::Rsa(key) => rsa::sign(&key.private, message),
            PrivateKey::Ec { curve, secret, .. } => {
                curve.sign(secret, message).ok_or(Error::EcValue)
            }
            PrivateKey::Ed25519 { seed, .. } => {
                Ok(ed25519_dalek::SigningKey::from_bytes(seed).sign(message).to_bytes().to_vec())
            }
            PrivateKey::X25519 | PrivateKey::Dsa { .. } => self.signature_algorithm(),
        }
    }
}

/// The keys of a kind that the process has made for a fixed course of random values.
type Kept = Mutex<BTreeMap<(u64, usize), PrivateKey>>;

fn generating(error: impl std::fmt::Display) -> Error {
    Error::Generate(error.to_string().into())
}

/// Returns a new RSA key with the exponent 65537.
pub(crate) fn generate_rsa(host: &mut dyn Host, size: RsaSize) -> Result<PrivateKey, Error> {
    static KEPT: [Kept; 2] = [const { Mutex::new(BTreeMap::new()) }; 2];
    let kept = match size {
        RsaSize::Bits2048 => &KEPT[0],
        RsaSize::Bits4096 => &KEPT[1],
    };
    random::key(kept, || {
        let (key, elsewhere) = rsa::generate(size)?;
        host.spent(elsewhere);
        Ok(PrivateKey::Rsa(key))
    })
}

/// Returns a new DSA key of 2048 bits with a subgroup of 256.
pub(crate) fn generate_dsa() -> Result<PrivateKey, Error> {
    static KEPT: Kept = Mutex::new(BTreeMap::new());
    random::key(&KEPT, new_dsa)
}

fn new_dsa() -> Result<PrivateKey, Error> {
    let mut random = getrandom::SysRng;
    let components = dsa::Components::try_generate_from_rng_with_key_size(
        &mut random,
        dsa::KeySize::DSA_2048_256,
    )
    .map_err(generating)?;
    let key = dsa::SigningKey::try_generate_from_rng_with_components(&mut random, components)
        .map_err(generating)?;
    let public = key.verifying_key();
    let components = public.components();
    let integers = [
        components.p().to_be_bytes(),
        components.q().to_be_bytes(),
        components.g().to_be_bytes(),
        public.y().to_be_bytes(),
        key.x().to_be_bytes(),
    ];
    let mut parts = der::unsigned(&[]);
    for integer in &integers {
        parts.extend_from_slice(&der::unsigned(integer));
    }
    Ok(PrivateKey::Dsa { private: der::sequence(&[&parts]) })
}

/// Returns a new key on the curve P-256.
pub(crate) fn generate_p256() -> Result<PrivateKey, Error> {
    static KEPT: Kept = Mutex::new(BTreeMap::new());
    random::key(&KEPT, new_p256)
}

fn new_p256() -> Result<PrivateKey, Error> {
    let curve = Curve::P256;
    let mut secret = vec![0; curve.len()];
    // All but one in four billion numbers are below the curve's order.
    for _ in 0..100 {
        getrandom::fill(&mut secret).map_err(generating)?;
        if let Some(public) = curve.public(&secret) {
            return Ok(PrivateKey::Ec { curve, secret, public });
        }
    }
    Err(Error::Generate("the system's random numbers are out of range".into()))
}

/// Returns a new Ed25519 key.
pub(crate) fn generate_ed25519() -> Result<PrivateKey, Error> {
    static KEPT: Kept = Mutex::new(BTreeMap::new());
    random::key(&KEPT, new_ed25519)
}

fn new_ed25519() -> Result<PrivateKey, Error> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(generating)?;
    Ok(ed25519(seed))
}

fn ed25519(seed: [u8; 32]) -> PrivateKey {
    let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().to_bytes();
    PrivateKey::Ed25519 { seed, public }
}

/// Reads the first PEM block as a private key.
///
/// # Errors
/// In sprig's words, e.g. `no PEM data in input`.
pub(crate) fn parse_pem(text: &[u8]) -> Result<PrivateKey, Error> {
    let Some(block) = pem::decode(text) else {
        return Err(Error::NoPem);
    };
    let label = String::from_utf8_lossy(&block.label);
    if label == "PRIVATE KEY" {
        return parse_pkcs8(&block.data).map_err(|e| Error::Pkcs8(e.into()));
    }
    match label.strip_suffix(" PRIVATE KEY") {
        Some("RSA") => parse_rsa(&block.data).map_err(|e| Error::Pem("RSA", e.into())),
        Some("EC") => parse_ec(&block.data, None).map_err(|e| Error::Pem("EC", e.into())),
        Some("DSA") => parse_dsa(&block.data)
            .ok_or_else(|| Error::Pem("DSA", Error::Asn1(syntax(&block.data)).into())),
        Some(kind) => Err(Error::KeyKind(kind.into())),
        None => Err(Error::NoKey(label.into())),
    }
}

/// Tells which other form of key the data is in.
fn other_form(data: &[u8], expected: &str) -> Option<Error> {
    let forms = [
        ("ParseECPrivateKey", read_ec(data).is_some()),
        ("ParsePKCS8PrivateKey", read_pkcs8(data).is_some()),
        ("ParsePKCS1PrivateKey", read_rsa(data).is_some()),
    ];
    let (form, _) = forms.iter().find(|(name, fits)| *name != expected && *fits)?;
    Some(Error::OtherForm(form))
}

/// Reads a PKCS#1 private key.
fn parse_rsa(data: &[u8]) -> Result<PrivateKey, Error> {
    let Some((version, numbers)) = read_rsa(data) else {
        let hint = other_form(data, "ParsePKCS1PrivateKey");
        return Err(hint.unwrap_or_else(|| Error::Asn1(syntax(data))));
    };
    if version > 0 {
        return Err(Error::RsaVersion);
    }
    let positive = |n: &[u8]| n.first().is_some_and(|b| *b < 0x80) && !der::trim(n).is_empty();
    if !numbers.iter().all(|n| positive(n)) {
        return Err(Error::RsaNumber);
    }
    rsa::check(&numbers)?;
    Ok(PrivateKey::Rsa(RsaKey::new(&numbers)))
}

/// A SEC 1 private key, as far as it has been read.
struct EcKey<'a> {
    version: u32,
    secret: &'a [u8],
    curve: Option<&'a [u8]>,
}

fn read_ec(data: &[u8]) -> Option<EcKey<'_>> {
    let mut reader = Reader(data).sequence()?;
    let version = reader.small()?;
    let secret = reader.take(tag::OCTET_STRING)?;
    let curve = match reader.take(tag::explicit(0)) {
        Some(oid) => Some(Reader(oid).take(tag::OID)?),
        None => None,
    };
    Some(EcKey { version, secret, curve })
}

/// Reads a SEC 1 private key; the curve is the one given, else the one it names.
fn parse_ec(data: &[u8], oid: Option<&[u8]>) -> Result<PrivateKey, Error> {
    let Some(EcKey { version, secret, curve }) = read_ec(data) else {
        let hint = other_form(data, "ParseECPrivateKey");
        return Err(hint.unwrap_or_else(|| Error::EcAsn1(syntax(data))));
    };
    if version != 1 {
        return Err(Error::EcVersion(version));
    }
    let oid = oid.or(curve);
    let Some(curve) = Curve::ALL.into_iter().find(|curve| Some(curve.oid()) == oid) else {
        return Err(Error::Curve);
    };
    // Some keys have leading zeros too many, others too few.
    let significant = der::trim(secret);
    if significant.len() > curve.len() {
        return Err(Error::EcValue);
    }
    let mut secret = vec![0; curve.len() - significant.len()];
    secret.extend_from_slice(significant);
    match curve.public(&secret) {
        Some(public) => Ok(PrivateKey::Ec { curve, secret, public }),
        None => Err(Error::EcValue),
    }
}

/// Returns the algorithm's identifier, its encoded parameters, and the key of a PKCS#8 private key.
fn read_pkcs8(data: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut reader = Reader(data).sequence()?;
    reader.small()?;
    let mut algorithm = reader.sequence()?;
    let oid = algorithm.take(tag::OID)?;
    let key = reader.take(tag::OCTET_STRING)?;
    Some((oid, algorithm.0, key))
}

fn parse_pkcs8(data: &[u8]) -> Result<PrivateKey, Error> {
    let Some((oid, params, key)) = read_pkcs8(data) else {
        let hint = other_form(data, "ParsePKCS8PrivateKey");
        return Err(hint.unwrap_or_else(|| Error::Asn1(syntax(data))));
    };
    match oid {
        OID_RSA => parse_rsa(key).map_err(|e| Error::Embedded("RSA", e.into())),
        OID_EC => parse_ec(key, Reader(params).take(tag::OID))
            .map_err(|e| Error::Embedded("EC", e.into())),
        OID_ED25519 | OID_X25519 => {
            let name = if oid == OID_ED25519 { "Ed25519" } else { "X25519" };
            if !params.is_empty() {
                return Err(Error::Parameters(name));
            }
            let Some(seed) = Reader(key).take(tag::OCTET_STRING) else {
                return Err(Error::CurveAsn1(name, syntax(key)));
            };
            match (oid == OID_ED25519, <[u8; 32]>::try_from(seed)) {
                (true, Ok(seed)) => Ok(ed25519(seed)),
                (false, Ok(_)) => Ok(PrivateKey::X25519),
                (true, Err(_)) => Err(Error::Ed25519Length(seed.len())),
                (false, Err(_)) => Err(Error::X25519Length),
            }
        }
        _ => Err(Error::Algorithm(dotted(oid).into())),
    }
}

fn parse_dsa(data: &[u8]) -> Option<PrivateKey> {
    let mut reader = Reader(data).sequence()?;
    for _ in 0..6 {
        reader.integer()?;
    }
    Some(PrivateKey::Dsa { private: data.to_vec() })
}

/// Returns an object identifier as `1.2.840`.
fn dotted(oid: &[u8]) -> String {
    let mut arcs = Vec::new();
    let mut arc = 0u64;
    for byte in oid {
        arc = arc << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.extend([first, arc - 40 * first]);
            } else {
                arcs.push(arc);
            }
            arc = 0;
        }
    }
    arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}
