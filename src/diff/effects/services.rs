//! Services.

use bstr::ByteSlice;
use gostd::value::Value;

use super::{Found, Rule, Severity, What, at, is_same, number, recreate, refused, rule, text};
use crate::diff::object::Object;
use crate::diff::same;

const UPDATE: Rule = rule("ValidateServiceUpdate", "pkg/apis/core/validation");
const ADDRESS: Rule = rule("validateUpgradeDowngradeClusterIPs", "pkg/apis/core/validation");
const FAMILIES: Rule = rule("validateUpgradeDowngradeIPFamilies", "pkg/apis/core/validation");
const KEEPS: Rule = rule("patchAllocatedValues", "pkg/registry/core/service/storage");
const BALANCER: Rule =
    rule("syncLoadBalancerIfNeeded", "k8s.io/cloud-provider/controllers/service");

fn kind(object: &Object) -> String {
    text(object, &["spec", "type"]).unwrap_or_else(|| "ClusterIP".to_owned())
}

/// Returns the address that a manifest asks for.
fn address(object: &Object) -> Option<String> {
    text(object, &["spec", "clusterIP"]).or_else(|| match at(object, &["spec", "clusterIPs"]) {
        Some(Value::List(all)) => match all.first() {
            Some(Value::Str(one)) => Some(one.to_str_lossy().into_owned()),
            _ => None,
        },
        _ => None,
    })
}

/// An address stays for as long as the Service has one: it does not where it is or becomes an ExternalName.
pub(super) fn updated(old: &Object, new: &Object) -> Vec<Found> {
    let mut found = Vec::new();
    let (was, is) = (kind(old), kind(new));
    let has_address = was != "ExternalName" && is != "ExternalName";
    if has_address {
        match (address(old), address(new)) {
            (Some(one), Some(other)) if one == other => {}
            (one, Some(other)) => {
                let mut refusal =
                    refused(vec!["spec.clusterIPs[0]".to_owned()], recreate(new), ADDRESS);
                if let What::Refused { only_if, .. } = &mut refusal.what
                    && one.is_none()
                    && other != "None"
                {
                    *only_if = Some("the Service has got another address".to_owned());
                }
                found.push(refusal);
            }
            (Some(one), None) => {
                // An absent one is no wish to have another.
                let what = What::Keeps {
                    field: "spec.clusterIP".to_owned(),
                    value: one,
                    way_out: recreate(new),
                };
                found.push(Found::new(Severity::Notice, what, KEEPS));
            }
            (None, None) => {}
        }
        let is_headless = |object| address(object).is_some_and(|address| address == "None");
        let families = ["spec", "ipFamilies"];
        if let (Some(Value::List(one)), Some(Value::List(other))) =
            (at(old, &families), at(new, &families))
            && !is_headless(new)
            && !is_headless(old)
            && !one.first().zip(other.first()).is_none_or(|(one, other)| same(one, other))
        {
            let fields = vec!["spec.ipFamilies[0]".to_owned()];
            found.push(refused(fields, recreate(new), FAMILIES));
        }
    }
    if was == "LoadBalancer" && is == "LoadBalancer" {
        if !is_same(old, new, &["spec", "loadBalancerClass"], None) {
            let fields = vec!["spec.loadBalancerClass".to_owned()];
            found.push(refused(fields, recreate(new), UPDATE));
        }
        let local = |object| {
            text(object, &["spec", "externalTrafficPolicy"]).is_some_and(|policy| policy == "Local")
        };
        let port = |object| number(object, &["spec", "healthCheckNodePort"]);
        if local(old)
            && local(new)
            && let Some(asked) = port(new)
            && port(old) != Some(asked)
        {
            let mut refusal =
                refused(vec!["spec.healthCheckNodePort".to_owned()], recreate(new), UPDATE);
            if let What::Refused { only_if, .. } = &mut refusal.what
                && port(old).is_none()
            {
                *only_if = Some("the Service has got another port".to_owned());
            }
            found.push(refusal);
        }
    }
    if was == "LoadBalancer" && is != "LoadBalancer" {
        let mut effect = Found::new(Severity::Warning, What::BalancerGoes, BALANCER);
        effect.is_after_way_out = !found.is_empty()
            && found.iter().any(|found| matches!(found.what, What::Refused { .. }));
        found.push(effect);
    }
    found
}

/// A Service under another name has another address.
pub(super) fn removed(old: &Object, new: Option<&Object>) -> Vec<Found> {
    if kind(old) == "LoadBalancer" {
        return vec![Found::new(Severity::Warning, What::BalancerGoes, BALANCER)];
    }
    let has_address = kind(old) != "ExternalName"
        && text(old, &["spec", "clusterIP"]).is_none_or(|address| address != "None");
    match new.is_some() && has_address {
        true => vec![Found::new(Severity::Notice, What::AddressChanges, KEEPS)],
        false => Vec::new(),
    }
}
