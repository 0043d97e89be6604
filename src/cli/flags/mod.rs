//! Parses flags as Helm does: one table a command, from which parsing, help and errors derive.
//!
//! The grammar and the messages are those of pflag, Helm's flag library: switches take `=false`,
//! options take the next argument whatever it looks like, flags and arguments mix freely.

mod given;

use std::borrow::Cow;

use gostd::os::{bytes_of, is_utf8};
use gostd::{strconv, time};
use statefulchart::profile::Rule;
use statefulchart::report::{Event, Reporter, Warning};

use super::reporter::Terminal;

pub(crate) use given::{Format, Given, known};

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A switch.
    Bool,
    /// A text.
    String,
    /// A text, or this one where the flag stands alone.
    OptionalString(&'static str),
    /// What is waited for, or the first of these where the flag stands alone.
    Wait,
    /// Texts, one a flag.
    Array,
    /// Values files, one a flag or several with commas between them.
    ValueFiles,
    /// Texts, several a flag with commas between them (CSV).
    Slice,
    /// `key=value` pairs with commas between them.
    Map,
    /// A duration such as `5m0s`.
    Duration,
    /// A size in bytes, such as `512Mi`.
    Size,
    /// A whole number.
    Int,
    /// A whole number that is not negative.
    Uint,
    /// A number.
    Float,
    /// The program of `--post-renderer`.
    PostRenderer,
    /// The arguments of `--post-renderer`.
    PostRendererArgs,
    /// The form of a report: one of [`Format::NAMES`].
    Format,
    /// The form of a report: one of these.
    OneOf(&'static [&'static str]),
}

/// Quotes a text of the command line as Go does.
pub(crate) fn quoted(text: &str) -> String {
    strconv::quoted(bytes_of(text))
}

/// Returns pflag's words for a letter that is no flag: it takes the first byte for it.
fn unknown_letter(cluster: &str) -> String {
    let letter = char::from(bytes_of(cluster).first().copied().unwrap_or_default());
    let letter = String::from_utf8_lossy(&strconv::quote_char(letter)).into_owned();
    format!("unknown shorthand flag: {letter} in -{cluster}")
}

/// Which releases of Helm have a flag.
#[derive(Clone, Copy, Debug)]
enum When {
    Always,
    /// Those that have a rule.
    With(Rule),
    /// Those that have it not.
    Without(Rule),
}

/// A row of a command's flag table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag {
    pub(crate) name: &'static str,
    pub(crate) short: Option<char>,
    pub(crate) kind: Kind,
    pub(crate) help: &'static str,
    /// What help shows as the value of a flag that is not given, quotes included.
    pub(crate) default: &'static str,
    /// Whether help leaves it out.
    pub(crate) hidden: bool,
    /// Whether Helm does not have it.
    pub(crate) own: bool,
    /// Which releases of Helm have it.
    when: When,
    /// What is said where it is given; empty for one that is no older than others.
    pub(crate) deprecated: &'static str,
    /// What kubectl calls it; empty where kubectl has none.
    pub(crate) kubectl: &'static str,
    /// Whether its value is never printed.
    is_secret: bool,
    /// Keeps a value that was given; nothing for a flag that changes nothing.
    fill: Option<fn(&mut Given, &str)>,
}

pub(crate) const fn flag(name: &'static str, kind: Kind, help: &'static str) -> Flag {
    Flag {
        name,
        short: None,
        kind,
        help,
        default: "",
        hidden: false,
        own: false,
        when: When::Always,
        deprecated: "",
        kubectl: "",
        is_secret: false,
        fill: None,
    }
}

pub(crate) const fn short(short: char, name: &'static str, kind: Kind, help: &'static str) -> Flag {
    flag(name, kind, help).short(short)
}

impl Flag {
    /// Returns the same flag, whose values are kept by a function.
    pub(crate) const fn fills(mut self, fill: fn(&mut Given, &str)) -> Flag {
        self.fill = Some(fill);
        self
    }

    /// Tells whether the flag is taken and changes nothing.
    pub(crate) fn changes_nothing(&self) -> bool {
        self.fill.is_none()
    }

    /// Returns the same flag, which takes something else.
    pub(crate) const fn of_kind(mut self, kind: Kind) -> Flag {
        self.kind = kind;
        self
    }

    /// Returns the same flag with words for help.
    pub(crate) const fn about(mut self, help: &'static str) -> Flag {
        self.help = help;
        self
    }

    /// Returns the same flag with a letter that stands for it.
    pub(crate) const fn short(mut self, letter: char) -> Flag {
        self.short = Some(letter);
        self
    }

