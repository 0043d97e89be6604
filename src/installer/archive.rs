//! Takes plugins out of archives, and says where they are kept.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::error::{ArchiveError, Error};
use crate::chart::headers::Headers;
use crate::http;
use crate::store::{FileError, make_folders};

/// Largest content of a plugin's archive, in bytes.
const MAX_CONTENT: u64 = 2 * 1024 * 1024 * 1024;

/// Returns whether a folder holds a `plugin.yaml`.
pub(super) fn is_plugin(folder: &Path) -> bool {
    folder.join(crate::plugin::FILE).exists()
}

/// Returns whether a server that names this media type sends an archive.
pub(super) fn is_archive_type(media: &str) -> bool {
    let media = media.to_lowercase();
    ["application/gzip", "application/x-gzip", "application/x-tgz", "application/x-gtar"]
        .contains(&media.as_str())
}

/// Returns the plugin's name in the URL of an archive: what stands before the version.
///
/// # Errors
/// `no extractor implemented yet for URL` where it is neither `.tgz` nor `.tar.gz`.
pub(super) fn archive_name(url: &str) -> Result<String, Error> {
    let base = String::from_utf8_lossy(gostd::path::base(url.as_bytes())).into_owned();
    let stem = [".tar.gz", ".tgz"].iter().find_map(|suffix| base.strip_suffix(suffix));
    let stem = stem.ok_or_else(|| Error::Extractor(url.to_owned()))?;
    // The last dash with a number and a dot behind it.
    let version = stem.rmatch_indices('-').map(|(at, _)| at).find(|at| {
        let rest = stem.get(at + 1..).unwrap_or_default();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0 && rest.as_bytes().get(digits) == Some(&b'.')
    });
    Ok(stem.get(..version.unwrap_or(stem.len())).unwrap_or_default().to_owned())
}

/// Returns the folder's name in the cache for a source, Helm's `cache.Key`.
///
/// # Errors
/// What is wrong with the URL.
pub(super) fn cache_key(source: &str) -> Result<String, Error> {
    let (scheme, user, host, path) = match remote_login(source) {
        Some((user, host, path)) => (String::new(), user, host.to_owned(), format!("/{path}")),
        None => {
            let url = http::parse(source)?;
            let path = String::from_utf8_lossy(&url.path).into_owned();
            let (before, host) = match source.split_once("://").map(|(_, rest)| rest) {
                Some(rest) => {
                    let authority = rest.split('/').next().unwrap_or_default();
                    (authority.rsplit_once('@').map_or("", |(user, _)| user), url.host.clone())
                }
                None => ("", url.host.clone()),
            };
            (url.scheme, before.split(':').next().unwrap_or_default(), host, path)
        }
    };
    let mut key = String::new();
    for part in [scheme.as_str(), user] {
        if !part.is_empty() {
            key.push_str(part);
            key.push('-');
        }
    }
    key.push_str(&host);
    key.push_str(&path.replace('/', "-"));
    Ok(key.replace(':', "-"))
}

/// Returns the parts of `user@host:path`.
fn remote_login(source: &str) -> Option<(&str, &str, &str)> {
    let (user, rest) = source.split_once('@')?;
    let (host, path) = rest.split_once(':')?;
    let word = |text: &str, more: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || more.contains(c))
    };
    (word(user, "") && word(host, ".-")).then_some((user, host, path))
}

/// What comes out of an archive's packing.
type Unpacked<'a> = std::io::Take<flate2::read::GzDecoder<&'a [u8]>>;

/// Returns what comes out of an archive's packing, bounded.
///
/// # Errors
/// [`ArchiveError::Gzip`]
fn unpacked(archive: &[u8]) -> Result<Unpacked<'_>, ArchiveError> {
    let decoder = flate2::read::GzDecoder::new(archive);
    if decoder.header().is_none() {
        return Err(ArchiveError::Gzip);
    }
    Ok(decoder.take(MAX_CONTENT))
}

