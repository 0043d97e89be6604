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

/// Draws expressions from a seed, of which each part may be any other.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn expression(&mut self, depth: u64) -> String {
        if depth == 0 {
            let leaves = [
                "self",
                "list",
                "text",
                "'a%s'",
                "3",
                "1.5e10",
                "b'x'",
                "x",
                "null",
                "'(a|b)*c'",
                "texts",
            ];
            return leaves[self.below(leaves.len() as u64) as usize].to_owned();
        }
        let mut part = || self.expression(depth - 1);
        let (a, b, c) = (part(), part(), part());
        match self.below(30) {
            0 => format!("({a} + {b})"),
            1 => format!("({a} == {b})"),
            2 => format!("({a} in {b})"),
            3 => format!("[{a}, {b}, {c}]"),
            4 => format!("{{{a}: {b}}}"),
            5 => format!("({a} < {b} || {c} == {a})"),
            6 => format!("{a}.map(x, {b})"),
            7 => format!("{a}.filter(x, {b} != {c})"),
            8 => format!("{a}.all(x, {b} == {c})"),
            9 => format!("{a}.exists_one(x, {b} == {c})"),
            10 => format!("{a}.join({b})"),
            11 => format!("{a}.replace({b}, {c})"),
            12 => format!("{a}.split({b})"),
            13 => format!("{a}.format([{b}, {c}])"),
            14 => format!("{a}.reverse()"),
            15 => format!("{a}.matches({b})"),
            16 => format!("lists.range({a})"),
            17 => format!("{a}.flatten()"),
            18 => format!("{a}.distinct()"),
            19 => format!("{a}.sortBy(x, {b})"),
            20 => format!("sets.contains({a}, {b})"),
            21 => format!("sets.equivalent({a}, {b})"),
            22 => format!("{a}.transformMap(i, x, {b})"),
            23 => format!("({a} ? {b} : {c})"),
            24 => format!("{a}[{b}]"),
            25 => format!("{a}.?a.orValue({b})"),
            26 => format!("string({a})"),
            27 => format!("{a}.slice(0, {b}.size())"),
            28 => format!("optional.of({a}).optMap(x, {b})"),
            _ => format!("strings.quote({a})"),
        }
    }
}

/// Returns how many bytes a value holds, whatever it shares with others.
fn weight(value: &Val) -> u64 {
    let inner: u64 = match value {
        Val::Str(text) => text.len() as u64,
        Val::Bytes(bytes) => bytes.len() as u64,
        Val::List(list) => list.items.iter().map(weight).sum(),
        Val::Map(members) => {
            let entries = members.entries.iter().chain(&members.hidden);
            entries.map(|(key, value)| key.len() as u64 + weight(value)).sum()
        }
        Val::Optional(Some(inner)) => weight(inner),
        _ => 0,
    };
    inner.saturating_add(16)
}

/// Counts what is made anew: what values share is held once.
fn made(value: &Val, seen: &mut std::collections::HashSet<usize>) -> u64 {
    let mut is_new = |address: usize| seen.insert(address);
    match value {
        Val::Str(text) if is_new(text.as_ptr() as usize) => 16 + text.len() as u64,
        Val::Bytes(bytes) if is_new(bytes.as_ptr() as usize) => 16 + bytes.len() as u64,
        Val::List(list) if is_new(Rc::as_ptr(list) as usize) => {
            let items = list.items.iter();
            64 + items.map(|item| 24 + made(item, seen)).sum::<u64>()
        }
        Val::Map(members) if is_new(Rc::as_ptr(members) as usize) => {
            let entries = members.entries.iter();
            64 + entries.map(|(_, value)| 96 + made(value, seen)).sum::<u64>()
        }
        Val::Optional(Some(inner)) => 40 + made(inner, seen),
        _ => 0,
    }
}

#[test]
fn what_an_expression_makes_is_bounded_by_its_steps() {
    const STEPS: u64 = 2_000;
    let texts = (0..50).map(|n| Val::str("ab".repeat(n))).collect();
    let variables = [
        ("self", Val::map(BTreeMap::from([(Key::Str("a".into()), Val::Int(7))]))),
        ("list", Val::list((0..30).map(Val::Int).collect())),
        ("text", Val::str("abc, ".repeat(100))),
        ("texts", Val::list(texts)),
        ("x", Val::str("a")),
    ];
    let given: u64 = variables.iter().map(|(_, value)| weight(value)).sum();
    let mut draw = Draw(0x2545_f491_4f6c_dd1d);
    let (mut values, mut over) = (0, 0);
    for round in 0..6_000 {
        let source = draw.expression(1 + round % 4);
        let Ok(program) = Program::parse(&source) else { continue };
        let mut budget = Budget::new(STEPS);
        let before = gostd::regexp::compiled();
        let result = program.run(&variables, &(), &mut budget);
        // What is compiled counts once.
        if gostd::regexp::compiled() != before {
            continue;
        }
        let used = STEPS - budget.left();
        assert!(used > 0, "{source}");
        // As many steps as it took are enough, and one less is not.
        let again = program.run(&variables, &(), &mut Budget::new(used));
        match (&result, &again) {
            (Ok(value), Ok(_)) => {
                values += 1;
                let bytes = made(value, &mut std::collections::HashSet::new());
                let most = given + 64 * used + 4 * source.len() as u64;
                assert!(bytes <= most, "{bytes} bytes in {used} steps: {source}");
                let less = program.run(&variables, &(), &mut Budget::new(used - 1));
                assert!(less.is_err_and(|error| error.reason == Reason::Budget), "{source}");
            }
            (Err(a), Err(b)) => {
                over += usize::from(a.reason == Reason::Budget);
                assert_eq!(a.reason, b.reason, "{source}");
            }
            _ => panic!("{source}"),
        }
    }
    assert!(values > 300 && over > 20, "{values} values, {over} without steps left");
}

