//! What a server warns of in kinds without pods.

use bstr::ByteSlice;

use super::super::Findings;
use super::super::node::Node;
use super::{
    ANNOTATION, DRIVER, FINALIZER, KEY_PAIR, OLD_FIELD, QUOTA, WEBHOOK, addresses, labels, volumes,
};
use crate::diff::Object;
use crate::kubernetes::Kind;

/// The annotation by which volumes were of a class.
const STORAGE_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

/// Checks an object.
pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    let spec = root.at("spec");
    let metadata = root.at("metadata");
    let annotations = metadata.at("annotations");
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"PersistentVolumeClaim") => {
            replaced(&annotations, STORAGE_CLASS, "use storageClassName", found);
            volumes::claim(&spec, found);
        }
        (b"", b"PersistentVolume") => {
            replaced(&annotations, STORAGE_CLASS, "use storageClassName", found);
            if found.since(31) {
                let key = "volume.beta.kubernetes.io/mount-options";
                replaced(&annotations, key, "use mountOptions", found);
            }
            let policy = spec.at("persistentVolumeReclaimPolicy");
            if policy.is("Recycle") && found.since(30) {
                let words = "Recycle is deprecated since Kubernetes 1.30: have volumes provisioned";
                found.add(&OLD_FIELD, &policy, words);
            }
            for term in spec.at("nodeAffinity").at("required").at("nodeSelectorTerms").items() {
                labels::term(&term, found);
            }
            volumes::persistent(&spec, found);
        }
        (b"", b"Secret") => secret(root, found),
        (b"", b"ServiceAccount") if found.since(32) => {
            let key = "kubernetes.io/enforce-mountable-secrets";
            replaced(&annotations, key, "keep Secrets apart by namespaces", found);
        }
        (b"", b"ResourceQuota") => quota(&spec.at("hard"), found),
        (b"", b"Node") => node(&spec, found),
        (b"", b"Endpoints") => {
            if found.since(33) {
                let words = "v1 Endpoints is deprecated since Kubernetes 1.33";
                let help = "use discovery.k8s.io/v1 EndpointSlice";
                found.helped(&super::super::kinds::DEPRECATED, &root.at("apiVersion"), words, help);
            }
            for subset in root.at("subsets").items() {
                for key in ["addresses", "notReadyAddresses"] {
                    for one in subset.at(key).items() {
                        addresses::check(&one.at("ip"), found);
                    }
                }
            }
        }
        (b"discovery.k8s.io", b"EndpointSlice") => {
            let kind = root.at("addressType");
            if kind.is("FQDN") {
                found.add(&OLD_FIELD, &kind, "FQDN is deprecated");
            }
            for endpoint in root.at("endpoints").items() {
                for address in endpoint.at("addresses").items() {
                    addresses::check(&address, found);
                }
            }
        }
        (b"networking.k8s.io", b"Ingress") if !spec.at("ingressClassName").is_set() => {
            let key = "kubernetes.io/ingress.class";
            replaced(&annotations, key, "use spec.ingressClassName", found);
        }
        (b"networking.k8s.io", b"NetworkPolicy") => policy(&spec, found),
        (b"node.k8s.io", b"RuntimeClass") => {
            labels::keys(&root.at("scheduling").at("nodeSelector"), found);
        }
        (b"storage.k8s.io", b"StorageClass") => {
            for topology in root.at("allowedTopologies").items() {
                for expression in topology.at("matchLabelExpressions").items() {
                    labels::key(&expression.at("key"), found);
                }
            }
        }
        (b"storage.k8s.io", b"CSIStorageCapacity") => {
            let topology = root.at("nodeTopology");
            labels::term(&topology, found);
            labels::keys(&topology.at("matchLabels"), found);
        }
        (b"storage.k8s.io", b"CSIDriver") if found.since(35) => {
            let how = spec.at("serviceAccountTokenInSecrets");
            if !spec.at("tokenRequests").is_empty() && !how.is_set() {
                let words = "where the driver can read it there, true keeps tokens out of its log";
                found.add(&DRIVER, &how, words);
            }
        }
        (b"resource.k8s.io", b"ResourceSlice") => {
            let driver = spec.at("driver");
            if driver.text_or_empty().iter().any(u8::is_ascii_uppercase) {
                found.add(&DRIVER, &driver, format!("{} has capitals", driver.shown()));
            }
        }
        (
            b"admissionregistration.k8s.io",
            b"MutatingWebhookConfiguration" | b"ValidatingWebhookConfiguration",
        ) if found.since(37) => webhooks(root, found),
        _ if Kind::find(&object.api_version, &object.id.kind).is_none() => custom(root, found),
        _ => {}
    }
}

