//! Runs a plugin's programs: at events, to fetch documents, and to rewrite manifests.

use std::ffi::OsStr;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use gostd::os::path_of;
use gostd::path;

use super::command::{self, Prepared};
use super::{Downloader, Error, Plugin, Type};
use crate::http::Options;
use crate::post_render::{PluginName, PostRenderer, report_failure};
use crate::profile::Rule;
use crate::report::{Debug, Reporter};

/// What a plugin's programs find beside their own environment.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Variables, by name.
    pub variables: Vec<(String, String)>,
    /// The folders in which programs are looked for, for debug lines: `PATH`.
    pub path: String,
    /// Answers for the environment, which commands may refer to.
    pub environment: fn(&str) -> Option<String>,
}

impl Default for Surroundings {
    fn default() -> Surroundings {
        Surroundings { variables: Vec::new(), path: String::new(), environment: |_| None }
    }
}

impl Surroundings {
    /// Returns the variables that one plugin finds.
    pub fn of(&self, plugin: &Plugin) -> Vec<(String, String)> {
        self.variables.iter().cloned().chain(own_variables(plugin)).collect()
    }

    /// Returns a variable's value: one of these, or that of the environment.
    pub fn value(&self, variables: &[(String, String)], name: &str) -> String {
        let set = variables.iter().find(|(known, _)| known == name).map(|(_, v)| v.clone());
        set.or_else(|| (self.environment)(name)).unwrap_or_default()
    }
}

/// Returns the variables that tell a plugin who it is.
fn own_variables(plugin: &Plugin) -> Vec<(String, String)> {
    let own = [("HELM_PLUGIN_NAME", &plugin.name), ("HELM_PLUGIN_DIR", &plugin.folder)];
    own.map(|(name, value)| (name.to_owned(), value.clone())).to_vec()
}

/// Returns the full path of a program that is in one of the folders of a path.
pub fn in_path(program: &str, path: &OsStr) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program));
    }
    let is_program = |file: &PathBuf| file.metadata().is_ok_and(|m| m.is_file() && executable(&m));
    std::env::split_paths(path).map(|folder| folder.join(program)).find(is_program)
}

