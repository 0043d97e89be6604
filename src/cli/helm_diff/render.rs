//! Renders charts as `helm template` does: here, or by another Helm where a cluster is asked.

use std::io::{Read, Write};
use std::rc::Rc;

use statefulchart::helm_diff::without_progress;
use tempfile::NamedTempFile;

use super::Call;
use super::flags::{self, Asked};
use super::helm::{Helm, Version};
use crate::cli::flags::Flag;
use crate::cli::{Failure, GLOBAL_FLAGS, LOG_FLAGS, limits, output, own_flags, profile, template};

/// The words of a command line.
#[derive(Debug, Default)]
pub(super) struct Words(pub(super) Vec<String>);

impl Words {
    pub(super) fn of(words: &[&str]) -> Words {
        Words(words.iter().map(|word| (*word).to_owned()).collect())
    }

    pub(super) fn push(&mut self, word: impl Into<String>) {
        self.0.push(word.into());
    }

    /// Adds a switch.
    pub(super) fn switch(&mut self, name: &str, on: bool) {
        if on {
            self.push(name);
        }
    }

    /// Adds a flag with a value that is not empty.
    pub(super) fn value(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.push(name);
            self.push(value);
        }
    }

    /// Adds a flag once for each value.
    pub(super) fn each(&mut self, name: &str, values: &[&str]) {
        for value in values {
            self.push(name);
            self.push(*value);
        }
    }

    /// Adds the flags of which both commands that render have the same, each under its own name.
    pub(super) fn same(&mut self, asked: Asked<'_>, flags: &[Flag]) {
        for flag in flags {
            self.each(&format!("--{}", flag.name), &asked.all(flag));
        }
    }
}

/// Values files that were read from standard input, or from a release.
#[derive(Debug, Default)]
pub(super) struct Files(Vec<NamedTempFile>);

impl Files {
    /// Keeps a text as a file, and returns its path.
    pub(super) fn keep(&mut self, prefix: &str, text: &[u8]) -> Result<String, Failure> {
        let failed = |e: std::io::Error| Failure::from(e.to_string());
        let mut file = tempfile::Builder::new().prefix(prefix).tempfile().map_err(failed)?;
        file.write_all(text).map_err(failed)?;
        let path = file.path().display().to_string();
        self.0.push(file);
        Ok(path)
    }

    /// Returns the values files, of which those from standard input are read once.
    pub(super) fn values(&mut self, asked: Asked<'_>) -> Result<Vec<String>, Failure> {
        let mut read = None;
        let mut paths = Vec::new();
        for file in asked.values() {
            if file.trim() != "-" {
                paths.push(file.to_owned());
                continue;
            }
            if read.is_none() {
                let mut text = Vec::new();
                let failed = |e: std::io::Error| Failure::from(e.to_string());
                std::io::stdin().read_to_end(&mut text).map_err(failed)?;
                read = Some(self.keep("helm-diff-stdin-values", &text)?);
            }
            paths.extend(read.clone());
        }
        Ok(paths)
    }
}

/// The flags that give values, but for files.
pub(super) const VALUES: &[Flag] =
    &[flags::SET, flags::SET_STRING, flags::SET_LITERAL, flags::SET_JSON];

/// What renders a chart.
pub(super) enum Renderer {
    /// This program.
    Own,
    /// Another Helm.
    Other(Rc<Helm>),
}

impl Renderer {
    /// Returns what renders a chart without a cluster: this program, by the rules of the Helm that calls it as a plugin,
    /// if it knows them.
    pub(super) fn offline(call: &Call) -> Renderer {
        let Some(helm) = call.helm().filter(|_| call.is_plugin) else { return Renderer::Own };
        let is_known = helm
            .version()
            .is_ok_and(|(major, minor, patch)| profile::adopt(&format!("{major}.{minor}.{patch}")));
        if is_known { Renderer::Own } else { Renderer::Other(helm) }
    }

    /// Returns the version of Helm whose flags are understood.
    pub(super) fn version(&self) -> Result<Version, Failure> {
        match self {
            Renderer::Other(helm) => helm.version(),
            Renderer::Own => {
                let version = profile::current().helm().version;
                Ok((version.0.into(), version.1.into(), version.2.into()))
            }
        }
    }

    /// Returns what `helm template` prints.
    ///
    /// # Errors
    /// What it says, with the status that it ends with.
    pub(super) fn manifests(&self, call: &Call, words: Words) -> Result<Vec<u8>, Failure> {
        let printed = match self {
            Renderer::Other(helm) => helm.output(&words.0).map_err(Failure::from)?,
            Renderer::Own => {
                call.tell("helm", &words.0)?;
                own(call, words)?
            }
        };
        Ok(without_progress(&printed))
    }
}

/// Runs `template` in this process, as if it were another: what it says is kept for the error.
fn own(call: &Call, words: Words) -> Result<Vec<u8>, Failure> {
    let Words(mut words) = words;
    words.remove(0);
    words.extend(call.ours.iter().cloned());
    let tables = [template::COMMAND.tables(), vec![GLOBAL_FLAGS, own_flags(), LOG_FLAGS]].concat();
    let (made, said) = output::captured(|| {
        let given = crate::cli::flags::parse(&tables, words)?;
        limits::of_files(&given)?;
        template::manifests(&given)
    });
    made.map_err(|failure| {
        let text = failure.text(false);
        let text = [b"exit status 1: ", &said[..], b"Error: ", &text, b"\n"].concat();
        Failure::from(text)
    })
}
