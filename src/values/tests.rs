use std::collections::BTreeMap;

use super::{prepare, to_render_values};
use crate::chart::{self, Chart, ChartError, File};
use crate::profile::Profile;
use crate::report::{Record, Reporter};
use gostd::json;
use gostd::value::{Map, Str, Value};

/// What Helm 3.17.3 rendered of each chart: `toJson .Values`, `toJson .Chart`, its warnings (in
/// alphabetical order) and its error.
const CASES: &str = include_str!("cases/coalesce.jsonl");

fn text(map: &Map, key: &str) -> String {
    match map.get(key.as_bytes()) {
        Some(Value::Str(s)) => s.to_string(),
        other => panic!("{key}: {other:?}"),
    }
}

fn files(map: &Map) -> Vec<File> {
    let Some(Value::Map(files)) = map.get(b"files") else { panic!("no files") };
    let file = |(name, data): (Str, Value)| match data {
        Value::Str(data) => File { name, data: data[..].into() },
        other => panic!("{other:?}"),
    };
    files.entries().into_iter().map(file).collect()
}

fn as_json(value: Value) -> String {
    String::from_utf8(json::marshal(&value, true).unwrap()).unwrap()
}

fn collect(chart: &Chart, values: &Map, into: &mut BTreeMap<String, (String, String)>) {
    let both = (
        as_json(Value::Map(values.clone())),
        as_json(chart.view(crate::profile::Profile::DEFAULT)),
    );
    into.insert(chart.full_path.to_string(), both);
    for inner in &chart.dependencies {
        let Some(Value::Map(values)) = values.get(inner.name()) else { panic!("no values") };
        collect(inner, &values, into);
    }
}

fn rendered(
    files: Vec<File>,
    user: &str,
    reporter: &dyn Reporter,
) -> Result<BTreeMap<String, (String, String)>, String> {
    let mut chart = chart::from_files(files, reporter).map_err(|e: ChartError| e.to_string())?;
    let user = goyaml::unmarshal_map(user.as_bytes()).map_err(|e| e.to_string())?;
    prepare(&mut chart, &user, Profile::DEFAULT, reporter).map_err(|e| e.to_string())?;
    let schemas = Some(&gojsonschema::NoLoader as _);
    let top = to_render_values(
        &chart,
        &user,
        Map::new(),
        Value::Nil,
        schemas,
        Profile::DEFAULT,
        reporter,
    )
    .map_err(|e| e.to_string())?;
    let Some(Value::Map(values)) = top.get(b"Values") else { panic!("no values") };
    let mut charts = BTreeMap::new();
    collect(&chart, &values, &mut charts);
    Ok(charts)
}

#[test]
fn charts_see_the_values_and_metadata_that_helm_shows_them() {
    for line in CASES.lines() {
        let Value::Map(case) = json::unmarshal(line.as_bytes()).unwrap() else { panic!() };
        let name = text(&case, "name");
        let record = Record::default();
        let got = rendered(files(&case), &text(&case, "user"), &record);
        let mut warnings = record.lines();
        warnings.sort();
        let Some(Value::Map(charts)) = case.get(b"charts") else { panic!("no charts") };
        match got {
            Ok(got) => {
                assert_eq!("", text(&case, "error"), "{name}");
                let chart = |(path, v): (Str, Value)| {
                    let Value::Map(v) = v else { panic!("{v:?}") };
                    (path.to_string(), (text(&v, "values"), text(&v, "chart")))
                };
                let want: BTreeMap<_, _> = charts.entries().into_iter().map(chart).collect();
                assert_eq!(got, want, "{name}");
            }
            Err(error) => assert_eq!(error, text(&case, "error"), "{name}"),
        }
        let want = match case.get(b"warnings") {
            Some(Value::List(l)) => l.iter().map(|v| v.as_str().unwrap().to_string()).collect(),
            other => panic!("{other:?}"),
        };
        let want: Vec<String> = want;
        assert_eq!(warnings, want, "{name}");
    }
}

