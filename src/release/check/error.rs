//! Describes why Helm would not install a manifest.

use std::error::Error;
use std::fmt::{self, Display};

use gostd::strconv::quoted;
use goyaml::YamlError;

use super::metadata::FieldError;

/// Why Helm would not install a manifest.
#[derive(Debug, PartialEq)]
pub enum Refused {
    /// Documents that are no objects, or not such as a cluster knows.
    Objects(Vec<ObjectError>),
    /// An object that a cluster cannot be asked for.
    Lookup {
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
        /// The namespace that it would be looked up in, empty where it needs none.
        namespace: String,
        /// What is wrong.
        cause: Box<LookupError>,
    },
}

impl Refused {
    /// Returns Helm's words, layer by layer, the cause last.
    pub fn layers(&self) -> Vec<String> {
        match self {
            Refused::Objects(errors) => vec![
                "unable to build kubernetes objects from release manifest".to_owned(),
                Aggregate(errors).to_string(),
            ],
            Refused::Lookup { kind, name, namespace, cause } => {
                let (name, namespace) = (quoted(name), quoted(namespace));
                let object = format!("{kind} {name} in namespace {namespace}");
                vec![
                    "Unable to continue with install".to_owned(),
                    format!("could not get information about the resource {object}"),
                    cause.to_string(),
                ]
            }
        }
    }
}

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.layers().join(": "))
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Refused::Objects(errors) => errors.first().map(|e| e as _),
            Refused::Lookup { cause, .. } => Some(&**cause),
        }
    }
}

/// One text for several errors, as Kubernetes' `aggregate` makes it: each is said once.
struct Aggregate<'e, E>(&'e [E]);

impl<E: Display> Display for Aggregate<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut distinct: Vec<String> = Vec::new();
        for error in self.0 {
            let text = error.to_string();
            if !distinct.contains(&text) {
                distinct.push(text);
            }
        }
        match &distinct[..] {
            [one] => f.write_str(one),
            several => write!(f, "[{}]", several.join(", ")),
        }
    }
}

/// Why a document gives no object.
#[derive(Debug, PartialEq)]
pub enum ObjectError {
    /// It is no YAML.
    Parse(YamlError),
    /// It does not pass as an object.
    Invalid(Vec<Fault>),
    /// It cannot be decoded.
    Decode(DecodeError),
    /// A cluster does not serve its kind.
    Unmapped {
        /// The object's name, empty where it has none.
        name: String,
        /// The object's namespace, empty where it has none.
        namespace: String,
        /// Its kind.
        kind: String,
        /// Its `apiVersion`.
        version: String,
    },
    /// An item of a list has items, but is taken for a list of another type.
    ItemWithItems,
    /// An item of a list has no kind.
    ItemWithoutKind,
    /// An item of a list has no version.
    ItemWithoutVersion,
    /// A cluster does not serve the kind of a list's item.
    UnmappedItem {
        /// The item's kind.
        kind: String,
        /// The item's `apiVersion`.
        version: String,
    },
}

/// What a list's item is called in errors.
const ITEM: &str = "*unstructured.Unstructured";

impl Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectError::Parse(e) => write!(f, "error parsing : {e}"),
            ObjectError::Invalid(faults) => {
                let faults = Aggregate(faults);
                write!(f, "error validating \"\": error validating data: {faults}")
            }
            ObjectError::Decode(e) => write!(f, "unable to decode \"\": {e}"),
            ObjectError::Unmapped { name, namespace, kind, version } => write!(
                f,
                "resource mapping not found for name: {} namespace: {} from \"\": {}\nensure CRDs are installed first",
                quoted(name),
                quoted(namespace),
                NoMatch { kind, version }
            ),
            ObjectError::ItemWithItems => {
                write!(f, "{ITEM} is not a list: no Items field in this object")
            }
            ObjectError::ItemWithoutKind => write!(
                f,
                "unable to get type info from the object \"{ITEM}\": Object 'Kind' is missing in 'object has no kind field '"
            ),
            ObjectError::ItemWithoutVersion => write!(
                f,
                "unable to get type info from the object \"{ITEM}\": Object 'apiVersion' is missing in 'object has no apiVersion field'"
            ),
            ObjectError::UnmappedItem { kind, version } => {
                write!(f, "unable to recognize {}", NoMatch { kind, version })
            }
        }
    }
}

