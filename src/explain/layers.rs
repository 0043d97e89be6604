//! Explains values of the command line that cannot be had.

use super::{Diagnosis, Subject, set, shown, yaml};
use crate::chart::ValuesFileError;
use crate::values::LayerError;

pub(super) fn explain(error: &LayerError, subject: &Subject<'_>) -> Option<Diagnosis> {
    match error {
        LayerError::Yaml { path, cause } => {
            let text = subject.read.as_ref().and_then(|read| read(path))?;
            values_file(cause, &shown(path), &text)
        }
        LayerError::Set { flag, line, cause } => Some(set::explain(flag, line, cause)),
        LayerError::SetJson { line, cause } => Some(set::explain("set-json", line, cause)),
        LayerError::SetJsonObject { line, cause } => {
            Some(set::json_object(line, &cause.to_string()))
        }
        LayerError::Read(_) => None,
    }
}

/// Explains a file of values that is none.
pub(super) fn values_file(error: &ValuesFileError, path: &str, text: &[u8]) -> Option<Diagnosis> {
    match error {
        ValuesFileError::Yaml(error) => Some(yaml::explain(error, path, text)),
        // Lines are counted in a document of several.
        ValuesFileError::Document(error) => match goyaml::unmarshal_map(text) {
            Err(whole) => Some(yaml::explain(&whole, path, text)),
            Ok(_) => Some(Diagnosis::new(format!("a document of {path} cannot be used: {error}"))),
        },
        ValuesFileError::Separator(_) => None,
    }
}
