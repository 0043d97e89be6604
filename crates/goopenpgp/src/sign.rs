//! Checks and makes signatures with the keys of OpenPGP.

use dsa::BoxedUint;
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use rsa::{Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use sha1::{Digest, Sha1};
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::digest::HashId;
use super::error::{Error, unsupported};
use super::packet::{Curve, Material, PublicKey, Signature, algorithm, integers};

/// The sizes of RSA keys, in bits.
const RSA_SIZES: std::ops::RangeInclusive<usize> = 512..=16384;

fn number(bytes: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice_vartime(bytes)
}

/// Returns how the hash is named in an RSA signature.
fn scheme(hash: HashId) -> Pkcs1v15Sign {
    match hash.number() {
        2 => Pkcs1v15Sign::new::<Sha1>(),
        8 => Pkcs1v15Sign::new::<Sha256>(),
        9 => Pkcs1v15Sign::new::<Sha384>(),
        11 => Pkcs1v15Sign::new::<Sha224>(),
        _ => Pkcs1v15Sign::new::<Sha512>(),
    }
}

/// Returns a number with zeros before it, or `None` if it is too long.
fn padded(bytes: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; length.checked_sub(bytes.len())?];
    out.extend_from_slice(bytes);
    Some(out)
}

impl PublicKey {
    pub(super) fn fingerprint(&self) -> [u8; 20] {
        Sha1::new().chain_update(self.prefix()).chain_update(&self.body).finalize().into()
    }

