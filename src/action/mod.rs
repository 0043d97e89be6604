//! What Helm's commands do, Helm's `pkg/action`: each a plain struct of typed options with defaults,
//! and a `run` that returns data. Nothing here knows of flags, prints, or reads the environment.

mod dry_run;
mod error;
mod lint;
mod name;
mod open;
mod output_dir;
mod release;
mod show;
mod template;

pub use dry_run::DryRun;
pub use error::Error;
pub use lint::{Lint, Linted};
pub use name::{NameAndChart, check_release_name, is_release_name};
pub use open::{check_dependencies, check_installable, open};
pub use output_dir::OutputDir;
pub use release::{ReleaseOptions, check_dry_run};
pub use show::{Part, show};
pub use template::{Failed, Rendered, Template};
