//! Refuses what a cluster's client refuses of a manifest before it changes the cluster.

use super::metadata;
use crate::render::{self, Kind};
use gostd::json;
use gostd::strconv::quoted;
use gostd::value::{Map, Value};
use goyaml::{self, Field};

/// Why Helm would not install a manifest.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// Documents that are no objects, or not such as a cluster knows: the client's text.
    Object(String),
    /// An object that a cluster cannot be asked for.
    Lookup {
        /// Its kind, name and namespace, as Helm names it.
        object: String,
        /// What is wrong.
        cause: String,
    },
}

/// Checks the documents of a manifest as Helm does before an installation: builds Kubernetes objects
/// of them, then looks whether there are such in the cluster. Documents without content pass.
/// `validate` is off under `--disable-openapi-validation`; `namespace` is the release's.
///
/// A kind that a custom resource could have passes, too: there is no cluster to tell.
///
/// # Errors
/// All that cannot be built, up to the first that does not say what it is; or else the first object
/// that cannot be asked for.
pub fn check<'d>(
    documents: impl IntoIterator<Item = &'d [u8]>,
    validate: bool,
    namespace: &str,
) -> Result<(), Refused> {
    let mut builder = Builder { namespace, validate, wrong: Vec::new(), unknown: None };
    for document in documents {
        if let Err(last) = builder.document(document) {
            builder.wrong.push(last);
            break;
        }
    }
    match (aggregate(builder.wrong), builder.unknown) {
        (Some(text), _) => Err(Refused::Object(text)),
        (None, Some(lookup)) => Err(lookup),
        (None, None) => Ok(()),
    }
}

/// What of a document is looked at.
const FIELDS: &[Field] = &[
    Field { name: b"apiVersion", inner: &[] },
    Field { name: b"kind", inner: &[] },
    Field { name: b"metadata", inner: &[] },
    Field { name: b"items", inner: &[] },
];

struct Builder<'a> {
    namespace: &'a str,
    validate: bool,
    /// What cannot be built.
    wrong: Vec<String>,
    /// The first object that cannot be asked for.
    unknown: Option<Refused>,
}

/// What a list's item is called in errors.
const ITEM: &str = "*unstructured.Unstructured";

