//! The files under `tests/cases`, as `tests/cases/README.md` describes them.

mod mask;
mod outline;
mod pack;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use regex::Regex;

/// The chart metadata that a case gets when it brings none of its own.
const DEFAULT_CHART: &[u8] = b"apiVersion: v2\nname: chart\nversion: 0.1.0\n";
/// The Helm release of which a case has a golden that names no releases.
const DEFAULT_RELEASE: &str = "3.17.3";
/// Stands in a golden for a line that differs from run to run.
const RANDOM: &[u8] = b"<random>";
const NO_NEWLINE: &[u8] = b"\\ No newline at end\n";

/// What a run leaves behind, by name: `command`, `status`, `stdout`, `stderr`, and files by their path and kind.
pub(crate) type Outputs = BTreeMap<String, Vec<u8>>;

struct File {
    path: String,
    kind: String,
    data: Vec<u8>,
}

/// A command line.
pub(crate) struct Run {
    /// The arguments as written, or the whole line of a shell.
    text: String,
    shell: bool,
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.shell {
            return f.write_str(&self.text);
        }
        static VARIABLES: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"^(?:[A-Za-z_]\w*=\S* +)*").unwrap());
        let variables = VARIABLES.find(&self.text).map_or(0, |m| m.end());
        let (variables, rest) = self.text.split_at(variables);
        write!(f, "{variables}helm {rest}")
    }
}

/// A small chart and the commands to run on it.
pub(crate) struct Case {
    /// The path of the case below `tests/cases`, without its extension.
    pub(crate) name: String,
    /// What is run on it.
    pub(crate) runs: Vec<Run>,
    /// The rules that it shows.
    pub(crate) rules: Vec<String>,
    releases: Vec<String>,
    outline: bool,
    packs: Vec<(String, String)>,
    copies: Vec<String>,
    files: Vec<File>,
}

/// What a Helm release printed for each run of a case.
pub(crate) struct Golden {
    /// The release.
    pub(crate) release: String,
    /// What it printed, run by run.
    pub(crate) outputs: Vec<Outputs>,
}

/// The cases of what Helm does not have, with the places of their goldens.
pub(crate) fn own_cases() -> Vec<(Case, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/own");
    let paths = paths_below(&root);
    paths.iter().map(|path| (Case::read(&root, path), path.with_extension("golden"))).collect()
}

fn paths_below(root: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    collect(root, &mut paths);
    paths.retain(|p| p.extension().is_some_and(|e| e == "case"));
    paths.sort();
    paths
}

/// Every case with what each of its Helm releases printed.
pub(crate) fn cases() -> Vec<(Case, Vec<Golden>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let paths = paths_below(&root);
    paths
        .iter()
        .map(|path| {
            let case = Case::read(&root, path);
            // A release without a golden of its own prints what the one before printed that the case names.
            let mut place = path.with_extension("golden");
            let golden = |release: &String| {
                let own = path.with_extension(format!("{release}.golden"));
                if own.exists() || release != DEFAULT_RELEASE && !place.exists() {
                    place = own;
                }
                Golden { release: release.clone(), outputs: goldens(&place) }
            };
            let goldens = case.releases.iter().map(golden).collect();
            (case, goldens)
        })
        .collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            collect(&entry.path(), into);
        } else if kind.is_file() {
            into.push(entry.path());
        }
    }
}

/// The parts of a text that stand under lines `-- NAME --` or `-- NAME (KIND) --`, the text before them first.
fn sections(text: &[u8]) -> Vec<(String, String, Vec<u8>)> {
    let mut found = vec![(String::new(), String::new(), Vec::new())];
    for line in text.split_inclusive(|&b| b == b'\n') {
        match heading(line) {
            Some((name, kind)) => found.push((name, kind, Vec::new())),
            None => found.last_mut().unwrap().2.extend_from_slice(line),
        }
    }
    found
}

fn heading(line: &[u8]) -> Option<(String, String)> {
    let inner = std::str::from_utf8(line)
        .ok()?
        .trim_end_matches('\n')
        .strip_prefix("-- ")?
        .strip_suffix(" --")?;
    let (name, kind) = match inner.split_once(' ') {
        Some((name, kind)) => (name, kind.strip_prefix('(')?.strip_suffix(')')?),
        None => (inner, ""),
    };
    (!name.is_empty() && !kind.contains(' ')).then(|| (name.to_owned(), kind.to_owned()))
}

