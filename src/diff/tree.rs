//! Compares the values of two objects, field by field.

use std::collections::{HashMap, HashSet};

use bstr::ByteSlice;
use foldhash::fast::RandomState;
use gostd::stack;
use gostd::value::{Map, Str, Value};

use super::equal::Classes;
use super::keys::{self, Keys};
use super::{align, payload, same};
use crate::kubernetes::{self, Kind, quantity};

/// A step to a part of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The value of a key.
    Key(Str),
    /// An item of a list.
    Item {
        /// What its telling fields hold, e.g. a container's name; nothing where items are told by their place.
        by: Option<Str>,
        /// Its place in the old list, from 0.
        old: Option<usize>,
        /// Its place in the new list, from 0.
        new: Option<usize>,
    },
    /// What a text is, read as data.
    Inside(payload::Form),
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// A value: another, a new one or none any more.
    Value,
    /// The order of a list's items, where order counts.
    Order,
    /// How a text is written that is the same as data.
    Form,
}

/// A difference of two objects.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where.
    pub path: Vec<Step>,
    /// What differs.
    pub what: What,
    /// What stood there; nothing where the new object adds it.
    pub old: Option<Value>,
    /// What stands there now; nothing where the old object alone has it.
    pub new: Option<Value>,
}

/// What lies below a path of so many steps is compared as a whole.
const DEEPEST: usize = 200;

/// Compares the values of two objects of a kind: one of Kubernetes' own, if it is known.
pub(super) fn compare(
    kind: Option<Kind>,
    old: &Value,
    new: &Value,
    has_payloads: bool,
) -> Vec<Change> {
    let mut comparing =
        Comparing { kind, path: Vec::new(), changes: Vec::new(), has_payloads, hollow: Vec::new() };
    comparing.values(old, new);
    comparing.told()
}

struct Comparing {
    kind: Option<Kind>,
    path: Vec<Step>,
    changes: Vec<Change>,
    /// Whether texts in `data` are to be read as data.
    has_payloads: bool,
    /// Changes of an order that means nothing but that pods are replaced, in order.
    hollow: Vec<usize>,
}

impl Comparing {
    /// Returns the changes; an order that means nothing is worth telling only where nothing else is.
    fn told(self) -> Vec<Change> {
        let part = |change: &Change| change.path[..change.path.len().min(2)].to_vec();
        let is_hollow = |at: &usize| self.hollow.binary_search(at).is_ok();
        let others = (0..self.changes.len()).filter(|at| !is_hollow(at));
        let others: HashSet<Vec<Step>, RandomState> = match self.hollow.is_empty() {
            true => return self.changes,
            false => others.map(|at| part(&self.changes[at])).collect(),
        };
        let all = self.changes.iter().enumerate();
        let told = all.filter(|(at, change)| !is_hollow(at) || !others.contains(&part(change)));
        told.map(|(_, change)| change.clone()).collect()
    }

    fn values(&mut self, old: &Value, new: &Value) {
        match (old, new) {
            (Value::Map(_), Value::Map(_)) | (Value::List(_), Value::List(_))
                if self.path.len() >= DEEPEST =>
            {
                if !same(old, new) {
                    self.add(What::Value, Some(old), Some(new));
                }
            }
            (Value::Map(old), Value::Map(new)) => stack::uncounted(|| self.maps(old, new)),
            (Value::List(old), Value::List(new)) => stack::uncounted(|| self.lists(old, new)),
            (Value::Str(before), Value::Str(after)) => {
                if before != after && !self.payloads(before, after) {
                    self.add(What::Value, Some(old), Some(new));
                }
            }
            _ if same(old, new) => {}
            _ => self.add(What::Value, Some(old), Some(new)),
        }
    }

    fn add(&mut self, what: What, old: Option<&Value>, new: Option<&Value>) {
        // A quantity may be written in several ways: `1000m` and `1`, `0.5` and `500m`.
        if let (Some(old), Some(new)) = (old, new)
            && what == What::Value
            && keys::is_quantity(self.kind, &self.path)
            && quantity::same(old, new)
        {
            return;
        }
        let (old, new) = (old.cloned(), new.cloned());
        self.changes.push(Change { path: self.path.clone(), what, old, new });
    }

    fn within(&mut self, step: Step, compare: impl FnOnce(&mut Self)) {
        self.path.push(step);
        compare(self);
        self.path.pop();
    }

