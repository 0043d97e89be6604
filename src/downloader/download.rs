//! Fetches one package from where the user says it is, as Helm's `ChartDownloader`.

use std::path::{Path, PathBuf};

use super::Error;
use crate::getter::{self, Getter, MAX_DOCUMENT, MAX_PACKAGE, Options, Settings};
use crate::http;
use crate::repo::{RangeError, Resolved, resolve};
use crate::report::Reporter;
use crate::signature::{self, Verified};
use crate::store::replace_whole;
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
        let place = self.locate(reference, version, options, self.reporter)?;
        let data = self.getter.get(&place.url, &place.options, MAX_PACKAGE, self.reporter)?;
        let write = |file: &Path| Ok(replace_whole(file, &data, 0o644)?);
        self.save(reference, &place, folder, write)
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
        let Resolved { url, options } = place;
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
                            _ => Signature::Verified(signature::verify(&file, self.keyring)?),
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
