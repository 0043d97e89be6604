//! Runs `plugin install`, `list`, `package`, `uninstall`, `update` and `verify`.

use std::path::{Path, PathBuf};

#[cfg(feature = "crypto")]
use gostd::os::{bytes_of, text_of};
use gostd::os::{path_of, path_text};

use super::SupplyError;
#[cfg(feature = "crypto")]
use super::{Secrets, Sign};
use crate::getter::{Getter, Settings};
use crate::installer::{self, Source};
use crate::plugin::Plugin;
use crate::profile::{Profile, Rule};
use crate::report::{Debug, Notice, Reporter, Warning};
use crate::signature::{self, Verified};
#[cfg(feature = "crypto")]
use crate::store::write_whole;
use crate::store::{FileError, make_folders};

/// Installs a plugin from a folder, the URL of an archive, or a Git repository; with Helm 4 also from archives and
/// registries.
#[derive(Clone, Debug, Default)]
pub struct PluginInstall {
    /// The folder or URL.
    pub source: String,
    /// A version, a range of them, or a Git reference; empty for the newest.
    pub version: String,
    /// Checks the signature of an archive.
    pub verify: bool,
    /// The keys that are trusted.
    pub keyring: PathBuf,
}

impl PluginInstall {
    /// Installs the plugin.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn run(
        &self,
        settings: &Settings,
        getter: &dyn Getter,
        reporter: &dyn Reporter,
    ) -> Result<Plugin, SupplyError> {
        let is_newer = settings.profile.has(Rule::PluginsOfHelm4);
        let source = match is_newer {
            true => Source::detect_newer(&self.source, &self.version, getter, reporter)?,
            false => Source::detect(&self.source, &self.version, getter, reporter)?,
        };
        if is_newer {
            self.tell(&source, reporter)?;
        }
        let place = source.place(settings);
        if let Some(folder) = Path::new(&place).parent() {
            make_folders(folder)?;
        }
        if Path::new(&place).exists() {
            if is_newer {
                reporter.warn(Warning::PluginExists { place: place.clone() });
            }
            return Err(installer::Error::Exists.into());
        }
        let fetched = match is_newer {
            true => source.fetch(self.verify, settings, getter, reporter),
            false => Ok(None),
        };
        match fetched.map_err(|source| self.of_verification(source))? {
            Some(fetched) => {
                if self.verify {
                    let lines =
                        fetched.verify(&self.keyring, settings.profile)?.in_lines("Plugin Hash");
                    reporter.notice(Notice::PluginVerified { lines });
                }
                fetched.install(&source, &place, settings, reporter)?;
            }
            None => source.install(&place, settings, getter, reporter)?,
        }
        reporter.debug(|| Debug::InstalledPlugin { folder: place.clone() });
        let plugin = Plugin::load(&place, settings.profile, reporter)
            .map_err(|source| installer::Error::Unusable { source })?;
        let ran = plugin.run_hook("install", &settings.surroundings, reporter);
        ran.map_err(installer::Error::from)?;
        Ok(plugin)
    }

    /// Tells what is made of the source before it is installed.
    fn tell(&self, source: &Source, reporter: &dyn Reporter) -> Result<(), SupplyError> {
        reporter.notice(match source {
            Source::Folder(_) => Notice::PluginFromFolder,
            _ if !self.verify => Notice::PluginUnverified,
            _ if source.is_verifiable() => Notice::PluginVerifying,
            _ => return Err(installer::Error::NoVerification.into()),
        });
        Ok(())
    }

    fn of_verification(&self, source: installer::Error) -> installer::Error {
        match self.verify {
            true => installer::Error::VerificationData { source: Box::new(source) },
            false => source,
        }
    }
}

/// Lists the plugins that are installed.
#[derive(Clone, Copy, Debug, Default)]
pub struct PluginList;

impl PluginList {
    /// Returns the plugins, folder by folder.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn run(
        &self,
        settings: &Settings,
        reporter: &dyn Reporter,
    ) -> Result<Vec<Plugin>, SupplyError> {
        reporter.debug(|| Debug::PluginFolders { folders: settings.plugins.clone() });
        Ok(Plugin::find_all(&settings.plugins, settings.profile, reporter)
            .map_err(installer::Error::from)?)
    }
}

/// Returns what is known of the signature of an installed plugin, in Helm 4's words.
pub fn plugin_provenance(plugin: &Plugin, settings: &Settings) -> &'static str {
    let Plugin { name, version, .. } = plugin;
    let Ok(meta) = settings.plugin_data.join(name).symlink_metadata() else { return "unknown" };
    if meta.is_symlink() {
        return "local dev";
    }
    let archive = settings.plugin_data.join(format!("{name}-{version}.tgz"));
    let beside = settings.plugin_data.join(format!("{name}-{version}.tgz.prov"));
    if !archive.exists() {
        return "unsigned";
    }
    let provenance = match gostd::os::read_file(&beside) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return "unsigned",
        Err(_) => return "unknown",
    };
    match signature::lists(&provenance, &archive) {
        None => "invalid provenance",
        Some(false) => "mismatched provenance",
        Some(true) => "signed",
    }
}

