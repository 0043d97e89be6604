//! Reads what is known of a deployed release: its Secret, what `helm get all` or a dry run prints, or manifests alone.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bstr::ByteSlice;
use gostd::json;
use gostd::value::{Map, Str, Value};

use super::object::get;

/// What is known of a deployed release.
#[derive(Clone, Debug, Default)]
pub struct Deployed {
    /// Its name; empty where that is not known.
    pub name: String,
    /// Its status, e.g. `deployed`; empty where that is not known.
    pub status: String,
    /// Whether what was read is a list with nothing in it.
    pub is_empty_list: bool,
    /// Its manifests, hooks behind them.
    pub manifests: Str,
    /// Its namespace; empty where that is not known.
    pub namespace: String,
    /// The values that it was given; nothing where they are not known.
    pub config: Option<Map>,
    /// The defaults of its chart, where what was read holds them.
    pub defaults: Option<Map>,
    /// The values that it was given with the defaults of its chart, where what was read holds these.
    pub computed: Option<Map>,
}

/// Why a release cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DeployedError {
    /// A Secret that is of a release, and cannot be unpacked.
    #[error("the Secret of the release cannot be unpacked: {0}")]
    Packed(&'static str),
    /// What stands under a heading is no YAML.
    #[error("what stands under {heading} is no YAML: {cause}")]
    Values {
        /// The heading.
        heading: &'static str,
        /// Why.
        cause: goyaml::YamlError,
    },
}

/// The largest release that is unpacked, in bytes.
const MOST: u64 = 256 << 20;

const USER: &str = "USER-SUPPLIED VALUES:";
const COMPUTED: &str = "COMPUTED VALUES:";

/// Reads a release from a text of any of these forms.
///
/// # Errors
/// A Secret that cannot be unpacked, values that are no YAML.
pub fn read_deployed(text: &Str) -> Result<Deployed, DeployedError> {
    read_release(text, "")
}

/// Reads a release as [`read_deployed`] does; of several one of a name, where it is among them.
///
/// # Errors
/// Those of [`read_deployed`].
pub fn read_release(text: &Str, name: &str) -> Result<Deployed, DeployedError> {
    let start = text.trim_ascii_start();
    if start.starts_with(b"{") || start.contains_str("helm.sh/release.v1") {
        let value = match start.starts_with(b"{") {
            true => json::unmarshal(start).ok(),
            false => goyaml::decode(start).ok(),
        };
        if let Some(release) = value.as_ref().map(|v| of_value(v, name)).transpose()?.flatten() {
            return Ok(release);
        }
    }
    let is_empty_list = text.contains_str("items:") || text.contains_str("\"items\"");
    let is_empty_list = is_empty_list
        && goyaml::decode(start).is_ok_and(
            |value| matches!(get(&value, &["items"]), Some(Value::List(items)) if items.is_empty()),
        );
    if start.starts_with(b"NAME: ") && text.contains_str("\nMANIFEST:\n") {
        return of_report(text);
    }
    Ok(Deployed { manifests: text.clone(), is_empty_list, ..Deployed::default() })
}

fn of_value(value: &Value, name: &str) -> Result<Option<Deployed>, DeployedError> {
    if let Some(Value::Str(_)) = get(value, &["manifest"]) {
        return Ok(Some(of_release(value)));
    }
    let is_secret = |value: &Value| matches!(get(value, &["type"]), Some(Value::Str(kind)) if kind == "helm.sh/release.v1");
    if is_secret(value) {
        return unpack(value).map(Some);
    }
    // Of several the one that is deployed, else the last one.
    let Some(Value::List(items)) = get(value, &["items"]) else { return Ok(None) };
    let label = |item: &Value, name: &str| match get(item, &["metadata", "labels", name]) {
        Some(Value::Str(text)) => text.to_string_lossy().into_owned(),
        _ => String::new(),
    };
    let best = items.iter().filter(|item| is_secret(item)).max_by_key(|item| {
        let version: u64 = label(item, "version").parse().unwrap_or(0);
        let is_named = !name.is_empty() && label(item, "name") == name;
        (is_named, label(item, "status") == "deployed", version)
    });
    best.map(unpack).transpose()
}

/// Unpacks a Secret: JSON, compressed, twice in base64.
fn unpack(secret: &Value) -> Result<Deployed, DeployedError> {
    let Some(Value::Str(data)) = get(secret, &["data", "release"]) else {
        return Err(DeployedError::Packed("it has no data.release"));
    };
    let packed = DeployedError::Packed;
    let mut bytes = STANDARD.decode(data.trim_ascii()).map_err(|_| packed("no base64"))?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        bytes = STANDARD.decode(bytes.trim_ascii()).map_err(|_| packed("no base64 in base64"))?;
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut text = Vec::new();
        let reader = flate2::read::MultiGzDecoder::new(&bytes[..]);
        let read = reader.take(MOST + 1).read_to_end(&mut text);
        read.map_err(|_| packed("what is compressed in it is damaged"))?;
        if text.len() as u64 > MOST {
            return Err(packed("it is too large"));
        }
        bytes = text;
    }
    let value = json::unmarshal(&bytes).map_err(|_| packed("no JSON"))?;
    Ok(of_release(&value))
}

