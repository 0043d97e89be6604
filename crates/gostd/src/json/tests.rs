//! `cases.tsv` was printed by Go 1.23's `encoding/json`, `cases_1_27.tsv` by Go 1.27's. Its columns: the text; what Marshal, an
//! Encoder without HTML escaping and MarshalIndent make of the decoded value; Unmarshal's error; value
//! and error of an Unmarshal into a map, and into a list. `tests/tables.py` prints it anew.

use super::*;
use crate::strconv::unquote;
use crate::value::{IntKind, STRING_MAP, UintKind};

fn text(bytes: Result<Vec<u8>, EncodeError>) -> String {
    match bytes {
        Ok(b) => String::from_utf8_lossy(&b).into_owned(),
        Err(e) => e.to_string(),
    }
}

#[test]
fn texts_decode_and_encode_as_in_go() {
    check(include_str!("cases.tsv"), Go::V1_23);
    check(include_str!("cases_1_27.tsv"), Go::V1_27);
}

fn check(table: &str, go: Go) {
    for row in table.lines() {
        let cells: Vec<Vec<u8>> = row.split('\t').map(|c| unquote(c.as_bytes()).unwrap()).collect();
        let cell = |i: usize| String::from_utf8_lossy(&cells[i]).into_owned();
        match unmarshal_as(&cells[0], go) {
            Ok(v) => {
                assert_eq!(cell(4), "", "{row}");
                assert_eq!(text(marshal(&v, true)), cell(1), "{row}");
                assert_eq!(text(marshal(&v, false)), cell(2), "{row}");
                assert_eq!(text(marshal_indent(&v, b"", b"  ", true)), cell(3), "{row}");
            }
            Err(e) => assert_eq!(e.to_string(), cell(4), "{row}"),
        }
        let (map, fault) = unmarshal_map(&cells[0], go);
        assert_eq!(fault.map_or(String::new(), |e| e.to_string()), cell(6), "{row}");
        assert_eq!(text(marshal(&Value::Map(map), true)), cell(5), "{row}");
        let (list, fault) = unmarshal_list(&cells[0], go);
        assert_eq!(fault.map_or(String::new(), |e| e.to_string()), cell(8), "{row}");
        assert_eq!(text(marshal(&Value::List(list), true)), cell(7), "{row}");
    }
}

#[test]
fn kinds_beyond_json_encode_as_in_go() {
    let bytes = |b: &[u8]| Value::Bytes(std::sync::Arc::from(b));
    for (v, want) in [
        (bytes(b"abc"), "\"YWJj\""),
        (bytes(b"ab"), "\"YWI=\""),
        (bytes(b"a"), "\"YQ==\""),
        (bytes(b""), "\"\""),
        (bytes(b"\xff\xfe>"), "\"//4+\""),
        (Value::Int(IntKind::Duration, 1_000_000_000), "1000000000"),
        (Value::Int(IntKind::Month, 3), "3"),
        (Value::Uint(UintKind::Uint8, 3), "3"),
        (Value::Float(f64::NAN), "json: unsupported value: NaN"),
        (Value::Float(f64::NEG_INFINITY), "json: unsupported value: -Inf"),
        (Value::list(vec![Value::Float(f64::INFINITY)]), "json: unsupported value: +Inf"),
        (Value::Float(-0.0), "-0"),
        (Value::Float(9_007_199_254_740_992.0), "9007199254740992"),
        (Value::List(List::nil(Elem::String)), "null"),
        (Value::Map(Map::nil(&STRING_MAP)), "null"),
        (Value::from(b"a\xffb".to_vec()), "\"a\\ufffdb\""),
    ] {
        assert_eq!(text(marshal(&v, true)), want);
    }
}

#[test]
fn prefix_and_indent_stand_before_each_line() {
    let v = unmarshal(br#"[1,[],{"a":1}]"#).unwrap();
    let want = b"[\n>\t1,\n>\t[],\n>\t{\n>\t\t\"a\": 1\n>\t}\n>]";
    assert_eq!(marshal_indent(&v, b">", b"\t", true).unwrap(), want);
}

#[test]
fn cycles_are_errors() {
    let m = Map::new();
    m.insert("a", Value::Map(m.clone()));
    let error = "json: unsupported value: encountered a cycle via map[string]interface {}";
    assert_eq!(text(marshal(&Value::Map(m.clone()), true)), error);
    m.insert("a", Value::list(vec![Value::Map(m.clone())]));
    assert_eq!(text(marshal(&Value::Map(m.clone()), true)), error);
    let list = m.get(b"a").unwrap();
    let error = "json: unsupported value: encountered a cycle via []interface {}";
    assert_eq!(text(marshal(&list, true)), error);
    m.remove(b"a");
}

#[test]
fn nesting_has_go_s_limit() {
    for (unit, depth, want) in [
        ("[", 10_000, "unexpected end of JSON input"),
        ("[", 10_001, "invalid character '[' exceeded max depth"),
        ("{\"a\":", 10_000, "unexpected end of JSON input"),
        ("{\"a\":", 10_001, "invalid character '{' exceeded max depth"),
    ] {
        assert_eq!(unmarshal(unit.repeat(depth).as_bytes()).unwrap_err().to_string(), want);
    }
}

#[test]
fn what_decodes_at_the_limit_encodes() {
    let check = || {
        let text = [b"[".repeat(10_000), b"]".repeat(10_000)].concat();
        let v = unmarshal(&text).unwrap();
        assert_eq!(marshal(&v, true).unwrap(), text);
    };
    // Each level takes about 1 KB of stack without optimization.
    std::thread::Builder::new().stack_size(64 << 20).spawn(check).unwrap().join().unwrap();
}

#[test]
fn errors_are_no_larger_than_texts() {
    let text = size_of::<Result<(), String>>();
    assert!(size_of::<Result<(), EncodeError>>() <= text);
    assert!(size_of::<Result<(), DecodeError>>() <= text);
}
