//! API versions, kinds and fields.

use bstr::ByteSlice;
use gostd::value::Value;

use super::{Findings, Level, Rule, path_text};
use crate::diff::Object;
use crate::kubernetes::{self, Fault, Field, Kind, Problem, Step};

const DECODING: &str = "k8s.io/apimachinery, pkg/runtime/serializer/json: strict decoding";
const LIFECYCLE: &str = "k8s.io/api: zz_generated.prerelease-lifecycle.go";

pub(super) static RULES: &[Rule] = &[
    UNKNOWN_FIELD,
    MISSING,
    TYPE,
    CHOICE,
    FORM,
    NO_API_VERSION,
    UNREADABLE,
    UNKNOWN_KIND,
    REMOVED,
    TOO_NEW,
    DEPRECATED,
    OFF,
    NO_SCHEMA,
];

pub(super) const UNKNOWN_FIELD: Rule =
    Rule { code: "SC101", level: Level::Error, title: "A field has to exist", source: DECODING };
const MISSING: Rule = Rule {
    code: "SC102",
    level: Level::Error,
    title: "A required field has to be there",
    source: "Kubernetes' OpenAPI description: required, where the server asks for it",
};
pub(super) const TYPE: Rule = Rule {
    code: "SC103",
    level: Level::Error,
    title: "A field has to be of its type",
    source: DECODING,
};
const CHOICE: Rule = Rule {
    code: "SC104",
    level: Level::Error,
    title: "A text has to be one of those allowed",
    source: "k8s.io/api: types marked +enum",
};
pub(super) const FORM: Rule = Rule {
    code: "SC105",
    level: Level::Error,
    title: "A quantity, a time, a number or bytes have to be in their form",
    source: DECODING,
};
const NO_API_VERSION: Rule = Rule {
    code: "SC106",
    level: Level::Error,
    title: "An object has to have an apiVersion",
    source: DECODING,
};
pub(super) const UNREADABLE: Rule = Rule {
    code: "SC107",
    level: Level::Error,
    title: "A document has to be an object in YAML or JSON",
    source: DECODING,
};
const UNKNOWN_KIND: Rule = Rule {
    code: "SC201",
    level: Level::Error,
    title: "A kind of Kubernetes' own API groups has to exist",
    source: "api/discovery",
};
const REMOVED: Rule = Rule {
    code: "SC202",
    level: Level::Error,
    title: "An API version has to be served still",
    source: LIFECYCLE,
};
const TOO_NEW: Rule = Rule {
    code: "SC203",
    level: Level::Error,
    title: "An API version has to be served already",
    source: LIFECYCLE,
};
pub(super) const DEPRECATED: Rule = Rule {
    code: "SC204",
    level: Level::Warning,
    title: "An API version should not be deprecated",
    source: LIFECYCLE,
};
const OFF: Rule = Rule {
    code: "SC205",
    level: Level::Warning,
    title: "An API version should be served by default",
    source: "pkg/controlplane/instance.go",
};
pub(super) const NO_SCHEMA: Rule = Rule {
    code: "SC206",
    level: Level::Note,
    title: "A custom resource needs its definition to be checked",
    source: "kubeconform: missing schemas",
};

