//! Runs `show`: parts of a chart as they are.

use gojsonpath::Template;
use gostd::value::Value;

use super::Error;
use crate::chart::{Chart, metadata_view};
use crate::profile::{Profile, Rule};

/// A part of what can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Chart.yaml
    Chart,
    /// values.yaml as it is written, or, if the text is not empty, what this JSONPath picks out of it.
    Values(String),
    /// The README.
    Readme,
    /// The files under `crds/`.
    Crds,
}

/// Shows parts of a chart, as `helm show` prints them; of several, some stand under `---`.
///
/// # Errors
/// A file that could not be read; [`Error::JsonPath`].
pub fn show(chart: &Chart, parts: &[Part], profile: Profile) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    for part in parts {
        let separator: &[u8] = if parts.len() > 1 { b"---\n" } else { b"" };
        match part {
            Part::Chart => {
                let text = goyaml::marshal(&metadata_view(&chart.metadata));
                line(&mut out, &text.map_err(Error::Encode)?);
            }
            Part::Values(_) if chart.values.is_nil() => {}
            Part::Values(path) => {
                out.extend_from_slice(separator);
                values(chart, path, &mut out)?;
            }
            Part::Readme => {
                if let Some(file) = chart.files.iter().find(|f| is_readme(&f.name)) {
                    out.extend_from_slice(separator);
                    line(&mut out, file.data.bytes()?);
                }
            }
            Part::Crds => {
                let crds = chart.crds()?;
                if profile.has(Rule::CrdsAreParted) {
                    for crd in crds {
                        if !crd.data.starts_with(b"---") {
                            out.extend_from_slice(b"---\n");
                        }
                        line(&mut out, &crd.data);
                    }
                    continue;
                }
                if crds.first().is_some_and(|crd| !crd.data.starts_with(b"---")) {
                    out.extend_from_slice(separator);
                }
                crds.iter().for_each(|crd| line(&mut out, &crd.data));
            }
        }
    }
    Ok(out)
}

fn values(chart: &Chart, path: &str, out: &mut Vec<u8>) -> Result<(), Error> {
    if path.is_empty() {
        if let Some(values) = &chart.values_text {
            line(out, values.bytes()?);
        }
        return Ok(());
    }
    let template = Template::parse(path.as_bytes())
        .map_err(|cause| Error::JsonPath { text: path.to_owned(), cause })?;
    out.extend_from_slice(&template.execute(&Value::Map(chart.values.clone())));
    Ok(())
}

fn is_readme(name: &[u8]) -> bool {
    let names: [&[u8]; 3] = [b"readme.md", b"readme.txt", b"readme"];
    names.iter().any(|n| name.eq_ignore_ascii_case(n))
}

fn line(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(text);
    out.push(b'\n');
}
