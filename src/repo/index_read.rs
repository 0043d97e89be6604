//! Reads an index: chart by chart where its shape allows, or whole.

use std::ops::Range;
use std::rc::Rc;

use super::error::IndexError;
use super::index::{ChartVersion, Index, OLD, sort};
use super::layout::{Chart, layout};
use crate::chart::decode::{METADATA_NAMES, metadata_field};
use crate::chart::{API_V1, Metadata, MetadataError};
use crate::report::{Record, Reporter, Warning};
use gostd::json;
use gostd::value::{Elem, List, Str, Value};
use goyaml::Decoder;

const INDEX: &[&str] =
    &["serverInfo", "apiVersion", "generated", "entries", "publicKeys", "annotations"];
const VERSION: &[&str] = &["urls", "created", "removed", "digest"];

/// A version while it is read.
#[derive(Default)]
struct Draft {
    metadata: Metadata,
    urls: Option<List>,
    created: Str,
    removed: bool,
    digest: Str,
    old: [Str; 4],
    null: bool,
}

type Drafts = Vec<(Str, Vec<Draft>)>;

/// Reads one chart's lines. Keys that stand twice are only noticed where that is asked for.
fn part(data: &[u8], range: &Range<usize>, unique: bool) -> Result<Drafts, IndexError> {
    let text = data.get(range.clone()).unwrap_or_default();
    let tree = if unique { goyaml::decode_strict(text) } else { goyaml::decode(text) };
    let tree = tree.map_err(IndexError::Yaml)?;
    let mut d = Decoder::default();
    d.strict = true;
    let mut drafts = Vec::new();
    d.fields_of_map(&tree, |d, name, v| versions(d, name, v, &mut drafts));
    d.finish().map_err(IndexError::Shape)?;
    Ok(drafts)
}

/// Reads a list of versions.
fn versions(d: &mut Decoder, name: &Str, v: &Value, into: &mut Drafts) {
    const FIELDS: &[&str] = &[
        METADATA_NAMES[0],
        METADATA_NAMES[1],
        METADATA_NAMES[2],
        METADATA_NAMES[3],
        METADATA_NAMES[4],
        METADATA_NAMES[5],
        METADATA_NAMES[6],
        METADATA_NAMES[7],
        METADATA_NAMES[8],
        METADATA_NAMES[9],
        METADATA_NAMES[10],
        METADATA_NAMES[11],
        METADATA_NAMES[12],
        METADATA_NAMES[13],
        METADATA_NAMES[14],
        METADATA_NAMES[15],
        METADATA_NAMES[16],
        VERSION[0],
        VERSION[1],
        VERSION[2],
        VERSION[3],
        OLD[0],
        OLD[1],
        OLD[2],
        OLD[3],
    ];
    let mut drafts: Option<Vec<Draft>> = None;
    d.structs(v, &mut drafts, "repo.ChartVersion", |d, draft, v| {
        if v.is_nil() {
            draft.null = true;
            return;
        }
        d.fields(v, "ChartVersion", FIELDS, |d, name, v| match name {
            "urls" => {
                let mut urls = List::nil(Elem::String);
                d.texts(v, &mut urls);
                draft.urls = Some(urls);
            }
            "created" => d.time(v, &mut draft.created),
            "removed" => d.boolean(v, &mut draft.removed),
            "digest" => d.text(v, &mut draft.digest),
            name => match OLD.iter().position(|n| *n == name).and_then(|i| draft.old.get_mut(i)) {
                Some(text) => d.text(v, text),
                None => d.embedded("Metadata", name, |d| {
                    let outside = std::mem::replace(&mut d.exact, true);
                    metadata_field(d, &mut draft.metadata, name, v);
                    d.exact = outside;
                }),
            },
        });
    });
    into.push((name.clone(), drafts.unwrap_or_default()));
}

