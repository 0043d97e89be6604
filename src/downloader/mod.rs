//! Getting charts: one that the user names, and those that a chart depends on.

mod download;
mod expand;
mod gather;
mod list;
mod lock;
mod manager;

pub use download::{Aside, Check, Chosen, Sources, Verify, Wanted};
pub use expand::expand;
pub use list::{status, strangers};
pub use manager::{Manager, Update};
