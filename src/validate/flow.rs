//! What the API server lets through at once: flow schemas and levels of priority.

use bstr::ByteSlice;

use super::node::Node;
use super::{Findings, Level, Rule};
use crate::diff::Object;
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[FLOW, LEVEL];

const SOURCE: &str = "pkg/apis/flowcontrol/validation/validation.go";

const FLOW: Rule = Rule {
    code: "SC707",
    level: Level::Error,
    title: "A FlowSchema has to name a level of priority, and whole rules",
    source: SOURCE,
};
const LEVEL: Rule = Rule {
    code: "SC708",
    level: Level::Error,
    title: "The limits and queues of a PriorityLevelConfiguration have to fit each other",
    source: SOURCE,
};

/// The verbs of requests for resources.
const VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "proxy",
    "*",
];
/// The largest precedence.
const LOWEST_PRECEDENCE: i64 = 10_000;
/// How many queues there may be.
const MOST_QUEUES: i64 = 10_000_000;
/// How many bits the choice of queues may take.
const MOST_ENTROPY: f64 = 60.0;

/// Checks an object that is one of these.
pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    if &*object.id.group != b"flowcontrol.apiserver.k8s.io" {
        return;
    }
    let spec = root.at("spec");
    match &*object.id.kind {
        b"FlowSchema" => flow(&spec, found),
        b"PriorityLevelConfiguration" => level(object, &spec, found),
        _ => {}
    }
}

fn flow(spec: &Node<'_>, found: &mut Findings) {
    // Zero stands for the default.
    found.within(&FLOW, &spec.at("matchingPrecedence"), 0, LOWEST_PRECEDENCE);
    let level = spec.at("priorityLevelConfiguration");
    if found.required(&FLOW, &level.at("name"), "name") {
        found.subdomain(&FLOW, &level.at("name"));
    }
    if let Some(method) = spec.get("distinguisherMethod") {
        let kind = method.at("type");
        if found.required(&FLOW, &kind, "type") {
            found.exactly(&FLOW, &kind, &["ByUser", "ByNamespace"]);
        }
    }
    for rule in spec.at("rules").items() {
        let subjects = rule.at("subjects");
        if subjects.is_empty() {
            found.add(&FLOW, &subjects, "it has to have at least one subject");
        }
        for one in subjects.items() {
            subject(&one, found);
        }
        let (resources, urls) = (rule.at("resourceRules"), rule.at("nonResourceRules"));
        if resources.is_empty() && urls.is_empty() {
            found.add(&FLOW, &rule, "it has neither resourceRules nor nonResourceRules");
        }
        for one in resources.items() {
            resource_rule(&one, found);
        }
        for one in urls.items() {
            url_rule(&one, found);
        }
    }
}

fn subject(subject: &Node<'_>, found: &mut Findings) {
    let kind = subject.at("kind");
    let fields = [("User", "user"), ("Group", "group"), ("ServiceAccount", "serviceAccount")];
    let Some((_, field)) = fields.iter().find(|(name, _)| kind.is(name)) else {
        return found.add(&FLOW, &kind, "it has to be User, Group or ServiceAccount");
    };
    let why = format!("it cannot be set where the kind is {}", kind.shown());
    for (_, other) in fields.iter().filter(|(_, other)| other != field) {
        found.forbidden(&FLOW, &subject.at(other), &why);
    }
    let of = subject.at(field);
    let name = of.at("name");
    found.required(&FLOW, &name, "name");
    if *field == "serviceAccount" {
        if !name.is_empty() && !name.is("*") {
            found.subdomain(&FLOW, &name);
        }
        let namespace = of.at("namespace");
        if found.required(&FLOW, &namespace, "namespace") {
            let faults = names::label(&namespace.text_or_empty(), false);
            found.named(&FLOW, &namespace, faults);
        }
    }
}

/// Checks a list that is not empty, and in which `*` stands alone.
fn listed(list: &Node<'_>, name: &str, found: &mut Findings) {
    if list.is_empty() {
        found.add(&FLOW, list, format!("it has no {name}"));
    }
    if list.items().count() > 1 && list.items().any(|one| one.is("*")) {
        found.add(&FLOW, list, "where * is there nothing else may be");
    }
}

fn verbs(rule: &Node<'_>, found: &mut Findings) {
    let verbs = rule.at("verbs");
    listed(&verbs, "verbs", found);
    for verb in verbs.items() {
        found.exactly(&FLOW, &verb, VERBS);
    }
}