/// Calls `visit` for each entry, until it wants no more. A header that is longer than Go reads one ends it.
///
/// # Errors
/// A damaged archive, and what `visit` refuses.
fn each_entry(
    content: Unpacked<'_>,
    mut visit: impl FnMut(
        &mut tar::Entry<'_, Watching<'_, Unpacked<'_>>>,
    ) -> Result<ControlFlow<()>, ArchiveError>,
) -> Result<(), ArchiveError> {
    let watched = RefCell::new(Watched { headers: Headers::new(), place: 0, is_refused: false });
    let source = Watching { source: content, watched: &watched };
    let damaged = |e| match watched.borrow().is_refused {
        true => ArchiveError::LongHeader,
        false => ArchiveError::Damaged(e),
    };
    let mut tar = tar::Archive::new(source);
    for entry in tar.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let is_sparse = entry.header().entry_type().is_gnu_sparse();
        let packed = if is_sparse { entry.header().entry_size() } else { Ok(entry.size()) };
        watched.borrow_mut().headers.entry(packed.unwrap_or_default());
        match visit(&mut entry) {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => break,
            Err(ArchiveError::Damaged(e)) => return Err(damaged(e)),
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Returns the first file of an archive that has this name, in whichever folder; of a longer one the first bytes.
///
/// # Errors
/// Helm's texts.
pub(super) fn file_named(
    archive: &[u8],
    name: &[u8],
    most: u64,
) -> Result<Option<Vec<u8>>, ArchiveError> {
    let mut found = None;
    each_entry(unpacked(archive)?, |entry| {
        if gostd::path::base(&entry.path_bytes()) != name {
            return Ok(ControlFlow::Continue(()));
        }
        let mut data = Vec::new();
        entry.take(most).read_to_end(&mut data).map_err(ArchiveError::Damaged)?;
        found = Some(data);
        Ok(ControlFlow::Break(()))
    })?;
    Ok(found)
}

/// Unpacks a plugin's archive, as strictly as Helm does: files and folders only, nothing that leads out.
///
/// # Errors
/// Helm's texts.
///
/// With `lenient`, as Helm 4, folders may be there already, and those of a file be missing.
pub(super) fn unpack(archive: &[u8], folder: &Path, lenient: bool) -> Result<(), ArchiveError> {
    let content = unpacked(archive)?;
    make_folders(folder)?;
    each_entry(content, |entry| {
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let path = below(folder, &name)?;
        let kind = entry.header().entry_type();
        let fail = |op, e| FileError::new(op, &path, e);
        if kind.is_dir() && lenient {
            make_folders(&path)?;
        } else if kind.is_dir() {
            std::fs::create_dir(&path).map_err(|e| fail("mkdir", e))?;
        } else if kind.is_file() {
            if let Some(parent) = path.parent().filter(|_| lenient) {
                make_folders(parent)?;
            }
            let mut file =
                open(&path, entry.header().mode().unwrap_or(0o644)).map_err(|e| fail("open", e))?;
            std::io::copy(entry, &mut file).map_err(ArchiveError::Damaged)?;
            file.flush().map_err(|e| fail("write", e))?;
        } else if !kind.is_pax_global_extensions() && !kind.is_pax_local_extensions() {
            return Err(ArchiveError::Kind { kind: kind.as_byte(), name });
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// What has gone by of an archive.
struct Watched {
    headers: Headers,
    place: u64,
    /// Whether a header is too long.
    is_refused: bool,
}

/// Reads an archive up to a header that is too long.
struct Watching<'w, R> {
    source: R,
    watched: &'w RefCell<Watched>,
}

impl<R: Read> Read for Watching<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(buffer)?;
        let watched = &mut *self.watched.borrow_mut();
        let passed = buffer.get(..read).unwrap_or_default();
        watched.is_refused = !watched.headers.pass(watched.place, passed);
        watched.place += read as u64;
        match watched.is_refused {
            true => Err(std::io::ErrorKind::InvalidData.into()),
            false => Ok(read),
        }
    }
}

fn below(folder: &Path, name: &str) -> Result<PathBuf, ArchiveError> {
    if name.contains(':') {
        return Err(ArchiveError::Path("path contains ':'"));
    }
    let name = name.replace('\\', "/");
    if name.split('/').any(|part| part == "..") {
        return Err(ArchiveError::Path("path contains '..'"));
    }
    if name.starts_with('/') {
        return Err(ArchiveError::Path("path is absolute"));
    }
    let clean = gostd::path::clean(name.as_bytes());
    Ok(folder.join(String::from_utf8_lossy(&clean).as_ref()))
}

#[cfg_attr(not(unix), allow(unused_variables))]
fn open(path: &Path, mode: u32) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode & 0o777);
    options.open(path)
}

/// Copies a folder to a place where nothing is yet; links stay links.
///
/// # Errors
/// What the system says.
pub(super) fn copy_folder(from: &Path, to: &Path) -> Result<(), Error> {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.map_err(|e| {
            let path = e.path().unwrap_or(from).to_owned();
            let cause = e.into_io_error().unwrap_or_else(|| std::io::ErrorKind::Other.into());
            FileError::new("open", path, cause)
        })?;
        let (source, kind) = (entry.path(), entry.file_type());
        let target = match source.strip_prefix(from) {
            Ok(below) if !below.as_os_str().is_empty() => to.join(below),
            _ => to.to_owned(),
        };
        if kind.is_dir() || entry.depth() == 0 {
            make_folders(&target)?;
        } else if kind.is_symlink() {
            copy_link(source, &target).map_err(|e| FileError::new("symlink", target, e))?;
        } else if let Err(cause) = std::fs::copy(source, &target) {
            return Err(Error::Copy { file: source.to_owned(), cause });
        }
    }
    // Folders last: some may not be written to.
    for entry in walkdir::WalkDir::new(from).contents_first(true).into_iter().flatten() {
        if entry.file_type().is_dir()
            && let (Ok(meta), Ok(below)) = (entry.metadata(), entry.path().strip_prefix(from))
        {
            let _ = std::fs::set_permissions(to.join(below), meta.permissions());
        }
    }
    Ok(())
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(std::fs::read_link(from)?, to)
}

