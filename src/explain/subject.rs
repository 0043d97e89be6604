//! What failed: the chart and the values of a run. The chart is read again when an explanation asks for it.

use std::cell::OnceCell;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use bstr::ByteSlice;
use gostd::os::read_regular_file;
use gostd::value::{Map, Str, Value};
use gotemplate::{Word, outline};

use super::excerpt::{line_span, words_span};
use super::scope::Step;
use super::{Frame, Mark};
use crate::action::ReleaseOptions;
use crate::chart::{self, Chart};
use crate::profile::Profile;
use crate::provenance::{Access, Key as TraceKey, Line, Provenance, Spot};
use crate::render::{self, Capabilities, Source};
use crate::report::Silent;
use crate::values::layers::Layers;
use crate::values::origins::{Key, Origins, Source as Layer, path_text};
use crate::values::{prepare, to_render_values};

/// The value of `--dry-run` with which templates see a cluster.
const SERVER: &str = "server";

/// Brings a values file again, by its name on the command line.
pub type Reader<'s> = dyn Fn(&[u8]) -> Option<Vec<u8>> + 's;

/// What a run that failed was about, as far as it had come.
#[derive(Default)]
pub struct Subject<'s> {
    /// The chart's folder or archive.
    pub chart: Option<PathBuf>,
    /// The same as the user has written it.
    pub chart_shown: String,
    /// The user's values.
    pub user: Option<&'s Map>,
    /// What the release was made with.
    pub release: Option<&'s ReleaseOptions>,
    /// The Helm release that is reproduced.
    pub profile: Profile,
    /// What the flags say of values.
    pub layers: Layers,
    /// The text of `--name-template`.
    pub name_template: String,
    /// Brings the text of a values file.
    pub read: Option<Box<Reader<'s>>>,
    loaded: OnceCell<Option<Loaded>>,
    origins: OnceCell<Option<Origins>>,
}

/// A place in a file, for people to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The file, as the user would open it.
    pub(super) path: String,
    /// Its text.
    pub(super) text: Arc<[u8]>,
    /// The bytes in it.
    pub(super) span: Range<usize>,
    /// Whether they are an action of a template.
    pub(super) is_action: bool,
}

impl Place {
    /// Returns the words of a line, from 1.
    fn of_line(path: String, text: Arc<[u8]>, line: usize) -> Option<Place> {
        let span = words_span(&text, line)?;
        Some(Place { path, text, span, is_action: false })
    }

    /// Marks the place.
    pub(super) fn frame(&self, label: impl Into<String>) -> Frame {
        Frame::of(&*self.path, &self.text, vec![Mark::cause(self.span.clone(), label)])
    }

    /// Tells whether another place is in the same text.
    pub(super) fn is_beside(&self, other: &Place) -> bool {
        self.path == other.path && self.text == other.text
    }

    /// Marks the place as one that belongs to a mistake.
    pub(super) fn context(&self, label: impl Into<String>) -> Frame {
        Frame::of(&*self.path, &self.text, vec![Mark::context(self.span.clone(), label)])
    }
}

/// Where a line of what a template has rendered came from.
pub(super) struct Made {
    /// The place in the template.
    pub(super) place: Place,
    /// The calls that lead there, the innermost first: the places, and the templates that they call.
    pub(super) calls: Vec<(Place, Str)>,
    /// The values that were read for it.
    pub(super) read: Vec<Vec<Key>>,
}

/// A file that was rendered again, with where its lines come from.
pub(super) struct Recorded<'s> {
    subject: &'s Subject<'s>,
    provenance: Provenance,
    text: Str,
    number: usize,
}

