//! Fetches plugins from Git repositories.

use std::path::Path;
use std::process::{Command, Stdio};

use super::Error;
use crate::report::{Installation, Reporter};
use crate::store::make_folders;
use gosemver::{Release, Version};
use gostd::url::Url;

/// How Git failed.
pub(super) struct Failure {
    /// What it printed.
    output: String,
    /// How it ended.
    pub(super) status: String,
}

impl Failure {
    fn of(self, what: &'static str) -> Error {
        Error::Git { what, output: self.output, status: self.status }
    }
}

/// Runs Git; what it printed.
pub(super) fn git(folder: Option<&Path>, args: &[&str]) -> Result<String, Failure> {
    let mut command = Command::new("git");
    command.args(args).stdin(Stdio::null());
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let done = command.output().map_err(|_| Failure {
        output: String::new(),
        status: "exec: \"git\": executable file not found in $PATH".to_owned(),
    })?;
    let output = String::from_utf8_lossy(&[&done.stdout[..], &done.stderr].concat()).into_owned();
    match done.status.code() {
        Some(0) => Ok(output),
        Some(code) => Err(Failure { output, status: format!("exit status {code}") }),
        None => Err(Failure { output, status: done.status.to_string() }),
    }
}

/// Returns whether a source looks like a Git repository: by its scheme, its host or its end.
pub(super) fn is_git(source: &str) -> bool {
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

/// Copies a repository to a folder.
pub(super) fn clone(remote: &str, folder: &Path) -> Result<(), Error> {
    let place = folder.display().to_string();
    if let Some(parent) = folder.parent() {
        make_folders(parent)?;
    }
    git(None, &["clone", "--recursive", "--", remote, &place])
        .map(drop)
        .map_err(|e| e.of("Unable to get repository"))
}

/// Fetches what is new, and moves along where a branch is checked out.
pub(super) fn fetch(folder: &Path) -> Result<(), Error> {
    let fail = |e: Failure| e.of("Unable to update repository");
    git(Some(folder), &["fetch", "--tags", "origin"]).map_err(fail)?;
    if git(Some(folder), &["symbolic-ref", "-q", "HEAD"]).is_ok() {
        git(Some(folder), &["pull"]).map_err(fail)?;
    }
    Ok(())
}

/// Returns the reference to check out, if another than the default one is wanted.
pub(super) fn choose(
    remote: &str,
    version: &str,
    folder: &Path,
    semver: Release,
    reporter: &dyn Reporter,
) -> Result<Option<String>, Error> {
    if version.is_empty() {
        return Ok(None);
    }
    let verify = ["rev-parse", "--verify", version];
    if !version.starts_with('-') && git(Some(folder), &verify).is_ok() {
        return Ok(Some(version.to_owned()));
    }
    let range = semver.constraint(version).map_err(Error::Range)?;
    let shown = git(Some(folder), &["show-ref"]).unwrap_or_default();
    let tags = shown.lines().filter_map(|l| l.split_once("tags/").map(|(_, tag)| tag));
    let tags: Vec<&str> = tags.collect();
    reporter.installation(|| Installation::FoundTags {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
    });
    let mut known: Vec<(Version, &str)> =
        tags.iter().filter_map(|tag| Some((semver.version(tag).ok()?, *tag))).collect();
    known.sort_by(|(a, _), (b, _)| b.precedence(a));
    let Some((_, tag)) = known.iter().find(|(v, _)| range.matches(v)) else {
        let (version, remote) = (version.to_owned(), remote.to_owned());
        return Err(Error::NoVersion { version, remote });
    };
    reporter.installation(|| Installation::ChoseTag { tag: (*tag).to_owned() });
    Ok(Some((*tag).to_owned()))
}

/// Checks a reference out.
pub(super) fn checkout(folder: &Path, reference: &str) -> Result<(), Error> {
    git(Some(folder), &["checkout", reference])
        .map(drop)
        .map_err(|e| e.of("Unable to update checked out version"))
}
