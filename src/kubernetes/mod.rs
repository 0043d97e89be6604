//! Tells which kinds and fields each minor version of Kubernetes has.
//!
//! The facts stand in `api.bin`, which `make.py` makes of what Kubernetes publishes. It is read where it lies: nothing
//! is unpacked, and a look-up costs a binary search. Its format, all numbers little-endian: the letters `SCK1`; of each
//! table in `Table`'s order how many rows it has and at which byte it begins (`u32` each); the tables. Texts are
//! sorted, so that numbers of texts are in the order of the texts. A set of versions has a bit for each, the oldest
//! version's being the lowest.

mod check;
mod json_schema;
pub mod names;
pub mod quantity;

use std::fmt;

use bstr::ByteSlice;

pub use check::{Fault, Problem, Step, check};
pub(crate) use check::{decoded, is_precise_time, is_time};
pub use json_schema::json_schema;

static DATA: &[u8] = include_bytes!("api.bin");

/// The tables of `api.bin`.
#[derive(Clone, Copy)]
enum Table {
    /// `u8` minor, `u8` patch version.
    Versions,
    /// `u32` where each text begins in `Letters`, and where the last one ends.
    Texts,
    Letters,
    /// Of a list `u16` each: whether it is atomic, a set or keyed; the merge key of patches; at most six keys.
    Lists,
    /// `u16` where each choice of texts begins in `Choices`, and where the last one ends.
    ChoiceStarts,
    /// `u16` the number of a text.
    Choices,
    /// `u16` the kind of a shape and two numbers that belong to it.
    Shapes,
    /// `u16` where the variants of each type begin, and where the last ones end.
    Types,
    /// `u16` the versions that have it, `u16` how many fields, `u32` where they begin.
    Variants,
    /// `u16` the name, the shape, 1 if it is required.
    Fields,
    /// Eleven `u16`: see [`Kind`].
    Kinds,
    /// `u16` the API version, `u16` a kind that a server lists with it and that cannot be created there, `u16` the
    /// versions that do.
    Listed,
}

/// The fields in the `spec` of a PersistentVolume that are no sources of it.
pub const NO_SOURCES: &[&str] = &[
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

/// What stands where a number of a text or a type is missing.
const NONE: u16 = u16::MAX;

/// Returns how many rows a table has, and where it begins.
fn table(table: Table) -> (usize, usize) {
    let at = 4 + 8 * table as usize;
    (long(at), long(at + 4))
}

fn long(at: usize) -> usize {
    match DATA.get(at..at + 4) {
        Some([a, b, c, d]) => u32::from_le_bytes([*a, *b, *c, *d]) as usize,
        _ => 0,
    }
}

fn short(at: usize) -> u16 {
    match DATA.get(at..at + 2) {
        Some([a, b]) => u16::from_le_bytes([*a, *b]),
        _ => NONE,
    }
}

/// Returns a text by its number.
fn text(number: u16) -> &'static str {
    std::str::from_utf8(bytes(number)).unwrap_or_default()
}

/// Returns the bytes of a text by its number.
fn bytes(number: u16) -> &'static [u8] {
    let (count, starts) = table(Table::Texts);
    if usize::from(number) >= count {
        return b"";
    }
    let (_, letters) = table(Table::Letters);
    let at = starts + 4 * usize::from(number);
    DATA.get(letters + long(at)..letters + long(at + 4)).unwrap_or_default()
}

/// Returns the first of so many sorted rows that is not less than what is looked for, if it is equal.
fn search(count: usize, order: impl Fn(usize) -> std::cmp::Ordering) -> Option<usize> {
    let first = first_from(count, &order);
    (first < count && order(first).is_eq()).then_some(first)
}

/// Returns the first of so many sorted rows that is not less than what is looked for; their count if there is none.
fn first_from(count: usize, order: impl Fn(usize) -> std::cmp::Ordering) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        match order(middle) {
            std::cmp::Ordering::Less => low = middle + 1,
            _ => high = middle,
        }
    }
    low
}

