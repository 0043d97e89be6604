//! Go's text/template: lexer, parser, executor, and the function interface.
//!
//! The rules and the words of the errors are those of Go 1.23, which Helm 3.17.3 is built with, run
//! with `missingkey=zero` as Helm runs it.

mod builtins;
mod cache;
mod call;
mod error;
mod eval;
mod exec;
pub mod func;
mod lex;
mod node;
mod number;
mod parse;
mod program;
mod stack;
#[cfg(test)]
mod tests;

pub use builtins::BUILTINS;
pub use cache::Cache;
pub use error::{Cause, ExecError, Location, ParseError};
pub use exec::remove_no_value;
pub use exec::{Environment, Exec, Templates};
