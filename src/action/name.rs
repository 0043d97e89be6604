//! Chooses and checks the names of releases.

use gostd::path;

use super::{ArgumentsError, Error};
use crate::clock::Clock;
use crate::profile::Profile;
use crate::render::{self, Limits};

/// How a release comes by its name, Helm's `Install.NameAndChart`.
#[derive(Clone, Debug, Default)]
pub struct NameAndChart {
    /// Makes a name of the chart's and the time.
    pub generate_name: bool,
    /// Makes a name by a template, if this is not empty.
    pub name_template: String,
    /// The name of a release that gets none; `None` if it needs one.
    pub unnamed: Option<&'static str>,
    /// How much the template may take.
    pub limits: Limits,
    /// The Helm release that is reproduced.
    pub profile: Profile,
}

impl NameAndChart {
    /// Returns the release's name and the chart's place, from the arguments of a command.
    ///
    /// # Errors
    /// [`Error::Arguments`] where they are too few, too many, or contradict the options;
    /// [`Error::NameTemplate`].
    pub fn of(&self, args: &[String], clock: &Clock) -> Result<(String, String), Error> {
        let refused = |why| Err(Error::Arguments(why));
        match args {
            [_, _, rest @ ..] if !rest.is_empty() => {
                refused(ArgumentsError::TooMany(rest.to_vec()))
            }
            [name, chart, ..] => {
                if self.generate_name {
                    return refused(ArgumentsError::NameAndGenerate);
                }
                if !self.name_template.is_empty() {
                    return refused(ArgumentsError::NameAndTemplate);
                }
                Ok((name.clone(), chart.clone()))
            }
            [chart] if !self.name_template.is_empty() => {
                let options = render::Options {
                    sees_cluster: false,
                    cluster: None,
                    dns: true,
                    lenient: None,
                    clock,
                    parsed: None,
                    profile: self.profile,
                    limits: self.limits,
                    records: false,
                    only: None,
                    counts: None,
                };
                let name = render::name(self.name_template.as_bytes(), &options)
                    .map_err(Error::NameTemplate)?;
                Ok((String::from_utf8_lossy(&name).into_owned(), chart.clone()))
            }
            args => {
                let chart = args.first().cloned().unwrap_or_default();
                let name = match self.unnamed {
                    Some(name) => name.to_owned(),
                    None if self.generate_name => generated(&chart, clock),
                    None => {
                        return refused(ArgumentsError::NoName);
                    }
                };
                Ok((name, chart))
            }
        }
    }
}

/// Returns the name of `--generate-name`: the chart's, and the seconds since 1970.
fn generated(chart: &str, clock: &Clock) -> String {
    let base = match path::base(chart.as_bytes()) {
        b"" | b"." => "chart".into(),
        base => String::from_utf8_lossy(base.split(|b| *b == b'.').next().unwrap_or_default()),
    };
    format!("{base}-{}", clock.now().seconds)
}

/// Checks a release's name as Helm does before it installs.
///
/// # Errors
/// [`Error::ReleaseName`]
pub fn check_release_name(name: &str) -> Result<(), Error> {
    let why = if name.is_empty() {
        "no name provided"
    } else if !is_release_name(name) {
        "invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53"
    } else {
        return Ok(());
    };
    Err(Error::ReleaseName { name: name.to_owned(), why })
}

/// Checks Helm's rule for release names: lowercase DNS labels with dots between them, 53 bytes at most.
pub fn is_release_name(name: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let label = |l: &str| match l.as_bytes() {
        [first, .., last] if !alphanumeric(*first) || !alphanumeric(*last) => false,
        [one] => alphanumeric(*one),
        bytes => !l.is_empty() && bytes.iter().all(|&b| alphanumeric(b) || b == b'-'),
    };
    name.len() <= 53 && name.split('.').all(label)
}
