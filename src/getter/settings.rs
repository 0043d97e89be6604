//! Says where things are kept, and how the network is reached.

use std::path::PathBuf;

use crate::http::Proxies;
use crate::plugin::Surroundings;
use crate::profile::Profile;

/// Places and networks, as Helm's `cli.EnvSettings` has them. The program that runs an action fills it: the
/// command line from its flags and the environment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file with the repositories that the user has added, `repositories.yaml`.
    pub repository_config: PathBuf,
    /// The folder with the indexes of repositories and the packages that are rendered.
    pub repository_cache: PathBuf,
    /// The folders with plugins, colons between them.
    pub plugins: String,
    /// The folder that plugins are fetched to before they are installed.
    pub plugin_cache: PathBuf,
    /// The folder that plugins from archives are installed to.
    pub plugin_data: PathBuf,
    /// What plugins find beside their own environment.
    pub surroundings: Surroundings,
    /// The folder for what is kept while something is done.
    pub temporary: PathBuf,
    /// What servers learn about the client.
    pub user_agent: String,
    /// Where requests pass through.
    pub proxies: Proxies,
    /// Reads the certificates of the authorities that the system trusts, in DER; they are read where
    /// they count.
    pub authorities: fn() -> Vec<Vec<u8>>,
    /// The folder with the documents that schemas refer to.
    pub schema_cache: PathBuf,
    /// Whether all that would be fetched fails.
    pub offline: bool,
    /// The Helm release whose plugins are found.
    pub profile: Profile,
    /// How versions and ranges are read.
    pub semver: gosemver::Release,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            repository_config: PathBuf::new(),
            repository_cache: PathBuf::new(),
            plugins: String::new(),
            plugin_cache: PathBuf::new(),
            plugin_data: PathBuf::new(),
            surroundings: Surroundings::default(),
            temporary: PathBuf::new(),
            user_agent: concat!("Helm/3.17.3 statefulchart/", env!("CARGO_PKG_VERSION")).to_owned(),
            proxies: Proxies::default(),
            authorities: Vec::new,
            schema_cache: PathBuf::new(),
            offline: false,
            profile: Profile::DEFAULT,
            semver: gosemver::Release::default(),
        }
    }
}
