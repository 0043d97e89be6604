//! Writes what the emitter has chosen: comments, anchors, tags and scalars, byte by byte.

use super::{Emitter, Node};
use crate::emit_scalar::{break_len, is_printable};
use crate::emit_write::{BOM, escape, trailing_breaks};
use crate::resolve::YAML_TAG;
use crate::scan::char_len;

impl Emitter<'_, '_> {
    // ---- comments ----

    pub(super) fn write_head(&mut self) {
        if !self.tail.is_empty() {
            self.write_indent();
            let tail = std::mem::take(&mut self.tail);
            self.write_comment(tail);
            self.foot_indent = self.indent.max(0);
        }
        if !self.head.is_empty() {
            self.write_indent();
            let head = std::mem::take(&mut self.head);
            self.write_comment(head);
        }
    }

    pub(super) fn write_line_comment(&mut self) {
        if self.line.is_empty() {
            return;
        }
        if !self.whitespace {
            self.put(b' ');
        }
        let line = std::mem::take(&mut self.line);
        self.write_comment(line);
    }

    pub(super) fn write_foot(&mut self) {
        if self.foot.is_empty() {
            return;
        }
        self.write_indent();
        let foot = std::mem::take(&mut self.foot);
        self.write_comment(foot);
        self.foot_indent = self.indent.max(0);
    }

    pub(super) fn write_comment(&mut self, comment: &[u8]) {
        let mut breaks = false;
        let mut begun = false;
        let mut rest = comment;
        while let Some(&first) = rest.first() {
            let width = break_len(rest);
            if width > 0 {
                self.write_break(&mut rest, width);
                breaks = true;
                begun = false;
                continue;
            }
            if breaks {
                self.write_indent();
            }
            if !begun {
                if first != b'#' {
                    self.put(b'#');
                    self.put(b' ');
                }
                begun = true;
            }
            self.write_char(&mut rest);
            self.indention = false;
            breaks = false;
        }
        if !breaks {
            self.put_break();
        }
        self.whitespace = true;
    }

    // ---- anchors and tags ----

    pub(super) fn write_word(&mut self, word: &[u8]) {
        let mut rest = word;
        while !rest.is_empty() {
            self.write_char(&mut rest);
        }
        self.whitespace = false;
        self.indention = false;
    }

    pub(super) fn write_anchor(&mut self, node: &Node) {
        if !node.anchor.is_empty() {
            self.indicator(b"&", true, false, false);
            self.write_word(&node.anchor);
        }
    }

    pub(super) fn write_tag(&mut self, tag: &[u8]) {
        let Tag { handle, suffix } = Tag::of(tag);
        if !handle.is_empty() {
            if !self.whitespace {
                self.put(b' ');
            }
            self.write_word(handle);
            if !suffix.is_empty() {
                self.write_tag_text(suffix);
            }
        } else if !suffix.is_empty() {
            self.indicator(b"!<", true, false, false);
            self.write_tag_text(suffix);
            self.indicator(b">", false, false, false);
        }
    }

    pub(super) fn write_tag_text(&mut self, text: &[u8]) {
        for &b in text {
            if b.is_ascii_alphanumeric() || b"-;/?:@&=+$,_.~*'()[]".contains(&b) {
                self.put(b);
            } else {
                format!("%{b:02X}").bytes().for_each(|b| self.put(b));
            }
        }
        self.whitespace = false;
        self.indention = false;
    }

    // ---- scalars; nothing is folded ----

    pub(super) fn plain(&mut self, text: &[u8]) {
        if !text.is_empty() && !self.whitespace {
            self.put(b' ');
        }
        self.write_lines(text, false);
        if !text.is_empty() {
            self.whitespace = false;
        }
        self.indention = false;
    }

