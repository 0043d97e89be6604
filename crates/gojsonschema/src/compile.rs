//! Compiles a schema document to a graph of schemas, with gojsonschema's checks in its order.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::error::{SchemaError, TYPES};
use super::json::Json;
use super::keywords::{Key, Keywords};
use super::loader::Loader;
use super::pool::{Draft, Pool, detect_draft, inherit};
use gostd::decimal::Decimal;
use gostd::json::marshal;
use gostd::regexp::Checked;
use gostd::url::Url;
use gostd::value::Str;

/// How deep schemas may nest, references followed.
const MAX_DEPTH: usize = 500;
/// How many schemas a graph may have. References multiply a document's schemas.
const MAX_SCHEMAS: usize = 1_000_000;

/// A schema's place in its [`Graph`].
pub(super) type Id = u32;

/// All schemas of a document and of what it refers to; the first one is the document itself.
#[derive(Debug)]
pub(super) struct Graph {
    schemas: Vec<Schema>,
}

impl Graph {
    pub(super) const ROOT: Id = 0;

    pub(super) fn get(&self, id: Id) -> &Schema {
        // Ids only come from `Compiler::new_schema`, and schemas are never removed.
        &self.schemas[id as usize]
    }
}

/// What the extra members or items of a value must be.
#[derive(Debug)]
pub(super) enum Additional {
    Allowed(bool),
    Schema(Id),
}

/// What a member's presence asks for.
#[derive(Debug)]
pub(super) enum Dependency {
    Members(Vec<Str>),
    Schema(Id),
}

/// The schemas of an array's items.
#[derive(Debug)]
pub(super) enum Items {
    Each(Id),
    Positional(Vec<Id>),
}

/// One compiled schema. Most have a type and little else, so what only some have lies apart.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// What a boolean schema says.
    pub(super) pass: Option<bool>,
    pub(super) reference: Option<Id>,
    /// Nearly always one.
    pub(super) types: SmallVec<[&'static str; 1]>,
    pub(super) object: Option<Box<ObjectRules>>,
    pub(super) array: Option<Box<ArrayRules>>,
    pub(super) numeric: Option<Box<Numeric>>,
    pub(super) text: Option<Box<TextRules>>,
    pub(super) values: Option<Box<Values>>,
    pub(super) combined: Option<Box<Combined>>,
}

impl Schema {
    fn object(&mut self) -> &mut ObjectRules {
        self.object.get_or_insert_default()
    }

    fn array(&mut self) -> &mut ArrayRules {
        self.array.get_or_insert_default()
    }

    fn values(&mut self) -> &mut Values {
        self.values.get_or_insert_default()
    }

    fn combined(&mut self) -> &mut Combined {
        self.combined.get_or_insert_default()
    }
}

/// What an object must be.
#[derive(Debug, Default)]
pub(super) struct ObjectRules {
    pub(super) properties: Vec<(Str, Id)>,
    /// The names of the properties, sorted, where other members have rules, too.
    pub(super) known: Vec<Str>,
    pub(super) additional: Option<Additional>,
    pub(super) patterns: Vec<(Rc<Checked>, Id)>,
    pub(super) names: Option<Id>,
    pub(super) dependencies: Vec<(Str, Dependency)>,
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) required: Vec<Str>,
}

/// What an array must be.
#[derive(Debug, Default)]
pub(super) struct ArrayRules {
    pub(super) items: Option<Items>,
    pub(super) additional: Option<Additional>,
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) unique: bool,
    pub(super) contains: Option<Id>,
}

/// What a string must be; numbers have a format, too.
#[derive(Debug, Default)]
pub(super) struct TextRules {
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) pattern: Option<Rc<Checked>>,
    pub(super) format: Option<Str>,
}

/// What a value must equal, as canonical JSON.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) constant: Option<Vec<u8>>,
    pub(super) enumeration: Vec<Vec<u8>>,
}

/// The schemas that decide together.
#[derive(Debug, Default)]
pub(super) struct Combined {
    pub(super) any_of: Vec<Id>,
    pub(super) one_of: Vec<Id>,
    pub(super) all_of: Vec<Id>,
    pub(super) not: Option<Id>,
    pub(super) condition: Option<Id>,
    pub(super) then: Option<Id>,
    pub(super) otherwise: Option<Id>,
}

