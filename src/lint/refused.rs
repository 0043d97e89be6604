//! What a cluster would refuse of rendered templates, by the rules of `validate`. Helm's linter has none of the kind.

use std::cell::OnceCell;

use bstr::ByteSlice;

use gostd::value::{Map, Str};

use super::Options;
use crate::chart::Chart;
use crate::diff;
use crate::kubernetes::Version;
use crate::provenance::{Printed, Provenance};
use crate::render;
use crate::report::{Reporter, Silent, Warning};
use crate::validate::{self, Definitions, Level, Rule};

/// The rules that are asked without a version of Kubernetes: what each of them refuses of a pod that has something twice.
const ALWAYS: &[&str] = &["SC402", "SC418", "SC432"];

/// What is asked of the rendered templates of a chart.
pub(super) struct Refusals<'r> {
    pub(super) chart: &'r Chart,
    /// What the templates see.
    pub(super) top: &'r Map,
    pub(super) surroundings: &'r render::Options<'r>,
    /// Where the rendered texts came from, once something was found in them.
    provenance: OnceCell<Option<Provenance>>,
}

impl<'r> Refusals<'r> {
    pub(super) fn new(
        chart: &'r Chart,
        top: &'r Map,
        surroundings: &'r render::Options<'r>,
    ) -> Refusals<'r> {
        Refusals { chart, top, surroundings, provenance: OnceCell::new() }
    }

    /// Tells what a cluster would refuse of a template's output: of the version of Kubernetes, if one is given and known.
    /// `full` is the template's name in the render.
    pub(super) fn check(
        &self,
        (file, full): (&Str, &[u8]),
        text: &Str,
        options: &Options<'_>,
        reporter: &dyn Reporter,
    ) {
        if !reporter.wants_refusals() {
            return;
        }
        let asked = options.kube_version.map(|version| {
            let minor = version.minor.to_str().and_then(|minor| minor.parse().ok());
            minor.filter(|_| *version.major == *b"1").and_then(Version::of_minor)
        });
        let is_asked = |rule: &Rule| {
            rule.level == Level::Error && (asked.flatten().is_some() || ALWAYS.contains(&rule.code))
        };
        let version = asked.flatten().unwrap_or_else(Version::newest);
        let (objects, _) = diff::read_all(text, options.namespace, options.profile);
        let all = 0..objects.len();
        let mut places = validate::Places::new(&objects);
        let definitions = Definitions::default();
        for (finding, _) in validate::validate(&objects, &[all], &[version], &definitions) {
            let Some(object) = objects.get(finding.object).filter(|_| is_asked(finding.rule))
            else {
                continue;
            };
            let line = places.of(&finding).map(|(line, _)| line);
            let spot = line.and_then(|line| self.spot(full, text, line));
            let (file, place) = match spot {
                Some((file, place)) => (file, Some(place)),
                None => (file.to_str_lossy().into_owned(), None),
            };
            reporter.warn(Warning::Refused {
                file,
                place,
                object: object.id.to_string(),
                path: validate::path_text(&finding.path),
                message: finding.message,
                code: finding.rule.code,
            });
        }
    }

    /// Returns the file, the line and the column that have written a line of a template's output; nothing where another
    /// render has another line there.
    fn spot(&self, full: &[u8], text: &Str, line: usize) -> Option<(String, (u32, u32))> {
        let provenance = self.provenance.get_or_init(|| {
            // What is told of the render was told.
            let surroundings =
                render::Options { records: true, lenient: Some(&Silent), ..*self.surroundings };
            let made = render::render(self.chart, self.top, &surroundings).ok()?;
            Some(Provenance::new(made.files, made.recording?))
        });
        let provenance = provenance.as_ref()?;
        let again = provenance.file(full)?;
        // What is drawn at random may be another text, but not in another line.
        let is_same = text.lines().count() == again.lines().count()
            && text.lines().nth(line.checked_sub(1)?) == again.lines().nth(line.checked_sub(1)?);
        if !is_same {
            return None;
        }
        let printed = [Printed {
            source: full,
            content: again,
            range: Some(0..again.len()),
            kind: b"",
            name: b"",
        }];
        let lines = provenance.lines(&printed);
        let facts = provenance.facts(lines.get(line.checked_sub(1)?)?);
        // A text of `tpl` is in no file: its call is.
        let calls = facts.calls.into_iter().rev().map(|(spot, _)| spot);
        let spot =
            facts.spot.into_iter().chain(calls).find(|spot| spot.template.contains(&b'/'))?;
        let template = spot.template.to_string_lossy();
        let (_, within) = template.split_once('/')?;
        Some((self.chart.file_of(within), (spot.line, spot.column)))
    }
}
