//! Unlocks secret keys: from a passphrase to a key, and the ciphers in CFB mode.

use aes::{Aes128, Aes192, Aes256};
use cast5::Cast5;
use cbc::cipher::array::Array;
use cbc::cipher::{BlockCipherEncrypt, KeyInit};
use sha1::{Digest, Sha1};

use super::digest::HashId;
use super::error::{Error, structural, unsupported};

/// How a passphrase becomes a key.
#[derive(Clone, Debug)]
pub(super) struct StringToKey {
    pub(super) hash: HashId,
    pub(super) salt: Vec<u8>,
    /// How many bytes are hashed, if more than the salt and the passphrase have.
    pub(super) count: usize,
}

impl StringToKey {
    /// Returns the first `length` bytes of a key.
    fn key(&self, passphrase: &[u8], length: usize) -> Option<Vec<u8>> {
        /// How much is handed to the hash at a time, in bytes.
        const CHUNK: usize = 1 << 16;
        let text = [&self.salt, passphrase].concat();
        let whole = self.count.max(text.len());
        let chunk = text.repeat(CHUNK / text.len().max(1) + 1);
        let (mut key, mut zeros) = (Vec::new(), Vec::new());
        while key.len() < length {
            let mut parts = vec![&zeros[..]];
            if !chunk.is_empty() {
                parts.extend(std::iter::repeat_n(&chunk[..], whole / chunk.len()));
                parts.extend(chunk.get(..whole % chunk.len()));
            }
            key.extend_from_slice(&self.hash.digest(&parts)?);
            zeros.push(0);
        }
        key.truncate(length);
        Some(key)
    }
}

/// A secret key that a passphrase protects.
#[derive(Clone, Debug)]
pub(super) struct Locked {
    /// The cipher's number.
    pub(super) cipher: u8,
    pub(super) string_to_key: StringToKey,
    /// Whether SHA-1 tells if the passphrase is right, or a mere sum.
    pub(super) sha1: bool,
    pub(super) iv: Vec<u8>,
    pub(super) data: Vec<u8>,
}

/// Returns the length of a cipher's blocks in bytes, by its number.
pub(super) fn block_size(cipher: u8) -> Option<usize> {
    match cipher {
        3 => Some(8),
        7..=9 => Some(16),
        _ => None,
    }
}

/// Returns what a secret key is with a passphrase, be that the right one or not.
pub(super) fn plain(locked: &Locked, passphrase: &[u8]) -> Result<Vec<u8>, Error> {
    let length = match locked.cipher {
        3 | 7 => 16,
        8 => 24,
        _ => 32,
    };
    let Some(key) = locked.string_to_key.key(passphrase, length) else {
        let hash = locked.string_to_key.hash.go_number();
        return unsupported(format!("hash not available: {hash}"));
    };
    let plain = match locked.cipher {
        3 => decrypt::<Cast5>(&key, &locked.iv, &locked.data),
        7 => decrypt::<Aes128>(&key, &locked.iv, &locked.data),
        8 => decrypt::<Aes192>(&key, &locked.iv, &locked.data),
        _ => decrypt::<Aes256>(&key, &locked.iv, &locked.data),
    };
    plain.map_or_else(|| structural("truncated private key data"), Ok)
}

/// Returns the numbers of a secret key.
///
/// # Errors
/// Where the passphrase is not the key's.
pub(super) fn unlock(locked: &Locked, passphrase: &[u8]) -> Result<Vec<u8>, Error> {
    let mut plain = plain(locked, passphrase)?;
    let sum = if locked.sha1 { 20 } else { 2 };
    let Some(at) = plain.len().checked_sub(sum) else {
        return structural("truncated private key data");
    };
    let (data, given) = plain.split_at(at);
    let right = if locked.sha1 {
        Sha1::digest(data).as_slice() == given
    } else {
        data.iter().fold(0_u16, |sum, b| sum.wrapping_add(u16::from(*b))).to_be_bytes() == given
    };
    if !right {
        return structural("private key checksum failure");
    }
    plain.truncate(at);
    Ok(plain)
}

/// Decrypts in CFB mode; `None` where key or vector have another length than the cipher's.
fn decrypt<C: BlockCipherEncrypt + KeyInit>(key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let cipher = C::new_from_slice(key).ok()?;
    let mut register = Array::<u8, C::BlockSize>::try_from(iv).ok()?;
    let mut out = Vec::with_capacity(data.len());
    for block in data.chunks(iv.len().max(1)) {
        cipher.encrypt_block(&mut register);
        for (mask, byte) in register.iter_mut().zip(block) {
            out.push(*mask ^ byte);
            *mask = *byte;
        }
    }
    Some(out)
}
