//! Errors of reading a Git repository.

use std::io;
use std::path::PathBuf;

/// Why a revision cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The program cannot be run.
    #[error("git cannot be run, by which revisions are read: {0}")]
    Program(io::Error),
    /// A path is in no repository.
    #[error("{} is in no Git repository", .0.display())]
    NoRepository(PathBuf),
    /// The repository has no such revision.
    #[error(
        "there is no revision {0:?} in this repository (a shallow clone has few: git fetch --deepen=100)"
    )]
    NoRevision(String),
    /// A link leads nowhere, out of the repository or in a circle.
    #[error("the link {0} leads to nothing in the repository")]
    Link(String),
    /// A folder holds more files than are listed.
    #[error("{0} holds too many files")]
    TooManyFiles(String),
    /// An object cannot be read.
    #[error("git does not give the object {0}")]
    Object(String),
    /// The program says no.
    #[error("git {command}: {words}")]
    Failed {
        /// Its command.
        command: String,
        /// What it said.
        words: String,
    },
}
