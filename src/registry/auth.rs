//! Opens a registry: challenges, tokens, and who the user is.

use std::collections::HashMap;

use serde::Deserialize;

use super::Error;
use super::json::from_json;
use crate::http::{Agent, MAX_DOCUMENT, Network, Request, basic};
use crate::report::Reporter;

/// Who the user is to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A name and a password.
    Password(String, String),
    /// A token that another one is asked for with.
    Token(String),
}

/// What is refused.
pub(super) struct Lock<'l> {
    pub(super) network: &'l Network,
    pub(super) agent: &'l Agent,
    /// The server's `WWW-Authenticate`.
    pub(super) challenge: &'l str,
    pub(super) reporter: &'l dyn Reporter,
}

/// Returns the value of `Authorization` that opens it; none where a password is needed and none
/// was given.
pub(super) fn authorization(
    lock: &Lock<'_>,
    scope: &str,
    who: Option<&Credential>,
) -> Result<Option<String>, Error> {
    match (parameters(lock.challenge, "bearer"), who) {
        (Some(bearer), who) => token(lock, &bearer, scope, who).map(Some),
        (None, Some(Credential::Password(name, password))) => Ok(Some(basic(name, password))),
        (None, _) => Ok(None),
    }
}

/// The answer of a server that gives tokens out.
#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
}

/// Asks for a token; the value of `Authorization`.
fn token(
    lock: &Lock<'_>,
    challenge: &HashMap<String, String>,
    scope: &str,
    who: Option<&Credential>,
) -> Result<String, Error> {
    let part = |name: &str| challenge.get(name).map(String::as_str).unwrap_or_default();
    let realm = part("realm");
    let scope = if scope.is_empty() { part("scope") } else { scope };
    let mut query = vec![("service", part("service")), ("scope", scope)];
    query.retain(|(_, v)| !v.is_empty());
    if let Some(Credential::Token(token)) = who {
        query.push(("grant_type", "refresh_token"));
        query.push(("refresh_token", token));
        query.push(("client_id", "helm"));
        let body = form(&query);
        let request = Request {
            method: "POST",
            url: realm,
            headers: &[("Content-Type", "application/x-www-form-urlencoded")],
            body: Some(body.as_bytes()),
            limit: MAX_DOCUMENT,
        };
        return answer(lock, realm, &request);
    }
    let mut headers = Vec::new();
    let authorization;
    if let Some(Credential::Password(name, password)) = who {
        authorization = basic(name, password);
        headers.push(("Authorization", authorization.as_str()));
        query.push(("account", name));
    }
    let mark = if realm.contains('?') { '&' } else { '?' };
    let url = format!("{realm}{mark}{}", form(&query));
    let request =
        Request { method: "GET", url: &url, headers: &headers, body: None, limit: MAX_DOCUMENT };
    answer(lock, realm, &request)
}

fn answer(lock: &Lock<'_>, realm: &str, request: &Request<'_>) -> Result<String, Error> {
    let answer = lock.network.send(lock.agent, request, lock.reporter)?;
    if answer.status != 200 {
        return Err(Error::Token { realm: realm.to_owned(), status: answer.status_line.clone() });
    }
    let Answer { token, access_token } = from_json(&answer.body)?;
    let token = token.filter(|t| !t.is_empty()).or(access_token);
    token.map(|t| format!("Bearer {t}")).ok_or(Error::NoToken)
}

/// Returns the parameters of a challenge of that kind: `Bearer realm="…",service="…"`.
fn parameters(challenge: &str, kind: &str) -> Option<HashMap<String, String>> {
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

/// Returns a query, escaped.
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

    use super::{form, parameters};
    use crate::http::{Network, Proxies};
    use crate::registry::{Access, Client};
    use crate::report::Silent;

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
            let access = Access {
                username: "alice".into(),
                password: password.into(),
                plain_http: true,
                ..Access::default()
            };
            Client::new(&network, &access, &Silent).tags(&format!("{address}/charts/a"))
        };
        assert_eq!(tags("secret").unwrap(), ["1.10.0", "1.2.0+b", "1.0.0"]);
        let wrong = tags("wrong").unwrap_err().to_string();
        assert!(wrong.contains("failed to fetch oauth token"), "{wrong}");
        assert!(wrong.ends_with("403 Forbidden"), "{wrong}");
    }
}
