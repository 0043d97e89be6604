use super::*;
use gostd::json::marshal;
use gostd::json::tree as json;

const BASE: &str = r#"{"s":"str","m":{"k":"v","q":[1]},"l":["x",{"k":1},null],
    "ll":[[1,2],[3]],"n":null,"f":1.5,"t":true}"#;

fn decoded(text: &str) -> Value {
    json::decode(text.as_bytes()).and_then(|(json, _)| json.to_value()).unwrap()
}

fn base() -> Map {
    decoded(BASE).as_map().unwrap()
}

fn shown(value: &Value) -> String {
    String::from_utf8(marshal(value, false).unwrap()).unwrap()
}

/// `strvals.tsv` was made with Helm 3.17.3: a flag, its line, and either the keys that differ
/// from those before, or the error (unknown for `--set-json`, where Helm prints none).
#[test]
fn lines_set_and_fail_as_in_helm() {
    for case in include_str!("../strvals.tsv").lines() {
        let mut fields = case.split('\t');
        let (flag, line, want) =
            (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap());
        let line = decoded(line);
        let line = line.as_str().unwrap();
        let values = base();
        let outcome = match flag {
            "set" => parse_into(line, &values),
            "set-string" => parse_into_string(line, &values),
            "set-json" => parse_json_into(line, &values),
            _ => parse_literal_into(line, &values),
        };
        match (outcome, decoded(want)) {
            (Ok(()), Value::Map(want)) => {
                let before = base();
                for (key, value) in values.entries() {
                    let want = want.get(&key).or_else(|| before.get(&key));
                    assert_eq!(want.as_ref().map(shown), Some(shown(&value)), "{case}");
                }
                assert!(want.keys().iter().all(|key| values.contains_key(key)), "{case}");
            }
            (Err(error), Value::Str(want)) => {
                let text = error.to_string();
                assert!(want == text.as_str() || want.is_empty(), "{case}: {text}");
            }
            (outcome, _) => panic!("{case}: {outcome:?}"),
        }
    }
}

#[test]
fn numbers_are_int64_and_those_of_json_float64() {
    let values = Map::new();
    parse_into(b"a=1,b={2}", &values).unwrap();
    parse_json_into(b"c=1", &values).unwrap();
    parse_into(b"a=9223372036854775807", &values).unwrap();
    assert!(matches!(values.get(b"a"), Some(Value::Int(_, i64::MAX))));
    let types: Vec<_> = values.entries().iter().map(|(_, v)| v.type_name().into_owned()).collect();
    assert_eq!(types, ["int64", "[]interface {}", "float64"]);
}

#[test]
fn files_are_read_item_by_item_and_their_errors_end_the_line() {
    let mut read = |name: &[u8]| match name {
        b"binary" => Ok(Value::from(b"\xff,{".to_vec())),
        _ => Err("open nope: no such file or directory".into()),
    };
    let values = Map::new();
    parse_file_into(b"a=binary,b={binary,binary}", &values, &mut read).unwrap();
    assert_eq!(values.get(b"a").unwrap().as_str().unwrap().as_bytes(), b"\xff,{");
    let text = parse_file_into(b"a[0]=nope", &values, &mut read).unwrap_err().to_string();
    assert_eq!(
        text,
        "unable to parse key: interface conversion: interface {} is string, not []interface {}"
    );
    let text = parse_file_into(b"c[0]=nope", &values, &mut read).unwrap_err().to_string();
    assert_eq!(text, "open nope: no such file or directory");
}

#[test]
fn bytes_that_are_no_text_become_replacement_characters() {
    let values = Map::new();
    parse_into(b"a=\xff\xe2\x82x", &values).unwrap();
    assert_eq!(
        values.get(b"a").unwrap().as_str().unwrap().as_bytes(),
        "\u{fffd}\u{fffd}\u{fffd}x".as_bytes()
    );
}

#[test]
fn endless_indexes_are_refused() {
    let line = [b"a".to_vec(), b"[0]".repeat(100_000), b"=1".to_vec()].concat();
    assert!(matches!(parse_into(&line, &Map::new()), Err(SetError::NestedIndexes)));
}