impl Builder<'_> {
    /// An error ends the manifest.
    fn document(&mut self, document: &[u8]) -> Result<(), String> {
        let value = match goyaml::decode_fields(document, FIELDS) {
            Some(value @ Value::Map(_)) => value,
            _ => whole(document).map_err(|e| format!("error parsing : {e}"))?,
        };
        let object = match &value {
            Value::Map(object) => object,
            Value::Nil | Value::Invalid => return Ok(()),
            _ if self.validate => return Err(invalid("invalid object to validate".to_owned())),
            other => {
                let word = json::type_word(other);
                let text = format!("json: cannot unmarshal {word} into Go value of type");
                self.undecoded(&format!("{text} unstructured.detector"));
                return Ok(());
            }
        };
        if self.validate
            && let Some(wrong) = aggregate(validate(object))
        {
            return Err(invalid(wrong));
        }
        match object.get(b"items") {
            Some(items) => self.list(document, object, &items),
            None => self.single(document, object),
        }
        Ok(())
    }

    fn undecoded(&mut self, why: &str) {
        self.wrong.push(format!("unable to decode \"\": {why}"));
    }

    /// Returns whether the document says its kind and has metadata.
    fn decode(&mut self, document: &[u8], object: &Map) -> Option<Identity> {
        let identity = Identity::of(object);
        if identity.kind.is_empty() {
            let text = whole(document).ok().and_then(|whole| json::marshal(&whole, true).ok());
            let text = String::from_utf8_lossy(&text.unwrap_or_default()).into_owned();
            self.undecoded(&format!("Object 'Kind' is missing in '{text}'"));
            return None;
        }
        if let Err(e) = metadata::check(object) {
            self.undecoded(&e);
            return None;
        }
        Some(identity)
    }

    fn single(&mut self, document: &[u8], object: &Map) {
        let Some(identity) = self.decode(document, object) else { return };
        match identity.served() {
            Kind::Unserved => self.wrong.push(identity.unmapped()),
            Kind::Unknown => {}
            kind => self.look_up(&identity, kind),
        }
    }

    /// Whatever has `items` is a list, which gives way to them.
    fn list(&mut self, document: &[u8], object: &Map, items: &Value) {
        let items = match items {
            Value::List(items) => &items[..],
            Value::Nil | Value::Invalid => &[],
            other => {
                let word = json::type_word(other);
                let field = "Go struct field decodeList.items of type []json.RawMessage";
                self.undecoded(&format!("json: cannot unmarshal {word} into {field}"));
                return;
            }
        };
        let no_object = |v: &&Value| !matches!(v, Value::Map(_) | Value::Nil | Value::Invalid);
        if let Some(item) = items.iter().find(no_object) {
            let text = format!("json: cannot unmarshal {} into Go value of", json::type_word(item));
            self.undecoded(&format!("{text} type map[string]interface {{}}"));
            return;
        }
        let Some(list) = self.decode(document, object) else { return };
        if list.served() == Kind::Unserved {
            let nameless = Identity { name: String::new(), namespace: String::new(), ..list };
            self.wrong.push(nameless.unmapped());
            return;
        }
        let items: Vec<Map> = items.iter().map(|v| v.as_map().unwrap_or_default()).collect();
        if items.iter().any(|item| matches!(item.get(b"items"), Some(Value::List(_)))) {
            self.wrong.push(format!("{ITEM} is not a list: no Items field in this object"));
            return;
        }
        for item in &items {
            let lacks = |field: &str| text(item, field).is_empty();
            let identity = match lacks("kind") && lacks("apiVersion") {
                true => Identity::of_item(item, &list),
                false => Identity::of(item),
            };
            self.item(&identity);
        }
    }

    fn item(&mut self, identity: &Identity) {
        let missing = match (identity.kind.is_empty(), identity.version.is_empty()) {
            (true, _) => "Object 'Kind' is missing in 'object has no kind field '",
            (_, true) => "Object 'apiVersion' is missing in 'object has no apiVersion field'",
            _ => match identity.served() {
                Kind::Unserved => {
                    self.wrong.push(format!("unable to recognize {}", identity.unmatched()));
                    return;
                }
                Kind::Unknown => return,
                kind => return self.look_up(identity, kind),
            },
        };
        self.wrong.push(format!("unable to get type info from the object \"{ITEM}\": {missing}"));
    }

    /// Keeps the first object for which there can be no request.
    fn look_up(&mut self, identity: &Identity, kind: Kind) {
        let namespace = match (kind, &*identity.namespace) {
            (Kind::Cluster, _) => "",
            (_, "") => self.namespace,
            (_, own) => own,
        };
        let Identity { kind, name, .. } = identity;
        let wrong = match segment(namespace) {
            Some(why) => Some(format!("invalid namespace {}: {why}", quoted(namespace))),
            None if name.is_empty() => Some("resource name may not be empty".to_owned()),
            None => {
                segment(name).map(|why| format!("invalid resource name {}: {why}", quoted(name)))
            }
        };
        if let (None, Some(cause)) = (&self.unknown, wrong) {
            let object = format!("{kind} {} in namespace {}", quoted(name), quoted(namespace));
            self.unknown = Some(Refused::Lookup { object, cause });
        }
    }
}

/// What an object says that it is.
struct Identity {
    group: String,
    version: String,
    kind: String,
    name: String,
    namespace: String,
}

impl Identity {
    fn of(object: &Map) -> Identity {
        Identity::new(&text(object, "apiVersion"), text(object, "kind"), object)
    }

