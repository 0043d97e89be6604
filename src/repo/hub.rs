//! Asks a hub, such as Artifact Hub, for charts.

use serde::Deserialize;

use super::Error;
use crate::getter::{Getter, MAX_DOCUMENT, Options};
use crate::http;
use crate::report::Reporter;
use gostd::path;

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
pub fn check_hub(endpoint: &str) -> Result<(), Error> {
    let url = http::parse(endpoint)?;
    let bare = url.host.split(':').next().unwrap_or_default();
    if bare.is_empty() { Err(Error::NoHost) } else { Ok(()) }
}

/// What a hub answers, as far as it is looked at.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    data: Vec<serde_json::Value>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Hit {
    id: String,
    artifact_hub: Page,
    attributes: Attributes,
    relationships: Relationships,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Page {
    package_url: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attributes {
    description: String,
    repo: Repository,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Repository {
    name: String,
    url: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Relationships {
    latest_chart_version: Newest,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Newest {
    data: Version,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Version {
    version: String,
    app_version: String,
}

/// Searches a hub by the interface that Monocular brought and Artifact Hub kept.
///
/// # Errors
/// What the network says, and any status but 200.
pub fn search_hub(
    getter: &dyn Getter,
    endpoint: &str,
    term: &str,
    reporter: &dyn Reporter,
) -> Result<Vec<HubChart>, Error> {
    let mut url = http::parse(endpoint)?;
    url.path = path::join([&url.path[..], b"api/chartsvc/v1/charts/search"]);
    url.raw_path.clear();
    url.raw_query = format!("q={}", escape(term));
    let url = url.to_string();
    let options = Options { url: url.clone(), ..Options::default() };
    let answer = getter.get(&url, &options, MAX_DOCUMENT, reporter)?;
    // Helm takes an answer that is no JSON for one without charts.
    let answer = serde_json::from_str::<serde_json::Value>(&String::from_utf8_lossy(&answer));
    let Answer { data } = answer
        .ok()
        .and_then(|tree| Answer::deserialize(without_nulls(tree)).ok())
        .unwrap_or_default();
    Ok(data
        .into_iter()
        .filter_map(|hit| Hit::deserialize(hit).ok())
        .map(|hit| hit.chart(endpoint))
        .collect())
}

/// JSON without the fields that are null: in Go those leave things as they are.
fn without_nulls(tree: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as V;
    match tree {
        V::Object(fields) => V::Object(
            fields
                .into_iter()
                .filter(|(_, v)| !v.is_null())
                .map(|(name, v)| (name, without_nulls(v)))
                .collect(),
        ),
        V::Array(items) => V::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

impl Hit {
    fn chart(self, endpoint: &str) -> HubChart {
        let Hit { id, artifact_hub: Page { package_url: page }, attributes, relationships } = self;
        let newest = relationships.latest_chart_version.data;
        HubChart {
            url: if page.is_empty() { format!("{endpoint}/charts/{id}") } else { page },
            version: newest.version,
            app_version: newest.app_version,
            description: attributes.description,
            repository_url: attributes.repo.url,
            repository: attributes.repo.name,
        }
    }
}

/// Reproduces Go's `url.QueryEscape`.
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
