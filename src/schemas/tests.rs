use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use gojsonschema::Loader;

use super::Documents;
use crate::getter::{Error, Getter, Options};
use crate::http::Response;
use crate::report::Reporter;

/// A status, headers and a body.
type Answer<'a> = (u16, &'a [(&'a str, &'a str)], &'a str);

/// Answers one behind the other, and the validators that each was asked with.
struct Server(Mutex<(VecDeque<Response>, Vec<String>)>);

impl Server {
    fn new(answers: &[Answer<'_>]) -> Server {
        let answer = |(status, headers, body): &Answer<'_>| Response {
            status: *status,
            status_line: format!("{status} Words"),
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
            is_redirected: false,
        };
        Server(Mutex::new((answers.iter().map(answer).collect(), Vec::new())))
    }
}

impl Getter for &Server {
    fn get(&self, _: &str, _: &Options, _: u64, _: &dyn Reporter) -> Result<Vec<u8>, Error> {
        unreachable!("schemas are asked for")
    }

    fn ask(
        &self,
        _: &str,
        headers: &[(&str, &str)],
        _: u64,
        _: Duration,
        _: &dyn Reporter,
    ) -> Result<Response, Error> {
        let mut state = self.0.lock().unwrap();
        let asked = headers.iter().map(|(name, value)| format!("{name}: {value}"));
        let asked = asked.collect::<Vec<_>>().join(", ");
        state.1.push(asked);
        Ok(state.0.pop_front().expect("no more requests"))
    }

    fn knows(&self, _: &str) -> bool {
        true
    }

    fn media_type(&self, _: &str, _: &dyn Reporter) -> Option<String> {
        None
    }

    fn tags(&self, _: &str, _: &dyn Reporter) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }

    fn resolve(&self, reference: &str, _: &str, _: &dyn Reporter) -> Result<String, Error> {
        Ok(reference.to_owned())
    }
}

const URL: &str = "https://ann:secret@example.org/schema.json";

/// What comes of asking once for each answer, each time anew, and what the server was asked.
fn ask(answers: &[Answer<'_>], times: usize) -> (Vec<String>, Vec<String>) {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::new(answers);
    let load = |_| {
        let documents = Documents::new(&server, cache.path().join("schemas"), false);
        match documents.load(URL) {
            Ok(body) => String::from_utf8(body).unwrap(),
            Err(e) => e.to_string(),
        }
    };
    let got = (0..times).map(load).collect();
    (got, server.0.into_inner().unwrap().1)
}

#[test]
fn copies_are_used_as_http_allows() {
    let tag: (&str, &str) = ("etag", "\"1\"");
    let time = ("last-modified", "Wed, 21 Oct 2015 07:28:00 GMT");
    let fresh = ("cache-control", "public, Max-Age=60");
    // Unasked while fresh.
    let (got, asked) = ask(&[(200, &[tag, fresh], "a")], 3);
    assert_eq!((got, asked), (vec!["a".to_owned(); 3], vec![String::new()]));
    // Asked by what identifies it; the answer's freshness counts from then on.
    let (got, asked) =
        ask(&[(200, &[tag, time], "a"), (304, &[fresh], ""), (200, &[], "never asked")], 3);
    assert_eq!(got, ["a", "a", "a"]);
    let both = "If-None-Match: \"1\", If-Modified-Since: Wed, 21 Oct 2015 07:28:00 GMT";
    assert_eq!(asked, ["", both]);
    // A new document replaces the copy.
    let (got, _) = ask(&[(200, &[tag], "a"), (200, &[("etag", "\"2\"")], "b"), (304, &[], "")], 3);
    assert_eq!(got, ["a", "b", "b"]);
    // Old when it came.
    let old = ("age", "60");
    let (got, asked) = ask(&[(200, &[fresh, old], "a"), (200, &[], "b")], 2);
    assert_eq!((got.join(""), asked), ("ab".to_owned(), vec![String::new(); 2]));
    for unkept in ["no-store, max-age=60", "no-cache, max-age=60", "max-age=x", ""] {
        let (got, _) = ask(&[(200, &[("cache-control", unkept)], "a"), (200, &[], "b")], 2);
        assert_eq!(got, ["a", "b"], "{unkept}");
    }
    // An error is one, though there is a copy.
    let (got, _) = ask(&[(200, &[tag], "a"), (500, &[], "")], 2);
    assert_eq!(got, ["a", "Could not read schema from HTTP, response status is 500 Words"]);
    // 304 to who has no copy.
    let (got, _) = ask(&[(304, &[], "")], 1);
    assert_eq!(got, ["Could not read schema from HTTP, response status is 304 Words"]);
}

#[test]
fn a_run_asks_once_for_a_document() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::new(&[(200, &[], "a"), (404, &[], "")]);
    let documents = Documents::new(&server, cache.path().to_owned(), false);
    for _ in 0..3 {
        assert_eq!(documents.load(URL).unwrap(), b"a");
        assert!(documents.load("http://example.org/missing").is_err());
    }
    assert_eq!(server.0.lock().unwrap().1.len(), 2);
}

#[test]
fn offline_any_copy_will_do_and_what_is_missing_is_named() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::new(&[(200, &[], "a")]);
    let offline = || Documents::new(&server, cache.path().to_owned(), true);
    let missing = offline().load(URL).unwrap_err().to_string();
    let shown = cache.path().display();
    assert_eq!(
        missing,
        format!(
            "Get \"https://ann:***@example.org/schema.json\": not in the cache of schemas ({shown}), \
             and the network is not to be used"
        )
    );
    Documents::new(&server, cache.path().to_owned(), false).load(URL).unwrap();
    assert_eq!(offline().load(URL).unwrap(), b"a");
    let file = std::fs::read_dir(cache.path()).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("url: https://ann:***@example.org") && !text.contains("secret"),
        "{text}"
    );
    // Half a file is none.
    std::fs::write(&file, &text[..text.len() / 2]).unwrap();
    assert!(offline().load(URL).is_err());
}
