//! What of a run's output is not compared: the masks of `tests/masks.txt`, which `tests/masks.py` reads too.

use std::path::Path;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

struct Mask {
    sets: Vec<String>,
    find: Regex,
    put: Vec<u8>,
}

static MASKS: LazyLock<Vec<Mask>> = LazyLock::new(|| read(include_str!("../masks.txt")));

fn read(text: &str) -> Vec<Mask> {
    let lines = text.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    let lines: Vec<&str> = lines.collect();
    let mask = |block: &[&str]| {
        let [head, find, put] = block else { panic!("a mask takes three lines: {block:?}") };
        let expression = find.strip_prefix("find ").expect(find);
        Mask {
            sets: head.split_once(": ").expect(head).1.split(' ').map(str::to_owned).collect(),
            find: RegexBuilder::new(expression).multi_line(true).unicode(false).build().unwrap(),
            put: put.strip_prefix("put").expect(put).trim_start().as_bytes().to_vec(),
        }
    };
    lines.chunks(3).map(mask).collect()
}

fn masked(text: &[u8], set: &str) -> Vec<u8> {
    let mut text = text.to_vec();
    let mut found = false;
    for mask in MASKS.iter().filter(|m| m.sets.iter().any(|s| s == set)) {
        found = true;
        if mask.find.is_match(&text) {
            text = mask.find.replace_all(&text, &*mask.put).into_owned();
        }
    }
    assert!(found, "no mask is of the set {set}");
    text
}

/// The text without what differs from run to run; paths get their names.
pub(super) fn normal(text: &[u8], places: &[(&Path, &str)]) -> Vec<u8> {
    let mut text = text.to_vec();
    for (path, name) in places {
        text = replace(&text, path.to_str().unwrap().as_bytes(), name.as_bytes());
    }
    masked(&text, "golden")
}

/// The text of stderr without the clock of its log lines.
pub(super) fn errors(text: &[u8]) -> Vec<u8> {
    masked(text, "log")
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}

fn replace(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = find(rest, what) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(with);
        rest = &rest[at + what.len()..];
    }
    out.extend_from_slice(rest);
    out
}

#[test]
fn masks_hide_the_clock_and_no_more() {
    let rows: &[(&str, &str, &str)] = &[
        ("golden", "generated: \"2026-01-02T03:04:05.6Z\"", "generated: \"<time>\""),
        (
            "golden",
            "generated: \"2019-01-02T03:04:05.6Z\"",
            "generated: \"2019-01-02T03:04:05.6Z\"",
        ),
        ("golden", "a\nLAST DEPLOYED: Sun Mar  6 22:11:24 2025\n", "a\nLAST DEPLOYED: <time>\n"),
        ("golden", "note: LAST DEPLOYED: x", "note: LAST DEPLOYED: x"),
        ("golden", "chart-1742163084\nchart-17421630845", "chart-<clock>\nchart-17421630845"),
        ("golden", "/usr/bin/sh -c x", "/bin/sh -c x"),
        ("log", "2025/03/16 22:11:24 coalesce.go:237: w", "<time> coalesce.go:237: w"),
        ("log", "x 2025/03/16 22:11:24 w", "x 2025/03/16 22:11:24 w"),
        (
            "log",
            "install.go:225: 2025-03-16 22:11:24.1 +0000 UTC m=+0.04 [debug] Original",
            "install.go:225: <time> [debug] Original",
        ),
        ("log", "Error: a\nmain.main\n\t/src/main.go:7\n", "Error: a\n"),
        ("servers", "2025-03-16T22:11:24Z", "<TIME>"),
    ];
    for (set, text, want) in rows {
        assert_eq!(String::from_utf8(masked(text.as_bytes(), set)).unwrap(), *want);
    }
}