    /// Returns an item that does not say what it is is what its list is a list of.
    fn of_item(item: &Map, list: &Identity) -> Identity {
        let kind = list.kind.strip_suffix("List").unwrap_or(&list.kind);
        Identity::new(&list.group_version(), kind.to_owned(), item)
    }

    fn new(api_version: &str, kind: String, object: &Map) -> Identity {
        let parsed = group_version(api_version);
        let metadata = object.get(b"metadata").and_then(|m| m.as_map()).unwrap_or_default();
        // Without a version that can be read it has no kind either.
        let kind = if parsed.is_some() { kind } else { String::new() };
        let (group, version) = parsed.unwrap_or_default();
        Identity {
            group: group.to_owned(),
            version: version.to_owned(),
            kind,
            name: text(&metadata, "name"),
            namespace: text(&metadata, "namespace"),
        }
    }

    fn served(&self) -> Kind {
        render::kind(&self.group, &self.version, &self.kind)
    }

    fn group_version(&self) -> String {
        match &*self.group {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }

    fn unmatched(&self) -> String {
        let version = self.group_version();
        format!("no matches for kind {} in version {}", quoted(&self.kind), quoted(&version))
    }

    fn unmapped(&self) -> String {
        let (name, namespace) = (quoted(&self.name), quoted(&self.namespace));
        format!(
            "resource mapping not found for name: {name} namespace: {namespace} from \"\": {}\nensure CRDs are installed first",
            self.unmatched()
        )
    }
}

fn text(map: &Map, key: &str) -> String {
    match map.get(key.as_bytes()) {
        Some(Value::Str(s)) => s.to_string(),
        _ => String::new(),
    }
}

/// Returns the group and the version of an `apiVersion`.
fn group_version(api_version: &str) -> Option<(&str, &str)> {
    if api_version == "/" {
        return Some(("", ""));
    }
    match api_version.split_once('/') {
        None => Some(("", api_version)),
        Some((_, version)) if version.contains('/') => None,
        Some(both) => Some(both),
    }
}

/// Returns what is wrong with a name as a part of a URL's path.
fn segment(name: &str) -> Option<String> {
    if matches!(name, "." | "..") {
        return Some(format!("[may not be '{name}']"));
    }
    let wrong: Vec<String> = ["/", "%"]
        .iter()
        .filter(|part| name.contains(**part))
        .map(|part| format!("may not contain '{part}'"))
        .collect();
    (!wrong.is_empty()).then(|| format!("[{}]", wrong.join(" ")))
}

/// Returns the whole document, as it is sent on.
fn whole(document: &[u8]) -> Result<Value, goyaml::YamlError> {
    let value = goyaml::decode(document)?;
    goyaml::json_can_hold(&value)?;
    Ok(value)
}

fn invalid(why: String) -> String {
    format!("error validating \"\": error validating data: {why}")
}

/// Returns one text for several errors, each said once.
fn aggregate(errors: Vec<String>) -> Option<String> {
    let mut distinct: Vec<String> = Vec::new();
    for error in errors {
        if !distinct.contains(&error) {
            distinct.push(error);
        }
    }
    match &distinct[..] {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(format!("[{}]", several.join(", "))),
    }
}

/// Returns what an object lacks to be validated. The items of a plain list are validated one by
/// one.
fn validate(object: &Map) -> Vec<String> {
    let wrong = kind_errors(object);
    if !wrong.is_empty() || text(object, "kind") != "List" || text(object, "apiVersion") != "v1" {
        return wrong;
    }
    let Some(Value::List(items)) = object.get(b"items") else {
        return vec!["invalid object to validate".to_owned()];
    };
    let of_item = |item: &Value| match item {
        Value::Map(item) => kind_errors(item),
        _ => vec!["invalid object to validate".to_owned()],
    };
    items.iter().flat_map(of_item).collect()
}

fn kind_errors(object: &Map) -> Vec<String> {
    let field = |name: &str| match object.get(name.as_bytes()) {
        None | Some(Value::Nil | Value::Invalid) => Some(format!("{name} not set")),
        Some(Value::Str(_)) => None,
        Some(_) => Some(format!("{name} isn't string type")),
    };
    let version = field("apiVersion").or_else(|| {
        let version = text(object, "apiVersion");
        let unread = group_version(&version).is_none();
        unread.then(|| format!("unexpected GroupVersion string: {version}"))
    });
    version.into_iter().chain(field("kind")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_that_a_cluster_serves_need_a_name() {
        const UNNAMED: &str = "resource name may not be empty";
        let rows = [
            ("{apiVersion: v1, kind: Pod, metadata: {name: a}}", "", ""),
            ("{apiVersion: v1, kind: Pod}", r#"Pod "" in namespace "rel""#, UNNAMED),
            (
                "{apiVersion: v1, kind: Pod, metadata: {namespace: own}}",
                r#"Pod "" in namespace "own""#,
                UNNAMED,
            ),
            ("{apiVersion: v1, kind: namespace}", r#"namespace "" in namespace """#, UNNAMED),
            ("{apiVersion: own.io/v1, kind: Own}", "", ""),
            ("{apiVersion: v1, kind: List, items: []}", "", ""),
            (
                "{apiVersion: v1, kind: PodList, items: [{}]}",
                r#"Pod "" in namespace "rel""#,
                UNNAMED,
            ),
            (
                "{apiVersion: v1, kind: Pod, metadata: {name: a/b%}}",
                r#"Pod "a/b%" in namespace "rel""#,
                r#"invalid resource name "a/b%": [may not contain '/' may not contain '%']"#,
            ),
        ];
        for (document, object, cause) in rows {
            let want = Refused::Lookup { object: object.to_owned(), cause: cause.to_owned() };
            let got = check([document.as_bytes()], true, "rel").err();
            assert_eq!(got, (!object.is_empty()).then_some(want), "{document}");
        }
    }

    #[test]
    fn documents_have_to_say_what_they_are() {
        const INVALID: &str = "error validating \"\": error validating data: ";
        let rows = [
            ("# nothing", true, ""),
            ("{apiVersion: own.io/v1, kind: Foo}", true, ""),
            ("a: b", true, "[apiVersion not set, kind not set]"),
            ("kind: Foo", true, "apiVersion not set"),
            ("{apiVersion: v1, kind: 3}", true, "kind isn't string type"),
            (
                "{apiVersion: a/b/c, kind: 3}",
                true,
                "[unexpected GroupVersion string: a/b/c, kind isn't string type]",
            ),
            ("- a", true, "invalid object to validate"),
            (
                "{apiVersion: v1, kind: List, items: [{apiVersion: v1}, 3]}",
                true,
                "[kind not set, invalid object to validate]",
            ),
            ("{apiVersion: own.io/v1, kind: Foo}", false, ""),
            ("a: b", false, "unable to decode \"\": Object 'Kind' is missing in '{\"a\":\"b\"}'"),
            (
                "{apiVersion: a/b/c, kind: A}",
                false,
                "unable to decode \"\": Object 'Kind' is missing in '{\"apiVersion\":\"a/b/c\",\"kind\":\"A\"}'",
            ),
        ];
        for (document, validate, want) in rows {
            let got = match check([document.as_bytes()], validate, "rel") {
                Err(Refused::Object(text)) => text,
                other => format!("{:?}", other.err()),
            };
            let want = if want.is_empty() { "None" } else { want };
            assert_eq!(got.strip_prefix(INVALID).unwrap_or(&got), want, "{document}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_said_once() {
        let pod = b"{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {a: 1}}}".as_slice();
        let one = "unable to decode \"\": json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string";
        assert_eq!(check([pod, pod], true, ""), Err(Refused::Object(one.to_owned())));
        let two = format!("[{one}, error validating \"\": error validating data: kind not set]");
        let got = check([pod, b"apiVersion: v1", pod], true, "");
        assert_eq!(got, Err(Refused::Object(two)));
    }
}
