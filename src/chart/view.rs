//! Shows templates a chart: `.Chart`, its maintainers and dependencies.

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::fields::{DEPENDENCY, Field, MAINTAINER, METADATA, Slot, by_name};
use super::metadata::{Dependency, Maintainer, Metadata};
use gostd::value::{
    ANY_MAP, Elem, Entries, Kind, List, Map, MethodResult, Object, Signature, Str, Value,
    error_value,
};

/// Returns the value of `.Chart`: Helm's anonymous struct of the metadata and `IsRoot`.
///
/// ```
/// use statefulchart::chart::{Metadata, view};
/// use gostd::value::Value;
/// let metadata = Metadata { name: "web".into(), ..Metadata::default() };
/// let Value::Object(chart) = view(&metadata, true) else { unreachable!() };
/// assert_eq!(chart.field("Name").unwrap().as_str().unwrap(), &"web");
/// assert_eq!(chart.type_name(), "struct { chart.Metadata; IsRoot bool }");
/// ```
pub fn view(metadata: &Metadata, is_root: bool) -> Value {
    let metadata = Rc::new(MetadataView::of(metadata));
    Value::Object(Rc::new(ChartView { metadata, is_root }))
}

/// Returns `.Chart` of Helm 4, by its `structToMap`: structs are maps by Go's names of their fields, and lists are
/// never nil. Maps in them stay what they are.
pub(super) fn view_map(metadata: Arc<Metadata>, is_root: bool) -> Map {
    Map::later(&ANY_MAP, move || {
        let mut entries = entries(&METADATA, &const { by_name(&METADATA) }, |f| match f.slot {
            Slot::Maintainers(_) => {
                maps(&MAINTAINER, &const { by_name(&MAINTAINER) }, metadata.maintainers.as_deref())
            }
            Slot::Dependencies(_) => {
                maps(&DEPENDENCY, &const { by_name(&DEPENDENCY) }, metadata.dependencies.as_deref())
            }
            _ => any_list(f.value(&metadata).unwrap_or_default()),
        });
        entries.insert(Str::from_static("IsRoot"), Value::Bool(is_root));
        entries
    })
}

fn maps<T, const N: usize>(
    table: &[Field<T>; N],
    order: &[usize; N],
    items: Option<&[T]>,
) -> Value {
    let map_of = |item: &T| {
        let value = |field: &Field<T>| any_list(field.value(item).unwrap_or_default());
        Value::Map(Map::from_entries(&ANY_MAP, entries(table, order, value)))
    };
    let items = items.unwrap_or_default();
    Value::List(List::new(Elem::Any, items.iter().map(map_of).collect()))
}

/// Returns the fields of a table in an order, which is that of [`by_name`]: sorted entries are made faster.
fn entries<T, const N: usize>(
    table: &[Field<T>; N],
    order: &[usize; N],
    value: impl Fn(&Field<T>) -> Value,
) -> Entries<Value> {
    let entry = |at: &usize| (Str::from_static(table[*at].go), value(&table[*at]));
    order.iter().map(entry).collect()
}

/// Returns a list as a `[]any` that is not nil; another value as it is.
fn any_list(value: Value) -> Value {
    match value {
        Value::List(list) => Value::List(List::new(Elem::Any, list.iter().cloned().collect())),
        other => other,
    }
}

/// Returns the value of a `chart.Metadata` itself, as Helm writes it into Chart.yaml.
pub fn metadata_view(metadata: &Metadata) -> Value {
    Value::Object(Rc::new(MetadataView::of(metadata)))
}

/// Returns the value of a `[]*chart.Dependency`, as `.Chart.Dependencies` and a release's lock hold
/// it.
pub fn dependencies_view(dependencies: Option<&[Dependency]>) -> List {
    pointers("*chart.Dependency", dependencies, |d| {
        Value::Object(Rc::new(DependencyView(d.clone())))
    })
}

fn pointers<T>(name: &'static str, items: Option<&[T]>, make: impl Fn(&T) -> Value) -> List {
    match items {
        Some(items) => List::new(Elem::Named(name), items.iter().map(make).collect()),
        None => List::nil(Elem::Named(name)),
    }
}

