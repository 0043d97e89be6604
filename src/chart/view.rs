//! What templates see of a chart: `.Chart`, its maintainers and dependencies.

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

use super::metadata::{Dependency, Maintainer, Metadata};
use gostd::value::{Elem, Kind, List, MethodResult, Object, Signature, Str, Value};

/// The value of `.Chart`: Helm's anonymous struct of the metadata and `IsRoot`.
///
/// ```
/// use std::rc::Rc;
/// use statefulchart::chart::{Metadata, view};
/// use gostd::value::Value;
/// let metadata = Metadata { name: "web".into(), ..Metadata::default() };
/// let Value::Object(chart) = view(&Rc::new(metadata), true) else { unreachable!() };
/// assert_eq!(chart.field("Name").unwrap().as_str().unwrap(), &"web");
/// assert_eq!(chart.type_name(), "struct { chart.Metadata; IsRoot bool }");
/// ```
pub fn view(metadata: &Rc<Metadata>, is_root: bool) -> Value {
    let metadata = Rc::new(MetadataView::of(metadata));
    Value::Object(Rc::new(ChartView { metadata, is_root }))
}

/// The value of a `chart.Metadata` itself, as Helm writes it into Chart.yaml.
pub fn metadata_view(metadata: &Rc<Metadata>) -> Value {
    Value::Object(Rc::new(MetadataView::of(metadata)))
}

/// The value of a `[]*chart.Dependency`, as `.Chart.Dependencies` and a release's lock hold it.
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
    data: Rc<Metadata>,
    maintainers: List,
    dependencies: List,
}

impl MetadataView {
    fn of(metadata: &Rc<Metadata>) -> MetadataView {
        let maintainers = pointers("*chart.Maintainer", metadata.maintainers.as_deref(), |m| {
            Value::Object(Rc::new(MaintainerView(m.clone())))
        });
        let dependencies = dependencies_view(metadata.dependencies.as_deref());
        MetadataView { data: metadata.clone(), maintainers, dependencies }
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
        let data = &self.data;
        Some(match name {
            "Name" => Value::Str(data.name.clone()),
            "Home" => Value::Str(data.home.clone()),
            "Sources" => Value::List(data.sources.clone()),
            "Version" => Value::Str(data.version.clone()),
            "Description" => Value::Str(data.description.clone()),
            "Keywords" => Value::List(data.keywords.clone()),
            "Maintainers" => Value::List(self.maintainers.clone()),
            "Icon" => Value::Str(data.icon.clone()),
            "APIVersion" => Value::Str(data.api_version.clone()),
            "Condition" => Value::Str(data.condition.clone()),
            "Tags" => Value::Str(data.tags.clone()),
            "AppVersion" => Value::Str(data.app_version.clone()),
            "Deprecated" => Value::Bool(data.deprecated),
            "Annotations" => Value::Map(data.annotations.clone()),
            "KubeVersion" => Value::Str(data.kube_version.clone()),
            "Dependencies" => Value::List(self.dependencies.clone()),
            "Type" => Value::Str(data.kind.clone()),
            _ => return None,
        })
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        METADATA_FIELDS.iter().filter_map(|(name, _)| Some((*name, self.field(name)?))).collect()
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        let all = METADATA_FIELDS
            .iter()
            .filter_map(|(name, json)| Some((Str::from_static(json), self.field(name)?)));
        Some(all.filter(|(_, v)| v.truth()).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The fields in Go's order, with their names in JSON; all are `omitempty`.
const METADATA_FIELDS: &[(&str, &str)] = &[
    ("Name", "name"),
    ("Home", "home"),
    ("Sources", "sources"),
    ("Version", "version"),
    ("Description", "description"),
    ("Keywords", "keywords"),
    ("Maintainers", "maintainers"),
    ("Icon", "icon"),
    ("APIVersion", "apiVersion"),
    ("Condition", "condition"),
    ("Tags", "tags"),
    ("AppVersion", "appVersion"),
    ("Deprecated", "deprecated"),
    ("Annotations", "annotations"),
    ("KubeVersion", "kubeVersion"),
    ("Dependencies", "dependencies"),
    ("Type", "type"),
];

/// The `Validate()` of maintainers and dependencies. Loading has called it already, and it finds
/// nothing the second time.
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
        vec![
            ("Name", Value::Str(self.0.name.clone())),
            ("Email", Value::Str(self.0.email.clone())),
            ("URL", Value::Str(self.0.url.clone())),
        ]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        validate_method(name)
    }

    fn call(&self, _name: &str, _args: &[Value]) -> MethodResult {
        Ok(Value::Nil)
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        let all = ["name", "email", "url"].into_iter().zip(self.fields());
        let kept = all.filter(|(_, (_, v))| v.truth());
        Some(kept.map(|(json, (_, v))| (Str::from_static(json), v)).collect())
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
        vec![
            ("Name", Value::Str(self.0.name.clone())),
            ("Version", Value::Str(self.0.version.clone())),
            ("Repository", Value::Str(self.0.repository.clone())),
            ("Condition", Value::Str(self.0.condition.clone())),
            ("Tags", Value::List(self.0.tags.clone())),
            ("Enabled", Value::Bool(self.0.enabled)),
            ("ImportValues", Value::List(self.0.import_values.clone())),
            ("Alias", Value::Str(self.0.alias.clone())),
        ]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        validate_method(name)
    }

    fn call(&self, _name: &str, _args: &[Value]) -> MethodResult {
        Ok(Value::Nil)
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        let names = [
            "name",
            "version",
            "repository",
            "condition",
            "tags",
            "enabled",
            "import-values",
            "alias",
        ];
        let all = names.into_iter().zip(self.fields());
        // Go leaves `name` and `repository` in even when they are empty.
        let kept = all.filter(|(json, (_, v))| matches!(*json, "name" | "repository") || v.truth());
        Some(kept.map(|(json, (_, v))| (Str::from_static(json), v)).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
