//! Says what a change does, to people.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use crate::diff::effects::{
    Claims, CrdChange, Effect, Ordinals, Refusal, Restarts, Rolls, Step, Use, What, Why,
};

/// How many pods or claims are named in a sentence.
const NAMED: u64 = 8;
/// How many objects are named of which the same is said.
const OBJECTS: usize = 6;

/// What is said of one object or of several.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) objects: Vec<String>,
    pub(crate) effect: Said,
}

/// What is said of an effect.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Said {
    /// The sentence, without its subject.
    pub(crate) text: String,
    /// What to do, and what is to be known of it.
    pub(crate) more: Vec<String>,
}

impl Line {
    /// Returns who it is about.
    pub(crate) fn subject(&self) -> String {
        let named = self.objects[..self.objects.len().min(OBJECTS)].join(", ");
        match self.objects.len().saturating_sub(OBJECTS) {
            0 => named,
            n => format!("{named} and {n} more"),
        }
    }
}

/// Returns what is to be said, in order: what matters most first, and once what is the same of several objects.
pub(crate) fn lines(effects: &[Effect]) -> Vec<Line> {
    let mut sorted: Vec<&Effect> = effects.iter().collect();
    sorted.sort_by_key(|effect| effect.severity);
    let mut lines: Vec<Line> = Vec::new();
    let mut places: HashMap<Said, usize, RandomState> = HashMap::default();
    let mut named: HashSet<(usize, String), RandomState> = HashSet::default();
    for effect in sorted {
        let said = said(effect);
        let at = *places.entry(said.clone()).or_insert_with(|| {
            lines.push(Line { objects: Vec::new(), effect: said });
            lines.len() - 1
        });
        let name = effect.id.to_string();
        if named.insert((at, name.clone())) {
            lines[at].objects.push(name);
        }
    }
    lines
}

fn pods(pods: &Ordinals) -> String {
    names(pods.count(), pods.names(), || {
        format!("{}-{} to {}-{}", pods.set, pods.from, pods.set, pods.to)
    })
}

fn names(
    count: u64,
    mut names: impl Iterator<Item = String>,
    short: impl FnOnce() -> String,
) -> String {
    match count > NAMED {
        true => format!("{} ({count})", short()),
        false => {
            let first = names.next().unwrap_or_default();
            names.fold(first, |all, name| format!("{all}, {name}"))
        }
    }
}

fn claims(claims: &Claims) -> String {
    let short = || {
        let rows = claims.pods.iter().flat_map(|row| {
            let one = move |template: &String| {
                format!("{template}-{}-{} to {template}-{}-{}", row.set, row.from, row.set, row.to)
            };
            claims.templates.iter().map(one)
        });
        rows.take(NAMED as usize).collect::<Vec<_>>().join(", ")
    };
    names(claims.count(), claims.names(), short)
}

/// Returns `pod` or `pods`.
fn noun(word: &str, count: u64) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// Returns a verb for one or for several.
fn verb(one: &'static str, several: &'static str, count: u64) -> &'static str {
    if count == 1 { one } else { several }
}

