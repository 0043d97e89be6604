//! Tables over the engine: template, data, output. Expected texts are Go 1.23's, through Helm 3.17.3.

use super::func::{FuncDef, FuncError, Go, Instant, def};
use super::{Environment, Exec, Limits, Meter, NoMeter, Templates};
use std::time::Duration;

use gostd::time::LocalZone;
use gostd::value::{ANY_MAP, Elem, List, Map, Str, Type, Value};

const FUNCTIONS: &[FuncDef] = &[
    def("include", &[Type::String, Type::Any], |host, a| {
        host.include(a[0].as_str().unwrap_or(&Str::EMPTY), &a[1]).map(Value::Str)
    }),
    def("tpl", &[Type::String, Type::Any], |host, a| {
        host.tpl(a[0].as_str().unwrap_or(&Str::EMPTY), &a[1]).map(Value::Str)
    }),
    def("fail", &[Type::String], |_, a| {
        Err(FuncError::Message(a[0].as_str().cloned().unwrap_or_default()))
    }),
    def("takesInt", &[Type::Int], |_, a| Ok(a[0].clone())),
    def("takesString", &[Type::String], |_, a| Ok(a[0].clone())),
    def("takesMap", &[Type::Map], |_, a| Ok(a[0].clone())),
    def("hour", &[], |host, _| {
        host.spent(Duration::from_secs(3600));
        Ok(Value::int(1))
    }),
    def("nothing", &[], |_, _| Ok(Value::Nil)),
];

/// Maps inside each other under `.deep`.
const DEEP: usize = 40;

fn data() -> Value {
    let inner = Map::from_entries(
        &ANY_MAP,
        [
            (Str::from("b"), Value::Float(2.0)),
            (Str::from("a"), Value::from("x")),
            (Str::from("nil"), Value::Nil),
        ],
    );
    let root = Map::new();
    root.insert("map", Value::Map(inner));
    root.insert("list", Value::list(vec![Value::from("p"), Value::from("q")]));
    root.insert("ints", Value::List(List::new(Elem::Int, vec![Value::int(7), Value::int(8)])));
    root.insert("empty", Value::list(Vec::new()));
    root.insert("yes", Value::Bool(true));
    root.insert("n", Value::Float(3.0));
    root.insert("s", Value::from("text"));
    let bottom = Value::Map(Map::from_entries(&ANY_MAP, [(Str::from("a"), Value::from("end"))]));
    let wrap = |inner, _| Value::Map(Map::from_entries(&ANY_MAP, [(Str::from("d"), inner)]));
    root.insert("deep", (0..DEEP).fold(bottom, wrap));
    Value::Map(root)
}

/// Returns the output, or the error's text.
fn run(text: &str) -> String {
    run_within(text, Limits::default(), &NoMeter)
}

fn run_within(text: &str, limits: Limits, meter: &dyn Meter) -> String {
    let zone = || LocalZone::UTC;
    let env = Environment {
        functions: &|name| FUNCTIONS.iter().find(|d| d.name.as_bytes() == name),
        now: &|| Instant { seconds: 0, nanos: 0 },
        local_zone: &zone,
        lenient: None,
        dns: false,
        go: Go::default(),
        cluster: None,
        values_method: |_, _, _| Err(Str::from("no methods here")),
        limits,
        meter,
    };
    let name = Str::from("t");
    let templates = Templates::new();
    let out = match templates.parse(&[(&name, &std::sync::Arc::from(text.as_bytes()))], &env) {
        Err(e) => e.text(),
        Ok(()) => match Exec::new(&templates, &env).execute(&name, &data()) {
            Ok(out) => out.to_vec(),
            Err(e) => e.to_bytes(),
        },
    };
    String::from_utf8_lossy(&out).into_owned()
}

fn table(rows: &[(&str, &str)]) {
    for (text, want) in rows {
        assert_eq!(run(text), *want, "{text}");
    }
}

