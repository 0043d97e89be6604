//! Says what is to be said of scenarios beside their differences: which of them one side alone has, and which have none.

use std::collections::HashSet;

use super::Report;

/// A scenario whose values file one side alone has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Only {
    /// The file.
    pub scenario: String,
    /// Whether it is the new side.
    pub is_new: bool,
    /// Whether both sides are rendered with it all the same.
    pub is_compared: bool,
    /// Where the file is, and what becomes of it.
    pub words: String,
}

impl Only {
    /// Says it on one line.
    pub fn line(&self) -> String {
        format!("{}: {}", self.scenario, self.words)
    }
}

/// Of how many charts it is said in which scenarios they have no difference.
const MOST_SAME: usize = 6;

/// Returns how many of several charts have no difference in any scenario.
pub(super) fn same_charts(reports: &[Report<'_>]) -> usize {
    let charts = |is_told: bool| -> HashSet<&str> {
        let some = reports.iter().filter(|report| !is_told || report.is_told());
        some.map(|report| &*report.chart).filter(|chart| !chart.is_empty()).collect()
    };
    charts(false).len() - charts(true).len()
}

/// Says what has no difference: scenarios of charts that have one in others, and charts as a whole; nothing if there is
/// no such thing.
pub(super) fn words_of_same(reports: &[Report<'_>]) -> Option<String> {
    let told: HashSet<&str> =
        reports.iter().filter(|report| report.is_told()).map(|report| &*report.chart).collect();
    let same = reports.iter().filter(|report| !report.is_told() && told.contains(&*report.chart));
    let mut parts: Vec<String> = same
        .filter(|report| !report.scenarios.is_empty())
        .map(|report| {
            let chart = if report.chart.is_empty() { "" } else { " " };
            format!("{}{chart}with {}", report.chart, names(&report.scenarios))
        })
        .collect();
    let more = parts.len().saturating_sub(MOST_SAME);
    if more > 0 {
        parts.truncate(MOST_SAME);
        parts.push(format!("{more} more"));
    }
    match same_charts(reports) {
        0 => {}
        1 => parts.push("1 chart".to_owned()),
        n => parts.push(format!("{n} charts")),
    }
    (!parts.is_empty()).then(|| format!("No difference: {}.", parts.join("; ")))
}

/// Returns the names of scenarios as people read them: of a matrix what there is in each of its dimensions.
pub fn names(scenarios: &[String]) -> String {
    let rows: Vec<Vec<&str>> = scenarios.iter().map(|name| name.split(", ").collect()).collect();
    let width = rows.first().map_or(0, Vec::len);
    let mut columns: Vec<Vec<&str>> = Vec::new();
    for place in 0..width {
        let mut column: Vec<&str> = Vec::new();
        for part in rows.iter().filter_map(|row| row.get(place)) {
            if !column.contains(part) {
                column.push(part);
            }
        }
        columns.push(column);
    }
    let cells = columns.iter().try_fold(1usize, |cells, column| cells.checked_mul(column.len()));
    let different: HashSet<&Vec<&str>> = rows.iter().collect();
    let is_matrix = rows.iter().all(|row| row.len() == width) && cells == Some(different.len());
    match is_matrix {
        true => columns.iter().map(|column| column_of(column)).collect::<Vec<_>>().join("; "),
        false => scenarios.join("; "),
    }
}

/// Returns the names in a dimension of a matrix; the word with which all begin stands once.
fn column_of(names: &[&str]) -> String {
    let word = names.first().and_then(|name| name.split_once(' ')).map(|(word, _)| word);
    let rest = |word: &str| -> Option<Vec<&str>> {
        names.iter().map(|name| name.strip_prefix(word)?.strip_prefix(' ')).collect()
    };
    match word.and_then(|word| Some((word, rest(word)?))) {
        Some((word, rest)) if names.len() > 1 => format!("{word} {}", rest.join(", ")),
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_matrix_is_told_by_its_dimensions() {
        let of = |all: &[&str]| names(&all.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["a.yaml", "b.yaml"]), "a.yaml, b.yaml");
        assert_eq!(of(&["Kubernetes 1.30", "Kubernetes 1.31"]), "Kubernetes 1.30, 1.31");
        assert_eq!(
            of(&[
                "(defaults), Kubernetes 1.30",
                "(defaults), Kubernetes 1.31",
                "a.yaml, Kubernetes 1.30",
                "a.yaml, Kubernetes 1.31"
            ]),
            "(defaults), a.yaml; Kubernetes 1.30, 1.31"
        );
        assert_eq!(
            of(&["a.yaml, Kubernetes 1.30", "b.yaml, Kubernetes 1.31"]),
            "a.yaml, Kubernetes 1.30; b.yaml, Kubernetes 1.31"
        );
        assert_eq!(of(&["3 scenarios"]), "3 scenarios");
        assert_eq!(of(&[]), "");
    }
}
