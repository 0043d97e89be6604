//! Says what a cluster would say of manifests, without one.
//!
//! Each rule is Kubernetes' own: the row of a [`Rule`] names the source in Kubernetes' code. What the API server refuses
//! is an error; what it accepts and yet does not work, or may not be there, is a warning.

mod access;
mod containers;
mod crds;
mod cron;
mod custom;
mod kinds;
mod limits;
mod metadata;
mod network;
mod node;
mod placement;
mod pods;
mod policies;
mod storage;
mod traffic;
mod volumes;
mod workloads;

use std::collections::HashSet;
use std::fmt::Write;

use crate::diff::Object;
use crate::kubernetes::{self, Step, Version};
pub use custom::Definitions;
use node::Node;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It could not be checked.
    Note,
    /// The server accepts it, but it may not work.
    Warning,
    /// The server refuses it, or the pods that it makes.
    Error,
}

/// A rule that an object may break.
#[derive(Debug)]
pub struct Rule {
    /// Its code, e.g. `SC401`.
    pub code: &'static str,
    /// How bad it is to break it.
    pub level: Level,
    /// What it asks for, as a sentence.
    pub title: &'static str,
    /// Where Kubernetes has it.
    pub source: &'static str,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Rule) -> bool {
        self.code == other.code
    }
}

/// A rule that an object breaks.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The number of the object.
    pub object: usize,
    /// The rule.
    pub rule: &'static Rule,
    /// Where in the object.
    pub path: Vec<Step>,
    /// What is wrong.
    pub message: String,
    /// What to do, if that can be told.
    pub help: Option<String>,
}

/// Returns all rules, by code.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let all = [
        kinds::RULES,
        metadata::RULES,
        pods::RULES,
        containers::RULES,
        volumes::RULES,
        storage::RULES,
        workloads::RULES,
        network::RULES,
        access::RULES,
        policies::RULES,
        crds::RULES,
        custom::RULES,
        placement::RULES,
        limits::RULES,
        traffic::RULES,
    ];
    all.into_iter().flatten()
}

/// Returns the rule that a document breaks that cannot be read.
pub fn unreadable() -> &'static Rule {
    &kinds::UNREADABLE
}

/// Checks objects as a server of this version would. Custom resources are checked by the definitions among them.
pub fn validate(objects: &[Object], version: Version) -> Vec<Finding> {
    validate_with(objects, &Definitions::default(), version)
}

/// Checks objects as [`validate`] does; custom resources also by definitions that the server has beside those among the
/// objects.
pub fn validate_with(
    objects: &[Object],
    definitions: &Definitions,
    version: Version,
) -> Vec<Finding> {
    let mut known = Definitions::default();
    known.add(objects);
    known.add_all(definitions);
    let mut found =
        Findings { object: 0, version, definitions: known, has_told_cel: false, all: Vec::new() };
    for (number, object) in objects.iter().enumerate() {
        let Ok(value) = object.value() else { continue };
        found.object = number;
        if !kinds::check(object, value, &mut found) {
            continue;
        }
        let root = Node::root(value.clone());
        metadata::check(object, &root, &mut found);
        workloads::check(object, &root, &mut found);
        pods::check(object, &root, &mut found);
        storage::check(object, &root, &mut found);
        network::check(object, &root, &mut found);
        access::check(object, &root, &mut found);
        policies::check(object, &root, &mut found);
        crds::check(object, &root, &mut found);
        limits::check(object, &root, &mut found);
        traffic::check(object, &root, &mut found);
    }
    // What a rule says of a place is more than what the description says of it.
    let said: HashSet<(usize, Vec<Step>)> = found
        .all
        .iter()
        .filter(|finding| !kinds::is_general(finding.rule))
        .map(|finding| (finding.object, finding.path.clone()))
        .collect();
    let mut all = found.all;
    all.retain(|finding| {
        !kinds::is_general(finding.rule) || !said.contains(&(finding.object, finding.path.clone()))
    });
    all
}

/// What was found so far.
struct Findings {
    object: usize,
    version: Version,
    definitions: Definitions,
    /// Whether it was said that rules in CEL are not run.
    has_told_cel: bool,
    all: Vec<Finding>,
}

impl Findings {
    fn add(&mut self, rule: &'static Rule, node: &Node<'_>, message: impl Into<String>) {
        self.add_at(rule, node.path(), message.into(), None);
    }

    fn helped(
        &mut self,
        rule: &'static Rule,
        node: &Node<'_>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add_at(rule, node.path(), message.into(), Some(help.into()));
    }

    fn add_at(
        &mut self,
        rule: &'static Rule,
        path: Vec<Step>,
        message: String,
        help: Option<String>,
    ) {
        self.all.push(Finding { object: self.object, rule, path, message, help });
    }

    /// Checks the number of a port.
    fn port_number(&mut self, rule: &'static Rule, node: &Node<'_>) {
        if let Some(n) = node.integer().filter(|n| !(1..=65535).contains(n)) {
            self.add(rule, node, format!("{n} is no port: it has to be from 1 to 65535"));
        }
    }

    /// Adds what is wrong with a name.
    fn named(&mut self, rule: &'static Rule, node: &Node<'_>, faults: Vec<String>) {
        for fault in faults {
            // The words of the API machinery go on with an example and an expression.
            let short = fault.split(" (e.g.").next().unwrap_or(&fault);
            self.add(rule, node, format!("{}: {short}", node.shown()));
        }
    }
}

/// Writes a path as people do: `spec.containers[0].image`.
pub fn path_text(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Item(index) => drop(write!(text, "[{index}]")),
            Step::Key(key) => kubernetes::write_key(&mut text, key, false),
        }
    }
    text
}

impl Finding {
    /// Returns the line and the column in all of the manifests, from 1: of the field, or of the nearest that is there.
    pub fn place(&self, objects: &[Object]) -> Option<(usize, usize)> {
        let object = objects.get(self.object)?;
        let spans = goyaml::Spans::read(&object.text).ok()?;
        let mut spot = spans.root()?;
        for step in &self.path {
            let next = match step {
                Step::Key(key) => spot.member(key),
                Step::Item(index) => spot.item(*index),
            };
            match next {
                Some(next) => spot = next,
                None => break,
            }
        }
        let span = spot.key().or_else(|| spot.value())?;
        Some((object.line + span.line - 1, span.column))
    }
}
