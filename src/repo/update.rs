//! Fetches the indexes of many repositories at once.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use gostd::Go;

use super::{Entry, download_index};
use crate::getter::Getter;
use crate::report::{Held, Notice, Reporter};

/// How many servers are asked at once.
const THREADS: usize = 16;

/// Fetches the indexes side by side, and reports how each went; the URLs of those that failed. Of
/// repositories that were not added (`unmanaged`) only the URL is shown.
pub fn update_indexes(
    getter: &dyn Getter,
    entries: &[&Entry],
    unmanaged: bool,
    cache: &Path,
    reporter: &dyn Reporter,
) -> Vec<String> {
    if !unmanaged {
        reporter.notice(Notice::UpdatingRepositories);
    }
    let mut failed = Vec::new();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        for _ in 0..entries.len().min(THREADS) {
            let (sender, next, go) = (sender.clone(), &next, Go::current());
            scope.spawn(move || {
                go.choose();
                while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let held = Held::new(reporter);
                    let result = download_index(getter, entry, cache, &held);
                    if sender.send((*entry, result, held.into_events())).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (entry, result, events) in results {
            events.into_iter().for_each(|event| reporter.report(event));
            let repository = if unmanaged { &entry.url } else { &entry.name }.clone();
            reporter.notice(match result {
                Ok(_) => Notice::RepositoryUpdated { repository },
                Err(why) => {
                    failed.push(entry.url.clone());
                    let url = (!unmanaged).then(|| entry.url.clone());
                    Notice::RepositoryNotUpdated { repository, url, why: why.to_string() }
                }
            });
        }
    });
    failed
}
