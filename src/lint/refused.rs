//! What a cluster would refuse of rendered templates, by the rules of `validate`. Helm's linter has none of the kind.

use bstr::ByteSlice;

use gostd::value::Str;

use super::Options;
use crate::diff;
use crate::kubernetes::Version;
use crate::report::{Reporter, Warning};
use crate::validate::{self, Definitions, Level, Rule};

/// The rules that are asked without a version of Kubernetes: what each of them refuses of a pod that has something twice.
const ALWAYS: &[&str] = &["SC402", "SC418", "SC432"];

/// Tells what a cluster would refuse of a template's output: of the version of Kubernetes, if one is given and known.
pub(super) fn check(file: &Str, text: &Str, options: &Options<'_>, reporter: &dyn Reporter) {
    if !reporter.wants_refusals() {
        return;
    }
    let asked = options.kube_version.map(|version| {
        let minor = version.minor.to_str().and_then(|minor| minor.parse().ok());
        minor.filter(|_| *version.major == *b"1").and_then(Version::of_minor)
    });
    let is_asked = |rule: &Rule| {
        rule.level == Level::Error && (asked.flatten().is_some() || ALWAYS.contains(&rule.code))
    };
    let version = asked.flatten().unwrap_or_else(Version::newest);
    let (objects, _) = diff::read_all(text, options.namespace, options.profile);
    let all = 0..objects.len();
    for (finding, _) in validate::validate(&objects, &[all], &[version], &Definitions::default()) {
        let Some(object) = objects.get(finding.object).filter(|_| is_asked(finding.rule)) else {
            continue;
        };
        reporter.warn(Warning::Refused {
            file: file.to_str_lossy().into_owned(),
            object: object.id.to_string(),
            path: validate::path_text(&finding.path),
            message: finding.message,
            code: finding.rule.code,
        });
    }
}
