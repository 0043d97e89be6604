//! Prints a release as text, for people.

use super::{DRY_RUN_COMPLETE, Release, Status};
use crate::profile::Rule;
use crate::release::{ReportError, write_document};
use crate::report::Reporter;
use crate::values::coalesce::coalesce_values;
use gostd::unicode;
use gostd::value::{Map, Value};

/// What a table shows beside its defaults.
#[derive(Debug, Clone, Copy, Default)]
pub struct TableOptions {
    /// The values, and manifests of any release, as Helm's `--debug` does.
    pub debug: bool,
    /// No notes.
    pub hide_notes: bool,
    /// Colors for a terminal, which Helm 4 has.
    pub color: bool,
}

const CYAN: &str = "\x1b[36m";

impl Status {
    /// Returns what begins its color on a terminal.
    fn color(self) -> &'static str {
        match self {
            Status::Deployed => "\x1b[32m",
            Status::PendingInstall | Status::PendingUpgrade => "\x1b[33m",
            Status::Failed => "\x1b[31m",
        }
    }
}

const ANSIC: &[u8] = b"Mon Jan _2 15:04:05 2006";

impl Release {
    /// Appends what `-o table` prints. `reporter` receives what the values' computation reports.
    ///
    /// # Errors
    /// Values that cannot be computed or written; what comes before them is in `out` then.
    pub fn write_table(
        &self,
        out: &mut Vec<u8>,
        options: TableOptions,
        reporter: &dyn Reporter,
    ) -> Result<(), ReportError> {
        let info = &self.info;
        line(out, b"NAME: ", &self.name);
        if !info.last_deployed.is_zero() {
            line(out, b"LAST DEPLOYED: ", &info.last_deployed.format(ANSIC));
        }
        let is_new = self.profile.has(Rule::ReportsOfHelm4);
        let paint = |color: &str, text: &[u8]| match options.color && is_new {
            true => [color.as_bytes(), text, b"\x1b[0m"].concat(),
            false => text.to_vec(),
        };
        line(out, b"NAMESPACE: ", &paint(CYAN, &self.namespace));
        line(out, b"STATUS: ", &paint(info.status.color(), info.status.name().as_bytes()));
        line(out, b"REVISION: ", self.version.to_string().as_bytes());
        if is_new {
            line(out, b"DESCRIPTION: ", &info.description);
        }
        // Helm shows the tests that ran. None has, and it says so only where there are none.
        if !self.hooks.iter().any(|h| h.is_test()) {
            line(out, b"TEST SUITE: ", b"None");
        }
        if options.debug {
            values(out, b"USER-SUPPLIED VALUES:", &self.config)?;
            let computed = coalesce_values(&self.chart, &self.config, self.profile, reporter)
                .map_err(ReportError::Values)?;
            values(out, b"COMPUTED VALUES:", &computed)?;
        }
        if options.debug || info.description.eq_ignore_ascii_case(DRY_RUN_COMPLETE.as_bytes()) {
            line(out, b"HOOKS:", b"");
            for hook in &self.hooks {
                write_document(out, &hook.path, &hook.manifest);
            }
            line(out, b"MANIFEST:\n", &self.manifest);
        }
        if !options.hide_notes && !info.notes.is_empty() {
            line(out, b"NOTES:\n", unicode::trim_space(&info.notes));
        }
        Ok(())
    }
}

fn line(out: &mut Vec<u8>, title: &[u8], text: &[u8]) {
    out.extend_from_slice(title);
    out.extend_from_slice(text);
    out.push(b'\n');
}

fn values(out: &mut Vec<u8>, title: &[u8], values: &Map) -> Result<(), ReportError> {
    line(out, title, b"");
    goyaml::marshal_to(out, &Value::Map(values.clone())).map_err(ReportError::Yaml)?;
    out.push(b'\n');
    Ok(())
}