#[test]
fn chains_take_steps_by_their_length_and_have_an_end() {
    let own = Val::map(BTreeMap::from([(Key::Str("a".into()), Val::Int(1))]));
    type Make = fn(usize) -> String;
    let chains: [(&str, Make); 12] = [
        ("fields", |n| format!("self{} == 1 || true", ".a".repeat(n))),
        ("fields of no variable", |n| format!("b{} == 1 || true", ".a".repeat(n))),
        ("methods in a space", |n| format!("b{}.f() || true", ".a".repeat(n))),
        ("optional fields", |n| format!("self{}.hasValue() || true", ".?a".repeat(n))),
        ("optional items", |n| format!("self{}.hasValue() || true", "[?'a']".repeat(n))),
        ("items", |n| format!("self{} == 1 || true", "['a']".repeat(n))),
        ("calls", |n| format!("'a'{} == 'a'", ".trim()".repeat(n))),
        ("sums", |n| format!("1{} > 0", " + 1".repeat(n))),
        ("negations", |n| format!("{}true", "!".repeat(n))),
        ("conjunctions", |n| format!("true{}", " && true".repeat(n))),
        ("comparisons", |n| format!("1{} || true", " == 1".repeat(n))),
        ("choices", |n| format!("{}true", "false ? true : ".repeat(n / 10))),
    ];
    for (name, make) in chains {
        let steps = |n: usize| {
            let program = Program::parse(&make(n)).unwrap_or_else(|e| panic!("{name} {n}: {e}"));
            let mut budget = Budget::new(1_000_000);
            let made = program.run(&[("self", own.clone())], &(), &mut budget);
            assert!(made.is_ok_and(|made| matches!(made, Val::Bool(_))), "{name} {n}");
            1_000_000 - budget.left()
        };
        let (short, long) = (steps(200), steps(1_800));
        assert!(long <= 10 * short && long <= 9 * 1_800, "{name}: {short} and {long} steps");
        // Beyond its end it is no expression.
        let endless = Program::parse(&make(100_000)).map(|_| ()).map_err(|error| error.reason);
        assert_eq!(endless, Err(Reason::Syntax), "{name}");
    }
}

#[test]
fn regular_expressions_count_what_they_are_compiled_to_and_met_by() {
    let steps = |source: &str, text: &str| {
        let program = Program::parse(source).unwrap();
        let mut budget = Budget::new(u64::MAX);
        program.run(&[("t", Val::str(text))], &(), &mut budget).unwrap();
        u64::MAX - budget.left()
    };
    let text = "ab".repeat(500);
    let (once, often) =
        (steps("t.matches('^[a-b]*$')", &text), steps("t.matches('^[a-b]{1,1000}$')", &text));
    assert!(often > 100 * once, "{once} and {often}");
    // What is compiled is kept.
    let again = steps("t.matches('^[a-b]{1,1000}$')", &text);
    assert!(again < often && again > often / 4, "{often} and {again}");
    let wide = "t.matches('(\\\\pL|x){1,1000}')";
    assert_eq!(run(wide, &[("t", Val::str("a"))], &(), 10_000), "budget");
}

#[test]
fn costs_are_those_of_cel_go_at_least() {
    // As k8s.io/apiserver 0.37.2 counts it: `cost` is less only by the calls of functions.
    let numbers = |n: i64| Val::list((0..n).map(Val::Int).collect());
    let cost = |source: &str, n: i64| {
        let mut budget = Budget::new(u64::MAX);
        Program::parse(source).unwrap().run(&[("self", numbers(n))], &(), &mut budget).unwrap();
        budget.cost()
    };
    // The limit of a million is passed by these counts of items, and not by one less.
    let rows = [
        ("self.all(x, self.all(y, x+y > -1))", 378),
        ("self.all(x, self.all(y, self.all(z, x+y+z > -1)))", 48),
        ("self.all(x, self.map(y, [x,y]).size() > 0)", 204),
        ("self.all(x, self.all(y, true))", 577),
    ];
    for (source, n) in rows {
        let (before, after) = (cost(source, n - 1), cost(source, n));
        assert!(before <= 1_000_000, "{source}: {before}");
        assert!(after > 990_000, "{source}: {after}");
    }
}

#[test]
fn an_expression_takes_as_many_steps_each_time() {
    for line in include_str!("cases.tsv").lines() {
        let (source, _) = line.split_once('\t').unwrap();
        let Ok(program) = Program::parse(source) else { continue };
        let run = |steps: u64| {
            let mut budget = Budget::new(steps);
            let made = program.run(&[], &(), &mut budget);
            (made.map(|value| shown(&value)), steps - budget.left(), budget.cost())
        };
        // Expressions are compiled the first time.
        let _ = run(100_000);
        let (made, steps, cost) = run(100_000);
        assert!(steps > 0 && cost <= 12 * steps, "{source}: {steps} steps cost {cost}");
        assert_eq!(run(steps), (made.clone(), steps, cost), "{source}");
        let (less, ..) = run(steps - 1);
        let is_over = less.is_err_and(|error| error.reason == Reason::Budget);
        assert!(made.is_err() || is_over, "{source}");
    }
}
