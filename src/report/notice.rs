//! Holds what the user is shown of the work itself, one line or two each; Helm prints it without a log's place.

use std::path::PathBuf;

/// Something that the user is shown while charts are fetched, kept and written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// A registry keeps the package under the media type of older Helms.
    OldMediaType {
        /// The media type.
        media_type: String,
    },
    /// A chart came from a registry.
    Pulled {
        /// Its reference.
        reference: String,
        /// The manifest's digest.
        digest: String,
    },
    /// A chart went to a registry.
    Pushed {
        /// Its reference.
        reference: String,
        /// The manifest's digest.
        digest: String,
    },
    /// A name and a password for a registry are kept.
    LoggedIn,
    /// A name and a password for a registry are forgotten.
    LoggedOut {
        /// The registry.
        registry: String,
    },
    /// A tag holds an underscore, which stands for a plus sign.
    Underscore {
        /// The reference.
        reference: String,
    },
    /// The charts that a chart depends on are about to be put into `charts/`.
    SavingCharts {
        /// How many.
        count: usize,
    },
    /// One of them could not be.
    SaveFailed {
        /// Why.
        why: String,
    },
    /// A dependency comes from a folder of this machine. Reported only where debug lines are wanted.
    LocalRepository {
        /// Its URL.
        repository: String,
    },
    /// A dependency in a folder of this machine is packed. Reported only where debug lines are wanted.
    Archiving {
        /// The dependency.
        name: String,
        /// The folder's URL.
        repository: String,
    },
    /// A dependency is fetched.
    Downloading {
        /// The dependency.
        name: String,
        /// The repository's URL.
        repository: String,
    },
    /// A dependency was fetched before, under another alias.
    AlreadyDownloaded {
        /// The dependency.
        name: String,
        /// The repository's URL.
        repository: String,
    },
    /// A dependency names no repository.
    NoRepository {
        /// The dependency.
        name: String,
    },
    /// A package has no signature beside it.
    NoProvenance {
        /// What the user calls the package.
        reference: String,
        /// Why it has none.
        why: String,
    },
    /// What was fetched is no chart, and stays where it is.
    NotMovable {
        /// The package.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A package could not be moved to `charts/`.
    NotMoved {
        /// The package.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Packages in `charts/` that are no longer wanted are removed.
    DeletingOutdated,
    /// A file in `charts/` is no chart, and stays.
    NotDeletable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file in `charts/` could not be removed.
    NotDeleted {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The indexes of repositories that the user has added are about to be fetched.
    UpdatingRepositories,
    /// The indexes of repositories that were not added are about to be fetched.
    UpdatingUnmanaged,
    /// A repository's index was fetched.
    RepositoryUpdated {
        /// The repository's name, or its URL where it was not added.
        repository: String,
    },
    /// A repository's index could not be fetched.
    RepositoryNotUpdated {
        /// The repository's name, or its URL where it was not added.
        repository: String,
        /// The URL of a repository that has a name.
        url: Option<String>,
        /// Why.
        why: String,
    },
    /// All indexes were asked for.
    UpdateComplete,
    /// A repository is no longer in the list.
    RepositoryRemoved {
        /// Its name.
        name: String,
    },
    /// A repository's cached index cannot be searched.
    UnsearchableRepository {
        /// Its name.
        name: String,
        /// Why.
        why: String,
    },
    /// A file of a new chart takes the place of an old one.
    Overwriting {
        /// The file.
        path: PathBuf,
    },
    /// A `plugin.yaml` has something in an older and in a newer form.
    PluginSaysTwice {
        /// The older field.
        old: &'static str,
        /// The newer one.
        new: &'static str,
        /// The file.
        file: String,
    },
    /// A plugin of a folder of the user's own is installed.
    PluginFromFolder,
    /// A plugin is packed without a signature.
    PluginUnsigned,
    /// A plugin's signature is not checked.
    PluginUnverified,
    /// A plugin's signature is being checked.
    PluginVerifying,
    /// A plugin's signature is right.
    PluginVerified {
        /// Who signed it, with which key, and what.
        lines: String,
    },
    /// A plugin was removed.
    PluginUninstalled {
        /// Its name.
        name: String,
    },
    /// A plugin was brought up to date.
    PluginUpdated {
        /// Its name.
        name: String,
    },
}

impl Notice {
    /// Returns whether it tells what went on with a registry, which Helm prints apart from all
    /// else.
    pub fn is_of_registry(&self) -> bool {
        use Notice as N;
        matches!(
            self,
            N::OldMediaType { .. }
                | N::Pulled { .. }
                | N::Pushed { .. }
                | N::LoggedIn
                | N::LoggedOut { .. }
                | N::Underscore { .. }
        )
    }
}

/// How far a transfer is. Several may run at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A transfer begins.
    Begin {
        /// Of how many bytes, where that is known.
        length: Option<u64>,
    },
    /// More bytes have been transferred.
    Moved {
        /// How many.
        bytes: u64,
    },
    /// A transfer has ended, well or not.
    End,
}

/// A step of the installation of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Installation {
    /// A folder of the user's own is linked to.
    Symlinking {
        /// The folder.
        source: String,
        /// The link.
        place: String,
    },
    /// An archive's contents are copied from the cache.
    CopyingArchive {
        /// The folder in the cache.
        cached: String,
        /// The plugin's folder.
        place: String,
    },
    /// A repository's contents are copied from the cache.
    CopyingRepository {
        /// The folder in the cache.
        cached: String,
        /// The plugin's folder.
        place: String,
    },
    /// A repository that is in the cache already is brought up to date.
    UpdatingCached {
        /// Its URL.
        remote: String,
        /// The folder in the cache.
        cached: String,
    },
    /// A repository is copied to the cache.
    Cloning {
        /// Its URL.
        remote: String,
        /// The folder in the cache.
        cached: String,
    },
    /// The tags of a repository were listed.
    FoundTags {
        /// The tags.
        tags: Vec<String>,
    },
    /// A tag was chosen.
    ChoseTag {
        /// The tag.
        tag: String,
    },
    /// A version is checked out.
    SettingVersion {
        /// As the user gave it.
        version: String,
    },
    /// An installed plugin is brought up to date.
    Updating {
        /// Its repository's URL.
        remote: String,
    },
}
