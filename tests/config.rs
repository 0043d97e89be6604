//! Runs the binary with configuration files, and checks what they set and what is wrong with them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_statefulchart");

/// A folder with a chart that prints its values, and `work/`, where programs run.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(TempDir::new().unwrap());
        fs::create_dir_all(folder.path().join("chart/templates")).unwrap();
        fs::create_dir_all(folder.path().join("chart/crds")).unwrap();
        fs::create_dir(folder.path().join("work")).unwrap();
        folder.write("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 0.1.0\n");
        folder.write("chart/values.yaml", "a: chart\n");
        folder.write(
            "chart/templates/t.yaml",
            "a: {{ .Values.a }}\nb: {{ .Values.b }}\nns: {{ .Release.Namespace }}\n",
        );
        folder.write("chart/crds/c.yaml", "kind: CustomResourceDefinition\n");
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    fn run_as(&self, program: &str, args: &str) -> Output {
        let home = self.path().join("home");
        let mut command = Command::new(program);
        command.args(args.split_whitespace()).current_dir(self.path().join("work"));
        command.env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin").output().unwrap()
    }

    /// What the program prints, or else its error.
    fn run(&self, args: &str) -> String {
        let output = self.run_as(BINARY, args);
        let text = if output.status.success() { output.stdout } else { output.stderr };
        let folder = self.path().canonicalize().unwrap();
        String::from_utf8(text).unwrap().replace(folder.to_str().unwrap(), "@")
    }
}

const RENDER: &str = "template x ../chart";

fn rendered(a: &str, b: &str, namespace: &str) -> String {
    format!("---\n# Source: chart/templates/t.yaml\na: {a}\nb: {b}\nns: {namespace}\n")
}

#[test]
fn a_file_gives_defaults_and_the_command_line_wins() {
    let folder = Folder::new();
    folder.write("base.yaml", "a: base\n");
    folder.write("prod.yaml", "b: prod\n");
    folder.write("work/own.yaml", "a: own\n");
    folder.write("note.txt", "note");
    let values = "values: [base.yaml, prod.yaml]";
    let table = [
        ("", "", ("chart", "", "default")),
        ("template: {}", "", ("chart", "", "default")),
        ("lint: {strict: true}\ntemplate:\n", "", ("chart", "", "default")),
        (values, "", ("base", "prod", "default")),
        ("values: base.yaml", "", ("base", "", "default")),
        // A list on the command line replaces the file's.
        (values, "-f own.yaml", ("own", "", "default")),
        (values, "--set b=line", ("base", "line", "default")),
        ("set: [a=1, b=2]", "", ("1", "2", "default")),
        ("set: [a=1, b=2]", "--set a=3", ("3", "", "default")),
        (
            "set-file: ['b=note.txt']",
            "--config ../.statefulchart.yaml",
            ("chart", "note", "default"),
        ),
        (
            "set-file: ['b={note.txt,note.txt}']",
            "--config ../.statefulchart.yaml",
            ("chart", "[note note]", "default"),
        ),
        (
            "set-file: ['a=note.txt,b=note.txt']",
            "--config ../.statefulchart.yaml",
            ("note", "note", "default"),
        ),
        ("namespace: file", "", ("chart", "", "file")),
        ("namespace: file", "-n line", ("chart", "", "line")),
        (values, "--no-config", ("chart", "", "default")),
        (values, "--config /dev/null", ("chart", "", "default")),
    ];
    for (text, args, (a, b, namespace)) in table {
        let section = if text.contains("template:") || text.is_empty() {
            text.to_owned()
        } else {
            format!("template: {{{text}}}\n")
        };
        folder.write(".statefulchart.yaml", &section);
        let want = rendered(a, b, namespace);
        assert_eq!(folder.run(&format!("{RENDER} {args}")), want, "{text} with {args}");
    }
}

#[test]
fn a_switch_of_the_file_can_be_turned_off() {
    let folder = Folder::new();
    folder.write(".statefulchart.yaml", "template: {include-crds: true}\n");
    let crd = "kind: CustomResourceDefinition\n";
    assert!(folder.run(RENDER).contains(crd));
    assert!(!folder.run(&format!("{RENDER} --include-crds=false")).contains(crd));
}

#[test]
fn the_nearest_file_counts_and_a_named_one_before_it() {
    let folder = Folder::new();
    folder.write(".statefulchart.yaml", "template: {set: [b=above]}\n");
    assert_eq!(folder.run(RENDER), rendered("chart", "above", "default"));
    folder.write("work/.statefulchart.yaml", "template: {values: [near.yaml]}\n");
    folder.write("work/near.yaml", "b: near\n");
    assert_eq!(folder.run(RENDER), rendered("chart", "near", "default"));
    folder.write("chart/named.yaml", "template: {values: near.yaml}\n");
    folder.write("chart/near.yaml", "b: named\n");
    let want = rendered("chart", "named", "default");
    assert_eq!(folder.run(&format!("--config ../chart/named.yaml {RENDER}")), want);
    assert_eq!(folder.run(&format!("{RENDER} --config=../chart/named.yaml")), want);
    folder.write("chart/named.yaml", "template: {post-renderer: ./post}\n");
    fs::remove_file(folder.path().join("work/.statefulchart.yaml")).unwrap();
    let error = folder.run(&format!("{RENDER} --config=../chart/named.yaml"));
    assert!(error.contains("unable to find binary at ../chart/./post"), "{error}");
    // Not used here, so it need not be there.
    assert!(folder.run("version --config=../chart/named.yaml").contains("statefulchart"));
    assert_eq!(folder.run("version --config nope"), "Error: nope: no such file or directory\n");
}

