//! Checks values against schemas that are made of others: `not`, `allOf`, `anyOf`, `oneOf`, `if`, and the ones for
//! what the others have not looked at.

use super::schema::{Combined, Id};
use super::validate::{Checker, Frame};
use super::words::Kind;

impl<'a> Checker<'a> {
    pub(super) fn check_combined(&mut self, combined: &Combined, frame: &mut Frame<'a, '_>) {
        if let Some(not) = combined.not
            && self.passes(frame, not)
        {
            let error = self.violation(|| Kind::Not);
            frame.errors.push(error);
        }
        let mut errors = Vec::new();
        for id in &combined.all_of {
            if let Err(error) = self.check_self(frame, *id, "") {
                errors.push(error);
                if self.quiet {
                    break;
                }
            }
        }
        if !errors.is_empty() {
            let error = self.group(|| Kind::AllOf, errors);
            frame.errors.push(error);
        }
        if !combined.any_of.is_empty() {
            self.check_any(&combined.any_of, frame);
        }
        if !combined.one_of.is_empty() {
            self.check_one(&combined.one_of, frame);
        }
        let Some(condition) = combined.condition else { return };
        let branch = if self.passes(frame, condition) { combined.then } else { combined.otherwise };
        if let Some(branch) = branch {
            let outcome = self.check_self(frame, branch, "");
            frame.errors.extend(outcome.err());
        }
    }

    fn check_any(&mut self, schemas: &[Id], frame: &mut Frame<'a, '_>) {
        let mut errors = Vec::new();
        let mut has_match = false;
        for id in schemas {
            match self.check_self(frame, *id, "") {
                Err(error) => errors.push(error),
                Ok(()) => {
                    has_match = true;
                    // What others look at matters only where something is not looked at.
                    if frame.rest.is_empty() {
                        break;
                    }
                }
            }
        }
        if !has_match {
            let error = self.group(|| Kind::AnyOf, errors);
            frame.errors.push(error);
        }
    }

    fn check_one(&mut self, schemas: &[Id], frame: &mut Frame<'a, '_>) {
        let mut errors = Vec::new();
        let mut matched = None;
        for (at, id) in schemas.iter().enumerate() {
            match matched {
                None => match self.check_self(frame, *id, "") {
                    Ok(()) => matched = Some(at),
                    Err(error) => errors.push(error),
                },
                Some(first) if self.passes(frame, *id) => {
                    let error = self.violation(|| Kind::OneOf(Some([first, at])));
                    frame.errors.push(error);
                    break;
                }
                Some(_) => {}
            }
        }
        if matched.is_none() {
            let error = self.group(|| Kind::OneOf(None), errors);
            frame.errors.push(error);
        }
    }

    pub(super) fn check_unevaluated(&mut self, frame: &mut Frame<'a, '_>) {
        let node = frame.node;
        if let Some(id) = frame.schema.object.as_ref().and_then(|object| object.unevaluated) {
            let names = frame.rest.members.take().unwrap_or_default();
            node.with_members(|members| {
                for name in &names {
                    if let Some(value) = members.get(name) {
                        self.check_member(frame, id, name, value);
                    }
                }
            });
        }
        if let Some(id) = frame.schema.array.as_ref().and_then(|array| array.unevaluated)
            && let Some(items) = node.items()
        {
            let places = frame.rest.items.take().unwrap_or_default();
            for at in places {
                if let Some((at, item)) = items.from(at).next() {
                    self.check_item(frame, id, at, item);
                }
            }
        }
    }
}
