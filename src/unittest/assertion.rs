//! Reads assertions: which one it is, what it is to look at, and what it wants.

use gostd::value::{Frozen, Map, Str, Value};

use super::params::Fields;
use super::shape::SELECTOR;
use super::suite::Selector;

/// An assertion of a test.
#[derive(Clone, Debug)]
pub(super) struct Assertion {
    /// Its name.
    pub(super) kind: &'static Kind,
    pub(super) template: String,
    pub(super) selector: Option<Selector>,
    /// The document that it looks at; -1 for all.
    pub(super) index: i64,
    pub(super) not: bool,
    pub(super) wants: Wants,
    /// Whether it has options or parameters that nothing reads.
    pub(super) has_unknown: bool,
}

/// A name of an assertion.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    read: fn(&mut Fields) -> Wants,
    /// Whether the name says the opposite.
    pub(super) is_antonym: bool,
    /// Whether templates have to render.
    pub(super) needs_success: bool,
}

const fn kind(name: &'static str, read: fn(&mut Fields) -> Wants) -> Kind {
    Kind { name, read, is_antonym: false, needs_success: true }
}

const fn antonym(name: &'static str, read: fn(&mut Fields) -> Wants) -> Kind {
    Kind { is_antonym: true, ..kind(name, read) }
}

/// All names, sorted: of two in one assertion the first counts as declared first. The reference goes through a map,
/// whose order is random.
static KINDS: [Kind; 37] = [
    kind("contains", contains),
    kind("containsDocument", contains_document),
    kind("equal", equal),
    kind("equalRaw", equal_raw),
    kind("exists", exists),
    Kind { needs_success: false, ..kind("failedTemplate", failed_template) },
    kind("greaterOrEqual", |f| compared(f, Comparison::Greater)),
    kind("hasDocuments", |f| Wants::Documents {
        count: f.int("Count").unwrap_or(0),
        filter_aware: f.boolean("FilterAware"),
    }),
    kind("isAPIVersion", |f| Wants::ApiVersion(f.text("Of"))),
    kind("isEmpty", null_or_empty),
    kind("isKind", |f| Wants::Kind(f.text("Of"))),
    antonym("isNotEmpty", null_or_empty),
    kind("isNotNull", exists),
    antonym("isNotNullOrEmpty", null_or_empty),
    antonym("isNotSubset", subset),
    antonym("isNotType", is_type),
    antonym("isNull", exists),
    kind("isNullOrEmpty", null_or_empty),
    kind("isSubset", subset),
    kind("isType", is_type),
    // The reference does not have it.
    kind("isValid", |f| Wants::Valid {
        kube_version: f.text("KubeVersion"),
        strict: f.boolean("Strict"),
    }),
    kind("lengthEqual", length),
    kind("lessOrEqual", |f| compared(f, Comparison::Less)),
    kind("matchRegex", matches),
    kind("matchRegexRaw", |f| Wants::MatchesRaw(f.text("Pattern"))),
    kind("matchSnapshot", |f| Wants::Snapshot {
        path: f.text("Path"),
        matches: f.pattern("MatchRegex"),
        matches_not: f.pattern("NotMatchRegex"),
    }),
    kind("matchSnapshotRaw", |_| Wants::SnapshotRaw),
    antonym("notContains", contains),
    antonym("notEqual", equal),
    antonym("notEqualRaw", equal_raw),
    antonym("notExists", exists),
    antonym("notFailedTemplate", failed_template),
    antonym("notGreaterOrEqual", |f| compared(f, Comparison::Greater)),
    antonym("notLengthEqual", length),
    antonym("notLessOrEqual", |f| compared(f, Comparison::Less)),
    antonym("notMatchRegex", matches),
    antonym("notMatchRegexRaw", |f| Wants::MatchesRaw(f.text("Pattern"))),
];

/// What an assertion may have beside its name.
pub(super) const OPTIONS: &[&str] = &["documentIndex", "documentSelector", "not", "template"];

/// Returns the names of all assertions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}

/// Returns the parameters of an assertion that nothing reads, those that it has, and what does not fit.
pub(super) fn wrong_parameters(name: &str, given: &Value) -> (Vec<Str>, Vec<String>, Vec<String>) {
    let Some(kind) = KINDS.iter().find(|kind| kind.name == name) else {
        return Default::default();
    };
    let Ok(mut fields) = Fields::of(given).or_else(|_| Fields::of(&Value::Nil)) else {
        return Default::default();
    };
    (kind.read)(&mut fields);
    (fields.unknown().collect(), fields.known(), fields.misfits().to_vec())
}

/// Returns the parameters of an assertion that hold parameters, each with one in it that nothing reads.
pub(super) fn unknown_inside(name: &str, given: &Value) -> Vec<(&'static str, Str)> {
    let kind = KINDS.iter().find(|kind| kind.name == name);
    let (Some(kind), Ok(mut fields)) = (kind, Fields::of(given)) else { return Vec::new() };
    (kind.read)(&mut fields);
    fields.unknown_inside().to_vec()
}

/// How two values are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Comparison {
    Greater,
    Less,
}

/// What an assertion wants.
#[derive(Clone, Debug)]
pub(super) enum Wants {
    Snapshot { path: String, matches: String, matches_not: String },
    SnapshotRaw,
    Equal { path: String, value: Frozen, decodes: bool },
    Compared { path: String, value: Frozen, how: Comparison },
    EqualRaw(String),
    Exists(String),
    Matches { path: String, pattern: String, decodes: bool },
    MatchesRaw(String),
    Contains { path: String, content: Frozen, count: Option<i64>, any: bool },
    Kind(String),
    ApiVersion(String),
    Documents { count: i64, filter_aware: bool },
    Subset { path: String, content: Frozen },
    NullOrEmpty(String),
    Failed { message: String, pattern: String },
    Document { kind: String, api_version: String, name: String, namespace: String, any: bool },
    Length { paths: Vec<String>, path: String, count: Option<i64> },
    Type { path: String, name: String },
    Valid { kube_version: String, strict: bool },
}

