//! `statefulchart repo add|index|list|remove|update`

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use gostd::os::{io_reason, make_folders};
use gostd::strconv::quoted;
use gostd::value::{Str, Value, record};
use statefulchart::repo::{
    Entry, Index, NoFile, RepositoryFile, charts_file, check_url, download_index, index_directory,
    index_file, load_index,
};
use statefulchart::store::write_whole;

use super::flags::{Flag, Format, Given, Kind, flag, known};
use super::net::{self, Net};
use super::settings::Settings;
use statefulchart::report::{Record, Reporter};

use super::reporter::Terminal;
use super::{Args, Command, Failure, Group, lock, output, table};

pub(super) const GROUP: Group = Group {
    name: "repo",
    names: &["repo"],
    about: "add, list, remove, update, and index chart repositories",
    commands: &[ADD, INDEX, LIST, REMOVE, UPDATE],
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
            flag("no-update", Kind::Bool, "no effect: repositories are replaced by --force-update"),
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

pub(super) const OUTPUT: &[Flag] = &[known::OUTPUT.about("form of the list: table, json or yaml")];

const LIST: Command = Command {
    name: "list",
    usage: "repo list",
    about: "list chart repositories",
    long: "List the repositories that were added.",
    flags: &[OUTPUT],
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
        known::FAIL_ON_REPO_UPDATE_FAIL.about("update fails if any of the repository updates fail")
    ]],
    args: Args::AtLeast(0),
    run: update,
};

/// Repositories that are gone, and where their charts went.
const GONE: &[(&str, &str)] = &[
    ("//kubernetes-charts.storage.googleapis.com", "https://charts.helm.sh/stable"),
    ("//kubernetes-charts-incubator.storage.googleapis.com", "https://charts.helm.sh/incubator"),
];

fn add(given: &Given) -> Result<(), Failure> {
    let [name, url] = &given.args[..] else { return Err("two arguments are needed".into()) };
    if !given.allow_deprecated_repos
        && let Some((_, new)) = GONE.iter().find(|(old, _)| url.contains(old))
    {
        return Err(Failure::from(format!(
            "repo {} is no longer available; try {} instead",
            quoted(url),
            quoted(new)
        )));
    }
    let net = Net::new(given);
    let path = &net.settings.repository_config;
    if let Some(folder) = path.parent() {
        make_folders(folder).map_err(|e| e.to_string())?;
    }
    let _lock = lock::acquire(&lock_file(path))?;
    let mut file = match RepositoryFile::load(path) {
        Ok(file) => file,
        Err(NoFile::Missing(_)) => RepositoryFile::default(),
        Err(NoFile::Broken(text)) => return Err(text.into()),
    };
    let options = net::options(given);
    let mut password = options.password;
    if !options.username.is_empty() && password.is_empty() {
        password = read_password(given.password_stdin)?;
    }
    let entry = Entry {
        name: name.clone(),
        url: url.clone(),
        username: options.username,
        password,
        tls: options.tls,
        pass_credentials: options.pass_credentials,
    };
    if name.contains('/') {
        return Err(Failure::from(format!(
            "repository name ({name}) contains '/', please specify a different name without '/'"
        )));
    }
    if !given.force_update
        && let Some(old) = file.get(name)
    {
        if *old != entry {
            return Err(Failure::from(format!(
                "repository name ({name}) already exists, please specify a different name"
            )));
        }
        let line =
            format!("{} already exists with the same configuration, skipping\n", quoted(name));
        return output::stdout(line.as_bytes());
    }
    check_url(url, &net.schemes())?;
    let fetch = |url: &str, options: &_, limit| net.fetch(url, options, limit);
    download_index(&fetch, &entry, net.cache(), &Terminal::QUIET).map_err(|e| {
        let url = quoted(url);
        format!("looks like {url} is not a valid chart repository or cannot be reached: {e}")
    })?;
    file.update(entry);
    file.write(path)?;
    output::stdout(format!("{} has been added to your repositories\n", quoted(name)).as_bytes())
}

/// The file that keeps two programs from writing repositories.yaml at once.
fn lock_file(path: &Path) -> PathBuf {
    match path.extension() {
        Some(_) => path.with_extension("lock"),
        None => {
            let mut name = path.as_os_str().to_owned();
            name.push(".lock");
            name.into()
        }
    }
}

/// A password from standard input: all of it, or one line that a terminal does not show.
pub(super) fn read_password(all: bool) -> Result<String, Failure> {
    if all {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).map_err(|e| e.to_string())?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        return Ok(text.strip_suffix('\r').unwrap_or(text).to_owned());
    }
    output::stdout(b"Password: ")?;
    if !std::io::stdin().is_terminal() {
        output::stdout(b"\n")?;
        return Err("inappropriate ioctl for device".into());
    }
    read_hidden()
}

/// A line that a terminal does not show.
pub(super) fn read_hidden() -> Result<String, Failure> {
    let read = rpassword::read_password();
    output::stdout(b"\n")?;
    read.map_err(|e| Failure::from(io_reason(&e)))
}

fn list(given: &Given) -> Result<(), Failure> {
    let settings = Settings::read(given);
    let (RepositoryFile { entries, .. }, _) =
        RepositoryFile::load_partly(&settings.repository_config);
    match given.output {
        format @ (Format::Json | Format::Yaml) => {
            let element = |e: &Entry| {
                let fields = vec![("name", e.name.as_str().into()), ("url", e.url.as_str().into())];
                record("main.repositoryElement", fields)
            };
            let list: Vec<Value> = entries.iter().map(element).collect();
            output::stdout(&table::encode(format, list)?)
        }
        _ if entries.is_empty() => Err("no repositories to show".into()),
        _ => {
            let mut rows = vec![vec!["NAME".to_owned(), "URL".to_owned()]];
            rows.extend(entries.into_iter().map(|e| vec![e.name, e.url]));
            output::stdout(table::layout(&rows, 0).as_bytes())
        }
    }
}

