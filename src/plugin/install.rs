//! Where plugins are kept, and getting them out of archives.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use gostd::os::io_reason;
use gostd::url::Url;

/// Largest content of a plugin's archive, in bytes.
const MAX_CONTENT: u64 = 2 * 1024 * 1024 * 1024;

/// Whether a folder holds a `plugin.yaml`.
pub fn is_plugin(folder: &Path) -> bool {
    folder.join(super::FILE).exists()
}

/// Whether a server that names this media type sends an archive.
pub fn is_archive_type(media: &str) -> bool {
    let media = media.to_lowercase();
    ["application/gzip", "application/x-gzip", "application/x-tgz", "application/x-gtar"]
        .contains(&media.as_str())
}

/// The plugin's name in the URL of an archive: what stands before the version.
///
/// # Errors
/// `no extractor implemented yet for URL` where it is neither `.tgz` nor `.tar.gz`.
pub fn archive_name(url: &str) -> Result<String, String> {
    let base = String::from_utf8_lossy(gostd::path::base(url.as_bytes())).into_owned();
    let stem = [".tar.gz", ".tgz"].iter().find_map(|suffix| base.strip_suffix(suffix));
    let stem = stem.ok_or_else(|| format!("no extractor implemented yet for {url}"))?;
    // The last dash with a number and a dot behind it.
    let version = stem.rmatch_indices('-').map(|(at, _)| at).find(|at| {
        let rest = stem.get(at + 1..).unwrap_or_default();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0 && rest.as_bytes().get(digits) == Some(&b'.')
    });
    Ok(stem.get(..version.unwrap_or(stem.len())).unwrap_or_default().to_owned())
}

/// The folder's name in the cache for a source, Helm's `cache.Key`.
///
/// # Errors
/// What is wrong with the URL.
pub fn cache_key(source: &str) -> Result<String, String> {
    let (scheme, user, host, path) = match remote_login(source) {
        Some((user, host, path)) => (String::new(), user, host.to_owned(), format!("/{path}")),
        None => {
            let url = Url::parse(source).map_err(|e| e.to_string())?;
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

/// The parts of `user@host:path`.
fn remote_login(source: &str) -> Option<(&str, &str, &str)> {
    let (user, rest) = source.split_once('@')?;
    let (host, path) = rest.split_once(':')?;
    let word = |text: &str, more: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || more.contains(c))
    };
    (word(user, "") && word(host, ".-")).then_some((user, host, path))
}

/// Unpacks a plugin's archive, as strictly as Helm does: files and folders only, nothing that leads out.
///
/// # Errors
/// Helm's texts.
pub fn unpack(archive: &[u8], folder: &Path) -> Result<(), String> {
    let decoder = flate2::read::GzDecoder::new(archive);
    if decoder.header().is_none() {
        return Err("gzip: invalid header".into());
    }
    make_folder(folder)?;
    let mut tar = tar::Archive::new(decoder.take(MAX_CONTENT));
    for entry in tar.entries().map_err(|e| io_reason(&e))? {
        let mut entry = entry.map_err(|e| io_reason(&e))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let path = below(folder, &name)?;
        let kind = entry.header().entry_type();
        let fail =
            |what: &str, e: std::io::Error| format!("{what} {}: {}", path.display(), io_reason(&e));
        if kind.is_dir() {
            std::fs::create_dir(&path).map_err(|e| fail("mkdir", e))?;
        } else if kind.is_file() {
            let mut file =
                open(&path, entry.header().mode().unwrap_or(0o644)).map_err(|e| fail("open", e))?;
            std::io::copy(&mut entry, &mut file).map_err(|e| io_reason(&e))?;
            file.flush().map_err(|e| fail("write", e))?;
        } else if kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        } else {
            let byte = kind.as_byte();
            return Err(format!("unknown type: {byte:b} in {name}"));
        }
    }
    Ok(())
}

fn below(folder: &Path, name: &str) -> Result<PathBuf, String> {
    if name.contains(':') {
        return Err("path contains ':', which is illegal".into());
    }
    let name = name.replace('\\', "/");
    if name.split('/').any(|part| part == "..") {
        return Err("path contains '..', which is illegal".into());
    }
    if name.starts_with('/') {
        return Err("path is absolute, which is illegal".into());
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

fn make_folder(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder)
        .map_err(|e| format!("mkdir {}: {}", folder.display(), io_reason(&e)))
}

/// Copies a folder to a place where nothing is yet; links stay links.
///
/// # Errors
/// What the system says.
pub fn copy_folder(from: &Path, to: &Path) -> Result<(), String> {
    make_folder(to)?;
    // Folders still to copy: a list, since depth is up to the plugin.
    let mut open = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = open.pop() {
        let fail = |e: std::io::Error| format!("open {}: {}", from.display(), io_reason(&e));
        for entry in std::fs::read_dir(&from).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let (source, target) = (entry.path(), to.join(entry.file_name()));
            let kind = entry.file_type().map_err(fail)?;
            if kind.is_dir() {
                make_folder(&target)?;
                open.push((source, target));
            } else if kind.is_symlink() {
                copy_link(&source, &target)
                    .map_err(|e| format!("symlink {}: {}", target.display(), io_reason(&e)))?;
            } else {
                std::fs::copy(&source, &target).map_err(|e| {
                    format!("copying file failed: {}: {}", source.display(), io_reason(&e))
                })?;
            }
        }
        if let Ok(meta) = std::fs::metadata(&from) {
            let _ = std::fs::set_permissions(&to, meta.permissions());
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
    fn nothing_leads_out_of_the_folder() {
        let folder = Path::new("/p");
        for name in ["../a", "a/../../b", "/etc/x", "c:x", "a\\..\\b"] {
            assert!(below(folder, name).is_err(), "{name}");
        }
        assert_eq!(below(folder, "./a//b/").unwrap(), Path::new("/p/a/b"));
    }
}
