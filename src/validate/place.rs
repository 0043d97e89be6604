//! Tells where in the manifests findings are.

use std::collections::HashMap;

use goyaml::Spans;

use super::Finding;
use crate::diff::Object;
use crate::kubernetes::Step;

/// The places of objects' fields; each text is read once, when something in it is asked for.
pub struct Places<'o> {
    objects: &'o [Object],
    read: HashMap<usize, Option<Spans>>,
}

impl<'o> Places<'o> {
    /// Makes it for the objects that were checked.
    pub fn new(objects: &'o [Object]) -> Places<'o> {
        Places { objects, read: HashMap::new() }
    }

    /// Returns the line and the column of a finding in all of the manifests, from 1: of the field, or of the nearest that is
    /// there.
    pub fn of(&mut self, finding: &Finding) -> Option<(usize, usize)> {
        let object = self.objects.get(finding.object)?;
        if let Some(line) = finding.line {
            return Some((object.line + line, 1));
        }
        let spans = self.read.entry(finding.object);
        let spans = spans.or_insert_with(|| Spans::read(&object.text).ok()).as_ref()?;
        let mut spot = spans.root()?;
        for step in &finding.path {
            let next = match step {
                Step::Key(key) => spot.member(key),
                Step::Item(index) => spot.item(*index),
            };
            match next {
                Some(next) => spot = next,
                None => break,
            }
        }
        let span = spot.key().or_else(|| spot.value())?;
        Some((object.line + span.line - 1, span.column))
    }
}
