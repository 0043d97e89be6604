//! Claims of devices, their classes, and what drivers make known of them.

use std::collections::{HashMap, HashSet};

use bstr::ByteSlice;
use gostd::value::Str;

use super::expressions::{self, Makes, Scope};
use super::node::Node;
use super::{Findings, Level, Rule, csi, metadata};
use crate::diff::Object;
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[CLAIM, SLICE];

const SOURCE: &str = "pkg/apis/resource/validation/validation.go";

const CLAIM: Rule = Rule {
    code: "SC446",
    level: Level::Error,
    title: "A claim of devices and a class of them have to be complete",
    source: SOURCE,
};
const SLICE: Rule = Rule {
    code: "SC447",
    level: Level::Error,
    title: "What is known of devices, and of their taints, has to be complete",
    source: SOURCE,
};

/// How many requests, constraints, configurations or selectors there may be.
const MOST: usize = 32;
/// How many alternatives of a request there may be.
const MOST_ALTERNATIVES: usize = 8;

/// Checks an object that is one of these.
pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    // In v1beta1 a request has other fields.
    if !matches!(&*object.api_version, b"resource.k8s.io/v1" | b"resource.k8s.io/v1beta2") {
        return;
    }
    let spec = root.at("spec");
    match &*object.id.kind {
        b"ResourceClaim" => claim(&spec.at("devices"), found),
        b"ResourceClaimTemplate" => {
            metadata::embedded(&spec.at("metadata"), found);
            claim(&spec.at("spec").at("devices"), found);
        }
        b"DeviceClass" => class(&spec, found),
        b"ResourceSlice" => slice(&spec, found),
        b"DeviceTaintRule" => {
            let selector = spec.at("deviceSelector");
            if !selector.at("driver").is_empty() {
                csi::driver_name(&SLICE, &selector.at("driver"), found);
            }
            if !selector.at("pool").is_empty() {
                pool(&selector.at("pool"), found);
            }
            let device = selector.at("device");
            if !device.is_empty() {
                found.named(&SLICE, &device, names::label(&device.text_or_empty(), false));
            }
            taint(&spec.at("taint"), found);
        }
        _ => {}
    }
}

fn few(list: &Node<'_>, most: usize, found: &mut Findings) {
    if list.items().count() > most {
        found.add(&CLAIM, list, format!("it must not have more than {most} items"));
    }
}

fn claim(devices: &Node<'_>, found: &mut Findings) {
    let requests = devices.at("requests");
    few(&requests, MOST, found);
    let mut known: HashMap<Str, HashSet<Str>> = HashMap::new();
    for request in requests.items() {
        let name = request.at("name");
        found.named(&CLAIM, &name, names::label(&name.text_or_empty(), false));
        let (exact, first) = (request.at("exactly"), request.at("firstAvailable"));
        let mut parts = HashSet::new();
        match (exact.is_set(), !first.is_empty()) {
            (true, false) => asked(&exact, found),
            (false, true) => {
                few(&first, MOST_ALTERNATIVES, found);
                for one in first.items() {
                    let name = one.at("name");
                    found.named(&CLAIM, &name, names::label(&name.text_or_empty(), false));
                    if !parts.insert(name.text_or_empty()) {
                        let words = format!("another is called {}, too", name.shown());
                        found.add(&CLAIM, &name, words);
                    }
                    asked(&one, found);
                }
            }
            _ => found.add(&CLAIM, &request, "it has to have one of exactly and firstAvailable"),
        }
        if known.insert(name.text_or_empty(), parts).is_some() {
            let words = format!("another request is called {}, too", name.shown());
            found.add(&CLAIM, &name, words);
        }
    }
    let (constraints, config) = (devices.at("constraints"), devices.at("config"));
    few(&constraints, MOST, found);
    for one in constraints.items() {
        references(&one.at("requests"), &known, found);
        let (same, other) = (one.at("matchAttribute"), one.at("distinctAttribute"));
        if !same.is_set() && !other.is_set() {
            found.add(&CLAIM, &one, "it has to have one of matchAttribute and distinctAttribute");
        }
        let attribute = if same.is_set() { &same } else { &other };
        if let Some(text) = attribute.text() {
            match text.contains(&b'/') {
                true => identifier(&CLAIM, attribute, text, found),
                false => found.add(&CLAIM, attribute, "it has to have a domain before it"),
            }
        }
    }
    few(&config, MOST, found);
    for one in config.items() {
        references(&one.at("requests"), &known, found);
        opaque(&one, found);
    }
}

