#![doc = include_str!("../README.md")]

mod armor;
mod cipher;
mod digest;
mod error;
mod keyring;
mod packet;
mod sign;
#[cfg(test)]
mod tests;

use digest::HashId;
pub use error::{ArmorError, Damage, Error};
use error::{structural, unsupported};
use keyring::Owner;
use packet::{Material, Packet, Packets, SecretKey, kind};

/// A message signed in the clear.
#[derive(Debug)]
pub struct Message(armor::Signed);

impl Message {
    /// Returns the first signed message in a text, or `None` where there is none or it is not
    /// well-formed.
    pub fn find(text: &[u8]) -> Option<Message> {
        armor::decode(text).map(Message)
    }

    /// Returns the text to read, lines ending in `\n`.
    pub fn text(&self) -> &[u8] {
        &self.0.text
    }
}

/// The owner of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The owner's names, as the keyring has them.
    pub names: Vec<Vec<u8>>,
    /// The fingerprint of the owner's primary key in hexadecimal digits.
    pub fingerprint: String,
}

/// A keyring.
#[derive(Debug)]
pub struct Keyring {
    owners: Vec<Owner>,
}

impl Keyring {
    /// Reads a keyring's bytes.
    ///
    /// # Errors
    /// What is wrong with the keys if none of them can be used.
    pub fn parse(data: &[u8]) -> Result<Keyring, Error> {
        Ok(Keyring { owners: keyring::read(data)? })
    }

    /// Reads a keyring in armor, in as many blocks as there are.
    ///
    /// # Errors
    /// What is wrong with the first block that is of no use; blocks that are no armor are passed over.
    pub fn parse_armored(data: &[u8]) -> Result<Keyring, ArmorError> {
        let mut owners = Vec::new();
        for block in armor::blocks(data) {
            if !matches!(&*block.kind, b"PGP PUBLIC KEY BLOCK" | b"PGP PRIVATE KEY BLOCK") {
                return Err(ArmorError::Kind(block.kind));
            }
            if let Some(damage) = block.armored.damage {
                return Err(ArmorError::Keys(Error::CutOff(damage)));
            }
            owners.extend(keyring::read(&block.armored.data).map_err(ArmorError::Keys)?);
        }
        match owners.is_empty() {
            true => Err(ArmorError::NoKeys),
            false => Ok(Keyring { owners }),
        }
    }

    /// Checks a message's signature; whose it is.
    ///
    /// # Errors
    /// What is wrong with the signature, e.g. [`Error::UnknownIssuer`].
    pub fn verify(&self, message: &Message) -> Result<Identity, Error> {
        let owner = self.signer(&message.0)?;
        Ok(Identity {
            names: owner.names.iter().map(|(name, _)| name.clone()).collect(),
            fingerprint: owner.key.fingerprint().iter().map(|b| format!("{b:02X}")).collect(),
        })
    }

    /// Tells whose signature it is.
    fn signer(&self, signed: &armor::Signed) -> Result<&Owner, Error> {
        let armored = &signed.signature;
        let mut packets = Packets::new(&armored.data, armored.damage);
        loop {
            let signature = match packets.next()? {
                None => return Err(Error::UnknownIssuer),
                Some(Packet::Signature(signature)) => signature,
                Some(_) => return structural("non signature packet found"),
            };
            let Some(issuer) = signature.issuer else {
                return structural("signature doesn't have an issuer");
            };
            let keys = |owner| Owner::signing_keys(owner, issuer).map(move |key| (owner, key));
            let mut keys = self.owners.iter().flat_map(keys).peekable();
            if keys.peek().is_none() {
                continue;
            }
            let bytes = match signature.kind {
                kind::BINARY => signed.bytes.clone(),
                kind::TEXT => canonical(&signed.bytes),
                other => {
                    return unsupported(format!("unsupported signature type: {other}"));
                }
            };
            if let Some(hash) = signature.hash.filter(|h| h.digest(&[]).is_none()) {
                let hash = hash.go_number();
                return unsupported(format!("hash not available: {hash}"));
            }
            let mut last = Error::UnknownIssuer;
            for (owner, key) in keys {
                match key.verify(&[&bytes], &signature) {
                    Ok(()) => return Ok(owner),
                    Err(e) => last = e,
                }
            }
            return Err(last);
        }
    }

