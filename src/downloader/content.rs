//! Keeps packages by their digests, as Helm 4's `DiskCache`.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Error;
use crate::getter::Settings;
use crate::store::{make_folders, replace_whole};

/// A folder with packages, each in a file named by its digest.
pub(super) struct ContentCache<'c>(&'c Path);

impl<'c> ContentCache<'c> {
    pub(super) fn of(settings: &'c Settings) -> ContentCache<'c> {
        ContentCache(&settings.content_cache)
    }

    pub(super) fn folder(&self) -> &'c Path {
        self.0
    }

    fn file(&self, digest: &str, ending: &str) -> PathBuf {
        self.0.join(digest.get(..2).unwrap_or_default()).join(format!("{digest}{ending}"))
    }

    /// Returns the package of a digest that an index names, where it is here.
    ///
    /// # Errors
    /// A text that is no digest.
    pub(super) fn get(&self, digest: &str) -> Result<Option<Vec<u8>>, Error> {
        let digest = checked(digest)?;
        if digest.is_empty() {
            return Ok(None);
        }
        let found = gostd::os::read_regular_file(&self.file(&digest, ".chart")).ok();
        Ok(found.filter(|data| !data.is_empty()))
    }

    /// Keeps something under the digest that an index names, or else under the package's own.
    pub(super) fn put(&self, digest: &str, data: &[u8], ending: &str) -> Result<PathBuf, Error> {
        let file = self.file(&digest_of(digest, data), ending);
        if file.is_file() {
            return Ok(file);
        }
        make_folders(file.parent().unwrap_or(self.0))?;
        replace_whole(&file, data, 0o644)?;
        Ok(file)
    }
}

/// Returns the digest that an index names, or else the data's own.
pub(super) fn digest_of(digest: &str, data: &[u8]) -> String {
    match checked(digest) {
        Ok(digest) if !digest.is_empty() => digest,
        _ => Sha256::digest(data).iter().map(|b| format!("{b:02x}")).collect(),
    }
}

/// Returns a digest without its algorithm, in lower case.
fn checked(digest: &str) -> Result<String, Error> {
    let hex = digest.split_once(':').map_or(digest, |(_, hex)| hex);
    if let Some(odd) = hex.chars().find(|c| !c.is_ascii_hexdigit()) {
        let why = format!("encoding/hex: invalid byte: U+{:04X} '{odd}'", u32::from(odd));
        return Err(Error::ContentDigest(why));
    }
    if hex.len() % 2 == 1 {
        return Err(Error::ContentDigest("encoding/hex: odd length hex string".to_owned()));
    }
    match hex.len() {
        0 | 64 => Ok(hex.to_ascii_lowercase()),
        length => Err(Error::ContentDigest(format!("invalid digest length: {}", length / 2))),
    }
}
