//! Prints tables as Helm does, and the other forms of a list.

use std::io::IsTerminal;

use gostd::json;
use gostd::value::Value;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::flags::Format;
use super::{Failure, output};

/// Prints rows in columns, as [`layout`] lays them out.
pub(super) fn print(rows: Vec<Vec<String>>, widest: usize) -> Result<(), Failure> {
    output::stdout(layout(&printable(rows), widest).as_bytes())
}

/// Returns rows as they may be printed: on a terminal control characters are shown, not sent, since indexes and charts
/// are written by strangers.
pub(super) fn printable(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    if std::io::stdout().is_terminal() {
        rows.iter_mut().flatten().for_each(|cell| *cell = shown(cell));
    }
    rows
}

/// Returns a text with its control characters as escapes; the ends of lines and tabs stay.
pub(super) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// Returns words for an error as they may be printed: control characters are shown, not sent, and no line begins as a
/// command to what runs a job, since files that are named in them are called as strangers like.
pub(super) fn harmless(words: &[u8]) -> Vec<u8> {
    let mut out = String::with_capacity(words.len());
    for (number, line) in shown(&String::from_utf8_lossy(words)).split('\n').enumerate() {
        if number > 0 {
            out.push_str(if line.trim_start().starts_with("::") { "\\n" } else { "\n" });
        }
        out.push_str(line);
    }
    out.into_bytes()
}

/// Lays rows out in columns, none wider than `widest` (0: no limit), with a tab between them.
pub(super) fn layout(rows: &[Vec<String>], widest: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|r| r.get(column));
        let width = cells.flat_map(|c| c.split('\n')).map(columns_of).max();
        let width = width.unwrap_or_default();
        if widest > 0 { width.min(widest) } else { width }
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let cells: Vec<Vec<String>> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| resize(cell, *width).split('\n').map(str::to_owned).collect())
            .collect();
        let lines = cells.iter().map(Vec::len).max().unwrap_or_default();
        for line in 0..lines {
            let parts: Vec<String> = cells
                .iter()
                .zip(&widths)
                .map(|(cell, width)| resize(cell.get(line).map_or(" ", |c| c), *width))
                .collect();
            out.push_str(&parts.join("\t"));
            out.push('\n');
        }
    }
    out
}

/// Returns how many columns a text takes; control characters take none.
fn columns_of(text: &str) -> usize {
    text.split(char::is_control).map(UnicodeWidthStr::width).sum()
}

/// Fills a cell with spaces, or ends it with three dots.
fn resize(text: &str, width: usize) -> String {
    let length = columns_of(text);
    if width == 0 || length == width {
        return text.to_owned();
    }
    if length < width {
        return format!("{text}{}", " ".repeat(width - length));
    }
    let (mut out, mut used) = (String::new(), 0);
    for c in text.chars() {
        out.push(c);
        let wide = c.width().unwrap_or_default();
        if used + wide + 3 >= width {
            break;
        }
        used += wide;
    }
    out.push_str("...");
    out
}

/// Returns a list as JSON on one line, or as YAML.
pub(super) fn encode(format: Format, list: Vec<Value>) -> Result<Vec<u8>, Failure> {
    let list = Value::list(list);
    if format == Format::Yaml {
        return goyaml::marshal(&list).map_err(|e| Failure::from(e.to_string()));
    }
    let mut text = json::marshal(&list, true).map_err(|e| e.to_string())?;
    text.push(b'\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{harmless, layout, shown};

    #[test]
    fn words_for_an_error_are_no_commands() {
        let words = b"a\n  b\n ::error::c\x1b[31m\r\n::d";
        assert_eq!(harmless(words), b"a\n  b\\n ::error::c\\x1b[31m\\x0d\\n::d");
    }

    #[test]
    fn control_characters_can_be_shown() {
        assert_eq!(
            shown("a\u{1b}[2J\u{7f}\u{9b}\r\u{e9}\n\tb"),
            "a\\x1b[2J\\x7f\\x9b\\x0d\u{e9}\n\tb"
        );
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = |rows: &[&[&str]]| {
            rows.iter()
                .map(|r| r.iter().map(|c| (*c).to_owned()).collect())
                .collect::<Vec<Vec<String>>>()
        };
        let table = rows(&[&["NAME", "URL"], &["a", "http://x.org"]]);
        assert_eq!(layout(&table, 80), "NAME\tURL         \na   \thttp://x.org\n");
        let long = rows(&[&["NAME"], &["abcdefghijkl"]]);
        assert_eq!(layout(&long, 8), "NAME    \nabcde...\n");
    }
}
