//! Writes for people where lines came from.

use std::collections::HashSet;
use std::fmt::Write;

use bstr::ByteSlice;
use gostd::value::Value;
use statefulchart::provenance::{Condition, Entered, Facts, Line, Read, Spot};

use super::super::table;
use super::super::values_where::{cut, json_of, states};
use super::{ReadValue, Why, own_reads, path_of, values_path};

/// How many settings of one value are shown.
const SETTINGS: usize = 4;
/// How many names stand beside a line.
const NAMES: usize = 4;
/// How many of the built-in objects' members are named.
const BUILT_IN: usize = 6;
/// How much of a template's line is shown, in characters.
const WIDE: usize = 100;

impl Why<'_> {
    pub(super) fn at_length(&self, lines: &[&Line<'_>]) -> String {
        let mut text = String::new();
        for (i, line) in lines.iter().enumerate() {
            if i > 0 {
                text.push('\n');
            }
            self.write_line(&mut text, line);
        }
        text
    }

    fn write_line(&self, text: &mut String, line: &Line<'_>) {
        let facts = self.provenance.facts(line);
        let shown = line.text.to_str_lossy();
        let _ =
            writeln!(text, "{}, line {} of the output\n", self.title(line.document), line.number);
        let _ = writeln!(text, "    {}\n", table::shown(shown.trim()));
        if let Some(spot) = &facts.spot {
            let _ = writeln!(text, "written by {}", self.shown.spot(spot));
            self.write_excerpt(text, spot, &facts);
        }
        for (spot, name) in facts.calls.iter().rev() {
            let what = match name.contains(&b'/') || **name != *b"gotpl" {
                true => format!("{} is called", name.to_string_lossy()),
                false => "a text is executed".to_owned(),
            };
            let _ = writeln!(text, "{what} at {}", self.shown.spot(spot));
            self.write_excerpt_of(text, spot, &[spot.column]);
        }
        if let Some(maker) = maker(&facts) {
            let _ = writeln!(text, "filled in by {}", self.shown.spot(maker));
            self.write_excerpt(text, maker, &facts);
        }
        let mut told = HashSet::new();
        let (values, own): (Vec<_>, Vec<_>) =
            self.values(&facts.read).into_iter().partition(|value| value.answer.is_some());
        if !values.is_empty() {
            text.push_str("\nvalues\n");
            values.iter().for_each(|value| self.write_value(text, "  ", value, &mut told));
        }
        if !own.is_empty() {
            let names: Vec<&str> = own.iter().map(|value| &*value.path).collect();
            let _ = writeln!(text, "\nalso read: {}", listed(&names, BUILT_IN));
            told.extend(own.iter().map(|value| value.path.clone()));
        }
        // Those of helpers say how a text was made, not whether the line is there.
        let helps = |condition: &&Condition| {
            let is_helper = |name: &[u8]| {
                name.rsplit(|b| *b == b'/').next().is_some_and(|n| n.starts_with(b"_"))
            };
            let called =
                facts.calls.iter().any(|(spot, _)| spot.template == condition.spot.template);
            let wrote = facts.spot.as_ref().is_some_and(|s| s.template == condition.spot.template);
            is_helper(&condition.spot.template) && !called && !wrote
        };
        let told_of = facts.conditions.iter().filter(|c| c.why != Entered::Elsewhere);
        let (helpers, conditions): (Vec<&Condition>, Vec<&Condition>) = told_of.partition(helps);
        if !conditions.is_empty() {
            text.push_str("\nconditions\n");
            conditions.iter().for_each(|c| self.write_condition(text, c, &mut told));
        }
        if !helpers.is_empty() {
            text.push_str("\nconditions in helpers\n");
            helpers.iter().for_each(|c| self.write_condition(text, c, &mut told));
        }
    }

    fn write_excerpt(&self, text: &mut String, spot: &Spot, facts: &Facts) {
        let own = |part: &&Spot| part.template == spot.template && part.line == spot.line;
        let columns: Vec<u32> = facts.parts.iter().filter(own).map(|part| part.column).collect();
        self.write_excerpt_of(text, spot, if columns.is_empty() { &[] } else { &columns });
    }

    /// Writes a line of a template, with carets below some columns.
    fn write_excerpt_of(&self, text: &mut String, spot: &Spot, columns: &[u32]) {
        let line = self.template_line(spot);
        // Columns are in bytes of the line as it stands.
        let raw = self.provenance.template_line(spot).unwrap_or_default();
        let shown_at = |column: u32| {
            let before = raw.get(..(column as usize).saturating_sub(1)).unwrap_or(raw);
            table::shown(&before.to_str_lossy()).chars().count()
        };
        let all: Vec<char> = line.trim_end().chars().collect();
        let indent = all.iter().take_while(|c| c.is_whitespace()).count();
        let columns: Vec<usize> = columns.iter().map(|column| shown_at(*column)).collect();
        // The first of the carets has to be in sight.
        let first = columns.iter().min().copied().unwrap_or(indent);
        let start = match first.saturating_sub(indent) + WIDE / 4 > WIDE {
            true => first - WIDE / 4,
            false => indent,
        };
        let end = all.len().min(start + WIDE);
        let cut: String = all.get(start..end).unwrap_or_default().iter().collect();
        let (before, behind) =
            (if start > indent { "..." } else { "" }, if end < all.len() { "..." } else { "" });
        let _ = writeln!(text, "  {:>5} | {before}{cut}{behind}", spot.line);
        let mut carets = String::new();
        for column in columns {
            let at = (column + before.len()).saturating_sub(start);
            if column < end && at >= carets.len() {
                carets.push_str(&" ".repeat(at - carets.len()));
                carets.push('^');
            }
        }
        if !carets.is_empty() {
            let _ = writeln!(text, "        | {carets}");
        }
    }

    pub(super) fn write_condition(
        &self,
        text: &mut String,
        condition: &Condition,
        told: &mut HashSet<String>,
    ) {
        let why = match condition.why {
            Entered::If | Entered::With | Entered::Range => "",
            Entered::Else | Entered::WithElse | Entered::RangeElse => "else of ",
            Entered::Skipped => "did not hold: ",
            Entered::Jump => "the loop went on behind ",
            Entered::Call => "the name was computed: ",
            Entered::Elsewhere => "where the text was made: ",
            Entered::Host => {
                text.push_str("  the chart takes part by the condition of the dependency\n");
                let values = self.values(&condition.read);
                values.iter().for_each(|value| self.write_value(text, "      ", value, told));
                return;
            }
        };
        let line = self.template_line(&condition.spot);
        let line = line.trim();
        let mut cut: String = line.chars().take(WIDE).collect();
        if cut.len() < line.len() {
            cut.push_str("...");
        }
        let _ = writeln!(text, "  {why}{cut}   {}", self.shown.spot(&condition.spot));
        let (values, own): (Vec<_>, Vec<_>) =
            self.values(&condition.read).into_iter().partition(|value| value.answer.is_some());
        values.iter().for_each(|value| self.write_value(text, "      ", value, told));
        let own: Vec<&str> =
            own.iter().map(|v| &*v.path).filter(|path| !told.contains(*path)).collect();
        if !own.is_empty() {
            let _ = writeln!(text, "      {}", listed(&own, BUILT_IN));
            let new: Vec<String> = own.iter().map(|path| (*path).to_owned()).collect();
            told.extend(new);
        }
    }

    /// Writes a value, and what sets it unless that has been told.
    pub(super) fn write_value(
        &self,
        text: &mut String,
        before: &str,
        value: &ReadValue<'_>,
        told: &mut HashSet<String>,
    ) {
        let what = match (value.access.read, &value.value) {
            (Read::Shape, Some(Value::Map(map))) if map.is_empty() => " is empty".to_owned(),
            (Read::Shape, Some(Value::List(list))) if list.is_empty() => " is empty".to_owned(),
            (Read::Shape, Some(Value::Map(_) | Value::List(_))) => " is not empty".to_owned(),
            (_, Some(found)) => format!(" = {}", cut(&json_of(found))),
            (_, None) if value.answer.is_some() => " is not set".to_owned(),
            (_, None) => String::new(),
        };
        let _ = write!(text, "{before}{}{what}", value.path);
        let Some(answer) = value.answer.as_ref().filter(|_| told.insert(value.path.clone())) else {
            text.push('\n');
            return;
        };
        let all: Vec<_> = states(answer).collect();
        for (i, (state, setting)) in all.iter().take(SETTINGS).enumerate() {
            let place = self.shown.place(setting);
            let remarks = self.shown.remarks(*state, setting);
            let remarks = if remarks.is_empty() { remarks } else { format!(" ({remarks})") };
            if i == 0 {
                let _ = writeln!(text, "   {place}{remarks}");
            } else {
                let own = cut(&json_of(&setting.value));
                let _ = writeln!(text, "{before}    {own}   {place}{remarks}");
            }
        }
        if all.is_empty() {
            text.push('\n');
        } else if all.len() > SETTINGS {
            let _ = writeln!(text, "{before}    and {} more", all.len() - SETTINGS);
        }
    }

    /// Names each line with its template and its values.
    pub(super) fn listed(&self, lines: &[&Line<'_>]) -> String {
        let mut rows = Vec::new();
        for line in lines {
            let facts = self.provenance.facts(line);
            let place = facts.spot.as_ref().map_or(String::new(), |spot| {
                let name = spot.template.to_string_lossy().into_owned();
                let name = match name.split_once('/') {
                    Some((_, within)) => self.shown.chart.file_of(within),
                    None => name,
                };
                format!("{name}:{}", spot.line)
            });
            let (own, others): (Vec<_>, Vec<_>) =
                own_reads(&facts.read).partition(|access| values_path(access).is_some());
            let mut paths: Vec<String> = Vec::new();
            for path in own.into_iter().chain(others).map(path_of) {
                if !paths.contains(&path) {
                    paths.push(path);
                }
            }
            let names = listed(&paths.iter().map(String::as_str).collect::<Vec<_>>(), NAMES);
            let text = table::shown(&line.text.to_str_lossy());
            rows.push([text, place, names]);
        }
        use unicode_width::UnicodeWidthStr;
        let widest = |column: usize, most: usize| {
            rows.iter().map(|row| row[column].width()).max().unwrap_or(0).min(most)
        };
        let (first, second) = (widest(0, 60), widest(1, 40));
        let mut text = String::new();
        let mut document = None;
        for (line, [own, place, names]) in lines.iter().zip(&rows) {
            if document.replace(line.document) != Some(line.document) {
                let _ = writeln!(text, "# {}", self.title(line.document));
            }
            let gap = |cell: &str, width: usize| " ".repeat(width.saturating_sub(cell.width()) + 2);
            let row = [own, &gap(own, first), place, &gap(place, second), names];
            text.push_str(row.map(String::as_str).concat().trim_end());
            text.push('\n');
        }
        text
    }
}

/// Lists names, not too many.
fn listed(names: &[&str], most: usize) -> String {
    let mut text = names.iter().take(most).copied().collect::<Vec<_>>().join(", ");
    if names.len() > most {
        let _ = write!(text, " and {} more", names.len() - most);
    }
    text
}

/// Returns the action of another template that made the text of the line's own actions.
fn maker(facts: &Facts) -> Option<&Spot> {
    let spot = facts.spot.as_ref()?;
    let is_other = |part: &&Spot| {
        part.template != spot.template
            && part.template.contains(&b'/')
            && !facts.calls.iter().any(|(call, _)| call == *part)
    };
    let last = facts.parts.iter().rev().find(is_other)?;
    facts.parts.iter().find(|part| (&part.template, part.line) == (&last.template, last.line))
}
