//! Does what Helm's commands do, as Helm's `pkg/action`: each a plain struct of typed options with defaults,
//! and a `run` that returns data. Nothing here knows of flags, prints, or reads the environment.

mod compat;
mod coverage;
mod create;
mod dependency;
mod diff;
mod dry_run;
mod error;
mod lint;
mod locate;
mod lock;
mod name;
mod open;
mod output_dir;
mod package;
mod plugin;
mod pull;
mod push;
mod registry;
mod release;
mod repo;
mod rewrite;
mod search;
mod secrets;
mod show;
#[cfg(feature = "crypto")]
mod sign;
mod supply_error;
mod template;
mod verify;

pub use compat::{Cause, Change, Comparison, Compat, Source};
pub use coverage::{Coverage, Scenario};
pub use create::Create;
pub use dependency::{Dependencies, Dependency, DependencyList, DependencyRow};
pub use diff::{ChartSide, Compared, Diff, DiffError, Places, Side, render_fixed};
pub use dry_run::DryRun;
pub use error::{ArgumentsError, Error};
pub use lint::{Lint, Linted};
pub use locate::ChartSource;
pub use name::{NameAndChart, check_release_name, is_release_name};
pub use open::{check_dependencies, check_installable, open, open_any, open_for_report};
pub use output_dir::OutputDir;
pub use package::Package;
#[cfg(feature = "crypto")]
pub use plugin::PluginPackage;
pub use plugin::{
    PluginInstall, PluginList, PluginUninstall, PluginUpdate, PluginVerify, plugin_provenance,
};
pub use pull::Pull;
pub use push::Push;
pub use registry::{RegistryLogin, RegistryLogout};
pub use release::{ReleaseOptions, check_dry_run};
pub use repo::{Added, RepoAdd, RepoIndex, RepoList, RepoRemove, RepoUpdate};
pub use search::{SearchHub, SearchRepo};
pub use secrets::{NoSecrets, Secrets};
pub use show::{Part, show};
#[cfg(feature = "crypto")]
pub use sign::Sign;
pub use supply_error::SupplyError;
#[doc(hidden)]
pub use template::Kept;
pub use template::{Failed, Rendered, Template, select};
pub use verify::Verify;
