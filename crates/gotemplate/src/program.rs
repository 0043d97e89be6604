//! Makes named templates of files: all of a render's files are parsed at once, large sets by up to two
//! threads.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use foldhash::fast::RandomState;

use super::error::ParseError;
use super::func::Rules;
use super::node::{Ast, Code, Source, Template};
use super::parse::{self, Definition};
use gostd::Go;
use gostd::value::Str;

/// From how many bytes of text on a second thread is asked for: it costs about as much as parsing 20 kB.
const WORTH_A_THREAD: usize = 128 * 1024;

/// What one thread makes of the files it takes: the tables, and the definitions of each file by its number.
#[derive(Default)]
struct Part {
    ast: Ast,
    definitions: Vec<(usize, Vec<Definition>)>,
}

/// A file's name and text.
type Text<'t> = (&'t [u8], &'t [u8]);

/// Returns the templates in the files, in the order they are found; the tables of their nodes are
/// shared.
///
/// # Errors
/// The first file, in the order given, that does not parse.
pub(super) fn parse_files(
    files: &[(&Str, &Arc<[u8]>)],
    rules: Rules<'_>,
) -> Result<Vec<Template>, ParseError> {
    let texts: Vec<Text<'_>> = files.iter().map(|(name, text)| (&name[..], &text[..])).collect();
    let (distinct, number) = distinct(&texts);
    let total: usize = distinct.iter().map(|(_, text)| text.len()).sum();
    let next = AtomicUsize::new(0);
    let parts = if total < WORTH_A_THREAD || distinct.len() < 2 || is_alone() {
        [parse_part(&distinct, &next, total, rules), Part::default()]
    } else {
        // Each thread takes the next file. A system that lets the second one wait loses next to nothing.
        thread::scope(|scope| {
            let go = Go::current();
            let (distinct, next) = (&distinct, &next);
            let work = move || go.scope(|| parse_part(distinct, next, total / 2, rules));
            let other = thread::Builder::new().spawn_scoped(scope, work);
            let part = parse_part(distinct, next, total, rules);
            [part, other.ok().and_then(|other| other.join().ok()).unwrap_or_default()]
        })
    };
    let mut found: Vec<Option<(Arc<Ast>, Vec<Definition>)>> = vec![None; distinct.len()];
    for Part { ast, definitions } in parts {
        let ast = Arc::new(ast);
        for (at, definitions) in definitions {
            found[at] = Some((ast.clone(), definitions));
        }
    }
    let mut templates = Vec::new();
    for (file, (name, text)) in files.iter().enumerate() {
        let known = found[number[file]].clone();
        let (ast, definitions) = match known {
            Some((ast, d)) if fits(&d, name, Code { text, ast: &ast }) => (ast, d),
            _ => {
                // Its text is another file's, and one of the two bears the name of a definition; or no
                // thread came to it, since it or one before it does not parse, which is found once more.
                let mut own = Ast::default();
                let definitions = parse::parse(name, text, &mut own, rules).map_err(|e| *e)?;
                (Arc::new(own), definitions)
            }
        };
        let source = Arc::new(Source { name: (*name).clone(), text: (*text).clone() });
        templates.extend(definitions.into_iter().map(|Definition { name, root }| {
            let name = match name {
                Some(name) => Str::from(Code { text: &source.text, ast: &ast }.literal(name)),
                None => source.name.clone(),
            };
            Template { name, source: source.clone(), ast: ast.clone(), root }
        }));
    }
    Ok(templates)
}

/// Returns the files whose texts differ, and for each file which of these has its text: sets bring
/// copies of the same library.
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

/// Returns whether the definitions found in a text are those of a file with this name, too: none bears
/// the name, and the file itself is among them.
fn fits(definitions: &[Definition], file: &[u8], code: Code<'_>) -> bool {
    definitions.iter().any(|d| d.name.is_none())
        && !definitions.iter().any(|d| d.name.is_some_and(|name| code.literal(name) == file))
}

/// Returns whether there is no processor for a second thread. The standard library would read what
/// control groups allow, too, from four files.
#[cfg(target_os = "linux")]
fn is_alone() -> bool {
    rustix::thread::sched_getaffinity(None).is_ok_and(|processors| processors.count() < 2)
}

#[cfg(not(target_os = "linux"))]
fn is_alone() -> bool {
    thread::available_parallelism().is_ok_and(|n| n.get() < 2)
}

/// Parses the files whose turn it is, until none is left or one does not parse. `bytes` is how much memory
/// to make.
fn parse_part(texts: &[Text<'_>], next: &AtomicUsize, bytes: usize, rules: Rules<'_>) -> Part {
    let mut part = Part::default();
    let take = || {
        let at = next.fetch_add(1, Ordering::Relaxed);
        texts.get(at).map(|text| (at, text))
    };
    let mut taken = take();
    if taken.is_some() {
        part.ast = Ast::for_text(bytes);
        part.definitions.reserve(texts.len());
    }
    while let Some((at, (name, text))) = taken {
        match parse::parse(name, text, &mut part.ast, rules) {
            Ok(definitions) => part.definitions.push((at, definitions)),
            Err(_) => next.store(texts.len(), Ordering::Relaxed),
        }
        taken = take();
    }
    part
}
