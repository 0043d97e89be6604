//! Has the words of Helm 3.17 for what it prints while it works.

use gostd::strconv::{quote, quoted};

use super::super::{Installation, Notice};
use super::structured;
use crate::profile::{Profile, Rule};

/// What Helm says of a tag with an underscore.
const UNDERSCORE: &str = "
OCI artifact references (e.g. tags) do not support the plus sign (+). To support
storing semantic versions, Helm adopts the convention of changing plus (+) to
an underscore (_) in chart version tags when pushing to a registry and back to
a plus (+) when pulling from a registry.
";

/// Returns what Helm prints, the end of the line included where there is one: Helm forgets some.
pub fn notice(notice: &Notice, profile: Profile) -> String {
    use Notice as N;
    match notice {
        N::OldMediaType { media_type } => {
            format!("Warning: chart media type {media_type} is deprecated\n")
        }
        N::Pulled { reference, digest } => format!("Pulled: {reference}\nDigest: {digest}\n"),
        N::Pushed { reference, digest } => format!("Pushed: {reference}\nDigest: {digest}\n"),
        N::LoggedIn => "Login Succeeded\n".to_owned(),
        N::LoggedOut { registry } => format!("Removing login credentials for {registry}\n"),
        N::Underscore { reference } => format!("{reference} contains an underscore.\n{UNDERSCORE}"),
        N::SavingCharts { count } => format!("Saving {count} charts\n"),
        N::SaveFailed { why } => format!("Save error occurred:  {why}\n"),
        N::LocalRepository { repository } => format!("Repository from local path: {repository}\n"),
        N::Archiving { name, repository } => format!("Archiving {name} from repo {repository}\n"),
        N::Downloading { name, repository } => {
            format!("Downloading {name} from repo {repository}\n")
        }
        N::AlreadyDownloaded { name, repository } => {
            format!("Already downloaded {name} from repo {repository}\n")
        }
        N::NoRepository { name } => format!(
            "Dependency {name} did not declare a repository. Assuming it exists in the charts directory\n"
        ),
        N::NoProvenance { reference, why } => {
            format!("WARNING: Verification not found for {reference}: {why}\n")
        }
        N::NotMovable { path, why } => {
            format!("Could not verify {} for moving: {why} (Skipping)", gostd::os::path_text(path))
        }
        N::NotMoved { path, why } => {
            format!("Unable to move {} to charts dir {why} (Skipping)", gostd::os::path_text(path))
        }
        N::DeletingOutdated => "Deleting outdated charts\n".to_owned(),
        N::NotDeletable { path, why } => {
            format!(
                "Could not verify {} for deletion: {why} (Skipping)\n",
                gostd::os::path_text(path)
            )
        }
        N::NotDeleted { path, why } => {
            format!("Could not delete {}: {why} (Skipping)", gostd::os::path_text(path))
        }
        N::UpdatingRepositories => {
            "Hang tight while we grab the latest from your chart repositories...\n".to_owned()
        }
        N::UpdatingUnmanaged => "Getting updates for unmanaged Helm repositories...\n".to_owned(),
        N::RepositoryUpdated { repository } => format!(
            "...Successfully got an update from the {} chart repository\n",
            quoted(repository)
        ),
        N::RepositoryNotUpdated { repository, url, why } => {
            let url = url.as_ref().map_or(String::new(), |url| format!(" ({url})"));
            let repository = quoted(repository);
            format!(
                "...Unable to get an update from the {repository} chart repository{url}:\n\t{why}\n"
            )
        }
        N::UpdateComplete => "Update Complete. ⎈Happy Helming!⎈\n".to_owned(),
        N::RepositoryRemoved { name } => {
            format!("{} has been removed from your repositories\n", quoted(name))
        }
        N::UnsearchableRepository { name, why } if profile.has(Rule::StructuredLogs) => {
            structured::unsearchable(name, why)
        }
        N::UnsearchableRepository { name, why } => format!(
            "WARNING: Repo {} is corrupt or missing. Try 'helm repo update'.\nWARNING: {why}\n",
            quoted(name)
        ),
        N::Overwriting { path } => {
            let path = quote(path.as_os_str().as_encoded_bytes());
            let path = String::from_utf8_lossy(&path);
            format!("WARNING: File {path} already exists. Overwriting.\n")
        }
        N::PluginSaysTwice { old, new, file } => format!(
            "WARNING: both '{new}' and '{old}' are set in {} (this will become an error in a future Helm version)\n",
            quoted(file)
        ),
        N::PluginFromFolder => {
            "Installing plugin from local directory (development mode)\n".to_owned()
        }
        N::PluginUnverified => "WARNING: Skipping plugin signature verification\n".to_owned(),
        N::PluginUnsigned => "WARNING: Skipping plugin signing. This is not recommended for plugins intended for distribution.\n".to_owned(),
        N::PluginVerifying => "Verifying plugin signature...\n".to_owned(),
        N::PluginVerified { lines } => lines.clone(),
        N::PluginUninstalled { name } => format!("Uninstalled plugin: {name}\n"),
        N::PluginUpdated { name } => format!("Updated plugin: {name}\n"),
    }
}

/// Returns the place in Helm's sources that prints a step of an installation with `--debug`, and
/// what it prints.
pub fn installation(step: &Installation) -> (&'static str, String) {
    use Installation as I;
    match step {
        I::Symlinking { source, place } => {
            ("local_installer.go:60", format!("symlinking {source} to {place}"))
        }
        I::CopyingArchive { cached, place } => {
            ("http_installer.go:147", format!("copying {cached} to {place}"))
        }
        I::CopyingRepository { cached, place } => {
            ("vcs_installer.go:91", format!("copying {cached} to {place}"))
        }
        I::UpdatingCached { remote, .. } => ("vcs_installer.go:162", format!("updating {remote}")),
        I::Cloning { remote, cached } => {
            ("vcs_installer.go:159", format!("cloning {remote} to {cached}"))
        }
        I::FoundTags { tags } => {
            ("vcs_installer.go:131", format!("found refs: [{}]", tags.join(" ")))
        }
        I::ChoseTag { tag } => ("vcs_installer.go:142", format!("setting to {tag}")),
        I::SettingVersion { version } => {
            ("vcs_installer.go:152", format!("setting version to {}", quoted(version)))
        }
        I::Updating { remote } => ("vcs_installer.go:97", format!("updating {remote}")),
    }
}
