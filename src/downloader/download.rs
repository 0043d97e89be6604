//! Fetches one package from where the user says it is, as Helm's `ChartDownloader`.

use std::path::{Path, PathBuf};

use super::Error;
use super::content::{ContentCache, digest_of};
use crate::getter::{self, Getter, MAX_DOCUMENT, MAX_PACKAGE, Options, Settings};
use crate::http;
use crate::profile::Rule;
use crate::repo::{RangeError, Resolved, resolve};
use crate::report::{Debug, Reporter};
use crate::signature::{self, Verified};
use crate::store::{TemporaryFolder, process_of, replace_whole, write_whole};
use gosemver::{Constraint, Release};
use gostd::path;
use gostd::url::Url;

/// What is done about the signature beside a package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Nothing.
    #[default]
    Never,
    /// It is checked where there is one.
    IfPossible,
    /// It is fetched and checked; without one the package is refused.
    Always,
    /// It is fetched where there is one, to be checked later.
    Later,
}

/// Fetches packages.
#[derive(Clone, Copy)]
pub struct ChartDownloader<'d> {
    /// Where the repositories are listed, and their indexes kept.
    pub settings: &'d Settings,
    /// Brings the documents.
    pub getter: &'d dyn Getter,
    /// Receives the events.
    pub reporter: &'d dyn Reporter,
    /// What is done about signatures.
    pub verify: Verify,
    /// The keys that signatures are checked with.
    pub keyring: &'d Path,
}

impl std::fmt::Debug for ChartDownloader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChartDownloader").field("verify", &self.verify).finish_non_exhaustive()
    }
}

/// A package that was fetched.
#[derive(Debug)]
pub struct Download {
    /// The file it lies in now.
    pub file: PathBuf,
    /// Its signature.
    pub signature: Signature,
}

/// What was found out of a package's signature.
#[derive(Debug)]
pub enum Signature {
    /// It was not asked for, or is to be checked later.
    Unchecked,
    /// There is none.
    Missing {
        /// What the user calls the package.
        reference: String,
        /// Why there is none.
        why: getter::Error,
    },
    /// It is right.
    Verified(Verified),
}

