//! Signed packages: provenance files, and the OpenPGP keys behind them.
//!
//! A provenance file lies beside a package, is signed in the clear, and holds the chart's metadata and
//! the SHA-256 of the package. Keyrings are GnuPG's old ones (`gpg --export`). What is accepted, and
//! the words for what is not, are those of the library that Helm uses, Go's `x/crypto/openpgp`.

mod armor;
mod cipher;
mod digest;
mod keyring;
mod packet;
mod sign;
#[cfg(test)]
mod tests;

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::chart::decode::Decoder;
use crate::chart::read_metadata;
use crate::gostd::os::io_reason;
use crate::gostd::strconv::quoted;
use crate::value::{Map, Str, Value};
use crate::yaml;
use digest::HashId;
use keyring::Owner;
use packet::{Material, Packet, Packets, SecretKey, kind};

/// A keyring.
#[derive(Debug)]
pub struct Keyring {
    owners: Vec<Owner>,
}

/// A signature that was found to be right.
#[derive(Debug, PartialEq, Eq)]
pub struct Verified {
    /// The names of the key's owner.
    pub signed_by: Vec<Vec<u8>>,
    /// The fingerprint of the owner's primary key in hexadecimal digits.
    pub fingerprint: String,
    /// The package's hash, with `sha256:` before it.
    pub hash: String,
}

fn open(path: &Path) -> Result<Vec<u8>, String> {
    let told = |op: &str, e: &std::io::Error| format!("{op} {}: {}", path.display(), io_reason(e));
    let mut file = std::fs::File::open(path).map_err(|e| told("open", &e))?;
    let mut data = Vec::new();
    std::io::Read::read_to_end(&mut file, &mut data).map_err(|e| told("read", &e))?;
    Ok(data)
}

fn stat(path: &Path) -> Result<std::fs::Metadata, String> {
    std::fs::metadata(path).map_err(|e| format!("stat {}: {}", path.display(), io_reason(&e)))
}

fn sha256(data: &[u8]) -> String {
    let digest: String = Sha256::digest(data).iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256:{digest}")
}