pub(super) fn said(effect: &Effect) -> Said {
    let mut more = Vec::new();
    let mut text = match &effect.what {
        What::Refused { fields, only_if, way_out, note } => {
            more.extend(way_out_text(way_out));
            more.extend(note.clone());
            let condition = only_if.as_ref().map(|c| format!(" if {c}")).unwrap_or_default();
            format!("the API server refuses the change of {}{condition}", listed(fields))
        }
        What::Invalid { fields, why, code, refusal } => {
            let what = match refusal {
                Refusal::Always => "it",
                Refusal::WhereNew => "it in an install",
                Refusal::OfWhatIsMade => "what is made of it",
            };
            let (link, code) = match code {
                Some(_) if fields.is_empty() => ("", *code),
                Some(_) => (": ", *code),
                None => (" ", None),
            };
            let code = code.map(|code| format!(" [{code}]")).unwrap_or_default();
            let rest = match refusal {
                Refusal::WhereNew => "; an upgrade makes one of the two",
                _ => "",
            };
            format!("the API server refuses {what}: {}{link}{why}{rest}{code}", listed(fields))
        }
        What::Dropped { field, why, code } => {
            format!("the API server leaves {field} out: {why} [{code}]")
        }
        What::Deprecated { why, code } => format!("{why} [{code}]"),
        What::Restarts(restarts) => restart(restarts, &mut more),
        What::OnDelete { pods: Some(all) } => format!(
            "nothing restarts until pods are deleted by hand (OnDelete): {} {} the old template",
            pods(all),
            verb("keeps", "keep", all.count())
        ),
        What::OnDelete { pods: None } => {
            "nothing restarts until pods are deleted by hand (OnDelete)".to_owned()
        }
        What::Released { pods: all } => format!(
            "{} {} if {} the template of an earlier change",
            pods(all),
            verb("restarts", "restart", all.count()),
            verb("it still has", "they still have", all.count()),
        ),
        What::Scales { from, to, is_default, added, removed, is_ordered } => {
            let mut text = format!("goes from {from} to {to} {}", noun("pod", to.unsigned_abs()));
            if *is_default {
                text.push_str(" (replicas is no longer set: the default is 1)");
            }
            let each = if *is_ordered { "one after the other" } else { "at once" };
            let how = |count: u64| if count > 1 { format!(", {each}") } else { String::new() };
            if let Some(added) = added {
                let count = added.count();
                text.push_str(&format!(
                    "; {} {} made{}",
                    pods(added),
                    verb("is", "are", count),
                    how(count)
                ));
            }
            if !removed.is_empty() {
                let count = removed.iter().map(Ordinals::count).sum();
                let all = removed.iter().map(pods).collect::<Vec<_>>().join(", ");
                text.push_str(&format!(
                    "; {all} {} deleted{}",
                    verb("is", "are", count),
                    how(count)
                ));
            }
            text
        }
        What::Rolls(Rolls::Recreate { replicas }) => match replicas {
            1 => "the pod stops, then a new one starts (Recreate)".to_owned(),
            n => format!("all {n} pods stop, then new ones start (Recreate)"),
        },
        What::Rolls(Rolls::Rolling { replicas: Some(replicas), max_surge, max_unavailable }) => {
            let pods = noun("pod", replicas.unsigned_abs());
            format!(
                "{replicas} {pods} {} replaced: at most {max_surge} more at a time, at most {max_unavailable} missing",
                verb("is", "are", replicas.unsigned_abs())
            )
        }
        What::Rolls(Rolls::Rolling { replicas: None, max_surge, max_unavailable }) => {
            match &**max_surge {
                "0" | "0%" => {
                    format!("the pod on each node is replaced, on {max_unavailable} of them at a time")
                }
                surge => format!(
                    "the pod on each node is replaced, a new one first, on {surge} of them at a time"
                ),
            }
        }
        What::Paused => "nothing restarts until it is resumed (spec.paused)".to_owned(),
        What::OnlyNewPods => "pods that run stay as they are: only new ones follow".to_owned(),
        What::NextRun => "the next run has the new template; Jobs that run stay as they are".to_owned(),
        What::RestartsContainers { names } => format!(
            "{} {} {} in {} place",
            noun("container", names.len() as u64),
            names.join(", "),
            verb("restarts", "restart", names.len() as u64),
            verb("its", "their", names.len() as u64),
        ),
        What::Stops { pods: Some(all) } => {
            format!("{} {} {}", noun("pod", all.count()), pods(all), verb("stops", "stop", all.count()))
        }
        What::Stops { pods: None } => "its pods stop".to_owned(),
        What::ClaimsStay(all) => {
            let count = all.count();
            let why = match all.why {
                Why::Scaled => {
                    "; pods of these numbers get them again (persistentVolumeClaimRetentionPolicy.whenScaled: Retain)"
                }
                Why::Gone | Why::Renamed => "",
                Why::Template => "; no pod has them any more",
            };
            format!(
                "{} {} {}, with what {}{why}",
                noun("claim", count),
                claims(all),
                verb("stays", "stay", count),
                verb("it holds", "they hold", count),
            )
        }
        What::ClaimsGo(all) => {
            let count = all.count();
            let when = if all.why == Why::Scaled { "whenScaled" } else { "whenDeleted" };
            format!(
                "{} {} {} deleted, with what {} (persistentVolumeClaimRetentionPolicy.{when}: Delete)",
                noun("claim", count),
                claims(all),
                verb("is", "are", count),
                verb("it holds", "they hold", count),
            )
        }
        What::StartsEmpty(all) => format!(
            "its pods start with new, empty claims: {}; what those of the old name hold does not move",
            claims(all)
        ),
        What::ClaimGoes => {
            "the claim is deleted, and what it holds too unless its volume's reclaim policy is Retain"
                .to_owned()
        }
        What::Grows { to } => format!(
            "grows to {to} if its StorageClass allows it (allowVolumeExpansion: true); else the API server refuses it"
        ),
        What::KindGoes { kind } => {
            format!("is deleted, and with it every {kind} in the cluster")
        }
        What::NamespaceGoes => "is deleted, with everything in it".to_owned(),
        What::Kept => {
            "stays in the cluster, and belongs to no release any more (helm.sh/resource-policy: keep)"
                .to_owned()
        }
        What::CrdStays { change, way_out } => {
            more.extend(way_out_text(way_out));
            match change {
                CrdChange::Added => "is not made by an upgrade (crds/ is for installs)",
                CrdChange::Changed => "is not changed by an upgrade (crds/ is for installs)",
                CrdChange::Removed => "stays in the cluster (Helm deletes nothing of crds/)",
            }
            .to_owned()
        }
        What::HookRuns { events, is_changed } => {
            let again = if *is_changed { "" } else { " again" };
            format!("the hook runs{again}: {}", events.join(", "))
        }
        What::HookWaits { events } => {
            format!("the hook does not run in an upgrade, only at {}", events.join(", "))
        }
        What::HookStays => "what the hook made stays in the cluster".to_owned(),
        What::HookExists { policies, fails, way_out } => {
            let verb = if *fails { "fails" } else { "does not run" };
            more.extend(way_out_text(way_out));
            if policies.is_empty() {
                return Said {
                    text: format!("the hook {verb} if the definition is there (Helm deletes no hook of this kind, whatever helm.sh/hook-delete-policy says)"),
                    more,
                };
            }
            format!(
                "the hook {verb} if that of an earlier run is still there (helm.sh/hook-delete-policy: {})",
                policies.join(",")
            )
        }
        What::Keeps { field, value, way_out } => {
            more.extend(way_out_text(way_out).map(|text| text.replacen("way out", "to change it", 1)));
            format!("keeps {field} {value}, though the manifest no longer sets it")
        }
        What::NotRestarted { workloads, by, way_out } => {
            more.extend(way_out_text(way_out).map(|text| text.replacen("way out: then", "for the new ones:", 1)));
            let (shown, rest) = workloads.split_at(workloads.len().min(OBJECTS));
            let mut names = shown.to_vec();
            if !rest.is_empty() {
                names.push(format!("{} more", rest.len()));
            }
            let pods = format!("pods of {} do not restart", listed(&names));
            match by {
                Use::Environment => {
                    format!("{pods}, and keep the old values of the variables that they take from it")
                }
                Use::SubPath => {
                    format!("{pods}, and keep the old files that they mount from it with subPath")
                }
                Use::Volume => format!(
                    "{pods}; the files that they mount from it change within about a minute, and the programs have to read them again"
                ),
            }
        }
        What::BecomesHook { events, is_run } => {
            let has = |event: &str| events.iter().any(|own| own == event);
            let text = "is no longer part of the release: the upgrade deletes it";
            match (has("pre-upgrade"), has("post-upgrade")) {
                (true, false) if !is_run => text.to_owned(),
                (_, true) => format!("{text}; then the hook makes it again (post-upgrade)"),
                (true, false) => format!("{text}, after the hook has made it anew (pre-upgrade)"),
                (false, false) => format!("{text}; the hook makes it only at {}", events.join(", ")),
            }
        }
        What::NotOwned { is_of_hook, way_out } => {
            more.extend(way_out_text(way_out));
            let condition = if *is_of_hook { " if what the hook made is still there" } else { "" };
            format!(
                "the upgrade fails{condition}: what is in the cluster has no label and annotations of the release (invalid ownership metadata)"
            )
        }
        What::CrdLeaves { kind, way_out } => {
            more.extend(way_out_text(way_out));
            format!(
                "is no longer part of the release: the upgrade deletes it, and with it every {kind} in the cluster (crds/ is for installs)"
            )
        }
        What::BalancerGoes => "its load balancer goes, with its address".to_owned(),
        What::AddressChanges => "has another address under the new name".to_owned(),
    };
    if effect.is_after_way_out {
        text.insert_str(0, "after the way out: ");
    }
    Said { text, more }
}

