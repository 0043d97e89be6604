//! Tells which values nothing reads: typos, what is left over from an older version of a chart, values of the wrong
//! type. What a render reads is known from its provenance; what it does not read may still be read by a branch that
//! did not run, which the templates' texts tell.

mod mentions;
mod upgrade;

use std::collections::{HashMap, HashSet};

use gostd::value::{Str, Value};

use crate::chart::Chart;
use crate::profile::Profile;
use crate::provenance::{Key as Step, Provenance, Read};
use crate::values::origins::{Answer, Key, Leaf, Origins, Setting, Source};
use mentions::Mentions;

pub use upgrade::upgrade;

/// What is said of a value.
#[derive(Clone, Debug)]
pub enum Kind {
    /// No template reads it, not even in a branch that did not run.
    Unknown {
        /// Keys that are read in its place, or have defaults there.
        known: Vec<String>,
        /// Which of the steps of its path nothing knows, from 0.
        step: usize,
    },
    /// Nothing has read it in this render; a branch that did not run may.
    Unread {
        /// The defaults that stand where its path leaves them.
        known: Vec<String>,
        /// Which of the steps of its path has no default, from 0.
        step: usize,
    },
    /// Templates of the older chart read it, those of the newer one do not.
    Removed {
        /// The key of the newer chart that may have come in its place.
        renamed: Option<Vec<Key>>,
    },
    /// It has another type than the default that it takes the place of.
    Type {
        /// The type of the default, as people say it.
        want: &'static str,
        /// Its own.
        found: &'static str,
        /// What sets the default.
        default: Box<Setting>,
    },
}

/// Something that is wrong with a value.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// The path in the final values.
    pub path: Vec<Key>,
    /// What sets it.
    pub setting: Setting,
}

/// What of a chart's values is read.
pub struct Usage<'u> {
    origins: &'u Origins,
    read: HashSet<(Vec<Step>, Read)>,
    mentions: Mentions,
}

impl<'u> Usage<'u> {
    /// Joins what a render has read and what the templates of a chart mention. `chart` is as it was loaded, its
    /// dependencies not yet settled. Without a render all is what the templates mention.
    pub fn new(
        chart: &Chart,
        origins: &'u Origins,
        provenance: Option<&Provenance>,
        profile: Profile,
    ) -> Usage<'u> {
        let values = Step::Name(Str::from_static("Values"));
        let all = provenance.map(Provenance::all_reads).unwrap_or_default().into_iter();
        let read = all
            .filter_map(|access| match access.path.split_first() {
                Some((first, inner)) if *first == values => Some((inner.to_vec(), access.read)),
                _ => None,
            })
            .collect();
        let ran = provenance.into_iter().flat_map(Provenance::ran).collect();
        Usage { origins, read, mentions: Mentions::of(chart, profile, &ran) }
    }

    /// Returns whether the render has read a value, by itself or with what holds it.
    pub fn is_read(&self, path: &[Key]) -> bool {
        let steps: Vec<Step> = path.iter().map(Step::from).collect();
        let own = [Read::Value, Read::Key, Read::Shape, Read::Whole];
        own.iter().any(|read| self.read.contains(&(steps.clone(), *read)))
            || (0..steps.len()).any(|n| self.read.contains(&(steps[..n].to_vec(), Read::Whole)))
            || self.mentions.settles(path)
    }

    /// Returns whether some template may read a value, in whatever branch.
    pub fn may_be_read(&self, path: &[Key]) -> bool {
        self.mentions.unknown_step(path).is_none()
    }

    /// Checks the values that the user's layers set, layer by layer.
    pub fn check(&self) -> Vec<Finding> {
        let leaves = self.origins.leaves();
        let defaults = defaults(&leaves);
        let is_users = |leaf: &&Leaf| !matches!(leaf.setting.source, Source::Chart { .. });
        let users: Vec<&Leaf> = leaves.iter().filter(is_users).collect();
        let paths: Vec<Vec<Key>> =
            users.iter().map(|leaf| leaf.in_force.first().cloned().unwrap_or_default()).collect();
        let answers = self.origins.answers(&paths);
        let both = users.into_iter().zip(answers);
        both.flat_map(|(leaf, answer)| self.check_leaf(leaf, answer, &defaults)).collect()
    }

    fn check_leaf(&self, leaf: &Leaf, answer: Answer, defaults: &Defaults) -> Vec<Finding> {
        let own = std::slice::from_ref(&leaf.setting.path);
        let paths = if leaf.in_force.is_empty() { own } else { &leaf.in_force };
        let finding =
            |kind| Finding { kind, path: leaf.setting.path.clone(), setting: leaf.setting.clone() };
        let mut found = Vec::new();
        if let Some((want, is, default)) = mistyped(leaf, answer) {
            found.push(finding(Kind::Type { want, found: is, default: Box::new(default) }));
        }
        if paths.iter().any(|path| self.is_read(path)) {
            return found;
        }
        let unknown: Option<Vec<usize>> =
            paths.iter().map(|path| self.mentions.unknown_step(path)).collect();
        found.push(finding(match unknown.as_deref() {
            Some([step, ..]) => Kind::Unknown {
                known: self.known(&paths[0][..(*step).min(paths[0].len())]),
                step: *step,
            },
            _ => unread(defaults, &leaf.setting.path),
        }));
        found
    }

    /// Returns the keys that are known in a map of the values.
    fn known(&self, path: &[Key]) -> Vec<String> {
        let mut names = self.mentions.below(path);
        for member in self.origins.members(path) {
            let inner = [path, std::slice::from_ref(&member)].concat();
            if let Key::Name(name) = &member
                && self.may_be_read(&inner)
            {
                names.push(name.to_string());
            }
        }
        names.sort();
        names.dedup();
        names
    }

    /// Returns the defaults of charts that nothing has read and no branch may read.
    pub fn unused(&self) -> Vec<Finding> {
        let leaves = self.origins.leaves();
        let defaults =
            leaves.iter().filter(|leaf| matches!(leaf.setting.source, Source::Chart { .. }));
        let found = defaults.filter_map(|leaf| {
            let paths = &leaf.in_force;
            if paths.is_empty() || paths.iter().any(|path| self.is_read(path)) {
                return None;
            }
            let kind = match paths.iter().any(|path| self.may_be_read(path)) {
                true => Kind::Unread { known: Vec::new(), step: 0 },
                false => Kind::Unknown { known: Vec::new(), step: 0 },
            };
            Some(Finding { kind, path: paths[0].clone(), setting: leaf.setting.clone() })
        });
        found.collect()
    }
}

