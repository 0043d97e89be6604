//! Checks the files of `crds/`, which are the same whatever a chart is rendered with: once for all renders, and where they
//! are large while the templates are rendered.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Scope;

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
    defined: Vec<Defined>,
}

/// The files of a chart and of those in it, by the addresses of their contents.
pub(super) struct Crds(HashMap<usize, File>);

/// Which rules are told, and of which versions.
pub(super) type Asking<'a> = (&'a Selection, &'a [Version]);

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
        let check = |crd: &Crd| Some((address(crd), File::check(crd, profile, asked)?));
        std::iter::from_fn(of_next).filter_map(check).collect::<Vec<_>>()
    };
    if length < LARGE {
        return LazyCell::new(Box::new(move || Crds(work().into_iter().collect())));
    }
    let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work.clone())).collect();
    LazyCell::new(Box::new(|| {
        let done = threads.into_iter().flat_map(|thread| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        Crds(done.collect())
    }))
}

impl File {
    /// Checks a file; returns nothing of one that has anything beside definitions.
    fn check(crd: &Crd, profile: Profile, (selection, versions): Asking<'_>) -> Option<File> {
        let mut found = Found::new();
        let text = Str::from(crd.data.to_vec());
        let name = &crd.filename;
        let defined = add_definitions(&mut found, name, &text, profile, selection, versions)?;
        Some(File { found, defined })
    }
}

impl Crds {
    /// Takes the files that were checked out of a render, and returns them.
    pub(super) fn take(&self, rendered: &mut Rendered) -> Vec<Crd> {
        let (own, others) = std::mem::take(&mut rendered.crds)
            .into_iter()
            .partition(|crd| self.0.contains_key(&address(crd)));
        rendered.crds = others;
        own
    }

    /// Returns what is known of a file.
    pub(super) fn file(&self, crd: &Crd) -> Option<&File> {
        self.0.get(&address(crd))
    }

    /// Returns what files define.
    pub(super) fn definitions(&self, crds: &[Crd]) -> Definitions {
        let mut definitions = Definitions::default();
        let files = crds.iter().filter_map(|crd| self.file(crd));
        files.for_each(|file| definitions.add_defined(&file.defined));
        definitions
    }
}

/// Returns what a file is the same by under any name of the chart that has it.
fn address(crd: &Crd) -> usize {
    Arc::as_ptr(&crd.data).cast::<u8>().addr()
}
