//! Fills in what the API server fills in, so that a default that is written out is no change.
//!
//! The defaults are those of `SetDefaults_…` in Kubernetes' pkg/apis/core/v1/defaults.go and zz_generated.defaults.go;
//! which empty values are none is told by `omitempty` and the types in k8s.io/api/core/v1/types.go.

use gostd::stack;
use gostd::value::{Map, Str, Value};

use crate::kubernetes::quantity;

/// Returns a pod template as the API server has it.
pub(in crate::diff) fn template(value: &Value) -> Value {
    let value = filled(b"template", b"", value).unwrap_or_else(|| Value::Map(Map::new()));
    if let Value::Map(map) = &value
        && !map.contains_key(b"spec")
    {
        map.insert("spec", Value::Map(pod_spec(Map::new())));
    }
    value
}

/// Returns a template of claims as the API server has it.
pub(super) fn claim(value: &Value) -> Value {
    let value = filled(b"", b"volumeClaimTemplates", value).unwrap_or(Value::Nil);
    if let Value::Map(map) = &value {
        // It is known what they are.
        ["apiVersion", "kind", "status"].iter().for_each(|key| {
            map.remove(key.as_bytes());
        });
        match map.get(b"spec") {
            Some(Value::Map(spec)) => set(&spec, "volumeMode", Value::str("Filesystem")),
            _ => {
                let spec = Map::new();
                set(&spec, "volumeMode", Value::str("Filesystem"));
                map.insert("spec", Value::Map(spec));
            }
        }
    }
    value
}

/// Returns a value without what is empty.
pub(super) fn plain(value: &Value) -> Value {
    filled(b"", b"", value).unwrap_or(Value::Nil)
}

/// Tells whether the value of a key in a map that is the value of `parent`, or an item of it, is none.
pub(in crate::diff) fn is_nothing(key: &[u8], parent: &[u8], value: &Value) -> bool {
    filled(key, parent, value).is_none()
}

/// Maps whose keys are the user's.
const FREE: &[&str] = &[
    "annotations",
    "labels",
    "matchLabels",
    "nodeSelector",
    "options",
    "parameters",
    "volumeAttributes",
];
/// Maps of quantities.
const QUANTITIES: &[&str] = &["limits", "overhead", "requests"];
/// Maps that are no pointers in Kubernetes' types: an empty one is none.
const STRUCTS: &[&str] = &["metadata", "resources", "spec", "volumeMounts"];
/// Booleans that are no pointers: false is none.
const FLAGS: &[&str] =
    &["hostIPC", "hostNetwork", "hostPID", "readOnly", "stdin", "stdinOnce", "tty"];
/// Numbers that are no pointers: 0 is none.
const COUNTS: &[&str] = &[
    "failureThreshold",
    "hostPort",
    "initialDelaySeconds",
    "periodSeconds",
    "successThreshold",
    "timeoutSeconds",
];

fn is_one_of(names: &[&str], key: &[u8]) -> bool {
    names.iter().any(|name| name.as_bytes() == key)
}

/// Fills in the value of a key in a map that is the value of `parent`, or an item of it. Returns nothing for what is none.
fn filled(key: &[u8], parent: &[u8], value: &Value) -> Option<Value> {
    match value {
        Value::Map(map) => stack::uncounted(|| filled_map(key, parent, map)),
        Value::List(items) => {
            let item = |item: &Value| filled(b"", key, item).unwrap_or_else(|| item.clone());
            let items: Vec<Value> = stack::uncounted(|| items.iter().map(item).collect());
            (!items.is_empty()).then(|| Value::list(items))
        }
        // `storageClassName: ""` is no class, not the default one.
        Value::Str(text) => {
            let is_none = text.is_empty() && !matches!(key, b"storageClassName" | b"");
            if !is_none && matches!(key, b"sizeLimit" | b"divisor") {
                return Some(amount(value));
            }
            (!is_none).then(|| value.clone())
        }
        Value::Bool(false) if is_one_of(FLAGS, key) && parent != b"csi" => None,
        Value::Int(_, 0) if is_one_of(COUNTS, key) => None,
        Value::Int(..) | Value::Float(_) if matches!(key, b"sizeLimit" | b"divisor") => {
            Some(amount(value))
        }
        value if value.is_nil() => None,
        value => Some(value.clone()),
    }
}

