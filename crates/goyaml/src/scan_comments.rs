//! Keeps comments, as go-yaml v3 does: each is the head of what follows it, stands on a line, or is the foot of what
//! it follows, told apart by indentation and empty lines.

use std::collections::VecDeque;

use super::scan::{Kind, Scanner};

/// How far go-yaml looks for a comment, in bytes.
const FAR: usize = 512;

/// A place in the text.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Mark {
    pub(super) pos: usize,
    /// From 0.
    pub(super) line: usize,
    /// In characters; from 1 where a comment starts that is not the first on its line.
    column: isize,
}

/// A comment that waits for the token that it belongs to.
#[derive(Default)]
struct Comment {
    text: Vec<u8>,
    place: Place,
    /// Where the white space before it begins.
    scan: usize,
    /// The token that it belongs to is the first that starts here or later.
    token: usize,
    start: Mark,
    end: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Head,
    Line,
    Foot,
}

/// Comments that were scanned, and those that belong to what is parsed next.
#[derive(Default)]
pub(super) struct Comments {
    waiting: VecDeque<Comment>,
    pub(super) next: Texts,
}

/// The comments of one node.
#[derive(Clone, Default, Debug)]
pub(super) struct Texts {
    pub(super) head: Vec<u8>,
    pub(super) line: Vec<u8>,
    pub(super) foot: Vec<u8>,
}

impl Comments {
    /// Returns where the end of a block of that indentation stands: before the comments that are its parent's.
    pub(super) fn block_end(&self, indent: isize, line: usize, start: usize) -> (usize, usize) {
        let (mut at, mut stop) = ((line, start), start);
        for comment in self.waiting.iter().rev() {
            if comment.end < stop {
                break;
            }
            if comment.start.column == indent + 1 {
                at = (comment.start.line, comment.start.pos);
            }
            stop = comment.scan;
        }
        at
    }
}

impl<'a> Scanner<'a> {
    pub(super) fn mark(&mut self) -> Mark {
        Mark { pos: self.pos, line: self.line, column: self.column() as isize }
    }

    /// Gives the comments before the token at hand to what is parsed next.
    pub(super) fn attach_comments(&mut self) {
        let (Some(comments), Some(token)) = (&mut self.comments, self.queue.front()) else {
            return;
        };
        let Comments { waiting, next } = &mut **comments;
        while let Some(comment) = waiting.front_mut().filter(|c| c.token <= token.start) {
            let into = match comment.place {
                // It is the head of what comes after the end.
                Place::Head if token.kind == Kind::BlockEnd => break,
                Place::Head => &mut next.head,
                Place::Line => &mut next.line,
                Place::Foot => &mut next.foot,
            };
            if !into.is_empty() {
                into.push(b'\n');
            }
            into.append(&mut comment.text);
            waiting.pop_front();
        }
    }

    /// Takes the comments of what is parsed next.
    pub(super) fn take_comments(&mut self) -> Texts {
        self.comments.as_mut().map(|c| std::mem::take(&mut c.next)).unwrap_or_default()
    }

    /// Returns how many line breaks stand between here and the last text.
    fn newlines(&self) -> usize {
        let mut count = 0;
        let mut rest = &self.src[..self.pos];
        loop {
            rest = match rest {
                [before @ .., b' ' | b'\t'] => before,
                [before @ .., b'\r', b'\n']
                | [before @ .., b'\n' | b'\r']
                | [before @ .., 0xc2, 0x85]
                | [before @ .., 0xe2, 0x80, 0xa8 | 0xa9] => {
                    count += 1;
                    before
                }
                _ => return count,
            };
        }
    }

    /// Returns where the token starts that a comment behind the one here belongs to; nothing where none can be.
    pub(super) fn about_line_comment(&mut self, column: usize) -> Option<usize> {
        let of_prior = match self.cur() {
            0 => return None,
            b'%' if column == 0 => return None,
            b'-' | b'.' if self.at_document_mark() => return None,
            b':' => self.flow_level == 0,
            b',' => self.flow_level > 0,
            _ => false,
        };
        let prior =
            if of_prior { self.queue.back().map_or(0, |last| last.start) } else { self.pos };
        Some(prior)
    }

