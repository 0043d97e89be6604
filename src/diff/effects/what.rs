//! What a change may do to a cluster.

use super::Use;

/// What an effect is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The API server refuses the change.
    Refused {
        /// The fields, as its message names them.
        fields: Vec<String>,
        /// What it depends on, if it is not sure.
        only_if: Option<String>,
        /// What to do instead, in order.
        way_out: Vec<Step>,
        /// What is to be known of the way out.
        note: Option<String>,
    },
    /// The API server refuses the object as it is, whatever was there.
    Invalid {
        /// The fields, as paths.
        fields: Vec<String>,
        /// What they have to be, as the end of a sentence; where there is a code, what is wrong.
        why: String,
        /// The code of the rule of `validate` that says so.
        code: Option<&'static str>,
        /// When it is refused.
        refusal: Refusal,
    },
    /// The API server leaves out a field that does not exist.
    Dropped {
        /// The field, as a path.
        field: String,
        /// What is wrong.
        why: String,
        /// The code of the rule of `validate` that says so.
        code: &'static str,
    },
    /// The API version of the object is deprecated.
    Deprecated {
        /// Which one, since when, and what to use instead.
        why: String,
        /// The code of the rule of `validate` that says so.
        code: &'static str,
    },
    /// Pods of a StatefulSet are replaced one after the other.
    Restarts(Restarts),
    /// The template changes, but no pod is replaced until it is deleted.
    OnDelete {
        /// The pods; none of a DaemonSet.
        pods: Option<Ordinals>,
    },
    /// The partition is lowered, or the strategy changes: pods that still have an older template are replaced.
    Released {
        /// The pods, in order.
        pods: Ordinals,
    },
    /// The number of pods changes.
    Scales {
        /// How many there are; nothing where the manifest says nothing.
        from: i64,
        /// How many there will be.
        to: i64,
        /// Whether the new manifest no longer says how many, so that it is the default.
        is_default: bool,
        /// The pods that are made, in order, if they have ordinals.
        added: Option<Ordinals>,
        /// The pods that are deleted, in order, if they have ordinals.
        removed: Vec<Ordinals>,
        /// Whether each waits for the one before it.
        is_ordered: bool,
    },
    /// Pods of a workload are replaced.
    Rolls(Rolls),
    /// The template changes while the workload is paused: nothing happens until it is resumed.
    Paused,
    /// The template changes, but pods that run stay as they are.
    OnlyNewPods,
    /// The template of a CronJob changes: the next run uses it.
    NextRun,
    /// Images of a pod change: its containers restart in their place.
    RestartsContainers {
        /// The containers.
        names: Vec<String>,
    },
    /// All pods stop.
    Stops {
        /// The pods, if they have ordinals.
        pods: Option<Ordinals>,
    },
    /// Claims stay, with their volumes.
    ClaimsStay(Claims),
    /// Claims are deleted, and with them what they hold unless the volumes are retained.
    ClaimsGo(Claims),
    /// Pods start with new, empty claims.
    StartsEmpty(Claims),
    /// A claim is deleted, and with it what it holds unless its volume is retained.
    ClaimGoes,
    /// A claim grows.
    Grows {
        /// The new size.
        to: String,
    },
    /// Everything of a kind is deleted with its definition.
    KindGoes {
        /// The kind.
        kind: String,
    },
    /// Everything in a namespace is deleted with it.
    NamespaceGoes,
    /// The object stays, and no release manages it.
    Kept,
    /// Objects in `crds/` are made when a chart is installed, and never changed or deleted.
    CrdStays {
        /// What should be done to it.
        change: CrdChange,
        /// What to do instead.
        way_out: Vec<Step>,
    },
    /// A hook runs in the upgrade.
    HookRuns {
        /// At which of its events.
        events: Vec<String>,
        /// Whether it is another than before.
        is_changed: bool,
    },
    /// A hook is not run by an upgrade.
    HookWaits {
        /// The events that it waits for.
        events: Vec<String>,
    },
    /// A hook that is gone from the chart: what it made stays.
    HookStays,
    /// A hook cannot be made, since the one of the last run is still there.
    HookExists {
        /// Whether the upgrade fails; else the hook is not run.
        fails: bool,
        /// Its delete policies; none of a definition, which Helm never deletes.
        policies: Vec<String>,
        /// What to do about it.
        way_out: Vec<Step>,
    },
    /// The API server keeps what it has, though the manifest no longer says so.
    Keeps {
        /// The field.
        field: String,
        /// What it keeps.
        value: String,
        /// What to do to change it.
        way_out: Vec<Step>,
    },
    /// Pods use what changes in a ConfigMap or a Secret, and do not restart.
    NotRestarted {
        /// Their workloads.
        workloads: Vec<String>,
        /// How they use it.
        by: Use,
        /// What to do if they should have it.
        way_out: Vec<Step>,
    },
    /// An object of the release becomes a hook: the upgrade deletes it.
    BecomesHook {
        /// The events of the hook.
        events: Vec<String>,
        /// Whether a hook before the upgrade runs.
        is_run: bool,
    },
    /// An object that no release owns becomes one of the release: the upgrade fails.
    NotOwned {
        /// Whether a hook has made it, and may have been deleted since.
        is_of_hook: bool,
        /// What to do instead.
        way_out: Vec<Step>,
    },
    /// A definition moves from the templates to `crds/`: the upgrade deletes it.
    CrdLeaves {
        /// The kind that it defines.
        kind: String,
        /// What to do instead.
        way_out: Vec<Step>,
    },
    /// The load balancer of a Service goes.
    BalancerGoes,
    /// A Service gets another address.
    AddressChanges,
}

