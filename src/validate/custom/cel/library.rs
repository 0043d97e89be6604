//! The functions that Kubernetes adds to CEL (`k8s.io/apiserver`, `pkg/cel/library`), but for those that ask who is
//! making an object.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

use gocel::{Budget, Error, Key, Matcher, Opaque, Reason, Val};
use gostd::url::{Url, query_unescape};
use gostd::value::Value;

use super::{network, semver};
use crate::kubernetes::{Version, names, quantity};
use crate::validate::custom::formats;

/// Kubernetes' functions.
pub(super) struct Library;

/// The result of a function; nothing where there is none of its name.
type Made = Option<Result<Val, Error>>;

impl gocel::Library for Library {
    fn call(&self, name: &str, is_method: bool, args: &[Val], budget: &mut Budget) -> Made {
        let length = args.iter().map(|arg| if let Val::Str(text) = arg { text.len() } else { 0 });
        if let Err(error) = budget.text(length.sum()) {
            return Some(Err(error));
        }
        match is_method {
            false => function(name, args),
            true => method(name, args, budget),
        }
    }
}

fn function(name: &str, args: &[Val]) -> Made {
    if let Some(format) = name.strip_prefix("format.") {
        return match args {
            [] if Format::is_known(format) => Some(Ok(opaque(Format(format.to_owned())))),
            [Val::Str(own)] if format == "named" => Some(Ok(match Format::is_known(own) {
                true => Val::some(opaque(Format(own.to_string()))),
                false => Val::Optional(None),
            })),
            _ => None,
        };
    }
    Some(match (name, args) {
        ("quantity", [Val::Str(text)]) => match Quantity::read(text) {
            Some(own) => Ok(opaque(own)),
            None => Err(Error::value(
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
            )),
        },
        ("isQuantity", [Val::Str(text)]) => Ok(Val::Bool(Quantity::read(text).is_some())),
        ("sign", [Val::Opaque(own)]) => return sign(&**own),
        ("url", [Val::Str(text)]) => match request(text) {
            Some(url) => Ok(opaque(Address(url))),
            None => Err(Error::value(format!(
                "URL parse error during conversion from string: parse {}: invalid URI for request",
                gostd::strconv::quoted(text.as_bytes())
            ))),
        },
        ("isURL", [Val::Str(text)]) => Ok(Val::Bool(request(text).is_some())),
        _ => return network::function(name, args).or_else(|| semver::function(name, args)),
    })
}

fn method(name: &str, args: &[Val], budget: &mut Budget) -> Made {
    let (first, rest) = args.split_first()?;
    let own = match first {
        Val::Str(text) => return found(name, text, rest, budget),
        Val::Opaque(own) => own.as_any(),
        _ => return None,
    };
    if let Some(own) = own.downcast_ref::<Quantity>() {
        return own.method(name, rest);
    }
    if let Some(Address(url)) = own.downcast_ref::<Address>() {
        return url_method(name, url, rest, budget);
    }
    if let (Some(format), "validate", [Val::Str(text)]) = (own.downcast_ref::<Format>(), name, rest)
    {
        let faults = format.faults(text);
        return Some(Ok(match faults.is_empty() {
            true => Val::Optional(None),
            false => Val::some(Val::list(faults.into_iter().map(Val::str).collect())),
        }));
    }
    network::method(name, own, rest).or_else(|| semver::method(name, own, rest, budget))
}

/// Makes a value of a type of Kubernetes'.
pub(super) fn opaque(own: impl Opaque + 'static) -> Val {
    Val::Opaque(Rc::new(own))
}

/// `find` and `findAll`.
fn found(name: &str, text: &str, args: &[Val], budget: &mut Budget) -> Made {
    let (pattern, limit) = match (name, args) {
        ("find", [Val::Str(pattern)]) => (pattern, 1),
        ("findAll", [Val::Str(pattern)]) => (pattern, -1),
        ("findAll", [Val::Str(pattern), Val::Int(limit)]) => (pattern, *limit),
        _ => return None,
    };
    let matcher = match Matcher::new(pattern, budget) {
        Ok(matcher) => matcher,
        Err(error) if error.reason == Reason::Value => {
            return Some(Err(Error::value(format!("Illegal regex: {error}"))));
        }
        Err(error) => return Some(Err(error)),
    };
    let part = |bytes: &[u8]| Val::str(String::from_utf8_lossy(bytes));
    Some(match name {
        "find" => matcher.find(text, budget).map(|found| part(found.unwrap_or_default())),
        _ => matcher
            .find_all(text, limit, budget)
            .map(|all| Val::list(all.into_iter().map(part).collect())),
    })
}

