//! Loads documents, and finds in each the parts that have a URL or an anchor of their own.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use foldhash::fast::RandomState;
use gostd::json::tree::{Json, Object, decode};
use gostd::stack;
use gostd::url::Url;

use super::address::{Fragment, Pointer, encode, join, split, split_fragment};
use super::compile::Compiler;
use super::draft::{self, Dialect, Draft, LATEST, Place};
use super::error::SchemaError;
use super::keywords::Keyword;
use super::schema::Document;

/// A loaded document.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) url: Rc<str>,
    pub(super) document: Json,
    pub(super) resources: HashMap<Pointer, Resource, RandomState>,
    /// Which resource has a URL.
    by_id: HashMap<Rc<str>, Pointer>,
}

/// A part of a document that has a URL of its own, or the whole.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) id: Rc<str>,
    pub(super) dialect: Dialect,
    pub(super) anchors: HashMap<String, Pointer>,
    pub(super) dynamic_anchors: Vec<String>,
}

/// Decodes a document as the validator does.
///
/// # Errors
/// [`SchemaError::Decode`], [`SchemaError::AfterValue`].
pub(super) fn unmarshal(text: &[u8]) -> Result<Json, SchemaError> {
    let (document, length) = decode(text).map_err(SchemaError::Decode)?;
    let rest = text.get(length..).unwrap_or_default();
    let is_space = rest.iter().all(|c| matches!(c, b' ' | b'\t' | b'\r' | b'\n'));
    if is_space { Ok(document) } else { Err(SchemaError::AfterValue) }
}

/// Returns the URL of `$schema`, if it is a text.
fn schema_keyword(members: &Object) -> Option<String> {
    match members.get("$schema") {
        Some(Json::String(url)) => Some(url.to_string_lossy().into_owned()),
        _ => None,
    }
}

/// Returns whether a schema has a keyword that names it, another one, or a metaschema.
fn has_name(members: &Object) -> bool {
    let old = Keyword::IdOfDraft4.name();
    members.iter().any(|(name, _)| name.starts_with(b"$") || name.as_bytes() == old.as_bytes())
}

/// Where a schema stands, and what holds for it.
#[derive(Clone, Copy)]
struct Spot<'s> {
    root: Document,
    /// The URL that its references are relative to.
    base: &'s Rc<str>,
    pointer: Pointer,
    /// The dialect where it names none.
    fallback: Dialect,
    depth: usize,
}

