//! What an API server takes and warns of: kubectl and Helm print it (`WarningsOnCreate` in Kubernetes' pkg/registry).
//!
//! Whether it works does not depend on the version of the server, and is told of every one; that something is deprecated
//! is told since the version in which it is.

mod addresses;
mod kinds;
mod labels;
mod pods;
mod ports;
mod services;
mod volumes;

use super::node::Node;
use super::{Findings, Level, Rule};
use crate::diff::Object;
use crate::kubernetes::names;

const PODS: &str = "pkg/api/pod/warnings.go";

pub(super) static RULES: &[Rule] = &[
    NAME,
    NODE_LABEL,
    SELECTOR,
    ANNOTATION,
    OLD_VOLUME,
    OVERLAP,
    TWICE,
    BYTES,
    VARIABLE,
    PORT,
    NEGATIVE,
    ADDRESS,
    IGNORED,
    OLD_FIELD,
    KEY_PAIR,
    QUOTA,
    WEBHOOK,
    DRIVER,
    FINALIZER,
    LABEL_VALUE,
    MANY,
];

/// Makes a rule whose breach is a warning.
const fn rule(code: &'static str, title: &'static str, source: &'static str) -> Rule {
    Rule { code, level: Level::Warning, title, source }
}

const NAME: Rule = rule(
    "SC861",
    "The name of a pod, or of what makes pods, should be a DNS label: host names are made of it",
    "pkg/registry/core/pod, pkg/registry/apps, pkg/registry/batch: WarningsOnCreate",
);
const NODE_LABEL: Rule = rule(
    "SC862",
    "A node should be chosen by a label that nodes still have",
    "pkg/api/node/util.go: deprecatedNodeLabels",
);
const SELECTOR: Rule = rule(
    "SC863",
    "A spread constraint or an affinity to pods should have a labelSelector: it matches no pod otherwise",
    PODS,
);
const ANNOTATION: Rule = rule(
    "SC864",
    "An annotation should not be one that a field has replaced",
    "pkg/api/pod, pkg/api/service, pkg/api/persistentvolume, pkg/registry/networking/ingress: warnings",
);
const OLD_VOLUME: Rule =
    rule("SC865", "A volume should be of a kind that Kubernetes still has", PODS);
const OVERLAP: Rule = rule(
    "SC866",
    "Files of a volume should not take each other's place",
    "pkg/api/pod/warnings.go: warningsForOverlappingVirtualPaths",
);
const TWICE: Rule = rule(
    "SC867",
    "An image pull Secret should be named, and once; a host alias should have an address of its own",
    PODS,
);
const BYTES: Rule = rule(
    "SC868",
    "An amount of memory or storage should be whole bytes: 512m is half a byte",
    "pkg/api/pod/warnings.go, pkg/api/persistentvolumeclaim/util.go",
);
const VARIABLE: Rule =
    rule("SC869", "An environment variable should not hide one of the same name before it", PODS);
const PORT: Rule =
    rule("SC871", "Containers of a pod should not share a port or the name of one", PODS);
const NEGATIVE: Rule = rule(
    "SC872",
    "A grace period or a limit of revisions should not be negative",
    "pkg/api/pod/warnings.go, pkg/registry/apps/statefulset/strategy.go",
);
const ADDRESS: Rule = rule(
    "SC873",
    "An address or a block of addresses should be written as all programs write it",
    "k8s.io/apimachinery, pkg/util/validation/ip.go: GetWarningsForIP, GetWarningsForCIDR",
);
const IGNORED: Rule = rule(
    "SC874",
    "A field of a Service should have an effect on one of its type",
    "pkg/api/service/warnings.go",
);
const OLD_FIELD: Rule = rule(
    "SC875",
    "A field or one of its values should not be deprecated",
    "pkg/api/service, pkg/api/persistentvolume, pkg/registry/core/node, pkg/registry/discovery: warnings",
);
const KEY_PAIR: Rule = rule(
    "SC876",
    "A Secret of the type kubernetes.io/tls should hold a certificate and a key",
    "pkg/registry/core/secret/strategy.go: warningsForSecret",
);
const QUOTA: Rule = rule(
    "SC877",
    "A quota should not let more be requested than it lets be used",
    "pkg/registry/core/resourcequota/strategy.go",
);
const WEBHOOK: Rule = rule(
    "SC878",
    "A webhook should ask for resources that webhooks are called for",
    "pkg/apis/admissionregistration/validation/warnings.go",
);
const DRIVER: Rule = rule(
    "SC879",
    "A driver should be named in lower case, and get tokens as secrets",
    "pkg/registry/storage/csidriver, pkg/registry/resource/resourceslice: WarningsOnCreate",
);
const FINALIZER: Rule = rule(
    "SC881",
    "A finalizer of a custom resource should have a domain and a path",
    "k8s.io/apiextensions-apiserver, pkg/registry/customresource: validateKubeFinalizerName",
);
const LABEL_VALUE: Rule = rule(
    "SC882",
    "A node should be preferred by values that labels can have",
    "pkg/api/node/util.go: GetWarningsForNodeSelectorTerm",
);
const MANY: Rule = rule(
    "SC883",
    "A Job with indexes should have few enough of them to be tracked",
    "pkg/api/job/warnings.go",
);