/// When an object is refused as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Whenever it is sent.
    Always,
    /// Where it is made anew: a patch makes something else of it.
    WhereNew,
    /// Never, but what controllers make of it is.
    OfWhatIsMade,
}

impl Refusal {
    /// Returns its name.
    pub fn word(self) -> &'static str {
        match self {
            Refusal::Always => "always",
            Refusal::WhereNew => "where-new",
            Refusal::OfWhatIsMade => "of-what-is-made",
        }
    }
}

/// What happens to a definition of a resource in `crds/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrdChange {
    /// It is new.
    Added,
    /// It differs.
    Changed,
    /// It is gone.
    Removed,
}

/// A step of a way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A command.
    Run(String),
    /// The upgrade that is asked about.
    Upgrade,
}

/// Pods of a StatefulSet that are replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restarts {
    /// The pods in order.
    pub pods: Option<Ordinals>,
    /// The pods that the partition keeps as they are.
    pub held: Option<Ordinals>,
    /// `updateStrategy.rollingUpdate.partition`
    pub partition: i64,
    /// How many at once.
    pub at_once: i64,
    /// How long each has to be ready before the next one, in seconds.
    pub min_ready_seconds: i64,
    /// Whether a pod that does not get ready stops everything until it is deleted by hand.
    pub is_ordered: bool,
    /// Whether the manifests say how many pods there are.
    pub is_counted: bool,
}

/// Pods of a workload that are replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rolls {
    /// All stop before the new ones start.
    Recreate {
        /// How many there are.
        replicas: i64,
    },
    /// Some at a time.
    Rolling {
        /// How many there are; nothing of a DaemonSet, which has one a node.
        replicas: Option<i64>,
        /// How many more than these there may be: a number, or a part of the nodes.
        max_surge: String,
        /// How many of these may be missing.
        max_unavailable: String,
    },
}

/// Pods of a StatefulSet in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordinals {
    /// The set's name.
    pub set: String,
    /// The first one's number.
    pub from: i64,
    /// The last one's number; less than the first one's where they go down.
    pub to: i64,
}

impl Ordinals {
    /// Returns those between two numbers, the last one excluded, going up; nothing where there are none.
    pub(super) fn up(set: &str, from: i64, end: i64) -> Option<Ordinals> {
        (from < end).then(|| Ordinals { set: set.to_owned(), from, to: end - 1 })
    }

    /// Returns the same going down.
    pub(super) fn down(set: &str, from: i64, end: i64) -> Option<Ordinals> {
        (from < end).then(|| Ordinals { set: set.to_owned(), from: end - 1, to: from })
    }

    /// Returns how many there are.
    pub fn count(&self) -> u64 {
        self.from.abs_diff(self.to) + 1
    }

    /// Returns their numbers in order.
    pub fn numbers(&self) -> impl Iterator<Item = i64> + '_ {
        let step = if self.to < self.from { -1 } else { 1 };
        (0..self.count()).map(move |n| self.from + step * n as i64)
    }

    /// Returns their names in order.
    pub fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.numbers().map(|n| format!("{}-{n}", self.set))
    }
}

/// Claims of pods of a StatefulSet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The names of their templates.
    pub templates: Vec<String>,
    /// The pods.
    pub pods: Vec<Ordinals>,
    /// Why: a word.
    pub why: Why,
}

impl Claims {
    /// Returns how many there are.
    pub fn count(&self) -> u64 {
        let pods = self.pods.iter().map(Ordinals::count).fold(0, u64::saturating_add);
        pods.saturating_mul(self.templates.len() as u64)
    }

    /// Returns their names.
    pub fn names(&self) -> impl Iterator<Item = String> + '_ {
        let pods = self.pods.iter().flat_map(Ordinals::names);
        pods.flat_map(|pod| self.templates.iter().map(move |template| format!("{template}-{pod}")))
    }
}

/// Why claims stay or go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There are fewer pods.
    Scaled,
    /// The set is gone.
    Gone,
    /// The set has another name.
    Renamed,
    /// The template of the claims is gone, or has another name.
    Template,
}