impl ChartDownloader<'_> {
    /// Fetches the package that a reference (`repository/chart`, a URL, or `oci://…`) and a version (or
    /// a range; empty for the newest) name into a folder. `options` are credentials and certificates,
    /// where the repository has no own.
    ///
    /// # Errors
    /// Helm's texts, from the repository's name to the signature.
    pub fn download(
        &self,
        reference: &str,
        version: &str,
        options: Options,
        folder: &Path,
    ) -> Result<Download, Error> {
        self.tell_of_cache(self.reporter);
        let place = self.locate(reference, version, options, self.reporter)?;
        let kept = match self.settings.profile.has(Rule::ContentCache) {
            true => ContentCache::of(self.settings).get(&place.digest)?,
            false => None,
        };
        let data = match kept {
            Some(data) => data,
            None => self.getter.get(&place.url, &place.options, MAX_PACKAGE, self.reporter)?,
        };
        let write = |file: &Path| Ok(replace_whole(file, &data, 0o644)?);
        self.save(reference, &place, folder, write)
    }

    /// Tells that there is a cache, in the releases that have one.
    pub(super) fn tell_of_cache(&self, reporter: &dyn Reporter) {
        if self.settings.profile.has(Rule::ContentCache) {
            reporter.debug(|| Debug::CacheIsSetUp);
        }
    }

    /// Fetches a package into the cache of contents, unless that has it; its file there.
    ///
    /// # Errors
    /// As [`ChartDownloader::download`].
    pub fn download_to_cache(
        &self,
        reference: &str,
        version: &str,
        options: Options,
    ) -> Result<PathBuf, Error> {
        self.reporter.debug(|| Debug::CacheIsSetUp);
        let place = self.locate(reference, version, options, self.reporter)?;
        let cache = ContentCache::of(self.settings);
        let data = match cache.get(&place.digest)? {
            Some(data) => {
                let digest = place.digest.clone();
                self.reporter.debug(|| Debug::Kept { what: "found chart in cache", digest });
                data
            }
            None => {
                self.reporter.debug(|| Debug::FetchingToCache {
                    reference: reference.to_owned(),
                    version: version.to_owned(),
                });
                let data =
                    self.getter.get(&place.url, &place.options, MAX_PACKAGE, self.reporter)?;
                self.reporter.debug(|| Debug::Kept {
                    what: "put downloaded chart in cache",
                    digest: digest_of(&place.digest, &data),
                });
                data
            }
        };
        let file = cache.put(&place.digest, &data, ".chart")?;
        if self.verify != Verify::Never {
            // A signature names the package's file.
            let name = format!("verified-{}", std::process::id());
            let writer = |name: &str| process_of(name.strip_prefix("verified-")?);
            let folder = TemporaryFolder::new(cache.folder(), &name, writer)?;
            let write = |file: &Path| Ok(write_whole(file, &data, 0o644)?);
            let saved = self.save(reference, &place, &folder.path, write)?;
            let mut beside = saved.file.into_os_string();
            beside.push(".prov");
            if let Ok(text) = std::fs::read(&beside) {
                cache.put(&digest_of(&place.digest, &data), &text, ".prov")?;
            }
        }
        Ok(file)
    }

    /// Returns the URL that a reference and a version mean.
    pub(super) fn locate(
        &self,
        reference: &str,
        version: &str,
        options: Options,
        reporter: &dyn Reporter,
    ) -> Result<Resolved, Error> {
        // Nothing behind the slashes is no registry: Go drops them from such a URL.
        let is_registry = |url: Url| url.to_string().starts_with("oci://");
        if Url::parse(reference).is_ok_and(is_registry) {
            return Ok(Resolved {
                url: self.getter.resolve(reference, version, reporter)?,
                options,
                digest: String::new(),
            });
        }
        let mut place = resolve(reference, version, options, self.settings, self.getter, reporter)?;
        place.options.accept = "application/gzip,application/octet-stream";
        Ok(place)
    }

    /// Returns the newest tag of a registry's chart in a range; an exact version is taken as it is.
    pub(super) fn tag(
        &self,
        repository: &str,
        name: &str,
        version: &str,
        range: &Constraint,
    ) -> Result<String, Error> {
        let semver = self.settings.profile.semver();
        if semver.version(version).is_ok_and(|v| range.matches(&v)) {
            return Ok(version.to_owned());
        }
        let reference =
            format!("{}/{name}", repository.strip_prefix("oci://").unwrap_or(repository));
        let tags = self.getter.tags(&reference, self.reporter).map_err(|source| Error::Tags {
            repository: repository.to_owned(),
            source: Box::new(source),
        })?;
        let fits = |t: &String| semver.version(t).is_ok_and(|v| range.matches(&v));
        // Where no tag fits Helm keeps the range for a version.
        Ok(tags.into_iter().find(fits).unwrap_or_else(|| version.to_owned()))
    }

    /// Puts a package that was fetched into a folder, under the name that its URL gives it, and sees to
    /// its signature.
    pub(super) fn save(
        &self,
        reference: &str,
        place: &Resolved,
        folder: &Path,
        write: impl FnOnce(&Path) -> Result<(), Error>,
    ) -> Result<Download, Error> {
        let Resolved { url, options, .. } = place;
        let parsed = http::parse(url)?;
        let mut name = String::from_utf8_lossy(path::base(&parsed.path)).into_owned();
        if parsed.scheme == "oci"
            && let Some((start, version)) = name.rsplit_once(':')
        {
            name = format!("{start}-{version}.tgz");
        }
        if matches!(name.as_str(), "." | ".." | "/") {
            return Err(Error::NoPackage(url.clone()));
        }
        let file = folder.join(name);
        write(&file)?;
        let signature = match self.verify {
            Verify::Never => Signature::Unchecked,
            verify => {
                let place = format!("{url}.prov");
                match self.getter.get(&place, options, MAX_DOCUMENT, self.reporter) {
                    Ok(data) => {
                        let mut beside = file.as_os_str().to_owned();
                        beside.push(".prov");
                        replace_whole(Path::new(&beside), &data, 0o644)?;
                        match verify {
                            Verify::Later => Signature::Unchecked,
                            _ => Signature::Verified(signature::verify(
                                &file,
                                self.keyring,
                                self.settings.profile,
                            )?),
                        }
                    }
                    Err(_) if verify == Verify::Always => return Err(Error::NoProvenance(place)),
                    Err(why) => Signature::Missing { reference: reference.to_owned(), why },
                }
            }
        };
        Ok(Download { file, signature })
    }
}

/// Returns a range of versions of a dependency, which is shown as `name`.
pub(super) fn range(name: &str, text: &str, semver: Release) -> Result<Constraint, Error> {
    semver
        .constraint(text)
        .map_err(|e| Error::Range { name: name.to_owned(), source: RangeError(e) })
}
