//! Makes what a template sees as `.`: one map for each chart, shared by the chart's templates.

use std::rc::Rc;
use std::sync::Arc;

use bstr::ByteSlice;

use super::files::Files;
use crate::chart::Chart;
use crate::profile::Profile;
use gostd::path;
use gostd::value::{ANY_MAP, Map, MapType, MethodResult, Str, Value};

/// A template file and what it is rendered with.
pub(super) struct Renderable {
    pub(super) name: Str,
    pub(super) text: Arc<[u8]>,
    pub(super) context: Map,
    pub(super) base_path: Str,
    /// The names of the charts that lead to the template's, but for the first.
    pub(super) charts: Rc<[Str]>,
}

/// Collects the templates of a chart and its subcharts, each with its chart's context.
///
/// A template that changes its context (`set .Values …`) changes it for those that run later, as in
/// Helm: there is one map a chart.
pub(super) fn collect(
    chart: &Chart,
    parent: &Map,
    profile: Profile,
    charts: &Rc<[Str]>,
    out: &mut Vec<Renderable>,
) -> Map {
    let subcharts = Map::new();
    let next = Map::new();
    let get = |key: &[u8]| parent.get(key).unwrap_or_default();
    next.insert("Chart", chart.view(profile));
    next.insert("Files", Value::Object(Rc::new(Files::new(chart.files.clone(), profile))));
    next.insert("Release", get(b"Release"));
    next.insert("Capabilities", get(b"Capabilities"));
    next.insert("Subcharts", Value::Map(subcharts.clone()));
    let values = if chart.is_root {
        get(b"Values")
    } else {
        let table = get(b"Values")
            .as_map()
            .and_then(|m| table(&m, chart.name(), profile.values_type()).ok());
        Value::Map(table.unwrap_or_else(|| Map::with_type(profile.values_type())))
    };
    next.insert("Values", values);
    for child in &chart.dependencies {
        let within = charts.iter().chain([child.name()]).cloned().collect();
        let context = collect(child, &next, profile, &within, out);
        subcharts.insert(child.name().clone(), Value::Map(context));
    }
    let base_path = Str::from(path::join([chart.full_path.as_bytes(), b"templates"]));
    for file in chart.templates.iter() {
        if chart.metadata.is_library() && !path::base(&file.name).starts_with(b"_") {
            continue;
        }
        out.push(Renderable {
            name: Str::from(path::join([chart.full_path.as_bytes(), &file.name])),
            text: file.data.shared().clone(),
            context: next.clone(),
            base_path: base_path.clone(),
            charts: charts.clone(),
        });
    }
    next
}

/// Returns the table at a dotted path; the error is Helm's.
fn table(map: &Map, name: &[u8], ty: &'static MapType) -> Result<Map, Str> {
    let mut map = map.retyped(ty);
    for key in name.split_str(".") {
        match map.get(key) {
            Some(Value::Map(m)) if m.map_type().zero == ANY_MAP.zero => {
                map = m.retyped(ty);
            }
            _ => return Err(Str::from([b"\"", key, b"\" is not a table"].concat())),
        }
    }
    Ok(map)
}

/// Returns the methods of `chartutil.Values`.
pub(super) fn values_method(map: &Map, name: &str, args: &[Value]) -> MethodResult {
    let path = args.first().and_then(Value::as_str).cloned().unwrap_or_default();
    match name {
        "AsMap" => Ok(Value::Map(map.retyped(&ANY_MAP))),
        "YAML" => goyaml::marshal(&Value::Map(map.clone()))
            .map(Value::from)
            .map_err(|e| Str::from(e.to_string())),
        "Table" => match table(map, &path, map.map_type()) {
            Ok(m) => Ok(Value::Map(m)),
            Err(e) => Err(e),
        },
        "PathValue" => path_value(map, &path),
        // There is no value of the type that it wants but nil.
        "Encode" => {
            Err(Str::from("runtime error: invalid memory address or nil pointer dereference"))
        }
        _ => Err(Str::from("not implemented")),
    }
}

/// Returns the scalar at a dotted path.
fn path_value(map: &Map, path: &[u8]) -> MethodResult {
    if path.is_empty() {
        return Err(Str::from("YAML path cannot be empty"));
    }
    let keys: Vec<&[u8]> = path.split_str(".").collect();
    let missing = |key: &[u8]| Str::from([b"\"", key, b"\" is not a value"].concat());
    let (last, parents) = keys.split_last().unwrap_or((&path, &[]));
    let at = match parents {
        [] => map.clone(),
        _ => table(map, &parents.join(&b'.'), map.map_type()).map_err(|_| missing(last))?,
    };
    match at.get(last) {
        Some(Value::Map(_)) | None => Err(missing(last)),
        Some(v) => Ok(v),
    }
}