fn resource_rule(rule: &Node<'_>, found: &mut Findings) {
    verbs(rule, found);
    listed(&rule.at("apiGroups"), "apiGroups", found);
    listed(&rule.at("resources"), "resources", found);
    let namespaces = rule.at("namespaces");
    if namespaces.is_empty() && !rule.at("clusterScope").is_true() {
        let words = "it has to have namespaces, or clusterScope: true";
        found.add(&FLOW, &namespaces, words);
    } else if !namespaces.is_empty() {
        listed(&namespaces, "namespaces", found);
    }
    for one in namespaces.items().filter(|one| !one.is("*")) {
        found.named(&FLOW, &one, names::label(&one.text_or_empty(), false));
    }
}

fn url_rule(rule: &Node<'_>, found: &mut Findings) {
    verbs(rule, found);
    let urls = rule.at("nonResourceURLs");
    listed(&urls, "nonResourceURLs", found);
    for url in urls.items().filter(|url| !url.is("*")) {
        let text = url.text_or_empty();
        let path = text.strip_suffix(b"/*").unwrap_or(&text);
        let is_right = text.starts_with(b"/")
            && !text.contains_str("//")
            && !path.contains(&b'*')
            && !text.contains(&b' ');
        if !is_right {
            let words = format!("{} has to begin with /, and may end with /*", url.shown());
            found.add(&FLOW, &url, words);
        }
    }
}

fn level(object: &Object, spec: &Node<'_>, found: &mut Findings) {
    let (kind, limited, exempt) = (spec.at("type"), spec.at("limited"), spec.at("exempt"));
    let is_exempt = &*object.id.name == b"exempt";
    if found.required(&LEVEL, &kind, "type") {
        found.exactly(&LEVEL, &kind, &["Exempt", "Limited"]);
    }
    if kind.is("Exempt") != is_exempt && kind.is_any(&["Exempt", "Limited"]) {
        found.add(&LEVEL, &kind, "only the level called exempt is Exempt");
    }
    if kind.is("Limited") {
        found.forbidden(&LEVEL, &exempt, "it cannot be set where the type is Limited");
        found.required(&LEVEL, &limited, "limited");
    } else if kind.is("Exempt") {
        found.forbidden(&LEVEL, &limited, "it cannot be set where the type is Exempt");
    }
    for of in [&limited, &exempt] {
        found.within(&LEVEL, &of.at("nominalConcurrencyShares"), 0, i64::MAX);
        found.within(&LEVEL, &of.at("lendablePercent"), 0, 100);
    }
    found.within(&LEVEL, &limited.at("borrowingLimitPercent"), 0, i64::MAX);
    if !limited.is_set() {
        return;
    }
    let response = limited.at("limitResponse");
    let (kind, queues) = (response.at("type"), response.at("queuing"));
    match &*kind.text_or_empty() {
        b"Reject" => found.forbidden(&LEVEL, &queues, "it cannot be set where the type is Reject"),
        b"Queue" if !queues.is_set() => {
            found.add(&LEVEL, &queues, "queuing is required where the type is Queue");
        }
        b"Queue" => queuing(&queues, found),
        _ => found.add(&LEVEL, &kind, "it has to be Queue or Reject"),
    }
}

fn queuing(queuing: &Node<'_>, found: &mut Findings) {
    let (queues, hand) = (queuing.at("queues"), queuing.at("handSize"));
    found.within(&LEVEL, &queuing.at("queueLengthLimit"), 1, i64::MAX);
    found.within(&LEVEL, &queues, 1, MOST_QUEUES);
    // What is 0 is the default.
    let number = |node: &Node<'_>, default| node.integer().filter(|n| *n != 0).unwrap_or(default);
    let (deck, size) = (number(&queues, 64), number(&hand, 8));
    found.within(&LEVEL, &hand, 1, i64::MAX);
    if size > deck {
        found.add(&LEVEL, &hand, format!("{size} is more than the queues, {deck}"));
    } else if (1..=MOST_QUEUES).contains(&deck) && size > 0 {
        // More than a few terms are always too many.
        let terms = size.min(64);
        let bits: f64 = (0..terms).map(|n| ((deck - n) as f64).log2()).sum();
        if bits > MOST_ENTROPY {
            let words = format!("choosing {size} of {deck} queues takes more than 60 bits");
            found.add(&LEVEL, &hand, words);
        }
    }
}