    fn maps(&mut self, old: &Map, new: &Map) {
        for (key, before) in old.entries() {
            let after = new.get(&key);
            // A null sets nothing.
            let after = after.filter(|value| !value.is_nil());
            if before.is_nil() && after.is_none() {
                continue;
            }
            self.within(Step::Key(key), |this| match after {
                Some(after) if before.is_nil() => this.add(What::Value, None, Some(&after)),
                Some(after) => this.values(&before, &after),
                None => this.add(What::Value, Some(&before), None),
            });
        }
        for (key, after) in new.entries() {
            if !after.is_nil() && !old.contains_key(&key) {
                self.within(Step::Key(key), |this| this.add(What::Value, None, Some(&after)));
            }
        }
    }

    fn lists(&mut self, old: &[Value], new: &[Value]) {
        let trimmed = old.iter().zip(new).take_while(|(a, b)| same(a, b)).count();
        if trimmed == old.len() && trimmed == new.len() {
            return;
        }
        let keys = keys::of(self.kind, &self.path, old, new);
        match keys {
            Keys::Set { is_ordered } => self.sets(old, new, is_ordered),
            Keys::Fields(pairs) => self.keyed(old, new, pairs),
            Keys::None => self.aligned(old, new),
        }
    }

    /// Compares lists whose items are told by what they are.
    fn sets(&mut self, old: &[Value], new: &[Value], is_ordered: bool) {
        let mut classes = Classes::default();
        let mut left: HashMap<usize, usize, RandomState> = HashMap::default();
        old.iter().for_each(|item| *left.entry(classes.of(item)).or_default() += 1);
        let mut added = Vec::new();
        for (number, item) in new.iter().enumerate() {
            match left.get_mut(&classes.of(item)).filter(|n| **n > 0) {
                Some(n) => *n -= 1,
                None => added.push((number, item)),
            }
        }
        for (number, item) in old.iter().enumerate() {
            if let Some(n) = left.get_mut(&classes.of(item)).filter(|n| **n > 0) {
                *n -= 1;
                let step = Step::Item { by: None, old: Some(number), new: None };
                self.within(step, |this| this.add(What::Value, Some(item), None));
            }
        }
        let has_all = added.is_empty() && old.len() == new.len();
        for (number, item) in added {
            let step = Step::Item { by: None, old: None, new: Some(number) };
            self.within(step, |this| this.add(What::Value, None, Some(item)));
        }
        if has_all {
            self.order_unless_hollow(old, new, is_ordered);
        }
    }

    /// Tells of another order: where it means nothing only of what is compared as a whole.
    fn order_unless_hollow(&mut self, old: &[Value], new: &[Value], is_ordered: bool) {
        if is_ordered {
            self.order(old, new);
        } else if keys::is_of_pods(&self.path) {
            self.hollow.push(self.changes.len());
            self.order(old, new);
        }
    }

    fn order(&mut self, old: &[Value], new: &[Value]) {
        let list = |items: &[Value]| Value::list(items.to_vec());
        self.add(What::Order, Some(&list(old)), Some(&list(new)));
    }

    /// Compares lists whose items have names.
    fn keyed(&mut self, old: &[Value], new: &[Value], pairs: keys::Pairs) {
        let mut order: Vec<usize> = Vec::new();
        for (old_number, new_number, label) in &pairs.both {
            order.push(*new_number);
            let step = Step::Item {
                by: Some(label.clone()),
                old: Some(*old_number),
                new: Some(*new_number),
            };
            self.within(step, |this| this.values(&old[*old_number], &new[*new_number]));
        }
        for (number, label) in &pairs.old {
            let step = Step::Item { by: Some(label.clone()), old: Some(*number), new: None };
            self.within(step, |this| this.add(What::Value, Some(&old[*number]), None));
        }
        for (number, label) in &pairs.new {
            let step = Step::Item { by: Some(label.clone()), old: None, new: Some(*number) };
            self.within(step, |this| this.add(What::Value, None, Some(&new[*number])));
        }
        if !order.is_sorted() {
            self.order_unless_hollow(old, new, pairs.is_ordered);
        }
    }

