//! Holds what the verbs print to, and their flags.

use super::bytes::Later;
use super::error::PrintError;
use crate::value::walk::Walk;

/// The flags of a verb. Go moves `#` and `+` of `%v` to flags of their own.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) struct Flags {
    pub(super) sharp: bool,
    pub(super) zero: bool,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) space: bool,
    pub(super) sharp_v: bool,
    pub(super) plus_v: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

/// Prints values to a buffer under the flags of one verb.
pub(super) struct Printer<'o> {
    pub(super) out: &'o mut Vec<u8>,
    pub(super) flags: Flags,
    /// Within `%!d(…)`, where Go calls no methods.
    pub(super) erroring: bool,
    /// Whether `%w` stands for `%v` of an error, as for `Errorf`.
    pub(super) wraps: bool,
    /// Why nothing more is printed, once a limit was hit.
    pub(super) stopped: Option<PrintError>,
    pub(super) walk: Walk,
    /// How long the output may grow.
    pub(super) most: usize,
    /// Where large byte slices go if they need not be printed at once.
    pub(super) later: Option<Later>,
}

impl<'o> Printer<'o> {
    /// Returns a printer that appends so many bytes at most, and what one operand of a plain type takes.
    pub(super) fn new(out: &'o mut Vec<u8>, most: usize) -> Printer<'o> {
        Printer {
            most: out.len().saturating_add(most),
            out,
            flags: Flags::default(),
            erroring: false,
            wraps: false,
            stopped: None,
            walk: Walk::new(),
            later: None,
        }
    }

    /// Returns a printer that leaves large byte slices out, for [`Printer::left_out`] to tell.
    pub(super) fn leaving_out(out: &'o mut Vec<u8>, most: usize) -> Printer<'o> {
        Printer { later: Some(Later::default()), ..Printer::new(out, most) }
    }

    /// Returns what has been left out.
    pub(super) fn left_out(self) -> Later {
        self.later.unwrap_or_default()
    }

    /// Tells why not all was printed.
    pub(super) fn check(&self) -> Result<(), PrintError> {
        self.stopped.map_or(Ok(()), Err)
    }

    /// Returns how long the text is by now, or will be at most.
    pub(super) fn length(&self) -> usize {
        self.out.len() + self.later.as_ref().map_or(0, Later::most)
    }
}
