//! Counts what runs of templates, and lists what could.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::RandomState;
use gostd::value::Value;

use super::Go;
use super::builtins::{AND, OR};
use super::error::ParseError;
use super::exec::Slot;
use super::func::{Lookup, Rules};
use super::lex::{Kind, Lexer, Token};
use super::node::{Ast, Branch as Node, Code, Expr, Template};
use super::parse;
use super::record::{Control, Entered, Record};

/// What is counted at a position.
#[derive(Clone, Copy)]
enum What {
    Ran,
    Entered,
    PassedBy,
    Called,
}

/// Counts how often each node of a template runs, and which way conditions go. It follows no values, so that a render
/// takes little longer.
#[derive(Debug, Default)]
pub struct Counts {
    /// The texts of files; an index is a number in `counts`.
    texts: Vec<Arc<[u8]>>,
    numbers: HashMap<usize, u32, RandomState>,
    /// The address and the number of the text asked for last.
    last: Option<(usize, u32)>,
    counts: HashMap<u64, u64, RandomState>,
}

fn address(text: &Arc<[u8]>) -> usize {
    text.as_ptr() as usize
}

/// How many bits of a key say what is counted of a text, and where in it.
const BITS: u32 = 34;

fn key(number: u32, pos: u32, what: What) -> u64 {
    u64::from(number) << BITS | u64::from(pos) << 2 | what as u64
}

impl Counts {
    /// Adds what another render has counted.
    pub fn add(&mut self, other: &Counts) {
        let numbers: Vec<u32> = other.texts.iter().map(|text| self.number(text)).collect();
        for (key, count) in &other.counts {
            let text = numbers.get((key >> BITS) as usize).copied().unwrap_or_default();
            let within = key & ((1 << BITS) - 1);
            *self.counts.entry(u64::from(text) << BITS | within).or_default() += count;
        }
    }

    /// Returns what was counted of a text: the very one that was rendered, not its like.
    pub fn of(&self, text: &Arc<[u8]>) -> CountsOf<'_> {
        CountsOf { counts: &self.counts, number: self.numbers.get(&address(text)).copied() }
    }

    fn number(&mut self, text: &Arc<[u8]>) -> u32 {
        let address = address(text);
        if let Some((last, number)) = self.last
            && last == address
        {
            return number;
        }
        let number = *self.numbers.entry(address).or_insert_with(|| {
            // Kept, its address is nobody else's.
            self.texts.push(text.clone());
            self.texts.len() as u32 - 1
        });
        self.last = Some((address, number));
        number
    }

    fn count(&mut self, template: &Template, pos: u32, what: What) {
        let number = self.number(&template.source.text);
        *self.counts.entry(key(number, pos, what)).or_default() += 1;
    }
}

impl Record for Counts {
    const ON: bool = true;
    const FOLLOWS: bool = false;
    type Tag = ();
    type Tags = ();

    fn at(&mut self, template: &Template, pos: u32) {
        self.count(template, pos, What::Ran);
    }

    fn ran(&mut self, template: &Template, pos: u32) {
        self.count(template, pos, What::Ran);
    }

    fn text(&mut self, template: &Template, pos: u32, _out: Range<usize>) {
        self.count(template, pos, What::Ran);
    }

    fn enter(&mut self, why: Entered, template: &Template, pos: u32, _condition: &()) -> Control {
        let what = match why {
            Entered::Else | Entered::WithElse | Entered::RangeElse => What::PassedBy,
            _ => What::Entered,
        };
        self.count(template, pos, what);
        Control::default()
    }

    fn pass(
        &mut self,
        template: &Template,
        pos: u32,
        _over: &Slot<()>,
        _key: &Value,
        _item: &Value,
    ) -> (Control, (), ()) {
        self.count(template, pos, What::Entered);
        Default::default()
    }

    fn skipped(&mut self, template: &Template, branch: &Node, _condition: &(), _out: &[u8]) {
        self.count(template, branch.pos, What::PassedBy);
    }

    fn begin(&mut self, template: &Template, _within: bool) {
        self.count(template, template.root.pos, What::Called);
    }
}

/// What was counted of one text.
#[derive(Clone, Copy, Debug)]
pub struct CountsOf<'c> {
    counts: &'c HashMap<u64, u64, RandomState>,
    number: Option<u32>,
}

