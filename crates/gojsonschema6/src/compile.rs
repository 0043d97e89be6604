//! Compiles schemas into a graph: all that the first one leads to, in the order in which it does.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use foldhash::fast::RandomState;
use gostd::decimal::Decimal;
use gostd::json::tree::{Json, Object};
use gostd::regexp::Checked;
use gostd::value::Str;

use super::Release;
use super::address::{Fragment, Pointer, Pointers, encode, escape, join, split, split_fragment};
use super::draft::{Dialect, Draft};
use super::error::{CheckError, SchemaError};
use super::formats::Format;
use super::node::Node;
use super::plain::is_plain;
use super::roots::Root;
use super::schema::{
    Additional, Combined, Dependency, Document, Enumeration, Graph, Id, Later, NumberRules, Schema,
    TextRules,
};
use super::types::{Type, Types};
use super::validate::{Embedded, check};

/// Fetches a document by its URL.
pub(super) type Loader<'l> = &'l dyn Fn(&str) -> Result<Vec<u8>, String>;

/// Compiles schemas.
pub(super) struct Compiler<'l> {
    pub(super) graph: Graph,
    pub(super) roots: Vec<Root>,
    pub(super) known_roots: HashMap<Rc<str>, Document>,
    /// Documents by their URLs; those of `roots`, and metaschemas.
    pub(super) documents: HashMap<String, Json>,
    pub(super) loader: Loader<'l>,
    /// Whether `format` counts whatever the draft says.
    asserts_format: bool,
    release: Release,
    /// The schema at a part of a document.
    known: HashMap<(Document, Pointer), Id, RandomState>,
    /// What each schema of the graph is compiled from, where that is known already.
    sources: Vec<Option<Json>>,
    /// How many schemas of the graph are compiled.
    compiled: usize,
    /// What a reference without a URL leads to, by the URL of what holds it.
    own_urls: HashMap<Rc<str>, Rc<str>>,
    regexes: HashMap<Str, Rc<Checked>, RandomState>,
}

