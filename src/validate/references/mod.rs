//! What the objects of a release refer to, and whether the release makes it.
//!
//! Nothing here is an error: what a release does not make may be in the cluster already. So that little is said in vain,
//! what a custom resource or a program's arguments name counts as made: an operator or a job may make it.

mod hidden;
mod made;
mod pods;
mod roles;
mod routes;
mod selected;
mod services;

use std::collections::{HashMap, HashSet};

use bstr::ByteSlice;
use gostd::value::Str;

use super::node::Node;
use super::{Finding, Findings, Level, Rule, hooks};
use crate::diff::Object;
use crate::kubernetes::Step;
use made::Release;

pub(super) static RULES: &[Rule] = &[
    CONFIG_MAP,
    SECRET,
    SERVICE_ACCOUNT,
    CLAIM,
    KEY,
    routes::SERVICE,
    routes::PORT,
    services::NO_PODS,
    services::TARGET_PORT,
    services::GOVERNING,
    services::SCALED,
    services::DISRUPTED,
    roles::ROLE,
    UNTIMELY,
];

const CONFIG_MAP: Rule = Rule {
    code: "SC801",
    level: Level::Warning,
    title: "A ConfigMap that pods need should be made by the release",
    source: "pkg/kubelet: makeEnvironmentVariables, volume plugins",
};
const SECRET: Rule = Rule {
    code: "SC802",
    level: Level::Warning,
    title: "A Secret that is needed should be made by the release",
    source: "pkg/kubelet: makeEnvironmentVariables, volume plugins",
};
const SERVICE_ACCOUNT: Rule = Rule {
    code: "SC803",
    level: Level::Warning,
    title: "A ServiceAccount that is needed should be made by the release",
    source: "plugin/pkg/admission/serviceaccount",
};
const CLAIM: Rule = Rule {
    code: "SC804",
    level: Level::Warning,
    title: "A PersistentVolumeClaim that pods need should be made by the release",
    source: "pkg/scheduler: volumebinding",
};
const KEY: Rule = Rule {
    code: "SC805",
    level: Level::Warning,
    title: "A key that pods need should be in the ConfigMap or the Secret that the release makes",
    source: "pkg/kubelet: makeEnvironmentVariables; pkg/volume: MakePayload",
};
const UNTIMELY: Rule = Rule {
    code: "SC831",
    level: Level::Warning,
    title: "What an object needs should be there before it",
    source: "helm.sh/helm, pkg/action: Install, execHook",
};

/// How many of what is there are told.
const MANY: usize = 10;

/// Lists what is there, the first ones of very many.
fn listed(mut names: impl Iterator<Item = String>) -> String {
    let first: Vec<String> = names.by_ref().take(MANY).collect();
    match names.count() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// What may be needed by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Target {
    ConfigMap,
    Secret,
    ServiceAccount,
    Claim,
}

impl Target {
    fn kind(self) -> &'static str {
        match self {
            Target::ConfigMap => "ConfigMap",
            Target::Secret => "Secret",
            Target::ServiceAccount => "ServiceAccount",
            Target::Claim => "PersistentVolumeClaim",
        }
    }

    fn rule(self) -> &'static Rule {
        match self {
            Target::ConfigMap => &CONFIG_MAP,
            Target::Secret => &SECRET,
            Target::ServiceAccount => &SERVICE_ACCOUNT,
            Target::Claim => &CLAIM,
        }
    }

    /// Tells whether every namespace has it.
    fn is_everywhere(self, name: &[u8]) -> bool {
        match self {
            Target::ConfigMap => name == b"kube-root-ca.crt",
            Target::ServiceAccount => name == b"default",
            Target::Secret | Target::Claim => false,
        }
    }
}

/// Something that an object needs.
#[derive(Debug)]
struct Need {
    target: Target,
    name: Str,
    /// The key in it.
    key: Option<Str>,
    /// The namespace; empty where it is that of the object.
    namespace: Str,
    path: Vec<Step>,
}

impl Need {
    fn new(target: Target, name: &Node<'_>) -> Need {
        Need {
            target,
            name: name.text_or_empty(),
            key: None,
            namespace: Str::default(),
            path: name.path(),
        }
    }
}

/// What nothing makes, and who needs it.
struct Missing {
    first: Finding,
    keys: Vec<String>,
    /// The same, to be looked up.
    has: HashSet<String>,
    /// The other objects that need it.
    others: Vec<String>,
}

