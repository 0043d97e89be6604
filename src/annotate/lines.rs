//! Rewrites the places in lines of text, in the forms that scanners print.

use std::sync::LazyLock;

use bstr::ByteSlice;
use regex::Regex;

use super::{Origin, Places};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// It is worth to know.
    Note,
    /// It is most likely a mistake.
    #[default]
    Warning,
    /// It is a mistake.
    Error,
}

/// A finding.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found<'m> {
    /// How bad it is.
    pub level: Level,
    /// The scanner's word for what it is; empty if it says none.
    pub code: String,
    /// What is found.
    pub message: String,
    /// The file that the scanner has read.
    pub file: Option<String>,
    /// The line there.
    pub line: Option<usize>,
    /// The column there.
    pub column: Option<usize>,
    /// Where that came from; nothing of what is no rendered text.
    pub origin: Option<Origin<'m>>,
}

/// A part of what a scanner has printed.
#[derive(Clone, Debug, PartialEq)]
pub enum Text<'m> {
    /// What is no finding, with its newline.
    Other(Vec<u8>),
    /// A finding, and the lines in its place.
    Found(Box<Found<'m>>, Vec<u8>),
}

/// `file:3:1: message`
static COLON: LazyLock<Regex> = LazyLock::new(|| regex(r"^(\S[^:]*):(\d+)(?::(\d+))?(:? .*|:?)$"));
/// `  3:1   error  message  (rule)`
static INDENTED: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^ +(\d+):(\d+) +((?:error|warning) .*)$"));
/// `::error file=a,line=1::message`
static GITHUB: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^::(error|warning|notice) ([^\n]*?)::(.*)$"));
/// `a.yaml - Service web is invalid: message`
static KUBECONFORM: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(.+?) - (\S+) (\S+) (is invalid|failed validation): (.*)$"));
/// `at '/spec/replicas': message`
static POINTER: LazyLock<Regex> = LazyLock::new(|| regex(r"(?:^| - )at '(/[^']*|)': "));
/// `a.yaml: (object: default/web apps/v1, Kind=Deployment) message (check: name, remediation: text)`
static KUBE_LINTER: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(.+?): (\(object: \S.*?/(\S+) \S+, Kind=(\w+)\) .*)$"));
/// `  File: /a.yaml:3-14`
static RANGE: LazyLock<Regex> = LazyLock::new(|| regex(r"^(\s*File: )(.+):(\d+)-(\d+)$"));

#[expect(clippy::expect_used, reason = "the expressions above are constant, and a test uses each")]
fn regex(text: &str) -> Regex {
    Regex::new(text).expect("a valid expression")
}

/// Reads what a scanner has printed, line by line.
pub fn read<'m>(text: &[u8], places: &mut Places<'m>) -> Vec<Text<'m>> {
    let lines: Vec<&[u8]> = text.split_inclusive(|b| *b == b'\n').collect();
    let plain = |at: usize| {
        let line = lines.get(at).copied().unwrap_or_default();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).unwrap_or_default()
    };
    let mut all = Vec::new();
    let mut heading = Heading::default();
    for (at, raw) in lines.iter().enumerate() {
        let line = plain(at);
        let is_heading = !line.is_empty() && !line.starts_with([' ', '\t']);
        if is_heading && INDENTED.is_match(plain(at + 1)) {
            let ending = raw[line.len()..].to_owned();
            heading = Heading { file: line.to_owned(), ending, shown: None };
            continue;
        }
        let found = match line {
            "" => Vec::new(),
            _ => heading
                .finding(line, &raw[line.len()..], places)
                .unwrap_or_else(|| of_line(line, places)),
        };
        if found.is_empty() {
            all.push(Text::Other(raw.to_vec()));
        }
        for (found, own) in found {
            let text = match found.origin {
                Some(_) => own.into_bytes(),
                None if own.is_empty() => raw.to_vec(),
                None => own.into_bytes(),
            };
            all.push(Text::Found(Box::new(found), text));
        }
    }
    all
}

/// The file that stands above findings.
#[derive(Default)]
struct Heading {
    file: String,
    /// The end of its line.
    ending: Vec<u8>,
    /// What is printed in its place.
    shown: Option<String>,
}

