//! Shows versions as objects with methods, and compares them with ranges.

use std::any::Any;
use std::borrow::Cow;
use std::cell::RefCell;

use gosemver::{Fault, Release, Version};
use gostd::json;
use gostd::value::{
    Kind, MethodResult, Object, Signature, Str, Type, UintKind, Value, error_value,
};
use gotemplate::func::{FuncDef, FuncError, FuncResult, def};

use std::rc::Rc;

use super::args::{nil_pointer, text};

pub(super) const TABLE: &[FuncDef] = &[
    def("semver", &[Type::String], |_, a| version(a, Release::V3_3)),
    def("semverCompare", &[Type::String, Type::String], |_, a| compare(a, Release::V3_3)),
];

/// The same of semver 3.4, in which one prerelease in a range admits prereleases for all that must hold together.
pub const SEMVER_3_4: &[FuncDef] = &[
    def("semver", &[Type::String], |_, a| version(a, Release::V3_4)),
    def("semverCompare", &[Type::String, Type::String], |_, a| compare(a, Release::V3_4)),
];

/// The same of semver 3.5, which limits how long versions and ranges may be.
pub const SEMVER_3_5: &[FuncDef] = &[
    def("semver", &[Type::String], |_, a| version(a, Release::V3_5)),
    def("semverCompare", &[Type::String, Type::String], |_, a| compare(a, Release::V3_5)),
];

/// Returns a method's error, which is its text.
fn worded(error: gosemver::Error) -> Str {
    Str::from(error.to_string())
}

fn parse(text: &[u8], release: Release) -> Result<Version, FuncError> {
    // No byte beyond ASCII is part of any version.
    release.version(&String::from_utf8_lossy(text)).map_err(FuncError::cause)
}

fn version(a: &[Value], release: Release) -> FuncResult {
    let version = parse(text(a, 0), release)?;
    Ok(Value::Object(Rc::new(Semver::new(version, true, release))))
}

fn compare(a: &[Value], release: Release) -> FuncResult {
    let range =
        release.constraint(&String::from_utf8_lossy(text(a, 0))).map_err(FuncError::cause)?;
    Ok(Value::Bool(range.matches(&parse(text(a, 1), release)?)))
}

/// Go's `*semver.Version`, or the `semver.Version` that its methods return.
#[derive(Debug)]
struct Semver {
    version: RefCell<Version>,
    pointer: bool,
    release: Release,
}

const NONE: Signature = Signature { params: &[], variadic: false };
const OTHER: Signature = Signature { params: &[Type::Named("*semver.Version")], variadic: false };
const STRING: Signature = Signature { params: &[Type::String], variadic: false };

const TEXT: Signature = Signature { params: &[Type::Bytes], variadic: false };
const ANY: Signature = Signature { params: &[Type::Any], variadic: false };

impl Semver {
    fn new(version: Version, pointer: bool, release: Release) -> Semver {
        Semver { version: RefCell::new(version), pointer, release }
    }

    fn value(&self, version: Version) -> Value {
        Value::Object(Rc::new(Semver::new(version, false, self.release)))
    }

    /// Returns the version after this one, of which `number` counts on; Go's later library panics at the last.
    fn next(&self, name: &str, number: u64, version: Version) -> MethodResult {
        match number.checked_add(1) {
            None if self.release >= Release::V3_5 => {
                Err(Str::from(format!("{name} version increment would overflow uint64")))
            }
            _ => Ok(self.value(version)),
        }
    }

    /// Reads a version from what a database holds; what is no string was no version, and later is an error of its own.
    fn scan(&self, value: &Value) -> Value {
        let unlike = |text: String| error_value(Some((ERROR, text.into())));
        match value {
            Value::Str(text) => self.replace(text),
            _ if self.release < Release::V3_5 => self.replace(b""),
            Value::Bytes(bytes) => self.replace(bytes),
            Value::Nil => unlike("cannot scan nil into Version".to_owned()),
            other => unlike(format!("unsupported Scan type {}", other.type_name())),
        }
    }

    /// Puts another version in the place of this one, which is seen wherever the pointer is held; returns
    /// Go's `error`.
    fn replace(&self, text: &[u8]) -> Value {
        match self.release.version(&String::from_utf8_lossy(text)) {
            Ok(version) => {
                self.version.replace(version);
                error_value(None)
            }
            Err(error) => {
                let is_wrapped = matches!(error.fault, Fault::NumberTooLarge { .. })
                    && self.release >= Release::V3_4;
                let name = if is_wrapped { "*fmt.wrapError" } else { ERROR };
                error_value(Some((name, worded(error))))
            }
        }
    }

    fn replace_by_json(&self, json: &[u8]) -> Value {
        match json::unmarshal(json) {
            Ok(Value::Str(text)) => self.replace(&text),
            Ok(Value::Nil) => self.replace(b""),
            Ok(other) => {
                let found = json::type_word(&other);
                let text = format!("json: cannot unmarshal {found} into Go value of type string");
                error_value(Some(("*json.UnmarshalTypeError", text.into())))
            }
            Err(error) => error_value(Some(("*json.SyntaxError", error.to_string().into()))),
        }
    }
}

