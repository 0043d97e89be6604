//! Go's text/template: lexer, parser, executor, and the function interface.

pub mod func;