impl Recorded<'_> {
    /// Returns where a line came from, counted from 1.
    pub(super) fn made(&self, line: usize) -> Option<Made> {
        let range = line_span(&self.text, line)?;
        let text = &self.text[range.clone()];
        let end = self.text.len();
        let printed = Line { number: line, text, document: 0, file: self.number, range, end };
        let facts = self.provenance.facts(&printed);
        let place = |spot: &Spot| self.subject.place_of(spot);
        let calls =
            facts.calls.iter().rev().filter_map(|(spot, name)| Some((place(spot)?, name.clone())));
        let mut calls: Vec<(Place, Str)> = calls.collect();
        let own = facts.spot.as_ref().and_then(place);
        let place = match own {
            Some(place) => place,
            // A text of `tpl` has no file: its call has.
            None if !calls.is_empty() => calls.remove(0).0,
            None => return None,
        };
        let names = |access: &Access| -> Option<Vec<Key>> {
            let [TraceKey::Name(first), rest @ ..] = &access.path[..] else { return None };
            (*first == "Values").then(|| rest.iter().map(Key::from).collect())
        };
        let read = facts.read.iter().filter_map(names).collect();
        Some(Made { place, calls, read })
    }
}

/// A chart that was loaded again.
struct Loaded {
    chart: Chart,
    sources: Vec<Source>,
}

