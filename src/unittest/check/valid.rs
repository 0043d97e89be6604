//! Checks that a cluster takes documents: `isValid`, which the reference does not have.

use bstr::{BString, ByteSlice};
use gostd::regexp::Regexp;
use gostd::value::{Str, Value};

use super::format::{Parts, Place, error, fail};
use super::{Checked, Context, NO_MANIFEST, each};
use crate::diff;
use crate::kubernetes::Version;
use crate::profile::Profile;
use crate::unittest::manifest::Manifest;
use crate::validate::{self, Definitions, Level, Rule};

/// Checks each document by itself, as a server of a version of Kubernetes would: of the newest known one, if the text is
/// empty. Warnings count if that is asked for.
pub(super) fn check(kube_version: &str, strict: bool, c: &mut Context<'_>) -> Checked {
    let version = match kube_version {
        "" => Version::newest(),
        text => match validate::version_of(text) {
            Some(version) => version,
            None => return (false, error(Place::NONE, unknown(text).as_bytes())),
        },
    };
    let failed = |found: &[u8], place: Place, not: bool| match not {
        true => fail(true, " to be valid", Parts::NONE, place, &[found]),
        false => fail(false, " to be valid, got", Parts::NONE, place, &[found]),
    };
    let none = |not| failed(NO_MANIFEST, Place::NONE, not);
    each(c, none, |manifest, index, c| {
        let faults = faults(manifest, version, strict);
        let place = Place::of_document(index);
        match (faults.is_empty(), c.negative) {
            (true, true) => {
                let words = format!("nothing that Kubernetes {version} refuses was found");
                (false, failed(words.as_bytes(), place, true))
            }
            (false, false) => (false, failed(faults.join("\n").as_bytes(), place, false)),
            _ => (true, Vec::<BString>::new()),
        }
    })
}

fn unknown(text: &str) -> String {
    let first = Version::all().next().unwrap_or_else(Version::newest);
    format!("kubeVersion {text:?}: versions {first} to {} are known", Version::newest())
}

/// A document's text with the names of release and namespace that a test has which gives none in small letters, as no
/// cluster takes them otherwise.
fn with_possible_names(text: &[u8]) -> Vec<u8> {
    let text = text.replace("RELEASE-NAME", "release-name");
    // In a word of its own: POD_NAMESPACE is the name of a variable.
    let word = Regexp::compile(br"\bNAMESPACE\b").ok();
    word.and_then(|word| word.replace_all_literal(&text, b"namespace", usize::MAX)).unwrap_or(text)
}

/// Says what is wrong with a document, a line each.
fn faults(manifest: &Manifest, version: Version, strict: bool) -> Vec<String> {
    let text = goyaml::marshal(&Value::Map(manifest.map.clone())).unwrap_or_default();
    let text = with_possible_names(&text);
    let (objects, errors) = diff::read_all(&Str::from(text), "", Profile::DEFAULT);
    let all = 0..objects.len();
    let least = if strict { Level::Warning } else { Level::Error };
    let found =
        validate::validate(&objects, &[all], &[version], &Definitions::default()).into_iter();
    let counts = |rule: &Rule| rule.level >= least && !validate::asks_for_others(rule);
    let words = found.filter(|(finding, _)| counts(finding.rule)).map(|(finding, _)| {
        let path = validate::path_text(&finding.path);
        let help = finding.help.map(|help| format!("; {help}")).unwrap_or_default();
        format!("{path}: {}{help} [{}]", finding.message, finding.rule.code)
    });
    errors.iter().map(diff::ReadError::words).chain(words).collect()
}
