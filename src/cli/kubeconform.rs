//! Implements `statefulchart kubeconform`, which takes the flags of yannh/kubeconform and prints what it does. Under the name
//! kubeconform the program is nothing else.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use gostd::os::{io_reason, path_of, path_text};
use gostd::regexp::Regexp;
use statefulchart::getter::{Getter, MAX_DOCUMENT};
use statefulchart::kubeconform::{
    Format, Locations, Options, Report, Resource, Status, VERSION, Validator, resources,
};
use statefulchart::report::Silent;
use walkdir::WalkDir;

use super::flags::{Flag, Given, Kind, flag, parse_bool};
use super::{Args, Command, Failure, GLOBAL_FLAGS, input, net, output};

const FLAGS: &[Flag] = &[
    flag("cache", Kind::String, "folder that keeps schemas which were downloaded"),
    flag("debug", Kind::Bool, "print debug information"),
    flag("exit-on-error", Kind::Bool, "stop at the first error"),
    flag("h", Kind::Bool, "show this help"),
    flag(
        "ignore-filename-pattern",
        Kind::Array,
        "regular expression of paths that are left out (can be given several times)",
    ),
    flag("ignore-missing-schemas", Kind::Bool, "leave resources out that have no schema"),
    flag("insecure-skip-tls-verify", Kind::Bool, "do not check servers' certificates"),
    flag("kubernetes-version", Kind::String, "version of Kubernetes, e.g. 1.31.0").or("master"),
    flag("n", Kind::Int, "how many workers there are (no effect)").or("4"),
    flag("output", Kind::String, "form of the output: json, junit, pretty, tap or text")
        .or("\"text\""),
    flag("reject", Kind::String, "kinds, or apiVersion/Kind, that are errors, divided by commas"),
    flag(
        "schema-location",
        Kind::Array,
        "where schemas are looked for: URLs, paths or \"default\" (can be given several times)",
    ),
    flag("skip", Kind::String, "kinds, or apiVersion/Kind, that are left out, divided by commas"),
    flag(
        "strict",
        Kind::Bool,
        "refuse fields that are not in the schema, and keys that are set twice",
    ),
    flag("summary", Kind::Bool, "print a summary at the end (no effect on junit and tap)"),
    flag("v", Kind::Bool, "show the version of kubeconform that is reproduced"),
    flag("verbose", Kind::Bool, "print results of all resources (no effect on junit and tap)"),
];

/// The name of the program and the command.
pub(super) const NAME: &str = "kubeconform";

pub(super) const COMMAND: Command = Command {
    name: NAME,
    usage: "kubeconform [OPTION]... [FILE OR FOLDER]...",
    about: "check manifests against JSON schemas, as kubeconform does",
    long: "Check manifests against JSON schemas with the flags, the output and the exit status of kubeconform. The schemas of\nKubernetes are in the program; -schema-location names others. Flags have one dash or two, and stand before the files.\n\nA link with the name kubeconform to this program is this command.",
    flags: &[FLAGS],
    args: Args::AtLeast(0),
    run: |given: &Given| run(given.args.clone(), "statefulchart kubeconform"),
};

/// What the command line asks for.
#[derive(Default)]
struct Asked {
    /// The flags that were given, with their values.
    flags: Vec<(&'static str, String)>,
    files: Vec<String>,
}

impl Asked {
    fn last(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    fn all(&self, name: &str) -> Vec<String> {
        let own = self.flags.iter().filter(|(own, _)| *own == name);
        own.map(|(_, value)| value.clone()).collect()
    }

    fn is_on(&self, name: &str) -> bool {
        self.last(name).and_then(parse_bool) == Some(true)
    }

    fn kinds(&self, name: &str) -> impl Iterator<Item = String> {
        let kinds = self.last(name).unwrap_or_default().split(',').map(str::trim);
        kinds.filter(|kind| !kind.is_empty()).map(str::to_owned)
    }
}

/// Reads a command line as Go's package `flag` does: flags end at the first word that is none.
///
/// # Errors
/// Go's words.
fn parse(args: Vec<String>) -> (Asked, Result<(), String>) {
    let mut asked = Asked::default();
    let mut args = args.into_iter().peekable();
    while let Some(arg) = args.next_if(|arg| arg.len() > 1 && arg.starts_with('-')) {
        if arg == "--" {
            break;
        }
        let word = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-')).unwrap_or(&arg);
        if word.is_empty() || word.starts_with(['-', '=']) {
            return (asked, Err(format!("bad flag syntax: {arg}")));
        }
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word, None),
        };
        let Some(flag) = FLAGS.iter().find(|flag| flag.name == name) else {
            let why = match name {
                "help" => "flag: help requested".to_owned(),
                _ => format!("flag provided but not defined: -{name}"),
            };
            return (asked, Err(why));
        };
        let value = match (flag.kind, value) {
            (_, Some(value)) => value,
            (Kind::Bool, None) => "true".to_owned(),
            (_, None) => match args.next() {
                Some(value) => value,
                None => return (asked, Err(format!("flag needs an argument: -{name}"))),
            },
        };
        let why = match flag.kind {
            Kind::Bool if parse_bool(&value).is_none() => Some("parse error".to_owned()),
            Kind::Int if value.parse::<i64>().is_err() => Some("parse error".to_owned()),
            _ if name == "kubernetes-version" && !is_version(&value) => Some(format!(
                "{value} is not a valid version. Valid values are \"master\" (default) or full version x.y.z (e.g. \"1.27.2\")"
            )),
            _ => None,
        };
        if let Some(why) = why {
            let shown = gostd::strconv::quoted(&value);
            let words = match flag.kind {
                Kind::Bool => format!("invalid boolean value {shown} for -{name}: {why}"),
                _ => format!("invalid value {shown} for flag -{name}: {why}"),
            };
            return (asked, Err(words));
        }
        asked.flags.push((flag.name, value));
    }
    asked.files = args.collect();
    (asked, Ok(()))
}