/// Tells whether a file may be run.
#[cfg(unix)]
pub fn executable(m: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    m.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
pub fn executable(_: &std::fs::Metadata) -> bool {
    true
}

impl Plugin {
    /// Refuses WebAssembly.
    ///
    /// # Errors
    /// [`Error::Wasm`]
    pub fn check_runtime(&self) -> Result<(), Error> {
        match self.is_wasm {
            true => Err(Error::Wasm(self.name.clone())),
            false => Ok(()),
        }
    }

    /// Tells that the plugin's program failed.
    pub fn report_failure(&self, status: ExitStatus, reporter: &dyn Reporter) {
        report_failure(&self.name, status, reporter);
    }

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
        let is_newer = self.profile.has(Rule::PluginsOfHelm4);
        // Helm 4 gives its own variables to commands and getters alone.
        let variables = if is_newer { own_variables(self) } else { surroundings.of(self) };
        let Some(prepared) = self.prepare_hook(event, &variables, surroundings)? else {
            return Ok(());
        };
        let shown = prepared.shown(&surroundings.path);
        reporter.debug(|| match is_newer {
            true => Debug::PluginHook { name: self.name.clone(), command: shown },
            false => Debug::PluginScript { event: event.to_owned(), command: shown },
        });
        let program = prepared.program;
        let status = Command::new(&program)
            .args(prepared.args)
            .envs(variables)
            .stdin(Stdio::null())
            .status()
            .map_err(|cause| Error::NotStarted { program, cause })?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Hook { event: event.to_owned(), name: self.name.clone() })
    }

    /// Returns what is run at an event, if anything.
    fn prepare_hook(
        &self,
        event: &str,
        variables: &[(String, String)],
        surroundings: &Surroundings,
    ) -> Result<Option<Prepared>, Error> {
        let variable = |name: &str| surroundings.value(variables, name);
        let by_platform = self.platform_hooks.iter().find(|(name, _)| name == event);
        if let Some((_, commands)) = by_platform.filter(|(_, commands)| !commands.is_empty()) {
            let prepared = command::prepared(commands, self.expands_hooks, Vec::new(), &variable);
            return match prepared {
                // Helm 3 runs nothing then.
                Err(_) if !self.profile.has(Rule::PluginsOfHelm4) => Ok(None),
                prepared => prepared.map(Some),
            };
        }
        let script = self.hooks.iter().find(|(name, script)| name == event && !script.is_empty());
        Ok(script.map(|(_, script)| Prepared {
            program: "sh".to_owned(),
            args: vec!["-c".to_owned(), script.clone()],
        }))
    }

    /// Returns whether a plugin of Helm 4 fetches URLs of a scheme.
    pub fn fetches(&self, scheme: &str) -> bool {
        self.kind == Type::Getter && self.protocols.iter().any(|p| p == scheme)
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
        let args = words.map(str::to_owned).collect();
        let prepared = Prepared { program: self.file(name), args };
        match self.fetch_with(prepared, surroundings, url, options, limit)? {
            Ok(data) => Ok(data),
            Err(status) => Err(Error::Failed { name: downloader.command.clone(), status }),
        }
    }

    /// Fetches a URL of a scheme as Helm 4 does.
    ///
    /// # Errors
    /// `plugin &{…} failed to invoke: …`
    pub fn get(
        &self,
        scheme: &str,
        surroundings: &Surroundings,
        url: &str,
        options: &Options,
        limit: u64,
        reporter: &dyn Reporter,
    ) -> Result<Vec<u8>, Error> {
        let got = self.check_runtime().and_then(|()| {
            let mut all = self.downloaders.iter();
            let downloader = all.find(|d| d.protocols.iter().any(|p| p == scheme));
            let missing = || Error::NoDownloader(scheme.to_owned());
            let downloader = downloader.ok_or_else(missing)?;
            let variables = surroundings.of(self);
            let variable = |name: &str| surroundings.value(&variables, name);
            let mut prepared =
                command::prepared(&downloader.platforms, false, Vec::new(), &variable)
                    .map_err(|_| Error::NoCommandFor(scheme.to_owned()))?;
            prepared.program = self.file(&prepared.program);
            reporter.debug(|| {
                let mut all = prepared.clone();
                all.args.extend(credentials(options, url).map(str::to_owned));
                let command = all.shown(&surroundings.path);
                Debug::PluginCommand { name: self.name.clone(), command }
            });
            let fetched = self.fetch_with(prepared, surroundings, url, options, limit)?;
            fetched.map_err(|status| {
                if let Some(status) = status {
                    self.report_failure(status, reporter);
                }
                Error::Failed { name: self.name.clone(), status }
            })
        });
        got.map_err(|cause| match cause {
            large @ Error::LargeDocument { .. } => large,
            cause => Error::NotInvoked { plugin: self.shown(), cause: Box::new(cause) },
        })
    }

    /// Returns a file of the plugin.
    fn file(&self, name: &str) -> String {
        let file = path::join([self.folder.as_bytes(), name.as_bytes()]);
        String::from_utf8_lossy(&file).into_owned()
    }

    /// Runs a program that fetches a URL; how it ended, where it failed.
    fn fetch_with(
        &self,
        prepared: Prepared,
        surroundings: &Surroundings,
        url: &str,
        options: &Options,
        limit: u64,
    ) -> Result<Result<Vec<u8>, Option<ExitStatus>>, Error> {
        let Prepared { program, args } = prepared;
        let mut child = Command::new(&program)
            .args(args)
            .args(credentials(options, url).map(|text| path_of(text).into_owned()))
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
        Ok(match child.wait() {
            Ok(status) if status.success() => Ok(data),
            ended => Err(ended.ok()),
        })
    }

    /// Returns what is run to rewrite manifests. Why it cannot be run is told when it is to run.
    pub fn post_renderer(&self, args: Vec<String>, surroundings: &Surroundings) -> PostRenderer {
        let variables = own_variables(self);
        let variable = |name: &str| surroundings.value(&variables, name);
        let prepared = self.check_runtime().and_then(|()| {
            command::prepared(&self.platforms, true, args, &variable)
                .map_err(|cause| Error::NotPrepared(Box::new(cause)))
        });
        let refused = prepared.as_ref().err().map(ToString::to_string);
        let prepared = prepared.unwrap_or(Prepared { program: String::new(), args: Vec::new() });
        let command = prepared.shown(&surroundings.path);
        let plugin = Some(PluginName { name: self.name.clone(), command, refused });
        let Prepared { program, args } = prepared;
        PostRenderer { program: program.into(), args, variables, plugin }
    }
}

/// Returns the last arguments of a program that fetches a URL.
fn credentials<'a>(options: &'a Options, url: &'a str) -> impl Iterator<Item = &'a str> {
    [&*options.tls.cert_file, &options.tls.key_file, &options.tls.ca_file, url].into_iter()
}
