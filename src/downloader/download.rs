//! One package, from wherever the user says it is, Helm's `ChartDownloader`.

use crate::report::Reporter;
use std::path::{Path, PathBuf};

use crate::getter::{MAX_DOCUMENT, MAX_PACKAGE, Options};
use crate::repo::{Fetch, Resolved, resolve};
use crate::store::write_whole;
use gosemver::{Constraint, Version};
use gostd::path;
use gostd::url::Url;

/// Where charts can come from.
pub struct Sources<'s> {
    /// Fetches a URL of any scheme that is known.
    pub fetch: &'s Fetch<'s>,
    /// The same, but what is to be said of it is returned: for threads.
    pub aside: &'s Aside<'s>,
    /// Says that later.
    pub say_aside: &'s dyn Fn(&str),
    /// The file with the user's repositories.
    pub repositories: &'s Path,
    /// The folder with their indexes.
    pub cache: &'s Path,
    /// The schemes that plugins fetch.
    pub schemes: &'s [String],
    /// The versions that a registry has of `HOST/NAME`, newest first.
    pub tags: &'s dyn Fn(&str) -> Result<Vec<String>, String>,
    /// The `oci://` reference with a tag that a reference and a version mean.
    pub registry: &'s dyn Fn(&str, &str) -> Result<String, String>,
}

impl std::fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources").field("repositories", &self.repositories).finish_non_exhaustive()
    }
}

/// Fetches a URL; the result, and what is to be said of it.
pub type Aside<'f> = dyn Fn(&str, &Options, u64) -> (Result<Vec<u8>, String>, String) + Sync + 'f;

/// What is done about the signature beside a package.
pub enum Verify<'v> {
    /// Nothing.
    Never,
    /// It is checked where there is one.
    IfPossible(Check<'v>),
    /// It is fetched and checked; without one the package is refused.
    Always(Check<'v>),
    /// It is fetched where there is one, for somebody else to check.
    Later,
}

/// Checks a package against the `.prov` file beside it; returns what Helm prints about it.
pub type Check<'v> = &'v dyn Fn(&Path) -> Result<String, String>;

impl std::fmt::Debug for Verify<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Verify::Never => "Never",
            Verify::IfPossible(_) => "IfPossible",
            Verify::Always(_) => "Always",
            Verify::Later => "Later",
        })
    }
}

/// What is to be fetched, and where to.
#[derive(Debug)]
pub struct Wanted<'w> {
    /// `repository/chart`, a URL, or `oci://…`.
    pub reference: &'w str,
    /// A version or a range; empty for the newest.
    pub version: &'w str,
    /// Credentials and certificates, where the repository has no own.
    pub options: Options,
    /// The folder to write the package to.
    pub folder: &'w Path,
    /// What is done about the signature.
    pub verify: &'w Verify<'w>,
}

/// A package that was fetched.
#[derive(Debug)]
pub struct Chosen {
    /// The file it lies in now.
    pub file: PathBuf,
    /// What Helm says about its signature.
    pub signature: String,
}

impl Sources<'_> {
    /// Fetches the package that a reference and a version name into a folder.
    ///
    /// `say` takes the warnings that Helm prints, `warn` those that it logs.
    ///
    /// # Errors
    /// Helm's texts, from the repository's name to the signature.
    pub fn download(
        &self,
        wanted: Wanted<'_>,
        say: &mut dyn FnMut(String),
        reporter: &dyn Reporter,
    ) -> Result<Chosen, String> {
        let Wanted { reference, version, options, folder, verify } = wanted;
        let place = self.locate(reference, version, options, reporter)?;
        let data = (self.fetch)(&place.url, &place.options, MAX_PACKAGE)?;
        let write = |file: &Path| write_whole(file, &data, 0o644);
        self.save(reference, &place, folder, verify, say, write)
    }

    /// The URL that a reference and a version mean.
    pub(super) fn locate(
        &self,
        reference: &str,
        version: &str,
        options: Options,
        reporter: &dyn Reporter,
    ) -> Result<Resolved, String> {
        if reference.starts_with("oci://") {
            return Ok(Resolved { url: (self.registry)(reference, version)?, options });
        }
        let (repositories, cache, schemes) = (self.repositories, self.cache, self.schemes);
        let mut place =
            resolve(reference, version, options, repositories, cache, schemes, reporter)?;
        place.options.accept = "application/gzip,application/octet-stream";
        Ok(place)
    }

    /// The newest tag of a registry's chart in a range; an exact version is taken as it is.
    pub(super) fn tag(
        &self,
        repository: &str,
        name: &str,
        version: &str,
        range: &Constraint,
    ) -> Result<Option<String>, String> {
        if Version::parse(version).is_ok_and(|v| range.matches(&v)) {
            return Ok(Some(version.to_owned()));
        }
        let reference =
            format!("{}/{name}", repository.strip_prefix("oci://").unwrap_or(repository));
        let tags = (self.tags)(&reference).map_err(|e| {
            format!("could not retrieve list of tags for repository {repository}: {e}")
        })?;
        let fits = |t: &String| Version::parse(t).is_ok_and(|v| range.matches(&v));
        // Where no tag fits Helm keeps the range for a version.
        Ok(Some(tags.into_iter().find(fits).unwrap_or_else(|| version.to_owned())))
    }

    /// Puts a package that was fetched into a folder, under the name that its URL gives it, and sees to
    /// its signature.
    pub(super) fn save(
        &self,
        reference: &str,
        place: &Resolved,
        folder: &Path,
        verify: &Verify<'_>,
        say: &mut dyn FnMut(String),
        write: impl FnOnce(&Path) -> Result<(), String>,
    ) -> Result<Chosen, String> {
        let Resolved { url, options } = place;
        let parsed = Url::parse(url).map_err(|e| e.to_string())?;
        let mut name = String::from_utf8_lossy(path::base(&parsed.path)).into_owned();
        if parsed.scheme == "oci"
            && let Some((start, version)) = name.rsplit_once(':')
        {
            name = format!("{start}-{version}.tgz");
        }
        if matches!(name.as_str(), "." | ".." | "/") {
            return Err(format!("{url} names no package"));
        }
        let file = folder.join(name);
        write(&file)?;
        let mut signature = String::new();
        if !matches!(verify, Verify::Never) {
            let place = format!("{url}.prov");
            match (self.fetch)(&place, options, MAX_DOCUMENT) {
                Ok(data) => {
                    let mut beside = file.as_os_str().to_owned();
                    beside.push(".prov");
                    write_whole(Path::new(&beside), &data, 0o644)?;
                    if let Verify::Always(check) | Verify::IfPossible(check) = verify {
                        signature = check(&file)?;
                    }
                }
                Err(_) if matches!(verify, Verify::Always(_)) => {
                    return Err(format!("failed to fetch provenance {place:?}"));
                }
                Err(why) => {
                    say(format!("WARNING: Verification not found for {reference}: {why}\n"));
                }
            }
        }
        Ok(Chosen { file, signature })
    }
}
