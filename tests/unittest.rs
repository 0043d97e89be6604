//! Compares `unittest` with what helm-unittest 1.1.2 printed: `tests/unittest.py --record` stores that.

#[path = "support/folders.rs"]
mod folders;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gostd::regexp::Regexp;

use folders::copy;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/unittest");

/// The files of snapshots below a folder, sorted.
fn snapshots(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(snapshots(&path));
        } else if path.extension().is_some_and(|extension| extension == "snap") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn suites_print_what_the_reference_printed() {
    let time = Regexp::compile(b"(?m)^Time:        .*$").unwrap();
    let suites = Path::new(FIXTURES).join("suites");
    let mut charts: Vec<_> =
        fs::read_dir(&suites).unwrap().map(|e| e.unwrap().file_name()).collect();
    charts.sort();
    assert!(!charts.is_empty());
    for chart in charts {
        let work = tempfile::tempdir().unwrap();
        copy(&suites, work.path());
        let done = Command::new(env!("CARGO_BIN_EXE_statefulchart"))
            .arg("unittest")
            .arg(&chart)
            .env("NO_COLOR", "1")
            .current_dir(work.path())
            .output()
            .unwrap();
        let printed = time.replace_all_literal(&done.stdout, b"Time:", usize::MAX).unwrap();
        let printed = String::from_utf8(printed).unwrap();
        let status = done.status.code().unwrap();
        let name = chart.to_str().unwrap();
        let want = fs::read_to_string(format!("{FIXTURES}/{name}.txt")).unwrap();
        let mut got = format!("{printed}status {status}\n");
        for path in snapshots(&work.path().join(&chart)) {
            let shown = path.strip_prefix(work.path()).unwrap().display();
            got.push_str(&format!("{shown}:\n{}", fs::read_to_string(&path).unwrap()));
        }
        let line = got.lines().zip(want.lines()).position(|(a, b)| a != b);
        assert!(got == want, "{name}: differs at line {line:?}");
    }
}