fn remove(given: &Given) -> Result<(), Failure> {
    let settings = Settings::read(given);
    let (mut file, _) = RepositoryFile::load_partly(&settings.repository_config);
    if file.entries.is_empty() {
        return Err("no repositories configured".into());
    }
    for name in &given.args {
        if !file.remove(name) {
            return Err(Failure::from(format!("no repo named {} found", quoted(name))));
        }
        file.write(&settings.repository_config)?;
        let _ = std::fs::remove_file(charts_file(&settings.repository_cache, name));
        let index = index_file(&settings.repository_cache, name);
        match std::fs::remove_file(&index) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(format!("remove {}: {}", index.display(), io_reason(&e)).into());
            }
            _ => {}
        }
        let line = format!("{} has been removed from your repositories\n", quoted(name));
        output::stdout(line.as_bytes())?;
    }
    Ok(())
}

fn update(given: &Given) -> Result<(), Failure> {
    const NONE: &str = "no repositories found. You must add one before updating";
    let net = Net::new(given);
    let path = &net.settings.repository_config;
    let file = match RepositoryFile::load(path) {
        Ok(file) if !file.entries.is_empty() => file,
        Ok(_) | Err(NoFile::Missing(_)) => return Err(NONE.into()),
        Err(NoFile::Broken(text)) => {
            return Err(format!("failed loading file: {}: {text}", path.display()).into());
        }
    };
    for name in &given.args {
        if file.get(name).is_none() {
            return Err(Failure::from(format!(
                "no repositories found matching '{name}'.  Nothing will be updated"
            )));
        }
    }
    let asked = |e: &&Entry| given.args.is_empty() || given.args.contains(&e.name);
    let entries: Vec<&Entry> = file.entries.iter().filter(asked).collect();
    for entry in &entries {
        check_url(&entry.url, &net.schemes())?;
    }
    let failed = update_all(&net, &entries, false, &|text| drop(output::stdout(text.as_bytes())))?;
    if !failed.is_empty() && given.fail_on_repo_update_fail {
        let failed = failed.join(" ");
        return Err(format!("Failed to update the following repositories: [{failed}]").into());
    }
    output::stdout("Update Complete. ⎈Happy Helming!⎈\n".as_bytes())
}

/// Fetches the indexes side by side, and says of each how it went; the URLs of those that failed. Of
/// repositories that nobody added only the URL is shown.
pub(super) fn update_all(
    net: &Net,
    entries: &[&Entry],
    unmanaged: bool,
    say: &dyn Fn(&str),
) -> Result<Vec<String>, Failure> {
    /// How many servers are asked at once.
    const THREADS: usize = 16;
    if !unmanaged {
        say("Hang tight while we grab the latest from your chart repositories...\n");
    }
    let mut failed = Vec::new();
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        for _ in 0..entries.len().min(THREADS) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                let fetch = |url: &str, options: &_, limit| net.fetch(url, options, limit);
                while let Some(entry) =
                    entries.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                {
                    let record = Record::default();
                    let result = download_index(&fetch, entry, net.cache(), &record);
                    if sender.send((*entry, result.map(drop), record.take())).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (entry, result, lines) in results {
            lines.into_iter().for_each(|event| Terminal::QUIET.report(event));
            let shown = quoted(if unmanaged { &entry.url } else { &entry.name });
            let line = match result {
                Ok(()) => {
                    format!("...Successfully got an update from the {shown} chart repository\n")
                }
                Err(why) => {
                    failed.push(entry.url.clone());
                    let url = if unmanaged { String::new() } else { format!(" ({})", entry.url) };
                    format!(
                        "...Unable to get an update from the {shown} chart repository{url}:\n\t{why}\n"
                    )
                }
            };
            say(&line);
        }
        Ok::<(), Failure>(())
    })?;
    Ok(failed)
}

/// The time for files that Helm stamps: RFC 3339 with nanoseconds.
pub(super) fn timestamp() -> Str {
    let time = output::clock().local_time();
    Str::from(time.format(b"2006-01-02T15:04:05.999999999Z07:00"))
}

fn index(given: &Given) -> Result<(), Failure> {
    let folder = given.args.first().map(String::as_str).unwrap_or_default();
    let folder = std::path::absolute(if folder.is_empty() { "." } else { folder })
        .map_err(|e| io_reason(&e))?;
    let url = given.url.as_deref().unwrap_or_default();
    let mut index = index_directory(&folder, url, &timestamp, &Terminal::QUIET)?;
    let json = given.json;
    let write = |index: &Index, path: &Path| {
        let text = if json { index.to_json() } else { index.to_yaml() };
        write_whole(path, &text?, 0o644)
    };
    if let Some(other) = given.merge.as_deref().filter(|m| !m.is_empty()) {
        let other = Path::new(other);
        let old = if other.exists() {
            load_index(other, &Terminal::QUIET).map_err(|e| format!("merge failed: {e}"))?
        } else {
            let empty = Index::new(timestamp());
            let _ = write(&empty, other);
            empty
        };
        index.merge(old);
    }
    index.sort();
    write(&index, &folder.join("index.yaml")).map_err(Failure::from)
}
