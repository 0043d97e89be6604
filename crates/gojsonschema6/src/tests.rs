//! Every `*.tsv` here was printed by santhosh-tekuri/jsonschema 6.0.3, called as Helm 3.22.0 calls it: schemas and
//! values as JSON, and what it says, its lines sorted, since a Go map's order would show. `tests/tables.py`
//! prints them anew.

use super::formats::Format;
use super::node::Node;
use super::{CheckError, Error, Keep, Release, Settings, validate};
use gostd::json::tree::{self as json, Json};
use gostd::value::{Map, Str, Value};

fn text(quoted: &str) -> String {
    String::from_utf8(gostd::strconv::unquote(quoted.as_bytes()).unwrap()).unwrap()
}

fn value(json: &Json) -> Value {
    match json {
        Json::Number(text) => match text.to_string().parse() {
            Ok(n) => Value::int64(n),
            Err(_) => Value::Float(text.to_string().parse().unwrap()),
        },
        Json::Array(items) => Value::list(items.iter().map(value).collect()),
        Json::Object(members) => {
            let map = Map::new();
            members.iter().for_each(|(name, v)| map.insert(name.clone(), value(v)));
            Value::Map(map)
        }
        other => other.to_value().unwrap(),
    }
}

fn values(text: &str) -> Map {
    match json::decode(text.as_bytes()).map(|(json, _)| value(&json)) {
        Ok(Value::Map(map)) => map,
        other => panic!("{text}: {other:?}"),
    }
}

/// The documents that tests/go/schemas6 has too.
fn load(url: &str) -> Result<Vec<u8>, String> {
    let text = match url {
        "http://example.org/text.json" => {
            r#"{"$id": "http://example.org/text.json", "type": "string", "$defs": {"short": {"maxLength": 3}}}"#
        }
        "http://example.org/broken.json" => r#"{"type": 5}"#,
        "http://example.org/no.json" => "{",
        "http://example.org/format.json" => {
            r#"{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "http://example.org/format.json", "$vocabulary": {"https://json-schema.org/draft/2020-12/vocab/core": true, "https://json-schema.org/draft/2020-12/vocab/applicator": true, "https://json-schema.org/draft/2020-12/vocab/format-assertion": true}}"#
        }
        "http://example.org/other.json" => {
            r#"{"$schema": "https://json-schema.org/draft/2020-12/schema", "$vocabulary": {"http://example.org/vocabulary": true}}"#
        }
        "http://example.org/circle.json" => r#"{"$schema": "http://example.org/circle.json"}"#,
        "http://example.org/round.json" => r#"{"$schema": "http://example.org/trip.json"}"#,
        "http://example.org/trip.json" => r#"{"$schema": "http://example.org/round.json"}"#,
        "urn:example:any" => "true",
        _ => return Err("not there".into()),
    };
    Ok(text.into())
}

fn check(schema: &[u8], values: &Map) -> Result<(), Error> {
    validate("file:///values.schema.json", schema, values, Release::V6_0_3, &load)
}