    pub(super) fn single_quoted(&mut self, text: &[u8]) {
        self.indicator(b"'", true, false, false);
        self.write_lines(text, true);
        self.indicator(b"'", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes a text whose line breaks are doubled, and quotes if they are asked to be.
    pub(super) fn write_lines(&mut self, text: &[u8], doubles_quotes: bool) {
        let mut breaks = false;
        let mut rest = text;
        while let Some(&first) = rest.first() {
            let width = break_len(rest);
            if width > 0 {
                if !breaks && first == b'\n' {
                    self.put_break();
                }
                self.write_break(&mut rest, width);
                breaks = true;
                continue;
            }
            if first != b' ' {
                if breaks {
                    self.write_indent();
                }
                if doubles_quotes && first == b'\'' {
                    self.put(b'\'');
                }
                self.indention = false;
                breaks = false;
            }
            self.write_char(&mut rest);
        }
    }

    pub(super) fn double_quoted(&mut self, text: &[u8]) {
        self.indicator(b"\"", true, false, false);
        // go-yaml looks for a byte order mark at the beginning of the text wherever it stands.
        let escape_all = text.starts_with(BOM);
        let mut rest = text;
        while let Some(&first) = rest.first() {
            let is_bare = is_printable(rest) && break_len(rest) == 0 && !b"\"\\".contains(&first);
            if is_bare && !escape_all {
                self.write_char(&mut rest);
            } else {
                let width = escape(&mut self.out, rest);
                rest = &rest[width..];
                self.column += 2;
            }
        }
        self.indicator(b"\"", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes what stands behind `|` or `>`, and the comment there.
    pub(super) fn block_header(&mut self, indicator: &[u8], text: &[u8]) {
        self.indicator(indicator, true, false, false);
        if text.first() == Some(&b' ') || break_len(text) > 0 {
            self.indicator(&[b'0' + self.layout.indent], false, false, false);
        }
        let chomp = match trailing_breaks(text) {
            0 => &b"-"[..],
            1 => b"",
            _ => b"+",
        };
        if !chomp.is_empty() {
            self.indicator(chomp, false, false, false);
        }
        match self.line.is_empty() {
            true => self.put_break(),
            false => self.write_line_comment(),
        }
        self.whitespace = true;
    }

    pub(super) fn literal(&mut self, text: &[u8]) {
        self.block_header(b"|", text);
        let mut breaks = true;
        let mut rest = text;
        while !rest.is_empty() {
            let width = break_len(rest);
            if width > 0 {
                self.write_break(&mut rest, width);
                breaks = true;
                continue;
            }
            if breaks {
                self.write_indent();
            }
            self.write_char(&mut rest);
            self.indention = false;
            breaks = false;
        }
    }

    pub(super) fn folded(&mut self, text: &[u8]) {
        self.block_header(b">", text);
        let mut breaks = true;
        let mut leading_spaces = true;
        let first_line = text.iter().take_while(|b| **b == b'\n').count();
        let mut rest = text;
        while let Some(&first) = rest.first() {
            let width = break_len(rest);
            if width > 0 {
                if !breaks && !leading_spaces && first == b'\n' {
                    // go-yaml looks at the start of the text here, not at what follows.
                    let follows = text.get(first_line).copied().unwrap_or(0);
                    if !matches!(follows, b' ' | b'\t' | b'\r' | 0) {
                        self.put_break();
                    }
                }
                self.write_break(&mut rest, width);
                breaks = true;
                continue;
            }
            if breaks {
                self.write_indent();
                leading_spaces = matches!(first, b' ' | b'\t');
            }
            self.write_char(&mut rest);
            self.indention = false;
            breaks = false;
        }
    }

    // ---- characters ----

    pub(super) fn put(&mut self, b: u8) {
        self.out.push(b);
        self.column += 1;
    }

    pub(super) fn put_break(&mut self) {
        self.out.push(b'\n');
        self.column = 0;
        self.indention = true;
    }

    pub(super) fn write_char(&mut self, rest: &mut &[u8]) {
        let (c, after) = rest.split_at(char_len(rest[0]).min(rest.len()));
        self.out.extend_from_slice(c);
        self.column += 1;
        *rest = after;
    }

    pub(super) fn write_break(&mut self, rest: &mut &[u8], width: usize) {
        let (c, after) = rest.split_at(width);
        self.out.extend_from_slice(c);
        self.column = 0;
        self.indention = true;
        *rest = after;
    }

    pub(super) fn indicator(
        &mut self,
        text: &[u8],
        apart: bool,
        is_whitespace: bool,
        is_indention: bool,
    ) {
        if apart && !self.whitespace {
            self.put(b' ');
        }
        text.iter().for_each(|b| self.put(*b));
        self.whitespace = is_whitespace;
        self.indention &= is_indention;
    }
}

/// A tag in two parts.
pub(super) struct Tag<'n> {
    pub(super) handle: &'n [u8],
    pub(super) suffix: &'n [u8],
}

impl<'n> Tag<'n> {
    pub(super) fn of(tag: &'n [u8]) -> Tag<'n> {
        match tag {
            [b'!', b'!', suffix @ ..] => Tag { handle: b"!!", suffix },
            [b'!', suffix @ ..] => Tag { handle: b"!", suffix },
            _ => match tag.strip_prefix(YAML_TAG) {
                Some(suffix) => Tag { handle: b"!!", suffix },
                None => Tag { handle: b"", suffix: tag },
            },
        }
    }
}
