//! Reads and writes OpenPGP's packets (RFC 4880), as far as keyrings and signatures need them.

use super::cipher::{Locked, StringToKey, block_size};
use super::digest::HashId;
use super::error::{Damage, Error, structural, unsupported};

/// The algorithms of keys, by their numbers.
pub(super) mod algorithm {
    pub(crate) const RSA: u8 = 1;
    pub(crate) const RSA_ENCRYPT: u8 = 2;
    pub(crate) const RSA_SIGN: u8 = 3;
    pub(crate) const ELGAMAL: u8 = 16;
    pub(crate) const DSA: u8 = 17;
    pub(crate) const ECDH: u8 = 18;
    pub(crate) const ECDSA: u8 = 19;
}

/// What a signature is for, by its number.
pub(super) mod kind {
    pub(crate) const BINARY: u8 = 0x00;
    pub(crate) const TEXT: u8 = 0x01;
    pub(crate) const GENERIC_CERTIFICATION: u8 = 0x10;
    pub(crate) const POSITIVE_CERTIFICATION: u8 = 0x13;
    pub(crate) const SUBKEY: u8 = 0x18;
    pub(crate) const PRIMARY_KEY: u8 = 0x19;
    pub(crate) const KEY_REVOCATION: u8 = 0x20;
    pub(crate) const SUBKEY_REVOCATION: u8 = 0x28;
}

/// A NIST curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

/// The numbers of a public key, big-endian.
#[derive(Clone, Debug)]
pub(super) enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    Dsa {
        p: Vec<u8>,
        q: Vec<u8>,
        g: Vec<u8>,
        y: Vec<u8>,
    },
    Ecdsa {
        curve: Curve,
        point: Vec<u8>,
    },
    /// Of a key that cannot sign.
    Encryption,
}

#[derive(Clone, Debug)]
pub(super) struct PublicKey {
    pub(super) algorithm: u8,
    pub(super) material: Material,
    /// The packet's body, which signatures on keys cover.
    pub(super) body: Vec<u8>,
    pub(super) subkey: bool,
}

#[derive(Clone, Debug)]
pub(super) enum SecretKey {
    Plain(Vec<u8>),
    Locked(Locked),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Signature {
    /// Of the third version, which ends differently.
    pub(super) old: bool,
    pub(super) kind: u8,
    pub(super) algorithm: u8,
    pub(super) hash: Option<HashId>,
    /// What is hashed after the data.
    pub(super) suffix: Vec<u8>,
    /// How the hash begins.
    pub(super) tag: [u8; 2],
    /// The signature's numbers, big-endian.
    pub(super) numbers: Vec<Vec<u8>>,
    pub(super) created: Option<u32>,
    pub(super) issuer: Option<u64>,
    pub(super) primary: Option<bool>,
    pub(super) flags: Option<u8>,
    pub(super) revoked: bool,
    /// A signing subkey's signature on its primary key.
    pub(super) embedded: Option<Box<Signature>>,
}

#[derive(Clone, Debug)]
pub(super) enum Packet {
    Public(PublicKey),
    Secret(PublicKey, SecretKey),
    User(Vec<u8>),
    Signature(Signature),
    Other,
}

/// Bytes that are taken from the front.
struct Body<'a> {
    rest: &'a [u8],
    /// What is said where bytes are missing.
    missing: Damage,
}

impl<'a> Body<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], Error> {
        match self.rest.split_at_checked(n) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(Error::CutOff(self.missing)),
        }
    }

    fn byte(&mut self) -> Result<u8, Error> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    fn number<const N: usize>(&mut self) -> Result<u64, Error> {
        Ok(self.take(N)?.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
    }

    /// Returns a number with its length in bits before it.
    fn integer(&mut self) -> Result<Vec<u8>, Error> {
        let bits = self.number::<2>()? as usize;
        Ok(self.take(bits.div_ceil(8))?.to_vec())
    }
}

/// Returns the numbers of an unlocked secret key, as many as there are.
pub(super) fn integers(data: &[u8], most: usize) -> Vec<Vec<u8>> {
    let mut body = Body { rest: data, missing: Damage::Eof };
    std::iter::from_fn(|| body.integer().ok()).take(most).collect()
}

/// A file's packets, one after the other.
pub(super) struct Packets<'a> {
    rest: &'a [u8],
    /// What is wrong where the data ends.
    damage: Option<Damage>,
    returned: Option<Packet>,
}

