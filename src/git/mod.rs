//! Reads files of a Git repository as they are at a revision, by the program `git`. Nothing in the repository is
//! changed: no work tree is made, and no index is written.

mod error;
mod objects;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::ops::Bound;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use bstr::ByteSlice;

pub use error::GitError;
use objects::Objects;

/// How many links lead from one name to what it stands for, at most: as many as Linux follows.
const MOST_LINKS: usize = 40;
/// How many files are listed of one folder, at most.
const MOST_FILES: usize = 200_000;

/// A repository.
#[derive(Clone, Debug)]
pub struct Repository {
    /// The folder of its work tree.
    top: PathBuf,
}

/// A commit, as people name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The start of its name.
    pub id: String,
    /// The first line of its message.
    pub subject: String,
}

/// A file of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its path in the repository, without the links that lead to it.
    pub path: Vec<u8>,
    /// What names its contents.
    pub id: String,
}

/// A file in a folder of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its path in the folder.
    pub name: Vec<u8>,
    /// The file.
    pub blob: Blob,
}

#[derive(Debug)]
struct Entry {
    is_link: bool,
    id: String,
}

/// What a repository holds at a revision.
#[derive(Debug)]
pub struct Tree {
    /// The revision as it was named.
    pub revision: String,
    /// The commit.
    pub commit: String,
    top: PathBuf,
    entries: BTreeMap<Vec<u8>, Entry>,
    objects: RefCell<Objects>,
    /// Where links lead, by what names their contents.
    links: RefCell<HashMap<String, Vec<u8>>>,
}

/// What a path leads to.
enum Found {
    File(Blob),
    Folder(Vec<u8>),
}

/// Has a path mean no more than itself.
const LITERAL: &str = "--literal-pathspecs";

/// Variables by which hooks and scripts of another repository lead `git` there.
const ELSEWHERE: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
];

/// Returns the program, for a folder.
fn program(folder: &Path) -> Command {
    let mut command = Command::new("git");
    // A repository's own settings must not run programs.
    command.args(["-c", "core.fsmonitor=false", "-c", "log.showSignature=false"]);
    command.arg("-C").arg(folder);
    command.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    for name in ELSEWHERE {
        command.env_remove(name);
    }
    command
}

fn git(folder: &Path, args: &[&OsStr]) -> Result<Vec<u8>, GitError> {
    let mut command = program(folder);
    command.args(args);
    let output = command.output().map_err(GitError::Program)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(GitError::Failed {
        command: args.first().map(|arg| arg.to_string_lossy().into_owned()).unwrap_or_default(),
        words: output.stderr.to_str_lossy().trim().to_owned(),
    })
}

