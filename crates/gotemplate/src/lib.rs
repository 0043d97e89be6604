#![doc = include_str!("../README.md")]

mod builtins;
mod cache;
mod call;
pub mod coverage;
mod error;
mod eval;
mod exec;
pub mod func;
mod lex;
mod limits;
mod names;
mod node;
mod number;
mod outline;
mod parse;
mod problem;
mod program;
mod record;
mod shown;
#[cfg(test)]
mod tests;
pub mod trace;
mod walk;

pub use builtins::BUILTINS;
pub use cache::Cache;
pub use error::{Cause, ExecError, Frame, Location, MARK_END, MARK_START, ParseError};
pub use exec::remove_no_value;
pub use exec::{Environment, Exec, Templates};
pub use func::Go;
pub use limits::{Exceeded, Limits, Meter, NoMeter, Timer};
pub use names::{Mention, Mentioned, Name, Pipeline, Use, mentions, pipelines};
pub use outline::{Action, Block, Outline, Word, outline};
pub use problem::{ExecProblem, SyntaxProblem};
pub use record::{Control, Entered, Off, Record};
