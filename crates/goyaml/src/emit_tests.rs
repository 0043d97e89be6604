//! Every expectation is what the Go libraries wrote for the same value.

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

use super::{Outline, Part, marshal, marshal_pretty, marshal_to, outline, outline_written};
use gostd::value::{ANY_MAP, Elem, IntKind, Kind, List, Map, Object, Str, UintKind, Value};

/// Returns what `toYaml` makes of a value: no newline at the end, `ERR` where Go fails.
fn plain(v: &Value) -> String {
    shown(marshal(v))
}

/// Returns what `toYamlPretty` makes of a value.
fn pretty(v: &Value) -> String {
    shown(marshal_pretty(v))
}

fn shown(written: Result<Vec<u8>, crate::EmitError>) -> String {
    match written {
        Ok(text) => {
            let text = String::from_utf8(text).unwrap();
            text.strip_suffix('\n').unwrap_or(&text).to_owned()
        }
        Err(_) => "ERR".to_owned(),
    }
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(Map::from_entries(&ANY_MAP, entries.map(|(k, v)| (k.into(), v))))
}

fn list<const N: usize>(items: [Value; N]) -> Value {
    Value::list(items.to_vec())
}

fn s(text: &str) -> Value {
    Value::from(text)
}

fn n(n: i64) -> Value {
    Value::int(n)
}

/// Reads the escapes of `emit_strings.tsv`, which are Rust's; `tests/tables.py` prints it anew.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next().unwrap() {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'u' => {
                let code: String = rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
                out.push(char::from_u32(u32::from_str_radix(&code, 16).unwrap()).unwrap());
            }
            c => out.push(c),
        }
    }
    out
}

#[test]
fn strings_are_written_as_go_yaml_writes_them() {
    for row in include_str!("emit_strings.tsv").lines() {
        let columns: Vec<_> = row.split('\t').map(unescape).collect();
        let input = s(&columns[0]);
        assert_eq!(plain(&input), columns[1], "toYaml of {row}");
        assert_eq!(pretty(&input), *columns.last().unwrap(), "toYamlPretty of {row}");
    }
}

#[test]
fn floats_go_through_json_in_one_and_not_in_the_other() {
    for (f, want, want_pretty) in [
        (0.0, "0", "0"),
        (-0.0, "0", "-0"),
        (3.0, "3", "3"),
        (-3.0, "-3", "-3"),
        (1.5, "1.5", "1.5"),
        (1e5, "100000", "100000"),
        (1e6, "1000000", "1e+06"),
        (1234567.5, "1.2345675e+06", "1.2345675e+06"),
        (1e15, "1000000000000000", "1e+15"),
        (1e16, "10000000000000000", "1e+16"),
        (9_007_199_254_740_992.0, "9007199254740992", "9.007199254740992e+15"),
        (1e20, "1e+20", "1e+20"),
        (1e21, "1e+21", "1e+21"),
        (1e22, "1e+22", "1e+22"),
        (9_223_372_036_854_775_808.0, "9223372036854776000", "9.223372036854776e+18"),
        (-9_223_372_036_854_775_808.0, "-9.223372036854776e+18", "-9.223372036854776e+18"),
        (18_446_744_073_709_551_615.0, "1.8446744073709552e+19", "1.8446744073709552e+19"),
        (1e-4, "0.0001", "0.0001"),
        (1e-5, "1e-05", "1e-05"),
        (1e-7, "1e-07", "1e-07"),
        (0.1, "0.1", "0.1"),
        (123_456_789.125, "1.23456789125e+08", "1.23456789125e+08"),
        (8_692_631_513_570_761.0 / 4.0, "2.1731578783926902e+15", "2.1731578783926902e+15"),
        (f64::MAX, "1.7976931348623157e+308", "1.7976931348623157e+308"),
        (5e-324, "5e-324", "5e-324"),
        (f64::INFINITY, "ERR", ".inf"),
        (f64::NEG_INFINITY, "ERR", "-.inf"),
        (f64::NAN, "ERR", ".nan"),
    ] {
        assert_eq!(plain(&Value::Float(f)), want, "toYaml of {f}");
        assert_eq!(pretty(&Value::Float(f)), want_pretty, "toYamlPretty of {f}");
    }
}

