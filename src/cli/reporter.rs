//! What is told beside a result, on standard error, in the words of Helm's log.

use statefulchart::report::{Event, Reporter, Warning, words};

use super::flags::Given;
use super::output;

/// Tells on standard error.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terminal {
    debug: bool,
}

impl Terminal {
    /// Tells what Helm logs always.
    pub(crate) const QUIET: Terminal = Terminal { debug: false };

    /// Tells as much as the command line asks for.
    pub(crate) fn of(given: &Given) -> Terminal {
        Terminal { debug: output::is_debug(given) }
    }
}

impl Reporter for Terminal {
    fn report(&self, event: Event) {
        match event {
            Event::Warning(Warning::DeprecatedChart) => {
                output::stderr(b"WARNING: This chart is deprecated\n");
            }
            Event::Warning(warning) => {
                let Some((place, mut text)) = words::warning(&warning) else { return };
                if !text.ends_with(b"\n") {
                    text.push(b'\n');
                }
                output::stderr(&[place.as_bytes(), b": ", &text].concat());
            }
            Event::Debug(step) if self.debug => {
                let (place, text) = words::debug(&step);
                output::debug(place, &text);
            }
            Event::Debug(_) => {}
        }
    }

    fn wants_debug(&self) -> bool {
        self.debug
    }
}