/// Writes a golden as [`goldens`] reads it.
pub(crate) fn record(path: &Path, runs: &[Outputs]) {
    let mut text = Vec::new();
    for (run, number) in runs.iter().zip(1..) {
        let first = ["command", "status", "stdout", "stderr"];
        let others = run.keys().map(String::as_str).filter(|name| !first.contains(name));
        for name in first.into_iter().chain(others) {
            let Some(data) = run.get(name) else { continue };
            text.extend(format!("-- {number}:{name} --\n").bytes());
            text.extend(data);
            if !data.is_empty() && !data.ends_with(b"\n") {
                text.push(b'\n');
                text.extend(NO_NEWLINE);
            }
        }
    }
    fs::write(path, text).unwrap();
}

pub(crate) fn goldens(path: &Path) -> Vec<Outputs> {
    let text = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut runs = Vec::new();
    for (name, kind, mut data) in sections(&text).into_iter().skip(1) {
        let name = named(name.split_once(':').unwrap().1, &kind);
        if name == "command" {
            runs.push(Outputs::new());
        }
        if data.ends_with(NO_NEWLINE) {
            data.truncate(data.len() - NO_NEWLINE.len() - 1);
        }
        runs.last_mut().unwrap().insert(name, data);
    }
    runs
}

/// The name of an output: a path with its kind, where it has one.
fn named(path: &str, kind: &str) -> String {
    if kind.is_empty() { path.to_owned() } else { format!("{path} ({kind})") }
}

