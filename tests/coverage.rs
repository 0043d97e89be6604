//! Runs `coverage` on small charts of which a part does not run.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A chart with these files beside its Chart.yaml.
fn chart(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    files.iter().for_each(|(path, text)| write(folder.path(), &format!("web/{path}"), text));
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn coverage(folder: &TempDir, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_statefulchart"));
    command.arg("coverage").args(line.split_whitespace()).current_dir(folder.path());
    command.env_clear().env("HOME", folder.path()).env("SOURCE_DATE_EPOCH", "1700000000");
    command.output().unwrap()
}

/// The exit status, standard output and standard error.
fn run(folder: &TempDir, line: &str) -> (i32, String, String) {
    let Output { status, stdout, stderr } = coverage(folder, line);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn printed(folder: &TempDir, line: &str) -> String {
    let (status, stdout, stderr) = run(folder, line);
    assert_eq!((status, &*stderr), (0, ""), "{line}");
    stdout
}

fn json(folder: &TempDir, line: &str) -> Value {
    serde_json::from_str(&printed(folder, &format!("{line} -o json"))).unwrap()
}

/// A chart with a template of each kind of line and branch.
fn web() -> TempDir {
    let main = "{{/* no line */}}\nkind: ConfigMap\n\nmetadata:\n  name: {{ include \"name\" . }}\n{{- if .Values.a }}\n  a: {{ .Values.a }}\n{{- else }}\n  b: c\n{{- end }}\n{{- range .Values.list }}\n  l{{ . }}: {{ . }}\n{{- end }}\n{{- with .Values.extra }}\n  e: {{ . }}{{ end }}\n  x: {{ and .Values.a .Values.b | quote }}\n";
    let helpers = "# nobody prints this\n{{- define \"name\" -}}\nweb\n{{- end }}\n{{- define \"unused\" -}}\nnever\n{{- end }}\n";
    chart(&[
        ("templates/a.yaml", main),
        ("templates/_helpers.tpl", helpers),
        ("values.yaml", "list: []\n"),
        ("ci/a.yaml", "a: 1\n"),
        ("ci/list.yml", "list: [1, 2]\n"),
        ("ci/notes.md", "# no values\n"),
        ("ci/.hidden.yaml", "extra: 1\n"),
    ])
}

#[test]
fn the_table_names_lines_and_sides_that_never_ran() {
    let folder = web();
    let text = printed(&folder, "web");
    let want = "\
TEMPLATE              \tLINES\tBRANCHES\tCOVERED\tMISSED
templates/_helpers.tpl\t1/2  \t0/0     \t50.0%  \t6
templates/a.yaml      \t8/11 \t3/6     \t64.7%  \t7, 12, 15
TOTAL                 \t9/13 \t3/6     \t63.1%

SCENARIO  \tCOVERED\tONLY HERE\tRESULT
(defaults)\t63.1%  \t12       \trenders
";
    assert_eq!(text, want);
    let text = printed(&folder, "web --values ci/*");
    let want = "\
TEMPLATE              \tLINES\tBRANCHES\tCOVERED\tMISSED
templates/_helpers.tpl\t1/2  \t0/0     \t50.0%  \t6
templates/a.yaml      \t10/11\t5/6     \t88.2%  \t15
TOTAL                 \t11/13\t5/6     \t84.2%

SCENARIO   \tCOVERED\tONLY HERE\tRESULT
(defaults) \t63.1%  \t0        \trenders
ci/a.yaml  \t63.1%  \t2        \trenders
ci/list.yml\t68.4%  \t2        \trenders
";
    assert_eq!(text, want);
    let text = printed(&folder, "web --skip-defaults --values ci/a.yaml --set extra=1");
    assert!(text.contains("\t70.5%  \t9, 12, 14 never empty\n"), "{text}");
}

#[test]
fn json_has_every_line_side_action_and_operand() {
    let folder = web();
    let found = json(&folder, "web --values ci/list.yml");
    assert_eq!((&found["version"], &found["chart"]), (&1.into(), &"web".into()));
    let template = &found["templates"][1];
    assert_eq!(template["file"], "web/templates/a.yaml");
    let lines: Vec<(u64, u64)> = template["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["line"].as_u64().unwrap(), line["hits"].as_u64().unwrap()))
        .collect();
    let want = [
        (2, 2),
        (4, 2),
        (5, 2),
        (6, 2),
        (7, 0),
        (9, 2),
        (11, 2),
        (12, 2),
        (14, 2),
        (15, 0),
        (16, 2),
    ];
    assert_eq!(lines, want);
    let text = fs::read_to_string(folder.path().join("web/templates/a.yaml")).unwrap();
    let branches: Vec<String> = template["branches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|branch| {
            let side = |side: &Value| {
                let body = side["bytes"].as_array().map(|at| {
                    let at = |n: usize| at[n].as_u64().unwrap() as usize;
                    text[at(0)..at(1)].trim().to_owned()
                });
                format!("{} {} {body:?}", side["when"].as_str().unwrap(), side["hits"])
            };
            let sides: Vec<String> = branch["sides"].as_array().unwrap().iter().map(side).collect();
            format!("{}:{} {}", branch["line"], branch["kind"], sides.join(", "))
        })
        .collect();
    assert_eq!(
        branches,
        [
            "6:\"if\" true 0 Some(\"a: {{ .Values.a }}\"), false 2 Some(\"b: c\")",
            "11:\"range\" filled 2 Some(\"l{{ . }}: {{ . }}\"), empty 1 None",
            "14:\"with\" set 0 Some(\"e: {{ . }}\"), empty 2 None",
        ]
    );
    let operands = template["operands"].as_array().unwrap();
    let operands: Vec<(&str, u64)> = operands
        .iter()
        .map(|o| (o["text"].as_str().unwrap(), o["hits"].as_u64().unwrap()))
        .collect();
    assert_eq!(operands, [(".Values.a", 2), (".Values.b", 0)]);
    let definitions = &found["templates"][0]["definitions"];
    assert_eq!((&definitions[0]["name"], &definitions[0]["calls"]), (&"name".into(), &2.into()));
    assert_eq!((&definitions[1]["name"], &definitions[1]["calls"]), (&"unused".into(), &0.into()));
}

#[test]
fn lcov_and_cobertura_say_the_same() {
    let folder = chart(&[(
        "templates/a & b.yaml",
        "{{ define \"n\" }}{{ end }}\na: b\n{{- if .Values.a }}\nc: d\n{{- end }}\n{{- if .Values.b }}\ne: f\n{{- if .Values.c }}{{ end }}\n{{- end }}\n",
    )]);
    let lcov = "\
TN:
SF:web/templates/a & b.yaml
FN:1,n
FNDA:0,n
FNF:1
FNH:0
BRDA:3,0,0,1
BRDA:3,0,1,1
BRDA:6,1,0,0
BRDA:6,1,1,2
BRDA:8,2,0,-
BRDA:8,2,1,-
BRF:6
BRH:3
DA:2,2
DA:3,2
DA:4,1
DA:6,2
DA:7,0
DA:8,0
LF:6
LH:4
end_of_record
";
    write(folder.path(), "on.yaml", "a: true\n");
    assert_eq!(printed(&folder, "web --values on.yaml -o lcov"), lcov);
    let xml = printed(&folder, "web --values on.yaml -o cobertura");
    assert!(xml.contains("line-rate=\"0.6667\" branch-rate=\"0.5000\" lines-covered=\"4\" lines-valid=\"6\" branches-covered=\"3\" branches-valid=\"6\""), "{xml}");
    assert!(xml.contains("timestamp=\"1700000000000\""), "{xml}");
    assert!(xml.contains("filename=\"web&#x2f;templates&#x2f;a &amp; b.yaml\""), "{xml}");
    assert!(
        xml.contains(
            "<line number=\"6\" hits=\"2\" branch=\"true\" condition-coverage=\"50% (1/2)\">"
        ),
        "{xml}"
    );
    assert!(xml.contains("<line number=\"7\" hits=\"0\" branch=\"false\"/>"), "{xml}");
}

#[test]
fn the_page_needs_nothing_else_and_marks_what_never_ran() {
    let folder = chart(&[(
        "templates/a.yaml",
        "a: <b>\n{{- if .Values.a }}\nc: d\n{{- end }}\nx: {{ if .Values.a }}y{{ end }}\n",
    )]);
    let page = printed(&folder, "web -o html");
    for outside in ["http", "<script", "<link", "src=", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("<tr class=\"ran\" id=\"t0l1\">") && page.contains("a: &lt;b&gt;"));
    assert!(page.contains("<tr class=\"part\" id=\"t0l2\">") && page.contains(">true 0</span>"));
    assert!(page.contains("<tr class=\"miss\" id=\"t0l3\">"));
    assert!(page.contains("<tr class=\"\" id=\"t0l4\">"));
    assert!(page.contains("{{ if .Values.a }}<u>y</u>{{ end }}"), "{page}");
}

#[test]
fn the_exit_status_tells_of_too_little_and_of_failures() {
    let folder = web();
    let (status, stdout, stderr) = run(&folder, "web --fail-under 63.2");
    let why =
        "Error: 63.1 % covered (9 of 13 lines, 3 of 6 sides of branches), which is under 63.2 %\n";
    assert_eq!((status, &*stderr), (2, why), "{stdout}");
    assert!(stdout.contains("TOTAL"));
    assert_eq!(run(&folder, "web --fail-under 63.1").0, 0);
    let (status, _, stderr) = run(&folder, "web --fail-under 101");
    assert_eq!((status, &*stderr), (1, "Error: --fail-under takes a percentage from 0 to 100\n"));

    write(
        folder.path(),
        "web/templates/b.yaml",
        "{{ if .Values.a }}{{ fail \"no a\" }}{{ end }}\n",
    );
    write(folder.path(), "web/ci/broken.yaml", "a: [\n");
    let (status, stdout, stderr) = run(&folder, "web --values ci/*.yaml --fail-under 99");
    assert_eq!(status, 1, "{stderr}");
    assert!(stderr.starts_with("Error: 2 of 3 scenarios do not render:\n  ci/a.yaml: execution error at (web/templates/b.yaml:1:21): no a\n  ci/broken.yaml: "), "{stderr}");
    assert!(
        stdout.contains("\nci/a.yaml     \t") && stdout.contains("\tdoes not render\n"),
        "{stdout}"
    );
    // What ran until then counts.
    assert!(stdout.contains("templates/b.yaml      \t1/1  \t2/2     \t100.0%"), "{stdout}");
    let (status, _, warned) = run(&folder, "web --values ci/*.yaml --keep-going");
    assert_eq!((status, format!("Error: {warned}")), (0, stderr));
    assert_eq!(run(&folder, "web --values ci/*.yaml --keep-going --fail-under 99").0, 2);
}

#[test]
fn patterns_are_tried_in_the_chart_and_then_in_the_working_folder() {
    let folder = web();
    write(folder.path(), "env/prod/v.yaml", "a: 1\n");
    write(folder.path(), "env/dev.yaml", "a: 1\n");
    write(folder.path(), "ci/pipeline.yaml", "a: 1\n");
    let names = |line: &str| -> Vec<String> {
        let found = json(&folder, &format!("web --skip-defaults {line}"));
        let all = found["scenarios"].as_array().unwrap();
        all.iter().map(|s| s["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("--values ci/*"), ["ci/a.yaml", "ci/list.yml"]);
    assert_eq!(names("--values ./ci/pipeline.yaml"), ["ci/pipeline.yaml"]);
    assert_eq!(names("--values env/*"), ["env/dev.yaml"]);
    assert_eq!(names("--values env/**"), ["env/dev.yaml", "env/prod/v.yaml"]);
    assert_eq!(names("--values ci/{list,a}.y*,ci/a.yaml"), ["ci/a.yaml", "ci/list.yml"]);
    assert_eq!(names("--values ci/.*"), ["ci/.hidden.yaml"]);
    let absolute = folder.path().join("env/*/v.yaml");
    assert_eq!(names(&format!("--values {}", absolute.display())).len(), 1);
    let (status, _, stderr) = run(&folder, "web --values ci/b.yaml");
    let why = "Error: --values \"ci/b.yaml\": there is no such values file in the chart or in the working folder\nDid you mean ci/a.yaml?\n";
    assert_eq!((status, &*stderr), (1, why));
    assert_eq!(run(&folder, "web --values nothing/*").0, 1);
    assert_eq!(run(&folder, "web --skip-defaults").0, 1);
    // -f and --set are of all scenarios.
    let found = json(&folder, "web --values ci/list.yml -f env/dev.yaml --set extra=1");
    let missed: Vec<&Value> =
        found["templates"][1]["missed_lines"].as_array().unwrap().iter().collect();
    assert_eq!(format!("{missed:?}"), "[Array [Number(9), Number(9)]]");
}

#[test]
fn subcharts_count_where_they_are_wanted() {
    let folder = web();
    let sub = "apiVersion: v2\nname: db\nversion: 1.0.0\n";
    write(folder.path(), "web/charts/database/Chart.yaml", sub);
    write(
        folder.path(),
        "web/charts/database/templates/x.yaml",
        "a: {{ if .Values.on }}1{{ end }}\n",
    );
    write(
        folder.path(),
        "web/Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n- {name: db, version: 1.0.0, alias: one, condition: one.enabled}\n- {name: db, version: 1.0.0, alias: two}\n",
    );
    assert!(!printed(&folder, "web").contains("database"));
    // Both copies are one file.
    let text = printed(&folder, "web --with-subcharts --set one.on=true");
    assert!(text.contains("charts/database/templates/x.yaml\t1/1  \t2/2     \t100.0%"), "{text}");
    let text = printed(&folder, "web --with-subcharts --set one.on=true,one.enabled=false");
    assert!(
        text.contains("charts/database/templates/x.yaml\t1/1  \t1/2     \t66.6%  \t1 never true"),
        "{text}"
    );
}

#[test]
fn a_file_takes_the_report_and_the_rest_is_a_line() {
    let folder = web();
    let text = printed(&folder, "web -o lcov --output-file out.info");
    assert_eq!(text, "63.1 % covered (9 of 13 lines, 3 of 6 sides of branches): wrote out.info\n");
    assert!(fs::read_to_string(folder.path().join("out.info")).unwrap().starts_with("TN:\n"));
    let (status, _, stderr) = run(&folder, "web -o xml");
    let why = "Error: invalid argument \"xml\" for \"-o, --output\" flag: it is none of text, json, lcov, cobertura, html\n";
    assert_eq!((status, &*stderr), (1, why));
    let (status, _, stderr) = run(&folder, "web -f -");
    assert_eq!((status, stderr.contains("standard input")), (1, true));
    write(folder.path(), "web/templates/bad.yaml", "{{ if }}\n");
    let (status, stdout, stderr) = run(&folder, "web");
    assert_eq!((status, &*stdout), (1, ""));
    assert!(stderr.contains("parse error at (web/templates/bad.yaml:1)"), "{stderr}");
}

#[test]
fn helm_has_no_such_command() {
    let folder = web();
    let link = folder.path().join("helm");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_statefulchart"), &link).unwrap();
    let done = Command::new(link).args(["coverage", "web"]).current_dir(folder.path()).output();
    assert!(String::from_utf8(done.unwrap().stderr).unwrap().contains("unknown command"));
}
