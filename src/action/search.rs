//! Runs `search repo` and `search hub`.

use super::SupplyError;
use crate::getter::{Getter, Settings};
use crate::repo::{Found, HubChart, RepositoryFile, Search, check_hub, index_file, search_hub};
use crate::report::{Debug, Notice, Reporter};

/// Searches the cached indexes of the repositories that were added.
#[derive(Clone, Debug, Default)]
pub struct SearchRepo {
    /// What charts are to speak of; without it all are found.
    pub term: Option<String>,
    /// Whether the term is a regular expression.
    pub is_regexp: bool,
    /// The range that versions are to lie in; empty for the default one.
    pub version: String,
    /// Whether the default range holds development versions.
    pub devel: bool,
    /// Whether each version of a chart is found, not the newest alone.
    pub every_version: bool,
}

impl SearchRepo {
    /// Returns the charts that match, best first.
    ///
    /// # Errors
    /// `no repositories configured`, and what is wrong with the range or the regular expression.
    pub fn run(
        &self,
        settings: &Settings,
        reporter: &dyn Reporter,
    ) -> Result<Vec<Found>, SupplyError> {
        let mut range = self.version.as_str();
        reporter.debug(|| Debug::SearchVersion { version: range.to_owned() });
        if range.is_empty() {
            let devel = self.devel;
            range = if devel { ">0.0.0-0" } else { ">0.0.0" };
            reporter.debug(|| Debug::SearchRange { range: range.to_owned(), devel });
        }
        let (file, _) = RepositoryFile::load_partly(&settings.repository_config);
        if file.entries.is_empty() {
            return Err(SupplyError::NoRepositories);
        }
        let mut search = Search::default();
        for entry in &file.entries {
            let index = index_file(&settings.repository_cache, &entry.name);
            if let Err(why) = search.add(&entry.name, &index, reporter) {
                let (name, why) = (entry.name.clone(), why.to_string());
                reporter.notice(Notice::UnsearchableRepository { name, why });
            }
        }
        Ok(search.find(
            self.term.as_deref(),
            self.is_regexp,
            range,
            self.every_version,
            settings.profile.semver(),
        )?)
    }
}

/// Asks a hub, such as Artifact Hub, for charts.
#[derive(Clone, Debug, Default)]
pub struct SearchHub {
    /// The hub's URL.
    pub endpoint: String,
    /// What charts are to speak of.
    pub term: String,
}

impl SearchHub {
    /// Returns the charts that the hub finds.
    ///
    /// # Errors
    /// `unable to perform search against "URL"`; why, is a debug line.
    pub fn run(
        &self,
        getter: &dyn Getter,
        reporter: &dyn Reporter,
    ) -> Result<Vec<HubChart>, SupplyError> {
        let endpoint = self.endpoint.clone();
        if let Err(source) = check_hub(&endpoint) {
            return Err(SupplyError::Hub { endpoint, source: Box::new(source) });
        }
        search_hub(getter, &endpoint, &self.term, reporter).map_err(|cause| {
            reporter.debug(|| Debug::HubFailed { why: cause.to_string() });
            SupplyError::HubSearch { endpoint, cause: Box::new(cause) }
        })
    }
}
