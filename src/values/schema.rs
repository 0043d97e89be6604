//! Checks values against a chart's values.schema.json, with the validator that the Helm release has.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use gojsonschema::Loader;
use gostd::http::status_text;
use gostd::json;
use gostd::os::{read_reason, read_regular_file};
use gostd::strconv::quoted;
use gostd::url::Url;
use gostd::value::Map;

use crate::profile::{Profile, Rule};
use crate::report::{Debug, Event, Reporter, Warning};

/// Where Helm says that the schema stands: what it refers to is seen from there.
const PLACE: &str = "file:///values.schema.json";

/// Why values do not pass a schema.
#[derive(Clone, Debug, PartialEq)]
pub enum SchemaError {
    /// What the validator of Helm before 3.18.5 says.
    Older(gojsonschema::Error),
    /// What the validator of later releases says.
    Newer(gojsonschema6::Error),
    /// The values of a chart in `charts/` are no table.
    NoTable {
        /// Their Go type.
        found: String,
    },
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemaError::Older(error) => error.fmt(f),
            SchemaError::Newer(gojsonschema6::Error::Violations(violations)) => {
                // Helm leaves out the line that names the schema.
                let text = violations.to_string();
                writeln!(f, "{}", text.split_once('\n').map_or(&*text, |(_, lines)| lines))
            }
            SchemaError::Newer(gojsonschema6::Error::Check(error)) => {
                write!(f, "unable to validate schema: {error}")
            }
            SchemaError::Newer(error) => error.fmt(f),
            SchemaError::NoTable { found } => {
                writeln!(f, "invalid type for values: expected object (map), got {found}")
            }
        }
    }
}

impl std::error::Error for SchemaError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            SchemaError::Older(error) => error.source(),
            SchemaError::Newer(error) => error.source(),
            SchemaError::NoTable { .. } => None,
        }
    }
}

/// Checks values against a schema; `documents` brings what it refers to by http.
///
/// # Errors
/// [`SchemaError::Older`], [`SchemaError::Newer`].
pub(crate) fn check(
    schema: &[u8],
    values: &Map,
    documents: &dyn Loader,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<(), SchemaError> {
    if !profile.has(Rule::SchemaV6) {
        return gojsonschema::validate_with(schema, values, documents).map_err(SchemaError::Older);
    }
    if profile.has(Rule::StructuredLogs)
        && reporter.wants_debug()
        && json::unmarshal(schema).is_ok()
    {
        reporter.debug(|| Debug::ReadSchema { schema: schema.to_vec() });
    }
    let load = |url: &str| load(url, documents, profile, reporter);
    let release = match profile.has(Rule::SchemaV603) {
        true => gojsonschema6::Release::V6_0_3,
        false => gojsonschema6::Release::V6_0_2,
    };
    gojsonschema6::validate(PLACE, schema, values, release, &load).map_err(SchemaError::Newer)
}

/// Brings a document that a schema refers to.
fn load(
    url: &str,
    documents: &dyn Loader,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<Vec<u8>, String> {
    let parsed = Url::parse(url).map_err(|error| error.to_string())?;
    match parsed.scheme.as_str() {
        "file" => {
            let path = Path::new(OsStr::from_bytes(&parsed.path));
            read_regular_file(path).map_err(|error| read_reason(path, &error))
        }
        "http" | "https" if profile.has(Rule::SchemasOverHttp) => {
            documents.load(url).map_err(|error| match error.status() {
                Some(code) => {
                    let name = status_text(code);
                    format!("HTTP request to {url} returned status {code} ({name})")
                }
                None => format!("HTTP request failed for {url}: {error}"),
            })
        }
        "urn" if profile.has(Rule::UrnSchemas) => {
            reporter.report(Event::Warning(Warning::UnresolvedUrn { urn: url.to_owned() }));
            Ok(b"true".to_vec())
        }
        // There the validator's own loader is at work.
        _ if !profile.has(Rule::SchemasOverHttp) => Err(format!("invalid file url: {parsed}")),
        _ => Err(format!("no URLLoader registered for {}", quoted(parsed.to_string()))),
    }
}
