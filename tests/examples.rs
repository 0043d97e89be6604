//! Runs the scripts of `examples/` in a scratch repository.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

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

    /// Runs `diff` in a folder of the repository; its status and all that it prints. Nothing may be left behind.
    fn diff(&self, folder: &str, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_statefulchart"));
        command.args(["diff", "--detailed-exitcode", "--no-config"]).args(arguments);
        let before = self.run(Command::new("git").args(["status", "--porcelain"]), "").stdout;
        let output = self.run(&mut command, folder);
        let left = std::fs::read_dir(self.0.path().join("tmp")).unwrap().count();
        let trees = self.run(Command::new("git").args(["worktree", "list"]), "").stdout;
        assert_eq!((left, trees.iter().filter(|b| **b == b'\n').count()), (0, 1));
        let after = self.run(Command::new("git").args(["status", "--porcelain"]), "").stdout;
        assert_eq!(before, after);
        let text = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(text).unwrap())
    }
}

#[test]
fn a_diff_of_manifests_leaves_nothing_behind_and_tells_change_from_none() {
    let repository = Repository::new();
    let none = "no difference: the change touches no chart\n".to_owned();
    assert_eq!(repository.diff("", &["--from", "HEAD"]), (0, none));
    repository.write("charts/app/values.yaml", "size: 2\n");
    let (status, text) = repository.diff("", &["--from", "HEAD"]);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("size: 1 -> 2  (charts/app/values.yaml:1:1)"), "{text}");
    assert!(text.contains("data.size: \"1\" -> \"2\""), "{text}");
    let (status, text) = repository.diff("", &["--from", "no-revision"]);
    assert_eq!((status, text.contains("no revision \"no-revision\"")), (1, true), "{text}");
}

#[test]
fn a_diff_of_a_misspelt_chart_or_values_file_is_an_error() {
    let repository = Repository::new();
    let (status, text) = repository.diff("", &["--from", "HEAD", "charts/ap"]);
    assert_eq!((status, text.contains("no chart at \"charts/ap\"")), (1, true), "{text}");
    let (status, text) =
        repository.diff("", &["--from", "HEAD", "charts/app", "-f", "ci/lage.yaml"]);
    assert_eq!((status, text.contains("ci/lage.yaml")), (1, true), "{text}");
    repository.write("charts/app/templates/a.yaml", "{{ fail \"broken\" }}");
    let (status, text) = repository.diff("", &["--from", "HEAD"]);
    assert_eq!((status, text.contains("charts/app does not render")), (2, true), "{text}");
    assert!(text.contains("broken"), "{text}");
    let (status, text) = repository.diff("", &["--from", "HEAD", "--strict"]);
    assert_eq!((status, text.contains("broken")), (1, true), "{text}");
}

#[test]
fn a_diff_from_a_subfolder_finds_what_is_named_from_there() {
    let repository = Repository::new();
    repository.write("charts/app/values.yaml", "size: 2\n");
    for (folder, arguments, name) in [
        ("charts", &["--from", "HEAD", "app"][..], "app/values.yaml"),
        ("charts/app", &["--from", "HEAD", "."], "(values.yaml"),
        ("ci", &["--from", "HEAD", "../charts/app/"], "../charts/app/values.yaml"),
        ("ci", &["--from", "HEAD"], "../charts/app/values.yaml"),
    ] {
        let (status, text) = repository.diff(folder, arguments);
        assert_eq!(status, 2, "{folder} {arguments:?}: {text}");
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn a_diff_reads_values_files_as_each_side_has_them() {
    let repository = Repository::new();
    repository.write("ci/large.yaml", "size: 20\n");
    let arguments = ["--from", "HEAD", "-f", "large.yaml", "../charts/app"];
    let (status, text) = repository.diff("ci", &arguments);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("data.size: \"10\" -> \"20\""), "{text}");
    repository.write("ci/new.yaml", "size: 30\n");
    let (status, text) =
        repository.diff("", &["--from", "HEAD", "-f", "ci/new.yaml", "charts/app"]);
    assert_eq!((status, &*text), (0, "1 object the same\n"));
    // Each values file is a scenario.
    let arguments = ["--from", "HEAD", "--values", "ci/*.yaml", "charts/app"];
    let (status, text) = repository.diff("", &arguments);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("with ci/large.yaml\n"), "{text}");
    assert!(!text.contains("with ci/new.yaml"), "{text}");
}

#[test]
fn a_diff_shows_charts_that_come_and_go() {
    let repository = Repository::new();
    std::fs::rename(repository.at("charts/app"), repository.at("charts/other")).unwrap();
    let (status, text) = repository.diff("", &["--from", "HEAD"]);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("== charts/app") && text.contains("== charts/other"), "{text}");
    assert!(text.contains("ConfigMap/a removed") && text.contains("ConfigMap/a added"), "{text}");
}

