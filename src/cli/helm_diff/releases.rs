//! Implements `helm diff release`, `revision` and `rollback`: what is deployed, as another Helm tells it.

use statefulchart::helm_diff::Reading;

use super::flags::{self, Asked};
use super::helm::Helm;
use super::render::Words;
use super::{Call, Command, Compared, check_args, excluded, parse};
use crate::cli::flags::Flag;
use crate::cli::{Failure, output};

const FLAGS: &[Flag] =
    &[flags::DETAILED_EXITCODE, flags::INCLUDE_TESTS, flags::KUBE_CONTEXT, flags::NORMALIZE];

pub(super) const RELEASE: Command = Command {
    name: "release",
    usage: "release [flags] RELEASE release1 [release2]",
    about: "compare the manifests of two releases of one chart",
    long: "Compare the manifests of two releases of one chart, template by template. A release of another namespace is\nnamed namespace/release.",
    examples: "  helm diff release my-prod my-stage\n  helm diff release prod/my-app stage/my-app",
    flags: &[FLAGS, flags::REPORT],
    args: None,
    run: release,
};

pub(super) const REVISION: Command = Command {
    name: "revision",
    usage: "revision [flags] RELEASE REVISION1 [REVISION2]",
    about: "compare the manifests of two revisions of a release",
    long: "Compare the manifests of two revisions of a release, or those of one with the last.",
    examples: "  helm diff revision my-release 2\n  helm diff revision my-release 2 3",
    flags: &[FLAGS, flags::REPORT],
    args: None,
    run: revision,
};

pub(super) const ROLLBACK: Command = Command {
    name: "rollback",
    usage: "rollback [flags] [RELEASE] [REVISION]",
    about: "show what a rollback would change",
    long: "Compare the manifests of a release with those of the revision that a rollback would go back to.",
    examples: "  helm diff rollback my-release 2",
    flags: &[FLAGS, flags::REPORT],
    args: None,
    run: rollback,
};

/// What to do without a cluster.
const INSTEAD: &str = "Without one: save what `helm get manifest` prints of each side, and compare the files with `statefulchart diff OLD NEW`.";

/// What is asked of a release.
pub(super) struct Question<'q> {
    pub(super) helm: &'q Helm,
    pub(super) name: &'q str,
    pub(super) namespace: &'q str,
    pub(super) context: Option<&'q str>,
}

impl Question<'_> {
    /// Returns what `helm get` prints.
    pub(super) fn get(&self, what: &str, more: &[&str]) -> Result<Vec<u8>, Failure> {
        let mut words = Words::of(&["get", what, self.name]);
        more.iter().for_each(|word| words.push(*word));
        words.value("--namespace", Some(self.namespace));
        words.value("--kube-context", self.context);
        self.helm.output(&words.0).map_err(Failure::from)
    }
}

/// Returns how manifests of a namespace are read.
fn reading<'r>(asked: Asked<'_>, namespace: &'r str) -> Reading<'r> {
    Reading { namespace, normalize: asked.on(&flags::NORMALIZE), excluded: excluded(asked) }
}

fn release(call: &Call, asked: Asked<'_>) -> Result<(), Failure> {
    let [first, second, ..] = asked.args() else {
        return Err("Too few arguments to Command \"release\".\nMinimum 2 arguments required: release name-1, release name-2".into());
    };
    let helm = call.needs_helm(&format!("release {first}"), INSTEAD)?;
    let read = |named: &String| -> Result<(Vec<u8>, Vec<u8>, String), Failure> {
        let mut parts = named.split('/');
        let (namespace, name) = match (parts.next(), parts.next()) {
            (Some(namespace), Some(name)) => (namespace, name),
            _ => (&*call.namespace, &**named),
        };
        let context = asked.text(&flags::KUBE_CONTEXT);
        let question = Question { helm: &helm, name, namespace, context };
        let manifest = question.get("manifest", &[])?;
        let chart = question.get("all", &["--template", "{{.Release.Chart.Name}}"])?;
        Ok((manifest, chart, namespace.to_owned()))
    };
    let (old, old_chart, old_namespace) = read(first)?;
    let (new, new_chart, new_namespace) = read(second)?;
    if old_chart != new_chart {
        let text = [
            b"Error : Incomparable Releases \n Unable to compare releases from two different charts \"",
            &old_chart[..],
            b"\", \"",
            &new_chart,
            b"\". \n try helm diff release --help to know more \n",
        ];
        return output::stdout(&text.concat());
    }
    let old = parse(reading(asked, &old_namespace), &old)?;
    let new = parse(reading(asked, &new_namespace), &new)?;
    let detailed = asked.on(&flags::DETAILED_EXITCODE);
    Compared { old, new, detailed }.by_template().print(asked, None)
}

/// Returns a revision as helm-diff reads it: what is no number is 0.
fn number(text: &str) -> i64 {
    gostd::strconv::parse_int(text.as_bytes(), 10, 64).unwrap_or_default()
}

/// Returns the manifests of revisions, or of the last one, in their order.
fn objects(
    call: &Call,
    asked: Asked<'_>,
    revisions: [Option<i64>; 2],
) -> Result<[Vec<u8>; 2], Failure> {
    let (name, namespace) = (&asked.args()[0], &*call.namespace);
    let helm = &call.needs_helm(&format!("release {name}"), INSTEAD)?;
    let question = Question { helm, name, namespace, context: asked.text(&flags::KUBE_CONTEXT) };
    let get = |revision: Option<i64>| match revision {
        None => question.get("manifest", &[]),
        Some(revision) => question.get("manifest", &["--revision", &revision.to_string()]),
    };
    Ok([get(revisions[0])?, get(revisions[1])?])
}

/// Compares two manifests of a release.
fn compare(
    call: &Call,
    asked: Asked<'_>,
    [old, new]: [Vec<u8>; 2],
    detailed: bool,
) -> Result<(), Failure> {
    let reading = reading(asked, &call.namespace);
    let (old, new) = (parse(reading, &old)?, parse(reading, &new)?);
    Compared { old, new, detailed }.print(asked, None)
}

fn revision(call: &Call, asked: Asked<'_>) -> Result<(), Failure> {
    let revisions: Vec<i64> = match asked.args() {
        [] | [_] => {
            return Err("Too few arguments to Command \"revision\".\nMinimum 2 arguments required: release name, revision".into());
        }
        [_, revisions @ ..] if revisions.len() <= 2 => {
            revisions.iter().map(|text| number(text)).collect()
        }
        _ => {
            return Err("Too many arguments to Command \"revision\".\nMaximum 3 arguments allowed: release name, revision1, revision2".into());
        }
    };
    // Of one revision and the last one, helm-diff asks for the last one first.
    let manifests = match revisions[..] {
        [a, b] => objects(call, asked, [Some(a.min(b)), Some(a.max(b))])?,
        _ => {
            let [new, old] = objects(call, asked, [None, revisions.first().copied()])?;
            [old, new]
        }
    };
    // With one revision helm-diff forgets to exit with 2.
    let detailed = revisions.len() == 2 && asked.on(&flags::DETAILED_EXITCODE);
    compare(call, asked, manifests, detailed)
}

fn rollback(call: &Call, asked: Asked<'_>) -> Result<(), Failure> {
    check_args(asked, &["release name", "revision number"])?;
    let manifests = objects(call, asked, [None, Some(number(&asked.args()[1]))])?;
    compare(call, asked, manifests, asked.on(&flags::DETAILED_EXITCODE))
}