/// A path's last part.
fn base(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Checks a package against the `.prov` file beside it with the keys of a keyring.
///
/// # Errors
/// Helm's texts, e.g. `openpgp: signature made by unknown entity`.
pub fn verify(package: &Path, keyring: &Path) -> Result<Verified, String> {
    if stat(package)?.is_dir() {
        return Err("unpacked charts cannot be verified".into());
    }
    if !package.extension().is_some_and(|e| e.eq_ignore_ascii_case("tgz")) {
        return Err("chart must be a tgz file".into());
    }
    let beside = format!("{}.prov", package.display());
    let info = stat(Path::new(&beside))
        .map_err(|e| format!("could not load provenance file {beside}: {e}"))?;
    let ring = Keyring::load(keyring).map_err(|e| format!("failed to load keyring: {e}"))?;
    if info.is_dir() {
        return Err(format!("{beside} cannot be a directory"));
    }
    let text = open(Path::new(&beside)).map_err(|e| format!("failed to decode signature: {e}"))?;
    ring.check(&text, &base(package), || open(package))
}

/// The hashes of a provenance file.
fn sums(text: &[u8]) -> Result<Map, String> {
    const END: &[u8] = b"\n...\n";
    let first = memchr::memmem::find(text, END);
    let Some((head, rest)) =
        first.and_then(|at| Some((text.get(..at)?, text.get(at + END.len()..)?)))
    else {
        return Err("message block must have at least two parts".into());
    };
    read_metadata(head)?;
    let rest = memchr::memmem::find(rest, END).and_then(|at| rest.get(..at)).unwrap_or(rest);
    let tree = yaml::decode(rest).map_err(|e| e.to_string())?;
    let (mut files, mut images) = (Map::new(), Map::new());
    let mut d = Decoder::default();
    if d.top(&tree, "provenance.SumCollection") {
        d.fields(&tree, "SumCollection", &["files", "images"], |d, name, v| match name {
            "files" => d.annotations(v, &mut files),
            _ => d.annotations(v, &mut images),
        });
    }
    d.finish()?;
    Ok(files)
}

impl Keyring {
    /// Reads a keyring's file.
    ///
    /// # Errors
    /// What the system says, or what is wrong with the keys if none of them can be used.
    pub fn load(path: &Path) -> Result<Keyring, String> {
        Keyring::parse(&open(path)?)
    }

    /// Reads a keyring's bytes.
    ///
    /// # Errors
    /// What is wrong with the keys if none of them can be used.
    pub fn parse(data: &[u8]) -> Result<Keyring, String> {
        Ok(Keyring { owners: keyring::read(data).map_err(|e| e.to_string())? })
    }

    /// Checks a provenance file's signature, and the hash of the package of that name.
    ///
    /// # Errors
    /// As [`verify`], and those of reading the package.
    pub fn check(
        &self,
        provenance: &[u8],
        name: &str,
        package: impl FnOnce() -> Result<Vec<u8>, String>,
    ) -> Result<Verified, String> {
        let Some(signed) = armor::decode(provenance) else {
            return Err("failed to decode signature: signature block not found".into());
        };
        let owner = self.signer(&signed)?;
        let hash = sha256(&package()?);
        let sums = sums(&signed.text)?;
        match sums.get(&Str::from(name)) {
            None => {
                let name = quoted(name);
                return Err(format!("provenance does not contain a SHA for a file named {name}"));
            }
            Some(Value::Str(listed)) if listed == hash.as_str() => {}
            Some(other) => {
                let listed = other.as_str().map_or(String::new(), |s| s.to_string_lossy().into());
                let (listed, hash) = (quoted(&listed), quoted(&hash));
                return Err(format!("sha256 sum does not match for {name}: {listed} != {hash}"));
            }
        }
        Ok(Verified {
            signed_by: owner.names.iter().map(|(name, _)| name.clone()).collect(),
            fingerprint: owner.key.fingerprint().iter().map(|b| format!("{b:02X}")).collect(),
            hash,
        })
    }

    /// Whose signature it is.
    fn signer(&self, signed: &armor::Signed) -> Result<&Owner, String> {
        let armored = &signed.signature;
        let mut packets = Packets::new(&armored.data, armored.damage.as_deref());
        loop {
            let signature = match packets.next().map_err(|e| e.to_string())? {
                None => return Err("openpgp: signature made by unknown entity".into()),
                Some(Packet::Signature(signature)) => signature,
                Some(_) => return Err("openpgp: invalid data: non signature packet found".into()),
            };
            let Some(issuer) = signature.issuer else {
                return Err("openpgp: invalid data: signature doesn't have an issuer".into());
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
                    return Err(format!(
                        "openpgp: unsupported feature: unsupported signature type: {other}"
                    ));
                }
            };
            if let Some(hash) = signature.hash.filter(|h| h.digest(&[]).is_none()) {
                let hash = hash.go_number();
                return Err(format!("openpgp: unsupported feature: hash not available: {hash}"));
            }
            let mut last = String::new();
            for (owner, key) in keys {
                match key.verify(&[&bytes], &signature) {
                    Ok(()) => return Ok(owner),
                    Err(e) => last = e.to_string(),
                }
            }
            return Err(last);
        }
    }

    /// The key whose owner's name is, or contains, a text; `None` where there is none.
    ///
    /// # Errors
    /// Where it could be several.
    pub fn find(&self, name: &str) -> Result<Option<Signer<'_>>, String> {
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
            return Err(format!("more than one key contain the id {}", quoted(name)));
        }
        Ok(candidate.map(|owner| Signer { owner }))
    }
}

/// A text with the line ends that signatures of texts cover.
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

impl Signer<'_> {
    /// A name of the owner, if a passphrase is needed.
    ///
    /// # Errors
    /// Where the keyring has no secret key of that owner.
    pub fn locked(&self) -> Result<Option<&[u8]>, String> {
        match &self.owner.secret {
            None => {
                Err("provided key is not a private key. Try providing a keyring with secret keys"
                    .into())
            }
            Some(SecretKey::Plain(_)) => Ok(None),
            Some(SecretKey::Locked(_)) => {
                let mut names = self.owner.names.iter().map(|(name, _)| &name[..]);
                Ok(Some(names.find(|n| !n.is_empty()).unwrap_or(b"Unknown")))
            }
        }
    }

    /// A provenance file for a package of that file name, with the chart's metadata as YAML and the
    /// time in seconds since 1970.
    ///
    /// # Errors
    /// Where the key cannot be used, e.g. `openpgp: invalid data: private key checksum failure`.
    pub fn sign(
        &self,
        passphrase: &[u8],
        metadata: &[u8],
        name: &str,
        package: &[u8],
        time: u32,
    ) -> Result<Vec<u8>, String> {
        let secret = match &self.owner.secret {
            None => return Err(self.locked().err().unwrap_or_default()),
            Some(SecretKey::Plain(secret)) => {
                let end = secret.len().saturating_sub(2);
                secret.get(..end).unwrap_or_default().to_vec()
            }
            Some(SecretKey::Locked(locked)) => {
                cipher::unlock(locked, passphrase).map_err(|e| e.to_string())?
            }
        };
        let files = Map::new();
        files.insert(name, Value::from(sha256(package)));
        let sums = Map::new();
        sums.insert("files", Value::Map(files));
        let sums = yaml::marshal(&Value::Map(sums))?;
        let clear = armor::clear(&[metadata, b"\n...\n", &sums].concat());
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