impl<'a> Packets<'a> {
    pub(super) fn new(data: &'a [u8], damage: Option<Damage>) -> Packets<'a> {
        Packets { rest: data, damage, returned: None }
    }

    /// Gives a packet back, to be the next one again.
    pub(super) fn put_back(&mut self, packet: Packet) {
        self.returned = Some(packet);
    }

    /// Returns the next packet, those of unknown kinds left out; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Packet>, Error> {
        if let Some(packet) = self.returned.take() {
            return Ok(Some(packet));
        }
        loop {
            if self.rest.is_empty() {
                return match self.damage {
                    Some(damage) => Err(Error::CutOff(damage)),
                    None => Ok(None),
                };
            }
            if let Some(packet) = self.read()? {
                return Ok(Some(packet));
            }
        }
    }

    /// Returns one packet, or nothing if it is of an unknown kind. It is passed over even where it
    /// is broken.
    fn read(&mut self) -> Result<Option<Packet>, Error> {
        let missing = self.damage.unwrap_or(Damage::Eof);
        let mut head = Body { rest: self.rest, missing };
        let first = head.byte()?;
        if first & 0x80 == 0 {
            self.rest = head.rest;
            return structural("tag byte does not have MSB set");
        }
        // However the head ends, it must not be read again.
        self.rest = &[];
        let mut joined = Vec::new();
        let (tag, data) = if first & 0x40 == 0 {
            let length = match first & 3 {
                0 => head.number::<1>()?,
                1 => head.number::<2>()?,
                2 => head.number::<4>()?,
                _ => head.rest.len() as u64,
            };
            ((first & 0x3f) >> 2, part(&mut head, length))
        } else {
            let (length, partial) = new_length(&mut head)?;
            let mut data = part(&mut head, length);
            if partial {
                joined.extend_from_slice(data);
                let mut more = true;
                while more {
                    let (length, partial) = new_length(&mut head)?;
                    joined.extend_from_slice(part(&mut head, length));
                    more = partial;
                }
                data = &joined;
            }
            (first & 0x3f, data)
        };
        self.rest = head.rest;
        let body = Body { rest: data, missing };
        Ok(Some(match tag {
            2 => Packet::Signature(signature(body, 0)?),
            5 | 7 => secret(body, tag == 7)?,
            6 | 14 => match body.rest.first() {
                // Keys of old versions are known, but of no use.
                Some(version) if *version < 4 => Packet::Other,
                _ => Packet::Public(public(&mut { body }, tag == 14)?),
            },
            13 => Packet::User(body.rest.to_vec()),
            1 | 3 | 4 | 8 | 9 | 11 | 17 | 18 => Packet::Other,
            _ => return Ok(None),
        }))
    }
}

/// Returns a packet's bytes, or those that are there.
fn part<'a>(head: &mut Body<'a>, length: u64) -> &'a [u8] {
    let length = usize::try_from(length).unwrap_or(usize::MAX).min(head.rest.len());
    let (data, rest) = head.rest.split_at(length);
    head.rest = rest;
    data
}

fn new_length(head: &mut Body<'_>) -> Result<(u64, bool), Error> {
    Ok(match head.byte()? {
        n @ 0..192 => (u64::from(n), false),
        n @ 192..224 => ((u64::from(n - 192) << 8) + u64::from(head.byte()?) + 192, false),
        255 => (head.number::<4>()?, false),
        n => (1 << (n & 0x1f), true),
    })
}

fn public(body: &mut Body<'_>, subkey: bool) -> Result<PublicKey, Error> {
    let start = body.rest;
    if body.byte()? != 4 {
        body.take(5)?;
        return unsupported("public key version");
    }
    body.take(4)?;
    let algorithm = body.byte()?;
    let material = match algorithm {
        algorithm::RSA | algorithm::RSA_ENCRYPT | algorithm::RSA_SIGN => {
            let (n, e) = (body.integer()?, body.integer()?);
            if e.len() > 3 {
                return unsupported("large public exponent");
            }
            Material::Rsa { n, e }
        }
        algorithm::DSA => Material::Dsa {
            p: body.integer()?,
            q: body.integer()?,
            g: body.integer()?,
            y: body.integer()?,
        },
        algorithm::ELGAMAL => {
            for _ in 0..3 {
                body.integer()?;
            }
            Material::Encryption
        }
        algorithm::ECDSA => {
            let (curve, point) = elliptic(body)?;
            Material::Ecdsa { curve: known(curve)?, point }
        }
        algorithm::ECDH => {
            let (curve, _) = elliptic(body)?;
            let length = body.byte()?;
            if length < 3 {
                return unsupported(format!("Unsupported ECDH KDF length: {length}"));
            }
            if let Some(reserved) = body.take(usize::from(length))?.first().filter(|r| **r != 1) {
                return unsupported(format!("Unsupported KDF reserved field: {reserved}"));
            }
            known(curve)?;
            Material::Encryption
        }
        other => return unsupported(format!("public key type: {other}")),
    };
    let used = start.len() - body.rest.len();
    Ok(PublicKey { algorithm, material, body: start[..used].to_vec(), subkey })
}