fn of_release(release: &Value) -> Deployed {
    let text = |path: &[&str]| match get(release, path) {
        Some(Value::Str(text)) => text.to_vec(),
        _ => Vec::new(),
    };
    let mut manifests = text(&["manifest"]);
    if let Some(Value::List(hooks)) = get(release, &["hooks"]) {
        for hook in hooks.iter() {
            let part = |name| match get(hook, &[name]) {
                Some(Value::Str(text)) => text.to_vec(),
                _ => Vec::new(),
            };
            manifests.extend_from_slice(b"\n---\n# Source: ");
            manifests.extend(part("path"));
            manifests.push(b'\n');
            manifests.extend(part("manifest"));
        }
    }
    let map = |path: &[&str]| get(release, path).and_then(|value| value.as_map());
    let config = map(&["config"]).unwrap_or_default();
    let defaults = map(&["chart", "values"]);
    let has_chart = get(release, &["chart"]).is_some();
    let words = |path: &[&str]| String::from_utf8_lossy(&text(path)).into_owned();
    Deployed {
        name: words(&["name"]),
        status: words(&["info", "status"]),
        is_empty_list: false,
        manifests: Str::from(manifests),
        namespace: words(&["namespace"]),
        config: (has_chart || !config.is_empty()).then_some(config),
        defaults: defaults.or_else(|| has_chart.then(Map::new)),
        computed: None,
    }
}

/// Reads what `helm get all`, `helm status` or a dry run prints.
fn of_report(text: &Str) -> Result<Deployed, DeployedError> {
    let section = |from: &str, to: &[&str]| -> Option<Vec<u8>> {
        let start = text.find(format!("\n{from}\n"))? + from.len() + 2;
        let rest = &text[start..];
        let ends = to.iter().filter_map(|to| rest.rfind(format!("\n{to}\n")).map(|at| at + 1));
        let end = ends
            .chain(
                to.iter()
                    .filter_map(|to| rest.starts_with(format!("{to}\n").as_bytes()).then_some(0)),
            )
            .min();
        Some(rest[..end.unwrap_or(rest.len())].to_vec())
    };
    let mut manifests = section("MANIFEST:", &["NOTES:"]).unwrap_or_default();
    if let Some(hooks) = section("HOOKS:", &["MANIFEST:"]) {
        manifests.extend_from_slice(b"\n");
        manifests.extend(hooks);
    }
    let head = |name: &[u8]| {
        let found = text.lines().find_map(|line| line.strip_prefix(name));
        found.unwrap_or_default().trim_ascii().to_str_lossy().into_owned()
    };
    let values = |heading: &'static str| -> Result<Option<Map>, DeployedError> {
        let Some(text) = section(heading, &[COMPUTED, "HOOKS:"]) else { return Ok(None) };
        let map = goyaml::unmarshal_map(&text);
        map.map(Some).map_err(|cause| DeployedError::Values { heading, cause })
    };
    Ok(Deployed {
        name: head(b"NAME: "),
        status: head(b"STATUS: "),
        is_empty_list: false,
        manifests: Str::from(manifests),
        namespace: head(b"NAMESPACE: "),
        config: values(USER)?,
        defaults: None,
        computed: values(COMPUTED)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_read_from_what_helm_prints() {
        let text = Str::from(
            "NAME: web\nLAST DEPLOYED: x\nNAMESPACE: shop\nUSER-SUPPLIED VALUES:\na: 1\n\nCOMPUTED VALUES:\na: 1\nb: 2\n\n\
             HOOKS:\n---\n# Source: app/h.yaml\nkind: Job\nMANIFEST:\n---\nkind: Pod\n\nNOTES:\nhello\n",
        );
        let release = read_deployed(&text).unwrap();
        assert_eq!(release.namespace, "shop");
        assert_eq!(release.config.unwrap().len(), 1);
        assert_eq!(release.computed.unwrap().len(), 2);
        let manifests = release.manifests.to_str().unwrap();
        assert!(manifests.contains("kind: Pod") && manifests.contains("kind: Job"), "{manifests}");
        assert!(!manifests.contains("hello"), "{manifests}");
    }

    #[test]
    fn a_release_is_read_from_its_secret() {
        let release = r#"{"name":"web","namespace":"shop","manifest":"kind: Pod\n","config":{"a":1},"chart":{"values":{"b":2}}}"#;
        let packed = STANDARD.encode(STANDARD.encode(release));
        let secret = format!(
            r#"{{"kind":"Secret","type":"helm.sh/release.v1","data":{{"release":"{packed}"}}}}"#
        );
        let list = format!(r#"{{"kind":"List","items":[{secret}]}}"#);
        for text in [secret, list] {
            let release = read_deployed(&Str::from(text)).unwrap();
            assert_eq!(release.manifests, "kind: Pod\n");
            assert_eq!(release.defaults.unwrap().len(), 1);
        }
        let broken = r#"{"kind":"Secret","type":"helm.sh/release.v1","data":{"release":"!"}}"#;
        assert!(read_deployed(&Str::from(broken)).is_err());
        let plain = read_deployed(&Str::from("kind: Pod\n")).unwrap();
        assert!(plain.config.is_none() && plain.manifests == "kind: Pod\n");
    }
}
