//! Finds what `$ref` names: the documents loaded so far, under every URL that names a part of them.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::error::SchemaError;
use super::json::{Json, decode};
use super::loader::Loader;
use gostd::os::{read_reason, read_regular_file};
use gostd::stack;
use gostd::url::{Url, query_unescape};

// The first crate that Cargo compiles of those that need bytes as file names; src/lib.rs says the same.
#[cfg(windows)]
compile_error!(
    "Windows is not supported: a chart's file names are bytes, as on Unix; use the Windows Subsystem for Linux"
);

/// A version of JSON Schema. Without a known `$schema` gojsonschema mixes them all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Draft {
    Four,
    Six,
    Seven,
    Hybrid,
}

impl Draft {
    fn of_url(url: &str) -> Option<Draft> {
        META_SCHEMAS.iter().find(|(u, _, _)| *u == url).map(|(_, draft, _)| *draft)
    }
}

/// The published meta-schemas, so that a `$ref` to them needs no network.
const META_SCHEMAS: [(&str, Draft, &str); 3] = [
    ("http://json-schema.org/draft-04/schema", Draft::Four, include_str!("draft-04.json")),
    ("http://json-schema.org/draft-06/schema", Draft::Six, include_str!("draft-06.json")),
    ("http://json-schema.org/draft-07/schema", Draft::Seven, include_str!("draft-07.json")),
];

/// A part of a document, and the draft its document names.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) node: Json,
    pub(super) draft: Option<Draft>,
}

/// The documents at hand.
#[derive(Debug, Default)]
pub(super) struct Pool {
    parts: HashMap<String, Part>,
    /// What each `$ref` stands for once the `$id`s around it are applied, by the identity of the
    /// object that holds it. Every such object is in `parts`, so identities stay unique.
    references: HashMap<usize, String>,
    /// Keeps documents alive that are in no part.
    roots: Vec<Json>,
}

/// Returns the draft that a document's `$schema` names, if it is a known one.
///
/// # Errors
/// For documents that are no schema and for an unusable `$schema`.
pub(super) fn detect_draft(document: &Json) -> Result<Option<Draft>, SchemaError> {
    let members = match document {
        Json::Bool(_) => return Ok(None),
        Json::Object(members) => members,
        _ => return Err(SchemaError::Document),
    };
    match members.get("$schema") {
        None => Ok(None),
        Some(Json::String(url)) => {
            let url = Url::parse(&url.to_string_lossy())?;
            Ok(Draft::of_url(&url.to_string()))
        }
        Some(_) => Err(SchemaError::Keyword { key: "$schema", kind: "type string" }),
    }
}

impl Pool {
    /// Adds a whole document under its URL, and its parts under their `$id`s.
    ///
    /// # Errors
    /// As [`detect_draft`]; also where the document's own `$id` is taken.
    pub(super) fn add(&mut self, document: &Json, url: &Url) -> Result<(), SchemaError> {
        let key = url.to_string();
        if self.parts.contains_key(&key) {
            return Err(taken(&key));
        }
        let draft = detect_draft(document)?;
        self.roots.push(document.clone());
        let added = self.add_parts(document, url, draft, 0);
        self.parts.insert(key, Part { node: document.clone(), draft });
        added
    }

    fn add_parts(
        &mut self,
        node: &Json,
        base: &Url,
        draft: Option<Draft>,
        depth: usize,
    ) -> Result<(), SchemaError> {
        stack::at_depth(depth, || self.add_parts_here(node, base, draft, depth + 1))
    }

    fn add_parts_here(
        &mut self,
        node: &Json,
        base: &Url,
        draft: Option<Draft>,
        depth: usize,
    ) -> Result<(), SchemaError> {
        let members = match node {
            Json::Array(items) => {
                for item in items.iter() {
                    // Only the outermost mistake counts: what is inside is skipped silently.
                    let _ = self.add_parts(item, base, draft, depth);
                }
                return Ok(());
            }
            Json::Object(members) => members,
            _ => return Ok(()),
        };
        let (mut id, mut new_id, mut reference) = (None, None, None);
        for (name, value) in members.iter() {
            match name.as_bytes() {
                b"id" => id = Some(value),
                b"$id" => new_id = Some(value),
                b"$ref" => reference = Some(value),
                _ => {}
            }
        }
        let mut local = None;
        if let Some(Json::String(id)) = id.or(new_id)
            && let Ok(id) = Url::parse(&id.to_string_lossy())
            && let Ok(url) = inherit(base, &id)
        {
            let key = url.to_string();
            if self.parts.contains_key(&key) {
                return Err(taken(&key));
            }
            self.parts.insert(key, Part { node: node.clone(), draft });
            local = Some(url);
        }
        let base = local.as_ref().unwrap_or(base);
        if let Some(Json::String(reference)) = reference
            && let Ok(reference) = Url::parse(&reference.to_string_lossy())
            && let Ok(url) = inherit(base, &reference)
        {
            self.references.insert(members.identity(), url.to_string());
        }
        for (name, value) in members.iter() {
            match name.as_bytes() {
                // Literal values.
                b"const" | b"enum" => {}
                // The names in these are the user's own, so that one may be called `$ref`.
                b"properties" | b"dependencies" | b"patternProperties" => {
                    if let Json::Object(schemas) = value {
                        for (_, schema) in schemas.iter() {
                            let _ = self.add_parts(schema, base, draft, depth);
                        }
                    }
                }
                _ => {
                    let _ = self.add_parts(value, base, draft, depth);
                }
            }
        }
        Ok(())
    }

