//! Holds Go's `string`: bytes that are usually, but not always, UTF-8.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range};
use std::sync::{Arc, OnceLock};

/// Longest text kept inside a [`Str`] itself, in bytes.
const INLINE: usize = 22;

/// From which length on a vector becomes a [`Str`] without a copy, in bytes: its spare capacity is then
/// memory that was never touched.
const LARGE: usize = 128 * 1024;

/// From which length on a part of a text is not copied.
const LARGE_PART: usize = 4 * 1024;

/// An immutable byte string with Go's semantics: any bytes, cheap to clone.
///
/// Up to 22 bytes are stored inline; longer texts are shared by reference count; literals cost nothing.
///
/// ```
/// use gostd::value::Str;
/// let s = Str::from("nginx");
/// assert_eq!(s.as_bytes(), b"nginx");
/// assert_eq!(s.clone(), "nginx");
/// ```
#[derive(Clone)]
pub struct Str(Repr);

#[derive(Clone)]
enum Repr {
    Inline {
        len: u8,
        buf: [u8; INLINE],
    },
    Static(&'static [u8]),
    Shared(Arc<[u8]>),
    /// What was put together piece by piece and is too large to be copied once more.
    Large(Arc<Vec<u8>>),
    /// A large part of a large text: where it begins and ends.
    Part(Arc<Vec<u8>>, u32, u32),
    Later(Arc<Later>),
}

/// A text that is put together when it is read.
struct Later {
    /// The text but for what is left out.
    text: Vec<u8>,
    /// What is left out, and how long the text is before it.
    left_out: Vec<(usize, Arc<[u8]>)>,
    append: fn(&mut Vec<u8>, &[u8]),
    whole: OnceLock<Vec<u8>>,
}

impl Later {
    #[cold]
    fn make(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len());
        let mut done = 0;
        for (at, left_out) in &self.left_out {
            out.extend_from_slice(&self.text[done..*at]);
            (self.append)(&mut out, left_out);
            done = *at;
        }
        out.extend_from_slice(&self.text[done..]);
        out
    }

    /// Returns whether both are put together from the same pieces. If not, they may still be equal.
    fn same(&self, other: &Later) -> bool {
        self.left_out.len() == other.left_out.len()
            && std::ptr::fn_addr_eq(self.append, other.append)
            && self.text == other.text
            && std::iter::zip(&self.left_out, &other.left_out)
                .all(|((at, piece), (there, other))| at == there && Arc::ptr_eq(piece, other))
    }
}

impl Str {
    /// The empty string.
    pub const EMPTY: Str = Str(Repr::Static(b""));

    /// Wraps a literal without copying it.
    pub const fn from_static(text: &'static str) -> Str {
        Str(Repr::Static(text.as_bytes()))
    }

    /// Copies bytes into a new string.
    #[inline]
    pub fn from_bytes(bytes: &[u8]) -> Str {
        if bytes.len() <= INLINE {
            let mut buf = [0; INLINE];
            buf[..bytes.len()].copy_from_slice(bytes);
            Str(Repr::Inline { len: bytes.len() as u8, buf })
        } else {
            Str(Repr::Shared(Arc::from(bytes)))
        }
    }

    /// Returns a text that is put together at the first look at it, unless a comparison can be decided
    /// without: `text`, and in it, where it has come to some length, what `append` makes of some bytes.
    /// The places must be in order, and none below 8.
    pub fn later(
        text: Vec<u8>,
        left_out: Vec<(usize, Arc<[u8]>)>,
        append: fn(&mut Vec<u8>, &[u8]),
    ) -> Str {
        Str(Repr::Later(Arc::new(Later { text, left_out, append, whole: OnceLock::new() })))
    }

    /// Returns the bytes of the string.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, buf } => &buf[..*len as usize],
            Repr::Static(s) => s,
            Repr::Shared(s) => s,
            Repr::Large(s) => s,
            Repr::Part(s, start, end) => s.get(*start as usize..*end as usize).unwrap_or_default(),
            Repr::Later(s) => s.whole.get_or_init(|| s.make()),
        }
    }

    /// Returns a part of the text. A large part of a large text is not copied: it keeps the whole in memory.
    ///
    /// # Panics
    /// A range that is not within the text.
    pub fn part(&self, range: Range<usize>) -> Str {
        let shared = match &self.0 {
            Repr::Large(whole) => Some((whole, 0)),
            Repr::Part(whole, start, _) => Some((whole, *start as usize)),
            _ => None,
        };
        let part = &self.as_bytes()[range.clone()];
        if let Some((whole, base)) = shared.filter(|_| part.len() >= LARGE_PART)
            && let Ok(start) = u32::try_from(base + range.start)
            && let Ok(end) = u32::try_from(base + range.end)
        {
            return Str(Repr::Part(Arc::clone(whole), start, end));
        }
        Str::from_bytes(part)
    }

    /// Returns the text if it is valid UTF-8.
    #[inline]
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()).ok()
    }

    /// Returns the text with each invalid byte replaced by U+FFFD.
    pub fn to_string_lossy(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.as_bytes())
    }

    /// Returns how many bytes the text takes beside the handle itself: none if it is short or a literal.
    #[inline]
    pub fn heap(&self) -> usize {
        match &self.0 {
            Repr::Inline { .. } | Repr::Static(_) => 0,
            Repr::Shared(s) => s.len(),
            Repr::Large(s) => s.len(),
            Repr::Part(_, start, end) => (end - start) as usize,
            Repr::Later(s) => s.text.len(),
        }
    }

    /// Returns the bytes behind a shared pointer, without a copy where they are shared already.
    pub fn to_shared(&self) -> Arc<[u8]> {
        match &self.0 {
            Repr::Shared(s) => s.clone(),
            _ => Arc::from(self.as_bytes()),
        }
    }
}

