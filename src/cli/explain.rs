//! Shows behind Helm's words what a failure is about: where, why, and what to do. Nothing of it under Helm's name.

use std::io::IsTerminal;
use std::path::PathBuf;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use gostd::os::{path_of, text_of};
use gostd::value::Map;
use statefulchart::action::{self, ReleaseOptions};
use statefulchart::explain::{Diagnosis, Frame, Mark, Subject, explain};

use super::flags::{self, Given, quote_for_shell};
use super::{Failure, GLOBAL_FLAGS, help, output, own_flags, profile, settings, values};

const VARIABLE: &str = "STATEFULCHART_EXPLAIN";

/// How many columns an excerpt may take where there is no terminal.
const WIDTH: usize = 140;

/// What failed, and what is known of what it failed with.
#[derive(Debug)]
pub(super) struct Why {
    pub(super) error: action::Error,
    /// The chart's folder or archive.
    pub(super) chart: Option<PathBuf>,
    /// The user's values, and what the release was made with.
    pub(super) release: Option<(Map, ReleaseOptions)>,
}

impl From<action::Error> for Why {
    fn from(error: action::Error) -> Why {
        Why { error, chart: None, release: None }
    }
}

/// What may have been meant by a word of the command line.
#[derive(Debug)]
pub(super) struct Suggestion {
    /// What follows Helm's words where nothing is explained.
    pub(super) hint: String,
    /// The word.
    pub(super) word: String,
    pub(super) title: String,
    /// What the word is.
    pub(super) label: String,
    pub(super) help: Option<String>,
}

impl Suggestion {
    /// Marks the word in the command line.
    fn diagnosis(&self) -> Diagnosis {
        let words: Vec<String> = std::env::args_os()
            .skip(1)
            .map(|arg| text_of(std::os::unix::ffi::OsStringExt::into_vec(arg)))
            .collect();
        let mut line = help::program().to_owned();
        let mut span = None;
        // Of two words that are alike the one is as good as the other.
        for word in &words {
            line.push(' ');
            let start = line.len();
            line.push_str(&quote_for_shell(word));
            let is_it = *word == self.word
                || word.split_once('=').is_some_and(|(name, value)| {
                    name == self.word || name.starts_with('-') && value == self.word
                });
            if is_it && span.is_none() {
                span = Some(start..line.len());
            }
        }
        let mut found = Diagnosis::new(&*self.title);
        if let Some(span) = span {
            let mark = Mark::cause(span, &*self.label);
            found = found.frame(Frame::of("command line", line.as_bytes(), vec![mark]));
        }
        match &self.help {
            Some(help) => found.help(help),
            None => found,
        }
    }
}

/// Tells whether failures are explained: by the flag, by the environment, or on a terminal.
pub(super) fn is_wanted(by_flag: Option<bool>) -> bool {
    !help::is_helm() && asked(by_flag).unwrap_or_else(|| std::io::stderr().is_terminal())
}

/// Returns what the flag or the environment say of explanations.
fn asked(by_flag: Option<bool>) -> Option<bool> {
    let by_variable = || {
        let text = std::env::var(VARIABLE).ok().filter(|text| !text.is_empty())?;
        flags::parse_bool(&text)
    };
    by_flag.or_else(by_variable)
}

/// Explains a failed command, if that is wanted.
pub(super) fn explained(mut failure: Failure, given: &Given) -> Failure {
    let Some(why) = failure.why.take() else { return failure };
    if !is_wanted(given.explain) {
        return failure;
    }
    let (chart, chart_shown) = chart_of(&why, given);
    let mut subject = Subject::default();
    subject.chart = chart;
    subject.chart_shown = chart_shown;
    subject.user = why.release.as_ref().map(|(user, _)| user);
    subject.release = why.release.as_ref().map(|(_, release)| release);
    subject.profile = profile::current();
    subject.layers = values::layers(given, profile::current());
    subject.name_template = given.name_template.clone().unwrap_or_default();
    subject.read = Some(Box::new(|path| {
        let path = text_of(path.to_vec());
        let is_file = path != "-" && !path.contains("://");
        is_file.then(|| std::fs::read(path_of(&path)).ok()).flatten()
    }));
    failure.diagnosis = explain(&why.error, &subject).map(Box::new);
    failure
}