/// The bounds of a number.
#[derive(Debug, Default)]
pub(super) struct Numeric {
    pub(super) multiple_of: Option<Decimal>,
    pub(super) maximum: Option<Decimal>,
    pub(super) exclusive_maximum: Option<Decimal>,
    pub(super) minimum: Option<Decimal>,
    pub(super) exclusive_minimum: Option<Decimal>,
}

/// Compiles a schema document.
///
/// # Errors
/// The first mistake. Where Go goes through a map in random order, the
/// first in byte order of the names counts.
pub(super) fn compile(document: &Json, loader: &dyn Loader) -> Result<Graph, SchemaError> {
    let mut pool = Pool::default();
    let url = Url::default();
    pool.add(document, &url)?;
    let draft = detect_draft(document)?.unwrap_or(Draft::Hybrid);
    let mut compiler = Compiler {
        pool,
        loader,
        schemas: Vec::new(),
        references: HashMap::new(),
        patterns: HashMap::new(),
    };
    let root = compiler.new_schema()?;
    let scope = Scope { draft, id: Rc::new(url), depth: 0 };
    compiler.schema(document, root, &scope, true)?;
    Ok(Graph { schemas: compiler.schemas })
}

/// What a schema takes over from those around it.
#[derive(Clone)]
struct Scope {
    draft: Draft,
    /// The URL of the nearest `$id`.
    id: Rc<Url>,
    depth: usize,
}

struct Compiler<'l> {
    pool: Pool,
    loader: &'l dyn Loader,
    schemas: Vec<Schema>,
    /// The schema of each reference met so far, by its URL.
    references: HashMap<String, Id>,
    patterns: HashMap<Str, Rc<Checked>>,
}

fn invalid_type(expected: &'static str, given: &'static str) -> SchemaError {
    SchemaError::Value { expected, given }
}

fn must_be_of(key: Key, kind: &'static str) -> SchemaError {
    SchemaError::Keyword { key: key.name(), kind }
}

