//! Makes new charts: the files of a chart to begin with.
//!
//! The files are templates themselves, of minijinja, whose marks (`[= … =]`, `[% … %]`) are none that
//! charts use: what stands in a chart's own braces stays as it is.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, context};

/// A template of this module is broken.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {cause:#}")]
pub struct Error {
    /// The file of the new chart.
    pub file: &'static str,
    /// What is wrong with its template.
    pub cause: minijinja::Error,
}

/// What a new chart runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Pods with names and volumes of their own.
    StatefulSet,
    /// Pods that are all alike.
    Deployment,
    /// Something that ends.
    Job,
    /// Nothing: templates for other charts.
    Library,
}

impl Kind {
    /// All kinds; the first is the default.
    pub const ALL: [Kind; 4] = [Kind::StatefulSet, Kind::Deployment, Kind::Job, Kind::Library];

    /// Returns the kind's name in lower case, e.g. `statefulset`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::StatefulSet => "statefulset",
            Kind::Deployment => "deployment",
            Kind::Job => "job",
            Kind::Library => "library",
        }
    }

    /// Returns the kind of that name.
    pub fn of(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.name() == name)
    }

    /// Returns the path of each file in a chart, and the template behind it.
    fn files(self) -> Vec<(&'static str, &'static str)> {
        let mut files = vec![
            ("Chart.yaml", include_str!("files/Chart.yaml")),
            ("values.yaml", include_str!("files/values.yaml")),
            (".helmignore", include_str!("files/helmignore")),
            ("templates/_names.tpl", include_str!("files/names.tpl")),
        ];
        if self == Kind::Library {
            return files;
        }
        let path = match self {
            Kind::StatefulSet => "templates/statefulset.yaml",
            Kind::Deployment => "templates/deployment.yaml",
            _ => "templates/job.yaml",
        };
        files.push((path, include_str!("files/workload.yaml")));
        files.push(("templates/serviceaccount.yaml", include_str!("files/serviceaccount.yaml")));
        if self != Kind::Job {
            files.push(("templates/service.yaml", include_str!("files/service.yaml")));
        }
        if self == Kind::StatefulSet {
            files.push(("templates/disruption.yaml", include_str!("files/disruption.yaml")));
        }
        files.push(("templates/NOTES.txt", include_str!("files/NOTES.txt")));
        files
    }
}

/// Returns the files of a new chart: path and contents. The name must be one that charts can have.
///
/// # Errors
/// Where a template of this module is broken.
pub fn chart(kind: Kind, name: &str) -> Result<Vec<(&'static str, String)>, Error> {
    let syntax = SyntaxConfig::builder()
        .block_delimiters("[%", "%]")
        .variable_delimiters("[=", "=]")
        .comment_delimiters("[#", "#]")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .map_err(|cause| Error { file: "", cause })?;
    let mut environment = Environment::new();
    environment.set_syntax(syntax);
    let mut files = Vec::new();
    for (path, template) in kind.files() {
        let data = context! { kind => kind.name(), name };
        let text = environment.render_str(template, data);
        files.push((path, text.map_err(|cause| Error { file: path, cause })?));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_makes_a_chart_that_loads() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.name()), Some(kind));
            let files = chart(kind, "my.chart_1").unwrap();
            for (path, text) in &files {
                for mark in ["[%", "%]", "[=", "=]"] {
                    assert!(!text.contains(mark), "{path}: {mark}");
                }
                assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path}");
            }
            let files = files
                .iter()
                .map(|(path, text)| crate::chart::File {
                    name: (*path).into(),
                    data: text.as_bytes().into(),
                })
                .collect();
            let record = crate::report::Record::default();
            let mut chart = crate::chart::from_files(files, &record).unwrap();
            assert_eq!(record.take(), []);
            assert_eq!(chart.name(), "my.chart_1");
            chart.check(crate::profile::Profile::DEFAULT).unwrap();
        }
    }
}
