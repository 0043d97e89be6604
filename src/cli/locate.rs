//! Finds which chart an argument names, and fetches it where it is elsewhere.

use std::path::PathBuf;

use super::flags::Given;
use super::reporter::Terminal;
use super::{Failure, net, suggest};

/// Returns the path of the chart that an argument of a command names, made absolute; a chart from
/// elsewhere is in the cache by then.
///
/// # Errors
/// Helm's texts, with what may have been meant.
pub(super) fn chart(command: &str, given: &Given, name: &str) -> Result<PathBuf, Failure> {
    find(given, name).map_err(|e| e.hinting(suggest::for_chart(command, given, name)))
}

fn find(given: &Given, name: &str) -> Result<PathBuf, Failure> {
    net::check_certificates(given)?;
    let source = net::source(given);
    if let Some(path) = source.local(name)? {
        return Ok(path);
    }
    super::plugin_run::look_for_getters();
    let providers = net::providers(given);
    Ok(source.locate(name, providers.settings(), &providers, &Terminal::QUIET)?)
}
