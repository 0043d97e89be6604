//! Private keys: made, read from PEM, written to PEM, and used to sign.

use p256::ecdsa::signature::Signer;

use super::der::{self, Reader, tag};
use super::pem;
pub(crate) use super::rsa::{RsaSize, generate_rsa};
use super::rsa::{check_rsa, sign_rsa};

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

    /// The length of a secret in bytes.
    fn len(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }

    /// The uncompressed public point of a secret; `None` where that is zero or too large.
    fn public(self, secret: &[u8]) -> Option<Vec<u8>> {
        let point = match self {
            Curve::P256 => p256::SecretKey::from_slice(secret).ok()?.public_key().to_sec1_bytes(),
            Curve::P384 => p384::SecretKey::from_slice(secret).ok()?.public_key().to_sec1_bytes(),
            Curve::P521 => p521::SecretKey::from_slice(secret).ok()?.public_key().to_sec1_bytes(),
        };
        Some(point.into_vec())
    }

    /// An ECDSA signature in ASN.1, with the hash that goes with the curve.
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
#[derive(Debug)]
pub(crate) enum PrivateKey {
    /// The PKCS#1 encoding of the private and of the public key
    Rsa { private: Vec<u8>, public: Vec<u8> },
    /// The secret and the uncompressed public point
    Ec { curve: Curve, secret: Vec<u8>, public: Vec<u8> },
    /// The seed and the public key
    Ed25519 { seed: [u8; 32], public: [u8; 32] },
    /// Read, but of no use for certificates
    X25519,
    /// OpenSSL's encoding: version, P, Q, G, Y, X
    Dsa { private: Vec<u8> },
}

impl PrivateKey {
    /// The key in PEM, in the form that sprig chooses for its kind.
    pub(crate) fn to_pem(&self) -> Vec<u8> {
        match self {
            PrivateKey::Rsa { private, .. } => pem::encode("RSA PRIVATE KEY", private),
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

    /// The encoded SubjectPublicKeyInfo's algorithm and key bits.
    ///
    /// # Errors
    /// Go's, for kinds of keys that certificates do not hold.
    pub(super) fn public_info(&self) -> Result<(Vec<u8>, &[u8]), String> {
        let oid = |oid: &[u8]| der::element(tag::OID, &[oid]);
        Ok(match self {
            PrivateKey::Rsa { public, .. } => {
                let null = der::element(tag::NULL, &[]);
                (der::sequence(&[&oid(OID_RSA), &null]), public)
            }
            PrivateKey::Ec { curve, public, .. } => {
                (der::sequence(&[&oid(OID_EC), &oid(curve.oid())]), public)
            }
            PrivateKey::Ed25519 { public, .. } => (der::sequence(&[&oid(OID_ED25519)]), public),
            PrivateKey::X25519 => {
                return Err("x509: unsupported public key type: *ecdh.PublicKey".to_owned());
            }
            PrivateKey::Dsa { .. } => {
                return Err("x509: unsupported public key type: *dsa.PublicKey".to_owned());
            }
        })
    }

    /// The encoded algorithm that this key signs certificates with.
    ///
    /// # Errors
    /// Go's, for kinds of keys that cannot sign.
    pub(super) fn signature_algorithm(&self) -> Result<Vec<u8>, String> {
        let oid = |oid: &[u8]| der::element(tag::OID, &[oid]);
        Ok(match self {
            PrivateKey::Rsa { .. } => {
                der::sequence(&[&oid(OID_SHA256_RSA), &der::element(tag::NULL, &[])])
            }
            PrivateKey::Ec { curve, .. } => der::sequence(&[&oid(match curve {
                Curve::P256 => OID_ECDSA_SHA256,
                Curve::P384 => OID_ECDSA_SHA384,
                Curve::P521 => OID_ECDSA_SHA512,
            })]),
            PrivateKey::Ed25519 { .. } => der::sequence(&[&oid(OID_ED25519)]),
            PrivateKey::X25519 | PrivateKey::Dsa { .. } => {
                let text = "x509: certificate private key does not implement crypto.Signer";
                return Err(text.to_owned());
            }
        })
    }

    /// Signs a message with [`PrivateKey::signature_algorithm`].
    ///
    /// # Errors
    /// Where the library refuses the key.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            PrivateKey::Rsa { private, .. } => sign_rsa(private, message),
            PrivateKey::Ec { curve, secret, .. } => curve
                .sign(secret, message)
                .ok_or_else(|| "x509: invalid elliptic curve private key value".to_owned()),
            PrivateKey::Ed25519 { seed, .. } => {
                Ok(ed25519_dalek::SigningKey::from_bytes(seed).sign(message).to_bytes().to_vec())
            }
            PrivateKey::X25519 | PrivateKey::Dsa { .. } => self.signature_algorithm(),
        }
    }
}

