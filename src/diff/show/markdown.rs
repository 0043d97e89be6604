//! Shows a comparison in Markdown, for comments on a change: what matters most comes first and stays where there is
//! no room for all.

use std::fmt::Write;

use super::{Entry, How, Line, Report, Section, View, effects};

/// By this a program finds the comment that it wrote before.
pub const MARK: &str = "<!-- statefulchart diff -->";

/// How many other objects are named.
const NAMED: usize = 12;
/// How many lines of one field are shown.
const LINES: usize = 200;

/// A part of the text, with what stands in its place where there is no room for it.
struct Block {
    /// What matters less has a larger number.
    rank: usize,
    whole: String,
    short: String,
    /// How many objects it tells of.
    objects: usize,
}

/// Writes comparisons as Markdown, in at most so many bytes. Whole differences are left out where that is not enough, the
/// least important ones first, never a part of one.
pub fn markdown(reports: &[Report<'_>], limit: usize) -> String {
    let mut blocks = Vec::new();
    for report in reports.iter().filter(|report| report.is_told()) {
        add_report(report, &mut blocks);
    }
    let mut foot = String::new();
    match blocks.is_empty() {
        true => foot.push_str("The manifests are the same.\n"),
        false => {
            if let Some(words) = super::scenarios::words_of_same(reports) {
                let _ = writeln!(foot, "{}", inline(&words));
            }
        }
    }
    let mut text = format!("{MARK}\n");
    // The note of what is left out has room in any case.
    let room = limit.saturating_sub(text.len() + foot.len() + 200);
    let (kept, left_out) = fitting(&blocks, room);
    for (block, kept) in blocks.iter().zip(kept) {
        match kept {
            Kept::Whole => text.push_str(&block.whole),
            Kept::Short => text.push_str(&block.short),
            Kept::No => {}
        }
    }
    if left_out > 0 {
        let objects =
            if left_out == 1 { "1 object is" } else { &format!("{left_out} objects are") };
        let _ = writeln!(
            text,
            "\n**{objects} left out or shown in short: all of it has no room in {limit} bytes.**"
        );
    }
    text.push_str(&foot);
    text
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Whole,
    Short,
    No,
}

/// Chooses what has room: whole blocks by their rank, then short ones.
fn fitting(blocks: &[Block], mut room: usize) -> (Vec<Kept>, usize) {
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    order.sort_by_key(|n| (blocks[*n].rank, *n));
    let mut kept = vec![Kept::No; blocks.len()];
    // The short forms of what matters are there before the whole of anything.
    for n in &order {
        if blocks[*n].short.len() <= room {
            room -= blocks[*n].short.len();
            kept[*n] = Kept::Short;
        }
    }
    for n in &order {
        let more = blocks[*n].whole.len().saturating_sub(blocks[*n].short.len());
        if kept[*n] == Kept::Short && more <= room {
            room -= more;
            kept[*n] = Kept::Whole;
        }
    }
    let left = blocks.iter().zip(&kept).filter(|(_, kept)| **kept != Kept::Whole);
    let left = left.map(|(block, _)| block.objects).sum();
    (kept, left)
}

fn add_report(report: &Report<'_>, to: &mut Vec<Block>) {
    let view = View::of(report).divided();
    let mut head = String::new();
    let mut title = report.chart.clone();
    if !report.scenarios.is_empty() {
        let with = format!("with {}", super::scenarios::names(&report.scenarios));
        title = if title.is_empty() { with } else { format!("{title} {with}") };
    }
    if title.is_empty() {
        title = match report.names {
            [old, new] if old == new => new.to_owned(),
            [old, new] => format!("{old} → {new}"),
        };
    }
    let _ = writeln!(head, "\n### {}\n\n{}\n", inline(&title), report.sentence(&view.totals));
    for only in &report.only {
        let _ = writeln!(head, "- {}", inline(&only.line()));
    }
    if !report.only.is_empty() {
        head.push('\n');
    }
    for (name, failed) in report.names.iter().zip(&report.failed) {
        if let Some(why) = failed {
            let _ = writeln!(head, "**{} does not render**\n\n{}", inline(name), fenced("", why));
        }
    }
    to.push(Block { rank: 0, short: head.clone(), whole: head, objects: 0 });
    let effects = effects::lines(report.effects);
    if !effects.is_empty() {
        let mut whole = "**What it will do**\n\n".to_owned();
        for line in &effects {
            let _ =
                writeln!(whole, "- **{}**: {}", inline(&line.subject()), inline(&line.effect.text));
            for more in &line.effect.more {
                let _ = writeln!(whole, "  - {}", inline(more));
            }
        }
        whole.push('\n');
        let short = format!("- what it will do: {} lines\n", effects.len());
        to.push(Block { rank: 0, whole, short, objects: 0 });
    }
    for section in &view.sections {
        to.push(block(report, section));
    }
}

fn block(report: &Report<'_>, section: &Section) -> Block {
    let reasons = section.reasons.iter().filter_map(|reason| report.reasons.get(*reason));
    let reasons: Vec<String> = reasons.map(super::Reason::title).collect();
    let objects: usize = section.entries.iter().map(|entry| 1 + entry.others.len()).sum();
    let names: Vec<&str> = section.entries.iter().map(|entry| &*entry.title).take(3).collect();
    let more = if section.entries.len() > 3 { ", …" } else { "" };
    let title = match reasons.is_empty() {
        true => format!("{}{more}", html(&names.join(", "))),
        false => reasons.iter().map(|reason| html(reason)).collect::<Vec<_>>().join("<br>"),
    };
    let plain = match reasons.is_empty() {
        true => format!("{}{more}", inline(&names.join(", "))),
        false => reasons.iter().map(|reason| inline(reason)).collect::<Vec<_>>().join("; "),
    };
    let open = if section.is_noise { "" } else { " open" };
    let mut whole = format!("<details{open}><summary>{title}</summary>\n\n");
    for entry in &section.entries {
        write_entry(&mut whole, entry);
    }
    whole.push_str("</details>\n\n");
    let about = if objects == 1 { "1 object".to_owned() } else { format!("{objects} objects") };
    let short = format!("- {plain}: {about}\n");
    let lines: usize = section.entries.iter().flat_map(|e| &e.fields).map(|f| f.lines.len()).sum();
    // What is gone or new as a whole says less by line than what has changed.
    let is_bulky = section.entries.iter().all(|e| matches!(e.how, How::Added | How::Removed));
    let rank = match (section.is_noise, is_bulky) {
        (true, _) => 1_000_000,
        (false, true) => 1000 + lines,
        (false, false) => 1 + lines / 10,
    };
    Block { rank, whole, short, objects }
}

fn write_entry(out: &mut String, entry: &Entry) {
    let source =
        if entry.source.is_empty() { String::new() } else { format!(" {}", code(&entry.source)) };
    let _ = writeln!(out, "**{}** {}{source}\n", inline(&entry.title), entry.how.word());
    let mut lines = String::new();
    for field in &entry.fields {
        if !field.path.is_empty() {
            let note =
                if field.note.is_empty() { String::new() } else { format!(" {}", field.note) };
            let _ = writeln!(lines, "@@ {}{note} @@", field.path);
        }
        for line in field.lines.iter().take(LINES) {
            let _ = match line {
                Line::Old(text) => writeln!(lines, "-{text}"),
                Line::New(text) => writeln!(lines, "+{text}"),
                Line::Same(text) => writeln!(lines, " {text}"),
                Line::Gap(1) => writeln!(lines, " … 1 line"),
                Line::Gap(n) => writeln!(lines, " … {n} lines"),
            };
        }
        if field.lines.len() > LINES {
            let _ = writeln!(lines, " … {} lines more", field.lines.len() - LINES);
        }
    }
    if !lines.is_empty() {
        out.push_str(&fenced("diff", &lines));
        out.push('\n');
    }
    if !entry.others.is_empty() {
        let named: Vec<String> = entry.others.iter().take(NAMED).map(|name| code(name)).collect();
        let rest = match entry.others.len().saturating_sub(NAMED) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let _ = writeln!(out, "The same in {}: {}{rest}\n", entry.others.len(), named.join(", "));
    }
}

/// Returns a block of code, in fences that nothing in it ends.
fn fenced(language: &str, text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

/// Returns a text as code within a line.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let mut fence = "`".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Returns a text in which nothing is taken for Markdown or HTML.
fn inline(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\r' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// Returns a text as HTML that stands in Markdown.
fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped
        .replace(['\n', '\r'], " ")
        .replace('@', "&#64;")
        .replace('*', "&#42;")
        .replace('_', "&#95;")
        .replace('`', "&#96;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(rank: usize, size: usize) -> Block {
        Block { rank, whole: "x".repeat(size), short: "s".repeat(10), objects: 1 }
    }

    #[test]
    fn what_matters_most_has_room_first() {
        let blocks = [block(5, 100), block(1, 100), block(3, 100)];
        let (kept, left) = fitting(&blocks, 130);
        assert!(kept == [Kept::Short, Kept::Whole, Kept::Short] && left == 2);
        let (kept, _) = fitting(&blocks, 1000);
        assert!(kept.iter().all(|kept| *kept == Kept::Whole));
        let (kept, left) = fitting(&blocks, 15);
        assert!(kept == [Kept::No, Kept::Short, Kept::No] && left == 3);
    }

    #[test]
    fn nothing_in_a_text_ends_its_fence() {
        assert_eq!(fenced("diff", "a\n```\nb"), "````diff\na\n```\nb\n````\n");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(inline("<b>*x*_y_"), "&lt;b&gt;\\*x\\*\\_y\\_");
    }
}