/// Returns the number of a text that is known.
fn number(text: &[u8]) -> Option<u16> {
    let row = search(table(Table::Texts).0, |row| bytes(row as u16).cmp(text))?;
    u16::try_from(row).ok()
}

/// Writes a key behind a path, as people write it: `spec.replicas`, `metadata.labels["a/b"]`; `has_dots` lets dots be a part
/// of a plain key, as in properties.
pub fn write_key(path: &mut String, key: &[u8], has_dots: bool) {
    let plain = |b: &u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$') || *b == b'.' && has_dots
    };
    if !key.is_empty() && key.iter().all(plain) {
        if !path.is_empty() && !path.ends_with(": ") {
            path.push('.');
        }
        path.push_str(&key.to_str_lossy());
    } else {
        path.push('[');
        path.push_str(&gostd::strconv::quote(key).to_str_lossy());
        path.push(']');
    }
}

/// A minor version of Kubernetes 1 whose kinds and fields are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u8);

impl Version {
    /// Returns all known versions, oldest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Version> + ExactSizeIterator {
        (0..table(Table::Versions).0 as u8).map(Version)
    }

    /// Returns a minor version of Kubernetes 1, if it is known.
    pub fn of_minor(minor: u64) -> Option<Version> {
        Version::all().find(|version| u64::from(version.minor()) == minor)
    }

    /// Returns the newest known version.
    pub fn newest() -> Version {
        Version(table(Table::Versions).0.saturating_sub(1) as u8)
    }

    /// Returns what Helm finds at a server of this version that was told nothing else: the API versions, and each kind
    /// behind the API version that the server lists it with: `apps/v1/Deployment`. Those are also kinds that only parts of
    /// objects have (`v1/Eviction`), and those that can be read alone (`v1/ComponentStatus`).
    pub fn served(self) -> Vec<String> {
        let kinds: Vec<Kind> = Kind::all().filter(|kind| kind.is_on(self)).collect();
        let mut versions: Vec<&str> = kinds.iter().map(|kind| kind.api_version()).collect();
        versions.dedup();
        let named = kinds.iter().map(|kind| format!("{}/{}", kind.api_version(), kind.name()));
        let (count, start) = table(Table::Listed);
        let rows = (0..count).map(|row| start + 6 * row);
        let listed = rows.filter(|at| self.is_in(short(at + 4)));
        let listed = listed.map(|at| format!("{}/{}", text(short(at)), text(short(at + 2))));
        versions.into_iter().map(str::to_owned).chain(named).chain(listed).collect()
    }

    /// Returns the number of the minor version: 31 of 1.31.
    pub fn minor(self) -> u8 {
        DATA.get(table(Table::Versions).1 + 2 * usize::from(self.0)).copied().unwrap_or_default()
    }

    /// Returns the number of the patch version whose description was read.
    pub fn patch(self) -> u8 {
        DATA.get(table(Table::Versions).1 + 2 * usize::from(self.0) + 1)
            .copied()
            .unwrap_or_default()
    }

    fn is_in(self, set: u16) -> bool {
        set >> self.0 & 1 == 1
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor())
    }
}

/// A kind of an API version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind(usize);

impl Kind {
    /// Finds a kind; nothing where no known version of Kubernetes has or had it.
    pub fn find(api_version: &[u8], kind: &[u8]) -> Option<Kind> {
        let (count, start) = table(Table::Kinds);
        let order = |row: usize| {
            let at = start + 22 * row;
            bytes(short(at)).cmp(api_version).then_with(|| bytes(short(at + 2)).cmp(kind))
        };
        search(count, order).map(Kind)
    }

    /// Tells whether an API group is one of Kubernetes' own; the core group is the empty text.
    pub fn has_group(group: &[u8]) -> bool {
        let (count, _) = table(Table::Kinds);
        let begins = [group, b"/"].concat();
        let api_version = |row: usize| bytes(Kind(row).column(0));
        let first = first_from(count, |row| api_version(row).cmp(&begins[..]));
        group.is_empty() || first < count && api_version(first).starts_with(&begins)
    }

