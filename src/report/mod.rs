//! Reports what accompanies a result, as data: warnings, debug lines, notices, progress.
//!
//! The words, the place in Helm that a log line begins with, and where a line goes are chosen by
//! the program that receives the events, mostly the command line.

mod notice;
pub mod words;

use crate::profile::Meeting;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

pub use notice::{Installation, Notice, Progress};

/// Receives the events of a workflow. Several threads may report at once.
pub trait Reporter: Sync {
    /// Takes one event.
    fn report(&self, event: Event);

    /// Returns whether [`Event::Debug`] is wanted; otherwise those need not be made.
    fn wants_debug(&self) -> bool {
        false
    }

    /// Returns whether [`Warning::Refused`] is wanted; otherwise nothing looks for it.
    fn wants_refusals(&self) -> bool {
        false
    }

    /// Takes how far a transfer is.
    fn progress(&self, _: Progress) {}

    /// Returns whether the progress of transfers is wanted; otherwise it need not be counted.
    fn wants_progress(&self) -> bool {
        false
    }
}

/// Something that is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// What Helm logs always.
    Warning(Warning),
    /// What Helm logs with `--debug`.
    Debug(Debug),
    /// What Helm prints of the work.
    Notice(Notice),
    /// What Helm prints with `--debug` of the installation of a plugin.
    Installation(Installation),
}

/// Something that looks wrong and does not stop the work. Texts from charts need not be UTF-8 there;
/// here they are, each byte that does not fit replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Chart.yaml says that the chart is deprecated.
    DeprecatedChart,
    /// A symbolic link in a chart's folder was followed.
    LinkFollowed {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A requirements.yaml beside a Chart.yaml that is not of `apiVersion: v1`.
    OldRequirements,
    /// A requirements.lock beside such a Chart.yaml.
    OldLock,
    /// Values hold a table where a chart's default is none; `value` is the default, as Go prints it.
    TableOverValue {
        /// The path in the values.
        path: String,
        /// The default.
        value: String,
    },
    /// Values hold something else where a chart's default is a table.
    ValueOverTable {
        /// The path in the values.
        path: String,
        /// What they hold, as Go prints it.
        value: String,
    },
    /// A chart's default is no table where values hold one.
    SkippedValue {
        /// The path in the values.
        path: String,
    },
    /// `global` of the receiving values is no table.
    GlobalDestinationNotTable,
    /// `global` of the giving values is no table.
    GlobalSourceNotTable,
    /// A global is a table here and something else there.
    GlobalConflict {
        /// Its name.
        key: String,
    },
    /// A global is something else here and a table there.
    GlobalIsTable {
        /// Its name.
        key: String,
    },
    /// A tag of a dependency is set to something that is no boolean.
    TagNotBool {
        /// The tag.
        tag: String,
        /// The dependency.
        chart: String,
    },
    /// A condition of a dependency leads to something that is no boolean.
    ConditionNotBool {
        /// The path in the values.
        path: String,
        /// The dependency.
        chart: String,
    },
    /// A schema refers to a URN, which then allows everything.
    UnresolvedUrn {
        /// The URN.
        urn: String,
    },
    /// `import-values` names a child, in the form of a text, that is no table.
    ImportMissing {
        /// The child.
        key: String,
    },
    /// `import-values` names a child, in the form of a pair, that is no table.
    ImportMissingFrom {
        /// The dependency.
        chart: String,
        /// The child.
        key: String,
    },
    /// A repository's index has a null among a chart's versions.
    EmptyIndexEntry {
        /// The chart.
        name: String,
        /// The index: a path or a URL.
        source: String,
    },
    /// A repository's index has a version that breaks a rule of Chart.yaml.
    InvalidIndexEntry {
        /// The chart.
        name: String,
        /// The version.
        version: String,
        /// The index: a path or a URL.
        source: String,
        /// The rule.
        why: String,
    },
    /// A chart lies in the working folder, so that the repository does not count.
    RepositoryIgnored {
        /// The chart.
        name: String,
        /// The repository's URL.
        repository: String,
    },
    /// A repository has not the version of a chart that is wanted, and another one is taken.
    OtherVersion {
        /// The chart.
        name: String,
        /// The version that is wanted.
        wanted: String,
        /// The one that is taken.
        taken: String,
    },
    /// A password stands on the command line.
    PasswordIsSeen,
    /// A login names more of a registry than its host.
    LoginWithPath {
        /// What was named.
        registry: String,
    },
    /// Chart.lock carries the hash of Helm 2.
    OldLockHash,
    /// `helm.sh/hook` names no event.
    UnknownHook {
        /// The annotation.
        events: String,
    },
    /// The chart brings CRDs, which a dry run does not install; Helm 3 says so with `--debug`.
    CrdsInDryRun,
    /// `--color` names no way to use colors, which stops the work.
    ColorMode {
        /// What it names.
        mode: String,
    },
    /// `--wait` was given as if it were a switch.
    WaitIsNoSwitch {
        /// Whether it was switched on.
        on: bool,
        /// Whether `hookOnly` may be written for off.
        knows_hooks: bool,
    },
    /// A step of an installation failed, which ends it.
    StepFailed {
        /// The step, and that it failed.
        step: &'static str,
        /// Why.
        why: Vec<u8>,
    },
    /// `--dry-run` stands alone.
    DryRunAlone,
    /// `--dry-run` was given as if it were a switch.
    DryRunIsNoSwitch {
        /// What was given.
        given: String,
        /// What it is taken for.
        taken: &'static str,
    },
    /// Under `lint` a chart has what the release in force takes otherwise than 3.17.3; Helm does not look.
    ReleaseRule {
        /// Where, and by which rule.
        meeting: Meeting,
    },
    /// A plugin cannot be read, and is passed over.
    PluginIgnored {
        /// Its `plugin.yaml`.
        file: String,
        /// Why.
        why: String,
    },
    /// Plugins cannot be read, and then none is a command.
    PluginsFailed {
        /// Why.
        why: String,
    },
    /// A plugin has the name of a command that is there already.
    PluginNameTaken {
        /// The name.
        name: String,
    },
    /// There is a plugin already where one is to be installed.
    PluginExists {
        /// The place.
        place: String,
    },
    /// There is no plugin where one is to be brought up to date.
    PluginMissing {
        /// The place.
        place: String,
        /// What the system said.
        why: String,
    },
    /// It is not known where an installed plugin came from.
    NoPluginSource {
        /// Its folder.
        folder: String,
    },
    /// Under `lint` a template called `fail`.
    LintFail {
        /// Its message.
        message: Vec<u8>,
    },
    /// Under `lint` a template required a value that is nil.
    LintRequiredNil {
        /// Its message.
        message: Vec<u8>,
    },
    /// Under `lint` a template required a value that is an empty text.
    LintRequiredEmpty {
        /// Its message.
        message: Vec<u8>,
    },
    /// Under `lint` a cluster would refuse an object; Helm does not look. Told only where
    /// [`Reporter::wants_refusals`].
    Refused {
        /// The template, from the chart's folder; where the line is known, that which wrote it.
        file: String,
        /// The line in it and the column, from 1.
        place: Option<(u32, u32)>,
        /// The object: `Deployment/web`.
        object: String,
        /// The field in it: `spec.replicas`.
        path: String,
        /// Why.
        message: String,
        /// The code of the rule.
        code: &'static str,
    },
}

