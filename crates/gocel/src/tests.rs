//! `cases.tsv` was printed by cel-go 0.29.2, with the extensions that Kubernetes 1.37 has (tests/tables.py).

use crate::{Budget, Key, Library, ListKind, Members, Program, Reason, Val};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Writes a value as the generator of the tables does.
pub(crate) fn shown(value: &Val) -> String {
    let quoted =
        |bytes: &[u8]| String::from_utf8_lossy(&gostd::strconv::quote_ascii(bytes)).into_owned();
    match value {
        Val::Null => "null".to_owned(),
        Val::Bool(b) => b.to_string(),
        Val::Int(n) => n.to_string(),
        Val::Uint(n) => format!("{n}u"),
        Val::Double(f) => format!("{}d", gostd::strconv::format_float(*f, b'g', -1)),
        Val::Str(text) => quoted(text.as_bytes()),
        Val::Bytes(bytes) => format!("b{}", quoted(bytes)),
        Val::Duration(n) => format!("duration {n}"),
        Val::Timestamp { seconds, nanos, .. } => format!("timestamp {seconds} {nanos}"),
        Val::Optional(None) => "none".to_owned(),
        Val::Optional(Some(inner)) => format!("some {}", shown(inner)),
        Val::Type(name) => format!("type {name}"),
        Val::List(list) => {
            format!("[{}]", list.items.iter().map(shown).collect::<Vec<_>>().join(", "))
        }
        Val::Map(members) => {
            let entry =
                |(key, value): (&Key, &Val)| format!("{}: {}", shown(&key.value()), shown(value));
            let mut entries: Vec<String> = members.entries.iter().map(entry).collect();
            entries.sort();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.type_name().to_owned(),
    }
}

fn run(source: &str, variables: &[(&str, Val)], library: &dyn Library, steps: u64) -> String {
    let error = |error: crate::Error| match error.reason {
        Reason::Syntax => "syntax".to_owned(),
        Reason::Unknown | Reason::Overload => "type".to_owned(),
        Reason::Value => format!(
            "error: {}",
            String::from_utf8_lossy(&gostd::strconv::quote_ascii(error.words.as_bytes()))
        ),
        Reason::Budget => "budget".to_owned(),
    };
    match Program::parse(source) {
        Ok(program) => match program.run(variables, library, &mut Budget::new(steps)) {
            Ok(value) => shown(&value),
            Err(own) => error(own),
        },
        Err(own) => error(own),
    }
}

#[test]
fn expressions_have_the_values_of_cel_go() {
    let mut wrong = Vec::new();
    for line in include_str!("cases.tsv").lines() {
        let (source, wanted) = line.split_once('\t').unwrap();
        let made = run(source, &[], &(), 100_000);
        // Which words an error has is told for those that a resource's data cause.
        let is_same = made == wanted
            || made == "type" && wanted == "error: \"no such overload\""
            || wanted.starts_with("error: ") && made.starts_with("error: ") && !is_told(wanted);
        if !is_same {
            wrong.push(format!("{source}\n  wanted {wanted}\n  made   {made}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn is_told(words: &str) -> bool {
    [
        "no such key",
        "overflow",
        "by zero",
        "out of range:",
        "conversion error",
        "dereference",
        "empty list",
    ]
    .iter()
    .any(|part| words.contains(part))
}

#[test]
fn lists_that_are_sets_or_maps_are_compared_by_their_items() {
    let list = |items: Vec<Val>, kind: ListKind| Val::List(Rc::new(crate::List { items, kind }));
    let entry = |name: &str, n: i64| {
        Val::map(BTreeMap::from([
            (Key::Str("name".into()), Val::str(name)),
            (Key::Str("n".into()), Val::Int(n)),
        ]))
    };
    let by_name = || ListKind::Map(vec!["name".into()]);
    let variables = [
        ("set", list(vec![Val::Int(1), Val::Int(2)], ListKind::Set)),
        ("map", list(vec![entry("a", 1), entry("b", 2)], by_name())),
        ("other", list(vec![entry("b", 2), entry("a", 1)], by_name())),
    ];
    let rows = [
        ("set == [2, 1]", "true"),
        ("set == [2, 3]", "false"),
        ("[2, 1] == set", "false"),
        ("set + [2, 3]", "[1, 2, 3]"),
        ("map == other", "true"),
        ("map == [other[0]]", "false"),
        ("(map + [{'name': 'b', 'n': 5}]).map(x, x.n)", "[1, 5]"),
        ("(map + [{'name': 'c', 'n': 5}]).map(x, x.n)", "[1, 2, 5]"),
    ];
    for (source, wanted) in rows {
        assert_eq!(run(source, &variables, &(), 10_000), wanted, "{source}");
    }
}

#[test]
fn data_that_is_not_of_its_type_is_an_error_where_it_is_read() {
    let members = Members {
        entries: BTreeMap::from([(Key::Str("a".into()), Val::Fault("invalid data".into()))]),
        hidden: BTreeMap::from([(Key::Str("h".into()), Val::Null)]),
    };
    let variables = [("self", Val::Map(Rc::new(members)))];
    let rows = [
        ("has(self.a)", "true"),
        ("self.a == 1", "error: \"invalid data\""),
        ("self.h", "error: \"no such key: h\""),
        ("size(self)", "2"),
        ("self == self", "error: \"invalid data\""),
    ];
    for (source, wanted) in rows {
        assert_eq!(run(source, &variables, &(), 10_000), wanted, "{source}");
    }
}

#[test]
fn expressions_of_strangers_end() {
    let nested = |depth: usize| {
        let all = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]";
        let open: String = (0..depth).map(|n| format!("{all}.all(x{n}, ")).collect();
        format!("{open}true{}", ")".repeat(depth))
    };
    let doubled = |times: usize| {
        let mut text = "'0123456789abcdef'".to_owned();
        for n in 0..times {
            text = format!("[{text}].map(x{n}, x{n} + x{n})[0]");
        }
        text
    };
    let rows = [
        (nested(12), "budget"),
        (doubled(60), "budget"),
        ("lists.range(9223372036854775807).size()".to_owned(), "budget"),
        (format!("'{}'.replace('', '{}')", "a".repeat(10_000), "b".repeat(10_000)), "budget"),
        ("'%.999999999f'.format([1.0])".to_owned(), "error: \"precision is too large\""),
        (format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000)), "syntax"),
        (format!("1{}", " + 1".repeat(100_000)), "syntax"),
        (format!("{}true", "!".repeat(100_000)), "syntax"),
        (format!("true{}", " && true".repeat(12_000)), "true"),
        (format!("a{}", ".b".repeat(100_000)), "syntax"),
        (format!("{}1", "true ? 1 : ".repeat(100_000)), "syntax"),
        ("[".repeat(100_000), "syntax"),
        ("'\\".to_owned(), "syntax"),
        ("'\\x4".to_owned(), "syntax"),
        ("0x".to_owned(), "syntax"),
        ("99999999999999999999".to_owned(), "syntax"),
    ];
    for (source, wanted) in rows {
        let short: String = source.chars().take(60).collect();
        assert_eq!(run(&source, &[], &(), 100_000), wanted, "{short}");
    }
}

#[test]
fn what_is_no_number_can_be_sorted() {
    let source =
        "lists.range(400).sortBy(i, i % 3 == 0 ? 0.0 / 0.0 : double((i * 7919) % 37)).size()";
    assert_eq!(run(source, &[], &(), 1_000_000), "400");
}

#[test]
fn texts_that_are_read_again_and_again_count() {
    let text = [("t", Val::str("a".repeat(900_000)))];
    for source in [
        "lists.range(20000).all(i, size(t) > 0)",
        "lists.range(20000).map(i, string(t)).size() > 0 && lists.range(20000).all(i, t.size() > 0)",
    ] {
        assert_eq!(run(source, &text, &(), 10_000_000), "budget", "{source}");
    }
}