/// Fields that the description requires and the server does not ask for: what is missing is the empty value, which it
/// takes, or it drops what holds them. Of each the kind, up to which minor version, and the path; without a kind it is the
/// end of a path of any. `*` stands for an item, or any key.
const OPTIONAL: &[(&str, u8, &[&str])] = &[
    ("CSIDriver", ALWAYS, &["spec", "tokenRequests", "*", "audience"]),
    ("CSIDriver", ALWAYS, &["spec"]),
    ("CSINode", ALWAYS, &["spec", "drivers"]),
    ("CSINode", ALWAYS, &["spec"]),
    ("ControllerRevision", 36, &["revision"]),
    ("DeviceClass", 36, &["spec"]),
    ("EndpointSlice", ALWAYS, &["endpoints", "*", "hints", "forZones", "*", "name"]),
    ("EndpointSlice", ALWAYS, &["endpoints"]),
    ("Event", ALWAYS, &["involvedObject"]),
    ("LimitRange", ALWAYS, &["spec", "limits"]),
    ("LimitRange", ALWAYS, &["spec"]),
    ("Node", ALWAYS, &["spec", "configSource", "configMap", "kubeletConfigKey"]),
    ("Node", ALWAYS, &["spec", "configSource", "configMap", "name"]),
    ("Node", ALWAYS, &["spec", "configSource", "configMap", "namespace"]),
    ("PriorityClass", ALWAYS, &["value"]),
    ("ResourceClaim", 36, &["spec"]),
    ("ResourceClaimTemplate", 36, &["spec", "spec"]),
    ("ResourceClaimTemplate", 36, &["spec"]),
    ("ResourceSlice", ALWAYS, &["spec", "devices", "*", "capacity", "*", "value"]),
    ("ResourceSlice", 34, &["spec", "devices", "*", "consumesCounters", "*", "counterSet"]),
    ("ResourceSlice", 34, &["spec", "devices", "*", "consumesCounters", "*", "counters"]),
    ("ResourceSlice", 34, &["spec", "devices", "*", "taints", "*", "effect"]),
    ("ResourceSlice", 34, &["spec", "devices", "*", "taints", "*", "key"]),
    ("ResourceSlice", ALWAYS, &["spec", "pool", "generation"]),
    ("ResourceSlice", ALWAYS, &["spec", "sharedCounters", "*", "counters", "*", "value"]),
    ("ResourceSlice", 34, &["spec", "sharedCounters", "*", "counters"]),
    ("ResourceSlice", 34, &["spec", "sharedCounters", "*", "name"]),
    ("StatefulSet", ALWAYS, &["spec", "serviceName"]),
    ("StorageVersionMigration", ALWAYS, &["spec", "resource", "group"]),
    ("", 36, &["clusterTrustBundle", "path"]),
    ("", ALWAYS, &["derivedAttributes", "*", "expression"]),
    ("", ALWAYS, &["derivedAttributes", "*", "name"]),
    ("", ALWAYS, &["evictionResponders", "*", "name"]),
    ("", ALWAYS, &["evictionResponders", "*", "priority"]),
    ("", 34, &["exitCodes", "operator"]),
    ("", 34, &["fileKeyRef", "key"]),
    ("", 34, &["fileKeyRef", "path"]),
    ("", 34, &["fileKeyRef", "volumeName"]),
    ("", ALWAYS, &["httpHeaders", "*", "value"]),
    ("", 34, &["image", "pullPolicy"]),
    ("", ALWAYS, &["iscsi", "lun"]),
    ("", ALWAYS, &["onPodConditions", "*", "status"]),
    ("", 34, &["podCertificate", "keyType"]),
    ("", 34, &["podCertificate", "signerName"]),
    ("", ALWAYS, &["podFailurePolicy", "rules"]),
    ("", ALWAYS, &["preferredDuringSchedulingIgnoredDuringExecution", "*", "preference"]),
    ("", 34, &["restartPolicyRules", "*", "action"]),
    ("", ALWAYS, &["roleRef", "apiGroup"]),
    ("", ALWAYS, &["scaleIO", "secretRef"]),
    ("", ALWAYS, &["scheduling", "resourceClaims", "*", "name"]),
    ("", ALWAYS, &["schedulingConstraints", "topology", "*", "key"]),
    ("", ALWAYS, &["sysctls", "*", "value"]),
];
/// Up to every version.
const ALWAYS: u8 = u8::MAX;