/// Checks an object of Kubernetes' own or of a custom kind.
pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    let spec = root.at("spec");
    let metadata = root.at("metadata");
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"Pod") => {
            name(&metadata, found);
            pods::check(&metadata, &spec, false, found);
        }
        (b"apps", b"Deployment" | b"ReplicaSet") | (b"", b"ReplicationController") => {
            name(&metadata, found);
            template(&spec, found);
        }
        (b"apps", b"DaemonSet") => template(&spec, found),
        (b"apps", b"StatefulSet") => {
            template(&spec, found);
            for claim in spec.at("volumeClaimTemplates").items() {
                volumes::claim(&claim.at("spec"), found);
            }
            let kept = spec.at("revisionHistoryLimit");
            if kept.integer().is_some_and(|n| n < 0) {
                let words = format!("{} keeps all revisions", kept.shown());
                found.add(&NEGATIVE, &kept, words);
            }
        }
        (b"batch", b"Job") => {
            name(&metadata, found);
            job(&spec, found);
        }
        (b"batch", b"CronJob") => {
            name(&metadata, found);
            job(&spec.at("jobTemplate").at("spec"), found);
        }
        (b"", b"PodTemplate") => template(root, found),
        (b"", b"Service") => services::check(&metadata, &spec, found),
        _ => kinds::check(object, root, found),
    }
}

fn template(holder: &Node<'_>, found: &mut Findings) {
    let template = holder.at("template");
    pods::check(&template.at("metadata"), &template.at("spec"), true, found);
}

/// More indexes than these, and more pods at once than those, may be too many to be tracked.
const MOST_INDEXES: (i64, i64) = (100_000, 10_000);

fn job(spec: &Node<'_>, found: &mut Findings) {
    let (most, most_at_once) = MOST_INDEXES;
    let (completions, parallelism) = (spec.at("completions"), spec.at("parallelism"));
    if spec.at("completionMode").is("Indexed")
        && completions.integer().is_some_and(|n| n > most)
        && parallelism.integer().is_some_and(|n| n > most_at_once)
    {
        let words =
            format!("with more than {most_at_once} at once it may be too many to be tracked");
        found.add(&MANY, &completions, words);
    }
    template(spec, found);
}

/// Checks the name of what pods are named after.
fn name(metadata: &Node<'_>, found: &mut Findings) {
    let name = metadata.at("name");
    if let Some(text) = name.text().filter(|text| !text.is_empty()) {
        found.named(&NAME, &name, names::label(text, false));
    }
}

/// Checks an amount of bytes.
fn bytes(amount: &Node<'_>, found: &mut Findings) {
    // The server looks at thousandths, rounded up.
    const THOUSANDTH: i128 = 1_000_000;
    let Some(n) = amount.quantity() else { return };
    let thousandths = n / THOUSANDTH + i128::from(n % THOUSANDTH > 0);
    if thousandths % 1_000 != 0 {
        let words = format!("{} is no whole number of bytes", amount.shown());
        let help = amount.text().and_then(|text| match &**text {
            [number @ .., b'm'] if !number.is_empty() && number.iter().all(u8::is_ascii_digit) => {
                let number = String::from_utf8_lossy(number);
                Some(format!("did you mean {number}M or {number}Mi? m stands for thousandths"))
            }
            _ => None,
        });
        match help {
            Some(help) => found.helped(&BYTES, amount, words, help),
            None => found.add(&BYTES, amount, words),
        }
    }
}