    /// Returns all kinds that are known, sorted by API version and kind.
    pub fn all() -> impl Iterator<Item = Kind> {
        (0..table(Table::Kinds).0).map(Kind)
    }

    fn column(self, column: usize) -> u16 {
        short(table(Table::Kinds).1 + 22 * self.0 + 2 * column)
    }

    /// Returns `apiVersion`.
    pub fn api_version(self) -> &'static str {
        text(self.column(0))
    }

    /// Returns `kind`.
    pub fn name(self) -> &'static str {
        text(self.column(1))
    }

    /// Returns its fields in a version that describes it.
    pub fn described(self, version: Version) -> Option<Object> {
        version.is_in(self.column(3)).then(|| Object::of(self.column(2), version)).flatten()
    }

    /// Returns whether a server of this version can serve it.
    pub fn is_served(self, version: Version) -> bool {
        version.is_in(self.column(4))
    }

    /// Returns whether a server of this version serves it without being told to.
    pub fn is_on(self, version: Version) -> bool {
        version.is_in(self.column(5))
    }

    /// Returns whether its objects belong to a namespace; nothing where no known version serves it.
    pub fn is_namespaced(self) -> Option<bool> {
        (self.column(4) != 0).then(|| self.column(6) == 1)
    }

    /// Returns the minor version of Kubernetes that introduced it, if that is told.
    pub fn introduced(self) -> Option<u16> {
        Some(self.column(7)).filter(|minor| *minor > 0)
    }

    /// Returns the minor version of Kubernetes that deprecated it.
    pub fn deprecated(self) -> Option<u16> {
        Some(self.column(8)).filter(|minor| *minor > 0)
    }

    /// Returns the minor version of Kubernetes that no longer serves it, or will not.
    pub fn removed(self) -> Option<u16> {
        Some(self.column(9)).filter(|minor| *minor > 0)
    }

    /// Returns the API version and the kind to use instead.
    pub fn replacement(self) -> Option<&'static str> {
        Some(text(self.column(10))).filter(|text| !text.is_empty())
    }
}

/// An object with fields, in one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Object {
    version: Version,
    start: usize,
    count: usize,
}

impl Object {
    fn of(number: u16, version: Version) -> Option<Object> {
        let (types, starts) = table(Table::Types);
        if usize::from(number) >= types {
            return None;
        }
        let at = starts + 2 * usize::from(number);
        let (_, variants) = table(Table::Variants);
        let (_, fields) = table(Table::Fields);
        (short(at)..short(at + 2)).map(|variant| variants + 8 * usize::from(variant)).find_map(
            |at| {
                let found = version.is_in(short(at));
                found.then(|| Object {
                    version,
                    start: fields + 6 * long(at + 4),
                    count: usize::from(short(at + 2)),
                })
            },
        )
    }

    /// Returns its fields, sorted by name.
    pub fn fields(self) -> impl ExactSizeIterator<Item = Field> {
        (0..self.count).map(move |row| Field { version: self.version, at: self.start + 6 * row })
    }

    /// Finds a field.
    pub fn field(self, name: &[u8]) -> Option<Field> {
        self.field_of(number(name)?)
    }

    /// Finds a field by the number of its name.
    fn field_of(self, name: u16) -> Option<Field> {
        let field = |row: usize| Field { version: self.version, at: self.start + 6 * row };
        search(self.count, |row| short(field(row).at).cmp(&name)).map(field)
    }
}

/// A field of an object.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    version: Version,
    at: usize,
}

impl Field {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        text(short(self.at))
    }

    /// Returns what it holds.
    pub fn shape(self) -> Shape {
        Shape::of(short(self.at + 2), self.version)
    }

    /// Returns whether the description says that it must be there.
    pub fn is_required(self) -> bool {
        short(self.at + 4) == 1
    }
}

