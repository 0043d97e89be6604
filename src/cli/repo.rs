//! Implements `statefulchart repo add|index|list|remove|update`.

use std::time::Duration;

use gostd::strconv::quoted;
use gostd::value::{Value, record};
use statefulchart::action::{Added, RepoAdd, RepoIndex, RepoList, RepoRemove, RepoUpdate};
use statefulchart::profile::Rule;
use statefulchart::repo::Entry;

use super::flags::{Flag, Format, Given, Kind, flag, known};
use super::reporter::Terminal;
use super::secrets::Asking;
use super::settings::Settings;
use super::{Args, Command, Failure, Group, net, output, profile, table};

pub(super) const GROUP: Group = Group {
    name: "repo",
    names: &["repo"],
    about: "add, list, remove, update, and index chart repositories",
    commands: &[ADD, INDEX, LIST, REMOVE, UPDATE],
    rules: &[],
    aliases: &[("ls", "list"), ("rm", "remove"), ("up", "update")],
};

const ADD: Command = Command {
    name: "add",
    usage: "repo add [NAME] [URL]",
    about: "add a chart repository",
    long: "Add a chart repository: its index is fetched and kept in the cache.",
    flags: &[
        net::FLAGS,
        &[
            known::ALLOW_DEPRECATED_REPOS.about("add official repositories that are gone"),
            known::FORCE_UPDATE.about("replace the repository if it already exists"),
            flag("no-update", Kind::Bool, "no effect: repositories are replaced by --force-update")
                .without(Rule::FlagsOfHelm4),
            TIMEOUT,
            known::PASS_CREDENTIALS.about("pass credentials to all domains"),
            known::PASSWORD_STDIN.about("read the password from standard input"),
        ],
    ],
    args: Args::Exactly(2),
    run: add,
};

const INDEX: Command = Command {
    name: "index",
    usage: "repo index [DIR]",
    about: "generate an index file given a directory containing packaged charts",
    long: "Write index.yaml for the packages in a directory.",
    flags: &[&[
        known::JSON.about("output in JSON format"),
        known::MERGE.about("merge the generated index into the given index"),
        known::URL.about("url of chart repository"),
    ]],
    args: Args::Exactly(1),
    run: index,
};

const TIMEOUT: Flag = known::TIMEOUT
    .about("how long the download of an index may take")
    .with(Rule::RepoTimeouts)
    .or("2m0s");

pub(super) const OUTPUT: &[Flag] = &[known::OUTPUT.about("form of the list: table, json or yaml")];

const LIST: Command = Command {
    name: "list",
    usage: "repo list",
    about: "list chart repositories",
    long: "List the repositories that were added.",
    flags: &[
        OUTPUT,
        &[known::NO_HEADERS
            .about("leave the headings of the table out")
            .with(Rule::RepoListWithoutHeaders)],
    ],
    args: Args::None,
    run: list,
};

const REMOVE: Command = Command {
    name: "remove",
    usage: "repo remove [REPO1 [REPO2 ...]]",
    about: "remove one or more chart repositories",
    long: "Remove repositories and what the cache holds of them.",
    flags: &[],
    args: Args::AtLeast(1),
    run: remove,
};

const UPDATE: Command = Command {
    name: "update",
    usage: "repo update [REPO1 [REPO2 ...]]",
    about: "update information of available charts locally from chart repositories",
    long: "Fetch the indexes of all repositories, or of those named.",
    flags: &[&[
        known::FAIL_ON_REPO_UPDATE_FAIL
            .about("update fails if any of the repository updates fail")
            .without(Rule::FlagsOfHelm4),
        TIMEOUT,
    ]],
    args: Args::AtLeast(0),
    run: update,
};

fn add(given: &Given) -> Result<(), Failure> {
    let [name, url] = &given.args[..] else { return Err("two arguments are needed".into()) };
    let options = net::options(given);
    let add = RepoAdd {
        entry: Entry {
            name: name.clone(),
            url: url.clone(),
            username: options.username,
            password: options.password,
            tls: options.tls,
            pass_credentials: options.pass_credentials,
        },
        force_update: given.force_update,
        allow_deprecated: given.allow_deprecated_repos,
    };
    super::plugin_run::look_for_getters();
    let (providers, reporter) = (net::providers_within(given, timeout(given)), Terminal::of(given));
    let line = match add.run(providers.settings(), &providers, &Asking(given), &reporter)? {
        Added::New => format!("{} has been added to your repositories\n", quoted(name)),
        Added::Same => {
            format!("{} already exists with the same configuration, skipping\n", quoted(name))
        }
    };
    output::stdout(line.as_bytes())
}

/// Returns how long an index may take; none at all is no limit, as in Go.
fn timeout(given: &Given) -> Option<Duration> {
    const NO_LIMIT: Duration = Duration::from_secs(u32::MAX as u64);
    given.timeout.map(|timeout| if timeout.is_zero() { NO_LIMIT } else { timeout })
}

fn list(given: &Given) -> Result<(), Failure> {
    let entries = RepoList.run(&Settings::read(given).library());
    match given.output {
        format @ (Format::Json | Format::Yaml) => {
            let element = |e: &Entry| {
                let fields = vec![("name", e.name.as_str().into()), ("url", e.url.as_str().into())];
                record("main.repositoryElement", fields)
            };
            let list: Vec<Value> = entries.iter().map(element).collect();
            output::stdout(&table::encode(format, list)?)
        }
        _ if entries.is_empty() => {
            let text = "no repositories to show";
            if !profile::current().has(Rule::ReposOfHelm4) {
                return Err(text.into());
            }
            output::stderr(format!("{text}\n").as_bytes());
            Ok(())
        }
        _ => {
            let mut rows = Vec::new();
            if !given.no_headers {
                rows.push(vec!["NAME".to_owned(), "URL".to_owned()]);
            }
            rows.extend(entries.into_iter().map(|e| vec![e.name, e.url]));
            table::print(rows, 0)
        }
    }
}

fn remove(given: &Given) -> Result<(), Failure> {
    let remove = RepoRemove { names: given.args.clone() };
    Ok(remove.run(&Settings::read(given).library(), &Terminal::of(given))?)
}

fn update(given: &Given) -> Result<(), Failure> {
    let fail_on_failure =
        given.fail_on_repo_update_fail || profile::current().has(Rule::ReposOfHelm4);
    let update = RepoUpdate { names: given.args.clone(), fail_on_failure };
    super::plugin_run::look_for_getters();
    let providers = net::providers_within(given, timeout(given));
    Ok(update.run(providers.settings(), &providers, &Terminal::of(given))?)
}

fn index(given: &Given) -> Result<(), Failure> {
    let index = RepoIndex {
        folder: given.args.first().map(Into::into).unwrap_or_default(),
        url: given.url.clone().unwrap_or_default(),
        merge: given.merge.as_ref().map(Into::into).unwrap_or_default(),
        json: given.json,
        clock: output::clock(),
        profile: profile::current(),
    };
    Ok(index.run(&Terminal::of(given))?)
}