#[cfg(not(unix))]
fn copy_link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::copy(from, to).map(drop)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{archive_name, below, cache_key};

    #[test]
    fn archives_are_named_without_their_version() {
        for (url, want) in [
            ("https://x.org/fake-plugin-0.0.1.tar.gz", "fake-plugin"),
            ("https://x.org/fake-plugin-0.0.1.tgz", "fake-plugin"),
            ("https://x.org/fake-plugin.tgz", "fake-plugin"),
            ("https://x.org/a-1.b-2.0.tgz", "a-1.b"),
            ("https://x.org/a-1.tgz", "a-1"),
        ] {
            assert_eq!(archive_name(url).unwrap(), want, "{url}");
        }
        assert!(archive_name("https://x.org/a.zip").is_err());
    }

    #[test]
    fn the_cache_has_a_folder_for_each_source() {
        for (source, want) in [
            ("https://github.com/a/b", "https-github.com-a-b"),
            ("http://127.0.0.1:80/a.git", "http-127.0.0.1-80-a.git"),
            ("git@github.com:a/b", "git-github.com-a-b"),
            ("ssh://me:pw@h/a", "ssh-me-h-a"),
        ] {
            assert_eq!(cache_key(source).unwrap(), want, "{source}");
        }
    }

    #[test]
    fn headers_are_as_long_as_go_reads_them() {
        let unpacked = |name: usize| {
            let mut tar =
                tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), Default::default()));
            let mut append = |kind: tar::EntryType, name: &str, data: &[u8]| {
                let mut header = tar::Header::new_ustar();
                header.set_entry_type(kind);
                header.set_size(data.len() as u64);
                header.set_mode(0o644);
                tar.append_data(&mut header, name, data).unwrap();
            };
            append(tar::EntryType::Regular, "first", &[b'x'; 3000]);
            append(tar::EntryType::GNULongName, "long", &vec![b'a'; name]);
            append(tar::EntryType::Regular, "second", b"y");
            let archive = tar.into_inner().unwrap().finish().unwrap();
            let folder = tempfile::tempdir().unwrap();
            super::unpack(&archive, &folder.path().join("p"), false).map_err(|e| e.to_string())
        };
        assert_eq!(unpacked(100), Ok(()));
        assert_eq!(unpacked((1 << 20) + 1).unwrap_err(), "archive/tar: header field too long");
        // A name that the system refuses, and Go's reader does not.
        assert!(unpacked(1 << 20).unwrap_err().contains("name too long"));
    }

    #[test]
    fn nothing_leads_out_of_the_folder() {
        let folder = Path::new("/p");
        for name in ["../a", "a/../../b", "/etc/x", "c:x", "a\\..\\b"] {
            assert!(below(folder, name).is_err(), "{name}");
        }
        assert_eq!(below(folder, "./a//b/").unwrap(), Path::new("/p/a/b"));
    }
}
