//! Defines the values flags, and reads what they name.

use gostd::os::{bytes_of, io_reason, path_of, read_whole, text_of};
use gostd::url::Url;
use gostd::value::Map;
use statefulchart::action;
use statefulchart::chart::Chart;
use statefulchart::getter::{Getter, MAX_DOCUMENT, Options};
use statefulchart::profile::Profile;
use statefulchart::values::layers::{LayerError, Layers, ReadError};
use statefulchart::values::origins::{Origins, OriginsError};

use super::flags::{Flag, Given, known};
use super::input::Once;
use super::reporter::Terminal;
use super::{Failure, limits, net, profile, suggest};

/// `-f` and the `--set` family.
pub(super) const FLAGS: &[Flag] = &[
    known::VALUES.about("specify values in a YAML file (can specify multiple)"),
    SET_FLAGS[0],
    SET_FLAGS[1],
    SET_FLAGS[2],
    SET_FLAGS[3],
    SET_FLAGS[4],
];

/// The `--set` family.
pub(super) const SET_FLAGS: &[Flag] = &[
    known::SET.about("set values on the command line (key1=val1,key2=val2; repeatable)"),
    known::SET_STRING.about("set STRING values on the command line (repeatable)"),
    known::SET_FILE.about("set values from files (key1=path1,key2=path2; repeatable)"),
    known::SET_JSON.about("set JSON values on the command line (repeatable)"),
    known::SET_LITERAL.about("set a literal STRING value on the command line"),
];

/// Returns the user's values, all flags merged in Helm's order.
pub(super) fn merge(given: &Given) -> Result<Map, Failure> {
    super::plugin_run::look_for_getters();
    merge_as(given, profile::current())
}

/// Returns the user's values as a Helm release reads them.
pub(super) fn merge_as(given: &Given, profile: Profile) -> Result<Map, Failure> {
    let layers = layers(given, profile);
    let mut too_large = None;
    let mut read = |path: &[u8]| Ok(read(given, path, &mut too_large)?);
    let merged = layers.merge(&mut read);
    merged.map_err(|e| failed(e, too_large, given))
}

/// Returns the user's values; `once` keeps what can be read no more than once, for where it is needed again.
pub(super) fn merge_once(given: &Given, once: &Once) -> Result<Map, Failure> {
    super::plugin_run::look_for_getters();
    let mut too_large = None;
    let mut read = |path: &[u8]| read_once(given, path, once, &mut too_large);
    let merged = layers(given, profile::current()).merge(&mut read);
    merged.map_err(|e| failed(e, too_large, given))
}

/// Returns where the values of a chart are set, whose dependencies are not yet settled.
pub(super) fn origins(given: &Given, chart: &Chart) -> Result<Origins, Failure> {
    origins_as(given, chart, profile::current(), &|_| Ok(None), None)
}

/// Gives the contents of a file that is not to be read from where it is.
pub(super) type First<'f> = dyn Fn(&str) -> Result<Option<Vec<u8>>, String> + 'f;

/// Does what [`origins`] does, as a Helm release reads values. `first` gives the contents of files that are not to be read
/// from where they are; `once` keeps what can be read no more than once, for where it is needed again.
pub(super) fn origins_as(
    given: &Given,
    chart: &Chart,
    profile: Profile,
    first: &First<'_>,
    once: Option<&Once>,
) -> Result<Origins, Failure> {
    super::plugin_run::look_for_getters();
    let mut too_large = None;
    let mut read = |path: &[u8]| match (first(&text_of(path.to_vec()))?, once) {
        (Some(contents), _) => Ok(contents),
        (None, Some(once)) => read_once(given, path, once, &mut too_large),
        (None, None) => Ok(read(given, path, &mut too_large)?),
    };
    let origins = Origins::of(chart, &layers(given, profile), &mut read);
    origins.map_err(|e| match e {
        OriginsError::Layers(e) => failed(e, too_large, given),
        OriginsError::Values(e) => action::Error::Values(e).into(),
        OriginsError::File(e) => e.to_string().into(),
    })
}

/// Returns the failure of a layer, with what to do about it or what may have been meant.
fn failed(error: LayerError, too_large: Option<String>, given: &Given) -> Failure {
    match too_large {
        Some(hint) => Failure::from(error).hinting(hint),
        None => Failure::from(error).suggesting(suggest::for_values(given)),
    }
}

/// Returns what the flags say of values.
pub(super) fn layers(given: &Given, profile: Profile) -> Layers {
    let all = |given: &[String]| given.iter().map(|v| bytes_of(v).into_owned()).collect();
    Layers {
        files: all(&given.values),
        set_json: all(&given.set_json),
        set: all(&given.set),
        set_string: all(&given.set_string),
        set_file: all(&given.set_file),
        set_literal: all(&given.set_literal),
        profile,
    }
}

/// Returns a values file's contents, from `once` where it was read before.
fn read_once(
    given: &Given,
    path: &[u8],
    once: &Once,
    hint: &mut Option<String>,
) -> Result<Vec<u8>, ReadError> {
    let name = text_of(path.to_vec());
    let name = if name.trim() == "-" { "-" } else { &name };
    Ok(once.text(name, || read(given, path, hint))?)
}

/// Returns a values file's contents: `-` is standard input, a URL is fetched. Of a file that is too large a hint says
/// what to do.
fn read(given: &Given, path: &[u8], hint: &mut Option<String>) -> Result<Vec<u8>, String> {
    let name = text_of(path.to_vec());
    if name.trim() == "-" {
        return read_whole(std::io::stdin().lock()).map_err(|e| {
            *hint = limits::hint_of_file(&e);
            io_reason(&e)
        });
    }
    // Nothing else is a URL, or refused as none.
    if name.contains([':', '%']) || name.bytes().any(|b| b.is_ascii_control()) {
        let scheme = Url::parse(&name).map_err(|e| e.to_string())?.scheme;
        let providers = net::providers(given);
        if providers.knows(&scheme) {
            let options = Options { url: name.clone(), ..Options::default() };
            let document = providers.get(&name, &options, MAX_DOCUMENT, &Terminal::QUIET);
            return document.map_err(|e| e.to_string());
        }
    }
    let fail = |op: &str, e: std::io::Error| format!("{op} {name}: {}", io_reason(&e));
    let file = std::fs::File::open(path_of(&name)).map_err(|e| fail("open", e))?;
    read_whole(file).map_err(|e| {
        *hint = limits::hint_of_file(&e);
        fail("read", e)
    })
}