#[test]
fn debug_in_the_file_shows_the_detail_of_a_failure() {
    let folder = Folder::new();
    folder.write(".statefulchart.yaml", "template: {debug: true}\n");
    let detail =
        |args: &str| folder.run(&format!("{RENDER} -s nope {args}")).contains("helm.go:86");
    assert!(detail(""));
    assert!(!detail("--debug=false"));
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_place() {
    let folder = Folder::new();
    let table = [
        ("tempate: {}", "1:1: unknown command \"tempate\"; did you mean \"template\"?"),
        ("fetch: {}", "1:1: unknown command \"fetch\"; did you mean \"pull\"?"),
        ("frobnicate: {}", "1:1: unknown command \"frobnicate\""),
        ("repo:\n  ad: {}", "2:3: repo: unknown command \"ad\"; did you mean \"add\"?"),
        (
            "template:\n  include-crd: true",
            "2:3: template: unknown flag \"include-crd\"; did you mean \"include-crds\"?",
        ),
        ("template:\n  help: true", "2:3: template: unknown flag \"help\""),
        ("template:\n  config: x", "2:3: template: unknown flag \"config\""),
        ("template: {devel: true, devel: true}", "1:25: template: \"devel\" stands here twice"),
        (
            "lint:\n  strict: yes",
            "2:11: lint.strict: invalid type: string \"yes\", expected true or false",
        ),
        (
            "template:\n  kube-version: 1.30",
            "2:17: template.kube-version: invalid type: floating point `1.3`, expected a text (quotes make one of a number)",
        ),
        (
            "template:\n  values:\n  - a\n  - [b]",
            "4:5: template.values[1]: invalid type: sequence, expected a text (quotes make one of a number)",
        ),
        (
            "template:\n  values: 1",
            "2:11: template.values: invalid type: integer `1`, expected a text or a list of texts",
        ),
        (
            "template: {namespace: [a]}",
            "1:23: template.namespace: invalid type: sequence, expected a text (quotes make one of a number)",
        ),
        (
            "install: {labels: x}",
            "1:19: install.labels: invalid type: string \"x\", expected names with a text each",
        ),
        (
            "list: {output: jsn}",
            "1:16: list.output: invalid argument \"jsn\" for \"-o, --output\" flag: invalid format type",
        ),
        (
            "install: {timeout: 5x}",
            "1:20: install.timeout: invalid argument \"5x\" for \"--timeout\" flag: time: unknown unit \"x\" in duration \"5x\"",
        ),
        ("lint: true", "1:7: lint: invalid type: boolean `true`, expected flags with their values"),
        ("- lint", "1:1: invalid type: sequence, expected commands with their flags"),
        ("lint: *x", "1:7: unknown anchor"),
        (
            "template: {post-renderer: cat}",
            "1:12: template: only a file named by --config can set post-renderer",
        ),
        (
            "template: {enable-dns: true}",
            "1:12: template: only a file named by --config can set enable-dns",
        ),
        (
            "template: {set-file: [a=note.txt]}",
            "1:12: template: only a file named by --config can set set-file",
        ),
        (
            "template: {ca-file: ca.pem}",
            "1:12: template: only a file named by --config can set ca-file",
        ),
        (
            "template: {values: [/etc/passwd]}",
            "1:21: template.values[0]: values leads out of the file's folder; only a file named by --config can do that",
        ),
        (
            "template: {output-dir: ../out}",
            "1:24: template.output-dir: output-dir leads out of the working folder; only a file named by --config can do that",
        ),
    ];
    for (text, want) in table {
        folder.write(".statefulchart.yaml", text);
        // The file is checked as a whole, whichever command runs.
        for args in [RENDER, "version"] {
            let want = format!("Error: @/.statefulchart.yaml:{want}\n");
            assert_eq!(folder.run(args), want, "{text}");
        }
        assert_eq!(folder.run(&format!("{RENDER} --no-config")), rendered("chart", "", "default"));
    }
    fs::remove_file(folder.path().join(".statefulchart.yaml")).unwrap();
    fs::create_dir(folder.path().join(".statefulchart.yaml")).unwrap();
    assert_eq!(folder.run("version"), "Error: @/.statefulchart.yaml: not a file\n");
}

#[cfg(unix)]
#[test]
fn under_the_name_helm_there_is_neither_file_nor_flag_nor_manual() {
    let folder = Folder::new();
    folder.write(".statefulchart.yaml", "nonsense\n");
    let helm = folder.path().join("helm");
    std::os::unix::fs::symlink(BINARY, &helm).unwrap();
    let run = |args: &str| {
        let output = folder.run_as(helm.to_str().unwrap(), args);
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    assert_eq!(run(RENDER), (Some(0), rendered("chart", "", "default")));
    for (args, words) in [
        ("version --no-config", "unknown flag: --no-config"),
        ("version --config x", "unknown flag: --config"),
        ("man", "unknown command \"man\" for \"helm\""),
    ] {
        let (status, text) = run(args);
        assert_eq!(status, Some(1), "{args}");
        assert!(text.contains(words), "{args}: {text}");
    }
    for args in ["help", "template --help", "__complete version --", "__complete ma"] {
        let (_, text) = run(args);
        assert!(!text.contains("--config ") && !text.contains("--no-config"), "{args}: {text}");
        assert!(!text.contains("manual page"), "{args}: {text}");
    }
}

/// Only root can give a file away, so for anybody else there is nothing to see here.
#[cfg(unix)]
#[test]
fn a_file_of_another_user_is_refused() {
    use std::os::unix::fs::chown;
    let folder = Folder::new();
    folder.write(".statefulchart.yaml", "version: {short: true}\n");
    let file = folder.path().join(".statefulchart.yaml");
    if chown(&file, Some(12345), None).is_err() {
        return;
    }
    let error = "Error: @/.statefulchart.yaml: it belongs to another user: name it with --config to read it, or pass --no-config\n";
    assert_eq!(folder.run("version"), error);
    assert!(folder.run("version --config ../.statefulchart.yaml").starts_with("v3."));
    // Whose folder this is decides what is rendered here anyway.
    chown(folder.path().join("work"), Some(12345), None).unwrap();
    assert!(folder.run("version").starts_with("v3."));
}

#[test]
fn each_command_has_a_manual_page_with_its_flags() {
    let folder = Folder::new();
    folder.run("man --output-dir pages");
    let pages = folder.path().join("work/pages");
    let names = |text: &str| -> Vec<String> {
        let commands = text.split("Available Commands:\n").nth(1).unwrap_or_default();
        let rows = commands.lines().take_while(|line| !line.is_empty());
        rows.map(|row| row.split_whitespace().next().unwrap().to_owned()).collect()
    };
    let mut all = vec![String::new()];
    for name in names(&folder.run("help")).iter().filter(|name| *name != "help") {
        all.push(name.clone());
        all.extend(
            names(&folder.run(&format!("help {name}"))).iter().map(|n| format!("{name} {n}")),
        );
    }
    for path in &all {
        let file = format!("statefulchart {path}").trim_end().replace(' ', "-") + ".1";
        let page = fs::read_to_string(pages.join(&file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert_eq!(folder.run(&format!("man {path}")), page);
        let plain = page.replace('\\', "");
        for line in folder.run(&format!("help {path}")).lines().filter(|l| l.starts_with("  ")) {
            if let Some((_, flag)) = line.get(..9).and_then(|_| line.split_once("--")) {
                let name = flag.split([' ', '[']).next().unwrap();
                assert!(plain.contains(&format!("--{name}")), "{file}: {name}");
            }
        }
        assert!(!page.contains(folder.path().to_str().unwrap()), "{file} names this machine");
    }
    assert_eq!(fs::read_dir(&pages).unwrap().count(), all.len());
    let error = "Error: no manual page for \"repo ad\"; did you mean \"add\"?\n";
    assert_eq!(folder.run("man repo ad"), error);
}

const LARGE: &str = "c: {{ repeat 2000 .Values.a | len }}{{ repeat 2000 .Values.a }}\n";

#[test]
fn limits_come_from_a_flag_a_variable_or_a_file_that_was_named() {
    let folder = Folder::new();
    folder.write("chart/templates/large.yaml", LARGE);
    let too_large = "the output is larger than its limit, 1 KiB\nSet --max-output or STATEFULCHART_MAX_OUTPUT to raise the limit; 0 turns it off.\n";
    folder.write("limits.yaml", "template: {max-output: 1Ki, max-time: 0, max-memory: 0}\n");
    for (args, fails) in [
        ("", false),
        ("--max-output 1Ki", true),
        ("--max-output 0", false),
        ("--config ../limits.yaml", true),
        ("--config ../limits.yaml --max-output 20k", false),
    ] {
        let text = folder.run(&format!("{RENDER} {args}"));
        assert_eq!(text.ends_with(too_large), fails, "{args}: {text}");
    }
    for (text, why) in [
        ("template: {max-output: 1x}\n", "no size such as 512Mi, 2Gi or 0"),
        ("template: {max-time: -1s}\n", "no duration such as 90s, 5m or 0"),
    ] {
        folder.write("limits.yaml", text);
        let text = folder.run(&format!("{RENDER} --config ../limits.yaml"));
        assert!(text.contains(why), "{text}");
    }
    // It may have come with the chart.
    folder.write(".statefulchart.yaml", "template: {max-memory: 64Gi}\n");
    let text = folder.run(RENDER);
    assert!(text.ends_with("only a file named by --config can set max-memory\n"), "{text}");
}
