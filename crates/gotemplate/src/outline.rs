//! Lists the actions of a text and the blocks that they open, as far as the text can be read: what an error of a
//! text that does not parse, or that failed while it ran, is explained with.

use std::ops::Range;

use super::Go;
use super::lex::{Kind, Lexer};

/// The actions of a text, and its blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The actions in order, comments aside.
    pub actions: Vec<Action>,
    /// The blocks by their openers.
    pub blocks: Vec<Block>,
    /// The first `end` or `else` that belongs to no block, as an index of [`Outline::actions`].
    pub stray: Option<usize>,
}

/// An action of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Its bytes, delimiters included; to where the text could be read, if it does not end.
    pub span: Range<usize>,
    /// The word that it begins with.
    pub word: Word,
    /// The bytes behind that word, up to the right delimiter.
    pub rest: Range<usize>,
}

/// The word that an action begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the word itself")]
pub enum Word {
    If,
    With,
    Range,
    Define,
    Block,
    Else,
    ElseIf,
    ElseWith,
    End,
    Template,
    /// Any other, or none.
    Other,
}

impl Word {
    /// Returns the word as a template has it.
    pub fn name(self) -> &'static str {
        match self {
            Word::If => "if",
            Word::With => "with",
            Word::Range => "range",
            Word::Define => "define",
            Word::Block => "block",
            Word::Else => "else",
            Word::ElseIf => "else if",
            Word::ElseWith => "else with",
            Word::End => "end",
            Word::Template => "template",
            Word::Other => "",
        }
    }

    fn opens(self) -> bool {
        matches!(self, Word::If | Word::With | Word::Range | Word::Define | Word::Block)
    }
}

/// A block of a text; the numbers are indexes of [`Outline::actions`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The action that opens it.
    pub opener: usize,
    /// Its `else`s.
    pub elses: Vec<usize>,
    /// Its `end`, if it has one.
    pub end: Option<usize>,
}

/// Lists the actions of a text up to where it can be read.
pub fn outline(text: &[u8], go: Go) -> Outline {
    let mut found = Outline::default();
    let mut lexer = Lexer::new(text, go);
    let mut open: Vec<usize> = Vec::new();
    // The action at hand: where it begins, its word, where its rest begins.
    let mut action: Option<(usize, Word, usize)> = None;
    let mut last = 0;
    loop {
        let token = lexer.next_token();
        let (start, end) = (token.start as usize, token.end as usize);
        match (token.kind, action) {
            (Kind::Eof | Kind::Error, at) => {
                if let Some((from, word, rest)) = at {
                    let end = if token.kind == Kind::Error { end.max(last) } else { last };
                    found.add(&mut open, from..end, word, rest..end);
                }
                return found;
            }
            (Kind::LeftDelim, _) => {
                let is_trimmed = matches!(text[end..], [b'-', b' ' | b'\t' | b'\r' | b'\n', ..]);
                action = Some((start, Word::Other, if is_trimmed { end + 2 } else { end }));
            }
            (Kind::RightDelim, Some((from, word, rest))) => {
                let is_trimmed = matches!(text[..start], [.., b' ' | b'\t' | b'\r' | b'\n', b'-']);
                let to = if is_trimmed { start - 2 } else { start };
                found.add(&mut open, from..end, word, rest.min(to)..to);
                action = None;
            }
            (kind, Some((from, Word::Other, rest)))
                if rest <= start && last_was_delim(text, last) =>
            {
                if let Some(word) = word_of(kind) {
                    action = Some((from, word, end));
                }
            }
            (Kind::If, Some((from, Word::Else, _))) => action = Some((from, Word::ElseIf, end)),
            (Kind::With, Some((from, Word::Else, _))) => action = Some((from, Word::ElseWith, end)),
            _ => {}
        }
        last = end;
    }
}

/// Tells whether the token that ends here was a left delimiter.
fn last_was_delim(text: &[u8], end: usize) -> bool {
    text.get(..end).is_some_and(|before| before.ends_with(b"{{"))
}

fn word_of(kind: Kind) -> Option<Word> {
    Some(match kind {
        Kind::If => Word::If,
        Kind::With => Word::With,
        Kind::Range => Word::Range,
        Kind::Define => Word::Define,
        Kind::Block => Word::Block,
        Kind::Else => Word::Else,
        Kind::End => Word::End,
        Kind::Template => Word::Template,
        _ => return None,
    })
}

impl Outline {
    fn add(&mut self, open: &mut Vec<usize>, span: Range<usize>, word: Word, rest: Range<usize>) {
        let index = self.actions.len();
        self.actions.push(Action { span, word, rest });
        match word {
            word if word.opens() => {
                open.push(self.blocks.len());
                self.blocks.push(Block { opener: index, elses: Vec::new(), end: None });
            }
            Word::Else | Word::ElseIf | Word::ElseWith => match open.last() {
                Some(block) => self.blocks[*block].elses.push(index),
                None => self.stray = self.stray.or(Some(index)),
            },
            Word::End => match open.pop() {
                Some(block) => self.blocks[block].end = Some(index),
                None => self.stray = self.stray.or(Some(index)),
            },
            _ => {}
        }
    }

    /// Returns the blocks around a byte, the outermost first.
    pub fn around(&self, offset: usize) -> impl Iterator<Item = &Block> {
        let holds = move |block: &&Block| {
            let after = self.actions[block.opener].span.end <= offset;
            after && block.end.is_none_or(|end| offset < self.actions[end].span.start)
        };
        self.blocks.iter().filter(holds)
    }

    /// Returns the action that a byte lies in.
    pub fn at(&self, offset: usize) -> Option<&Action> {
        self.actions.iter().find(|action| action.span.contains(&offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_also_where_a_text_does_not_parse() {
        let text = b"{{ if .a }}{{- range .b -}} x {{ else }}{{ end }}{{ .c }}{{ .d-e }}";
        let found = outline(text, Go::default());
        let words: Vec<&str> = found.actions.iter().map(|a| a.word.name()).collect();
        assert_eq!(words, ["if", "range", "else", "end", "", ""]);
        assert_eq!(found.blocks[0], Block { opener: 0, elses: vec![], end: None });
        assert_eq!(found.blocks[1], Block { opener: 1, elses: vec![2], end: Some(3) });
        let rest = |n: usize| std::str::from_utf8(&text[found.actions[n].rest.clone()]).unwrap();
        assert_eq!((rest(0), rest(1), rest(4)), (" .a ", " .b", " .c "));
        let around: Vec<usize> = found.around(28).map(|block| block.opener).collect();
        assert_eq!(around, [0, 1]);
    }

    #[test]
    fn an_end_without_a_block_is_stray() {
        let found = outline(b"{{ if .a }}{{ else if .b }}{{ end }}{{ end }}", Go::default());
        assert_eq!((found.stray, found.actions[1].word), (Some(3), Word::ElseIf));
    }
}
