//! Schemas from the network under our own name: the cache on the disk, and `--offline`.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};

/// Serves a schema with an `ETag`, and 304 to who has it; tells how each request was answered.
fn serve(cache_control: &'static str) -> (String, Receiver<u16>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, answers) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> =
                lines.map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            let known = head.iter().any(|line| line.eq_ignore_ascii_case("if-none-match: \"one\""));
            let body = r#"{"properties": {"port": {"type": "integer"}}}"#;
            let (status, body) = if known { (304, "") } else { (200, body) };
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} X\r\nETag: \"one\"\r\nCache-Control: {cache_control}\r\n\
                 Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )
            .unwrap();
            sender.send(status).unwrap();
        }
    });
    (address, answers)
}

struct Home(tempfile::TempDir);

impl Home {
    /// A home with a chart whose schema is at `url`.
    fn new(url: &str) -> Home {
        let home = Home(tempfile::tempdir().unwrap());
        let write = |name: &str, text: &str| {
            let path = home.0.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("a/Chart.yaml", "{apiVersion: v2, name: a, version: 1.0.0}");
        write("a/values.schema.json", &format!("{{\"$ref\": \"{url}\"}}"));
        write("a/values.yaml", "port: 80");
        home
    }

    /// Renders the chart; what is said on standard error.
    fn render(&self, arguments: &[&str], environment: &[(&str, &str)]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_statefulchart"))
            .args(["template", "x", "a"])
            .args(arguments)
            .current_dir(self.0.path())
            .env_clear()
            .env("HOME", self.0.path())
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        String::from_utf8(output.stderr).unwrap()
    }
}

#[test]
fn a_schema_is_fetched_kept_and_confirmed() {
    let (address, answers) = serve("max-age=0");
    let home = Home::new(&format!("http://{address}/schema.json"));
    for _ in 0..3 {
        assert_eq!(home.render(&[], &[]), "");
    }
    assert!(home.render(&["--set", "port=x"], &[]).contains("- port: Invalid type"));
    assert_eq!(answers.try_iter().collect::<Vec<_>>(), [200, 304, 304, 304]);
}

#[test]
fn a_fresh_copy_is_used_unasked() {
    let (address, answers) = serve("max-age=600");
    let home = Home::new(&format!("http://{address}/schema.json"));
    for _ in 0..3 {
        assert_eq!(home.render(&[], &[]), "");
    }
    assert_eq!(answers.try_iter().collect::<Vec<_>>(), [200]);
}

#[test]
fn offline_the_cache_is_all_there_is() {
    let (address, answers) = serve("max-age=0");
    let url = format!("http://{address}/schema.json");
    let home = Home::new(&url);
    let cache = home.0.path().join("cache");
    let cache = cache.to_str().unwrap();
    let there = [("HELM_CACHE_HOME", cache)];
    let offline = [("HELM_CACHE_HOME", cache), ("STATEFULCHART_OFFLINE", "1")];
    let missing = format!(
        "Get \"{url}\": not in the cache of schemas ({cache}/schemas), and the network is not to be used\n"
    );
    for said in [home.render(&["--offline"], &there), home.render(&[], &offline)] {
        assert!(said.ends_with(&missing), "{said}");
    }
    assert_eq!(home.render(&[], &there), "");
    assert_eq!(home.render(&["--offline"], &there), "");
    assert_eq!(home.render(&[], &offline), "");
    let says =
        |value| home.render(&[], &[("HELM_CACHE_HOME", "none"), ("STATEFULCHART_OFFLINE", value)]);
    assert!(says("T").contains("not in the cache"));
    let refused = "Error: STATEFULCHART_OFFLINE: \"yes\" is neither true nor false\n";
    assert_eq!(says("yes"), refused);
    assert!(home.render(&["--set", "port=x"], &offline).contains("- port: Invalid type"));
    let values = format!("--values=http://{address}/values.yaml");
    let said = home.render(&["--offline", &values], &there);
    let refused =
        format!("Error: Get \"http://{address}/values.yaml\": the network is not to be used\n");
    assert_eq!(said, refused);
    assert_eq!(answers.try_iter().collect::<Vec<_>>(), [200]);
}

#[test]
fn a_cache_that_cannot_be_written_does_no_harm() {
    let (address, answers) = serve("max-age=600");
    let home = Home::new(&format!("http://{address}/schema.json"));
    let blocked = home.0.path().join("a/Chart.yaml");
    let environment = [("HELM_CACHE_HOME", blocked.to_str().unwrap())];
    assert_eq!(home.render(&[], &environment), "");
    assert_eq!(home.render(&[], &environment), "");
    assert_eq!(answers.try_iter().collect::<Vec<_>>(), [200, 200]);
}
