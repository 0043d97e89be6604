//! Finds whether a path leads to what differs, to a part of it or to what holds it.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use gostd::value::Str;

use super::Step;

/// Paths, of which equal beginnings are kept once.
#[derive(Debug, Default)]
pub(super) struct Paths {
    /// The first one is where all paths begin.
    places: Vec<Place>,
}

/// A place that a path comes through; others by their numbers.
#[derive(Debug, Default)]
struct Place {
    /// Whether a path ends here.
    is_end: bool,
    keys: HashMap<Str, usize, RandomState>,
    /// By what names the items.
    items: HashMap<Str, usize, RandomState>,
    /// Items that are told by their places, which move with what comes before: all are one.
    placed: Option<usize>,
}

impl Paths {
    /// Adds a path; what a text is read as is no step of it.
    pub(super) fn add(&mut self, path: &[Step]) {
        if self.places.is_empty() {
            self.places.push(Place::default());
        }
        let mut at = 0;
        for step in path {
            let next = self.places.len();
            let place = &mut self.places[at];
            at = match step {
                Step::Inside(_) => continue,
                Step::Key(key) => *place.keys.entry(key.clone()).or_insert(next),
                Step::Item { by: Some(name), .. } => {
                    *place.items.entry(name.clone()).or_insert(next)
                }
                Step::Item { by: None, .. } => *place.placed.get_or_insert(next),
            };
            if at == next {
                self.places.push(Place::default());
            }
        }
        self.places[at].is_end = true;
    }

    /// Tells whether a path is one of these, leads to a part of one or holds one. An item that is told by its place may be
    /// any.
    pub(super) fn meet(&self, path: &[Step]) -> bool {
        let mut left: Vec<(usize, &[Step])> = vec![(0, path)];
        while let Some((at, path)) = left.pop() {
            let Some(place) = self.places.get(at) else { continue };
            let Some((step, rest)) = path.split_first().filter(|_| !place.is_end) else {
                return true;
            };
            let mut go_on = |next: Option<&usize>| left.extend(next.map(|next| (*next, rest)));
            match step {
                Step::Inside(_) => go_on(Some(&at)),
                Step::Key(key) => go_on(place.keys.get(key)),
                Step::Item { by, .. } => {
                    go_on(place.placed.as_ref());
                    match by {
                        Some(name) => go_on(place.items.get(name)),
                        None => place.items.values().for_each(|next| go_on(Some(next))),
                    }
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Form;

    fn path(text: &str) -> Vec<Step> {
        let step = |part: &str| match part.strip_prefix('#') {
            Some("") => Step::Item { by: None, old: Some(1), new: None },
            Some(name) => Step::Item { by: Some(Str::from(name)), old: None, new: Some(2) },
            None if part == "!" => Step::Inside(Form::Json),
            None => Step::Key(Str::from(part)),
        };
        text.split('/').map(step).collect()
    }

    #[test]
    fn paths_meet_where_one_leads_to_the_other() {
        let mut paths = Paths::default();
        ["a/b", "l/#x/y", "m/#/n", "d/!/e"].iter().for_each(|text| paths.add(&path(text)));
        for text in ["a", "a/b", "a/b/c", "l/#x", "l/#/y", "m/#q/n", "m/#", "d/e", "d/!/e/f"] {
            assert!(paths.meet(&path(text)), "{text}");
        }
        for text in ["b", "a/c", "l/#z", "l/#z/y", "l/#/n", "m/#q/p", "d/f"] {
            assert!(!paths.meet(&path(text)), "{text}");
        }
        assert!(!Paths::default().meet(&path("a")));
    }
}
