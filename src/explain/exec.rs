//! Explains templates that fail while they run: the stack of those at work, and what each was given.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use gostd::value::{Str, Value};
use gotemplate::func::FuncError;
use gotemplate::{Cause, ExecError, ExecProblem, Frame as Level};

use super::excerpt::node_span;
use super::scope::{Scope, Seen, Step, split};
use super::{Diagnosis, Frame, Mark, Subject, calls, nil, shown};
use crate::values::origins::Key;

/// How many levels of the stack are shown; more are left out in the middle.
const MAX_LEVELS: usize = 8;

/// How many are followed.
const MAX_STACK: usize = 64;

/// A template that was at work.
pub(super) struct At<'e> {
    pub(super) error: &'e ExecError,
    /// The file, as the user would open it.
    pub(super) path: String,
    pub(super) text: Arc<[u8]>,
    /// Where in the text.
    pub(super) offset: usize,
    /// The node that failed.
    pub(super) span: Range<usize>,
    /// What the template may have been given.
    pub(super) root: Vec<Seen>,
    /// The names of the charts that lead to that of the outermost template, but for the first.
    pub(super) charts: Rc<[Str]>,
}

impl At<'_> {
    pub(super) fn frame(&self, label: impl Into<String>) -> Frame {
        Frame::of(&*self.path, &self.text, vec![Mark::cause(self.span.clone(), label)])
    }

    pub(super) fn scope(&self, subject: &Subject<'_>) -> Scope<'_> {
        Scope::new(&self.text, subject.profile.go(), self.root.clone())
    }

    /// Returns the path of a value of the chart from the outermost chart's values on, if it is one.
    pub(super) fn values_path(&self, path: &[Step]) -> Option<Vec<Key>> {
        let [Step::Key(first), rest @ ..] = path else { return None };
        let step = |step: &Step| match step {
            Step::Key(key) => Key::Name(key.clone()),
            Step::Item(n) => Key::Index(*n),
        };
        let within = self.charts.iter().map(|name| Key::Name(name.clone()));
        (*first == "Values").then(|| within.chain(rest.iter().map(step)).collect())
    }

    /// Returns what an expression of this place may be.
    pub(super) fn eval(&self, expr: &[u8], subject: &Subject<'_>) -> Vec<Seen> {
        self.scope(subject).eval(expr, self.offset)
    }
}

/// Returns the byte of a line and a column.
fn offset_of(text: &[u8], line: u32, column: u32) -> usize {
    let start = super::excerpt::line_span(text, line as usize).map_or(0, |span| span.start);
    (start + column as usize).min(text.len())
}

/// Finds the texts of the templates that were at work, the outermost first.
pub(super) fn stack<'e>(error: &'e FuncError, subject: &Subject<'_>) -> Vec<At<'e>> {
    let mut levels = Vec::new();
    error.frames(&mut |level| levels.push(level));
    // Of a stack that is deep for want of an end, the ends.
    let gap = 1..levels.len().saturating_sub(MAX_STACK).max(1);
    let is_cut = levels.drain(gap).next().is_some();
    let mut stack: Vec<At<'e>> = Vec::new();
    let mut tpl: Option<Arc<[u8]>> = None;
    for level in levels {
        let error = match level {
            Level::Text(text) => {
                tpl = Some(text.into());
                continue;
            }
            Level::Template(error) => error,
        };
        let name = &error.location.name;
        let source = subject.source(name);
        let (text, path) = match (source, &tpl) {
            (Some(source), _) => (source.text.clone(), subject.shown_template(name)),
            (None, Some(text)) => (text.clone(), "the text given to tpl".to_owned()),
            (None, None) => continue,
        };
        let root = match stack.last() {
            Some(_) if is_cut && stack.len() == 1 => Vec::new(),
            Some(caller) => given(caller, subject),
            // The file itself; of one that it calls by `template` nothing is known.
            None => match source.filter(|source| source.name == error.template) {
                Some(source) => vec![Seen::top(&source.context)],
                None => Vec::new(),
            },
        };
        let charts = match (stack.first(), source) {
            (Some(first), _) => first.charts.clone(),
            (None, Some(source)) => source.charts.clone(),
            (None, None) => Rc::from([]),
        };
        let offset = offset_of(&text, error.location.line, error.location.column);
        let span = node_span(&text, offset, &error.context);
        stack.push(At { error, path, text, offset, span, root, charts });
    }
    stack
}

/// Returns what a template has given to the one that it called: the last argument of `include` or `tpl`.
fn given(caller: &At<'_>, subject: &Subject<'_>) -> Vec<Seen> {
    let words = split(&caller.error.context, |b| b.is_ascii_whitespace());
    match &words[..] {
        [b"include" | b"tpl", _, data] => caller.eval(data, subject),
        _ => Vec::new(),
    }
}

