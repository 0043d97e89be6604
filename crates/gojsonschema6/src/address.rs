//! Names parts of documents: URLs, fragments and JSON pointers.

use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::RandomState;
use gostd::json::tree::Json;
use gostd::url::{Url, path_escape, path_unescape};
use gostd::value::Str;

use super::error::SchemaError;

/// Parts a URL and its fragment.
pub(super) fn split(url: &str) -> (&str, &str) {
    url.split_once('#').unwrap_or((url, ""))
}

/// Parts a URL and its fragment, and unescapes the fragment.
///
/// # Errors
/// [`SchemaError::Fragment`].
pub(super) fn split_fragment(url: &str) -> Result<(&str, Fragment), SchemaError> {
    let (before, fragment) = split(url);
    let decoded = path_unescape(fragment);
    let decoded = decoded.map_err(|reason| SchemaError::Fragment { url: url.into(), reason })?;
    Ok((before, Fragment(String::from_utf8_lossy(&decoded).into_owned())))
}

/// What stands behind the `#` of a reference, unescaped.
#[derive(Clone, Debug, Default)]
pub(super) struct Fragment(pub(super) String);

impl Fragment {
    /// Returns the name of an anchor, where it is no JSON pointer.
    pub(super) fn anchor(&self) -> Option<&str> {
        let is_pointer = self.0.is_empty() || self.0.starts_with('/');
        (!is_pointer).then_some(&self.0)
    }
}

/// Parses a URL.
///
/// # Errors
/// [`SchemaError::Url`].
pub(super) fn parse(url: &str) -> Result<Url, SchemaError> {
    Url::parse(url).map_err(|error| SchemaError::Url { url: url.into(), error })
}

/// Returns the URL and the fragment of a reference as seen from a base URL.
///
/// # Errors
/// Where one of them is no URL.
pub(super) fn join(base: &str, reference: &str) -> Result<(Rc<str>, Fragment), SchemaError> {
    let (reference, fragment) = split_fragment(reference)?;
    let base = parse(base)?;
    let reference = parse(reference)?;
    let mut url = base.resolve(&reference);
    if reference.scheme.is_empty() && !base.opaque.is_empty() {
        url.opaque = base.opaque;
    }
    Ok((url.to_string().into(), fragment))
}

/// Escapes a name as a part of a JSON pointer.
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn unescape(token: &str) -> Option<String> {
    if !token.contains('~') {
        return Some(token.to_owned());
    }
    let mut name = String::with_capacity(token.len());
    let mut parts = token.split('~');
    name.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (c, rest) = match part.as_bytes().first()? {
            b'0' => ('~', &part[1..]),
            b'1' => ('/', &part[1..]),
            _ => return None,
        };
        name.push(c);
        name.push_str(rest);
    }
    Some(name)
}

/// Escapes a JSON pointer as a URL's fragment.
pub(super) fn encode(pointer: &str) -> String {
    let tokens: Vec<String> = pointer.split('/').map(|t| path_escape(t.as_bytes())).collect();
    tokens.join("/")
}

/// A JSON pointer, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Pointer(u32);

impl Pointer {
    /// The pointer to a whole document.
    pub(super) const ROOT: Pointer = Pointer(0);

    /// Returns the number; pointers are counted as they are met.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// All JSON pointers at hand, each once: a pointer and its last token, escaped. Thousands of long ones
/// take no more memory than the tree that they lead through.
#[derive(Debug)]
pub(super) struct Pointers {
    nodes: Vec<(Pointer, Str)>,
    known: HashMap<(Pointer, Str), Pointer, RandomState>,
}

/// About how many bytes of a schema there are for each part of it that is one.
const BYTES_PER_POINTER: usize = 80;

impl Pointers {
    pub(super) fn new() -> Pointers {
        Pointers { nodes: vec![(Pointer::ROOT, Str::default())], known: HashMap::default() }
    }

    /// Makes room for the pointers of a document, of so many bytes.
    pub(super) fn expect(&mut self, bytes: usize) {
        self.nodes.reserve(bytes / BYTES_PER_POINTER);
        self.known.reserve(bytes / BYTES_PER_POINTER);
    }

    fn token(&mut self, parent: Pointer, token: Str) -> Pointer {
        let next = Pointer(self.nodes.len() as u32);
        *self.known.entry((parent, token)).or_insert_with_key(|key| {
            self.nodes.push(key.clone());
            next
        })
    }

    /// Returns the pointer to a member.
    pub(super) fn child(&mut self, parent: Pointer, name: &Str) -> Pointer {
        if name.iter().any(|c| matches!(c, b'~' | b'/')) {
            let escaped = escape(&name.to_string_lossy());
            return self.token(parent, escaped.into());
        }
        self.token(parent, name.clone())
    }

    /// Returns the pointer to the member of a keyword's name.
    pub(super) fn keyword(&mut self, parent: Pointer, name: &'static str) -> Pointer {
        self.token(parent, Str::from_static(name))
    }

    /// Returns the pointer to an item.
    pub(super) fn item(&mut self, parent: Pointer, index: usize) -> Pointer {
        self.token(parent, index.to_string().into())
    }

    /// Returns the pointer that a text adds to another one.
    pub(super) fn join(&mut self, parent: Pointer, text: &str) -> Pointer {
        let mut pointer = parent;
        for token in text.split('/').skip(1) {
            pointer = self.token(pointer, token.into());
        }
        pointer
    }

    /// Returns the pointer without its last token; none for a whole document.
    pub(super) fn parent(&self, pointer: Pointer) -> Option<Pointer> {
        let (parent, _) = self.nodes.get(pointer.0 as usize)?;
        (pointer != Pointer::ROOT).then_some(*parent)
    }

    fn tokens(&self, pointer: Pointer) -> Vec<&Str> {
        let mut tokens = Vec::new();
        let mut at = pointer;
        while let Some(parent) = self.parent(at) {
            tokens.extend(self.nodes.get(at.0 as usize).map(|(_, token)| token));
            at = parent;
        }
        tokens.reverse();
        tokens
    }

    /// Returns the text.
    pub(super) fn text(&self, pointer: Pointer) -> String {
        let mut text = String::new();
        for token in self.tokens(pointer) {
            text.push('/');
            text.push_str(&token.to_string_lossy());
        }
        text
    }

    /// Returns a part of a document as a URL.
    pub(super) fn location(&self, url: &str, pointer: Pointer) -> String {
        format!("{url}#{}", encode(&self.text(pointer)))
    }

    /// Returns what the pointer leads to.
    ///
    /// # Errors
    /// A pointer that leads nowhere.
    pub(super) fn lookup(
        &self,
        url: &str,
        pointer: Pointer,
        document: &Json,
    ) -> Result<Json, SchemaError> {
        let mut node = document;
        for token in self.tokens(pointer) {
            let Some(name) = unescape(&token.to_string_lossy()) else {
                return Err(SchemaError::Pointer { url: self.location(url, pointer).into() });
            };
            let next = match node {
                Json::Object(members) => members.get(&name),
                Json::Array(items) => {
                    let index = gostd::strconv::atoi(name.as_bytes()).ok();
                    index.and_then(|at| items.get(usize::try_from(at).ok()?))
                }
                _ => None,
            };
            node = match next {
                Some(next) => next,
                None => {
                    let url = self.location(url, pointer).into();
                    return Err(SchemaError::PointerNotFound { url });
                }
            };
        }
        Ok(node.clone())
    }
}
