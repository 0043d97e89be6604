//! Reads and writes TOML: Helm's `toToml` and `fromToml`, as BurntSushi/toml 1.4.0 writes and reads it.

mod datetime;
mod encode;
mod error;
mod parse;
mod scan;
#[cfg(test)]
mod tests;

use gostd::value::{Map, Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def};

pub(super) const TABLE: &[FuncDef] =
    &[def("toToml", &[Type::Any], to_toml), def("fromToml", &[Type::String], from_toml)];

/// `{{ toToml (dict "a" 1) }}` prints `a = 1` and a newline; an error's text where there is no TOML.
fn to_toml(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    match args.first() {
        Some(v) if !v.is_nil() => match encode::encode(v) {
            Ok(text) => Ok(Value::from(text)),
            Err(error) if error.is_gos() => Ok(Value::from(error.to_string())),
            Err(error) => Err(FuncError::cause(error)),
        },
        // Go panics on nil, which fails the call.
        _ => Err(FuncError::text("reflect: call of reflect.Value.Type on zero Value")),
    }
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