#[test]
fn actions_print_values_and_trim_space() {
    table(&[
        ("plain", "plain"),
        ("a {{ 1 }} b", "a 1 b"),
        ("a \n {{- 1 -}} \n b", "a1b"),
        ("{{- /* c */ -}} x", "x"),
        (
            "{{ .s }}|{{ .map.a }}|{{ .map.b }}|{{ .map.nil }}|{{ .none }}",
            "text|x|2|<no value>|<no value>",
        ),
        ("{{ .list }} {{ .ints }} {{ .map }}", "[p q] [7 8] map[a:x b:2 nil:<nil>]"),
        (
            "{{ 'a' }} {{ 0x1F }} {{ 1e3 }} {{ 1_000 }} {{ -0.5 }} {{ 1i }}",
            "97 31 1000 1000 -0.5 (0+1i)",
        ),
        ("{{ `raw` }} {{ \"q\\n\\u00e9\" }} {{ true }}", "raw q\n\u{e9} true"),
        ("{{ print 1 2 \"a\" \"b\" 3 }}", "1 2ab3"),
        (
            "{{ (print .s).x }}",
            "template: t:1:10: executing \"t\" at <.s>: can't evaluate field x in type string",
        ),
    ]);
}

#[test]
fn control_flow() {
    table(&[
        ("{{ if .yes }}a{{ else }}b{{ end }}", "a"),
        ("{{ if .none }}a{{ else if .yes }}b{{ else }}c{{ end }}", "b"),
        ("{{ if and .yes .n }}{{ else }}no{{ end }}", ""),
        ("{{ with .none }}a{{ else with .s }}{{ . }}{{ end }}", "text"),
        ("{{ range .list }}{{ . }},{{ end }}", "p,q,"),
        ("{{ range $i, $e := .list }}{{ $i }}={{ $e }} {{ end }}", "0=p 1=q "),
        ("{{ range $k, $v := .map }}{{ $k }}={{ $v }} {{ end }}", "a=x b=2 nil=<no value> "),
        ("{{ range .empty }}x{{ else }}none{{ end }}", "none"),
        ("{{ range .none }}x{{ else }}none{{ end }}", "none"),
        ("{{ range .list }}{{ if eq . \"q\" }}{{ break }}{{ end }}{{ . }}{{ end }}", "p"),
        ("{{ range .list }}{{ if eq . \"p\" }}{{ continue }}{{ end }}{{ . }}{{ end }}", "q"),
        ("{{ $x := 1 }}{{ range .list }}{{ $x = . }}{{ end }}{{ $x }}", "q"),
        ("{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}", "1"),
        (
            "{{ range 3 }}{{ end }}",
            "template: t:1:9: executing \"t\" at <3>: range can't iterate over 3",
        ),
        ("{{ define \"d\" }}[{{ . }}{{ $ }}]{{ end }}{{ template \"d\" .s }}", "[texttext]"),
        ("{{ block \"b\" .s }}<{{ . }}>{{ end }}", "<text>"),
        (
            "{{ template \"none\" }}",
            "template: t:1:12: executing \"t\" at <{{template \"none\"}}>: template \"none\" not defined",
        ),
    ]);
}

#[test]
fn paths_lead_through_maps_however_deep() {
    let deep = [".deep", &".d".repeat(DEEP)].concat();
    table(&[
        (&format!("{{{{ {deep}.a }}}}"), "end"),
        (&format!("{{{{ $x := . }}}}{{{{ $x{deep}.a }}}}"), "end"),
        (&format!("{{{{ {deep}.none }}}}"), "<no value>"),
        (
            &format!("{{{{ {deep}.a.b }}}}"),
            &format!(
                "template: t:1:8: executing \"t\" at <{deep}.a.b>: can't evaluate field b in type \
                 interface {{}}"
            ),
        ),
        ("{{ $ := .map }}{{ $.a }}", "x"),
    ]);
}