#[test]
fn a_diff_follows_file_dependencies_and_links_in_the_repository() {
    let repository = Repository::new();
    let with = "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies: [{name: common, version: 1.0.0, repository: \"file://../../common\"}]\n";
    repository.write("charts/app/Chart.yaml", with);
    repository.write(
        "common/Chart.yaml",
        "apiVersion: v2\nname: common\nversion: 1.0.0\ntype: library\n",
    );
    repository.write("common/templates/_a.tpl", "{{ define \"common.word\" }}one{{ end }}");
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {word: \"{{ include \"common.word\" . }}\"}\n";
    repository.write("charts/app/templates/a.yaml", template);
    repository.write("shared/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n");
    let link = repository.at("charts/linked/templates/b.yaml");
    repository.write("charts/linked/Chart.yaml", "apiVersion: v2\nname: linked\nversion: 1.0.0\n");
    std::fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("../../../shared/b.yaml", link).unwrap();
    for arguments in [
        &["add", "."][..],
        &["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "second"],
    ] {
        assert!(repository.run(Command::new("git").args(arguments), "").status.success());
    }
    repository.write("common/templates/_a.tpl", "{{ define \"common.word\" }}two{{ end }}");
    let (status, text) = repository.diff("", &["--from", "HEAD"]);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("== charts/app") && !text.contains("== charts/linked"), "{text}");
    assert!(text.contains("data.word: one -> two"), "{text}");
    repository.write("shared/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n");
    let (_, text) = repository.diff("", &["--from", "HEAD"]);
    assert!(text.contains("== charts/linked"), "{text}");
}

/// Stands in for GitHub's program: keeps one comment in a file.
const GH: &str = r#"#!/usr/bin/env bash
set -euo pipefail
echo "$*" >>"$CALLS"
case "$*" in
"api user "*) exit 1 ;;
*PATCH* | *POST*) cat >"$COMMENT" ;;
*) if [ -s "$COMMENT" ]; then jq '[{id: 6, body, user: {login: "other"}}, {id: 7, body, user: {login: "github-actions[bot]"}}]' "$COMMENT"; else echo '[]'; fi ;;
esac
"#;

#[test]
fn a_comment_is_written_once_and_then_changed() {
    use std::os::unix::fs::PermissionsExt;
    let repository = Repository::new();
    repository.write("charts/app/values.yaml", "size: 2\n");
    repository.write("bin/gh", GH);
    let gh = repository.at("bin/gh");
    std::fs::set_permissions(gh, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", repository.at("bin").display(), std::env::var("PATH").unwrap());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci-diff/comment.sh");
    for _ in 0..2 {
        let (_, text) = repository.diff("", &["--from", "HEAD", "-o", "markdown"]);
        repository.write("../comment.md", &text);
        let mut command = Command::new("bash");
        command.arg(&script).args(["me/app", "3"]).arg(repository.at("../comment.md"));
        command.env("PATH", &path).env("CALLS", repository.at("../calls"));
        command.env("COMMENT", repository.at("../comment.json"));
        let output = repository.run(&mut command, "");
        assert!(output.status.success(), "{output:?}");
    }
    let calls = std::fs::read_to_string(repository.at("../calls")).unwrap();
    assert_eq!(
        calls.lines().collect::<Vec<_>>(),
        [
            "api user --jq .login",
            "api --paginate repos/me/app/issues/3/comments",
            "api --method POST repos/me/app/issues/3/comments --input -",
            "api user --jq .login",
            "api --paginate repos/me/app/issues/3/comments",
            "api --method PATCH repos/me/app/issues/comments/7 --input -",
        ]
    );
    let comment = std::fs::read_to_string(repository.at("../comment.json")).unwrap();
    assert!(comment.contains("<!-- statefulchart diff -->"), "{comment}");
}

/// What was asked of GitLab, and the notes by their numbers.
type State = (Vec<String>, Vec<(usize, String)>);

