//! Reads and writes the text forms of OpenPGP: armor, and messages signed in the clear.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::Damage;

const START: &[u8] = b"-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &[u8] = b"-----BEGIN PGP SIGNATURE-----";
const END: &[u8] = b"\n-----END PGP SIGNATURE-----";
/// How long a line of armor may be, in bytes.
const LONGEST_LINE: usize = 96;

/// A message signed in the clear.
#[derive(Debug)]
pub(super) struct Signed {
    /// The text to read, lines ending in `\n`.
    pub(super) text: Vec<u8>,
    /// The text that was signed: lines end in `\r\n`, the last one in nothing.
    pub(super) bytes: Vec<u8>,
    /// The packets of the signature.
    pub(super) signature: Armored,
}

/// What armor held.
#[derive(Debug)]
pub(super) struct Armored {
    pub(super) data: Vec<u8>,
    /// What is wrong where the data ends.
    pub(super) damage: Option<Damage>,
}

/// Returns the first line of a text, without its end, and what follows.
fn line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|b| *b == b'\n') {
        None => (data, &[]),
        Some(at) => {
            let line = &data[..at];
            (line.strip_suffix(b"\r").unwrap_or(line), &data[at + 1..])
        }
    }
}

fn find(data: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(data, wanted)
}

/// Returns the first signed message in a text, or `None` where there is none or it is not
/// well-formed.
pub(super) fn decode(data: &[u8]) -> Option<Signed> {
    let after = match data.strip_prefix(START) {
        Some(rest) => rest,
        None => {
            let start = [b"\n", START].concat();
            &data[find(data, &start)? + start.len()..]
        }
    };
    let (suffix, mut rest) = line(after);
    if !suffix.is_empty() {
        return None;
    }
    loop {
        if rest.is_empty() {
            return None;
        }
        let (header, more) = line(rest);
        rest = more;
        if header.is_empty() {
            break;
        }
        let colon = header.iter().position(|b| *b == b':')?;
        let plain = header.iter().all(|b| (0x20..=0x7e).contains(b));
        if !plain || header[..colon].trim_ascii() != b"Hash" {
            return None;
        }
    }
    let (mut text, mut bytes, mut first) = (Vec::new(), Vec::new(), true);
    loop {
        let (whole, more) = line(rest);
        if whole.is_empty() && more.is_empty() {
            return None;
        }
        if whole == SIGNATURE {
            break;
        }
        rest = more;
        if !first {
            bytes.extend_from_slice(b"\r\n");
        }
        first = false;
        let plain = without_trailing(whole.strip_prefix(b"- ").unwrap_or(whole), b" \t");
        bytes.extend_from_slice(plain);
        text.extend_from_slice(plain);
        text.push(b'\n');
    }
    let end = find(rest, END)? + END.len();
    let signature = unarmor(&rest[..end])?;
    Some(Signed { text, bytes, signature })
}

fn without_trailing<'a>(mut line: &'a [u8], marks: &[u8]) -> &'a [u8] {
    while let Some((last, rest)) = line.split_last()
        && marks.contains(last)
    {
        line = rest;
    }
    line
}

/// A block of armor.
pub(super) struct Block {
    /// What it says that it holds: `PGP PUBLIC KEY BLOCK`.
    pub(super) kind: Vec<u8>,
    pub(super) armored: Armored,
}

/// Returns the blocks of armor in a text.
pub(super) fn blocks(data: &[u8]) -> Vec<Block> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let (mut blocks, mut rest) = (Vec::new(), data);
    while !rest.is_empty() {
        let (head, more) = line(rest);
        let kind = head.trim_ascii().strip_prefix(BEGIN).and_then(|k| k.strip_suffix(b"-----"));
        if let Some(kind) = kind {
            let end = find(more, b"\n-----END ").map_or(more.len(), |at| at + 1);
            let end = end + line(&more[end..]).0.len();
            let block = &rest[..rest.len() - more.len() + end];
            if let Some(armored) = unarmor(block) {
                blocks.push(Block { kind: kind.to_vec(), armored });
            }
            rest = &more[end..];
        } else {
            rest = more;
        }
    }
    blocks
}

