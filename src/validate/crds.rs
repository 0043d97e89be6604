//! Definitions of custom resources.

use std::collections::HashSet;

use bstr::ByteSlice;
use gostd::url::Url;

use super::node::Node;
use super::{Findings, Level, Rule, access, schema_rules, schemas};
use crate::diff::Object;
use crate::kubernetes::names;

const EXTENSIONS: &str =
    "k8s.io/apiextensions-apiserver, pkg/apis/apiextensions/validation/validation.go";

pub(super) static RULES: &[Rule] = &[NAMES, VERSIONS, STRUCTURE, CONVERSION, FORMAT];

const NAMES: Rule = Rule {
    code: "SC721",
    level: Level::Error,
    title: "A CustomResourceDefinition has to be named PLURAL.GROUP, and to name its kind",
    source: EXTENSIONS,
};
const VERSIONS: Rule = Rule {
    code: "SC722",
    level: Level::Error,
    title: "A CustomResourceDefinition has to have one version that is stored, and each what it needs",
    source: EXTENSIONS,
};
pub(super) const STRUCTURE: Rule = Rule {
    code: "SC723",
    level: Level::Error,
    title: "The schema of a CustomResourceDefinition has to be structural",
    source: "k8s.io/apiextensions-apiserver, pkg/apiserver/schema/validation.go",
};
const CONVERSION: Rule = Rule {
    code: "SC724",
    level: Level::Error,
    title: "A conversion has to be None, or to name a webhook and the versions that it takes",
    source: EXTENSIONS,
};

pub(super) const FORMAT: Rule = Rule {
    code: "SC725",
    level: Level::Warning,
    title: "A schema should ask for formats that the server knows, and for sets of plain values",
    source: "k8s.io/apiextensions-apiserver, pkg/registry/customresourcedefinition: WarningsOnCreate",
};

/// How many fields of a version may be selected by.
const MOST_SELECTABLE: usize = 8;
/// How many bytes the warning of a version may have.
const LONGEST_WARNING: usize = 256;

const COLUMN_TYPES: &[&str] = &["integer", "number", "string", "boolean", "date"];
const COLUMN_FORMATS: &[&str] =
    &["int32", "int64", "float", "double", "byte", "date", "date-time", "password"];

pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    if !object.is_definition() {
        return;
    }
    found.bounds.begin_definition();
    let (spec, metadata) = (root.at("spec"), root.at("metadata"));
    let (group, own) = (spec.at("group"), spec.at("names"));
    let plural = own.at("plural");
    let wanted = [&*plural.text_or_empty(), b".", &*group.text_or_empty()].concat();
    let name = metadata.at("name");
    if *name.text_or_empty() != *wanted {
        found.add(
            &NAMES,
            &name,
            format!("it has to be {:?}, PLURAL.GROUP of its spec", wanted.to_str_lossy()),
        );
    }
    let generated = metadata.at("generateName");
    if !generated.is_empty() {
        found.add(&NAMES, &generated, "the name of a definition cannot be made by the server");
    }
    let group_text = group.text_or_empty();
    if group_text.find_byte(b'.').is_none() {
        found.add(&NAMES, &group, "the group has to be a domain of at least two parts");
    } else {
        found.named(&NAMES, &group, names::subdomain(&group_text));
    }
    is_approved(&group_text, &metadata, found);
    names_of(&own, found);
    let scope = spec.at("scope");
    if !scope.is("Cluster") && !scope.is("Namespaced") {
        found.add(&NAMES, &scope, "it has to be Cluster or Namespaced");
    }
    versions(&spec, found);
    if let Some(conversion) = spec.get("conversion") {
        conversion_of(&conversion, found);
    }
}

fn names_of(own: &Node<'_>, found: &mut Findings) {
    for key in ["plural", "singular", "kind", "listKind"] {
        let one = own.at(key);
        let text = one.text_or_empty();
        // A kind may have capitals.
        let text = if key.ends_with("ind") { text.to_ascii_lowercase() } else { text.to_vec() };
        match one.is_empty() {
            // The others have defaults.
            true if matches!(key, "plural" | "kind") => {
                found.add(&NAMES, &one, format!("{key} is required"))
            }
            true => {}
            false => found.named(&NAMES, &one, names::label(&text, true)),
        }
    }
    let (kind, list) = (own.at("kind"), own.at("listKind"));
    if !kind.is_empty() && kind.text() == list.text() {
        found.add(&NAMES, &list, "kind and listKind must not be the same");
    }
    for key in ["shortNames", "categories"] {
        for one in own.at(key).items() {
            found.named(&NAMES, &one, names::label(&one.text_or_empty(), true));
        }
    }
}

/// Checks that a definition in a group of Kubernetes' own names its approval.
fn is_approved(group: &[u8], metadata: &Node<'_>, found: &mut Findings) {
    let ends = |end: &str| group == end.as_bytes() || group.ends_with(format!(".{end}").as_bytes());
    if !ends("k8s.io") && !ends("kubernetes.io") {
        return;
    }
    let annotations = metadata.at("annotations");
    let approval = annotations.at("api-approved.kubernetes.io");
    let text = approval.text_or_empty();
    let is_url = text.to_str().is_some_and(|text| {
        Url::parse(text).is_ok_and(|url| !url.host.is_empty() && !url.scheme.is_empty())
    });
    if !text.starts_with(b"unapproved") && !is_url {
        found.add(
            &NAMES,
            &approval,
            "a group of Kubernetes' own needs the annotation api-approved.kubernetes.io: the URL of its approval, or a text that begins with unapproved",
        );
    }
}