impl CountsOf<'_> {
    fn get(&self, pos: usize, what: What) -> u64 {
        let Some(number) = self.number else { return 0 };
        self.counts.get(&key(number, pos as u32, what)).copied().unwrap_or_default()
    }

    /// Returns how often a text, an action, a condition or an operand ran.
    pub fn ran(&self, pos: usize) -> u64 {
        self.get(pos, What::Ran)
    }

    /// Returns how often a body was entered, a pass of a `range` counting once.
    pub fn entered(&self, pos: usize) -> u64 {
        self.get(pos, What::Entered)
    }

    /// Returns how often a body was not entered: its `else` ran, if there is one.
    pub fn passed_by(&self, pos: usize) -> u64 {
        self.get(pos, What::PassedBy)
    }

    /// Returns how often a template was called that begins here.
    pub fn called(&self, pos: usize) -> u64 {
        self.get(pos, What::Called)
    }
}

/// What can run of a file. All places are in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// What is written as it stands; each by where it begins.
    pub texts: Vec<Range<usize>>,
    /// What stands in braces and does something, conditions included.
    pub actions: Vec<Action>,
    /// What runs on a condition.
    pub branches: Vec<Branch>,
    /// The operands of `and` and `or`, which do not always run.
    pub operands: Vec<Operand>,
    /// The named templates.
    pub definitions: Vec<Definition>,
}

/// Something in braces that does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Where its runs are counted.
    pub pos: usize,
    /// From brace to brace.
    pub range: Range<usize>,
    /// Whether it prints something: no condition and no assignment.
    pub prints: bool,
}

/// What a branch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// `if`
    If,
    /// `with`
    With,
    /// `range`
    Range,
}

/// An `if`, `with` or `range`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Which of these.
    pub word: Word,
    /// Where it is counted.
    pub pos: usize,
    /// What stands between its braces, from brace to brace.
    pub head: Range<usize>,
    /// The condition, or what is ranged over, as it is written.
    pub condition: Range<usize>,
    /// What runs where the condition holds.
    pub body: Range<usize>,
    /// What runs where it does not: of an `else if` with its braces, up to the `end`.
    pub otherwise: Option<Range<usize>>,
}

/// An operand of `and` or `or`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand {
    /// Where it is counted.
    pub pos: usize,
    /// Where it stands.
    pub range: Range<usize>,
}

/// A named template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: Vec<u8>,
    /// Where its calls are counted.
    pub pos: usize,
    /// From the braces of `define` or `block` to those of its `end`.
    pub range: Range<usize>,
}

/// Lists what can run of a file.
///
/// # Errors
/// A text that does not parse.
pub fn outline(
    name: &[u8],
    text: &[u8],
    functions: Lookup<'_>,
    go: Go,
) -> Result<Outline, ParseError> {
    let mut ast = Ast::default();
    let rules = Rules { functions, go };
    let definitions = parse::parse(name, text, &mut ast, rules).map_err(|e| *e)?;
    let code = Code { text, ast: &ast };
    let mut lexer = Lexer::new(text, go);
    let tokens: Vec<Token> = std::iter::from_fn(|| {
        let token = lexer.next_token();
        (!matches!(token.kind, Kind::Eof | Kind::Error)).then_some(token)
    })
    .collect();
    let mut found = Reader { tokens: &tokens, open: Vec::new(), outline: Outline::default() };
    found.read();
    let Reader { mut outline, .. } = found;
    // Where a definition's calls are counted, its tree knows; until here it is known by the place of its name.
    let named = definitions.iter().filter_map(|d| Some((d.name?, d.root)));
    let trees: HashMap<usize, _> =
        named.map(|(name, root)| (name.quoted.start as usize, (name, root.pos))).collect();
    outline.definitions.retain_mut(|definition| {
        let found = trees.get(&definition.pos);
        if let Some((name, pos)) = found {
            definition.name = code.literal(*name).to_vec();
            definition.pos = *pos as usize;
        }
        found.is_some()
    });
    for pipe in &ast.pipes {
        for command in code.commands(pipe) {
            let Some((Expr::Function { def, .. }, operands)) = code.args(command).split_first()
            else {
                continue;
            };
            if std::ptr::eq(*def, &AND) || std::ptr::eq(*def, &OR) {
                outline.operands.extend(operands.iter().map(|operand| Operand {
                    pos: code.expr_pos(*operand) as usize,
                    range: operand_range(&tokens, code, *operand),
                }));
            }
        }
    }
    outline.actions.sort_by_key(|action| action.range.start);
    outline.branches.sort_by_key(|branch| branch.head.start);
    outline.operands.sort_by_key(|operand| operand.range.start);
    outline.definitions.sort_by_key(|definition| definition.range.start);
    Ok(outline)
}

