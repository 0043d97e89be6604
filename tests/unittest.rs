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

/// What the reference logs, too, without the times and without an order.
fn logged(stderr: &[u8]) -> Vec<String> {
    let time = Regexp::compile(br#"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d |^time="[^"]*" "#).unwrap();
    let lines = stderr.split(|b| *b == b'\n').filter(|line| time.is_match(line));
    let mut lines: Vec<String> = lines
        .map(|line| time.replace_all_literal(line, b"", usize::MAX).unwrap())
        .map(|line| String::from_utf8(line).unwrap())
        .collect();
    lines.sort();
    lines
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
        for line in logged(&done.stderr) {
            got.push_str(&format!("logged: {line}\n"));
        }
        let line = got.lines().zip(want.lines()).position(|(a, b)| a != b);
        assert!(got == want, "{name}: differs at line {line:?}");
    }
}

/// Runs the program on a chart of our own; returns its status, standard output and standard error.
fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_statefulchart"))
        .arg("unittest")
        .args(args)
        .env("NO_COLOR", "1")
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

/// Writes files of a chart below a folder.
fn written(files: &[(&str, &str)]) -> tempfile::TempDir {
    let work = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = work.path().join("app").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    work
}

const CHART: (&str, &str) = ("Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n");

#[test]
fn programs_of_suites_run_once_and_in_turn() {
    let suite = |number: u8, kind: &str| {
        format!(
            "suite: s{number}\npostRenderer: {{cmd: sh, args: [-c, 'echo {number} >> log; cat']}}\ntests:\n  - it: is\n    asserts: [{{isKind: {{of: {kind}}}}}, {{matchSnapshot: {{path: kind}}}}]\n"
        )
    };
    // Suites of one file share their snapshots, and the first test sees no version of Kubernetes.
    let first = "suite: first\ntests:\n  - it: x\n    release: {name: A_B}\n    capabilities: {minorVersion: 30}\n    asserts: [{isKind: {of: A}}]\n";
    let shared = [suite(1, "A"), suite(2, "A"), suite(3, "A")].join("---\n");
    let files = [
        CHART,
        ("templates/a.yaml", "kind: A\n"),
        ("tests/a_test.yaml", first),
        ("tests/b_test.yaml", &shared),
        ("tests/c_test.yaml", &suite(4, "A")),
    ];
    let work = written(&files);
    assert_eq!(run(work.path(), &["app"]).0, 1);
    assert_eq!(fs::read_to_string(work.path().join("log")).unwrap(), "1\n2\n3\n4\n");

    // With `-q` nothing is left of suites whose turn does not come.
    let failing = suite(1, "B");
    let work = written(&[
        CHART,
        ("templates/a.yaml", "kind: A\n"),
        ("tests/a_test.yaml", &failing),
        ("tests/later/b_test.yaml", &suite(2, "A")),
        ("tests/later/c_test.yaml", first),
    ]);
    let (status, ..) = run(work.path(), &["-q", "-f", "tests/**/*_test.yaml", "app"]);
    assert_eq!(status, 1);
    assert_eq!(fs::read_to_string(work.path().join("log")).unwrap(), "1\n");
    assert!(work.path().join("app/tests/__snapshot__").exists());
    assert!(!work.path().join("app/tests/later/__snapshot__").exists());
}

#[test]
fn changed_files_reach_suites_by_what_they_are_in_the_chart() {
    let suite = |template: &str| {
        format!(
            "templates: [{template}]\ntests:\n  - it: is\n    asserts: [{{isKind: {{of: A}}}}]\n"
        )
    };
    let work = written(&[
        CHART,
        ("templates/a.yaml", "kind: A\n"),
        ("templates/tests/db_test.yaml", "kind: A\n"),
        ("files/templates/list.txt", "one\n"),
        ("tests/a_test.yaml", &suite("a.yaml")),
        ("tests/db_test.yaml", &suite("tests/db_test.yaml")),
    ]);
    let git = |args: &[&str]| {
        let done = Command::new("git").args(args).current_dir(work.path()).output().unwrap();
        assert!(done.status.success(), "{args:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first"]);
    let ran = |changed: &str, text: &str| {
        let path = work.path().join("app").join(changed);
        let before = fs::read(&path).unwrap();
        fs::write(&path, text).unwrap();
        let (status, out, err) = run(work.path(), &["--changed-since", "HEAD", "app"]);
        assert_eq!(status, 0, "{out}{err}");
        fs::write(&path, before).unwrap();
        ["a_test", "db_test"].map(|suite| out.contains(&format!("app/tests/{suite}.yaml")))
    };
    assert_eq!(ran("templates/a.yaml", "kind: A\nmore: 1\n"), [true, false]);
    // This is no suite, and the other no template.
    assert_eq!(ran("templates/tests/db_test.yaml", "kind: A\nmore: 1\n"), [false, true]);
    assert_eq!(ran("files/templates/list.txt", "two\n"), [true, true]);

    let args = ["--changed-since", "HEAD", "--fail-under", "50", "app"];
    let (status, _, err) = run(work.path(), &args);
    assert!(status == 1 && err.contains("exclude each other"), "{err}");
}

