//! Values: -f layers, the --set family, coalescing, JSON Schema.
mod gostd_standin;
pub mod schema;
pub mod strvals;
