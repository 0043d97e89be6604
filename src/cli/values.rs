//! The values flags, and reading what they name.

use std::io::Read;

use gostd::os::io_reason;
use gostd::url::Url;
use gostd::value::Map;
use statefulchart::getter::{MAX_DOCUMENT, Options};
use statefulchart::values::layers::Layers;

use super::Failure;
use super::flags::{Flag, Kind, Parsed, flag, short};
use super::net::Net;

/// `-f` and the `--set` family.
pub(super) const FLAGS: &[Flag] = &[
    short('f', "values", Kind::Slice, "specify values in a YAML file (can specify multiple)"),
    flag("set", Kind::Array, "set values on the command line (key1=val1,key2=val2; repeatable)"),
    flag("set-string", Kind::Array, "set STRING values on the command line (repeatable)"),
    flag("set-file", Kind::Array, "set values from files (key1=path1,key2=path2; repeatable)"),
    flag("set-json", Kind::Array, "set JSON values on the command line (repeatable)"),
    flag("set-literal", Kind::Array, "set a literal STRING value on the command line"),
];

/// The user's values, all flags merged in Helm's order.
pub(super) fn merge(parsed: &Parsed) -> Result<Map, Failure> {
    let all = |name| parsed.all(name).map(|v| v.as_bytes().to_vec()).collect();
    let layers = Layers {
        files: parsed.all("values").map(str::to_owned).collect(),
        set_json: all("set-json"),
        set: all("set"),
        set_string: all("set-string"),
        set_file: all("set-file"),
        set_literal: all("set-literal"),
    };
    let mut read = |path: &[u8]| read(parsed, path);
    layers.merge(&mut read).map_err(|e| Failure::detailed(e.to_string(), e.detail()))
}

/// A values file's contents: `-` is standard input, a URL is fetched.
fn read(parsed: &Parsed, path: &[u8]) -> Result<Vec<u8>, String> {
    let name = String::from_utf8_lossy(path);
    if name.trim() == "-" {
        let mut data = Vec::new();
        std::io::stdin().lock().read_to_end(&mut data).map_err(|e| e.to_string())?;
        return Ok(data);
    }
    if name.contains([':', '%']) {
        let scheme = Url::parse(&name)?.scheme;
        let net = Net::new(parsed);
        if net.fetches(&scheme) {
            let options = Options { url: name.clone().into_owned(), ..Options::default() };
            return net.fetch(&name, &options, MAX_DOCUMENT);
        }
    }
    let fail = |op: &str, e: std::io::Error| format!("{op} {name}: {}", io_reason(&e));
    let mut file = std::fs::File::open(&*name).map_err(|e| fail("open", e))?;
    let mut data = Vec::new();
    file.read_to_end(&mut data).map_err(|e| fail("read", e))?;
    Ok(data)
}
