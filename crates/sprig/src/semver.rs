//! Shows versions as objects with methods, and compares them with ranges.

use std::any::Any;
use std::borrow::Cow;

use gosemver::{Constraint, Version};
use gostd::value::{Kind, MethodResult, Object, Signature, Str, Type, UintKind, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def};

use std::rc::Rc;

use super::args::text;

pub(super) const TABLE: &[FuncDef] = &[
    def("semver", &[Type::String], |_, a| {
        Ok(Value::Object(Rc::new(Semver { version: parse(text(a, 0))?, pointer: true })))
    }),
    def("semverCompare", &[Type::String, Type::String], compare),
];

/// Returns a method's error, which is its text.
fn worded(error: gosemver::Error) -> Str {
    Str::from(error.to_string())
}

fn parse(text: &[u8]) -> Result<Version, FuncError> {
    // No byte beyond ASCII is part of any version.
    Version::parse(&String::from_utf8_lossy(text)).map_err(FuncError::cause)
}

fn compare(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let range =
        Constraint::parse(&String::from_utf8_lossy(text(a, 0))).map_err(FuncError::cause)?;
    Ok(Value::Bool(range.matches(&parse(text(a, 1))?)))
}

/// Go's `*semver.Version`, or the `semver.Version` that its methods return.
#[derive(Debug)]
struct Semver {
    version: Version,
    pointer: bool,
}

const NONE: Signature = Signature { params: &[], variadic: false };
const OTHER: Signature = Signature { params: &[Type::Named("*semver.Version")], variadic: false };
const STRING: Signature = Signature { params: &[Type::String], variadic: false };

impl Semver {
    fn value(version: Version) -> Value {
        Value::Object(Rc::new(Semver { version, pointer: false }))
    }
}

impl Object for Semver {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(if self.pointer { "*semver.Version" } else { "semver.Version" })
    }

    fn kind(&self) -> Kind {
        if self.pointer { Kind::Ptr } else { Kind::Struct }
    }

    /// Go does not export them, so that templates see none; they count when versions are compared.
    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let v = &self.version;
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
        let v = &self.version;
        let other = || match args.first() {
            Some(Value::Object(o)) => o.as_any().downcast_ref::<Semver>().map(|o| &o.version),
            _ => None,
        };
        let compared = || {
            // The only value of the right type that is not one of ours is a nil pointer.
            other().map(|o| v.precedence(o)).ok_or_else(|| {
                Str::from("runtime error: invalid memory address or nil pointer dereference")
            })
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
            "IncMajor" => Ok(Semver::value(v.next_major())),
            "IncMinor" => Ok(Semver::value(v.next_minor())),
            "IncPatch" => Ok(Semver::value(v.next_patch())),
            "SetPrerelease" => v.with_prerelease(&given()).map(Semver::value).map_err(worded),
            "SetMetadata" => v.with_metadata(&given()).map(Semver::value).map_err(worded),
            "Compare" => Ok(Value::int(compared()? as i64)),
            "Equal" => Ok(Value::Bool(compared()?.is_eq())),
            "LessThan" => Ok(Value::Bool(compared()?.is_lt())),
            "LessThanEqual" => Ok(Value::Bool(compared()?.is_le())),
            "GreaterThan" => Ok(Value::Bool(compared()?.is_gt())),
            "GreaterThanEqual" => Ok(Value::Bool(compared()?.is_ge())),
            _ => Err(Str::from(format!("no method {name}"))),
        }
    }

    fn string(&self) -> Option<Str> {
        Some(Str::from(self.version.to_string()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
