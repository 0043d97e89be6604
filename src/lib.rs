//! statefulchart renders Helm charts as Helm does, byte for byte.
//!
//! ```
//! use statefulchart::{Chart, Template};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let chart = Chart::load("charts/python-app")?;
//! let template = Template::new(&chart).release("web").namespace("shop").set("replicaCount=2")?;
//! let manifest = template.values_file("examples/python-app/production.yaml")?.run()?.manifest();
//! # assert!(manifest.starts_with(b"---\n# Source: python-app/"));
//! # Ok(())
//! # }
//! ```
//!
//! # Modules
//!
//! ```text
//! chart files ─▶ chart ─┐
//!                       ├─▶ values ─▶ render ─▶ release ─▶ report
//! -f, --set … ──────────┘
//! ```
//!
//! What reproduces Go and its libraries lies in crates of their own (`crates/`): [`gostd`], [`goyaml`],
//! [`gotemplate`], [`sprig`] and others. What is Helm's is here; each module uses only modules that
//! `tests/layers.rs` allows it.

#![warn(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

#[cfg(not(unix))]
compile_error!(
    "only Unix is supported, not Windows: a chart's file names are bytes, as on Unix; use the Windows Subsystem for Linux"
);

pub mod action;
pub mod annotate;
pub mod chart;
pub mod clock;
pub mod coverage;
pub mod create;
pub mod diff;
pub mod downloader;
pub mod explain;
mod facade;
pub mod getter;
pub mod git;
pub mod helm_diff;
pub mod http;
pub mod installer;
pub mod kubeconform;
pub mod kubernetes;
pub mod lint;
pub mod lookup;
pub mod markup;
mod near;
pub mod package;
pub mod plugin;
pub mod post_render;
pub mod profile;
pub mod provenance;
pub mod registry;
pub mod release;
pub mod render;
pub mod repo;
pub mod report;
pub mod schemas;
pub mod signature;
pub mod store;
pub mod unittest;
pub mod usage;
pub mod validate;
pub mod values;

pub use action::Error;
pub use facade::{Chart, DryRun, Template};
pub use profile::Profile;

/// The Helm release whose output this library reproduces by default.
pub const HELM_VERSION: &str = "3.17.3";
