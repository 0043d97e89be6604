//! What of a run's output is not compared, as `tests/record.py` masks it.

use std::path::Path;
use std::sync::LazyLock;

use regex::bytes::Regex;

/// The text without what differs from run to run: paths, which get their names, clocks, random names.
pub(super) fn normal(text: &[u8], places: &[(&Path, &str)]) -> Vec<u8> {
    /// When an index, a lock file or a list of repositories was made.
    static MADE: LazyLock<Regex> = LazyLock::new(|| {
        let time = r"20(?:2[5-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z";
        Regex::new(&format!(r#"((?:generated|created)"?: ?"?){time}"#)).unwrap()
    });
    static FOLDER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\btmpcharts-\d+").unwrap());
    // Beside one that cannot be written.
    static FILE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(index\.yaml|\.tgz)\d{5,}").unwrap());
    let mut text = text.to_vec();
    for (path, name) in places {
        text = replace(&text, path.to_str().unwrap().as_bytes(), name.as_bytes());
    }
    let text = MADE.replace_all(&text, b"${1}<time>");
    let text = FOLDER.replace_all(&text, b"tmpcharts-<random>");
    let text = FILE.replace_all(&text, b"${1}");
    let mut out = Vec::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(&first) = rest.first() {
        let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
        let ends = rest.get(digits + 1).is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'_');
        if first == b'-' && digits == 10 && rest[1] == b'1' && ends {
            out.extend_from_slice(b"-<clock>");
            rest = &rest[11..];
        } else {
            out.push(first);
            rest = &rest[1..];
        }
    }
    let lines: Vec<Vec<u8>> = out.split(|&b| b == b'\n').map(without_deployed).collect();
    lines.join(&b'\n')
}

/// Masks the clock in the report of a release, text, JSON or YAML.
fn without_deployed(line: &[u8]) -> Vec<u8> {
    const TITLE: &[u8] = b"LAST DEPLOYED: ";
    if line.starts_with(TITLE) && line.len() == TITLE.len() + "Mon Jan _2 15:04:05 2006".len() {
        return [TITLE, b"<time>"].concat();
    }
    let mut line = line.to_vec();
    for start in
        ["first_deployed\":\"", "last_deployed\":\"", "first_deployed: \"", "last_deployed: \""]
    {
        let Some(at) = find(&line, start.as_bytes()) else { continue };
        let from = at + start.len();
        let shape = line[from..].iter().take_while(|b| b"0123456789-:.TZ".contains(b)).count();
        if line.get(from + shape) == Some(&b'"') && shape >= "2006-01-02T15:04:05Z".len() {
            line.splice(from..from + shape, *b"<time>");
        }
    }
    line
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}

fn replace(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = find(rest, what) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(with);
        rest = &rest[at + what.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// Masks the clock of log lines: `2006/01/02 15:04:05 text` and `file.go:1: 2006-01-02 … m=+0.1 [debug] text`.
pub(super) fn errors(text: &[u8]) -> Vec<u8> {
    let lines: Vec<Vec<u8>> = text.split(|&b| b == b'\n').map(masked_time).collect();
    lines.join(&b'\n')
}

fn masked_time(line: &[u8]) -> Vec<u8> {
    let shape: Vec<u8> =
        line.iter().take(20).map(|b| if b.is_ascii_digit() { b'0' } else { *b }).collect();
    if shape == b"0000/00/00 00:00:00 " {
        return [b"<time> ".as_slice(), &line[20..]].concat();
    }
    let Some((head, tail)) = std::str::from_utf8(line).ok().and_then(|l| l.split_once(" [debug]"))
    else {
        return line.to_vec();
    };
    match head.split_once(".go:").and_then(|(_, rest)| rest.split_once(": ")) {
        Some((_, clock)) if clock.contains(" m=") => {
            format!("{}<time> [debug]{tail}", &head[..head.len() - clock.len()]).into_bytes()
        }
        _ => line.to_vec(),
    }
}