impl<'l> Compiler<'l> {
    pub(super) fn new(loader: Loader<'l>, asserts_format: bool, release: Release) -> Compiler<'l> {
        Compiler {
            release,
            graph: Graph { schemas: Vec::new(), urls: Vec::new(), pointers: Pointers::new() },
            roots: Vec::new(),
            known_roots: HashMap::new(),
            documents: HashMap::new(),
            loader,
            asserts_format,
            known: HashMap::default(),
            sources: Vec::new(),
            compiled: 0,
            own_urls: HashMap::new(),
            regexes: HashMap::default(),
        }
    }

    /// Compiles the schema at a URL.
    ///
    /// # Errors
    /// What is wrong with it or with one that it leads to.
    pub(super) fn compile(&mut self, url: &str) -> Result<Id, SchemaError> {
        let (document, pointer) = self.resolve(None, &url.into(), &Fragment::default())?;
        let id = self.enqueue(document, pointer, None);
        while let Some(source) = self.sources.get_mut(self.compiled) {
            let source = source.take();
            self.compile_next(Id(self.compiled as u32), source)?;
            self.compiled += 1;
        }
        Ok(id)
    }

    fn enqueue(&mut self, document: Document, pointer: Pointer, source: Option<Json>) -> Id {
        let next = Id(self.graph.schemas.len() as u32);
        let id = *self.known.entry((document, pointer)).or_insert(next);
        if id == next {
            self.graph.schemas.push(Schema::new(document, pointer, id));
            self.sources.push(source);
        }
        id
    }

    fn compile_next(&mut self, id: Id, source: Option<Json>) -> Result<(), SchemaError> {
        let Schema { document, pointer, .. } = *self.graph.get(id);
        self.ensure(document, pointer)?;
        let source = match source {
            Some(source) => source,
            None => self.lookup(document, pointer)?,
        };
        let owner = self.resource_of(document, pointer);
        let resource = &self.root(document).resources[&owner];
        let dialect = resource.dialect;
        let mut schema = Schema::new(document, pointer, id);
        schema.draft = dialect.draft;
        let mut anchors: Vec<(String, Pointer)> = Vec::new();
        if dialect.draft >= Draft::Year2020 && pointer == owner {
            let dynamic: HashSet<&String> = resource.dynamic_anchors.iter().collect();
            let places = dynamic.into_iter().map(|name| (name.clone(), resource.anchors[name]));
            anchors.extend(places);
            anchors.sort();
        }
        let base = resource.id.clone();
        schema.resource = self.enqueue(document, owner, None);
        if !anchors.is_empty() {
            let later = schema.later.get_or_insert_default();
            for (name, pointer) in anchors {
                later.dynamic_anchors.insert(name, self.enqueue(document, pointer, None));
            }
        }
        match &source {
            Json::Bool(pass) => schema.pass = Some(*pass),
            Json::Object(members) if members.iter().len() == 0 => schema.pass = Some(true),
            Json::Object(members) => {
                let at = Place { document, pointer, base, dialect };
                self.compile_object(&mut schema, members, &at)?;
            }
            _ => {}
        }
        finish(&mut schema);
        self.graph.schemas[id.0 as usize] = schema;
        Ok(())
    }

    fn compile_object(
        &mut self,
        schema: &mut Schema,
        members: &Object,
        at: &Place,
    ) -> Result<(), SchemaError> {
        let draft = schema.draft;
        if draft < Draft::Year2019
            && let Some(id) = text(members, draft.id_keyword())
        {
            let (_, fragment) = split(&id);
            if !fragment.is_empty() && split_fragment(&id).is_err() {
                return Err(SchemaError::Anchor {
                    url: self.location(at.document, at.pointer).into(),
                });
            }
        }
        schema.reference = self.reference(members, "$ref", at)?;
        // Beside a reference a few keywords of later drafts count all the same.
        if draft >= Draft::Year2019 || schema.reference.is_none() {
            self.compile_draft4(schema, members, at)?;
        }
        let applies = at.dialect.has("applicator");
        let validates = at.dialect.has("validation");
        if draft >= Draft::Six {
            if applies {
                if let Some(id) = self.property(members, "contains", at) {
                    schema.array.get_or_insert_default().contains = Some(id);
                }
                if let Some(id) = self.property(members, "propertyNames", at) {
                    schema.object.get_or_insert_default().names = Some(id);
                }
            }
            if validates && let Some(value) = members.get("const") {
                schema.values.get_or_insert_default().constant = Some(value.clone());
            }
        }
        if draft >= Draft::Seven
            && applies
            && let Some(condition) = self.property(members, "if", at)
        {
            let combined = schema.combined.get_or_insert_default();
            combined.condition = Some(condition);
            let constant = boolean(members, "if");
            if constant != Some(false) {
                combined.then = self.property(members, "then", at);
            }
            if constant != Some(true) {
                combined.otherwise = self.property(members, "else", at);
            }
        }
        if draft >= Draft::Year2019 {
            self.compile_2019(schema, members, at)?;
        }
        if draft >= Draft::Year2020 {
            self.compile_2020(schema, members, at)?;
        }
        Ok(())
    }

    fn compile_draft4(
        &mut self,
        schema: &mut Schema,
        members: &Object,
        at: &Place,
    ) -> Result<(), SchemaError> {
        if at.dialect.has("applicator") {
            let combined = Combined {
                all_of: self.array(members, "allOf", at),
                any_of: self.array(members, "anyOf", at),
                one_of: self.array(members, "oneOf", at),
                not: self.property(members, "not", at),
                ..Combined::default()
            };
            let is_plain = combined.all_of.is_empty()
                && combined.any_of.is_empty()
                && combined.one_of.is_empty()
                && combined.not.is_none();
            schema.combined = (!is_plain).then(|| Box::new(combined));
            if schema.draft < Draft::Year2020 {
                match members.get("items") {
                    None => {}
                    Some(Json::Array(_)) => {
                        let array = schema.array.get_or_insert_default();
                        array.positional = self.array(members, "items", at);
                        array.additional = self.additional(members, "additionalItems", at);
                    }
                    Some(_) => {
                        let each = self.property(members, "items", at);
                        let array = schema.array.get_or_insert_default();
                        array.additional = each.map(Additional::Schema);
                    }
                }
            }
            self.compile_members(schema, members, at)?;
        }
        if at.dialect.has("validation") {
            self.compile_limits(schema, members, at)?;
        }
        let asserts = self.asserts_format
            || match schema.draft {
                Draft::Year2019 => at.dialect.has("format"),
                Draft::Year2020 => at.dialect.has("format-assertion"),
                _ => true,
            };
        if asserts && let Some(Json::String(name)) = members.get("format") {
            schema.format = Format::named(name, self.release);
        }
        Ok(())
    }

    fn compile_members(
        &mut self,
        schema: &mut Schema,
        members: &Object,
        at: &Place,
    ) -> Result<(), SchemaError> {
        let properties = self.map(members, "properties", at);
        let mut patterns = Vec::new();
        for (source, id) in self.map(members, "patternProperties", at) {
            let regex = self.regex(&source, "patternProperties", at)?;
            patterns.push((regex, id));
        }
        let additional = self.additional(members, "additionalProperties", at);
        let mut dependencies = Vec::new();
        if let Some(Json::Object(listed)) = members.get("dependencies") {
            for (name, value) in sorted(listed) {
                let dependency = match value {
                    Json::Array(names) => Dependency::Members(texts(names)),
                    value => {
                        let below = self.graph.pointers.keyword(at.pointer, "dependencies");
                        let below = self.graph.pointers.child(below, name);
                        Dependency::Schema(self.enqueue(at.document, below, Some(value.clone())))
                    }
                };
                dependencies.push((name.clone(), dependency));
            }
        }
        let is_plain = properties.is_empty()
            && patterns.is_empty()
            && additional.is_none()
            && dependencies.is_empty();
        if !is_plain {
            let object = schema.object.get_or_insert_default();
            object.properties = properties.into_iter().collect();
            object.patterns = patterns;
            object.additional = additional;
            object.dependencies = dependencies;
        }
        Ok(())
    }

    fn compile_limits(
        &mut self,
        schema: &mut Schema,
        members: &Object,
        at: &Place,
    ) -> Result<(), SchemaError> {
        schema.types = members.get("type").map(Types::read).unwrap_or_default();
        if let Some(Json::Array(values)) = members.get("enum") {
            let mut types = Types::default();
            values.iter().for_each(|value| types.add(Type::of(value)));
            let number = |value: &Json| match value {
                Json::Number(text) => Decimal::parse(text),
                _ => None,
            };
            let numbers = values.iter().filter_map(number).collect();
            let enumeration = Enumeration { values: values.clone(), types, numbers };
            schema.values.get_or_insert_default().enumeration = Some(enumeration);
        }
        let mut number = NumberRules {
            multiple_of: decimal(members, "multipleOf"),
            maximum: decimal(members, "maximum"),
            minimum: decimal(members, "minimum"),
            exclusive_maximum: decimal(members, "exclusiveMaximum"),
            exclusive_minimum: decimal(members, "exclusiveMinimum"),
        };
        if boolean(members, "exclusiveMaximum") == Some(true) {
            number.exclusive_maximum = number.maximum.take();
        }
        if boolean(members, "exclusiveMinimum") == Some(true) {
            number.exclusive_minimum = number.minimum.take();
        }
        let has_number = [
            &number.multiple_of,
            &number.maximum,
            &number.minimum,
            &number.exclusive_maximum,
            &number.exclusive_minimum,
        ];
        if has_number.iter().any(|rule| rule.is_some()) {
            schema.number = Some(Box::new(number));
        }
        let (min, max) = (integer(members, "minLength"), integer(members, "maxLength"));
        let pattern = match members.get("pattern") {
            Some(Json::String(source)) => Some(self.regex(source, "pattern", at)?),
            _ => None,
        };
        if min.is_some() || max.is_some() || pattern.is_some() {
            schema.text = Some(Box::new(TextRules { min, max, pattern }));
        }
        let (min, max) = (integer(members, "minItems"), integer(members, "maxItems"));
        let unique = boolean(members, "uniqueItems") == Some(true);
        if min.is_some() || max.is_some() || unique {
            let array = schema.array.get_or_insert_default();
            (array.min, array.max, array.unique) = (min, max, unique);
        }
        let (min, max) = (integer(members, "minProperties"), integer(members, "maxProperties"));
        let required = match members.get("required") {
            Some(Json::Array(names)) => texts(names),
            _ => Vec::new(),
        };
        if min.is_some() || max.is_some() || !required.is_empty() {
            let object = schema.object.get_or_insert_default();
            (object.min, object.max, object.required) = (min, max, required);
        }
        Ok(())
    }

    fn compile_2019(
        &mut self,
        schema: &mut Schema,
        members: &Object,
        at: &Place,
    ) -> Result<(), SchemaError> {
        if let Some(target) = self.reference(members, "$recursiveRef", at)? {
            schema.later.get_or_insert_default().recursive = Some(target);
        }
        schema.is_recursive_anchor = boolean(members, "$recursiveAnchor") == Some(true);
        if at.dialect.has("validation") {
            if let Some(array) = schema.array.as_mut().filter(|array| array.contains.is_some()) {
                array.min_contains = integer(members, "minContains");
                array.max_contains = integer(members, "maxContains");
            }
            if let Some(Json::Object(listed)) = members.get("dependentRequired") {
                let lists = sorted(listed).into_iter().filter_map(|(name, value)| match value {
                    Json::Array(names) => Some((name.clone(), texts(names))),
                    _ => None,
                });
                schema.object.get_or_insert_default().dependent_required = lists.collect();
            }
        }
        if at.dialect.has("applicator") {
            let dependent = self.map(members, "dependentSchemas", at);
            if !dependent.is_empty() {
                schema.object.get_or_insert_default().dependent_schemas = dependent;
            }
        }
        let vocabulary = if schema.draft == Draft::Year2019 { "applicator" } else { "unevaluated" };
        if at.dialect.has(vocabulary) {
            if let Some(id) = self.property(members, "unevaluatedItems", at) {
                schema.array.get_or_insert_default().unevaluated = Some(id);
            }
            if let Some(id) = self.property(members, "unevaluatedProperties", at) {
                schema.object.get_or_insert_default().unevaluated = Some(id);
            }
        }
        Ok(())
    }

    fn compile_2020(
        &mut self,
        schema: &mut Schema,
        members: &Object,
        at: &Place,
    ) -> Result<(), SchemaError> {
        if let Some(target) = self.reference(members, "$dynamicRef", at)? {
            let reference = text(members, "$dynamicRef").unwrap_or_default();
            let (_, fragment) = split_fragment(&reference)?;
            let anchor = fragment.anchor().map(str::to_owned);
            schema.later.get_or_insert_default().dynamic = Some((target, anchor));
        }
        if let Some(anchor) = text(members, "$dynamicAnchor") {
            schema.later.get_or_insert_default().dynamic_anchor = Some(anchor);
        }
        if at.dialect.has("applicator") {
            let positional = self.array(members, "prefixItems", at);
            let each = self.property(members, "items", at);
            if !positional.is_empty() || each.is_some() {
                let array = schema.array.get_or_insert_default();
                array.positional = positional;
                array.additional = each.map(Additional::Schema);
            }
        }
        Ok(())
    }

    fn reference(
        &mut self,
        members: &Object,
        keyword: &str,
        at: &Place,
    ) -> Result<Option<Id>, SchemaError> {
        let Some(reference) = text(members, keyword) else { return Ok(None) };
        let (url, fragment) = match (reference.strip_prefix('#'), self.own_urls.get(&at.base)) {
            (Some(_), Some(url)) => (url.clone(), split_fragment(&reference)?.1),
            (own, _) => {
                let joined = join(&at.base, &reference)?;
                if own.is_some() {
                    self.own_urls.insert(at.base.clone(), joined.0.clone());
                }
                joined
            }
        };
        let (document, pointer) = self.resolve(Some(at.document), &url, &fragment)?;
        Ok(Some(self.enqueue(document, pointer, None)))
    }

    fn property(&mut self, members: &Object, keyword: &'static str, at: &Place) -> Option<Id> {
        let value = members.get(keyword)?;
        let below = self.graph.pointers.keyword(at.pointer, keyword);
        Some(self.enqueue(at.document, below, Some(value.clone())))
    }

    fn array(&mut self, members: &Object, keyword: &'static str, at: &Place) -> Vec<Id> {
        let Some(Json::Array(items)) = members.get(keyword) else { return Vec::new() };
        let below = self.graph.pointers.keyword(at.pointer, keyword);
        let each = items.iter().enumerate().map(|(index, item)| {
            let below = self.graph.pointers.item(below, index);
            self.enqueue(at.document, below, Some(item.clone()))
        });
        each.collect()
    }

    fn map(&mut self, members: &Object, keyword: &'static str, at: &Place) -> Vec<(Str, Id)> {
        let Some(Json::Object(listed)) = members.get(keyword) else { return Vec::new() };
        let below = self.graph.pointers.keyword(at.pointer, keyword);
        let each = sorted(listed).into_iter().map(|(name, value)| {
            let below = self.graph.pointers.child(below, name);
            (name.clone(), self.enqueue(at.document, below, Some(value.clone())))
        });
        each.collect()
    }

    fn additional(
        &mut self,
        members: &Object,
        keyword: &'static str,
        at: &Place,
    ) -> Option<Additional> {
        match boolean(members, keyword) {
            Some(allowed) => Some(Additional::Allowed(allowed)),
            None => self.property(members, keyword, at).map(Additional::Schema),
        }
    }

    fn regex(
        &mut self,
        source: &Str,
        keyword: &str,
        at: &Place,
    ) -> Result<Rc<Checked>, SchemaError> {
        if let Some(known) = self.regexes.get(source) {
            return Ok(known.clone());
        }
        match Checked::new(&source.to_string_lossy()) {
            Ok(regex) => {
                let regex = Rc::new(regex);
                self.regexes.insert(source.clone(), regex.clone());
                Ok(regex)
            }
            Err(error) => {
                let location = self.location(at.document, at.pointer);
                Err(SchemaError::Regex {
                    regex: source.to_string_lossy().into(),
                    url: format!("{location}/{}", encode(&escape(keyword))).into(),
                    error,
                })
            }
        }
    }

    /// Holds the metaschema of a part of a document against it.
    pub(super) fn check_schema(
        &self,
        document: Document,
        schema: &Json,
        pointer: Pointer,
    ) -> Result<(), SchemaError> {
        let dialect = self.resource(document, pointer).dialect;
        let resources = &self.root(document).resources;
        let is_single = resources.len() == 1 && dialect.vocabularies.is_none();
        if is_single && is_plain(dialect.draft, schema, 0) {
            return Ok(());
        }
        METASCHEMAS.with_borrow_mut(|metaschemas| {
            let metaschema = metaschemas.of(dialect)?;
            let mut embedded = Embedded::default();
            if resources.len() > 1 {
                for (pointer, resource) in resources {
                    let pointer = self.graph.pointers.text(*pointer);
                    embedded.insert(pointer, metaschemas.of(resource.dialect)?);
                }
            }
            let graph = &metaschemas.compiler.graph;
            let found = check(graph, metaschema, Node::Json(schema), &embedded, self.release);
            let url = || self.location(document, pointer).into();
            match found {
                Ok(None) => Ok(()),
                Ok(Some(violations)) => Err(SchemaError::Metaschema { url: url(), violations }),
                Err(error) => Err(SchemaError::Check(error)),
            }
        })
    }
}

/// The part of a document that is being compiled.
struct Place {
    document: Document,
    pointer: Pointer,
    /// The URL that references are seen from.
    base: Rc<str>,
    dialect: Dialect,
}

/// The metaschemas that a thread has compiled.
struct Metaschemas {
    compiler: Compiler<'static>,
    known: HashMap<Dialect, Id>,
}

thread_local! {
    static METASCHEMAS: RefCell<Metaschemas> = RefCell::new(Metaschemas {
        compiler: Compiler::new(&|url| Err(format!("no loader for {url}")), true, Release::V6_0_3),
        known: HashMap::new(),
    });
}

impl Metaschemas {
    fn of(&mut self, dialect: Dialect) -> Result<Id, SchemaError> {
        if let Some(known) = self.known.get(&dialect) {
            return Ok(*known);
        }
        let id = match dialect.metaschemas() {
            None => self.compiler.compile(dialect.draft.url())?,
            Some(urls) => {
                let each = urls.iter().map(|url| self.compiler.compile(url));
                let all_of = each.collect::<Result<_, _>>()?;
                self.compiler.combine(dialect.draft, all_of)
            }
        };
        self.known.insert(dialect, id);
        Ok(id)
    }
}

impl Compiler<'_> {
    /// Adds a schema that asks for several others.
    fn combine(&mut self, draft: Draft, all_of: Vec<Id>) -> Id {
        let id = Id(self.graph.schemas.len() as u32);
        let mut schema = Schema::new(Document(u32::MAX), Pointer::ROOT, id);
        schema.draft = draft;
        schema.combined = Some(Box::new(Combined { all_of, ..Combined::default() }));
        if draft >= Draft::Year2020 {
            let anchor = "meta".to_owned();
            schema.later = Some(Box::new(Later {
                dynamic_anchors: HashMap::from([(anchor.clone(), id)]),
                dynamic_anchor: Some(anchor),
                ..Later::default()
            }));
        }
        self.graph.schemas.push(schema);
        self.sources.push(None);
        self.compiled = self.graph.schemas.len();
        id
    }
}

