//! YAML in and out by the rules of go-yaml and sigs.k8s.io/yaml.

mod emit;
mod emit_number;
mod emit_scalar;
#[cfg(test)]
mod emit_tests;
mod emit_text;
mod emit_write;
mod pretty;
mod sort;

pub use emit::{marshal, marshal_to};
pub use pretty::marshal_pretty;
