//! Chooses exact versions for ranges, as Helm's `resolver`.

use std::collections::HashMap;

use super::download::range;
use super::manager::{is_file, is_oci, text};
use super::{Error, Manager};
use crate::chart::Dependency;
use crate::repo::{IndexFile, index_file};
use gostd::strconv::quoted;
use gostd::value::Str;

impl Manager<'_> {
    /// Chooses an exact version of each dependency.
    pub(super) fn resolve(
        &self,
        wanted: &[Dependency],
        names: &HashMap<String, String>,
    ) -> Result<Vec<Dependency>, Error> {
        let mut locked = Vec::with_capacity(wanted.len());
        let mut missing = Vec::new();
        for d in wanted {
            let (name, repository, version) =
                (text(&d.name), text(&d.repository), text(&d.version));
            let range = range(&quoted(&d.name), &version, self.settings.profile.semver())?;
            let fixed = |version: Str| Dependency::pinned(&d.name, version, &d.repository);
            let none = || {
                format!(
                    "{} (repository {}, version {})",
                    quoted(&d.name),
                    quoted(&d.repository),
                    quoted(&d.version)
                )
            };
            if repository.is_empty() {
                self.local_path(&format!("charts/{name}"))?;
                locked.push(fixed(d.version.clone()));
                continue;
            }
            if is_file(&repository) {
                let chart = self.load_folder(&self.local_path(&repository)?)?;
                let own = &chart.metadata.version;
                if self
                    .settings
                    .profile
                    .semver()
                    .version(&text(own))
                    .is_ok_and(|v| range.matches(&v))
                {
                    locked.push(fixed(own.clone()));
                } else {
                    missing.push(none());
                }
                continue;
            }
            let Some(cached) = names.get(&name).filter(|n| !n.is_empty()) else {
                locked.push(fixed(d.version.clone()));
                continue;
            };
            if is_oci(&repository) {
                let tag = self.downloader().tag(&repository, &name, &version, &range)?;
                locked.push(fixed(Str::from(tag)));
                continue;
            }
            let index = index_file(self.cache(), cached);
            let versions = IndexFile::open(&index)
                .and_then(|index| index.versions_of(&name, self.reporter))
                .map_err(|source| Error::NotCached {
                    repository: cached.clone(),
                    source: Box::new(source),
                })?;
            let versions = versions.ok_or(Error::NotInIndex { name, repository })?;
            let fits = versions.iter().filter(|v| v.url().is_some()).find(|v| {
                let version = self.settings.profile.semver().version(&text(&v.metadata.version));
                version.is_ok_and(|v| range.matches(&v))
            });
            match fits {
                Some(v) => locked.push(fixed(v.metadata.version.clone())),
                None => missing.push(none()),
            }
        }
        if missing.is_empty() {
            return Ok(locked);
        }
        Err(Error::NoVersions(missing))
    }
}
