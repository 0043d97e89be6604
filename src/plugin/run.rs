//! Runs a plugin's programs: at events, and to fetch documents.

use std::io::Read;
use std::process::{Command, Stdio};

use gostd::path;

use super::{Downloader, Error, Plugin};
use crate::http::Options;
use crate::report::{Debug, Reporter};

/// What a plugin's programs find beside their own environment.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Variables, by name.
    pub variables: Vec<(String, String)>,
    /// The full path of `sh`, which runs what plugins want to be run at events: for the debug line.
    pub shell: String,
}

impl Surroundings {
    /// Returns the variables that one plugin finds.
    pub fn of(&self, plugin: &Plugin) -> Vec<(String, String)> {
        let own = [("HELM_PLUGIN_NAME", &plugin.name), ("HELM_PLUGIN_DIR", &plugin.folder)];
        let own = own.map(|(name, value)| (name.to_owned(), value.clone()));
        self.variables.iter().cloned().chain(own).collect()
    }
}

impl Plugin {
    /// Runs what the plugin wants to be run at an event: `install`, `update` or `delete`.
    ///
    /// # Errors
    /// `plugin EVENT hook for "NAME" exited with error`
    pub fn run_hook(
        &self,
        event: &str,
        surroundings: &Surroundings,
        reporter: &dyn Reporter,
    ) -> Result<(), Error> {
        let Some(script) = self.hook(event) else { return Ok(()) };
        reporter.debug(|| Debug::PluginHook {
            event: event.to_owned(),
            shell: surroundings.shell.clone(),
            script: script.clone(),
        });
        let status = Command::new("sh")
            .args(["-c", &script])
            .envs(surroundings.of(self))
            .stdin(Stdio::null())
            .status()
            .map_err(|cause| Error::NotStarted { program: "sh".to_owned(), cause })?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Hook { event: event.to_owned(), name: self.name.clone() })
    }

    /// Fetches a URL with one of the plugin's programs.
    ///
    /// # Errors
    /// `plugin "COMMAND" exited with error`
    pub fn download(
        &self,
        downloader: &Downloader,
        surroundings: &Surroundings,
        url: &str,
        options: &Options,
        limit: u64,
    ) -> Result<Vec<u8>, Error> {
        let mut words = downloader.command.split(' ');
        let name = words.next().unwrap_or_default();
        let program = path::join([self.folder.as_bytes(), name.as_bytes()]);
        let program = String::from_utf8_lossy(&program).into_owned();
        let mut child = Command::new(&program)
            .args(words)
            .args([&options.tls.cert_file, &options.tls.key_file, &options.tls.ca_file, url])
            .envs(surroundings.of(self))
            .env("HELM_PLUGIN_USERNAME", &options.username)
            .env("HELM_PLUGIN_PASSWORD", &options.password)
            .env("HELM_PLUGIN_PASS_CREDENTIALS_ALL", options.pass_credentials.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|cause| Error::NotStarted { program, cause })?;
        let mut data = Vec::new();
        if let Some(pipe) = child.stdout.take() {
            let read = pipe.take(limit.saturating_add(1)).read_to_end(&mut data);
            read.map_err(Error::Pipe)?;
        }
        if data.len() as u64 > limit {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Error::LargeDocument { url: url.to_owned(), limit });
        }
        match child.wait() {
            Ok(status) if status.success() => Ok(data),
            ended => Err(Error::Failed { name: downloader.command.clone(), status: ended.ok() }),
        }
    }
}
