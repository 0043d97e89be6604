//! Calls another Helm, which reaches a cluster.

use std::cell::OnceCell;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};

use bstr::ByteSlice;
use gostd::strconv::quoted;

use crate::cli::{Failure, output, program};

/// The variable by which Helm tells plugins where it is.
pub(super) const VARIABLE: &str = "HELM_BIN";

/// A release of Helm.
pub(super) type Version = (u64, u64, u64);

/// The oldest Helm that is supported.
const OLDEST: Version = (3, 1, 0);

/// A Helm that is not this program.
#[derive(Debug)]
pub(super) struct Helm {
    /// As it is called.
    pub(super) name: String,
    path: PathBuf,
    environment: Vec<(&'static str, String)>,
    debug: bool,
    version: OnceCell<Version>,
}

impl Helm {
    /// Finds the Helm of `$HELM_BIN`, or the one on the path.
    pub(super) fn find(environment: &[(&'static str, String)], debug: bool) -> Option<Helm> {
        let named = std::env::var(VARIABLE).ok().filter(|name| !name.is_empty());
        let name = named.unwrap_or_else(|| "helm".to_owned());
        let path = program::find(&name).ok().filter(|path| !is_this_program(path))?;
        let environment = environment.to_vec();
        Some(Helm { name, path, environment, debug, version: OnceCell::new() })
    }

    fn run(&self, args: &[String]) -> Result<Output, String> {
        if self.debug {
            let line = format!("Executing {} {}\n", self.name, args.join(" "));
            output::stdout(line.as_bytes())
                .map_err(|e| e.text(false).to_str_lossy().into_owned())?;
        }
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        let output = Command::new(&self.path).args(args).envs(environment).output();
        output.map_err(|e| format!("fork/exec {}: {}", self.name, gostd::os::io_reason(&e)))
    }

    /// Returns what Helm prints.
    ///
    /// # Errors
    /// Its status and what it says.
    pub(super) fn output(&self, args: &[String]) -> Result<Vec<u8>, Vec<u8>> {
        let Output { status, stdout, stderr } = self.run(args).map_err(String::into_bytes)?;
        succeeded(status, stdout, &stderr)
    }

    /// Returns its version.
    ///
    /// # Errors
    /// One that is too old, or cannot be read.
    pub(super) fn version(&self) -> Result<Version, Failure> {
        if let Some(known) = self.version.get() {
            return Ok(*known);
        }
        let failed =
            |why: String| Failure::from(format!("Failed to run `{} version`: {why}", self.name));
        let Output { status, stdout, stderr } =
            self.run(&["version".to_owned()]).map_err(failed)?;
        if !status.success() {
            return Err(failed(ended(status)));
        }
        let text = [stdout, stderr].concat();
        let missing =
            || Failure::from(format!("Failed to find version in output {}", quoted(&text)));
        let written = version_in(&text).ok_or_else(missing)?;
        let bad = || {
            let written = quoted(written.as_bytes());
            Failure::from(format!("Failed to parse version {written}: invalid semantic version"))
        };
        let version = parsed(&written).ok_or_else(bad)?;
        if version < OLDEST {
            return Err("helm diff upgrade requires at least helm version 3.1.0-rc.1".into());
        }
        Ok(*self.version.get_or_init(|| version))
    }
}

/// Returns what a program printed, if it was content.
pub(super) fn succeeded(
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: &[u8],
) -> Result<Vec<u8>, Vec<u8>> {
    match status.success() {
        true => Ok(stdout),
        false => Err([ended(status).as_bytes(), b": ", stderr].concat()),
    }
}

/// Returns how Go says that a program ended.
fn ended(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => format!("signal: {status}"),
    }
}

/// Returns what stands in quotes behind `Version:`.
fn version_in(text: &[u8]) -> Option<String> {
    text.find_iter("Version:").find_map(|at| {
        let rest = text[at + "Version:".len()..].trim_start().strip_prefix(b"\"")?;
        let end = rest.find_byte(b'"').filter(|end| *end > 0)?;
        Some(rest[..end].to_str_lossy().into_owned())
    })
}

fn parsed(text: &str) -> Option<Version> {
    let core = text.strip_prefix('v').unwrap_or(text);
    let core = core.split(['-', '+']).next().unwrap_or(core);
    let mut parts = core.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next().unwrap_or(Some(0))?, parts.next().unwrap_or(Some(0))?))
}

/// Tells whether a path leads to the program that runs.
fn is_this_program(path: &Path) -> bool {
    let identity = |path: &Path| path.metadata().ok().map(|m| (m.dev(), m.ino()));
    std::env::current_exe().is_ok_and(|own| identity(&own) == identity(path))
}

#[cfg(test)]
mod tests {
    use super::{parsed, version_in};

    #[test]
    fn versions_are_found_in_what_helm_prints() {
        let text = br#"version.BuildInfo{Version:"v3.17.3", GitCommit:"e4", GoVersion:"go1.23.7"}"#;
        assert_eq!(version_in(text).as_deref(), Some("v3.17.3"));
        assert_eq!(version_in(b"GoVersion: \"\""), None);
        assert_eq!(parsed("v3.17.3"), Some((3, 17, 3)));
        assert_eq!(parsed("4.0.0-rc.1+g1"), Some((4, 0, 0)));
        assert_eq!(parsed("4"), Some((4, 0, 0)));
        assert_eq!(parsed("main"), None);
    }
}
