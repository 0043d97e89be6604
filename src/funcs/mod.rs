//! sprig's and Helm's template functions, and the one table of them.

mod json;
mod toml;
