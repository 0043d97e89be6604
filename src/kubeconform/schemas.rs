//! Finds schemas: in files, by HTTP, in the program.

use std::path::{Path, PathBuf};

use bstr::ByteSlice;
use gojsonschema6::{Release, Schema, Settings};
use gostd::os::path_of;
use gostd::time::LocalZone;
use gostd::url::Url;
use gostd::value::{Map, Str, Value, record};
use gotemplate::func::Instant;
use gotemplate::{Environment, Exec, Limits, NoMeter, Templates};

use super::Signature;
use crate::kubernetes::{Kind, Version, json_schema};

/// Where kubeconform looks by itself.
const DEFAULT: &str = "https://raw.githubusercontent.com/yannh/kubernetes-json-schema/master/{{ .NormalizedKubernetesVersion }}-standalone{{ .StrictSuffix }}/{{ .ResourceKind }}{{ .KindSuffix }}.json";
/// What is added to a location that names no file.
const BELOW: &str = "/{{ .NormalizedKubernetesVersion }}-standalone{{ .StrictSuffix }}/{{ .ResourceKind }}{{ .KindSuffix }}.json";

/// Fetches a document by its URL: nothing where the server has none.
///
/// # Errors
/// Why there is no answer.
pub type Fetch<'f> = dyn Fn(&str) -> Result<Option<Vec<u8>>, String> + 'f;

/// A location that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed initialising schema location registry: {0}")]
pub struct LocationError(String);

/// The places where schemas are looked for, in order.
pub struct Locations<'f> {
    /// Templates of URLs and paths.
    templates: Vec<String>,
    /// The version of Kubernetes, e.g. `1.31.0`, or `master`.
    version: String,
    fetch: &'f Fetch<'f>,
    /// Documents that were fetched, by the sum of their URL.
    cache: Option<PathBuf>,
    /// The working folder, absolute.
    folder: PathBuf,
}

/// What became of a document.
enum Found {
    Text(Vec<u8>),
    /// It is not there, or is no JSON where a server gave it.
    Nothing,
}

impl<'f> Locations<'f> {
    /// Reads locations as kubeconform's flag `-schema-location` has them; without any, the schemas of the program and
    /// those that are published count.
    ///
    /// # Errors
    /// A location that is no template.
    pub fn new(
        locations: &[String],
        version: &str,
        fetch: &'f Fetch<'f>,
        cache: Option<PathBuf>,
        folder: PathBuf,
    ) -> Result<Locations<'f>, LocationError> {
        let mut templates: Vec<String> = locations
            .iter()
            .map(|location| match location.as_str() {
                "default" => DEFAULT.to_owned(),
                other if other.ends_with("json") => other.to_owned(),
                other => format!("{other}{BELOW}"),
            })
            .collect();
        if templates.is_empty() {
            templates.push(DEFAULT.to_owned());
        }
        for template in &templates {
            let deployment = Signature {
                kind: "Deployment".into(),
                version: "v1".into(),
                ..Signature::default()
            };
            fill(template, &deployment, "master", true).map_err(LocationError)?;
        }
        Ok(Locations { templates, version: version.to_owned(), fetch, cache, folder })
    }

    /// Finds the schema of a resource.
    ///
    /// # Errors
    /// A location that does not answer, or a file that cannot be read.
    pub(super) fn find(
        &self,
        signature: &Signature,
        is_strict: bool,
    ) -> Result<Option<Schema>, String> {
        for template in &self.templates {
            let Ok(place) = fill(template, signature, &self.version, is_strict) else { continue };
            let is_remote = template.starts_with("http");
            let own = match self.version() {
                Some(version) if template == DEFAULT && self.cached(&place).is_none() => {
                    // What the published schemas are made of has nothing else.
                    match own(signature, version, is_strict) {
                        Some(text) => Some(text),
                        None => continue,
                    }
                }
                _ => None,
            };
            let found = match own {
                Some(text) => Found::Text(text),
                None if is_remote => self.remote(&place)?,
                None => self.local(&place)?,
            };
            let Found::Text(text) = found else { continue };
            let url = if is_remote { place } else { self.url(&place) };
            let settings = Settings {
                is_draft4: true,
                has_go_durations: true,
                ..Settings::of(Release::V6_0_3)
            };
            // What is no schema is as one that is not there.
            if let Ok(schema) = Schema::compile(&url, &text, settings, &|url| self.load(url)) {
                return Ok(Some(schema));
            }
        }
        Ok(None)
    }

    /// Returns the version of Kubernetes, if the program has its schemas.
    fn version(&self) -> Option<Version> {
        if self.version == "master" {
            return Some(Version::newest());
        }
        let minor = self.version.strip_prefix("1.")?.split('.').next()?;
        Version::of_minor(minor.parse().ok()?)
    }

    /// Returns the file of the cache for a URL.
    fn file(&self, url: &str) -> Option<PathBuf> {
        use sha2::Digest;
        let sum = sha2::Sha256::digest(url.as_bytes());
        let name: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        self.cache.as_ref().map(|folder| folder.join(name))
    }

    fn cached(&self, url: &str) -> Option<Vec<u8>> {
        gostd::os::read_regular_file(&self.file(url)?).ok()
    }

    fn remote(&self, url: &str) -> Result<Found, String> {
        if let Some(text) = self.cached(url) {
            return json(text).map(Found::Text);
        }
        let Some(text) = (self.fetch)(url)? else { return Ok(Found::Nothing) };
        if let Some(file) = self.file(url) {
            std::fs::write(file, &text).map_err(|e| {
                format!("failed to write cache to disk: {}", gostd::os::io_reason(&e))
            })?;
        }
        Ok(json(text).map_or(Found::Nothing, Found::Text))
    }

    fn local(&self, place: &str) -> Result<Found, String> {
        let path = match Url::parse(place) {
            Ok(url) if url.scheme == "file" => url.path.to_str_lossy().into_owned(),
            Ok(_) => place.to_owned(),
            Err(error) => return Err(error.to_string()),
        };
        match gostd::os::read_regular_file(&self.folder.join(path_of(&path))) {
            Ok(text) => json(text).map(Found::Text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Found::Nothing),
            Err(e) => Err(format!("open {path}: {}", gostd::os::io_reason(&e))),
        }
    }

    fn url(&self, place: &str) -> String {
        if place.starts_with("file://") {
            return place.to_owned();
        }
        let mut path = PathBuf::new();
        for part in self.folder.join(path_of(place)).components() {
            match part {
                std::path::Component::CurDir => {}
                std::path::Component::ParentDir => drop(path.pop()),
                other => path.push(other),
            }
        }
        format!("file://{}", gostd::os::path_text(&path))
    }

    /// Fetches what a schema refers to.
    fn load(&self, url: &str) -> Result<Vec<u8>, String> {
        let found = match url.strip_prefix("file://") {
            Some(path) => self.local(path)?,
            None if url.starts_with("http") => self.remote(url)?,
            None => return Err(format!("no URLLoader registered for {url:?}")),
        };
        match found {
            Found::Text(text) => Ok(text),
            Found::Nothing => Err(format!("could not find schema at {url}")),
        }
    }

    /// Checks the folder of a cache.
    ///
    /// # Errors
    /// What is no folder.
    pub fn check_cache(folder: &Path, shown: &str) -> Result<(), String> {
        match std::fs::metadata(folder) {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            Ok(_) => Err(format!("cache folder {shown} is not a directory")),
            Err(e) => Err(format!(
                "failed opening cache folder {shown}: stat {shown}: {}",
                gostd::os::io_reason(&e)
            )),
        }
    }
}

