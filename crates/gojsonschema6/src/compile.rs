//! Compiles schemas into a graph: all that the first one leads to, in the order in which it does.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use foldhash::fast::RandomState;
use gostd::decimal::Decimal;
use gostd::json::tree::{Json, Object};
use gostd::regexp::Checked;
use gostd::value::Str;

use super::address::{Fragment, Pointer, Pointers, encode, escape, join, split, split_fragment};
use super::draft::{Dialect, Draft};
use super::error::{CheckError, SchemaError};
use super::formats::Format;
use super::keywords::{Keyword, Keywords, Set};
use super::node::Node;
use super::plain::is_plain;
use super::roots::Root;
use super::schema::{
    Additional, Combined, Dependency, Document, Enumeration, Graph, Id, Later, NumberRules, Parts,
    Schema, TextRules,
};
use super::types::{Type, Types};
use super::validate::{Embedded, check};
use super::{Release, Settings};

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
    pub(super) settings: Settings,
    /// Which parts of documents were looked at as schemas.
    pub(super) processed: Parts<()>,
    /// The schema at a part of a document.
    known: Parts<Id>,
    /// What each schema is compiled from. The graph has the first of them; the others wait.
    sources: Vec<Source>,
    /// What a reference without a URL leads to, by the URL of what holds it.
    own_urls: HashMap<Rc<str>, Rc<str>>,
    regexes: HashMap<Str, Rc<Checked>, RandomState>,
}

impl<'l> Compiler<'l> {
    pub(super) fn new(
        loader: Loader<'l>,
        asserts_format: bool,
        settings: Settings,
    ) -> Compiler<'l> {
        Compiler {
            settings,
            graph: Graph { schemas: Vec::new(), urls: Vec::new(), pointers: Pointers::new() },
            roots: Vec::new(),
            known_roots: HashMap::new(),
            documents: HashMap::new(),
            loader,
            asserts_format,
            processed: Parts::default(),
            known: Parts::default(),
            sources: Vec::new(),
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
        while let Some(source) = self.sources.get_mut(self.graph.schemas.len()) {
            let source = Source { schema: source.schema.take(), ..*source };
            let schema = self.compile_next(source)?;
            self.graph.schemas.push(schema);
        }
        Ok(id)
    }

    fn enqueue(&mut self, document: Document, pointer: Pointer, schema: Option<Json>) -> Id {
        if let Some(known) = self.known.get(document, pointer) {
            return known;
        }
        let next = Id(self.sources.len() as u32);
        self.known.insert(document, pointer, next);
        self.sources.push(Source { document, pointer, schema });
        next
    }

