//! Runs the binary under its own name as somebody new to it would, and under Helm's, where nothing of this
//! may show.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_statefulchart");

/// What a run printed.
struct Printed {
    ok: bool,
    stdout: String,
    stderr: String,
}

/// A folder with a chart, a values file and a link to the program by Helm's name.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(TempDir::new().unwrap());
        let path = folder.0.path();
        fs::create_dir_all(path.join("charts/web-app/templates")).unwrap();
        fs::write(
            path.join("charts/web-app/Chart.yaml"),
            "apiVersion: v2\nname: w\nversion: 1.0.0\n",
        )
        .unwrap();
        fs::write(
            path.join("charts/web-app/templates/a.yaml"),
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\na: {{ .Values.a }}\n",
        )
        .unwrap();
        fs::create_dir(path.join("charts/web-aps")).unwrap();
        fs::write(path.join("values-prod.yaml"), "a: 1\n").unwrap();
        std::os::unix::fs::symlink(BINARY, path.join("helm")).unwrap();
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run_as(&self, program: &Path, args: &[&str]) -> Printed {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.path()).env_clear().env("HOME", self.path());
        let done = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Printed { ok: done.status.success(), stdout: text(done.stdout), stderr: text(done.stderr) }
    }

    fn ours(&self, line: &str) -> Printed {
        self.run_as(Path::new(BINARY), &line.split_whitespace().collect::<Vec<_>>())
    }

    fn helm(&self, line: &str) -> Printed {
        self.run_as(&self.path().join("helm"), &line.split_whitespace().collect::<Vec<_>>())
    }
}

#[test]
fn flags_print_the_version() {
    let folder = Folder::new();
    let want = folder.ours("version").stdout;
    assert!(want.starts_with("statefulchart "), "{want}");
    for flag in ["--version", "-V", "--debug -V"] {
        let got = folder.ours(flag);
        assert!(got.ok && got.stdout == want && got.stderr.is_empty(), "{flag}: {}", got.stderr);
    }
    assert!(folder.ours("-V --help").stdout.contains("\nUsage:\n"));
    assert_eq!(folder.helm("--version").stderr, "Error: unknown flag: --version\n");
}

#[test]
fn flags_of_ours_are_unknown_under_helms_name() {
    let folder = Folder::new();
    for line in [
        "install x charts/web-app --dry-run --kube-version=1.29",
        "upgrade -i x charts/web-app --dry-run --api-versions=x",
        "create c --kind=job",
        "lint charts/web-app --no-config",
    ] {
        let [ours, helm] = [folder.ours(line), folder.helm(line)];
        assert!(ours.ok, "{line}: {}", ours.stderr);
        let flag = line.split(" --").last().unwrap().split('=').next().unwrap();
        assert_eq!(helm.stderr, format!("Error: unknown flag: --{flag}\n"), "{line}");
        let help = format!("{} --help", line.split(' ').next().unwrap());
        assert!(folder.ours(&help).stdout.contains(&format!("--{flag} ")), "{help}");
        assert!(!folder.helm(&help).stdout.contains(&format!("--{flag} ")), "{help}");
    }
}

#[test]
fn hints_name_the_program_as_it_was_called() {
    let folder = Folder::new();
    let chart = folder.path().join("charts/parent");
    fs::create_dir(&chart).unwrap();
    let dependency = "dependencies: [{name: d, version: 1.0.0, repository: 'https://localhost'}]";
    let text = format!("apiVersion: v2\nname: p\nversion: 1.0.0\n{dependency}\n");
    fs::write(chart.join("Chart.yaml"), text).unwrap();
    let rows = [
        ("lsit", "Run '@ --help' for usage."),
        ("status", "\"@ status\" requires 1 argument\n\nUsage:  @ status RELEASE_NAME [flags]"),
        ("template charts/parent", "`@ dependency build`"),
        ("dependency build charts/parent", "(try '@ repo update')"),
        ("install a charts/web-app", "  @ install a charts/web-app --dry-run\n"),
        ("uninstall a", "`@ template a CHART | kubectl delete -f -`"),
    ];
    for (line, want) in rows {
        for (name, printed) in [("statefulchart", folder.ours(line)), ("helm", folder.helm(line))] {
            let want = want.replace('@', name);
            assert!(printed.stderr.contains(&want), "{line} as {name}: {}", printed.stderr);
        }
    }
    for line in ["--help", "version --help", "completion bash --help"] {
        let [ours, helm] = [folder.ours(line).stdout, folder.helm(line).stdout];
        assert!(
            ours.contains("statefulchart") && !helm.contains("statefulchart"),
            "{line}: {helm}"
        );
    }
}

