//! Limits of a render, as the library sets them: an error says which was reached and where.

use std::time::Duration;

use statefulchart::render::{Exceeded, Limits};
use statefulchart::{Chart, Template};

fn chart(templates: &[(&'static str, &'static str)]) -> Chart {
    let metadata = ("Chart.yaml", "{apiVersion: v2, name: c, version: 1.0.0}");
    Chart::from_files([metadata].into_iter().chain(templates.iter().copied())).unwrap()
}

/// Returns what is rendered, or the limit and the error's text.
fn render(chart: &Chart, limits: Limits) -> Result<Vec<u8>, (Option<Exceeded>, String)> {
    let rendered = Template::new(chart).limits(limits).run();
    rendered.map(|rendered| rendered.manifest()).map_err(|e| (e.exceeded(), e.to_string()))
}

#[test]
fn output_is_counted_to_the_byte_over_all_templates() {
    // Five bytes each; the partial is no output of its own.
    let chart = chart(&[
        ("templates/_a.tpl", r#"{{ define "x" }}{{ repeat 100 "x" | trunc 1 }}{{ end }}"#),
        ("templates/a.yaml", "a: 1\n"),
        ("templates/b.yaml", "b: {{ include \"x\" . }}\n"),
    ]);
    let limited = |output| render(&chart, Limits { output: Some(output), ..Limits::default() });
    assert!(limited(10).is_ok());
    let (limit, text) = limited(9).unwrap_err();
    assert_eq!(limit, Some(Exceeded::Output(9)));
    // Helm renders from the end of the alphabet.
    assert!(text.contains("template: c/templates/a.yaml:1:0: executing "), "{text}");
    assert!(text.ends_with(": the output is larger than its limit, 9 bytes"), "{text}");
}

#[test]
fn memory_is_that_of_the_process() {
    let chart = chart(&[(
        "templates/a.yaml",
        r#"{{ $x := "x" }}
{{ range until 40 }}{{ $x = print $x $x }}{{ end }}"#,
    )]);
    let memory = Some(256 << 20);
    let (limit, text) = render(&chart, Limits { memory, ..Limits::default() }).unwrap_err();
    assert_eq!(limit, Some(Exceeded::Memory(256 << 20)));
    assert!(text.contains("c/templates/a.yaml:2:28: executing "), "{text}");
    assert!(text.contains("<print $x $x>: error calling print: the render needs more memory"));
}

#[test]
fn garbage_is_no_memory() {
    // A gigabyte all together, a megabyte at a time.
    let chart = chart(&[(
        "templates/a.yaml",
        r#"{{ range until 1000 }}{{ $_ := repeat 1000000 "x" }}{{ end }}a: 1"#,
    )]);
    let memory = Some(256 << 20);
    if cfg!(target_os = "linux") {
        assert!(render(&chart, Limits { memory, ..Limits::default() }).is_ok());
    }
}

#[test]
fn loops_end_by_their_time() {
    let chart = chart(&[(
        "templates/a.yaml",
        "{{ range until 10000 }}{{ range until 10000 }}{{ range until 10000 }}\n{{ end }}{{ end }}{{ end }}",
    )]);
    let time = Some(Duration::from_millis(200));
    let (limit, text) = render(&chart, Limits { time, ..Limits::default() }).unwrap_err();
    assert_eq!(limit, Some(Exceeded::Time(Duration::from_millis(200))));
    assert!(text.contains("c/templates/a.yaml:1:"), "{text}");
}

#[test]
fn no_limit_is_none() {
    let chart = chart(&[("templates/a.yaml", "a: {{ repeat 3000000 \"x\" }}\n")]);
    let limits = Limits { memory: Some(1 << 20), ..Limits::NONE };
    assert!(render(&chart, limits).is_err());
    assert!(render(&chart, Limits::NONE).is_ok());
}
