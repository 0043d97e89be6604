//! Tells what somebody wrote into an object that was read from an API server: by the annotation of `kubectl apply`, or by
//! `metadata.managedFields`.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use gostd::json;
use gostd::value::{Map, Str, Value};

use super::equal::{fingerprint, same};
use super::keys::{self, Keys};
use super::object::get;
use super::tree::Step;

/// What `kubectl apply` was given the last time.
pub(super) const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Managers of fields that are no people.
const CONTROLLERS: &[&str] =
    &["cloud-controller-manager", "kube-controller-manager", "kube-scheduler", "kubelet"];

/// What is known of what somebody wrote, at some place of an object.
#[derive(Clone, Debug)]
pub(super) enum Written {
    /// Nothing.
    Unknown,
    /// What `kubectl apply` was given there.
    Applied(Option<Value>),
    /// Who manages fields there: each a set of fields as `fieldsV1` has it. An empty one is of all that is below.
    Managed(Vec<Owner>),
}

#[derive(Clone, Debug)]
pub(super) struct Owner {
    /// Whether it applies its fields; else it has sent whole objects, with the defaults in them.
    applies: bool,
    fields: Value,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Written,
    FilledIn,
    Unknown,
}

/// Returns what is known of what somebody wrote into an object.
pub(super) fn written(value: &Value) -> Written {
    if let Some(Value::Str(text)) = get(value, &["metadata", "annotations", APPLIED])
        && let Ok(applied) = json::unmarshal(&text)
    {
        return Written::Applied(Some(applied));
    }
    let Some(Value::List(entries)) = get(value, &["metadata", "managedFields"]) else {
        return Written::Unknown;
    };
    let text = |entry: &Value, key: &str| match get(entry, &[key]) {
        Some(Value::Str(text)) => text,
        _ => Str::default(),
    };
    let is_controller = |entry: &Value| {
        let manager = text(entry, "manager");
        CONTROLLERS.iter().any(|name| manager == *name)
    };
    let people = entries
        .iter()
        .filter(|entry| text(entry, "subresource").is_empty() && !is_controller(entry));
    let owners = people.filter_map(|entry| {
        let applies = text(entry, "operation") == "Apply";
        Some(Owner { applies, fields: get(entry, &["fieldsV1"])? })
    });
    Written::Managed(owners.collect())
}

impl Written {
    /// Returns who wrote what stands here.
    pub(super) fn verdict(&self) -> Verdict {
        match self {
            Written::Unknown => Verdict::Unknown,
            Written::Applied(Some(_)) => Verdict::Written,
            Written::Applied(None) => Verdict::FilledIn,
            Written::Managed(owners) if owners.iter().any(|owner| owner.applies) => {
                Verdict::Written
            }
            Written::Managed(owners) if owners.is_empty() => Verdict::FilledIn,
            Written::Managed(_) => Verdict::Unknown,
        }
    }

    fn owners(owners: &[Owner], below: impl Fn(&Map) -> Option<Value>) -> Written {
        let owner = |owner: &Owner| match &owner.fields {
            Value::Map(fields) if !fields.is_empty() => {
                Some(Owner { applies: owner.applies, fields: below(fields)? })
            }
            _ => Some(owner.clone()),
        };
        Written::Managed(owners.iter().filter_map(owner).collect())
    }

    /// Returns what is known of the value of a key.
    pub(super) fn key(&self, key: &[u8]) -> Written {
        match self {
            Written::Unknown => Written::Unknown,
            Written::Applied(value) => {
                let value = value.as_ref().and_then(|value| value.as_map()?.get(key));
                Written::Applied(value.filter(|value| !value.is_nil()))
            }
            Written::Managed(owners) => {
                Written::owners(owners, |fields| fields.get(&[b"f:", key].concat()))
            }
        }
    }

