//! Implements `statefulchart search hub`.

use gostd::value::{Value, record};
use statefulchart::action::SearchHub;
use statefulchart::repo::HubChart;

use super::flags::{Format, Given, known};
use super::repo::OUTPUT;
use super::reporter::Terminal;
use super::{Args, Command, Failure, net, output, table};

pub(super) const HUB: Command = Command {
    name: "hub",
    usage: "search hub [KEYWORD]",
    about: "search for charts in the Artifact Hub or your own hub instance",
    long: "Ask Artifact Hub, or another hub, for charts.",
    flags: &[
        OUTPUT,
        &[
            known::ENDPOINT.about("hub instance to query for charts").or("\"https://hub.helm.sh\""),
            known::FAIL_ON_NO_RESULT.about("search fails if no results are found"),
            known::LIST_REPO_URL.about("print charts repository URL"),
            known::MAX_COL_WIDTH.about("maximum column width for output table").or("50"),
        ],
    ],
    args: Args::AtLeast(0),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    let endpoint = given.endpoint.as_deref().unwrap_or("https://hub.helm.sh");
    let search = SearchHub { endpoint: endpoint.to_owned(), term: given.args.join(" ") };
    let found = search.run(&net::providers(given), &Terminal::of(given))?;
    if found.is_empty() && given.fail_on_no_result {
        return Err("no results found".into());
    }
    match given.output {
        format @ (Format::Json | Format::Yaml) => {
            let list: Vec<Value> = found.into_iter().map(element).collect();
            output::stdout(&table::encode(format, list)?)
        }
        _ if found.is_empty() => output::stdout(b"No results found\n"),
        _ => {
            let widest = given.max_col_width.unwrap_or(50);
            let columns = if given.list_repo_url { 5 } else { 4 };
            let title = ["URL", "CHART VERSION", "APP VERSION", "DESCRIPTION", "REPO URL"];
            let mut rows = vec![title.map(str::to_owned).to_vec()];
            rows.extend(
                found.into_iter().map(|c| {
                    vec![c.url, c.version, c.app_version, c.description, c.repository_url]
                }),
            );
            rows.iter_mut().for_each(|row| row.truncate(columns));
            table::print(rows, widest)
        }
    }
}

fn element(chart: HubChart) -> Value {
    let repository = vec![("url", chart.repository_url.into()), ("name", chart.repository.into())];
    let fields = vec![
        ("url", chart.url.into()),
        ("version", chart.version.into()),
        ("app_version", chart.app_version.into()),
        ("description", chart.description.into()),
        ("repository", record("main.hubChartRepo", repository)),
    ];
    record("main.hubChartElement", fields)
}
