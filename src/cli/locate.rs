//! Finds which chart an argument names, and fetches it where it is elsewhere.

use std::path::PathBuf;

use super::flags::Given;
use super::reporter::Terminal;
use super::{Failure, net};

/// Returns the path of the chart, made absolute; a chart from elsewhere is in the cache by then.
///
/// # Errors
/// Helm's texts.
pub(super) fn chart(given: &Given, name: &str) -> Result<PathBuf, Failure> {
    net::check_certificates(given)?;
    let source = net::source(given);
    if let Some(path) = source.local(name)? {
        return Ok(path);
    }
    let providers = net::providers(given);
    Ok(source.locate(name, providers.settings(), &providers, &Terminal::QUIET)?)
}