impl Compiler<'_> {
    pub(super) fn root(&self, document: Document) -> &Root {
        &self.roots[document.0 as usize]
    }

    fn root_mut(&mut self, document: Document) -> &mut Root {
        &mut self.roots[document.0 as usize]
    }

    /// Returns the pointer to the resource that a part of a document belongs to.
    pub(super) fn resource_of(&self, document: Document, pointer: Pointer) -> Pointer {
        let resources = &self.root(document).resources;
        let mut at = pointer;
        if resources.len() == 1 {
            return Pointer::ROOT;
        }
        loop {
            match self.graph.pointers.parent(at) {
                _ if resources.contains_key(&at) => return at,
                Some(parent) => at = parent,
                None => return Pointer::ROOT,
            }
        }
    }

    pub(super) fn resource(&self, document: Document, pointer: Pointer) -> &Resource {
        let at = self.resource_of(document, pointer);
        &self.root(document).resources[&at]
    }

    fn load(&mut self, url: &str) -> Result<Json, SchemaError> {
        if let Some(document) = self.documents.get(url) {
            return Ok(document.clone());
        }
        let document = match draft::metaschema(url) {
            Some(text) => unmarshal(text.as_bytes())?,
            None => {
                let failed = |why: String| SchemaError::Load { url: url.into(), why: why.into() };
                let text = (self.loader)(url).map_err(failed)?;
                unmarshal(&text).map_err(|error| failed(error.to_string()))?
            }
        };
        self.documents.insert(url.into(), document.clone());
        Ok(document)
    }

    /// Returns a document, loaded if need be, its schemas held against the metaschema.
    ///
    /// # Errors
    /// A document that cannot be had or is no schema.
    pub(super) fn root_of(&mut self, url: &Rc<str>) -> Result<Document, SchemaError> {
        if let Some(known) = self.known_roots.get(url) {
            return Ok(*known);
        }
        let document = self.load(url)?;
        let id = Document(self.roots.len() as u32);
        self.roots.push(Root {
            url: url.clone(),
            document: document.clone(),
            resources: HashMap::default(),
            by_id: HashMap::default(),
        });
        self.graph.urls.push(url.clone());
        let draft = if self.settings.is_draft4 { Draft::Four } else { LATEST };
        let dialect = Dialect { draft, vocabularies: None };
        let spot =
            Spot { root: id, base: url, pointer: Pointer::ROOT, fallback: dialect, depth: 0 };
        self.collect(&document, spot)?;
        if draft::published(url).is_none() {
            self.check_schema(id, &document, Pointer::ROOT)?;
        }
        self.known_roots.insert(url.clone(), id);
        Ok(id)
    }

    /// Finds resources and anchors in a schema and in those that it holds.
    fn collect(&mut self, schema: &Json, spot: Spot<'_>) -> Result<(), SchemaError> {
        let Spot { root, base, pointer, fallback, depth } = spot;
        if self.processed.get(root, pointer).is_some() {
            return Ok(());
        }
        match schema {
            Json::Object(members) => {
                stack::at_depth(depth, || self.collect_object(schema, members, spot))?
            }
            _ if pointer == Pointer::ROOT => self.add_resource(root, pointer, base, fallback),
            _ => {}
        }
        self.processed.insert(root, pointer, ());
        Ok(())
    }

    fn add_resource(&mut self, root: Document, at: Pointer, id: &Rc<str>, dialect: Dialect) {
        let resource = Resource {
            id: id.clone(),
            dialect,
            anchors: HashMap::new(),
            dynamic_anchors: Vec::new(),
        };
        let root = self.root_mut(root);
        root.by_id.insert(id.clone(), at);
        root.resources.insert(at, resource);
    }

    fn collect_object(
        &mut self,
        schema: &Json,
        members: &Object,
        spot: Spot<'_>,
    ) -> Result<(), SchemaError> {
        let Spot { root, pointer, fallback, depth, .. } = spot;
        // Nearly all have neither a name nor a metaschema of their own.
        let is_named = pointer == Pointer::ROOT || has_name(members);
        let (base, draft, dialect) = match is_named {
            true => self.collect_named(schema, members, spot)?,
            false => (spot.base.clone(), fallback.draft, fallback),
        };
        let base = &base;
        let at = |pointer| Spot { root, base, pointer, fallback: dialect, depth: depth + 1 };
        for (name, value) in members.iter() {
            let Some(place) = draft.place(name) else { continue };
            let below = self.graph.pointers.child(pointer, name);
            if matches!(place, Place::Value | Place::ValueAndItems) {
                self.collect(value, at(below))?;
            }
            match (place, value) {
                (Place::Members, Json::Object(members)) => {
                    for (name, value) in members.iter() {
                        let pointer = self.graph.pointers.child(below, name);
                        self.collect(value, at(pointer))?;
                    }
                }
                (Place::Items | Place::ValueAndItems, Json::Array(items)) => {
                    for (index, value) in items.iter().enumerate() {
                        let pointer = self.graph.pointers.item(below, index);
                        self.collect(value, at(pointer))?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Notes what a schema is named and which metaschema it names; answers the URL that those in it are seen from, the
    /// draft that says which those are, and what they are written in.
    fn collect_named(
        &mut self,
        schema: &Json,
        members: &Object,
        spot: Spot<'_>,
    ) -> Result<(Rc<str>, Draft, Dialect), SchemaError> {
        let Spot { root, base, pointer, fallback, .. } = spot;
        let mut metaschema = schema_keyword(members);
        let mut draft = match &metaschema {
            Some(_) => self.draft(root, pointer, schema, fallback.draft)?,
            None => fallback.draft,
        };
        let mut id = draft.id(members);
        if id.is_none() && pointer != Pointer::ROOT {
            // `$schema` counts only beside `$id`.
            draft = fallback.draft;
            metaschema = None;
            id = draft.id(members);
        }
        let mut base = base.clone();
        if let Some(id) = &id {
            match join(&base, id) {
                Ok((url, _)) => base = url,
                Err(_) => {
                    let url = self.location(root, pointer).into();
                    return Err(SchemaError::Id { url });
                }
            }
        }
        if id.is_some() || pointer == Pointer::ROOT {
            match self.root(root).by_id.get(&base).copied() {
                None => {
                    let dialect = match metaschema {
                        Some(url) => {
                            let vocabularies = self.vocabularies(&url, draft)?;
                            Dialect { draft, vocabularies }
                        }
                        None => fallback,
                    };
                    self.add_resource(root, pointer, &base, dialect);
                }
                Some(taken) if taken != pointer => {
                    let text = |at| self.graph.pointers.text(at).into();
                    return Err(SchemaError::DuplicateId {
                        id: (*base).into(),
                        url: (*self.root(root).url).into(),
                        pointers: [text(pointer), text(taken)],
                    });
                }
                Some(_) => {}
            }
        }
        let owner = self.root(root).by_id.get(&base).copied().unwrap_or(Pointer::ROOT);
        self.collect_anchors(root, members, pointer, owner)?;
        let dialect = self.root(root).resources[&owner].dialect;
        Ok((base, draft, dialect))
    }

    pub(super) fn location(&self, root: Document, pointer: Pointer) -> String {
        self.graph.pointers.location(&self.root(root).url, pointer)
    }

    /// Returns the draft that a schema is written in, through metaschemas of one's own.
    fn draft(
        &mut self,
        root: Document,
        pointer: Pointer,
        schema: &Json,
        fallback: Draft,
    ) -> Result<Draft, SchemaError> {
        let mut met: HashSet<String> = HashSet::new();
        let mut schema = schema.clone();
        let mut place = self.location(root, pointer);
        let mut own = (pointer == Pointer::ROOT).then(|| self.root(root).url.to_string());
        loop {
            let Json::Object(members) = &schema else { return Ok(fallback) };
            let Some(url) = schema_keyword(members) else { return Ok(fallback) };
            if let Some(draft) = Draft::of_url(&url) {
                return Ok(draft);
            }
            let url = split(&url).0.to_owned();
            if let Err(error) = Url::parse(&url) {
                return Err(SchemaError::MetaschemaUrl { url: place.into(), error });
            }
            if own.as_ref() == Some(&url) {
                return Err(SchemaError::UnsupportedDraft { url: url.into() });
            }
            if !met.insert(url.clone()) {
                return Err(SchemaError::MetaschemaCycle { url: url.into() });
            }
            schema = self.load(&url)?;
            place = format!("{url}#");
            own = Some(url);
        }
    }

    fn vocabularies(
        &mut self,
        url: &str,
        draft: Draft,
    ) -> Result<Option<draft::Vocabularies>, SchemaError> {
        if Draft::of_url(url).is_some() {
            return Ok(None);
        }
        let (url, _) = split(url);
        let metaschema = self.load(url)?;
        draft.required_vocabularies(url, &metaschema)
    }

    fn collect_anchors(
        &mut self,
        root: Document,
        members: &Object,
        pointer: Pointer,
        owner: Pointer,
    ) -> Result<(), SchemaError> {
        let draft = self.root(root).resources[&owner].dialect.draft;
        let text = |name: &str| match members.get(name) {
            Some(Json::String(text)) => Some(text.to_string_lossy().into_owned()),
            _ => None,
        };
        if draft < Draft::Year2019 {
            // All else beside a reference is ignored.
            if members.get("$ref").is_some() {
                return Ok(());
            }
            if let Some(id) = text(draft.id_keyword().name()) {
                let Ok((_, fragment)) = split_fragment(&id) else {
                    return Err(SchemaError::Anchor { url: self.location(root, pointer).into() });
                };
                if let Some(anchor) = fragment.anchor() {
                    self.add_anchor(root, anchor.to_owned(), pointer, owner)?;
                }
            }
            return Ok(());
        }
        if let Some(anchor) = text("$anchor") {
            self.add_anchor(root, anchor, pointer, owner)?;
        }
        if draft >= Draft::Year2020
            && let Some(anchor) = text("$dynamicAnchor")
        {
            self.add_anchor(root, anchor.clone(), pointer, owner)?;
            let resource = self.root_mut(root).resources.get_mut(&owner);
            resource.into_iter().for_each(|r| r.dynamic_anchors.push(anchor.clone()));
        }
        Ok(())
    }

    fn add_anchor(
        &mut self,
        root: Document,
        anchor: String,
        pointer: Pointer,
        owner: Pointer,
    ) -> Result<(), SchemaError> {
        let Some(resource) = self.root_mut(root).resources.get_mut(&owner) else { return Ok(()) };
        let first = *resource.anchors.entry(anchor.clone()).or_insert(pointer);
        if first == pointer {
            return Ok(());
        }
        let text = |at| self.graph.pointers.text(at).into();
        Err(SchemaError::DuplicateAnchor {
            anchor: anchor.into(),
            url: (*self.root(root).url).into(),
            pointers: [text(first), text(pointer)],
        })
    }

    /// Makes sure that a part of a document was looked at as a schema, wherever it stands.
    ///
    /// # Errors
    /// A part that is not there or is no schema.
    pub(super) fn ensure(&mut self, root: Document, pointer: Pointer) -> Result<(), SchemaError> {
        if self.processed.get(root, pointer).is_some() {
            return Ok(());
        }
        let schema = self.lookup(root, pointer)?;
        let owner = self.resource_of(root, pointer);
        let resource = &self.root(root).resources[&owner];
        let (base, dialect) = (resource.id.clone(), resource.dialect);
        let spot = Spot { root, base: &base, pointer, fallback: dialect, depth: 0 };
        self.collect(&schema, spot)?;
        if !self.root(root).resources.contains_key(&pointer)
            && let Json::Object(members) = &schema
        {
            let owner = self.resource_of(root, pointer);
            self.collect_anchors(root, members, pointer, owner)?;
        }
        self.check_schema(root, &schema, pointer)
    }

    pub(super) fn lookup(&self, root: Document, pointer: Pointer) -> Result<Json, SchemaError> {
        let root = self.root(root);
        self.graph.pointers.lookup(&root.url, pointer, &root.document)
    }

    /// Returns the part of a document that a fragment names, as seen from a resource.
    fn fragment_in(
        &mut self,
        root: Document,
        fragment: &Fragment,
        owner: Pointer,
    ) -> Result<(Document, Pointer), SchemaError> {
        let Some(anchor) = fragment.anchor() else {
            return Ok((root, self.graph.pointers.join(owner, &fragment.0)));
        };
        let found = self.root(root);
        let resource = &found.resources[&owner];
        match resource.anchors.get(anchor) {
            Some(pointer) => Ok((root, *pointer)),
            None => Err(SchemaError::AnchorNotFound {
                url: (*found.url).into(),
                reference: format!("{}#{}", resource.id, encode(anchor)).into(),
            }),
        }
    }

    /// Returns the part of a document that a URL names, in this document or in another one.
    ///
    /// # Errors
    /// A URL that leads nowhere.
    pub(super) fn resolve(
        &mut self,
        from: Option<Document>,
        url: &Rc<str>,
        fragment: &Fragment,
    ) -> Result<(Document, Pointer), SchemaError> {
        if let Some(root) = from {
            let own = *self.root(root).url == **url;
            let inner = self.root(root).by_id.get(url).copied();
            if let Some(owner) = if own { Some(Pointer::ROOT) } else { inner } {
                return self.fragment_in(root, fragment, owner);
            }
        }
        let root = self.root_of(url)?;
        self.fragment_in(root, fragment, Pointer::ROOT)
    }
}