/// Returns where an operand stands, its parentheses included.
fn operand_range(tokens: &[Token], code: Code<'_>, operand: Expr) -> Range<usize> {
    let start = match operand {
        Expr::Field { path, .. } | Expr::Variable { path, .. } => path.start,
        Expr::Chain { chain, .. } => match code.chain(chain).head {
            Expr::Pipe(pipe) => code.pipe(pipe).pos,
            head => code.expr_pos(head),
        },
        other => code.expr_pos(other),
    };
    let mut first = tokens.partition_point(|token| token.start < start);
    let is_pipe = match operand {
        Expr::Pipe(_) => true,
        Expr::Chain { chain, .. } => matches!(code.chain(chain).head, Expr::Pipe(_)),
        _ => false,
    };
    // A pipeline begins behind its parenthesis.
    first -= usize::from(is_pipe && first > 0);
    let (mut depth, mut end) = (0, start as usize);
    for token in tokens.iter().skip(first) {
        let is_next = depth == 0 && token.space && end > start as usize;
        match token.kind {
            _ if is_next => break,
            Kind::LeftParen => depth += 1,
            Kind::RightParen if depth > 0 => depth -= 1,
            Kind::RightParen | Kind::RightDelim | Kind::Pipe if depth == 0 => break,
            _ => {}
        }
        end = token.end as usize;
    }
    let start = tokens.get(first).map_or(start, |token| token.start) as usize;
    start..end
}

/// A block whose `end` has not come.
enum Open {
    Branch(Branch),
    /// The same, of an `else if`: it ends with the branch around it.
    Chained(Branch),
    Definition(Definition),
}

