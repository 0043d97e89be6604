//! Finds what ran in the calls of an action, also where its text does not tell: `include "x" . | sha256sum`.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use gotemplate::trace::{Frame, Place, Trace};

use super::{Line, Provenance, Spot};

/// How many places of one action or file are told.
const MOST: usize = 4096;

/// What ran in which call.
#[derive(Debug, Default)]
pub(super) struct Called {
    /// The calls in a call, and where they stand.
    inner: HashMap<Frame, Vec<(Place, Frame)>, RandomState>,
    /// Where the parts of texts and the conditions of a call stand, each once.
    places: HashMap<Frame, Vec<Place>, RandomState>,
}

impl Called {
    fn new(trace: &Trace) -> Called {
        let mut called = Called::default();
        for (frame, call) in trace.all_calls() {
            called.inner.entry(call.outer).or_default().push((call.place, frame));
        }
        let mut seen: HashSet<(Frame, Place), RandomState> = HashSet::default();
        let mut chains = HashSet::<_, RandomState>::default();
        for piece in trace.all_pieces() {
            let mut add = |place: Place| {
                let is_new = seen.insert((piece.frame, place));
                if is_new {
                    called.places.entry(piece.frame).or_default().push(place);
                }
            };
            add(piece.place);
            if chains.insert((piece.frame, piece.control)) {
                let conditions = trace.conditions(piece.control);
                conditions.filter(|c| c.place.source != u32::MAX).for_each(|c| add(c.place));
            }
        }
        called
    }

    /// Returns where what ran stands, in the calls that begin at a place.
    fn below(&self, frame: Frame, begins: impl Fn(Place) -> bool) -> Vec<Place> {
        let mut found = Vec::new();
        let mut seen: HashSet<Place, RandomState> = HashSet::default();
        let own = self.inner.get(&frame).into_iter().flatten();
        let mut open: Vec<Frame> =
            own.filter(|(place, _)| begins(*place)).map(|(_, inner)| *inner).collect();
        while let Some(frame) = open.pop() {
            for place in self.places.get(&frame).into_iter().flatten() {
                if found.len() < MOST && seen.insert(*place) {
                    found.push(*place);
                }
            }
            open.extend(self.inner.get(&frame).into_iter().flatten().map(|(_, inner)| *inner));
        }
        found
    }
}

impl Provenance {
    fn called(&self) -> &Called {
        self.called.get_or_init(|| Called::new(&self.trace))
    }

    /// Returns where the texts and conditions stand that ran for what actions have printed on a line, in the templates
    /// that these call: also where a function has made something else of the text.
    pub(crate) fn behind(&self, line: &Line<'_>) -> Vec<Spot> {
        let mut spots = Vec::new();
        for id in self.pieces(line) {
            let piece = self.trace.piece(id);
            let around: HashSet<Place> =
                self.trace.conditions(piece.control).map(|condition| condition.place).collect();
            let below = self.called().below(piece.frame, |place| place == piece.place);
            for place in below.into_iter().filter(|place| !around.contains(place)) {
                let spot = self.spot(place);
                if !spots.contains(&spot) {
                    spots.push(spot);
                }
            }
        }
        spots
    }

    /// Returns where the texts and conditions stand that ran for the file of a line, in the templates that it calls.
    pub(crate) fn behind_file(&self, line: &Line<'_>) -> Vec<Spot> {
        let Some(file) = self.files.get(line.file) else { return Vec::new() };
        let is_own = |place: Place| *self.trace.source(place).0 == file.name;
        let below = self.called().below(Frame::default(), is_own);
        below.into_iter().map(|place| self.spot(place)).collect()
    }
}