    /// Compares lists item by item, so that few of them differ.
    fn aligned(&mut self, old: &[Value], new: &[Value]) {
        let mut classes = Classes::default();
        let mut numbered =
            |items: &[Value]| -> Vec<usize> { items.iter().map(|item| classes.of(item)).collect() };
        let (before, after) = (numbered(old), numbered(new));
        for op in align::ops(&before, &after) {
            if op.tag() != similar::DiffTag::Equal {
                let (a, b) = (op.old_range(), op.new_range());
                self.placed(&old[a.clone()], a.start, &new[b.clone()], b.start);
            }
        }
    }

    fn placed(&mut self, old: &[Value], old_start: usize, new: &[Value], new_start: usize) {
        for number in 0..old.len().max(new.len()) {
            let (before, after) = (old.get(number), new.get(number));
            let step = Step::Item {
                by: None,
                old: before.map(|_| old_start + number),
                new: after.map(|_| new_start + number),
            };
            self.within(step, |this| match (before, after) {
                (Some(before), Some(after)) => this.values(before, after),
                _ => this.add(What::Value, before, after),
            });
        }
    }

    /// Compares two texts as data, if both are data of the same form.
    fn payloads(&mut self, old: &Str, new: &Str) -> bool {
        let [Step::Key(data), Step::Key(name)] = &self.path[..] else { return false };
        if !self.has_payloads || !matches!(&data[..], b"data" | b"stringData") {
            return false;
        }
        let Some((form, before, after)) = payload::both(name, old, new) else { return false };
        let found = self.changes.len();
        self.within(Step::Inside(form), |this| this.values(&before, &after));
        if self.changes.len() == found {
            self.add(What::Form, Some(&Value::Str(old.clone())), Some(&Value::Str(new.clone())));
        }
        true
    }
}