/// Checks the archive of a plugin against the `.prov` file beside it.
#[derive(Clone, Debug, Default)]
pub struct PluginVerify {
    /// The archive.
    pub archive: PathBuf,
    /// The keys that are trusted.
    pub keyring: PathBuf,
    /// The Helm release that reads the keys.
    pub profile: Profile,
}

impl PluginVerify {
    /// Checks the archive.
    ///
    /// # Errors
    /// Helm's texts, e.g. `openpgp: signature made by unknown entity`.
    pub fn run(&self) -> Result<Verified, SupplyError> {
        let archive = &self.archive;
        let meta = archive.metadata().map_err(|e| FileError::new("stat", archive, e))?;
        if meta.is_dir() {
            return Err(installer::Error::NoFolderVerified.into());
        }
        if !archive.extension().is_some_and(|e| e == "gz" || e == "tgz") {
            return Err(installer::Error::NoTarball.into());
        }
        let beside = path_of(&format!("{}.prov", path_text(archive))).into_owned();
        if let Err(e) = beside.metadata() {
            let source = FileError::new("stat", &beside, e);
            return Err(installer::Error::NoProvenanceFile { file: beside, source }.into());
        }
        let read =
            |file: &Path| gostd::os::read_file(file).map_err(|e| FileError::new("open", file, e));
        let unread = |what| move |source| installer::Error::Unread { what, source };
        let data = read(archive).map_err(unread("plugin"))?;
        let provenance = read(&beside).map_err(unread("provenance"))?;
        let name = archive.file_name().unwrap_or_default().to_string_lossy();
        Ok(signature::check_archive(&self.keyring, &provenance, &name, &data, self.profile)?)
    }
}

/// Packs a plugin, and signs it.
#[cfg(feature = "crypto")]
#[derive(Clone, Debug, Default)]
pub struct PluginPackage {
    /// The plugin's folder.
    pub folder: String,
    /// The folder for packages.
    pub destination: String,
    /// How it is signed, if it is.
    pub sign: Option<Sign>,
}

#[cfg(feature = "crypto")]
impl PluginPackage {
    /// Packs the plugin in a folder; the package's file, and that of its signature.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn run(
        &self,
        settings: &Settings,
        secrets: &dyn Secrets,
        reporter: &dyn Reporter,
    ) -> Result<(PathBuf, Option<PathBuf>), SupplyError> {
        let folder = path_of(&self.folder).into_owned();
        let meta = folder.metadata().map_err(|e| FileError::new("stat", &folder, e))?;
        if !meta.is_dir() {
            return Err(installer::Error::NoFolderToPack.into());
        }
        let plugin = Plugin::load(&self.folder, settings.profile, reporter)
            .map_err(|source| installer::Error::InvalidFolder { source })?;
        let destination = path_of(&self.destination).into_owned();
        make_folders(&destination)?;
        let signing = match &self.sign {
            Some(sign) => Some((sign, sign.unlocked(secrets)?)),
            None => {
                reporter.notice(Notice::PluginUnsigned);
                None
            }
        };
        let Plugin { name, version, .. } = &plugin;
        let file_name = format!("{name}-{version}.tgz");
        let clean = gostd::path::join([&*bytes_of(&self.destination), file_name.as_bytes()]);
        let file = path_of(&text_of(clean)).into_owned();
        let archive = installer::pack(&folder, name)?;
        write_whole(&file, &archive, 0o644)?;
        let Some((sign, passphrase)) = signing else { return Ok((file, None)) };
        let metadata = goyaml::marshal(&plugin.metadata()).map_err(signature::Error::Yaml)?;
        let text = sign.signed(&passphrase, &metadata, &file_name, &archive)?;
        let beside = path_of(&format!("{}.prov", path_text(&file))).into_owned();
        write_whole(&beside, &text, 0o644)?;
        Ok((file, Some(beside)))
    }
}

/// Removes plugins.
#[derive(Clone, Debug, Default)]
pub struct PluginUninstall {
    /// Their names.
    pub names: Vec<String>,
}