/// Returns a curve's name and a point on it.
fn elliptic<'a>(body: &mut Body<'a>) -> Result<(&'a [u8], Vec<u8>), Error> {
    /// How long the name of a curve may be, in bytes.
    const LONGEST: u8 = 8;
    let length = body.byte()?;
    if length > LONGEST {
        return unsupported(format!("invalid oid length: {length}"));
    }
    let name = body.take(usize::from(length))?;
    Ok((name, body.integer()?))
}

fn known(name: &[u8]) -> Result<Curve, Error> {
    Ok(match name {
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] => Curve::P256,
        [0x2b, 0x81, 0x04, 0x00, 0x22] => Curve::P384,
        [0x2b, 0x81, 0x04, 0x00, 0x23] => Curve::P521,
        other => {
            let hex: String = other.iter().map(|b| format!("{b:02x}")).collect();
            return unsupported(format!("unsupported oid: {hex}"));
        }
    })
}

fn secret(mut body: Body<'_>, subkey: bool) -> Result<Packet, Error> {
    let key = public(&mut body, subkey)?;
    let usage = body.byte()?;
    let secret = match usage {
        0 => SecretKey::Plain(body.rest.to_vec()),
        254 | 255 => {
            let cipher = body.byte()?;
            let (kind, hash) = (body.byte()?, body.byte()?);
            let Some(hash) = HashId::of(hash) else {
                return unsupported(format!("hash for S2K function: {hash}"));
            };
            let mut string_to_key = StringToKey { hash, salt: Vec::new(), count: 0 };
            match kind {
                0 => {}
                1 => string_to_key.salt = body.take(8)?.to_vec(),
                3 => {
                    string_to_key.salt = body.take(8)?.to_vec();
                    let coded = body.byte()?;
                    string_to_key.count = (16 + usize::from(coded & 15)) << ((coded >> 4) + 6);
                }
                _ => return unsupported("S2K function"),
            }
            let Some(block) = block_size(cipher) else {
                return unsupported(format!("unsupported cipher in private key: {cipher}"));
            };
            let iv = body.take(block)?.to_vec();
            let data = body.rest.to_vec();
            SecretKey::Locked(Locked { cipher, string_to_key, sha1: usage == 254, iv, data })
        }
        _ => return unsupported("deprecated s2k function in private key"),
    };
    Ok(Packet::Secret(key, secret))
}

/// Returns a signature, `depth` others around it.
fn signature(mut body: Body<'_>, depth: usize) -> Result<Signature, Error> {
    let version = body.byte()?;
    if version < 4 {
        return old_signature(body, version);
    }
    if version > 4 {
        return unsupported(format!("signature packet version {version}"));
    }
    let head = body.take(5)?;
    let &[kind, algorithm, hash, high, low] = head else { return structural("") };
    let mut made = Signature { kind, algorithm, ..Signature::default() };
    if !matches!(
        algorithm,
        algorithm::RSA | algorithm::RSA_SIGN | algorithm::DSA | algorithm::ECDSA
    ) {
        return unsupported(format!("public key algorithm {algorithm}"));
    }
    made.hash = Some(hash_of(hash)?);
    let hashed = body.take(usize::from(high) << 8 | usize::from(low))?;
    let covered = 6 + hashed.len() as u32;
    made.suffix = [&[4], head, hashed, &[4, 0xff], &covered.to_be_bytes()[..]].concat();
    subpackets(&mut made, hashed, true, depth)?;
    let length = body.number::<2>()? as usize;
    let unhashed = body.take(length)?;
    subpackets(&mut made, unhashed, false, depth)?;
    numbers(&mut made, &mut body)?;
    Ok(made)
}

fn hash_of(number: u8) -> Result<HashId, Error> {
    HashId::of(number).ok_or_else(|| Error::Unsupported(format!("hash function {number}").into()))
}

/// Reads how the hash begins, and the signature itself.
fn numbers(signature: &mut Signature, body: &mut Body<'_>) -> Result<(), Error> {
    signature.tag.copy_from_slice(body.take(2)?);
    let is_rsa = matches!(signature.algorithm, algorithm::RSA | algorithm::RSA_SIGN);
    for _ in 0..if is_rsa { 1 } else { 2 } {
        signature.numbers.push(body.integer()?);
    }
    Ok(())
}

