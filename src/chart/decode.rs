//! Decodes Chart.yaml, requirements.yaml and Chart.lock, as [`goyaml::Decoder`] reads Go structs.

use super::fields::{METADATA, dependencies, names, read_all};
use super::metadata::Metadata;
use super::{Lock, ParseError};
use crate::profile::{Profile, Rule};
use gostd::value::Value;
use goyaml::Decoder;

/// Returns a decoder whose errors are those of a Helm release.
fn decoder(profile: Profile) -> Decoder {
    match profile.has(Rule::TypesOfHelm4) {
        true => Decoder::renaming("chart", "v2"),
        false => Decoder::default(),
    }
}

/// Reads a document into `into`, keeping what it does not mention.
pub(super) fn metadata(
    data: &[u8],
    into: &mut Metadata,
    profile: Profile,
) -> Result<(), ParseError> {
    let tree = goyaml::decode(data)?;
    let mut d = decoder(profile);
    if d.top(&tree, "chart.Metadata") {
        read_all(&mut d, &tree, "Metadata", &METADATA, into);
    }
    Ok(d.finish()?)
}

/// Checks that a document has no field twice and none that is unknown.
pub(super) fn metadata_strictly(data: &[u8], profile: Profile) -> Result<(), ParseError> {
    let tree = goyaml::decode_strict(data)?;
    let mut d = decoder(profile);
    d.strict = true;
    if d.top(&tree, "chart.Metadata") {
        read_all(&mut d, &tree, "Metadata", &METADATA, &mut Metadata::default());
    }
    Ok(d.finish()?)
}

/// Reads a lock file.
pub(super) fn lock(data: &[u8], profile: Profile) -> Result<Lock, ParseError> {
    let tree = goyaml::decode(data)?;
    let mut lock = Lock::default();
    let mut d = decoder(profile);
    if d.top(&tree, "chart.Lock") {
        d.fields(&tree, "Lock", LOCK, |d, name, v| match name {
            "generated" => d.time(v, &mut lock.generated),
            "digest" => d.text(v, &mut lock.digest),
            _ => dependencies(d, v, &mut lock.dependencies),
        });
    }
    d.finish()?;
    Ok(lock)
}

const LOCK: &[&str] = &["generated", "digest", "dependencies"];

/// The names of the fields of Chart.yaml, in Go's order.
pub(crate) const METADATA_NAMES: [&str; 17] = names(&METADATA);

/// Reads a field of Chart.yaml, wherever it stands.
pub(crate) fn metadata_field(d: &mut Decoder, into: &mut Metadata, name: &str, v: &Value) {
    if let Some(field) = METADATA.iter().find(|f| f.json == name) {
        field.read(d, into, v);
    }
}