/// Notes what of a value a schema looks at by itself.
fn finish(schema: &mut Schema) {
    schema.has_all_members_evaluated =
        schema.object.as_ref().is_some_and(|object| object.additional.is_some());
    if let Some(array) = &schema.array {
        schema.has_all_items_evaluated = array.additional.is_some();
        schema.evaluated_items = array.positional.len();
    }
}

/// Returns members in byte order of their names.
fn sorted(members: &Object) -> Vec<(&Str, &Json)> {
    let mut list: Vec<_> = members.iter().map(|(name, value)| (name, value)).collect();
    list.sort_by_key(|(name, _)| *name);
    list
}

fn text(members: &Object, keyword: &str) -> Option<String> {
    match members.get(keyword) {
        Some(Json::String(text)) => Some(text.to_string_lossy().into_owned()),
        _ => None,
    }
}

fn texts(items: &[Json]) -> Vec<Str> {
    let text = |item: &Json| match item {
        Json::String(text) => Some(text.clone()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

fn boolean(members: &Object, keyword: &str) -> Option<bool> {
    match members.get(keyword) {
        Some(Json::Bool(b)) => Some(*b),
        _ => None,
    }
}

fn decimal(members: &Object, keyword: &str) -> Option<Decimal> {
    match members.get(keyword) {
        Some(Json::Number(text)) => Decimal::parse(text),
        _ => None,
    }
}

fn integer(members: &Object, keyword: &str) -> Option<i64> {
    decimal(members, keyword).filter(Decimal::is_integer).map(|number| number.low_bits())
}

impl From<CheckError> for SchemaError {
    fn from(error: CheckError) -> SchemaError {
        SchemaError::Check(error)
    }
}
