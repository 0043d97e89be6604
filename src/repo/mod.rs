//! Chart repositories: which ones there are, what they offer, and where a chart comes from.

mod cache;
mod directory;
mod file;
mod hub;
mod index;
mod layout;
mod resolve;
mod search;

pub use cache::{
    Fetch, charts_file, check_url, download_index, find_in_repository, index_file, over_http,
};
pub use directory::index_directory;
pub use file::{Entry, NoFile, RepositoryFile};
pub use hub::{HubChart, check_hub, search_hub};
pub use index::{ChartVersion, Index, IndexFile, load_index};
pub use resolve::{Resolved, absolute_url, resolve, same_url};
pub use search::{Found, Search};
