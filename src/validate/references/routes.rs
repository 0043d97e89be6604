//! What leads to Services: Ingresses, routes, webhooks, API services.

use bstr::ByteSlice;
use gostd::value::Str;

use super::made::Release;
use super::{Need, Target, Wanted};
use crate::diff::Object;
use crate::validate::node::Node;
use crate::validate::{Findings, Level, Rule};

pub(super) const SERVICE: Rule = Rule {
    code: "SC811",
    level: Level::Warning,
    title: "A Service that is named should be made by the release",
    source: "k8s.io/ingress: backends; staging/src/k8s.io/apiserver: webhook service resolver",
};
pub(super) const PORT: Rule = Rule {
    code: "SC812",
    level: Level::Warning,
    title: "A port that is named should be one of the Service's",
    source: "k8s.io/ingress: backends; staging/src/k8s.io/apiserver: webhook service resolver",
};

/// What the AWS load balancer controller reads from an annotation in place of a port.
const ANNOTATED: &str = "use-annotation";

/// The port of a webhook's Service that names none.
const HTTPS: i64 = 443;

pub(super) fn check(
    object: &Object,
    root: &Node<'_>,
    release: &Release<'_>,
    wanted: &mut Wanted,
    found: &mut Findings,
) {
    let spec = root.at("spec");
    let mut check = Check { object, release, found };
    match (&*object.id.group, &*object.id.kind) {
        (b"networking.k8s.io", b"Ingress") => {
            check.backend(&spec.at("defaultBackend"));
            for rule in spec.at("rules").items() {
                for path in rule.at("http").at("paths").items() {
                    check.backend(&path.at("backend"));
                }
            }
            if is_certified(&root.at("metadata").at("annotations")) {
                return;
            }
            for tls in spec.at("tls").items() {
                let need = Need::new(Target::Secret, &tls.at("secretName"));
                release.check(object, need, false, wanted, found);
            }
        }
        (b"gateway.networking.k8s.io", _) => {
            for rule in spec.at("rules").items() {
                for backend in rule.at("backendRefs").items() {
                    let (kind, group) = (backend.at("kind"), backend.at("group"));
                    if (kind.is_empty() || kind.is("Service")) && group.is_empty() {
                        let namespace = backend.at("namespace").text_or_empty();
                        check.service(&namespace, &backend.at("name"), &backend.at("port"), None);
                    }
                }
            }
        }
        (b"admissionregistration.k8s.io", _) => {
            for webhook in root.at("webhooks").items() {
                check.client(&webhook.at("clientConfig").at("service"));
            }
        }
        (b"apiregistration.k8s.io", b"APIService") => check.client(&spec.at("service")),
        (b"apiextensions.k8s.io", b"CustomResourceDefinition") => {
            let (conversion, webhook, client) = ("conversion", "webhook", "clientConfig");
            check.client(&spec.at(conversion).at(webhook).at(client).at("service"));
        }
        _ => {}
    }
}

/// Tells whether a controller makes the certificate of an Ingress.
fn is_certified(annotations: &Node<'_>) -> bool {
    annotations.members().any(|(key, _)| {
        key.starts_with(b"cert-manager.io/")
            || key.starts_with(b"certmanager.k8s.io/")
            || key.starts_with(b"acme.cert-manager.io/")
            || key.starts_with(b"cert.gardener.cloud/")
            || *key == *b"kubernetes.io/tls-acme"
    })
}

struct Check<'c> {
    object: &'c Object,
    release: &'c Release<'c>,
    found: &'c mut Findings,
}

impl Check<'_> {
    /// Checks the backend of an Ingress.
    fn backend(&mut self, backend: &Node<'_>) {
        let service = backend.at("service");
        let port = service.at("port");
        let name = port.at("name");
        if name.is(ANNOTATED) {
            return;
        }
        let port = if name.is_set() { name } else { port.at("number") };
        self.service(&Str::default(), &service.at("name"), &port, None);
    }

    /// Checks what a webhook or an API service calls.
    fn client(&mut self, service: &Node<'_>) {
        let namespace = service.at("namespace").text_or_empty();
        self.service(&namespace, &service.at("name"), &service.at("port"), Some(HTTPS));
    }

    /// Checks a Service and a port of it, by number or name; nothing is said of a port that is not there unless there
    /// is a default.
    fn service(&mut self, namespace: &Str, name: &Node<'_>, port: &Node<'_>, default: Option<i64>) {
        let (release, own) = (self.release, &self.object.id.namespace);
        let namespace = if namespace.is_empty() { own } else { namespace };
        let text = name.text_or_empty();
        let is_api_server = *text == *b"kubernetes" && **namespace == *b"default";
        if text.is_empty() || is_api_server || !release.is_own(namespace) {
            return;
        }
        let Some(ports) = release.ports(namespace, &text) else {
            if !release.is_mentioned(&text) {
                let message =
                    format!("nothing in the release makes Service/{}", text.to_str_lossy());
                self.found.add(&SERVICE, name, message);
            }
            return;
        };
        let number = port.integer().or(if port.is_set() { None } else { default });
        let has = match (number, port.text()) {
            (Some(number), _) => ports.numbers.contains(&number),
            (None, Some(name)) => ports.names.contains(name),
            (None, None) => return,
        };
        if has || !ports.is_known {
            return;
        }
        let shown = number.map_or_else(|| port.shown(), |number| number.to_string());
        let message = format!("Service/{} has no port {shown}", text.to_str_lossy());
        let place = if port.is_set() { port } else { name };
        match ports.shown.is_empty() {
            true => self.found.add(&PORT, place, message),
            false => self.found.helped(&PORT, place, message, format!("it has {}", ports.shown)),
        }
    }
}