#[test]
fn other_scalars_keep_or_lose_their_go_type() {
    for (v, want, want_pretty) in [
        (Value::Nil, "null", "null"),
        (Value::Invalid, "null", "null"),
        (Value::Bool(true), "true", "true"),
        (n(i64::MIN), "-9223372036854775808", "-9223372036854775808"),
        (Value::Uint(UintKind::Uint64, u64::MAX), "18446744073709551615", "18446744073709551615"),
        (Value::Int(IntKind::Duration, 0), "0", "0s"),
        (Value::Int(IntKind::Duration, 1_500), "1500", "1.5µs"),
        (Value::Int(IntKind::Duration, -3_723_040_000_000), "-3723040000000", "-1h2m3.04s"),
        (Value::Bytes(b"hi"[..].into()), "aGk=", "- 104\n- 105"),
        (Value::Bytes(b""[..].into()), "\"\"", "[]"),
        (Value::List(List::nil(Elem::Any)), "null", "[]"),
        (Value::Map(Map::nil(&ANY_MAP)), "null", "{}"),
        (Value::str(&b"a\xff\xe2\x82z"[..]), "a\u{fffd}\u{fffd}\u{fffd}z", "!!binary Yf/igno="),
    ] {
        assert_eq!(plain(&v), want, "toYaml of {v:?}");
        assert_eq!(pretty(&v), want_pretty, "toYamlPretty of {v:?}");
    }
}

#[test]
fn collections_nest_as_in_go_yaml() {
    let rows = [
        (list([]), "[]", "[]"),
        (map([]), "{}", "{}"),
        (map([("a", list([]))]), "a: []", "a: []"),
        (list([list([])]), "- []", "- []"),
        (list([map([])]), "- {}", "- {}"),
        (
            map([("a", map([("b", map([("c", n(1))]))]))]),
            "a:\n  b:\n    c: 1",
            "a:\n  b:\n    c: 1",
        ),
        (
            map([("a", list([n(1), s("2"), Value::Nil, Value::Bool(true)]))]),
            "a:\n- 1\n- \"2\"\n- null\n- true",
            "a:\n  - 1\n  - \"2\"\n  - null\n  - true",
        ),
        (
            list([list([n(1), n(2)]), list([n(3), list([n(4)])])]),
            "- - 1\n  - 2\n- - 3\n  - - 4",
            "- - 1\n  - 2\n- - 3\n  - - 4",
        ),
        (
            list([map([("a", n(1)), ("b", list([map([("c", n(2))])]))]), s("x")]),
            "- a: 1\n  b:\n  - c: 2\n- x",
            "- a: 1\n  b:\n    - c: 2\n- x",
        ),
        (
            map([("a", s("x\ny\n")), ("b", list([s("p\nq"), s(" r\n")]))]),
            "a: |\n  x\n  y\nb:\n- |-\n  p\n  q\n- |2\n   r",
            "a: |\n  x\n  y\nb:\n  - |-\n    p\n    q\n  - |2\n     r",
        ),
        (
            list([s("a\n"), list([s("b\n\n")]), map([("c", s("\n"))])]),
            "- |\n  a\n- - |+\n    b\n\n- c: |2+\n",
            "- |\n  a\n- - |+\n    b\n\n- c: |2+\n",
        ),
    ];
    for (v, want, want_pretty) in rows {
        assert_eq!(plain(&v), want, "toYaml of {v:?}");
        assert_eq!(pretty(&v), want_pretty, "toYamlPretty of {v:?}");
    }
}

