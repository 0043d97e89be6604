//! Runs post-renderers, programs that rewrite the manifests of a release.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use gostd::os::io_reason;
use gostd::strconv::quoted;
use gostd::unicode;
use gotemplate::Exceeded;

use crate::report::{Debug, Reporter};

/// A program that reads manifests on its standard input and writes others, Helm's `--post-renderer`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostRenderer {
    /// The program's full path.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables that it finds beside its own environment.
    pub variables: Vec<(String, String)>,
    /// The plugin whose program it is; none before Helm 4.
    pub plugin: Option<PluginName>,
}

/// The plugin that a post-renderer is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginName {
    /// Its name.
    pub name: String,
    /// Its command line, for debug lines.
    pub command: String,
    /// Why it cannot be run, which is told when it is to run.
    pub refused: Option<String>,
}

/// Why a post-renderer gave no manifests.
#[derive(Debug)]
pub struct PostRenderError {
    program: PathBuf,
    plugin: Option<String>,
    cause: Cause,
    /// What the program wrote to its standard error.
    stderr: Vec<u8>,
}

#[derive(Debug)]
enum Cause {
    NotStarted(io::Error),
    Failed(ExitStatus),
    NoOutput(io::Error),
    /// It cannot be run.
    Refused(String),
    /// It has written nothing but white space.
    Empty,
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
        if let Some(plugin) = &self.plugin {
            return self.layers_of_plugin(&quoted(plugin));
        }
        let stderr = String::from_utf8_lossy(&self.stderr);
        let cause = match &self.cause {
            Cause::NotStarted(e) => format!("fork/exec {program}: {}", io_reason(e)),
            Cause::NoOutput(e) => io_reason(e),
            Cause::TooMuch(limit) => limit.to_string(),
            Cause::Empty => "no output".to_owned(),
            Cause::Refused(why) => why.clone(),
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

    /// Returns Helm 4's words, in which the plugin's name stands.
    fn layers_of_plugin(&self, plugin: &str) -> Vec<String> {
        let program = self.program.display().to_string();
        let cause = match &self.cause {
            Cause::NotStarted(e) if program.contains('/') => {
                format!("fork/exec {program}: {}", io_reason(e))
            }
            Cause::NotStarted(_) => {
                format!("exec: {}: executable file not found in $PATH", quoted(&program))
            }
            Cause::NoOutput(e) => io_reason(e),
            Cause::TooMuch(limit) => limit.to_string(),
            Cause::Failed(_) => format!("plugin {plugin} exited with error"),
            Cause::Refused(why) => why.clone(),
            Cause::Empty => String::new(),
        };
        let outer = "error while running post render on files".to_owned();
        match cause.is_empty() {
            true => vec![outer, format!("post-renderer {plugin} produced empty output")],
            false => {
                vec![outer, format!("failed to invoke post-renderer plugin {plugin}"), cause]
            }
        }
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
            Cause::Failed(_) | Cause::Empty | Cause::Refused(_) => None,
            Cause::TooMuch(limit) => Some(limit),
        }
    }
}

impl PostRenderer {
    /// Returns the manifests as the program makes them, of so many bytes at most.
    ///
    /// # Errors
    /// A program that cannot be started, that fails, or that writes more.
    pub fn run(
        &self,
        manifests: Vec<u8>,
        most: Option<u64>,
        reporter: &dyn Reporter,
    ) -> Result<Vec<u8>, PostRenderError> {
        let failed = |cause, stderr| PostRenderError {
            program: self.program.clone(),
            plugin: self.plugin.as_ref().map(|plugin| plugin.name.clone()),
            cause,
            stderr,
        };
        if let Some(PluginName { refused: Some(why), .. }) = &self.plugin {
            return Err(failed(Cause::Refused(why.clone()), Vec::new()));
        }
        if let Some(PluginName { name, command, .. }) = &self.plugin {
            let (name, command) = (name.clone(), command.clone());
            reporter.debug(|| Debug::PluginCommand { name, command });
        }
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
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
                let is_empty = self.plugin.is_some() && unicode::trim_space(&data).is_empty();
                if is_empty { Err(failed(Cause::Empty, Vec::new())) } else { Ok(data) }
            }
            (Err(e), _) | (_, Err(e)) => Err(failed(Cause::NoOutput(e), Vec::new())),
            (_, Ok(status)) => {
                if let Some(PluginName { name, .. }) = &self.plugin {
                    report_failure(name, status, reporter);
                }
                Err(failed(Cause::Failed(status), stderr()))
            }
        }
    }
}

/// Tells that a plugin's program failed.
pub(crate) fn report_failure(plugin: &str, status: ExitStatus, reporter: &dyn Reporter) {
    reporter.debug(|| Debug::PluginFailed {
        name: plugin.to_owned(),
        why: match status.code() {
            Some(code) => format!("exit status {code}"),
            // Rust adds the number, or says it alone.
            None => {
                let words = status.to_string();
                let words = words.split(" (SIG").next().unwrap_or_default();
                words.replace("signal: 9", "signal: killed")
            }
        },
        status: status.code().map_or(-1, i64::from),
    });
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