impl Subject<'_> {
    fn loaded(&self) -> Option<&Loaded> {
        self.loaded.get_or_init(|| self.load()).as_ref()
    }

    fn load(&self) -> Option<Loaded> {
        let mut chart = chart::load_as(self.chart.as_deref()?, self.profile, &Silent).ok()?;
        prepare(&mut chart, self.user.unwrap_or(&Map::new()), self.profile, &Silent).ok()?;
        let top = self.top(&chart)?;
        let sources = render::sources(&chart, &top, self.profile);
        Some(Loaded { chart, sources })
    }

    /// Returns what the chart's templates see.
    fn top(&self, chart: &Chart) -> Option<Map> {
        let nothing = Map::new();
        let default = ReleaseOptions::default();
        let release = self.release.unwrap_or(&default);
        let capabilities =
            Capabilities::new(release.kube_version(), &release.api_versions, self.profile);
        let capabilities = Value::Object(Rc::new(capabilities));
        let user = self.user.unwrap_or(&nothing);
        let map = release.release_map();
        to_render_values(chart, user, map, capabilities, None, self.profile, &Silent).ok()
    }

    /// Returns a template of the chart or of those that it holds, by its name in errors.
    pub(super) fn source(&self, name: &[u8]) -> Option<&Source> {
        self.loaded()?.sources.iter().find(|source| *source.name == *name)
    }

    /// Returns the texts of the templates of the chart and of those that it holds.
    pub(super) fn templates(&self) -> impl Iterator<Item = &[u8]> {
        self.loaded().into_iter().flat_map(|loaded| &loaded.sources).map(|source| &source.text[..])
    }

    /// Returns the values that the chart's templates see, those of subcharts within.
    pub(super) fn values(&self) -> Option<Map> {
        let loaded = self.loaded()?;
        let name = loaded.chart.name().as_bytes();
        let is_own =
            |s: &&Source| s.name.starts_with(name) && s.name.get(name.len()) == Some(&b'/');
        let own =
            loaded.sources.iter().filter(is_own).max_by_key(|s| std::cmp::Reverse(s.name.len()));
        match own {
            Some(source) => source.context.get(b"Values")?.as_map(),
            None => loaded.chart.values.clone().into(),
        }
    }

    /// Tells whether the user's values hold null for a key, below a path of the top.
    pub(super) fn is_nulled(&self, path: Option<&[Step]>, key: &[u8]) -> bool {
        let (Some([_, path @ ..]), Some(user)) = (path, self.user) else { return false };
        let below = path.iter().try_fold(user.clone(), |map, step| match step {
            Step::Key(key) => map.get(key)?.as_map(),
            Step::Item(_) => None,
        });
        below.and_then(|map| map.get(key)).is_some_and(|value| value.is_nil())
    }

    /// Returns a chart in one of this chart's folders as the subject.
    pub(super) fn below(&self, folder: &str) -> Option<Subject<'static>> {
        let path = self.chart.as_deref()?.join(folder);
        Some(Subject {
            chart: path.exists().then_some(path),
            chart_shown: self.shown_file(folder),
            profile: self.profile,
            ..Subject::default()
        })
    }

    /// Returns the chart, its dependencies settled.
    pub(super) fn chart(&self) -> Option<&Chart> {
        Some(&self.loaded()?.chart)
    }

    /// Returns a file of the chart, by its path within.
    pub(super) fn file(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.chart.as_deref()?;
        if path.is_dir() {
            return read_regular_file(&path.join(name)).ok();
        }
        let files = chart::unpack(&read_regular_file(path).ok()?).ok()?;
        let file = files.iter().find(|file| *file.name == *name.as_bytes())?;
        Some(file.data.shared().to_vec())
    }

    /// Returns the names of the files in a folder of the chart.
    pub(super) fn names(&self, folder: &str) -> Vec<String> {
        let entries = self.chart.as_deref().and_then(|path| path.join(folder).read_dir().ok());
        let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let mut names: Vec<String> = entries.into_iter().flatten().flatten().map(name).collect();
        names.sort();
        names
    }

    /// Returns a file of the chart as the user would open it.
    pub(super) fn shown_file(&self, name: &str) -> String {
        match self.chart_shown.trim_end_matches('/') {
            "" => name.to_owned(),
            "." => name.to_owned(),
            chart => format!("{chart}/{name}"),
        }
    }

    /// Returns a template's name in errors as the path of its file, if it is there.
    pub(super) fn shown_template(&self, name: &[u8]) -> String {
        let name = super::shown(name);
        let Some((_, inside)) = name.split_once('/') else { return name };
        let inside = match self.loaded() {
            Some(loaded) => loaded.chart.file_of(inside),
            None => inside.to_owned(),
        };
        // The file itself, or an archive that holds it.
        let mut ways = Path::new(&inside).ancestors().filter(|way| !way.as_os_str().is_empty());
        let mut exists = |path: &Path| !path.is_dir() || ways.any(|way| path.join(way).is_file());
        match &self.chart {
            Some(path) if exists(path) => self.shown_file(&inside),
            _ => name,
        }
    }

    /// Returns what defines templates: name, file, and the bytes of the action.
    pub(super) fn definitions(&self) -> Vec<(Vec<u8>, &Source, std::ops::Range<usize>)> {
        let mut found = Vec::new();
        for source in self.loaded().iter().flat_map(|loaded| &loaded.sources) {
            let text = &source.text[..];
            for action in outline(text, self.profile.go()).actions {
                if matches!(action.word, Word::Define | Word::Block)
                    && let Some(name) = first_string(&text[action.rest.clone()])
                {
                    found.push((name, source, action.span));
                }
            }
        }
        found
    }

    /// Renders the chart once more, and records where the lines of a file come from.
    pub(super) fn recorded(&self, file: &Str) -> Option<Recorded<'_>> {
        let (chart, release) = (self.chart()?, self.release?);
        // Templates may change what they see.
        let top = self.top(chart)?;
        let lookup = release.lookup();
        let options = render::Options {
            sees_cluster: release.dry_run == SERVER,
            cluster: lookup.as_ref().map(|lookup| lookup as _),
            dns: release.enable_dns,
            lenient: None,
            clock: &release.clock,
            parsed: None,
            profile: self.profile,
            limits: release.limits,
            records: true,
            only: None,
            counts: None,
        };
        let rendering = render::render(chart, &top, &options).ok()?;
        let number = rendering.files.iter().position(|rendered| rendered.name == *file)?;
        let text = rendering.files[number].text.clone();
        let provenance = Provenance::new(rendering.files, rendering.recording?);
        Some(Recorded { subject: self, provenance, text, number })
    }

    /// Returns the place of a position in a template: the whole of an action, if it is one.
    fn place_of(&self, spot: &Spot) -> Option<Place> {
        let source = self.source(&spot.template)?;
        let start = line_span(&source.text, spot.line as usize)?.start;
        let offset = start + spot.column as usize - 1;
        let outline = outline(&source.text, self.profile.go());
        let (span, is_action) = match outline.at(offset) {
            Some(action) => (action.span.clone(), true),
            None => (words_span(&source.text, spot.line as usize)?, false),
        };
        let path = self.shown_template(&spot.template);
        Some(Place { path, text: source.text.clone(), span, is_action })
    }

    fn origins(&self) -> Option<&Origins> {
        let find = || {
            let chart = chart::load_as(self.chart.as_deref()?, self.profile, &Silent).ok()?;
            let read = self.read.as_ref()?;
            let mut read =
                |path: &[u8]| read(path).ok_or_else(|| Box::from("the file cannot be read again"));
            Origins::of(&chart, &self.layers, &mut read).ok()
        };
        self.origins.get_or_init(find).as_ref()
    }

    /// Returns where a value was set: a line of a values file, or a flag; and whether that took the value away.
    pub(super) fn origin(&self, path: &[Key]) -> Option<(Place, bool)> {
        let origins = self.origins()?;
        let answer = origins.answer(path);
        let is_removed = answer.in_force.is_none();
        let setting = answer.in_force.or(answer.removed_by)?;
        let text = origins.layers().nth(setting.layer)?.text.cloned();
        let path = match &setting.source {
            Layer::Flag { flag, line, .. } => {
                let text: Arc<[u8]> = line.as_slice().into();
                let span = part_of(&text, &path_text(&setting.path));
                let path = format!("--{}", flag.name());
                return Some((Place { path, span, text, is_action: false }, is_removed));
            }
            Layer::File { name, .. } => super::shown(name),
            Layer::Chart { file, .. } => self.shown_file(file),
        };
        let text = text?;
        let place = setting.place?;
        let first = place.first()?;
        let line = line_span(&text, first.line)?;
        let start = line.start + bytes_of_columns(&text[line.clone()], first.column - 1);
        // From the key to the end of the value, where both stand on one line.
        let end = match place.value {
            Some(value) if value.line == first.line => {
                let before = value.column - 1 + value.width;
                line.start + bytes_of_columns(&text[line.clone()], before)
            }
            _ => line.start + bytes_of_columns(&text[line.clone()], first.column - 1 + first.width),
        };
        let span = start..end.max(start);
        Some((Place { path, text, span, is_action: false }, is_removed))
    }

    /// Returns the place of a line of the chart's file.
    pub(super) fn place(&self, name: &str, line: usize) -> Option<Place> {
        Place::of_line(self.shown_file(name), self.file(name)?.into(), line)
    }
}

