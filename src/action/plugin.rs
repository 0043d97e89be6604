//! Runs `plugin install`, `list`, `uninstall` and `update`.

use std::path::Path;

use super::SupplyError;
use crate::getter::{Getter, Settings};
use crate::installer::{self, Source};
use crate::plugin::Plugin;
use crate::report::{Debug, Notice, Reporter};
use crate::store::{FileError, make_folders};

/// Installs a plugin from a folder, the URL of an archive, or a Git repository.
#[derive(Clone, Debug, Default)]
pub struct PluginInstall {
    /// The folder or URL.
    pub source: String,
    /// A version, a range of them, or a Git reference; empty for the newest.
    pub version: String,
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
        let source = Source::detect(&self.source, &self.version, getter, reporter)?;
        let place = source.place(settings);
        if let Some(folder) = Path::new(&place).parent() {
            make_folders(folder)?;
        }
        if Path::new(&place).exists() {
            return Err(installer::Error::Exists.into());
        }
        source.install(&place, settings, getter, reporter)?;
        reporter.debug(|| Debug::InstalledPlugin { folder: place.clone() });
        let plugin =
            Plugin::load(&place).map_err(|source| installer::Error::Unusable { source })?;
        let ran = plugin.run_hook("install", &settings.surroundings, reporter);
        ran.map_err(installer::Error::from)?;
        Ok(plugin)
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
        Ok(Plugin::find_all(&settings.plugins).map_err(installer::Error::from)?)
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
        each(&self.names, "uninstall", settings, |plugin| {
            remove(Path::new(&plugin.folder))?;
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
        each(&self.names, "update", settings, |plugin| {
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
    act: impl Fn(&Plugin) -> Result<(), installer::Error>,
) -> Result<(), SupplyError> {
    let plugins = Plugin::find_all(&settings.plugins).map_err(installer::Error::from)?;
    let mut wrong = Vec::new();
    for name in names {
        match plugins.iter().find(|p| p.name == *name) {
            None => wrong.push(installer::Error::NotFound(name.clone())),
            Some(plugin) => {
                if let Err(e) = act(plugin) {
                    let (name, cause) = (name.clone(), Box::new(e));
                    wrong.push(installer::Error::Failed { verb, name, cause });
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

fn update(
    plugin: &Plugin,
    settings: &Settings,
    reporter: &dyn Reporter,
) -> Result<(), installer::Error> {
    let folder = std::fs::canonicalize(&plugin.folder)
        .map_err(|e| FileError::new("lstat", &plugin.folder, e))?;
    let source = Source::of_installed(&folder)?;
    let place = source.place(settings);
    if !Path::new(&place).exists() {
        return Err(installer::Error::Missing);
    }
    source.update(&folder, reporter)?;
    reporter.debug(|| Debug::UpdatedPlugin { folder: place.clone() });
    Ok(Plugin::load(&place)?.run_hook("update", &settings.surroundings, reporter)?)
}
