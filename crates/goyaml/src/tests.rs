//! Expected values and texts come from runs of sigs.k8s.io/yaml 1.4.0.

use super::error::YamlError;
use super::read::read_slowly;
use super::scan_input::simple_text;
use super::{
    Field, compose_fast, decode, decode_fields, json_can_hold, scalar_to_string, unmarshal,
    unmarshal_map, unmarshal_strict,
};
use gostd::value::{ANY_MAP, IntKind, Map, Str, UintKind, Value};

pub(super) const VALUES: &[(&str, &str)] = &[
    ("", "null"),
    ("# only a comment\n", "null"),
    ("---\n", "null"),
    ("---\n---\na: 1", "null"),
    ("a: 1\n---\nb: 2\n", "{\"a\":1}"),
    ("a: 1\n...\n@@@", "{\"a\":1}"),
    ("\u{feff}a: 1", "{\"a\":1}"),
    ("\u{feff}\u{feff}a: 1\n", "{\"a\":1}"),
    (
        "a: 1\nb: text here # comment\nc: 'it''s'\nd: \"x\\ty\\u00e9\\n\"\n",
        "{\"a\":1,\"b\":\"text here\",\"c\":\"it's\",\"d\":\"x\\tyé\\n\"}",
    ),
    (
        "a: yes\nb: off\nc: y\non: 1\n1: 2\n1.5: 3\n0x10: 4\n",
        "{\"1\":2,\"1.5\":3,\"16\":4,\"a\":true,\"b\":false,\"c\":true,\"true\":1}",
    ),
    (
        "a: 0777\nb: 0o17\nc: 1_000\nd: 1e3\ne: 1:30\nf: 2001-01-01\ng: 12345678901234567890\nh: 0.1\ni: -0.0\n",
        "{\"a\":511,\"b\":15,\"c\":1000,\"d\":1000,\"e\":\"1:30\",\"f\":\"2001-01-01\",\"g\":12345678901234567000,\"h\":0.1,\"i\":-0}",
    ),
    (
        "a: ~\nb: null\nc:\nd: ''\ne: Null\nf: nil\n",
        "{\"a\":null,\"b\":null,\"c\":null,\"d\":\"\",\"e\":null,\"f\":\"nil\"}",
    ),
    ("a: one\n  two\n\n  three\nb: x\n", "{\"a\":\"one two\\nthree\",\"b\":\"x\"}"),
    ("a: \"one\n  two\n\n  three\\\n  four\"\n", "{\"a\":\"one two\\nthreefour\"}"),
    ("a: 'x\n\n  y '\n", "{\"a\":\"x\\ny \"}"),
    (
        "a: |\n  x\n   y\n\n  z\n\nb: |-\n  x\n\nc: |+\n  x\n\nd: end\n",
        "{\"a\":\"x\\n y\\n\\nz\\n\",\"b\":\"x\",\"c\":\"x\\n\\n\",\"d\":\"end\"}",
    ),
    (
        "a: >\n  x\n  y\n\n  z\n    more\n  w\nb: >-\n  x\n  y\n",
        "{\"a\":\"x y\\nz\\n  more\\nw\\n\",\"b\":\"x y\"}",
    ),
    ("a: |2\n   x\n  y\n", "{\"a\":\" x\\ny\\n\"}"),
    ("a: |\nb: |\n\n  \n  x\n", "{\"a\":\"\",\"b\":\"\\n\\nx\\n\"}"),
    ("a: |\n  no newline at end", "{\"a\":\"no newline at end\"}"),
    (
        "- a\n- b: 1\n  c: 2\n-\n- - x\n  - y\n-   d: 4\n",
        "[\"a\",{\"b\":1,\"c\":2},null,[\"x\",true],{\"d\":4}]",
    ),
    ("a:\n- 1\n- 2\nb:\n  - 3\n", "{\"a\":[1,2],\"b\":[3]}"),
    (
        "a: [1, 'x', \"y\", z w, {b: c, d: }, [], ]\nb: {}\nc: {\"j\":1,\"k\":[true,null]}\n",
        "{\"a\":[1,\"x\",\"y\",\"z w\",{\"b\":\"c\",\"d\":null},[]],\"b\":{},\"c\":{\"j\":1,\"k\":[true,null]}}",
    ),
    ("a: [\n  1, # one\n  2\n]\n", "{\"a\":[1,2]}"),
    (
        "a: &x {b: 1}\nc: *x\nd: &y [*x]\ne: *y\n",
        "{\"a\":{\"b\":1},\"c\":{\"b\":1},\"d\":[{\"b\":1}],\"e\":[{\"b\":1}]}",
    ),
    (
        "a: &x {k: 1, l: 2}\nb:\n  k: 0\n  <<: *x\n  l: 3\n",
        "{\"a\":{\"k\":1,\"l\":2},\"b\":{\"k\":1,\"l\":3}}",
    ),
    (
        "a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc:\n  <<: [*x, *y]\n",
        "{\"a\":{\"k\":1},\"b\":{\"k\":2,\"m\":3},\"c\":{\"k\":1,\"m\":3}}",
    ),
    ("\"<<\": 1\n", "{\"<<\":1}"),
    (
        "a: !!str 1\nb: !!int \"2\"\nc: !!float 3\nd: !custom x\ne: ! 4\nf: !!binary aGk=\ng: !!timestamp 2001-01-01\n",
        "{\"a\":\"1\",\"b\":2,\"c\":3,\"d\":\"x\",\"e\":\"4\",\"f\":\"hi\",\"g\":\"2001-01-01\"}",
    ),
    ("%YAML 1.1\n%TAG !e! tag:yaml.org,2002:\n---\na: !e!int '3'\n", "{\"a\":3}"),
    ("? a\n: b\n? c\n", "{\"a\":\"b\",\"c\":null}"),
    ("a: 1\na: 2\n", "{\"a\":2}"),
    (
        "a: http://x:80/\nb: x#y\nc: -1\nd: -x\ne: :y\nf: ?z\n",
        "{\"a\":\"http://x:80/\",\"b\":\"x#y\",\"c\":-1,\"d\":\"-x\",\"e\":\":y\",\"f\":\"?z\"}",
    ),
    ("a:\r\n  b: 1\r\n  c: |\r\n    x\r\n", "{\"a\":{\"b\":1,\"c\":\"x\\n\"}}"),
    ("[a, b: c]", "[\"a\",{\"b\":\"c\"}]"),
    ("{a, b: c}", "{\"a\":null,\"b\":\"c\"}"),
    ("[]: x", "[]"),
    ("plain\nscalar\n", "\"plain scalar\""),
    ("a:\tb\n", "{\"a\":\"b\"}"),
    ("a: {b: 1}   \n", "{\"a\":{\"b\":1}}"),
    (
        "key with spaces: v\n\"quoted key\": v\n'k': v\n-k: v\n",
        "{\"-k\":\"v\",\"k\":\"v\",\"key with spaces\":\"v\",\"quoted key\":\"v\"}",
    ),
    ("a: é日本\né: ü\n", "{\"a\":\"é日本\",\"é\":\"ü\"}"),
    ("a : b\n", "{\"a\":\"b\"}"),
    ("'a' : b\n", "{\"a\":\"b\"}"),
    ("a: \"\\x41\\U0001F600\\_\\N\\L\\e\"\n", "{\"a\":\"A😀\\u{a0}\\u{85}\\u{2028}\\u{1b}\"}"),
];

