//! `cases.tsv` was printed by Go 1.23's `fmt` (`f` Sprintf, `p` Sprint, `l` Sprintln) from values of
//! the same names as below, which stand in tests/go/standard.go; `tests/tables.py` prints it anew.

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

use super::*;
use crate::strconv::unquote;
use crate::value::{Elem, IntKind, Kind, List, Map, Object, STRING_MAP, Str, UintKind};

#[derive(Debug)]
struct Fake {
    type_name: &'static str,
    kind: Kind,
    nil: bool,
    fields: Vec<(&'static str, Value)>,
    string: Option<&'static str>,
    json: Value,
}

impl Object for Fake {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.type_name)
    }
    fn kind(&self) -> Kind {
        self.kind
    }
    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.fields.clone()
    }
    fn is_nil(&self) -> bool {
        self.nil
    }
    fn string(&self) -> Option<Str> {
        self.string.map(Str::from_static)
    }
    fn json_value(&self) -> Value {
        self.json.clone()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn object(
    type_name: &'static str,
    kind: Kind,
    fields: Vec<(&'static str, Value)>,
    string: Option<&'static str>,
) -> Value {
    let json = Value::Nil;
    Value::Object(Rc::new(Fake { type_name, kind, nil: false, fields, string, json }))
}

fn point(kind: Kind, name: &str, n: i64, any: Value) -> Value {
    let type_name = if kind == Kind::Ptr { "*chart.pt" } else { "chart.pt" };
    object(type_name, kind, vec![("Name", name.into()), ("N", Value::int(n)), ("Any", any)], None)
}

fn stringer(v: &'static str, string: &'static str) -> Value {
    object("chart.st", Kind::Struct, vec![("V", v.into())], Some(string))
}

fn map(entries: Vec<(&str, Value)>) -> Value {
    Value::Map(Map::from_entries(
        &crate::value::ANY_MAP,
        entries.into_iter().map(|(k, v)| (k.into(), v)),
    ))
}

fn value(name: &str) -> Value {
    let ints = |ns: &[i64]| ns.iter().map(|&n| Value::int(n)).collect::<Vec<_>>();
    match name {
        "nil" => Value::Nil,
        "true" => Value::Bool(true),
        "int0" => Value::int(0),
        "int42" => Value::int(42),
        "intneg" => Value::int(-7),
        "i64" => Value::int64(1 << 40),
        "i8" => Value::Int(IntKind::Int8, -3),
        "u8" => Value::Uint(UintKind::Uint8, 200),
        "u64" => Value::Uint(UintKind::Uint64, u64::MAX),
        "minint" => Value::int64(i64::MIN),
        "f1" => Value::Float(1.0),
        "fhalf" => Value::Float(0.5),
        "f1e6" => Value::Float(1e6),
        "f123" => Value::Float(123456.789),
        "fneg" => Value::Float(-2.5e-7),
        "finf" => Value::Float(f64::INFINITY),
        "fninf" => Value::Float(f64::NEG_INFINITY),
        "fnan" => Value::Float(f64::NAN),
        "f0" => Value::Float(0.0),
        "s" => "hi".into(),
        "sempty" => "".into(),
        "suni" => "héllo 日本".into(),
        "sbad" => Value::from(b"a\xffb\"\n".to_vec()),
        "stick" => "a`b".into(),
        "bytes" => Value::Bytes(std::sync::Arc::from(&b"ab\0"[..])),
        "bytes0" => Value::Bytes(std::sync::Arc::from(&b""[..])),
        "dur" => Value::Int(IntKind::Duration, 90_500_000_000),
        "dur0" => Value::Int(IntKind::Duration, 0),
        "durus" => Value::Int(IntKind::Duration, -1500),
        "month" => Value::Int(IntKind::Month, 3),
        "badmonth" => Value::Int(IntKind::Month, 13),
        "wday" => Value::Int(IntKind::Weekday, 0),
        "badwday" => Value::Int(IntKind::Weekday, -1),
        "list" => Value::list(vec![
            Value::int(1),
            "a".into(),
            Value::Nil,
            Value::Float(2.5),
            Value::Bool(true),
        ]),
        "listint" => Value::list(ints(&[1, 2])),
        "empty" => Value::list(vec![]),
        "nillist" => Value::List(List::nil(Elem::Any)),
        "strs" => Value::List(List::strings(["a", "b c"])),
        "ints" => Value::List(List::new(Elem::Int, ints(&[1, -2]))),
        "lists" => Value::List(List::new(
            Elem::AnyList,
            vec![Value::list(ints(&[1])), Value::list(vec!["x".into()])],
        )),
        "map" => map(vec![
            ("b", Value::int(1)),
            ("a", "x".into()),
            ("c", Value::Nil),
            ("d", Value::list(ints(&[1]))),
        ]),
        "emptymap" => map(vec![]),
        "nilmap" => Value::Map(Map::nil(&crate::value::ANY_MAP)),
        "strmap" => Value::Map(Map::from_entries(
            &STRING_MAP,
            [("k", "v"), ("j", "w")].map(|(k, v)| (Str::from(k), Value::from(v))),
        )),
        "nested" => map(vec![(
            "m",
            map(vec![
                ("x", Value::Bytes(std::sync::Arc::from(&b"z"[..]))),
                ("d", Value::Int(IntKind::Duration, 1_000_000_000)),
            ]),
        )]),
        "struct" => point(Kind::Struct, "n", 3, Value::Nil),
        "ptr" => point(Kind::Ptr, "n", 3, "x".into()),
        "stringer" => stringer("q", "st<q>"),
        "nilptr" => Value::Object(Rc::new(Fake {
            type_name: "*chart.pt",
            kind: Kind::Ptr,
            nil: true,
            fields: vec![],
            string: None,
            json: Value::Nil,
        })),
        "instruct" => point(Kind::Struct, "o", 1, stringer("i", "st<i>")),
        "namedlist" => Value::Object(Rc::new(Fake {
            type_name: "chart.named",
            kind: Kind::Slice,
            nil: false,
            fields: vec![],
            string: None,
            json: Value::List(List::strings(["v1", "v2"])),
        })),
        other => panic!("no value {other}"),
    }
}

#[test]
fn values_print_as_go_prints_them() {
    let mut wrong = String::new();
    for row in include_str!("cases.tsv").lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        let args: Vec<Value> = cells[2].split(',').filter(|n| !n.is_empty()).map(value).collect();
        let got = match cells[0] {
            "f" => sprintf(&unquote(cells[1].as_bytes()).unwrap(), &args),
            "p" => sprint(&args),
            _ => sprintln(&args),
        };
        let got = got.unwrap();
        if got != unquote(cells[3].as_bytes()).unwrap() {
            let got = crate::strconv::quote_ascii(&got);
            wrong += &format!("{row}\n  got {}\n", String::from_utf8_lossy(&got));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn pointers_below_the_operand_print_as_addresses() {
    let inner = point(Kind::Ptr, "n", 3, Value::Nil);
    let list = Value::list(vec![inner]);
    let bad = sprintf(b"%s", std::slice::from_ref(&list)).unwrap();
    assert_eq!(bad, b"[%!s(*chart.pt=&{n 3 <nil>})]", "all of it where the verb does not suit");
    assert!(sprint(std::slice::from_ref(&list)).unwrap().starts_with(b"[0xc000"));
    assert!(sprintf(b"%#v", &[list]).unwrap().starts_with(b"[]interface {}{(*chart.pt)(0xc000"));
}

#[test]
fn a_map_that_holds_itself_is_an_error() {
    let m = Map::new();
    for key in ["a", "b", "c"] {
        m.insert(key, Value::Map(m.clone()));
    }
    assert_eq!(sprint(&[Value::Map(m.clone())]), Err(PrintError::Cycle));
    // Break the cycle, which reference counts would keep alive.
    for key in m.keys() {
        m.remove(&key);
    }
}

#[test]
fn a_deep_value_prints_whole_and_one_too_deep_is_an_error() {
    let nested = |levels: usize| (0..levels).fold(Value::Nil, |v, _| Value::list(vec![v]));
    let text = sprint(&[nested(100_000)]).unwrap();
    assert_eq!(text.len(), 2 * 100_000 + "<nil>".len());
    let too_deep = nested(crate::stack::MAX_DEPTH + 10);
    assert_eq!(super::text(&too_deep), Err(PrintError::TooDeep));
}

#[test]
fn lists_without_elements_are_no_cycle() {
    let nested = (0..2000)
        .fold(Value::list(Vec::new()), |v, _| Value::list(vec![Value::list(Vec::new()), v]));
    assert!(sprint(&[nested]).is_ok());
}

#[test]
fn every_byte_prints_as_its_number() {
    let bytes: Vec<u8> = (0..=255).collect();
    let want: Vec<String> = bytes.iter().map(u8::to_string).collect();
    let printed = sprint(&[Value::Bytes(std::sync::Arc::from(&bytes[..]))]).unwrap();
    assert_eq!(String::from_utf8_lossy(&printed), format!("[{}]", want.join(" ")));
}

#[test]
fn what_is_printed_later_is_what_would_have_been_printed() {
    let bytes = |n: usize| Value::Bytes((0..n).map(|i| i as u8).collect());
    for sizes in [[0, 0, 0], [3, 5000, 3], [5000, 1023, 1024], [2000, 2000, 2000]] {
        let list = Value::list(sizes.map(bytes).to_vec());
        let map = Map::new();
        for (i, key) in ["", "b", "a long name"].into_iter().enumerate() {
            map.insert(key, bytes(sizes[i]));
        }
        map.insert("list", list.clone());
        for (i, value) in [bytes(sizes[1]), list, Value::Map(map.clone())].iter().enumerate() {
            let now = Str::from(sprint(std::slice::from_ref(value)).unwrap());
            let (later, again) = (super::text(value).unwrap(), super::text(value).unwrap());
            assert_eq!(later.cmp(&again), std::cmp::Ordering::Equal);
            assert!(later == again);
            // What changes afterwards does not count.
            map.insert("list", Value::int(i as i64));
            assert_eq!(later.cmp(&Str::from("map[")), now.cmp(&Str::from("map[")));
            assert!(later.clone() == now, "{sizes:?}");
            assert_eq!(later.cmp(&now), std::cmp::Ordering::Equal);
        }
    }
}

#[test]
fn texts_to_be_printed_later_are_told_apart() {
    let with =
        |byte: u8, n: usize| Value::list(vec![Value::from("eight bytes"), bytes_of(byte, n)]);
    let texts = [with(7, 1024), with(7, 1025), with(8, 1024), with(70, 1024)]
        .map(|v| super::text(&v).unwrap());
    for (i, one) in texts.iter().enumerate() {
        for (j, two) in texts.iter().enumerate() {
            assert_eq!(one == two, i == j);
            assert_eq!(one.cmp(two), one.as_bytes().cmp(two.as_bytes()));
        }
    }
    // Other bytes of the same content.
    assert!(super::text(&with(7, 1024)).unwrap() == texts[0]);
}

fn bytes_of(byte: u8, n: usize) -> Value {
    Value::Bytes(vec![byte; n].into())
}