#[test]
fn a_refusal_gives_the_whole_command_back() {
    let folder = Folder::new();
    let [chart, name, file] = ["charts/web-app", "x", "it's mine.yaml"];
    let set = ["--set", "a={1,2}", "-n", "prod", "--wait", "--timeout=5m", "--description", "b"];
    let secret = ["--password", "hunter2", "--kube-context", "kind", "-o", "json"];
    let args = [&["install", name, chart, "-f", file][..], &set, &secret].concat();
    let got = folder.run_as(Path::new(BINARY), &args);
    assert!(!got.ok && got.stdout.is_empty());
    let lines: Vec<&str> = got.stderr.lines().collect();
    let values = r"x charts/web-app -f 'it'\''s mine.yaml' --set 'a={1,2}' -n prod";
    let dry = format!(
        "  statefulchart install {values} --wait --timeout 5m --description b --password \"$PASSWORD\" --kube-context kind -o json --dry-run"
    );
    let pipe = format!(
        "  statefulchart template {values} --password \"$PASSWORD\" --no-hooks | kubectl apply -f - --namespace prod --context kind"
    );
    assert_eq!((lines[2], lines[4]), (dry.as_str(), pipe.as_str()));
    assert_eq!(lines.last(), Some(&"Left out of it: --wait, --timeout, --description"));
    for limit in ["--no-hooks", "crds/", "waits for nothing", "no namespace"] {
        assert!(got.stderr.contains(limit), "{limit}: {}", got.stderr);
    }
}

#[test]
fn a_refused_command_that_is_given_back_runs() {
    let folder = Folder::new();
    for line in [
        "install x charts/web-app -f values-prod.yaml --set-string b=1 --atomic --kube-token t",
        "install -g charts/web-app --skip-crds --dry-run=none",
        "upgrade x charts/web-app --reset-values -nb",
        "upgrade -i x charts/web-app --hide-secret --no-hooks",
    ] {
        let refused = folder.ours(line).stderr;
        let given: Vec<&str> =
            refused.lines().filter_map(|l| l.strip_prefix("  statefulchart ")).collect();
        let [dry, pipe] = given[..] else { panic!("{line}: {refused}") };
        for command in [dry, pipe.split(" | ").next().unwrap()] {
            let got = folder.ours(command);
            assert!(got.ok && !got.stdout.is_empty(), "{command}: {}", got.stderr);
        }
    }
}

#[test]
fn ways_around_a_cluster_keep_its_flags() {
    let folder = Folder::new();
    for (line, want) in [
        ("status a -n b --kube-context c", "instance=a --namespace b --context c`"),
        ("list -A", "managed-by=Helm --all-namespaces`"),
        (
            "uninstall a b",
            "`statefulchart template a CHART | kubectl delete -f -` and `statefulchart template b CHART",
        ),
        ("rollback a 2", "instance=a`"),
        (
            "test a -n b",
            "template a CHART --namespace b --show-only 'templates/tests/*' | kubectl apply -f - --namespace b`",
        ),
    ] {
        let got = folder.ours(line);
        assert!(!got.ok && got.stderr.contains(want), "{line}: {}", got.stderr);
    }
}