    /// Returns the same flag, which help shows to have this value where it is not given.
    pub(crate) const fn or(mut self, default: &'static str) -> Flag {
        self.default = default;
        self
    }

    /// Returns the same flag, which only releases with a rule have.
    pub(crate) const fn with(mut self, rule: Rule) -> Flag {
        self.when = When::With(rule);
        self
    }

    /// Returns the same flag, which only releases without a rule have.
    pub(crate) const fn without(mut self, rule: Rule) -> Flag {
        self.when = When::Without(rule);
        self
    }

    /// Tells whether the release in force has the flag.
    pub(crate) fn is_there(&self) -> bool {
        let profile = super::profile::current();
        match self.when {
            When::Always => true,
            When::With(rule) => profile.has(rule),
            When::Without(rule) => !profile.has(rule),
        }
    }

    /// Returns the same flag, left out of help, of which is said what to do instead where it is given.
    pub(crate) const fn deprecated(mut self, instead: &'static str) -> Flag {
        self.deprecated = instead;
        self.hidden()
    }

    /// Returns the same flag, left out of help.
    pub(crate) const fn hidden(mut self) -> Flag {
        self.hidden = true;
        self
    }

    /// Returns the same flag, which Helm's command does not have.
    pub(crate) const fn own(mut self) -> Flag {
        self.own = true;
        self
    }

    /// Returns the same flag, which only matters to a cluster, with what kubectl calls it.
    pub(crate) const fn kubectl(mut self, name: &'static str) -> Flag {
        self.kubectl = name;
        self
    }

    /// Returns the same flag, whose value is never printed.
    const fn secret(mut self) -> Flag {
        self.is_secret = true;
        self
    }

    /// Returns the value of a flag that stands alone, where it may.
    pub(crate) fn alone(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Bool => Some("true"),
            Kind::OptionalString(default) => Some(default),
            Kind::Wait => Some(WAITS[0]),
            _ => None,
        }
    }

    /// Returns what help prints behind the name.
    pub(crate) fn metavar(&self) -> Cow<'static, str> {
        let word = match self.kind {
            Kind::Bool => "",
            Kind::String => " string",
            Kind::OptionalString(alone) => return format!(" string[={alone:?}]").into(),
            Kind::Wait => return format!(" WaitStrategy[={}]", WAITS[0]).into(),
            Kind::Array => " stringArray",
            Kind::ValueFiles => " valueFiles",
            Kind::Slice => " strings",
            Kind::Map => " stringToString",
            Kind::Duration => " duration",
            Kind::Size => " size",
            Kind::Int => " int",
            Kind::Uint => " uint",
            Kind::Float => " float32",
            Kind::PostRenderer => " postRendererString",
            Kind::PostRendererArgs => " postRendererArgsSlice",
            Kind::Format | Kind::OneOf(_) => " format",
        };
        word.into()
    }

    /// Returns how an error names the flag: `--debug`, or `-h, --help`.
    fn shown(&self) -> String {
        match self.short {
            Some(c) => format!("-{c}, --{}", self.name),
            None => format!("--{}", self.name),
        }
    }
}

/// A flag as it was written on a command line, or in a configuration file.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) flag: &'static Flag,
    value: String,
    /// Whether its letter was written, not its name.
    by_letter: bool,
}

impl Written {
    /// Returns the value.
    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    /// Tells whether the value is UTF-8.
    pub(crate) fn is_utf8(&self) -> bool {
        is_utf8(&self.value)
    }

    /// Returns the flag's name or letter, as it was written.
    pub(crate) fn name(&self) -> String {
        match self.flag.short {
            Some(letter) if self.by_letter => format!("-{letter}"),
            _ => format!("--{}", self.flag.name),
        }
    }

    /// Returns the flag with its value, for a shell.
    pub(crate) fn words(&self) -> String {
        self.with(&self.name())
    }

    /// Returns kubectl's flag with this value, for a shell.
    pub(crate) fn words_for_kubectl(&self) -> String {
        self.with(&format!("--{}", self.flag.kubectl))
    }

    fn with(&self, name: &str) -> String {
        let value = match self.flag.is_secret {
            true => format!("\"${}\"", self.flag.name.to_uppercase().replace('-', "_")),
            false => quote_for_shell(&self.value),
        };
        match self.flag.alone() {
            Some(usual) if usual == self.value => name.to_owned(),
            Some(_) => format!("{name}={value}"),
            None => format!("{name} {value}"),
        }
    }
}