/// Returns the schema that the program has of a kind.
fn own(signature: &Signature, version: Version, is_strict: bool) -> Option<Vec<u8>> {
    let kind = Kind::find(signature.version.as_bytes(), signature.kind.as_bytes())?;
    json_schema(kind, version, is_strict).map(String::into_bytes)
}

/// Returns a document if it is JSON.
///
/// # Errors
/// Why it is none.
fn json(text: Vec<u8>) -> Result<Vec<u8>, String> {
    match gostd::json::unmarshal(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(error.to_string()),
    }
}

/// Fills in a location.
///
/// # Errors
/// The words of Go's templates.
fn fill(
    template: &str,
    signature: &Signature,
    version: &str,
    is_strict: bool,
) -> Result<String, String> {
    let mut parts = signature.version.split('/');
    let group = parts.next().unwrap_or_default();
    let second = parts.next();
    let mut suffix = format!("-{}", group.split('.').next().unwrap_or_default().to_lowercase());
    if let Some(second) = second {
        suffix.push_str(&format!("-{}", second.to_lowercase()));
    }
    let normal = if version == "master" { version.to_owned() } else { format!("v{version}") };
    let data = record(
        "struct { NormalizedKubernetesVersion string; StrictSuffix string; ResourceKind string; ResourceAPIVersion string; Group string; KindSuffix string }",
        vec![
            ("NormalizedKubernetesVersion", Value::str(normal)),
            ("StrictSuffix", Value::str(if is_strict { "-strict" } else { "" })),
            ("ResourceKind", Value::str(signature.kind.to_lowercase())),
            (
                "ResourceAPIVersion",
                Value::str(signature.version.rsplit('/').next().unwrap_or_default()),
            ),
            ("Group", Value::str(group)),
            ("KindSuffix", Value::str(suffix)),
        ],
    );
    let environment = Environment {
        functions: &|_| None,
        now: &|| Instant { seconds: 0, nanos: 0 },
        local_zone: &|| LocalZone::UTC,
        dns: false,
        lenient: None,
        cluster: None,
        values_method: |_: &Map, _: &str, _: &[Value]| Err(Str::from("no methods")),
        go: Default::default(),
        limits: Limits::default(),
        meter: &NoMeter,
    };
    let (name, templates) = (Str::from("tpl"), Templates::new());
    let said = |text: Vec<u8>| text.to_str_lossy().into_owned();
    let parsed = templates.parse(&[(&name, &template.as_bytes().into())], &environment);
    parsed.map_err(|error| said(error.text()))?;
    let made = Exec::new(&templates, &environment).execute(&name, &data);
    made.map(|text| text.to_str_lossy().into_owned()).map_err(|error| said(error.to_bytes()))
}