/// A new DSA key of 2048 bits with a subgroup of 256.
pub(crate) fn generate_dsa() -> Result<PrivateKey, String> {
    let mut random = getrandom::SysRng;
    let components = dsa::Components::try_generate_from_rng_with_key_size(
        &mut random,
        dsa::KeySize::DSA_2048_256,
    )
    .map_err(|e| e.to_string())?;
    let key = dsa::SigningKey::try_generate_from_rng_with_components(&mut random, components)
        .map_err(|e| e.to_string())?;
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

/// A new key on the curve P-256.
pub(crate) fn generate_p256() -> Result<PrivateKey, String> {
    let curve = Curve::P256;
    let mut secret = vec![0; curve.len()];
    // All but one in four billion numbers are below the curve's order.
    for _ in 0..100 {
        getrandom::fill(&mut secret).map_err(|e| e.to_string())?;
        if let Some(public) = curve.public(&secret) {
            return Ok(PrivateKey::Ec { curve, secret, public });
        }
    }
    Err("the system's random numbers are out of range".to_owned())
}

/// A new Ed25519 key.
pub(crate) fn generate_ed25519() -> Result<PrivateKey, String> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|e| e.to_string())?;
    Ok(ed25519(seed))
}

fn ed25519(seed: [u8; 32]) -> PrivateKey {
    let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().to_bytes();
    PrivateKey::Ed25519 { seed, public }
}

/// Reads the first PEM block as a private key.
///
/// # Errors
/// sprig's text, e.g. `no PEM data in input`.
pub(crate) fn parse_pem(text: &[u8]) -> Result<PrivateKey, String> {
    let Some(block) = pem::decode(text) else {
        return Err("no PEM data in input".to_owned());
    };
    let label = String::from_utf8_lossy(&block.label);
    if label == "PRIVATE KEY" {
        return parse_pkcs8(&block.data).map_err(|e| format!("decoding PEM as PKCS#8: {e}"));
    }
    match label.strip_suffix(" PRIVATE KEY") {
        Some("RSA") => {
            parse_rsa(&block.data).map_err(|e| format!("parsing RSA private key from PEM: {e}"))
        }
        Some("EC") => {
            parse_ec(&block.data, None).map_err(|e| format!("parsing EC private key from PEM: {e}"))
        }
        Some("DSA") => match parse_dsa(&block.data) {
            Some(key) => Ok(key),
            None => Err(format!("parsing DSA private key from PEM: {}", syntax(&block.data))),
        },
        Some(kind) => Err(format!("invalid private key type {kind}")),
        None => Err(format!("no private key data in PEM block of type {label}")),
    }
}

/// What Go says of data that is not the ASN.1 it expects, a sequence.
fn syntax(data: &[u8]) -> &'static str {
    let mut reader = Reader(data);
    let inside = match reader.any() {
        Some((tag::SEQUENCE, contents, _)) => contents,
        Some(_) => return "asn1: structure error: tags don't match",
        None => data,
    };
    // The first element that is missing or broken is what Go stumbles over.
    let mut reader = Reader(inside);
    while reader.any().is_some() {}
    match reader.0 {
        [] => "asn1: syntax error: sequence truncated",
        [_] => "asn1: syntax error: truncated tag or length",
        _ => "asn1: syntax error: data truncated",
    }
}

/// Which other form of key the data is in, as a hint in Go's words.
fn other_form(data: &[u8], expected: &str) -> Option<String> {
    let forms = [
        ("ParseECPrivateKey", read_ec(data).is_some()),
        ("ParsePKCS8PrivateKey", read_pkcs8(data).is_some()),
        ("ParsePKCS1PrivateKey", read_rsa(data).is_some()),
    ];
    let (form, _) = forms.iter().find(|(name, fits)| *name != expected && *fits)?;
    Some(format!("x509: failed to parse private key (use {form} instead for this key format)"))
}

/// The version of a PKCS#1 private key and the eight numbers after it.
pub(super) fn read_rsa(data: &[u8]) -> Option<(u32, [&[u8]; 8])> {
    let mut outer = Reader(data);
    let mut reader = outer.sequence()?;
    if !outer.is_empty() {
        return None;
    }
    let version = reader.small()?;
    let mut numbers: [&[u8]; 8] = [&[]; 8];
    for number in &mut numbers {
        *number = reader.integer()?;
    }
    Some((version, numbers))
}

/// A key from the numbers of a PKCS#1 private key, encoded in the shortest form.
fn rsa_key(numbers: &[&[u8]; 8]) -> PrivateKey {
    let mut parts = der::unsigned(&[]);
    for number in numbers {
        parts.extend_from_slice(&der::unsigned(number));
    }
    let public = der::sequence(&[&der::unsigned(numbers[0]), &der::unsigned(numbers[1])]);
    PrivateKey::Rsa { private: der::sequence(&[&parts]), public }
}