/// A step on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Debug {
    /// The values of a chart are about to be checked against its schema.
    CheckedChart {
        /// The chart.
        chart: Vec<u8>,
    },
    /// A schema was read.
    ReadSchema {
        /// Its text.
        schema: Vec<u8>,
    },
    /// A chart's own values were checked, and those of the charts in it are next.
    ChartsWithin {
        /// The chart.
        chart: Vec<u8>,
        /// How many charts are in it.
        count: usize,
    },
    /// A document is asked for. Told by releases whose log is slog's only, as are the ones up to [`Debug::Kept`].
    Fetching {
        /// Its URL.
        url: String,
    },
    /// A document was answered.
    Fetched {
        /// Its URL.
        url: String,
        /// `200 OK`
        status: String,
        /// How long the answer says that it is, in bytes.
        length: Option<u64>,
    },
    /// Packages are looked for in the cache of contents.
    CacheIsSetUp,
    /// A package is not in the cache.
    FetchingToCache {
        /// What the user calls it.
        reference: String,
        /// The version that is wanted.
        version: String,
    },
    /// A package is in the cache.
    Kept {
        /// What it is, for the log: a chart that was found, a signature that was put there …
        what: &'static str,
        /// Its digest.
        digest: String,
    },
    /// The version that was asked for.
    OriginalVersion {
        /// As it was given.
        version: String,
    },
    /// Development versions are accepted, since no version was asked for.
    DevelVersion,
    /// The version that was asked for, of a chart that is shown.
    ShowOriginalVersion {
        /// As it was given.
        version: String,
    },
    /// Development versions of a chart that is shown are accepted.
    ShowDevelVersion,
    /// Development versions of a chart for an upgrade are accepted.
    UpgradeDevelVersion,
    /// Where the chart was found.
    ChartPath {
        /// Its folder or archive.
        path: PathBuf,
    },
    /// The chart brings CRDs, which a dry run does not install.
    CrdsInDryRun,
    /// A release's history is looked for.
    GettingHistory {
        /// The release.
        name: String,
    },
    /// An upgrade begins.
    PreparingUpgrade {
        /// The release.
        name: String,
    },
    /// Development versions are accepted where a chart is pulled.
    PullDevelVersion,
    /// The version that is searched for, as it was given.
    SearchVersion {
        /// As it was given.
        version: String,
    },
    /// The range that is searched where no version was given.
    SearchRange {
        /// The range.
        range: String,
        /// Whether development versions are accepted.
        devel: bool,
    },
    /// A hub did not answer.
    HubFailed {
        /// Why.
        why: String,
    },
    /// Plugins are listed.
    PluginFolders {
        /// The folders that hold them, colons between them.
        folders: String,
    },
    /// Plugins are looked for that are to be removed.
    PluginsToUninstall {
        /// The folders that hold them, colons between them.
        folders: String,
    },
    /// Plugins are looked for that are to be brought up to date.
    PluginsToUpdate {
        /// The folders that hold them, colons between them.
        folders: String,
    },
    /// A plugin that was just installed is read.
    InstalledPlugin {
        /// Its folder.
        folder: String,
    },
    /// A plugin that was just brought up to date is read.
    UpdatedPlugin {
        /// Its folder.
        folder: String,
    },
    /// A file of a plugin that was removed is removed, too.
    PluginFileGoes {
        /// What it is: `tarball`, `provenance`.
        what: &'static str,
        /// The file.
        file: String,
    },
    /// A plugin does not say what can be completed of it.
    NoPluginCompletion {
        /// The file that would say it.
        file: String,
    },
    /// A plugin's program is run.
    PluginCommand {
        /// The plugin.
        name: String,
        /// The command line.
        command: String,
    },
    /// A plugin's program failed.
    PluginFailed {
        /// The plugin.
        name: String,
        /// How it ended.
        why: String,
        /// Its exit status.
        status: i64,
    },
    /// What a plugin wants to be run at an event is run.
    PluginHook {
        /// The plugin.
        name: String,
        /// The command line.
        command: String,
    },
    /// The same before Helm 4.
    PluginScript {
        /// The event.
        event: String,
        /// The command line.
        command: String,
    },
}

