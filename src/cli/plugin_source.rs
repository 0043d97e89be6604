//! Where plugins are installed from: a folder, an archive on a server, a Git repository.

use std::path::Path;
use std::process::{Command, Stdio};

use gosemver::{Constraint, Version};
use gostd::os::io_reason;
use gostd::path;
use gostd::strconv::quoted;
use gostd::url::Url;
use statefulchart::getter::{MAX_PACKAGE, Options, Request, Tls};
use statefulchart::plugin::{
    archive_name, cache_key, copy_folder, is_archive_type, is_plugin, unpack,
};

use super::net::Net;
use super::output;
use super::settings::{self, Settings};

const MISSING: &str = "plugin metadata (plugin.yaml) missing";

/// Where a plugin comes from.
pub(super) enum Source {
    /// A folder of the user's own; what is installed is a link to it.
    Folder(String),
    /// A `.tgz` on a server.
    Archive(String),
    /// A Git repository, and the version that is wanted.
    Git(String, String),
}

/// A line of `--debug` as Helm's installers write it.
fn debug(on: bool, place: &str, text: &str) {
    if on {
        output::stderr(format!("[debug] {place}: {text}\n").as_bytes());
    }
}

fn base(source: &str) -> String {
    String::from_utf8_lossy(path::base(source.as_bytes())).into_owned()
}

fn joined(folder: &str, name: &str) -> String {
    String::from_utf8_lossy(&path::join([folder.as_bytes(), name.as_bytes()])).into_owned()
}

/// Runs git; what it printed, or why it failed.
fn git(folder: Option<&Path>, args: &[&str]) -> Result<String, (String, String)> {
    let mut command = Command::new("git");
    command.args(args).stdin(Stdio::null());
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let done = command.output().map_err(|_| {
        (String::new(), "exec: \"git\": executable file not found in $PATH".to_owned())
    })?;
    let said = String::from_utf8_lossy(&[&done.stdout[..], &done.stderr].concat()).into_owned();
    match done.status.code() {
        Some(0) => Ok(said),
        Some(code) => Err((said, format!("exit status {code}"))),
        None => Err((said, done.status.to_string())),
    }
}

fn in_words(what: &str) -> impl Fn((String, String)) -> String {
    move |(said, why)| format!("{what}: {said}: {why}")
}

impl Source {
    /// What the user's words mean.
    ///
    /// # Errors
    /// `Cannot detect VCS`, and what is wrong with a URL.
    pub(super) fn new(net: &Net, source: &str, version: &str) -> Result<Source, String> {
        if Path::new(source).exists() {
            let full = std::path::absolute(source)
                .map_err(|e| format!("unable to get absolute path to plugin: {}", io_reason(&e)))?;
            let full = path::clean(full.as_os_str().as_encoded_bytes());
            return Ok(Source::Folder(String::from_utf8_lossy(&full).into_owned()));
        }
        if serves_archive(net, source) {
            archive_name(source)?;
            return Ok(Source::Archive(source.to_owned()));
        }
        if !is_git(source) {
            return Err("Cannot detect VCS".into());
        }
        Ok(Source::Git(source.to_owned(), version.to_owned()))
    }

    /// Where an installed plugin came from.
    ///
    /// # Errors
    /// `cannot get information about plugin source`
    pub(super) fn of_installed(folder: &Path) -> Result<Source, String> {
        if !folder.join(".git").exists() {
            return Err("cannot get information about plugin source".into());
        }
        let remote = git(Some(folder), &["config", "--get", "remote.origin.url"])
            .map_err(|(_, why)| format!("Unable to retrieve local repo information: {why}"))?;
        Ok(Source::Git(remote.trim().to_owned(), String::new()))
    }

    /// The folder that the plugin is in once it is installed.
    pub(super) fn place(&self, settings: &Settings) -> String {
        match self {
            Source::Folder(source) | Source::Git(source, _) => {
                joined(&settings.plugins, &base(source))
            }
            Source::Archive(url) => {
                settings::data(&format!("plugins/{}", archive_name(url).unwrap_or_default()))
            }
        }
    }

    /// Puts the plugin into its place, where nothing is yet.
    ///
    /// # Errors
    /// Helm's texts.
    pub(super) fn install(&self, net: &Net, place: &str) -> Result<(), String> {
        let chatty = net.settings.debug;
        match self {
            Source::Folder(source) => {
                let folder = Path::new(source);
                if !folder.is_dir() {
                    return Err("expected plugin to be a folder".into());
                }
                if !is_plugin(folder) {
                    return Err(MISSING.into());
                }
                debug(chatty, "local_installer.go:60", &format!("symlinking {source} to {place}"));
                link(source, place)
                    .map_err(|e| format!("symlink {source} {place}: {}", io_reason(&e)))
            }
            Source::Archive(url) => {
                let cached = settings::cache(&format!("plugins/{}", cache_key(url)?));
                let data = net.fetch(url, &Options::default(), MAX_PACKAGE)?;
                unpack(&data, Path::new(&cached))
                    .map_err(|e| format!("extracting files from archive: {e}"))?;
                finish(chatty, "http_installer.go:147", &cached, place)
            }
            Source::Git(remote, version) => {
                let cached = settings::cache(&format!("plugins/{}", cache_key(remote)?));
                let folder = Path::new(&cached);
                if folder.exists() {
                    debug(chatty, "vcs_installer.go:162", &format!("updating {remote}"));
                    fetch(folder)?;
                } else {
                    let line = format!("cloning {remote} to {cached}");
                    debug(chatty, "vcs_installer.go:159", &line);
                    clone(remote, folder)?;
                }
                if let Some(tag) = choose(chatty, remote, version, folder)? {
                    let line = format!("setting version to {}", quoted(version));
                    debug(chatty, "vcs_installer.go:152", &line);
                    let checkout = ["checkout", &tag];
                    git(Some(folder), &checkout)
                        .map_err(in_words("Unable to update checked out version"))?;
                }
                finish(chatty, "vcs_installer.go:91", &cached, place)
            }
        }
    }

