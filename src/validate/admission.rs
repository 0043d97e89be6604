//! Policies of admission, and their bindings.

use std::collections::HashSet;

use bstr::ByteSlice;

use super::expressions::{self, Makes, Scope};
use super::node::Node;
use super::{Findings, Level, Rule, access, workloads};
use crate::diff::Object;
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[POLICY, BINDING];

const ADMISSION: &str = "pkg/apis/admissionregistration/validation/validation.go";

const POLICY: Rule = Rule {
    code: "SC705",
    level: Level::Error,
    title: "A policy of admission has to say what it is for, and what it asks for",
    source: ADMISSION,
};
const BINDING: Rule = Rule {
    code: "SC706",
    level: Level::Error,
    title: "A binding of a policy of admission has to name the policy, and what it does",
    source: ADMISSION,
};

/// How many annotations of the audit a policy may have.
const MOST_ANNOTATIONS: usize = 20;

/// Checks an object that is such a policy or a binding of one.
pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    if &*object.id.group != b"admissionregistration.k8s.io" {
        return;
    }
    let spec = root.at("spec");
    match &*object.id.kind {
        b"ValidatingAdmissionPolicy" => {
            policy(&spec, found);
            validations(&spec, found);
        }
        b"MutatingAdmissionPolicy" => {
            policy(&spec, found);
            mutations(&spec, found);
        }
        b"ValidatingAdmissionPolicyBinding" => {
            binding(&spec, found);
            actions(&spec.at("validationActions"), found);
        }
        b"MutatingAdmissionPolicyBinding" => binding(&spec, found),
        _ => {}
    }
}

fn policy(spec: &Node<'_>, found: &mut Findings) {
    found.exactly(&POLICY, &spec.at("failurePolicy"), &["Fail", "Ignore"]);
    if let Some(kind) = spec.get("paramKind") {
        param_kind(&kind, found);
    }
    let constraints = spec.at("matchConstraints");
    if found.required(&POLICY, &constraints, "matchConstraints") {
        matches(&POLICY, &constraints, found);
        if constraints.at("resourceRules").is_empty() {
            let rules = constraints.at("resourceRules");
            found.add(&POLICY, &rules, "it has to have at least one rule");
        }
    }
    let mut scope = scope_of(spec);
    access::conditions(&POLICY, &spec.at("matchConditions"), &scope, found);
    for variable in spec.at("variables").items() {
        let name = variable.at("name");
        let text = name.text_or_empty();
        let is_name = text.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
            && text.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
        if !is_name {
            found.add(&POLICY, &name, format!("{} is no name of a variable", name.shown()));
        }
        // Of two with one name the second counts.
        let expression = variable.at("expression");
        expressions::check(&POLICY, &expression, &scope, Makes::Any, found);
        add_variable(&mut scope, &name);
    }
}