#[test]
fn rendered_values_share_nothing_with_the_chart_or_the_user() {
    let file = |name: &str, data: &str| File { name: name.into(), data: data.as_bytes().into() };
    let chart = chart::from_files(
        vec![
            file("Chart.yaml", "name: a\nversion: 1.0.0"),
            file("values.yaml", "t: {u: {v: 1}}\nl: [{m: 1}]"),
        ],
        &crate::report::Silent,
    )
    .unwrap();
    let user = goyaml::unmarshal_map(b"w: {x: {y: 1}}").unwrap();
    let values =
        super::coalesce::coalesce_values(&chart, &user, Profile::DEFAULT, &crate::report::Silent)
            .unwrap();
    for (path, source) in [(["t", "u"], &chart.values), (["w", "x"], &user)] {
        let at = |map: &Map| {
            let inner = map.get(path[0].as_bytes()).unwrap().as_map().unwrap();
            inner.get(path[1].as_bytes()).unwrap().as_map().unwrap()
        };
        at(&values).insert("new", Value::Bool(true));
        assert!(!at(source).contains_key(b"new"));
    }
    let first = |map: &Map| match map.get(b"l") {
        Some(Value::List(l)) => l[0].as_map().unwrap(),
        other => panic!("{other:?}"),
    };
    first(&values).insert("new", Value::Bool(true));
    assert!(!first(&chart.values).contains_key(b"new"));
}

/// Helm's own stack overflows on this one.
#[test]
fn an_import_into_itself_is_an_error() {
    let file = |name: &str, data: &str| File { name: name.into(), data: data.as_bytes().into() };
    let import = "[{child: d, parent: p}, {child: d, parent: p.q}, {child: d, parent: p.r}]";
    let files = vec![
        file(
            "Chart.yaml",
            &format!(
                "name: a\nversion: 1.0.0\napiVersion: v2\n\
                 dependencies: [{{name: s, version: '*', import-values: {import}}}]"
            ),
        ),
        file("charts/s/Chart.yaml", "name: s\nversion: 1.0.0"),
        file("charts/s/values.yaml", "d: {e: {f: 1}}"),
    ];
    let error = rendered(files, "", &crate::report::Silent).unwrap_err();
    assert_eq!(error, "values are nested too deeply");
}

#[test]
fn an_import_to_a_long_path_is_an_error() {
    let file = |name: &str, data: &str| File { name: name.into(), data: data.as_bytes().into() };
    let parent = "a.".repeat(100_000);
    let files = vec![
        file(
            "Chart.yaml",
            &format!(
                "name: a\nversion: 1.0.0\napiVersion: v2\n\
                 dependencies: [{{name: s, version: '*', import-values: [{{child: d, parent: {parent}b}}]}}]"
            ),
        ),
        file("charts/s/Chart.yaml", "name: s\nversion: 1.0.0"),
        file("charts/s/values.yaml", "d: {e: 1}"),
    ];
    assert_eq!(
        rendered(files, "", &crate::report::Silent).unwrap_err(),
        "values are nested too deeply"
    );
}

#[test]
fn globals_deep_inside_are_shared_as_in_helm() {
    let file = |name: &str, data: &str| File { name: name.into(), data: data.as_bytes().into() };
    let chart = chart::from_files(
        vec![
            file("Chart.yaml", "name: a\nversion: 1.0.0"),
            file("values.yaml", "global: {t: {u: {v: 1}}}"),
            file("charts/s/Chart.yaml", "name: s\nversion: 1.0.0"),
        ],
        &crate::report::Silent,
    )
    .unwrap();
    let values = super::coalesce::coalesce_values(
        &chart,
        &Map::new(),
        Profile::DEFAULT,
        &crate::report::Silent,
    )
    .unwrap();
    let down = |map: &Map, key: &str| map.get(key.as_bytes()).unwrap().as_map().unwrap();
    let own = down(&down(&values, "global"), "t");
    let theirs = down(&down(&down(&values, "s"), "global"), "t");
    assert!(!own.same(&theirs));
    assert!(down(&own, "u").same(&down(&theirs, "u")));
}
