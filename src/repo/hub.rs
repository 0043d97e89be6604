//! Asking a hub, such as Artifact Hub, for charts.

use crate::getter::{MAX_DOCUMENT, Network, Request, Tls};
use gostd::json;
use gostd::path;
use gostd::url::Url;
use gostd::value::{Map, Value};

/// A chart that a hub knows.
#[derive(Clone, Debug, Default)]
pub struct HubChart {
    /// Its page.
    pub url: String,
    /// The newest version.
    pub version: String,
    /// The version of what that installs.
    pub app_version: String,
    /// One sentence.
    pub description: String,
    /// The URL of its repository.
    pub repository_url: String,
    /// The name of its repository.
    pub repository: String,
}

/// Checks that a URL can be that of a hub.
///
/// # Errors
/// `no hostname provided`, and what is wrong with the URL.
pub fn check_hub(endpoint: &str) -> Result<(), String> {
    let url = Url::parse(endpoint).map_err(|e| e.to_string())?;
    let bare = url.host.split(':').next().unwrap_or_default();
    if bare.is_empty() { Err("no hostname provided".into()) } else { Ok(()) }
}

/// Searches a hub by the interface that Monocular brought and Artifact Hub kept.
///
/// # Errors
/// What the network says, and any status but 200.
pub fn search_hub(network: &Network, endpoint: &str, term: &str) -> Result<Vec<HubChart>, String> {
    let mut url = Url::parse(endpoint).map_err(|e| e.to_string())?;
    url.path = path::join([&url.path[..], b"api/chartsvc/v1/charts/search"]);
    url.raw_path.clear();
    url.raw_query = format!("q={}", escape(term));
    let url = url.to_string();
    let agent = network.agent(&Tls::default(), &url)?;
    let request =
        Request { method: "GET", url: &url, headers: &[], body: None, limit: MAX_DOCUMENT };
    let answer = network.send(&agent, &request)?;
    if answer.status != 200 {
        return Err(format!("failed to fetch {url} : {}", answer.status_line()));
    }
    // Helm takes an answer that is no JSON for one without charts.
    let found = json::unmarshal(&answer.body).ok().and_then(|v| v.as_map());
    let Some(Value::List(list)) = found.and_then(|m| m.get(b"data")) else { return Ok(Vec::new()) };
    Ok(list.iter().filter_map(Value::as_map).map(|m| chart(endpoint, &m)).collect())
}

fn chart(endpoint: &str, m: &Map) -> HubChart {
    let attributes = below(m, "attributes");
    let repository = below(&attributes, "repo");
    let newest = below(&below(&below(m, "relationships"), "latestChartVersion"), "data");
    let page = text(&below(m, "artifactHub"), "packageUrl");
    HubChart {
        url: if page.is_empty() { format!("{endpoint}/charts/{}", text(m, "id")) } else { page },
        version: text(&newest, "version"),
        app_version: text(&newest, "app_version"),
        description: text(&attributes, "description"),
        repository_url: text(&repository, "url"),
        repository: text(&repository, "name"),
    }
}

fn below(map: &Map, name: &str) -> Map {
    map.get(name.as_bytes()).and_then(|v| v.as_map()).unwrap_or_default()
}

fn text(map: &Map, name: &str) -> String {
    let value = map.get(name.as_bytes());
    let text = value.as_ref().and_then(Value::as_str);
    text.map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Go's `url.QueryEscape`.
fn escape(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    text.bytes()
        .map(|b| match b {
            b' ' => "+".to_owned(),
            b if plain(b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{check_hub, escape};

    #[test]
    fn terms_are_escaped_for_a_query() {
        assert_eq!(escape("a b&c=d/é~"), "a+b%26c%3Dd%2F%C3%A9~");
    }

    #[test]
    fn a_hub_has_a_host() {
        for (endpoint, ok) in [
            ("https://hub.example.com", true),
            ("hub", false),
            ("http://:80/", false),
            ("%", false),
        ] {
            assert_eq!(check_hub(endpoint).is_ok(), ok, "{endpoint}");
        }
    }
}
