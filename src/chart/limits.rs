//! Limits how large and how deep a chart may be.

use gostd::os::max_file;

use super::decode::Detected;
use super::{ArchiveError, ChartError};
use crate::profile::{Profile, Rule};

/// Largest file of a chart, in bytes; Helm's `MaxDecompressedFileSize`.
pub(super) const MAX_FILE: u64 = 5 * 1024 * 1024;
/// Largest sum of the files of one archive, in bytes; Helm's `MaxDecompressedChartSize`.
pub(super) const MAX_CHART: u64 = 100 * 1024 * 1024;
/// Helm has no bound on charts within charts; these keep a hostile archive from filling memory and time. The first
/// says how many times as large as one file may be ([`max_file`]) all files of a chart may be that were packed; the
/// second is for what comes out of the archives, headers and what is passed over included.
const FILES: u64 = 2;
const UNPACKED: u64 = 8;
const MAX_NESTING: usize = 100;
/// How many directory entries one chart may have; links can make a tree of any size.
pub(super) const MAX_ENTRIES: usize = 1_000_000;

/// Returns so many times what one file may have.
fn most(times: u64) -> u64 {
    max_file().saturating_mul(times)
}

/// Returns how much may come out of archives, in bytes.
pub(super) fn most_unpacked() -> u64 {
    most(UNPACKED)
}

/// What loading one chart, with all it holds, may still spend.
pub(super) struct Budget {
    bytes: u64,
    unpacked: u64,
    depth: usize,
    /// The Helm release that is reproduced.
    pub(super) profile: Profile,
    /// The Chart.yaml that was looked at first, until it is read.
    pub(super) detected: Option<Detected>,
}

impl Budget {
    pub(super) fn new(profile: Profile) -> Budget {
        Budget {
            bytes: most(FILES),
            unpacked: most(UNPACKED),
            depth: MAX_NESTING,
            profile,
            detected: None,
        }
    }

    /// Accounts for a file about to be unpacked.
    pub(super) fn spend(&mut self, size: u64) -> Result<(), ChartError> {
        match self.bytes.checked_sub(size) {
            Some(rest) => self.bytes = rest,
            None => {
                return Err(ArchiveError::TotalTooLarge { limit: most(FILES) }.into());
            }
        }
        Ok(())
    }

    /// Returns the error of an archive whose files are too large together.
    pub(super) fn too_large(&self) -> ChartError {
        match self.profile.has(Rule::ChartsAreDetected) {
            true => ArchiveError::LargeTogether.into(),
            false => ArchiveError::TooLarge.into(),
        }
    }

    /// Returns how many bytes may still come out of archives.
    pub(super) fn unpacked_left(&self) -> u64 {
        self.unpacked
    }

    /// Accounts for what came out of an archive.
    pub(super) fn unpacked(&mut self, size: u64) {
        self.unpacked = self.unpacked.saturating_sub(size);
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