fn words<'a>(args: &'a [&'a str]) -> Vec<&'a OsStr> {
    args.iter().map(OsStr::new).collect()
}

impl Repository {
    /// Finds the repository that a folder or file belongs to.
    ///
    /// # Errors
    /// Where there is none, or no program `git`.
    pub fn of(path: &Path) -> Result<Repository, GitError> {
        let folder = match path.is_dir() {
            true => path,
            false => path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")),
        };
        let top = git(folder, &words(&["rev-parse", "--show-toplevel"])).map_err(|e| match e {
            GitError::Failed { words, .. } if words.contains("not a git repository") => {
                GitError::NoRepository(path.to_owned())
            }
            other => other,
        })?;
        let top = top.strip_suffix(b"\n").unwrap_or(&top);
        if top.is_empty() {
            return Err(GitError::NoRepository(path.to_owned()));
        }
        Ok(Repository { top: PathBuf::from(OsStr::from_bytes(top)) })
    }

    /// Returns the folder of its work tree.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// Returns the path in the repository of a path on this machine, which need not be there; nothing where it leads
    /// elsewhere.
    pub fn within(&self, path: &Path) -> Option<Vec<u8>> {
        let absolute = std::path::absolute(path).ok()?;
        // What is there of it has its links followed: the repository's own folder may be reached by one.
        let mut known = absolute.clone();
        let mut rest = Vec::new();
        let real = loop {
            if let Ok(real) = known.canonicalize() {
                break real;
            }
            rest.push(known.file_name()?.to_owned());
            known.pop();
        };
        let top = self.top.canonicalize().ok()?;
        // A link in the repository stays what it is there.
        let lexical = |path: &Path| {
            let within = path.strip_prefix(&self.top).or_else(|_| path.strip_prefix(&top)).ok()?;
            clean(within.as_os_str().as_bytes())
        };
        lexical(&absolute).or_else(|| {
            let mut real = real;
            rest.into_iter().rev().for_each(|name| real.push(name));
            lexical(&real)
        })
    }

    /// Lists what the repository holds at a revision.
    ///
    /// # Errors
    /// A revision that is not there.
    pub fn at(&self, revision: &str) -> Result<Tree, GitError> {
        let commit = format!("{revision}^{{commit}}");
        let args = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
        let commit = git(&self.top, &words(&args)).map_err(|e| match e {
            GitError::Failed { .. } => GitError::NoRevision(revision.to_owned()),
            other => other,
        })?;
        let commit = commit.trim_ascii().to_str_lossy().into_owned();
        let args = ["ls-tree", "-r", "-z", "--full-tree", &commit];
        let list = git(&self.top, &words(&args))?;
        let mut entries = BTreeMap::new();
        for line in list.split(|b| *b == 0).filter(|line| !line.is_empty()) {
            // `100644 blob ID<tab>PATH`; a submodule is a commit, which is not here.
            let Some((head, path)) = line.split_once_str(b"\t") else { continue };
            let head = head.to_str_lossy();
            let mut parts = head.split_ascii_whitespace();
            let (Some(mode), Some("blob"), Some(id)) = (parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            let entry = Entry { is_link: mode == "120000", id: id.to_owned() };
            entries.insert(path.to_vec(), entry);
        }
        let objects = RefCell::new(Objects::new(&self.top));
        let (revision, top) = (revision.to_owned(), self.top.clone());
        Ok(Tree { revision, commit, top, entries, objects, links: RefCell::default() })
    }

    /// Lists the paths that differ between a revision and another, or the work tree with what Git does not ignore in it.
    ///
    /// # Errors
    /// What `git` says.
    pub fn changed(&self, from: &Tree, to: Option<&Tree>) -> Result<Vec<Vec<u8>>, GitError> {
        let mut args =
            vec!["diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", &from.commit];
        args.extend(to.map(|tree| &*tree.commit));
        args.push("--");
        let mut list = git(&self.top, &words(&args))?;
        if to.is_none() {
            let args = ["ls-files", "--others", "--exclude-standard", "-z", "--full-name"];
            list.extend(git(&self.top, &words(&args))?);
        }
        let paths = list.split(|b| *b == 0).filter(|path| !path.is_empty());
        Ok(paths.map(<[u8]>::to_vec).collect())
    }

    /// Returns the commit that last changed a line of a file, from one revision on up to another: its short name and its
    /// subject; nothing where none of these did.
    pub fn blame(&self, from: &str, to: &str, path: &[u8], line: usize) -> Option<Commit> {
        let (lines, revisions) = (format!("{line},{line}"), format!("{from}..{to}"));
        let args =
            [LITERAL, "blame", "--no-textconv", "--porcelain", "-L", &lines, &revisions, "--"];
        let mut args = words(&args);
        args.push(OsStr::from_bytes(path));
        let text = git(&self.top, &args).ok()?;
        if text.lines().any(|line| line == b"boundary") {
            return None;
        }
        let id = text.lines().next()?.to_str_lossy().split(' ').next()?.to_owned();
        let subject = text.lines().find_map(|line| line.strip_prefix(b"summary "))?;
        Some(Commit { id: id.get(..9)?.to_owned(), subject: subject.to_str_lossy().into_owned() })
    }

    /// Returns the last commit that changed a file, from one revision on up to another.
    pub fn last(&self, from: &str, to: &str, path: &[u8]) -> Option<Commit> {
        let revisions = format!("{from}..{to}");
        let args = [LITERAL, "log", "-1", "--format=%h%x09%s", &revisions, "--"];
        let mut args = words(&args);
        args.push(OsStr::from_bytes(path));
        let text = git(&self.top, &args).ok()?;
        let (id, subject) = text.split_once_str(b"\t")?;
        Some(Commit {
            id: id.to_str_lossy().into_owned(),
            subject: subject.trim_ascii().to_str_lossy().into_owned(),
        })
    }

    /// Tells whether a file of the work tree is another than that of the last commit.
    pub fn is_changed(&self, path: &[u8]) -> bool {
        let mut args = words(&[LITERAL, "status", "--porcelain", "--"]);
        args.push(OsStr::from_bytes(path));
        git(&self.top, &args).is_ok_and(|text| !text.is_empty())
    }

    /// Returns the folders of the charts in the work tree: what Git follows, and what it does not ignore.
    ///
    /// # Errors
    /// What `git` says.
    pub fn chart_files(&self) -> Result<Vec<Vec<u8>>, GitError> {
        let args = [
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
            "--full-name",
            "--",
            ":(top,glob)**/Chart.yaml",
        ];
        let list = git(&self.top, &words(&args))?;
        let paths = list.split(|b| *b == 0).filter(|path| !path.is_empty());
        Ok(paths.map(<[u8]>::to_vec).collect())
    }
}

/// Takes `.` and `..` out of a path; nothing where it leads out of the folder that it starts in.
pub fn clean(path: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split_str("/") {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join(&b'/'))
}

fn parent(path: &[u8]) -> &[u8] {
    path.rsplit_once_str(b"/").map_or(b"", |(parent, _)| parent)
}

impl Tree {
    /// Returns the path on this machine that a path in the repository has in the work tree.
    pub fn on_disk(&self, path: &[u8]) -> PathBuf {
        self.top.join(OsStr::from_bytes(path))
    }

    /// Returns the paths of all files whose last part has a name.
    pub fn named<'t>(&'t self, name: &'t [u8]) -> impl Iterator<Item = &'t [u8]> {
        let all = self.entries.keys().map(Vec::as_slice);
        all.filter(move |path| path.rsplit_once_str(b"/").map_or(*path, |(_, last)| last) == name)
    }

    /// Tells whether a path leads to a folder.
    pub fn is_folder(&self, path: &[u8]) -> bool {
        matches!(self.find(path), Ok(Some(Found::Folder(_))))
    }

    /// Returns the path of a file, links followed; nothing where there is no such file.
    pub fn real(&self, path: &[u8]) -> Option<Vec<u8>> {
        match self.find(path).ok()?? {
            Found::File(blob) => Some(blob.path),
            Found::Folder(_) => None,
        }
    }

    /// Returns a file's contents, links followed; nothing where there is no such file.
    ///
    /// # Errors
    /// A link that leads nowhere or out of the repository; what `git` says.
    pub fn read(&self, path: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
        match self.find(path)? {
            Some(Found::File(blob)) => self.contents(&blob.id).map(Some),
            _ => Ok(None),
        }
    }

    /// Returns the contents of a file that was listed.
    ///
    /// # Errors
    /// What `git` says.
    pub fn contents(&self, id: &str) -> Result<Vec<u8>, GitError> {
        self.objects.borrow_mut().read(id)
    }

    /// Lists the files in a folder and the folders in it, links followed, in the order in which a walk meets them.
    ///
    /// # Errors
    /// A link that leads nowhere, out of the repository or in a circle.
    pub fn list(&self, folder: &[u8]) -> Result<Vec<Listed>, GitError> {
        let mut found = Vec::new();
        if let Some(Found::Folder(folder)) = self.find(folder)? {
            self.add(&folder, b"", 0, &mut found)?;
        }
        found.sort_by(|a, b| a.name.split_str("/").cmp(b.name.split_str("/")));
        Ok(found)
    }

    fn add(
        &self,
        folder: &[u8],
        name: &[u8],
        depth: usize,
        to: &mut Vec<Listed>,
    ) -> Result<(), GitError> {
        let start = if folder.is_empty() { Vec::new() } else { [folder, b"/"].concat() };
        let from = (Bound::Included(start.clone()), Bound::Unbounded);
        let below = self.entries.range::<Vec<u8>, _>(from);
        for (path, entry) in below.take_while(|(path, _)| path.starts_with(&start)) {
            let own = [name, &path[start.len()..]].concat();
            if to.len() >= MOST_FILES {
                return Err(GitError::TooManyFiles(folder.to_str_lossy().into_owned()));
            }
            if !entry.is_link {
                let blob = Blob { path: path.clone(), id: entry.id.clone() };
                to.push(Listed { name: own, blob });
                continue;
            }
            match self.find(path)? {
                Some(Found::File(blob)) => to.push(Listed { name: own, blob }),
                Some(Found::Folder(target)) => {
                    if depth > MOST_LINKS {
                        return Err(GitError::Link(path.to_str_lossy().into_owned()));
                    }
                    self.add(&target, &[&own[..], b"/"].concat(), depth + 1, to)?;
                }
                None => return Err(GitError::Link(path.to_str_lossy().into_owned())),
            }
        }
        Ok(())
    }

    /// Follows the links on the way to what a path stands for.
    fn find(&self, path: &[u8]) -> Result<Option<Found>, GitError> {
        let Some(mut path) = clean(path) else { return Ok(None) };
        for _ in 0..=MOST_LINKS {
            let ends = path.find_iter(b"/").chain([path.len()]);
            let link = ends
                .filter_map(|end| Some((end, self.entries.get(&path[..end])?)))
                .find(|(_, entry)| entry.is_link);
            let Some((end, entry)) = link else {
                return Ok(match self.entries.get(&path) {
                    Some(entry) => {
                        let blob = Blob { path, id: entry.id.clone() };
                        Some(Found::File(blob))
                    }
                    None => self.has_below(&path).then_some(Found::Folder(path)),
                });
            };
            let target = self.link(&entry.id)?;
            let broken = || GitError::Link(path[..end].to_str_lossy().into_owned());
            if target.starts_with(b"/") {
                return Err(broken());
            }
            let joined = [parent(&path[..end]), b"/", &target, &path[end..]].concat();
            path = clean(&joined).ok_or_else(broken)?;
        }
        Err(GitError::Link(path.to_str_lossy().into_owned()))
    }

    fn link(&self, id: &str) -> Result<Vec<u8>, GitError> {
        if let Some(target) = self.links.borrow().get(id) {
            return Ok(target.clone());
        }
        let target = self.contents(id)?;
        self.links.borrow_mut().insert(id.to_owned(), target.clone());
        Ok(target)
    }

    fn has_below(&self, folder: &[u8]) -> bool {
        if folder.is_empty() {
            return !self.entries.is_empty();
        }
        let start = [folder, b"/"].concat();
        let from = (Bound::Included(start.clone()), Bound::Unbounded);
        let next = self.entries.range::<Vec<u8>, _>(from).next();
        next.is_some_and(|(path, _)| path.starts_with(&start))
    }
}

/// Returns a path of bytes as one of this machine.
pub fn path_of(path: &[u8]) -> PathBuf {
    PathBuf::from(std::ffi::OsString::from_vec(path.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(folder: &Path, args: &[&str]) {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        let mut command = Command::new("git");
        let status = command.arg("-C").arg(folder).args(identity).args(args).output().unwrap();
        assert!(status.status.success(), "{args:?}: {status:?}");
    }

    #[test]
    fn a_revision_is_read_with_its_links() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        let write = |name: &str, text: &str| {
            let path = top.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        run(top, &["init", "-q"]);
        write("app/Chart.yaml", "name: app\n");
        write("common/_helpers.tpl", "old");
        std::fs::create_dir_all(top.join("app/templates")).unwrap();
        std::os::unix::fs::symlink("../../common", top.join("app/templates/common")).unwrap();
        std::os::unix::fs::symlink("/etc", top.join("app/outside")).unwrap();
        run(top, &["add", "."]);
        run(top, &["commit", "-qm", "one"]);
        write("common/_helpers.tpl", "new");
        write("app/x y\n", "untracked");
        let repository = Repository::of(&top.join("app")).unwrap();
        let tree = repository.at("HEAD").unwrap();
        let read = |path: &[u8]| tree.read(path).unwrap();
        assert_eq!(read(b"app/templates/common/_helpers.tpl").unwrap(), b"old");
        assert_eq!(read(b"app/none"), None);
        assert!(tree.is_folder(b"app/templates/common") && !tree.is_folder(b"nowhere"));
        let listed = tree.list(b"app/templates").unwrap();
        assert_eq!(listed[0].name, b"common/_helpers.tpl");
        assert_eq!(listed[0].blob.path, b"common/_helpers.tpl");
        assert!(matches!(tree.list(b"app"), Err(GitError::Link(link)) if link == "app/outside"));
        let mut changed = repository.changed(&tree, None).unwrap();
        changed.sort();
        assert_eq!(changed, [&b"app/x y\n"[..], b"common/_helpers.tpl"]);
        assert_eq!(repository.chart_files().unwrap(), [b"app/Chart.yaml"]);
        assert_eq!(repository.within(&top.join("app/../common/x")).unwrap(), b"common/x");
        assert_eq!(repository.within(Path::new("/etc/passwd")), None);
        assert!(matches!(repository.at("nope"), Err(GitError::NoRevision(_))));
        assert!(matches!(repository.at("--help"), Err(GitError::NoRevision(_))));
        assert!(repository.is_changed(b"common/_helpers.tpl"));
        run(top, &["commit", "-qam", "two"]);
        let path = b"common/_helpers.tpl";
        assert_eq!(repository.blame("HEAD~", "HEAD", path, 1).unwrap().subject, "two");
        assert_eq!(repository.last("HEAD~", "HEAD", path).unwrap().subject, "two");
        assert_eq!(repository.blame("HEAD", "HEAD", path, 1), None);
        assert!(!repository.is_changed(path));
    }
}
