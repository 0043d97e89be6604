//! `cases.tsv` was printed by dyff's library: a row is the words of its options, two texts and the report. `tests/tables.py`
//! prints it anew.

use super::*;
use gostd::strconv::unquote;

/// What a row asks for.
#[derive(Default)]
struct Asked<'r> {
    output: &'r str,
    root: &'r str,
    list_to_documents: bool,
    reports: Vec<(&'r str, &'r str)>,
}

fn words<'r>(row: &'r str, options: &mut Options, human: &mut Human) -> Asked<'r> {
    let mut asked = Asked { output: "human", ..Asked::default() };
    for word in row.split_whitespace() {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let number = || value.parse().unwrap();
        match name {
            "output" => asked.output = value,
            "color" if value == "full" => human.colors = Colors::Full,
            "color" => human.colors = Colors::Basic,
            "width" => human.width = number(),
            "indent" => human.indent = number(),
            "context" => human.context_lines = number(),
            "threshold" => human.minor_change_threshold = value.parse().unwrap(),
            "no-indent-lines" => human.indent_lines = false,
            "no-table" => human.no_table = true,
            "no-certificates" => human.no_certificates = true,
            "header" => human.omit_header = false,
            "go-patch" => human.go_patch = true,
            "prefix-lines" => human.prefix_lines = true,
            "ignore-order" => options.ignore_order_changes = true,
            "ignore-space" => options.ignore_whitespace_changes = true,
            "no-kubernetes" => options.detect_kubernetes = false,
            "renames" => options.detect_renames = true,
            "format" => options.format_strings = true,
            "identifier" => options.additional_identifiers.push(value.to_owned()),
            "guess" => options.guess_threshold = number(),
            "root" => asked.root = value,
            "list-to-documents" => asked.list_to_documents = true,
            _ => asked.reports.push((name, value)),
        }
    }
    asked
}

fn answer(row: &str, from: &[u8], to: &[u8]) -> Result<String, Error> {
    let mut options = Options::default();
    let mut human = Human { omit_header: true, ..Human::default() };
    let asked = words(row, &mut options, &mut human);
    let styles = Styles::new(human.colors).with_go_patch(human.go_patch);
    let read = |name: &str, text| {
        let mut input = Input::read(Place::Text(name.to_owned()), text)?;
        if !asked.root.is_empty() {
            input.change_root(asked.root, asked.list_to_documents, &styles)?;
        }
        Ok::<Input, Error>(input)
    };
    let mut report = compare(read("the old", from)?, read("the new", to)?, &options)?;
    for (name, value) in asked.reports {
        let values: Vec<String> = value.split(',').map(str::to_owned).collect();
        match name {
            "filter" => report.filter(&values),
            "exclude" => report.exclude(&values),
            "filter-regexp" => report.filter_regexp(&[value.to_owned()])?,
            "exclude-regexp" => report.exclude_regexp(&[value.to_owned()])?,
            "ignore-values" => report.ignore_value_changes(),
            _ => panic!("{name}"),
        }
    }
    let flavor = match asked.output {
        "github" => Flavor::GitHub,
        "gitlab" => Flavor::GitLab,
        "gitea" => Flavor::Gitea,
        "brief" => return Ok(Brief { colors: human.colors, width: human.width }.write(&report)),
        _ => return human.write(&report),
    };
    DiffSyntax::new(flavor, &human).write(&report)
}

#[test]
fn reports_are_those_of_dyff() {
    let mut wrong = String::new();
    let table = include_str!("cases.tsv");
    for row in table.lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        let [from, to, want] = [1, 2, 3].map(|at| unquote(cells[at].as_bytes()).unwrap());
        let got = answer(cells[0], &from, &to).unwrap_or_else(|_| "error".to_owned());
        if got.as_bytes() != want {
            let want = String::from_utf8_lossy(&want);
            wrong += &format!(
                "{}\t{}\t{}\n--- dyff\n{want}\n--- here\n{got}\n",
                cells[0], cells[1], cells[2]
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn compared(from: &str, to: &str) -> Result<String, Error> {
    let read = |text: &str| Input::read(Place::Text("text".into()), text.as_bytes());
    Human::default().write(&compare(read(from)?, read(to)?, &Options::default())?)
}

#[test]
fn aliases_without_an_end_are_refused() {
    for (from, to) in [
        ("a: &x [*x]", "a: &x [*x]"),
        ("a: &x [*x, 1]", "a: &x [*x, 2]"),
        ("a: &x {b: *x}", "a: &x {b: *x, c: 1}"),
        ("a: &x {b: [{c: *x}]}", "a: &x {b: [{c: *x}]}"),
    ] {
        assert!(matches!(compared(from, to), Err(Error::TooDeep)), "{from}");
    }
    // Nothing follows them here.
    assert!(compared("b: 1", "a: &x {b: *x}").is_ok());
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut text = "a0: &a0 {a: 1, b: 2}\n".to_owned();
    for level in 1..12 {
        let entries: String = (0..9).map(|at| format!("k{at}: *a{}, ", level - 1)).collect();
        text += &format!("a{level}: &a{level} {{{entries}}}\n");
    }
    let other = text.replace("b: 2", "b: 3");
    assert!(matches!(compared(&text, &other), Err(Error::TooLarge)));
}

#[test]
fn deep_documents_are_compared() {
    let nested = |depth: usize, inner: &str| {
        format!("x: {}{inner}{}", "{a: ".repeat(depth), "}".repeat(depth))
    };
    let report = compared(&nested(9_000, "1"), &nested(9_000, "2")).unwrap();
    assert!(report.ends_with("value change\n    - 1\n    + 2\n\n"));
    assert!(compared("y: 1", &nested(2_000, "[2]")).is_ok());
    // Its lines are indented: it grows with the square of its depth.
    assert!(matches!(compared("y: 1", &nested(9_000, "[2]")), Err(Error::TooLarge)));
}

#[test]
fn long_texts_end() {
    let mut state = 1u64;
    let mut letters = |len: usize, of: u64| -> String {
        let letter = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'a' + ((state >> 33) % of) as u8)
        };
        (0..len).map(letter).collect()
    };
    let (from, to) = (letters(20_000, 20), letters(20_000, 20));
    assert!(compared(&format!("x: {from}"), &format!("x: {to}")).is_ok());
    let lines = |text: &str| -> String { text.chars().map(|c| format!("  {c}\n")).collect() };
    let (from, to) = (lines(&from[..3_000]), lines(&to[..3_000]));
    assert!(compared(&format!("x: |\n{from}"), &format!("x: |\n{to}")).is_ok());
}