fn restart(restarts: &Restarts, more: &mut Vec<String>) -> String {
    let Restarts { pods: all, held, partition, at_once, min_ready_seconds, is_ordered, is_counted } =
        restarts;
    let mut text = match all {
        None => "no pod restarts".to_owned(),
        Some(all) => {
            let count = all.count();
            let mut text = format!(
                "{} {} {}",
                noun("pod", count),
                pods(all),
                verb("restarts", "restart", count)
            );
            if count > 1 {
                text.push_str(&match at_once {
                    1 => ", one after the other".to_owned(),
                    n => format!(", {n} at a time"),
                });
                if *min_ready_seconds > 0 {
                    text.push_str(&format!(
                        ", each after the one before has been ready for {min_ready_seconds} s"
                    ));
                }
            }
            text
        }
    };
    if let Some(held) = held {
        text.push_str(&format!(
            "; {} {} the old template (partition {partition})",
            pods(held),
            verb("keeps", "keep", held.count())
        ));
    }
    if !is_counted {
        more.push(
            "replicas is not set: these are all pods only if nothing else scales the set"
                .to_owned(),
        );
    }
    if let Some(all) = all
        && *is_ordered
    {
        let first = all.names().next().unwrap_or_default();
        more.push(format!(
            "if {first} does not get ready the rollout stops there, and a repaired template does not replace it: delete the pod by hand"
        ));
    }
    text
}

/// Returns words in a row.
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

fn way_out_text(steps: &[Step]) -> Option<String> {
    if steps.is_empty() {
        return None;
    }
    let word = |step: &Step| match step {
        Step::Run(command) => command.clone(),
        Step::Upgrade => "then upgrade".to_owned(),
    };
    // What follows the upgrade is a step of its own.
    let words: Vec<String> = steps.iter().map(word).collect();
    let mut text = format!("way out: {}", words[0]);
    for (before, word) in steps.iter().zip(&words[1..]) {
        let link = match (before, &**word) {
            (_, "then upgrade") => ", ",
            (Step::Upgrade, _) => ", then ",
            _ => "; ",
        };
        text.push_str(link);
        text.push_str(word);
    }
    Some(text)
}