#[derive(Debug)]
struct ChartView {
    metadata: Rc<MetadataView>,
    is_root: bool,
}

impl Object for ChartView {
    fn type_name(&self) -> Cow<'static, str> {
        "struct { chart.Metadata; IsRoot bool }".into()
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "IsRoot" => Some(Value::Bool(self.is_root)),
            "Metadata" => Some(Value::Object(self.metadata.clone())),
            _ => self.metadata.field(name),
        }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Metadata", Value::Object(self.metadata.clone())),
            ("IsRoot", Value::Bool(self.is_root)),
        ]
    }

    fn embedded(&self) -> Option<&'static str> {
        Some("Metadata")
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        let mut fields = self.metadata.json_fields()?;
        fields.push((Str::from_static("IsRoot"), Value::Bool(self.is_root)));
        Some(fields)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Debug)]
struct MetadataView {
    /// In the order of [`METADATA`]: made once, so that all who look see the same maps.
    values: Vec<Value>,
}

impl MetadataView {
    fn of(metadata: &Metadata) -> MetadataView {
        let value = |field: &Field<Metadata>| match field.slot {
            Slot::Maintainers(_) => {
                Value::List(pointers("*chart.Maintainer", metadata.maintainers.as_deref(), |m| {
                    Value::Object(Rc::new(MaintainerView(m.clone())))
                }))
            }
            Slot::Dependencies(_) => {
                Value::List(dependencies_view(metadata.dependencies.as_deref()))
            }
            _ => field.value(metadata).unwrap_or_default(),
        };
        MetadataView { values: METADATA.iter().map(value).collect() }
    }
}

impl Object for MetadataView {
    fn type_name(&self) -> Cow<'static, str> {
        "chart.Metadata".into()
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn field(&self, name: &str) -> Option<Value> {
        let at = METADATA.iter().position(|f| f.go == name)?;
        self.values.get(at).cloned()
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        METADATA.iter().zip(&self.values).map(|(f, v)| (f.go, v.clone())).collect()
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        Some(json(&METADATA, self.values.iter().cloned()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Returns what Go writes of a struct as JSON.
fn json<T>(table: &[Field<T>], values: impl Iterator<Item = Value>) -> Vec<(Str, Value)> {
    let all = table.iter().zip(values);
    let kept = all.filter(|(field, v)| !field.omit_empty || v.truth());
    kept.map(|(field, v)| (Str::from_static(field.json), v)).collect()
}

/// Returns the values of a struct that holds no other structs.
fn values<'t, T>(table: &'t [Field<T>], of: &'t T) -> impl Iterator<Item = Value> + 't {
    table.iter().map(|field| field.value(of).unwrap_or_default())
}

/// Returns the `Validate()` of maintainers and dependencies. Loading has called it already, and it
/// finds nothing the second time.
fn validate_method(name: &str) -> Option<Signature> {
    (name == "Validate").then_some(Signature { params: &[], variadic: false })
}

#[derive(Debug)]
struct MaintainerView(Maintainer);

impl Object for MaintainerView {
    fn type_name(&self) -> Cow<'static, str> {
        "*chart.Maintainer".into()
    }

    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        MAINTAINER.iter().map(|f| f.go).zip(values(&MAINTAINER, &self.0)).collect()
    }

    fn method(&self, name: &str) -> Option<Signature> {
        validate_method(name)
    }

    fn call(&self, _name: &str, _args: &[Value]) -> MethodResult {
        Ok(error_value(None))
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        Some(json(&MAINTAINER, values(&MAINTAINER, &self.0)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Debug)]
struct DependencyView(Dependency);

impl Object for DependencyView {
    fn type_name(&self) -> Cow<'static, str> {
        "*chart.Dependency".into()
    }

    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        DEPENDENCY.iter().map(|f| f.go).zip(values(&DEPENDENCY, &self.0)).collect()
    }

    fn method(&self, name: &str) -> Option<Signature> {
        validate_method(name)
    }

    fn call(&self, _name: &str, _args: &[Value]) -> MethodResult {
        Ok(error_value(None))
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        Some(json(&DEPENDENCY, values(&DEPENDENCY, &self.0)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
