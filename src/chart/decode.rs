//! Chart.yaml, requirements.yaml and Chart.lock from YAML, as [`goyaml::Decoder`] reads Go structs.

use super::Lock;
use super::metadata::{Dependency, Maintainer, Metadata};
use gostd::value::Value;
use goyaml::Decoder;

/// Reads a document into `into`, keeping what it does not mention. The error is the text that
/// follows `cannot load FILE: `.
pub(super) fn metadata(data: &[u8], into: &mut Metadata) -> Result<(), String> {
    let tree = goyaml::decode(data).map_err(|e| e.to_string())?;
    let mut d = Decoder::default();
    if d.top(&tree, "chart.Metadata") {
        d.fields(&tree, "Metadata", METADATA, |d, name, v| metadata_field(d, into, name, v));
    }
    d.finish()
}

/// Reads a lock file. The error is the text that follows `cannot load FILE: `.
pub(super) fn lock(data: &[u8]) -> Result<Lock, String> {
    let tree = goyaml::decode(data).map_err(|e| e.to_string())?;
    let mut lock = Lock::default();
    let mut d = Decoder::default();
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

pub(crate) const METADATA: &[&str] = &[
    "name",
    "home",
    "sources",
    "version",
    "description",
    "keywords",
    "maintainers",
    "icon",
    "apiVersion",
    "condition",
    "tags",
    "appVersion",
    "deprecated",
    "annotations",
    "kubeVersion",
    "dependencies",
    "type",
];
const MAINTAINER: &[&str] = &["name", "email", "url"];
const DEPENDENCY: &[&str] =
    &["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"];
const LOCK: &[&str] = &["generated", "digest", "dependencies"];

pub(crate) fn metadata_field(d: &mut Decoder, m: &mut Metadata, name: &str, v: &Value) {
    match name {
        "name" => d.text(v, &mut m.name),
        "home" => d.text(v, &mut m.home),
        "sources" => d.texts(v, &mut m.sources),
        "version" => d.text(v, &mut m.version),
        "description" => d.text(v, &mut m.description),
        "keywords" => d.texts(v, &mut m.keywords),
        "maintainers" => maintainers(d, v, &mut m.maintainers),
        "icon" => d.text(v, &mut m.icon),
        "apiVersion" => d.text(v, &mut m.api_version),
        "condition" => d.text(v, &mut m.condition),
        "tags" => d.text(v, &mut m.tags),
        "appVersion" => d.text(v, &mut m.app_version),
        "deprecated" => d.boolean(v, &mut m.deprecated),
        "annotations" => d.annotations(v, &mut m.annotations),
        "kubeVersion" => d.text(v, &mut m.kube_version),
        "dependencies" => dependencies(d, v, &mut m.dependencies),
        _ => d.text(v, &mut m.kind),
    }
}

fn maintainers(d: &mut Decoder, v: &Value, into: &mut Option<Vec<Maintainer>>) {
    d.structs(v, into, "chart.Maintainer", |d, m, v| {
        if v.is_nil() {
            *m = Maintainer { null: true, ..Maintainer::default() };
            return;
        }
        m.null = false;
        d.fields(v, "Maintainer", MAINTAINER, |d, name, v| match name {
            "name" => d.text(v, &mut m.name),
            "email" => d.text(v, &mut m.email),
            _ => d.text(v, &mut m.url),
        });
    });
}

/// As in Go, what was read before stays where the new list is silent: a chart may name its
/// dependencies in Chart.yaml and again in requirements.yaml.
fn dependencies(d: &mut Decoder, v: &Value, into: &mut Option<Vec<Dependency>>) {
    d.structs(v, into, "chart.Dependency", |d, dep, v| {
        if v.is_nil() {
            *dep = Dependency { null: true, ..Dependency::default() };
            return;
        }
        dep.null = false;
        d.fields(v, "Dependency", DEPENDENCY, |d, name, v| match name {
            "name" => d.text(v, &mut dep.name),
            "version" => d.text(v, &mut dep.version),
            "repository" => d.text(v, &mut dep.repository),
            "condition" => d.text(v, &mut dep.condition),
            "tags" => d.texts(v, &mut dep.tags),
            "enabled" => d.boolean(v, &mut dep.enabled),
            "alias" => d.text(v, &mut dep.alias),
            _ => d.values(v, &mut dep.import_values),
        });
    });
}