/// Returns a signature of the third version, which has no subpackets.
fn old_signature(mut body: Body<'_>, version: u8) -> Result<Signature, Error> {
    if version < 2 {
        return unsupported(format!("signature packet version {version}"));
    }
    let length = body.byte()?;
    if length != 5 {
        return unsupported(format!("invalid hashed material length {length}"));
    }
    let suffix = body.take(5)?.to_vec();
    let issuer = body.number::<8>()?;
    let (algorithm, hash) = (body.byte()?, body.byte()?);
    if !matches!(algorithm, algorithm::RSA | algorithm::RSA_SIGN | algorithm::DSA) {
        return unsupported(format!("public key algorithm {algorithm}"));
    }
    let mut made = Signature {
        old: true,
        kind: suffix.first().copied().unwrap_or_default(),
        algorithm,
        hash: Some(hash_of(hash)?),
        suffix,
        issuer: Some(issuer),
        ..Signature::default()
    };
    numbers(&mut made, &mut body)?;
    Ok(made)
}

fn subpackets(into: &mut Signature, area: &[u8], hashed: bool, depth: usize) -> Result<(), Error> {
    let mut body = Body { rest: area, missing: Damage::Eof };
    while !body.rest.is_empty() {
        subpacket(into, &mut body, hashed, depth)?;
    }
    match into.created {
        Some(_) => Ok(()),
        None => structural("no creation time in signature"),
    }
}

fn subpacket(
    into: &mut Signature,
    body: &mut Body<'_>,
    hashed: bool,
    depth: usize,
) -> Result<(), Error> {
    /// How deep signatures may lie within each other.
    const DEEPEST: usize = 8;
    let truncated = |_| Error::Structural("signature subpacket truncated".into());
    let length = match body.byte()? {
        n @ 0..192 => u64::from(n),
        255 => body.number::<4>().map_err(truncated)?,
        n => (u64::from(n - 192) << 8) + u64::from(body.byte().map_err(truncated)?) + 192,
    };
    let data = body.take(usize::try_from(length).unwrap_or(usize::MAX)).map_err(truncated)?;
    let Some((first, data)) = data.split_first() else {
        return structural("zero length signature subpacket");
    };
    let one = data.first().copied();
    match (first & 0x7f, hashed) {
        (2, false) => return structural("signature creation time in non-hashed area"),
        (2, true) => match data.try_into() {
            Ok(time) => into.created = Some(u32::from_be_bytes(time)),
            Err(_) => return structural("signature creation time not four bytes"),
        },
        (3, true) if data.len() != 4 => return structural("expiration subpacket with bad length"),
        (9, true) if data.len() != 4 => {
            return structural("key expiration subpacket with bad length");
        }
        (16, _) => match data.try_into() {
            Ok(id) => into.issuer = Some(u64::from_be_bytes(id)),
            Err(_) => return structural("issuer subpacket with bad length"),
        },
        (25, true) => match data {
            [on] => into.primary = Some(*on > 0),
            _ => return structural("primary user id subpacket with bad length"),
        },
        (27, true) => match one {
            Some(flags) => into.flags = Some(flags),
            None => return structural("empty key flags subpacket"),
        },
        (29, true) => match one {
            Some(_) => into.revoked = true,
            None => return structural("empty revocation reason subpacket"),
        },
        (32, _) => {
            if into.embedded.is_some() {
                return structural("Cannot have multiple embedded signatures");
            }
            if depth >= DEEPEST {
                return structural("too many layers of packets");
            }
            let body = Body { rest: data, missing: Damage::Eof };
            let inner = signature(body, depth + 1)?;
            if inner.kind != kind::PRIMARY_KEY {
                let kind = inner.kind;
                return structural(format!("cross-signature has unexpected type {kind}"));
            }
            into.embedded = Some(Box::new(inner));
        }
        (3 | 9 | 11 | 21 | 22 | 25 | 27 | 29 | 30, _) => {}
        (other, _) if first & 0x80 != 0 => {
            return unsupported(format!("unknown critical signature subpacket type {other}"));
        }
        _ => {}
    }
    Ok(())
}

/// Returns a packet of that kind around a body.
pub(super) fn framed(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![0xc0 | tag];
    match body.len() {
        n @ 0..192 => out.push(n as u8),
        n @ 192..8384 => {
            let n = (n - 192) as u16;
            let [high, low] = n.to_be_bytes();
            out.extend_from_slice(&[high + 192, low]);
        }
        n => {
            out.push(255);
            out.extend_from_slice(&(n as u32).to_be_bytes());
        }
    }
    out.extend_from_slice(body);
    out
}
