//! A bar that shows how far downloads are, on terminals only.

use std::io::IsTerminal;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use statefulchart::getter::Watch;

/// One bar for all transfers that run at once.
#[derive(Default)]
struct Progress(Mutex<State>);

#[derive(Default)]
struct State {
    bar: Option<ProgressBar>,
    open: usize,
}

/// Who watches the network, if anybody would see it.
pub(super) fn watch() -> Option<Box<dyn Watch>> {
    std::io::stderr().is_terminal().then(|| Box::new(Progress::default()) as Box<dyn Watch>)
}

impl Progress {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Progress {
    fn begin(&self, length: Option<u64>) {
        let mut state = self.state();
        state.open += 1;
        let bar = state.bar.get_or_insert_with(|| {
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
        });
        bar.inc_length(length.unwrap_or_default());
    }

    fn moved(&self, bytes: u64) {
        if let Some(bar) = &self.state().bar {
            bar.inc(bytes);
        }
    }

    fn end(&self) {
        let mut state = self.state();
        state.open = state.open.saturating_sub(1);
        if state.open == 0
            && let Some(bar) = state.bar.take()
        {
            bar.finish_and_clear();
        }
    }
}
