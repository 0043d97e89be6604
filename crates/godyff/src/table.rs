//! Puts blocks of text next to each other.

use crate::style::shown_len;
use crate::text::spaces;

/// What parts blocks that stand next to each other.
const SEPARATOR: &str = "   ";

/// Writes blocks next to each other where they fit in, else below each other.
pub(crate) fn write_blocks(
    out: &mut String,
    indent: usize,
    blocks: &[&str],
    width: usize,
    below_each_other: bool,
) {
    let widest = |block: &&str| block.split('\n').map(shown_len).max().unwrap_or(0);
    let gaps = blocks.len().saturating_sub(1) * SEPARATOR.len();
    if below_each_other || indent + gaps + blocks.iter().map(widest).sum::<usize>() > width {
        for line in blocks.iter().flat_map(|block| block.split('\n')) {
            spaces(out, indent);
            out.push_str(line);
            out.push('\n');
        }
    } else {
        write_columns(out, SEPARATOR, indent, blocks);
    }
}

/// Writes texts as the columns of a table; the last line ends without a line feed.
pub(crate) fn write_columns(out: &mut String, separator: &str, indent: usize, columns: &[&str]) {
    let columns: Vec<Vec<(&str, usize)>> = columns
        .iter()
        .map(|column| column.split('\n').map(|line| (line, shown_len(line))).collect())
        .collect();
    let widths: Vec<usize> =
        columns.iter().map(|lines| lines.iter().map(|l| l.1).max().unwrap_or(0)).collect();
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    for row in 0..rows {
        let start = out.len();
        for (at, (lines, width)) in columns.iter().zip(&widths).enumerate() {
            if at > 0 {
                out.push_str(separator);
            }
            spaces(out, indent);
            let (line, len) = lines.get(row).copied().unwrap_or(("", 0));
            out.push_str(line);
            spaces(out, width - len);
        }
        out.truncate(start + out[start..].trim_end_matches(' ').len());
        if row + 1 < rows {
            out.push('\n');
        }
    }
}
