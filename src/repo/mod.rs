//! Knows chart repositories: which ones there are, what they offer, and where a chart comes from.

mod cache;
mod directory;
mod error;
mod file;
mod hub;
mod index;
mod index_file;
mod index_read;
mod layout;
mod resolve;
mod search;
mod update;
mod url;

pub use cache::{charts_file, check_url, download_index, find_in_repository, index_file};
pub use directory::index_directory;
pub use error::{Error, IndexError, PickError, RangeError};
pub use file::{Entry, RepositoryFile};
pub use hub::{HubChart, check_hub, search_hub};
pub use index::{ChartVersion, Index};
pub use index_file::{IndexFile, load_index};
pub use resolve::{Resolved, resolve};
pub use search::{Found, Search};
pub use update::update_indexes;
pub use url::{absolute_url, same_url};