#[test]
fn flags_of_a_cluster_say_once_that_none_is_asked() {
    let folder = Folder::new();
    for (flags, named, version) in [
        ("--dry-run=server", "--dry-run=server;", "v1.32.0"),
        ("--dry-run --kube-context a --kubeconfig b", "--kube-context, --kubeconfig;", "v1.32.0"),
        ("--dry-run --kube-apiserver a --kube-version 1.29", "--kube-apiserver;", "v1.29.0"),
    ] {
        for command in ["template", "install", "upgrade -i"] {
            let line = format!("{command} x charts/web-app {flags}");
            let got = folder.ours(&line);
            assert!(got.ok && got.stderr.lines().count() == 1, "{line}: {}", got.stderr);
            assert!(got.stderr.contains("no cluster is asked"), "{line}: {}", got.stderr);
            assert!(got.stderr.contains(named) && got.stderr.contains(version), "{}", got.stderr);
        }
        let helm = folder.helm(&format!("template x charts/web-app {flags}"));
        assert!(helm.ok && helm.stderr.is_empty(), "{}", helm.stderr);
    }
    assert_eq!(folder.ours("template x charts/web-app --dry-run").stderr, "");
    // What `lookup` finds is not nothing.
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: default}\ntype: own\n";
    fs::write(folder.path().join("objects.yaml"), secret).unwrap();
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: found}\ndata:\n  found: {{ (lookup \"v1\" \"Secret\" \"default\" \"login\").type }}\n";
    fs::write(folder.path().join("charts/web-app/templates/found.yaml"), template).unwrap();
    for command in
        ["template x charts/web-app", "install x charts/web-app", "upgrade -i x charts/web-app"]
    {
        let line = format!("{command} --dry-run=server --lookup objects.yaml");
        let got = folder.ours(&line);
        assert!(got.ok && got.stdout.contains("found: own"), "{line}: {}", got.stdout);
        assert!(
            got.stderr.contains("in which `lookup` finds the objects of --lookup objects.yaml (")
                && !got.stderr.contains("empty"),
            "{line}: {}",
            got.stderr
        );
    }
}

#[test]
fn near_names_are_suggested_under_our_own_name() {
    let folder = Folder::new();
    for (line, want) in [
        ("repo ad", "\nDid you mean add?\n"),
        ("template --vaules x", "\nDid you mean --values?\n"),
        ("template x ./charts/web-ap", "\nDid you mean ./charts/web-app?\n"),
        ("show chart chart/web-apq", "\nDid you mean charts/web-app?\n"),
        ("template x charts/web-app -f values-prd.yml", "\nDid you mean values-prod.yaml?\n"),
        ("template x charts/web-app -s a.yaml", "\nDid you mean templates/a.yaml?\n"),
        ("template x charts/web-app -s templates/aa.yml", "\nDid you mean templates/a.yaml?\n"),
        ("lint charts/web-apq", "\nDid you mean charts/web-app?\n"),
        ("package charts/web", "\nDid you mean charts/web-app?\n"),
        ("dependency list charts/web-", "\nDid you mean charts/web-app?\n"),
        ("dependency update charts/web-", "\nDid you mean charts/web-app?\n"),
        ("dependency build charts/web-", "\nDid you mean charts/web-app?\n"),
        ("charts/web-app", "\nTo render it: statefulchart template NAME charts/web-app\n"),
        (
            "template charts/web-app x -n b",
            "\nThe release's name comes first: statefulchart template x charts/web-app -n b\n",
        ),
    ] {
        let [ours, helm] = [folder.ours(line), folder.helm(line)];
        assert!(!ours.ok && ours.stderr.contains(want), "{line}: {}", ours.stderr);
        assert!(!helm.stderr.contains(want.trim()), "{line}: {}", helm.stderr);
    }
    fs::write(folder.path().join("Chart.yaml"), "name: here\n").unwrap();
    let want =
        "\nThe chart comes behind the release's name: statefulchart template web . --debug\n";
    let stderr = folder.ours("template web --debug").stderr;
    assert!(stderr.contains(want), "{stderr}");
    fs::remove_file(folder.path().join("Chart.yaml")).unwrap();
    for line in
        ["template x ./far", "template x charts/web-app -f far", "template x charts/web-app --zzz"]
    {
        let stderr = folder.ours(line).stderr;
        assert_eq!(stderr.lines().count(), 1, "{line}: {stderr}");
    }
}

/// The lines below a heading of a help text.
fn section<'t>(help: &'t str, heading: &str) -> Vec<&'t str> {
    let lines = help.lines().skip_while(|line| !line.starts_with(heading)).skip(1);
    lines.take_while(|line| !line.is_empty()).collect()
}

