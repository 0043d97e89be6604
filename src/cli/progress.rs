//! Draws a bar that shows how far downloads are, on terminals only.

use std::io::IsTerminal;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use statefulchart::report::Progress;

/// One bar for all transfers that run at once.
static STATE: Mutex<State> = Mutex::new(State { bar: None, open: 0 });

struct State {
    bar: Option<ProgressBar>,
    open: usize,
}

/// Returns whether a bar would be seen.
pub(super) fn is_seen() -> bool {
    static SEEN: OnceLock<bool> = OnceLock::new();
    *SEEN.get_or_init(|| std::io::stderr().is_terminal())
}

/// Shows how far a transfer is.
pub(super) fn show(progress: Progress) {
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    match progress {
        Progress::Begin { length } => {
            state.open += 1;
            state.bar.get_or_insert_with(|| bar(length)).inc_length(length.unwrap_or_default());
        }
        Progress::Moved { bytes } => {
            if let Some(bar) = &state.bar {
                bar.inc(bytes);
            }
        }
        Progress::End => {
            state.open = state.open.saturating_sub(1);
            if state.open == 0
                && let Some(bar) = state.bar.take()
            {
                bar.finish_and_clear();
            }
        }
    }
}

fn bar(length: Option<u64>) -> ProgressBar {
    let (bar, template) = match length {
        Some(_) => (
            ProgressBar::new(0),
            "{bar:30} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec}",
        ),
        None => (ProgressBar::no_length(), "{spinner} {elapsed}"),
    };
    let style = ProgressStyle::with_template(template);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