impl Heading {
    /// Reads a finding below a heading; gives it the heading of where it came from.
    fn finding<'m>(
        &mut self,
        line: &str,
        ending: &[u8],
        places: &mut Places<'m>,
    ) -> Option<Vec<(Found<'m>, String)>> {
        let parts = INDENTED.captures(line).filter(|_| !self.file.is_empty())?;
        let rest = &parts[3];
        let found = Found {
            line: parts[1].parse().ok(),
            column: parts[2].parse().ok(),
            file: Some(self.file.clone()),
            ..of_yamllint(rest)
        };
        let found = placed(found, places);
        let (file, after, shown) = match &found.origin {
            Some(o) => {
                let place = format!("  {}:{}", o.line, o.column.unwrap_or(1));
                let shown = format!("{place:<11} {rest}{}\n", beside(&found));
                (o.file.clone(), &b"\n"[..], shown)
            }
            // As the tool has printed it.
            None => {
                (self.file.clone(), &self.ending[..], format!("{line}{}", ending.to_str_lossy()))
            }
        };
        let mut text = String::new();
        if self.shown.as_ref() != Some(&file) {
            let before = if self.shown.is_some() { "\n" } else { "" };
            text = format!("{before}{file}{}", after.to_str_lossy());
            self.shown = Some(file);
        }
        text += &shown;
        Some(vec![(found, text)])
    }
}

fn of_yamllint<'m>(rest: &str) -> Found<'m> {
    let (level, message) = rest.split_once(' ').unwrap_or(("", rest));
    let (message, code) = code_of(message.trim());
    Found { level: level_of(level), code, message, ..Found::default() }
}

fn level_of(word: &str) -> Level {
    match word {
        "error" => Level::Error,
        "notice" | "note" | "info" => Level::Note,
        _ => Level::Warning,
    }
}

/// Takes the rule off the end of a message: `too long (line-length)`, `too long [line-length]`.
fn code_of(message: &str) -> (String, String) {
    let end = |open: char, close: char| {
        let (message, code) = message.strip_suffix(close)?.rsplit_once(open)?;
        let is_word = |c: char| c.is_ascii_alphanumeric() || "-_/.".contains(c);
        let is_code = !code.is_empty() && code.chars().all(is_word);
        is_code.then(|| (message.trim_end().to_owned(), code.to_owned()))
    };
    end('(', ')').or_else(|| end('[', ']')).unwrap_or_else(|| (message.to_owned(), String::new()))
}

/// Looks up where a finding came from.
fn placed<'m>(found: Found<'m>, places: &mut Places<'m>) -> Found<'m> {
    let origin = match (&found.file, found.line) {
        (Some(file), Some(line)) => places.line(file, line),
        _ => None,
    };
    Found { origin, ..found }
}

/// Returns the values as they stand behind a line.
fn beside(found: &Found<'_>) -> String {
    let words = found.origin.as_ref().map_or(String::new(), Origin::words);
    if words.is_empty() { words } else { format!("  ({words})") }
}

/// Returns `file:line:column`.
fn at(origin: &Origin<'_>) -> String {
    match origin.column {
        Some(column) => format!("{}:{}:{column}", origin.file, origin.line),
        None => format!("{}:{}", origin.file, origin.line),
    }
}

/// Reads a line that stands for itself: the findings in it, with what comes in their place.
fn of_line<'m>(line: &str, places: &mut Places<'m>) -> Vec<(Found<'m>, String)> {
    if let Some(parts) = GITHUB.captures(line) {
        return of_github(&parts[1], &parts[2], &parts[3], places).into_iter().collect();
    }
    if let Some(parts) = RANGE.captures(line) {
        let found = Found {
            file: Some(parts[2].to_owned()),
            line: parts[3].parse().ok(),
            message: line.trim().to_owned(),
            ..Found::default()
        };
        let found = placed(found, places);
        let end: Option<usize> = parts[4].parse().ok();
        let text = found.origin.as_ref().map_or(String::new(), |origin| {
            let end = end.and_then(|end| super::sarif::end_of(&parts[2], origin, end, places));
            let end = end.filter(|end| *end > origin.line);
            let end = end.map_or(String::new(), |end| format!("-{end}"));
            format!("{}{}:{}{end}{}\n", &parts[1], origin.file, origin.line, beside(&found))
        });
        return vec![(found, text)];
    }
    if let Some(parts) = KUBECONFORM.captures(line) {
        return of_kubeconform(&parts, places);
    }
    if let Some(parts) = KUBE_LINTER.captures(line) {
        let (file, message) = (&parts[1], &parts[2]);
        let code = message.rsplit_once("(check: ").and_then(|(_, rest)| rest.split_once(','));
        let found = Found {
            file: Some(file.to_owned()),
            code: code.map_or(String::new(), |(code, _)| code.to_owned()),
            message: message.to_owned(),
            origin: places.resource(file, &parts[4], &parts[3], None),
            ..Found::default()
        };
        return vec![with_place(found, &format!(": {message}"))];
    }
    let Some(parts) = COLON.captures(line) else { return Vec::new() };
    // A time of day is no place.
    let is_file =
        |file: &str| file.contains(['.', '/']) || matches!(file, "-" | "stdin" | "<stdin>");
    if !is_file(&parts[1]) {
        return Vec::new();
    }
    let rest = &parts[4];
    let message = rest.trim_start_matches(':').trim();
    let in_brackets = message.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    let before = || {
        message
            .split_once(": ")
            .filter(|(word, _)| matches!(*word, "error" | "warning" | "note" | "notice" | "info"))
    };
    let (word, message) = in_brackets.or_else(before).unwrap_or(("", message));
    let (message, code) = code_of(message);
    let found = Found {
        level: level_of(word),
        code,
        message,
        file: Some(parts[1].to_owned()),
        line: parts[2].parse().ok(),
        column: parts.get(3).and_then(|column| column.as_str().parse().ok()),
        origin: None,
    };
    vec![with_place(placed(found, places), rest)]
}