fn filled_map(key: &[u8], parent: &[u8], map: &Map) -> Option<Value> {
    let made = Map::new();
    // An item of a list has no key of its own.
    let own = if key.is_empty() { parent } else { key };
    if is_one_of(FREE, key) {
        let set = map.entries().into_iter().filter(|(_, value)| !value.is_nil());
        set.for_each(|(key, value)| made.insert(key, value));
        return (!made.is_empty()).then_some(Value::Map(made));
    }
    if is_one_of(QUANTITIES, key) {
        let set = map.entries().into_iter().filter(|(_, value)| !value.is_nil());
        set.for_each(|(key, value)| made.insert(key, amount(&value)));
        return (!made.is_empty()).then_some(Value::Map(made));
    }
    for (name, value) in map.entries() {
        if let Some(value) = filled(&name, own, &value) {
            made.insert(name, value);
        }
    }
    let made = match own {
        b"spec" if parent == b"template" || parent == b"jobTemplate" => pod_spec(made),
        b"containers" | b"initContainers" | b"ephemeralContainers" => container(made),
        b"volumes" => volume(made),
        b"ports" if made.contains_key(b"containerPort") => with(made, &[("protocol", "TCP")]),
        b"livenessProbe" | b"readinessProbe" | b"startupProbe" => {
            let counts = [
                ("timeoutSeconds", 1),
                ("periodSeconds", 10),
                ("successThreshold", 1),
                ("failureThreshold", 3),
            ];
            counts.iter().for_each(|(name, n)| set(&made, name, Value::int64(*n)));
            made
        }
        b"httpGet" => with(made, &[("path", "/"), ("scheme", "HTTP")]),
        b"fieldRef" => with(made, &[("apiVersion", "v1")]),
        b"serviceAccountToken" => {
            set(&made, "expirationSeconds", Value::int64(3600));
            made
        }
        // What a volume is; `configMap` stands in sources of projected volumes too.
        b"secret" | b"configMap" | b"downwardAPI" | b"projected" if parent == b"volumes" => {
            set(&made, "defaultMode", Value::int64(0o644));
            made
        }
        b"iscsi" => with(made, &[("iscsiInterface", "default")]),
        b"rbd" => {
            with(made, &[("pool", "rbd"), ("user", "admin"), ("keyring", "/etc/ceph/keyring")])
        }
        b"scaleIO" => with(made, &[("storageMode", "ThinProvisioned"), ("fsType", "xfs")]),
        b"azureDisk" => {
            with(made, &[("cachingMode", "ReadWrite"), ("fsType", "ext4"), ("kind", "Shared")])
        }
        b"spec" if parent == b"volumeClaimTemplate" => with(made, &[("volumeMode", "Filesystem")]),
        _ => made,
    };
    if made.is_empty() && is_one_of(STRUCTS, key) {
        return None;
    }
    Some(Value::Map(made))
}

fn set(map: &Map, key: &'static str, value: Value) {
    if !map.contains_key(key.as_bytes()) {
        map.insert(key, value);
    }
}

fn with(map: Map, texts: &[(&'static str, &'static str)]) -> Map {
    texts.iter().for_each(|(key, text)| set(&map, key, Value::str(*text)));
    map
}

fn pod_spec(map: Map) -> Map {
    set(&map, "terminationGracePeriodSeconds", Value::int64(30));
    set(&map, "securityContext", Value::Map(Map::new()));
    // The older name of the same.
    if let Some(name) = map.remove(b"serviceAccount") {
        set(&map, "serviceAccountName", name);
    }
    with(
        map,
        &[
            ("dnsPolicy", "ClusterFirst"),
            ("restartPolicy", "Always"),
            ("schedulerName", "default-scheduler"),
        ],
    )
}