/// The type of the errors about versions.
const ERROR: &str = "*errors.errorString";

impl Object for Semver {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(if self.pointer { "*semver.Version" } else { "semver.Version" })
    }

    fn kind(&self) -> Kind {
        if self.pointer { Kind::Ptr } else { Kind::Struct }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let v = self.version.borrow();
        let number = |n| Value::Uint(UintKind::Uint64, n);
        vec![
            ("major", number(v.major)),
            ("minor", number(v.minor)),
            ("patch", number(v.patch)),
            ("pre", Value::str(v.pre.as_str())),
            ("metadata", Value::str(v.metadata.as_str())),
            ("original", Value::str(v.original.as_str())),
        ]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        match name {
            "Major" | "Minor" | "Patch" | "Prerelease" | "Metadata" | "String" | "IncMajor"
            | "IncMinor" | "IncPatch" | "MarshalJSON" | "MarshalText" | "Value" => Some(NONE),
            "SetPrerelease" | "SetMetadata" => Some(STRING),
            // Go declares the others on the pointer only.
            "Original" if self.pointer => Some(NONE),
            "UnmarshalJSON" | "UnmarshalText" if self.pointer => Some(TEXT),
            "Scan" if self.pointer => Some(ANY),
            "Compare" | "Equal" | "LessThan" | "LessThanEqual" | "GreaterThan"
            | "GreaterThanEqual"
                if self.pointer =>
            {
                Some(OTHER)
            }
            _ => None,
        }
    }

    fn call(&self, name: &str, args: &[Value]) -> MethodResult {
        let bytes = match args.first() {
            Some(Value::Bytes(bytes)) => bytes,
            _ => &b""[..],
        };
        match name {
            "Scan" => return Ok(self.scan(args.first().unwrap_or(&Value::Nil))),
            "UnmarshalText" => return Ok(self.replace(bytes)),
            "UnmarshalJSON" => return Ok(self.replace_by_json(bytes)),
            _ => {}
        }
        let v = &*self.version.borrow();
        let other = match args.first() {
            Some(Value::Object(o)) => o.as_any().downcast_ref::<Semver>(),
            _ => None,
        };
        let compared = || {
            // The only value of the right type that is not one of ours is a nil pointer.
            other
                .map(|o| v.precedence(&o.version.borrow()))
                .ok_or_else(|| Str::from(nil_pointer().to_bytes()))
        };
        let given = || String::from_utf8_lossy(text(args, 0)).into_owned();
        let number = |n| Ok(Value::Uint(UintKind::Uint64, n));
        match name {
            "Major" => number(v.major),
            "Minor" => number(v.minor),
            "Patch" => number(v.patch),
            "Prerelease" => Ok(Value::str(v.pre.as_str())),
            "Metadata" => Ok(Value::str(v.metadata.as_str())),
            "Original" => Ok(Value::str(v.original.as_str())),
            "String" | "Value" => Ok(Value::str(v.to_string())),
            "MarshalText" => Ok(Value::Bytes(v.to_string().as_bytes().into())),
            "MarshalJSON" => Ok(Value::Bytes(format!("\"{v}\"").as_bytes().into())),
            "IncMajor" => self.next("major", v.major, v.next_major()),
            "IncMinor" => self.next("minor", v.minor, v.next_minor()),
            "IncPatch" => {
                let counts = if v.pre.is_empty() { v.patch } else { 0 };
                self.next("patch", counts, v.next_patch())
            }
            "SetPrerelease" => {
                let set = self.release.with_prerelease(v, &given());
                set.map(|version| self.value(version)).map_err(worded)
            }
            "SetMetadata" => {
                let set = self.release.with_metadata(v, &given());
                set.map(|version| self.value(version)).map_err(worded)
            }
            "Compare" => Ok(Value::int(compared()? as i64)),
            "Equal" => Ok(Value::Bool(other.is_some() && compared()?.is_eq())),
            "LessThan" => Ok(Value::Bool(compared()?.is_lt())),
            "LessThanEqual" => Ok(Value::Bool(compared()?.is_le())),
            "GreaterThan" => Ok(Value::Bool(compared()?.is_gt())),
            "GreaterThanEqual" => Ok(Value::Bool(compared()?.is_ge())),
            _ => Err(Str::from(format!("no method {name}"))),
        }
    }

    fn string(&self) -> Option<Str> {
        Some(Str::from(self.version.borrow().to_string()))
    }

    fn deep_copied(&self) -> Option<Value> {
        Some(Value::Object(Rc::new(Semver::new(Version::default(), self.pointer, self.release))))
    }

    fn pointee(&self) -> Option<Value> {
        self.pointer.then(|| self.value(self.version.borrow().clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
