//! Reads lists of versions of Kubernetes: `1.31`, `1.27..1.37`, divided by commas.

use bstr::ByteSlice;
use statefulchart::kubernetes::Version;
use statefulchart::render::KubeVersion;
use statefulchart::validate;

use super::flags::{self, Flag, Given, quoted};
use super::{Failure, output, profile};

/// Reads a version as one of the minor versions that are known.
///
/// # Errors
/// What is no version, or none that is known.
pub(super) fn known(text: &str) -> Result<Version, Failure> {
    validate::version_of(text).ok_or_else(|| unknown(&flags::known::KUBE_VERSION, text).into())
}

fn unknown(flag: &Flag, text: &str) -> String {
    let (first, last) = (Version::all().next(), Version::newest());
    let first = first.map_or(String::new(), |version| version.to_string());
    format!("--{} {}: versions {first} to {last} are known", flag.name, quoted(text))
}

/// Returns the known minor version of one as Helm reads it, suffixes included.
pub(super) fn of(text: &str) -> Option<Version> {
    let version = KubeVersion::parse(text, profile::current()).ok()?;
    validate::version_of(&version.version.to_str_lossy())
}

/// Says of a version of which nothing is known but its number that no rule is asked; nothing of one that is known, or
/// that is no version at all.
fn unasked(flag: &Flag, text: &str) -> Option<String> {
    let is_version = KubeVersion::parse(text, profile::current()).is_ok();
    let words = || {
        format!("{}: what an API server of another one refuses is not told", unknown(flag, text))
    };
    (is_version && of(text).is_none()).then(words)
}

/// Returns the ends of what reads as a range and is none: to Helm it is a version with a suffix, which nobody means.
fn ends_of(text: &str) -> Option<(&str, &str)> {
    let is_version = |part: &str| {
        let numbers = part.trim_start_matches('v').strip_prefix("1.");
        numbers.is_some_and(|rest| rest.split('.').all(|number| number.parse::<u32>().is_ok()))
    };
    let (from, to) = text.split_once('-')?;
    let (from, to) = (from.trim(), to.trim());
    (is_version(from) && is_version(to)).then_some((from, to))
}

/// Refuses what reads as a range and is none.
///
/// # Errors
/// `1.30-1.33`.
fn no_dash(flag: &Flag, text: &str) -> Result<(), Failure> {
    match ends_of(text) {
        Some((from, to)) => Err(Failure::from(format!(
            "--{} {}: a range of versions is written with `..`: {from}..{to}",
            flag.name,
            quoted(text)
        ))),
        None => Ok(()),
    }
}

/// Says what is odd about the version of a command that takes one, as Helm does: that no rule is asked of it, or that it
/// reads as a range.
pub(super) fn odd(flag: &Flag, text: &str) -> Option<String> {
    let range = ends_of(text).map(|(from, _)| {
        format!(
            "--{} {}: one version is taken, and this is {from} with a suffix",
            flag.name,
            quoted(text)
        )
    });
    range.or_else(|| unasked(flag, text))
}

/// Returns the versions of lists as they are written, each once; of a range (`1.27..1.37`) all minor versions.
///
/// # Errors
/// Lists without a version; ranges of versions that are not known, that end before they begin, or that are written as no
/// range is.
pub(super) fn list(texts: &[String]) -> Result<Vec<String>, Failure> {
    let mut all: Vec<String> = Vec::new();
    for part in texts.iter().flat_map(|text| text.split(',')).map(str::trim) {
        if part.is_empty() {
            continue;
        }
        no_dash(&flags::known::KUBE_VERSION, part)?;
        let versions = match part.split_once("..") {
            None => vec![part.to_owned()],
            Some((from, to)) => {
                let (from, to) = (known(from)?, known(to)?);
                if from > to {
                    return Err(format!(
                        "--kube-version {}: the first version is newer than the last",
                        quoted(part)
                    )
                    .into());
                }
                let within = Version::all().filter(|version| (from..=to).contains(version));
                within.map(|version| version.to_string()).collect()
            }
        };
        for version in versions {
            if !all.contains(&version) {
                all.push(version);
            }
        }
    }
    match texts.iter().find(|text| text.split(',').all(|part| part.trim().is_empty())) {
        Some(empty) => Err(Failure::from(format!(
            "--kube-version {}: name minor versions or a range of them, such as 1.31 or 1.27..1.37",
            quoted(empty)
        ))),
        None => Ok(all),
    }
}

/// Checks the versions of a comparison, and says once for each of which no rule is asked.
///
/// # Errors
/// Those of [`list`].
pub(super) fn tell_of_unasked(given: &Given) -> Result<(), Failure> {
    let all = list(&given.kube_versions)?;
    let mut lines: Vec<String> =
        all.iter().filter_map(|text| unasked(&flags::known::KUBE_VERSION, text)).collect();
    if let Some(text) = &given.to_kube_version {
        no_dash(&flags::known::TO_KUBE_VERSION, text)?;
        lines.extend(unasked(&flags::known::TO_KUBE_VERSION, text));
    }
    lines.iter().for_each(|line| output::stderr(format!("{line}\n").as_bytes()));
    Ok(())
}

/// Says in which of the versions something was seen; nothing where in all of them.
pub(super) fn words(seen: &[Version], versions: &[Version]) -> Option<String> {
    if seen.len() == versions.len() {
        return None;
    }
    let mut runs: Vec<(Version, Version)> = Vec::new();
    let place = |version: &Version| versions.iter().position(|own| own == version);
    for version in seen {
        match runs.last_mut() {
            Some((_, last)) if place(last).map(|at| at + 1) == place(version) => *last = *version,
            _ => runs.push((*version, *version)),
        }
    }
    let words = runs.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first} to {last}"),
    });
    Some(format!("Kubernetes {}", words.collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn a_range_is_all_minor_versions_in_it_and_the_rest_is_as_written() {
        let of = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            list(&texts).ok().map(|all| all.join(" "))
        };
        assert_eq!(of(&["1.30..1.32, v1.31.4,1.31"]).as_deref(), Some("1.30 1.31 1.32 v1.31.4"));
        assert_eq!(of(&["1.30", "1.31,1.30"]).as_deref(), Some("1.30 1.31"));
        assert_eq!(of(&["v1.31.4-gke.1"]).as_deref(), Some("v1.31.4-gke.1"));
        assert_eq!(of(&[]).as_deref(), Some(""));
        for wrong in ["", " ,", "1.32..1.30", "1.30..2.0", "1.30..", "1.30-1.32", "v1.30.1-v1.32.1"]
        {
            assert_eq!(of(&[wrong]), None, "{wrong}");
            assert_eq!(of(&["1.31", wrong]), None, "{wrong}");
        }
    }
}
