//! Checks an assertion of a test: chooses the files and documents that it looks at, and lets it look.

use std::rc::Rc;

use bstr::BString;
use gostd::value::Value;

use super::assertion::Assertion;
use super::check::{Context, Snapshots};
use super::job::{Chosen, Rendered};
use super::manifest::{Manifest, deep_equal};
use super::origin;
use super::results::AssertionResult;
use super::select;
use super::suite::Selector;

impl Assertion {
    /// Checks an assertion.
    pub(super) fn assert(
        &self,
        rendered: &Rendered<'_>,
        snapshots: Snapshots<'_>,
        fail_fast: bool,
    ) -> AssertionResult {
        let mut result = AssertionResult {
            assert_type: self.kind.name.into(),
            not: self.not,
            ..AssertionResult::default()
        };
        let templates = self.templates(rendered);
        let chosen = match self.chosen(rendered, &templates) {
            Ok(chosen) => chosen,
            Err(why) => {
                result.fail_info = vec!["Error:".into(), why];
                return result;
            }
        };
        let selector = rendered.test.selector.as_ref();
        if chosen.is_empty() && selector.is_some_and(|s| s.skip_empty_templates) {
            result.skipped = true;
            result.skip_reason =
                "skipped as 'documentSelector.skipEmptyTemplates: true' and 'selectedTemplates: empty'"
                    .into();
            result.passed = true;
            return result;
        }
        let mut context = Context {
            documents: &[],
            selected: &[],
            negative: self.not != self.kind.is_antonym,
            snapshots,
            render_error: rendered.error,
            fail_fast,
            changes: rendered.known.is_some().then(Vec::new),
        };
        let empty_lines = || vec![BString::from("Error: rendered manifest is empty")];
        let is_expected = self.kind.needs_success == rendered.has_succeeded;
        if chosen.is_empty() {
            (result.passed, result.fail_info) = match is_expected {
                true => self.wants.check(&mut context),
                false => (false, empty_lines()),
            };
            return result;
        }
        for (index, (template, selected)) in chosen.iter().enumerate() {
            let documents = rendered.documents.get(template);
            let mut names_template = true;
            let (passed, lines) = if documents.is_none() && self.kind.needs_success {
                names_template = false;
                (false, vec!["Error:".into(), missing(template)])
            } else if !is_expected {
                let raw = documents.and_then(|documents| documents.first());
                let lines = raw.map_or_else(empty_lines, |first| {
                    let raw = gostd::fmt::sprintf(b"%s", &[first.raw()]).unwrap_or_default();
                    vec![[b"Error: Invalid rendering: ", &raw[..]].concat().into()]
                });
                (false, lines)
            } else {
                context.documents = documents.map_or(&[], |documents| documents);
                context.selected = selected;
                self.wants.check(&mut context)
            };
            if let Some(known) = rendered.known.as_ref().filter(|_| !passed) {
                let selected = origin::placed(documents.map_or(&[], |all| all), selected);
                let changes = context.changes.replace(Vec::new()).unwrap_or_default();
                result.origins.extend(known.lines(template, &selected, &self.wants, &changes));
            }
            if !passed {
                if names_template {
                    result.fail_info.push(format!("Template:\t{template}").into());
                }
                result.fail_info.extend(lines);
            }
            result.passed = passed && (index == 0 || result.passed);
        }
        result
    }

    /// Returns the files that the assertion is about.
    fn templates(&self, rendered: &Rendered<'_>) -> Vec<String> {
        if rendered.is_rewritten && rendered.documents.len() == 1 {
            let whole = rendered.documents.keys().find(|name| name.ends_with("manifest.yaml"));
            if let Some(name) = whole {
                return vec![name.clone()];
            }
        }
        let Rendered { suite, test, .. } = rendered;
        let full = |names: &[String]| -> Vec<String> {
            names.iter().map(|name| select::full(&suite.route, name)).collect()
        };
        let mut names = if !self.template.is_empty() {
            full(std::slice::from_ref(&self.template))
        } else if !test.templates.is_empty() {
            full(&test.templates)
        } else if !test.template.is_empty() {
            full(std::slice::from_ref(&test.template))
        } else if suite.templates.is_empty() || suite.templates.iter().any(|t| t.contains('*')) {
            [&rendered.names[..], &rendered.crds].concat()
        } else {
            full(&suite.templates)
        };
        names.sort();
        names.dedup();
        names
    }

    /// Chooses the documents of the files.
    ///
    /// # Errors
    /// A selector that finds none or too many, and an index that is none.
    fn chosen(&self, rendered: &Rendered<'_>, templates: &[String]) -> Result<Chosen, BString> {
        let all = templates.iter().map(|name| {
            (name, rendered.documents.get(name).map_or(&[][..], |documents| documents))
        });
        let selector = self.selector.as_ref().or(rendered.test.selector.as_ref());
        if let Some(selector) = selector.filter(|selector| !selector.path.is_empty()) {
            return selector.choose(all);
        }
        let index = rendered.test.index.unwrap_or(self.index);
        if index == -1 {
            return Ok(all.map(|(name, documents)| (name.clone(), documents.to_vec())).collect());
        }
        all.map(|(name, documents)| {
            let document = usize::try_from(index).ok().and_then(|index| documents.get(index));
            match document {
                Some(document) => Ok((name.clone(), vec![document.clone()])),
                None => Err(format!("document index {index} is out of range").into()),
            }
        })
        .collect()
    }
}

fn missing(template: &str) -> BString {
    match template.is_empty() {
        false => {
            format!("\ttemplate \"{template}\" not exists or not selected in test suite").into()
        }
        true => "\tassertion.template must be given if testsuite.templates is empty".into(),
    }
}

impl Selector {
    fn choose<'d>(
        &self,
        all: impl Iterator<Item = (&'d String, &'d [Rc<Manifest>])>,
    ) -> Result<Chosen, BString> {
        let wanted = self.value.thaw();
        let mut chosen = Vec::new();
        let mut count = 0;
        for (name, documents) in all {
            let mut found = Vec::new();
            for document in documents {
                let values = document.at(&self.path)?;
                let is_any = matches!(wanted, Value::Nil);
                if !values.iter().any(|value| is_any || deep_equal(&wanted, value)) {
                    continue;
                }
                if !self.match_many && !found.is_empty() {
                    return Err("multiple indexes found".into());
                }
                found.push(document.clone());
            }
            count += found.len();
            if !self.match_many && count > 1 {
                return Err("multiple indexes found".into());
            }
            if !found.is_empty() {
                chosen.push((name.clone(), found));
            }
        }
        if count == 0 && !self.skip_empty_templates {
            return Err("document not found".into());
        }
        Ok(chosen)
    }
}