#[test]
fn constants_and_comments_end_where_they_should() {
    table(&[
        (r#"{{ "it's" }}{{ '"' }}{{ "a\"b\\" }}{{ "é" }}"#, "it's34a\"b\\é"),
        ("{{/* * / */}}x{{/***/}}", "x"),
        ("{{/*/}}", "template: t:1: unclosed comment"),
        (r#"{{ "a\"#, "template: t:1: unterminated quoted string"),
        ("{{ 7 }} {{ 42 }} {{ 0 }} {{ 007 }} {{ 100 }}", "7 42 0 7 100"),
    ]);
}

#[test]
fn comparison_and_logic() {
    table(&[
        (
            "{{ eq 1 1 }}{{ eq 1 2 1 }}{{ ne 1 2 }}{{ lt 1 2 }}{{ ge 2.0 1.5 }}",
            "truetruetruetruetrue",
        ),
        ("{{ eq .none nil }}", "true"),
        (
            "{{ eq .n 3 }}",
            "template: t:1:3: executing \"t\" at <eq .n 3>: error calling eq: incompatible types for comparison",
        ),
        (
            "{{ lt .list 1 }}",
            "template: t:1:3: executing \"t\" at <lt .list 1>: error calling lt: invalid type for comparison",
        ),
        ("{{ or .none \"\" .s }}{{ and 1 0 2 }}", "text0"),
        ("{{ or true (fail \"never\") }}", "true"),
        ("{{ not 0 }}{{ len .list }}{{ index .map \"a\" }}{{ index .list 1 }}", "true2xq"),
        (
            "{{ index .list 2 }}",
            "template: t:1:3: executing \"t\" at <index .list 2>: error calling index: reflect: slice index out of range",
        ),
        (
            "{{ index .list 3 }}",
            "template: t:1:3: executing \"t\" at <index .list 3>: error calling index: index out of range: 3",
        ),
        ("{{ html \"<a>\" }}{{ js \"'\" }}{{ urlquery \"a b\" }}", "&lt;a&gt;\\'a+b"),
    ]);
}

#[test]
fn execution_errors_name_the_node_touched_last() {
    table(&[
        (
            "{{ .none.a }}",
            "template: t:1:8: executing \"t\" at <.none.a>: nil pointer evaluating interface {}.a",
        ),
        (
            "{{ .s.a }}",
            "template: t:1:5: executing \"t\" at <.s.a>: can't evaluate field a in type interface {}",
        ),
        (
            "{{ $x := .s }}{{ $x.a }}",
            "template: t:1:19: executing \"t\" at <$x.a>: can't evaluate field a in type string",
        ),
        (
            "\n\n  {{ takesInt }}",
            "template: t:3:5: executing \"t\" at <takesInt>: wrong number of args for takesInt: want 1 got 0",
        ),
        (
            "{{ takesInt \"x\" }}",
            "template: t:1:12: executing \"t\" at <\"x\">: expected integer; found \"x\"",
        ),
        (
            "{{ takesInt .s }}",
            "template: t:1:12: executing \"t\" at <.s>: wrong type for value; expected int; got string",
        ),
        (
            "{{ takesString .none }}",
            "template: t:1:15: executing \"t\" at <.none>: wrong type for value; expected string; got interface {}",
        ),
        (
            "{{ .none | takesString }}",
            "template: t:1:11: executing \"t\" at <takesString>: invalid value; expected string",
        ),
        ("{{ takesMap nil }}{{ nothing }}", "map[]<no value>"),
        ("{{ nil }}", "template: t:1:3: executing \"t\" at <nil>: nil is not a command"),
        (
            "{{ 1 2 }}",
            "template: t:1:3: executing \"t\" at <1>: can't give argument to non-function 1",
        ),
        (
            "{{ call 1 }}",
            "template: t:1:3: executing \"t\" at <call 1>: error calling call: non-function 1 of type int",
        ),
        (
            "{{ define \"d\" }}{{ .none.a }}{{ end }}{{ include \"d\" . }}",
            "template: t:1:41: executing \"t\" at <include \"d\" .>: error calling include: template: t:1:24: executing \"d\" at <.none.a>: nil pointer evaluating interface {}.a",
        ),
        (
            "{{ tpl \"{{ .none.a }}\" . }}",
            "template: t:1:3: executing \"t\" at <tpl \"{{ .none.a }}\" .>: error calling tpl: error during tpl function execution for \"{{ .none.a }}\": template: gotpl:1:8: executing \"gotpl\" at <.none.a>: nil pointer evaluating interface {}.a",
        ),
        (
            "{{ tpl \"{{ if }}\" . }}",
            "template: t:1:3: executing \"t\" at <tpl \"{{ if }}\" .>: error calling tpl: cannot parse template \"{{ if }}\": template: gotpl:1: missing value for if",
        ),
    ]);
}

#[test]
fn parse_errors() {
    table(&[
        ("{{ if }}", "template: t:1: missing value for if"),
        ("{{ foo }}", "template: t:1: function \"foo\" not defined"),
        ("{{ $x }}", "template: t:1: undefined variable \"$x\""),
        ("{{ .a", "template: t:1: unclosed action"),
        ("\n{{ .a\n\n", "template: t:4: unclosed action started at t:2"),
        ("{{ \"a }}", "template: t:1: unterminated quoted string"),
        ("{{ end }}", "template: t:1: unexpected {{end}}"),
        ("{{ if 1 }}", "template: t:1: unexpected EOF"),
        ("{{ if 1 }}{{ else }}{{ else }}{{ end }}", "template: t:1: expected end; found {{else}}"),
        ("{{ 1 | 2 }}", "template: t:1: non executable command in pipeline stage 2"),
        ("{{ (1 }}", "template: t:1: unclosed left paren"),
        ("{{ 1) }}", "template: t:1: unexpected right paren"),
        ("{{ 12a }}", "template: t:1: bad number syntax: \"12a\""),
        ("{{ /* c }}", "template: t:1: unexpected \"/\" in command"),
        ("{{/* c }}", "template: t:1: unclosed comment"),
        ("{{/*\n\n*/}}\n{{ foo }}", "template: t:2: function \"foo\" not defined"),
        ("{{ break }}", "template: t:1: {{break}} outside {{range}}"),
        (
            "{{ define \"a\" }}1{{ end }}{{ define \"a\" }}2{{ end }}",
            "template: t:1: template: multiple definition of template \"a\"",
        ),
        ("{{ template 1 }}", "template: t:1: unexpected \"1\" in template clause"),
        ("{{ range $a, $b, $c := . }}{{ end }}", "template: t:1: too many declarations in range"),
        ("{{ x\"y\" }}", "template: t:1: bad character U+0022 '\"'"),
        ("{{ \u{e9}@ }}", "template: t:1: bad character U+0040 '@'"),
    ]);
}

#[test]
fn nesting_is_bounded() {
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(20_000), ")".repeat(20_000));
    assert_eq!(run(&parens), "template: t:1: max expression depth exceeded");
    let endless = "{{ define \"d\" }}{{ template \"d\" . }}{{ end }}{{ template \"d\" . }}";
    assert_eq!(
        run(endless),
        "template: t:1:28: executing \"d\" at <{{template \"d\" .}}>: exceeded maximum template depth (100000)"
    );
    let includes = "{{ define \"d\" }}{{ include \"d\" . }}{{ end }}{{ include \"d\" . }}";
    assert!(run(includes).ends_with(
        "rendering template has a nested reference name: d: unable to execute template"
    ));
    assert!(run("{{ define \"d\" }}{{ tpl .x . }}{{ end }}").is_empty());
}

#[test]
fn nesting_up_to_the_limit_does_not_end_the_stack() {
    let n = 9_000;
    let nested = |inner: &str| format!("{{{{{}{inner}{}}}}}", "print (".repeat(n), ")".repeat(n));
    assert_eq!(run(&nested("1")), "1");
    assert!(run(&nested("fail `no`")).ends_with("error calling fail: no"));
    let ifs = format!("{}x{}", "{{if 1}}".repeat(n), "{{end}}".repeat(n));
    assert_eq!(run(&ifs), "x");
    // The error quotes the whole command.
    let quoted = format!("{{{{fail ({}1{})}}}}", "print (".repeat(n), ")".repeat(n));
    assert!(run(&quoted).ends_with("error calling fail: 1"));
    let branch = format!("{{{{if index 1 2}}}}{}", ifs + "{{end}}");
    assert!(run(&branch).ends_with("error calling index: can't index item of type int"));
}

#[test]
fn a_function_s_result_is_small() {
    assert!(size_of::<super::func::FuncResult>() <= 32);
}

/// Tells what a test says.
struct Told {
    memory: u64,
}

impl Meter for Told {
    fn memory(&self) -> Option<u64> {
        Some(self.memory)
    }

    fn time(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }
}

const LOOP: &str = "{{ range $.empty }}{{ end }}{{ $x := `ab` }}{{ range $i := $.ints }}{{ end -}}
{{ define `d` }}{{ $y := print . . . . . . . . . . }}{{ len $y }} {{ end -}}
{{ $x = print $x $x $x $x $x $x $x $x $x $x -}}
{{ $x = print $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x -}}
{{ $x = print $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x -}}
{{ $x = print $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x -}}
{{ template `d` $x }}{{ template `d` $x }}{{ template `d` $x }}{{ template `d` $x }}";

#[test]
fn memory_is_measured_where_it_can_be_and_counted_elsewhere() {
    let limits = Limits { memory: Some(4 << 20), ..Limits::NONE };
    let all = "1600000 1600000 1600000 1600000 ";
    assert_eq!(run_within(LOOP, limits, &Told { memory: 1 << 20 }), all);
    assert_eq!(run_within(LOOP, Limits::NONE, &NoMeter), all);
    for meter in [&NoMeter as &dyn Meter, &Told { memory: (4 << 20) + 1 }] {
        let error = run_within(LOOP, limits, meter);
        let head = "template: t:2:25: executing \"d\" at <print . . . . . . . . . .>: ";
        let why = "error calling print: the render needs more memory than its limit, 4 MiB";
        assert_eq!(error, format!("{head}{why}"));
    }
}

#[test]
fn time_of_other_threads_is_counted_where_a_function_tells_of_it() {
    let limits = Limits { time: Some(Duration::from_secs(3600)), ..Limits::NONE };
    assert_eq!(run_within("{{ hour }}{{ print 1 }}", limits, &NoMeter), "11");
    let why = "the render takes longer than its limit, 3600s of the processor's time";
    let got = run_within("{{ hour }}{{ hour }}{{ print 1 }}", limits, &NoMeter);
    assert_eq!(got, format!("template: t:1:29: executing \"t\" at <1>: {why}"));
}

#[test]
fn output_is_limited_where_it_is_appended() {
    for (text, want) in [
        ("{{ .s }}{{ .s }}", "texttext"),
        ("{{ .s }}{{ .s }}.", "t:1:16: executing \"t\" at <.>: "),
        ("{{ .s }}-----", "t:1:8: executing \"t\" at <----->: "),
        ("12345\n{{ .list }}", "t:2:3: executing \"t\" at <{{.list}}>: "),
        // A text within another is no output of its own.
        (r#"{{ define "d" }}0123456789{{ end }}{{ include "d" . | len }}"#, "10"),
    ] {
        let got = run_within(text, Limits { output: Some(8), ..Limits::NONE }, &NoMeter);
        let error = format!("template: {want}the output is larger than its limit, 8 bytes");
        assert!(got == want || got == error, "{text}: {got}");
    }
}
