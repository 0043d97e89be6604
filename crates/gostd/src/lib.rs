#![doc = include_str!("../README.md")]

pub mod decimal;
pub mod fmt;
pub mod http;
pub mod json;
pub mod os;
pub mod path;
pub mod regexp;
pub mod stack;
pub mod strconv;
pub mod time;
pub mod unicode;
pub mod url;
pub mod value;
