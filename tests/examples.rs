//! Runs the scripts of `examples/` in a scratch repository.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

struct Repository(tempfile::TempDir);

impl Repository {
    /// Makes a repository with one commit: a chart `charts/app` that prints a value, and a values file.
    fn new() -> Repository {
        let repository = Repository(tempfile::tempdir().unwrap());
        repository.write("charts/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n");
        repository.write("charts/app/values.yaml", "size: 1\n");
        repository.write(
            "charts/app/templates/a.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {size: \"{{ .Values.size }}\"}\n",
        );
        repository.write("ci/large.yaml", "size: 10\n");
        for arguments in [
            &["init", "-q"][..],
            &["add", "."],
            &["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "-m", "first"],
        ] {
            assert!(repository.run(Command::new("git").args(arguments), "").status.success());
        }
        repository
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join("repository").join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn run(&self, command: &mut Command, folder: &str) -> Output {
        let temporary = self.0.path().join("tmp");
        std::fs::create_dir_all(&temporary).unwrap();
        let command = command.current_dir(self.at(folder)).env("TMPDIR", temporary);
        command.env("STATEFULCHART", env!("CARGO_BIN_EXE_statefulchart")).output().unwrap()
    }

    /// Runs the script in a folder of the repository; its status and all that it prints. Nothing may be left behind.
    fn diff(&self, folder: &str, arguments: &[&str]) -> (i32, String) {
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci-diff/manifests-diff.sh");
        let output = self.run(Command::new("bash").arg(script).args(arguments), folder);
        let left = std::fs::read_dir(self.0.path().join("tmp")).unwrap().count();
        let trees = self.run(Command::new("git").args(["worktree", "list"]), "").stdout;
        assert_eq!((left, trees.iter().filter(|b| **b == b'\n').count()), (0, 1));
        let text = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(text).unwrap())
    }
}

#[test]
fn a_diff_of_manifests_leaves_nothing_behind_and_tells_change_from_none() {
    let repository = Repository::new();
    assert_eq!(repository.diff("", &["HEAD"]), (0, String::new()));
    repository.write("charts/app/values.yaml", "size: 2\n");
    let (status, text) = repository.diff("", &["HEAD"]);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("-data: {size: \"1\"}\n+data: {size: \"2\"}"), "{text}");
    let (status, text) = repository.diff("", &["no-revision"]);
    assert_eq!((status, text.contains("no such revision: no-revision")), (2, true), "{text}");
}

#[test]
fn a_diff_of_a_misspelt_chart_or_values_file_is_an_error() {
    let repository = Repository::new();
    let chart = repository.diff("", &["HEAD", "charts/ap"]);
    assert_eq!(chart, (2, "no such chart: charts/ap\n".to_owned()));
    let values = repository.diff("", &["HEAD", "-f", "ci/lage.yaml"]);
    assert_eq!(values, (2, "no such values file: ci/lage.yaml\n".to_owned()));
    repository.write("charts/app/templates/a.yaml", "{{ fail \"broken\" }}");
    let (status, text) = repository.diff("", &["HEAD"]);
    assert_eq!((status, text.contains("broken")), (2, true), "{text}");
}

#[test]
fn a_diff_from_a_subfolder_finds_what_is_named_from_there() {
    let repository = Repository::new();
    repository.write("charts/app/values.yaml", "size: 2\n");
    for (folder, arguments) in [
        ("charts", &["HEAD", "app"][..]),
        ("charts/app", &["HEAD", "."]),
        ("ci", &["HEAD", "../charts/app/"]),
        ("ci", &["HEAD"]),
    ] {
        let (status, text) = repository.diff(folder, arguments);
        assert_eq!(status, 1, "{folder} {arguments:?}: {text}");
        assert!(text.contains("old/charts/app.yaml"), "{text}");
    }
}

#[test]
fn a_diff_reads_values_files_as_each_side_has_them() {
    let repository = Repository::new();
    repository.write("ci/large.yaml", "size: 20\n");
    let (status, text) = repository.diff("ci", &["HEAD", "-f", "large.yaml", "../charts/app"]);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("-data: {size: \"10\"}\n+data: {size: \"20\"}"), "{text}");
    repository.write("ci/new.yaml", "size: 30\n");
    let new = repository.diff("", &["HEAD", "--values", "ci/new.yaml"]);
    assert_eq!(new, (0, String::new()));
}

#[test]
fn a_diff_shows_charts_that_come_and_go() {
    let repository = Repository::new();
    std::fs::rename(repository.at("charts/app"), repository.at("charts/other")).unwrap();
    let (status, text) = repository.diff("", &["HEAD"]);
    assert_eq!(status, 1, "{text}");
    assert!(
        text.contains("old/charts/app.yaml") && text.contains("new/charts/other.yaml"),
        "{text}"
    );
}
