//! Explains failures: where the cause stands, with an excerpt, and what to do about it.
//!
//! It works on typed errors after a run has failed, and may read the chart again for it; a run that does not fail
//! pays nothing. A [`Diagnosis`] is data: `cli` draws it.

mod calls;
mod chart;
mod escape;
mod excerpt;
mod exec;
mod indentation;
mod layers;
mod manifest;

mod nil;
mod repair;
mod schema;
mod scope;
mod set;
mod subject;
mod syntax;
mod tpl;
mod yaml;

use std::ops::Range;

use crate::action::Error;

pub use crate::near::{is_near, nearest, within};
pub use subject::{Reader, Subject};

/// What explains a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// What is wrong, in a sentence without an end.
    pub title: String,
    /// Where, the nearest to the cause first.
    pub frames: Vec<Frame>,
    /// What else is known.
    pub notes: Vec<String>,
    /// What to do.
    pub helps: Vec<String>,
}

/// An excerpt of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What this excerpt is there for; empty for the place that the title is about.
    pub heading: String,
    /// The file, as the user would open it.
    pub path: String,
    /// The number of the excerpt's first line, from 1.
    pub line: usize,
    /// The excerpt: whole lines.
    pub text: String,
    /// What is marked in it.
    pub marks: Vec<Mark>,
}

/// A part of an excerpt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its bytes in the text.
    pub span: Range<usize>,
    /// What it is.
    pub label: String,
    /// Whether it is where the mistake is.
    pub is_cause: bool,
}

impl Mark {
    /// Marks where the mistake is.
    pub fn cause(span: Range<usize>, label: impl Into<String>) -> Mark {
        Mark { span, label: label.into(), is_cause: true }
    }

    /// Marks what belongs to it.
    pub fn context(span: Range<usize>, label: impl Into<String>) -> Mark {
        Mark { span, label: label.into(), is_cause: false }
    }
}

impl Diagnosis {
    /// Begins with the title.
    pub fn new(title: impl Into<String>) -> Diagnosis {
        Diagnosis { title: title.into(), ..Diagnosis::default() }
    }

    /// Adds an excerpt.
    #[must_use]
    pub fn frame(mut self, frame: impl Into<Option<Frame>>) -> Diagnosis {
        self.frames.extend(frame.into());
        self
    }

    /// Adds what else is known.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Diagnosis {
        self.notes.push(text.into());
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnosis {
        self.helps.push(text.into());
        self
    }

    /// Adds `did you mean`, if a name is near.
    #[must_use]
    fn meant(self, near: Option<impl AsRef<str>>) -> Diagnosis {
        match near {
            Some(near) => self.help(format!("did you mean `{}`?", near.as_ref())),
            None => self,
        }
    }
}

impl Frame {
    /// Says what the excerpt is there for.
    #[must_use]
    pub fn headed(mut self, heading: impl Into<String>) -> Frame {
        self.heading = heading.into();
        self
    }

    /// Makes an excerpt of the lines around the marks of a text; the marks' bytes are the text's. What is not
    /// UTF-8 becomes question marks, what is longer than a screen is cut.
    pub fn of(path: impl Into<String>, text: &[u8], marks: Vec<Mark>) -> Frame {
        excerpt::frame(path.into(), text, marks)
    }

    /// Makes an excerpt around a line, from 1, which is marked from a column on, from 1, in characters, or else from its
    /// first character that is no space; nothing where the text has no such line.
    pub fn of_line(
        path: impl Into<String>,
        text: &[u8],
        line: usize,
        column: Option<usize>,
    ) -> Option<Frame> {
        let mut span = excerpt::words_span(text, line)?;
        let own = excerpt::line_span(text, line)?;
        let start = excerpt::character(text.get(own.clone())?, column.unwrap_or(1));
        if let Some(start) = start.map(|start| own.start + start)
            && span.contains(&start)
        {
            span.start = start;
        }
        Some(Frame::of(path, text, vec![Mark::cause(span, "")]))
    }
}

/// Explains why an action failed, where there is more to say than its words.
pub fn explain(error: &Error, subject: &Subject<'_>) -> Option<Diagnosis> {
    match error {
        Error::Render(e) => match e {
            crate::render::RenderError::Parse(e) => syntax::explain(e, subject),
            crate::render::RenderError::Exec { error, .. } => exec::explain(error, subject),
            _ => None,
        },
        Error::Manifest(e) => manifest::explain(e, subject),
        Error::Layers(e) => layers::explain(e, subject),
        Error::Values(crate::values::ValuesError::Schema(failures)) => {
            schema::explain(failures, subject)
        }
        Error::Chart(e) | Error::MissingDependencies(e) => chart::explain(e, subject),
        Error::NameTemplate(e) => tpl::name_template(e, subject),
        _ => None,
    }
}

/// Returns a text for people, whatever bytes it has.
fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