/// Returns a word that a shell reads as this text.
pub(crate) fn quote_for_shell(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_@%+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What is wrong with a command line.
#[derive(Debug)]
pub(crate) struct Misuse {
    /// The text that follows Helm's `Error: `.
    pub(crate) why: String,
    /// The flag that is nearest to one that does not exist.
    pub(crate) near: Option<&'static str>,
    /// The word that it is about, if it is no flag.
    pub(crate) word: Option<String>,
}

impl From<String> for Misuse {
    fn from(why: String) -> Misuse {
        Misuse { why, near: None, word: None }
    }
}

/// Parses what follows the command's name.
///
/// # Errors
/// The text that follows Helm's `Error: `, and the flag that may have been meant.
pub(crate) fn parse(tables: &[&'static [Flag]], args: Vec<String>) -> Result<Given, Misuse> {
    let mut given = Given::default();
    given.read(tables, args)?;
    for written in given.written.iter().filter(|w| !w.flag.deprecated.is_empty()) {
        let Flag { name, deprecated, .. } = written.flag;
        let line = format!("Flag --{name} has been deprecated, {deprecated}\n");
        super::output::stderr(line.as_bytes());
    }
    Ok(given)
}

impl Given {
    /// Reads a command line after what was read before.
    fn read(&mut self, tables: &[&'static [Flag]], args: Vec<String>) -> Result<(), Misuse> {
        let all = || tables.iter().flat_map(|t| t.iter());
        let find = |is: &dyn Fn(&Flag) -> bool| all().find(|f| is(f) && f.is_there());
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            if arg == "--" {
                self.args.extend(args);
                break;
            }
            if let Some(long) = arg.strip_prefix("--") {
                let (name, attached) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (long, None),
                };
                if name.is_empty() || name.starts_with('-') {
                    return Err(format!("bad flag syntax: {arg}").into());
                }
                let unknown = || {
                    let shown = all().filter(|f| !f.hidden && f.is_there());
                    let near = super::help::nearest(name, shown.map(|f| f.name));
                    let word = Some(format!("--{name}"));
                    Misuse { why: format!("unknown flag: --{name}"), near, word }
                };
                let flag = find(&|f| f.name == name).ok_or_else(unknown)?;
                let value = match (attached, flag.alone()) {
                    (Some(v), _) => v,
                    (None, Some(v)) => v.to_owned(),
                    (None, None) => {
                        args.next().ok_or_else(|| format!("flag needs an argument: --{name}"))?
                    }
                };
                self.keep(flag, value)?;
            } else if arg.len() > 1 && arg.starts_with('-') {
                let mut cluster = &arg[1..];
                while let Some(c) = cluster.chars().next() {
                    let flag =
                        find(&|f| f.short == Some(c)).ok_or_else(|| unknown_letter(cluster))?;
                    let rest = &cluster[c.len_utf8()..];
                    let value = if let Some(v) = rest.strip_prefix('=').filter(|v| !v.is_empty()) {
                        cluster = "";
                        v.to_owned()
                    } else if let Some(v) = flag.alone() {
                        cluster = rest;
                        v.to_owned()
                    } else if rest.is_empty() {
                        let missing = || format!("flag needs an argument: {c:?} in -{cluster}");
                        let value = args.next().ok_or_else(missing)?;
                        cluster = "";
                        value
                    } else {
                        cluster = "";
                        rest.to_owned()
                    };
                    self.keep(flag, value)?;
                    if let Some(last) = self.written.last_mut() {
                        last.by_letter = true;
                    }
                }
            } else {
                self.args.push(arg);
            }
        }
        Ok(())
    }

    /// Checks that of each group of names one at most was given.
    ///
    /// # Errors
    /// The first group, in the order of their words, of which several were given.
    pub(crate) fn check_exclusive(&self, groups: &[&[&str]]) -> Result<(), Misuse> {
        let mut groups = groups.to_vec();
        groups.sort_by_key(|group| group.join(" "));
        for group in groups {
            let mut set: Vec<&str> =
                group.iter().copied().filter(|name| self.flags.contains(name)).collect();
            if set.len() > 1 {
                set.sort_unstable();
                let why = format!(
                    "if any flags in the group [{}] are set none of the others can be; [{}] were all set",
                    group.join(" "),
                    set.join(" ")
                );
                return Err(why.into());
            }
        }
        Ok(())
    }

    fn fill(&mut self, flag: &'static Flag, value: &str) {
        self.flags.push(flag.name);
        if let Some(fill) = flag.fill {
            fill(self, value);
        }
    }

    /// Returns these flags, or others where there are none.
    pub(crate) fn or(self, other: Given) -> Given {
        if other.flags.is_empty() { self } else { other }
    }

    /// Checks a flag's value and keeps it.
    pub(crate) fn keep(&mut self, flag: &'static Flag, value: String) -> Result<(), String> {
        let invalid = |why: String| {
            let value = quoted(&value);
            format!("invalid argument {value} for \"{}\" flag: {why}", flag.shown())
        };
        self.written.push(Written { flag, value: value.clone(), by_letter: false });
        let bytes = value.as_bytes();
        match flag.kind {
            Kind::Bool => {
                let on = parse_bool(&value).ok_or_else(|| {
                    let value = quoted(&value);
                    invalid(format!("strconv.ParseBool: parsing {value}: invalid syntax"))
                })?;
                self.fill(flag, &on.to_string());
                return Ok(());
            }
            Kind::Duration => {
                time::parse_duration(bytes).map_err(|e| invalid(e.to_string()))?;
                if flag.name == known::MAX_TIME.name && parse_time(&value).is_none() {
                    return Err(invalid(NO_TIME.to_owned()));
                }
            }
            Kind::Size if parse_size(&value).is_none() => {
                return Err(invalid(NO_SIZE.to_owned()));
            }
            Kind::Int => {
                strconv::parse_int(bytes, 0, 64).map_err(|e| invalid(e.to_string()))?;
            }
            Kind::Uint => {
                strconv::parse_uint(bytes, 0, 64).map_err(|e| invalid(e.to_string()))?;
            }
            Kind::Float => {
                strconv::parse_float(bytes).map_err(|e| invalid(e.to_string()))?;
            }
            Kind::Slice => {
                for part in split_csv(&value).map_err(invalid)? {
                    self.fill(flag, &part);
                }
                return Ok(());
            }
            Kind::Map => {
                let parts = match value.matches('=').count() {
                    0 => return Err(invalid(format!("{value} must be formatted as key=value"))),
                    1 => vec![value.trim_matches('"').to_owned()],
                    _ => split_csv(&value).map_err(invalid)?,
                };
                for part in parts {
                    if !part.contains('=') {
                        return Err(invalid(format!("{part} must be formatted as key=value")));
                    }
                    self.fill(flag, &part);
                }
                return Ok(());
            }
            Kind::Format if !Format::NAMES.contains(&value.as_str()) => {
                return Err(invalid("invalid format type".to_owned()));
            }
            Kind::OneOf(names) if !names.contains(&value.as_str()) => {
                return Err(invalid(format!("it is none of {}", names.join(", "))));
            }
            Kind::Wait => check_wait(&value).map_err(invalid)?,
            Kind::PostRenderer if !value.is_empty() => {
                if !super::profile::current().has(Rule::PostRendererPlugins) {
                    super::program::find(&value).map_err(invalid)?;
                } else if self.post_renderer.is_some() {
                    let why = "cannot specify --post-renderer flag more than once";
                    return Err(invalid(why.to_owned()));
                } else {
                    super::plugin_run::post_renderer(&value, &Terminal::QUIET).map_err(invalid)?;
                }
            }
            Kind::PostRendererArgs
                if super::profile::current().has(Rule::PostRendererPlugins)
                    && self.post_renderer.is_some() =>
            {
                // Helm looks for the plugin again.
                let name = self.post_renderer.as_deref().unwrap_or_default();
                super::plugin_run::post_renderer(name, &Terminal::QUIET).map_err(invalid)?;
            }
            _ => {}
        }
        self.fill(flag, &value);
        Ok(())
    }
}

/// What `--wait` takes in Helm 4; alone it is the first.
const WAITS: [&str; 3] = ["watcher", "hookOnly", "legacy"];

/// Checks a value of [`Kind::Wait`]; what was a switch's is taken with a warning.
fn check_wait(value: &str) -> Result<(), String> {
    let knows_hooks = super::profile::current().has(Rule::WaitForHooksOnly);
    let waits = WAITS.iter().filter(|name| knows_hooks || **name != "hookOnly");
    let waits: Vec<&str> = waits.copied().collect();
    if waits.contains(&value) {
        return Ok(());
    }
    match parse_bool(value).filter(|on| *value == on.to_string()) {
        Some(on) => {
            Terminal::QUIET.report(Event::Warning(Warning::WaitIsNoSwitch { on, knows_hooks }));
            Ok(())
        }
        None => {
            let value = quoted(value);
            let last = waits.len() - 1;
            let (before, last) = (waits[..last].join(", "), waits[last]);
            Err(format!("invalid wait input {value}. Valid inputs are {before}, and {last}"))
        }
    }
}

/// What is wrong with what [`parse_size`] does not read.
pub(crate) const NO_SIZE: &str = "no size such as 512Mi, 2Gi or 0";

/// What is wrong with what [`parse_time`] does not read.
pub(crate) const NO_TIME: &str = "no duration such as 90s, 5m or 0";

/// Reads a size in bytes, as Kubernetes writes it: `512Mi`, `2Gi`, `100M`, `1000000`.
pub(crate) fn parse_size(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit: u64 = match unit {
        "" => 1,
        "k" => 1000,
        "M" => 1000 * 1000,
        "G" => 1000 * 1000 * 1000,
        "T" => 1000 * 1000 * 1000 * 1000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Reads a duration as Go writes it: `90s`, `5m`. A negative one is none.
pub(crate) fn parse_time(text: &str) -> Option<std::time::Duration> {
    let nanos = time::parse_duration(text.as_bytes()).ok()?;
    Some(std::time::Duration::from_nanos(u64::try_from(nanos).ok()?))
}

/// Reads the flags of a table that stand anywhere on a command line, as far as that makes sense, and
/// passes over all else, arguments of unknown flags included.
pub(crate) fn parse_known(table: &'static [Flag], args: &[String]) -> Given {
    let mut given = Given::default();
    let mut args = args.iter().peekable();
    while let Some(arg) = args.next() {
        let flag = match arg.strip_prefix("--") {
            Some("") => break,
            Some(long) => {
                let name = long.split('=').next().unwrap_or(long);
                table.iter().find(|f| f.name == name)
            }
            None => {
                let letter = arg.strip_prefix('-').and_then(|short| short.chars().next());
                if letter.is_none() {
                    continue;
                }
                table.iter().find(|f| f.short == letter)
            }
        };
        if flag.is_some_and(|f| f.name == "help") {
            break;
        }
        let mut words = vec![arg.clone()];
        let takes_next = match flag {
            // `-nx` and `--name=x` are whole.
            Some(f) => {
                f.alone().is_none()
                    && !arg.contains('=')
                    && (arg.starts_with("--") || arg.len() == 2)
            }
            None => !arg.contains('=') && args.peek().is_some_and(|next| !next.starts_with('-')),
        };
        if takes_next {
            words.extend(args.next().cloned());
        }
        if flag.is_some() && given.read(&[table], words).is_err() {
            break;
        }
    }
    given
}

pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Returns the first record of CSV, as Go's encoding/csv reads it: empty lines before it are passed over, and a quoted
/// field may hold ends of lines.
fn split_csv(text: &str) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    if text.is_empty() {
        return Ok(fields);
    }
    let lines = text.split_inclusive('\n').map(|line| match line.strip_suffix('\n') {
        Some(line) => (line.strip_suffix('\r').unwrap_or(line), "\n"),
        None => (line.strip_suffix('\r').unwrap_or(line), ""),
    });
    let mut lines = lines.enumerate().skip_while(|(_, (line, _))| line.is_empty());
    let Some((first, (mut line, mut end))) = lines.next() else { return Err("EOF".to_owned()) };
    let mut number = first;
    let mut at = 0;
    let wrong = |number: usize, before: &str, why: &str| {
        let record = match number == first {
            true => String::new(),
            false => format!("record on line {}; ", first + 1),
        };
        format!(
            "{record}parse error on line {}, column {}: {why}",
            number + 1,
            bytes_of(before).len() + 1
        )
    };
    const QUOTE: &str = "extraneous or missing \" in quoted-field";
    loop {
        let rest = &line[at..];
        if !rest.starts_with('"') {
            let field = rest.split(',').next().unwrap_or_default();
            if let Some(quote) = field.find('"') {
                return Err(wrong(number, &line[..at + quote], "bare \" in non-quoted-field"));
            }
            fields.push(field.to_owned());
            if field.len() == rest.len() {
                return Ok(fields);
            }
            at += field.len() + 1;
            continue;
        }
        at += 1;
        let mut field = String::new();
        loop {
            let rest = &line[at..];
            if let Some(quote) = rest.find('"') {
                field.push_str(&rest[..quote]);
                at += quote + 1;
                match line[at..].chars().next() {
                    Some('"') => field.push('"'),
                    Some(',') => break,
                    None => {
                        fields.push(field);
                        return Ok(fields);
                    }
                    Some(_) => return Err(wrong(number, &line[..at - 1], QUOTE)),
                }
                at += 1;
                continue;
            }
            field.push_str(rest);
            field.push_str(end);
            match lines.next() {
                Some((next, (text, its_end))) => (number, line, end, at) = (next, text, its_end, 0),
                None => return Err(wrong(number, &format!("{line}{end}"), QUOTE)),
            }
        }
        fields.push(field);
        at += 1;
    }
}