const ERRORS: &[(&[u8], &str)] = &[
    (b"a: b: c", "yaml: mapping values are not allowed in this context"),
    (b"x: 1\na: b: c", "yaml: line 2: mapping values are not allowed in this context"),
    (b"a: 1\n b: 2\n", "yaml: line 2: mapping values are not allowed in this context"),
    (b"a: 1\n  b: 2\nc: 3", "yaml: line 2: mapping values are not allowed in this context"),
    (b"a:\n  - b\n c\n", "yaml: line 2: did not find expected key"),
    (b"- a\nb: 1\n", "yaml: line 1: did not find expected '-' indicator"),
    (b"a: [1, 2\nb: 3\n", "yaml: line 1: did not find expected ',' or ']'"),
    (b"a: {b: 1\nc: 2\n", "yaml: line 1: did not find expected ',' or '}'"),
    (b"a: \"x\ny: 1\n", "yaml: line 3: found unexpected end of stream"),
    (b"a: 'x", "yaml: found unexpected end of stream"),
    (b"\ta: 1", "yaml: found character that cannot start any token"),
    (b"a:\n\tb: 1\n", "yaml: line 2: found character that cannot start any token"),
    (b"x: 1\na: @b\n", "yaml: line 2: found character that cannot start any token"),
    (b"a: `b`\n", "yaml: found character that cannot start any token"),
    (b"a: %b\n", "yaml: found character that cannot start any token"),
    (b"a: *x\n", "yaml: unknown anchor 'x' referenced"),
    (b"a: &\n", "yaml: did not find expected alphabetic or numeric character"),
    (b"a: b\nc\nd: 1\n", "yaml: line 3: could not find expected ':'"),
    (b"a: !x!y z\n", "yaml: found undefined tag handle"),
    (b"%YAML 2.0\n---\na: 1", "yaml: found incompatible YAML document"),
    (b"%FOO\n---\n", "yaml: found unknown directive name"),
    (b"%YAML 1.1\na: 1", "yaml: line 1: did not find expected <document start>"),
    (b"a: |x\n  y\n", "yaml: did not find expected comment or line break"),
    (b"a: |0\n  y\n", "yaml: found an indentation indicator equal to 0"),
    (
        b"a: |\n  \tx\n \ty\n",
        "yaml: line 2: found a tab character where an indentation space is expected",
    ),
    (b"a: \"\\q\"", "yaml: found unknown escape character"),
    (b"a: \"\\xZZ\"", "yaml: did not find expected hexdecimal number"),
    (b"a: \"\\uD800\"", "yaml: found invalid Unicode character escape code"),
    (b"- - a\n - b\n", "yaml: line 1: did not find expected '-' indicator"),
    (b"? [a]\n: b", "yaml: invalid map key: []interface {}{\"a\"}"),
    (
        b"{{ x }}: 1",
        "yaml: invalid map key: map[interface {}]interface {}{\"x\":interface {}(nil)}",
    ),
    (
        b"a: {{ x }}",
        "yaml: invalid map key: map[interface {}]interface {}{\"x\":interface {}(nil)}",
    ),
    (
        b"a: {{ .Values.x }}\n",
        "yaml: invalid map key: map[interface {}]interface {}{\".Values.x\":interface {}(nil)}",
    ),
    (b"~: 1", "unsupported map key of type: %!s(<nil>), key: <nil>, value: 1"),
    (
        b"18446744073709551615: 1",
        "unsupported map key of type: uint64, key: 0xffffffffffffffff, value: 1",
    ),
    (b"a: .inf", "json: unsupported value: +Inf"),
    (b"a: [.nan]", "json: unsupported value: NaN"),
    (b"a: !!int x", "yaml: cannot decode !!str `x` as a !!int"),
    (b"a: !!binary '*'", "yaml: !!binary value contains invalid base64 data"),
    (b"a: &x [*x]", "yaml: anchor 'x' value contains itself"),
    (b"a: &x {<<: *x}", "yaml: anchor 'x' value contains itself"),
    (b"<<: 1", "yaml: map merge requires map or sequence of maps as the value"),
    (b"<<: [1]", "yaml: map merge requires map or sequence of maps as the value"),
    (b"a: \x01", "yaml: control characters are not allowed"),
    (b"a: \x7f", "yaml: control characters are not allowed"),
    (b"a: 1\n-b: 2\n- c", "yaml: line 2: did not find expected key"),
    (b"a: 'x\n---\ny'", "yaml: line 2: found unexpected document indicator"),
    (b"a: - b", "yaml: block sequence entries are not allowed in this context"),
    (b"a: 1\n? b\n c: d: e", "yaml: line 3: mapping values are not allowed in this context"),
    (b"a: ]", "yaml: did not find expected node content"),
    (b"x:\n  {a: b}}", "yaml: line 1: did not find expected key"),
    (b"a: b\n  c: d\n", "yaml: line 2: mapping values are not allowed in this context"),
    (b"- {a: b\n", "yaml: line 1: did not find expected ',' or '}'"),
    (b"a: \xef\xbf\xbe", "yaml: control characters are not allowed"),
    (b"a: \xff", "yaml: invalid leading UTF-8 octet"),
    (b"a: \xc3", "yaml: incomplete UTF-8 octet sequence"),
    (b"a: \xc3(", "yaml: invalid trailing UTF-8 octet"),
    (b"a: \xed\xa0\x80", "yaml: invalid Unicode character"),
    (b"a: \xc0\x80", "yaml: invalid length of a UTF-8 sequence"),
    (b"\xff\xfea", "yaml: incomplete UTF-16 character"),
    (b"\xff\xfe\x00\xd8a\x00", "yaml: expected low surrogate area"),
];