    /// Fetches what is new of an installed plugin.
    ///
    /// # Errors
    /// Helm's texts.
    pub(super) fn update(&self, chatty: bool, folder: &Path) -> Result<(), String> {
        let Source::Git(remote, _) = self else {
            return Err("cannot get information about plugin source".into());
        };
        debug(chatty, "vcs_installer.go:97", &format!("updating {remote}"));
        if git(Some(folder), &["diff"]).is_ok_and(|changes| !changes.is_empty()) {
            return Err("plugin repo was modified".into());
        }
        fetch(folder)?;
        if is_plugin(folder) { Ok(()) } else { Err(MISSING.into()) }
    }
}

fn finish(chatty: bool, line: &str, cached: &str, place: &str) -> Result<(), String> {
    if !is_plugin(Path::new(cached)) {
        return Err(MISSING.into());
    }
    debug(chatty, line, &format!("copying {cached} to {place}"));
    copy_folder(Path::new(cached), Path::new(place))
}

#[cfg(unix)]
fn link(source: &str, place: &str) -> std::io::Result<()> {
    std::os::unix::fs::symlink(source, place)
}

#[cfg(windows)]
fn link(source: &str, place: &str) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(source, place)
}

/// Whether a server says that there is an archive at the URL.
fn serves_archive(net: &Net, source: &str) -> bool {
    if !source.starts_with("http://") && !source.starts_with("https://") {
        return false;
    }
    let Ok(agent) = net.network.agent(&Tls::default(), source) else { return false };
    let request = Request { method: "HEAD", url: source, headers: &[], body: None, limit: 1024 };
    let answer = net.network.send(&agent, &request);
    answer.is_ok_and(|a| a.header("content-type").is_some_and(is_archive_type))
}

/// Whether a source looks like a Git repository: by its scheme, its host or its end.
fn is_git(source: &str) -> bool {
    const HOSTS: &[&str] = &["github.com", "gitlab.com", "bitbucket.org", "codeberg.org"];
    if source.starts_with('-') {
        return false;
    }
    let secure_shell = source.split_once('@').is_some_and(|(user, rest)| {
        !user.is_empty() && !user.contains(['/', ':']) && rest.contains(':')
    });
    if secure_shell {
        return true;
    }
    let Ok(url) = Url::parse(source) else { return false };
    if url.host.is_empty() {
        return false;
    }
    let host = url.host.split(':').next().unwrap_or_default();
    url.scheme == "git"
        || url.scheme == "git+ssh"
        || url.scheme == "ssh"
        || HOSTS.contains(&host)
        || url.path.ends_with(b".git")
}

fn clone(remote: &str, folder: &Path) -> Result<(), String> {
    let place = folder.display().to_string();
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent)
            .map_err(|e| format!("mkdir {}: {}", parent.display(), io_reason(&e)))?;
    }
    git(None, &["clone", "--recursive", "--", remote, &place])
        .map(drop)
        .map_err(in_words("Unable to get repository"))
}

/// Fetches what is new, and moves along where a branch is checked out.
fn fetch(folder: &Path) -> Result<(), String> {
    let fail = in_words("Unable to update repository");
    git(Some(folder), &["fetch", "--tags", "origin"]).map_err(&fail)?;
    if git(Some(folder), &["symbolic-ref", "-q", "HEAD"]).is_ok() {
        git(Some(folder), &["pull"]).map_err(&fail)?;
    }
    Ok(())
}

/// The reference to check out, if another than the default one is wanted.
fn choose(
    chatty: bool,
    remote: &str,
    version: &str,
    folder: &Path,
) -> Result<Option<String>, String> {
    if version.is_empty() {
        return Ok(None);
    }
    let verify = ["rev-parse", "--verify", version];
    if !version.starts_with('-') && git(Some(folder), &verify).is_ok() {
        return Ok(Some(version.to_owned()));
    }
    let range = Constraint::parse(version).map_err(|e| e.to_string())?;
    let shown = git(Some(folder), &["show-ref"]).unwrap_or_default();
    let tags = shown.lines().filter_map(|l| l.split_once("tags/").map(|(_, tag)| tag));
    let tags: Vec<&str> = tags.collect();
    debug(chatty, "vcs_installer.go:131", &format!("found refs: [{}]", tags.join(" ")));
    let mut known: Vec<(Version, &str)> =
        tags.iter().filter_map(|tag| Some((Version::parse(tag).ok()?, *tag))).collect();
    known.sort_by(|(a, _), (b, _)| b.precedence(a));
    let Some((_, tag)) = known.iter().find(|(v, _)| range.matches(v)) else {
        return Err(format!(
            "requested version {} does not exist for plugin {}",
            quoted(version),
            quoted(remote)
        ));
    };
    debug(chatty, "vcs_installer.go:142", &format!("setting to {tag}"));
    Ok(Some((*tag).to_owned()))
}