impl Compiler<'_> {
    fn new_schema(&mut self) -> Result<Id, SchemaError> {
        let id = self.schemas.len();
        if id >= MAX_SCHEMAS {
            return Err(SchemaError::TooMany);
        }
        self.schemas.push(Schema::default());
        Ok(id as Id)
    }

    fn at(&mut self, id: Id) -> &mut Schema {
        // See `Graph::get`.
        &mut self.schemas[id as usize]
    }

    /// Compiles a node as a new schema.
    fn child(&mut self, node: &Json, scope: &Scope) -> Result<Id, SchemaError> {
        let id = self.new_schema()?;
        self.schema(node, id, scope, false)?;
        Ok(id)
    }

    fn children(&mut self, nodes: &[Json], scope: &Scope) -> Result<Vec<Id>, SchemaError> {
        nodes.iter().map(|node| self.child(node, scope)).collect()
    }

    /// Compiles a node into the schema `at`. `scope` is that of the schema around it, or for the
    /// root its own.
    fn schema(
        &mut self,
        node: &Json,
        at: Id,
        scope: &Scope,
        is_root: bool,
    ) -> Result<(), SchemaError> {
        if scope.depth >= MAX_DEPTH {
            return Err(SchemaError::TooDeep);
        }
        let members = match node {
            Json::Bool(pass) if scope.draft >= Draft::Six => {
                self.at(at).pass = Some(*pass);
                return Ok(());
            }
            Json::Object(members) => &Keywords::new(members),
            _ => return Err(SchemaError::NoSchema),
        };
        let mut scope = Scope { depth: scope.depth + 1, ..scope.clone() };
        self.own_id(members, &mut scope, is_root)?;
        self.definitions(members, &scope)?;
        for key in [Key::Title, Key::Description, Key::Ref] {
            if members.get(key).is_some_and(|v| !matches!(v, Json::String(_))) {
                return Err(invalid_type("string", key.name()));
            }
        }
        if let Some(Json::String(text)) = members.get(Key::Ref) {
            let reference = match self.pool.reference_in(members.identity) {
                Some(absolute) => Url::parse(absolute)?,
                None => Url::parse(&text.to_string_lossy())?,
            };
            match self.references.get(&reference.to_string()) {
                // gojsonschema reads on for the mistakes, though the reference alone decides.
                Some(&known) => self.at(at).reference = Some(known),
                None => return self.reference(reference, at, &scope),
            }
        }
        self.types(members, at)?;
        self.object_schemas(members, at, &scope)?;
        self.array_schemas(members, at, &scope)?;
        self.numeric(members, at, &scope)?;
        self.text(members, at)?;
        self.object_sizes(members, at)?;
        self.array_sizes(members, at, &scope)?;
        self.values(members, at, &scope)?;
        self.combinations(members, at, &scope)
    }

    fn own_id(
        &mut self,
        members: &Keywords,
        scope: &mut Scope,
        is_root: bool,
    ) -> Result<(), SchemaError> {
        let key = match scope.draft {
            Draft::Four => Key::Id,
            Draft::Hybrid if members.get(Key::Id).is_some() => Key::Id,
            _ => Key::NewId,
        };
        match members.get(key) {
            None => Ok(()),
            Some(Json::String(id)) => {
                let id = Url::parse(&id.to_string_lossy())?;
                scope.id = Rc::new(if is_root { id } else { inherit(&scope.id, &id)? });
                Ok(())
            }
            Some(_) => Err(invalid_type("string", key.name())),
        }
    }

    fn definitions(&mut self, members: &Keywords, scope: &Scope) -> Result<(), SchemaError> {
        let mistake = || Err(invalid_type("array of schemas", "definitions"));
        match members.get(Key::Definitions) {
            None => Ok(()),
            Some(Json::Object(definitions)) => {
                for (_, node) in definitions.iter() {
                    if !matches!(node, Json::Object(_) | Json::Bool(_)) {
                        return mistake();
                    }
                    self.child(node, scope)?;
                }
                Ok(())
            }
            Some(Json::Bool(_)) => {
                Err(SchemaError::Conversion { given: "bool", wanted: "map[string]interface {}" })
            }
            Some(_) => mistake(),
        }
    }

    fn reference(&mut self, url: Url, at: Id, scope: &Scope) -> Result<(), SchemaError> {
        let target = self.new_schema()?;
        self.references.insert(url.to_string(), target);
        let part = self.pool.get(&url, self.loader)?;
        if !matches!(part.node, Json::Object(_) | Json::Bool(_)) {
            return Err(SchemaError::Target);
        }
        let inner =
            Scope { draft: part.draft.unwrap_or(scope.draft), id: Rc::new(url), ..scope.clone() };
        // The target's own `$id` is taken against the schema that refers to it.
        self.referenced(&part.node, target, &inner, scope)?;
        self.at(at).reference = Some(target);
        Ok(())
    }

    fn referenced(
        &mut self,
        node: &Json,
        target: Id,
        inner: &Scope,
        outer: &Scope,
    ) -> Result<(), SchemaError> {
        let has_id =
            matches!(node, Json::Object(m) if m.get("id").is_some() || m.get("$id").is_some());
        if has_id {
            let scope = Scope { id: outer.id.clone(), ..inner.clone() };
            self.schema(node, target, &scope, false)
        } else {
            self.schema(node, target, inner, false)
        }
    }

    fn types(&mut self, members: &Keywords, at: Id) -> Result<(), SchemaError> {
        let mistake = || Err(invalid_type("string/array of strings", "type"));
        match members.get(Key::Type) {
            None => Ok(()),
            Some(Json::String(name)) => self.add_type(name, at),
            Some(Json::Array(names)) => {
                for name in names.iter() {
                    match name {
                        Json::String(name) => self.add_type(name, at)?,
                        // Go's panic: a number has the kind of a string there, but not the type.
                        Json::Number(_) => {
                            let (given, wanted) = ("json.Number", "string");
                            return Err(SchemaError::Conversion { given, wanted });
                        }
                        _ => return mistake(),
                    }
                }
                Ok(())
            }
            Some(_) => mistake(),
        }
    }

    fn add_type(&mut self, name: &Str, at: Id) -> Result<(), SchemaError> {
        let Some(known) = TYPES.iter().find(|t| name == *t) else {
            return Err(SchemaError::UnknownType { name: name.to_string().into() });
        };
        let types = &mut self.at(at).types;
        if types.contains(known) {
            return Err(SchemaError::DuplicateType { name: known });
        }
        types.push(known);
        Ok(())
    }

    fn object_schemas(
        &mut self,
        members: &Keywords,
        at: Id,
        scope: &Scope,
    ) -> Result<(), SchemaError> {
        let mut rules = ObjectRules::default();
        match members.get(Key::Properties) {
            None => {}
            Some(Json::Object(properties)) => {
                rules.properties.reserve_exact(properties.iter().len());
                for (name, node) in properties.iter() {
                    rules.properties.push((name.clone(), self.child(node, scope)?));
                }
            }
            Some(_) => return Err(must_be_of(Key::Properties, "type object")),
        }
        rules.additional = self.additional(members, Key::AdditionalProperties, scope)?;
        match members.get(Key::PatternProperties) {
            None => {}
            Some(Json::Object(patterns)) => {
                for (pattern, node) in patterns.iter() {
                    let Some(compiled) = self.pattern(pattern) else {
                        let pattern = pattern.to_string().into();
                        return Err(SchemaError::PropertyPattern { pattern });
                    };
                    rules.patterns.push((compiled, self.child(node, scope)?));
                }
            }
            Some(_) => return Err(invalid_type("valid schema", "patternProperties")),
        }
        if scope.draft >= Draft::Six {
            match members.get(Key::PropertyNames) {
                None => {}
                Some(node @ (Json::Object(_) | Json::Bool(_))) => {
                    rules.names = Some(self.child(node, scope)?);
                }
                // The wrong key is gojsonschema's.
                Some(_) => return Err(invalid_type("valid schema", "patternProperties")),
            }
        }
        rules.dependencies = self.dependencies(members, scope)?;
        let others = rules.additional.is_some() || !rules.patterns.is_empty();
        if others {
            rules.known = rules.properties.iter().map(|(name, _)| name.clone()).collect();
            rules.known.sort_unstable();
        }
        if others
            || !rules.properties.is_empty()
            || rules.names.is_some()
            || !rules.dependencies.is_empty()
        {
            self.at(at).object = Some(Box::new(rules));
        }
        Ok(())
    }

    fn additional(
        &mut self,
        members: &Keywords,
        key: Key,
        scope: &Scope,
    ) -> Result<Option<Additional>, SchemaError> {
        Ok(Some(match members.get(key) {
            None => return Ok(None),
            Some(Json::Bool(allowed)) => Additional::Allowed(*allowed),
            Some(node @ Json::Object(_)) => Additional::Schema(self.child(node, scope)?),
            Some(_) => return Err(invalid_type("boolean/valid schema", key.name())),
        }))
    }

    fn dependencies(
        &mut self,
        members: &Keywords,
        scope: &Scope,
    ) -> Result<Vec<(Str, Dependency)>, SchemaError> {
        let mistake = || {
            let kind = "type schema or array of strings";
            Err(SchemaError::Keyword { key: "dependency", kind })
        };
        let dependencies = match members.get(Key::Dependencies) {
            None => return Ok(Vec::new()),
            Some(Json::Object(dependencies)) => dependencies,
            Some(_) => return Err(must_be_of(Key::Dependencies, "type object")),
        };
        let mut found = Vec::new();
        for (name, node) in dependencies.iter() {
            let dependency = match node {
                Json::Array(names) => {
                    let mut wanted = Vec::new();
                    for name in names.iter() {
                        let Json::String(name) = name else {
                            return mistake();
                        };
                        wanted.push(name.clone());
                    }
                    Dependency::Members(wanted)
                }
                Json::Object(_) | Json::Bool(_) => Dependency::Schema(self.child(node, scope)?),
                _ => return mistake(),
            };
            found.push((name.clone(), dependency));
        }
        Ok(found)
    }

    fn array_schemas(
        &mut self,
        members: &Keywords,
        at: Id,
        scope: &Scope,
    ) -> Result<(), SchemaError> {
        let mistake = || Err(invalid_type("valid schema/array of schemas", "items"));
        match members.get(Key::Items) {
            None => {}
            Some(Json::Array(nodes)) => {
                let mut ids = Vec::new();
                for node in nodes.iter() {
                    if !matches!(node, Json::Object(_) | Json::Bool(_)) {
                        return mistake();
                    }
                    ids.push(self.child(node, scope)?);
                }
                self.at(at).array().items = Some(Items::Positional(ids));
            }
            Some(node @ (Json::Object(_) | Json::Bool(_))) => {
                let each = self.child(node, scope)?;
                self.at(at).array().items = Some(Items::Each(each));
            }
            Some(_) => return mistake(),
        }
        if let Some(additional) = self.additional(members, Key::AdditionalItems, scope)? {
            self.at(at).array().additional = Some(additional);
        }
        Ok(())
    }

    fn numeric(&mut self, members: &Keywords, at: Id, scope: &Scope) -> Result<(), SchemaError> {
        let mut numeric = Numeric::default();
        if let Some(value) = members.get(Key::MultipleOf) {
            let Some(number) = number(value) else {
                return Err(invalid_type("number", "multipleOf"));
            };
            if !number.is_positive() {
                return Err(SchemaError::MultipleOf);
            }
            numeric.multiple_of = Some(number);
        }
        (numeric.minimum, numeric.exclusive_minimum) =
            bounds(members, Key::Minimum, Key::ExclusiveMinimum, scope.draft)?;
        (numeric.maximum, numeric.exclusive_maximum) =
            bounds(members, Key::Maximum, Key::ExclusiveMaximum, scope.draft)?;
        let any = numeric.multiple_of.is_some()
            || numeric.minimum.is_some()
            || numeric.exclusive_minimum.is_some()
            || numeric.maximum.is_some()
            || numeric.exclusive_maximum.is_some();
        if any {
            self.at(at).numeric = Some(Box::new(numeric));
        }
        Ok(())
    }

    fn text(&mut self, members: &Keywords, at: Id) -> Result<(), SchemaError> {
        let min = size(members, Key::MinLength)?;
        let max = size(members, Key::MaxLength)?;
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            return Err(SchemaError::Bounds { min: "minLength", max: "maxLength" });
        }
        let pattern = match members.get(Key::Pattern) {
            None => None,
            Some(Json::String(pattern)) => match self.pattern(pattern) {
                Some(compiled) => Some(compiled),
                None => return Err(SchemaError::Pattern),
            },
            Some(_) => return Err(must_be_of(Key::Pattern, "a string")),
        };
        let format = match members.get(Key::Format) {
            None => None,
            Some(Json::String(format)) => Some(format.clone()).filter(|f| !f.is_empty()),
            Some(_) => return Err(must_be_of(Key::Format, "type string")),
        };
        if min.is_some() || max.is_some() || pattern.is_some() || format.is_some() {
            self.at(at).text = Some(Box::new(TextRules { min, max, pattern, format }));
        }
        Ok(())
    }

    fn pattern(&mut self, pattern: &Str) -> Option<Rc<Checked>> {
        if let Some(known) = self.patterns.get(pattern) {
            return Some(known.clone());
        }
        let compiled = Rc::new(Checked::new(pattern.to_str()?).ok()?);
        self.patterns.insert(pattern.clone(), compiled.clone());
        Some(compiled)
    }

    fn object_sizes(&mut self, members: &Keywords, at: Id) -> Result<(), SchemaError> {
        let min = size(members, Key::MinProperties)?;
        let max = size(members, Key::MaxProperties)?;
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            return Err(SchemaError::Bounds { min: "minProperties", max: "maxProperties" });
        }
        let mut required: Vec<Str> = Vec::new();
        let mut seen: HashSet<_, RandomState> = HashSet::default();
        match members.get(Key::Required) {
            None => {}
            Some(Json::Array(names)) => {
                for name in names.iter() {
                    let Json::String(name) = name else {
                        return Err(SchemaError::RequiredItem);
                    };
                    if !seen.insert(name) {
                        return Err(SchemaError::DuplicateItem { key: "required" });
                    }
                    required.push(name.clone());
                }
            }
            Some(_) => return Err(must_be_of(Key::Required, "an array")),
        }
        if min.is_some() || max.is_some() || !required.is_empty() {
            let rules = self.at(at).object();
            (rules.min, rules.max, rules.required) = (min, max, required);
        }
        Ok(())
    }

    fn array_sizes(
        &mut self,
        members: &Keywords,
        at: Id,
        scope: &Scope,
    ) -> Result<(), SchemaError> {
        let min = size(members, Key::MinItems)?;
        let max = size(members, Key::MaxItems)?;
        let unique = match members.get(Key::UniqueItems) {
            None => false,
            Some(Json::Bool(unique)) => *unique,
            Some(_) => return Err(must_be_of(Key::UniqueItems, "a boolean")),
        };
        if min.is_some() || max.is_some() || unique {
            let rules = self.at(at).array();
            (rules.min, rules.max, rules.unique) = (min, max, unique);
        }
        if let Some(node) = members.get(Key::Contains).filter(|_| scope.draft >= Draft::Six) {
            let contains = self.child(node, scope)?;
            self.at(at).array().contains = Some(contains);
        }
        Ok(())
    }

    fn values(&mut self, members: &Keywords, at: Id, scope: &Scope) -> Result<(), SchemaError> {
        if let Some(value) = members.get(Key::Const).filter(|_| scope.draft >= Draft::Six) {
            self.at(at).values().constant = Some(canonical(value)?);
        }
        match members.get(Key::Enum) {
            None => {}
            Some(Json::Array(values)) => {
                let mut seen: HashSet<_, RandomState> = HashSet::default();
                for value in values.iter() {
                    let value = canonical(value)?;
                    if !seen.insert(value.clone()) {
                        return Err(SchemaError::DuplicateItem { key: "enum" });
                    }
                    self.at(at).values().enumeration.push(value);
                }
            }
            Some(_) => return Err(must_be_of(Key::Enum, "an array")),
        }
        Ok(())
    }

    fn combinations(
        &mut self,
        members: &Keywords,
        at: Id,
        scope: &Scope,
    ) -> Result<(), SchemaError> {
        // The wrong key for allOf is gojsonschema's.
        for (key, shown) in
            [(Key::OneOf, Key::OneOf), (Key::AnyOf, Key::AnyOf), (Key::AllOf, Key::AnyOf)]
        {
            match members.get(key) {
                None => {}
                Some(Json::Array(nodes)) => {
                    let ids = self.children(nodes, scope)?;
                    let combined = self.at(at).combined();
                    match key {
                        Key::OneOf => combined.one_of = ids,
                        Key::AnyOf => combined.any_of = ids,
                        _ => combined.all_of = ids,
                    }
                }
                Some(_) => return Err(must_be_of(shown, "an array")),
            }
        }
        if let Some(not) = self.single(members, Key::Not, scope)? {
            self.at(at).combined().not = Some(not);
        }
        if scope.draft >= Draft::Seven {
            let condition = self.single(members, Key::If, scope)?;
            let then = self.single(members, Key::Then, scope)?;
            let otherwise = self.single(members, Key::Else, scope)?;
            if condition.is_some() {
                let combined = self.at(at).combined();
                (combined.condition, combined.then, combined.otherwise) =
                    (condition, then, otherwise);
            }
        }
        Ok(())
    }

    fn single(
        &mut self,
        members: &Keywords,
        key: Key,
        scope: &Scope,
    ) -> Result<Option<Id>, SchemaError> {
        match members.get(key) {
            None => Ok(None),
            Some(node @ (Json::Object(_) | Json::Bool(_))) => Ok(Some(self.child(node, scope)?)),
            Some(_) => Err(must_be_of(key, "an object")),
        }
    }
}