const STRICT: &[(&str, &str)] = &[
    (
        "a: 1\nb: 2\na: 3\n",
        "error converting YAML to JSON: yaml: unmarshal errors:\n  line 3: key \"a\" already set in map",
    ),
    (
        "a:\n  1: x\n  1: y\n~: 1\n~: 2\n",
        "error converting YAML to JSON: yaml: unmarshal errors:\n  line 3: key 1 already set in map\n  line 5: key <nil> already set in map",
    ),
    (
        "a: {b: 1, b: 2}\n",
        "error converting YAML to JSON: yaml: unmarshal errors:\n  line 1: key \"b\" already set in map",
    ),
];

const MAPS: &[(&str, &str)] = &[
    ("", "{}"),
    ("a: 1", "{\"a\":1}"),
    (
        "[1]",
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}",
    ),
    (
        "x",
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type map[string]interface {}",
    ),
    (
        "1",
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go value of type map[string]interface {}",
    ),
    (
        "true",
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal bool into Go value of type map[string]interface {}",
    ),
    ("~", "{}"),
];

/// Returns the value much as JSON, and whether it says so in one line of a table.
fn show(value: &Value) -> String {
    let join = |parts: Vec<String>| parts.join(",");
    match value {
        Value::Nil => "null".into(),
        Value::Bool(b) => b.to_string(),
        Value::Float(f) => f.to_string(),
        Value::Str(s) => format!("{:?}", s.to_string_lossy()),
        Value::List(items) => format!("[{}]", join(items.iter().map(show).collect())),
        Value::Map(map) => {
            let entry = |(k, v): (&gostd::value::Str, &Value)| format!("{k:?}:{}", show(v));
            format!("{{{}}}", join(map.borrow().iter().map(entry).collect()))
        }
        other => format!("{other:?}"),
    }
}

