//! Packs a chart: the archive that Helm's `Save` writes, but the same for the same chart.

mod error;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};

use crate::chart::{
    API_V1, API_V2, Chart, ChartError, Data, Lock, dependencies_view, metadata_view,
};
use crate::profile::{Profile, Rule};
use crate::store::{FileError, make_folders, write_whole};
pub use error::Error;
use gostd::json::Stream;
use gostd::path;
use gostd::time::{LocalZone, Time, parse};
use gostd::value::{Map, Str, Value};

/// What Helm writes into a package's gzip header, in base 64.
const MARK: &[u8] = b"+aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo=";
/// What stands before it where the header is made of subfields: its name and its length.
const SUBFIELD: &[u8] = b"rr\x28\x00";
/// How hard to compress: the lowest level of zlib-rs that searches as Go's default level does. Those below
/// use an algorithm that makes twice as much of text that repeats itself, and more of it the smaller the
/// pieces are in which the text comes.
const LEVEL: Compression = Compression::new(7);
/// How deep charts may lie within each other.
const MAX_DEPTH: usize = 100;

/// Writes `NAME-VERSION.tgz` into a folder, which is made if it is not there. `time` is that of all
/// files in it, in seconds since 1970: with one time a chart has one package, to the byte.
///
/// # Errors
/// What the system says, and charts that break a rule, in Helm's words without its `failed to save: `.
pub fn save(chart: &Chart, folder: &Path, time: u64, profile: Profile) -> Result<PathBuf, Error> {
    let mut checked = chart.clone();
    checked.check(profile).map_err(|e| Error::Chart { source: ChartError::Invalid(e) })?;
    let name = format!("{}-{}.tgz", checked.name(), checked.metadata.version);
    let file = folder.join(name);
    let parent = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match fs::metadata(parent) {
        Ok(info) if !info.is_dir() => {
            return Err(Error::NoFolder(parent.to_owned()));
        }
        Ok(_) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            make_folders(parent)?;
        }
        Err(e) => {
            return Err(Error::Stat { source: FileError::new("stat", parent, e) });
        }
    }
    let packed = pack(&checked, time, profile)?;
    write_whole(&file, &packed, 0o644)?;
    Ok(file)
}

/// Returns the bytes of a chart's package.
///
/// # Errors
/// Those of [`save`], but for the file system's.
pub fn pack(chart: &Chart, time: u64, profile: Profile) -> Result<Vec<u8>, Error> {
    let mark = match profile.has(Rule::MarksAreSubfields) {
        true => [SUBFIELD, MARK.strip_prefix(b"+").unwrap_or(MARK)].concat(),
        false => MARK.to_vec(),
    };
    let gzip = GzBuilder::new().extra(mark).comment("Helm").write(Vec::new(), LEVEL);
    let mut tar = Tar { out: tar::Builder::new(gzip), time, profile };
    tar.chart(chart, b"", 0)?;
    let gzip = tar.out.into_inner().map_err(Error::Archive)?;
    gzip.finish().map_err(Error::Archive)
}

struct Tar<W: Write> {
    out: tar::Builder<W>,
    time: u64,
    profile: Profile,
}

impl<W: Write> Tar<W> {
    fn chart(&mut self, chart: &Chart, prefix: &[u8], depth: usize) -> Result<(), Error> {
        if path::base(chart.name()) != &chart.name()[..] {
            return Err(Error::Name(chart.name().to_vec()));
        }
        if depth > MAX_DEPTH {
            return Err(Error::Depth);
        }
        let base = path::join([prefix, chart.name()]);
        self.file(&base, b"Chart.yaml", &chartfile(chart)?)?;
        if chart.metadata.api_version == API_V2
            && let Some(lock) = &chart.lock
        {
            self.file(&base, b"Chart.lock", &lock_to_yaml(lock)?)?;
        }
        if let Some(values) = &chart.values_text {
            self.file(&base, b"values.yaml", read(values)?)?;
        }
        if let Some(schema) = &chart.schema {
            if !is_json(schema) {
                let is_lower = self.profile.has(Rule::LowerCaseErrors);
                return Err(Error::Schema { is_lower });
            }
            self.file(&base, b"values.schema.json", schema)?;
        }
        for file in chart.templates.iter().chain(chart.files.iter()) {
            self.file(&base, &file.name, read(&file.data)?)?;
        }
        for below in &chart.dependencies {
            self.chart(below, &path::join([&base[..], b"charts"]), depth + 1)?;
        }
        Ok(())
    }

    fn file(&mut self, base: &[u8], name: &[u8], data: &[u8]) -> Result<(), Error> {
        let name = path::join([base, name]);
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(data.len() as u64);
        header.set_mtime(self.time);
        let name = name_of(&name);
        self.out.append_data(&mut header, name, data).map_err(Error::Archive)
    }
}

fn name_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

/// Returns whether a text is one JSON value and nothing else.
fn is_json(text: &[u8]) -> bool {
    let mut values = Stream::new(text);
    matches!((values.next(), values.next()), (Some(Ok(_)), None))
}

fn read(data: &Data) -> Result<&[u8], Error> {
    data.bytes().map(|bytes| &bytes[..]).map_err(Error::Unread)
}

/// Chart.yaml; a chart of Helm 2's form keeps its dependencies elsewhere.
fn chartfile(chart: &Chart) -> Result<Vec<u8>, Error> {
    let mut metadata = (*chart.metadata).clone();
    if metadata.api_version == API_V1 {
        metadata.dependencies = None;
    }
    goyaml::marshal(&metadata_view(&metadata)).map_err(Error::Yaml)
}

/// Returns the text of a Chart.lock.
///
/// # Errors
/// What YAML cannot hold.
pub fn lock_to_yaml(lock: &Lock) -> Result<Vec<u8>, Error> {
    let time = parse(b"2006-01-02T15:04:05Z07:00", &lock.generated, &LocalZone::UTC);
    let time = time.unwrap_or_else(|_| Time::zero(&LocalZone::UTC));
    let generated = time.format(b"2006-01-02T15:04:05.999999999Z07:00");
    let map = Map::new();
    map.insert("generated", Value::Str(Str::from(generated)));
    map.insert("digest", Value::Str(lock.digest.clone()));
    let dependencies = dependencies_view(lock.dependencies.as_deref());
    map.insert("dependencies", Value::List(dependencies));
    goyaml::marshal(&Value::Map(map)).map_err(Error::Yaml)
}
