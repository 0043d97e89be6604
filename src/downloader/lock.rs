//! Makes Chart.lock: the exact versions behind ranges, and the digest that ties them to Chart.yaml.

use sha2::{Digest, Sha256};

use super::Error;
use crate::chart::{Dependency, dependencies_view};
use gostd::json;
use gostd::value::{Str, Value, record};

/// Returns the digest of what Chart.yaml asks for and what was chosen, Helm's `HashReq`.
///
/// # Errors
/// What JSON cannot hold.
pub(super) fn digest(wanted: &[Dependency], locked: &[Dependency]) -> Result<Str, Error> {
    let lists = [wanted, locked].map(|list| Value::List(dependencies_view(Some(list))));
    hash(&Value::list(lists.into()))
}

/// Returns the digest that Helm 2 made of requirements.yaml alone.
///
/// # Errors
/// What JSON cannot hold.
pub(super) fn digest_of_helm_2(wanted: &[Dependency]) -> Result<Str, Error> {
    let dependencies = Value::List(dependencies_view(Some(wanted)));
    hash(&record("", vec![("dependencies", dependencies)]))
}

fn hash(value: &Value) -> Result<Str, Error> {
    let text = json::marshal(value, true).map_err(Error::Digest)?;
    let hex: String = Sha256::digest(&text).iter().map(|b| format!("{b:02x}")).collect();
    Ok(Str::from(format!("sha256:{hex}")))
}