pub(super) fn explain(error: &FuncError, subject: &Subject<'_>) -> Option<Diagnosis> {
    let stack = stack(error, subject);
    let (last, callers) = stack.split_last()?;
    let found = match last.error.problem() {
        ExecProblem::NilPointer { .. } => nil::pointer(last, subject),
        ExecProblem::NoField { field, type_name } => nil::field(last, &field, &type_name, subject),
        ExecProblem::NotAFunction(name) => nil::not_a_function(last, &name),
        ExecProblem::NoTemplate(name) => calls::no_template(last, &name, subject),
        ExecProblem::WrongCount { function, counts } => calls::count(last, &function, &counts),
        ExecProblem::WrongType { wanted, got } => calls::wrong_type(last, &wanted, &got, subject),
        ExecProblem::WrongConstant { wanted, found } => {
            calls::wrong_constant(last, &wanted, &found)
        }
        ExecProblem::NoValue { wanted } => calls::no_value(last, &wanted, subject),
        ExecProblem::Range(value) => calls::range(last, &value, subject),
        ExecProblem::Depth => Diagnosis::new("templates call each other without an end")
            .frame(last.frame("called once more"))
            .help("give the calls a condition under which they end"),
        ExecProblem::Call { function } => match &last.error.cause {
            Cause::Call { error, .. } => calls::failed(last, &function, error, subject),
            _ => plain(last),
        },
        ExecProblem::Other => plain(last),
    };
    Some(called_from(found, callers))
}

/// Explains what is known by its words only.
fn plain(last: &At<'_>) -> Diagnosis {
    let title = match &last.error.cause {
        Cause::Text(text) => shown(text),
        Cause::Exceeded(limit) => limit.to_string(),
        Cause::Whole(_) | Cause::Call { .. } => "the template failed".to_owned(),
    };
    Diagnosis::new(title).frame(last.frame("failed here"))
}

/// Adds the templates that were at work around the one that failed, the innermost first.
fn called_from(mut found: Diagnosis, callers: &[At<'_>]) -> Diagnosis {
    let mut is_cut = false;
    let mut shown_already: Vec<(&str, &Range<usize>)> = Vec::new();
    for at in callers.iter().rev() {
        let place = (&*at.path, &at.span);
        if shown_already.len() >= MAX_LEVELS || shown_already.contains(&place) {
            is_cut = true;
            continue;
        }
        shown_already.push(place);
        let name = match &at.error.cause {
            Cause::Call { function, .. } => shown(function),
            _ => "template".to_owned(),
        };
        found.frames.push(at.frame("").headed(format!("called from here by `{name}`")));
    }
    if is_cut {
        found.notes.push("more calls are left out".to_owned());
    }
    found
}

/// Returns what stands before the `|` in front of a byte: its bytes in the text.
pub(super) fn piped(text: &[u8], offset: usize) -> Option<Range<usize>> {
    let open = bstr::ByteSlice::rfind(&text[..offset], b"{{")? + 2;
    // Where the pipelines that are open begin, and where the last `|` of each is.
    let mut levels: Vec<(usize, Option<usize>)> = vec![(open, None)];
    let mut quote = None;
    for (at, b) in text[..offset].iter().enumerate().skip(open) {
        match (quote, b) {
            (Some(q), b) if q == *b => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'`') => quote = Some(*b),
            (None, b'(') => levels.push((at + 1, None)),
            (None, b')') => drop(levels.pop()),
            (None, b'=') => levels.last_mut()?.0 = at + 1,
            (None, b'|') => levels.last_mut()?.1 = Some(at),
            _ => {}
        }
    }
    let (start, end) = levels.pop()?;
    let end = end?;
    let mut before = &text[start..end];
    for word in [&b"- "[..], b"if ", b"with ", b"range ", b"else if "] {
        before = before.trim_ascii_start();
        before = before.strip_prefix(word).unwrap_or(before);
    }
    let start = end - before.trim_ascii_start().len();
    Some(start..start + before.trim_ascii().len())
}

/// Returns the values that the parts of a call read, for a note each.
pub(super) fn read_by(at: &At<'_>, node: &[u8], subject: &Subject<'_>) -> Vec<(String, Seen)> {
    let mut found: Vec<(String, Seen)> = Vec::new();
    let mut open = vec![node];
    while let Some(text) = open.pop() {
        for word in split(text, |b| b.is_ascii_whitespace() || b == b'|') {
            if let Some((inner, _)) = super::scope::in_parentheses(word) {
                open.push(inner);
            }
            let reads = word.first().is_some_and(|b| matches!(b, b'.' | b'$'));
            if reads && let Some(seen) = at.eval(word, subject).into_iter().next() {
                let name = shown(word);
                if !found.iter().any(|(known, _)| *known == name) {
                    found.push((name, seen));
                }
            }
        }
    }
    found
}

/// Returns a value that was read as a sentence: `.x, which is .Values.a.x, is null`.
pub(super) fn sentence(word: &str, seen: &Seen) -> String {
    let what = super::scope::described(&seen.value);
    match seen
        .shown()
        .filter(|path| path != word && path != "." && !matches!(seen.value, Value::Invalid))
    {
        Some(path) if word != format!("${path}") => format!("`{word}` is `{path}`: {what}"),
        _ => format!("`{word}` is {what}"),
    }
}
