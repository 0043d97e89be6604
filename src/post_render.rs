//! Runs post-renderers, programs that rewrite the manifests of a release.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use gostd::os::io_reason;
use gotemplate::Exceeded;

/// A program that reads manifests on its standard input and writes others, Helm's `--post-renderer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostRenderer {
    /// The program's full path.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
}

/// Why a post-renderer gave no manifests.
#[derive(Debug)]
pub struct PostRenderError {
    program: PathBuf,
    cause: Cause,
    /// What the program wrote to its standard error.
    stderr: Vec<u8>,
}

#[derive(Debug)]
enum Cause {
    NotStarted(io::Error),
    Failed(ExitStatus),
    NoOutput(io::Error),
    TooMuch(Exceeded),
}

impl PostRenderError {
    /// Returns the limit that the program's output has exceeded.
    pub fn exceeded(&self) -> Option<Exceeded> {
        match self.cause {
            Cause::TooMuch(limit) => Some(limit),
            _ => None,
        }
    }

    /// Returns Helm's words, layer by layer, the cause last.
    pub fn layers(&self) -> Vec<String> {
        let program = self.program.display();
        let stderr = String::from_utf8_lossy(&self.stderr);
        let cause = match &self.cause {
            Cause::NotStarted(e) => format!("fork/exec {program}: {}", io_reason(e)),
            Cause::NoOutput(e) => io_reason(e),
            Cause::TooMuch(limit) => limit.to_string(),
            Cause::Failed(status) => match status.code() {
                Some(code) => format!("exit status {code}"),
                None => status.to_string(),
            },
        };
        vec![
            "error while running post render on files".to_owned(),
            format!("error while running command {program}. error output:\n{stderr}"),
            cause,
        ]
    }
}

impl fmt::Display for PostRenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.layers().join(": "))
    }
}

impl std::error::Error for PostRenderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            Cause::NotStarted(e) | Cause::NoOutput(e) => Some(e),
            Cause::Failed(_) => None,
            Cause::TooMuch(limit) => Some(limit),
        }
    }
}

impl PostRenderer {
    /// Returns the manifests as the program makes them, of so many bytes at most.
    ///
    /// # Errors
    /// A program that cannot be started, that fails, or that writes more.
    pub fn run(&self, manifests: Vec<u8>, most: Option<u64>) -> Result<Vec<u8>, PostRenderError> {
        let failed =
            |cause, stderr| PostRenderError { program: self.program.clone(), cause, stderr };
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| failed(Cause::NotStarted(e), Vec::new()))?;
        // The program may answer before it has read everything: feed it from a thread.
        let stdin = child.stdin.take();
        let feeder = std::thread::spawn(move || {
            if let Some(mut stdin) = stdin {
                // A program that does not read all of its input is free to.
                let _ = stdin.write_all(&manifests);
            }
        });
        let limit = most.unwrap_or(u64::MAX - 1);
        let stderr = child.stderr.take();
        let complaints = std::thread::spawn(move || read_most(stderr, limit.min(MAX_STDERR)));
        let read = read_most(child.stdout.take(), limit);
        let is_too_much = read.as_ref().is_ok_and(|data| data.len() as u64 > limit);
        if is_too_much {
            // It may go on for ever.
            let _ = child.kill();
        }
        let status = child.wait();
        let _ = feeder.join();
        // What a child of the program still may write to is not waited for.
        let stderr = || match complaints.join() {
            Ok(Ok(data)) => data,
            _ => Vec::new(),
        };
        if is_too_much {
            return Err(failed(Cause::TooMuch(Exceeded::Output(limit)), Vec::new()));
        }
        match (read, status) {
            (Ok(data), Ok(status)) if status.success() => {
                let _ = stderr();
                Ok(data)
            }
            (Err(e), _) | (_, Err(e)) => Err(failed(Cause::NoOutput(e), Vec::new())),
            (_, Ok(status)) => Err(failed(Cause::Failed(status), stderr())),
        }
    }
}

/// How much of what a program complains about an error shows, in bytes. A program that goes on finds nobody who reads
/// it.
const MAX_STDERR: u64 = 16 << 20;

/// Reads to the end, or one byte more than a limit; then the writer finds nobody who reads on.
fn read_most(source: Option<impl Read>, limit: u64) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    if let Some(source) = source {
        source.take(limit + 1).read_to_end(&mut data)?;
    }
    Ok(data)
}