/// Sorts lines, and names within one.
fn canonical(text: &str) -> String {
    let line = |line: &str| {
        if let Some((before, rest)) = line.split_once("additional properties ")
            && let Some((names, after)) = rest.split_once(" not allowed")
        {
            let mut names: Vec<&str> = names.split(", ").collect();
            names.sort_unstable();
            return format!(
                "{before}additional properties {} not allowed{after}",
                names.join(", ")
            );
        }
        match (line.find("at '"), line.find("': invalid propertyName")) {
            (Some(at), Some(end)) => format!("{}at '…{}", &line[..at], &line[end..]),
            _ => line.to_owned(),
        }
    };
    let mut lines: Vec<String> = text.split('\n').map(line).collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[test]
fn violations_read_as_those_of_helm() {
    let mut wrong = String::new();
    for line in include_str!("cases.tsv").lines() {
        let [schema, given, want] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let got = match check(schema.as_bytes(), &values(given)) {
            Ok(()) => String::new(),
            Err(error @ Error::Check(_)) => format!("unable to validate schema: {error}"),
            Err(error) => canonical(&error.to_string()),
        };
        if got != text(want) {
            wrong.push_str(&format!("{schema} on {given}\n  {got:?}\n  {want}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn metaschemas_accept_what_is_plain() {
    use super::compile::Compiler;
    use super::{draft::Draft, plain::is_plain, validate::check};
    let mut plain = 0;
    for (number, draft) in [Draft::Four, Draft::Six, Draft::Seven, Draft::Year2019, Draft::Year2020]
        .into_iter()
        .enumerate()
    {
        let mut compiler =
            Compiler::new(&|_| Err(String::new()), true, Settings::of(Release::V6_0_3));
        let metaschema = compiler.compile(draft.url()).unwrap();
        for line in include_str!("cases.tsv").lines() {
            let schema = line.split('\t').next().unwrap_or_default();
            let Ok((schema, _)) = json::decode(schema.as_bytes()) else { continue };
            if is_plain(draft, &schema, 0) {
                plain += 1;
                let (node, none) = (Node::Json(&schema), Default::default());
                let found = check(&compiler.graph, metaschema, node, &none, Release::V6_0_3);
                assert_eq!(found, Ok(None), "{number} {line}");
            }
        }
    }
    assert!(plain > 1500, "{plain}");
}

#[test]
fn formats_are_those_of_helm() {
    let mut wrong = String::new();
    for line in include_str!("formats.tsv").lines() {
        let [format, given, want] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let given = Str::from(text(given));
        let format = Format::named(&Str::from(format), Settings::of(Release::V6_0_3));
        let got = format.map_or(Ok(()), |format| format.check(Node::Name(&given)));
        let got = got.err().unwrap_or_default();
        if got != text(want) {
            wrong.push_str(&format!("{line}\n  {got:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn siblings_come_in_byte_order() {
    let schema =
        br#"{"minProperties": 9, "additionalProperties": {"type": "null"}, "required": ["z"]}"#;
    let error = check(schema, &values(r#"{"b": 1, "a": 1, "B": 1}"#)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "jsonschema validation failed with 'file:///values.schema.json#'\n\
         - at '': minProperties: got 3, want 9\n\
         - at '': missing property 'z'\n\
         - at '/B': got number, want null\n\
         - at '/a': got number, want null\n\
         - at '/b': got number, want null",
    );
}

/// Runs on a stack that a debug build's frames fit into.
fn deep<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(64 << 20).spawn(f).unwrap().join().unwrap()
}

#[test]
fn what_never_ends_is_an_error() {
    let mut exponential = br#"{"$defs": {"d0": {}"#.to_vec();
    for i in 1..60 {
        let below = i - 1;
        let each = format!("{{\"$ref\": \"#/$defs/d{below}\"}}");
        exponential.extend(format!(", \"d{i}\": {{\"allOf\": [{each}, {each}]}}").bytes());
    }
    exponential.extend(br##"}, "properties": {"a": {"$ref": "#/$defs/d59"}}}"##);
    let steps = deep(move || check(&exponential, &values(r#"{"a": 1}"#)));
    assert_eq!(steps, Err(Error::Check(CheckError::TooManySteps)));
}

#[test]
fn values_may_be_deep_and_schemas_too() {
    let tree = br##"{"$defs": {"n": {"additionalProperties": {"$ref": "#/$defs/n"}, "type": "object"}}, "$ref": "#/$defs/n"}"##;
    let nested = |depth: usize| {
        let mut value = Value::Nil;
        for _ in 0..depth {
            let map = Map::new();
            map.insert("a", value);
            value = Value::Map(map);
        }
        let Value::Map(map) = value else { panic!() };
        check(tree, &map)
    };
    let text = deep(move || nested(9000).unwrap_err().to_string());
    assert!(text.ends_with(&format!("- at '{}': got null, want object", "/a".repeat(9000))));
    assert_eq!(deep(move || nested(50_000)), Err(Error::Check(CheckError::TooDeep)));
    let schema = [b"{\"not\":".repeat(9000), b"{}".to_vec(), b"}".repeat(9000)].concat();
    assert!(deep(move || check(&schema, &Map::new())).is_ok());
}

#[test]
fn what_takes_too_many_words_is_an_error() {
    let schema = br##"{"$defs": {"n": {"properties": {"l": {"$ref": "#/$defs/n"}}, "additionalProperties": {"type": "null"}}}, "$ref": "#/$defs/n"}"##;
    let found = deep(move || {
        let mut inner = Value::int(1);
        for _ in 0..1500 {
            let map = Map::new();
            map.insert("l", inner);
            (0..20).for_each(|i| map.insert(format!("{}{i}", "x".repeat(60)), Value::int(1)));
            inner = Value::Map(map);
        }
        let Value::Map(map) = inner else { panic!() };
        check(schema, &map)
    });
    assert_eq!(found, Err(Error::Check(CheckError::TooLong)));
}

#[test]
fn a_schema_that_is_kept_is_compiled_once() {
    let loads = std::cell::Cell::new(0);
    let load = |_: &str| {
        loads.set(loads.get() + 1);
        Ok(br#"{"required": ["a"]}"#.to_vec())
    };
    let schema = br#"{"$ref": "file:///other.json"}"#;
    let check = |release: Release| {
        let checked = validate("file:///s.json", schema, &Map::new(), release, &load);
        assert!(checked.unwrap_err().to_string().contains("missing property 'a'"));
    };
    check(Release::V6_0_3);
    check(Release::V6_0_3);
    assert_eq!(loads.get(), 2);
    {
        let _keep = Keep::new();
        let inner = Keep::new();
        check(Release::V6_0_3);
        drop(inner);
        check(Release::V6_0_3);
        assert_eq!(loads.get(), 3);
        check(Release::V6_0_2);
        assert_eq!(loads.get(), 4);
    }
    check(Release::V6_0_3);
    assert_eq!(loads.get(), 5);
}