/// Checks the names of requests, and of alternatives behind `/`.
fn references(all: &Node<'_>, known: &HashMap<Str, HashSet<Str>>, found: &mut Findings) {
    let mut seen = HashSet::new();
    for one in all.items() {
        let text = one.text_or_empty();
        let (name, part) = match text.split_once_str("/") {
            Some((name, part)) => (name, Some(part)),
            None => (&text[..], None),
        };
        let fits =
            known.get(name).is_some_and(|parts| part.is_none_or(|part| parts.contains(part)));
        if !fits {
            found.add(&CLAIM, &one, format!("no request is called {}", one.shown()));
        }
        if !seen.insert(text) {
            found.add(&CLAIM, &one, format!("{} stands there twice", one.shown()));
        }
    }
}

/// Checks what is asked for of a class.
fn asked(of: &Node<'_>, found: &mut Findings) {
    let class = of.at("deviceClassName");
    if found.required(&CLAIM, &class, "deviceClassName") {
        found.subdomain(&CLAIM, &class);
    }
    selectors(&of.at("selectors"), found);
    let (mode, count) = (of.at("allocationMode"), of.at("count"));
    match &*mode.text_or_empty() {
        b"All" => {
            if count.integer().is_some_and(|n| n != 0) {
                found.add(&CLAIM, &count, "it cannot be set where the allocationMode is All");
            }
        }
        // Where nothing is said it is one.
        b"ExactCount" | b"" => {
            if count.integer().is_some_and(|n| n < 0) {
                found.add(&CLAIM, &count, "it has to be more than 0");
            }
        }
        _ => found.add(&CLAIM, &mode, "it has to be All or ExactCount"),
    }
    for one in of.at("tolerations").items() {
        let (key, operator, value) = (one.at("key"), one.at("operator"), one.at("value"));
        found.one_of(&CLAIM, &operator, &["Equal", "Exists"]);
        if !key.is_empty() {
            found.qualified(&CLAIM, &key);
        } else if !operator.is("Exists") {
            found.add(&CLAIM, &operator, "it has to be Exists where there is no key");
        }
        match operator.is("Exists") {
            true if !value.is_empty() => {
                found.add(&CLAIM, &value, "it cannot be set where the operator is Exists");
            }
            true => {}
            false => found.named(&CLAIM, &value, names::label_value(&value.text_or_empty())),
        }
        found.one_of(&CLAIM, &one.at("effect"), EFFECTS);
    }
}

/// How many bytes a text or a version of a device may have.
const LONGEST_ATTRIBUTE: usize = 64;

/// Checks the value of what is known of a device.
fn attribute(value: &Node<'_>, found: &mut Findings) {
    let version = value.at("version");
    let is_version = |text: &Str| {
        let text = text.to_str().unwrap_or_default();
        gosemver::Release::V3_5.strict_version(text).is_ok()
    };
    if version.text().is_some_and(|text| !is_version(text)) {
        let words = format!("{} is no version like 1.2.3", version.shown());
        found.add(&SLICE, &version, words);
    }
    for key in ["string", "version"] {
        let one = value.at(key);
        if one.text().is_some_and(|text| text.len() > LONGEST_ATTRIBUTE) {
            let words = format!("it must not have more than {LONGEST_ATTRIBUTE} bytes");
            found.add(&SLICE, &one, words);
        }
    }
}

const EFFECTS: &[&str] = &["NoSchedule", "NoExecute", "None"];

fn selectors(all: &Node<'_>, found: &mut Findings) {
    few(all, MOST, found);
    for one in all.items() {
        let cel = one.at("cel");
        match cel.is_set() {
            true => {
                let of = cel.at("expression");
                expressions::check(&CLAIM, &of, &Scope::of_device(), Makes::Bool, found);
            }
            false => found.add(&CLAIM, &cel, "cel is required"),
        }
    }
}

