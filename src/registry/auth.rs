//! How a registry lets somebody in: challenges, tokens, and who the user is.

use std::collections::HashMap;

use super::client::field;
use crate::getter::{Agent, MAX_DOCUMENT, Network, Request, basic};
use gostd::json;

/// Who the user is to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A name and a password.
    Password(String, String),
    /// A token that another one is asked for with.
    Token(String),
}

/// Why a request got no answer.
pub(super) enum Fault {
    NoCredential,
    Other(String),
}

impl Fault {
    /// The words for pulling or pushing.
    pub(super) fn denied(self, action: &str) -> String {
        match self {
            Fault::Other(text) => text,
            Fault::NoCredential => format!(
                "{action} access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials"
            ),
        }
    }
}

/// Asks for a token; the value of `Authorization`.
pub(super) fn token(
    network: &Network,
    agent: &Agent,
    challenge: &HashMap<String, String>,
    scope: &str,
    who: Option<&Credential>,
) -> Result<String, Fault> {
    let part = |name: &str| challenge.get(name).map(String::as_str).unwrap_or_default();
    let realm = part("realm");
    let scope = if scope.is_empty() { part("scope") } else { scope };
    let mut headers = Vec::new();
    let authorization;
    let mut query = vec![("service", part("service")), ("scope", scope)];
    query.retain(|(_, v)| !v.is_empty());
    let answer = match who {
        Some(Credential::Token(token)) => {
            query.push(("grant_type", "refresh_token"));
            query.push(("refresh_token", token));
            query.push(("client_id", "helm"));
            headers.push(("Content-Type", "application/x-www-form-urlencoded"));
            let body = form(&query);
            let body = Some(body.as_bytes());
            let request = Request {
                method: "POST",
                url: realm,
                headers: &headers,
                body,
                limit: MAX_DOCUMENT,
            };
            network.send(agent, &request)
        }
        who => {
            if let Some(Credential::Password(name, password)) = who {
                authorization = basic(name, password);
                headers.push(("Authorization", &authorization));
                query.push(("account", name));
            }
            let mark = if realm.contains('?') { '&' } else { '?' };
            let url = format!("{realm}{mark}{}", form(&query));
            let request = Request {
                method: "GET",
                url: &url,
                headers: &headers,
                body: None,
                limit: MAX_DOCUMENT,
            };
            network.send(agent, &request)
        }
    };
    let answer = answer.map_err(Fault::Other)?;
    if answer.status != 200 {
        return Err(Fault::Other(format!(
            "failed to authorize: failed to fetch oauth token: unexpected status from GET request to {realm}: {}",
            answer.status_line()
        )));
    }
    let map = json::unmarshal(&answer.body).map_err(|e| Fault::Other(e.to_string()))?.as_map();
    let token = field(&map, "token").filter(|t| !t.is_empty());
    token.or_else(|| field(&map, "access_token")).map(|t| format!("Bearer {t}")).ok_or_else(|| {
        Fault::Other("authorization server did not include a token in the response".into())
    })
}

/// The parameters of a challenge of that kind: `Bearer realm="…",service="…"`.
pub(super) fn parameters(challenge: &str, kind: &str) -> Option<HashMap<String, String>> {
    let (word, mut rest) = challenge.trim().split_once(' ')?;
    if !word.eq_ignore_ascii_case(kind) {
        return None;
    }
    let mut found = HashMap::new();
    while let Some((name, after)) = rest.split_once('=') {
        let (value, more) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        found.insert(name.trim_matches([' ', ',']).to_ascii_lowercase(), value.to_owned());
        rest = more;
    }
    Some(found)
}

/// A query, escaped.
fn form(pairs: &[(&str, &str)]) -> String {
    let escape = |text: &str| -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
        text.bytes()
            .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect()
    };
    pairs.iter().map(|(n, v)| format!("{n}={}", escape(v))).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use super::{Credential, form, parameters};
    use crate::getter::{Network, Proxies, Tls};
    use crate::registry::Client;

    #[test]
    fn challenges_are_taken_apart() {
        let of = |text: &str, name: &str| parameters(text, "bearer")?.get(name).cloned();
        let usual = "Bearer realm=\"https://a/t\",service=\"reg, the\", scope=\"x:y:pull\"";
        for (text, name, want) in [
            (usual, "realm", Some("https://a/t")),
            (usual, "service", Some("reg, the")),
            (usual, "scope", Some("x:y:pull")),
            (usual, "none", None),
            ("bearer realm=a,service=b", "realm", Some("a")),
            ("bearer realm=a,service=b", "service", Some("b")),
            ("Bearer realm=\"open", "realm", Some("open")),
            ("Basic realm=\"a\"", "realm", None),
            ("Bearer", "realm", None),
            ("", "realm", None),
        ] {
            assert_eq!(of(text, name).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn queries_are_escaped() {
        assert_eq!(form(&[("a", "b c&d"), ("e", "x:/é")]), "a=b%20c%26d&e=x%3A%2F%C3%A9");
    }

    /// Answers requests by their first line and their `Authorization`.
    fn registry(answer: fn(&str, &str, &str) -> String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let own = address.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let first = lines.next().unwrap().unwrap();
                let mut authorization = String::new();
                for line in lines.map_while(Result::ok).take_while(|l| !l.is_empty()) {
                    if let Some((name, value)) = line.split_once(": ")
                        && name.eq_ignore_ascii_case("authorization")
                    {
                        authorization = value.to_owned();
                    }
                }
                stream.write_all(answer(&own, &first, &authorization).as_bytes()).unwrap();
            }
        });
        address
    }

    fn ok(body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    }

    fn asks_for_a_token(own: &str, first: &str, authorization: &str) -> String {
        let path = first.split(' ').nth(1).unwrap_or_default();
        match (path.split('?').next().unwrap_or_default(), authorization) {
            ("/token", "Basic YWxpY2U6c2VjcmV0") => {
                assert!(path.contains("service=reg"), "{path}");
                assert!(path.contains("scope=repository%3Acharts%2Fa%3Apull"), "{path}");
                ok("{\"token\":\"t0k\"}")
            }
            ("/v2/charts/a/tags/list", "Bearer t0k") => {
                ok("{\"name\":\"charts/a\",\"tags\":[\"1.0.0\",\"latest\",\"1.10.0\",\"1.2.0_b\"]}")
            }
            ("/v2/charts/a/tags/list", "") => format!(
                "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"http://{own}/token\",service=\"reg\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            ),
            _ => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".into(),
        }
    }

    #[test]
    fn a_token_is_fetched_where_the_registry_asks_for_one() {
        let address = registry(asks_for_a_token);
        let network = Network::new("test".into(), Proxies::default(), Vec::new);
        let tags = |password: &str| {
            let who = |_: &str| Some(Credential::Password("alice".into(), password.into()));
            Client::new(&network, Tls::default(), true, &who).tags(&format!("{address}/charts/a"))
        };
        assert_eq!(tags("secret").unwrap(), ["1.10.0", "1.2.0+b", "1.0.0"]);
        let wrong = tags("wrong").unwrap_err();
        assert!(wrong.contains("failed to fetch oauth token"), "{wrong}");
        assert!(wrong.ends_with("403 Forbidden"), "{wrong}");
    }
}
