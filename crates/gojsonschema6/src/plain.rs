//! Tells schemas apart that every metaschema plainly accepts, as nearly all do: those need not be held against
//! theirs, which costs several times what the check of the values does.

use gostd::decimal::Decimal;
use gostd::json::tree::{Json, Object};
use gostd::regexp::is_valid;
use gostd::stack;

use super::Release;
use super::draft::Draft;
use super::node::{Items, duplicates};
use super::types::Types;

/// Returns whether the metaschema of a draft accepts a schema for certain; it may where the answer is no.
pub(super) fn is_plain(draft: Draft, schema: &Json, depth: usize) -> bool {
    match schema {
        Json::Bool(_) => draft > Draft::Four,
        Json::Object(members) => stack::at_depth(depth, || {
            members.iter().all(|(name, value)| is_plain_member(draft, members, name, value, depth))
        }),
        _ => false,
    }
}

fn is_plain_member(
    draft: Draft,
    members: &Object,
    name: &[u8],
    value: &Json,
    depth: usize,
) -> bool {
    let plain = |schema: &Json| is_plain(draft, schema, depth + 1);
    let each = |value: &Json, is_fine: &dyn Fn(&Json) -> bool| match value {
        Json::Object(members) => members.iter().all(|(_, value)| is_fine(value)),
        _ => false,
    };
    let several = |items: &[Json]| !items.is_empty() && items.iter().all(plain);
    let names = |value: &Json| is_list_of_names(draft, value);
    match name {
        b"default" | b"const" => true,
        b"title" | b"description" | b"$comment" | b"format" | b"contentEncoding"
        | b"contentMediaType" => matches!(value, Json::String(_)),
        b"uniqueItems" | b"deprecated" | b"readOnly" | b"writeOnly" => {
            matches!(value, Json::Bool(_))
        }
        b"examples" => matches!(value, Json::Array(_)),
        b"type" => is_type(value),
        b"enum" => match value {
            Json::Array(items) => !items.is_empty() && !has_duplicates(items),
            _ => false,
        },
        b"maximum" | b"minimum" => matches!(value, Json::Number(_)),
        b"exclusiveMaximum" if draft == Draft::Four => is_flag(members, "maximum", value),
        b"exclusiveMinimum" if draft == Draft::Four => is_flag(members, "minimum", value),
        b"exclusiveMaximum" | b"exclusiveMinimum" => matches!(value, Json::Number(_)),
        b"multipleOf" => match value {
            Json::Number(text) => Decimal::parse(text).is_some_and(|n| n.is_positive()),
            _ => false,
        },
        b"maxLength" | b"minLength" | b"maxItems" | b"minItems" | b"maxProperties"
        | b"minProperties" | b"maxContains" | b"minContains" => match value {
            Json::Number(text) => text.iter().all(u8::is_ascii_digit),
            _ => false,
        },
        b"pattern" => match value {
            Json::String(text) => is_valid(text.to_string_lossy().as_bytes()),
            _ => false,
        },
        b"required" => names(value),
        b"additionalProperties" | b"additionalItems" => {
            matches!(value, Json::Bool(_)) || plain(value)
        }
        b"not"
        | b"contains"
        | b"propertyNames"
        | b"if"
        | b"then"
        | b"else"
        | b"unevaluatedItems"
        | b"unevaluatedProperties"
        | b"contentSchema" => plain(value),
        b"items" => match value {
            Json::Array(items) => draft < Draft::Year2020 && several(items),
            value => plain(value),
        },
        b"allOf" | b"anyOf" | b"oneOf" | b"prefixItems" => match value {
            Json::Array(items) => several(items),
            _ => false,
        },
        b"properties" | b"definitions" | b"$defs" | b"dependentSchemas" => each(value, &plain),
        b"patternProperties" => match value {
            Json::Object(members) => members
                .iter()
                .all(|(name, v)| is_valid(name.to_string_lossy().as_bytes()) && plain(v)),
            _ => false,
        },
        b"dependencies" => each(value, &|value| match value {
            Json::Array(_) => names(value),
            value => plain(value),
        }),
        b"dependentRequired" => each(value, &names),
        b"$ref" => matches!(value, Json::String(text) if is_own_reference(text)),
        b"$schema" => {
            matches!(value, Json::String(url) if Draft::of_url(&url.to_string_lossy()).is_some())
        }
        b"id" | b"$id" => matches!(value, Json::String(url) if is_plain_url(url)),
        // No metaschema has more keywords, but for those that begin so.
        other => !other.starts_with(b"$"),
    }
}

fn is_type(value: &Json) -> bool {
    let named = Types::read(value).names().count();
    match value {
        Json::Array(names) => !names.is_empty() && named == names.len(),
        _ => named == 1,
    }
}

/// Returns whether a bound that this excludes is there.
fn is_flag(members: &Object, bound: &str, value: &Json) -> bool {
    matches!(value, Json::Bool(_)) && members.get(bound).is_some()
}

/// The release that finds more of them is asked: where only it does, the metaschema decides.
fn has_duplicates(items: &[Json]) -> bool {
    duplicates(Items::Json(items), Release::V6_0_2).is_some()
}

fn is_list_of_names(draft: Draft, value: &Json) -> bool {
    let Json::Array(names) = value else { return false };
    names.iter().all(|name| matches!(name, Json::String(_)))
        && (draft > Draft::Four || !names.is_empty())
        && !has_duplicates(names)
}

/// Returns whether a reference leads into the document, without an escape.
fn is_own_reference(reference: &[u8]) -> bool {
    let is_plain = |c: &u8| c.is_ascii_alphanumeric() || b"/-._$".contains(c);
    let pointer = reference.strip_prefix(b"#");
    pointer.is_some_and(|p| (p.is_empty() || p.starts_with(b"/")) && p.iter().all(is_plain))
}

/// Returns whether a text is a URL of names alone.
fn is_plain_url(url: &[u8]) -> bool {
    let rest = url.strip_prefix(b"https://").or_else(|| url.strip_prefix(b"http://"));
    let is_plain = |c: &u8| c.is_ascii_alphanumeric() || b"/-._".contains(c);
    rest.is_some_and(|rest| !rest.is_empty() && rest.iter().all(is_plain))
}