fn contains(f: &mut Fields) -> Wants {
    Wants::Contains {
        path: f.text("Path"),
        content: f.any("Content"),
        count: f.int("Count"),
        any: f.boolean("Any"),
    }
}

fn contains_document(f: &mut Fields) -> Wants {
    Wants::Document {
        kind: f.text("Kind"),
        api_version: f.text("APIVersion"),
        name: f.text("Name"),
        namespace: f.text("Namespace"),
        any: f.boolean("Any"),
    }
}

fn equal(f: &mut Fields) -> Wants {
    Wants::Equal { path: f.text("Path"), value: f.any("Value"), decodes: f.boolean("DecodeBase64") }
}

fn equal_raw(f: &mut Fields) -> Wants {
    Wants::EqualRaw(f.text("Value"))
}

fn exists(f: &mut Fields) -> Wants {
    Wants::Exists(f.text("Path"))
}

fn failed_template(f: &mut Fields) -> Wants {
    Wants::Failed { message: f.text("ErrorMessage"), pattern: f.text("ErrorPattern") }
}

fn compared(f: &mut Fields, how: Comparison) -> Wants {
    Wants::Compared { path: f.text("Path"), value: f.any("Value"), how }
}

fn null_or_empty(f: &mut Fields) -> Wants {
    Wants::NullOrEmpty(f.text("Path"))
}

fn subset(f: &mut Fields) -> Wants {
    Wants::Subset { path: f.text("Path"), content: f.any("Content") }
}

fn is_type(f: &mut Fields) -> Wants {
    Wants::Type { path: f.text("Path"), name: f.text("Type") }
}

fn length(f: &mut Fields) -> Wants {
    Wants::Length { paths: f.texts("Paths"), path: f.text("Path"), count: f.int("Count") }
}

fn matches(f: &mut Fields) -> Wants {
    Wants::Matches {
        path: f.text("Path"),
        pattern: f.text("Pattern"),
        decodes: f.boolean("DecodeBase64"),
    }
}

impl Assertion {
    /// Reads an assertion, whose keys stand in this order.
    ///
    /// # Errors
    /// The reference's words.
    pub(super) fn of<'k>(
        map: &Map,
        keys: impl Iterator<Item = &'k [u8]>,
    ) -> Result<Assertion, String> {
        let index = match map.get(b"documentIndex") {
            Some(Value::Int(gostd::value::IntKind::Int, n)) => n,
            _ => -1,
        };
        let text = |name: &[u8]| match map.get(name) {
            Some(Value::Str(text)) => text.to_string_lossy().into_owned(),
            _ => String::new(),
        };
        let selector = match map.get(b"documentSelector") {
            Some(Value::Map(map)) if map.map_type().name == gostd::value::ANY_MAP.name => {
                Some(selector(&map)?)
            }
            _ => None,
        };
        let mut found: Option<(&'static Kind, Wants)> = None;
        let mut has_unknown = false;
        for kind in &KINDS {
            let Some(params) = map.get(kind.name.as_bytes()) else { continue };
            if let Some((first, _)) = found {
                return Err(format!(
                    "assertion type `{}` and `{}` is declared duplicately",
                    first.name, kind.name
                ));
            }
            let mut fields = Fields::of(&params)?;
            let wants = (kind.read)(&mut fields);
            has_unknown = fields.unknown().next().is_some() || !fields.unknown_inside().is_empty();
            fields.finish()?;
            found = Some((kind, wants));
        }
        let Some((kind, wants)) = found else { return Err(no_kind(map, keys)) };
        let is_known = |key: &Str| {
            **key == *kind.name.as_bytes() || OPTIONS.iter().any(|o| **key == *o.as_bytes())
        };
        has_unknown |= !map.keys().iter().all(is_known);
        if let Some(Value::Map(selector)) = map.get(b"documentSelector") {
            let known = |key: &Str| SELECTOR.iter().any(|(name, _)| **key == *name.as_bytes());
            has_unknown |= !selector.keys().iter().all(known);
        }
        let not = matches!(map.get(b"not"), Some(Value::Bool(true)));
        Ok(Assertion {
            kind,
            template: text(b"template"),
            selector,
            index,
            not,
            wants,
            has_unknown,
        })
    }
}

/// Says what stands in the place of an assertion's name: the first key that is none of three options. The reference goes
/// through a map in random order, which mostly is that of the text.
fn no_kind<'k>(map: &Map, mut keys: impl Iterator<Item = &'k [u8]>) -> String {
    let is_other = |key: &[u8]| !matches!(key, b"template" | b"documentIndex" | b"not");
    let first = keys.find(|key| is_other(key) && map.get(key).is_some());
    match first.map(Str::from).or_else(|| map.keys().into_iter().find(|key| is_other(key))) {
        Some(key) => format!("Assertion type `{}` is invalid", key.to_string_lossy()),
        None => "no assertion type defined".into(),
    }
}

fn selector(map: &Map) -> Result<Selector, String> {
    let Some(Value::Str(path)) = map.get(b"path") else {
        return Err("empty 'documentSelector.path' not supported".into());
    };
    let on = |name: &[u8]| matches!(map.get(name), Some(Value::Bool(true)));
    Ok(Selector {
        path: path.to_string_lossy().into_owned(),
        value: map.get(b"value").map(|v| Frozen::new(&v)).unwrap_or_default(),
        match_many: on(b"matchMany"),
        skip_empty_templates: on(b"skipEmptyTemplates"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_there_once() {
        assert!(KINDS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