fn opaque(config: &Node<'_>, found: &mut Findings) {
    let opaque = config.at("opaque");
    if !opaque.is_set() {
        return found.add(&CLAIM, &opaque, "opaque is required");
    }
    csi::driver_name(&CLAIM, &opaque.at("driver"), found);
    let parameters = opaque.at("parameters");
    if !matches!(parameters.value, gostd::value::Value::Map(_)) {
        found.add(&CLAIM, &parameters, "the parameters have to be an object");
    }
}

fn class(spec: &Node<'_>, found: &mut Findings) {
    selectors(&spec.at("selectors"), found);
    let config = spec.at("config");
    few(&config, MOST, found);
    for one in config.items() {
        opaque(&one, found);
    }
    let name = spec.at("extendedResourceName");
    // Before, it was ignored where it was not switched on.
    if let Some(text) = name.text().filter(|_| found.since(36)) {
        let is_extended = super::resources::is_extended(text) && !text.starts_with(b"requests.");
        if !is_extended || !names::qualified(text).is_empty() {
            let words = format!("{} has to be a domain and a name", name.shown());
            found.add(&CLAIM, &name, words);
        }
    }
}

fn pool(pool: &Node<'_>, found: &mut Findings) {
    let text = pool.text_or_empty();
    for part in text.split_str("/") {
        found.named(&SLICE, pool, names::subdomain(part));
    }
    if text.len() > 253 {
        found.add(&SLICE, pool, "it must be no more than 253 characters");
    }
}

fn taint(taint: &Node<'_>, found: &mut Findings) {
    let (key, value, effect) = (taint.at("key"), taint.at("value"), taint.at("effect"));
    found.named(&SLICE, &key, names::qualified(&key.text_or_empty()));
    found.named(&SLICE, &value, names::label_value(&value.text_or_empty()));
    if !effect.is_any(EFFECTS) {
        found.add(&SLICE, &effect, format!("it has to be {}", EFFECTS.join(", ")));
    }
}

/// Checks the name of an attribute: a domain, if there is one, and an identifier as in C.
fn identifier(rule: &'static Rule, node: &Node<'_>, name: &[u8], found: &mut Findings) {
    let (domain, id) = name.split_once_str("/").unwrap_or((b"", name));
    if name.contains(&b'/') {
        found.named(rule, node, names::subdomain(domain));
    }
    let is_right = id.len() <= 32
        && id.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
        && id.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    if !is_right {
        let words = format!("{:?} is no name of an attribute", id.to_str_lossy());
        found.add(rule, node, words);
    }
}

fn slice(spec: &Node<'_>, found: &mut Findings) {
    csi::driver_name(&SLICE, &spec.at("driver"), found);
    let of = spec.at("pool");
    if found.required(&SLICE, &of.at("name"), "the name of the pool") {
        pool(&of.at("name"), found);
    }
    found.within(&SLICE, &of.at("generation"), 0, i64::MAX);
    found.within(&SLICE, &of.at("resourceSliceCount"), 1, i64::MAX);
    let nodes = ["nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection"];
    let count = nodes
        .iter()
        .map(|key| spec.at(key))
        .filter(|node| !node.is_empty() && !matches!(node.value, gostd::value::Value::Bool(false)));
    let has_one = count.count() == 1;
    if !has_one {
        found.add(&SLICE, spec, format!("it has to have one of {}", nodes.join(", ")));
    }
    found.subdomain(&SLICE, &spec.at("nodeName"));
    let mut seen = HashSet::new();
    for device in spec.at("devices").items() {
        let name = device.at("name");
        found.named(&SLICE, &name, names::label(&name.text_or_empty(), false));
        if !seen.insert(name.text_or_empty()) {
            let words = format!("another device is called {}, too", name.shown());
            found.add(&SLICE, &name, words);
        }
        for (name, value) in device.at("attributes").members() {
            identifier(&SLICE, &value, &name, found);
            let count = value.members().filter(|(_, node)| node.is_set()).count();
            if count != 1 {
                found.add(&SLICE, &value, format!("{count} values: it has to have exactly one"));
            }
            attribute(&value, found);
        }
        for (name, value) in device.at("capacity").members() {
            identifier(&SLICE, &value, &name, found);
        }
        for one in device.at("taints").items() {
            taint(&one, found);
        }
    }
}