/// Returns what expressions of a policy can name, but for its variables.
fn scope_of(spec: &Node<'_>) -> Scope<'static> {
    let mut scope = Scope::of_request();
    scope.names.extend(spec.at("paramKind").is_set().then_some("params"));
    scope
}

/// Lets expressions name a variable of the policy.
fn add_variable(scope: &mut Scope<'_>, name: &Node<'_>) {
    let name = name.text_or_empty().to_str_lossy().into_owned();
    match scope.fields.iter_mut().find(|(of, _)| *of == "variables") {
        Some((_, names)) => drop(names.insert(name)),
        None => {
            scope.names.push("variables");
            scope.fields.push(("variables", HashSet::from([name])));
        }
    }
}

/// Returns what expressions behind the variables can name.
fn whole_scope(spec: &Node<'_>) -> Scope<'static> {
    let mut scope = scope_of(spec);
    for variable in spec.at("variables").items() {
        add_variable(&mut scope, &variable.at("name"));
    }
    scope
}

fn param_kind(kind: &Node<'_>, found: &mut Findings) {
    let (version, name) = (kind.at("apiVersion"), kind.at("kind"));
    if found.required(&POLICY, &version, "apiVersion") {
        let text = version.text_or_empty();
        let (group, minor) = text.split_once_str("/").unwrap_or((b"", &text));
        let is_right = (group.is_empty() && !text.contains(&b'/')
            || names::subdomain(group).is_empty())
            && names::label(minor, true).is_empty();
        if !is_right {
            let words = format!("{} is no API version", version.shown());
            found.add(&POLICY, &version, words);
        }
    }
    if found.required(&POLICY, &name, "kind") {
        let text = name.text_or_empty().to_ascii_lowercase();
        found.named(&POLICY, &name, names::label(&text, true));
    }
}

/// Checks which objects a policy or a binding is for.
fn matches(rule: &'static Rule, of: &Node<'_>, found: &mut Findings) {
    found.exactly(rule, &of.at("matchPolicy"), &["Exact", "Equivalent"]);
    for key in ["namespaceSelector", "objectSelector"] {
        workloads::expressions(&of.at(key), found);
    }
    for key in ["resourceRules", "excludeResourceRules"] {
        for one in of.at(key).items() {
            access::operations(rule, &one, found);
        }
    }
}

fn validations(spec: &Node<'_>, found: &mut Findings) {
    let scope = whole_scope(spec);
    let (validations, annotations) = (spec.at("validations"), spec.at("auditAnnotations"));
    if validations.is_empty() && annotations.is_empty() {
        let words = "it has to have validations or auditAnnotations";
        found.add(&POLICY, &validations, words);
    }
    for one in validations.items() {
        let (message, words) = (one.at("message"), one.at("messageExpression"));
        expressions::check(&POLICY, &one.at("expression"), &scope, Makes::Bool, found);
        let (text, expression) = (message.text_or_empty(), one.at("expression").text_or_empty());
        let has_break = |text: &[u8]| text.trim().find_byteset(b"\n\r").is_some();
        if !text.is_empty() && text.trim().is_empty() || has_break(&text) {
            found.add(&POLICY, &message, "it has to be one line");
        } else if text.is_empty() && has_break(&expression) {
            found.add(&POLICY, &message, "an expression of several lines needs a message");
        }
        if !words.is_empty() {
            expressions::check(&POLICY, &words, &scope, Makes::Text, found);
        }
        let reasons = ["Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge"];
        found.exactly(&POLICY, &one.at("reason"), &reasons);
    }
    if annotations.items().count() > MOST_ANNOTATIONS {
        let words = format!("it must not have more than {MOST_ANNOTATIONS} annotations");
        found.add(&POLICY, &annotations, words);
    }
    let mut seen = HashSet::new();
    for one in annotations.items() {
        let key = one.at("key");
        if found.required(&POLICY, &key, "key") {
            // Behind the name of the policy and `/`.
            let name = [b"a/", &*key.text_or_empty()].concat();
            found.named(&POLICY, &key, names::qualified(&name));
        }
        if !seen.insert(key.text_or_empty()) {
            found.add(&POLICY, &key, format!("{} stands there twice", key.shown()));
        }
        let value = one.at("valueExpression");
        expressions::check(&POLICY, &value, &scope, Makes::TextOrNull, found);
    }
}

fn mutations(spec: &Node<'_>, found: &mut Findings) {
    let scope = whole_scope(spec);
    let policy = spec.at("reinvocationPolicy");
    found.required(&POLICY, &policy, "reinvocationPolicy");
    found.one_of(&POLICY, &policy, &["Never", "IfNeeded"]);
    let mutations = spec.at("mutations");
    if mutations.is_empty() {
        found.add(&POLICY, &mutations, "it has to have at least one mutation");
    }
    for one in mutations.items() {
        let kind = one.at("patchType");
        let (own, other) = match &*kind.text_or_empty() {
            b"ApplyConfiguration" => ("applyConfiguration", "jsonPatch"),
            b"JSONPatch" => ("jsonPatch", "applyConfiguration"),
            _ => {
                found.add(&POLICY, &kind, "it has to be ApplyConfiguration or JSONPatch");
                continue;
            }
        };
        let why = format!("it cannot be set where the patchType is {}", kind.shown());
        found.forbidden(&POLICY, &one.at(other), &why);
        let patch = one.at(own);
        let makes = if own == "jsonPatch" { Makes::List } else { Makes::Object };
        expressions::check(&POLICY, &patch.at("expression"), &scope, makes, found);
    }
}

fn binding(spec: &Node<'_>, found: &mut Findings) {
    let name = spec.at("policyName");
    if found.required(&BINDING, &name, "policyName") {
        found.subdomain(&BINDING, &name);
    }
    if let Some(param) = spec.get("paramRef") {
        let (name, selector) = (param.at("name"), param.at("selector"));
        if name.is_empty() != selector.is_set() {
            found.add(&BINDING, &param, "it has to have one of name and selector");
        }
        if !name.is_empty() {
            found.segment(&BINDING, &name, "name");
        }
        workloads::expressions(&selector, found);
        let action = param.at("parameterNotFoundAction");
        if found.required(&BINDING, &action, "parameterNotFoundAction") {
            found.exactly(&BINDING, &action, &["Allow", "Deny"]);
        }
    }
    matches(&BINDING, &spec.at("matchResources"), found);
}

/// Checks what is done where a validation fails.
fn actions(actions: &Node<'_>, found: &mut Findings) {
    if actions.is_empty() {
        found.add(&BINDING, actions, "it has to have at least one action");
    }
    let mut seen = HashSet::new();
    for action in actions.items() {
        if !action.is_any(&["Deny", "Warn", "Audit"]) {
            found.add(&BINDING, &action, "it has to be Deny, Warn or Audit");
        }
        if !seen.insert(action.text_or_empty()) {
            found.add(&BINDING, &action, format!("{} stands there twice", action.shown()));
        }
    }
    let has = |text: &str| actions.items().any(|action| action.is(text));
    if has("Deny") && has("Warn") {
        found.add(&BINDING, actions, "Deny and Warn cannot both be there: they say the same twice");
    }
}