fn result(result: Result<Value, YamlError>) -> String {
    match result {
        Ok(value) => show(&value),
        Err(error) => error.to_string(),
    }
}

/// Returns the short way, where it gets to the end.
fn read_fast(data: &[u8]) -> Option<Value> {
    Some(compose_fast::document(simple_text(data)?, true, b"")?.0)
}

#[test]
fn texts_under_a_key_are_cut() {
    let text = "description: a text of more than so many bytes\nitems:\n- description: |-\n    the first line is kept\n\n    and no other\n  \
                pattern: |-\n    both\n    lines\n- description: >\n    ends of wörds are kept, too\n- description: one line of it\n    \
                and the other\n- description: \"in quotes, and rather long\"\n- description: 12\n- description:\n    type: this is within a \
                description\n    description: {description: in brackets nothing is cut}\n- description: ''\n";
    let cut = crate::decode_noting(text.as_bytes(), b"description").unwrap().value;
    let want = "description: a text of more than so\nitems:\n- description: the first line is kept\n  pattern: |-\n    both\n    lines\n\
                - description: ends of wörds are kep\n- description: one line of it\n- description: \"in quotes, and rather \"\n\
                - description: 12\n- description:\n    description:\n      description: in brackets nothing is cut\n    \
                type: this is within a description\n- description: \"\"\n";
    let want = crate::decode(want.as_bytes()).unwrap();
    assert_eq!(show(&cut), show(&want));
}

#[test]
fn documents_read_as_in_helm() {
    for (text, want) in VALUES {
        assert_eq!(result(unmarshal(text.as_bytes())), *want, "{text:?}");
        assert_eq!(result(read_slowly(text.as_bytes(), true, false)), *want, "{text:?}");
    }
}

#[test]
fn errors_read_as_in_helm() {
    for (text, want) in ERRORS {
        let want = format!("error converting YAML to JSON: {want}");
        assert_eq!(result(unmarshal(text)), want, "{:?}", bstr::BStr::new(text));
    }
}

#[test]
fn errors_know_their_line() {
    for (text, want) in [
        ("a: b: c", Some(1)),
        ("x: 1\na: b: c", Some(2)),
        ("a: b\n- c\n", Some(2)),
        ("a: [1, 2\nb: 3\n", Some(2)),
        ("~: 1", None),
    ] {
        assert_eq!(unmarshal(text.as_bytes()).unwrap_err().line(), want, "{text:?}");
    }
}

#[test]
fn strict_reading_refuses_keys_that_are_set_twice() {
    for (text, want) in STRICT {
        assert_eq!(result(unmarshal_strict(text.as_bytes())), *want, "{text:?}");
    }
}

#[test]
fn only_maps_and_nothing_are_maps() {
    for (text, want) in MAPS {
        assert_eq!(result(unmarshal_map(text.as_bytes()).map(Value::Map)), *want, "{text:?}");
    }
}