    /// Returns the key whose owner's name is, or contains, a text; `None` where there is none.
    ///
    /// # Errors
    /// Where it could be several.
    pub fn find(&self, name: &str) -> Result<Option<Signer<'_>>, Error> {
        let mut candidate = None;
        let mut vague = false;
        for owner in &self.owners {
            for (own, _) in &owner.names {
                if own == name.as_bytes() {
                    return Ok(Some(Signer { owner }));
                }
                if memchr::memmem::find(own, name.as_bytes()).is_some() {
                    vague |= candidate.is_some();
                    candidate = Some(owner);
                }
            }
        }
        if vague {
            return Err(Error::Ambiguous { id: name.into() });
        }
        Ok(candidate.map(|owner| Signer { owner }))
    }
}

/// Returns a text with the line ends that signatures of texts cover.
fn canonical(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut after_return = false;
    for byte in text {
        if *byte == b'\n' && !after_return {
            out.push(b'\r');
        }
        out.push(*byte);
        after_return = *byte == b'\r' && !after_return;
    }
    out
}

/// A key that is to sign.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    owner: &'a Owner,
}

/// Whether a key can sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret<'a> {
    /// The keyring has only the public half.
    Missing,
    /// No passphrase is needed.
    Open,
    /// A passphrase is needed; a name of the owner, to ask by.
    Locked(&'a [u8]),
}

impl<'a> Signer<'a> {
    /// Returns whether the key can sign.
    pub fn secret(&self) -> Secret<'a> {
        match &self.owner.secret {
            None => Secret::Missing,
            Some(SecretKey::Plain(_)) => Secret::Open,
            Some(SecretKey::Locked(_)) => {
                let mut names = self.owner.names.iter().map(|(name, _)| &name[..]);
                Secret::Locked(names.find(|n| !n.is_empty()).unwrap_or(b"Unknown"))
            }
        }
    }

    /// Signs a text in the clear, at a time in seconds since 1970; the armored message.
    ///
    /// # Errors
    /// Where the key cannot be used, e.g. `openpgp: invalid data: private key checksum failure`.
    pub fn sign(&self, passphrase: &[u8], text: &[u8], time: u32) -> Result<Vec<u8>, Error> {
        let secret = match &self.owner.secret {
            None => {
                let text = "signing key has no private key";
                return Err(Error::InvalidArgument(text.into()));
            }
            Some(SecretKey::Plain(secret)) => {
                let end = secret.len().saturating_sub(2);
                secret.get(..end).unwrap_or_default().to_vec()
            }
            Some(SecretKey::Locked(locked)) => cipher::unlock(locked, passphrase)?,
        };
        let clear = armor::clear(text);
        let key = &self.owner.key;
        let hash = HashId::SHA512;
        let mut hashed = vec![5, 2];
        hashed.extend_from_slice(&time.to_be_bytes());
        hashed.extend_from_slice(&[9, 16]);
        hashed.extend_from_slice(&key.id().to_be_bytes());
        let length = hashed.len() as u16;
        let mut body = vec![4, kind::TEXT, key.algorithm, hash.number()];
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(&hashed);
        let covered = (body.len() as u32).to_be_bytes();
        let digest = hash.digest(&[&clear.hashed, &body, &[4, 0xff], &covered]).unwrap_or_default();
        body.extend_from_slice(&[0, 0]);
        body.extend_from_slice(digest.get(..2).unwrap_or_default());
        for number in key.sign(&secret, &digest)? {
            // Go counts all bits of the bytes, but for the numbers of elliptic curves.
            let unused = match key.material {
                Material::Ecdsa { .. } => number.first().map_or(0, |b| b.leading_zeros()),
                _ => 0,
            };
            let bits = (8 * number.len() as u32).saturating_sub(unused);
            body.extend_from_slice(&(bits as u16).to_be_bytes());
            body.extend_from_slice(&number);
        }
        Ok(clear.with("SHA512", &packet::framed(2, &body)))
    }
}
