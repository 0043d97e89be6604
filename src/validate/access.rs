//! Roles, their bindings, and what asks webhooks.

use std::collections::HashSet;

use bstr::ByteSlice;
use gostd::url::Url;

use super::expressions::{self, Makes, Scope};
use super::node::Node;
use super::{Findings, Level, Rule, workloads};
use crate::diff::Object;
use crate::kubernetes::names;

const RBAC: &str = "pkg/apis/rbac/validation/validation.go";
const ADMISSION: &str = "pkg/apis/admissionregistration/validation/validation.go";

pub(super) static RULES: &[Rule] = &[ROLE, BINDING, WEBHOOK, API_SERVICE];

const ROLE: Rule = Rule {
    code: "SC701",
    level: Level::Error,
    title: "A rule of a Role has to have verbs, and what they are for",
    source: RBAC,
};
const BINDING: Rule = Rule {
    code: "SC702",
    level: Level::Error,
    title: "A binding has to name a role and its subjects",
    source: RBAC,
};
const WEBHOOK: Rule = Rule {
    code: "SC703",
    level: Level::Error,
    title: "A webhook has to be complete",
    source: ADMISSION,
};
const API_SERVICE: Rule = Rule {
    code: "SC704",
    level: Level::Error,
    title: "An APIService has to be named VERSION.GROUP and to have a service",
    source: "k8s.io/kube-aggregator, pkg/apis/apiregistration/validation",
};

pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    match (&*object.id.group, &*object.id.kind) {
        (b"rbac.authorization.k8s.io", b"Role" | b"ClusterRole") => {
            role(root, &object.id.kind, found)
        }
        (b"rbac.authorization.k8s.io", b"RoleBinding" | b"ClusterRoleBinding") => {
            binding(root, &object.id.kind, found)
        }
        (
            b"admissionregistration.k8s.io",
            b"MutatingWebhookConfiguration" | b"ValidatingWebhookConfiguration",
        ) => {
            let mut seen = HashSet::new();
            for webhook in root.at("webhooks").items() {
                webhook_of(&webhook, found);
                let name = webhook.at("name");
                if !name.is_empty() && !seen.insert(name.text_or_empty()) {
                    let words = format!("another webhook is called {}, too", name.shown());
                    found.add(&WEBHOOK, &name, words);
                }
            }
        }
        (b"apiregistration.k8s.io", b"APIService") => api_service(root, found),
        _ => {}
    }
}

fn role(root: &Node<'_>, kind: &[u8], found: &mut Findings) {
    if let Some(aggregation) = root.get("aggregationRule") {
        let selectors = aggregation.at("clusterRoleSelectors");
        if selectors.is_empty() {
            found.add(&ROLE, &selectors, "it has to have at least one selector");
        }
        for selector in selectors.items() {
            workloads::expressions(&selector, found);
        }
    }
    for rule in root.at("rules").items() {
        let urls = rule.at("nonResourceURLs");
        if rule.at("verbs").is_empty() {
            found.add(&ROLE, &rule.at("verbs"), "it has no verbs");
        }
        if !urls.is_empty() {
            if kind == b"Role" {
                found.add(&ROLE, &urls, "a Role of a namespace cannot have nonResourceURLs");
            } else if ["apiGroups", "resources", "resourceNames"]
                .iter()
                .any(|key| !rule.at(key).is_empty())
            {
                found.add(&ROLE, &urls, "a rule cannot be for resources and for nonResourceURLs");
            }
            continue;
        }
        for (key, what) in
            [("apiGroups", "API groups (\"\" is the core one)"), ("resources", "resources")]
        {
            if rule.at(key).is_empty() {
                found.add(&ROLE, &rule.at(key), format!("it has no {what}"));
            }
        }
    }
}