/// Returns the first eight bytes as a number, filled up with zeros: where the numbers of two texts
/// differ, they compare as the texts do.
#[inline]
pub(super) fn prefix(text: &[u8]) -> u64 {
    if let Some(head) = text.first_chunk() {
        return u64::from_be_bytes(*head);
    }
    let empty = 8 * (8 - text.len() as u32);
    // Two looks that overlap where there are fewer than eight.
    if let (Some(head), Some(tail)) = (text.first_chunk(), text.last_chunk()) {
        return u64::from(u32::from_be_bytes(*head)) << 32
            | u64::from(u32::from_be_bytes(*tail)) << empty;
    }
    match *text {
        [a, b, c] => u64::from(u32::from_be_bytes([0, a, b, c])) << empty,
        [a, b] => u64::from(u16::from_be_bytes([a, b])) << empty,
        [a] => u64::from(a) << empty,
        _ => 0,
    }
}

impl Str {
    #[inline]
    fn prefix(&self) -> u64 {
        match &self.0 {
            // What follows a short text is zeros.
            Repr::Inline { buf: [a, b, c, d, e, f, g, h, ..], .. } => {
                u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h])
            }
            Repr::Later(s) => prefix(&s.text),
            _ => prefix(self.as_bytes()),
        }
    }

    /// Compares with a text whose [`prefix`] is known, which nearly always tells without a look at the
    /// rest: names are looked up more often than anything else is done.
    #[inline]
    pub(super) fn compare(&self, text: &[u8], prefix: u64) -> Ordering {
        self.prefix().cmp(&prefix).then_with(|| self.cmp_bytes(text))
    }

    /// Compares with a text that has the same [`prefix`].
    #[inline]
    fn cmp_bytes(&self, text: &[u8]) -> Ordering {
        match self.len() <= 8 && text.len() <= 8 {
            true => self.len().cmp(&text.len()),
            false => self.as_bytes().cmp(text),
        }
    }
}

impl Default for Str {
    fn default() -> Str {
        Str::EMPTY
    }
}

impl Deref for Str {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for Str {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Borrow<[u8]> for Str {
    #[inline]
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl From<&str> for Str {
    #[inline]
    fn from(s: &str) -> Str {
        Str::from_bytes(s.as_bytes())
    }
}

impl From<&[u8]> for Str {
    #[inline]
    fn from(s: &[u8]) -> Str {
        Str::from_bytes(s)
    }
}

impl From<String> for Str {
    #[inline]
    fn from(s: String) -> Str {
        Str::from(s.into_bytes())
    }
}

impl From<Vec<u8>> for Str {
    fn from(s: Vec<u8>) -> Str {
        match s.len() {
            ..=INLINE => Str::from_bytes(&s),
            LARGE.. => Str(Repr::Large(Arc::new(s))),
            _ => Str(Repr::Shared(Arc::from(s))),
        }
    }
}

impl From<Arc<[u8]>> for Str {
    fn from(s: Arc<[u8]>) -> Str {
        Str(Repr::Shared(s))
    }
}

impl PartialEq for Str {
    #[inline]
    fn eq(&self, other: &Str) -> bool {
        match (&self.0, &other.0) {
            (Repr::Later(_), _) | (_, Repr::Later(_)) => self.cmp(other) == Ordering::Equal,
            _ => self.as_bytes() == other.as_bytes(),
        }
    }
}

impl Eq for Str {}

impl PartialEq<str> for Str {
    #[inline]
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Str {
    #[inline]
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialOrd for Str {
    #[inline]
    fn partial_cmp(&self, other: &Str) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str {
    fn cmp(&self, other: &Str) -> Ordering {
        self.prefix().cmp(&other.prefix()).then_with(|| match (&self.0, &other.0) {
            (Repr::Later(one), Repr::Later(two)) if one.same(two) => Ordering::Equal,
            _ => self.cmp_bytes(other),
        })
    }
}

impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string_lossy(), f)
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_what_slices_are() {
        let bytes: Vec<u8> = (0..LARGE + 100).map(|n| (n % 251) as u8).collect();
        let whole = Str::from(bytes.clone());
        assert!(matches!(whole.0, Repr::Large(_)));
        let large = whole.part(10..LARGE);
        assert!(matches!(large.0, Repr::Part(..)));
        assert_eq!(large.as_bytes(), &bytes[10..LARGE]);
        let (inner, small) = (large.part(5..LARGE_PART + 5), large.part(7..20));
        assert!(matches!(inner.0, Repr::Part(..)) && matches!(small.0, Repr::Inline { .. }));
        assert_eq!(inner.as_bytes(), &bytes[15..LARGE_PART + 15]);
        assert_eq!((small.as_bytes(), inner.heap()), (&bytes[17..30], LARGE_PART));
        assert_eq!(inner.cmp(&Str::from(&bytes[15..LARGE_PART + 15])), Ordering::Equal);
    }
}
