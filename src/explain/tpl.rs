//! Explains texts that templates hand to `tpl`, and `--name-template`.

use gotemplate::ParseError;

use super::exec::{self, At};
use super::scope::split;
use super::{Diagnosis, Subject, syntax};
use crate::render::{TemplateError, pipelines};

/// Explains a text that `tpl` cannot use.
pub(super) fn explain(at: &At<'_>, why: &str, subject: &Subject<'_>) -> Diagnosis {
    let words = split(&at.error.context, |b| b.is_ascii_whitespace());
    let text = words.get(1).map(|word| at.eval(word, subject)).unwrap_or_default();
    let seen = text.into_iter().find(|seen| seen.value.as_str().is_some());
    let parsed: Option<(ParseError, Vec<u8>)> = seen.as_ref().and_then(|seen| {
        let text = seen.value.as_str()?.to_vec();
        let error = pipelines(b"gotpl", &text, subject.profile).err()?;
        Some((error, text))
    });
    match parsed {
        Some((error, text)) => {
            let name = seen.and_then(|seen| seen.shown()).unwrap_or_else(|| "a text".to_owned());
            let path = format!("the value of {name}");
            let mut found = syntax::of_text(&error, &text, &path, subject);
            found.frames.push(at.frame("").headed("the text is given to `tpl` here"));
            found
        }
        None => Diagnosis::new(format!("`tpl` failed: {why}")).frame(at.frame("called here")),
    }
}

/// Explains a `--name-template` that gives no name.
pub(super) fn name_template(error: &TemplateError, subject: &Subject<'_>) -> Option<Diagnosis> {
    let text = subject.name_template.as_bytes();
    match error {
        TemplateError::Parse(e) => Some(syntax::of_text(e, text, "--name-template", subject)),
        TemplateError::Exec(e) => exec::explain(e, subject),
    }
}
