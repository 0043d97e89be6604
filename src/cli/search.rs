//! Implements `statefulchart search repo`.

use gostd::value::{Value, record};
use statefulchart::action::SearchRepo;
use statefulchart::repo::Found;

use super::flags::{Format, Given, known};
use super::repo::OUTPUT;
use super::reporter::Terminal;
use super::settings::Settings;
use super::{Args, Command, Failure, Group, output, table};

pub(super) const GROUP: Group = Group {
    name: "search",
    names: &["search"],
    about: "search for a keyword in charts",
    commands: &[super::search_hub::HUB, REPO],
    rules: &[],
    aliases: &[],
};

const REPO: Command = Command {
    name: "repo",
    usage: "search repo [keyword]",
    about: "search repositories for a keyword in charts",
    long: "Search the cached indexes of the repositories that were added.",
    flags: &[
        OUTPUT,
        &[
            known::DEVEL.about("use development versions, too"),
            known::FAIL_ON_NO_RESULT.about("search fails if no results are found"),
            known::MAX_COL_WIDTH.about("maximum column width for output table").or("50"),
            known::REGEXP.about("the keyword is a regular expression"),
            known::VERSION.about("search using semantic versioning constraints"),
            known::VERSIONS.about("show each version of each chart"),
        ],
    ],
    args: Args::AtLeast(0),
    run: repo,
};

fn repo(given: &Given) -> Result<(), Failure> {
    let search = SearchRepo {
        term: (!given.args.is_empty()).then(|| given.args.join(" ")),
        is_regexp: given.regexp,
        version: given.version.clone().unwrap_or_default(),
        devel: given.devel,
        every_version: given.versions,
    };
    show(given, search.run(&Settings::read(given).library(), &Terminal::of(given))?)
}

fn show(given: &Given, found: Vec<Found>) -> Result<(), Failure> {
    if found.is_empty() && given.fail_on_no_result {
        return Err("no results found".into());
    }
    match given.output {
        format @ (Format::Json | Format::Yaml) => {
            let element = |f: Found| {
                let fields = vec![
                    ("name", f.name.into()),
                    ("version", Value::Str(f.version)),
                    ("app_version", Value::Str(f.app_version)),
                    ("description", Value::Str(f.description)),
                ];
                record("main.repoChartElement", fields)
            };
            let list: Vec<Value> = found.into_iter().map(element).collect();
            output::stdout(&table::encode(format, list)?)
        }
        _ if found.is_empty() => output::stdout(b"No results found\n"),
        _ => {
            let widest = given.max_col_width.unwrap_or(50);
            let title = ["NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION"];
            let mut rows = vec![title.map(str::to_owned).to_vec()];
            rows.extend(found.into_iter().map(|f| {
                let text = |s: &[u8]| String::from_utf8_lossy(s).into_owned();
                vec![f.name, text(&f.version), text(&f.app_version), text(&f.description)]
            }));
            table::print(rows, widest)
        }
    }
}