/// Checks that an annotation is not there, which something else has replaced.
fn replaced(annotations: &Node<'_>, key: &str, instead: &str, found: &mut Findings) {
    let one = annotations.at(key);
    if one.is_written() {
        found.add(&ANNOTATION, &one, format!("it is deprecated: {instead}"));
    }
}

/// Checks that a pair of a certificate and a key has both.
fn secret(root: &Node<'_>, found: &mut Findings) {
    if !root.at("type").is("kubernetes.io/tls") {
        return;
    }
    for (key, wanted) in [("tls.crt", "CERTIFICATE"), ("tls.key", "PRIVATE KEY")] {
        let (plain, encoded) = (root.at("stringData"), root.at("data"));
        let (plain, encoded) = (plain.at(key), encoded.at(key));
        // What is missing, or is no base64, is told elsewhere.
        let (node, text) = match plain.text() {
            Some(text) => (&plain, Some(text.to_vec())),
            // A null is read as the empty text.
            None if encoded.is_written() => {
                (&encoded, crate::kubernetes::decoded(&encoded.text_or_empty()))
            }
            None => continue,
        };
        let is_it = |text: &[u8]| {
            let mut heads = text.split_str("-----BEGIN ").skip(1);
            heads.any(|head| {
                head.split_once_str("-----").is_some_and(|(kind, _)| kind.ends_with_str(wanted))
            })
        };
        if text.is_some_and(|text| !is_it(&text)) {
            found.add(&KEY_PAIR, node, format!("it holds no {wanted} in PEM"));
        }
    }
}

fn quota(hard: &Node<'_>, found: &mut Findings) {
    for name in ["cpu", "memory", "storage", "ephemeral-storage"] {
        let request = hard.at_key(&format!("requests.{name}").into());
        let short = hard.at(name);
        let request = match !request.is_set() && matches!(name, "cpu" | "memory") {
            true => short,
            false => request,
        };
        let limit = hard.at_key(&format!("limits.{name}").into());
        if let (Some(asked), Some(most)) = (request.quantity(), limit.quantity())
            && asked > most
        {
            let words =
                format!("{} is more than limits.{name}, {}", request.shown(), limit.shown());
            found.add(&QUOTA, &request, words);
        }
    }
}

fn node(spec: &Node<'_>, found: &mut Findings) {
    let id = spec.at("externalID");
    if !id.is_empty() {
        found.add(&OLD_FIELD, &id, "it is deprecated, and Kubernetes does not use it");
    }
    for range in spec.at("podCIDRs").items() {
        addresses::block(&range, found);
    }
}

fn policy(spec: &Node<'_>, found: &mut Findings) {
    for (key, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.at(key).items() {
            for peer in rule.at(peers).items() {
                let block = peer.at("ipBlock");
                addresses::block(&block.at("cidr"), found);
                for part in block.at("except").items() {
                    addresses::block(&part, found);
                }
            }
        }
    }
}

/// Resources that webhooks are not called for: pkg/kubeapiserver/admission/exclusion.
const EXCLUDED: &[(&str, &[&str])] = &[
    ("authentication.k8s.io", &["selfsubjectreviews", "tokenreviews"]),
    (
        "authorization.k8s.io",
        &[
            "localsubjectaccessreviews",
            "selfsubjectaccessreviews",
            "selfsubjectrulesreviews",
            "subjectaccessreviews",
        ],
    ),
];

fn webhooks(root: &Node<'_>, found: &mut Findings) {
    for webhook in root.at("webhooks").items() {
        for rule in webhook.at("rules").items() {
            let (groups, resources) = (rule.at("apiGroups"), rule.at("resources"));
            // It asks for others as well.
            if groups.items().chain(resources.items()).any(|one| one.is("*")) {
                continue;
            }
            for (group, names) in EXCLUDED {
                if !groups.items().any(|one| one.is(group)) {
                    continue;
                }
                for one in resources.items().filter(|one| one.is_any(names)) {
                    let words = format!("no webhook is called for {} of {group}", one.shown());
                    found.add(&WEBHOOK, &one, words);
                }
            }
        }
    }
}

/// Checks the finalizers of a custom resource.
fn custom(root: &Node<'_>, found: &mut Findings) {
    for one in root.at("metadata").at("finalizers").items() {
        let text = one.text_or_empty();
        let is_own = one.is_any(&["kubernetes", "orphan", "foregroundDeletion"]);
        if !is_own && !text.contains(&b'/') {
            let words = format!("{} may be another one's: example.com/NAME is not", one.shown());
            found.add(&FINALIZER, &one, words);
        }
    }
}
