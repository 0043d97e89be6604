//! Names that a release holds in places where something may read them and make what they name.

use std::collections::HashSet;

use bstr::ByteSlice;
use gostd::value::{Str, Value};

use super::made;
use crate::diff::Object;
use crate::kubernetes::Kind;
use crate::validate::node::Node;

/// Kinds of custom resources that configure what is there, and make nothing that others name.
const PASSIVE: &[&str] = &[
    "BackendConfig",
    "CiliumNetworkPolicy",
    "DestinationRule",
    "GRPCRoute",
    "Gateway",
    "GrafanaDashboard",
    "HTTPRoute",
    "IngressRoute",
    "Middleware",
    "PodMonitor",
    "Probe",
    "PrometheusRule",
    "ScaledObject",
    "ServiceMonitor",
    "TCPRoute",
    "TLSRoute",
    "UDPRoute",
    "VerticalPodAutoscaler",
    "VirtualService",
];

/// The names that stand in custom resources, and in the commands and the environment of containers: an operator makes a
/// Secret that a resource names, a job one that its arguments name.
#[derive(Debug, Default)]
pub(super) struct Names {
    all: HashSet<Str>,
    /// The names of custom resources.
    custom: HashSet<Str>,
}

impl Names {
    /// Notes what an object names.
    pub(super) fn add(&mut self, object: &Object, root: &Node<'_>) {
        let is_passive = PASSIVE.iter().any(|kind| kind.as_bytes() == &*object.id.kind);
        if !is_passive && Kind::find(&object.api_version, &object.id.kind).is_none() {
            self.custom.insert(object.id.name.clone());
            self.all.insert(object.id.name.clone());
            let mut has_pod = false;
            made::with_pod(object, root, |_| has_pod = true);
            // What a template of pods names is what the pods need.
            if !has_pod {
                for key in ["spec", "data", "parameters", "secretObjects"] {
                    self.add_texts(&root.at(key).value);
                }
            }
        }
        made::with_pod(object, root, |pod| {
            let spec = pod.at("spec");
            for list in ["containers", "initContainers"] {
                for container in spec.at(list).items() {
                    for key in ["command", "args"] {
                        for word in container.at(key).items() {
                            self.add_words(&word.text_or_empty());
                        }
                    }
                    for variable in container.at("env").items() {
                        self.add_words(&variable.at("value").text_or_empty());
                    }
                }
            }
        });
    }

    /// Notes the texts within a value.
    fn add_texts(&mut self, value: &Value) {
        let mut rest = vec![value.clone()];
        while let Some(value) = rest.pop() {
            match value {
                Value::Str(text) => drop(self.all.insert(text)),
                Value::List(items) => rest.extend(items.iter().cloned()),
                Value::Map(map) => rest.extend(map.entries().into_iter().map(|(_, value)| value)),
                _ => {}
            }
        }
    }

    /// Notes the words of a text that may be names.
    fn add_words(&mut self, text: &[u8]) {
        let is_part =
            |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
        let words = text.split(|b| !is_part(b));
        self.all.extend(words.filter(|word| !word.is_empty()).map(Str::from));
    }

    /// Tells whether something may make what has a name. Operators make names of a resource's own and an ending.
    pub(super) fn may_make(&self, name: &[u8]) -> bool {
        // No name is longer than Kubernetes' longest.
        let dashes = name.get(..name.len().min(253)).unwrap_or_default().find_iter(b"-");
        self.all.contains(name)
            || dashes.filter_map(|at| name.get(..at)).any(|start| self.custom.contains(start))
    }

    /// Tells whether a custom resource has a name.
    pub(super) fn is_custom(&self, name: &[u8]) -> bool {
        self.custom.contains(name)
    }
}
