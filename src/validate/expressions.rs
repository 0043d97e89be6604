//! Expressions in CEL that a server compiles when an object is created: whether they can be read, what they name, and the
//! type of what they make, as far as it is plain.

use std::collections::HashSet;

use bstr::ByteSlice;
use gocel::{Program, Reason};

use super::node::Node;
use super::{Findings, Rule};

/// What an expression is to make.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Makes {
    /// `true` or `false`.
    Bool,
    /// A text.
    Text,
    /// A text or null.
    TextOrNull,
    /// A list.
    List,
    /// An object.
    Object,
    /// Anything.
    Any,
}

impl Makes {
    /// Tells whether a value of a type will do.
    fn takes(self, kind: &str) -> bool {
        match self {
            Makes::Bool => kind == "bool",
            Makes::Text => kind == "string",
            Makes::TextOrNull => matches!(kind, "string" | "null_type"),
            Makes::List => kind == "list",
            // What is an object of Kubernetes is not plain.
            Makes::Object => false,
            Makes::Any => true,
        }
    }

    fn shown(self) -> &'static str {
        match self {
            Makes::Bool => "a boolean",
            Makes::Text => "a string",
            Makes::TextOrNull => "a string or null",
            Makes::List => "a list",
            Makes::Object => "an object",
            Makes::Any => "a value",
        }
    }
}

/// What an expression can name.
pub(super) struct Scope<'s> {
    /// The variables.
    pub(super) names: Vec<&'s str>,
    /// The fields of those whose fields are known.
    pub(super) fields: Vec<(&'s str, HashSet<String>)>,
}

impl Scope<'_> {
    /// What every expression about a request can name (k8s.io/apiserver, pkg/admission/plugin/cel: mustBuildEnvs).
    pub(super) fn of_request() -> Scope<'static> {
        Scope {
            names: vec!["object", "oldObject", "request", "authorizer", "namespaceObject"],
            fields: vec![("request", owned(OF_REQUEST))],
        }
    }

    /// What selectors of devices can name (k8s.io/dynamic-resource-allocation, cel: newCompiler).
    pub(super) fn of_device() -> Scope<'static> {
        Scope { names: vec!["device", "cel"], fields: vec![("device", owned(OF_DEVICE))] }
    }
}

fn owned(names: &[&str]) -> HashSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Fields of `request` (k8s.io/apiserver, pkg/admission/plugin/cel: BuildRequestType).
const OF_REQUEST: &[&str] = &[
    "dryRun",
    "kind",
    "name",
    "namespace",
    "operation",
    "options",
    "requestKind",
    "requestResource",
    "requestSubResource",
    "resource",
    "subResource",
    "uid",
    "userInfo",
];

/// Fields of `device` (k8s.io/dynamic-resource-allocation, cel: newCompiler).
const OF_DEVICE: &[&str] = &["allowMultipleAllocations", "attributes", "capacity", "driver"];

/// Asks for an expression in CEL that a server can compile.
pub(super) fn check(
    rule: &'static Rule,
    node: &Node<'_>,
    scope: &Scope<'_>,
    makes: Makes,
    found: &mut Findings,
) {
    let text = node.text_or_empty();
    let text = text.to_str_lossy();
    if text.trim().is_empty() {
        return found.add(rule, node, "the expression is missing");
    }
    // It may make objects, or quote names, which is not read here.
    if text.contains('`') || makes_objects(&text) {
        return;
    }
    let program = match Program::parse(&text) {
        Ok(program) => program,
        // A server may read a deeper one.
        Err(error) if error.reason == Reason::Syntax && !error.words.ends_with("too deep") => {
            return found.add(rule, node, format!("it cannot be compiled: {error}"));
        }
        Err(_) => return,
    };
    let unknown = || {
        let own = scope.fields.iter();
        let mut fields = own.flat_map(|(name, fields)| {
            let named = program.fields_of(name).into_iter();
            named.filter(move |field| !fields.contains(*field))
        });
        fields.next().map(|field| format!("undefined field '{field}'"))
    };
    let wrong = program.check_names(&scope.names).err().map(|error| error.words).or_else(unknown);
    if let Some(words) = wrong {
        return found.add(rule, node, format!("it cannot be compiled: {words}"));
    }
    if let Some(kind) = program.plain_type().filter(|kind| !makes.takes(kind)) {
        let words =
            format!("it has to make {}, and makes a value of the type {kind}", makes.shown());
        found.add(rule, node, words);
    }
}

/// Tells whether an expression may make objects: a name before a brace.
fn makes_objects(text: &str) -> bool {
    text.match_indices('{').any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default().trim_end().chars().next_back();
        before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}
