//! A command that failed, as a chain of causes.

use std::borrow::Cow;
use std::path::Path;

use gostd::os::bytes_of;
use gostd::value::Map;
use statefulchart::action::{self, ReleaseOptions};
use statefulchart::chart::{ArchiveError, ChartError};
use statefulchart::explain::Diagnosis;
use statefulchart::values::layers::LayerError;

use super::explain::{Suggestion, Why};
use super::flags::Misuse;
use super::{help, limits, profile};

/// A command that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    error: Text,
    /// What follows the words.
    hint: Cow<'static, str>,
    /// The exit status.
    pub(crate) status: u8,
    /// Whether its detail was asked for elsewhere than on the command line.
    pub(crate) debug: bool,
    /// What it is about, to be explained.
    pub(super) why: Option<Box<Why>>,
    /// What may have been meant.
    pub(super) suggestion: Option<Box<Suggestion>>,
    /// What explains it.
    pub(super) diagnosis: Option<Box<Diagnosis>>,
}

/// A layer of Helm's words, in bytes, since they may quote a chart.
#[derive(Debug)]
struct Text {
    bytes: Vec<u8>,
    cause: Option<Box<Text>>,
}

impl Failure {
    /// A failure in layers, the outermost first.
    pub(crate) fn layered(layers: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Failure {
        let mut layers: Vec<Vec<u8>> = layers.into_iter().map(Into::into).collect();
        let mut text = Text { bytes: layers.pop().unwrap_or_default(), cause: None };
        while let Some(bytes) = layers.pop() {
            text = Text { bytes, cause: Some(Box::new(text)) };
        }
        Failure {
            error: text,
            hint: Cow::Borrowed(""),
            status: 1,
            debug: false,
            why: None,
            suggestion: None,
            diagnosis: None,
        }
    }

    /// The failure as the cause of another: `context: text`.
    pub(crate) fn within(self, context: &str) -> Failure {
        let cause = Some(Box::new(self.error));
        Failure { error: Text { bytes: context.into(), cause }, ..self }
    }

    /// The failure with a hint behind its words, which `--debug` does not repeat.
    pub(crate) fn hinting(self, hint: impl Into<Cow<'static, str>>) -> Failure {
        Failure { hint: hint.into(), ..self }
    }

    /// The failure with what may have been meant.
    pub(super) fn suggesting(self, suggestion: Option<Suggestion>) -> Failure {
        Failure { suggestion: suggestion.map(Box::new).or(self.suggestion), ..self }
    }

    /// The failure with what it is about.
    pub(super) fn about(self, why: impl Into<Why>) -> Failure {
        Failure { why: Some(Box::new(why.into())), ..self }
    }

    /// The failure with the chart that it is about, where it is about one.
    pub(super) fn at(mut self, chart: &Path) -> Failure {
        if let Some(why) = &mut self.why {
            why.chart = Some(chart.to_owned());
        }
        self
    }

    /// The failure with what the release was made of.
    pub(super) fn of_release(mut self, user: &Map, release: &ReleaseOptions) -> Failure {
        if let Some(why) = &mut self.why {
            why.release = Some((user.clone(), release.clone()));
        }
        self
    }

    /// A failure without words: what there is to say has been printed.
    pub(crate) fn silent(status: u8) -> Failure {
        Failure::from("").with_status(status)
    }

    /// The same failure with another exit status.
    pub(crate) fn with_status(self, status: u8) -> Failure {
        Failure { status, ..self }
    }

    /// The failure with what the command knows of `--debug`.
    pub(crate) fn debugging(self, debug: bool) -> Failure {
        Failure { debug, ..self }
    }

    fn layers(&self) -> Vec<Vec<u8>> {
        let layers = std::iter::successors(Some(&self.error), |text| text.cause.as_deref());
        layers.map(|text| written(&text.bytes)).collect()
    }

    /// What follows `Error: `, without what an explanation says better, if there is one.
    pub(crate) fn text(&self, is_explained: bool) -> Vec<u8> {
        let suggested = self.suggestion.as_ref().filter(|_| !is_explained);
        let suggested = suggested.map(|suggestion| written(suggestion.hint.as_bytes()));
        let hint = written(self.hint.as_bytes());
        [self.layers().join(&b": "[..]), suggested.unwrap_or_default(), hint].concat()
    }

    /// What Helm's `--debug` repeats: causes first, a line each.
    pub(crate) fn detail(&self) -> Vec<u8> {
        let mut layers = self.layers();
        layers.reverse();
        layers.join(&b'\n')
    }
}

/// Returns words with the bytes for which the command line's text stands.
pub(super) fn written(words: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(words) {
        Ok(text) => bytes_of(text).into_owned(),
        Err(_) => words.to_vec(),
    }
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Failure {
        let Misuse { why, near, word } = misuse;
        let hint = near.map(|name| format!("\nDid you mean --{name}?")).unwrap_or_default();
        let suggestion = word.filter(|_| !help::is_helm()).map(|word| Suggestion {
            hint,
            title: format!("there is no flag `{word}`"),
            label: "not a flag of this command".to_owned(),
            help: near.map(|name| format!("did you mean `--{name}`?")),
            word,
        });
        Failure::from(why).suggesting(suggestion)
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Failure {
        Failure::layered([text])
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Failure {
        Failure::layered([text])
    }
}

impl From<Vec<u8>> for Failure {
    fn from(text: Vec<u8>) -> Failure {
        Failure::layered([text])
    }
}

impl From<action::Error> for Failure {
    fn from(e: action::Error) -> Failure {
        let quotes_no_chart = matches!(e, action::Error::MissingDependencies(_));
        let hint = match &e {
            action::Error::Chart(e) => of_chart(e),
            e => e.exceeded().map(limits::hint),
        };
        let layers = e.layers(profile::current());
        let failure = match quotes_no_chart {
            true => Failure::layered(layers.into_iter().map(help::with_own_name)),
            false => Failure::layered(layers),
        };
        failure.hinting(hint.unwrap_or_default()).about(e)
    }
}

impl From<action::SupplyError> for Failure {
    fn from(e: action::SupplyError) -> Failure {
        let failure =
            Failure::layered(e.layers().into_iter().map(|layer| help::with_own_name(layer.into())));
        match e {
            action::SupplyError::Chart(e) => failure.about(action::Error::Chart(e)),
            _ => failure,
        }
    }
}

impl From<ChartError> for Failure {
    fn from(e: ChartError) -> Failure {
        let hint = of_chart(&e).unwrap_or_default();
        Failure::layered(e.layers()).hinting(hint).about(action::Error::Chart(e))
    }
}

/// Returns what to do about a chart that cannot be loaded.
fn of_chart(e: &ChartError) -> Option<String> {
    match e {
        ChartError::Io(e) => limits::hint_of_file(&e.cause),
        ChartError::Subchart { cause, .. } => of_chart(cause),
        ChartError::Archive(ArchiveError::TotalTooLarge { .. }) => Some(limits::hint_of_files()),
        _ => None,
    }
}

impl From<LayerError> for Failure {
    fn from(e: LayerError) -> Failure {
        Failure::layered(e.layers()).about(action::Error::Layers(e))
    }
}
