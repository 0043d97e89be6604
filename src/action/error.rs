//! Describes why an action failed.

use std::fmt;

use crate::chart::ChartError;
use crate::post_render::PostRenderError;
use crate::release::{ManifestError, Refused};
use crate::render::RenderError;
use crate::values::{LayerError, ValuesError};

/// Why an action failed. [`Error::layers`] gives Helm's words, the outermost first.
#[derive(Debug)]
pub enum Error {
    /// A chart could not be loaded, or is not one for this action.
    Chart(ChartError),
    /// The name of a release breaks the rules.
    ReleaseName {
        /// The name.
        name: String,
        /// The rule.
        why: &'static str,
    },
    /// `--name-template` failed.
    NameTemplate(Vec<u8>),
    /// Arguments do not name one release and one chart.
    Arguments(String),
    /// The value of `--dry-run` is none that Helm knows.
    DryRunMode,
    /// A label is one that Helm keeps for itself.
    SystemLabel,
    /// Charts that Chart.yaml names are not there.
    MissingDependencies(ChartError),
    /// The user's values cannot be had.
    Layers(LayerError),
    /// Dependencies cannot be settled, or values break a schema.
    Values(ValuesError),
    /// The chart wants another Kubernetes.
    KubeVersion(String),
    /// A template failed.
    Render(RenderError),
    /// What was rendered is no YAML.
    Manifest(ManifestError),
    /// A document is none that a cluster takes.
    Refused(Refused),
    /// The post-renderer failed.
    PostRender(PostRenderError),
    /// `--show-only` names a template that rendered nothing.
    NoSuchTemplate(String),
    /// A file could not be written.
    Io(std::io::Error, String),
    /// A JSONPath does not parse.
    JsonPath {
        /// The expression.
        text: String,
        /// Where it goes wrong.
        cause: String,
    },
    /// Something cannot be written as JSON or YAML.
    Encode(String),
}

impl Error {
    /// Returns Helm's words: what follows `Error: `, layer by layer, the cause last.
    /// They are bytes, since they may quote a chart.
    pub fn layers(&self) -> Vec<Vec<u8>> {
        let one = |text: &str| vec![text.as_bytes().to_vec()];
        let two = |outer: String, inner: &[u8]| vec![outer.into_bytes(), inner.to_vec()];
        match self {
            Error::Chart(e) => e.layers().into_iter().map(String::into_bytes).collect(),
            Error::ReleaseName { name, why } => {
                two(format!("release name {}", gostd::strconv::quoted(name)), why.as_bytes())
            }
            Error::NameTemplate(text) => vec![text.clone()],
            Error::DryRunMode => one(
                "Invalid dry-run flag. Flag must one of the following: false, true, none, client, server",
            ),
            Error::SystemLabel => vec![
                format!(
                    "user supplied labels contains system reserved label name. System labels: [{}]",
                    super::release::SYSTEM_LABELS.join(" ")
                )
                .into_bytes(),
            ],
            Error::MissingDependencies(cause) => two(
                "An error occurred while checking for chart dependencies. You may need to run `helm \
                 dependency build` to fetch missing dependencies"
                    .to_owned(),
                cause.to_string().as_bytes(),
            ),
            Error::Render(e) => vec![e.text()],
            Error::Manifest(e) => e.layers(),
            Error::Refused(e) => e.layers().into_iter().map(String::into_bytes).collect(),
            Error::PostRender(e) => e.layers().into_iter().map(String::into_bytes).collect(),
            Error::NoSuchTemplate(pattern) => {
                vec![format!("could not find template {pattern} in chart").into_bytes()]
            }
            Error::Io(e, what) => {
                vec![format!("{what}: {}", gostd::os::io_reason(e)).into_bytes()]
            }
            Error::JsonPath { text, cause } => {
                two(format!("error parsing jsonpath {text}"), cause.as_bytes())
            }
            Error::Layers(e) => e.layers().into_iter().map(String::into_bytes).collect(),
            Error::Values(e) => one(&e.to_string()),
            Error::Arguments(text)
            | Error::KubeVersion(text)
            | Error::Encode(text) => one(text),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.layers().join(&b": "[..])))
    }
}

impl std::error::Error for Error {}

impl From<ChartError> for Error {
    fn from(e: ChartError) -> Error {
        Error::Chart(e)
    }
}

impl From<PostRenderError> for Error {
    fn from(e: PostRenderError) -> Error {
        Error::PostRender(e)
    }
}
