#![doc = include_str!("../README.md")]

mod certificate;
mod color;
mod compare;
mod diff_syntax;
mod distance;
mod error;
mod hash;
mod human;
mod input;
mod json;
mod lists;
mod matches;
mod path;
mod rename;
mod report;
mod restructure;
mod sort;
mod style;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod yaml;

pub use color::Colors;
pub use compare::compare;
pub use diff_syntax::{Brief, DiffSyntax, Flavor};
pub use error::Error;
pub use human::Human;
pub use input::{Input, Place};
pub use path::{Element, Path};
pub use report::{Change, Detail, Diff, Report};
pub use style::Styles;

/// One of the two inputs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The old one.
    From,
    /// The new one.
    To,
}

/// What counts as a difference. The default is that of dyff's library; its program also has `detect_renames` and
/// `format_strings`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Lists in another order are the same.
    pub ignore_order_changes: bool,
    /// Texts that differ in spaces and line feeds around them are the same.
    pub ignore_whitespace_changes: bool,
    /// Documents, and items of lists, that are Kubernetes resources are known by their names.
    pub detect_kubernetes: bool,
    /// A resource that is gone and a similar one that is new are one, renamed.
    pub detect_renames: bool,
    /// Texts that hold JSON are laid out before they are compared.
    pub format_strings: bool,
    /// Fields that items of lists are known by, before `name`, `key` and `id`.
    pub additional_identifiers: Vec<String>,
    /// A field is guessed to identify the items of lists of more items than this.
    pub guess_threshold: usize,
}