/// Writes a path as people do: `spec.containers[web].image`, `data["a.yaml"]: server.port`.
pub fn path_text(path: &[Step]) -> String {
    let mut text = String::new();
    // A key of properties is no path.
    let is_property = |at: usize| {
        matches!(
            at.checked_sub(1).map(|at| &path[at]),
            Some(Step::Inside(payload::Form::Properties))
        )
    };
    for (at, step) in path.iter().enumerate() {
        match step {
            Step::Inside(_) => text.push_str(": "),
            Step::Item { by: Some(label), .. } => {
                text.push('[');
                text.push_str(&label.to_str_lossy());
                text.push(']');
            }
            Step::Item { by: None, old, new } => {
                text.push_str(&format!("[{}]", new.or(*old).unwrap_or_default()));
            }
            Step::Key(key) => kubernetes::write_key(&mut text, key, is_property(at)),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(old: &str, new: &str) -> Vec<String> {
        changes_of(Kind::find(b"apps/v1", b"Deployment"), old, new)
    }

    fn changes_of(kind: Option<Kind>, old: &str, new: &str) -> Vec<String> {
        let value = |text: &str| goyaml::decode(text.as_bytes()).unwrap();
        let shown = |value: &Option<Value>| match value {
            None => "-".to_owned(),
            Some(value) => String::from_utf8(goyaml::marshal(value).unwrap())
                .unwrap()
                .trim()
                .replace('\n', ";"),
        };
        let line = |c: Change| {
            let what = if c.what == What::Value { String::new() } else { format!(" {:?}", c.what) };
            format!("{}{what}: {} -> {}", path_text(&c.path), shown(&c.old), shown(&c.new))
        };
        compare(kind, &value(old), &value(new), true).into_iter().map(line).collect()
    }

    #[test]
    fn order_of_keys_and_quotes_mean_nothing() {
        assert_eq!(changes("a: 1\nb: 'x'", "b: x\na: 1"), Vec::<String>::new());
        assert_eq!(changes("a: 1", "a: '1'"), ["a: 1 -> \"1\""]);
        assert_eq!(changes("a: 1.0\nb: null", "a: 1"), Vec::<String>::new());
    }

    #[test]
    fn items_are_matched_by_what_names_them() {
        let old = "spec: {containers: [{name: a, image: x}, {name: b, image: v}]}";
        let new = "spec: {containers: [{name: c}, {name: b, image: z}, {name: a, image: x}]}";
        assert_eq!(
            changes(old, new),
            ["spec.containers[b].image: v -> z", "spec.containers[c]: - -> name: c"]
        );
    }

    #[test]
    fn a_port_that_keeps_its_name_is_the_same() {
        assert_eq!(
            changes(
                "ports: [{name: web, port: 80}, {port: 90}]",
                "ports: [{port: 90}, {name: web, port: 8080}]"
            ),
            ["ports[web].port: 80 -> 8080"]
        );
    }

    #[test]
    fn items_without_a_name_are_aligned() {
        assert_eq!(changes("args: [a, b, c]", "args: [a, x, b, c]"), ["args[1]: - -> x"]);
        assert_eq!(changes("args: [a, b]", "args: [b, a]").len(), 2);
        assert_eq!(changes("verbs: [get, list]", "verbs: [list, get]"), Vec::<String>::new());
    }

    #[test]
    fn the_order_of_variables_counts_where_they_name_each_other() {
        let (a, b) = ("{name: A, value: '1'}", "{name: B, value: $(A)}");
        assert_eq!(changes(&format!("env: [{a}, {b}]"), &format!("env: [{b}, {a}]")).len(), 1);
        let b = "{name: B, value: b}";
        assert_eq!(changes(&format!("env: [{a}, {b}]"), &format!("env: [{b}, {a}]")).len(), 0);
    }

    #[test]
    fn the_order_of_lists_in_templates_of_pods_counts() {
        let (a, b) = ("{metadata: {name: A}, name: A}", "{metadata: {name: B}, name: B}");
        for around in [
            "spec: {template: {spec: {containers: [{name: c, env: [X]}]}}}",
            "spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, env: [X]}]}}}}}",
            "spec: {containers: [{name: c, env: [X]}]}",
            "spec: {serviceName: s, volumeClaimTemplates: [X]}",
        ] {
            let [old, new] =
                [format!("{a}, {b}"), format!("{b}, {a}")].map(|list| around.replace('X', &list));
            let found = changes(&old, &new);
            assert!(found.len() == 1 && found[0].contains(" Order: "), "{found:?}");
            // Beside other changes it says nothing.
            let new =
                new.replace("name: B}]", "name: B, x: 1}]").replace("name: A}]", "name: A, x: 1}]");
            assert!(!changes(&old, &new).iter().any(|c| c.contains("Order")), "{new}");
        }
        let rules = |list: &str| format!("spec: {{ports: [{list}]}}");
        assert!(changes(&rules("{port: 1}, {port: 2}"), &rules("{port: 2}, {port: 1}")).is_empty());
    }

    /// Returns how often a change of the order is told between a list and the same turned round.
    fn orders(api_version: &str, kind: &str, around: &str, items: [&str; 2]) -> usize {
        let kind = Kind::find(api_version.as_bytes(), kind.as_bytes());
        let [a, b] = items;
        let [old, new] =
            [format!("{a}, {b}"), format!("{b}, {a}")].map(|l| around.replace('X', &l));
        changes_of(kind, &old, &new).len()
    }

    #[test]
    fn order_means_nothing_where_kubernetes_says_so() {
        let named = ["{name: a, x: 1}", "{name: b, x: 2}"];
        let policy = "spec: {matchConditions: [X]}";
        let api = "admissionregistration.k8s.io/v1";
        assert_eq!(orders(api, "ValidatingAdmissionPolicy", policy, named), 0);
        let modes = ["A", "B"];
        let claims = "spec: {accessModes: [X]}";
        assert_eq!(orders("v1", "PersistentVolume", claims, modes), 0);
        assert_eq!(orders("v1", "Namespace", "metadata: {finalizers: [X]}", modes), 0);
        // What may not change is compared as it is.
        assert_eq!(orders("v1", "PersistentVolumeClaim", claims, modes), 1);
        assert_eq!(
            orders("storage.k8s.io/v1", "CSIDriver", "spec: {volumeLifecycleModes: [X]}", modes),
            1
        );
        // Webhooks that change objects are called one after the other.
        assert_eq!(orders(api, "ValidatingWebhookConfiguration", "webhooks: [X]", named), 0);
        assert_eq!(orders(api, "MutatingWebhookConfiguration", "webhooks: [X]", named), 1);
        // A list that is replaced as a whole.
        assert_eq!(orders("policy/v1", "Eviction", "spec: {rules: [X]}", named), 1);
    }

    #[test]
    fn the_rules_of_the_api_do_not_hold_in_texts() {
        let text = |yaml: &str| format!("data: {{a.yaml: \"{yaml}\\nx: 1\\n\"}}");
        let of = |old: &str, new: &str| {
            changes_of(Kind::find(b"v1", b"ConfigMap"), &text(old), &text(new)).len()
        };
        assert!(of("verbs: [get, list]", "verbs: [list, get]") > 0);
        let (one, other) = ("{name: a, port: 1}", "{name: b, port: 2}");
        assert_eq!(of(&format!("ports: [{one}, {other}]"), &format!("ports: [{other}, {one}]")), 1);
        // Items are told by their names, not by the merge key of the API.
        assert_eq!(of(&format!("ports: [{one}]"), "ports: [{name: b, port: 1}]"), 2);
    }

    #[test]
    fn order_counts_in_kinds_that_are_not_known() {
        let api = "example.org/v1";
        let named = ["{name: a, x: 1}", "{name: b, x: 2}"];
        for list in ["env", "volumes", "webhooks", "routes"] {
            assert_eq!(orders(api, "Gate", &format!("spec: {{{list}: [X]}}"), named), 1, "{list}");
        }
        assert!(orders(api, "Gate", "spec: {namespaces: [X]}", ["a", "b"]) > 0);
        // Templates of pods are those of Kubernetes.
        let pods = "spec: {template: {spec: {containers: [{name: c, image: I, env: [X]}]}}}";
        assert_eq!(orders(api, "Rollout", pods, named), 1);
        let found = changes_of(
            None,
            &pods.replace('X', "{name: a}, {name: b}"),
            &pods.replace('X', "{name: b}, {name: a}").replace("image: I", "image: J"),
        );
        assert_eq!(found, ["spec.template.spec.containers[c].image: I -> J"]);
    }

    #[test]
    fn quantities_are_compared_as_numbers() {
        let pods = |cpu: &str, memory: &str| {
            let resources = format!("{{limits: {{cpu: {cpu}, memory: {memory}}}}}");
            format!(
                "spec: {{template: {{spec: {{containers: [{{name: c, resources: {resources}}}]}}}}}}"
            )
        };
        let (old, same) = (pods("1000m", "1Gi"), pods("1", "1024Mi"));
        let kinds = [Kind::find(b"apps/v1", b"Deployment"), None];
        for kind in kinds {
            assert_eq!(changes_of(kind, &old, &same), Vec::<String>::new());
            assert_eq!(changes_of(kind, &old, &pods("2", "1Gi")).len(), 1);
        }
        // What is called so elsewhere is a text.
        for (kind, around) in [
            (None, "spec: {limits: {rate: X}}"),
            (None, "spec: {storage: X}"),
            (Kind::find(b"v1", b"ConfigMap"), "data: {storage: X}"),
            (Kind::find(b"v1", b"ConfigMap"), "metadata: {annotations: {storage: X}}"),
            (Kind::find(b"v1", b"ConfigMap"), "data: {a.json: '{\"limits\": {\"cpu\": \"X\"}}'}"),
        ] {
            let [old, new] = ["1Gi", "1024Mi"].map(|size| around.replace('X', size));
            assert_eq!(changes_of(kind, &old, &new).len(), 1, "{around}");
        }
    }

    #[test]
    fn what_lies_deep_is_one_change() {
        let nested = |depth: usize, inner: &str| {
            format!("a: {}{inner}{}", "{b: [".repeat(depth), "]}".repeat(depth))
        };
        let of = |depth| changes(&nested(depth, "1, 2"), &nested(depth, "3, 4")).len();
        assert_eq!([of(90), of(110), of(2_000)], [2, 1, 1]);
        assert_eq!(changes(&nested(2_000, "1"), &nested(2_000, "1.0")).len(), 0);
    }

    #[test]
    fn texts_that_are_data_are_compared_as_such() {
        assert_eq!(
            changes(
                "data: {a.json: '{\"a\": 1, \"b\": [2]}'}",
                "data: {a.json: '{\"b\":[3],\"a\":1}'}"
            ),
            ["data[\"a.json\"]: b[0]: 2 -> 3"]
        );
        assert_eq!(
            changes("data: {x: \"a: 1\\nb: 2\\n\"}", "data: {x: \"b: 2\\na: 1\\n\"}").len(),
            1
        );
        assert_eq!(
            changes("data: {p: \"a=1\\n# x\\nb=2\\n\"}", "data: {p: \"a=1\\nb=3\\n\"}"),
            ["data.p: b: \"2\" -> \"3\""]
        );
    }
}
