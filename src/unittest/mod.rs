//! Runs helm-unittest's suites of tests: what version 1.1.2 of that plugin does and prints.
//!
//! [`results`] has what a run found, as data; what prints it, or writes it as XML, reads nothing else.

mod advice;
mod assert;
mod assertion;
mod check;
pub mod console;
pub mod difference;
mod files;
mod found;
mod job;
mod lookup;
mod manifest;
mod objects;
mod origin;
mod params;
mod reach;
pub mod report;
pub mod results;
mod runner;
mod select;
mod setter;
mod shape;
pub mod snapshot;
mod suite;
#[cfg(test)]
mod tests;
mod values;

pub use runner::{Event, HELM, Options, Outcome};
pub use suite::VERSION;
