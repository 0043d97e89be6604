//! A chart as a package, Helm's `Save`.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};

use super::lock;
use crate::chart::{API_V1, API_V2, Chart};
use crate::fetch::write_whole;
use crate::gostd::path;
use crate::value::Value;
use crate::yaml;

/// What Helm writes into a package's gzip header, in base 64.
const MARK: &[u8] = b"+aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo=";

/// Writes `NAME-VERSION.tgz` into a folder; `now` is the files' time, in seconds since 1970.
///
/// # Errors
/// What the system says, and charts whose names are no file names.
pub(super) fn save(chart: &Chart, folder: &Path, now: u64) -> Result<PathBuf, String> {
    let mut tar = Tar { out: Vec::new(), now };
    tar.chart(chart, b"", 0)?;
    tar.out.extend_from_slice(&[0; 1024]);
    let mut gzip =
        GzBuilder::new().extra(MARK).comment("Helm").write(Vec::new(), Compression::default());
    let packed =
        gzip.write_all(&tar.out).and_then(|()| gzip.finish()).map_err(|e| e.to_string())?;
    let file = folder.join(format!("{}-{}.tgz", chart.name(), chart.metadata.version));
    write_whole(&file, &packed, 0o644)?;
    Ok(file)
}

struct Tar {
    out: Vec<u8>,
    now: u64,
}

impl Tar {
    fn chart(&mut self, chart: &Chart, prefix: &[u8], depth: usize) -> Result<(), String> {
        const DEEPEST: usize = 100;
        if path::base(chart.name()) != &chart.name()[..] {
            return Err(format!("\"{}\" is not a valid chart name", chart.name()));
        }
        if depth > DEEPEST {
            return Err("charts are nested too deeply".into());
        }
        let base = path::join([prefix, chart.name()]);
        self.file(&base, b"Chart.yaml", &chartfile(chart)?)?;
        if chart.metadata.api_version == API_V2
            && let Some(lock) = &chart.lock
        {
            self.file(&base, b"Chart.lock", &lock::to_yaml(lock)?)?;
        }
        for file in chart.raw.iter().filter(|f| f.name == "values.yaml") {
            self.file(&base, &file.name, &file.data)?;
        }
        if let Some(schema) = &chart.schema {
            self.file(&base, b"values.schema.json", schema)?;
        }
        for file in chart.templates.iter().chain(chart.files.iter()) {
            self.file(&base, &file.name, &file.data)?;
        }
        for below in &chart.dependencies {
            self.chart(below, &path::join([&base[..], b"charts"]), depth + 1)?;
        }
        Ok(())
    }

    fn file(&mut self, base: &[u8], name: &[u8], data: &[u8]) -> Result<(), String> {
        let name = path::join([base, name]);
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(data.len() as u64);
        header.set_mtime(self.now);
        let name = String::from_utf8_lossy(&name).into_owned();
        let mut builder = tar::Builder::new(Vec::new());
        builder.append_data(&mut header, name, data).map_err(|e| e.to_string())?;
        let written = builder.into_inner().map_err(|e| e.to_string())?;
        // All but the two empty blocks that end an archive.
        self.out.extend_from_slice(written.get(..written.len() - 1024).unwrap_or_default());
        Ok(())
    }
}

/// Chart.yaml; a chart of Helm 2's form keeps its dependencies elsewhere.
fn chartfile(chart: &Chart) -> Result<Vec<u8>, String> {
    let mut metadata = (*chart.metadata).clone();
    if metadata.api_version == API_V1 {
        metadata.dependencies = None;
    }
    match crate::chart::view(&metadata.into(), true) {
        Value::Object(view) => yaml::marshal(&view.field("Metadata").unwrap_or_default()),
        other => yaml::marshal(&other),
    }
}