    /// Returns the absolute form of the `$ref` in an object, where it has one.
    pub(super) fn reference_in(&self, identity: usize) -> Option<&str> {
        self.references.get(&identity).map(String::as_str)
    }

    /// Returns the part that a reference leads to, loaded if need be.
    ///
    /// # Errors
    /// For references that lead nowhere.
    pub(super) fn get(
        &mut self,
        reference: &Url,
        loader: &dyn Loader,
    ) -> Result<Part, SchemaError> {
        let key = reference.to_string();
        if let Some(part) = self.parts.get(&key) {
            return Ok(part.clone());
        }
        let document_url = reference.without_fragment();
        let document_key = document_url.to_string();
        if let Some(document) = self.parts.get(&document_key) {
            let node = follow(&document.node, &reference.fragment)?;
            let part = Part { node, draft: document.draft };
            self.parts.insert(key, part.clone());
            return Ok(part);
        }
        let is_file = reference.scheme == "file";
        let canonical = if is_file {
            reference.path.starts_with(b"/")
        } else {
            !reference.scheme.is_empty() && !reference.host.is_empty()
        };
        if !canonical {
            return Err(SchemaError::NotCanonical { url: key.into() });
        }
        let document = load(&document_key, is_file, loader)?;
        // Its mistakes show when it is read as a schema.
        let _ = self.add(&document, &document_url);
        let draft = detect_draft(&document).unwrap_or(None);
        Ok(Part { node: follow(&document, &reference.fragment)?, draft })
    }
}

fn taken(key: &str) -> SchemaError {
    SchemaError::ReferenceTaken { url: key.into() }
}

/// Returns a reference as seen from a base URL.
///
/// # Errors
/// Where the outcome is no URL.
pub(super) fn inherit(base: &Url, reference: &Url) -> Result<Url, SchemaError> {
    Ok(Url::parse(&base.without_fragment().resolve(reference).to_string())?)
}

fn load(url: &str, is_file: bool, loader: &dyn Loader) -> Result<Json, SchemaError> {
    let text = if is_file {
        let name = query_unescape(url.strip_prefix("file://").unwrap_or(url));
        let name = name.map_err(SchemaError::FileUrl)?;
        read_file(&name)?
    } else if let Some((_, _, text)) = META_SCHEMAS.iter().find(|(u, _, _)| *u == url) {
        text.as_bytes().to_vec()
    } else {
        loader.load(url).map_err(SchemaError::Load)?
    };
    Ok(decode(&text)?.0)
}

fn read_file(name: &[u8]) -> Result<Vec<u8>, SchemaError> {
    let path = Path::new(OsStr::from_bytes(name));
    read_regular_file(path).map_err(|e| SchemaError::File { reason: read_reason(path, &e).into() })
}

/// Returns the node a JSON pointer leads to. A fragment that is no pointer leads to the document
/// itself.
fn follow(document: &Json, fragment: &[u8]) -> Result<Json, SchemaError> {
    use bstr::ByteSlice;
    let Some(tokens) = fragment.strip_prefix(b"/") else {
        return Ok(document.clone());
    };
    let mut node = document;
    for token in tokens.split_str("/") {
        let shown = token.to_str_lossy();
        node = match node {
            Json::Object(members) => {
                let name = token.replace("~1", "/").replace("~0", "~");
                match members.get_bytes(&name) {
                    Some(node) => node,
                    None => {
                        let name = name.to_str_lossy().into();
                        return Err(SchemaError::NoMember { name });
                    }
                }
            }
            Json::Array(items) => {
                let Ok(at) = shown.parse::<i64>() else {
                    return Err(SchemaError::ArrayIndex { token: shown.into() });
                };
                let found = usize::try_from(at).ok().and_then(|at| items.get(at));
                match found {
                    Some(node) => node,
                    None => {
                        return Err(SchemaError::OutOfBounds { length: items.len(), index: at });
                    }
                }
            }
            _ => return Err(SchemaError::Token { token: shown.into() }),
        };
    }
    Ok(node.clone())
}
