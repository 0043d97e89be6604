//! The files under `tests/cases`, as `tests/cases/README.md` describes them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The chart metadata that a case gets when it brings none of its own.
const DEFAULT_CHART: &[u8] = b"apiVersion: v2\nname: chart\nversion: 0.1.0\n";
/// Stands in a golden for a line that differs from run to run.
const RANDOM: &[u8] = b"<random>";
const NO_NEWLINE: &[u8] = b"\\ No newline at end\n";

/// What a run leaves behind, by name: `status`, `stdout`, `stderr`, and files by their path.
pub(crate) type Outputs = BTreeMap<String, Vec<u8>>;

struct File {
    path: String,
    kind: String,
    data: Vec<u8>,
}

/// A small chart and the commands to run on it.
pub(crate) struct Case {
    /// The path of the case below `tests/cases`, without its extension.
    pub(crate) name: String,
    /// The arguments of each run, as written.
    pub(crate) runs: Vec<String>,
    packs: Vec<(String, String)>,
    copies: Vec<String>,
    files: Vec<File>,
}

/// Every case with what Helm printed for each of its runs.
pub(crate) fn cases() -> Vec<(Case, Vec<Outputs>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.retain(|p| p.extension().is_some_and(|e| e == "case"));
    paths.sort();
    paths
        .iter()
        .map(|path| (Case::read(&root, path), goldens(&path.with_extension("golden"))))
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

fn goldens(path: &Path) -> Vec<Outputs> {
    let text = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut runs = Vec::new();
    for (name, _, mut data) in sections(&text).into_iter().skip(1) {
        let name = name.split_once(':').unwrap().1.to_owned();
        if name == "command" {
            runs.push(Outputs::new());
            continue;
        }
        if data.ends_with(NO_NEWLINE) {
            data.truncate(data.len() - NO_NEWLINE.len() - 1);
        }
        runs.last_mut().unwrap().insert(name, data);
    }
    runs
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
            packs: Vec::new(),
            copies: Vec::new(),
            files: Vec::new(),
        };
        let mut bare = false;
        for line in head.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
            match line.split_once(": ") {
                Some(("run", run)) => case.runs.push(run.trim().to_owned()),
                Some(("pack", pair)) => {
                    let (from, to) = pair.split_once(' ').unwrap();
                    case.packs.push((from.to_owned(), to.to_owned()));
                }
                Some(("copy", folder)) => case.copies.push(folder.trim().to_owned()),
                _ if line == "bare" => bare = true,
                // Both say how a golden is recorded.
                _ if line == "volatile" || line == "cluster" => {}
                _ => panic!("{}: not a directive: {line}", case.name),
            }
        }
        for (path, kind, data) in parts {
            let data = if kind == "escaped" { unescape(&data) } else { data };
            case.files.push(File { path, kind, data });
        }
        let in_chart = case.files.iter().any(|f| f.path.starts_with("chart/"));
        if in_chart && !bare && !case.files.iter().any(|f| f.path == "chart/Chart.yaml") {
            let path = "chart/Chart.yaml".to_owned();
            case.files.push(File { path, kind: String::new(), data: DEFAULT_CHART.to_vec() });
        }
        case
    }

    fn write(&self, work: &Path) {
        for file in &self.files {
            let path = work.join(&file.path);
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
            for (name, data) in tree(&source) {
                let path = work.join(folder).join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, data).unwrap();
            }
        }
        for (from, to) in &self.packs {
            let (from, to) = (work.join(from), work.join(to));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, pack(&from)).unwrap();
            fs::remove_dir_all(from).unwrap();
        }
    }

    /// Runs the binary on the case in a fresh folder.
    pub(crate) fn execute(&self, binary: &str, run: &str) -> Outputs {
        let mut words = words(run);
        let stdin = match words.iter().position(|w| w == "<") {
            Some(at) => words.split_off(at).pop(),
            None => None,
        };
        let tmp = tempfile::tempdir().unwrap();
        let root = tmp.path().canonicalize().unwrap();
        let (work, home) = (root.join("work"), root.join("home"));
        fs::create_dir(&work).unwrap();
        fs::create_dir(&home).unwrap();
        self.write(&work);
        let before = tree(&work);
        let mut child = Command::new(binary)
            .args(&words)
            .current_dir(&work)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &home)
            .env("TZ", "UTC")
            .env("LANG", "C.UTF-8")
            .env("KUBECONFIG", home.join("none"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        if let Some(name) = stdin {
            // A program that stopped before it read all of this is not at fault.
            let _ = pipe.write_all(&fs::read(work.join(name)).unwrap());
        }
        drop(pipe);
        let done = child.wait_with_output().unwrap();
        let status = done.status.code().map_or_else(|| "killed".to_owned(), |c| c.to_string());
        let mut out = Outputs::from([
            ("status".to_owned(), format!("{status}\n").into_bytes()),
            ("stdout".to_owned(), normal(&done.stdout, &work)),
            ("stderr".to_owned(), errors(&normal(&done.stderr, &work))),
        ]);
        for (name, data) in tree(&work) {
            if before.get(&name) != Some(&data) {
                let data = if name.ends_with(".tgz") { listing(&data) } else { data };
                out.insert(name, normal(&data, &work));
            }
        }
        out.retain(|name, data| name == "status" || !data.is_empty());
        out
    }
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

fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
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

/// What is in a package, in its order; neither times nor how it is compressed.
fn listing(data: &[u8]) -> Vec<u8> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(data));
    let mut text = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let (mode, size) = (entry.header().mode().unwrap(), entry.size());
        text.extend_from_slice(format!("{name} {mode:o} {size}\n").as_bytes());
        std::io::Read::read_to_end(&mut entry, &mut text).unwrap();
        text.push(b'\n');
    }
    text
}