/// What was found to be missing, by target, namespace and name.
#[derive(Default)]
struct Wanted {
    all: Vec<Missing>,
    by_name: HashMap<(Target, Str, Str), usize>,
}

/// Checks what the objects refer to.
pub(super) fn check(objects: &[Object], found: &mut Findings) {
    let release = Release::new(objects);
    let mut wanted = Wanted::default();
    for (number, object) in objects.iter().enumerate() {
        let Ok(value) = object.value() else { continue };
        found.object = number;
        let root = Node::root(value.clone());
        let claims: HashSet<Str> = root
            .at("spec")
            .at("volumeClaimTemplates")
            .items()
            .map(|claim| claim.at("metadata").at("name").text_or_empty())
            .collect();
        made::with_pod(object, &root, |pod| {
            for need in pods::needs(&pod.at("spec"), &claims) {
                release.check(object, need, true, &mut wanted, found);
            }
        });
        services::check(object, &root, &release, found);
        routes::check(object, &root, &release, &mut wanted, found);
        roles::check(object, &root, &release, &mut wanted, found);
    }
    for Missing { first, keys, others, .. } in wanted.all {
        let keys = match &keys[..] {
            [] => String::new(),
            [key] => format!(" (key {key})"),
            keys => format!(" (keys {})", listed(keys.iter().cloned())),
        };
        let others = match &others[..] {
            [] => String::new(),
            [one] => format!("; {one} needs it, too"),
            [one, other] => format!("; {one} and {other} need it, too"),
            [one, rest @ ..] => format!("; {one} and {} more need it, too", rest.len()),
        };
        found.push(Finding { message: format!("{}{keys}{others}", first.message), ..first });
    }
}

impl Release<'_> {
    /// Checks one thing that an object needs; whether at the time it is made is asked of pods only.
    fn check(
        &self,
        object: &Object,
        need: Need,
        is_pod: bool,
        wanted: &mut Wanted,
        found: &mut Findings,
    ) {
        let Need { target, name, key, namespace, path } = need;
        let namespace = if namespace.is_empty() { object.id.namespace.clone() } else { namespace };
        if name.is_empty() || target.is_everywhere(&name) || !self.is_own(&namespace) {
            return;
        }
        let makers: Vec<&Object> = self.find("", target.kind(), &namespace, &name).collect();
        if makers.is_empty() {
            let may_be_there =
                self.is_mentioned(&name) || target == Target::Claim && self.is_claimed(&name);
            if !may_be_there && found.minds(found.object, target.rule()) {
                wanted.add(object, (target, namespace, name), key, path, found);
            }
            return;
        }
        if is_pod && let Some(why) = hooks::untimely(object, &makers) {
            found.add_at(&UNTIMELY, path, why, None);
            return;
        }
        let Some(key) = key else { return };
        let holds = |maker: &&Object| made::may_hold(maker, &key);
        if !self.is_mentioned(&name) && !makers.iter().any(holds) {
            let keys = match makers.first().filter(|_| found.to_compare > 0) {
                Some(maker) => made::keys(maker),
                None => Vec::new(),
            };
            let shown = key.to_str_lossy();
            let near = found.near(&shown, keys.iter().map(String::as_str));
            found.add_at(
                &KEY,
                path,
                format!("{}/{} has no key {shown:?}", target.kind(), name.to_str_lossy()),
                near.map(|near| format!("did you mean {near:?}?")),
            );
        }
    }
}

impl Wanted {
    fn add(
        &mut self,
        object: &Object,
        at: (Target, Str, Str),
        key: Option<Str>,
        path: Vec<Step>,
        found: &Findings,
    ) {
        let key = key.map(|key| key.to_str_lossy().into_owned());
        let Some(missing) = self.by_name.get(&at).and_then(|at| self.all.get_mut(*at)) else {
            let (target, _, name) = &at;
            let message =
                format!("nothing in the release makes {}/{}", target.kind(), name.to_str_lossy());
            let first = found.finding(target.rule(), path, message, None);
            self.by_name.insert(at, self.all.len());
            let keys: Vec<String> = key.into_iter().collect();
            let has = keys.iter().cloned().collect();
            self.all.push(Missing { first, keys, has, others: Vec::new() });
            return;
        };
        missing.keys.extend(key.filter(|key| missing.has.insert(key.clone())));
        let other = object.id.to_string();
        if missing.first.object != found.object && missing.others.last() != Some(&other) {
            missing.others.push(other);
        }
    }
}
