//! Runs post-renderers, programs that rewrite the manifests of a release.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use gostd::os::io_reason;

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
}

impl PostRenderError {
    /// Returns Helm's words, layer by layer, the cause last.
    pub fn layers(&self) -> Vec<String> {
        let program = self.program.display();
        let stderr = String::from_utf8_lossy(&self.stderr);
        let cause = match &self.cause {
            Cause::NotStarted(e) => format!("fork/exec {program}: {}", io_reason(e)),
            Cause::NoOutput(e) => io_reason(e),
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
        }
    }
}

impl PostRenderer {
    /// Returns the manifests as the program makes them.
    ///
    /// # Errors
    /// A program that cannot be started, or that fails.
    pub fn run(&self, manifests: Vec<u8>) -> Result<Vec<u8>, PostRenderError> {
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
        let done = child.wait_with_output().map_err(|e| failed(Cause::NoOutput(e), Vec::new()))?;
        let _ = feeder.join();
        if done.status.success() {
            return Ok(done.stdout);
        }
        Err(failed(Cause::Failed(done.status), done.stderr))
    }
}
