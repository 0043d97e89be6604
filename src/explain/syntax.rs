//! Explains templates that do not parse.

use std::ops::Range;

use bstr::ByteSlice;
use gotemplate::{Outline, ParseError, SyntaxProblem, Word, outline};

use super::excerpt::{line_of, line_span, words_span};
use super::scope::TOP;
use super::{Diagnosis, Frame, Mark, Subject, shown};
use crate::near::nearest_of;
use crate::render::all_functions;

/// Words of other template languages, and what Helm's has for them.
const FOREIGN: &[(&str, &str)] = &[
    ("elif", "write `else if`"),
    ("elsif", "write `else if`"),
    ("elseif", "write `else if`"),
    ("endif", "every block ends with `{{ end }}`"),
    ("endfor", "every block ends with `{{ end }}`"),
    ("endrange", "every block ends with `{{ end }}`"),
    ("endwith", "every block ends with `{{ end }}`"),
    ("for", "loops are written `{{ range .Values.list }} … {{ end }}`"),
    ("foreach", "loops are written `{{ range .Values.list }} … {{ end }}`"),
    ("set_fact", "variables are written `{{ $name := value }}`"),
    ("import", "templates are called by `{{ include \"name\" . }}`"),
    (
        "exists",
        "`{{ if .Values.key }}` tells whether a value is set and not empty; `hasKey` whether a key is there",
    ),
    (
        "isset",
        "`{{ if .Values.key }}` tells whether a value is set and not empty; `hasKey` whether a key is there",
    ),
    (
        "defined",
        "`{{ if .Values.key }}` tells whether a value is set and not empty; `hasKey` whether a key is there",
    ),
    (
        "env",
        "Helm has no `env`: a template sees no variables of the environment; pass them by `--set`",
    ),
    (
        "expandenv",
        "Helm has no `expandenv`: a template sees no variables of the environment; pass them by `--set`",
    ),
];

pub(super) fn explain(error: &ParseError, subject: &Subject<'_>) -> Option<Diagnosis> {
    let source = subject.source(&error.name)?;
    let path = subject.shown_template(&error.name);
    Some(of_text(error, &source.text, &path, subject))
}

/// Explains why a text of templates does not parse.
pub(super) fn of_text(
    error: &ParseError,
    text: &[u8],
    path: &str,
    subject: &Subject<'_>,
) -> Diagnosis {
    let found = Found { error, text, outline: outline(text, subject.profile.go()), path };
    if let Some(open) = found.open_before() {
        return found.not_closed(open);
    }
    match error.problem() {
        SyntaxProblem::UnknownFunction(name) => found.unknown_function(&shown(&name)),
        SyntaxProblem::UndefinedVariable(name) => found.undefined_variable(&shown(&name)),
        SyntaxProblem::UnclosedBlock => found.unclosed_block(),
        SyntaxProblem::StrayEnd | SyntaxProblem::StrayElse => found.stray(),
        SyntaxProblem::SingleQuotes => found
            .at_token("single quotes hold one character only", "more than one")
            .help("write a text in double quotes: `\"text\"`, or as it stands in `…` quotes"),
        SyntaxProblem::OutsideLoop(word) => found.at_action(
            format!("`{word}` stands in no loop"),
            "only within `range` … `end`",
        ),
        SyntaxProblem::UnclosedAction => found.unclosed_action(),
        SyntaxProblem::UnclosedComment => found.comment(),
        SyntaxProblem::UnclosedQuote => found
            .at_quote("a quote does not end on its line", "begins here")
            .help("close it with the quote that it begins with; for a text of many lines use `…` quotes"),
        SyntaxProblem::UnclosedParen => found.parenthesis(b'('),
        SyntaxProblem::StrayParen => found.parenthesis(b')'),
        SyntaxProblem::BadCharacter(c) => found.bad_character(c),
        SyntaxProblem::BadNumber => found
            .at_token("this is no number", "a name that begins with a digit is read as a number")
            .help("read a key like this by `{{ index .Values \"1st\" }}`, write a text in quotes"),
        SyntaxProblem::MissingValue(word) => {
            let word = shown(&word);
            found
                .at_action(format!("`{word}` gets nothing"), "nothing stands behind it")
                .help(format!("write what it is about: `{{{{ {word} .Values.key }}}}`"))
        }
        SyntaxProblem::Colon => found
            .at_token("a `:` stands alone", "`:=` declares a variable")
            .help("a variable is declared by `{{ $name := value }}`"),
        SyntaxProblem::ConstantInPipe => found
            .at_action("a constant stands behind a `|`", "only functions can")
            .help("put the constant first: `{{ \"text\" | quote }}`, or name the function before it"),
        SyntaxProblem::Redefinition(name) => found.redefinition(&name),
        SyntaxProblem::Unexpected { token, context } => {
            found.unexpected(&shown(&token), &shown(&context))
        }
        SyntaxProblem::Other => {
            found.at_token(shown(&error.message), "here the template cannot be read on")
        }
    }
}

