//! Finds which chart an argument names, and fetches it where it is elsewhere.

use std::path::PathBuf;

use statefulchart::profile::Rule;
use statefulchart::report::{Event, Reporter, Warning};

use super::flags::Given;
use super::reporter::Terminal;
use super::{Failure, net, profile, suggest};

/// Returns the path of the chart that an argument of a command names, made absolute; a chart from
/// elsewhere is in the cache by then.
///
/// # Errors
/// Helm's texts, with what may have been meant.
pub(super) fn chart(command: &str, given: &Given, name: &str) -> Result<PathBuf, Failure> {
    find(command, given, name).map_err(|e| e.suggesting(suggest::for_chart(command, given, name)))
}

fn find(command: &str, given: &Given, name: &str) -> Result<PathBuf, Failure> {
    net::check_certificates(given)?;
    let source = net::source(given);
    if let Some(path) = source.local(name)? {
        if !source.repository.is_empty() && profile::current().has(Rule::IgnoredRepositoriesAreTold)
        {
            let (name, repository) = (name.trim().to_owned(), source.repository);
            Terminal::QUIET.report(Event::Warning(Warning::RepositoryIgnored { name, repository }));
        }
        return Ok(path);
    }
    super::plugin_run::look_for_getters();
    let providers = net::providers(given);
    let terminal = match command {
        "show" | "template" => Terminal::of(given).rendering(),
        _ => Terminal::of(given),
    };
    Ok(source.locate(name, providers.settings(), &providers, &terminal)?)
}
