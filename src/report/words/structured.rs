//! Has the log lines of Helm 4, in the text form of Go's `log/slog`, without a time.

use bstr::{ByteSlice, ByteVec};
use gostd::strconv::{self, quoted};
use gostd::unicode;

use crate::profile::{Profile, Rule};
use crate::report::{Debug, Installation, Warning};

/// Appends a value, quoted where slog quotes it.
fn value(out: &mut Vec<u8>, value: &[u8]) {
    let plain = |c: char| match c {
        '\\' => true,
        ' ' | '=' | '"' | '\0'..='\x1f' => false,
        c if c.is_ascii() => true,
        c => c != char::REPLACEMENT_CHARACTER && !unicode::is_space(c) && unicode::is_print(c),
    };
    // What is no UTF-8 comes as the replacement character here.
    if !value.is_empty() && value.chars().all(plain) {
        out.push_str(value);
    } else {
        out.push_str(strconv::quote(value));
    }
}

/// Returns a value of an attribute.
pub(super) fn attribute(text: &str) -> String {
    let mut out = Vec::new();
    value(&mut out, text.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

/// Returns a line: its level, its message, and attributes by name.
fn line(level: &str, message: &[u8], attributes: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = format!("level={level} msg=").into_bytes();
    value(&mut out, message);
    for (name, given) in attributes {
        out.push_str(format!(" {name}="));
        value(&mut out, given);
    }
    out.push(b'\n');
    out
}

/// Returns what Helm 4 logs of a warning. `old` has Helm 3's words for it, which are what it is where Helm still
/// uses Go's older `log`.
pub(super) fn warning(warning: &Warning, old: &[u8], profile: Profile) -> Vec<u8> {
    use Warning as W;
    let warn =
        |message: &str, attributes: &[(&str, &[u8])]| line("WARN", message.as_bytes(), attributes);
    let no_table = |key: &str| format!("{} is not a table", quoted(key));
    match warning {
        W::DeprecatedChart => warn("this chart is deprecated", &[]),
        W::LinkFollowed { path, target } => {
            let message = "found symbolic link in path. Contents of linked file included and used";
            let (path, target) = (path.to_string_lossy(), target.to_string_lossy());
            let attributes = [("path", path.as_bytes()), ("resolved", target.as_bytes())];
            line("INFO", message.as_bytes(), &attributes)
        }
        W::TagNotBool { tag, chart } => {
            warn("returned non-bool value", &[("tag", tag.as_bytes()), ("chart", chart.as_bytes())])
        }
        W::ConditionNotBool { path, chart } => {
            let attributes = [("path", path.as_bytes()), ("chart", chart.as_bytes())];
            warn("returned non-bool value", &attributes)
        }
        W::UnresolvedUrn { urn } => warn(
            "unresolved URN reference ignored; using permissive schema",
            &[("urn", urn.as_bytes())],
        ),
        W::ImportMissing { key } => {
            warn("ImportValues missing table", &[("error", no_table(key).as_bytes())])
        }
        W::ImportMissingFrom { chart, key } => warn(
            "ImportValues missing table from chart",
            &[("chart", chart.as_bytes()), ("error", no_table(key).as_bytes())],
        ),
        W::EmptyIndexEntry { .. } | W::InvalidIndexEntry { .. }
            if !profile.has(Rule::IndexFaultsByField) =>
        {
            line("WARN", old, &[])
        }
        W::EmptyIndexEntry { name, source } => warn(
            "skipping loading invalid entry for chart: empty entry",
            &[("name", name.as_bytes()), ("source", source.as_bytes())],
        ),
        W::InvalidIndexEntry { name, version, source, why } => warn(
            "skipping loading invalid entry for chart",
            &[
                ("name", name.as_bytes()),
                ("version", version.as_bytes()),
                ("source", source.as_bytes()),
                ("error", why.as_bytes()),
            ],
        ),
        W::UnknownHook { events } => {
            line("INFO", b"skipping unknown hooks", &[("hookTypes", events.as_bytes())])
        }
        W::LintFail { message } => line("INFO", b"funcMap fail", &[("message", message)]),
        W::LintRequiredNil { message } => warn("missing required value", &[("message", message)]),
        W::LintRequiredEmpty { message } => {
            warn("missing required values", &[("message", message)])
        }
        W::CrdsInDryRun => warn(
            "This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.",
            &[],
        ),
        W::ColorMode { mode } => {
            let why =
                format!("invalid color mode {}: must be one of: never, auto, always", quoted(mode));
            warn("command failed", &[("error", why.as_bytes())])
        }
        W::WaitIsNoSwitch { on: true, .. } => warn(
            "--wait=true is deprecated (boolean value) and can be replaced with --wait=watcher",
            &[],
        ),
        W::WaitIsNoSwitch { on: false, knows_hooks: true } => warn(
            "--wait=false is deprecated (boolean value) and can be replaced with --wait=hookOnly",
            &[],
        ),
        W::WaitIsNoSwitch { on: false, knows_hooks: false } => warn(
            "--wait=false is deprecated (boolean value) and can be replaced by omitting the --wait flag",
            &[],
        ),
        W::StepFailed { step, why } if profile.has(Rule::StepsFailAsErrors) => {
            line("ERROR", step.as_bytes(), &[("error", why)])
        }
        W::StepFailed { step, why } => {
            let mut text = format!("ERROR {step} error=").into_bytes();
            value(&mut text, why);
            line("INFO", &text, &[])
        }
        W::DryRunAlone => {
            warn("--dry-run is deprecated and should be replaced with '--dry-run=client'", &[])
        }
        W::DryRunIsNoSwitch { given, taken } => warn(
            &format!(
                "boolean '--dry-run={given}' flag is deprecated and must be replaced with '--dry-run={taken}'"
            ),
            &[],
        ),
        W::OtherVersion { name, wanted, taken } => warn(
            "unable to find exact version requested; falling back to closest available version",
            &[
                ("chart", name.as_bytes()),
                ("requested", wanted.as_bytes()),
                ("selected", taken.as_bytes()),
            ],
        ),
        W::PasswordIsSeen => {
            warn("using --password via the CLI is insecure. Use --password-stdin", &[])
        }
        W::LoginWithPath { registry } => {
            let host = registry.split('/').next().unwrap_or_default();
            warn(
                "registry login currently only supports registry hostname, not a repository path",
                &[("host", registry.as_bytes()), ("suggested", host.as_bytes())],
            )
        }
        W::PluginIgnored { file, why } => warn(
            "failed to load plugin (ignoring)",
            &[("plugin_yaml", file.as_bytes()), ("error", why.as_bytes())],
        ),
        W::PluginsFailed { why } => {
            line("ERROR", b"failed to load plugins", &[("error", why.as_bytes())])
        }
        W::PluginNameTaken { name } => {
            line("ERROR", b"failed to load plugins: name conflicts", &[("name", name.as_bytes())])
        }
        W::PluginExists { place } => {
            warn("plugin already exists", &[("path", place.as_bytes()), ("error", b"<nil>")])
        }
        W::PluginMissing { place, why } => {
            warn("plugin does not exist", &[("path", place.as_bytes()), ("error", why.as_bytes())])
        }
        W::NoPluginSource { folder } => warn(
            "cannot get information about plugin source",
            &[("location", folder.as_bytes()), ("error", b"Cannot detect VCS")],
        ),
        W::RepositoryIgnored { .. }
        | W::OldRequirements
        | W::OldLock
        | W::TableOverValue { .. }
        | W::ValueOverTable { .. }
        | W::SkippedValue { .. }
        | W::GlobalDestinationNotTable
        | W::GlobalSourceNotTable
        | W::GlobalConflict { .. }
        | W::GlobalIsTable { .. }
        | W::OldLockHash
        | W::ReleaseRule { .. }
        | W::Refused { .. } => line("INFO", old, &[]),
    }
}

/// Returns what Helm 4 logs of a repository whose index cannot be searched.
pub(super) fn unsearchable(name: &str, why: &str) -> String {
    let attributes = [("repo", name.as_bytes()), ("error", why.as_bytes())];
    let line = line("WARN", b"repo is corrupt or missing", &attributes);
    String::from_utf8_lossy(&line).into_owned()
}

/// Returns what Helm 4 logs of a step of an installation.
pub(super) fn installation(step: &Installation) -> Vec<u8> {
    use Installation as I;
    let debug = |message: &str, attributes: &[(&str, &str)]| {
        let attributes: Vec<_> = attributes.iter().map(|(n, v)| (*n, v.as_bytes())).collect();
        line("DEBUG", message.as_bytes(), &attributes)
    };
    match step {
        I::Symlinking { source, place } => {
            debug("symlinking", &[("source", source), ("path", place)])
        }
        I::CopyingArchive { cached, place } => {
            debug("copying", &[("source", cached), ("path", place)])
        }
        I::CopyingRepository { cached, place } => {
            debug("copying files", &[("source", cached), ("destination", place)])
        }
        I::UpdatingCached { remote, cached } => {
            debug("updating", &[("source", remote), ("destination", cached)])
        }
        I::Cloning { remote, cached } => {
            debug("cloning", &[("source", remote), ("destination", cached)])
        }
        I::FoundTags { tags } => debug("found refs", &[("refs", &format!("[{}]", tags.join(" ")))]),
        I::ChoseTag { tag } => debug("setting to version", &[("version", tag)]),
        I::SettingVersion { version } => debug("setting version", &[("version", version)]),
        I::Updating { remote } => debug("updating", &[("source", remote)]),
    }
}

/// Returns what Helm 4 logs of a step; nothing for one that it does not tell.
pub(super) fn debug(step: &Debug, profile: Profile) -> Vec<u8> {
    use Debug as D;
    let debug =
        |message: &str, attributes: &[(&str, &[u8])]| line("DEBUG", message.as_bytes(), attributes);
    match step {
        D::CheckedChart { chart } => debug("chart name", &[("chart-name", chart)]),
        // slog quotes bytes always.
        D::ReadSchema { schema } => {
            let mut line = debug("unmarshalled JSON schema", &[]);
            line.pop();
            [&line[..], b" schema=", &strconv::quote(schema), b"\n"].concat()
        }
        D::ChartsWithin { chart, count } => {
            let count = count.to_string();
            let attributes: [(&str, &[u8]); 2] =
                [("chart", chart), ("dependencies", count.as_bytes())];
            let names_chart = profile.has(Rule::DependenciesNameTheirChart);
            let attributes = if names_chart { &attributes[..] } else { &attributes[1..] };
            debug("number of dependencies in the chart", attributes)
        }
        D::Fetching { url } => debug("fetching", &[("url", url.as_bytes())]),
        D::Fetched { url, status, length } => {
            let length = length.map_or("-1".to_owned(), |length| length.to_string());
            debug(
                "fetch complete",
                &[
                    ("url", url.as_bytes()),
                    ("status", status.as_bytes()),
                    ("content-length", length.as_bytes()),
                ],
            )
        }
        D::CacheIsSetUp => debug("set up default downloader cache", &[]),
        D::FetchingToCache { reference, version } => debug(
            "attempting to download chart",
            &[("ref", reference.as_bytes()), ("version", version.as_bytes())],
        ),
        D::Kept { what, digest } => debug(what, &[("id", digest.as_bytes())]),
        D::OriginalVersion { version } => {
            debug("Original chart version", &[("version", version.as_bytes())])
        }
        D::ShowOriginalVersion { version } | D::SearchVersion { version } => {
            debug("original chart version", &[("version", version.as_bytes())])
        }
        D::DevelVersion | D::ShowDevelVersion | D::UpgradeDevelVersion | D::PullDevelVersion => {
            debug("setting version to >0.0.0-0", &[])
        }
        D::ChartPath { path } => {
            debug("Chart path", &[("path", path.to_string_lossy().as_bytes())])
        }
        // Helm 4 warns of it.
        D::CrdsInDryRun => Vec::new(),
        D::GettingHistory { name } => {
            let history = debug("getting history for release", &[("release", name.as_bytes())]);
            [history, debug("getting release history", &[("name", name.as_bytes())])].concat()
        }
        D::PreparingUpgrade { name } => {
            let named = [("name", name.as_bytes())];
            [debug("preparing upgrade", &named), debug("getting last revision", &named)].concat()
        }
        D::SearchRange { range, .. } => debug(&format!("setting version to {range}"), &[]),
        D::HubFailed { why } => debug("search failed", &[("error", why.as_bytes())]),
        D::PluginFolders { folders } => debug("pluginDirs", &[("directory", folders.as_bytes())]),
        D::PluginsToUninstall { folders } => {
            debug("loading installer plugins", &[("dir", folders.as_bytes())])
        }
        D::PluginsToUpdate { folders } => {
            debug("loading installed plugins", &[("path", folders.as_bytes())])
        }
        D::InstalledPlugin { folder } | D::UpdatedPlugin { folder } => {
            debug("loading plugin", &[("path", folder.as_bytes())])
        }
        D::PluginHook { name, command } => debug(
            "executing plugin hook command",
            &[("pluginName", name.as_bytes()), ("command", command.as_bytes())],
        ),
        D::PluginCommand { name, command } => debug(
            "executing plugin command",
            &[("pluginName", name.as_bytes()), ("command", command.as_bytes())],
        ),
        D::PluginFailed { name, why, status } => debug(
            "plugin execution failed",
            &[
                ("pluginName", name.as_bytes()),
                ("error", why.as_bytes()),
                ("exitCode", status.to_string().as_bytes()),
                ("stderr", b""),
            ],
        ),
        D::NoPluginCompletion { file } => {
            let why = super::no_completion(file);
            debug("plugin completion file loading", &[("error", why.as_bytes())])
        }
        D::PluginFileGoes { what, file } => {
            debug(&format!("removing versioned {what}"), &[("path", file.as_bytes())])
        }
        // Helm 4 tells it of every hook alike.
        D::PluginScript { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_as_slog_quotes_them() {
        for (given, want) in [
            ("", "\"\""),
            ("a", "a"),
            ("a b", "\"a b\""),
            ("a=b", "\"a=b\""),
            ("a\\b", "a\\b"),
            ("a\"b", "\"a\\\"b\""),
            ("é", "é"),
            ("a\u{a0}b", "\"a\\u00a0b\""),
            ("a\n", "\"a\\n\""),
            ("\u{7f}", "\u{7f}"),
        ] {
            let mut out = Vec::new();
            value(&mut out, given.as_bytes());
            assert_eq!(out.as_bstr(), want, "{given:?}");
        }
    }
}
