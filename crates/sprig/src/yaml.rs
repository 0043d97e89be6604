//! Defines Helm's YAML functions: `toYaml`, `toYamlPretty`, `fromYaml`, `fromYamlArray`.

use super::flow;
use gostd::value::{Elem, List, Map, Str, Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, bounded, def};
use goyaml::EmitError;

/// The functions of this file.
pub(super) const TABLE: &[FuncDef] = &[
    def("toYaml", &[Type::Any], to_yaml).flowing(flow::TO_YAML).growing(4),
    def("toYamlPretty", &[Type::Any], to_yaml_pretty).flowing(flow::TO_YAML).growing(4),
    def("fromYaml", &[Type::String], from_yaml).flowing(flow::FROM_YAML).growing(24),
    def("fromYamlArray", &[Type::String], from_yaml_array).flowing(flow::FROM_YAML).growing(24),
];

/// `mustToYaml`, which Helm 4 brought.
pub const MUST_TO_YAML: &[FuncDef] =
    &[def("mustToYaml", &[Type::Any], must_to_yaml).growing(4).flowing(flow::TO_YAML)];

/// `{{ mustToYaml (dict "a" 1) }}` prints `a: 1`, or fails where `toYaml` gives an empty text.
fn must_to_yaml(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    let written = written(host, |most| goyaml::marshal_within(&args[0], most))?;
    Ok(text(written.map_err(FuncError::cause)?))
}

/// `{{ toYaml (dict "a" (list 1 "2")) }}` prints
///
/// ```yaml
/// a:
/// - 1
/// - "2"
/// ```
///
/// without the newline at the end. What cannot be written (NaN, for one) is the empty string.
fn to_yaml(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    match written(host, |most| goyaml::marshal_within(&args[0], most))? {
        Err(error @ EmitError::TooLong) => Err(FuncError::cause(error)),
        written => Ok(text(written.unwrap_or_default())),
    }
}

/// `{{ toYamlPretty (dict "a" (list 1 "2")) }}` prints
///
/// ```yaml
/// a:
///   - 1
///   - "2"
/// ```
///
/// without the newline at the end. Unlike `toYaml` it fails on what YAML cannot hold.
fn to_yaml_pretty(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    let written = written(host, |most| goyaml::marshal_pretty_within(&args[0], most))?;
    Ok(text(written.map_err(FuncError::cause)?))
}

fn written(
    host: &mut dyn Host,
    write: impl Fn(usize) -> Result<Vec<u8>, EmitError>,
) -> Result<Result<Vec<u8>, EmitError>, FuncError> {
    bounded(host, goyaml::USUAL, |error| matches!(error, EmitError::TooLong), write)
}

fn text(mut text: Vec<u8>) -> Value {
    text.pop_if(|b| *b == b'\n');
    Value::str(text)
}

/// `{{ (fromYaml "a: 1").a }}` prints `1`.
///
/// Errors are values here: a text that is no mapping gives a map with the one key `Error`.
fn from_yaml(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    let text = args[0].as_str().cloned().unwrap_or_default();
    Ok(Value::Map(match goyaml::unmarshal_map_later(&text) {
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
    let error = match goyaml::unmarshal(source(args)) {
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

/// Returns the text argument.
fn source(args: &[Value]) -> &[u8] {
    args[0].as_str().map_or(b"", Str::as_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gotemplate::func::{FuncError, Instant};

    #[derive(Debug)]
    struct NoHost;

    impl Host for NoHost {
        fn now(&self) -> Instant {
            Instant { seconds: 0, nanos: 0 }
        }
        fn dns_enabled(&self) -> bool {
            false
        }
        fn include(&mut self, _: &Str, _: &Value) -> Result<Str, FuncError> {
            Ok(Str::EMPTY)
        }
        fn tpl(&mut self, _: &Str, _: &Value) -> Result<Str, FuncError> {
            Ok(Str::EMPTY)
        }
    }

    fn call(name: &str, arg: Value) -> Value {
        let def = TABLE.iter().find(|def| def.name == name).unwrap();
        (def.call)(&mut NoHost, &[arg]).unwrap()
    }

    fn written(name: &str, arg: Value) -> String {
        call(name, arg).as_str().unwrap().to_string()
    }

    #[test]
    fn one_newline_goes_and_errors_are_empty() {
        for (arg, want, want_pretty) in [
            (Value::from("a\n\n"), "|+\n  a\n", "|+\n  a\n"),
            (Value::from("a\tb\nc"), "\"a\\tb\\nc\"", "|-\n  a\tb\n  c"),
            (Value::from(""), "\"\"", "\"\""),
            (Value::Nil, "null", "null"),
            (Value::from("\x7f"), "", "\"\\x7F\""),
            (Value::from(f64::NAN), "", ".nan"),
        ] {
            assert_eq!(written("toYaml", arg.clone()), want);
            assert_eq!(written("toYamlPretty", arg), want_pretty);
        }
    }

    const WRONG: &str = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ";

    #[test]
    fn from_yaml_gives_a_map_or_its_error() {
        for (source, want) in [
            ("", "{}"),
            ("null", "{}"),
            ("# c", "{}"),
            ("a: 1", "a: 1"),
            ("a: 1\na: 2", "a: 2"),
            ("{a: 1, 2: x}", "\"2\": x\na: 1"),
            ("a: 1\n---\nb: 2", "a: 1"),
        ] {
            assert_eq!(written("toYaml", call("fromYaml", source.into())), want, "{source}");
        }
        for (source, want) in [
            ("[1]", format!("{WRONG}array into Go value of type map[string]interface {{}}")),
            ("3", format!("{WRONG}number into Go value of type map[string]interface {{}}")),
            ("a", format!("{WRONG}string into Go value of type map[string]interface {{}}")),
            ("true", format!("{WRONG}bool into Go value of type map[string]interface {{}}")),
            (
                "a: b: c",
                "error converting YAML to JSON: yaml: mapping values are not allowed in this context"
                    .to_owned(),
            ),
            (
                "a: [",
                "error converting YAML to JSON: yaml: line 1: did not find expected node content"
                    .to_owned(),
            ),
        ] {
            let map = call("fromYaml", source.into()).as_map().unwrap();
            assert_eq!(map.len(), 1, "{source}");
            assert_eq!(map.get(b"Error").unwrap().as_str().unwrap(), &*want, "{source}");
        }
    }

    #[test]
    fn from_yaml_array_gives_a_list_or_its_error() {
        for (source, want) in [
            ("", "[]".to_owned()),
            ("~", "[]".to_owned()),
            ("[1]", "- 1".to_owned()),
            ("- a\n- b: 1\n", "- a\n- b: 1".to_owned()),
            ("a: 1", format!("- '{WRONG}object into Go value of type []interface {{}}'")),
            ("3", format!("- '{WRONG}number into Go value of type []interface {{}}'")),
            ("a", format!("- '{WRONG}string into Go value of type []interface {{}}'")),
            ("true", format!("- '{WRONG}bool into Go value of type []interface {{}}'")),
            (
                "\x01",
                "- 'error converting YAML to JSON: yaml: control characters are not allowed'"
                    .to_owned(),
            ),
        ] {
            // Long texts are folded at their spaces.
            let text = written("toYaml", call("fromYamlArray", source.into()));
            assert_eq!(text.replace("\n  ", " "), want, "{source}");
        }
    }
}