fn binding(root: &Node<'_>, kind: &[u8], found: &mut Findings) {
    let role = root.at("roleRef");
    let allowed: &[&str] =
        if kind == b"RoleBinding" { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    let of = role.at("kind");
    if !of.is_any(allowed) {
        found.add(&BINDING, &of, format!("it has to be {}", allowed.join(" or ")));
    }
    let group = role.at("apiGroup");
    if !group.is_empty() && !group.is("rbac.authorization.k8s.io") {
        found.add(&BINDING, &group, "it has to be rbac.authorization.k8s.io");
    }
    let name = role.at("name");
    match name.is_empty() {
        true => found.add(&BINDING, &name, "the role has no name"),
        false => found.named(&BINDING, &name, names::path_segment(&name.text_or_empty())),
    }
    for subject in root.at("subjects").items() {
        let (of, name, group) = (subject.at("kind"), subject.at("name"), subject.at("apiGroup"));
        let wanted = if of.is("ServiceAccount") { "" } else { "rbac.authorization.k8s.io" };
        if name.is_empty() {
            found.add(&BINDING, &name, "the subject has no name");
        }
        if !of.is_any(&["ServiceAccount", "User", "Group"]) {
            found.add(&BINDING, &of, "it has to be ServiceAccount, User or Group");
            continue;
        }
        if !group.is_empty() && !group.is(wanted) {
            let wanted = if wanted.is_empty() { "empty" } else { wanted };
            found.add(&BINDING, &group, format!("it has to be {wanted}"));
        }
        if of.is("ServiceAccount") {
            if !name.is_empty() {
                found.named(&BINDING, &name, names::subdomain(&name.text_or_empty()));
            }
            // Without a namespace the server takes that of a RoleBinding.
            if subject.at("namespace").is_empty() && kind == b"ClusterRoleBinding" {
                found.add(
                    &BINDING,
                    &subject.at("namespace"),
                    "the namespace of the ServiceAccount is missing",
                );
            }
        }
    }
}

fn webhook_of(webhook: &Node<'_>, found: &mut Findings) {
    let name = webhook.at("name");
    let text = name.text_or_empty();
    if text.is_empty() {
        found.add(&WEBHOOK, &name, "the webhook has no name");
    } else {
        found.named(&WEBHOOK, &name, names::subdomain(&text));
        if names::subdomain(&text).is_empty() && text.find_iter(b".").count() < 2 {
            found.add(
                &WEBHOOK,
                &name,
                format!("{} has to be a domain of at least three parts", name.shown()),
            );
        }
    }
    let effects = webhook.at("sideEffects");
    if !effects.is_any(&["None", "NoneOnDryRun"]) {
        found.add(&WEBHOOK, &effects, "it has to be None or NoneOnDryRun");
    }
    reviews(&WEBHOOK, &webhook.at("admissionReviewVersions"), found);
    for (key, allowed) in [
        ("failurePolicy", ["Ignore", "Fail"]),
        ("matchPolicy", ["Exact", "Equivalent"]),
        ("reinvocationPolicy", ["Never", "IfNeeded"]),
    ] {
        found.exactly(&WEBHOOK, &webhook.at(key), &allowed);
    }
    let seconds = webhook.at("timeoutSeconds");
    if seconds.integer().is_some_and(|n| !(1..=30).contains(&n)) {
        found.add(&WEBHOOK, &seconds, "it has to be from 1 to 30");
    }
    for key in ["namespaceSelector", "objectSelector"] {
        workloads::expressions(&webhook.at(key), found);
    }
    conditions(&WEBHOOK, &webhook.at("matchConditions"), &Scope::of_request(), found);
    client(&WEBHOOK, &webhook.at("clientConfig"), found);
    for rule in webhook.at("rules").items() {
        operations(&WEBHOOK, &rule, found);
    }
}

/// Checks conditions in CEL.
pub(super) fn conditions(
    rule: &'static Rule,
    conditions: &Node<'_>,
    scope: &Scope<'_>,
    found: &mut Findings,
) {
    if conditions.items().count() > MOST_CONDITIONS {
        let words = format!("it must not have more than {MOST_CONDITIONS} conditions");
        found.add(rule, conditions, words);
    }
    let mut seen = HashSet::new();
    for condition in conditions.items() {
        let name = condition.at("name");
        if found.required(rule, &name, "name") {
            found.qualified(rule, &name);
        }
        if !seen.insert(name.text_or_empty()) {
            let words = format!("another condition is called {}, too", name.shown());
            found.add(rule, &name, words);
        }
        expressions::check(rule, &condition.at("expression"), scope, Makes::Bool, found);
    }
}

/// How many conditions a webhook or a policy may have.
const MOST_CONDITIONS: usize = 64;

/// Checks which operations on which resources a webhook or a policy is for.
pub(super) fn operations(rule: &'static Rule, of: &Node<'_>, found: &mut Findings) {
    for key in ["operations", "apiGroups", "apiVersions", "resources"] {
        let list = of.at(key);
        if list.is_empty() {
            found.add(rule, &list, format!("the rule has no {key}"));
        }
    }
    for key in ["apiVersions", "resources"] {
        for item in of.at(key).items().filter(Node::is_empty) {
            found.add(rule, &item, "it is empty");
        }
    }
    for key in ["operations", "apiGroups", "apiVersions"] {
        let list = of.at(key);
        if list.items().count() > 1 && list.items().any(|item| item.is("*")) {
            found.add(rule, &list, "where * is there nothing else may be");
        }
    }
    for operation in of.at("operations").items() {
        if !operation.is_any(&["CREATE", "UPDATE", "DELETE", "CONNECT", "*"]) {
            found.add(rule, &operation, "it has to be CREATE, UPDATE, DELETE, CONNECT or *");
        }
    }
    let scope = of.at("scope");
    found.exactly(rule, &scope, &["Cluster", "Namespaced", "*"]);
    resources(rule, &of.at("resources"), found);
    let mut seen = HashSet::new();
    for name in of.at("resourceNames").items() {
        found.segment(rule, &name, "name");
        if !seen.insert(name.text_or_empty()) {
            found.add(rule, &name, format!("{} stands there twice", name.shown()));
        }
    }
}

/// Checks resources and subresources, in which `*` stands for all.
fn resources(rule: &'static Rule, all: &Node<'_>, found: &mut Findings) {
    let (mut whole, mut parts) = (HashSet::new(), HashSet::new());
    let (mut has_all, mut has_plain) = (false, false);
    for one in all.items() {
        let text = one.text_or_empty();
        let Some((resource, part)) = text.split_once_str("/") else {
            has_all |= one.is("*");
            has_plain |= !one.is("*");
            continue;
        };
        if whole.contains(resource) || parts.contains(part) {
            found.add(rule, &one, format!("{} is in another with *", one.shown()));
        }
        if part == b"*" {
            whole.insert(resource.to_vec());
        }
        if resource == b"*" {
            parts.insert(part.to_vec());
        }
    }
    let has_both = all.items().count() > 1 && all.items().any(|one| one.is("*/*"));
    if has_both || has_all && has_plain {
        found.add(rule, all, "where * stands for all nothing else may be");
    }
}

/// Checks how a webhook is reached.
pub(super) fn client(rule: &'static Rule, config: &Node<'_>, found: &mut Findings) {
    let (url, service) = (config.at("url"), config.at("service"));
    match (url.is_set(), service.is_set()) {
        (true, true) => found.add(rule, config, "it has both a url and a service"),
        (false, false) => found.add(rule, config, "it has neither a url nor a service"),
        (true, false) => {
            if let Some(why) = url_fault(&url.text_or_empty()) {
                found.add(rule, &url, format!("{}: {why}", url.shown()));
            }
        }
        _ => {}
    }
    if service.is_set() {
        for key in ["name", "namespace"] {
            if service.at(key).is_empty() {
                found.add(rule, &service.at(key), format!("the {key} of the service is missing"));
            }
        }
        let port = service.at("port");
        found.port_number(rule, &port);
        let path = service.at("path");
        if let Some(rest) = path.text().filter(|text| !text.is_empty()) {
            match rest.strip_prefix(b"/") {
                None => found.add(rule, &path, "the path has to begin with /"),
                Some(b"") => {}
                Some(rest) => {
                    for segment in rest.strip_suffix(b"/").unwrap_or(rest).split_str("/") {
                        found.named(rule, &path, names::subdomain(segment));
                    }
                }
            }
        }
    }
}

/// Returns what is wrong with the address of a webhook.
fn url_fault(text: &[u8]) -> Option<&'static str> {
    let Some(Ok(url)) = text.to_str().ok().map(Url::parse) else { return Some("it is no URL") };
    let faults = [
        (url.scheme != "https", "the url has to begin with https://"),
        (url.host.is_empty(), "it has no host"),
        (url.without_user() != url, "it must not name a user"),
        (text.contains(&b'#'), "it must not have a fragment"),
        (
            text.split_once_str("?").is_some_and(|(_, query)| !query.is_empty()),
            "it must not have a query",
        ),
    ];
    faults.into_iter().find(|(is_so, _)| *is_so).map(|(_, words)| words)
}

