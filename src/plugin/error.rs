//! Describes what goes wrong with plugins.

use std::process::ExitStatus;

use gostd::os::io_reason;
use gostd::strconv::quoted;

use crate::store::FileError;

/// Why a plugin cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Its file cannot be read.
    #[error("failed to read plugin at {}: {source}", quoted(.file))]
    Unreadable {
        /// `plugin.yaml`
        file: String,
        /// Why.
        source: FileError,
    },
    /// Its file has too many bytes.
    #[error("failed to read plugin at {}: {file} has more than {limit} bytes", quoted(.file))]
    Large {
        /// `plugin.yaml`
        file: String,
        /// How many are read.
        limit: u64,
    },
    /// Its file says something odd.
    #[error("failed to load plugin at {}: {source}", quoted(.file))]
    Broken {
        /// `plugin.yaml`
        file: String,
        /// What is wrong with it.
        source: MetadataError,
    },
    /// Helm 4 does not take it.
    #[error("failed to load plugin {}: {why}", quoted(.folder))]
    Refused {
        /// Its folder.
        folder: String,
        /// Why.
        why: Box<RefusedError>,
    },
    /// The file that is run of a WebAssembly plugin is missing; Helm 4 finds it when it has read the rest.
    #[error("wasm binary missing for extism/v1 plugin: {}", quoted(.0))]
    NoWasm(String),
    /// WebAssembly is not run here.
    #[error("plugin {} is WebAssembly (runtime extism/v1), which is not run here: use a plugin of the runtime subprocess", quoted(.0))]
    Wasm(String),
    /// Its name is none.
    #[error("invalid plugin name at {}", quoted(.0))]
    Name(String),
    /// Another plugin has its name.
    #[error("two plugins claim the name {} at {} and {}", quoted(.name), quoted(.first), quoted(.second))]
    Twice {
        /// The name.
        name: String,
        /// One plugin's folder.
        first: String,
        /// The other's.
        second: String,
    },
    /// It has no command for this platform.
    #[error("no plugin command is applicable")]
    NoCommand,
    /// The same, of a command that Helm 4 prepares.
    #[error("failed to prepare plugin command: {0}")]
    NotPrepared(Box<Error>),
    /// It has no program for a scheme.
    #[error("no downloader found for protocol {}", quoted(.0))]
    NoDownloader(String),
    /// It has no command for a scheme on this platform.
    #[error("failed to prepare commands for protocol {}: no plugin command is applicable", quoted(.0))]
    NoCommandFor(String),
    /// It was to fetch something, and did not.
    #[error("plugin {plugin} failed to invoke: {cause}")]
    NotInvoked {
        /// The plugin, as `%q` prints it.
        plugin: String,
        /// Why.
        cause: Box<Error>,
    },
    /// Its program cannot be started.
    #[error("{}", not_started(.program, .cause))]
    NotStarted {
        /// The program.
        program: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Its program failed.
    #[error("plugin {} exited with error", quoted(.name))]
    Failed {
        /// The plugin's name, or the program's.
        name: String,
        /// How it ended, where that is known.
        status: Option<ExitStatus>,
    },
    /// What it runs at an event failed.
    #[error("plugin {event} hook for {} exited with error", quoted(.name))]
    Hook {
        /// The event.
        event: String,
        /// The plugin's name.
        name: String,
    },
    /// What it fetched cannot be read.
    #[error("{}", io_reason(.0))]
    Pipe(std::io::Error),
    /// What it fetched has too many bytes.
    #[error("{url} has more than {limit} bytes")]
    LargeDocument {
        /// The URL.
        url: String,
        /// How many are taken.
        limit: u64,
    },
}

/// What is wrong with a `plugin.yaml`, in the words of Go's decoder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// It is no YAML.
    #[error("{0}")]
    Yaml(goyaml::YamlError),
    /// It says something else than plugins do.
    #[error("{0}")]
    Shape(goyaml::DecodeError),
}

fn not_started(program: &str, cause: &std::io::Error) -> String {
    if program.contains('/') {
        return format!("fork/exec {program}: {}", io_reason(cause));
    }
    format!("exec: {}: executable file not found in $PATH", quoted(program))
}

/// Why Helm 4 does not take a `plugin.yaml`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefusedError {
    /// Its version cannot be found out.
    #[error("failed to peek plugin.yaml API version: {0}")]
    Version(String),
    /// Its version is not known.
    #[error("invalid plugin apiVersion: {}", quoted(.0))]
    UnknownVersion(String),
    /// It is no YAML, or has something of another type.
    #[error("{0}")]
    Shape(String),
    /// Rules that it breaks.
    #[error("{}", .0.join("\n"))]
    Rules(Vec<String>),
    /// What belongs to its type or its runtime is wrong.
    #[error("failed to convert MetadataV1 to Metadata: {0}")]
    Config(String),
}