/// Returns the type that a default has and a user's value in its place has not.
fn mistyped(leaf: &Leaf, answer: Answer) -> Option<(&'static str, &'static str, Setting)> {
    leaf.in_force.first()?;
    let own = type_of(&leaf.setting.value)?;
    let default = answer.overridden.into_iter().find(|setting| {
        matches!(setting.source, Source::Chart { .. }) && !setting.value.is_nil()
    })?;
    let want = type_of(&default.value)?;
    // A text, a number and a list take the place of each other where templates print them.
    let is_wrong = match (want, own) {
        ("a map", other) | (other, "a map") => other != "a map",
        ("a list", "a text") => {
            !matches!(&leaf.setting.value, Value::Str(text) if text.find_template())
        }
        ("true or false", "a text") => {
            matches!(&leaf.setting.value, Value::Str(text) if matches!(&**text, b"true" | b"false" | b"yes" | b"no" | b"on" | b"off"))
        }
        _ => false,
    };
    // An empty default says little of what is wanted.
    let is_empty = matches!(&default.value, Value::Str(text) if text.is_empty());
    (is_wrong && !is_empty).then_some((want, own, default))
}

/// The maps that defaults make, by their paths, and the names in each.
type Defaults = HashMap<Vec<Key>, Vec<String>>;

fn defaults(leaves: &[Leaf]) -> Defaults {
    let mut found = Defaults::new();
    for leaf in leaves {
        let Source::Chart { chart, .. } = &leaf.setting.source else { continue };
        let own = leaf.setting.path.iter().cloned();
        let path: Vec<Key> = chart.iter().cloned().map(Key::Name).chain(own).collect();
        for (n, key) in path.iter().enumerate() {
            let Key::Name(name) = key else { break };
            let names = found.entry(path[..n].to_vec()).or_default();
            let name = name.to_string();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    found
}

/// Says of what is not read where its path leaves the defaults.
fn unread(defaults: &Defaults, path: &[Key]) -> Kind {
    let step = (0..path.len()).rfind(|n| defaults.contains_key(&path[..*n])).unwrap_or(0);
    let known = match path.get(step) {
        Some(Key::Name(_)) => defaults.get(&path[..step]).cloned().unwrap_or_default(),
        _ => Vec::new(),
    };
    Kind::Unread { known, step }
}

/// Says whether a text holds an action, which `tpl` may turn into anything.
trait FindTemplate {
    fn find_template(&self) -> bool;
}

impl FindTemplate for Str {
    fn find_template(&self) -> bool {
        self.windows(2).any(|two| two == b"{{")
    }
}

fn type_of(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::Map(_) => "a map",
        Value::List(_) => "a list",
        Value::Str(_) => "a text",
        Value::Bool(_) => "true or false",
        Value::Int(..) | Value::Uint(..) | Value::Float(_) => "a number",
        _ => return None,
    })
}