/// Stands in for GitLab: holds the notes of a merge request, two on a page.
struct Notes {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Notes {
    fn serve() -> Notes {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/api/v4", listener.local_addr().unwrap());
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                Notes::answer(stream.unwrap(), &mut shared.lock().unwrap());
            }
        });
        Notes { address, state }
    }

    fn answer(stream: TcpStream, (asked, notes): &mut State) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let [method, path, _] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (mut length, mut is_allowed) = (0, false);
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).unwrap();
            let header = header.trim().to_lowercase();
            if header.is_empty() {
                break;
            }
            is_allowed |= header == "private-token: secret";
            length = header.strip_prefix("content-length: ").map_or(length, |n| n.parse().unwrap());
        }
        let mut form = vec![0; length];
        reader.read_exact(&mut form).unwrap();
        asked.push(format!("{method} {path}"));
        let body = text_of_form(&form);
        let (status, head, answer) = match method {
            _ if !is_allowed => ("401 Unauthorized", String::new(), String::new()),
            "GET" if path.ends_with("/user") => {
                ("200 OK", String::new(), r#"{"id": 3}"#.to_owned())
            }
            "GET" => {
                let page: usize = path.rsplit_once("&page=").unwrap().1.parse().unwrap();
                let of_page: Vec<_> = notes
                    .chunks(2)
                    .nth(page - 1)
                    .unwrap_or_default()
                    .iter()
                    .map(|(id, body)| {
                        let author = if *id < 100 { 2 } else { 3 };
                        serde_json::json!({"id": id, "body": body, "author": {"id": author}})
                    })
                    .collect();
                let next =
                    if notes.len() > page * 2 { (page + 1).to_string() } else { String::new() };
                let answer = serde_json::to_string(&of_page).unwrap();
                ("200 OK", format!("X-Next-Page: {next}\r\n"), answer)
            }
            "POST" => {
                let id = 100 + notes.len();
                notes.push((id, body));
                ("201 Created", String::new(), "{}".to_owned())
            }
            _ => {
                let id: usize = path.rsplit_once('/').unwrap().1.parse().unwrap();
                notes.iter_mut().find(|note| note.0 == id).unwrap().1 = body;
                ("200 OK", String::new(), "{}".to_owned())
            }
        };
        let length = answer.len();
        write!(
            &stream,
            "HTTP/1.1 {status}\r\n{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{answer}"
        )
        .unwrap();
    }
}

/// Returns the text of `body=TEXT` as forms encode it.
fn text_of_form(form: &[u8]) -> String {
    let form = std::str::from_utf8(form).unwrap().strip_prefix("body=").unwrap_or_default();
    let mut bytes = Vec::new();
    let mut rest = form.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}

/// Returns the script of the job for GitLab, as a runner reads it.
fn script_of_gitlab() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci-diff/gitlab.yml");
    let job = goyaml::unmarshal_map(&std::fs::read(path).unwrap()).unwrap();
    let job = job.get(b".manifests-diff").unwrap();
    let script = job.as_map().unwrap().get(b"script").unwrap();
    let gostd::value::Value::List(lines) = script else { panic!("{script:?}") };
    let line = |line: &gostd::value::Value| match line {
        gostd::value::Value::Str(text) => text.to_string_lossy().into_owned(),
        other => panic!("{other:?}"),
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_note_on_gitlab_is_written_once_and_then_changed() {
    let script = script_of_gitlab();
    for shell in ["sh", "bash"] {
        let repository = Repository::new();
        let notes = Notes::serve();
        for (id, body) in
            [(1, "a remark"), (2, "<!-- statefulchart diff -->\nforged"), (3, "a third one")]
        {
            notes.state.lock().unwrap().1.push((id, body.to_owned()));
        }
        let bin = Path::new(env!("CARGO_BIN_EXE_statefulchart")).parent().unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let run = |token: &str| {
            let mut command = Command::new(shell);
            command
                .args(["-e", "-c", &script])
                .env("PATH", &path)
                .env("CI_API_V4_URL", &notes.address);
            command.env("CI_PROJECT_ID", "5").env("CI_MERGE_REQUEST_IID", "7");
            command.env("CI_MERGE_REQUEST_DIFF_BASE_SHA", "HEAD").env("DIFF_TOKEN", token);
            command.env("DIFF_ARGUMENTS", "--values 'ci/*.yaml' --no-config");
            repository.run(&mut command, "")
        };
        for size in [2, 3] {
            repository.write("charts/app/values.yaml", &format!("size: {size}\n"));
            let output = run("secret");
            assert!(output.status.success() && output.stderr.is_empty(), "{shell}: {output:?}");
            let (_, all) = &*notes.state.lock().unwrap();
            let [.., (103, note)] = &all[..] else { panic!("{all:?}") };
            assert!(note.starts_with("<!-- statefulchart diff -->\n"), "{note}");
            assert!(all.len() == 4 && note.contains(&format!("1 -&gt; {size}")), "{all:?}");
        }
        let first = "/api/v4/projects/5/merge_requests/7/notes";
        assert_eq!(
            notes.state.lock().unwrap().0,
            [
                "GET /api/v4/user".to_owned(),
                format!("GET {first}?per_page=100&page=1"),
                format!("GET {first}?per_page=100&page=2"),
                format!("POST {first}"),
                "GET /api/v4/user".to_owned(),
                format!("GET {first}?per_page=100&page=1"),
                format!("GET {first}?per_page=100&page=2"),
                format!("PUT {first}/103"),
            ]
        );
        let report = std::fs::read(repository.at("gl-code-quality-report.json")).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        assert_eq!(report[0]["location"]["path"], "charts/app/values.yaml");
        assert_eq!(std::fs::read_dir(repository.0.path().join("tmp")).unwrap().count(), 0);
        // What goes wrong fails the job.
        for (token, why) in [("wrong", "401"), ("", "DIFF_TOKEN")] {
            let output = run(token);
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success() && text.contains(why), "{text}");
        }
    }
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
