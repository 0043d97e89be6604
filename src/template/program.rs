//! From files to named templates: all of a render's files are parsed at once, large charts by two
//! threads.

use std::rc::Rc;
use std::thread;

use super::error::ParseError;
use super::func::Lookup;
use super::node::{Ast, Code, Source, Template};
use super::parse::{self, Definition};
use crate::value::Str;

/// From how many bytes of text on a second thread pays: it costs about as much as parsing 20 kB.
const WORTH_A_THREAD: usize = 128 * 1024;

/// What one thread makes of its files: the tables, and each definition with the number of its file.
type Part = Result<(Ast, Vec<(usize, Definition)>), ParseError>;

/// The templates in the files, in the order they are found; the tables of their nodes are shared.
///
/// # Errors
/// The first file, in the order given, that does not parse.
pub(super) fn parse_files(
    files: &[(&Str, &Rc<[u8]>)],
    functions: Lookup,
) -> Result<Vec<Template>, ParseError> {
    let texts: Vec<(&[u8], &[u8])> =
        files.iter().map(|(name, text)| (&name[..], &text[..])).collect();
    let (first, second) = texts.split_at(half(&texts));
    let parts = if second.is_empty() {
        [parse_part(first, functions), Ok(Default::default())]
    } else {
        thread::scope(|scope| {
            let other =
                thread::Builder::new().spawn_scoped(scope, || parse_part(second, functions));
            let part = parse_part(first, functions);
            // Without a second thread, or if it died, this one does its work.
            let other = other.ok().and_then(|other| other.join().ok());
            [part, other.unwrap_or_else(|| parse_part(second, functions))]
        })
    };
    let sources: Vec<_> = files
        .iter()
        .map(|(name, text)| Rc::new(Source { name: (*name).clone(), text: (*text).clone() }))
        .collect();
    let mut templates = Vec::new();
    for (part, from) in parts.into_iter().zip([0, first.len()]) {
        let (ast, definitions) = part?;
        let ast = Rc::new(ast);
        templates.extend(definitions.into_iter().map(|(file, Definition { name, root })| {
            let source = sources[from + file].clone();
            let name = match name {
                Some(name) => Str::from(Code { text: &source.text, ast: &ast }.literal(name)),
                None => source.name.clone(),
            };
            Template { name, source, ast: ast.clone(), root }
        }));
    }
    Ok(templates)
}

/// How many of the files are for the first thread: all, unless there is much to parse and someone to
/// share it with.
fn half(texts: &[(&[u8], &[u8])]) -> usize {
    let total: usize = texts.iter().map(|(_, text)| text.len()).sum();
    if total < WORTH_A_THREAD || thread::available_parallelism().is_ok_and(|n| n.get() < 2) {
        return texts.len();
    }
    let mut left = total / 2;
    let fits = |(_, text): &&(&[u8], &[u8])| {
        let fits = text.len() <= left;
        left = left.saturating_sub(text.len());
        fits
    };
    texts.iter().take_while(fits).count().max(1)
}

fn parse_part(texts: &[(&[u8], &[u8])], functions: Lookup) -> Part {
    let mut ast = Ast::default();
    let mut found = Vec::new();
    for (file, (name, text)) in texts.iter().enumerate() {
        let definitions = parse::parse(name, text, &mut ast, functions)?;
        found.extend(definitions.into_iter().map(|definition| (file, definition)));
    }
    Ok((ast, found))
}