#[test]
fn long_and_multiline_keys_are_complex() {
    let multiline = map([("l1\nl2", list([n(1), list([n(2)])])), ("c", n(2))]);
    let want = "c: 2\n? |-\n  l1\n  l2\n: - 1\n  - - 2";
    assert_eq!(plain(&multiline), want);
    assert_eq!(pretty(&multiline), want);

    for (len, v, want) in [(128, n(1), ": 1"), (129, list([n(1)]), "\n: - 1")] {
        let key = "k".repeat(len);
        let v = map([(&key, v)]);
        let want = format!("{}{key}{want}", if len > 128 { "? " } else { "" });
        assert_eq!(plain(&v), want);
        assert_eq!(pretty(&v), want);
    }
}

#[test]
fn keys_must_fit_go_yamls_lookahead_as_json() {
    for (key, fits) in [
        ("k".repeat(1022), true),
        ("k".repeat(1023), false),
        ("<".repeat(170), true),
        ("<".repeat(171), false),
        ("a\u{85}b".to_owned(), false),
    ] {
        assert_eq!(marshal(&map([(&key, n(1))])).is_ok(), fits, "{key}");
        assert!(marshal_pretty(&map([(&key, n(1))])).is_ok(), "{key}");
    }
}

#[test]
fn keys_that_become_equal_in_json_leave_the_last_one() {
    let m = Map::new();
    m.insert(&b"\xff"[..], n(1));
    m.insert(&b"\xfe"[..], n(2));
    assert_eq!(plain(&Value::Map(m)), "\u{fffd}: 1");
    let m = Map::new();
    m.insert(&b"\xff"[..], n(1));
    assert_eq!(pretty(&Value::Map(m)), "!!binary /w==: 1");
}

#[test]
fn values_that_hold_themselves_are_errors() {
    let m = Map::new();
    m.insert("m", Value::Map(m.clone()));
    let v = Value::Map(m.clone());
    let mut out = b"kept".to_vec();
    assert!(marshal_to(&mut out, &v).is_err());
    assert_eq!(out, b"kept");
    assert!(marshal_pretty(&v).is_err());
    m.remove(b"m");
}

/// `struct { KubeVersion string; Hidden []byte }` with JSON's names, `Hidden` omitted.
#[derive(Debug)]
struct Caps;