fn container(map: Map) -> Map {
    let is_latest = match map.get(b"image") {
        Some(Value::Str(image)) => is_latest(&image),
        _ => true,
    };
    let policy = if is_latest { "Always" } else { "IfNotPresent" };
    with(
        map,
        &[
            ("imagePullPolicy", policy),
            ("terminationMessagePath", "/dev/termination-log"),
            ("terminationMessagePolicy", "File"),
        ],
    )
}

/// Tells whether an image has the tag `latest`, or neither tag nor digest.
fn is_latest(image: &Str) -> bool {
    let last = image.rsplit(|b| *b == b'/').next().unwrap_or_default();
    match last.iter().position(|b| *b == b'@') {
        Some(at) => last[..at].ends_with(b":latest"),
        None => !last.contains(&b':') || last.ends_with(b":latest"),
    }
}

fn volume(map: Map) -> Map {
    if map.len() <= 1 {
        set(&map, "emptyDir", Value::Map(Map::new()));
    }
    map
}

/// Returns a quantity in one form.
fn amount(value: &Value) -> Value {
    match quantity::read(value) {
        Some(n) => Value::str(n.to_string()),
        None => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::same;

    fn value(text: &str) -> Value {
        goyaml::decode(text.as_bytes()).unwrap()
    }

    #[test]
    fn defaults_that_are_written_out_are_no_change() {
        let bare = "spec: {containers: [{name: a, image: 'x:1', ports: [{containerPort: 80}], resources: {limits: {cpu: 1}}, \
                    readinessProbe: {httpGet: {port: 80}}}], volumes: [{name: v}, {name: c, configMap: {name: x}}]}";
        let full = "metadata: {labels: {}}\nspec: {dnsPolicy: ClusterFirst, restartPolicy: Always, hostNetwork: false, nodeSelector: \
                    {}, tolerations: [], securityContext: {}, terminationGracePeriodSeconds: 30, containers: [{name: a, image: \
                    'x:1', imagePullPolicy: IfNotPresent, args: [], ports: [{containerPort: 80, protocol: TCP}], resources: \
                    {limits: {cpu: 1000m}, requests: {}}, readinessProbe: {httpGet: {port: 80, path: /, scheme: HTTP}, \
                    periodSeconds: 10, initialDelaySeconds: 0}}], volumes: [{name: v, emptyDir: {}}, {name: c, configMap: \
                    {name: x, defaultMode: 420}}]}";
        assert!(same(&template(&value(bare)), &template(&value(full))));
    }

    #[test]
    fn what_is_no_default_is_a_change() {
        let same_as = |one: &str, other: &str| {
            let of = |text: &str| {
                template(&value(&format!("spec: {{containers: [{{name: a, {text}}}]}}")))
            };
            same(&of(one), &of(other))
        };
        assert!(!same_as("image: x", "image: x, imagePullPolicy: IfNotPresent"));
        assert!(same_as("image: x", "image: x, imagePullPolicy: Always"));
        assert!(same_as(
            "image: 'h:5/x@sha256:0'",
            "image: 'h:5/x@sha256:0', imagePullPolicy: IfNotPresent"
        ));
        assert!(!same_as("image: 'x:1'", "image: 'x:1', securityContext: {}"));
        assert!(!same_as("image: 'x:1'", "image: 'x:2'"));
        assert!(!same_as("env: [{name: A}, {name: B}]", "env: [{name: B}, {name: A}]"));
        assert!(same_as("env: [{name: A}]", "env: [{name: A, value: ''}]"));
    }

    #[test]
    fn templates_of_claims_have_a_mode() {
        let bare = "metadata: {name: d}\nspec: {resources: {requests: {storage: 1Gi}}}";
        let full = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: d, creationTimestamp: null}\nspec: {volumeMode: \
                    Filesystem, resources: {requests: {storage: 1024Mi}}}\nstatus: {}";
        assert!(same(&claim(&value(bare)), &claim(&value(full))));
        assert!(!same(
            &claim(&value(bare)),
            &claim(&value("metadata: {name: d}\nspec: {storageClassName: ''}"))
        ));
    }
}
