//! Runs `compat` on small charts that each meet a rule of a later Helm.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A chart with these files beside its Chart.yaml.
fn chart(folder: &Path, name: &str, files: &[(&str, &str)]) {
    let metadata = format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\nappVersion: v1\n");
    for (path, text) in [("Chart.yaml", &metadata[..])].iter().chain(files) {
        let path = folder.join(name).join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn compat(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_statefulchart"));
    command.arg("compat").args(line.split_whitespace()).current_dir(folder);
    command.env_clear().env("HOME", folder).output().unwrap()
}

/// The exit status and standard output.
fn text(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), String::from_utf8(output.stdout.clone()).unwrap())
}

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

#[test]
fn a_difference_is_named_by_the_rule_that_makes_it() {
    let folder = TempDir::new().unwrap();
    let rows = [
        (
            "nulls",
            "data: {a: \"{{ hasKey .Values \"gone\" }}\"}",
            "gone: null\n",
            "null_defaults_go",
            "+data: {a: \"false\"}",
        ),
        ("map", "data: {a: \"{{ kindOf .Chart }}\"}", "", "chart_is_map", "+data: {a: \"map\"}"),
        (
            "lines",
            "data: {a: \"x\"}\n\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n",
            "",
            "all_newlines_stay",
            "+",
        ),
        (
            "cluster",
            "data: {a: {{ .Capabilities.KubeVersion }}}",
            "",
            "kubernetes_version",
            "+data: {a: v1.37.0}",
        ),
        (
            "version",
            "data: {a: {{ .Capabilities.HelmVersion.Version }}}",
            "",
            "helm_version",
            "+data: {a: v4.3.1}",
        ),
        (
            "random",
            "data: {a: {{ randAlphaNum 9 }}, b: {{ now | unixEpoch }}, c: {{ kindOf .Chart }}}",
            "",
            "chart_is_map",
            "c: map}",
        ),
    ];
    for (name, data, values, cause, line) in rows {
        let template = format!("{CONFIG}{data}");
        chart(folder.path(), name, &[("templates/a.yaml", &template), ("values.yaml", values)]);
        let (status, printed) = text(&compat(folder.path(), &format!("{name} --to 4.3.1")));
        assert_eq!(status, 2, "{printed}");
        let causes: Vec<&str> = printed
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.split_once(": "))
            .map(|(cause, _)| cause)
            .filter(|cause| !cause.contains(' '))
            .collect();
        assert_eq!(causes, [cause], "{printed}");
        assert!(printed.contains(line), "{name}: {printed}");
    }
}

#[test]
fn what_does_not_differ_is_the_same_in_every_version() {
    let folder = TempDir::new().unwrap();
    let template = format!("{CONFIG}data: {{a: {{{{ randAlphaNum 9 }}}}}}");
    chart(folder.path(), "same", &[("templates/a.yaml", &template)]);
    let (status, printed) = text(&compat(folder.path(), "same"));
    assert_eq!(status, 0, "{printed}");
    let rows: Vec<Vec<&str>> =
        printed.lines().skip(2).map(|line| line.split_whitespace().collect()).collect();
    let versions: Vec<&str> = rows.iter().map_while(|row| row.first().copied()).collect();
    let newest = "3.17.3 3.18.6 3.19.5 3.20.2 3.21.4 3.22.0 4.0.5 4.1.4 4.2.4 4.3.1";
    assert_eq!(versions.join(" "), newest, "{printed}");
    assert!(rows[..versions.len()].iter().all(|row| row[1..] == ["same"]), "{printed}");
    let (status, printed) = text(&compat(folder.path(), "same --versions"));
    let known =
        printed.lines().filter(|line| line.split_whitespace().nth(1) == Some("same")).count();
    assert_eq!((status, known), (0, statefulchart::profile::RELEASES.len()), "{printed}");
}

#[test]
fn a_chart_that_fails_on_one_side_says_why() {
    let folder = TempDir::new().unwrap();
    let template = format!("{CONFIG}data: {{a: {{{{ .Chart.Unknown }}}}}}");
    chart(folder.path(), "fails", &[("templates/a.yaml", &template)]);
    let (status, printed) = text(&compat(folder.path(), "fails --to 4.3"));
    assert_eq!(status, 2, "{printed}");
    assert!(printed.starts_with("fails, Helm 3.17.3 -> 4.3.1: renders now\n"), "{printed}");
    assert!(printed.contains("can't evaluate field Unknown"), "{printed}");
    assert!(printed.contains("\n  chart_is_map: "), "{printed}");
    let (status, printed) = text(&compat(folder.path(), "fails --from 4.3 --to 3.17"));
    assert_eq!((status, printed.contains("does not render any more")), (2, true), "{printed}");
}

#[test]
fn data_and_several_charts_and_one_that_is_not_there() {
    let folder = TempDir::new().unwrap();
    let template = format!("{CONFIG}data: {{a: {{{{ kindOf .Chart }}}}}}");
    chart(folder.path(), "one", &[("templates/a.yaml", &template)]);
    chart(folder.path(), "two", &[("templates/a.yaml", CONFIG)]);
    let output = compat(folder.path(), "one missing two --to 4.3 -o json");
    let (status, printed) = text(&output);
    assert_eq!(status, 1, "{printed}");
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("Error: missing: "), "{output:?}");
    let data: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let names: Vec<_> = data.as_array().unwrap().iter().map(|c| c["chart"].as_str()).collect();
    assert_eq!(names, [Some("one"), Some("missing"), Some("two")]);
    let change = &data[0]["versions"][0]["changes"][0];
    assert_eq!(change["object"], "ConfigMap a");
    assert_eq!(change["rules"], serde_json::json!(["chart_is_map"]));
    assert!(data[1]["error"].is_string());
    let version = &compat(folder.path(), "one --to 9");
    let told = String::from_utf8_lossy(&version.stderr);
    assert!(
        told.contains("unknown Helm version \"9\"; known are 3.17.3, 3.18.1 to 3.18.6, 3.19.0 to "),
        "{told}"
    );
}