impl Object for Caps {
    fn type_name(&self) -> Cow<'static, str> {
        "*caps".into()
    }

    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("KubeVersion", s("v1.32")), ("Hidden", Value::Bytes(b""[..].into()))]
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        Some(vec![("b".into(), s("v1.32")), ("a".into(), n(1))])
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A type with `MarshalJSON`, or `time.Time`.
#[derive(Debug)]
struct Moment(&'static str);

impl Object for Moment {
    fn type_name(&self) -> Cow<'static, str> {
        self.0.into()
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn string(&self) -> Option<Str> {
        Some("2020-03-04T00:00:00Z".into())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[test]
fn structs_show_their_json_names_or_their_go_names() {
    let caps = list([Value::Object(Rc::new(Caps))]);
    assert_eq!(plain(&caps), "- a: 1\n  b: v1.32");
    assert_eq!(pretty(&caps), "- kubeversion: v1.32\n  hidden: []");
}

#[test]
fn times_are_strings_in_json_and_timestamps_without_it() {
    let time = Value::Object(Rc::new(Moment("time.Time")));
    assert_eq!(plain(&time), "\"2020-03-04T00:00:00Z\"");
    assert_eq!(pretty(&time), "2020-03-04T00:00:00Z");
    let version = Value::Object(Rc::new(Moment("*semver.Version")));
    assert_eq!(pretty(&version), "\"2020-03-04T00:00:00Z\"");
}

#[test]
fn what_is_written_reads_back_as_the_same_string() {
    // But for the key `<<`, which go-yaml writes without quotes and then takes for a merge.
    const PIECES: &[&str] = &[
        "a",
        "word",
        "yes",
        "null",
        "0",
        "1_0",
        "0x1F",
        "1e3",
        "12:30",
        "2001-01-01",
        ".5",
        "-",
        ":",
        ": ",
        " #",
        "?",
        ",",
        "[",
        "]",
        "{",
        "}",
        "&",
        "*",
        "!",
        "|",
        ">",
        "'",
        "\"",
        "%",
        "@",
        "`",
        "~",
        "=",
        "\\",
        " ",
        "  ",
        "\t",
        "\n",
        "\n\n",
        "\r",
        "\0",
        "\u{1b}",
        "é",
        "日本",
        "😀",
        "\u{feff}",
        "\u{a0}",
        "lorem ipsum dolor sit amet ",
        "---",
        "...",
    ];
    let mut seed = 1u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for _ in 0..5_000 {
        let text: String = (0..random(12)).map(|_| PIECES[random(PIECES.len())]).collect();
        let v = map([("a", list([s(&text), map([(&text, s(&text))])]))]);
        let read = super::unmarshal(&marshal(&v).unwrap());
        let read = read.unwrap_or_else(|e| panic!("{e} in {}", plain(&v)));
        // One value compares by its text: maps are in order, and every scalar here is a string.
        assert_eq!(format!("{read:?}"), format!("{v:?}"), "{}", plain(&v));
    }
}

/// A map or list of texts of `emit_strings.tsv`, as keys too, made of what `random` gives.
fn made_of(texts: &[String], random: &mut impl FnMut(usize) -> usize, depth: usize) -> Value {
    let most = if depth == 0 { 6 } else { 4 };
    let count = random(most);
    match random(if depth < 4 { 5 } else { 3 }) {
        0 if depth > 0 => Value::int(random(1000) as i64),
        1 | 2 if depth > 0 => s(&texts[random(texts.len())]),
        0..4 => {
            let map = Map::new();
            for _ in 0..count {
                let name = match random(3) {
                    0 => texts[random(texts.len())].clone(),
                    _ => format!("key{}", random(9)),
                };
                map.insert(&*name, made_of(texts, random, depth + 1));
            }
            Value::Map(map)
        }
        _ => {
            let items = (0..count).map(|_| made_of(texts, random, depth + 1)).collect();
            Value::List(List::new(Elem::Any, items))
        }
    }
}

/// Leaves out what `outline_written` does not tell: that a map or list is empty, and where a value's first line is.
fn plain_outline(outline: &Outline) -> String {
    match &outline.part {
        Part::Map(entries) if !entries.is_empty() => {
            let all = entries.iter().map(|e| {
                format!("{}@{}:{}", e.key.escape_ascii(), e.line, plain_outline(&e.value))
            });
            format!("{{{}}}", all.collect::<Vec<_>>().join(","))
        }
        Part::List(items) if !items.is_empty() => {
            let all = items.iter().map(|i| format!("{}:{}", i.line, plain_outline(i)));
            format!("[{}]", all.collect::<Vec<_>>().join(","))
        }
        _ => "-".into(),
    }
}

#[test]
fn what_is_written_is_outlined_as_the_parser_outlines_it() {
    let texts: Vec<String> = include_str!("emit_strings.tsv")
        .lines()
        .map(|row| unescape(row.split('\t').next().unwrap()))
        // What ends a line for the parser alone.
        .filter(|text| !text.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}']))
        .collect();
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut tried, mut found) = (0, 0);
    for _ in 0..3000 {
        let value = made_of(&texts, &mut random, 0);
        for text in [marshal(&value), marshal_pretty(&value)].into_iter().flatten() {
            // Of no text but `{}` and `[]`, and of those that the parser does not take, nothing is said.
            let Ok(Some(parsed)) = outline(&text) else { continue };
            tried += 1;
            let Some(own) = outline_written(&text) else { continue };
            found += 1;
            let shown = text.escape_ascii();
            assert_eq!(plain_outline(&own), plain_outline(&parsed), "{shown}");
        }
    }
    assert!(found > tried / 3, "{found} of {tried}");
}
