//! Reads and writes the distinguished encoding of ASN.1, as much of it as keys and certificates need.

/// Universal tags, with the constructed bit where it belongs.
pub(super) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// Returns `[n]`, primitive
    pub(crate) const fn context(n: u8) -> u8 {
        0x80 | n
    }
    /// Returns `[n]`, constructed
    pub(crate) const fn explicit(n: u8) -> u8 {
        0xa0 | n
    }
}

/// Returns an element of a tag and the contents, which are joined.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(len + 6);
    out.push(tag);
    if len < 0x80 {
        out.push(len as u8);
    } else {
        let bytes = len.to_be_bytes();
        let skip = bytes.iter().take_while(|b| **b == 0).count();
        out.push(0x80 | (bytes.len() - skip) as u8);
        out.extend_from_slice(&bytes[skip..]);
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// Returns a SEQUENCE of encoded elements.
pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(tag::SEQUENCE, parts)
}

/// Returns a non-negative INTEGER from its bytes, the highest first.
pub(super) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let bytes = trim(bytes);
    match bytes.first() {
        Some(first) if *first < 0x80 => element(tag::INTEGER, &[bytes]),
        // A leading zero keeps the number from being negative, and stands for zero itself.
        _ => element(tag::INTEGER, &[&[0], bytes]),
    }
}

/// Returns a BIT STRING of whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    element(tag::BIT_STRING, &[&[0], bytes])
}

/// Returns the bytes without leading zeros.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|b| **b == 0).count();
    &bytes[zeros..]
}

/// Elements yet to be read, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// Returns whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the next element: its tag, its contents, and all of its bytes.
    pub(super) fn any(&mut self) -> Option<(u8, &'a [u8], &'a [u8])> {
        let (tag, length, rest) = match self.0 {
            [tag, length, rest @ ..] if tag & 0x1f != 0x1f => (*tag, *length, rest),
            _ => return None,
        };
        let (len, rest) = match length {
            0..=0x7f => (usize::from(length), rest),
            0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
                let len = bytes.iter().fold(0usize, |n, b| n << 8 | usize::from(*b));
                // The shortest form is the only one.
                if len < 0x80 || bytes[0] == 0 {
                    return None;
                }
                (len, rest)
            }
            _ => return None,
        };
        let contents = rest.get(..len)?;
        let whole = &self.0[..self.0.len() - rest.len() + len];
        self.0 = &rest[len..];
        Some((tag, contents, whole))
    }

    /// Takes the contents of the next element if it bears the tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let (found, contents, _) = ahead.any()?;
        if found != tag {
            return None;
        }
        *self = ahead;
        Some(contents)
    }

    /// Takes a whole SEQUENCE, tag and length included.
    pub(super) fn whole_sequence(&mut self) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let (found, _, whole) = ahead.any()?;
        if found != tag::SEQUENCE {
            return None;
        }
        *self = ahead;
        Some(whole)
    }

    /// Takes a SEQUENCE and reads on inside it.
    pub(super) fn sequence(&mut self) -> Option<Reader<'a>> {
        self.take(tag::SEQUENCE).map(Reader)
    }

    /// Takes an INTEGER that is well formed: its bytes in two's complement.
    pub(super) fn integer(&mut self) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let bytes = ahead.take(tag::INTEGER)?;
        match bytes {
            [] | [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => None,
            _ => {
                *self = ahead;
                Some(bytes)
            }
        }
    }

    /// Takes a small non-negative INTEGER.
    pub(super) fn small(&mut self) -> Option<u32> {
        let bytes = self.integer()?;
        if bytes.len() > 4 || bytes[0] >= 0x80 {
            return None;
        }
        Some(bytes.iter().fold(0, |n, b| n << 8 | u32::from(*b)))
    }

    /// Takes a BIT STRING of whole bytes.
    pub(super) fn bits(&mut self) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let (0, bytes) = ahead.take(tag::BIT_STRING)?.split_first()? else { return None };
        *self = ahead;
        Some(bytes)
    }
}

/// Returns what Go's `asn1` says of data that is not the ASN.1 it expects, a sequence.
pub(super) fn syntax(data: &[u8]) -> &'static str {
    let mut reader = Reader(data);
    let inside = match reader.any() {
        Some((tag::SEQUENCE, contents, _)) => contents,
        Some(_) => return "structure error: tags don't match",
        None => data,
    };
    // The first element that is missing or broken is what Go stumbles over.
    let mut reader = Reader(inside);
    while reader.any().is_some() {}
    match reader.0 {
        [] => "syntax error: sequence truncated",
        [_] => "syntax error: truncated tag or length",
        _ => "syntax error: data truncated",
    }
}
