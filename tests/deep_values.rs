//! Renders charts whose values are nested deeply, hold one value in many places, or hold themselves: each is
//! answered as Helm answers it or by an error that names the place, within memory and time.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_statefulchart");

/// What a render may use, in kilobytes; a build without optimization takes more stack than a release.
const MEMORY: u32 = 512 * 1024;
/// A release takes less than two seconds for each of these.
const TIME: Duration = Duration::from_secs(30);

/// `$x`, lists and dicts in each other, deeper than a stack would hold.
const LIST: &str = r#"{{ $x := list }}{{ range until 150000 }}{{ $x = list $x }}{{ end -}}"#;
const DICT: &str = r#"{{ $x := dict }}{{ range until 150000 }}{{ $x = dict "a" $x }}{{ end -}}"#;
/// `$x` and `$y`, equal, of few dicts in 2^40 places.
const SHARED: &str = r#"{{ $x := dict }}{{ $y := dict }}{{ range until 40 }}{{ $x = dict "a" $x "b" $x -}}
{{ $y = dict "a" $y "b" $y }}{{ end -}}"#;
/// `$x`, deep and of few lists in far more places.
const DEEP: &str =
    r#"{{ $x := list }}{{ range until 150000 }}{{ $x = list $x 1 (dict "q" $x) }}{{ end -}}"#;
/// `$x`, a list of 2^40 elements.
const DOUBLED: &str = "{{ $x := list 1 }}{{ range until 40 }}{{ $x = concat $x $x }}{{ end -}}";
/// `$x` and `$y`, dicts that hold themselves.
const CYCLE: &str = r#"{{ $x := dict }}{{ $_ := set $x "self" $x }}{{ $y := dict -}}
{{ $_ := set $y "self" $y -}}"#;

