//! Gathers what templates mention of the values, whether that part of them runs or not.

use std::collections::{HashMap, HashSet};

use bstr::ByteSlice;
use gostd::value::Str;
use gotemplate::{Mentioned, Use};

use crate::chart::Chart;
use crate::profile::Profile;
use crate::render;
use crate::values::origins::Key;

/// The charts below a chart, by the names that the values know them by.
#[derive(Debug, Default)]
struct Own {
    /// Paths in the chart's values of which what did not run makes something, and what.
    paths: HashMap<Vec<Str>, Use>,
    /// All paths that are mentioned.
    all: HashSet<Vec<Str>>,
    charts: HashMap<Str, Own>,
}

/// What ran: names of templates, and places in them.
pub(super) type Ran<'r> = HashSet<(&'r Str, u32)>;

/// What the templates of a chart, and of those it holds, mention.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    top: Own,
    /// Names that stand in some path or text: of a map that was handed on they may be keys.
    names: HashSet<Str>,
    /// What settles which charts take part: paths in the values of the whole chart.
    settling: HashSet<Vec<Str>>,
}

impl Mentions {
    /// Gathers what a chart's templates mention; what `ran` has been read in the render already.
    pub(super) fn of(chart: &Chart, profile: Profile, ran: &Ran<'_>) -> Mentions {
        let mut all = Mentions::default();
        let mut shared = Own::default();
        let mut top = all.gather(chart, &[], chart.name(), profile, ran, &mut shared);
        share(&mut top, &shared);
        all.top = top;
        all
    }

    fn gather(
        &mut self,
        chart: &Chart,
        within: &[Str],
        folder: &[u8],
        profile: Profile,
        ran: &Ran<'_>,
        shared: &mut Own,
    ) -> Own {
        let mut own = Own::default();
        for file in chart.templates.iter() {
            let Ok(text) = file.data.bytes() else { continue };
            // What named templates mention is a matter of whoever includes them: any chart may.
            let is_shared = gostd::path::base(&file.name).starts_with(b"_");
            let name = Str::from(gostd::path::join([folder, &file.name]));
            for mention in render::mentions(&file.name, text, profile).unwrap_or_default() {
                let has_run = ran.contains(&(&name, mention.pos));
                match mention.what {
                    Mentioned::Text(_) if has_run => {}
                    Mentioned::Text(text) => {
                        self.names.extend(text.split(|b| matches!(b, b'.' | b' ')).map(Str::from));
                        self.names.insert(Str::from(text));
                    }
                    Mentioned::Path { names, use_ } => {
                        if !has_run {
                            self.names.extend(names.iter().map(|name| Str::from(*name)));
                        }
                        let Some(at) = names.iter().rposition(|name| *name == b"Values") else {
                            continue;
                        };
                        let path: Vec<Str> =
                            names[at + 1..].iter().map(|n| Str::from(*n)).collect();
                        let to = if is_shared { &mut *shared } else { &mut own };
                        if !has_run {
                            add(&mut to.paths, path.clone(), use_);
                        }
                        to.all.insert(path);
                    }
                }
            }
        }
        let dependencies = chart.metadata.dependencies.iter().flatten();
        for need in dependencies.clone() {
            for condition in need.condition.trim_ascii().split_str(",") {
                let path: Vec<Str> = condition.split_str(".").map(Str::from).collect();
                own.all.insert(path.clone());
                self.settling.insert([within, &path[..]].concat());
                add(&mut own.paths, path, Use::Parts);
            }
            for tag in need.tags.iter().flatten() {
                add(&mut own.paths, vec![Str::from_static("tags"), tag.clone()], Use::Parts);
            }
        }
        for inner in &chart.dependencies {
            let of_inner = |need: &&crate::chart::Dependency| need.name == *inner.name();
            let aliases: Vec<Str> = dependencies
                .clone()
                .filter(of_inner)
                .map(
                    |need| {
                        if need.alias.is_empty() { need.name.clone() } else { need.alias.clone() }
                    },
                )
                .collect();
            let names = if aliases.is_empty() { vec![inner.name().clone()] } else { aliases };
            for name in names {
                let folder = gostd::path::join([folder, b"charts", &name]);
                let below = [within, std::slice::from_ref(&name)].concat();
                let inner = self.gather(inner, &below, &folder, profile, ran, shared);
                own.charts.insert(name, inner);
            }
        }
        own
    }

