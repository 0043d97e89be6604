//! Knows the drafts of JSON Schema: how `$schema` names them, where their subschemas stand, and their
//! vocabularies.

use gostd::json::tree::{Json, Object};

use super::address::split;
use super::error::SchemaError;
use super::keywords::Keyword;

/// A draft, older ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Draft {
    Four,
    Six,
    Seven,
    Year2019,
    Year2020,
}

/// The draft of schemas that name none.
pub(super) const LATEST: Draft = Draft::Year2020;

/// Where the subschemas below a keyword stand.
pub(super) enum Place {
    /// The keyword's value is one.
    Value,
    /// Each of its members.
    Members,
    /// Each of its items.
    Items,
    /// It is one, or each of its items.
    ValueAndItems,
}

impl Draft {
    /// Returns the draft that a `$schema` names.
    pub(super) fn of_url(url: &str) -> Option<Draft> {
        let (url, fragment) = split(url);
        if !fragment.is_empty() {
            return None;
        }
        let url = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
        Some(match url?.strip_prefix("json-schema.org/")? {
            "schema" => LATEST,
            "draft/2020-12/schema" => Draft::Year2020,
            "draft/2019-09/schema" => Draft::Year2019,
            "draft-07/schema" => Draft::Seven,
            "draft-06/schema" => Draft::Six,
            "draft-04/schema" => Draft::Four,
            _ => return None,
        })
    }

    /// Returns the URL of its metaschema.
    pub(super) fn url(self) -> &'static str {
        match self {
            Draft::Four => "http://json-schema.org/draft-04/schema",
            Draft::Six => "http://json-schema.org/draft-06/schema",
            Draft::Seven => "http://json-schema.org/draft-07/schema",
            Draft::Year2019 => "https://json-schema.org/draft/2019-09/schema",
            Draft::Year2020 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    /// Returns the keyword that names a schema.
    pub(super) fn id_keyword(self) -> Keyword {
        if self == Draft::Four { Keyword::IdOfDraft4 } else { Keyword::Id }
    }

    /// Returns the URL that a schema gives itself, without its fragment; none if that is empty.
    pub(super) fn id(self, members: &Object) -> Option<String> {
        // All else beside a reference is ignored.
        if self < Draft::Year2019 && members.get("$ref").is_some() {
            return None;
        }
        let Some(Json::String(id)) = members.get(self.id_keyword().name()) else { return None };
        let id = id.to_string_lossy();
        let (url, _) = split(&id);
        if url.is_empty() { None } else { Some(url.to_owned()) }
    }

    /// Returns where the subschemas of a keyword stand, if it has any.
    pub(super) fn place(self, keyword: &[u8]) -> Option<Place> {
        let (since, place) = match keyword {
            b"definitions" | b"properties" | b"patternProperties" | b"dependencies" => {
                (Draft::Four, Place::Members)
            }
            b"not" | b"additionalProperties" | b"additionalItems" => (Draft::Four, Place::Value),
            b"allOf" | b"anyOf" | b"oneOf" => (Draft::Four, Place::Items),
            b"items" => (Draft::Four, Place::ValueAndItems),
            b"propertyNames" | b"contains" => (Draft::Six, Place::Value),
            b"if" | b"then" | b"else" => (Draft::Seven, Place::Value),
            b"$defs" | b"dependentSchemas" => (Draft::Year2019, Place::Members),
            b"unevaluatedProperties" | b"unevaluatedItems" | b"contentSchema" => {
                (Draft::Year2019, Place::Value)
            }
            b"prefixItems" => (Draft::Year2020, Place::Items),
            _ => return None,
        };
        (self >= since).then_some(place)
    }

    /// Returns the vocabularies that it has, in byte order of their names.
    fn vocabularies(self) -> &'static [&'static str] {
        match self {
            Draft::Four | Draft::Six | Draft::Seven => &[],
            Draft::Year2019 => {
                &["applicator", "content", "core", "format", "meta-data", "validation"]
            }
            Draft::Year2020 => &[
                "applicator",
                "content",
                "core",
                "format-annotation",
                "format-assertion",
                "meta-data",
                "unevaluated",
                "validation",
            ],
        }
    }

    fn vocabulary(self, name: &str) -> Option<usize> {
        self.vocabularies().iter().position(|known| *known == name)
    }