/// Returns the part of a line of `--set` that sets a key, or something below it.
fn part_of(line: &[u8], key: &str) -> Range<usize> {
    let mut start = 0;
    let ends = line
        .iter()
        .enumerate()
        .filter(|(at, b)| **b == b',' && (*at == 0 || line[at - 1] != b'\\'));
    for end in ends.map(|(at, _)| at).chain([line.len()]) {
        let part = &line[start..end];
        let rest = part.strip_prefix(key.as_bytes());
        if rest.is_some_and(|rest| matches!(rest, [b'=' | b'.' | b'[', ..])) {
            return start..end;
        }
        start = end + 1;
    }
    0..line.len()
}

/// Returns how many bytes so many characters of a line have.
fn bytes_of_columns(line: &[u8], columns: usize) -> usize {
    line.char_indices().nth(columns).map_or(line.len(), |(at, _, _)| at)
}

/// Returns the string that a text begins with.
pub(super) fn first_string(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii_start();
    let quote = *text.first().filter(|b| matches!(b, b'"' | b'`'))?;
    let mut escaped = false;
    let end = text.iter().skip(1).position(|b| {
        let ends = *b == quote && !escaped;
        escaped = *b == b'\\' && !escaped && quote == b'"';
        ends
    })?;
    gostd::strconv::unquote(text.get(..end + 2)?)
}
