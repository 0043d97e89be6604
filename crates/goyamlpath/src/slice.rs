//! Parses subscripts of lists, and tells which indexes they take.

use bstr::ByteSlice;

use gostd::strconv::atoi;
use gostd::unicode::trim_space;

/// What stands between brackets, when it is not a name: an index, a slice, `*`, or a list of the first two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subscript {
    /// `*`; only without white space around it does it take the values of maps too.
    All {
        of_maps: bool,
    },
    Union(Vec<Range>),
}

/// One index, or a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    Index(i64),
    Slice { from: Option<i64>, to: Option<i64>, step: i64 },
}

/// Returns the text without `[` at its start and the given end.
pub(super) fn trimmed<'t>(text: &'t [u8], end: &[u8]) -> &'t [u8] {
    let text = text.strip_prefix(b"[").unwrap_or(text);
    text.strip_suffix(end).unwrap_or(text)
}

impl Subscript {
    /// Parses what stands between brackets.
    ///
    /// # Errors
    /// The reference's words for what is wrong.
    pub(super) fn parse(text: &[u8]) -> Result<Subscript, String> {
        let members: Vec<&[u8]> = text.split_str(",").collect();
        if members.len() > 1 {
            let parse = |(i, member): (usize, &&[u8])| {
                if trim_space(member) == b"*" {
                    return Err(format!(
                        "error in union member {i}: wildcard cannot be used in union"
                    ));
                }
                Range::parse(member).map_err(|why| format!("error in union member {i}: {why}"))
            };
            return members
                .iter()
                .enumerate()
                .map(parse)
                .collect::<Result<_, _>>()
                .map(Self::Union);
        }
        match trim_space(text) {
            b"*" => Ok(Subscript::All { of_maps: text == b"*" }),
            trimmed => Ok(Subscript::Union(vec![Range::parse(trimmed)?])),
        }
    }

    /// Calls `take` with each index that a list of the length has, in order.
    pub(super) fn each<E>(
        &self,
        length: usize,
        mut take: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Subscript::All { .. } => (0..length).try_for_each(take),
            Subscript::Union(ranges) => {
                ranges.iter().try_for_each(|range| range.each(length, &mut take))
            }
        }
    }
}

impl Range {
    fn parse(text: &[u8]) -> Result<Range, &'static str> {
        let parts: Vec<&[u8]> = trim_space(text).split_str(":").collect();
        if parts.len() > 3 {
            return Err("malformed array index, too many colons");
        }
        let mut numbers = [None; 3];
        for (number, part) in numbers.iter_mut().zip(&parts) {
            let part = trim_space(part);
            if !part.is_empty() {
                *number = Some(atoi(part).map_err(|_| "non-integer array index")?);
            }
        }
        match (parts.len(), numbers) {
            (1, [None, ..]) => Err("array index missing"),
            (1, [Some(index), ..]) => Ok(Range::Index(index)),
            (_, [.., Some(0)]) => Err("array index step value must be non-zero"),
            (_, [from, to, step]) => Ok(Range::Slice { from, to, step: step.unwrap_or(1) }),
        }
    }

    /// Integers wrap around where they overflow, as Go's do.
    fn each<E>(
        self,
        length: usize,
        take: &mut impl FnMut(usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let from_end = |n: i64| if n < 0 { n.wrapping_add(length) } else { n };
        let (mut i, to, step) = match self {
            Range::Index(index) => {
                let index = from_end(index);
                (index, index.wrapping_add(1), 1)
            }
            Range::Slice { from, to, step } => {
                let (first, last) = if step > 0 { (0, length) } else { (length - 1, -1) };
                (from.map_or(first, from_end), to.map_or(last, from_end), step)
            }
        };
        let mut take = |i: i64| match usize::try_from(i) {
            Ok(index) if i < length => take(index),
            _ => Ok(()),
        };
        if step > 0 {
            i = i.max(0);
            while i < to.min(length) {
                take(i)?;
                i = i.wrapping_add(step);
            }
        } else {
            i = i.min(length);
            while i > to.max(-1) {
                take(i)?;
                i = i.wrapping_add(step);
            }
        }
        Ok(())
    }
}
