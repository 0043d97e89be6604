//! Says what a cluster would say of manifests, without one.
//!
//! Each rule is Kubernetes' own: the row of a [`Rule`] names the source in Kubernetes' code. What the API server refuses
//! is an error; what it accepts and yet does not work, or may not be there, is a warning.

mod access;
mod admission;
mod bounds;
mod cluster;
mod containers;
mod crds;
mod cron;
mod csi;
mod custom;
mod devices;
mod downward;
mod endpoints;
mod expressions;
mod flow;
mod forms;
mod hooks;
mod hosts;
mod ignored;
mod jobs;
mod kinds;
mod limits;
mod metadata;
mod mounts;
mod network;
mod node;
mod place;
mod pod_wide;
mod pods;
mod policies;
mod references;
mod resources;
mod reviews;
mod scaling;
mod scheduling;
mod schema_rules;
mod schemas;
mod security;
mod services;
mod sources;
mod storage;
mod twice;
mod volumes;
mod warned;
mod workloads;

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use gostd::value::Str;

use crate::diff::Object;
use crate::kubernetes::{self, Step, Version};
use crate::near::nearest;
use bounds::Bounds;
pub use custom::{Defined, Definitions, defined};
use gotemplate::{Exceeded, NoMeter, Timer};
use node::Node;
pub use place::Places;

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
    /// On which line of the object's text, from 0, where the path does not tell.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do, if that can be told.
    pub help: Option<String>,
}

/// Tells whether a text is a code of a rule, or what some codes begin with. `SC`, with which all do, is none.
pub fn is_code(text: &str) -> bool {
    ignored::is_known(text)
}

/// Returns all rules, by code.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let all = [
        kinds::RULES,
        metadata::RULES,
        pods::RULES,
        pod_wide::RULES,
        scheduling::RULES,
        hosts::RULES,
        containers::RULES,
        mounts::RULES,
        resources::RULES,
        security::RULES,
        volumes::RULES,
        storage::RULES,
        csi::RULES,
        devices::RULES,
        workloads::RULES,
        jobs::RULES,
        services::RULES,
        network::RULES,
        endpoints::RULES,
        access::RULES,
        reviews::RULES,
        admission::RULES,
        flow::RULES,
        policies::RULES,
        scaling::RULES,
        crds::RULES,
        custom::RULES,
        limits::RULES,
        cluster::RULES,
        references::RULES,
        twice::RULES,
        warned::RULES,
        hooks::RULES,
        ignored::RULES,
        &[TOO_MUCH],
    ];
    all.into_iter().flatten()
}

/// Tells whether a rule asks for other objects of the release, so that one object by itself may break it.
pub fn asks_for_others(rule: &Rule) -> bool {
    references::RULES.contains(rule)
}

/// Tells whether a rule is Helm's, and no server asks it.
pub fn is_of_helm(rule: &Rule) -> bool {
    hooks::RULES.contains(rule)
}

/// Tells whether the server takes an object, and refuses the pods that controllers make of it.
pub fn is_of_made(finding: &Finding, object: &Object) -> bool {
    *finding.rule == workloads::LONG_NAME && *object.id.kind == *b"StatefulSet"
}

/// Tells whether a rule is that a value has to be one that its field can hold, or that it must not be negative.
pub fn is_of_value(rule: &Rule) -> bool {
    [kinds::TYPE, kinds::FORM, workloads::NEGATIVE].contains(rule)
}

/// Tells whether a finding is that a field does not exist.
pub fn is_unknown_field(finding: &Finding) -> bool {
    *finding.rule == kinds::UNKNOWN_FIELD
}

/// Tells whether a rule is that a selector has to fit the labels of the pods.
pub fn is_of_selector(rule: &Rule) -> bool {
    *rule == workloads::MATCHES
}

/// Tells whether a finding is that an API version is deprecated.
pub fn is_deprecation(finding: &Finding) -> bool {
    *finding.rule == kinds::DEPRECATED
}

/// Returns the rule that a document breaks that cannot be read.
pub fn unreadable() -> &'static Rule {
    &kinds::UNREADABLE
}

/// Returns the rule that a custom resource breaks that does not fit a schema which is no definition's.
pub fn by_location() -> &'static Rule {
    &custom::LOCATION
}

/// Tells whether a finding is that nothing describes a custom resource.
pub fn is_undescribed(finding: &Finding) -> bool {
    *finding.rule == kinds::NO_SCHEMA
}

/// Tells whether an object has the annotation that it is not to be told of a rule.
pub fn is_ignored(object: &Object, rule: &Rule) -> bool {
    ignored::of(object).iter().any(|code| rule.code.starts_with(code.as_str()))
}

/// Reads a minor version of Kubernetes that is known: `1.31`, `v1.31.2`, `v1.31.2-gke.1`.
pub fn version_of(text: &str) -> Option<Version> {
    let text = text.trim();
    let text = text.strip_prefix('v').unwrap_or(text);
    let end = text.find(['-', '+']);
    let (numbers, suffix) = text.split_at(end.unwrap_or(text.len()));
    let parts: Option<Vec<u64>> = numbers.split('.').map(|part| part.parse().ok()).collect();
    match parts?[..] {
        [1, minor] if suffix.is_empty() => Version::of_minor(minor),
        [1, minor, _] => Version::of_minor(minor),
        _ => None,
    }
}

