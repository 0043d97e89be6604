//! Runs the sessions of README.md, docs/ and examples/ and compares what they print with what is shown.
//!
//! A session is a fenced block marked `console`: lines after `$ ` are run by bash, those after `> ` continue
//! them, and what follows is all that they print, an empty end aside. A line `…` stands for any lines. The
//! sessions of a file share a copy of charts/ and examples/, where `statefulchart` and `helm` are the program
//! and the clock stands still. The copy is shown as `/srv/charts` and the home as `/home/me`; sessions may name
//! both.

#[path = "support/folders.rs"]
mod folders;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use folders::copy;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const FOLDER: &str = "/srv/charts";
const HOME: &str = "/home/me";
/// Sun Mar 16 22:11:24 2025.
const CLOCK: &str = "1742163084";
const ANY: &str = "…";

/// A command and what is shown of its output.
#[derive(Debug, Default, PartialEq)]
struct Step {
    line: usize,
    command: String,
    shown: String,
}

/// The sessions of a Markdown text, or why one cannot be read.
fn sessions(text: &str) -> Result<Vec<Vec<Step>>, String> {
    let mut found = Vec::new();
    let mut lines = text.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        let Some(info) = line.trim_start().strip_prefix("```") else { continue };
        let mut steps: Vec<Step> = Vec::new();
        let mut closed = false;
        for (line, number) in lines.by_ref() {
            let line = line.get(indent..).unwrap_or_else(|| line.trim_start());
            if line.trim_end() == "```" {
                closed = true;
                break;
            }
            match (line.strip_prefix("$ "), line.strip_prefix("> "), steps.last_mut()) {
                (Some(command), ..) => steps.push(Step {
                    line: number,
                    command: format!("{command}\n"),
                    shown: String::new(),
                }),
                (_, Some(more), Some(step)) if step.shown.is_empty() => {
                    writeln!(step.command, "{more}").unwrap();
                }
                (.., Some(step)) => writeln!(step.shown, "{line}").unwrap(),
                (.., None) if info.trim() == "console" => {
                    return Err(format!("line {number}: output before a command"));
                }
                _ => {}
            }
        }
        if !closed {
            return Err(format!("line {number}: a block without an end"));
        }
        if info.trim() == "console" {
            if steps.is_empty() {
                return Err(format!("line {number}: a session without a command"));
            }
            found.push(steps);
        }
    }
    Ok(found)
}

/// Whether the lines are those shown, of which `…` stands for any number.
fn agrees(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((&ANY, rest)) => (0..=printed.len()).any(|at| agrees(rest, &printed[at..])),
        Some((line, rest)) => printed
            .split_first()
            .is_some_and(|(first, others)| first == line && agrees(rest, others)),
    }
}

