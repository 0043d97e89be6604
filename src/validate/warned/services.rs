//! Fields of a Service that do nothing, or are to go.

use super::super::Findings;
use super::super::node::Node;
use super::{ANNOTATION, IGNORED, OLD_FIELD, addresses};

pub(super) fn check(metadata: &Node<'_>, spec: &Node<'_>, found: &mut Findings) {
    let annotations = metadata.at("annotations");
    let hints = annotations.at("service.kubernetes.io/topology-aware-hints");
    if hints.is_written() {
        found.add(&ANNOTATION, &hints, "it is deprecated: use service.kubernetes.io/topology-mode");
    }
    let (kind, own) = (spec.at("type"), spec.at("clusterIP"));
    let is_external = kind.is("ExternalName");
    let is_headless = own.is("None") && (kind.is_empty() || kind.is("ClusterIP"));
    let all = spec.at("clusterIPs");
    if all.is_empty() {
        addresses::check(&own, found);
    }
    for one in all.items().chain(spec.at("externalIPs").items()) {
        addresses::check(&one, found);
    }
    let balancer = spec.at("loadBalancerIP");
    addresses::check(&balancer, found);
    for range in spec.at("loadBalancerSourceRanges").items() {
        addresses::block(&range, found);
    }
    let outer = spec.at("externalIPs");
    if is_headless {
        let affinity = spec.at("sessionAffinity");
        let has_affinity = !affinity.is_empty() && !affinity.is("None");
        let all = [
            (&balancer, !balancer.is_empty()),
            (&outer, !outer.is_empty()),
            (&affinity, has_affinity),
        ];
        for (node, _) in all.into_iter().filter(|(_, is_set)| *is_set) {
            found.add(&IGNORED, node, "it is ignored where clusterIP is None");
        }
    } else if is_external && !outer.is_empty() {
        found.add(&IGNORED, &outer, "it is ignored where the type is ExternalName");
    } else if !outer.is_empty() && found.since(36) {
        let words = "it is deprecated since Kubernetes 1.36, and some clusters may not have it";
        found.add(&OLD_FIELD, &outer, words);
    }
    let name = spec.at("externalName");
    if !is_external && !name.is_empty() {
        found.add(&IGNORED, &name, "it is ignored where the type is not ExternalName");
    }
    let spread = spec.at("trafficDistribution");
    if spread.is("PreferClose") && found.since(35) {
        let words = "PreferClose is deprecated since Kubernetes 1.35: use PreferSameZone";
        found.add(&OLD_FIELD, &spread, words);
    }
}
