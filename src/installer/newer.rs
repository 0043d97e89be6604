//! Installs plugins as Helm 4 does: from archives, too, whose signatures it checks, and from registries.

use std::path::Path;

use super::archive::{
    archive_name, cache_key, copy_folder, file_named, is_archive_type, is_plugin, unpack,
};
use super::{Error, Source, cached, git, joined};
use crate::getter::{Getter, MAX_PACKAGE, Options, Settings};
use crate::plugin::Plugin;
use crate::profile::Profile;
use crate::report::{Installation, Reporter};
use crate::signature::{self, Verified};
use crate::store::{FileError, make_folders, write_whole};
use gostd::path;

/// An archive, and its provenance file if there is one.
#[derive(Clone, Debug)]
pub struct Fetched {
    archive: Vec<u8>,
    provenance: Option<Vec<u8>>,
    /// The name under which the provenance file lists the archive.
    name: String,
}

/// Largest `plugin.yaml` of an archive, in bytes.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Returns the plugin's name in a reference to a registry.
///
/// # Errors
/// What is wrong with the reference.
pub(super) fn name_of(reference: &str) -> Result<String, Error> {
    let rest = reference.strip_prefix("oci://").unwrap_or(reference);
    let rest = rest.split('@').next().unwrap_or_default();
    let wrong = |why: &str| Error::Reference(why.to_owned());
    let (_, repository) = rest
        .split_once('/')
        .ok_or_else(|| wrong("invalid reference: missing registry or repository"))?;
    let last = repository.rsplit('/').next().unwrap_or_default();
    let name = last.split(':').next().unwrap_or_default();
    if name.is_empty() { Err(wrong("missing repository")) } else { Ok(name.to_owned()) }
}

/// Returns the plugin that an archive holds.
///
/// # Errors
/// Helm's texts.
pub fn metadata_of(archive: &[u8], settings: &Settings) -> Result<Plugin, Error> {
    let broken = |why: String| Error::Tarball(why);
    let found = file_named(archive, crate::plugin::FILE.as_bytes(), MAX_FILE);
    if let Some(data) = found.map_err(|e| broken(e.to_string()))? {
        return Plugin::parse(&data, settings.profile).map_err(|e| broken(e.to_string()));
    }
    Err(broken("plugin.yaml not found in tarball".to_owned()))
}

impl Source {
    /// Returns what the user's words mean to Helm 4.
    ///
    /// # Errors
    /// `cannot get information about plugin source …`
    pub fn detect_newer(
        source: &str,
        version: &str,
        getter: &dyn Getter,
        reporter: &dyn Reporter,
    ) -> Result<Source, Error> {
        if source.starts_with("oci://") {
            name_of(source)?;
            return Ok(Source::Registry(source.to_owned()));
        }
        let detected = match Source::detect_local(source)? {
            Some(local) => return Ok(local),
            None => Source::detect_remote(source, version, getter, reporter),
        };
        detected.map_err(|cause| Error::Source {
            source_name: source.to_owned(),
            cause: Box::new(cause),
        })
    }

    fn detect_local(source: &str) -> Result<Option<Source>, Error> {
        if !Path::new(source).exists() {
            return Ok(None);
        }
        let full = std::path::absolute(source)
            .map_err(|e| Error::Absolute { source: super::ReasonError(e) })?;
        let full = path::clean(full.as_os_str().as_encoded_bytes());
        let full = String::from_utf8_lossy(&full).into_owned();
        Ok(Some(match is_archive(&full) {
            true => Source::File(full),
            false => Source::Folder(full),
        }))
    }

    fn detect_remote(
        source: &str,
        version: &str,
        getter: &dyn Getter,
        reporter: &dyn Reporter,
    ) -> Result<Source, Error> {
        let on_a_server = source.starts_with("http://") || source.starts_with("https://");
        let media = || getter.media_type(source, reporter);
        if on_a_server && (is_archive(source) || media().is_some_and(|m| is_archive_type(&m))) {
            cache_key(source)?;
            archive_name(source)?;
            return Ok(Source::Archive(source.to_owned()));
        }
        cache_key(source)?;
        match git::is_git(source) {
            true => Ok(Source::Git(source.to_owned(), version.to_owned())),
            false => Err(Error::Unknown),
        }
    }

    /// Returns whether it has a signature that can be checked.
    pub fn is_verifiable(&self) -> bool {
        matches!(self, Source::File(_) | Source::Archive(_) | Source::Registry(_))
    }

    /// Fetches the archive and what is signed of it; nothing for a source without one.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn fetch(
        &self,
        is_checked: bool,
        settings: &Settings,
        getter: &dyn Getter,
        reporter: &dyn Reporter,
    ) -> Result<Option<Fetched>, Error> {
        match self {
            Source::File(file) => {
                let read = |file: &str| {
                    gostd::os::read_file(file.as_ref()).map_err(|e| FileError::new("open", file, e))
                };
                let (archive, provenance) = (read(file)?, read(&format!("{file}.prov")).ok());
                Ok(Some(Fetched { archive, provenance, name: super::base(file) }))
            }
            Source::Archive(url) => {
                let get = |url: &str| getter.get(url, &Options::default(), MAX_PACKAGE, reporter);
                let archive = get(url).map_err(|e| match is_checked {
                    true => Error::Download(e),
                    false => Error::Get(e),
                })?;
                let provenance = get(&format!("{url}.prov")).ok();
                Ok(Some(Fetched { archive, provenance, name: super::base(url) }))
            }
            Source::Registry(reference) => {
                let pulled = getter.plugin(reference, reporter);
                let (archive, provenance) = pulled
                    .map_err(|source| Error::Pull { reference: reference.clone(), source })?;
                let Plugin { name, version, .. } = metadata_of(&archive, settings)?;
                Ok(Some(Fetched { archive, provenance, name: format!("{name}-{version}.tgz") }))
            }
            Source::Folder(_) | Source::Git(..) => Ok(None),
        }
    }
}