/// Checks objects as servers of these versions would; returns what is found, each once, and in which versions.
///
/// The objects are those of one release, from one or several texts: of each `texts` has the numbers of its objects. In one
/// text no object may stand twice. Custom resources are checked by the definitions among the objects, and by those that
/// the server has beside them.
pub fn validate(
    objects: &[Object],
    texts: &[Range<usize>],
    versions: &[Version],
    definitions: &Definitions,
) -> Vec<(Finding, Vec<Version>)> {
    let timer = Timer::new(None, &NoMeter);
    // Without a limit there is always time.
    validate_within(objects, texts, versions, definitions, timer).unwrap_or_default()
}

/// Does the same as [`validate`], as long as there is time.
///
/// # Errors
/// The limit of the time, where it was reached.
pub fn validate_within(
    objects: &[Object],
    texts: &[Range<usize>],
    versions: &[Version],
    definitions: &Definitions,
    timer: Timer<'static>,
) -> Result<Vec<(Finding, Vec<Version>)>, Exceeded> {
    let ignored = objects.iter().map(ignored::of).collect();
    let mut known = definitions.first();
    known.add(objects);
    known.add_all(definitions);
    let mut found = Findings {
        object: 0,
        version: Version::newest(),
        definitions: known,
        rules: custom::Rules::default(),
        patterns: HashMap::new(),
        bounds: Bounds::new(timer),
        ignored,
        to_compare: MOST_COMPARED,
        to_tell: Some(MOST_TOLD),
        all: Vec::new(),
    };
    // What no version matters for.
    of_release(objects, texts, &mut found);
    let of_release = std::mem::take(&mut found.all);
    let mut joined = Joined::default();
    for version in versions {
        found.version = *version;
        found.rules.begin();
        found.to_tell = Some(MOST_TOLD);
        of_version(objects, &mut found);
        found.bounds.exceeded().map_or(Ok(()), Err)?;
        found.all.drain(..).for_each(|finding| joined.add(finding, *version));
    }
    let all = of_release.into_iter().map(|finding| (finding, versions.to_vec()));
    let mut all: Vec<(Finding, Vec<Version>)> = all.chain(joined.all).collect();
    // That nothing makes what is named is said of names that are right.
    without_said(&mut all, |(finding, _)| finding, asks_for_others);
    // Only now: other rules give way to what is not to be told.
    all.retain(|(finding, _)| found.minds(finding.object, finding.rule));
    Ok(all)
}

/// Takes out what is found by rules that give way to others, where others have found something in the same place.
fn without_said<T>(all: &mut Vec<T>, finding: fn(&T) -> &Finding, gives_way: fn(&Rule) -> bool) {
    let place = |one: &T| (finding(one).object, finding(one).path.clone());
    let others = all.iter().filter(|one| !gives_way(finding(one).rule));
    let said: HashSet<(usize, Vec<Step>)> = others.map(place).collect();
    all.retain(|one| !gives_way(finding(one).rule) || !said.contains(&place(one)));
}

/// What is found in several versions, each once.
#[derive(Default)]
struct Joined {
    all: Vec<(Finding, Vec<Version>)>,
    /// The numbers of those that have a hash.
    by_hash: HashMap<u64, Vec<usize>>,
    hashes: RandomState,
}

impl Joined {
    fn add(&mut self, finding: Finding, version: Version) {
        let Finding { object, rule, path, line, message, .. } = &finding;
        let hash = self.hashes.hash_one((object, rule.code, path, line, message));
        let numbers = self.by_hash.entry(hash).or_default();
        // What helps may differ.
        let is_it = |other: &Finding| {
            (other.object, other.rule, other.line) == (*object, *rule, *line)
                && other.path == *path
                && other.message == *message
        };
        for number in &*numbers {
            if let Some((other, versions)) = self.all.get_mut(*number)
                && is_it(other)
            {
                if versions.last() != Some(&version) {
                    versions.push(version);
                }
                return;
            }
        }
        numbers.push(self.all.len());
        self.all.push((finding, vec![version]));
    }
}

/// Checks what the objects are to each other and to Helm.
fn of_release(objects: &[Object], texts: &[Range<usize>], found: &mut Findings) {
    let crds = objects.iter().filter(|object| object.is_of_crds()).map(|object| &object.id.name);
    let crds: HashSet<Str> = crds.chain(found.definitions.names()).cloned().collect();
    for (number, object) in objects.iter().enumerate() {
        let Ok(value) = object.value() else { continue };
        found.object = number;
        let root = Node::root(value.clone());
        hooks::check(object, &root, &crds, found);
        ignored::check(&root, found);
        twice::keys(object, found);
    }
    for text in texts {
        twice::objects(objects, text.clone(), found);
    }
    references::check(objects, found);
}