impl Error for ObjectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ObjectError::Parse(e) => Some(e),
            ObjectError::Decode(e) => Some(e),
            _ => None,
        }
    }
}

/// A kind that a cluster does not serve, as Kubernetes' `NoKindMatchError` says it.
struct NoMatch<'e> {
    kind: &'e str,
    version: &'e str,
}

impl Display for NoMatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, version) = (quoted(self.kind), quoted(self.version));
        write!(f, "no matches for kind {kind} in version {version}")
    }
}

/// What a document lacks to pass as an object.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is no map.
    NoObject,
    /// A field is not there.
    NotSet(&'static str),
    /// A field is no text.
    NoString(&'static str),
    /// The `apiVersion` has more than two parts.
    GroupVersion(String),
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NoObject => f.write_str("invalid object to validate"),
            Fault::NotSet(field) => write!(f, "{field} not set"),
            Fault::NoString(field) => write!(f, "{field} isn't string type"),
            Fault::GroupVersion(text) => write!(f, "unexpected GroupVersion string: {text}"),
        }
    }
}

/// Why a document cannot be decoded.
#[derive(Debug, PartialEq)]
pub enum DecodeError {
    /// It, or a part of it, is of the wrong type.
    Type {
        /// What is there, to JSON.
        found: &'static str,
        /// Where, and which Go type it should be.
        target: &'static str,
    },
    /// It does not say its kind.
    NoKind {
        /// The document as JSON.
        text: String,
    },
    /// Its metadata are of the wrong types.
    Metadata(FieldError),
}

impl Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::Type { found, target } => {
                write!(f, "json: cannot unmarshal {found} into Go {target}")
            }
            DecodeError::NoKind { text } => write!(f, "Object 'Kind' is missing in '{text}'"),
            DecodeError::Metadata(e) => e.fmt(f),
        }
    }
}

impl Error for DecodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            DecodeError::Metadata(e) => Some(e),
            DecodeError::Type { .. } | DecodeError::NoKind { .. } => None,
        }
    }
}

/// Why there can be no request for an object.
#[derive(Debug, PartialEq, Eq)]
pub enum LookupError {
    /// The namespace is no part of a URL's path.
    Namespace {
        /// The namespace.
        name: String,
        /// What is wrong with it.
        cause: SegmentError,
    },
    /// The object has no name.
    NoName,
    /// The name is no part of a URL's path.
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        cause: SegmentError,
    },
}

impl Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LookupError::Namespace { name, cause } => {
                write!(f, "invalid namespace {}: {cause}", quoted(name))
            }
            LookupError::NoName => f.write_str("resource name may not be empty"),
            LookupError::Name { name, cause } => {
                write!(f, "invalid resource name {}: {cause}", quoted(name))
            }
        }
    }
}

impl Error for LookupError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            LookupError::Namespace { cause, .. } | LookupError::Name { cause, .. } => Some(cause),
            LookupError::NoName => None,
        }
    }
}

/// Why a name is no part of a URL's path.
#[derive(Debug, PartialEq, Eq)]
pub enum SegmentError {
    /// It is one that leads elsewhere: `.` or `..`.
    Reserved(&'static str),
    /// It holds characters that divide paths or begin escapes.
    Holds(Vec<char>),
}

impl Display for SegmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SegmentError::Reserved(name) => write!(f, "[may not be '{name}']"),
            SegmentError::Holds(characters) => {
                let faults = characters.iter().map(|c| format!("may not contain '{c}'"));
                write!(f, "[{}]", faults.collect::<Vec<_>>().join(" "))
            }
        }
    }
}

impl Error for SegmentError {}