    /// Returns what is known of each item of the list of a key.
    pub(super) fn items(&self, key: &Str, items: &[Value]) -> Vec<Written> {
        match self {
            Written::Unknown => items.iter().map(|_| Written::Unknown).collect(),
            Written::Applied(Some(Value::List(applied))) => {
                let mut all: Vec<Option<Value>> = vec![None; items.len()];
                match keys::of(None, &[Step::Key(key.clone())], items, applied) {
                    Keys::Fields(pairs) => pairs.both.iter().for_each(|(served, applied_at, _)| {
                        all[*served] = applied.get(*applied_at).cloned();
                    }),
                    _ => all.iter_mut().zip(applied.iter()).for_each(|(to, item)| {
                        *to = Some(item.clone());
                    }),
                }
                all.into_iter().map(Written::Applied).collect()
            }
            Written::Applied(_) => items.iter().map(|_| Written::Applied(None)).collect(),
            Written::Managed(owners) => {
                let named: Vec<Named> =
                    owners.iter().map(|owner| Named::of(&owner.fields)).collect();
                let of = |item: &Value| {
                    let below = owners.iter().zip(&named).filter_map(|(owner, named)| match &owner
                        .fields
                    {
                        Value::Map(fields) if !fields.is_empty() => {
                            let fields = named.below(item)?;
                            Some(Owner { applies: owner.applies, fields })
                        }
                        _ => Some(owner.clone()),
                    });
                    Written::Managed(below.collect())
                };
                items.iter().map(of).collect()
            }
        }
    }
}

/// Items by the fingerprints of what names them: that, and the set of fields.
type Items = HashMap<u64, Vec<(Value, Value)>, RandomState>;

/// The sets of fields of the items of a list: the key of each is `k:{"name":"web"}`, with the fields that name the item.
#[derive(Default)]
struct Named {
    /// By the names of these fields: the items by the fingerprints of what they hold, with what they hold.
    sets: Vec<(Vec<Str>, Items)>,
}

impl Named {
    fn of(fields: &Value) -> Named {
        let mut named = Named::default();
        let Value::Map(fields) = fields else { return named };
        for (key, below) in fields.entries() {
            let Some(own) = key.strip_prefix(b"k:").and_then(|key| json::unmarshal(key).ok())
            else {
                continue;
            };
            let Value::Map(map) = &own else { continue };
            let mut names = map.keys();
            names.sort();
            let place = named.sets.iter().position(|(known, _)| *known == names);
            let place = place.unwrap_or_else(|| {
                named.sets.push((names, HashMap::default()));
                named.sets.len() - 1
            });
            named.sets[place].1.entry(fingerprint(&own)).or_default().push((own, below));
        }
        named
    }

    /// Returns the set of fields of an item.
    fn below(&self, item: &Value) -> Option<Value> {
        let item = item.as_map()?;
        self.sets.iter().find_map(|(names, by_print)| {
            let own = Map::new();
            for name in names {
                own.insert(name.clone(), item.get(name)?);
            }
            let own = Value::Map(own);
            let found = by_print.get(&fingerprint(&own))?;
            found.iter().find(|(other, _)| same(other, &own)).map(|(_, below)| below.clone())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_by_the_fields_that_name_them() {
        let value = |text: &str| goyaml::decode(text.as_bytes()).unwrap();
        let named = Named::of(&value(
            r#"{'k:{"name":"a"}': {f:x: {}}, 'k:{"port":80,"protocol":"TCP"}': {f:y: {}}, 'v:"z"': {}, 'k:[': {}}"#,
        ));
        let below =
            |item: &str| named.below(&value(item)).map(|below| below.as_map().unwrap().keys());
        assert_eq!(below("{name: a, x: 1}"), Some(vec![Str::from("f:x")]));
        assert_eq!(below("{port: 80, protocol: TCP}"), Some(vec![Str::from("f:y")]));
        assert_eq!(below("{port: 80}"), None);
        assert_eq!(below("{name: b}"), None);
        assert_eq!(below("z"), None);
    }
}
