//! Computes the hashes that signatures and passphrases go through.

use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

/// A hash by OpenPGP's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HashId(u8);

impl HashId {
    pub(super) const SHA512: HashId = HashId(10);

    /// Returns the hash of that number, if OpenPGP knows one.
    pub(super) fn of(number: u8) -> Option<HashId> {
        matches!(number, 1..=3 | 8..=11).then_some(HashId(number))
    }

    pub(super) fn number(self) -> u8 {
        self.0
    }

    /// Returns the number in Go's `crypto.Hash`, which errors show.
    pub(super) fn go_number(self) -> u8 {
        match self.0 {
            1 => 2,
            2 => 3,
            3 => 9,
            8 => 5,
            9 => 6,
            10 => 7,
            _ => 4,
        }
    }

    /// Returns the hash of several parts; `None` for the broken ones, MD5 and RIPEMD-160.
    pub(super) fn digest(self, parts: &[&[u8]]) -> Option<Vec<u8>> {
        fn all<D: Digest>(parts: &[&[u8]]) -> Option<Vec<u8>> {
            let mut hash = D::new();
            parts.iter().for_each(|part| hash.update(part));
            Some(hash.finalize().to_vec())
        }
        match self.0 {
            2 => all::<Sha1>(parts),
            8 => all::<Sha256>(parts),
            9 => all::<Sha384>(parts),
            10 => all::<Sha512>(parts),
            11 => all::<Sha224>(parts),
            _ => None,
        }
    }
}