/// Where the sessions of one file run.
struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    fn new() -> Scratch {
        let scratch = Scratch { folder: tempfile::tempdir().unwrap() };
        for name in ["work", "home", "tmp", "bin"] {
            fs::create_dir(scratch.place(name)).unwrap();
        }
        for name in ["charts", "examples"] {
            copy(&Path::new(ROOT).join(name), &scratch.place("work").join(name));
        }
        for name in ["statefulchart", "helm"] {
            symlink(env!("CARGO_BIN_EXE_statefulchart"), scratch.place("bin").join(name)).unwrap();
        }
        scratch
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn placeholders(&self) -> [(&'static str, String); 2] {
        [(FOLDER, "work"), (HOME, "home")]
            .map(|(shown, name)| (shown, self.place(name).display().to_string()))
    }

    /// What each step of a session prints, stdout and stderr as they come.
    fn run(&self, steps: &[Step]) -> Vec<String> {
        const MARK: &str = "\u{1}the next step\u{1}\n";
        let mut script = String::from("exec 2>&1\n");
        for step in steps {
            let command = self
                .placeholders()
                .iter()
                .fold(step.command.clone(), |text, (shown, real)| text.replace(shown, real));
            writeln!(script, "{command}__status=$?; printf '{MARK}'; (exit $__status)").unwrap();
        }
        let path = format!("{}:{}", self.place("bin").display(), std::env::var("PATH").unwrap());
        let mut child = Command::new("bash")
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.place("home"))
            .env("TMPDIR", self.place("tmp"))
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("SOURCE_DATE_EPOCH", CLOCK)
            .current_dir(self.place("work"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let printed = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        let printed = self
            .placeholders()
            .iter()
            .fold(printed, |text, (shown, real)| text.replace(real, shown));
        let mut printed: Vec<String> = printed.split(MARK).map(str::to_owned).collect();
        let rest = printed.pop();
        assert_eq!(
            (printed.len(), rest.as_deref()),
            (steps.len(), Some("")),
            "{steps:?} ended the shell"
        );
        printed
    }
}

fn faults(text: &str) -> Result<(usize, Vec<String>), String> {
    let sessions = sessions(text)?;
    if sessions.is_empty() {
        return Ok((0, Vec::new()));
    }
    let scratch = Scratch::new();
    let mut faults = Vec::new();
    for steps in &sessions {
        for (step, printed) in steps.iter().zip(scratch.run(steps)) {
            let [shown, got] =
                [step.shown.as_str(), &printed].map(|t| t.trim_end().lines().collect::<Vec<_>>());
            if !agrees(&shown, &got) {
                let diff = similar::TextDiff::from_slices(&shown, &got);
                let mut text = format!("line {}: $ {}", step.line, step.command);
                for change in diff.iter_all_changes() {
                    writeln!(text, "  {}{}", change.tag(), change.value()).unwrap();
                }
                faults.push(text);
            }
        }
    }
    Ok((sessions.iter().map(Vec::len).sum(), faults))
}

fn markdown(folder: &Path, wanted: fn(&Path) -> bool, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|e| e.unwrap().path()) {
        if path.is_dir() {
            markdown(&path, wanted, into);
        } else if wanted(&path) {
            into.push(path);
        }
    }
}

#[test]
fn sessions_print_what_is_shown() {
    let mut paths = vec![Path::new(ROOT).join("README.md")];
    markdown(
        &Path::new(ROOT).join("docs"),
        |p| p.extension().is_some_and(|e| e == "md"),
        &mut paths,
    );
    markdown(&Path::new(ROOT).join("examples"), |p| p.ends_with("README.md"), &mut paths);
    paths.sort();
    let (mut wrong, mut commands) = (Vec::new(), 0);
    for path in &paths {
        let name = path.strip_prefix(ROOT).unwrap().display();
        match faults(&fs::read_to_string(path).unwrap()) {
            Ok((count, found)) => {
                commands += count;
                wrong.extend(found.iter().map(|fault| format!("{name}, {fault}")));
            }
            Err(error) => wrong.push(format!("{name}, {error}")),
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\n{} of {commands} commands differ",
        wrong.join("\n"),
        wrong.len()
    );
    assert!(commands > 0, "no session in {} files", paths.len());
}

#[test]
fn a_session_that_shows_something_else_is_found() {
    let ours = "```console\n$ cd charts\n$ pwd; date +%Z\n/srv/charts/charts\nUTC\n$ echo a \\\n> b; echo c >&2\na b\nc\n```\n";
    assert_eq!(faults(ours), Ok((3, vec![])));
    assert_eq!(faults("```console\n$ seq 9\n1\n…\n9\n```\n"), Ok((1, vec![])));
    for other in ["2\n…\n9", "1\n2", ""] {
        let text = format!("```console\n$ seq 9\n{other}\n```\n");
        assert_eq!(faults(&text).unwrap().1.len(), 1, "{text}");
    }
    let (_, found) = faults("```console\n$ true\n$ false || echo no\n```\n").unwrap();
    assert_eq!(found, ["line 3: $ false || echo no\n  +no\n"]);
    assert_eq!(faults("```sh\n$ false\n```\ntext\n"), Ok((0, vec![])));
}

#[test]
fn sessions_that_cannot_be_read_are_faults() {
    for (text, want) in [
        ("```console\n$ a\n", "line 1: a block without an end"),
        ("\n```console\n```\n", "line 2: a session without a command"),
        ("```console\na\n```\n", "line 2: output before a command"),
    ] {
        assert_eq!(sessions(text).unwrap_err(), want);
    }
}
