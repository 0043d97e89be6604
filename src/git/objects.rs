//! Reads the contents of files from `git cat-file --batch`, which runs as long as they are asked for.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::GitError;

/// The largest file that is read, in bytes; Helm takes none above 5 MiB into a chart.
const MOST: u64 = 256 << 20;

#[derive(Debug)]
pub(super) struct Objects {
    top: PathBuf,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Objects {
    pub(super) fn new(top: &Path) -> Objects {
        Objects { top: top.to_owned(), running: None }
    }

    /// Returns an object's contents.
    pub(super) fn read(&mut self, id: &str) -> Result<Vec<u8>, GitError> {
        let running = match &mut self.running {
            Some(running) => running,
            none => none.insert(Running::start(&self.top)?),
        };
        running.read(id).map_err(GitError::Program)?.ok_or_else(|| GitError::Object(id.to_owned()))
    }
}

impl Running {
    fn start(top: &Path) -> Result<Running, GitError> {
        let mut command = super::program(top);
        command.args(["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(GitError::Program)?;
        let answers = child.stdout.take().ok_or_else(|| GitError::Object(String::new()))?;
        let ask = child.stdin.take();
        Ok(Running { child, ask, answers: BufReader::new(answers) })
    }

    fn read(&mut self, id: &str) -> std::io::Result<Option<Vec<u8>>> {
        let Some(ask) = &mut self.ask else { return Ok(None) };
        writeln!(ask, "{id}")?;
        ask.flush()?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        // `ID blob SIZE`, or `ID missing`.
        let size = head.split_ascii_whitespace().nth(2).and_then(|size| size.parse::<u64>().ok());
        let Some(size) = size.filter(|size| *size <= MOST) else {
            // What would follow is not taken: nothing more can be asked.
            self.ask = None;
            return Ok(None);
        };
        let mut contents = Vec::with_capacity(size as usize);
        self.answers.by_ref().take(size).read_to_end(&mut contents)?;
        let mut end = [0];
        self.answers.read_exact(&mut end)?;
        Ok((contents.len() as u64 == size).then_some(contents))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It ends when nothing more can come.
        self.ask = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
