//! Reads large documents of which a template wants little: a mapping is made when it is read.

use std::ops::Range;

use super::make::{Build, Make, Skip};
use super::{END, Plain, Reader};
use crate::scan_input::simple_text;
use gostd::value::{ANY_MAP, Entries, Map, Str, Value};

/// Reads a document that is a block mapping, as [`super::document`] does with `json`, or gives up. Block
/// mappings in it of `large` bytes and more are checked, but made when they are looked at.
pub(crate) fn document_later(source: &Str, large: usize) -> Option<Value> {
    let text = simple_text(source)?;
    let mut reader = Reader::new(text, true);
    reader.find_root()?.then_some(())?;
    let value = reader.root_later(source, large)?;
    (reader.column == END).then_some(value)
}

impl Reader<'_> {
    /// Returns the document's root, if it is a block mapping.
    fn root_later(&mut self, source: &Str, large: usize) -> Option<Value> {
        let column = self.column;
        self.depth += 1;
        let base = self.entries.len();
        while self.column == column {
            let key = self.block_key::<Build>()?;
            self.pos += 1;
            let value = self.value_later(column, source, large)?;
            self.entries.push((key, value));
        }
        self.depth -= 1;
        (self.column < column).then(|| Build::mapping(self, base))
    }

    /// Returns what follows the `:` of a mapping at this column.
    fn value_later(&mut self, column: isize, source: &Str, large: usize) -> Option<Value> {
        let start = self.pos;
        self.skip_spaces();
        if matches!(self.cur(), b'\n' | b'#') {
            self.end_line()?;
            if self.column > column
                && let Some(range) = self.skip_mapping(column, large)?
            {
                return self.dedented(column, self.mapping_later(range, column, source));
            }
        }
        self.pos = start;
        self.mapping_value::<Build>(column)
    }

    /// Checks the block mapping that starts here, inside a collection at column `parent`, and tells where
    /// it is; `Some(None)` where there is none, or a small one.
    fn skip_mapping(&mut self, parent: isize, large: usize) -> Option<Option<Range<usize>>> {
        let start = self.pos;
        let c = self.cur();
        if matches!(c, b'"' | b'\'') || self.is_indicator(c) || self.at_dash() {
            return Some(None);
        }
        if !matches!(self.plain_text()?, Plain::Key(_)) {
            return Some(None);
        }
        self.pos = start;
        self.block_node::<Skip>(parent)?;
        Some((self.pos - start >= large).then_some(start..self.pos))
    }

    /// Returns the block mapping in a range that [`Reader::skip_mapping`] has found, to be made
    /// later.
    fn mapping_later(&self, range: Range<usize>, parent: isize, source: &Str) -> Value {
        let line = memchr::memrchr(b'\n', &self.text[..range.start]).map_or(0, |end| end + 1);
        let column = (range.start - line) as isize;
        // The reader's text is the source without a byte order mark.
        let offset = source.len() - self.text.len();
        let (depth, source) = (self.depth, source.clone());
        Value::Map(Map::later(&ANY_MAP, move || {
            let text = &source[offset..offset + range.end];
            let mut reader = Reader { pos: range.start, column, depth, ..Reader::new(text, true) };
            match reader.block_node::<Build>(parent) {
                Some(Value::Map(map)) => map.borrow().clone(),
                // What could be skipped can be read.
                _ => Entries::new(),
            }
        }))
    }
}