/// What is rendered as the value of `a`, or else the error.
fn render(template: &str, values: &str) -> Result<String, String> {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir_all(folder.path().join("templates")).unwrap();
    write("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    write("values.yaml", values);
    write("templates/a.yaml", template);
    let limited = format!("ulimit -v {MEMORY} && exec {BINARY} template x .");
    let mut child = Command::new("sh")
        .args(["-c", &limited])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(fs::File::create(folder.path().join("out")).unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let end = Instant::now() + TIME;
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() > end => {
                child.kill().unwrap();
                panic!("no end: {template}");
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    match status.code() {
        Some(0) => {
            let text = fs::read_to_string(folder.path().join("out")).unwrap();
            Ok(text.trim_start_matches("---\n# Source: c/templates/a.yaml\na: ").trim_end().into())
        }
        Some(1) => Err(error),
        other => panic!("{other:?} from {template}: {error}"),
    }
}

#[test]
fn deep_values_are_walked_to_their_end() {
    for (value, action, want) in [
        (LIST, r#"{{ len $x }}"#, "1"),
        (DICT, r#"{{ len $x }}"#, "1"),
        (LIST, r#"{{ tpl "{{ len . }}" $x }}"#, "1"),
        (LIST, r#"{{ printf "%v" $x | len }}"#, "300002"),
        (DICT, r#"{{ printf "%#v" $x | len }}"#, "4350025"),
        (LIST, r#"{{ print $x | len }}"#, "300002"),
        (DICT, r#"{{ toString $x | len }}"#, "1050005"),
        (DICT, r#"{{ quote $x | len }}"#, "1050007"),
        (DICT, r#"{{ join "," (list $x) | len }}"#, "1050005"),
        (DICT, r#"{{ toJson $x | len }}"#, "900002"),
        (DICT, r#"{{ dig "a" "a" "a" "" $x | len }}"#, "1"),
        (DICT, r#"{{ deepCopy $x | len }}"#, "1"),
        (DICT, r#"{{ deepEqual $x (deepCopy $x) }}"#, "true"),
        (LIST, r#"{{ has (deepCopy $x) (list $x) }}"#, "true"),
        (DICT, r#"{{ uniq (list $x (deepCopy $x)) | len }}"#, "1"),
        // go-yaml reads no JSON of more than 10000 levels, which `toYaml` hides.
        (LIST, r#"{{ toYaml $x | quote }}"#, r#""""#),
        (DICT, r#"{{ fromYaml (toJson $x) | toJson }}"#, TOO_DEEP_YAML),
    ] {
        assert_eq!(render(&format!("{value}a: {action}"), "").as_deref(), Ok(want), "{action}");
    }
}

const TOO_DEEP_YAML: &str =
    r#"{"Error":"error converting YAML to JSON: yaml: exceeded max depth of 10000"}"#;

#[test]
fn values_in_many_places_are_compared_once() {
    for action in ["deepEqual $x $y", "has $x (list $y)", "eq (uniq (list $x $y) | len) 1"] {
        for value in [SHARED, CYCLE] {
            let template = format!("{value}a: {{{{ {action} }}}}");
            assert_eq!(render(&template, "").as_deref(), Ok("true"), "{action}");
        }
    }
}

#[test]
fn what_helm_ends_at_is_an_error_with_its_place() {
    const CYCLIC: &str = "cannot print a value that contains itself";
    const LONG: &str = "cannot print a value whose text is too long";
    // A quarter of what the system gives.
    const MEMORY: &str = "the render needs more memory than its limit, 128 MiB";
    const COPY: &str = "error calling deepCopy: value is too large or too deep to copy";
    const MERGE: &str = "dicts are too large or too deep to merge";
    for (value, action, want) in [
        (CYCLE, "$x", CYCLIC),
        (CYCLE, r#"printf "%s" $x"#, CYCLIC),
        (CYCLE, "eq $x $y", CYCLIC),
        (CYCLE, "cat $x", CYCLIC),
        (CYCLE, "quote $x", CYCLIC),
        (CYCLE, "toString $x", CYCLIC),
        (CYCLE, "dict $x 1", CYCLIC),
        (CYCLE, "toToml $x", MEMORY),
        (CYCLE, "toYamlPretty $x", MEMORY),
        (CYCLE, "deepCopy $x", COPY),
        (CYCLE, "merge $x $y", MERGE),
        (SHARED, "$x", MEMORY),
        (SHARED, "toJson $x", MEMORY),
        (SHARED, "toYaml $x", MEMORY),
        (SHARED, "toToml $x", MEMORY),
        (DEEP, "toString $x", LONG),
        (DEEP, "toJson $x", "error calling toJson: json: unsupported value: its text is too long"),
        (DOUBLED, "len $x", MEMORY),
        (SHARED, "deepCopy $x", COPY),
        (SHARED, "mergeOverwrite $x $y", MERGE),
    ] {
        let error = render(&format!("{value}a: {{{{ {action} }}}}"), "").unwrap_err();
        assert!(error.contains("template: c/templates/a.yaml:"), "{action}: {error}");
        assert!(error.contains(want), "{action}: {error}");
    }
}

#[test]
fn aliases_share_their_text() {
    for anchor in ["&a ", "&a !!str ", "&a \"\\t", "&a !!binary "] {
        let close = if anchor.contains('"') { "\"" } else { "" };
        let text = format!("big: {anchor}{}{close}\nall:\n", "abcd".repeat(250_000));
        let values = text + &"- *a\n- {k: *a}\n".repeat(3000) + "keys: [{*a : 1}]\n";
        let render = |action: &str| render(&format!("a: {{{{ {action} }}}}"), &values);
        assert_eq!(render("len .Values.all").as_deref(), Ok("6000"), "{anchor}");
        assert_eq!(render("len (uniq .Values.all)").as_deref(), Ok("2"), "{anchor}");
        let long = render("toYaml .Values.all").unwrap_err();
        assert!(long.contains("calling toYaml: the render needs more memory"), "{anchor}: {long}");
    }
}

#[test]
fn toml_of_many_levels_is_an_error_with_its_place() {
    for (toml, want) in [
        ("a.".repeat(199) + "a = 1", None),
        ("a.".repeat(200) + "a = 1", Some("line 1: ")),
        ("a.".repeat(100_000) + "a = 1", Some("line 1: ")),
        (format!("x = 1\n[{}a]", "a.".repeat(100_000)), Some("line 2: ")),
        (format!("[[{}a]]", "a.".repeat(100_000)), Some("line 1: ")),
        ("a=".to_owned() + &"{a=".repeat(100_000), Some("line 1 ")),
        ("a=".to_owned() + &"[".repeat(100_000), Some("line 1 ")),
    ] {
        let values = format!("toml: '{toml}'").replace('\n', "\n\n  ");
        let rendered = render("a: {{ fromToml .Values.toml | len }}", &values);
        match want {
            None => assert_eq!(rendered.as_deref(), Ok("1")),
            Some(line) => {
                let error = rendered.unwrap_err();
                let place = "c/templates/a.yaml:1:6: executing \"c/templates/a.yaml\" at ";
                assert!(error.contains(place), "{}", &error[..300]);
                let problem = "arrays, tables and keys are nested too deeply";
                assert!(error.contains(line) && error.contains(problem), "{error:.300}");
            }
        }
    }
}