/// A chart with a template of two sides, of which a suite runs one.
fn half_covered() -> tempfile::TempDir {
    let work = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("Chart.yaml", "apiVersion: v2\nname: half\nversion: 0.1.0\n"),
        ("templates/a.yaml", "kind: A\n{{- if .Values.more }}\nmore: true\n{{- end }}\n"),
        ("tests/a_test.yaml", "suite: a\ntests:\n  - it: is\n    asserts: [{isKind: {of: A}}]\n"),
    ] {
        let path = work.path().join("half").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    work
}

#[test]
fn coverage_is_of_what_suites_run() {
    let work = half_covered();
    let (status, out, _) = run(work.path(), &["--coverage", "half"]);
    assert_eq!(status, 0);
    let sentence = "60.0 % covered (2 of 3 lines, 1 of 2 sides of branches)";
    let (results, report) = out.split_once("\nCoverage of half: ").unwrap();
    assert!(results.contains("Tests:       1 passed, 1 total"), "{results}");
    assert!(report.starts_with(sentence), "{report}");
    assert!(report.contains("60.0%  \t3\n"), "{report}");

    let args = ["--coverage=lcov", "--coverage-file", "c.lcov", "--fail-under", "61", "half"];
    let (status, out, err) = run(work.path(), &args);
    assert_eq!((status, err), (2, format!("Error: {sentence}, which is under 61 %\n")));
    assert!(out.ends_with("sides of branches)\nwrote c.lcov\n"), "{out}");
    let lcov = fs::read_to_string(work.path().join("c.lcov")).unwrap();
    assert!(lcov.contains("SF:half/templates/a.yaml\n"), "{lcov}");

    for (args, why) in [
        (&["--coverage=xml", "half"][..], "there is no such form"),
        (&["--coverage=html", "half"], "needs --coverage-file FILE"),
        (&["--coverage=html", "--coverage-file", "c", "half", "half"], "takes one chart"),
        (&["--fail-under", "101", "half"], "a percentage from 0 to 100"),
    ] {
        let (status, out, err) = run(work.path(), args);
        assert!(status == 1 && out.is_empty() && err.contains(why), "{args:?}: {err}");
    }
}

#[test]
fn a_suite_that_cannot_be_read_is_told_by_line_and_column() {
    let work = half_covered();
    let suite = "suite: a\ntests:\n  - it: is\n    asserts: [{isKind: {of: A}}]\n---\nsuite: b\ntests:\n  - it: is\n    asserts:\n      - isKnd: {of: A}\n";
    fs::write(work.path().join("half/tests/a_test.yaml"), suite).unwrap();
    let (status, out, err) = run(work.path(), &["half"]);
    assert_eq!(status, 1);
    assert!(out.contains("Assertion type `isKnd` is invalid"), "{out}");
    let want =
        "half/tests/a_test.yaml:10:9: there is no assertion `isKnd`; did you mean `isKind`?\n";
    assert_eq!(err, want);
}

#[test]
fn a_suite_names_the_helm_that_its_tests_see() {
    let work = half_covered();
    let chart = work.path().join("half");
    let template = "helm: {{ .Capabilities.HelmVersion.Version }}\n";
    fs::write(chart.join("templates/a.yaml"), template).unwrap();
    let suite = |helm: &str, want: &str| {
        format!(
            "suite: a\n{helm}tests:\n  - it: is\n    asserts: [{{equal: {{path: helm, value: {want}}}}}]\n"
        )
    };
    let all =
        [suite("", "v3.21"), suite("helm: 4.2\n", "v4.2"), suite("helm: \"3.19\"\n", "v3.19")];
    fs::write(chart.join("tests/a_test.yaml"), all.join("---\n")).unwrap();
    let (status, out, _) = run(work.path(), &["--strict", "half"]);
    assert_eq!(status, 0, "{out}");

    fs::write(chart.join("tests/a_test.yaml"), suite("helm: 9.9\n", "x")).unwrap();
    let (status, out, err) = run(work.path(), &["half"]);
    assert_eq!(status, 1);
    assert!(out.contains("yaml: line 2: ") && out.contains("9.9"), "{out}");
    assert!(err.starts_with("half/tests/a_test.yaml:1:1: yaml: line 2: "), "{err}");
}

