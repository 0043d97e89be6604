//! Helm's YAML functions: `toYaml`, `toYamlPretty`, `fromYaml`, `fromYamlArray`.

use crate::template::func::{FuncDef, FuncResult, Host, def};
use crate::value::{Elem, List, Map, Str, Type, Value};
use crate::yaml;

/// The functions of this file.
pub(super) const TABLE: &[FuncDef] = &[
    def("toYaml", &[Type::Any], to_yaml),
    def("toYamlPretty", &[Type::Any], to_yaml_pretty),
    def("fromYaml", &[Type::String], from_yaml),
    def("fromYamlArray", &[Type::String], from_yaml_array),
];

/// `{{ toYaml (dict "a" (list 1 "2")) }}` prints
///
/// ```yaml
/// a:
/// - 1
/// - "2"
/// ```
///
/// without the newline at the end. What cannot be written (NaN, for one) is the empty string.
fn to_yaml(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    Ok(text(yaml::marshal(&args[0])))
}

/// `{{ toYamlPretty (dict "a" (list 1 "2")) }}` prints
///
/// ```yaml
/// a:
///   - 1
///   - "2"
/// ```
///
/// without the newline at the end.
fn to_yaml_pretty(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    Ok(text(yaml::marshal_pretty(&args[0])))
}

fn text(written: Result<Vec<u8>, String>) -> Value {
    let mut text = written.unwrap_or_default();
    text.pop_if(|b| *b == b'\n');
    Value::str(text)
}

/// `{{ (fromYaml "a: 1").a }}` prints `1`.
///
/// Errors are values here: a text that is no mapping gives a map with the one key `Error`.
fn from_yaml(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    Ok(Value::Map(match yaml::unmarshal_map(source(args)) {
        Ok(map) => map,
        Err(e) => {
            let map = Map::new();
            map.insert("Error", Value::str(e.to_string()));
            map
        }
    }))
}

/// `{{ fromYamlArray "[a, b]" | join "-" }}` prints `a-b`.
///
/// Errors are values here: a text that is no sequence gives a list of the error's text.
fn from_yaml_array(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    let wrong = |word: &str| {
        format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {word} into Go \
             value of type []interface {{}}"
        )
    };
    let error = match yaml::unmarshal(source(args)) {
        Ok(Value::List(list)) => return Ok(Value::List(list)),
        // A null leaves Go's empty list as it was.
        Ok(Value::Nil | Value::Invalid) => return Ok(Value::List(List::new(Elem::Any, vec![]))),
        Ok(Value::Bool(_)) => wrong("bool"),
        Ok(Value::Str(_)) => wrong("string"),
        Ok(Value::Map(_)) => wrong("object"),
        Ok(_) => wrong("number"),
        Err(e) => e.to_string(),
    };
    Ok(Value::list(vec![Value::str(error)]))
}

/// The text argument.
fn source(args: &[Value]) -> &[u8] {
    args[0].as_str().map_or(b"", Str::as_bytes)
}
