//! Reads keyrings: packets as GnuPG 1 keeps them, and from Helm 4.3 on keyboxes of GnuPG 2 and armored keys.

use std::path::Path;

use goopenpgp::Keyring;

use super::Error;
use crate::profile::{Profile, Rule};
use crate::store::read;

/// What stands at the head of the first part of a keybox, behind its length, kind, version and flags.
const KEYBOX: &[u8] = b"KBXf";
/// The kind of a keybox's first part.
const FIRST: u8 = 1;
/// The kind of a part that holds an OpenPGP key.
const OPENPGP: u8 = 2;
/// The flag of a part that GnuPG takes for absent.
const EPHEMERAL: u16 = 2;

/// Reads the keys of a file.
///
/// # Errors
/// What the system says, and what is wrong with the keys.
pub fn load_keyring(path: &Path, profile: Profile) -> Result<Keyring, Error> {
    let data = read(path)?;
    let named = |kind: &'static str, why: String| Error::KeyringOfKind {
        kind,
        file: path.display().to_string(),
        why,
    };
    if profile.has(Rule::KeyboxRings) {
        if data.get(4) == Some(&FIRST) && data.get(8..12) == Some(KEYBOX) {
            let keys = keybox(&data).map_err(|why| named("keybox", why))?;
            return Keyring::parse(&keys).map_err(Error::OpenPgp);
        }
        if data.trim_ascii_start().starts_with(b"-----BEGIN PGP") {
            let read = Keyring::parse_armored(&data);
            return read.map_err(|e| named("armored keyring", e.to_string()));
        }
    }
    Keyring::parse(&data).map_err(Error::OpenPgp)
}

fn number(part: &[u8], at: usize) -> Option<usize> {
    let bytes = part.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(bytes)).ok()
}

/// Returns the packets of all OpenPGP keys in a keybox.
fn keybox(data: &[u8]) -> Result<Vec<u8>, String> {
    let mut keys = Vec::new();
    let mut at = 0;
    while at < data.len() {
        let rest = data.get(at..).unwrap_or_default();
        let (Some(length), Some(kind)) = (number(rest, 0), rest.get(4)) else {
            return Err(format!("truncated blob header at offset {at}"));
        };
        if length < 5 {
            return Err(format!("invalid blob length {length} at offset {at}"));
        }
        let Some(part) = rest.get(..length) else {
            let left = rest.len();
            return Err(format!(
                "blob at offset {at} has length {length} exceeding the {left} remaining bytes"
            ));
        };
        if *kind == OPENPGP {
            let (Some(flags), Some(from), Some(size)) =
                (part.get(6..8), number(part, 8), number(part, 12))
            else {
                return Err(format!("OpenPGP blob at offset {at} is too short"));
            };
            let Some(key) = from.checked_add(size).and_then(|end| part.get(from..end)) else {
                return Err(format!("OpenPGP blob at offset {at} has an out-of-range keyblock"));
            };
            let flags = flags.iter().fold(0, |all, b| all << 8 | u16::from(*b));
            if flags & EPHEMERAL == 0 {
                keys.extend_from_slice(key);
            }
        }
        at += length;
    }
    match keys.is_empty() {
        true => Err("keybox contains no OpenPGP keys".to_owned()),
        false => Ok(keys),
    }
}

#[cfg(test)]
mod tests {
    use super::keybox;

    fn part(kind: u8, flags: u16, key: &[u8]) -> Vec<u8> {
        let mut part = (16 + key.len() as u32).to_be_bytes().to_vec();
        part.extend([kind, 1]);
        part.extend(flags.to_be_bytes());
        part.extend(16u32.to_be_bytes());
        part.extend((key.len() as u32).to_be_bytes());
        part.extend(key);
        part
    }

    #[test]
    fn keys_are_taken_out_of_a_keybox() {
        let head = part(1, 0, b"");
        let all =
            |parts: &[Vec<u8>]| keybox(&[std::slice::from_ref(&head), parts].concat().concat());
        assert_eq!(
            all(&[part(2, 0, b"ab"), part(3, 0, b"no"), part(2, 2, b"no"), part(2, 0, b"c")]),
            Ok(b"abc".to_vec())
        );
        for (bytes, why) in [
            (part(3, 0, b"x"), "keybox contains no OpenPGP keys"),
            (vec![0, 0, 0], "truncated blob header at offset 16"),
            (vec![0, 0, 0, 4, 2], "invalid blob length 4 at offset 16"),
            (vec![0, 0, 0, 9, 2], "blob at offset 16 has length 9 exceeding the 5 remaining bytes"),
            (vec![0, 0, 0, 6, 2, 1], "OpenPGP blob at offset 16 is too short"),
        ] {
            assert_eq!(all(&[bytes]), Err(why.to_owned()));
        }
        let mut far = part(2, 0, b"ab");
        far[15] = 9;
        assert_eq!(
            all(&[far]),
            Err("OpenPGP blob at offset 16 has an out-of-range keyblock".to_owned())
        );
    }
}