/// A chart with two templates, and a suite for each of them.
fn two_suites(folder: &Path) {
    let suite = |name: &str| {
        format!(
            "suite: {name}\ntemplates: [{name}.yaml]\nvalues: [{name}.values.yaml]\ntests:\n  - it: is\n    asserts: [{{matchSnapshot: {{}}}}]\n"
        )
    };
    let mut files = vec![
        ("Chart.yaml".to_owned(), "apiVersion: v2\nname: two\nversion: 0.1.0\n".to_owned()),
        ("values.yaml".to_owned(), "x: 1\n".to_owned()),
        ("templates/_p.tpl".to_owned(), "{{ define \"p\" }}p{{ end }}\n".to_owned()),
    ];
    for name in ["a", "b"] {
        files.push((format!("templates/{name}.yaml"), format!("kind: {name}\n")));
        files.push((format!("tests/{name}_test.yaml"), suite(name)));
        files.push((format!("tests/{name}.values.yaml"), "y: 1\n".to_owned()));
    }
    for (name, text) in files {
        let path = folder.join("two").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn only_suites_run_that_a_change_can_reach() {
    let work = tempfile::tempdir().unwrap();
    two_suites(work.path());
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(args);
        let done = git.current_dir(work.path()).output().unwrap();
        assert!(done.status.success(), "{args:?}: {done:?}");
    };
    assert_eq!(run(work.path(), &["two"]).0, 0);
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "all"]);
    let reached = |file: &str| {
        let path = work.path().join("two").join(file);
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(&path, format!("{before}# changed\n")).unwrap();
        let (_, out, err) = run(work.path(), &["--changed-since", "HEAD", "two"]);
        let is_reached = out.contains(" PASS ");
        let none = "two: what has changed reaches no suite: no test is run\n";
        assert_eq!(err, if is_reached { "" } else { none });
        git(&["checkout", "--quiet", "."]);
        git(&["clean", "--quiet", "-fd"]);
        let suites =
            out.lines().filter_map(|line| line.strip_prefix(" PASS  ")?.split('\t').next());
        suites.map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    for (file, want) in [
        ("templates/a.yaml", "a"),
        ("templates/_p.tpl", "a b"),
        ("templates/new.yaml", ""),
        ("values.yaml", "a b"),
        ("Chart.yaml", "a b"),
        ("files/x.txt", "a b"),
        ("tests/b_test.yaml", "b"),
        ("tests/b.values.yaml", "b"),
        ("tests/__snapshot__/a_test.yaml.snap", "a"),
    ] {
        fs::create_dir_all(work.path().join("two/files")).unwrap();
        assert_eq!(reached(file), want, "{file}");
    }
    let (status, out, err) = run(work.path(), &["--changed-since", "nowhere", "two"]);
    assert!(status == 1 && out.is_empty() && err.contains("nowhere"), "{err}");
}

#[test]
fn a_change_that_is_waited_for_runs_its_suites_again() {
    use std::io::{BufRead, BufReader};
    let work = tempfile::tempdir().unwrap();
    two_suites(work.path());
    assert_eq!(run(work.path(), &["two"]).0, 0);
    let mut program = Command::new(env!("CARGO_BIN_EXE_statefulchart"))
        .args(["unittest", "--watch", "two"])
        .env("NO_COLOR", "1")
        .stdout(std::process::Stdio::piped())
        .current_dir(work.path())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let mut until = |start: &str| lines.find(|line| line.as_ref().unwrap().starts_with(start));
    assert!(until("Tests:       2 passed, 2 total").is_some());
    // What is changed before the program looks for the first time is not seen: it is changed until it is.
    let seen = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut text = "kind: b\n".to_owned();
            while !seen.load(std::sync::atomic::Ordering::Relaxed) {
                text.push_str("# more\n");
                fs::write(work.path().join("two/templates/b.yaml"), &text).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        });
        let found = until("Tests:       1 passed, 1 total");
        seen.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(found.is_some());
    });
    program.kill().unwrap();
    program.wait().unwrap();
}