struct Found<'e> {
    error: &'e ParseError,
    text: &'e [u8],
    outline: Outline,
    path: &'e str,
}

impl Found<'_> {
    fn frame(&self, span: Range<usize>, label: impl Into<String>) -> Frame {
        Frame::of(self.path, self.text, vec![Mark::cause(span, label)])
    }

    /// Returns the bytes of an action, its end on the first line.
    fn action(&self, index: usize) -> Range<usize> {
        self.first_line(self.outline.actions[index].span.clone())
    }

    fn first_line(&self, span: Range<usize>) -> Range<usize> {
        let end = self.text[span.clone()].find_byte(b'\n').map_or(span.end, |n| span.start + n);
        span.start..end
    }

    fn at(&self, span: Range<usize>, title: impl Into<String>, label: &str) -> Diagnosis {
        Diagnosis::new(title).frame(self.frame(span, label))
    }

    /// Marks the token at which the parser stood.
    fn at_token(&self, title: impl Into<String>, label: &str) -> Diagnosis {
        let token = self.error.token();
        let is_there = token.end <= self.text.len() && !token.is_empty();
        match is_there {
            true => self.at(self.first_line(token), title, label),
            false => self.at_action(title, label),
        }
    }

    /// Marks the action in which the parser stood.
    fn at_action(&self, title: impl Into<String>, label: &str) -> Diagnosis {
        let at = (self.error.offset as usize).min(self.text.len());
        let within = self.text[..at].rfind(b"{{").and_then(|open| self.outline.at(open));
        let span = match within {
            Some(action) => self.first_line(action.span.clone()),
            None => words_span(self.text, self.error.line as usize).unwrap_or(at..at),
        };
        self.at(span, title, label)
    }

    fn unknown_function(&self, name: &str) -> Diagnosis {
        let names: Vec<String> = all_functions()
            .map(|def| def.name.to_owned())
            .chain(WORDS.map(str::to_owned))
            .collect();
        let title = format!("there is no function `{name}`");
        let found = self.at_token(title, "neither Go, nor sprig, nor Helm has it");
        let foreign = FOREIGN.iter().find(|(foreign, _)| *foreign == name);
        if let Some((_, help)) = foreign {
            return found.help(*help);
        }
        if TOP.contains(&name) {
            return found.help(format!("put a dot before it: `.{name}`"));
        }
        let found = found.meant(nearest_of(name, &names));
        if found.helps.is_empty() {
            return found.help(format!("is it a text? Put it in quotes: `\"{name}\"`; is it a value? Begin with a dot: `.Values.{name}`"));
        }
        found
    }

    /// Returns where a name stands in the action in which the parser stood.
    fn named(&self, name: &[u8]) -> Option<Range<usize>> {
        let at = self.error.token().end.min(self.text.len());
        let open = self.text[..at].rfind(b"{{")?;
        let start = open + self.text[open..at].rfind(name)?;
        Some(start..start + name.len())
    }

    fn undefined_variable(&self, name: &str) -> Diagnosis {
        let mut declared: Vec<(String, Range<usize>)> = Vec::new();
        for action in &self.outline.actions {
            let rest = &self.text[action.rest.clone()];
            for name in variables(rest) {
                declared.push((format!("${}", shown(name)), action.span.clone()));
            }
        }
        let title = format!("`{name}` is not declared here");
        let label = "nothing before it, in this block or around it, declares it";
        let found = match self.named(name.as_bytes()) {
            Some(span) => self.at(span, title, label),
            None => self.at_token(title, label),
        };
        let same = declared.iter().find(|(declared, _)| declared == name);
        if let Some((_, span)) = same {
            let frame =
                self.frame(self.first_line(span.clone()), "ends with the block that it stands in");
            return found
                .frame(frame.headed(format!("a `{name}` is declared in another block")))
                .help(format!("declare it before the block by `{{{{ {name} := \"\" }}}}` and set it inside by `{{{{ {name} = value }}}}`"));
        }
        let names: Vec<String> = declared.into_iter().map(|(name, _)| name).collect();
        let found = found.meant(nearest_of(name, &names));
        if found.helps.is_empty() {
            return found.help(format!("declare it before: `{{{{ {name} := value }}}}`"));
        }
        found
    }

    fn unclosed_block(&self) -> Diagnosis {
        let open = self.outline.blocks.iter().rfind(|block| block.end.is_none());
        let Some(block) = open else {
            return self.at_token("the template ends too early", "more is expected here");
        };
        // An `end` that stands elsewhere than its opener tells where one is missing.
        let odd = self.outline.blocks.iter().rfind(|inner| {
            inner.opener > block.opener
                && inner.end.is_some_and(|end| {
                    self.is_alone(inner.opener)
                        && self.is_alone(end)
                        && self.indent(end) < self.indent(inner.opener)
                        && self.indent(end) == self.indent(block.opener)
                })
        });
        let (missing, mistaken) = match odd {
            Some(inner) => (inner.opener, inner.end),
            None => (block.opener, None),
        };
        let word = self.outline.actions[missing].word.name();
        let mut marks = vec![Mark::cause(self.action(missing), "this block does not end")];
        if let Some(end) = mistaken {
            marks = vec![
                Mark::cause(self.action(missing), "this block has no `end` of its own"),
                Mark::context(
                    self.action(end),
                    "this `end` closes it, and seems to be meant for the one above",
                ),
            ];
        }
        Diagnosis::new(format!("`{word}` has no `end`"))
            .frame(Frame::of(self.path, self.text, marks))
            .help("add `{{ end }}` (or `{{- end }}`) where the block is to end")
    }

    /// Tells whether nothing but space stands before an action on its line.
    fn is_alone(&self, action: usize) -> bool {
        let start = self.outline.actions[action].span.start;
        let line = self.text[..start].rfind_byte(b'\n').map_or(0, |n| n + 1);
        self.text[line..start].iter().all(|b| matches!(b, b' ' | b'\t'))
    }

    fn indent(&self, action: usize) -> usize {
        let start = self.outline.actions[action].span.start;
        start - self.text[..start].rfind_byte(b'\n').map_or(0, |n| n + 1)
    }

    fn stray(&self) -> Diagnosis {
        if let Some(stray) = self.outline.stray {
            let word = self.outline.actions[stray].word.name();
            let label = "no block is open here";
            let found = self.at(self.action(stray), format!("`{word}` belongs to no block"), label);
            let before =
                self.outline.blocks.iter().filter(|b| b.end.is_some_and(|end| end < stray));
            let Some(last) = before.max_by_key(|block| block.end) else {
                return found.help(format!("remove it, or open a block before it: `{{{{ if … }}}}`, `{{{{ range … }}}}` or `{{{{ with … }}}}`{}", if word == "end" { "" } else { " …" }));
            };
            let (opener, end) = (last.opener, last.end.unwrap_or(last.opener));
            let marks = vec![
                Mark::context(self.action(opener), "this block"),
                Mark::cause(self.action(end), "ends here already"),
            ];
            let frame = Frame::of(self.path, self.text, marks).headed("the block before it");
            return found.frame(frame).help("remove one of the two");
        }
        // A second `else`.
        let twice = self.outline.blocks.iter().find_map(|block| {
            let elses =
                || block.elses.iter().filter(|n| self.outline.actions[**n].word == Word::Else);
            Some((
                *elses().next()?,
                *block.elses.last().filter(|last| elses().next() != Some(last))?,
            ))
        });
        match twice {
            Some((first, second)) => {
                let marks = vec![
                    Mark::context(self.action(first), "this `else` takes all that is left"),
                    Mark::cause(self.action(second), "nothing can follow it but `end`"),
                ];
                Diagnosis::new("a block has something behind its `else`")
                    .frame(Frame::of(self.path, self.text, marks))
                    .help("write `else if` for the first of them, or remove one")
            }
            None => self.at_action("`else` stands where none can", "here"),
        }
    }

    /// Returns where an action begins that seems to lack its end: the parser stands on a later line, which looks like
    /// YAML.
    fn open_before(&self) -> Option<usize> {
        let at = self.error.token().start.min(self.text.len());
        let open = self.text[..at].rfind(b"{{")?;
        let line = line_span(self.text, line_of(self.text, at))?;
        let is_later = open < line.start && self.text[open..at].find(b"}}").is_none();
        let words = self.text[line].trim_ascii_start();
        let name = words.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
        let is_yaml = words.starts_with(b"- ") || name > 0 && words[name..].starts_with(b":");
        (is_later && is_yaml).then_some(open)
    }

    fn unclosed_action(&self) -> Diagnosis {
        self.not_closed(self.outline.actions.last().map(|a| a.span.start).unwrap_or_default())
    }

    fn not_closed(&self, last: usize) -> Diagnosis {
        let line = line_of(self.text, last);
        let end = line_span(self.text, line).map_or(last, |span| span.end);
        self.at(last..end.max(last + 2), "`{{` has no `}}`", "this action does not end")
            .help("close it with `}}`; a line break inside is no mistake of its own")
    }

    fn comment(&self) -> Diagnosis {
        let at = (self.error.offset as usize).min(self.text.len());
        let open = self.text[..(at + 2).min(self.text.len())].rfind(b"/*").unwrap_or(at);
        let start = self.text[..open].rfind(b"{{").unwrap_or(open);
        let end = line_span(self.text, line_of(self.text, start)).map_or(start, |span| span.end);
        self.at(start..end, "a comment does not end as it should", "this comment")
            .help("a comment is written `{{/* … */}}` or `{{- /* … */ -}}`, with nothing else inside the braces")
    }

    /// Marks the quote that begins last.
    fn at_quote(&self, title: &str, label: &str) -> Diagnosis {
        let token = self.error.token();
        let start = token.start.min(self.text.len());
        let line = line_of(self.text, start);
        let end = line_span(self.text, line).map_or(start, |span| span.end);
        self.at(start..end, title, label)
    }

    fn parenthesis(&self, which: u8) -> Diagnosis {
        let last = self.outline.actions.last().map(|a| a.span.clone()).unwrap_or_default();
        let text = &self.text[last.start..];
        let end = text.find(b"}}").map_or(text.len(), |n| n + 2);
        let (mut open, mut stray) = (Vec::new(), None);
        let (mut quote, mut escaped) = (None, false);
        for (at, b) in text[..end].iter().enumerate() {
            match (quote, b) {
                (Some(q), b) => {
                    if *b == q && !escaped {
                        quote = None;
                    }
                    escaped = *b == b'\\' && !escaped;
                }
                (None, b'"' | b'`') => quote = Some(*b),
                (None, b'(') => open.push(at),
                (None, b')') if open.pop().is_none() => stray = stray.or(Some(at)),
                _ => {}
            }
        }
        let (at, title, label) = match which {
            b'(' => (open.last().copied(), "`(` has no `)`", "opened here"),
            _ => (stray, "`)` has no `(`", "nothing is open here"),
        };
        match at {
            Some(at) => self.at(last.start + at..last.start + at + 1, title, label),
            None => self.at_action(title, label),
        }
        .help("count the parentheses between `{{` and `}}`")
    }

    /// Explains a character that ends a name where none can end.
    fn bad_character(&self, c: char) -> Diagnosis {
        let token = self.error.token();
        let at = token.end.min(self.text.len());
        // The name that the character stands behind.
        let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$');
        let start = at - self.text[..at].iter().rev().take_while(|b| is_part(b)).count();
        let is_word = |b: &u8| is_part(b) || matches!(b, b'-' | b'/' | b'@');
        let end = at + self.text[at..].iter().take_while(|b| is_word(b)).count();
        let end = end.max((at + c.len_utf8()).min(self.text.len()));
        let name = shown(&self.text[start..end]);
        let title = format!("`{c}` cannot stand in a name");
        let found = self.at(start..end, title, &format!("read up to the `{c}`"));
        if c == '-' && name.contains('.') && !name.ends_with('-') {
            let keys: Vec<&str> = name.split('.').collect();
            let first = keys.iter().position(|key| key.contains('-')).unwrap_or(keys.len() - 1);
            let before = keys[..first].join(".");
            let before = if before.is_empty() { ".".to_owned() } else { before };
            let quoted: Vec<String> = keys[first..].iter().map(|k| format!("{k:?}")).collect();
            return found.help(format!(
                "read a key with a `-` by `index`: `index {before} {}`",
                quoted.join(" ")
            ));
        }
        match c {
            '-' => found.help("put a space before `-}}`; for a difference use `sub`"),
            '=' => found.help("compare by `eq`: `{{ if eq .Values.a \"b\" }}`"),
            '"' | '`' | '\'' => found.help("put a space between the name and the quote"),
            '[' => found.help("read an item by `index`: `index .Values.list 0`"),
            '&' => found.help("write `and`: `{{ if and .a .b }}`"),
            '+' | '*' | '/' | '%' => {
                found.help("calculate by functions: `add`, `sub`, `mul`, `div`, `mod`")
            }
            '?' => found.help("choose by `ternary`: `ternary \"yes\" \"no\" .Values.flag`"),
            '}' => found.help("an action ends in two braces: `}}`"),
            _ => found.help(
                "a name has letters, digits and `_`; read any other key by `index .Values \"key\"`",
            ),
        }
    }

    fn redefinition(&self, name: &[u8]) -> Diagnosis {
        let is_it = |index: &usize| {
            let action = &self.outline.actions[*index];
            matches!(action.word, Word::Define | Word::Block)
                && super::subject::first_string(&self.text[action.rest.clone()]).as_deref()
                    == Some(name)
        };
        let all: Vec<usize> = (0..self.outline.actions.len()).filter(is_it).collect();
        let title = format!("the template `{}` is defined twice in one file", shown(name));
        match &all[..] {
            [first, .., second] => Diagnosis::new(title)
                .frame(self.frame(self.action(*second), "defined again"))
                .frame(
                    self.frame(self.action(*first), "the first one").headed("the other definition"),
                )
                .help("remove one, or give it another name"),
            _ => self.at_action(title, "defined again"),
        }
    }

    fn unexpected(&self, token: &str, context: &str) -> Diagnosis {
        let bare = token.trim_matches('"');
        let within = match context {
            "operand" => "a value is wanted here".to_owned(),
            "command" => "in this action".to_owned(),
            context => format!("in this `{}`", context.trim_end_matches(" clause")),
        };
        let found = self.at_token(format!("`{bare}` cannot stand here"), &within);
        match bare {
            "=" | "==" => found.help("compare by `eq`: `{{ if eq .Values.a \"b\" }}`; declare a variable by `:=`"),
            "!" | "!=" => found.help("negate by `not`, compare by `ne`: `{{ if not .Values.a }}`"),
            "&" | "&&" => found.help("write `and`: `{{ if and .a .b }}`"),
            "|" if context == "operand" || self.text_around().contains("||") => {
                found.help("write `or`: `{{ if or .a .b }}`; a `|` hands its left side to the function on its right")
            }
            "<" | ">" | "<=" | ">=" => found.help("compare by `lt`, `gt`, `le`, `ge`: `{{ if gt .Values.n 1.0 }}`"),
            "+" | "-" | "*" | "/" | "%" => found.help("calculate by functions: `add`, `sub`, `mul`, `div`, `mod`"),
            "," => found.help("arguments are divided by spaces, not by commas"),
            "[" | "]" => found.help("write a list by `list`, read an item by `index`: `index .Values.list 0`"),
            "{" => found.help("write a map by `dict`: `dict \"key\" \"value\"`; an action begins with two braces"),
            "'" => found.help("write a text in \"double quotes\""),
            "?" | ":" => found.help("choose by `ternary`: `ternary \"yes\" \"no\" .Values.flag`"),
            "EOF" => found.help("the action ends too early: finish it with what is missing and `}}`"),
            "}" => found.help("an action ends in two braces: `}}`"),
            _ if context == "define clause" => {
                found.help("a definition names its template in quotes: `{{ define \"chart.name\" }}`")
            }
            _ if context == "template clause" || context == "block clause" => {
                found.help("a template is named in quotes; `include` takes a computed name, too")
            }
            _ if context == "end" => found.help("`end` stands alone: `{{ end }}`"),
            _ if context == "else" => found.help("write `{{ else if … }}` or `{{ else }}`"),
            _ => found,
        }
    }

    fn text_around(&self) -> String {
        let line = line_span(self.text, self.error.line as usize).unwrap_or_default();
        shown(&self.text[line])
    }
}

/// The functions of Go that the executor itself knows.
const WORDS: [&str; 15] = [
    "and", "or", "not", "call", "eq", "ne", "lt", "le", "gt", "ge", "if", "else", "end", "range",
    "with",
];

/// Returns the names that an action declares, without their `$`.
fn variables(text: &[u8]) -> Vec<&[u8]> {
    let Some(at) = text.find(b":=") else { return Vec::new() };
    let names = text[..at].split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$')));
    names.filter_map(|name| name.strip_prefix(b"$")).filter(|name| !name.is_empty()).collect()
}