impl PluginUninstall {
    /// Removes one plugin after the other, and reports each.
    ///
    /// # Errors
    /// What went wrong with which of them, at the end.
    pub fn run(&self, settings: &Settings, reporter: &dyn Reporter) -> Result<(), SupplyError> {
        if self.names.is_empty() {
            return Err(SupplyError::NoPlugin("uninstall"));
        }
        reporter.debug(|| Debug::PluginsToUninstall { folders: settings.plugins.clone() });
        each(&self.names, "uninstall", settings, reporter, |plugin| {
            remove(Path::new(&plugin.folder))?;
            if settings.profile.has(Rule::PluginsOfHelm4) && !plugin.version.is_empty() {
                remove_archive(plugin, settings, reporter);
            }
            plugin.run_hook("delete", &settings.surroundings, reporter)?;
            reporter.notice(Notice::PluginUninstalled { name: plugin.name.clone() });
            Ok(())
        })
    }
}

/// Brings plugins from Git repositories up to date.
#[derive(Clone, Debug, Default)]
pub struct PluginUpdate {
    /// Their names.
    pub names: Vec<String>,
}

impl PluginUpdate {
    /// Brings one plugin after the other up to date, and reports each.
    ///
    /// # Errors
    /// What went wrong with which of them, at the end.
    pub fn run(&self, settings: &Settings, reporter: &dyn Reporter) -> Result<(), SupplyError> {
        if self.names.is_empty() {
            return Err(SupplyError::NoPlugin("update"));
        }
        reporter.debug(|| Debug::PluginsToUpdate { folders: settings.plugins.clone() });
        each(&self.names, "update", settings, reporter, |plugin| {
            update(plugin, settings, reporter)?;
            reporter.notice(Notice::PluginUpdated { name: plugin.name.clone() });
            Ok(())
        })
    }
}

/// Does something to each plugin of those names, and says at the end what went wrong.
fn each(
    names: &[String],
    verb: &'static str,
    settings: &Settings,
    reporter: &dyn Reporter,
    act: impl Fn(&Plugin) -> Result<(), installer::Error>,
) -> Result<(), SupplyError> {
    let Settings { plugins, profile, .. } = settings;
    let is_newer = profile.has(Rule::PluginsOfHelm4);
    let found = match is_newer {
        true => Plugin::find_in(plugins, *profile, reporter),
        false => Plugin::find_all(plugins, *profile, reporter),
    };
    let plugins = found.map_err(installer::Error::from)?;
    let mut wrong = Vec::new();
    for name in names {
        match plugins.iter().find(|p| p.name == *name) {
            None => wrong.push(installer::Error::NotFound { name: name.clone(), is_newer }),
            Some(plugin) => {
                if let Err(e) = act(plugin) {
                    let (name, cause) = (name.clone(), Box::new(e));
                    wrong.push(installer::Error::Failed { verb, name, cause, is_newer });
                }
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(installer::Error::Several(wrong).into()) }
}

fn remove(folder: &Path) -> Result<(), installer::Error> {
    let is_link = folder.symlink_metadata().is_ok_and(|m| m.is_symlink());
    let removed =
        if is_link { std::fs::remove_file(folder) } else { std::fs::remove_dir_all(folder) };
    match removed {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(FileError::new("unlinkat", folder, e).into())
        }
        _ => Ok(()),
    }
}

/// Removes the archive that a plugin came in, and its provenance file.
fn remove_archive(plugin: &Plugin, settings: &Settings, reporter: &dyn Reporter) {
    let Plugin { name, version, .. } = plugin;
    for (what, end) in [("tarball", ""), ("provenance", ".prov")] {
        let file = Path::new(&settings.plugins).join(format!("{name}-{version}.tgz{end}"));
        if file.exists() {
            let shown = file.display().to_string();
            reporter.debug(|| Debug::PluginFileGoes { what, file: shown });
            // Helm goes on where it cannot be.
            let _ = std::fs::remove_file(file);
        }
    }
}

fn update(
    plugin: &Plugin,
    settings: &Settings,
    reporter: &dyn Reporter,
) -> Result<(), installer::Error> {
    let folder = std::fs::canonicalize(&plugin.folder)
        .map_err(|e| FileError::new("lstat", &plugin.folder, e))?;
    let is_newer = settings.profile.has(Rule::PluginsOfHelm4);
    let source = Source::of_installed(&folder).inspect_err(|e| {
        if is_newer && matches!(e, installer::Error::NoSource) {
            let folder = folder.display().to_string();
            reporter.warn(Warning::NoPluginSource { folder });
        }
    })?;
    let place = source.place(settings);
    if let Err(e) = Path::new(&place).metadata() {
        if is_newer {
            let why = FileError::new("stat", &place, e).to_string();
            reporter.warn(Warning::PluginMissing { place, why });
        }
        return Err(installer::Error::Missing);
    }
    source.update(&folder, reporter)?;
    reporter.debug(|| Debug::UpdatedPlugin { folder: place.clone() });
    Ok(Plugin::load(&place, settings.profile, reporter)?.run_hook(
        "update",
        &settings.surroundings,
        reporter,
    )?)
}