#[test]
fn the_plugin_tells_of_wrong_flags_on_both_outputs() {
    let work = half_covered();
    // As the plugin, the program has the plugin's flags only.
    for (args, why) in [
        (&["--coverage", "half"][..], "unknown flag: --coverage"),
        (&[], "requires at least 1 arg(s), only received 0"),
    ] {
        let done = Command::new(env!("CARGO_BIN_EXE_statefulchart"))
            .arg("helm-unittest")
            .args(args)
            .current_dir(work.path())
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(1));
        assert_eq!(String::from_utf8(done.stdout).unwrap(), format!("{why}\n"));
        let stderr = String::from_utf8(done.stderr).unwrap();
        let usage = stderr.strip_prefix(&format!("Error: {why}\nUsage:\n")).unwrap();
        let (line, flags) = usage.split_once("\n\nFlags:\n").unwrap();
        assert_eq!(line, "  unittest [flags] CHART [...]");
        assert!(flags.starts_with("      --chart-tests-path string   "), "{flags}");
        assert!(
            flags.contains("\n  -h, --help                      help for unittest\n"),
            "{flags}"
        );
        assert!(!flags.contains("--coverage"), "{flags}");
        assert!(flags.ends_with("(default true)\n\n"), "{flags}");
    }
}

#[test]
fn parameters_without_effect_are_told_under_our_own_name() {
    let work = half_covered();
    let suite = "suite: a\ntests:\n  - it: is\n    asserts:\n      - equal:\n          path: kind\n          value: A\n          decodebase64: false\n---\nsuite: b\ntests:\n  - it: is\n    asserts:\n      - notExists: {path: more, valeu: 1}\n      - equal: {path: kind, valeu: A}\n      - matchSnapshot: {matchRegex: {pattern: A, patern: B}}\n";
    fs::write(work.path().join("half/tests/a_test.yaml"), suite).unwrap();
    let (status, out, err) = run(work.path(), &["half"]);
    assert_eq!(status, 1, "{out}");
    assert_eq!(
        err,
        "half/tests/a_test.yaml:14:33: `notExists` has no parameter `valeu`, which is passed over\n\
         half/tests/a_test.yaml:15:29: `equal` has no parameter `valeu`, which is passed over; did you mean `value`?\n\
         half/tests/a_test.yaml:16:50: `matchRegex` of `matchSnapshot` has no parameter `patern`, which is passed over; did you mean `pattern`?\n"
    );
    let done = Command::new(env!("CARGO_BIN_EXE_statefulchart"))
        .args(["helm-unittest", "half"])
        .current_dir(work.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(done.stderr).unwrap(), "");
}

