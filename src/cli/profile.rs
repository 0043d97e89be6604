//! Finds out which Helm release is reproduced: by the flag, by the variable, or the default.

use std::sync::OnceLock;

use statefulchart::profile::Profile;

use super::flags::{self, Flag, known};
use super::{Failure, help};

/// The variable that names the release.
const VARIABLE: &str = "STATEFULCHART_HELM";

const FLAGS: &[Flag] = &[known::HELM];

static CURRENT: OnceLock<Profile> = OnceLock::new();

/// Returns the release that [`choose`] has chosen.
pub(super) fn current() -> Profile {
    CURRENT.get().copied().unwrap_or_default()
}

/// Chooses the release, once for all that a command does: it says which flags there are.
///
/// # Errors
/// A release that is not known.
pub(super) fn choose(args: &[String]) -> Result<(), Failure> {
    let by_flag = match help::is_helm() {
        true => None,
        false => flags::parse_known(FLAGS, args).helm,
    };
    let by_variable = std::env::var_os(VARIABLE).filter(|text| !text.is_empty());
    let (source, text) = match (by_flag, by_variable) {
        (Some(text), _) => (String::new(), text),
        (None, Some(text)) => (format!("{VARIABLE}: "), text.to_string_lossy().into_owned()),
        (None, None) => return Ok(()),
    };
    // `diff` compares the renders of several.
    let first = match super::command_position(args).and_then(|at| args.get(at)) {
        Some(command) if command == "diff" => text.split(',').next().unwrap_or_default(),
        _ => &text,
    };
    let profile = Profile::parse(first).map_err(|e| Failure::from(format!("{source}{e}")))?;
    CURRENT.get_or_init(|| profile).go().choose();
    Ok(())
}

/// Chooses the release that calls the program, where none was asked for; tells whether it is known.
pub(super) fn adopt(version: &str) -> bool {
    if CURRENT.get().is_some() {
        return true;
    }
    match Profile::parse(version) {
        Ok(profile) => {
            CURRENT.get_or_init(|| profile).go().choose();
            true
        }
        Err(_) => false,
    }
}
