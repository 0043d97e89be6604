//! Every `*.tsv` here was printed by gojsonschema 1.2.0, called as Helm 3.17.3 calls it: schemas and
//! values as JSON, and what it says. Of the answers that the order of a Go map makes possible, the first in
//! the alphabet is kept. `tests/tables.py` prints them anew.

use std::cell::RefCell;
use std::collections::HashMap;

use super::json::{self, Json};
use super::{Error, LoadError, Loader, formats, validate, validate_with};
use gostd::value::{Map, Value};

fn text(quoted: &str) -> String {
    match json::decode(quoted.as_bytes()) {
        Ok((Json::String(s), _)) => s.to_string_lossy().into_owned(),
        other => panic!("{quoted}: {other:?}"),
    }
}

fn values(text: &str) -> Map {
    match json::decode(text.as_bytes()).and_then(|(json, _)| json.to_value()) {
        Ok(Value::Map(map)) => map,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn violations_read_as_those_of_helm() {
    for line in include_str!("cases.tsv").lines() {
        let mut fields = line.split('\t');
        let (Some(schema), Some(given), Some(want)) = (fields.next(), fields.next(), fields.next())
        else {
            panic!("{line}");
        };
        let schema = text(schema);
        let got = validate(schema.as_bytes(), &values(given));
        let got = got.map_or_else(|e| e.to_string(), |()| String::new());
        // The last line's end is Helm's report's.
        assert_eq!(got.trim_end(), text(want).trim_end(), "{schema} on {given}");
    }
}

#[test]
fn formats_are_those_of_helm() {
    for line in include_str!("formats.tsv").lines() {
        let mut fields = line.split('\t');
        let (Some(format), Some(given), Some(want)) = (fields.next(), fields.next(), fields.next())
        else {
            panic!("{line}");
        };
        assert_eq!(formats::has_format(format, &text(given)), want == "true", "{line}");
    }
}

#[test]
fn integers_of_values_compare_as_numbers() {
    let schema = br#"{"properties": {"a": {"enum": [1], "type": "integer", "maximum": 0.5}}}"#;
    for value in [Value::int64(1), Value::Float(1.0)] {
        let values = Map::new();
        values.insert("a", value);
        let text = validate(schema, &values).unwrap_err().to_string();
        assert_eq!(text, "- a: Must be less than or equal to 0.5\n");
    }
}

#[test]
fn what_never_ends_is_an_error() {
    let own = br##"{"$ref": "#"}"##.to_vec();
    let pair = br##"{"properties": {"a": {"$ref": "#/definitions/x"}}, "definitions": {
        "x": {"$ref": "#/definitions/y"}, "y": {"$ref": "#/definitions/x"}}}"##
        .to_vec();
    let endless = br##"{"allOf": [{"$ref": "#"}]}"##.to_vec();
    let mut exponential = br#"{"definitions": {"d0": {}"#.to_vec();
    for i in 1..60 {
        let below = i - 1;
        let each = format!("{{\"$ref\": \"#/definitions/d{below}\"}}");
        exponential.extend(format!(", \"d{i}\": {{\"allOf\": [{each}, {each}]}}").bytes());
    }
    exponential.extend(br##"}, "properties": {"a": {"$ref": "#/definitions/d59"}}}"##);
    let deep = [&b"{\"not\":".repeat(5000)[..], b"{}", &b"}".repeat(5000)].concat();
    for schema in [own, pair, endless, exponential, deep] {
        let values = Map::new();
        values.insert("a", Value::Bool(true));
        // A debug build's frames are too large for a test's small stack.
        let checked = std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn(move || {
                let values = Map::new();
                values.insert("a", Value::Bool(true));
                validate(&schema, &values)
            })
            .unwrap()
            .join();
        let text = checked.unwrap().unwrap_err().to_string();
        assert!(
            text.starts_with("unable to validate schema: ") || text.contains("depth"),
            "{text}"
        );
    }
}

/// Documents by URL, and how often each was asked for.
struct Memory(HashMap<&'static str, &'static str>, RefCell<Vec<String>>);

impl Loader for Memory {
    fn load(&self, url: &str) -> Result<Vec<u8>, LoadError> {
        self.1.borrow_mut().push(url.to_owned());
        match self.0.get(url) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Err(LoadError::new(format!("nothing at {url}"))),
        }
    }
}

#[test]
fn documents_of_urls_are_asked_for_once() {
    let memory = Memory(
        HashMap::from([
            (
                "http://a/x",
                r##"{"definitions": {"y": {"$ref": "z#/n"}, "m": {"$ref": "#/definitions/y"}}}"##,
            ),
            ("http://a/z", r#"{"n": {"type": "integer"}}"#),
            ("http://a/list", "[1]"),
            ("http://a/half", "{"),
        ]),
        RefCell::default(),
    );
    for (reference, want) in [
        ("http://a/x#/definitions/m", "- a: Invalid type. Expected: integer, given: boolean\n"),
        ("http://a/nowhere#x", "nothing at http://a/nowhere"),
        ("http://a/list", "valid schema must be of type object"),
        ("http://a/half", "unexpected EOF"),
        (
            "http://json-schema.org/draft-07/schema#/definitions/nonNegativeInteger",
            "- a: Invalid type. Expected: integer, given: boolean\n",
        ),
    ] {
        let schema = format!(
            r#"{{"properties": {{"a": {{"$ref": "{reference}"}}, "b": {{"$ref": "{reference}"}}}}}}"#
        );
        let values = Map::new();
        values.insert("a", Value::Bool(true));
        let checked = validate_with(schema.as_bytes(), &values, &memory);
        assert_eq!(checked.unwrap_err().to_string(), want, "{reference}");
    }
    let asked = ["http://a/x", "http://a/z", "http://a/nowhere", "http://a/list", "http://a/half"];
    assert_eq!(*memory.1.borrow(), asked);
}

#[test]
fn nothing_is_loaded_without_a_loader() {
    let schema = br#"{"properties": {"a": {"$ref": "https://example.org/s.json#/x"}}}"#;
    assert_eq!(
        validate(schema, &Map::new()).unwrap_err().to_string(),
        "Get \"https://example.org/s.json\": no documents are fetched here"
    );
}

#[test]
fn control_characters_do_not_survive_the_way_through_yaml() {
    for (text, want) in
        [("\u{7f}", false), ("\u{80}", false), ("\u{85}", true), ("\u{ffff}", false), ("é�", true)]
    {
        let values = Map::new();
        values.insert("a", Value::from(text));
        let got = validate(b"{}", &values);
        let refused = Err(Error::ControlCharacter);
        assert_eq!(got, if want { Ok(()) } else { refused }, "{text:?}");
    }
}