/// Returns a finding with its line: its place and what follows that.
fn with_place<'m>(found: Found<'m>, rest: &str) -> (Found<'m>, String) {
    let text = found.origin.as_ref().map(|o| format!("{}{rest}{}\n", at(o), beside(&found)));
    (found, text.unwrap_or_default())
}

/// Reads a line of kubeconform, which names fields by JSON pointers, and makes one of each.
fn of_kubeconform<'m>(
    parts: &regex::Captures<'_>,
    places: &mut Places<'m>,
) -> Vec<(Found<'m>, String)> {
    let (file, kind, name, what, text) = (&parts[1], &parts[2], &parts[3], &parts[4], &parts[5]);
    let mut fields: Vec<(Vec<String>, String)> = Vec::new();
    let found: Vec<_> = POINTER.captures_iter(text).collect();
    for (i, parts) in found.iter().enumerate() {
        let start = parts.get(0).map_or(0, |whole| whole.start());
        let end = found.get(i + 1).and_then(|next| next.get(0)).map_or(text.len(), |n| n.start());
        let step = |step: &str| {
            let step = step.replace("~1", "/").replace("~0", "~");
            match step.bytes().all(|b| b.is_ascii_digit()) {
                true => step,
                false => format!("\"{step}\""),
            }
        };
        let steps = parts[1].split('/').skip(1).map(step).collect();
        let message = text[start..end].trim_start_matches(" - ");
        fields.push((steps, message.to_owned()));
    }
    if fields.is_empty() {
        fields.push((Vec::new(), text.to_owned()));
    }
    let one = |(steps, message): &(Vec<String>, String)| {
        let found = Found {
            level: Level::Error,
            message: format!("{kind} {name} {what}: {message}"),
            file: Some(file.to_owned()),
            origin: places.resource(file, kind, name, Some(steps)),
            ..Found::default()
        };
        let rest = format!(": {}", found.message);
        with_place(found, &rest)
    };
    let found: Vec<_> = fields.iter().map(one).collect();
    match found.iter().all(|(found, _)| found.origin.is_some()) {
        true => found,
        // The line stays whole.
        false => vec![(Found { origin: None, ..found[0].0.clone() }, String::new())],
    }
}

/// Reads a workflow command of GitHub.
fn of_github<'m>(
    word: &str,
    properties: &str,
    message: &str,
    places: &mut Places<'m>,
) -> Option<(Found<'m>, String)> {
    let properties: Vec<(&str, String)> = properties
        .split(',')
        .map(|property| {
            let (name, value) = property.trim().split_once('=').unwrap_or((property, ""));
            (name, unescaped(value))
        })
        .collect();
    let get = |name: &str| {
        properties.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone())
    };
    let (message_text, code) = code_of(&unescaped(message));
    let found = Found {
        level: level_of(word),
        code: get("title").unwrap_or(code),
        message: message_text,
        file: Some(get("file")?),
        line: get("line").and_then(|line| line.parse().ok()),
        column: get("col").and_then(|column| column.parse().ok()),
        origin: None,
    };
    let found = placed(found, places);
    let text = found.origin.as_ref().map_or(String::new(), |origin| {
        let mut own: Vec<String> = Vec::new();
        for (name, value) in &properties {
            let value = match *name {
                "file" => origin.file.clone(),
                "line" => origin.line.to_string(),
                "col" => match origin.column {
                    Some(column) => column.to_string(),
                    None => continue,
                },
                "endLine" | "endColumn" => continue,
                _ => value.clone(),
            };
            own.push(format!("{name}={}", escaped(&value)));
        }
        let beside = beside(&found).replace('%', "%25").replace('\n', "%0A");
        format!("::{word} {}::{message}{beside}\n", own.join(","))
    });
    Some((found, text))
}

fn unescaped(text: &str) -> String {
    let pairs = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")];
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn escaped(text: &str) -> String {
    let pairs = [("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")];
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
