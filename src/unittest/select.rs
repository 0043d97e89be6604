//! Chooses the templates of a chart that a suite renders: those that its patterns name, and partials.

use std::collections::HashMap;
use std::sync::Arc;

use gostd::path;
use gostd::regexp::Regexp;

use crate::chart::{Chart, File};

/// A pattern that names all templates.
pub(super) const ALL: &str = "**";

/// Returns the path of a template within its chart, `templates/` put before it where it is left out.
pub(super) fn within_chart(name: &str) -> String {
    let is_whole =
        ["templates", "charts", "crds", ALL].iter().any(|prefix| name.starts_with(prefix));
    match is_whole {
        true => name.to_owned(),
        false => text(path::join([&b"templates"[..], name.as_bytes()])),
    }
}

pub(super) fn text(path: Vec<u8>) -> String {
    String::from_utf8_lossy(&path).into_owned()
}

/// Returns the path of a template as a render names it.
pub(super) fn full(route: &str, name: &str) -> String {
    text(path::join([route.as_bytes(), within_chart(name).as_bytes()]))
}

/// Returns the regular expression for a pattern: `**` is at least one character, `*` any number; neither is more than
/// letters, digits, `_`, `-`, `/` and `.`.
fn expression(pattern: &str) -> String {
    let mut out = pattern.to_owned();
    for (from, to) in [
        (".", "\\."),
        ("+", "\\+"),
        ("[", "\\["),
        ("]", "\\]"),
        ("**", "[0-9a-zA-Z_\\-/\\.]+"),
        ("*", "[0-9a-zA-Z_\\-_/\\.]*"),
        ("?", "\\?"),
        ("(", "\\("),
        (")", "\\)"),
        ("|", "\\|"),
        ("{", "\\{"),
        ("}", "\\}"),
        ("^", "\\^"),
        ("$", "\\$"),
    ] {
        out = out.replace(from, to);
    }
    out
}

/// The templates that a suite renders.
pub(super) struct Selection {
    /// Expressions that a template's path has to hold; none of the second list.
    wanted: Vec<std::rc::Rc<Regexp>>,
    excluded: Vec<std::rc::Rc<Regexp>>,
    /// What was chosen of the charts that were met.
    known: HashMap<(Vec<u8>, usize), Arc<Vec<File>>>,
}

impl Selection {
    /// Makes one of the patterns of a suite for a chart.
    pub(super) fn new(route: &str, wanted: &[String], excluded: &[String]) -> Selection {
        let compile = |patterns: &[String]| {
            let sources = patterns.iter().map(|pattern| expression(&full(route, pattern)));
            sources.filter_map(|source| Regexp::compile(source.as_bytes()).ok()).collect()
        };
        let wanted = match wanted {
            [] => compile(&[ALL.to_owned()]),
            wanted => compile(wanted),
        };
        Selection { wanted, excluded: compile(excluded), known: HashMap::new() }
    }

    /// Leaves only these templates in a chart and those that it holds.
    pub(super) fn apply(&mut self, chart: &mut Chart) {
        let route = chart.name().to_vec();
        self.apply_at(chart, &route);
    }

    fn apply_at(&mut self, chart: &mut Chart, route: &[u8]) {
        let key = (route.to_vec(), Arc::as_ptr(&chart.templates) as usize);
        chart.templates = match self.known.get(&key) {
            Some(known) => known.clone(),
            None => {
                let all = chart.templates.iter();
                let chosen = all.filter(|file| self.has(route, &file.name)).cloned().collect();
                let chosen: Arc<Vec<File>> = Arc::new(chosen);
                self.known.insert(key, chosen.clone());
                chosen
            }
        };
        for inner in &mut chart.dependencies {
            let route = path::join([route, b"charts", inner.name().as_bytes()]);
            self.apply_at(inner, &route);
        }
    }

    /// Tells whether a template is rendered; `route` is that of its chart.
    pub(super) fn has(&self, route: &[u8], name: &[u8]) -> bool {
        if path::base(name).starts_with(b"_") {
            return true;
        }
        let name = path::join([route, name]);
        let matches = |all: &[std::rc::Rc<Regexp>]| all.iter().any(|r| r.is_match(&name));
        matches(&self.wanted) && !matches(&self.excluded)
    }
}