fn decode(text: &[u8]) -> Vec<u8> {
    use base64::prelude::{BASE64_STANDARD, Engine};
    let digits: Vec<u8> = text.iter().copied().filter(|&b| b != b'\n').collect();
    BASE64_STANDARD.decode(digits).unwrap()
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(b) = bytes.next() {
        if b != b'\\' {
            out.push(b);
            continue;
        }
        match bytes.next() {
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(b'\n') => {}
            Some(b'x') => {
                let digits: Vec<u8> = bytes.by_ref().take(2).collect();
                out.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            Some(b'\\') => out.push(b'\\'),
            // As in tests/record.py, any other backslash stands for itself.
            Some(other) => out.extend([b'\\', other]),
            None => out.push(b'\\'),
        }
    }
    out
}

impl Case {
    fn read(root: &Path, path: &Path) -> Case {
        let mut parts = sections(&fs::read(path).unwrap()).into_iter();
        let head = String::from_utf8(parts.next().unwrap().2).unwrap();
        let mut case = Case {
            name: path.strip_prefix(root).unwrap().with_extension("").display().to_string(),
            runs: Vec::new(),
            rules: Vec::new(),
            releases: vec![DEFAULT_RELEASE.to_owned()],
            outline: false,
            packs: Vec::new(),
            copies: Vec::new(),
            files: Vec::new(),
        };
        let mut bare = false;
        for line in head.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
            match line.split_once(": ") {
                Some((key @ ("run" | "sh"), text)) => {
                    case.runs.push(Run { text: text.trim().to_owned(), shell: key == "sh" });
                }
                Some(("pack", pair)) => {
                    let (from, to) = pair.split_once(' ').unwrap();
                    case.packs.push((from.to_owned(), to.to_owned()));
                }
                Some(("helm", releases)) => {
                    case.releases = releases.split_whitespace().map(str::to_owned).collect();
                }
                Some(("rule", name)) => case.rules.push(name.trim().to_owned()),
                Some(("copy", folder)) => case.copies.push(folder.trim().to_owned()),
                _ if line == "bare" => bare = true,
                _ if line == "outline" => case.outline = true,
                // Both say how a golden is recorded.
                _ if line == "volatile" || line == "cluster" => {}
                _ => panic!("{}: not a directive: {line}", case.name),
            }
        }
        for (path, kind, data) in parts {
            let data = match &*kind {
                "escaped" => unescape(&data),
                "base64" => decode(&data),
                _ => data,
            };
            case.files.push(File { path, kind, data });
        }
        assert!(!case.runs.is_empty(), "{}: no run", case.name);
        let in_chart = case.files.iter().any(|f| f.path.starts_with("chart/"));
        if in_chart && !bare && !case.files.iter().any(|f| f.path == "chart/Chart.yaml") {
            let path = "chart/Chart.yaml".to_owned();
            case.files.push(File { path, kind: String::new(), data: DEFAULT_CHART.to_vec() });
        }
        case
    }

    fn write(&self, work: &Path, home: &Path) {
        for file in &self.files {
            let path = place(&file.path, work, home);
            if file.path.ends_with('/') {
                fs::create_dir_all(path).unwrap();
                continue;
            }
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            if file.kind == "symlink" {
                link(std::str::from_utf8(&file.data).unwrap().trim(), &path);
                continue;
            }
            fs::write(&path, &file.data).unwrap();
            if file.kind == "executable" {
                make_executable(&path);
            }
        }
        for folder in &self.copies {
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            for (name, data) in files(&source) {
                let path = work.join(folder).join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, data).unwrap();
            }
        }
        for (from, to) in &self.packs {
            let (from, to) = (place(from, work, home), place(to, work, home));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, pack::pack(&from)).unwrap();
            fs::remove_dir_all(from).unwrap();
        }
    }

    /// Runs the binary, by the name of `helm`, on the case in a fresh folder.
    pub(crate) fn execute(&self, binary: &str, release: &str, run: &Run) -> Outputs {
        self.execute_as("helm", binary, release, run)
    }

    /// Returns what the binary prints of a failure by its own name, explained, in a fresh folder.
    pub(crate) fn explain(&self, binary: &str, release: &str, run: &Run) -> Vec<u8> {
        let mut out = self.execute_as("statefulchart", binary, release, run);
        out.remove("stderr").unwrap_or_default()
    }

    fn execute_as(&self, name: &str, binary: &str, release: &str, run: &Run) -> Outputs {
        // While one thread writes a script, the process that another thread starts holds the file open
        // for a moment, and the system refuses to run it. The run is made anew then, in a new folder.
        const ATTEMPTS: usize = 10;
        let busy = |out: &Outputs| {
            out.values().any(|text| memchr::memmem::find(text, b"text file busy").is_some())
        };
        let mut out = self.execute_once(name, binary, release, run);
        for _ in 1..ATTEMPTS {
            if !busy(&out) {
                break;
            }
            out = self.execute_once(name, binary, release, run);
        }
        out
    }

    fn execute_once(&self, name: &str, binary: &str, release: &str, run: &Run) -> Outputs {
        let tmp = tempfile::tempdir().unwrap();
        let root = tmp.path().canonicalize().unwrap();
        let [work, home, bin, temporary] =
            ["cases/work", "home", "bin", "tmp"].map(|name| root.join(name));
        for folder in [&work, &home, &bin, &temporary] {
            fs::create_dir_all(folder).unwrap();
        }
        let helm = bin.join(name);
        link(binary, &helm);
        let own = bin.join("statefulchart");
        if own != helm {
            link(binary, &own);
        }
        self.write(&work, &home);
        let before = trees(&work, &home);
        let line = Line::read(run, &work, &home);
        let mut child = if run.shell { Command::new("bash") } else { Command::new(&helm) }
            .args(&line.words)
            .current_dir(&work)
            .env_clear()
            .env("PATH", path_with(&bin))
            .env("HOME", &home)
            .env("TZ", "UTC")
            .env("LANG", "C.UTF-8")
            .env("TMPDIR", &temporary)
            .env("KUBECONFIG", home.join("none"))
            .env("STATEFULCHART_HELM", release)
            .env("STATEFULCHART_EXPLAIN", "1")
            .envs(line.variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        if let Some(name) = line.stdin {
            // A program that stopped before it read all of this is not at fault.
            let _ = pipe.write_all(&fs::read(work.join(name)).unwrap());
        }
        drop(pipe);
        let done = child.wait_with_output().unwrap();
        let places = [(&*work, "$WORK"), (&home, "$HOME"), (&temporary, "$TMP"), (&helm, "$HELM")];
        let clean = |text: &[u8]| mask::normal(text, &places);
        let mut out = Outputs::new();
        let errors = mask::errors(&clean(&done.stderr));
        for (name, text) in [("stdout", clean(&done.stdout)), ("stderr", errors)] {
            let text = if self.outline { outline::outline(&text) } else { text };
            if !text.is_empty() {
                out.insert(name.to_owned(), text);
            }
        }
        let status = done.status.code().map_or_else(|| "killed".to_owned(), |c| c.to_string());
        out.insert("command".to_owned(), format!("{run}\n").into_bytes());
        out.insert("status".to_owned(), format!("{status}\n").into_bytes());
        let after = trees(&work, &home);
        // A folder that was empty and is not any more is still there.
        let gone = before
            .keys()
            .filter(|name| !after.contains_key(*name) && !place(name, &work, &home).is_dir());
        out.extend(gone.map(|name| (format!("{name} (removed)"), Vec::new())));
        for (name, entry) in after {
            if before.get(&name) == Some(&entry) {
                continue;
            }
            let Entry { kind, mut data } = entry;
            if name.ends_with(".tgz") {
                data = pack::listing(data);
            } else if name.ends_with("charts.txt") {
                // Helm writes these names in no order.
                let mut lines: Vec<_> = data.split_inclusive(|&b| b == b'\n').collect();
                lines.sort_unstable();
                data = lines.concat();
            }
            out.insert(named(&name, kind), clean(&data));
        }
        out
    }
}