/// What a field, an item or a value holds.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A text, maybe one of a choice.
    Text(Option<Choice>),
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Bytes in base64.
    Bytes,
    /// An amount with a unit, as text or number.
    Quantity,
    /// A whole number or a text.
    IntOrText,
    /// A time by RFC 3339.
    Time,
    /// Anything.
    Any,
    /// An object of any fields.
    AnyObject,
    /// A list.
    List(List),
    /// An object of any names; nothing of a map of maps that could not be told.
    Map(Inner),
    /// An object with fields; nothing where this version does not describe it.
    Object(Option<Object>),
    /// The same, or anything but an object.
    ObjectOrAny(Option<Object>),
}

/// What the items of a list or the values of a map hold.
#[derive(Clone, Copy, Debug)]
pub struct Inner {
    number: u16,
    version: Version,
}

impl Inner {
    /// Returns it.
    pub fn shape(self) -> Shape {
        Shape::of(self.number, self.version)
    }
}

impl Shape {
    fn of(number: u16, version: Version) -> Shape {
        let (count, start) = table(Table::Shapes);
        if usize::from(number) >= count {
            return Shape::Any;
        }
        let at = start + 6 * usize::from(number);
        let (first, second) = (short(at + 2), short(at + 4));
        match short(at) {
            0 => Shape::Text((first != NONE).then_some(Choice(first))),
            1 => Shape::Int32,
            2 => Shape::Int64,
            3 => Shape::Number,
            4 => Shape::Boolean,
            5 => Shape::Bytes,
            6 => Shape::Quantity,
            7 => Shape::IntOrText,
            8 => Shape::Time,
            10 => Shape::AnyObject,
            11 => Shape::List(List { items: Inner { number: first, version }, rules: second }),
            12 => Shape::Map(Inner { number: first, version }),
            13 => Shape::Object(Object::of(first, version)),
            14 => Shape::ObjectOrAny(Object::of(first, version)),
            _ => Shape::Any,
        }
    }
}

/// The texts that a field may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice(u16);

impl Choice {
    /// Returns them, sorted.
    pub fn texts(self) -> impl Iterator<Item = &'static str> {
        let at = table(Table::ChoiceStarts).1 + 2 * usize::from(self.0);
        let (_, choices) = table(Table::Choices);
        (short(at)..short(at + 2)).map(move |place| text(short(choices + 2 * usize::from(place))))
    }
}

/// A list.
#[derive(Clone, Copy, Debug)]
pub struct List {
    items: Inner,
    rules: u16,
}

/// How the items of a list are told from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListType {
    /// They are not: the list is one value.
    Atomic,
    /// By themselves.
    Set,
    /// By fields.
    Keyed,
}

impl List {
    fn rule(self, column: usize) -> u16 {
        short(table(Table::Lists).1 + 16 * usize::from(self.rules) + 2 * column)
    }

    /// Returns what its items hold.
    pub fn items(self) -> Shape {
        self.items.shape()
    }

    /// Returns how its items are told from each other when they are applied by the server.
    pub fn list_type(self) -> ListType {
        match self.rule(0) {
            1 => ListType::Set,
            2 => ListType::Keyed,
            _ => ListType::Atomic,
        }
    }