/// Checks an object's kind and fields; returns whether the rules of its kind can be asked.
pub(super) fn check(object: &Object, value: &Value, found: &mut Findings) -> bool {
    let (api_version, name) = (&object.api_version, &object.id.kind);
    let (shown, version) =
        (format!("{} {}", api_version.to_str_lossy(), name.to_str_lossy()), found.version);
    let at = |key: &str| vec![Step::Key(key.into())];
    if api_version.is_empty() {
        found.add_at(&NO_API_VERSION, Vec::new(), "it has no apiVersion".to_owned(), None);
        return false;
    }
    let Some(kind) = Kind::find(api_version, name) else {
        if Kind::has_group(&object.id.group) {
            let help = other(name).or_else(|| near_kind(api_version, name, found));
            found.add_at(
                &UNKNOWN_KIND,
                at("kind"),
                format!("no known version of Kubernetes has {shown}"),
                help,
            );
        } else {
            if let Some(is_served) = super::custom::check(object, value, found) {
                return is_served;
            }
            let near = super::custom::near(object, found);
            let near_own = near_version(&api_version.to_ascii_lowercase(), name, found);
            let group = object.id.group.to_ascii_lowercase();
            // A group of custom resources is a domain; those of Kubernetes' own are approved, and none has such kinds.
            let is_mistyped = near.is_none() && near_own.is_some() && group.ends_with(b".k8s.io");
            if is_mistyped || !group.contains(&b'.') {
                let help = near_own.or_else(|| other(name));
                found.add_at(
                    &UNKNOWN_KIND,
                    at("apiVersion"),
                    format!("no known version of Kubernetes has {shown}"),
                    help,
                );
                return false;
            }
            let near = near.or(near_own);
            found.add_at(
                &NO_SCHEMA,
                at("kind"),
                format!("{shown} is not checked: nothing describes it"),
                near,
            );
            // Its metadata is the same as that of every other kind.
            super::custom::metadata(value, name, found);
            return true;
        }
        return false;
    };
    if !kind.is_served(version) {
        let minor = u16::from(version.minor());
        let instead = kind.replacement().map(|new| format!("use {new}"));
        let deprecated_by = kind.deprecated().is_none_or(|first| first <= minor);
        match kind.removed() {
            Some(removed) if removed <= minor => {
                found.add_at(
                    &REMOVED,
                    at("apiVersion"),
                    format!("{shown} is not served: it was removed in Kubernetes 1.{removed}"),
                    instead,
                );
            }
            _ => match kind.introduced().is_some_and(|first| first > minor) || !deprecated_by {
                true => found.add_at(
                    &TOO_NEW,
                    at("apiVersion"),
                    format!("{shown} is not served yet"),
                    None,
                ),
                false => found.add_at(
                    &UNKNOWN_KIND,
                    at("apiVersion"),
                    format!("{shown} is not served"),
                    instead.or_else(|| other(name)),
                ),
            },
        }
        return false;
    }
    if !kind.is_on(version) {
        found.add_at(
            &OFF,
            at("apiVersion"),
            format!("{shown} is served only where it is switched on"),
            kind.replacement().map(|new| format!("use {new}")),
        );
    } else if kind.deprecated().is_some_and(|first| first <= u16::from(version.minor())) {
        let until =
            kind.removed().map_or(String::new(), |minor| format!(", and is removed in 1.{minor}"));
        let since = kind.deprecated().unwrap_or_default();
        found.add_at(
            &DEPRECATED,
            at("apiVersion"),
            format!("{shown} is deprecated since Kubernetes 1.{since}{until}"),
            kind.replacement().map(|new| format!("use {new}")),
        );
    }
    let Some(described) = kind.described(version) else { return true };
    // The server writes the status itself; it only has to be one that can be read.
    let is_status = |step: &Step| matches!(step, Step::Key(key) if **key == *b"status");
    // Owners of what a template makes are not looked at, and some sources of claims are dropped.
    let loose = [&b"ownerReferences"[..], b"dataSource", b"dataSourceRef"];
    let is_loose = |step: &Step| matches!(step, Step::Key(key) if loose.contains(&&**key));
    let is_optional = |path: &[Step]| {
        // Since Kubernetes 1.33 a pod may sleep for no second.
        let is_key = |step: Option<&Step>, wanted: &[u8]| matches!(step, Some(Step::Key(key)) if **key == *wanted);
        let mut last = path.iter().rev();
        if is_key(last.next(), b"seconds") && is_key(last.next(), b"sleep") {
            return version.minor() >= 33;
        }
        OPTIONAL.iter().any(|(kind, until, fields)| {
            let is_end = kind.is_empty();
            version.minor() <= *until
                && (is_end || name.as_bytes() == kind.as_bytes())
                && (fields.len() == path.len() || is_end && fields.len() < path.len())
                && fields.iter().rev().zip(path.iter().rev()).all(|(field, step)| match step {
                    Step::Key(key) => *field == "*" || key.as_bytes() == field.as_bytes(),
                    Step::Item(_) => *field == "*",
                })
        })
    };
    let is_skipped = |fault: &Fault| {
        let is_below = |rest: &[Step]| rest.iter().any(is_loose);
        let is_missing = matches!(fault.problem, Problem::Missing);
        let is_choice = matches!(fault.problem, Problem::Choice { .. });
        (is_missing || is_choice) && is_optional(&fault.path)
            || is_missing && fault.path.get(1..).is_some_and(is_below)
            || fault.path.first().is_some_and(is_status) && (is_missing || is_choice)
    };
    let mut faults = kubernetes::check(described, value);
    faults.retain(|fault| !is_skipped(fault));
    tell(faults, &name.to_str_lossy(), found);
    precise_times(object, found);
    true
}

