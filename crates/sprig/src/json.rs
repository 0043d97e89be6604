//! Reads and writes JSON: Helm's `toJson`, `fromJson`, `fromJsonArray` and sprig's others.

use super::flow;
use gostd::json::{self, EncodeError};
use gostd::value::{Elem, List, Str, Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, bounded, def};

pub(super) const TABLE: &[FuncDef] = &[
    def("toJson", &[Type::Any], to_json).growing(6),
    def("mustToJson", &[Type::Any], must_to_json).growing(6),
    def("toPrettyJson", &[Type::Any], to_pretty_json).flowing(flow::TO_YAML).growing(6),
    def("mustToPrettyJson", &[Type::Any], must_to_pretty_json).flowing(flow::TO_YAML).growing(6),
    def("toRawJson", &[Type::Any], must_to_raw_json).growing(6),
    def("mustToRawJson", &[Type::Any], must_to_raw_json).growing(6),
    def("fromJson", &[Type::String], from_json).flowing(flow::FROM_YAML).growing(24),
    def("fromJsonArray", &[Type::String], from_json_array).flowing(flow::FROM_YAML).growing(24),
    def("mustFromJson", &[Type::String], must_from_json).flowing(flow::FROM_YAML).growing(24),
];

fn arg(args: &[Value]) -> &Value {
    args.first().unwrap_or(&Value::Nil)
}

fn text(args: &[Value]) -> &[u8] {
    arg(args).as_str().map_or(b"", |s| s)
}

/// What becomes of an error of Go.
#[derive(Clone, Copy, PartialEq)]
enum Errors {
    /// The text is empty.
    Hidden,
    /// The call fails.
    Shown,
}

fn written(
    host: &mut dyn Host,
    errors: Errors,
    write: impl Fn(usize) -> Result<Vec<u8>, EncodeError>,
) -> FuncResult {
    let is_too_long = |error: &EncodeError| matches!(error, EncodeError::TooLong);
    match bounded(host, json::USUAL, is_too_long, write)? {
        Err(error) if errors == Errors::Hidden && error.is_gos() => Ok(Value::Str(Str::EMPTY)),
        written => written.map(Value::from).map_err(FuncError::cause),
    }
}

fn compact(host: &mut dyn Host, args: &[Value], escape_html: bool, errors: Errors) -> FuncResult {
    written(host, errors, |most| json::marshal_within(arg(args), escape_html, most))
}

fn pretty(host: &mut dyn Host, args: &[Value], errors: Errors) -> FuncResult {
    let write = |most| json::marshal_indent_within(arg(args), b"", b"  ", true, most);
    written(host, errors, write)
}

/// `{{ toJson . }}` prints `{"a":1}`; nothing where the value has no JSON.
fn to_json(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    compact(host, args, true, Errors::Hidden)
}

/// `{{ mustToJson . }}` prints `{"a":1}`, or fails.
fn must_to_json(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    compact(host, args, true, Errors::Shown)
}

/// `{{ toPrettyJson (list 1) }}` prints `[`, `  1` and `]` on lines of their own.
fn to_pretty_json(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    pretty(host, args, Errors::Hidden)
}

/// `{{ mustToPrettyJson (list 1) }}` prints what `toPrettyJson` prints, or fails.
fn must_to_pretty_json(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    pretty(host, args, Errors::Shown)
}

/// `{{ toRawJson "<a>" }}` prints `"<a>"`: no character is escaped for HTML's sake. Both forms fail
/// on an error, as sprig's `toRawJson` panics.
fn must_to_raw_json(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    compact(host, args, false, Errors::Shown)
}

/// `{{ (fromJson "{\"a\":1}").a }}` prints `1`; an error's text is under the key `Error`.
fn from_json(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    let (map, fault) = json::unmarshal_map(text(args), host.go());
    if let Some(fault) = fault {
        map.insert("Error", Value::from(fault.to_string()));
    }
    Ok(Value::Map(map))
}

/// `{{ index (fromJsonArray "[1]") 0 }}` prints `1`; on an error its text is the only element.
fn from_json_array(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    let (list, fault) = json::unmarshal_list(text(args), host.go());
    Ok(Value::List(match fault {
        Some(fault) => List::new(Elem::Any, vec![Value::from(fault.to_string())]),
        None => list,
    }))
}

/// `{{ mustFromJson "[1]" }}` prints `[1]`, or fails.
fn must_from_json(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    json::unmarshal_as(text(args), host.go()).map_err(FuncError::cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gotemplate::func::Instant;

    struct NoHost;

    impl Host for NoHost {
        fn now(&self) -> Instant {
            Instant { seconds: 0, nanos: 0 }
        }
        fn dns_enabled(&self) -> bool {
            false
        }
        fn include(&mut self, _: &Str, _: &Value) -> Result<Str, FuncError> {
            Err(FuncError::text("no templates"))
        }
        fn tpl(&mut self, _: &Str, _: &Value) -> Result<Str, FuncError> {
            Err(FuncError::text("no templates"))
        }
    }

    fn call(name: &str, arg: Value) -> String {
        let f = TABLE.iter().find(|f| f.name == name).unwrap();
        match (f.call)(&mut NoHost, &[arg]) {
            Ok(v) => {
                let mut out = Vec::new();
                gostd::fmt::write_value(&mut out, &v).unwrap();
                String::from_utf8(out).unwrap()
            }
            Err(e) => format!("error: {}", Str::from(e.to_bytes())),
        }
    }

    #[test]
    fn functions_print_as_helm_prints_them() {
        let list = || Value::list(vec![Value::int(1), "<&>".into()]);
        let nan = || Value::Float(f64::NAN);
        for (name, arg, want) in [
            ("toJson", list(), r#"[1,"\u003c\u0026\u003e"]"#),
            ("toJson", Value::Nil, "null"),
            ("toJson", nan(), ""),
            ("mustToJson", nan(), "error: json: unsupported value: NaN"),
            ("toRawJson", list(), r#"[1,"<&>"]"#),
            ("toRawJson", nan(), "error: json: unsupported value: NaN"),
            ("toPrettyJson", list(), "[\n  1,\n  \"\\u003c\\u0026\\u003e\"\n]"),
            ("toPrettyJson", nan(), ""),
            ("mustToPrettyJson", nan(), "error: json: unsupported value: NaN"),
            ("fromJson", r#"{"a":[1,null]}"#.into(), "map[a:[1 <nil>]]"),
            ("fromJson", "null".into(), "map[]"),
            (
                "fromJson",
                "[]".into(),
                "map[Error:json: cannot unmarshal array into Go value of type map[string]interface {}]",
            ),
            ("fromJson", "".into(), "map[Error:unexpected end of JSON input]"),
            ("fromJsonArray", "[1,\"a\"]".into(), "[1 a]"),
            (
                "fromJsonArray",
                "{}".into(),
                "[json: cannot unmarshal object into Go value of type []interface {}]",
            ),
            ("mustFromJson", "3".into(), "3"),
            ("mustFromJson", "{".into(), "error: unexpected end of JSON input"),
        ] {
            assert_eq!(call(name, arg), want, "{name}");
        }
    }
}