fn versions(spec: &Node<'_>, found: &mut Findings) {
    let versions = spec.at("versions");
    let stored = versions.items().filter(|version| version.at("storage").is_true()).count();
    if stored != 1 {
        found.add(
            &VERSIONS,
            &versions,
            format!("{stored} versions are stored: it has to be exactly one"),
        );
    }
    let is_preserving = spec.at("preserveUnknownFields").is_true();
    if is_preserving {
        found.add(
            &STRUCTURE,
            &spec.at("preserveUnknownFields"),
            "it must not be true; set x-kubernetes-preserve-unknown-fields in the schema",
        );
    }
    let mut seen = HashSet::new();
    for version in versions.items() {
        let name = version.at("name");
        found.named(&VERSIONS, &name, names::label(&name.text_or_empty(), true));
        if !seen.insert(name.text_or_empty()) {
            found.add(&VERSIONS, &name, format!("another version is {}, too", name.shown()));
        }
        warning(&version, found);
        for column in version.at("additionalPrinterColumns").items() {
            column_of(&column, found);
        }
        let subresources = version.at("subresources");
        if let Some(scale) = subresources.get("scale") {
            scale_of(&scale, found);
        }
        let holder = version.at("schema");
        let schema = holder.at("openAPIV3Schema");
        if !schema.is_set() {
            found.add(&VERSIONS, &schema, "the version has no schema");
            continue;
        }
        schemas::check(&schema, subresources.at("status").is_set(), found);
        if found.since(31) {
            selectable(&version, &schema, found);
        }
    }
}

/// Checks what is said of a version that is deprecated.
fn warning(version: &Node<'_>, found: &mut Findings) {
    let warning = version.at("deprecationWarning");
    let Some(text) = warning.text() else { return };
    if !version.at("deprecated").is_true() {
        found.add(&VERSIONS, &warning, "it can be set only of a version that is deprecated");
    }
    let is_printed = text.chars().all(|c| c == ' ' || !c.is_control() && !c.is_whitespace());
    if text.is_empty() || text.len() > LONGEST_WARNING || !is_printed {
        found.add(
            &VERSIONS,
            &warning,
            format!("it has to have 1 to {LONGEST_WARNING} bytes, in one line"),
        );
    }
}

fn column_of(column: &Node<'_>, found: &mut Findings) {
    let (kind, path) = (column.at("type"), column.at("jsonPath"));
    found.required(&VERSIONS, &column.at("name"), "name");
    if found.required(&VERSIONS, &kind, "type") {
        found.exactly(&VERSIONS, &kind, COLUMN_TYPES);
    }
    found.one_of(&VERSIONS, &column.at("format"), COLUMN_FORMATS);
    if !path.text_or_empty().starts_with(b".") {
        found.add(&VERSIONS, &path, "the jsonPath has to begin with .");
    }
}

fn scale_of(scale: &Node<'_>, found: &mut Findings) {
    let below: [(&str, &[&str]); 3] = [
        ("specReplicasPath", &[".spec."]),
        ("statusReplicasPath", &[".status."]),
        ("labelSelectorPath", &[".spec.", ".status."]),
    ];
    for (key, starts) in below {
        let path = scale.at(key);
        let text = path.text_or_empty();
        let is_optional = key == "labelSelectorPath" && text.is_empty();
        if !is_optional && !starts.iter().any(|start| text.starts_with(start.as_bytes())) {
            found.add(
                &VERSIONS,
                &path,
                format!("it has to be a path that begins with {}", starts.join(" or ")),
            );
        }
    }
}

/// Checks the fields that custom resources can be selected by.
fn selectable(version: &Node<'_>, schema: &Node<'_>, found: &mut Findings) {
    let fields = version.at("selectableFields");
    let mut seen = HashSet::new();
    for one in fields.items() {
        let path = one.at("jsonPath");
        if !found.required(&VERSIONS, &path, "jsonPath") {
            continue;
        }
        let text = path.text_or_empty();
        match schema_rules::field(schema, &text, false) {
            Err(why) => found.add(&VERSIONS, &path, format!("{}: {why}", path.shown())),
            Ok(kind) => {
                if text.starts_with(b".metadata.") || text.as_bytes() == b".metadata" {
                    found.add(&VERSIONS, &path, "it must not be a field of the metadata");
                }
                if !matches!(&*kind, b"string" | b"boolean" | b"integer") {
                    let words = "it has to be a field of the type string, boolean or integer";
                    found.add(&VERSIONS, &path, words);
                }
            }
        }
        if !seen.insert(text) {
            found.add(&VERSIONS, &path, format!("{} stands there twice", path.shown()));
        }
    }
    if seen.len() > MOST_SELECTABLE {
        let words = format!("it must not have more than {MOST_SELECTABLE} fields");
        found.add(&VERSIONS, &fields, words);
    }
}

fn conversion_of(conversion: &Node<'_>, found: &mut Findings) {
    let (strategy, webhook) = (conversion.at("strategy"), conversion.at("webhook"));
    if !strategy.is("None") && !strategy.is("Webhook") {
        found.add(&CONVERSION, &strategy, "it has to be None or Webhook");
    }
    let (config, versions) = (webhook.at("clientConfig"), webhook.at("conversionReviewVersions"));
    if !strategy.is("Webhook") {
        let why = "it can be set only where the strategy is Webhook";
        found.forbidden(&CONVERSION, &config, why);
        if !versions.is_empty() {
            found.add(&CONVERSION, &versions, why);
        }
        return;
    }
    if !config.is_set() {
        found.add(&CONVERSION, &config, "clientConfig is required where the strategy is Webhook");
    } else {
        access::client(&CONVERSION, &config, found);
    }
    access::reviews(&CONVERSION, &versions, found);
}