/// Takes over a PKCS#1 private key that a library has just made.
pub(super) fn new_rsa(data: &[u8]) -> Result<PrivateKey, String> {
    let (_, numbers) = read_rsa(data).ok_or_else(|| syntax(data).to_owned())?;
    Ok(rsa_key(&numbers))
}

/// Reads a PKCS#1 private key.
fn parse_rsa(data: &[u8]) -> Result<PrivateKey, String> {
    let Some((version, numbers)) = read_rsa(data) else {
        let hint = other_form(data, "ParsePKCS1PrivateKey");
        return Err(hint.unwrap_or_else(|| syntax(data).to_owned()));
    };
    if version > 0 {
        return Err("x509: unsupported private key version".to_owned());
    }
    let positive = |n: &[u8]| n.first().is_some_and(|b| *b < 0x80) && !der::trim(n).is_empty();
    if !numbers.iter().all(|n| positive(n)) {
        return Err("x509: private key contains zero or negative value".to_owned());
    }
    check_rsa(&numbers)?;
    Ok(rsa_key(&numbers))
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
fn parse_ec(data: &[u8], oid: Option<&[u8]>) -> Result<PrivateKey, String> {
    let Some(EcKey { version, secret, curve }) = read_ec(data) else {
        let hint = other_form(data, "ParseECPrivateKey");
        return Err(hint
            .unwrap_or_else(|| format!("x509: failed to parse EC private key: {}", syntax(data))));
    };
    if version != 1 {
        return Err(format!("x509: unknown EC private key version {version}"));
    }
    let oid = oid.or(curve);
    let Some(curve) = Curve::ALL.into_iter().find(|curve| Some(curve.oid()) == oid) else {
        return Err("x509: unknown elliptic curve".to_owned());
    };
    // Some keys have leading zeros too many, others too few.
    let significant = der::trim(secret);
    if significant.len() > curve.len() {
        return Err("x509: invalid elliptic curve private key value".to_owned());
    }
    let mut secret = vec![0; curve.len() - significant.len()];
    secret.extend_from_slice(significant);
    match curve.public(&secret) {
        Some(public) => Ok(PrivateKey::Ec { curve, secret, public }),
        None => Err("x509: invalid elliptic curve private key value".to_owned()),
    }
}

/// The algorithm's identifier, its encoded parameters, and the key of a PKCS#8 private key.
fn read_pkcs8(data: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut reader = Reader(data).sequence()?;
    reader.small()?;
    let mut algorithm = reader.sequence()?;
    let oid = algorithm.take(tag::OID)?;
    let key = reader.take(tag::OCTET_STRING)?;
    Some((oid, algorithm.0, key))
}

fn parse_pkcs8(data: &[u8]) -> Result<PrivateKey, String> {
    let Some((oid, params, key)) = read_pkcs8(data) else {
        let hint = other_form(data, "ParsePKCS8PrivateKey");
        return Err(hint.unwrap_or_else(|| syntax(data).to_owned()));
    };
    match oid {
        OID_RSA => parse_rsa(key)
            .map_err(|e| format!("x509: failed to parse RSA private key embedded in PKCS#8: {e}")),
        OID_EC => parse_ec(key, Reader(params).take(tag::OID))
            .map_err(|e| format!("x509: failed to parse EC private key embedded in PKCS#8: {e}")),
        OID_ED25519 | OID_X25519 => {
            let name = if oid == OID_ED25519 { "Ed25519" } else { "X25519" };
            if !params.is_empty() {
                return Err(format!("x509: invalid {name} private key parameters"));
            }
            let Some(seed) = Reader(key).take(tag::OCTET_STRING) else {
                return Err(format!("x509: invalid {name} private key: {}", syntax(key)));
            };
            match (oid == OID_ED25519, <[u8; 32]>::try_from(seed)) {
                (true, Ok(seed)) => Ok(ed25519(seed)),
                (false, Ok(_)) => Ok(PrivateKey::X25519),
                (true, Err(_)) => {
                    Err(format!("x509: invalid Ed25519 private key length: {}", seed.len()))
                }
                (false, Err(_)) => Err("crypto/ecdh: invalid private key size".to_owned()),
            }
        }
        _ => Err(format!(
            "x509: PKCS#8 wrapping contained private key with unknown algorithm: {}",
            dotted(oid)
        )),
    }
}

fn parse_dsa(data: &[u8]) -> Option<PrivateKey> {
    let mut reader = Reader(data).sequence()?;
    for _ in 0..6 {
        reader.integer()?;
    }
    Some(PrivateKey::Dsa { private: data.to_vec() })
}

/// An object identifier as `1.2.840`.
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