    /// Returns the vocabularies that a metaschema of the draft requires; none where it does not say.
    ///
    /// # Errors
    /// [`SchemaError::UnsupportedVocabulary`].
    pub(super) fn required_vocabularies(
        self,
        url: &str,
        metaschema: &Json,
    ) -> Result<Option<Vocabularies>, SchemaError> {
        let Json::Object(members) = metaschema else { return Ok(None) };
        if self < Draft::Year2019 {
            return Ok(None);
        }
        let Some(Json::Object(listed)) = members.get("$vocabulary") else { return Ok(None) };
        let year = if self == Draft::Year2019 { "2019-09" } else { "2020-12" };
        let prefix = format!("https://json-schema.org/draft/{year}/vocab/");
        let mut set = Vocabularies(0);
        for (name, required) in listed.iter() {
            if !matches!(required, Json::Bool(true)) {
                continue;
            }
            let name = name.to_string_lossy();
            match name.strip_prefix(&prefix).and_then(|name| self.vocabulary(name)) {
                Some(at) => set.0 |= 1 << at,
                None => {
                    return Err(SchemaError::UnsupportedVocabulary {
                        url: url.into(),
                        vocabulary: name.into(),
                    });
                }
            }
        }
        set.0 |= self.vocabulary("core").map_or(0, |at| 1 << at);
        Ok(Some(set))
    }
}

/// Some of a draft's vocabularies: a bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Vocabularies(u16);

/// What a schema is written in: a draft, and the vocabularies that its metaschema requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Dialect {
    pub(super) draft: Draft,
    /// None for the draft's own.
    pub(super) vocabularies: Option<Vocabularies>,
}

impl Dialect {
    /// Returns whether the keywords of a vocabulary count.
    pub(super) fn has(self, name: &str) -> bool {
        if name == "core" || self.draft < Draft::Year2019 {
            return true;
        }
        match self.vocabularies {
            Some(set) => self.draft.vocabulary(name).is_some_and(|at| set.0 & 1 << at != 0),
            None => match name {
                "applicator" | "validation" => true,
                "unevaluated" => self.draft == Draft::Year2020,
                _ => false,
            },
        }
    }

    /// Returns the URLs of the metaschemas of its vocabularies; none for those of the draft itself.
    pub(super) fn metaschemas(self) -> Option<Vec<String>> {
        let set = self.vocabularies?;
        let folder = self.draft.url().trim_end_matches("schema");
        let names = self.draft.vocabularies().iter().enumerate();
        let named = names.filter(|(at, _)| set.0 & 1 << at != 0);
        Some(named.map(|(_, name)| format!("{folder}meta/{name}")).collect())
    }
}

/// The metaschemas as json-schema.org publishes them, without what only describes.
const METASCHEMAS: &[(&str, &str)] = &[
    ("draft-04/schema", include_str!("metaschemas/draft-04.json")),
    ("draft-06/schema", include_str!("metaschemas/draft-06.json")),
    ("draft-07/schema", include_str!("metaschemas/draft-07.json")),
    ("draft/2019-09/schema", include_str!("metaschemas/draft-2019-09.json")),
    ("draft/2019-09/meta/applicator", include_str!("metaschemas/draft-2019-09-applicator.json")),
    ("draft/2019-09/meta/content", include_str!("metaschemas/draft-2019-09-content.json")),
    ("draft/2019-09/meta/core", include_str!("metaschemas/draft-2019-09-core.json")),
    ("draft/2019-09/meta/format", include_str!("metaschemas/draft-2019-09-format.json")),
    ("draft/2019-09/meta/meta-data", include_str!("metaschemas/draft-2019-09-meta-data.json")),
    ("draft/2019-09/meta/validation", include_str!("metaschemas/draft-2019-09-validation.json")),
    ("draft/2020-12/schema", include_str!("metaschemas/draft-2020-12.json")),
    ("draft/2020-12/meta/applicator", include_str!("metaschemas/draft-2020-12-applicator.json")),
    ("draft/2020-12/meta/content", include_str!("metaschemas/draft-2020-12-content.json")),
    ("draft/2020-12/meta/core", include_str!("metaschemas/draft-2020-12-core.json")),
    (
        "draft/2020-12/meta/format-annotation",
        include_str!("metaschemas/draft-2020-12-format-annotation.json"),
    ),
    (
        "draft/2020-12/meta/format-assertion",
        include_str!("metaschemas/draft-2020-12-format-assertion.json"),
    ),
    ("draft/2020-12/meta/meta-data", include_str!("metaschemas/draft-2020-12-meta-data.json")),
    ("draft/2020-12/meta/unevaluated", include_str!("metaschemas/draft-2020-12-unevaluated.json")),
    ("draft/2020-12/meta/validation", include_str!("metaschemas/draft-2020-12-validation.json")),
];

/// Returns what a URL has below json-schema.org.
pub(super) fn published(url: &str) -> Option<&str> {
    let url = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    url?.strip_prefix("json-schema.org/")
}

/// Returns the text of a published metaschema.
pub(super) fn metaschema(url: &str) -> Option<&'static str> {
    let name = match published(url)? {
        "schema" => published(LATEST.url())?,
        name => name,
    };
    METASCHEMAS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