#[test]
fn our_help_groups_flags_and_shows_those_without_effect_apart() {
    let folder = Folder::new();
    let help = folder.ours("template --help").stdout;
    for (heading, flag) in [
        ("Values:", "--set "),
        ("Release:", "--is-upgrade "),
        ("Cluster to Render For:", "--kube-version "),
        ("Chart:", "--repo "),
        ("Output:", "--show-only "),
        ("Flags:", "--enable-dns "),
        ("Global Flags:", "--namespace "),
        ("Without Effect", "--atomic "),
        ("Without Effect", "--kube-context "),
    ] {
        assert!(
            section(&help, heading).iter().any(|l| l.contains(flag)),
            "{heading} {flag}: {help}"
        );
        assert_eq!(help.matches(flag).count(), 1 + usize::from(flag == "--set "), "{flag}");
    }
    assert!(
        section(&folder.ours("--help").stdout, "Flags:")
            .iter()
            .any(|l| l.contains("-V, --version"))
    );
    let helm = folder.helm("template --help").stdout;
    assert!(!helm.contains("Examples:") && !helm.contains("Without Effect"), "{helm}");
}

#[test]
fn examples_of_our_help_are_command_lines() {
    let folder = Folder::new();
    let mut seen = 0;
    for command in [
        "",
        "create",
        "dependency update",
        "install",
        "lint",
        "man",
        "package",
        "plugin install",
        "pull",
        "push",
        "registry login",
        "repo add",
        "repo update",
        "search repo",
        "show values",
        "template",
        "upgrade",
        "verify",
        "dependency build",
        "dependency list",
    ] {
        let help = folder.ours(&format!("{command} --help")).stdout;
        let examples = section(&help, "Examples:");
        assert!(!examples.is_empty(), "{command}: {help}");
        for line in examples.iter().flat_map(|line| line.split(" && ")) {
            let line =
                line.trim().strip_prefix("statefulchart ").unwrap().split(" | ").next().unwrap();
            let got = folder.ours(&format!("{line} --help"));
            assert!(line.starts_with(command) && got.ok, "{line}: {}", got.stderr);
            assert!(command.is_empty() || got.stdout == help, "{line}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn lint_tells_of_what_a_pod_has_twice_and_helm_does_not_look_for() {
    let folder = Folder::new();
    let chart = |pod: &str| {
        let text = format!(
            "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: set}}\nspec:\n  selector: {{matchLabels: {{a: b}}}}\n  template:\n    spec:\n      {pod}\n"
        );
        fs::write(folder.path().join("charts/web-app/templates/set.yaml"), text).unwrap();
    };
    chart(
        "{volumes: [{name: v}, {name: w}, {name: v}], initContainers: [{name: c}], containers: [{name: c, volumeMounts: [{mountPath: /a}, {mountPath: /b}, {mountPath: /a}]}]}",
    );
    let [ours, helm] = [folder.ours("lint charts/web-app"), folder.helm("lint charts/web-app")];
    let line_at = |place: &str, rest: &str, code: &str| {
        format!(
            "statefulchart: templates/set.yaml:{place}: {rest}, too: a cluster refuses this [{code}]\n"
        )
    };
    let line = |rest: &str, code: &str| line_at("8:7", rest, code);
    let pod = "StatefulSet/set spec.template.spec";
    let wanted = [
        line(&format!("{pod}.volumes[2].name: another volume is called \"v\""), "SC432"),
        line(&format!("{pod}.containers[0].name: another container is called \"c\""), "SC402"),
        line(
            &format!(
                "{pod}.containers[0].volumeMounts[2].mountPath: another volume is mounted at \"/a\""
            ),
            "SC418",
        ),
    ]
    .concat();
    assert_eq!((ours.stderr, helm.stderr), (wanted, String::new()));
    assert_eq!((ours.ok, ours.stdout), (helm.ok, helm.stdout));
    chart(
        "{volumes: [{name: v}], containers: [{name: c, volumeMounts: [{mountPath: /a}]}, {name: d, volumeMounts: [{mountPath: /a}]}]}",
    );
    assert_eq!(folder.ours("lint charts/web-app").stderr, "");

    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: NAME}, spec: {volumes: [{name: v}, {name: v}]}}";
    let list = format!(
        "apiVersion: v1\nkind: List\nmetadata: {{name: list}}\nitems: [{}, {}]\n",
        pod.replace("NAME", "a"),
        pod.replace("NAME", "b"),
    );
    fs::write(folder.path().join("charts/web-app/templates/set.yaml"), list).unwrap();
    let of = |name: &str| {
        let rest = format!("Pod/{name} spec.volumes[1].name: another volume is called \"v\"");
        line_at("4:1", &rest, "SC432")
    };
    assert_eq!(folder.ours("lint charts/web-app").stderr, of("a") + &of("b"));
    // The line is that of the template which wrote it, also where another render draws something else at random.
    let helper = "{{ define \"volumes\" -}}\nvolumes:\n- name: v\n- name: v\n{{- end }}\n";
    fs::write(folder.path().join("charts/web-app/templates/_helper.tpl"), helper).unwrap();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ randAlpha 5 | lower }}}\nspec:\n  {{- include \"volumes\" . | nindent 2 }}\n  containers: [{name: a, image: a}]\n";
    fs::write(folder.path().join("charts/web-app/templates/set.yaml"), pod).unwrap();
    let told = folder.ours("lint charts/web-app").stderr;
    assert!(told.starts_with("statefulchart: templates/_helper.tpl:4:1: Pod/"), "{told}");
}

#[test]
fn lint_tells_of_all_that_a_version_of_kubernetes_refuses() {
    let folder = Folder::new();
    let text = "apiVersion: flowcontrol.apiserver.k8s.io/v1beta3\nkind: FlowSchema\nmetadata: {name: a}\nspec: {priorityLevelConfiguration: {name: exempt}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndate: {}\n";
    fs::write(folder.path().join("charts/web-app/templates/a.yaml"), text).unwrap();
    let told = |version: &str| {
        let command = format!("lint charts/web-app{version}");
        let (ours, helm) = (folder.ours(&command), folder.helm(&command));
        assert_eq!((ours.ok, ours.stdout), (helm.ok, helm.stdout));
        assert_eq!(helm.stderr, "");
        ours.stderr
    };
    let field = "statefulchart: templates/a.yaml:9:1: ConfigMap/a date: ConfigMap has no field \"date\": a cluster refuses this [SC101]\n";
    let removed = "statefulchart: templates/a.yaml:1:1: FlowSchema/a apiVersion: flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema is not served: it was removed in Kubernetes 1.32: a cluster refuses this [SC202]\n";
    assert_eq!(told(""), "");
    assert_eq!(told(" --kube-version 1.30"), field);
    assert_eq!(told(" --kube-version 1.33"), [removed, field].concat());
    // No rules are known of that one.
    let unasked = "statefulchart: --kube-version \"1.10\": versions 1.27 to 1.37 are known: what an API server of another one refuses is not told\n";
    assert_eq!(told(" --kube-version 1.10"), unasked);
    let range = "statefulchart: --kube-version \"1.30-1.33\": one version is taken, and this is 1.30 with a suffix\n";
    assert_eq!(told(" --kube-version 1.30-1.33"), [range, field].concat());
}