    /// Returns the end of the fingerprint.
    pub(super) fn id(&self) -> u64 {
        let [.., a, b, c, d, e, f, g, h] = self.fingerprint();
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    /// Returns what stands before the key where a hash covers it.
    fn prefix(&self) -> [u8; 3] {
        let [high, low] = (self.body.len() as u16).to_be_bytes();
        [0x99, high, low]
    }

    pub(super) fn can_sign(&self) -> bool {
        !matches!(self.algorithm, algorithm::RSA_ENCRYPT | algorithm::ELGAMAL)
    }

    /// Checks the signature of data.
    pub(super) fn verify(&self, data: &[&[u8]], signature: &Signature) -> Result<(), Error> {
        if !self.can_sign() {
            return Err(Error::InvalidArgument("public key cannot generate signatures".into()));
        }
        let hash = signature.hash.unwrap_or(HashId::SHA512);
        let parts: Vec<&[u8]> = data.iter().copied().chain([&signature.suffix[..]]).collect();
        let Some(digest) = hash.digest(&parts) else { return unsupported("hash function") };
        if !digest.starts_with(&signature.tag) {
            return Err(Error::Signature("hash tag doesn't match".into()));
        }
        if self.algorithm != signature.algorithm {
            let text = "public key and signature use different algorithms";
            return Err(Error::InvalidArgument(text.into()));
        }
        let (what, right) = match &self.material {
            Material::Rsa { n, e } => ("RSA", verify_rsa(n, e, hash, &digest, signature)),
            Material::Dsa { .. } => ("DSA", self.verify_dsa(&digest, signature)),
            Material::Ecdsa { curve, point } => ("ECDSA", curve.verify(point, &digest, signature)),
            Material::Encryption => {
                let text = "Unsupported public key algorithm used in signature";
                return Err(Error::Signature(text.into()));
            }
        };
        match right {
            Some(()) => Ok(()),
            None => Err(Error::Signature(format!("{what} verification failure").into())),
        }
    }

    /// Checks this key's signature on another one.
    pub(super) fn verify_subkey(&self, other: &PublicKey, by: &Signature) -> Result<(), Error> {
        let [own, its] = [self.prefix(), other.prefix()];
        let data: [&[u8]; 4] = [&own, &self.body, &its, &other.body];
        self.verify(&data, by)?;
        const SIGNS: u8 = 2;
        if by.flags.is_none_or(|flags| flags & SIGNS == 0) {
            return Ok(());
        }
        let Some(back) = &by.embedded else {
            return Err(Error::Structural("signing subkey is missing cross-signature".into()));
        };
        other.verify(&data, back).map_err(|e| {
            Error::Structural(format!("error while verifying cross-signature: {e}").into())
        })
    }

    /// Checks this key's signature on a name of its owner.
    pub(super) fn verify_name(&self, name: &[u8], by: &Signature) -> Result<(), Error> {
        let length = (name.len() as u32).to_be_bytes();
        self.verify(&[&self.prefix(), &self.body, &[0xb4], &length, name], by)
    }

    /// Checks this key's word that it is not to be used any more.
    pub(super) fn verify_revocation(&self, by: &Signature) -> Result<(), Error> {
        self.verify(&[&self.prefix(), &self.body], by)
    }

    fn dsa(&self) -> Option<dsa::VerifyingKey> {
        let Material::Dsa { p, q, g, y } = &self.material else { return None };
        let numbers = dsa::Components::from_components(number(p), number(q), number(g)).ok()?;
        dsa::VerifyingKey::from_components(numbers, number(y)).ok()
    }

    fn verify_dsa(&self, digest: &[u8], signature: &Signature) -> Option<()> {
        let [r, s] = &signature.numbers[..] else { return None };
        let signature = dsa::Signature::from_components(number(r), number(s))?;
        self.dsa()?.verify_prehash(digest, &signature).ok()
    }

    /// Returns the numbers of a signature of a SHA-512 digest.
    pub(super) fn sign(&self, secret: &[u8], digest: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        let rsa = |e| Error::Sign { reason: format!("crypto/rsa: {e}").into() };
        match &self.material {
            Material::Rsa { n, e } => {
                let numbers = integers(secret, 3);
                let [d, p, q] = &numbers[..] else { return Err(Error::SecretKey) };
                let primes = vec![number(p), number(q)];
                let key = RsaPrivateKey::from_components(number(n), number(e), number(d), primes);
                let key = key.map_err(rsa)?;
                let signature = key.sign(scheme(HashId::SHA512), digest);
                Ok(vec![signature.map_err(rsa)?])
            }
            Material::Dsa { .. } => {
                let key = self.dsa().zip(integers(secret, 1).pop());
                let key = key
                    .and_then(|(public, x)| {
                        dsa::SigningKey::from_components(public, number(&x)).ok()
                    })
                    .ok_or(Error::SecretKey)?;
                let made: dsa::Signature = key
                    .sign_prehash(digest)
                    .map_err(|e| Error::Sign { reason: e.to_string().into() })?;
                Ok([made.r(), made.s()].map(|n| n.to_be_bytes_trimmed_vartime().to_vec()).to_vec())
            }
            Material::Ecdsa { curve, .. } => {
                let secret = integers(secret, 1).pop().ok_or(Error::SecretKey)?;
                curve.sign(&secret, digest).ok_or(Error::SecretKey)
            }
            Material::Encryption => {
                unsupported(format!("public key algorithm: {}", self.algorithm))
            }
        }
    }
}

fn verify_rsa(
    n: &[u8],
    e: &[u8],
    hash: HashId,
    digest: &[u8],
    signature: &Signature,
) -> Option<()> {
    let key = RsaPublicKey::new_with_size_limits(number(n), number(e), RSA_SIZES).ok()?;
    let given = padded(signature.numbers.first()?, n.len())?;
    key.verify(scheme(hash), digest, &given).ok()
}

/// One curve's part of [`Curve`]: its crate, and the length of its numbers in bytes.
macro_rules! on_curve {
    ($curve:ident, $len:literal, $do:ident $args:tt) => {
        on_curve!(@$do $curve $len $args)
    };
    (@verify $curve:ident $len:literal ($point:expr, $digest:expr, $r:expr, $s:expr)) => {{
        let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes($point).ok()?;
        let both = [padded($r, $len)?, padded($s, $len)?].concat();
        let signature = $curve::ecdsa::Signature::from_slice(&both).ok()?;
        key.verify_prehash($digest, &signature).ok()
    }};
    (@sign $curve:ident $len:literal ($secret:expr, $digest:expr)) => {{
        let key = $curve::ecdsa::SigningKey::from_slice(&padded($secret, $len)?).ok()?;
        let signature: $curve::ecdsa::Signature = key.sign_prehash($digest).ok()?;
        Some(signature.to_bytes().chunks($len).map(trimmed).collect())
    }};
}

/// Returns a number without the zeros before it.
fn trimmed(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|b| *b != 0).unwrap_or(number.len());
    number[start..].to_vec()
}

impl Curve {
    fn verify(self, point: &[u8], digest: &[u8], signature: &Signature) -> Option<()> {
        let [r, s] = &signature.numbers[..] else { return None };
        // The libraries want half of the curve's length at least; zeros before a hash change nothing.
        let least = match self {
            Curve::P256 => 16,
            Curve::P384 => 24,
            Curve::P521 => 33,
        };
        let digest = &padded(digest, digest.len().max(least))?;
        match self {
            Curve::P256 => on_curve!(p256, 32, verify(point, digest, r, s)),
            Curve::P384 => on_curve!(p384, 48, verify(point, digest, r, s)),
            Curve::P521 => on_curve!(p521, 66, verify(point, digest, r, s)),
        }
    }

    fn sign(self, secret: &[u8], digest: &[u8]) -> Option<Vec<Vec<u8>>> {
        match self {
            Curve::P256 => on_curve!(p256, 32, sign(secret, digest)),
            Curve::P384 => on_curve!(p384, 48, sign(secret, digest)),
            Curve::P521 => on_curve!(p521, 66, sign(secret, digest)),
        }
    }
}
