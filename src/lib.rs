//! statefulchart renders Helm charts as Helm does, byte for byte.
//!
//! # Rooms
//!
//! ```text
//! chart files ─▶ chart ─┐
//!                       ├─▶ values ─▶ render ─▶ release ─▶ report
//! -f, --set … ──────────┘        template + funcs
//! ```
//!
//! Each module uses only the modules named before it: [`value`], [`gostd`], [`yaml`], [`template`],
//! [`funcs`], [`chart`], [`values`], [`render`], [`release`].
//!
//! Beside this way lie the rooms of single commands: [`lint`], [`jsonpath`] (`show`), [`package`],
//! [`provenance`] (signatures), [`scaffold`] (`create`). Charts from elsewhere come by [`fetch`] (HTTP),
//! [`oci`] (registries), [`repo`] (repositories and their indexes), [`deps`] (`dependency`) and
//! [`plugin`]. `tests/layers.rs` holds the arrows.

#![warn(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

pub mod chart;
pub mod deps;
pub mod fetch;
pub mod funcs;
pub mod gostd;
pub mod jsonpath;
pub mod lint;
pub mod oci;
pub mod package;
pub mod plugin;
pub mod provenance;
pub mod release;
pub mod render;
pub mod repo;
pub mod scaffold;
pub mod template;
pub mod value;
pub mod values;
pub mod yaml;

/// The Helm release whose output this library reproduces.
pub const HELM_VERSION: &str = "3.17.3";
