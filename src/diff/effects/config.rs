//! ConfigMaps and Secrets.

use gostd::value::Value;

use super::{Found, Rule, What, flag, is_same, recreate, refused, rule};
use crate::diff::object::Object;
use crate::diff::{Change, Step};

const CONFIG_MAP: Rule = rule("ValidateConfigMapUpdate", "pkg/apis/core/validation");
const SECRET: Rule = rule("ValidateSecretUpdate", "pkg/apis/core/validation");

/// `changes` are those of the values themselves, where what a Secret holds is masked in the objects.
pub(super) fn updated(old: &Object, new: &Object, changes: &[Change]) -> Vec<Found> {
    let is_secret = new.is_secret();
    let mut fields = Vec::new();
    if is_secret && !is_same(old, new, &["type"], Some(Value::str("Opaque"))) {
        fields.push("type".to_owned());
    }
    // What was immutable stays so.
    if flag(old, &["immutable"]) {
        if !flag(new, &["immutable"]) {
            fields.push("immutable".to_owned());
        }
        let differs = |key: &str| {
            let is_below = |change: &Change| matches!(change.path.first(), Some(Step::Key(first)) if first[..] == *key.as_bytes());
            changes.iter().any(is_below)
        };
        let keys: &[&str] = if is_secret { &["data"] } else { &["data", "binaryData"] };
        fields.extend(keys.iter().filter(|key| differs(key)).map(|key| (*key).to_owned()));
    }
    if fields.is_empty() {
        return Vec::new();
    }
    let mut found = refused(fields, recreate(new), if is_secret { SECRET } else { CONFIG_MAP });
    if let What::Refused { note, .. } = &mut found.what
        && flag(old, &["immutable"])
    {
        *note = Some(
            "pods keep what they have mounted until they restart; a name that holds a checksum does without"
                .to_owned(),
        );
    }
    vec![found]
}