/// A quantity, in billionths.
#[derive(Debug)]
struct Quantity(i128);

const BILLION: i128 = 1_000_000_000;

impl Opaque for Quantity {
    fn type_name(&self) -> &'static str {
        "kubernetes.Quantity"
    }

    fn is_same(&self, other: &dyn Opaque, _: &mut Budget) -> Result<bool, Error> {
        Ok(other.as_any().downcast_ref::<Quantity>().is_some_and(|other| self.0 == other.0))
    }

    fn text(&self) -> Option<String> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn sign(own: &dyn Opaque) -> Made {
    let own = own.as_any().downcast_ref::<Quantity>()?;
    Some(Ok(Val::Int(own.0.signum() as i64)))
}

impl Quantity {
    fn read(text: &str) -> Option<Quantity> {
        let is_plain = !text.contains(char::is_whitespace);
        is_plain.then(|| quantity::read(&Value::str(text)))?.map(Quantity)
    }

    fn whole(&self) -> Option<i64> {
        (self.0 % BILLION == 0).then(|| i64::try_from(self.0 / BILLION).ok())?
    }

    fn method(&self, name: &str, args: &[Val]) -> Made {
        let other = match args {
            [Val::Opaque(other)] => other.as_any().downcast_ref::<Quantity>().map(|own| own.0),
            [Val::Int(n)] if matches!(name, "add" | "sub") => Some(i128::from(*n) * BILLION),
            _ => None,
        };
        let sum = |sum: Option<i128>| match sum {
            Some(sum) => Ok(opaque(Quantity(sum))),
            None => Err(Error::value("the quantity is too large")),
        };
        Some(match (name, other) {
            ("sign", None) => Ok(Val::Int(self.0.signum() as i64)),
            ("isInteger", None) => Ok(Val::Bool(self.whole().is_some())),
            ("asInteger", None) => match self.whole() {
                Some(n) => Ok(Val::Int(n)),
                None => Err(Error::value("cannot convert value to integer")),
            },
            ("asApproximateFloat", None) => Ok(Val::Double(self.0 as f64 / 1e9)),
            ("add", Some(other)) => sum(self.0.checked_add(other)),
            ("sub", Some(other)) => sum(self.0.checked_sub(other)),
            ("compareTo", Some(other)) => Ok(Val::Int(self.0.cmp(&other) as i64)),
            ("isGreaterThan", Some(other)) => Ok(Val::Bool(self.0 > other)),
            ("isLessThan", Some(other)) => Ok(Val::Bool(self.0 < other)),
            _ => return None,
        })
    }
}

/// A URL.
#[derive(Debug)]
struct Address(Url);

impl Opaque for Address {
    fn type_name(&self) -> &'static str {
        "kubernetes.URL"
    }

    fn is_same(&self, other: &dyn Opaque, budget: &mut Budget) -> Result<bool, Error> {
        let Some(other) = other.as_any().downcast_ref::<Address>() else { return Ok(false) };
        budget.text(length(&self.0).saturating_add(length(&other.0)))?;
        Ok(self.0.to_string() == other.0.to_string())
    }

    fn text(&self) -> Option<String> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Returns about how many bytes a URL has.
fn length(url: &Url) -> usize {
    url.host.len() + url.path.len() + url.raw_query.len()
}

/// Reads an absolute URL or an absolute path.
fn request(text: &str) -> Option<Url> {
    formats::has("uri", text, Version::newest()).then(|| Url::parse(text).ok())?
}

/// Steps that a byte of a query counts that is taken apart.
const QUERY_STEPS: usize = 4;

fn url_method(name: &str, url: &Url, args: &[Val], budget: &mut Budget) -> Made {
    if !args.is_empty() {
        return None;
    }
    // A query is taken apart: each letter may become a text in a list of its own.
    let steps = if name == "getQuery" { QUERY_STEPS * url.raw_query.len() } else { 0 };
    if let Err(error) = budget.text(length(url)).and_then(|()| budget.take(steps as u64)) {
        return Some(Err(error));
    }
    Some(Ok(match name {
        "getScheme" => Val::str(&url.scheme),
        "getHost" => Val::str(&url.host),
        "getHostname" => Val::str(url.hostname()),
        "getPort" => {
            let port = url.host.rsplit(']').next().and_then(|rest| rest.rsplit_once(':'));
            let is_number = |port: &&str| port.bytes().all(|b| b.is_ascii_digit());
            Val::str(port.map(|(_, port)| port).filter(is_number).unwrap_or_default())
        }
        "getEscapedPath" => Val::str(url.escaped_path()),
        "getQuery" => {
            let mut all: BTreeMap<Key, Vec<Val>> = BTreeMap::new();
            let pairs =
                url.raw_query.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';'));
            for pair in pairs {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                if let (Ok(key), Ok(value)) = (query_unescape(key), query_unescape(value)) {
                    let key = Key::Str(String::from_utf8_lossy(&key).into());
                    all.entry(key).or_default().push(Val::str(String::from_utf8_lossy(&value)));
                }
            }
            Val::map(all.into_iter().map(|(key, values)| (key, Val::list(values))).collect())
        }
        _ => return None,
    }))
}