/// Takes the versions that are valid, newest first.
fn settle(
    name: &Str,
    drafts: Vec<Draft>,
    source: &str,
    reporter: &dyn Reporter,
) -> Vec<ChartVersion> {
    let mut found = Vec::with_capacity(drafts.len());
    for mut draft in drafts.into_iter().rev() {
        if draft.null {
            reporter.warn(Warning::EmptyIndexEntry {
                name: name.to_string(),
                source: source.to_owned(),
            });
            continue;
        }
        if draft.metadata.api_version.is_empty() {
            draft.metadata.api_version = Str::from_static(API_V1);
        }
        if let Err(why) = draft.metadata.validate(crate::profile::Profile::DEFAULT)
            && !matches!(why, MetadataError::Duplicate(_))
        {
            reporter.warn(Warning::InvalidIndexEntry {
                name: name.to_string(),
                version: draft.metadata.version.to_string(),
                source: source.to_owned(),
                why: format!("validation: {why}"),
            });
            continue;
        }
        found.push(ChartVersion {
            metadata: Rc::new(draft.metadata),
            urls: draft.urls.unwrap_or_else(|| List::nil(Elem::String)),
            created: draft.created,
            removed: draft.removed,
            digest: draft.digest,
            old: draft.old,
        });
    }
    found.reverse();
    sort(&mut found);
    found
}

impl Index {
    /// Reads an index, one chart after the other where its shape allows, so that no more than one is
    /// in memory unless `each` keeps it. Of a chart that `each` gets twice the later one counts.
    ///
    /// # Errors
    /// Helm's texts: `empty index.yaml file`, `no API version specified`, and what YAML says.
    pub fn read(
        &mut self,
        data: &[u8],
        source: &str,
        reporter: &dyn Reporter,
        each: &mut dyn FnMut(Str, Vec<ChartVersion>),
    ) -> Result<(), IndexError> {
        if data.is_empty() {
            return Err(IndexError::Empty);
        }
        if !self.read_in_parts(data, source, None, reporter, each) {
            let is_json = data.trim_ascii_start().starts_with(b"{");
            let json = is_json.then(|| json::unmarshal(data).ok()).flatten();
            let drafts = match &json {
                Some(tree) => self.fields(tree, false).map_err(IndexError::JsonShape),
                None => goyaml::decode_strict(data)
                    .map_err(IndexError::Yaml)
                    .and_then(|tree| self.fields(&tree, true).map_err(IndexError::Shape)),
            }?;
            for (name, drafts) in drafts {
                let versions = settle(&name, drafts, source, reporter);
                each(name, versions);
            }
        }
        if self.api_version.is_empty() {
            return Err(IndexError::NoApiVersion);
        }
        Ok(())
    }

    /// Reads chart by chart, all or those that are wanted; false, and nothing said, where that does
    /// not go.
    pub(super) fn read_in_parts(
        &mut self,
        data: &[u8],
        source: &str,
        wanted: Option<&dyn Fn(&Chart<'_>) -> bool>,
        reporter: &dyn Reporter,
        each: &mut dyn FnMut(Str, Vec<ChartVersion>),
    ) -> bool {
        let Some(layout) = layout(data) else { return false };
        let head = layout.head.concat();
        let Ok(tree) = goyaml::decode_strict(&head) else { return false };
        if self.fields(&tree, true).is_err() {
            return false;
        }
        // What is passed on before a fault shows is passed on again by the whole reading.
        let record = Record::default();
        for chart in layout.charts.iter().filter(|c| wanted.is_none_or(|wanted| wanted(c))) {
            let Ok(found) = part(data, &chart.range, wanted.is_none()) else { return false };
            for (name, drafts) in found {
                let versions = settle(&name, drafts, source, &record);
                each(name, versions);
            }
        }
        record.take().into_iter().for_each(|event| reporter.report(event));
        true
    }

    /// Reads the fields of a YAML document, which has no unknown ones, or else of JSON.
    fn fields(&mut self, tree: &Value, strict: bool) -> Result<Drafts, goyaml::DecodeError> {
        let mut d = Decoder::default();
        (d.strict, d.exact) = (strict, !strict);
        let mut drafts = Vec::new();
        if d.top(tree, "repo.IndexFile") {
            d.fields(tree, "IndexFile", INDEX, |d, name, v| match name {
                "apiVersion" => d.text(v, &mut self.api_version),
                "generated" => d.time(v, &mut self.generated),
                "publicKeys" => d.texts(v, &mut self.public_keys),
                "annotations" => d.annotations(v, &mut self.annotations),
                "entries" => match v {
                    Value::Map(_) => {
                        d.fields_of_map(v, |d, name, v| versions(d, name, v, &mut drafts));
                    }
                    v if v.is_nil() => {}
                    other => d.wrong(other, "map[string]repo.ChartVersions"),
                },
                _ => {
                    if let Value::Map(m) = v {
                        self.server_info = m.clone();
                    }
                }
            });
        }
        d.finish()?;
        Ok(drafts)
    }
}
