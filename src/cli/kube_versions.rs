//! Reads lists of versions of Kubernetes: `1.31`, `1.27..1.37`, divided by commas.

use statefulchart::kubernetes::Version;
use statefulchart::validate;

use super::Failure;
use super::flags::quoted;

/// Reads a version as one of the minor versions that are known.
///
/// # Errors
/// What is no version, or none that is known.
pub(super) fn known(text: &str) -> Result<Version, Failure> {
    validate::version_of(text).ok_or_else(|| {
        let (first, last) = (Version::all().next(), Version::newest());
        let first = first.map_or(String::new(), |version| version.to_string());
        let range = if text.contains('-') { "; a range of them is written with `..`" } else { "" };
        Failure::from(format!(
            "--kube-version {}: versions {first} to {last} are known{range}",
            quoted(text)
        ))
    })
}

/// Returns the versions of a list as they are written, each once; of a range (`1.27..1.37`) all minor versions.
///
/// # Errors
/// Ranges of versions that are not known, or that end before they begin.
pub(super) fn list(text: &str) -> Result<Vec<String>, Failure> {
    let mut all: Vec<String> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
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
    Ok(all)
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
        let of = |text| list(text).ok().map(|all| all.join(" "));
        assert_eq!(of("1.30..1.32, v1.31.4,1.31").as_deref(), Some("1.30 1.31 1.32 v1.31.4"));
        assert_eq!(of("").as_deref(), Some(""));
        assert_eq!(of("1.32..1.30"), None);
        assert_eq!(of("1.30..2.0"), None);
        assert_eq!(of("1.30.."), None);
    }
}
