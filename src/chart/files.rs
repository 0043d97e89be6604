//! Makes a chart of its files.

use crate::report::{Reporter, Warning};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::data::Unread;
use super::limits::Budget;
use super::{API_V1, Chart, ChartError, File, Metadata, ParseError, archive, decode, read_values};
use gostd::path;
use gostd::value::{ANY_MAP, Map, Str};

/// Returns whether a render can do without a file's contents: what loading parses, here or in a chart
/// below, it always looks at, and this chart's own templates it runs.
pub(super) fn may_wait(mut name: &[u8]) -> bool {
    let mut depth = 0;
    while let Some(inner) = name.strip_prefix(b"charts/") {
        depth += 1;
        match inner.iter().position(|b| *b == b'/') {
            Some(slash) => name = &inner[slash + 1..],
            // An archive
            None => return false,
        }
    }
    let loaded = [
        &b"Chart.yaml"[..],
        b"Chart.lock",
        b"values.yaml",
        b"values.schema.json",
        b"requirements.yaml",
        b"requirements.lock",
    ];
    (depth > 0 || !name.starts_with(b"templates/")) && !loaded.contains(&name)
}

/// Sorts the files of a chart into their places and loads the charts under `charts/`.
pub(super) fn assemble(
    all: Vec<File>,
    reporter: &dyn Reporter,
    budget: &mut Budget,
) -> Result<Chart, ChartError> {
    let parse_error = |file| move |cause| ChartError::Parse { file, cause };
    // `None` until a file that makes one is met, as in Helm, where the second of these can also
    // be requirements.yaml.
    let mut metadata: Option<Metadata> = None;
    for file in all.iter().filter(|f| f.name == "Chart.yaml") {
        let metadata = metadata.get_or_insert_default();
        let detected = budget.detected.take();
        decode::metadata(file.data.shared(), detected, metadata, budget.profile)
            .map_err(parse_error("Chart.yaml"))?;
        if metadata.api_version.is_empty() {
            metadata.api_version = Str::from_static(API_V1);
        }
    }

    let time_of = |name: &str| all.iter().rfind(|f| f.name == name)?.data.modified();
    let modified = [time_of("Chart.yaml"), time_of("values.schema.json")];
    let mut lock = None;
    let mut values = Map::nil(&ANY_MAP);
    let mut values_text = None;
    let mut schema = None;
    let mut templates = Vec::new();
    let mut files = Vec::new();
    let mut subcharts: BTreeMap<Str, Vec<File>> = BTreeMap::new();
    for file in all {
        match &file.name[..] {
            b"Chart.yaml" => {}
            b"Chart.lock" => {
                lock = Some(
                    decode::lock(file.data.shared(), budget.profile)
                        .map_err(parse_error("Chart.lock"))?,
                );
            }
            b"values.yaml" => {
                values = read_values(file.data.shared(), budget.profile)
                    .map_err(|e| parse_error("values.yaml")(ParseError::Values(e)))?;
                values_text = Some(file.data);
            }
            b"values.schema.json" => schema = Some(file.data.shared().clone()),
            b"requirements.yaml" => {
                let metadata = metadata.get_or_insert_default();
                if metadata.api_version != API_V1 {
                    reporter.warn(Warning::OldRequirements);
                }
                decode::metadata(file.data.shared(), None, metadata, budget.profile)
                    .map_err(parse_error("requirements.yaml"))?;
                if metadata.api_version == API_V1 {
                    files.push(file);
                }
            }
            b"requirements.lock" => {
                lock = Some(
                    decode::lock(file.data.shared(), budget.profile)
                        .map_err(parse_error("requirements.lock"))?,
                );
                if metadata.get_or_insert_default().api_version == API_V1 {
                    files.push(file);
                } else {
                    reporter.warn(Warning::OldLock);
                }
            }
            name => {
                if name.starts_with(b"templates/") {
                    templates.push(file);
                } else if let Some(inner) = name.strip_prefix(b"charts/") {
                    if path::ext(name) == b".prov" {
                        files.push(file);
                        continue;
                    }
                    let entry = inner.split(|b| *b == b'/').next().unwrap_or(inner);
                    let within = subcharts.entry(Str::from(entry)).or_default();
                    // An archive is a file of its own; all else belongs to a directory.
                    let inner = match path::ext(entry) {
                        b".tgz" => Some(inner),
                        _ => inner.get(entry.len() + 1..),
                    };
                    if let Some(inner) = inner {
                        within.push(File { name: Str::from(inner), data: file.data });
                    }
                } else {
                    files.push(file);
                }
            }
        }
    }

    let mut metadata = metadata.ok_or(ChartError::NoChartfile)?;
    metadata.validate(budget.profile).map_err(ChartError::Invalid)?;

    // Helm takes them in the random order of a Go map; ours is that of their names.
    let mut dependencies = Vec::new();
    for (name, files) in subcharts {
        if let Some(chart) = subchart(&name, files, &metadata, reporter, budget)? {
            dependencies.push(chart);
        }
    }
    Ok(Chart {
        full_path: metadata.name.clone(),
        metadata: Arc::new(metadata),
        modified,
        unread: Unread::default(),
        lock,
        templates: Arc::new(templates),
        files: Arc::new(files),
        values_text,
        values,
        schema,
        dependencies,
        entry: Str::EMPTY,
        is_root: true,
    })
}

/// Loads an entry of `charts/`, its files named from there on (an archive by its own name); `None` if Helm passes it over.
fn subchart(
    name: &Str,
    files: Vec<File>,
    parent: &Metadata,
    reporter: &dyn Reporter,
    budget: &mut Budget,
) -> Result<Option<Chart>, ChartError> {
    if matches!(name.first(), Some(b'_' | b'.')) {
        return Ok(None);
    }
    let chart = if path::ext(name) == b".tgz" {
        let Some(file) = files.first() else { return Ok(None) };
        if file.name != *name {
            return Err(ChartError::SubchartArchive {
                parent: parent.name.to_string(),
                expected: name.to_string(),
                got: file.name.to_string(),
            });
        }
        budget.nested(|budget| {
            assemble(archive::unpack(file.data.shared(), false, budget)?, reporter, budget)
        })
    } else {
        budget.nested(|budget| assemble(files, reporter, budget))
    };
    chart
        .map(|mut chart| {
            chart.entry = name.clone();
            Some(chart)
        })
        .map_err(|cause| ChartError::Subchart {
            name: name.to_string(),
            parent: parent.name.to_string(),
            cause: Box::new(cause),
        })
}
