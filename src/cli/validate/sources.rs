//! Finds what the arguments of `validate` name.

use std::path::PathBuf;

use gostd::os::{path_of, path_text};

use crate::cli::flags::Given;
use crate::cli::{Failure, input, locate};

/// What an argument names.
pub(super) enum Source {
    /// A chart's folder or archive.
    Chart(PathBuf),
    /// Files of manifests with their names.
    Manifests(Vec<(String, Vec<u8>)>),
}

impl Source {
    /// Finds what an argument names.
    ///
    /// # Errors
    /// What is not there, or cannot be read.
    pub(super) fn of(given: &Given, argument: &str) -> Result<Source, Failure> {
        if argument == "-" {
            return Ok(Source::Manifests(vec![(
                "(standard input)".to_owned(),
                input::stdin("the manifests")?,
            )]));
        }
        let path = path_of(argument);
        if path.is_dir() && !path.join("Chart.yaml").is_file() {
            let files = input::manifests(&path)?.into_iter();
            let read = |path: PathBuf| Ok((path_text(&path), input::file(&path)?));
            return Ok(Source::Manifests(files.map(read).collect::<Result<_, Failure>>()?));
        }
        if path.exists() && !path.is_dir() && !input::is_archive(&path) {
            return Ok(Source::Manifests(vec![(argument.to_owned(), input::file(&path)?)]));
        }
        Ok(Source::Chart(locate::chart(super::COMMAND.name, given, argument)?))
    }
}
