//! Has the words of Helm 3.17's log for warnings and debug lines, and the place in Helm's sources that each
//! begins with.

mod notice;
mod structured;

use gostd::strconv::quoted;

use super::{Debug, Warning};
use crate::profile::{Profile, Rule};
pub use notice::{installation, notice};

/// A place in Helm's sources, `file.go:line`, and what is logged there.
pub type Line = (&'static str, Vec<u8>);

/// Returns what a Helm release logs of a warning: a line, or several where a message has line breaks. Of
/// [`Warning::Refused`] Helm knows nothing.
pub fn warning(warning: &Warning, profile: Profile) -> Vec<u8> {
    let is_structured = profile.has(Rule::StructuredLogs);
    if let (Warning::DeprecatedChart, false) = (warning, is_structured) {
        return b"WARNING: This chart is deprecated\n".to_vec();
    }
    if let (Warning::PasswordIsSeen, false) = (warning, is_structured) {
        return b"WARNING: Using --password via the CLI is insecure. Use --password-stdin.\n"
            .to_vec();
    }
    let (place, mut text) = placed(warning, profile).unwrap_or_default();
    if is_structured {
        return structured::warning(warning, &text, profile);
    }
    if !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    [place.as_bytes(), b": ", &text].concat()
}

/// Returns what Helm's library logs of a warning, without the place and the time that the program puts before it; nothing
/// of what Helm itself says otherwise.
pub fn message(warning: &Warning, profile: Profile) -> Option<Vec<u8>> {
    placed(warning, profile).map(|(_, text)| text)
}

fn placed(warning: &Warning, profile: Profile) -> Option<Line> {
    use Warning as W;
    let (place, text) = match warning {
        // Helm 3 does not say these.
        W::DeprecatedChart
        | W::OtherVersion { .. }
        | W::LoginWithPath { .. }
        | W::PasswordIsSeen
        | W::Refused { .. }
        | W::ReleaseRule { .. }
        | W::CrdsInDryRun
        | W::ColorMode { .. }
        | W::WaitIsNoSwitch { .. }
        | W::DryRunAlone
        | W::StepFailed { .. }
        | W::DryRunIsNoSwitch { .. }
        | W::PluginIgnored { .. }
        | W::PluginsFailed { .. }
        | W::PluginNameTaken { .. }
        | W::PluginExists { .. }
        | W::PluginMissing { .. }
        | W::NoPluginSource { .. } => return None,
        W::LinkFollowed { path, target } => (
            "walk.go:75",
            format!(
                "found symbolic link in path: {} resolves to {}. Contents of linked file included and used",
                gostd::os::path_text(path),
                gostd::os::path_text(target)
            ),
        ),
        W::OldRequirements => (
            "load.go:120",
            "Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend migrating dependencies to Chart.yaml.".into(),
        ),
        W::OldLock => (
            "load.go:138",
            "Warning: Dependency locking is handled in Chart.lock since apiVersion \"v2\". We recommend migrating to Chart.lock.".into(),
        ),
        W::UnresolvedUrn { urn } => (
            "jsonschema.go:192",
            format!("WARNING: unresolved URN reference ignored; using permissive schema: {urn}"),
        ),
        W::TableOverValue { path, value } => (
            match () {
                () if profile.has(Rule::NullsOverNullsStay) => "coalesce.go:316",
                () if profile.has(Rule::NullsReachDefaults) => "coalesce.go:303",
                () => "coalesce.go:298",
            },
            format!("warning: cannot overwrite table with non table for {path} ({value})"),
        ),
        W::ValueOverTable { path, value } => (
            match () {
                () if profile.has(Rule::NullsOverNullsStay) => "coalesce.go:319",
                () if profile.has(Rule::NullsReachDefaults) => "coalesce.go:306",
                () => "coalesce.go:301",
            },
            format!("warning: destination for {path} is a table. Ignoring non-table value ({value})"),
        ),
        W::SkippedValue { path } => {
            ("coalesce.go:237", format!("warning: skipped value for {path}: Not a table."))
        }
        W::GlobalDestinationNotTable => (
            "coalesce.go:138",
            "warning: skipping globals because destination global is not a table.".into(),
        ),
        W::GlobalSourceNotTable => (
            "coalesce.go:145",
            "warning: skipping globals because source global is not a table.".into(),
        ),
        W::GlobalConflict { key } => (
            "coalesce.go:161",
            format!(
                "Conflict: cannot merge map onto non-map for {}. Skipping.",
                quoted(key)
            ),
        ),
        W::GlobalIsTable { key } => ("coalesce.go:175", format!("key {key} is table. Skipping")),
        W::TagNotBool { tag, chart } => (
            if profile.has(Rule::ImportedPathsAreTexts) { "dependencies.go:95" } else { "dependencies.go:94" },
            format!("Warning: Tag '{tag}' for chart {chart} returned non-bool value"),
        ),
        W::ConditionNotBool { path, chart } => (
            if profile.has(Rule::ImportedPathsAreTexts) { "dependencies.go:64" } else { "dependencies.go:63" },
            format!("Warning: Condition path '{path}' for chart {chart} returned non-bool value"),
        ),
        W::ImportMissing { key } => (
            if profile.has(Rule::ImportedPathsAreTexts) { "dependencies.go:287" } else { "dependencies.go:286" },
            format!(
                "Warning: ImportValues missing table: {} is not a table",
                quoted(key)
            ),
        ),
        W::ImportMissingFrom { chart, key } => (
            if profile.has(Rule::ImportedPathsAreTexts) { "dependencies.go:270" } else { "dependencies.go:269" },
            format!(
                "Warning: ImportValues missing table from chart {chart}: {} is not a table",
                quoted(key)
            ),
        ),
        W::EmptyIndexEntry { name, source } => (
            "index.go:359",
            format!(
                "skipping loading invalid entry for chart {} from {source}: empty entry",
                quoted(name)
            ),
        ),
        W::InvalidIndexEntry { name, version, source, why } => (
            if profile.has(Rule::EmptyIndexEntriesGo) { "index.go:371" } else { "index.go:370" },
            format!(
                "skipping loading invalid entry for chart {} {} from {source}: {why}",
                quoted(name),
                quoted(version)
            ),
        ),
        W::RepositoryIgnored { name, repository } => (
            if profile.has(Rule::InstallLogsFrom266) { "install.go:759" } else { "install.go:757" },
            format!(
                "WARN local chart found in current working directory. repository url ignored chart={} repository={}",
                structured::attribute(name),
                structured::attribute(repository)
            ),
        ),
        W::OldLockHash => (
            "manager.go:122",
            "warning: a valid Helm v3 hash was not found. Checking against Helm v2 hash...".into(),
        ),
        W::UnknownHook { events } => (
            if profile.has(Rule::HookLogPolicies) { "manifest_sorter.go:199" } else { "manifest_sorter.go:190" },
            format!("info: skipping unknown hook: {}", quoted(events)),
        ),
        W::LintFail { message } => return Some(("engine.go:227", info(b"Fail: ", message))),
        W::LintRequiredNil { message } => {
            return Some(("engine.go:206", info(b"Missing required value: ", message)));
        }
        W::LintRequiredEmpty { message } => {
            return Some(("engine.go:214", info(b"Missing required value: ", message)));
        }
    };
    Some((place, text.into_bytes()))
}

fn info(what: &[u8], message: &[u8]) -> Vec<u8> {
    [b"[INFO] ", what, message].concat()
}

fn no_completion(file: &str) -> String {
    format!("file ({file}) not provided by plugin. No plugin auto-completion possible")
}

/// Returns what a release of Helm 3 logs of a step.
pub fn debug(step: &Debug, profile: Profile) -> Line {
    use Debug as D;
    let (place, text) = match step {
        // Helm 4 only.
        D::Fetching { .. } | D::Fetched { .. } | D::CacheIsSetUp | D::FetchingToCache { .. } | D::Kept { .. } | D::CheckedChart { .. } | D::ReadSchema { .. } | D::ChartsWithin { .. } => {
            return Line::default();
        }
        D::OriginalVersion { version } => {
            ("install.go:225", format!("Original chart version: {version:?}"))
        }
        D::DevelVersion => ("install.go:227", "setting version to >0.0.0-0".into()),
        D::ShowOriginalVersion { version } => {
            ("show.go:214", format!("Original chart version: {version:?}"))
        }
        D::ShowDevelVersion => ("show.go:216", "setting version to >0.0.0-0".into()),
        D::UpgradeDevelVersion => ("upgrade.go:171", "setting version to >0.0.0-0".into()),
        D::ChartPath { path } => ("install.go:242", format!("CHART PATH: {}\n", gostd::os::path_text(path))),
        D::CrdsInDryRun => (
            match () {
                () if profile.has(Rule::InstallLogsFrom266) => "install.go:266",
                () if profile.has(Rule::InstallLogsFrom264) => "install.go:264",
                () => "install.go:263",
            },
            "WARNING: This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.".into(),
        ),
        D::GettingHistory { name } => {
            ("history.go:56", format!("getting history for release {name}"))
        }
        D::PreparingUpgrade { name } => {
            ("upgrade.go:164", format!("preparing upgrade for {name}"))
        }
        D::PullDevelVersion => ("pull.go:69", "setting version to >0.0.0-0".into()),
        D::SearchVersion { version } => {
            ("search_repo.go:133", format!("Original chart version: {}", quoted(version)))
        }
        D::SearchRange { range, devel: true } => {
            ("search_repo.go:140", format!("setting version to {range}"))
        }
        D::SearchRange { range, devel: false } => {
            ("search_repo.go:143", format!("setting version to {range}"))
        }
        D::HubFailed { why } => ("search_hub.go:92", why.clone()),
        D::PluginFolders { folders } => ("plugin_list.go:35", format!("pluginDirs: {folders}")),
        D::PluginsToUninstall { folders } => {
            ("plugin_uninstall.go:63", format!("loading installed plugins from {folders}"))
        }
        D::PluginsToUpdate { folders } => {
            ("plugin_update.go:65", format!("loading installed plugins from {folders}"))
        }
        D::InstalledPlugin { folder } => {
            ("plugin_install.go:82", format!("loading plugin from {folder}"))
        }
        D::UpdatedPlugin { folder } => {
            ("plugin_update.go:107", format!("loading plugin from {folder}"))
        }
        D::PluginHook { .. }
        | D::PluginCommand { .. }
        | D::PluginFailed { .. }
        | D::PluginFileGoes { .. } => ("", String::new()),
        D::NoPluginCompletion { file } => ("", no_completion(file)),
        D::PluginScript { event, command } => {
            let is_later = profile.has(Rule::PluginsOfCommands);
            let place = if is_later { "plugin.go:69" } else { "plugin.go:60" };
            (place, format!("running {event} hook: {command}"))
        }
    };
    (place, text.into_bytes())
}

/// Returns what Helm 4 logs of a step of an installation.
pub fn structured_installation(step: &super::Installation) -> Vec<u8> {
    structured::installation(step)
}

/// Returns the whole line that Helm 4 logs of a step.
pub fn structured_debug(step: &Debug, profile: Profile) -> Vec<u8> {
    structured::debug(step, profile)
}