impl Fetched {
    /// Checks the signature.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn verify(&self, keyring: &Path, profile: Profile) -> Result<Verified, Error> {
        let provenance = self.provenance.as_deref().filter(|text| !text.is_empty());
        let provenance = provenance.ok_or(Error::NoProvenance)?;
        signature::check_archive(keyring, provenance, &self.name, &self.archive, profile)
            .map_err(Error::Verification)
    }

    /// Puts the plugin into its place, and keeps the archive beside it.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn install(
        &self,
        source: &Source,
        place: &str,
        settings: &Settings,
        reporter: &dyn Reporter,
    ) -> Result<(), Error> {
        let Plugin { name, version, .. } = metadata_of(&self.archive, settings)?;
        make_folders(&settings.plugin_data)?;
        let kept = settings.plugin_data.join(format!("{name}-{version}.tgz"));
        write_whole(&kept, &self.archive, 0o644)?;
        if let Some(provenance) = &self.provenance {
            let beside = settings.plugin_data.join(format!("{name}-{version}.tgz.prov"));
            write_whole(&beside, provenance, 0o644)?;
        }
        match source {
            Source::File(file) => self.install_file(file, place, settings, reporter),
            Source::Archive(url) => {
                let folder = cached(settings, url)?;
                unpack(&self.archive, Path::new(&folder), true)
                    .map_err(|source| Error::Extract { source })?;
                let missing = || Error::NoRoot(folder.clone());
                copy(&root_of(&folder).ok_or_else(missing)?, place, reporter)
            }
            Source::Registry(reference) => {
                if !self.archive.starts_with(&[0x1f, 0x8b]) {
                    return Err(Error::NoGzip);
                }
                let folder = cached(settings, reference)?;
                unpack(&self.archive, Path::new(&folder), true)
                    .map_err(|source| Error::Unpack { what: "plugin", source })?;
                copy(&root_of(&folder).ok_or(Error::NoMetadata)?, place, reporter)
            }
            Source::Folder(_) | Source::Git(..) => Err(Error::NoSource),
        }
    }

    fn install_file(
        &self,
        file: &str,
        place: &str,
        settings: &Settings,
        reporter: &dyn Reporter,
    ) -> Result<(), Error> {
        let fail = |e| FileError::new("mkdir", &settings.temporary, e);
        let temporary = tempfile::Builder::new()
            .prefix("helm-plugin-extract-")
            .tempdir_in(&settings.temporary)
            .map_err(fail)?;
        unpack(&self.archive, temporary.path(), true)
            .map_err(|source| Error::Unpack { what: "archive", source })?;
        let name = archive_name(file)?;
        let folder = joined(temporary.path().as_os_str().as_encoded_bytes(), &name);
        let described = joined(folder.as_bytes(), crate::plugin::FILE);
        if let Err(e) = std::fs::metadata(&described) {
            let source = FileError::new("stat", described, e);
            return Err(Error::NotInFolder { folder, source });
        }
        copy(&folder, place, reporter)
    }
}

fn is_archive(source: &str) -> bool {
    source.ends_with(".tgz") || source.ends_with(".tar.gz")
}

/// Returns the folder with a plugin: this one, or the first in it.
fn root_of(folder: &str) -> Option<String> {
    if is_plugin(Path::new(folder)) {
        return Some(folder.to_owned());
    }
    let mut names: Vec<_> = std::fs::read_dir(folder).ok()?.flatten().collect();
    names.sort_by_key(std::fs::DirEntry::file_name);
    let found = names.iter().find(|entry| entry.path().is_dir() && is_plugin(&entry.path()))?;
    Some(joined(folder.as_bytes(), &found.file_name().to_string_lossy()))
}

fn copy(from: &str, place: &str, reporter: &dyn Reporter) -> Result<(), Error> {
    let (cached, to) = (from.to_owned(), place.to_owned());
    reporter.installation(|| Installation::CopyingArchive { cached, place: to });
    copy_folder(Path::new(from), Path::new(place))
}

/// Returns the archive of a plugin's folder, under the plugin's name.
///
/// # Errors
/// What the system says.
pub fn pack(folder: &Path, name: &str) -> Result<Vec<u8>, Error> {
    use flate2::write::GzEncoder;
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), flate2::Compression::default()));
    tar.follow_symlinks(false);
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|e| {
            Error::Pack(e.into_io_error().unwrap_or_else(|| std::io::ErrorKind::Other.into()))
        })?;
        let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let inside = match below.as_os_str().is_empty() {
            true => Path::new(name).to_owned(),
            false => Path::new(name).join(below),
        };
        tar.append_path_with_name(entry.path(), inside).map_err(Error::Pack)?;
    }
    let gzip = tar.into_inner().map_err(Error::Pack)?;
    gzip.finish().map_err(Error::Pack)
}
