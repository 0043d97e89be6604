//! Searching a hub: the interface of Monocular, which Artifact Hub has, too.

use crate::fetch::{MAX_DOCUMENT, Options};
use crate::gostd::json::Stream;
use crate::gostd::path;
use crate::gostd::url::{Url, query_escape};
use crate::value::{Map, Str, Value};

use super::Fetch;

/// A chart that a hub knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hit {
    /// Where to read about it.
    pub url: Str,
    /// Its newest version.
    pub version: Str,
    /// The version of what it installs.
    pub app_version: Str,
    /// What it is.
    pub description: Str,
    /// The URL of its repository.
    pub repository_url: Str,
    /// The name of its repository.
    pub repository_name: Str,
}

/// Why a hub gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// Its address is none.
    Address(String),
    /// It was asked in vain.
    Search(String),
}

/// Asks a hub for charts.
///
/// # Errors
/// Where the address has no host, or what fetching says.
pub fn search_hub(fetch: &Fetch<'_>, endpoint: &str, term: &str) -> Result<Vec<Hit>, NoAnswer> {
    const SEARCH: &[u8] = b"api/chartsvc/v1/charts/search";
    let mut url = Url::parse(endpoint).map_err(NoAnswer::Address)?;
    if url.host.is_empty() || url.host.starts_with(':') {
        return Err(NoAnswer::Address("no hostname provided".to_owned()));
    }
    url.path = path::join([&url.path[..], SEARCH]);
    url.raw_query = format!("q={}", query_escape(term.as_bytes()));
    let url = url.to_string();
    let options = Options { url: url.clone(), ..Options::default() };
    let answer = fetch(&url, &options, MAX_DOCUMENT).map_err(NoAnswer::Search)?;
    // Like Helm, whatever is no such answer is one without charts.
    let Some(Ok(answer)) = Stream::new(&answer).next() else { return Ok(Vec::new()) };
    let Some(Value::List(found)) = answer.as_map().and_then(|m| m.get(b"data")) else {
        return Ok(Vec::new());
    };
    Ok(found.iter().map(|chart| hit(endpoint, chart)).collect())
}

fn hit(endpoint: &str, chart: &Value) -> Hit {
    let below = |path: &[&str]| {
        path.iter().try_fold(chart.as_map()?, |map: Map, name| map.get(name.as_bytes())?.as_map())
    };
    let text = |path: &[&str], name: &str| {
        let value = below(path).and_then(|map| map.get(name.as_bytes()));
        value.and_then(|v| v.as_str().cloned()).unwrap_or_default()
    };
    let mut url = text(&["artifactHub"], "packageUrl");
    if url.is_empty() {
        url = Str::from([endpoint.as_bytes(), b"/charts/", &text(&[], "id")].concat());
    }
    let newest = ["relationships", "latestChartVersion", "data"];
    Hit {
        url,
        version: text(&newest, "version"),
        app_version: text(&newest, "app_version"),
        description: text(&["attributes"], "description"),
        repository_url: text(&["attributes", "repo"], "url"),
        repository_name: text(&["attributes", "repo"], "name"),
    }
}
