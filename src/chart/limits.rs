//! Limits how large and how deep a chart may be.

use super::{ArchiveError, ChartError};

/// Largest file of a chart, in bytes; Helm's `MaxDecompressedFileSize`.
pub(super) const MAX_FILE: u64 = 5 * 1024 * 1024;
/// Largest sum of the files of one archive, in bytes; Helm's `MaxDecompressedChartSize`.
pub(super) const MAX_CHART: u64 = 100 * 1024 * 1024;
/// Helm has no bound on charts within charts; these keep a hostile archive from filling memory.
const MAX_TOTAL: u64 = 10 * MAX_CHART;
const MAX_NESTING: usize = 100;
/// How many directory entries one chart may have; links can make a tree of any size.
pub(super) const MAX_ENTRIES: usize = 1_000_000;

/// What loading one chart, with all it holds, may still spend.
pub(super) struct Budget {
    bytes: u64,
    depth: usize,
}

impl Budget {
    pub(super) fn new() -> Budget {
        Budget { bytes: MAX_TOTAL, depth: MAX_NESTING }
    }

    /// Accounts for a file about to be unpacked.
    pub(super) fn spend(&mut self, size: u64) -> Result<(), ChartError> {
        match self.bytes.checked_sub(size) {
            Some(rest) => self.bytes = rest,
            None => return Err(ArchiveError::TooLarge.into()),
        }
        Ok(())
    }

    /// Enters a chart within a chart for the time of `run`.
    pub(super) fn nested<T>(
        &mut self,
        run: impl FnOnce(&mut Budget) -> Result<T, ChartError>,
    ) -> Result<T, ChartError> {
        match self.depth.checked_sub(1) {
            Some(depth) => self.depth = depth,
            None => return Err(ChartError::TooDeep),
        }
        let result = run(self);
        self.depth += 1;
        result
    }
}
