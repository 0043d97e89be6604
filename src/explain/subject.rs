//! What failed: the chart and the values of a run. The chart is read again when an explanation asks for it.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use gostd::os::read_regular_file;
use gostd::value::{Map, Str, Value};
use gotemplate::{Word, outline};

use super::excerpt::line_span;
use super::scope::Step;
use super::{Frame, Mark};
use crate::action::ReleaseOptions;
use crate::chart::{self, Chart};
use crate::profile::Profile;
use crate::render::{self, Capabilities, Source};
use crate::report::Silent;
use crate::values::{prepare, to_render_values};

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
    /// The values files, in order.
    pub files: Vec<Vec<u8>>,
    /// The text of `--name-template`.
    pub name_template: String,
    /// Brings the text of a values file.
    pub read: Option<Box<Reader<'s>>>,
    loaded: OnceCell<Option<Loaded>>,
}

/// A place in a file, for people to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The file, as the user would open it.
    pub path: String,
    /// Its text.
    pub text: Arc<[u8]>,
    /// The line, from 1.
    pub line: usize,
}

impl Place {
    /// Marks the words of the line.
    pub(super) fn frame(&self, label: impl Into<String>) -> Option<Frame> {
        let span = super::excerpt::words_span(&self.text, self.line)?;
        Some(Frame::of(&*self.path, &self.text, vec![Mark::cause(span, label)]))
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
        let nothing = Map::new();
        let user = self.user.unwrap_or(&nothing);
        prepare(&mut chart, user, self.profile, &Silent).ok()?;
        let default = ReleaseOptions::default();
        let release = self.release.unwrap_or(&default);
        let capabilities =
            Capabilities::new(release.kube_version(), &release.api_versions, self.profile);
        let capabilities = Value::Object(Rc::new(capabilities));
        let map = release.release_map();
        let top =
            to_render_values(&chart, user, map, capabilities, None, self.profile, &Silent).ok()?;
        let sources = render::sources(&chart, &top, self.profile);
        Some(Loaded { chart, sources })
    }

    /// Returns a template of the chart or of those that it holds, by its name in errors.
    pub(super) fn source(&self, name: &[u8]) -> Option<&Source> {
        self.loaded()?.sources.iter().find(|source| *source.name == *name)
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
        let exists = |path: &Path| !path.is_dir() || path.join(inside).exists();
        match &self.chart {
            Some(path) if exists(path) => self.shown_file(inside),
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

    /// Returns the line of a template that has made a line of what it rendered, both from 1. No render records that
    /// yet.
    pub(super) fn template_line(&self, _file: &Str, _rendered: usize) -> Option<Place> {
        None
    }

    /// Returns where a value was set: a line of a values file, or a flag. Nothing records that yet.
    pub(super) fn origin(&self, _path: &[Str]) -> Option<Place> {
        None
    }

    /// Returns the place of a line of the chart's file.
    pub(super) fn place(&self, name: &str, line: usize) -> Option<Place> {
        let text: Arc<[u8]> = self.file(name)?.into();
        line_span(&text, line)?;
        Some(Place { path: self.shown_file(name), text, line })
    }
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