#[test]
fn decoding_keeps_integers() {
    let map = decode(b"a: 12\nb: 18446744073709551615\nc: 1.0\n").unwrap().as_map().unwrap();
    assert!(matches!(map.get(b"a"), Some(Value::Int(IntKind::Int64, 12))));
    assert!(matches!(map.get(b"b"), Some(Value::Uint(UintKind::Uint64, u64::MAX))));
    assert!(matches!(map.get(b"c"), Some(Value::Float(1.0))));
}

#[test]
fn scalars_become_strings_as_in_typed_fields() {
    for (text, want) in [
        ("1.10", Some("1.1")),
        ("1", Some("1")),
        ("0x10", Some("16")),
        ("1e3", Some("1000")),
        ("1e6", Some("1e+06")),
        ("0.00001", Some("1e-05")),
        ("3.14159265358979", Some("3.1415927")),
        (".inf", Some("+Inf")),
        ("yes", Some("true")),
        ("v1", Some("v1")),
        ("~", None),
        ("[]", None),
    ] {
        let value = decode(text.as_bytes()).unwrap();
        let got = scalar_to_string(&value).map(|s| s.to_string());
        assert_eq!(got.as_deref(), want, "{text}");
    }
}

#[test]
fn deep_documents_are_refused() {
    let flow = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(unmarshal(flow(10_000).as_bytes()).is_ok());
    let maps = "{a: ".repeat(10_000) + &"}".repeat(10_000);
    assert!(unmarshal(maps.as_bytes()).is_ok());
    assert!(decode(maps.as_bytes()).is_ok());
    assert!(unmarshal("- ".repeat(10_000).as_bytes()).is_ok());
    // What was read of a document with a mistake, and a key that is shown.
    assert!(unmarshal(format!("[{}, {{{{}}: 1}}]", flow(9000)).as_bytes()).is_err());
    assert!(unmarshal(format!("{{{}: 1}}", flow(9000)).as_bytes()).is_err());
    assert!(unmarshal(format!("{{a: {}, null: 1}}", flow(9000)).as_bytes()).is_err());
    // More in both ways together than JSON takes.
    let both = "- ".repeat(6000) + &flow(6000);
    let aliases = format!("- &a {}\n- {}*a{}", flow(6000), "[".repeat(6000), "]".repeat(6000));
    for text in [both, aliases] {
        let want = "error unmarshaling JSON: while decoding JSON: invalid character '[' exceeded \
                    max depth";
        assert_eq!(result(unmarshal(text.as_bytes())), want);
    }
    let want = "error converting YAML to JSON: yaml: exceeded max depth of 10000";
    assert_eq!(result(unmarshal("[".repeat(20_000).as_bytes())), want);
    assert_eq!(result(unmarshal("- ".repeat(20_000).as_bytes())), want);
}

#[test]
fn billions_of_laughs_are_refused() {
    let mut text = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (last, next) in "abcdefgh".chars().zip("bcdefghi".chars()) {
        text += &format!("{next}: &{next} [{}]\n", vec![format!("*{last}"); 10].join(", "));
    }
    let want = "error converting YAML to JSON: yaml: document contains excessive aliasing";
    assert_eq!(result(unmarshal(text.as_bytes())), want);
}

/// Texts from the tables, cut, joined and disturbed.
#[test]
fn both_ways_agree_and_nothing_panics() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % below.max(1)
    };
    let texts: Vec<&[u8]> = VALUES
        .iter()
        .map(|(text, _)| text.as_bytes())
        .chain(ERRORS.iter().map(|(text, _)| *text))
        .collect();
    let bytes = b" \n\t:-#'\"[]{},&*!|>%@`?\\0a\r\x00\xff\xc2\x85\xef\xbb\xbf";
    let mut read_both_ways = 0;
    let mut fields_read = 0;
    let mut read_later = 0;
    for _ in 0..20_000 {
        let mut text = Vec::new();
        for _ in 0..=random(3) {
            let part = texts[random(texts.len())];
            let start = random(part.len() + 1);
            text.extend_from_slice(&part[if random(2) == 0 { 0 } else { start }..]);
        }
        if random(20) == 0 {
            text.splice(..0, "\u{feff}\u{feff}".bytes());
        }
        for _ in 0..random(4) {
            let at = random(text.len());
            match random(3) {
                0 => text.insert(at, bytes[random(bytes.len())]),
                1 => text.truncate(at),
                _ if at < text.len() => text[at] = bytes[random(bytes.len())],
                _ => {}
            }
        }
        let slow = read_slowly(&text, true, false);
        if let Some(later) = compose_fast::document_later(&Str::from(&text[..]), random(16)) {
            read_later += 1;
            assert_eq!(show(&later), result(slow.clone()), "{:?}", bstr::BStr::new(&text));
        }
        if let Some(fast) = read_fast(&text) {
            read_both_ways += 1;
            assert_eq!(show(&fast), result(slow), "{:?}", bstr::BStr::new(&text));
        }
        if let Some(fields) = decode_fields(&text, FIELDS) {
            fields_read += 1;
            let all = read_slowly(&text, false, false).unwrap();
            assert!(json_can_hold(&all).is_ok(), "{:?}", bstr::BStr::new(&text));
            let (fields, all) = (only(&fields, FIELDS), only(&all, FIELDS));
            assert_eq!(show(&fields), show(&all), "{:?}", bstr::BStr::new(&text));
        }
    }
    assert!(read_both_ways > 1_000, "{read_both_ways}");
    assert!(fields_read > 500, "{fields_read}");
    assert!(read_later > 500, "{read_later}");
}