    /// Returns whether a value settles which charts take part.
    pub(super) fn settles(&self, path: &[Key]) -> bool {
        let names = names_of(path);
        names.is_some_and(|names| {
            self.settling.contains(&names) || names.first().is_some_and(|first| **first == *b"tags")
        })
    }

    /// Returns which step of a path no template knows, from 0; `None` where one may read the value.
    pub(super) fn unknown_step(&self, path: &[Key]) -> Option<usize> {
        let globals = path.first() == Some(&Key::from("global"));
        self.within(&self.top, path, globals)
    }

    fn within(&self, own: &Own, path: &[Key], is_global: bool) -> Option<usize> {
        let mut furthest = 0;
        match self.step_of(own, path) {
            None => return None,
            Some(step) => furthest = furthest.max(step),
        }
        if is_global {
            // Each chart sees the global values as its own.
            for inner in own.charts.values() {
                match self.within(inner, path, true) {
                    None => return None,
                    Some(step) => furthest = furthest.max(step),
                }
            }
        }
        if let Some((Key::Name(name), inner)) = path.split_first()
            && let Some(chart) = own.charts.get(name)
        {
            if inner.is_empty() {
                return None;
            }
            let globals = inner.first() == Some(&Key::from("global"));
            match self.within(chart, inner, globals) {
                None => return None,
                Some(step) => furthest = furthest.max(step + 1),
            }
        }
        Some(furthest)
    }

    /// Returns which step of a path the templates of one chart do not know.
    fn step_of(&self, own: &Own, path: &[Key]) -> Option<usize> {
        let names: Vec<Option<&Str>> = path
            .iter()
            .map(|key| match key {
                Key::Name(name) => Some(name),
                Key::Index(_) => None,
            })
            .collect();
        let plain: Vec<Str> = names.iter().map_while(|name| name.cloned()).collect();
        let mut furthest = 0;
        // What reads the value itself, or something below where it stands.
        for mentioned in own.paths.keys() {
            let same = mentioned.iter().zip(&plain).take_while(|(a, b)| a == b).count();
            if same == plain.len() && plain.len() == path.len() {
                return None;
            }
            furthest = furthest.max(same);
        }
        // What reads something that holds it.
        for n in (0..=plain.len()).rev() {
            let Some(use_) = own.paths.get(&plain[..n]) else { continue };
            match use_ {
                Use::Given if n > 0 => return None,
                _ => {
                    let free = usize::from(*use_ == Use::Each);
                    let known = |name: &Option<&Str>| name.is_none_or(|n| self.names.contains(n));
                    let rest = &names[n..];
                    let unknown = rest.iter().skip(free).position(|name| !known(name));
                    match unknown {
                        None => return None,
                        Some(at) => furthest = furthest.max(n + free + at),
                    }
                }
            }
        }
        Some(furthest.min(path.len().saturating_sub(1)))
    }

    /// Returns the names that templates mention below a path.
    pub(super) fn below(&self, path: &[Key]) -> Vec<String> {
        let names = names_of(path);
        let Some(mut names) = names else { return Vec::new() };
        let mut own = &self.top;
        let mut found = Vec::new();
        loop {
            let below = own.all.iter().filter(|known| known.starts_with(&names));
            found.extend(below.filter_map(|known| known.get(names.len())).map(Str::to_string));
            if names.is_empty() {
                found.extend(own.charts.keys().map(Str::to_string));
                return found;
            }
            match own.charts.get(&names[0]) {
                Some(inner) => own = inner,
                None => return found,
            }
            names.remove(0);
        }
    }
}

/// Returns the names of a path; nothing of one that leads through a list.
fn names_of(path: &[Key]) -> Option<Vec<Str>> {
    let names = path.iter().map(|key| match key {
        Key::Name(name) => Some(name.clone()),
        Key::Index(_) => None,
    });
    names.collect()
}

/// Adds a path; of two uses the one counts that may read more.
fn add(paths: &mut HashMap<Vec<Str>, Use>, path: Vec<Str>, use_: Use) {
    let weight = |use_: Use| match use_ {
        Use::Parts => 0,
        Use::Each => 1,
        Use::Given => 2,
    };
    let known = paths.entry(path).or_insert(use_);
    if weight(use_) > weight(*known) {
        *known = use_;
    }
}

/// Adds what named templates mention to every chart.
fn share(own: &mut Own, shared: &Own) {
    for (path, use_) in &shared.paths {
        add(&mut own.paths, path.clone(), *use_);
    }
    own.all.extend(shared.all.iter().cloned());
    for inner in own.charts.values_mut() {
        share(inner, shared);
    }
}
