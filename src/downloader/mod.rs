//! Gets charts: one that the user names, and those that a chart depends on.

mod content;
mod download;
mod error;
mod expand;
mod gather;
mod list;
mod lock;
mod manager;
mod versions;

pub use download::{ChartDownloader, Download, Signature, Verify};
pub use error::Error;
pub use expand::expand;
pub use list::{Stranger, status, strangers};
pub use manager::Manager;