const FIELDS: &[Field] = &[
    Field { name: b"A", inner: &[] },
    Field { name: b"b", inner: &[Field { name: b"c", inner: &[] }] },
];

/// Returns the wanted fields of a value.
fn only(value: &Value, wanted: &[Field]) -> Value {
    let Value::Map(map) = value else { return value.clone() };
    if wanted.is_empty() {
        return value.clone();
    }
    let kept = map.entries().into_iter().filter_map(|(key, value)| {
        let field = wanted.iter().find(|f| key.eq_ignore_ascii_case(f.name))?;
        Some((key, only(&value, field.inner)))
    });
    Value::Map(Map::from_entries(&ANY_MAP, kept))
}

#[test]
fn wanted_fields_are_read_and_the_others_checked() {
    for (text, want) in [
        ("a: 1\nx: [1, 2]\nb:\n  c: {d: [1]}\n  e: f", "{a: 1, b: {c: {d: [1]}}}"),
        ("# x\n---\nB: {e: 1}\na:\nx:\n- 1\n- b: |\n    x\n\n   \ny: 'q''s'", "{B: {e: 1}, a: }"),
        ("b:\na: y\nA: .5", "{A: .5, a: y, b: }"),
        ("x: a\n  b\ny: >-\n  t\n", "{}"),
        ("", "null"),
    ] {
        let fields = decode_fields(text.as_bytes(), FIELDS).unwrap_or_else(|| panic!("{text:?}"));
        let want = decode(want.as_bytes()).unwrap();
        assert_eq!(show(&fields), show(&want), "{text:?}");
    }
    for text in [
        "a: 1\nx: [1, 2",
        "a: 1\nx: .inf",
        "x: {y: [-.INF]}",
        "a: .nan",
        "x: *a",
        "x: \"\\q\"",
        "- a",
        "a",
        "\"a\": 1",
        "b:\n- 1",
        "a: 1\nx:\n\ty: 1",
        "a: 1\n b: 2",
        "x: 1\n<<: {}",
        "~: 1",
    ] {
        assert!(decode_fields(text.as_bytes(), FIELDS).is_none(), "{text:?}");
    }
}

/// What charts are made of goes the short way.
#[test]
fn common_documents_are_read_the_short_way() {
    for text in [
        "# comment\n\na: 1\nb:\n  c: [1, {d: e}]\n  f: {}\n\n  # more\n  g: |-\n    x\n     y\nh: \"q\\n\"\n",
        "---\napiVersion: v1\nkind: List\nitems:\n- a: b\n  c: >\n    x\n- 'it''s'\n- - 1\n",
        "a: one\n  two\n\n  three\nb: \"one\n\n  two \\\n  three\"\nc:\n",
        "{\"a\": [1, 2.5, true, null], \"b\": {\"c\": \"d\"}}\n",
        "\u{feff}a: é\n",
        "",
    ] {
        let value = read_fast(text.as_bytes()).unwrap_or_else(|| panic!("{text:?}"));
        assert_eq!(show(&value), result(read_slowly(text.as_bytes(), true, false)), "{text:?}");
    }
}

#[test]
fn errors_do_not_widen_what_scanner_and_emitter_return() {
    assert_eq!(size_of::<super::YamlError>(), size_of::<usize>());
    assert!(size_of::<Result<(), super::EmitError>>() <= size_of::<Result<(), String>>());
}