#[test]
fn failing_assertions_say_where_came_from_what_they_looked_at() {
    let work = tempfile::tempdir().unwrap();
    for (name, text) in [
        (
            "Chart.yaml",
            "apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies: [{name: db, alias: store, version: 0.1.0}]\n",
        ),
        (
            "values.yaml",
            "size: 1\nimage:\n  tag: a\nglobal: {area: x}\nports: [{name: a, port: 1}, {name: b, port: 2}]\n",
        ),
        (
            "templates/_f.tpl",
            "{{ define \"f\" }}{{ if .Values.fail }}{{ fail .Values.fail }}{{ end }}{{ end }}",
        ),
        (
            "templates/c.yaml",
            "{{ include \"f\" . }}\nkind: {a: b}\nlist:\n{{- range .Values.ports }}\n- name: {{ .name }}\n  port: {{ .port }}\n{{- end }}\n\
             text: |\n  first\n  second {{ .Values.size }}\n  third\n",
        ),
        (
            "tests/__snapshot__/c_test.yaml.snap",
            "fails:\n  1: |\n    kind:\n      a: b\n      gone: 1\n    list:\n      - name: a\n        port: 1\n      - name: b\n        port: 2\n    text: |\n      first\n      second 0\n      third\n",
        ),
        ("charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 0.1.0\n"),
        ("charts/db/values.yaml", "# none\nport: 1\n"),
        (
            "charts/db/templates/b.yaml",
            "kind: B\nport: {{ .Values.port }}\narea: {{ .Values.global.area }}\n",
        ),
        (
            "templates/a.yaml",
            "# nothing\n---\nkind: A\nsize: {{ .Values.size }}\n---\nkind: A\ntag: {{ .Values.image.tag }}\n\
             {{- if .Values.more }}\nmore: true\n{{- end }}\n",
        ),
        ("tests/more.yaml", "\nimage: {tag: b}\n"),
        (
            "tests/a_test.yaml",
            "suite: a\ntemplates: [templates/a.yaml]\nset: {size: 2}\ntests:\n  - it: is\n    values: [more.yaml]\n    asserts:\n\
             \x20     - equal: {path: size, value: 3}\n        documentIndex: 0\n\
             \x20     - equal: {path: tag, value: c}\n        documentIndex: 1\n\
             \x20     - exists: {path: more}\n        documentIndex: 1\n\
             \x20     - isKind: {of: A}\n\
             \x20     - hasDocuments: {count: 1}\n\
             ---\nsuite: b\ntemplates: [charts/store/templates/b.yaml]\ntests:\n  - it: is of a subchart\n    asserts: [{equal: {path: port, value: 2}}, {equal: {path: area, value: y}}]\n",
        ),
        (
            "tests/c_test.yaml",
            "suite: c\ntemplates: [templates/c.yaml]\ntests:\n  - it: fails\n    asserts:\n\
             \x20     - equal: {path: 'list[?(@.name==\"b\")].port', value: 3}\n\
             \x20     - equal: {path: 'list[0].host', value: a}\n\
             \x20     - exists: {path: 'list[?(@.name==\"z\")]'}\n\
             \x20     - matchSnapshot: {}\n\
             \x20 - it: has another failure\n    set: {fail: text}\n    asserts:\n      - failedTemplate: {errorMessage: yes}\n",
        ),
    ] {
        let path = work.path().join("app").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let time = Regexp::compile(b"(?m)^Time:        .*$").unwrap();
    let timeless = |out: &str| time.replace_all_literal(out.as_bytes(), b"", usize::MAX).unwrap();
    let (status, out, err) = run(work.path(), &["app"]);
    assert_eq!((status, &*err), (1, ""));
    let (status, same, err) = run(work.path(), &["--explain", "app"]);
    assert_eq!(status, 1);
    assert_eq!(timeless(&out), timeless(&same));
    let want = "\
app/tests/a_test.yaml: is: asserts[0] `equal`
  size is written by templates/a.yaml:4:1: size: {{ .Values.size }}
    size: the suite's `set` of size
app/tests/a_test.yaml: is: asserts[1] `equal`
  tag is written by templates/a.yaml:7:1: tag: {{ .Values.image.tag }}
    image.tag: more.yaml:2
app/tests/a_test.yaml: is: asserts[2] `exists`
  more is left out by templates/a.yaml:8:8: {{- if .Values.more }}
    more: nothing sets it
app/tests/a_test.yaml: is of a subchart: asserts[0] `equal`
  port is written by charts/store/templates/b.yaml:2:1: port: {{ .Values.port }}
    store.port: charts/db/values.yaml:2
app/tests/a_test.yaml: is of a subchart: asserts[1] `equal`
  area is written by charts/store/templates/b.yaml:3:1: area: {{ .Values.global.area }}
    store.global.area: values.yaml:4
app/tests/c_test.yaml: fails: asserts[0] `equal`
  list[1].port is written by templates/c.yaml:6:3: port: {{ .port }}
    ports[1].port: values.yaml:5
app/tests/c_test.yaml: fails: asserts[1] `equal`
  list[0] has no host; list[0] is written by templates/c.yaml:5:1: - name: {{ .name }}
    ports[0].name: values.yaml:5
app/tests/c_test.yaml: fails: asserts[2] `exists`
  list has nothing that the path asks for; it is written by templates/c.yaml:3:1: list:
app/tests/c_test.yaml: fails: asserts[3] `matchSnapshot`
  kind has no gone; kind is written by templates/c.yaml:2:1: kind: {a: b}
  text is not what the snapshot has; it is written by templates/c.yaml:10:3: second {{ .Values.size }}
    size: values.yaml:1
app/tests/c_test.yaml: has another failure
  the templates fail at templates/_f.tpl:1:41: {{ define \"f\" }}{{ if .Values.fail }}{{ fail .Values.fail }}{{ end }}{{ end }}
    fail: the test's `set` of fail
    called at templates/c.yaml:1:4: {{ include \"f\" . }}
";
    assert_eq!(err, want, "{out}");
}
