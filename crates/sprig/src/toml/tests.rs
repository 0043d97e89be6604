//! `cases.tsv` was printed by BurntSushi/toml 1.4.0, the others by later releases: `d` TOML decoded (shown as below, or the error),
//! `e` JSON encoded as TOML (or the error). `tests/tables.py` prints it anew.

use super::*;
use gostd::fmt::write_value;
use gostd::strconv::{quote_ascii, unquote};
use gostd::time::LocalZone;
use gostd::value::{Elem, Str};

fn show(v: &Value) -> Vec<u8> {
    match v {
        Value::Map(m) => {
            let mut out = b"{".to_vec();
            for (k, v) in m.entries() {
                out.extend([quote_ascii(&k), b":".to_vec(), show(&v), b" ".to_vec()].concat());
            }
            out.push(b'}');
            out
        }
        Value::List(l) => {
            let mut out = if l.elem() == Elem::Any { b"[".to_vec() } else { b"T[".to_vec() };
            for v in l.iter() {
                out.extend(show(v));
                out.push(b' ');
            }
            out.push(b']');
            out
        }
        Value::Str(s) => quote_ascii(s),
        other => {
            let mut out = other.type_name().into_owned().into_bytes();
            out.push(b'(');
            write_value(&mut out, other).unwrap();
            out.push(b')');
            out
        }
    }
}

fn check(table: &str, release: Release) {
    let mut wrong = String::new();
    for row in table.lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        let input = unquote(cells[1].as_bytes()).unwrap();
        let got = if cells[0] == "d" {
            match parse::parse(&input, LocalZone::UTC, release) {
                Ok(m) => show(&Value::Map(m)),
                Err(e) => format!("error: {e}").into_bytes(),
            }
        } else {
            let v = gostd::json::unmarshal(&input).unwrap();
            encode::encode(&v, encode::USUAL, release)
                .unwrap_or_else(|e| e.to_string().into_bytes())
        };
        if got != unquote(cells[2].as_bytes()).unwrap() {
            wrong += &format!("{row}\n  got {}\n", Str::from(quote_ascii(&got)));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn texts_decode_and_values_encode_as_in_go() {
    check(include_str!("cases.tsv"), Release::V1_4);
    check(include_str!("v1_5.tsv"), Release::V1_5);
    check(include_str!("v1_6.tsv"), Release::V1_6);
}

#[test]
fn deep_nesting_is_an_error() {
    let text = format!("a = {}", "[".repeat(10_000));
    assert!(
        parse::parse(text.as_bytes(), LocalZone::UTC, Release::V1_4)
            .unwrap_err()
            .message
            .contains("nested too deeply")
    );
    let nested = |levels| (0..levels).fold(Value::Bool(true), |v, _| Value::list(vec![v]));
    assert_eq!(
        encode::encode(&nested(10_000), encode::USUAL, Release::V1_4).unwrap().len(),
        2 * 10_000 + "true".len()
    );
    let too_deep = encode::encode(&nested(30_000), encode::USUAL, Release::V1_4).unwrap_err();
    assert_eq!(too_deep.to_string(), "toml: value is nested too deeply");
}
