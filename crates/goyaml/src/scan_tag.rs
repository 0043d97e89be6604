//! Scans directives, anchors, aliases and tags.

use std::borrow::Cow;

use super::error::Scan;
use super::scan::{Kind, Scanner, char_len};

fn is_word(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-')
}

impl<'a> Scanner<'a> {
    /// Reads letters, digits, `_` and `-`, as many as there are.
    fn word(&mut self) -> Scan<&'a [u8]> {
        let start = self.pos;
        while is_word(self.cur()) {
            self.pos += 1;
        }
        self.need(1)?;
        Ok(&self.src[start..self.pos])
    }

    pub(super) fn scan_anchor(&mut self) -> Scan<Kind<'a>> {
        let alias = self.cur() == b'*';
        self.pos += 1;
        let name = self.word()?;
        let ends = self.blank_or_end(self.pos)
            || matches!(self.cur(), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends {
            return self.fail("did not find expected alphabetic or numeric character");
        }
        Ok(if alias { Kind::Alias(name) } else { Kind::Anchor(name) })
    }

    pub(super) fn scan_directive(&mut self) -> Scan<Kind<'a>> {
        self.pos += 1;
        let name = self.word()?;
        if name.is_empty() {
            return self.fail("could not find expected directive name");
        }
        if !self.blank_or_end(self.pos) {
            return self.fail("found unexpected non-alphabetical character");
        }
        let kind = match name {
            b"YAML" => self.scan_version()?,
            b"TAG" => self.scan_tag_directive()?,
            _ => return self.fail("found unknown directive name"),
        };
        self.need(1)?;
        self.skip_blanks();
        self.need(1)?;
        self.skip_comment()?;
        if self.cur() != 0 && self.break_at(self.pos) == 0 {
            return self.fail("did not find expected comment or line break");
        }
        self.skip_break();
        Ok(kind)
    }

    fn scan_version(&mut self) -> Scan<Kind<'a>> {
        self.skip_blanks();
        let major = self.version_number()?;
        if self.cur() != b'.' {
            return self.fail("did not find expected digit or '.' character");
        }
        self.pos += 1;
        let minor = self.version_number()?;
        Ok(Kind::VersionDirective((major, minor) == (1, 1)))
    }

    fn version_number(&mut self) -> Scan<u8> {
        self.need(1)?;
        let start = self.pos;
        let mut number = 0;
        while self.cur().is_ascii_digit() {
            if self.pos - start == 2 {
                return self.fail("found extremely long version number");
            }
            number = number * 10 + (self.cur() - b'0');
            self.pos += 1;
            self.need(1)?;
        }
        if self.pos == start {
            return self.fail("did not find expected version number");
        }
        Ok(number)
    }

    fn scan_tag_directive(&mut self) -> Scan<Kind<'a>> {
        self.need(1)?;
        self.skip_blanks();
        let handle = self.tag_handle(true)?;
        self.need(1)?;
        if !matches!(self.cur(), b' ' | b'\t') {
            return self.fail("did not find expected whitespace");
        }
        self.skip_blanks();
        let prefix = self.tag_uri(b"")?;
        self.need(1)?;
        if !self.blank_or_end(self.pos) {
            return self.fail("did not find expected whitespace or line break");
        }
        Ok(Kind::TagDirective { handle: handle.into(), prefix })
    }

    pub(super) fn scan_tag(&mut self) -> Scan<Kind<'a>> {
        self.need(2)?;
        let (handle, suffix): (&[u8], _) = if self.at(self.pos + 1) == b'<' {
            self.pos += 2;
            let suffix = self.tag_uri(b"")?;
            if self.cur() != b'>' {
                return self.fail("did not find the expected '>'");
            }
            self.pos += 1;
            (b"", suffix)
        } else {
            let handle = self.tag_handle(false)?;
            if handle.len() > 1 && handle.ends_with(b"!") {
                (handle, self.tag_uri(b"")?)
            } else {
                let suffix = self.tag_uri(handle)?;
                if suffix.is_empty() { (b"", Cow::Borrowed(&b"!"[..])) } else { (b"!", suffix) }
            }
        };
        self.need(1)?;
        if !self.blank_or_end(self.pos) {
            return self.fail("did not find expected whitespace or line break");
        }
        Ok(Kind::Tag { handle: handle.into(), suffix })
    }

    fn tag_handle(&mut self, directive: bool) -> Scan<&'a [u8]> {
        self.need(1)?;
        let start = self.pos;
        if self.cur() != b'!' {
            return self.fail("did not find expected '!'");
        }
        self.pos += 1;
        self.need(1)?;
        self.word()?;
        if self.cur() == b'!' {
            self.pos += 1;
        } else if directive && self.pos - start > 1 {
            return self.fail("did not find expected '!'");
        }
        Ok(&self.src[start..self.pos])
    }

    /// Returns a tag's URI, `%` escapes decoded. `head` is what was taken for a handle and was none;
    /// its `!` does not belong to the URI.
    fn tag_uri(&mut self, head: &[u8]) -> Scan<Cow<'a, [u8]>> {
        let mut out = head.get(1..).unwrap_or_default().to_vec();
        let mut found = !head.is_empty();
        self.need(1)?;
        loop {
            match self.cur() {
                b'%' => self.uri_escape(&mut out)?,
                c if is_word(c) || b";/?:@&=+$,.!~*'()[]".contains(&c) => {
                    out.push(c);
                    self.pos += 1;
                }
                _ => break,
            }
            self.need(1)?;
            found = true;
        }
        if !found {
            return self.fail("did not find expected tag URI");
        }
        Ok(Cow::Owned(out))
    }

    /// Returns one character as `%` escaped bytes.
    fn uri_escape(&mut self, out: &mut Vec<u8>) -> Scan<()> {
        let mut left = None;
        while left != Some(0) {
            self.need(3)?;
            let digit = |pos| char::from(self.at(pos)).to_digit(16);
            let (b'%', Some(high), Some(low)) =
                (self.cur(), digit(self.pos + 1), digit(self.pos + 2))
            else {
                return self.fail("did not find URI escaped octet");
            };
            let octet = (high << 4 | low) as u8;
            left = Some(match left {
                None if matches!(octet, 0x80..=0xbf | 0xf8..) => {
                    return self.fail("found an incorrect leading UTF-8 octet");
                }
                None => char_len(octet) - 1,
                Some(_) if octet & 0xc0 != 0x80 => {
                    return self.fail("found an incorrect trailing UTF-8 octet");
                }
                Some(n) => n - 1,
            });
            out.push(octet);
            self.pos += 3;
        }
        Ok(())
    }
}
