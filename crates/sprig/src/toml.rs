//! Reads and writes TOML: Helm's `toToml` and `fromToml`, as BurntSushi/toml 1.4.0 to 1.6.0 write and read it.

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

/// The same of toml 1.5, which tells other lines in errors.
pub const TOML_1_5: &[FuncDef] = &[
    def("toToml", &[Type::Any], |h, a| shown(encoded(h, a, Release::V1_5)?)).growing(6),
    def("fromToml", &[Type::String], |h, a| decoded(h, a, Release::V1_5)).growing(24),
];

/// The same of toml 1.6, which reads TOML 1.1 and writes floats as `1e+06`.
pub const TOML_1_6: &[FuncDef] = &[
    def("toToml", &[Type::Any], |h, a| shown(encoded(h, a, Release::V1_6)?)).growing(6),
    def("fromToml", &[Type::String], |h, a| decoded(h, a, Release::V1_6)).growing(24),
];

/// `mustToToml`, which Helm 4.2 brought.
pub const MUST_TO_TOML: &[FuncDef] = &[def("mustToToml", &[Type::Any], must_to_toml).growing(6)];

/// A release of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Release {
    V1_4,
    V1_5,
    V1_6,
}

/// `{{ toToml (dict "a" 1) }}` prints `a = 1` and a newline; an error's text where there is no TOML.
fn to_toml(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    shown(encoded(host, args, Release::V1_4)?)
}

/// `{{ mustToToml (dict "a" 1) }}` prints `a = 1` and a newline, or fails.
fn must_to_toml(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    encoded(host, args, Release::V1_6)?.map(Value::from).map_err(FuncError::cause)
}

/// Returns the text, or that of the error where the library has one.
fn shown(written: Result<Vec<u8>, EncodeError>) -> FuncResult {
    match written {
        Ok(text) => Ok(Value::from(text)),
        Err(error) if error.is_gos() => Ok(Value::from(error.to_string())),
        Err(error) => Err(FuncError::cause(error)),
    }
}

fn encoded(
    host: &mut dyn Host,
    args: &[Value],
    release: Release,
) -> Result<Result<Vec<u8>, EncodeError>, FuncError> {
    // Go panics on nil, which fails the call.
    let Some(v) = args.first().filter(|v| !v.is_nil()) else {
        return Err(FuncError::text("reflect: call of reflect.Value.Type on zero Value"));
    };
    let is_too_long = |error: &EncodeError| matches!(error, EncodeError::TooLong);
    bounded(host, encode::USUAL, is_too_long, |most| encode::encode(v, most, release))
}

/// `{{ (fromToml "a = 1").a }}` prints `1`; an error's text is under the key `Error`.
fn from_toml(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    decoded(host, args, Release::V1_4)
}

fn decoded(host: &mut dyn Host, args: &[Value], release: Release) -> FuncResult {
    let text = args.first().and_then(Value::as_str).map_or(&b""[..], |s| s);
    match parse::parse(text, host.local_zone(), release) {
        Ok(map) => Ok(Value::Map(map)),
        Err(error) if error.is_gos => {
            let map = Map::new();
            map.insert("Error", Value::from(error.to_string()));
            Ok(Value::Map(map))
        }
        Err(error) => Err(FuncError::cause(*error)),
    }
}
