//! YAML in and out by the rules of go-yaml and sigs.k8s.io/yaml.

mod compose;
mod compose_fast;
mod compose_print;
mod error;
mod parse;
mod read;
mod resolve;
mod scan;
mod scan_input;
mod scan_scalar;
mod scan_tag;
#[cfg(test)]
mod tests;

pub use compose::scalar_to_string;
pub use error::YamlError;
pub use read::{decode, unmarshal, unmarshal_map, unmarshal_strict};