fn number(value: &Json) -> Option<Decimal> {
    match value {
        Json::Number(text) => Decimal::parse(text),
        _ => None,
    }
}

/// Returns a bound and its exclusive form, which older drafts write as a flag beside the bound.
fn bounds(
    members: &Keywords,
    key: Key,
    exclusive_key: Key,
    draft: Draft,
) -> Result<(Option<Decimal>, Option<Decimal>), SchemaError> {
    let bound = match members.get(key) {
        None => None,
        Some(value) => match number(value) {
            Some(bound) => Some(bound),
            None => return Err(must_be_of(key, "a number")),
        },
    };
    let expected = match draft {
        Draft::Four => "boolean",
        Draft::Hybrid => "boolean/number",
        _ => "number",
    };
    match members.get(exclusive_key) {
        None => Ok((bound, None)),
        Some(Json::Bool(exclusive)) if matches!(draft, Draft::Four | Draft::Hybrid) => {
            if bound.is_none() {
                let (key, bound) = (exclusive_key.name(), key.name());
                return Err(SchemaError::Exclusive { key, bound });
            }
            Ok(if *exclusive { (None, bound) } else { (bound, None) })
        }
        Some(Json::Number(text)) if draft != Draft::Four => Ok((bound, Decimal::parse(text))),
        Some(_) => Err(invalid_type(expected, exclusive_key.name())),
    }
}

/// Returns a count such as `minLength`.
fn size(members: &Keywords, key: Key) -> Result<Option<i64>, SchemaError> {
    let Some(value) = members.get(key) else {
        return Ok(None);
    };
    let count = match value {
        Json::Number(text) => text.to_str().and_then(|t| t.parse::<i64>().ok()),
        _ => None,
    };
    match count {
        None => Err(must_be_of(key, "an integer")),
        Some(count) if count < 0 => Err(SchemaError::Negative { key: key.name() }),
        Some(count) => Ok(Some(count)),
    }
}

/// Returns a value's JSON with every number as float64 prints.
fn canonical(value: &Json) -> Result<Vec<u8>, SchemaError> {
    Ok(marshal(&value.to_value()?, true)?)
}