/// Drops everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _: Event) {}
}

/// Keeps every event, to be passed on later or inspected.
#[derive(Debug, Default)]
pub struct Record(Mutex<Vec<Event>>);

impl Record {
    /// Returns the events so far, in order, and forgets them.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Reporter for Record {
    fn report(&self, event: Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    fn wants_debug(&self) -> bool {
        true
    }
}

/// Keeps events, to be passed on later, and passes on progress at once: for threads.
pub(crate) struct Held<'r> {
    events: Record,
    live: &'r dyn Reporter,
}

impl<'r> Held<'r> {
    pub(crate) fn new(live: &'r dyn Reporter) -> Held<'r> {
        Held { events: Record::default(), live }
    }

    /// Returns the events so far, in order.
    pub(crate) fn into_events(self) -> Vec<Event> {
        self.events.take()
    }
}

impl Reporter for Held<'_> {
    fn report(&self, event: Event) {
        self.events.report(event);
    }

    fn wants_debug(&self) -> bool {
        self.live.wants_debug()
    }

    fn progress(&self, progress: Progress) {
        self.live.progress(progress);
    }

    fn wants_progress(&self) -> bool {
        self.live.wants_progress()
    }
}

impl dyn Reporter + '_ {
    /// Reports something that looks wrong.
    pub(crate) fn warn(&self, warning: Warning) {
        self.report(Event::Warning(warning));
    }

    /// Reports a notice.
    pub(crate) fn notice(&self, notice: Notice) {
        self.report(Event::Notice(notice));
    }

    /// Reports a step of an installation, if it is wanted.
    pub(crate) fn installation(&self, step: impl FnOnce() -> Installation) {
        if self.wants_debug() {
            self.report(Event::Installation(step()));
        }
    }

    /// Reports a step, if it is wanted.
    pub(crate) fn debug(&self, step: impl FnOnce() -> Debug) {
        if self.wants_debug() {
            self.report(Event::Debug(step()));
        }
    }
}

#[cfg(test)]
use crate::profile::Profile;

#[cfg(test)]
impl Record {
    /// Returns the warnings so far as lines of Helm's log.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |event| match event {
            Event::Warning(warning) => {
                let line = words::warning(&warning, Profile::DEFAULT);
                Some(String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned())
            }
            _ => None,
        };
        self.take().into_iter().filter_map(line).collect()
    }
}
