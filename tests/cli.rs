//! Runs the binary on every case of `tests/cases` and compares with what Helm printed.
//!
//! `CASE=errors/parse cargo test --test cli` keeps the cases whose name contains the text.

mod support;

use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use similar::{ChangeTag, TextDiff};
use support::{Outputs, agree, cases};

const BINARY: &str = env!("CARGO_BIN_EXE_statefulchart");

#[test]
fn every_case_prints_what_helm_printed() {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let cases: Vec<_> =
        cases().into_iter().filter(|(case, _)| case.name.contains(&wanted)).collect();
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(|| {
                while let Some((case, goldens)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    assert_eq!(
                        case.runs.len(),
                        goldens.len(),
                        "{}: record the golden anew",
                        case.name
                    );
                    for (run, want) in case.runs.iter().zip(goldens) {
                        let got = case.execute(BINARY, run);
                        let text = differences(want, &got);
                        if !text.is_empty() {
                            found.lock().unwrap().push(format!("{}: {run}\n{text}", case.name));
                        }
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort();
    let runs: usize = cases.iter().map(|(case, _)| case.runs.len()).sum();
    assert!(found.is_empty(), "{}\n{} of {runs} runs differ", found.join("\n"), found.len());
}

fn differences(want: &Outputs, got: &Outputs) -> String {
    let mut text = String::new();
    let names: std::collections::BTreeSet<_> = want.keys().chain(got.keys()).collect();
    for name in names {
        let side = |outputs: &Outputs| outputs.get(name).cloned().unwrap_or_default();
        let (a, b) = (side(want), side(got));
        if agree(&a, &b) {
            continue;
        }
        let show = |bytes: &[u8]| -> String {
            let lines = bytes.split_inclusive(|&b| b == b'\n');
            lines
                .map(|l| format!("{}\n", l.strip_suffix(b"\n").unwrap_or(l).escape_ascii()))
                .collect()
        };
        let (a, b) = (show(&a), show(&b));
        writeln!(text, "  {name} (- helm, + ours)").unwrap();
        for group in TextDiff::from_lines(&a, &b).grouped_ops(2) {
            for change in group
                .iter()
                .flat_map(|op| TextDiff::from_lines(&a, &b).iter_changes(op).collect::<Vec<_>>())
            {
                let sign = match change.tag() {
                    ChangeTag::Delete => '-',
                    ChangeTag::Insert => '+',
                    ChangeTag::Equal => ' ',
                };
                write!(text, "  {sign}{}", change.value()).unwrap();
            }
        }
    }
    text
}

#[test]
fn validate_says_that_there_is_no_cluster() {
    let done = std::process::Command::new(BINARY)
        .args(["template", "rel", "charts/python-app", "--validate"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert!(!done.status.success());
    assert!(done.stdout.is_empty());
    assert!(stderr.contains("--validate") && stderr.contains("cluster"), "{stderr}");
}
