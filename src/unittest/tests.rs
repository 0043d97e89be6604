//! Compares with tables that helm-unittest's packages printed.

use std::time::Duration;

use bstr::{BString, ByteSlice};
use gostd::strconv::{quote_ascii, quoted, unquote};
use gostd::value::{Map, Value};

use super::console::Console;
use super::report::{Environment, Format};
use super::results::{AssertionResult, SuiteResult, TestResult};
use super::snapshot::{Cache, Patterns};

/// Answers each row of a table, of which the last cell is the answer.
fn check(table: &[u8], answer: impl Fn(&[Vec<u8>]) -> Vec<u8>) {
    assert!(!table.is_empty());
    let mut wrong = Vec::new();
    for row in table.lines() {
        let cells: Vec<Vec<u8>> = row.split_str("\t").map(|cell| unquote(cell).unwrap()).collect();
        let (want, asked) = cells.split_last().unwrap();
        let got = answer(asked);
        if got != *want {
            let row = row.to_str_lossy();
            wrong.push(format!("{row}\n  got {}", quote_ascii(&got).to_str_lossy()));
        }
    }
    let few: Vec<&String> = wrong.iter().take(10).collect();
    assert!(wrong.is_empty(), "{} of {}: {few:#?}", wrong.len(), table.lines().count());
}

#[test]
fn differences_are_those_of_go_difflib() {
    check(include_bytes!("differences.tsv"), |texts| {
        super::difference::unified(&texts[0], &texts[1])
    });
}

#[test]
fn snapshots_are_kept_as_helm_unittest_keeps_them() {
    check(include_bytes!("snapshot.tsv"), |cells| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("__snapshot__/a_test.yaml.snap");
        if cells[0] != b"-" {
            std::fs::create_dir(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &cells[0]).unwrap();
        }
        let suite = folder.path().join("a_test.yaml").into_os_string().into_encoded_bytes();
        let mut cache = match Cache::open(&suite, cells[1] == b"update") {
            Ok(cache) => cache,
            Err(error) => return error.to_string().into_bytes(),
        };
        let mut answer = Vec::new();
        for comparison in maps(&goyaml::unmarshal(&cells[2]).unwrap()) {
            answer.extend(compared(&mut cache, &comparison));
            answer.push(b'\n');
        }
        let counts = cache.counts();
        let (failed, created, vanished) = (counts.failed, counts.created, counts.vanished);
        let stored = cache.store().unwrap();
        answer.extend(format!("{} {failed} {created} {vanished} {stored}\n", counts.total).bytes());
        answer.extend(std::fs::read(&path).unwrap_or_else(|_| b"-".to_vec()));
        answer
    });
}

fn compared(cache: &mut Cache, comparison: &Map) -> Vec<u8> {
    let text = |name| text(comparison, name);
    let content = goyaml::Stream::read(&text("Content")).unwrap();
    let root = content.roots().next();
    let content = root.and_then(|root| goyaml::Typed::default().any(root)).unwrap_or_default();
    let index = number(comparison, "Index");
    let (matches, not_matches) = (text("Match"), text("NotMatch"));
    let patterns = Patterns { matches: &matches, not_matches: &not_matches };
    let found = cache.compare(&text("Test"), index, &content, patterns).unwrap();
    let (new, cached, message) =
        (quoted(&found.new), quoted(&found.cached), quoted(&found.message));
    let mut answer =
        format!("{} {} {new} {cached} {message}", found.passed, found.index).into_bytes();
    if let Some(error) = &found.error {
        answer.push(b' ');
        answer.extend(error);
    }
    answer
}

#[test]
fn results_are_printed_and_written_as_by_helm_unittest() {
    let environment = Environment {
        date: "2006-01-02".into(),
        time: "15:04:05".into(),
        platform: "go1.26.8.linux-amd64".into(),
        folder: "/FOLDER".into(),
        host: "HOST".into(),
        user: "USER".into(),
        domain: "".into(),
        culture: "en".into(),
        ui_culture: "en-US".into(),
    };
    check(include_bytes!("report.tsv"), |cells| {
        let suites = goyaml::unmarshal(&cells[1]).unwrap();
        let suites: Vec<SuiteResult> = maps(&suites).iter().map(suite).collect();
        let console = |is_colored| {
            let mut out = Vec::new();
            suites.iter().for_each(|suite| Console { is_colored }.suite(&mut out, suite));
            out
        };
        match &cells[0][..] {
            b"console" => console(false),
            b"color" => console(true),
            name => Format::named(name.to_str().unwrap()).unwrap().write(&suites, &environment),
        }
    });
}

fn maps(list: &Value) -> Vec<Map> {
    let Value::List(list) = list else { return Vec::new() };
    let map = |value: &Value| match value {
        Value::Map(map) => map.clone(),
        _ => panic!("not a map"),
    };
    list.iter().map(map).collect()
}

fn text(map: &Map, name: &str) -> BString {
    error(map, name).unwrap_or_default()
}

fn error(map: &Map, name: &str) -> Option<BString> {
    match map.get(name.as_bytes()) {
        Some(Value::Str(text)) => Some(text.to_vec().into()),
        _ => None,
    }
}

fn flag(map: &Map, name: &str) -> bool {
    matches!(map.get(name.as_bytes()), Some(Value::Bool(true)))
}

fn number(map: &Map, name: &str) -> u64 {
    match map.get(name.as_bytes()) {
        Some(Value::Float(n)) => n as u64,
        Some(Value::Int(_, n)) => u64::try_from(n).unwrap(),
        _ => 0,
    }
}

fn suite(map: &Map) -> SuiteResult {
    let test = |(index, map): (usize, &Map)| TestResult {
        origins: Vec::new(),
        index,
        display_name: text(map, "DisplayName"),
        passed: flag(map, "Passed"),
        skipped: flag(map, "Skipped"),
        exec_error: error(map, "ExecError"),
        asserts: maps(&map.get(b"Asserts").unwrap_or_default()).iter().map(assertion).collect(),
        duration: Duration::from_nanos(number(map, "Nanoseconds")),
    };
    let tests = maps(&map.get(b"Tests").unwrap_or_default());
    SuiteResult {
        display_name: text(map, "DisplayName"),
        file_path: text(map, "FilePath"),
        passed: flag(map, "Passed"),
        skipped: flag(map, "Skipped"),
        exec_error: error(map, "ExecError"),
        tests: tests.iter().enumerate().map(test).collect(),
        ..SuiteResult::default()
    }
}

fn assertion(map: &Map) -> AssertionResult {
    let lines = match map.get(b"FailInfo") {
        Some(Value::List(lines)) => lines.iter().cloned().collect(),
        _ => Vec::new(),
    };
    let line = |line: Value| match line {
        Value::Str(text) => text.to_vec().into(),
        _ => panic!("not a text"),
    };
    AssertionResult {
        index: usize::try_from(number(map, "Index")).unwrap(),
        fail_info: lines.into_iter().map(line).collect(),
        passed: flag(map, "Passed"),
        skipped: flag(map, "Skipped"),
        skip_reason: text(map, "SkipReason"),
        assert_type: text(map, "AssertType"),
        not: flag(map, "Not"),
        custom_info: text(map, "CustomInfo"),
        origins: Vec::new(),
    }
}