/// Reads the tokens of a text.
struct Reader<'t> {
    tokens: &'t [Token],
    open: Vec<Open>,
    outline: Outline,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            let (start, end) = (token.start as usize, token.end as usize);
            if token.kind == Kind::Text {
                self.outline.texts.push(start..end);
                at += 1;
                continue;
            }
            let length = self.tokens[at..].iter().position(|token| token.kind == Kind::RightDelim);
            let Some(close) = length.map(|n| at + n) else { break };
            self.braces(at, close);
            at = close + 1;
        }
    }

    /// Reads what stands in braces: the tokens from one to another.
    fn braces(&mut self, open: usize, close: usize) {
        let tokens = self.tokens;
        let range = tokens[open].start as usize..tokens[close].end as usize;
        let start = |at: usize| tokens.get(at).map_or(range.end, |token| token.start as usize);
        let action =
            |first: usize, prints| Action { pos: start(first), range: range.clone(), prints };
        let branch = |word: usize| Branch {
            word: match tokens[word].kind {
                Kind::With => Word::With,
                Kind::Range => Word::Range,
                _ => Word::If,
            },
            pos: start(word + 1),
            head: range.clone(),
            condition: start(word + 1)..tokens[close - 1].end as usize,
            body: range.end..range.end,
            otherwise: None,
        };
        match tokens[open + 1].kind {
            Kind::If | Kind::With | Kind::Range => {
                self.outline.actions.push(action(open + 2, false));
                self.open.push(Open::Branch(branch(open + 1)));
            }
            Kind::Else => {
                if let Some(Open::Branch(around) | Open::Chained(around)) = self.open.last_mut() {
                    around.body.end = range.start;
                    let is_chained = open + 2 < close;
                    let from = if is_chained { range.start } else { range.end };
                    around.otherwise = Some(from..from);
                }
                if open + 2 < close {
                    self.outline.actions.push(action(open + 3, false));
                    self.open.push(Open::Chained(branch(open + 2)));
                }
            }
            Kind::End => self.end(&range),
            Kind::Define | Kind::Block => {
                let (pos, end) = (start(open + 2), range.end);
                if tokens[open + 1].kind == Kind::Block {
                    self.outline.actions.push(action(open + 2, true));
                }
                let definition = Definition { name: Vec::new(), pos, range: range.start..end };
                self.open.push(Open::Definition(definition));
            }
            Kind::Template => self.outline.actions.push(action(open + 2, true)),
            Kind::Break | Kind::Continue => self.outline.actions.push(action(open + 1, false)),
            _ => {
                let assigns = matches!(
                    tokens.get(open + 2).map(|token| token.kind),
                    Some(Kind::Declare | Kind::Assign)
                );
                self.outline.actions.push(action(open + 1, !assigns));
            }
        }
    }

    /// Closes what an `end` ends.
    fn end(&mut self, range: &Range<usize>) {
        while let Some(open) = self.open.pop() {
            let (mut branch, is_chained) = match open {
                Open::Branch(branch) => (branch, false),
                Open::Chained(branch) => (branch, true),
                Open::Definition(mut definition) => {
                    definition.range.end = range.end;
                    self.outline.definitions.push(definition);
                    return;
                }
            };
            match &mut branch.otherwise {
                Some(otherwise) => otherwise.end = range.start,
                None => branch.body.end = range.start,
            }
            self.outline.branches.push(branch);
            if !is_chained {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Environment, Exec, Limits, NoMeter, Templates, func::Instant};
    use gostd::time::LocalZone;
    use gostd::value::{Map, Str};

    fn outlined(text: &str) -> Outline {
        outline(b"t", text.as_bytes(), &|_| None, Go::default()).unwrap()
    }

    #[test]
    fn what_can_run_is_listed_with_its_places() {
        let text = "a\n{{- if and .A.b (not .C) -}}\nyes\n{{- else if .D }}{{ .E }}{{ else }}no{{ end }}{{/* x */}}\n{{ define \"n\" }}{{ $x := 1 }}{{ range .L }}{{ break }}{{ end }}{{ end }}";
        let found = outlined(text);
        let at = |range: &Range<usize>| &text[range.clone()];
        let texts: Vec<&str> = found.texts.iter().map(at).collect();
        assert_eq!(texts, ["a", "yes", "no", "\n"]);
        let actions: Vec<&str> = found.actions.iter().map(|a| at(&a.range)).collect();
        assert_eq!(
            actions,
            [
                "{{- if and .A.b (not .C) -}}",
                "{{- else if .D }}",
                "{{ .E }}",
                "{{ $x := 1 }}",
                "{{ range .L }}",
                "{{ break }}"
            ]
        );
        let printing: Vec<&str> =
            found.actions.iter().filter(|a| a.prints).map(|a| at(&a.range)).collect();
        assert_eq!(printing, ["{{ .E }}"]);
        let branches: Vec<_> = found
            .branches
            .iter()
            .map(|b| (b.word, at(&b.condition), at(&b.body), b.otherwise.as_ref().map(at)))
            .collect();
        assert_eq!(
            branches,
            [
                (
                    Word::If,
                    "and .A.b (not .C)",
                    "\nyes\n",
                    Some("{{- else if .D }}{{ .E }}{{ else }}no")
                ),
                (Word::If, ".D", "{{ .E }}", Some("no")),
                (Word::Range, ".L", "{{ break }}", None),
            ]
        );
        let operands: Vec<&str> = found.operands.iter().map(|o| at(&o.range)).collect();
        assert_eq!(operands, [".A.b", "(not .C)"]);
        assert_eq!(found.definitions[0].name, b"n");
        assert!(at(&found.definitions[0].range).starts_with("{{ define"));
        assert!(outline(b"t", b"{{ if }}", &|_| None, Go::default()).is_err());
    }

    #[test]
    fn operands_end_where_the_next_begins() {
        let rows = [
            ("{{ or .a.b $x.c (f).d \"s t\" 1 }}", vec![".a.b", "$x.c", "(f).d", "\"s t\"", "1"]),
            ("{{ and (or .a .b) (.c) | not }}", vec!["(or .a .b)", ".a", ".b", "(.c)"]),
            ("{{ and . $ nil true }}", vec![".", "$", "nil", "true"]),
            ("{{ and (.a) (.b).c (.d | not)}}", vec!["(.a)", "(.b).c", "(.d | not)"]),
        ];
        for (text, want) in rows {
            let text = ["{{ $x := 1 }}", text].concat().replace("(f)", "(print 1)");
            let found = outlined(&text);
            let got: Vec<&str> = found.operands.iter().map(|o| &text[o.range.clone()]).collect();
            let want: Vec<String> = want.iter().map(|w| w.replace("(f)", "(print 1)")).collect();
            assert_eq!(got, want, "{text}");
        }
    }

    /// What did not run of a text.
    fn missed(text: &str, data: &[(&str, Value)]) -> Vec<String> {
        let (name, shared): (Str, Arc<[u8]>) = (Str::from("t"), text.as_bytes().into());
        let now = &|| Instant { seconds: 0, nanos: 0 };
        let env = Environment {
            functions: &|_| None,
            now,
            local_zone: &|| LocalZone::UTC,
            dns: false,
            lenient: None,
            cluster: None,
            values_method: |_, _, _| Err(Str::from("no methods")),
            go: Go::default(),
            limits: Limits::default(),
            meter: &NoMeter,
        };
        let templates = Templates::new();
        templates.parse(&[(&name, &shared)], &env).unwrap();
        let map = Map::new();
        data.iter().for_each(|(name, value)| {
            map.insert(*name, value.clone());
        });
        let mut exec = Exec::recording(&templates, &env, Counts::default());
        let _ = exec.execute(&name, &Value::Map(map));
        let mut counts = Counts::default();
        counts.add(&exec.into_record());
        let counts = counts.of(&shared);
        let outline = outlined(text);
        let mut missed = Vec::new();
        let mut miss = |count: u64, what: String| {
            if count == 0 {
                missed.push(what);
            }
        };
        for range in &outline.texts {
            miss(counts.ran(range.start), text[range.clone()].to_owned());
        }
        for action in &outline.actions {
            miss(counts.ran(action.pos), text[action.range.clone()].to_owned());
        }
        for operand in &outline.operands {
            miss(counts.ran(operand.pos), text[operand.range.clone()].to_owned());
        }
        for branch in &outline.branches {
            let condition = &text[branch.condition.clone()];
            miss(counts.entered(branch.pos), format!("+{condition}"));
            miss(counts.passed_by(branch.pos), format!("-{condition}"));
        }
        for definition in &outline.definitions {
            miss(counts.called(definition.pos), format!("define {}", definition.name.len()));
        }
        missed
    }

    #[test]
    fn what_ran_is_counted_where_it_is_written() {
        let (yes, no) = (Value::Bool(true), Value::Bool(false));
        let list = || Value::list(vec![Value::int(1), Value::int(2)]);
        type Row = (&'static str, Vec<(&'static str, Value)>, Vec<&'static str>);
        let rows: Vec<Row> = vec![
            ("{{ if .A }}y{{ end }}", vec![("A", yes.clone())], vec!["-.A"]),
            ("{{ if .A }}y{{ end }}", vec![("A", no.clone())], vec!["y", "+.A"]),
            ("{{ if .A }}y{{ else }}n{{ end }}", vec![], vec!["y", "+.A"]),
            (
                "{{ with .A }}y{{ else with .B }}n{{ end }}",
                vec![("A", yes.clone())],
                vec!["n", "{{ else with .B }}", "-.A", "+.B", "-.B"],
            ),
            (
                "{{ if and .A .B }}y{{ end }}",
                vec![("A", no.clone())],
                vec!["y", ".B", "+and .A .B"],
            ),
            ("{{ or .A .B }}", vec![("A", no), ("B", yes.clone())], vec![]),
            (
                "{{ range .L }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ break }}{{ end }}",
                vec![("L", list())],
                vec!["-.L"],
            ),
            ("{{ range .L }}x{{ else }}y{{ end }}", vec![], vec!["x", "+.L"]),
            ("{{ range .L }}x{{ end }}", vec![], vec!["x", "+.L"]),
            ("{{ define \"n\" }}x{{ end }}{{ template \"n\" }}", vec![], vec![]),
            ("{{ define \"n\" }}x{{ end }}", vec![], vec!["x", "define 1"]),
            ("{{ block \"n\" . }}x{{ end }}", vec![], vec![]),
            ("a{{ .A.b.c }}b", vec![], vec!["b"]),
        ];
        for (text, data, want) in rows {
            assert_eq!(missed(text, &data), want, "{text}");
        }
    }
}
