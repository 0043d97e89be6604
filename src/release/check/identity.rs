//! Reads what an object says that it is.

use crate::render::{self, Kind};
use gostd::value::{Map, Value};

/// What an object says that it is.
pub(super) struct Identity {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) namespace: String,
}

impl Identity {
    pub(super) fn of(object: &Map) -> Identity {
        Identity::new(&text(object, "apiVersion"), text(object, "kind"), object)
    }

    /// Returns an item that does not say what it is is what its list is a list of.
    pub(super) fn of_item(item: &Map, list: &Identity) -> Identity {
        let kind = list.kind.strip_suffix("List").unwrap_or(&list.kind);
        Identity::new(&list.group_version(), kind.to_owned(), item)
    }

    fn new(api_version: &str, kind: String, object: &Map) -> Identity {
        let parsed = group_version(api_version);
        let metadata = object.get(b"metadata").and_then(|m| m.as_map()).unwrap_or_default();
        // Without a version that can be read it has no kind either.
        let kind = if parsed.is_some() { kind } else { String::new() };
        let (group, version) = parsed.unwrap_or_default();
        Identity {
            group: group.to_owned(),
            version: version.to_owned(),
            kind,
            name: text(&metadata, "name"),
            namespace: text(&metadata, "namespace"),
        }
    }

    pub(super) fn served(&self) -> Kind {
        render::kind(&self.group, &self.version, &self.kind)
    }

    pub(super) fn group_version(&self) -> String {
        match &*self.group {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }
}

pub(super) fn text(map: &Map, key: &str) -> String {
    match map.get(key.as_bytes()) {
        Some(Value::Str(s)) => s.to_string(),
        _ => String::new(),
    }
}

/// Returns the group and the version of an `apiVersion`.
pub(super) fn group_version(api_version: &str) -> Option<(&str, &str)> {
    if api_version == "/" {
        return Some(("", ""));
    }
    match api_version.split_once('/') {
        None => Some(("", api_version)),
        Some((_, version)) if version.contains('/') => None,
        Some(both) => Some(both),
    }
}
