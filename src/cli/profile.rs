//! Finds out which Helm release is reproduced: by the flag, by the variable, or the default.

use std::sync::OnceLock;

use statefulchart::profile::Profile;

use super::Failure;
use super::flags::Given;

/// The variable that names the release.
const VARIABLE: &str = "STATEFULCHART_HELM";

static CURRENT: OnceLock<Profile> = OnceLock::new();

/// Returns the release that [`choose`] has chosen.
pub(super) fn current() -> Profile {
    CURRENT.get().copied().unwrap_or_default()
}

/// Chooses the release, once for all that a command does.
///
/// # Errors
/// A release that is not known.
pub(super) fn choose(given: &Given) -> Result<(), Failure> {
    let by_variable = std::env::var_os(VARIABLE).filter(|text| !text.is_empty());
    let (source, text) = match (&given.helm, by_variable) {
        (Some(text), _) => (String::new(), text.clone()),
        (None, Some(text)) => (format!("{VARIABLE}: "), text.to_string_lossy().into_owned()),
        (None, None) => return Ok(()),
    };
    let profile = Profile::parse(&text).map_err(|e| Failure::from(format!("{source}{e}")))?;
    CURRENT.get_or_init(|| profile).go().choose();
    Ok(())
}
