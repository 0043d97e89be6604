//! Chart.lock: the exact versions behind ranges, and the digest that ties them to Chart.yaml.

use sha2::{Digest, Sha256};

use crate::chart::{Dependency, Lock, dependencies_view};
use crate::gostd::json;
use crate::gostd::time::{LocalZone, Time, parse};
use crate::value::{Map, Str, Value, record};
use crate::yaml;

/// The digest of what Chart.yaml asks for and what was chosen, Helm's `HashReq`.
///
/// # Errors
/// What JSON cannot hold.
pub(super) fn digest(wanted: &[Dependency], locked: &[Dependency]) -> Result<Str, String> {
    let lists = [wanted, locked].map(|list| Value::List(dependencies_view(Some(list))));
    hash(&Value::list(lists.into()))
}

/// The digest that Helm 2 made of requirements.yaml alone.
///
/// # Errors
/// What JSON cannot hold.
pub(super) fn digest_of_helm_2(wanted: &[Dependency]) -> Result<Str, String> {
    let dependencies = Value::List(dependencies_view(Some(wanted)));
    hash(&record("", vec![("dependencies", dependencies)]))
}

fn hash(value: &Value) -> Result<Str, String> {
    let text = json::marshal(value, true)?;
    let hex: String = Sha256::digest(&text).iter().map(|b| format!("{b:02x}")).collect();
    Ok(Str::from(format!("sha256:{hex}")))
}

/// The file's text.
///
/// # Errors
/// What YAML cannot hold.
pub(super) fn to_yaml(lock: &Lock) -> Result<Vec<u8>, String> {
    let time = parse(b"2006-01-02T15:04:05Z07:00", &lock.generated, &LocalZone::UTC);
    let time = time.unwrap_or_else(|_| Time::zero(&LocalZone::UTC));
    let generated = time.format(b"2006-01-02T15:04:05.999999999Z07:00");
    let map = Map::new();
    map.insert("generated", Value::Str(Str::from(generated)));
    map.insert("digest", Value::Str(lock.digest.clone()));
    let dependencies = dependencies_view(lock.dependencies.as_deref());
    map.insert("dependencies", Value::List(dependencies));
    yaml::marshal(&Value::Map(map))
}
