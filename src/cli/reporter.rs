//! Prints what accompanies a result on standard error, in the words of Helm's log.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use statefulchart::profile::{Meeting, Rule};
use statefulchart::report::{Event, Notice, Progress, Reporter, Warning, words};

use super::failure::written;
use super::flags::Given;
use super::{help, output, profile, progress, table};

/// Tells on standard error.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terminal {
    debug: bool,
    /// Whether it is a chart's contents that go to standard output.
    renders: bool,
}

impl Terminal {
    /// Tells what Helm logs always.
    pub(crate) const QUIET: Terminal = Terminal { debug: false, renders: false };

    /// Tells as much as the command line asks for.
    pub(crate) fn of(given: &Given) -> Terminal {
        Terminal { debug: output::is_debug(given), renders: false }
    }

    /// Tells the same where a chart's contents go to standard output.
    pub(crate) fn rendering(self) -> Terminal {
        Terminal { renders: true, ..self }
    }
}

/// Returns whether a URN was not told yet: Helm tells each once in a run.
fn is_first(urn: &str) -> bool {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(urn.to_owned())
}

/// Returns whether a warning is to be told, and not of a URN that was told of before.
pub(crate) fn is_news(warning: &Warning) -> bool {
    !matches!(warning, Warning::UnresolvedUrn { urn } if !is_first(urn))
}

impl Reporter for Terminal {
    fn report(&self, event: Event) {
        match event {
            Event::Warning(Warning::Refused { file, place, object, path, message, code }) => {
                let place = place.map(|(line, column)| format!(":{line}:{column}"));
                let place = place.unwrap_or_default();
                let text = table::shown(&format!("{file}{place}: {object} {path}: {message}"));
                output::stderr(
                    format!("statefulchart: {text}: a cluster refuses this [{code}]\n").as_bytes(),
                );
            }
            Event::Warning(Warning::ReleaseRule { meeting }) => {
                if let Some(row) = meeting.row().filter(|_| !help::is_helm()) {
                    let Meeting { file, line, what, .. } = &meeting;
                    let (file, what) = (table::shown(file), table::shown(what));
                    let helm = profile::current().helm().version;
                    output::stderr(
                        format!(
                            "statefulchart: {file}:{line}: {what}: in Helm {helm} {}\n",
                            row.about
                        )
                        .as_bytes(),
                    );
                }
            }
            Event::Warning(warning) if !is_news(&warning) => {}
            Event::Warning(warning) => {
                output::stderr(&written(&words::warning(&warning, profile::current())));
            }
            Event::Debug(step) if self.debug && profile::current().has(Rule::StructuredLogs) => {
                output::stderr(&written(&words::structured_debug(&step, profile::current())));
            }
            Event::Debug(step) if self.debug => {
                let (place, text) = words::debug(&step, profile::current());
                output::debug(place, &written(&text));
            }
            Event::Debug(_) => {}
            Event::Notice(notice) => {
                let text = written(&help::with_own_name(
                    words::notice(&notice, profile::current()).into_bytes(),
                ));
                let profile = profile::current();
                let is_aside = match notice {
                    Notice::UnsearchableRepository { .. } => true,
                    notice if notice.is_of_registry() => {
                        !profile.has(Rule::RegistriesTellOnStdout)
                            || (self.renders && profile.has(Rule::RendersTellOnStderr))
                    }
                    _ => false,
                };
                if is_aside {
                    output::stderr(&text);
                } else {
                    // What comes after it fails in the same way, and says so.
                    let _ = output::stdout(&text);
                }
            }
            Event::Installation(step) if profile::current().has(Rule::StructuredLogs) => {
                if self.debug {
                    output::stderr(&written(&words::structured_installation(&step)));
                }
            }
            Event::Installation(step) => {
                let (place, text) = words::installation(&step);
                output::stderr(format!("[debug] {place}: {text}\n").as_bytes());
            }
        }
    }

    fn wants_debug(&self) -> bool {
        self.debug
    }

    fn wants_refusals(&self) -> bool {
        !help::is_helm()
    }

    fn progress(&self, progress: Progress) {
        progress::show(progress);
    }

    fn wants_progress(&self) -> bool {
        progress::is_seen()
    }
}