/// Checks the versions of reviews that a webhook takes.
pub(super) fn reviews(rule: &'static Rule, versions: &Node<'_>, found: &mut Findings) {
    if versions.is_empty() {
        found.add(rule, versions, "it is required, e.g. [v1]");
    } else if !versions.items().any(|version| version.is("v1") || version.is("v1beta1")) {
        found.add(rule, versions, "it has to hold v1 or v1beta1");
    }
    let mut seen = HashSet::new();
    for version in versions.items() {
        let text = version.text_or_empty();
        found.named(rule, &version, names::label(&text, true));
        if !seen.insert(text) {
            found.add(rule, &version, format!("{} stands there twice", version.shown()));
        }
    }
}

fn api_service(root: &Node<'_>, found: &mut Findings) {
    let (spec, metadata) = (root.at("spec"), root.at("metadata"));
    let (group, version) = (spec.at("group"), spec.at("version"));
    let wanted = [&*version.text_or_empty(), b".", &*group.text_or_empty()].concat();
    // What a name may begin with is asked the same.
    let (name, generated) = (metadata.at("name"), metadata.at("generateName"));
    for node in [Some(&name), (!generated.is_empty()).then_some(&generated)].into_iter().flatten() {
        if *node.text_or_empty() != *wanted {
            let words =
                format!("it has to be {:?}, VERSION.GROUP of its spec", wanted.to_str_lossy());
            found.add(&API_SERVICE, node, words);
        }
    }
    match version.is_empty() {
        true => found.add(&API_SERVICE, &version, "version is required"),
        false => found.named(&API_SERVICE, &version, names::label(&version.text_or_empty(), true)),
    }
    if group.is_empty() && !version.is("v1") {
        found.add(&API_SERVICE, &group, "group is required");
    }
    for (key, most) in [("groupPriorityMinimum", 20000), ("versionPriority", 1000)] {
        let priority = spec.at(key);
        if !priority.integer().is_some_and(|n| (1..=most).contains(&n)) {
            found.add(&API_SERVICE, &priority, format!("it has to be from 1 to {most}"));
        }
    }
    if let Some(service) = spec.get("service") {
        for key in ["name", "namespace"] {
            if service.at(key).is_empty() {
                found.add(
                    &API_SERVICE,
                    &service.at(key),
                    format!("the {key} of the service is missing"),
                );
            }
        }
        let port = service.at("port");
        found.port_number(&API_SERVICE, &port);
        let is_insecure = spec.at("insecureSkipTLSVerify").is_true();
        if is_insecure && !spec.at("caBundle").is_empty() {
            found.add(
                &API_SERVICE,
                &spec.at("insecureSkipTLSVerify"),
                "it cannot be true where there is a caBundle",
            );
        }
    } else if !spec.at("caBundle").is_empty() {
        found.add(&API_SERVICE, &spec.at("caBundle"), "it cannot be set where there is no service");
    } else if spec.at("insecureSkipTLSVerify").is_true() {
        found.add(
            &API_SERVICE,
            &spec.at("insecureSkipTLSVerify"),
            "it cannot be true where there is no service",
        );
    }
}