    fn compile_next(&mut self, source: Source) -> Result<Schema, SchemaError> {
        let Source { document, pointer, schema } = source;
        self.ensure(document, pointer)?;
        let source = match schema {
            Some(schema) => schema,
            None => self.lookup(document, pointer)?,
        };
        let owner = self.resource_of(document, pointer);
        let resource = &self.root(document).resources[&owner];
        let dialect = resource.dialect;
        let id = Id(self.graph.schemas.len() as u32);
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
                self.compile_object(&mut schema, &Keywords::of(members), &at)?;
            }
            _ => {}
        }
        finish(&mut schema);
        Ok(schema)
    }

    fn compile_object(
        &mut self,
        schema: &mut Schema,
        members: &Keywords<'_>,
        at: &Place,
    ) -> Result<(), SchemaError> {
        let draft = schema.draft;
        if draft < Draft::Year2019
            && let Some(id) = members.text(draft.id_keyword())
        {
            let (_, fragment) = split(&id);
            if !fragment.is_empty() && split_fragment(&id).is_err() {
                return Err(SchemaError::Anchor {
                    url: self.location(at.document, at.pointer).into(),
                });
            }
        }
        schema.reference = self.reference(members, Keyword::Ref, at)?;
        // Beside a reference a few keywords of later drafts count all the same.
        if draft >= Draft::Year2019 || schema.reference.is_none() {
            self.compile_draft4(schema, members, at)?;
        }
        let applies = at.dialect.has("applicator");
        let validates = at.dialect.has("validation");
        if draft >= Draft::Six {
            if applies {
                if let Some(id) = self.property(members, Keyword::Contains, at) {
                    schema.array.get_or_insert_default().contains = Some(id);
                }
                if let Some(id) = self.property(members, Keyword::PropertyNames, at) {
                    schema.object.get_or_insert_default().names = Some(id);
                }
            }
            if validates && let Some(value) = members.get(Keyword::Const) {
                schema.values.get_or_insert_default().constant = Some(value.clone());
            }
        }
        if draft >= Draft::Seven
            && applies
            && let Some(condition) = self.property(members, Keyword::If, at)
        {
            let combined = schema.combined.get_or_insert_default();
            combined.condition = Some(condition);
            let constant = members.boolean(Keyword::If);
            if constant != Some(false) {
                combined.then = self.property(members, Keyword::Then, at);
            }
            if constant != Some(true) {
                combined.otherwise = self.property(members, Keyword::Else, at);
            }
        }
        if draft >= Draft::Year2019 && members.has_any(LATER) {
            self.compile_2019(schema, members, at)?;
            if draft >= Draft::Year2020 {
                self.compile_2020(schema, members, at)?;
            }
        }
        Ok(())
    }

    fn compile_draft4(
        &mut self,
        schema: &mut Schema,
        members: &Keywords<'_>,
        at: &Place,
    ) -> Result<(), SchemaError> {
        if at.dialect.has("applicator") {
            if members.has_any(COMBINED) {
                let combined = Combined {
                    all_of: self.array(members, Keyword::AllOf, at),
                    any_of: self.array(members, Keyword::AnyOf, at),
                    one_of: self.array(members, Keyword::OneOf, at),
                    not: self.property(members, Keyword::Not, at),
                    ..Combined::default()
                };
                let is_plain = combined.all_of.is_empty()
                    && combined.any_of.is_empty()
                    && combined.one_of.is_empty()
                    && combined.not.is_none();
                schema.combined = (!is_plain).then(|| Box::new(combined));
            }
            if schema.draft < Draft::Year2020 {
                match members.get(Keyword::Items) {
                    None => {}
                    Some(Json::Array(_)) => {
                        let array = schema.array.get_or_insert_default();
                        array.positional = self.array(members, Keyword::Items, at);
                        array.additional = self.additional(members, Keyword::AdditionalItems, at);
                    }
                    Some(_) => {
                        let each = self.property(members, Keyword::Items, at);
                        let array = schema.array.get_or_insert_default();
                        array.additional = each.map(Additional::Schema);
                    }
                }
            }
            if members.has_any(MEMBERS) {
                self.compile_members(schema, members, at)?;
            }
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
        if asserts && let Some(Json::String(name)) = members.get(Keyword::Format) {
            schema.format = Format::named(name, self.settings);
        }
        Ok(())
    }

    fn compile_members(
        &mut self,
        schema: &mut Schema,
        members: &Keywords<'_>,
        at: &Place,
    ) -> Result<(), SchemaError> {
        let properties = self.map(members, Keyword::Properties, at);
        let mut patterns = Vec::new();
        for (source, id) in self.map(members, Keyword::PatternProperties, at) {
            let regex = self.regex(&source, Keyword::PatternProperties, at)?;
            patterns.push((regex, id));
        }
        let additional = self.additional(members, Keyword::AdditionalProperties, at);
        let mut dependencies = Vec::new();
        if let Some(Json::Object(listed)) = members.get(Keyword::Dependencies) {
            for (name, value) in sorted(listed) {
                let dependency = match value {
                    Json::Array(names) => Dependency::Members(texts(names)),
                    value => {
                        let below =
                            self.graph.pointers.keyword(at.pointer, Keyword::Dependencies.name());
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
            object.properties = properties;
            object.patterns = patterns;
            object.additional = additional;
            object.dependencies = dependencies;
        }
        Ok(())
    }

    fn compile_limits(
        &mut self,
        schema: &mut Schema,
        members: &Keywords<'_>,
        at: &Place,
    ) -> Result<(), SchemaError> {
        schema.types = members.get(Keyword::Type).map(Types::read).unwrap_or_default();
        if let Some(Json::Array(values)) = members.get(Keyword::Enum) {
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
        if members.has_any(NUMBERS) {
            schema.number = number_rules(members).map(Box::new);
        }
        if !members.has_any(SIZES) {
            return Ok(());
        }
        let (min, max) = (members.integer(Keyword::MinLength), members.integer(Keyword::MaxLength));
        let pattern = match members.get(Keyword::Pattern) {
            Some(Json::String(source)) => Some(self.regex(source, Keyword::Pattern, at)?),
            _ => None,
        };
        if min.is_some() || max.is_some() || pattern.is_some() {
            schema.text = Some(Box::new(TextRules { min, max, pattern }));
        }
        let (min, max) = (members.integer(Keyword::MinItems), members.integer(Keyword::MaxItems));
        let unique = members.boolean(Keyword::UniqueItems) == Some(true);
        if min.is_some() || max.is_some() || unique {
            let array = schema.array.get_or_insert_default();
            (array.min, array.max, array.unique) = (min, max, unique);
        }
        let (min, max) =
            (members.integer(Keyword::MinProperties), members.integer(Keyword::MaxProperties));
        let required = match members.get(Keyword::Required) {
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
        members: &Keywords<'_>,
        at: &Place,
    ) -> Result<(), SchemaError> {
        if let Some(target) = self.reference(members, Keyword::RecursiveRef, at)? {
            schema.later.get_or_insert_default().recursive = Some(target);
        }
        schema.is_recursive_anchor = members.boolean(Keyword::RecursiveAnchor) == Some(true);
        if at.dialect.has("validation") {
            if let Some(array) = schema.array.as_mut().filter(|array| array.contains.is_some()) {
                array.min_contains = members.integer(Keyword::MinContains);
                array.max_contains = members.integer(Keyword::MaxContains);
            }
            if let Some(Json::Object(listed)) = members.get(Keyword::DependentRequired) {
                let lists = sorted(listed).into_iter().filter_map(|(name, value)| match value {
                    Json::Array(names) => Some((name.clone(), texts(names))),
                    _ => None,
                });
                schema.object.get_or_insert_default().dependent_required = lists.collect();
            }
        }
        if at.dialect.has("applicator") {
            let dependent = self.map(members, Keyword::DependentSchemas, at);
            if !dependent.is_empty() {
                schema.object.get_or_insert_default().dependent_schemas = dependent;
            }
        }
        let vocabulary = if schema.draft == Draft::Year2019 { "applicator" } else { "unevaluated" };
        if at.dialect.has(vocabulary) {
            if let Some(id) = self.property(members, Keyword::UnevaluatedItems, at) {
                schema.array.get_or_insert_default().unevaluated = Some(id);
            }
            if let Some(id) = self.property(members, Keyword::UnevaluatedProperties, at) {
                schema.object.get_or_insert_default().unevaluated = Some(id);
            }
        }
        Ok(())
    }

    fn compile_2020(
        &mut self,
        schema: &mut Schema,
        members: &Keywords<'_>,
        at: &Place,
    ) -> Result<(), SchemaError> {
        if let Some(target) = self.reference(members, Keyword::DynamicRef, at)? {
            let reference = members.text(Keyword::DynamicRef).unwrap_or_default();
            let (_, fragment) = split_fragment(&reference)?;
            let anchor = fragment.anchor().map(str::to_owned);
            schema.later.get_or_insert_default().dynamic = Some((target, anchor));
        }
        if let Some(anchor) = members.text(Keyword::DynamicAnchor) {
            schema.later.get_or_insert_default().dynamic_anchor = Some(anchor);
        }
        if at.dialect.has("applicator") {
            let positional = self.array(members, Keyword::PrefixItems, at);
            let each = self.property(members, Keyword::Items, at);
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
        members: &Keywords<'_>,
        keyword: Keyword,
        at: &Place,
    ) -> Result<Option<Id>, SchemaError> {
        let Some(reference) = members.text(keyword) else { return Ok(None) };
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

    fn property(&mut self, members: &Keywords<'_>, keyword: Keyword, at: &Place) -> Option<Id> {
        let value = members.get(keyword)?;
        let below = self.graph.pointers.keyword(at.pointer, keyword.name());
        Some(self.enqueue(at.document, below, Some(value.clone())))
    }

    fn array(&mut self, members: &Keywords<'_>, keyword: Keyword, at: &Place) -> Vec<Id> {
        let Some(items) = members.array(keyword) else { return Vec::new() };
        let below = self.graph.pointers.keyword(at.pointer, keyword.name());
        let each = items.iter().enumerate().map(|(index, item)| {
            let below = self.graph.pointers.item(below, index);
            self.enqueue(at.document, below, Some(item.clone()))
        });
        each.collect()
    }

    fn map(&mut self, members: &Keywords<'_>, keyword: Keyword, at: &Place) -> Vec<(Str, Id)> {
        let Some(listed) = members.object(keyword) else { return Vec::new() };
        let below = self.graph.pointers.keyword(at.pointer, keyword.name());
        let each = sorted(listed).into_iter().map(|(name, value)| {
            let below = self.graph.pointers.child(below, name);
            (name.clone(), self.enqueue(at.document, below, Some(value.clone())))
        });
        each.collect()
    }

    fn additional(
        &mut self,
        members: &Keywords<'_>,
        keyword: Keyword,
        at: &Place,
    ) -> Option<Additional> {
        match members.boolean(keyword) {
            Some(allowed) => Some(Additional::Allowed(allowed)),
            None => self.property(members, keyword, at).map(Additional::Schema),
        }
    }

    fn regex(
        &mut self,
        source: &Str,
        keyword: Keyword,
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
                    url: format!("{location}/{}", encode(&escape(keyword.name()))).into(),
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
            let found =
                check(graph, metaschema, Node::Json(schema), &embedded, self.settings.release);
            let url = || self.location(document, pointer).into();
            match found {
                Ok(None) => Ok(()),
                Ok(Some(violations)) => Err(SchemaError::Metaschema { url: url(), violations }),
                Err(error) => Err(SchemaError::Check(error)),
            }
        })
    }
}

/// A part of a document that a schema is compiled from.
struct Source {
    document: Document,
    pointer: Pointer,
    /// What stands there, where that is known already.
    schema: Option<Json>,
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
        compiler: Compiler::new(
            &|url| Err(format!("no loader for {url}")),
            true,
            Settings::of(Release::V6_0_3),
        ),
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
        self.sources.push(Source {
            document: schema.document,
            pointer: schema.pointer,
            schema: None,
        });
        self.graph.schemas.push(schema);
        id
    }
}

/// The keywords for numbers.
const NUMBERS: Set = Set::of(&[
    Keyword::MultipleOf,
    Keyword::Maximum,
    Keyword::Minimum,
    Keyword::ExclusiveMaximum,
    Keyword::ExclusiveMinimum,
]);

/// Those for the sizes of other values, with what else is compiled beside them.
const SIZES: Set = Set::of(&[
    Keyword::MinLength,
    Keyword::MaxLength,
    Keyword::Pattern,
    Keyword::MinItems,
    Keyword::MaxItems,
    Keyword::UniqueItems,
    Keyword::MinProperties,
    Keyword::MaxProperties,
    Keyword::Required,
]);

/// Those that combine schemas.
const COMBINED: Set = Set::of(&[Keyword::AllOf, Keyword::AnyOf, Keyword::OneOf, Keyword::Not]);

/// Those for members.
const MEMBERS: Set = Set::of(&[
    Keyword::Properties,
    Keyword::PatternProperties,
    Keyword::AdditionalProperties,
    Keyword::Dependencies,
]);

/// Those that came with 2019-09 and 2020-12. `items` has another meaning since.
const LATER: Set = Set::of(&[
    Keyword::DependentRequired,
    Keyword::DependentSchemas,
    Keyword::DynamicAnchor,
    Keyword::DynamicRef,
    Keyword::Items,
    Keyword::MaxContains,
    Keyword::MinContains,
    Keyword::PrefixItems,
    Keyword::RecursiveAnchor,
    Keyword::RecursiveRef,
    Keyword::UnevaluatedItems,
    Keyword::UnevaluatedProperties,
]);

fn number_rules(members: &Keywords<'_>) -> Option<NumberRules> {
    let mut number = NumberRules {
        multiple_of: members.decimal(Keyword::MultipleOf),
        maximum: members.decimal(Keyword::Maximum),
        minimum: members.decimal(Keyword::Minimum),
        exclusive_maximum: members.decimal(Keyword::ExclusiveMaximum),
        exclusive_minimum: members.decimal(Keyword::ExclusiveMinimum),
    };
    if members.boolean(Keyword::ExclusiveMaximum) == Some(true) {
        number.exclusive_maximum = number.maximum.take();
    }
    if members.boolean(Keyword::ExclusiveMinimum) == Some(true) {
        number.exclusive_minimum = number.minimum.take();
    }
    let rules = [
        &number.multiple_of,
        &number.maximum,
        &number.minimum,
        &number.exclusive_maximum,
        &number.exclusive_minimum,
    ];
    let has_number = rules.iter().any(|rule| rule.is_some());
    has_number.then_some(number)
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

fn texts(items: &[Json]) -> Vec<Str> {
    let text = |item: &Json| match item {
        Json::String(text) => Some(text.clone()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

impl From<CheckError> for SchemaError {
    fn from(error: CheckError) -> SchemaError {
        SchemaError::Check(error)
    }
}