/// A form that a text may have, by its name.
#[derive(Debug)]
struct Format(String);

impl Opaque for Format {
    fn type_name(&self) -> &'static str {
        "kubernetes.NamedFormat"
    }

    fn is_same(&self, other: &dyn Opaque, _: &mut Budget) -> Result<bool, Error> {
        Ok(other.as_any().downcast_ref::<Format>().is_some_and(|other| self.0 == other.0))
    }

    fn text(&self) -> Option<String> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Format {
    fn is_known(name: &str) -> bool {
        [
            "dns1123Label",
            "dns1123Subdomain",
            "dns1035Label",
            "qualifiedName",
            "dns1123LabelPrefix",
            "dns1123SubdomainPrefix",
            "dns1035LabelPrefix",
            "labelValue",
            "uri",
            "uuid",
            "byte",
            "date",
            "datetime",
        ]
        .contains(&name)
    }

    fn faults(&self, text: &str) -> Vec<String> {
        // A name that something follows may end with a dash.
        let begun = match text.strip_suffix('-') {
            Some(begun) if !begun.is_empty() => format!("{begun}a"),
            _ => text.to_owned(),
        };
        let of_format = |words: &str| match formats::has(&self.0, text, Version::newest()) {
            true => Vec::new(),
            false => vec![words.to_owned()],
        };
        match self.0.as_str() {
            "dns1123Label" => names::label(text.as_bytes(), false),
            "dns1123LabelPrefix" => names::label(begun.as_bytes(), false),
            "dns1035Label" => names::label(text.as_bytes(), true),
            "dns1035LabelPrefix" => names::label(begun.as_bytes(), true),
            "dns1123Subdomain" => names::subdomain(text.as_bytes()),
            "dns1123SubdomainPrefix" => names::subdomain(begun.as_bytes()),
            "qualifiedName" => names::qualified(text.as_bytes()),
            "labelValue" => names::label_value(text.as_bytes()),
            "uuid" => of_format("does not match the UUID format"),
            "byte" => of_format("invalid base64"),
            "date" => of_format("invalid date"),
            "datetime" => of_format("invalid datetime"),
            _ => of_format("invalid URI for request"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gocel::Program;

    /// `library.tsv` was printed by `k8s.io/apiserver` 0.37.2 (tests/tables.py); of errors it is told that they are.
    #[test]
    fn functions_answer_as_those_of_a_server() {
        let mut wrong = Vec::new();
        for line in include_str!("library.tsv").lines() {
            let (source, wanted) = line.split_once('\t').unwrap();
            let program = Program::parse(source).unwrap();
            let made = match program.run(&[], &Library, &mut Budget::new(10_000)) {
                Ok(value) => shown(&value),
                Err(error) if error.reason == Reason::Value => "error".to_owned(),
                Err(error) => format!("{:?}", error.reason),
            };
            let wanted = if wanted.starts_with("error") { "error" } else { wanted };
            if made != wanted {
                wrong.push(format!("{source}\n  wanted {wanted}\n  made   {made}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn shown(value: &Val) -> String {
        match value {
            Val::Bool(b) => b.to_string(),
            Val::Int(n) => n.to_string(),
            Val::Double(f) => format!("{f}d"),
            Val::Str(text) => gostd::strconv::quoted(text.as_bytes()),
            Val::Optional(None) => "none".to_owned(),
            Val::List(list) => {
                format!("[{}]", list.items.iter().map(shown).collect::<Vec<_>>().join(", "))
            }
            Val::Map(members) => {
                let entry = |(key, value): (&Key, &Val)| {
                    format!("{}: {}", shown(&key.value()), shown(value))
                };
                let entries: Vec<String> = members.entries.iter().map(entry).collect();
                format!("{{{}}}", entries.join(", "))
            }
            other => other.type_name().to_owned(),
        }
    }
}
