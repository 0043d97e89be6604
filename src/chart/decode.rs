//! Decodes Chart.yaml, requirements.yaml and Chart.lock, as [`goyaml::Decoder`] reads Go structs.

use super::fields::{METADATA, dependencies, names, read_all};
use super::metadata::Metadata;
use super::{ChartError, Lock, ParseError};
use crate::profile::{Profile, Rule};
use gostd::value::{Str, Value};
use goyaml::Decoder;

/// Returns a decoder whose errors are those of a Helm release.
fn decoder(profile: Profile) -> Decoder {
    match profile.has(Rule::TypesOfHelm4) {
        true => Decoder::renaming("chart", "v2"),
        false => Decoder::default(),
    }
}

/// Reads a document into `into`, keeping what it does not mention. One that was detected is not parsed again.
pub(super) fn metadata(
    data: &[u8],
    detected: Option<Detected>,
    into: &mut Metadata,
    profile: Profile,
) -> Result<(), ParseError> {
    let tree = match detected {
        Some(detected) if detected.data == data => detected.tree,
        _ => goyaml::decode(data)?,
    };
    let mut d = decoder(profile);
    if d.top(&tree, "chart.Metadata") {
        read_all(&mut d, &tree, "Metadata", &METADATA, into);
    }
    Ok(d.finish()?)
}

/// A Chart.yaml that Helm 4 has looked at before anything else.
#[derive(Debug)]
pub(super) struct Detected {
    data: Vec<u8>,
    tree: Value,
}

/// Checks that a Chart.yaml has an `apiVersion` that Helm 4 knows, before anything else is read of it.
pub(super) fn detect(data: Vec<u8>) -> Result<Detected, ChartError> {
    let failed = |cause| ChartError::Parse { file: "Chart.yaml", cause };
    let tree = goyaml::decode(&data).map_err(|e| failed(e.into()))?;
    let mut version = Str::EMPTY;
    let mut d = Decoder::default();
    if d.top(&tree, "loader.chartBase") {
        d.fields(&tree, "chartBase", &["apiVersion"], |d, _, v| d.text(v, &mut version));
    }
    d.finish().map_err(|e| failed(e.into()))?;
    match &version[..] {
        b"" | b"v1" | b"v2" | b"v3" => Ok(Detected { data, tree }),
        _ => Err(ChartError::UnknownVersion),
    }
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
