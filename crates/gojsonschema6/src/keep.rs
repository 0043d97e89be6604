//! Keeps compiled schemas for a while, for values that are checked against the same one again and again.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use super::{Release, Schema};

/// How many schemas are kept at most.
const MOST: usize = 64;

/// What it was compiled from.
struct Source {
    url: String,
    text: Vec<u8>,
    release: Release,
}

type Kept = Vec<(Source, Rc<Schema>)>;

thread_local! {
    /// Nothing where no schemas are kept.
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// Keeps compiled schemas on this thread until it is dropped: [`super::validate`] compiles a text once then, and fetches
/// once what that refers to.
///
/// ```
/// use gojsonschema6::{Keep, Release, validate};
/// let _keep = Keep::new();
/// let values = gostd::value::Map::new();
/// let load = |url: &str| Err(format!("no {url}"));
/// for _ in 0..1000 {
///     validate("file:///a.json", b"{}", &values, Release::V6_0_3, &load).unwrap();
/// }
/// ```
#[derive(Debug)]
pub struct Keep {
    is_first: bool,
    /// It belongs to the thread on which it was made.
    thread: PhantomData<*const ()>,
}

impl Keep {
    /// Begins to keep; within another one it has no effect.
    #[must_use]
    pub fn new() -> Keep {
        let is_first = KEPT.with_borrow_mut(|kept| match kept {
            Some(_) => false,
            None => {
                *kept = Some(Kept::new());
                true
            }
        });
        Keep { is_first, thread: PhantomData }
    }
}

impl Default for Keep {
    fn default() -> Keep {
        Keep::new()
    }
}

impl Drop for Keep {
    fn drop(&mut self) {
        if self.is_first {
            KEPT.set(None);
        }
    }
}

/// Returns a schema that is kept.
pub(super) fn find(url: &str, text: &[u8], release: Release) -> Option<Rc<Schema>> {
    KEPT.with_borrow(|kept| {
        let is = |(from, _): &&(Source, Rc<Schema>)| {
            from.release == release && from.url == url && from.text == text
        };
        kept.as_ref()?.iter().find(is).map(|(_, compiled)| compiled.clone())
    })
}

/// Keeps a schema, if any are to be kept.
pub(super) fn add(url: &str, text: &[u8], release: Release, compiled: &Rc<Schema>) {
    KEPT.with_borrow_mut(|kept| {
        if let Some(kept) = kept.as_mut().filter(|kept| kept.len() < MOST) {
            let from = Source { url: url.to_owned(), text: text.to_vec(), release };
            kept.push((from, compiled.clone()));
        }
    });
}