fn is_version(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text == "master" || text.split('.').count() == 3 && text.split('.').all(is_number)
}

/// Returns the help, as Go's package `flag` prints it.
fn usage(program: &str) -> String {
    let mut text = format!("Usage: {program} [OPTION]... [FILE OR FOLDER]...\n");
    for flag in FLAGS {
        let kind = match flag.kind {
            Kind::Bool => "",
            Kind::Int => " int",
            Kind::String if flag.default != "master" => " string",
            _ => " value",
        };
        let head = format!("  -{}{kind}", flag.name);
        // One letter leaves room on its line.
        let gap = if head.len() <= 4 { "\t" } else { "\n    \t" };
        let default = match flag.default {
            "" => String::new(),
            default => format!(" (default {default})"),
        };
        text.push_str(&format!("{head}{gap}{}{default}\n", flag.help));
    }
    text
}

/// Runs a command line; `program` is how help calls it.
///
/// # Errors
/// Nothing that is not printed already.
pub(super) fn run(args: Vec<String>, program: &str) -> Result<(), Failure> {
    let fail = |text: &str| {
        output::stderr(format!("{text}\n").as_bytes());
        Err(Failure::silent(1))
    };
    let (asked, read) = parse(args);
    if let Err(why) = read {
        let why = if why.starts_with("flag: ") { String::new() } else { why + "\n" };
        return fail(&format!("{why}{}", usage(program)));
    }
    if asked.is_on("h") {
        return output::stdout(format!("{}\n", usage(program)).as_bytes());
    }
    if asked.is_on("v") {
        return output::stdout(format!("{VERSION}\n").as_bytes());
    }
    match check(&asked) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::silent(1)),
        Err(why) => fail(&why),
    }
}

/// Checks what is asked for; returns whether all of it is right.
///
/// # Errors
/// What cannot be begun.
fn check(asked: &Asked) -> Result<bool, String> {
    let begun = Instant::now();
    let is_stdin = match asked.files.as_slice() {
        [] => true,
        [one] => one == "-",
        _ => false,
    };
    if is_stdin && is_device() {
        return Err("failing to read data from stdin".to_owned());
    }
    let format = Format::named(asked.last("output").unwrap_or("text"))
        .ok_or("'outputFormat' must be 'json', 'junit', 'pretty', 'tap' or 'text'")?;
    let cache = asked.last("cache").filter(|folder| !folder.is_empty());
    if let Some(folder) = cache {
        Locations::check_cache(&path_of(folder), folder)?;
    }
    let mut given = super::flags::parse(&[GLOBAL_FLAGS], Vec::new())
        .map_err(|misuse| words(&Failure::from(misuse)))?;
    given.insecure = asked.is_on("insecure-skip-tls-verify");
    let fetch = |url: &str| fetch(&given, url);
    let locations = Locations::new(
        &asked.all("schema-location"),
        asked.last("kubernetes-version").unwrap_or("master"),
        &fetch,
        cache.map(|folder| path_of(folder).into_owned()),
        std::env::current_dir().map_err(|e| io_reason(&e).to_string())?,
    )
    .map_err(|error| error.to_string())?;
    let options = Options {
        is_strict: asked.is_on("strict"),
        ignores_missing: asked.is_on("ignore-missing-schemas"),
        skip: asked.kinds("skip").collect(),
        reject: asked.kinds("reject").collect(),
    };
    let report = Report::new(format, asked.is_on("summary"), is_stdin, asked.is_on("verbose"));
    let mut run = Run {
        validator: Validator::new(options, locations),
        report,
        is_right: true,
        stops: asked.is_on("exit-on-error"),
    };
    match is_stdin {
        true => {
            let text = input::stdin("the manifests").map_err(|failure| words(&failure))?;
            run.text("stdin", &text, false)?;
        }
        false => run.paths(&asked.files, &asked.all("ignore-filename-pattern"))?,
    }
    let end = run.report.end(begun.elapsed().as_secs_f64());
    print(&end)?;
    Ok(run.is_right)
}

