//! Checks the files of `crds/`, which are the same whatever a chart is rendered with: once for all renders, and where they
//! are large while the templates are rendered.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, Scope};
use std::time::Duration;

use bstr::ByteSlice;
use gostd::value::Str;
use statefulchart::action::Rendered;
use statefulchart::chart::{Chart, Crd};
use statefulchart::kubernetes::Version;
use statefulchart::profile::Profile;
use statefulchart::validate::{Defined, Definitions};

use super::found::{Found, add_definitions};
use super::selection::Selection;

/// From which length on, in bytes, all files together are worth threads.
const LARGE: usize = 64 << 10;

/// A file that has definitions of custom resources only.
pub(super) struct File {
    /// What is found in it, for all versions that are asked for. Places are those in the file.
    pub(super) found: Found,
    definitions: Definitions,
}

/// The files of a chart and of those in it, by the addresses of their contents.
pub(super) struct Crds(HashMap<usize, File>);

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) selection: &'a Selection,
    pub(super) versions: &'a [Version],
    pub(super) time: Option<Duration>,
}

/// Files that are being checked.
pub(super) type Pending<'p> = LazyCell<Crds, Box<dyn FnOnce() -> Crds + 'p>>;

/// Begins to check the files of a chart and of those in it, which must be kept for as long as they are asked for.
pub(super) fn begin<'s, 'p>(
    scope: &'s Scope<'s, '_>,
    chart: &Chart,
    asked: Asking<'s>,
    profile: Profile,
) -> Pending<'p>
where
    's: 'p,
{
    // What cannot be read is told by who renders it.
    let crds: Arc<[Crd]> = chart.crds().unwrap_or_default().into();
    let length: usize = crds.iter().map(|crd| crd.data.len()).sum();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(crds.len());
    let next = Arc::new(AtomicUsize::new(0));
    let work = move || {
        let of_next = || crds.get(next.fetch_add(1, Ordering::Relaxed));
        std::iter::from_fn(of_next).filter_map(|crd| check(crd, profile, asked)).collect()
    };
    let mut started = Vec::new();
    if length >= LARGE {
        let start = |_| Builder::new().spawn_scoped(scope, work.clone()).ok();
        started.extend((0..threads).map_while(start));
    }
    LazyCell::new(Box::new(move || {
        // Where no thread could be started all is still to be done.
        let mut done: Vec<Done> = work();
        for thread in started {
            let own = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            done.extend(own);
        }
        Crds::of(done)
    }))
}

/// A file that was checked, by its address, and what it defines.
type Done = (usize, Found, Vec<Defined>);

/// Checks a file; returns nothing of one that has anything beside definitions.
fn check(crd: &Crd, profile: Profile, asked: Asking<'_>) -> Option<Done> {
    let mut found = Found::new();
    let text = Str::from(crd.data.to_vec());
    let name = &crd.filename;
    let defined = add_definitions(&mut found, name, &text, profile, asked)?;
    Some((address(crd), found, defined))
}

impl Crds {
    fn of(done: Vec<Done>) -> Crds {
        let file = |(address, found, defined): Done| {
            let mut definitions = Definitions::default();
            definitions.add_defined(&defined);
            (address, File { found, definitions })
        };
        Crds(done.into_iter().map(file).collect())
    }

    /// Takes the files that were checked out of a render; returns all that there were, in their order.
    pub(super) fn take(&self, rendered: &mut Rendered) -> Vec<Crd> {
        let all = rendered.crds.clone();
        rendered.crds.retain(|crd| self.file(crd).is_none());
        all
    }

    /// Returns what is known of a file; nothing of one that is checked with the release.
    pub(super) fn file(&self, crd: &Crd) -> Option<&File> {
        self.0.get(&address(crd))
    }

    /// Returns the files that are checked by themselves, and on which line of all that is rendered each begins.
    pub(super) fn checked<'c>(
        &'c self,
        crds: &'c [Crd],
    ) -> impl Iterator<Item = (usize, &'c Crd, &'c File)> {
        let mut before = 0;
        crds.iter().filter_map(move |crd| {
            let first = before + BEFORE_CRD + 1;
            before += lines(&crd.data);
            Some((first, crd, self.file(crd)?))
        })
    }

    /// Returns where the lines stand of what is rendered without the files that are checked by themselves; `is_only_hooks`
    /// tells whether nothing but hooks follows.
    pub(super) fn lines(&self, crds: &[Crd], is_only_hooks: bool) -> Lines {
        let count = |crd: &Crd| (self.file(crd).is_some(), lines(&crd.data));
        let files: Vec<(bool, usize)> = crds.iter().map(count).collect();
        let sum = |is_own: bool| {
            files.iter().filter(|(own, _)| *own == is_own).map(|(_, lines)| lines).sum::<usize>()
        };
        // White space at the end goes where hooks alone follow.
        let last = crds.last().filter(|last| is_only_hooks && self.file(last).is_some());
        let cut = last.map_or(0, |crd| lines(&crd.data) - lines(crd.data.trim_end()));
        Lines { before: sum(true) - cut, end: sum(false), files }
    }

    /// Returns what files define.
    pub(super) fn definitions(&self, crds: &[Crd]) -> Definitions {
        let mut definitions = Definitions::default();
        let files = crds.iter().filter_map(|crd| self.file(crd));
        files.for_each(|file| definitions.add_all(&file.definitions));
        definitions
    }
}

/// How many lines stand before a file: the mark, and the line that names it.
const BEFORE_CRD: usize = 2;

/// Returns how many lines of what is rendered a file takes: those before it, and its own, with the end of the last one.
fn lines(data: &[u8]) -> usize {
    BEFORE_CRD + memchr::memchr_iter(b'\n', data).count() + 1
}

/// Where lines stand of what is rendered without the files that are checked by themselves.
pub(super) struct Lines {
    /// How many lines those files take.
    before: usize,
    /// Where the other files of `crds/` end.
    end: usize,
    /// Of each file whether it is checked by itself, and how many lines it takes.
    files: Vec<(bool, usize)>,
}

impl Lines {
    /// Returns which line of all that is rendered a line is.
    pub(super) fn in_all(&self, line: usize) -> usize {
        if line > self.end {
            return self.before + line;
        }
        let (mut before, mut end) = (0, 0);
        for (is_own, lines) in &self.files {
            match is_own {
                true => before += lines,
                false => end += lines,
            }
            if line <= end {
                break;
            }
        }
        before + line
    }
}

/// Returns what a file is the same by under any name of the chart that has it.
fn address(crd: &Crd) -> usize {
    Arc::as_ptr(&crd.data).cast::<u8>().addr()
}