/// A command line taken apart.
struct Line {
    variables: Vec<(String, String)>,
    words: Vec<String>,
    stdin: Option<String>,
}

impl Line {
    fn read(run: &Run, work: &Path, home: &Path) -> Line {
        let mut line = Line { variables: Vec::new(), words: Vec::new(), stdin: None };
        if run.shell {
            line.words = vec!["-c".to_owned(), run.text.clone()];
            return line;
        }
        let fill = |word: &str| {
            word.replace("$WORK", work.to_str().unwrap()).replace("$HOME", home.to_str().unwrap())
        };
        line.words = words(&run.text).iter().map(|word| fill(word)).collect();
        if let Some(at) = line.words.iter().position(|w| w == "<") {
            line.stdin = line.words.split_off(at).pop();
        }
        let variables = line.words.iter().map_while(|w| variable(w)).count();
        for word in line.words.drain(..variables) {
            line.variables.extend(variable(&word).map(|(k, v)| (k.to_owned(), v.to_owned())));
        }
        line
    }
}

/// The parts of a word `NAME=VALUE`.
fn variable(word: &str) -> Option<(&str, &str)> {
    let is_name = |name: &str| {
        !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    word.split_once('=').filter(|(name, _)| !name.is_empty() && is_name(name))
}

fn path_with(bin: &Path) -> std::ffi::OsString {
    let mut path = bin.as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    path
}

/// Where a file of a case stands: in the home, if its path begins with `~/`.
fn place(name: &str, work: &Path, home: &Path) -> PathBuf {
    name.strip_prefix("~/").map_or_else(|| work.join(name), |below| home.join(below))
}

#[cfg(unix)]
fn link(target: &str, at: &Path) {
    std::os::unix::fs::symlink(target, at).unwrap();
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A file, a link or an empty folder.
#[derive(PartialEq)]
struct Entry {
    kind: &'static str,
    data: Vec<u8>,
}

/// What is below the two folders, by path.
fn trees(work: &Path, home: &Path) -> BTreeMap<String, Entry> {
    let mut found = BTreeMap::new();
    tree(work, "", &mut found);
    tree(home, "~/", &mut found);
    found
}

fn tree(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Entry>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), format!("{prefix}{}", entry.file_name().display()));
        let kind = entry.file_type().unwrap();
        if kind.is_symlink() {
            let target = fs::read_link(path).unwrap();
            let data = format!("{}\n", target.display()).into_bytes();
            found.insert(name, Entry { kind: "symlink", data });
        } else if kind.is_file() {
            let data = fs::read(&path).unwrap();
            found.insert(name, Entry { kind: mode(&path), data });
        } else if fs::read_dir(&path).unwrap().next().is_none() {
            found.insert(name + "/", Entry { kind: "", data: Vec::new() });
        } else if name != "~/.kube" && !name.ends_with("/wazero-build") {
            tree(&path, &(name + "/"), found);
        }
    }
}

/// What of a file's mode does not depend on the umask.
#[cfg(unix)]
fn mode(path: &Path) -> &'static str {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).unwrap().permissions().mode();
    match (mode & 0o077 == 0, mode & 0o100 != 0) {
        (true, true) => "private_executable",
        (true, false) => "private",
        (false, true) => "executable",
        (false, false) => "",
    }
}

/// The files below a folder, by path.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut paths = Vec::new();
    collect(root, &mut paths);
    let name = |p: &Path| p.strip_prefix(root).unwrap().display().to_string();
    paths.iter().map(|p| (name(p), fs::read(p).unwrap())).collect()
}

/// The words of a command, split as a POSIX shell does, with its quotes and nothing else of it.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None::<char>);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match quote {
            Some(q) if c == q => quote = None,
            Some('"') if c == '\\' && matches!(chars.peek(), Some('"' | '\\')) => {
                word.get_or_insert_default().extend(chars.next());
            }
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            None if c == '\\' => word.get_or_insert_default().extend(chars.next()),
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Whether the text is the golden one, its random lines aside.
pub(crate) fn agree(want: &[u8], got: &[u8]) -> bool {
    let (mut want, mut got) = (want.split(|&b| b == b'\n'), got.split(|&b| b == b'\n'));
    loop {
        match (want.next(), got.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || a == RANDOM => {}
            _ => return false,
        }
    }
}
