//! Tells where in the manifests findings are.

use goyaml::Spans;

use super::Finding;
use crate::diff::Object;
use crate::kubernetes::Step;

/// The places of objects' fields. An object's text is read once for all that is asked of it one after the other.
#[derive(Debug)]
pub struct Places<'o> {
    objects: &'o [Object],
    /// The number of the object that was asked for last, and where its parts stand.
    last: Option<(usize, Option<Spans>)>,
}

impl<'o> Places<'o> {
    /// Makes it for the objects that were checked.
    pub fn new(objects: &'o [Object]) -> Places<'o> {
        Places { objects, last: None }
    }

    /// Returns the line and the column of a finding in all of the manifests, from 1: of the field, or of the nearest that is
    /// there.
    pub fn of(&mut self, finding: &Finding) -> Option<(usize, usize)> {
        let object = self.objects.get(finding.object)?;
        if let Some(line) = finding.line {
            return Some((object.line + line, 1));
        }
        let last = self.last.take().filter(|(number, _)| *number == finding.object);
        // The text of an item of a list is written anew; what the file has of it has its lines.
        let read = || (finding.object, Spans::read(object.written()).ok());
        let (_, spans) = self.last.insert(last.unwrap_or_else(read));
        let Some(mut spot) = spans.as_ref().and_then(Spans::root) else {
            return Some((object.line, 1));
        };
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
