//! From files to named templates: all of a render's files are parsed at once, large charts by two
//! threads.

use std::collections::HashMap;
use std::rc::Rc;
use std::thread;

use foldhash::fast::RandomState;

use super::error::ParseError;
use super::func::Lookup;
use super::node::{Ast, Code, Source, Template};
use super::parse::{self, Definition};
use crate::value::Str;

/// From how many bytes of text on a second thread pays: it costs about as much as parsing 20 kB.
const WORTH_A_THREAD: usize = 64 * 1024;

/// What one thread makes of its files: the tables, and the definitions of each file that came before the
/// first which does not parse.
#[derive(Default)]
struct Part {
    ast: Ast,
    definitions: Vec<Vec<Definition>>,
}

/// A file's name and text.
type Text<'t> = (&'t [u8], &'t [u8]);

/// The templates in the files, in the order they are found; the tables of their nodes are shared.
///
/// # Errors
/// The first file, in the order given, that does not parse.
pub(super) fn parse_files(
    files: &[(&Str, &Rc<[u8]>)],
    functions: Lookup,
) -> Result<Vec<Template>, ParseError> {
    let texts: Vec<Text<'_>> = files.iter().map(|(name, text)| (&name[..], &text[..])).collect();
    let (distinct, number) = distinct(&texts);
    let (first, second) = distinct.split_at(half(&distinct));
    let parts = if second.is_empty() {
        [parse_part(first, functions), Part::default()]
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
    let parts = parts.map(|Part { ast, definitions }| (Rc::new(ast), definitions));
    let mut templates = Vec::new();
    for (file, (name, text)) in files.iter().enumerate() {
        let (part, at) = match number[file].checked_sub(first.len()) {
            None => (&parts[0], number[file]),
            Some(at) => (&parts[1], at),
        };
        let (mut ast, mut definitions) = (part.0.clone(), part.1.get(at).cloned());
        if definitions.as_ref().is_none_or(|d| !fits(d, name, Code { text, ast: &ast })) {
            // Its text is another file's, and one of the two bears the name of a definition; or it does
            // not parse, which is found once more.
            let mut own = Ast::default();
            definitions = Some(parse::parse(name, text, &mut own, functions).map_err(|e| *e)?);
            ast = Rc::new(own);
        }
        let source = Rc::new(Source { name: (*name).clone(), text: (*text).clone() });
        templates.extend(definitions.into_iter().flatten().map(|Definition { name, root }| {
            let name = match name {
                Some(name) => Str::from(Code { text: &source.text, ast: &ast }.literal(name)),
                None => source.name.clone(),
            };
            Template { name, source: source.clone(), ast: ast.clone(), root }
        }));
    }
    Ok(templates)
}

/// The files whose texts differ, and for each file which of these has its text: charts bring copies of the
/// same library.
fn distinct<'t>(texts: &[Text<'t>]) -> (Vec<Text<'t>>, Vec<usize>) {
    if let [one] = texts {
        return (vec![*one], vec![0]);
    }
    // Texts are long to hash; only those that are as long as another have to be.
    let mut lengths: HashMap<usize, usize, RandomState> = HashMap::default();
    for (_, text) in texts {
        *lengths.entry(text.len()).or_default() += 1;
    }
    let mut known: HashMap<&[u8], usize, RandomState> = HashMap::default();
    let mut distinct = Vec::with_capacity(texts.len());
    let number = |(name, text): &Text<'t>| {
        let mut add = || {
            distinct.push((*name, *text));
            distinct.len() - 1
        };
        if lengths.get(&text.len()) == Some(&1) {
            add()
        } else {
            *known.entry(text).or_insert_with(add)
        }
    };
    let numbers = texts.iter().map(number).collect();
    (distinct, numbers)
}

/// Whether the definitions found in a text are those of a file with this name, too: none bears the name,
/// and the file itself is among them.
fn fits(definitions: &[Definition], file: &[u8], code: Code<'_>) -> bool {
    definitions.iter().any(|d| d.name.is_none())
        && !definitions.iter().any(|d| d.name.is_some_and(|name| code.literal(name) == file))
}

/// How many of the files are for the first thread: all, unless there is much to parse and someone to
/// share it with.
fn half(texts: &[Text<'_>]) -> usize {
    let total: usize = texts.iter().map(|(_, text)| text.len()).sum();
    if total < WORTH_A_THREAD || thread::available_parallelism().is_ok_and(|n| n.get() < 2) {
        return texts.len();
    }
    let mut left = total / 2;
    let in_half = |(_, text): &&Text<'_>| {
        let fits = text.len() <= left;
        left = left.saturating_sub(text.len());
        fits
    };
    texts.iter().take_while(in_half).count().max(1)
}

fn parse_part(texts: &[Text<'_>], functions: Lookup) -> Part {
    let bytes = texts.iter().map(|(_, text)| text.len()).sum();
    let mut part = Part { ast: Ast::for_text(bytes), definitions: Vec::with_capacity(texts.len()) };
    for (name, text) in texts {
        match parse::parse(name, text, &mut part.ast, functions) {
            Ok(definitions) => part.definitions.push(definitions),
            Err(_) => break,
        }
    }
    part
}
