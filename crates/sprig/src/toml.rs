//! Reads and writes TOML: Helm's `toToml` and `fromToml`, as BurntSushi/toml 1.4.0 writes and reads it.

mod datetime;
mod encode;
mod error;
mod parse;
mod scan;
#[cfg(test)]
mod tests;

use error::EncodeError;
use gostd::value::{Map, Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, bounded, def};

pub(super) const TABLE: &[FuncDef] = &[
    def("toToml", &[Type::Any], to_toml).growing(6),
    def("fromToml", &[Type::String], from_toml).growing(24),
];

/// `{{ toToml (dict "a" 1) }}` prints `a = 1` and a newline; an error's text where there is no TOML.
fn to_toml(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    match args.first() {
        Some(v) if !v.is_nil() => match encoded(host, v)? {
            Ok(text) => Ok(Value::from(text)),
            Err(error) if error.is_gos() => Ok(Value::from(error.to_string())),
            Err(error) => Err(FuncError::cause(error)),
        },
        // Go panics on nil, which fails the call.
        _ => Err(FuncError::text("reflect: call of reflect.Value.Type on zero Value")),
    }
}

fn encoded(host: &mut dyn Host, v: &Value) -> Result<Result<Vec<u8>, EncodeError>, FuncError> {
    let is_too_long = |error: &EncodeError| matches!(error, EncodeError::TooLong);
    bounded(host, encode::USUAL, is_too_long, |most| encode::encode(v, most))
}

/// `{{ (fromToml "a = 1").a }}` prints `1`; an error's text is under the key `Error`.
fn from_toml(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    let text = args.first().and_then(Value::as_str).map_or(&b""[..], |s| s);
    match parse::parse(text, host.local_zone()) {
        Ok(map) => Ok(Value::Map(map)),
        Err(error) if error.is_gos => {
            let map = Map::new();
            map.insert("Error", Value::from(error.to_string()));
            Ok(Value::Map(map))
        }
        Err(error) => Err(FuncError::cause(*error)),
    }
}
