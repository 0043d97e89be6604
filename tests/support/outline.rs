//! What help, candidates and completion scripts have in common with Helm's, as `tests/outline.py` has it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::bytes::Regex;

static HEADING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^(Usage|Aliases|Available Commands|Flags|Global Flags):$").unwrap()
});
static FLAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^  (?:-(\w), |    )(--[\w-]+)( \S+)? {2,}.*?( \(default [^()]*\))?$").unwrap()
});
static SCRIPT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^#compdef \w+|\b__complete(?:NoDesc)?\b").unwrap());

/// The lines of a text that both programs print, without descriptions.
///
/// Of help the usage, the names of commands and the flags with their types and defaults stay; of candidates the
/// names and the directive; of a script what it asks the program.
pub(super) fn outline(text: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.split(|&b| b == b'\n').collect();
    if lines.len() > 1 && is_directive(lines[lines.len() - 2]) {
        let names = lines.iter().map(|l| l.split(|&b| b == b'\t').next().unwrap_or_default());
        return names.collect::<Vec<_>>().join(&b'\n');
    }
    if lines.iter().any(|l| HEADING.is_match(l)) {
        return usage(&lines);
    }
    let asks: BTreeSet<&[u8]> = SCRIPT.find_iter(text).map(|m| m.as_bytes()).collect();
    if lines.len() < 10 || asks.is_empty() {
        return text.to_vec();
    }
    asks.iter().flat_map(|asked| [asked, &b"\n"[..]].concat()).collect()
}

/// Whether a line is `:` and a number.
fn is_directive(line: &[u8]) -> bool {
    line.strip_prefix(b":").is_some_and(|n| !n.is_empty() && n.iter().all(u8::is_ascii_digit))
}

fn usage(lines: &[&[u8]]) -> Vec<u8> {
    let (mut section, mut kept) = (&b""[..], Vec::new());
    for &line in lines {
        let heading = HEADING.captures(line).and_then(|c| c.get(1));
        if let Some(heading) = heading {
            section = heading.as_bytes();
        } else if line.is_empty() {
            section = b"";
        }
        let starts = [&b"Use \""[..], b"Error", b"Unknown help topic"];
        let verbatim = heading.is_some() || starts.iter().any(|s| line.starts_with(s));
        if verbatim || !line.is_empty() && (section == b"Usage" || section == b"Aliases") {
            kept.extend_from_slice(line);
        } else if section == b"Available Commands" {
            kept.extend_from_slice(b"  ");
            let name = line.split(|&b| b == b' ').find(|word| !word.is_empty());
            kept.extend_from_slice(name.unwrap_or_default());
        } else if !section.is_empty() && !line.is_empty() {
            let Some(flag) = FLAG.captures(line) else {
                kept.extend_from_slice(line);
                kept.push(b'\n');
                continue;
            };
            let part = |i| flag.get(i).map_or(&b""[..], |m| m.as_bytes());
            let short =
                if part(1).is_empty() { Vec::new() } else { [b"-", part(1), b", "].concat() };
            kept.extend([b"  ", &*short, part(2), part(3), part(4)].concat());
        } else {
            continue;
        }
        kept.push(b'\n');
    }
    kept
}
