//! Getting charts: one that the user names, and those that a chart depends on.

mod download;
mod expand;

pub use download::{Check, Chosen, Sources, Verify};
pub use expand::expand;