#[test]
fn what_the_user_gives_is_read_as_each_version_reads_it() {
    let folder = TempDir::new().unwrap();
    let template = format!("{CONFIG}data: {{a: {{{{ .Capabilities.KubeVersion }}}}}}");
    chart(folder.path(), "kube", &[("templates/a.yaml", &template)]);
    let (status, printed) = text(&compat(folder.path(), "kube --kube-version 1.30 --to 4.3"));
    assert_eq!((status, printed.contains("  kube_version_as_given: ")), (2, true), "{printed}");
    let template = format!("{CONFIG}data: {{a: {{{{ .Values.a }}}}}}");
    chart(folder.path(), "values", &[("templates/a.yaml", &template)]);
    fs::write(folder.path().join("two.yaml"), "a: 1\n---\na: 2\n").unwrap();
    let (status, printed) = text(&compat(folder.path(), "values -f two.yaml --to 4.3"));
    assert_eq!((status, printed.contains("  values_documents: ")), (2, true), "{printed}");
}

#[test]
fn a_chart_that_no_version_renders_is_an_error_and_a_secret_stays_one() {
    let folder = TempDir::new().unwrap();
    chart(folder.path(), "fails", &[("templates/a.yaml", "{{ fail \"missing\" }}")]);
    let output = compat(folder.path(), "fails --to 4.3");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("missing"), "{output:?}");
    let secret = "kind: Secret\napiVersion: v1\nmetadata: {name: s}\nstringData: {a: \"{{ kindOf .Chart }} hidden\"}";
    chart(folder.path(), "secret", &[("templates/a.yaml", secret)]);
    for line in ["secret --to 4.3", "secret --to 4.3 -o json"] {
        let (status, printed) = text(&compat(folder.path(), line));
        assert_eq!((status, printed.contains("chart_is_map")), (2, true), "{printed}");
        assert!(!printed.contains("hidden"), "{printed}");
    }
}

/// A chart that meets three rules of Helm 4 in places that its files show.
fn chart_with_places(folder: &Path) {
    let template = format!(
        "{CONFIG}data:\n  a: {{{{ toJson .Chart.Maintainers | quote }}}}\n  b: {{{{ .Chart.Nmae | quote }}}}\n  c: \"{{{{ len .Values.b }}}}{{{{ .Values.second }}}}\"\n"
    );
    let values = "a: 1\nb:\n  c: null\n---\nsecond: x\n";
    let below = ("charts/below/Chart.yaml", "apiVersion: v2\nname: below\nversion: 1.0.0\n");
    let nulls = ("charts/below/values.yaml", "x: 1\ny: ~\n");
    chart(folder, "met", &[("templates/a.yaml", &template), ("values.yaml", values), below, nulls]);
}

/// Where the chart meets the rules.
const PLACES: [&str; 5] = [
    "templates/a.yaml:5: .Chart.Maintainers is shown whole",
    "templates/a.yaml:6: there is no .Chart.Nmae",
    "values.yaml:3: b.c is null",
    "values.yaml:4: a second document",
    "charts/below/values.yaml:2: y is null",
];

#[test]
fn places_in_the_chart_are_named() {
    let folder = TempDir::new().unwrap();
    chart_with_places(folder.path());
    // Helm 3 has no field Nmae, and renders nothing.
    let (status, printed) = text(&compat(folder.path(), "met --to 4.3.1"));
    assert_eq!(status, 2, "{printed}");
    assert!(printed.contains("  at templates/a.yaml:6: there is no .Chart.Nmae\n"), "{printed}");
    let (status, printed) = text(&compat(folder.path(), "met --from 4.1 --to 4.3.1"));
    assert_eq!(status, 2, "{printed}");
    assert!(printed.contains("  at values.yaml:3: b.c is null\n"), "{printed}");
    assert!(!printed.contains("a second document"), "{printed}");
    let (_, json) = text(&compat(folder.path(), "met --from 4.1 --to 4.3.1 -o json"));
    let place = r#"{"file":"charts/below/values.yaml","line":2,"what":"y is null"}"#;
    assert!(json.contains(place), "{json}");
}

#[test]
fn lint_tells_of_what_a_later_helm_takes_otherwise() {
    let folder = TempDir::new().unwrap();
    chart_with_places(folder.path());
    let lint = |version: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_statefulchart"));
        command.args(["lint", "met", "--helm", version]).current_dir(folder.path());
        let done = command.env_clear().env("HOME", folder.path()).output().unwrap();
        String::from_utf8(done.stderr).unwrap()
    };
    let told = lint("4.3.1");
    for place in PLACES {
        assert!(told.contains(&format!("statefulchart: {place}: in Helm 4.3.1 ")), "{told}");
    }
    assert!(!lint("3.22.0").contains("statefulchart: "), "{}", lint("3.22.0"));
}
