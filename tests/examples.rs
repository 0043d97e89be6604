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

/// A chart with a CRD, hooks of several weights and events, a Deployment and a StatefulSet that waits for nobody.
const DEPLOYED: [(&str, &str); 7] = [
    ("Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n"),
    ("values.yaml", "size: 1\n"),
    (
        "crds/a.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a.example.com}\n",
    ),
    (
        "templates/before.yaml",
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: second\n  annotations: {helm.sh/hook: 'pre-install,pre-upgrade', helm.sh/hook-weight: '10', helm.sh/hook-delete-policy: hook-succeeded}\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: first\n  annotations: {helm.sh/hook: pre-install, helm.sh/hook-weight: '-5'}\n",
    ),
    (
        "templates/after.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: last\n  annotations: {helm.sh/hook: post-install}\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: never\n  annotations: {helm.sh/hook: test}\n",
    ),
    (
        "templates/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: {{ .Release.Namespace }}}\nspec: {replicas: {{ .Values.size }}}\n",
    ),
    (
        "templates/set.yaml",
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: set}\nspec: {updateStrategy: {type: OnDelete}}\n",
    ),
];

/// Stands in for kubectl: writes down each call with the names of what it is given, and answers as a cluster where every
/// hook ends at once would; a hook named in FAILING fails, and with IN_A_POD there is no kubeconfig.
const KUBECTL: &str = r#"#!/usr/bin/env bash
set -euo pipefail
call=$* given=
case $call in
"config view "*) [ "$FAILING" != IN_A_POD ] || exit 1 ;;
esac
for ((i = 1; i < $#; i++)); do
    [ "${!i}" = -f ] || continue
    file=$((i + 1))
    given=$(grep -oE 'name: [a-z.]+' "${!file}" | cut -d' ' -f2 | tr '\n' ' ')
done
call=${call#--kubeconfig * }
echo "${call%% -f *}${given:+ < $given}" >>"$CALLS"
case "$call < $given" in
"get namespace "*) exit 1 ;;
*"get -f "*" < $FAILING ") echo '{"status": {"conditions": [{"type": "Failed", "status": "True"}]}}' ;;
*"get -f "*" < second ") echo '{"status": {"conditions": [{"type": "Complete", "status": "True"}]}}' ;;
*"get -f "*" < first ") echo '{"status": {"phase": "Succeeded"}}' ;;
*"get -f "*" < web set ") cat <<'END' ;;
{"kind": "List", "items": [
  {"kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}},
  {"kind": "Deployment", "metadata": {"name": "web", "namespace": "front"}, "spec": {"strategy": {"type": "RollingUpdate"}}},
  {"kind": "StatefulSet", "metadata": {"name": "set", "namespace": "shop"}, "spec": {"updateStrategy": {"type": "OnDelete"}}}
]}
END
esac
"#;

/// Runs the script for a deployment; its status, what it prints, and what it asks of kubectl.
fn deploy(repository: &Repository, arguments: &[&str], failing: &str) -> (i32, String, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/kubectl-apply/deploy.sh");
    repository.write("kubectl", KUBECTL);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(repository.at("kubectl"), mode).unwrap();
    let calls = repository.at("calls");
    let _ = std::fs::remove_file(&calls);
    let mut command = Command::new("bash");
    command.arg(script).args(arguments).env("KUBECTL", repository.at("kubectl"));
    command.env("CALLS", &calls).env("FAILING", failing);
    let output = repository.run(&mut command, "");
    assert_eq!(std::fs::read_dir(repository.0.path().join("tmp")).unwrap().count(), 0);
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    let calls = std::fs::read_to_string(calls).unwrap_or_default();
    (output.status.code().unwrap(), text, calls)
}

#[test]
fn a_deployment_takes_hooks_crds_and_workloads_in_order() {
    let repository = Repository::new();
    for (path, text) in DEPLOYED {
        repository.write(&format!("app/{path}"), text);
    }
    let (status, text, calls) = deploy(&repository, &["web", "app", "-n", "shop"], "none");
    assert_eq!(status, 0, "{text}");
    let expected = "\
config view --raw --minify --flatten
config set-context --current --namespace shop
get namespace shop
create namespace shop
apply --server-side < a.example.com 
wait --for=condition=Established --timeout=300s < a.example.com 
delete < first 
create < first 
get < first 
create < second 
get < second 
delete < second 
apply < web set 
get < web set 
rollout status deployment/web --namespace front --timeout=300s
delete < last 
create < last 
";
    assert_eq!(calls, expected);

    let (status, text, calls) = deploy(&repository, &["--upgrade", "web", "app"], "none");
    assert_eq!(status, 0, "{text}");
    assert!(calls.contains("create < second") && !calls.contains("< first"), "{calls}");
    assert!(!calls.contains("< last"), "{calls}");
}

#[test]
fn a_deployment_in_a_pod_takes_the_namespace_for_all() {
    let repository = Repository::new();
    for (path, text) in DEPLOYED {
        repository.write(&format!("app/{path}"), text);
    }
    let (status, text, calls) = deploy(&repository, &["web", "app", "-n", "shop"], "IN_A_POD");
    assert_eq!(status, 0, "{text}");
    assert!(calls.contains("--namespace shop apply < web set"), "{calls}");
    assert!(!calls.contains("set-context"), "{calls}");
}

#[test]
fn a_deployment_stops_at_a_hook_that_fails_and_at_a_chart_that_does_not_render() {
    let repository = Repository::new();
    for (path, text) in DEPLOYED {
        repository.write(&format!("app/{path}"), text);
    }
    let (status, text, calls) = deploy(&repository, &["web", "app"], "second");
    assert_eq!((status, text.contains("pre-install hook job/second failed")), (1, true), "{text}");
    assert!(!calls.contains("apply < web"), "{calls}");
    repository.write("app/templates/web.yaml", "{{ fail \"broken\" }}");
    let (status, text, calls) = deploy(&repository, &["web", "app"], "none");
    assert_eq!((status, text.contains("broken"), &calls[..]), (1, true, ""), "{text}");
}