/// Returns the chart that a command is about, and how the user calls it.
fn chart_of(why: &Why, given: &Given) -> (Option<PathBuf>, String) {
    let named = given.args.iter().rev().find(|arg| path_of(arg).exists());
    let guess = || match named {
        Some(arg) => Some(path_of(arg).into_owned()),
        None => given.args.is_empty().then(|| PathBuf::from(".")),
    };
    let chart = why.chart.clone().or_else(guess);
    let is_named = |arg: &&String| {
        let absolute = std::path::absolute(path_of(arg)).ok();
        absolute == chart || Some(path_of(arg).into_owned()) == chart
    };
    let shown = match given.args.iter().find(is_named) {
        Some(arg) => arg.clone(),
        None => chart.as_deref().map(gostd::os::path_text).unwrap_or_default(),
    };
    (chart, shown)
}

/// Prints what explains a failure; `false` where nothing does.
pub(super) fn print(failure: &Failure, args: &[String]) -> bool {
    let by_flag = || flags::parse_known(own_flags(), args).explain;
    let diagnosis = match (&failure.diagnosis, &failure.suggestion) {
        (Some(diagnosis), _) => (**diagnosis).clone(),
        (None, Some(suggestion)) if is_wanted(by_flag()) => suggestion.diagnosis(),
        _ => return false,
    };
    let mode = flags::parse_known(GLOBAL_FLAGS, args).color;
    let is_colored = settings::color_of(mode, std::io::stderr().is_terminal());
    let width = width(std::io::stderr());
    let drawing = Drawing { level: Level::ERROR, code: None, is_colored, width };
    output::stderr(drawn(&diagnosis, drawing).as_bytes());
    true
}

/// Tells whether a failure will be explained.
pub(super) fn is_explained(failure: &Failure, args: &[String]) -> bool {
    let by_flag = || flags::parse_known(own_flags(), args).explain;
    failure.diagnosis.is_some() || failure.suggestion.is_some() && is_wanted(by_flag())
}

/// How a diagnosis is drawn.
pub(super) struct Drawing {
    pub(super) level: Level<'static>,
    /// What stands in brackets behind the level.
    pub(super) code: Option<String>,
    pub(super) is_colored: bool,
    /// In columns.
    pub(super) width: usize,
}

/// Returns how many columns an excerpt may take on a stream.
pub(super) fn width(to: impl std::os::fd::AsFd) -> usize {
    let width = rustix::termios::tcgetwinsize(to).map(|size| size.ws_col);
    width.ok().filter(|width| *width > 0).map_or(WIDTH, usize::from)
}

/// Draws a diagnosis as rustc does.
pub(super) fn drawn(diagnosis: &Diagnosis, drawing: Drawing) -> String {
    let Drawing { level, code, is_colored, width } = drawing;
    let snippet = |frame: &'_ Frame| {
        let marks: Vec<_> = frame
            .marks
            .iter()
            .map(|mark| {
                let kind =
                    if mark.is_cause { AnnotationKind::Primary } else { AnnotationKind::Context };
                kind.span(mark.span.clone()).label(mark.label.clone())
            })
            .collect();
        Snippet::source(frame.text.clone())
            .path(frame.path.clone())
            .line_start(frame.line)
            .fold(frame.text.lines().count() > 12)
            .annotations(marks)
    };
    let (own, others): (Vec<&Frame>, Vec<&Frame>) =
        diagnosis.frames.iter().partition(|frame| frame.heading.is_empty());
    let title = level.primary_title(diagnosis.title.clone());
    let title = match code {
        Some(code) => title.id(code),
        None => title,
    };
    let mut first = Group::with_title(title).elements(own.into_iter().map(snippet));
    for note in &diagnosis.notes {
        first = first.element(Level::NOTE.message(note.clone()));
    }
    if others.is_empty() {
        for help in &diagnosis.helps {
            first = first.element(Level::HELP.message(help.clone()));
        }
    }
    let mut report = vec![first];
    for (n, frame) in others.iter().enumerate() {
        let title = Level::NOTE.secondary_title(frame.heading.clone());
        let mut group = Group::with_title(title).element(snippet(frame));
        if n + 1 == others.len() {
            for help in &diagnosis.helps {
                group = group.element(Level::HELP.message(help.clone()));
            }
        }
        report.push(group);
    }
    let renderer = if is_colored { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(width);
    let mut text = renderer.render(&report);
    text.push('\n');
    text
}
