//! What selects pods, or is there for what makes them: Services, disruption budgets, autoscalers.

use bstr::ByteSlice;
use gostd::value::{Str, Value};

use super::made::{GIVEN, Release};
use crate::diff::Object;
use crate::kubernetes::Kind;
use crate::validate::node::Node;
use crate::validate::{Findings, Level, Rule};

pub(super) const NO_PODS: Rule = Rule {
    code: "SC813",
    level: Level::Warning,
    title: "A Service should select pods of the release",
    source: "pkg/controller/endpointslice: Reconciler",
};
pub(super) const TARGET_PORT: Rule = Rule {
    code: "SC814",
    level: Level::Warning,
    title: "A named targetPort of a Service should be a port of a pod that it selects",
    source: "k8s.io/endpointslice: FindPort",
};
pub(super) const GOVERNING: Rule = Rule {
    code: "SC815",
    level: Level::Warning,
    title: "A StatefulSet should name a headless Service of the release: its pods have no DNS names otherwise",
    source: "k8s.io/api, apps/v1: StatefulSetSpec.ServiceName",
};
pub(super) const SCALED: Rule = Rule {
    code: "SC821",
    level: Level::Warning,
    title: "A HorizontalPodAutoscaler should scale something of the release",
    source: "pkg/controller/podautoscaler: reconcileAutoscaler",
};
pub(super) const DISRUPTED: Rule = Rule {
    code: "SC822",
    level: Level::Warning,
    title: "A PodDisruptionBudget should select pods of the release",
    source: "pkg/controller/disruption: getPodsForPdb",
};

pub(super) fn check(object: &Object, root: &Node<'_>, release: &Release<'_>, found: &mut Findings) {
    if !release.is_own(&object.id.namespace) {
        return;
    }
    let spec = root.at("spec");
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"Service") => service(object, &spec, release, found),
        (b"apps", b"StatefulSet") => governing(object, &spec.at("serviceName"), release, found),
        (b"autoscaling", b"HorizontalPodAutoscaler") => {
            scaled(&spec.at("scaleTargetRef"), release, found);
        }
        (b"policy", b"PodDisruptionBudget") => {
            let selector = spec.at("selector");
            let is_empty = |key| selector.at(key).is_empty();
            // An empty one selects all pods.
            if is_empty("matchLabels") && is_empty("matchExpressions") {
                return;
            }
            let selected = release.selected(&object.id.namespace, &selector.value);
            let is_none = selected.is_some_and(|selected| !selected.is_any);
            if is_none && !release.may_be_operated(&selector.at("matchLabels").value) {
                found.add(&DISRUPTED, &selector, "it selects no pod of the release");
            }
        }
        _ => {}
    }
}

fn service(object: &Object, spec: &Node<'_>, release: &Release<'_>, found: &mut Findings) {
    let selector = spec.at("selector");
    if selector.is_empty() || spec.at("type").is("ExternalName") {
        return;
    }
    let is_given = |(key, _): (Str, Node<'_>)| GIVEN.iter().any(|own| own.as_bytes() == &*key);
    let wanted = release.selector(&selector.value);
    if wanted.is_nil() {
        // What controllers alone give is not known here.
        if !selector.members().any(is_given) && !release.may_be_operated(&selector.value) {
            found.add(&NO_PODS, &selector, "it selects no pod of the release");
        }
        return;
    }
    let Some(selected) = release.selected(&object.id.namespace, &wanted) else { return };
    if !selected.is_any {
        if !release.may_be_operated(&selector.value) {
            found.add(&NO_PODS, &selector, "it selects no pod of the release");
        }
        return;
    }
    for port in spec.at("ports").items() {
        let target = port.at("targetPort");
        let Some(name) = target.text().filter(|name| !name.iter().all(u8::is_ascii_digit)) else {
            continue;
        };
        if selected.ports.contains(name) {
            continue;
        }
        let message = format!("no pod that it selects has a port {}", target.shown());
        let names = selected.port_names();
        match names.is_empty() {
            true => found.add(&TARGET_PORT, &target, message),
            false => found.helped(&TARGET_PORT, &target, message, format!("there are {names}")),
        }
    }
}

fn governing(object: &Object, name: &Node<'_>, release: &Release<'_>, found: &mut Findings) {
    let text = name.text_or_empty();
    if text.is_empty() {
        return;
    }
    let services: Vec<&Object> = release.find("", "Service", &object.id.namespace, &text).collect();
    let is_headless = |service: &&Object| matches!(service.get(&["spec", "clusterIP"]), Some(Value::Str(ip)) if *ip == *b"None");
    if services.is_empty() {
        if !release.is_mentioned(&text) {
            let message = format!(
                "nothing in the release makes Service/{}: the pods have no DNS names",
                text.to_str_lossy()
            );
            found.add(&GOVERNING, name, message);
        }
    } else if !services.iter().any(is_headless) {
        let message =
            format!("Service/{} is not headless: the pods have no DNS names", text.to_str_lossy());
        found.helped(&GOVERNING, name, message, "a headless Service has clusterIP: None");
    }
}

fn scaled(target: &Node<'_>, release: &Release<'_>, found: &mut Findings) {
    let (kind, name) = (target.at("kind").text_or_empty(), target.at("name").text_or_empty());
    let version = target.at("apiVersion");
    let is_known = version.is_empty() || Kind::find(&version.text_or_empty(), &kind).is_some();
    if name.is_empty() || !is_known || release.has(&kind, &name) || release.is_mentioned(&name) {
        return;
    }
    let message =
        format!("nothing in the release makes {}/{}", kind.to_str_lossy(), name.to_str_lossy());
    found.add(&SCALED, &target.at("name"), message);
}
