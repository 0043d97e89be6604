//! Compares manifests object by object, and tells what a change of them does.
//!
//! Objects are matched by group, kind, namespace and name, those that were renamed by what they hold; the items of their
//! lists by the merge keys of Kubernetes' API. What means the same is no change: the order of keys, quotes, how a quantity
//! is written. Of objects that were read from an API server what it has filled in is left out.

mod align;
pub mod cause;
mod deployed;
pub mod effects;
mod equal;
mod fold;
mod keys;
mod object;
mod pair;
mod payload;
mod renames;
mod secret;
mod served;
pub mod show;
mod tree;
mod written;

use crate::kubernetes::Kind;

pub use deployed::{Deployed, DeployedError, read_deployed, read_release};
pub use effects::selects;
pub use fold::{Fold, Group, Totals, fold, is_checksum, is_noise};
pub(crate) use object::read_definition;
pub use object::{Id, Object, ReadError, read, read_all, read_heads};
pub use payload::Form;
pub use secret::holds_secrets;
pub use tree::{Change, Step, What, path_text};

pub(crate) use equal::same;

/// How an object differs.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The object before; nothing of a new one.
    pub old: Option<Object>,
    /// The object now; nothing of one that is gone.
    pub new: Option<Object>,
    /// What differs in it; nothing of one that is new or gone.
    pub changes: Vec<Change>,
}

impl Difference {
    /// Returns the object as it is now, or as it was last.
    pub fn object(&self) -> Option<&Object> {
        self.new.as_ref().or(self.old.as_ref())
    }

    /// Tells whether the object was in the templates and is in `crds/`, or the other way round.
    pub fn is_moved(&self) -> bool {
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => is_moved(old, new),
            _ => false,
        }
    }

    /// Tells whether the object has another name than before.
    pub fn is_renamed(&self) -> bool {
        matches!((&self.old, &self.new), (Some(old), Some(new)) if old.id != new.id)
    }
}

/// What differs between two sets of manifests.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// The objects that differ, in the order of the new manifests; those that are gone at the end.
    pub differences: Vec<Difference>,
    /// How many objects are the same.
    pub same: usize,
}

/// How manifests are compared.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Shows what Secrets hold; else it is masked.
    pub show_secrets: bool,
    /// Matches objects of other names by what they hold.
    pub find_renames: bool,
}

/// Compares two sets of manifests.
///
/// # Errors
/// A document that is no YAML.
pub fn compare(old: &[Object], new: &[Object], options: Options) -> Result<Comparison, ReadError> {
    let (left, right) = (served::own(old, new), served::own(new, old));
    let pairs = pair::pair(&left, &right, options.find_renames)?;
    let mut comparison = Comparison::default();
    for (before, after) in pairs {
        let settled = match (before, after) {
            (Some(before), Some(after)) => served::settle(before, after)?,
            _ => None,
        };
        let (before, after) = match &settled {
            Some([before, after]) => (Some(before), Some(after)),
            None => (before, after),
        };
        let changes = match (before, after) {
            (Some(before), Some(after)) => {
                let changes = changes(before, after, options)?;
                if changes.is_empty() && before.id == after.id && !is_moved(before, after) {
                    comparison.same += 1;
                    continue;
                }
                changes
            }
            _ => Vec::new(),
        };
        let kept = |object: &Object, other: Option<&Object>, is_new: bool| {
            if options.show_secrets { Ok(object.clone()) } else { object.masked(other, is_new) }
        };
        comparison.differences.push(Difference {
            old: before.map(|object| kept(object, after, false)).transpose()?,
            new: after.map(|object| kept(object, before, true)).transpose()?,
            changes,
        });
    }
    Ok(comparison)
}

/// Tells whether one object is in `crds/`, which Helm leaves alone, and the other in the templates.
fn is_moved(old: &Object, new: &Object) -> bool {
    old.is_of_crds() != new.is_of_crds() && !old.source.is_empty() && !new.source.is_empty()
}

fn changes(old: &Object, new: &Object, options: Options) -> Result<Vec<Change>, ReadError> {
    if old.text == new.text {
        return Ok(Vec::new());
    }
    let kind = Kind::find(&new.api_version, &new.id.kind);
    let is_secret = old.is_secret() || new.is_secret();
    if !is_secret {
        let has_payloads = new.id.kind == "ConfigMap";
        return Ok(tree::compare(kind, old.value()?, new.value()?, has_payloads));
    }
    let [before, after] = secret::plain(old.value()?, new.value()?);
    let mut changes = tree::compare(kind, &before, &after, options.show_secrets);
    if !options.show_secrets {
        changes.iter_mut().for_each(secret::mask_change);
    }
    Ok(changes)
}
