//! Shows `*time.Location` as templates see it.

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

use super::{LocalZone, Zone};
use crate::value::{
    Elem, Kind, List, MethodResult, Object, Signature, Str, UintKind, Value, record,
};

/// The type's name.
pub(super) const LOCATION: &str = "*time.Location";

/// Where Helm 3.17.3 for Linux on amd64 has `time.utcLoc` and `time.localLoc`, in every run.
const UTC_ADDRESS: u64 = 0x3b6_0780;
const LOCAL_ADDRESS: u64 = 0x3b8_7ce0;

/// Go's `*time.Location`.
#[derive(Debug)]
struct Location {
    zone: Zone,
    local: LocalZone,
    /// Whether the pointer is nil: so a time of UTC holds it.
    nil: bool,
}

/// Returns what `Time.Location` returns.
pub(super) fn value(zone: &Zone, local: &LocalZone) -> Value {
    Value::Object(Rc::new(Location { zone: zone.clone(), local: local.clone(), nil: false }))
}

/// Returns what a time has in its field `loc`.
pub(super) fn field(zone: &Zone, local: &LocalZone) -> Value {
    let nil = matches!(zone, Zone::Utc);
    Value::Object(Rc::new(Location { zone: zone.clone(), local: local.clone(), nil }))
}

/// Returns the zone that a value stands for.
pub(super) fn zone_of(value: &Value) -> Option<&Zone> {
    match value {
        Value::Object(object) => object.as_any().downcast_ref().map(|l: &Location| &l.zone),
        _ => None,
    }
}

impl Object for Location {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(LOCATION)
    }

    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    /// Tells of a fixed offset all that Go keeps of it; the rules of other zones are left out.
    fn fields(&self) -> Vec<(&'static str, Value)> {
        let list = |element, item: Option<Value>| {
            Value::List(match item {
                Some(item) => List::new(Elem::Named(element), vec![item]),
                None => List::nil(Elem::Named(element)),
            })
        };
        let (zone, change, first, last) = match &self.zone {
            Zone::Fixed(fixed) => {
                let zone = record(
                    "time.zone",
                    vec![
                        ("name", Value::Str(fixed.0.clone())),
                        ("offset", Value::int(fixed.1)),
                        ("isDST", Value::Bool(false)),
                    ],
                );
                let change = record(
                    "time.zoneTrans",
                    vec![
                        ("when", Value::int64(i64::MIN)),
                        ("index", Value::Uint(UintKind::Uint8, 0)),
                        ("isstd", Value::Bool(false)),
                        ("isutc", Value::Bool(false)),
                    ],
                );
                (Some(zone), Some(change), i64::MIN, i64::MAX)
            }
            _ => (None, None, 0, 0),
        };
        vec![
            ("name", Value::Str(self.zone.name(&self.local))),
            ("zone", list("time.zone", zone.clone())),
            ("tx", list("time.zoneTrans", change)),
            ("extend", Value::str("")),
            ("cacheStart", Value::int64(first)),
            ("cacheEnd", Value::int64(last)),
            ("cacheZone", Value::Object(Rc::new(ZonePointer(zone)))),
        ]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        (name == "String").then_some(Signature { params: &[], variadic: false })
    }

    fn call(&self, _: &str, _: &[Value]) -> MethodResult {
        Ok(Value::Str(self.zone.name(&self.local)))
    }

    fn is_nil(&self) -> bool {
        self.nil
    }

    fn is_same(&self, other: &dyn Object) -> bool {
        let Some(other) = other.as_any().downcast_ref::<Location>() else { return false };
        match (&self.zone, &other.zone) {
            (Zone::Utc, Zone::Utc) | (Zone::Local, Zone::Local) => self.nil == other.nil,
            (Zone::Iana(a), Zone::Iana(b)) => Rc::ptr_eq(a, b),
            // Go keeps one location for each offset of whole hours without a name.
            (Zone::Fixed(a), Zone::Fixed(b)) => {
                let shared = (-12 * 3600..=14 * 3600).contains(&a.1) && a.1 % 3600 == 0;
                Rc::ptr_eq(a, b) || (shared && a.0.is_empty() && a == b)
            }
            _ => false,
        }
    }

    fn address(&self) -> u64 {
        match self.zone {
            Zone::Utc => UTC_ADDRESS,
            Zone::Local => LOCAL_ADDRESS,
            _ => 0xc0_0001_4000,
        }
    }

    fn deep_copied(&self) -> Option<Value> {
        Some(value(&Zone::fixed(b"", 0), &self.local))
    }

    fn string(&self) -> Option<Str> {
        Some(self.zone.name(&self.local))
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        Some(Vec::new())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Go's `*time.zone`, which only printing shows.
#[derive(Debug)]
struct ZonePointer(Option<Value>);

impl Object for ZonePointer {
    fn type_name(&self) -> Cow<'static, str> {
        "*time.zone".into()
    }

    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        match &self.0 {
            Some(Value::Object(zone)) => zone.fields(),
            _ => Vec::new(),
        }
    }

    fn is_nil(&self) -> bool {
        self.0.is_none()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