fn normal(text: &[u8], work: &Path) -> Vec<u8> {
    let text = replace(text, work.to_str().unwrap().as_bytes(), b"$WORK");
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_slice();
    while let Some(&first) = rest.first() {
        let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
        let ends = rest.get(digits + 1).is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'_');
        if first == b'-' && digits == 10 && rest[1] == b'1' && ends {
            out.extend_from_slice(b"-<clock>");
            rest = &rest[11..];
        } else {
            out.push(first);
            rest = &rest[1..];
        }
    }
    let lines: Vec<Vec<u8>> = out.split(|&b| b == b'\n').map(without_deployed).collect();
    lines.join(&b'\n')
}

/// Masks the clock in the report of a release, text, JSON or YAML.
fn without_deployed(line: &[u8]) -> Vec<u8> {
    const TITLE: &[u8] = b"LAST DEPLOYED: ";
    if line.starts_with(TITLE) && line.len() == TITLE.len() + "Mon Jan _2 15:04:05 2006".len() {
        return [TITLE, b"<time>"].concat();
    }
    let mut line = line.to_vec();
    for start in
        ["first_deployed\":\"", "last_deployed\":\"", "first_deployed: \"", "last_deployed: \""]
    {
        let Some(at) = find(&line, start.as_bytes()) else { continue };
        let from = at + start.len();
        let shape = line[from..].iter().take_while(|b| b"0123456789-:.TZ".contains(b)).count();
        if line.get(from + shape) == Some(&b'"') && shape >= "2006-01-02T15:04:05Z".len() {
            line.splice(from..from + shape, *b"<time>");
        }
    }
    line
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}

fn replace(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = find(rest, what) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(with);
        rest = &rest[at + what.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// Masks the clock of log lines: `2006/01/02 15:04:05 text` and `file.go:1: 2006-01-02 … m=+0.1 [debug] text`.
fn errors(text: &[u8]) -> Vec<u8> {
    let lines: Vec<Vec<u8>> = text.split(|&b| b == b'\n').map(masked_time).collect();
    lines.join(&b'\n')
}

fn masked_time(line: &[u8]) -> Vec<u8> {
    let shape: Vec<u8> =
        line.iter().take(20).map(|b| if b.is_ascii_digit() { b'0' } else { *b }).collect();
    if shape == b"0000/00/00 00:00:00 " {
        return [b"<time> ".as_slice(), &line[20..]].concat();
    }
    let Some((head, tail)) = std::str::from_utf8(line).ok().and_then(|l| l.split_once(" [debug]"))
    else {
        return line.to_vec();
    };
    match head.split_once(".go:").and_then(|(_, rest)| rest.split_once(": ")) {
        Some((_, clock)) if clock.contains(" m=") => {
            format!("{}<time> [debug]{tail}", &head[..head.len() - clock.len()]).into_bytes()
        }
        _ => line.to_vec(),
    }
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

/// Writes a folder as a gzipped tar archive, stored rather than compressed.
fn pack(folder: &Path) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, data) in tree(folder) {
        let name = format!("{}/{name}", folder.file_name().unwrap().to_str().unwrap());
        let mut header = [0u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[108..116].copy_from_slice(b"0000000\0");
        header[116..124].copy_from_slice(b"0000000\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", data.len()).as_bytes());
        header[136..148].copy_from_slice(b"00000000000\0");
        header[148..156].fill(b' ');
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|&b| u32::from(b)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        tar.extend_from_slice(&header);
        tar.extend_from_slice(&data);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    gzip(&tar)
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut blocks = data.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap();
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    let mut crc = !0u32;
    for &byte in data {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(crc & 1));
        }
    }
    out.extend((!crc).to_le_bytes());
    out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    out
}