/// Returns what a block of armor holds, which begins at the start of the text.
fn unarmor(block: &[u8]) -> Option<Armored> {
    let (_, mut rest) = line(block);
    loop {
        if rest.is_empty() {
            return None;
        }
        let (header, more) = line(rest);
        rest = more;
        let header = header.trim_ascii();
        if header.is_empty() {
            break;
        }
        find(header, b": ")?;
    }
    let (mut coded, mut sum) = (Vec::new(), None);
    let mut damage = None;
    loop {
        if rest.is_empty() {
            damage = Some(Damage::Eof);
            break;
        }
        let (here, more) = line(rest);
        rest = more;
        if here.starts_with(b"-----END ") {
            break;
        }
        if here.len() == 5 && here.starts_with(b"=") {
            sum = STANDARD.decode(&here[1..]).ok();
            if !line(rest).0.starts_with(b"-----END ") {
                damage = Some(Damage::Armor);
            }
            break;
        }
        if here.len() > LONGEST_LINE {
            damage = Some(Damage::Armor);
            break;
        }
        coded.extend_from_slice(here);
    }
    let data = match STANDARD.decode(&coded) {
        Ok(data) => data,
        Err(e) => {
            let at = match e {
                base64::DecodeError::InvalidByte(at, _)
                | base64::DecodeError::InvalidLastSymbol(at, _) => at,
                _ => coded.len(),
            };
            damage = Some(Damage::Base64 { at });
            STANDARD.decode(&coded[..at / 4 * 4]).unwrap_or_default()
        }
    };
    if damage.is_none() && sum.is_some_and(|sum| sum != checksum(&data)) {
        damage = Some(Damage::Armor);
    }
    Some(Armored { data, damage })
}

/// Computes OpenPGP's CRC-24.
fn checksum(data: &[u8]) -> [u8; 3] {
    let mut crc: u32 = 0xb704ce;
    for byte in data {
        crc ^= u32::from(*byte) << 16;
        for _ in 0..8 {
            crc <<= 1;
            if crc & 0x100_0000 != 0 {
                crc ^= 0x186_4cfb;
            }
        }
    }
    let [_, a, b, c] = crc.to_be_bytes();
    [a, b, c]
}

/// A text as it is signed in the clear: what goes into the hash, and what is written.
pub(super) struct Clear {
    pub(super) hashed: Vec<u8>,
    written: Vec<u8>,
}

/// Prepares a text: white space at the ends of lines goes, lines that begin with a hyphen are marked.
pub(super) fn clear(text: &[u8]) -> Clear {
    let (mut hashed, mut written) = (Vec::new(), Vec::new());
    let lines = text.strip_suffix(b"\n").unwrap_or(text).split(|b| *b == b'\n');
    for (i, line) in lines.enumerate() {
        let line = without_trailing(line, b" \t\r");
        if i > 0 {
            hashed.extend_from_slice(b"\r\n");
        }
        hashed.extend_from_slice(line);
        if line.starts_with(b"-") {
            written.extend_from_slice(b"- ");
        }
        written.extend_from_slice(line);
        written.push(b'\n');
    }
    Clear { hashed, written }
}

impl Clear {
    /// Returns the whole message with the packet of its signature, of which `hash` is the hash's
    /// name.
    pub(super) fn with(&self, hash: &str, signature: &[u8]) -> Vec<u8> {
        /// How long the lines of armor are, in characters.
        const LINE: usize = 64;
        let mut out = START.to_vec();
        out.extend_from_slice(format!("\nHash: {hash}\n\n").as_bytes());
        out.extend_from_slice(&self.written);
        out.extend_from_slice(SIGNATURE);
        out.extend_from_slice(b"\n\n");
        let coded = STANDARD.encode(signature);
        for (i, line) in coded.as_bytes().chunks(LINE).enumerate() {
            if i > 0 {
                out.push(b'\n');
            }
            out.extend_from_slice(line);
        }
        out.extend_from_slice(b"\n=");
        out.extend_from_slice(STANDARD.encode(checksum(signature)).as_bytes());
        out.extend_from_slice(END);
        out
    }
}