/// Times that have to have millionths of seconds (`metav1.MicroTime`), which the description does not tell from others.
const PRECISE: &[(&str, &[&[&str]])] = &[
    ("Event", &[&["eventTime"], &["series", "lastObservedTime"]]),
    ("Lease", &[&["spec", "acquireTime"], &["spec", "renewTime"]]),
    ("LeaseCandidate", &[&["spec", "pingTime"], &["spec", "renewTime"]]),
];

fn precise_times(object: &Object, found: &mut Findings) {
    let paths = PRECISE.iter().find(|(kind, _)| kind.as_bytes() == &*object.id.kind);
    for path in paths.map_or(&[][..], |(_, paths)| paths) {
        // What is no time at all has been told.
        if let Some(Value::Str(text)) = object.get(path)
            && kubernetes::is_time(&text)
            && !kubernetes::is_precise_time(&text)
        {
            let steps = path.iter().map(|key| Step::Key((*key).into())).collect();
            let words = "it has to be a time like 2006-01-02T15:04:05.000000Z";
            found.add_at(&FORM, steps, words.to_owned(), None);
        }
    }
}

/// Adds what does not fit the description of a kind.
pub(super) fn tell(faults: Vec<Fault>, name: &str, found: &mut Findings) {
    for fault in faults {
        let field = match fault.path.last() {
            Some(Step::Key(key)) => key.to_str_lossy().into_owned(),
            _ => String::new(),
        };
        match fault.problem {
            Problem::Unknown { of: object } => {
                let (_, above) = fault.path.split_last().unzip();
                let above = path_text(above.unwrap_or_default());
                let of = if above.is_empty() { name.to_owned() } else { above };
                let near = found.near(&field, object.fields().map(Field::name));
                found.add_at(
                    &UNKNOWN_FIELD,
                    fault.path,
                    format!("{of} has no field {field:?}"),
                    near.map(|near| format!("did you mean {near:?}?")),
                );
            }
            Problem::Missing => {
                found.add_at(&MISSING, fault.path, format!("{field} is required"), None)
            }
            Problem::Type { wanted, found: is } => {
                let help = (wanted == "a string" && matches!(is, "a number" | "a boolean"))
                    .then(|| "quote it: `| quote` in the template".to_owned());
                found.add_at(
                    &TYPE,
                    fault.path,
                    format!("it has to be {wanted}, and is {is}"),
                    help,
                );
            }
            Problem::Choice { allowed } => {
                found.add_at(
                    &CHOICE,
                    fault.path,
                    format!("it has to be one of {}", allowed.join(", ")),
                    None,
                );
            }
            Problem::Form { wanted } => {
                found.add_at(&FORM, fault.path, format!("it has to be {wanted}"), None)
            }
        }
    }
}

/// Tells whether a rule says what others may say better.
pub(super) fn is_general(rule: &Rule) -> bool {
    *rule == MISSING || *rule == CHOICE
}

/// Names the newest API version that has a kind.
fn other(kind: &[u8]) -> Option<String> {
    let all = Kind::all().filter(|other| {
        other.name().as_bytes() == kind && other.is_on(kubernetes::Version::newest())
    });
    all.last().map(|found| format!("use {} {}", found.api_version(), found.name()))
}

/// Names the kind that may have been meant: one of the same API version, or of the newest that has it.
fn near_kind(api_version: &[u8], typed: &[u8], found: &mut Findings) -> Option<String> {
    let typed = typed.to_str_lossy();
    let newest = kubernetes::Version::newest();
    let of_version = Kind::all().filter(|kind| kind.api_version().as_bytes() == api_version);
    if let Some(near) = found.near(&typed, of_version.map(Kind::name)) {
        return Some(format!("did you mean {near}?"));
    }
    let near = found.near(&typed, Kind::all().filter(|k| k.is_on(newest)).map(Kind::name))?;
    let found = Kind::all().filter(|kind| kind.name() == near && kind.is_on(newest)).last()?;
    Some(format!("did you mean {} {near}?", found.api_version()))
}

/// Names the API version of Kubernetes' own that may have been meant: it is near, and has the kind.
fn near_version(typed: &[u8], kind: &[u8], found: &mut Findings) -> Option<String> {
    let newest = kubernetes::Version::newest();
    let all = Kind::all().filter(|own| own.name().as_bytes() == kind && own.is_on(newest));
    let near = found.near(&typed.to_str_lossy(), all.map(Kind::api_version))?;
    Some(format!("did you mean {near}?"))
}
