//! Ports that containers of a pod share.

use std::collections::HashMap;

use bstr::ByteSlice;
use gostd::value::Str;

use super::super::Findings;
use super::super::node::Node;
use super::{PORT, pods};

/// Where a port stands: the name of the list of containers, the number of the container, that of the port.
type Place = (&'static str, usize, usize);

/// The ports of one number and protocol.
#[derive(Default)]
struct Ports {
    /// By the port and the address of the host.
    by_host: HashMap<(i64, Str), Place>,
    /// By the port of the host: the first one with an address of it.
    with_address: HashMap<i64, Place>,
    /// The first one of all, and the first one without a port of the host.
    first: Option<Place>,
    without_host: Option<Place>,
}

impl Ports {
    /// Returns which port before it is in its way, and how: `true` where it cannot be told which of them is meant.
    fn add(&mut self, host: i64, ip: &Str, place: Place) -> Option<(bool, Place)> {
        let ambiguous = match ip.is_empty() {
            true => self.with_address.get(&host),
            false => self.by_host.get(&(host, Str::default())),
        };
        let overlapping = if host == 0 { self.first } else { self.without_host };
        let same = self.by_host.get(&(host, ip.clone()));
        let other = match (same, overlapping, ambiguous) {
            (Some(place), ..) => Some((false, *place)),
            (_, Some(place), _) => Some((false, place)),
            (.., Some(place)) => Some((true, *place)),
            _ => None,
        };
        self.first.get_or_insert(place);
        if host == 0 {
            self.without_host.get_or_insert(place);
        }
        if !ip.is_empty() {
            self.with_address.entry(host).or_insert(place);
        }
        self.by_host.entry((host, ip.clone())).or_insert(place);
        other
    }
}

fn shown((list, container, port): Place) -> String {
    format!("{list}[{container}].ports[{port}]")
}

pub(super) fn check(spec: &Node<'_>, found: &mut Findings) {
    let mut by_number: HashMap<(i64, Str), Ports> = HashMap::new();
    let mut by_name: HashMap<Str, Place> = HashMap::new();
    pods::containers(spec, |list, number, container| {
        for (index, port) in container.at("ports").items().enumerate() {
            let place = (list, number, index);
            let (host, ip) = (port.at("hostPort"), port.at("hostIP"));
            let host_port = host.integer().unwrap_or(0);
            let address = ip.text_or_empty();
            if !address.is_empty() && host_port == 0 {
                found.add(&PORT, &ip, "it does nothing without a hostPort");
            }
            let protocol = port.at("protocol");
            let protocol =
                if protocol.is_empty() { Str::from("TCP") } else { protocol.text_or_empty() };
            let value = port.at("containerPort");
            let n = value.integer().unwrap_or(0);
            let others = by_number.entry((n, protocol.clone())).or_default();
            if let Some((is_ambiguous, other)) = others.add(host_port, &address, place) {
                let (of, other) = (protocol.to_str_lossy(), shown(other));
                let words = match is_ambiguous {
                    false => format!("{n}/{of} is defined by {other}, too"),
                    true => format!("{n}/{of} cannot be told from {other}: one has a hostIP"),
                };
                found.add(&PORT, &value, words);
            }
            let name = port.at("name");
            let text = name.text_or_empty();
            if text.is_empty() {
                continue;
            }
            match by_name.get(&text) {
                // In one container it is refused.
                Some(other) if (other.0, other.1) != (list, number) => {
                    let words = format!(
                        "{} is called {}, too: Services and probes that name it use that one",
                        shown(*other),
                        name.shown()
                    );
                    found.add(&PORT, &name, words);
                }
                Some(_) => {}
                None => drop(by_name.insert(text, place)),
            }
        }
    });
}
