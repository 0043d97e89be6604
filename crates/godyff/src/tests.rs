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
