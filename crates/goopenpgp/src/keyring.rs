//! Reads keyrings: who owns which keys, as far as the keys themselves prove it.

use super::error::{Error, structural};
use super::packet::{Packet, Packets, PublicKey, SecretKey, Signature, kind};

/// A primary key with all that belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    pub(super) key: PublicKey,
    pub(super) secret: Option<SecretKey>,
    /// The names that the key vouches for, and how.
    pub(super) names: Vec<(Vec<u8>, Signature)>,
    subkeys: Vec<(PublicKey, Signature)>,
    revoked: bool,
}

/// What a flag of a key allows: to sign.
const SIGN: u8 = 2;

/// Reads the keys of a ring. Keys that cannot be used are left out, as long as there are others.
pub(super) fn read(data: &[u8]) -> Result<Vec<Owner>, Error> {
    let mut packets = Packets::new(data, None);
    let (mut owners, mut last) = (Vec::new(), None);
    loop {
        match owner(&mut packets) {
            Ok(Some(owner)) => owners.push(owner),
            Ok(None) => break,
            Err(fault @ (Error::Unsupported(_) | Error::Structural(_))) => {
                last = Some(fault);
                if !skip(&mut packets)? {
                    break;
                }
            }
            Err(other) => return Err(other),
        }
    }
    match last {
        Some(fault) if owners.is_empty() => Err(fault),
        _ => Ok(owners),
    }
}

/// Goes on to the next public key, if there is one; secret keys are passed over, as Go's library does.
fn skip(packets: &mut Packets<'_>) -> Result<bool, Error> {
    loop {
        match packets.next() {
            Ok(None) => return Ok(false),
            Ok(Some(Packet::Public(key))) if !key.subkey => {
                packets.put_back(Packet::Public(key));
                return Ok(true);
            }
            Ok(Some(_)) | Err(Error::Unsupported(_)) => {}
            Err(other) => return Err(other),
        }
    }
}

fn owner(packets: &mut Packets<'_>) -> Result<Option<Owner>, Error> {
    let (key, secret) = match packets.next()? {
        None => return Ok(None),
        Some(Packet::Public(key)) => (key, None),
        Some(Packet::Secret(key, secret)) => (key, Some(secret)),
        Some(other) => {
            packets.put_back(other);
            return structural("first packet was not a public/private key");
        }
    };
    if !key.can_sign() {
        return structural("primary key cannot be used for signatures");
    }
    let mut owner = Owner { key, secret, names: Vec::new(), subkeys: Vec::new(), revoked: false };
    let mut revocations = Vec::new();
    while let Some(packet) = packets.next()? {
        match packet {
            Packet::User(name) => owner.add_name(packets, name)?,
            Packet::Signature(s) if s.kind == kind::KEY_REVOCATION && !s.old => {
                revocations.push(s);
            }
            Packet::Public(key) if key.subkey => owner.add_subkey(packets, key)?,
            Packet::Secret(key, _) if key.subkey => owner.add_subkey(packets, key)?,
            next @ (Packet::Public(_) | Packet::Secret(..)) => {
                packets.put_back(next);
                break;
            }
            Packet::Signature(_) | Packet::Other => {}
        }
    }
    if owner.names.is_empty() {
        return structural("entity without any identities");
    }
    for revocation in &revocations {
        if owner.key.verify_revocation(revocation).is_err() {
            return structural("revocation signature signed by alternate key");
        }
        owner.revoked = true;
    }
    Ok(Some(owner))
}

/// Returns the signatures that come next.
fn signatures(packets: &mut Packets<'_>) -> Result<Vec<Signature>, Error> {
    let mut found = Vec::new();
    loop {
        match packets.next()? {
            Some(Packet::Signature(signature)) if !signature.old => found.push(signature),
            None => return Ok(found),
            Some(other) => {
                packets.put_back(other);
                return Ok(found);
            }
        }
    }
}

impl Owner {
    fn add_name(&mut self, packets: &mut Packets<'_>, name: Vec<u8>) -> Result<(), Error> {
        for by in signatures(packets)? {
            let certifies =
                matches!(by.kind, kind::POSITIVE_CERTIFICATION | kind::GENERIC_CERTIFICATION);
            if !certifies || by.issuer != Some(self.key.id()) {
                continue;
            }
            self.key.verify_name(&name, &by).map_err(|e| {
                Error::Structural(format!("user ID self-signature invalid: {e}").into())
            })?;
            match self.names.iter_mut().find(|(n, _)| *n == name) {
                Some((_, old)) => *old = by,
                None => self.names.push((name.clone(), by)),
            }
        }
        Ok(())
    }

    fn add_subkey(&mut self, packets: &mut Packets<'_>, key: PublicKey) -> Result<(), Error> {
        let invalid = |e| Error::Structural(format!("subkey signature invalid: {e}").into());
        let mut best: Option<Signature> = None;
        for by in signatures(packets).map_err(invalid)? {
            if !matches!(by.kind, kind::SUBKEY | kind::SUBKEY_REVOCATION) {
                return structural("subkey signature with wrong type");
            }
            self.key.verify_subkey(&key, &by).map_err(invalid)?;
            let replaces = by.kind == kind::SUBKEY_REVOCATION
                || best.as_ref().is_none_or(|old| {
                    old.kind != kind::SUBKEY_REVOCATION && by.created > old.created
                });
            if replaces {
                best = Some(by);
            }
        }
        let Some(best) = best else {
            return structural("subkey packet not followed by signature");
        };
        self.subkeys.push((key, best));
        Ok(())
    }

    /// Returns the keys of that id with which the owner may sign.
    pub(super) fn signing_keys(&self, id: u64) -> impl Iterator<Item = &PublicKey> {
        let own = self.names.iter().find(|(_, s)| s.primary == Some(true)).or(self.names.first());
        let own = own.map(|(_, by)| (&self.key, by));
        let all = own.into_iter().chain(self.subkeys.iter().map(|(key, by)| (key, by)));
        all.filter(move |(key, by)| {
            key.id() == id
                && !self.revoked
                && !by.revoked
                && by.flags.is_none_or(|flags| flags & SIGN != 0)
        })
        .map(|(key, _)| key)
    }
}