/// Tells whether standard input is a terminal or another device without an end.
fn is_device() -> bool {
    let status = rustix::fs::fstat(std::io::stdin());
    status.is_ok_and(|status| rustix::fs::FileType::from_raw_mode(status.st_mode).is_char_device())
}

fn words(failure: &Failure) -> String {
    String::from_utf8_lossy(&failure.text(false)).into_owned()
}

fn print(text: &[u8]) -> Result<(), String> {
    match text.is_empty() {
        true => Ok(()),
        false => output::stdout(text).map_err(|failure| words(&failure)),
    }
}

/// How long a schema may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Fetches a schema.
pub(super) fn fetch(given: &Given, url: &str) -> Result<Option<Vec<u8>>, String> {
    let providers = net::providers(given);
    match providers.ask(url, &[], MAX_DOCUMENT, TIMEOUT, &Silent) {
        Ok(answer) if answer.status == 200 => Ok(Some(answer.body)),
        Ok(answer) if answer.status == 404 => Ok(None),
        Ok(answer) => Err(format!(
            "error while downloading schema at {url} - received HTTP status {}",
            answer.status
        )),
        Err(error) => Err(format!("failed downloading schema at {url}: {error}")),
    }
}

struct Run<'f> {
    validator: Validator<'f>,
    report: Report,
    is_right: bool,
    /// Whether it ends at the first error.
    stops: bool,
}

impl Run<'_> {
    fn is_over(&self) -> bool {
        self.stops && !self.is_right
    }

    fn add(&mut self, resource: &mut Resource, status: &Status) -> Result<(), String> {
        self.is_right &= !matches!(status, Status::Error(_) | Status::Invalid(..));
        let line = self.report.add(resource, status);
        print(line.as_bytes())
    }

    fn text(&mut self, name: &str, text: &[u8], is_file: bool) -> Result<(), String> {
        for mut resource in resources(name, text, is_file) {
            if self.is_over() {
                break;
            }
            let status = self.validator.check(&mut resource);
            self.add(&mut resource, &status)?;
        }
        Ok(())
    }

    /// Says that a path cannot be read, after which nothing else is looked at.
    fn unreadable(&mut self, path: &str, why: String) -> Result<(), String> {
        self.add(&mut Resource::new(path, Vec::new()), &Status::Error(why))
    }

    fn paths(&mut self, paths: &[String], ignored: &[String]) -> Result<(), String> {
        for path in paths {
            let mut files: Vec<PathBuf> = Vec::new();
            for entry in WalkDir::new(path_of(path)).sort_by_file_name() {
                match entry {
                    Ok(entry) if !entry.file_type().is_dir() && is_manifest(&entry) => {
                        files.push(entry.into_path());
                    }
                    Ok(_) => {}
                    Err(error) => {
                        let place = error.path().map_or_else(|| path.clone(), path_text);
                        let why = error.io_error().map_or_else(
                            || error.to_string(),
                            |e| format!("lstat {place}: {}", io_reason(e)),
                        );
                        return self.unreadable(path, why);
                    }
                }
            }
            for file in files {
                let name = path_text(&file);
                match is_ignored(&name, ignored) {
                    Ok(true) => continue,
                    Ok(false) => {}
                    Err(why) => return self.unreadable(path, why),
                }
                match gostd::os::read_file(&file) {
                    Ok(text) => self.text(&name, &text, true)?,
                    Err(e) => {
                        return self.unreadable(&name, format!("open {name}: {}", io_reason(&e)));
                    }
                }
                if self.is_over() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn is_manifest(entry: &walkdir::DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy().to_lowercase();
    [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
}

/// Tells whether a path is left out.
///
/// # Errors
/// A pattern that is no regular expression.
fn is_ignored(path: &str, patterns: &[String]) -> Result<bool, String> {
    for pattern in patterns {
        let regexp = Regexp::compile(pattern.as_bytes()).map_err(|error| error.to_string())?;
        if regexp.is_match(path.as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}