    /// Returns the fields that tell its items from each other when they are applied by the server.
    pub fn keys(self) -> impl Iterator<Item = &'static str> {
        (2..8).map(move |column| self.rule(column)).filter(|number| *number != NONE).map(text)
    }

    /// Returns the field that tells its items from each other in a strategic merge patch.
    pub fn merge_key(self) -> Option<&'static str> {
        Some(self.rule(1)).filter(|number| *number != NONE).map(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(shape: Shape) -> Object {
        match shape {
            Shape::Object(Some(object)) => object,
            Shape::List(list) => object(list.items()),
            other => panic!("{other:?} is no object"),
        }
    }

    #[test]
    fn fields_come_and_go_with_versions() {
        let pod = Kind::find(b"v1", b"Pod").unwrap();
        let has = |minor, field: &[u8]| {
            let version = Version::of_minor(minor).unwrap();
            let spec = object(pod.described(version).unwrap().field(b"spec").unwrap().shape());
            spec.field(field).is_some()
        };
        assert!(has(27, b"containers") && has(37, b"containers"));
        // New in Kubernetes 1.30: `resourceClaims`' neighbour of pods, in 1.32 resources of a pod as a whole.
        assert!(!has(31, b"resources") && has(32, b"resources"));
        assert!(!has(37, b"container"));
    }

    #[test]
    fn lists_have_keys() {
        let pod = Kind::find(b"v1", b"Pod").unwrap().described(Version::newest()).unwrap();
        let spec = object(pod.field(b"spec").unwrap().shape());
        let Shape::List(containers) = spec.field(b"containers").unwrap().shape() else {
            panic!("a list")
        };
        assert_eq!(
            (containers.merge_key(), containers.list_type()),
            (Some("name"), ListType::Keyed)
        );
        let container = object(containers.items());
        let Shape::List(ports) = container.field(b"ports").unwrap().shape() else {
            panic!("a list")
        };
        assert_eq!(ports.keys().collect::<Vec<_>>(), ["containerPort", "protocol"]);
        let Shape::Text(Some(choice)) = container.field(b"imagePullPolicy").unwrap().shape() else {
            panic!("a choice")
        };
        assert_eq!(choice.texts().collect::<Vec<_>>(), ["Always", "IfNotPresent", "Never"]);
    }

    #[test]
    fn kinds_tell_of_their_lives() {
        let old = Kind::find(b"extensions/v1beta1", b"Ingress").unwrap();
        assert_eq!((old.deprecated(), old.removed()), (Some(14), Some(22)));
        assert_eq!(old.replacement(), Some("networking.k8s.io/v1 Ingress"));
        assert!(Version::all().all(|version| !old.is_served(version)));
        let budget = Kind::find(b"policy/v1", b"PodDisruptionBudget").unwrap();
        assert!(budget.is_on(Version::newest()) && budget.is_namespaced() == Some(true));
        assert_eq!(Kind::find(b"v1", b"Node").unwrap().is_namespaced(), Some(false));
        let alpha = Kind::find(b"internal.apiserver.k8s.io/v1alpha1", b"StorageVersion").unwrap();
        assert!(alpha.is_served(Version::newest()) && !alpha.is_on(Version::newest()));
        assert!(Kind::find(b"v1", b"Nothing").is_none());
    }

    #[test]
    fn what_is_served_is_what_a_server_lists_parts_of_objects_too() {
        let served = Version::newest().served();
        let listed = ["v1", "apps/v1", "v1/ComponentStatus", "v1/Eviction", "v1/PodExecOptions"];
        let listed = listed.iter().chain(&["v1/Scale", "apps/v1/Scale"]);
        listed.for_each(|id| assert!(served.iter().any(|own| own == id), "{id}"));
        assert!(!served.iter().any(|own| own == "policy/v1/Eviction"));
        // Whose API version is another one's list, and what cannot be created, is no kind of an object.
        assert!(Kind::find(b"v1", b"Eviction").is_none());
        // As many as Helm finds at a server of 1.37.2, each once.
        let mut once = served.clone();
        once.sort();
        once.dedup();
        assert_eq!((once.len(), served.len()), (105, 105));
    }

    #[test]
    fn every_number_leads_somewhere() {
        for kind in Kind::all() {
            assert!(!kind.api_version().is_empty() && !kind.name().is_empty());
            assert_eq!(
                Kind::find(kind.api_version().as_bytes(), kind.name().as_bytes()),
                Some(kind)
            );
            for version in Version::all().filter(|version| kind.is_on(*version)) {
                let described = kind.described(version).unwrap();
                assert!(
                    described.field(b"metadata").is_some() || described.fields().len() > 0,
                    "{}",
                    kind.name()
                );
            }
        }
    }
}