/// Checks each object by itself.
fn of_version(objects: &[Object], found: &mut Findings) {
    for (number, object) in objects.iter().enumerate() {
        let Ok(value) = object.value() else { continue };
        if !found.bounds.has_time() {
            return;
        }
        found.object = number;
        if !kinds::check(object, value, found) {
            continue;
        }
        let root = Node::root(value.clone());
        metadata::check(object, &root, found);
        workloads::check(object, &root, found);
        pods::check(object, &root, found);
        storage::check(object, &root, found);
        csi::check(object, &root, found);
        devices::check(object, &root, found);
        network::check(object, &root, found);
        endpoints::check(object, &root, found);
        access::check(object, &root, found);
        reviews::check(object, &root, found);
        admission::check(object, &root, found);
        flow::check(object, &root, found);
        policies::check(object, &root, found);
        crds::check(object, &root, found);
        limits::check(object, &root, found);
        cluster::check(object, &root, found);
        warned::check(object, &root, found);
    }
    // What a rule says of a place is more than what the description says of it, and what is refused needs no warning.
    let gives_way = |rule: &Rule| kinds::is_general(rule) || warned::RULES.contains(rule);
    without_said(&mut found.all, |finding| finding, gives_way);
}

const TOO_MUCH: Rule = Rule {
    code: "SC902",
    level: Level::Error,
    title: "What objects break has to be little enough to be told",
    source: "a limit of this program",
};

/// How much is told of one version of Kubernetes: steps of paths, and sixteens of characters.
const MOST_TOLD: usize = 2_000_000;
/// How many names are compared, in all, to find those that were meant.
const MOST_COMPARED: usize = 500_000;

/// What was found so far.
struct Findings {
    object: usize,
    version: Version,
    definitions: Definitions,
    /// The rules in CEL of the definitions.
    rules: custom::Rules,
    /// Patterns, and whether they are regular expressions: definitions have the same ones many times.
    patterns: HashMap<Str, bool>,
    /// What the checks may still take.
    bounds: Bounds,
    /// The rules that each object is not to be told of.
    ignored: Vec<Vec<String>>,
    /// How many names may still be compared.
    to_compare: usize,
    /// How much may still be told; nothing once it was said that there is more.
    to_tell: Option<usize>,
    all: Vec<Finding>,
}

impl Findings {
    fn add(&mut self, rule: &'static Rule, node: &Node<'_>, message: impl Into<String>) {
        if self.to_tell.is_some() {
            self.add_at(rule, node.path(), message.into(), None);
        }
    }

    fn helped(
        &mut self,
        rule: &'static Rule,
        node: &Node<'_>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.to_tell.is_some() {
            self.add_at(rule, node.path(), message.into(), Some(help.into()));
        }
    }

    fn add_at(
        &mut self,
        rule: &'static Rule,
        path: Vec<Step>,
        message: String,
        help: Option<String>,
    ) {
        let finding = self.finding(rule, path, message, help);
        self.push(finding);
    }

    /// Adds what is wrong on a line of the object's text, from 0.
    fn add_on_line(&mut self, rule: &'static Rule, path: Vec<Step>, line: usize, message: String) {
        let finding = self.finding(rule, path, message, None);
        self.push(Finding { line: Some(line), ..finding });
    }

    /// Makes a finding of the object that is looked at.
    fn finding(
        &self,
        rule: &'static Rule,
        path: Vec<Step>,
        message: String,
        help: Option<String>,
    ) -> Finding {
        Finding { object: self.object, rule, path, line: None, message, help }
    }

    /// Tells whether the server is of this minor version or a later one. Fields that an earlier one has switched off are
    /// dropped before they are checked: since when they are on stands in pkg/features/kube_features.go.
    fn since(&self, minor: u8) -> bool {
        self.version.minor() >= minor
    }

    fn push(&mut self, finding: Finding) {
        let Some(left) = self.to_tell else { return };
        self.to_tell = left.checked_sub(1 + finding.path.len() + finding.message.len() / 16);
        self.all.push(match self.to_tell {
            Some(_) => finding,
            None => {
                let message = "so much is wrong that the rest is not told".to_owned();
                Finding { rule: &TOO_MUCH, path: Vec::new(), line: None, message, ..finding }
            }
        });
    }

    /// Tells whether a pattern is a regular expression.
    fn is_regexp(&mut self, pattern: &Str) -> bool {
        if let Some(known) = self.patterns.get(pattern) {
            return *known;
        }
        let is_valid = gostd::regexp::is_valid(pattern);
        self.patterns.insert(pattern.clone(), is_valid);
        is_valid
    }

    /// Returns the name that may have been meant; nothing more where very many were asked for.
    fn near<'n>(&mut self, typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
        let mut left = self.to_compare;
        let near = nearest(typed, names.take(left).inspect(|_| left -= 1));
        self.to_compare = left;
        near
    }

    /// Tells whether an object is to be told of a rule.
    fn minds(&self, object: usize, rule: &Rule) -> bool {
        let codes = self.ignored.get(object);
        codes.is_none_or(|codes| !codes.iter().any(|code| rule.code.starts_with(code.as_str())))
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