    /// Keeps the comment that follows on this line, if there is one, for the token that starts at a position.
    pub(super) fn keep_line_comment(&mut self, token: usize) {
        if self.newlines() > 0 {
            return;
        }
        let blanks = self.src[self.pos..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        if blanks >= FAR || self.at(self.pos + blanks) != b'#' {
            return;
        }
        self.pos += blanks;
        let start = self.mark();
        self.pos = self.line_end();
        let text = self.src[start.pos..self.pos].to_vec();
        let comment = Comment { text, place: Place::Line, token, start, ..Comment::default() };
        self.keep(comment);
    }

    fn keep(&mut self, comment: Comment) {
        if let Some(comments) = &mut self.comments {
            comments.waiting.push_back(comment);
        }
    }

    /// Keeps the comments that begin here, if there are any; white space before them begins at the mark.
    pub(super) fn keep_comments(&mut self, before: Mark) {
        self.turn_to_head();
        if self.cur() == b'#' {
            self.scan_comments(before);
        }
    }

    /// Makes a comment behind the first `-` of a list the head of what follows.
    fn turn_to_head(&mut self) {
        let mut last = self.queue.iter().rev();
        let opens = matches!(last.next().map(|t| &t.kind), Some(Kind::BlockEntry))
            && matches!(last.next().map(|t| &t.kind), Some(Kind::BlockSequence));
        let (line, pos) = (self.line, self.pos);
        if !opens || self.break_at(pos) > 0 {
            return;
        }
        let Some(comments) = &mut self.comments else { return };
        if let Some(comment) = comments.waiting.back_mut().filter(|c| c.place == Place::Line) {
            comment.place = Place::Head;
            if comment.start.line + 1 == line {
                comment.token = pos;
            }
        }
    }

    fn scan_comments(&mut self, before: Mark) {
        let mut last = self.queue.iter().rev();
        let mut token = last.next();
        if token.is_some_and(|t| t.kind == Kind::FlowEntry) {
            token = last.next().or(token);
        }
        let after_value = token.is_some_and(|t| t.kind == Kind::Value);
        let mut token = token.map_or(0, |t| t.start);
        let mut scan = before.pos;

        let newlines = self.newlines();
        let here = self.mark();
        let Mark { mut line, mut column, .. } = here;
        let mut start = Mark::default();
        let indent = self.indent.max(0);
        let mut recent_empty = false;
        let mut first_empty = newlines <= 1;
        // A foot starts on the line below the text before it.
        let foot_line = (before.line > 0).then(|| {
            let below = here.line + 1 - newlines.min(here.line + 1);
            below + usize::from(newlines == 0 && here.column > 1)
        });
        let mut text = Vec::new();
        let mut peek = 0;
        while peek < FAR {
            let at = self.pos + peek;
            column += 1;
            let c = self.at(at);
            let closes = self.flow_level > 0 && matches!(c, b']' | b'}');
            let breaks = self.break_at(at) > 0;
            let dedented = start.column - 1 < indent;
            let is_foot = if matches!(c, b' ' | b'\t') {
                peek += 1;
                continue;
            } else if closes || breaks || c == 0 {
                let first =
                    first_empty && (Some(start.line) == foot_line && !after_value || dedented);
                let is_foot = closes || !recent_empty && first;
                if !is_foot && !recent_empty && !text.is_empty() && c != 0 {
                    text.push(b'\n');
                }
                if is_foot && dedented && !text.is_empty() {
                    // It has nothing to do with the token before.
                    token = start.pos;
                }
                is_foot
            } else {
                // A comment at another indentation is a foot rather than a head.
                column - 1 < indent && column != start.column
            };
            if is_foot && !text.is_empty() {
                let text = std::mem::take(&mut text);
                self.keep(Comment { text, place: Place::Foot, scan, token, start, end: at });
                (scan, token) = (at, at);
            }
            if breaks {
                first_empty = false;
                recent_empty = true;
                column = 0;
                line += 1;
                peek += 1;
                continue;
            }
            if c != b'#' {
                break;
            }
            if text.is_empty() {
                start = Mark { pos: at, line, column };
            } else {
                text.push(b'\n');
            }
            recent_empty = false;
            while self.pos < at {
                match self.break_at(self.pos) {
                    0 => self.pos += 1,
                    _ => self.skip_break(),
                }
            }
            self.pos = self.line_end();
            text.extend_from_slice(&self.src[at..self.pos]);
            // The line break goes with the comment.
            peek = 1;
            column = 0;
            line = self.line;
        }
        if !text.is_empty() {
            let end = (self.pos + peek).saturating_sub(1);
            self.keep(Comment { text, place: Place::Head, scan, token: start.pos, start, end });
        }
    }
}
