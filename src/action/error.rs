//! Describes why an action failed.

use std::error::Error as StdError;
use std::fmt;

use goyaml::EmitError;

use super::rewrite::RewriteError;
use crate::chart::ChartError;
use crate::post_render::PostRenderError;
use crate::profile::{Profile, Rule};
use crate::release::{ManifestError, Refused};
use crate::render::{Exceeded, KubeVersionError, RenderError, TemplateError};
use crate::store::FileError;
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
    NameTemplate(TemplateError),
    /// Arguments do not name one release and one chart.
    Arguments(ArgumentsError),
    /// The value of `--dry-run` is none that Helm knows.
    DryRunMode,
    /// A label is one that Helm keeps for itself.
    SystemLabel,
    /// Charts that Chart.yaml names are not there.
    MissingDependencies(ChartError),
    /// The user's values cannot be had.
    Layers(LayerError),
    /// Dependencies cannot be settled.
    Dependencies(ValuesError),
    /// Values cannot be coalesced, or break a schema.
    Values(ValuesError),
    /// A text is no version of Kubernetes.
    KubeVersion(KubeVersionError),
    /// A template failed.
    Render(RenderError),
    /// What was rendered is no YAML.
    Manifest(Box<ManifestError>),
    /// A document is none that a cluster takes.
    Refused(Refused),
    /// The post-renderer failed.
    PostRender(Box<PostRenderError>),
    /// Files cannot be given to the post-renderer, or what it wrote not be read.
    Rewrite(Box<RewriteError>),
    /// `--show-only` names a template that rendered nothing.
    NoSuchTemplate(String),
    /// A file could not be written.
    File(FileError),
    /// A JSONPath does not parse.
    JsonPath {
        /// The expression.
        text: String,
        /// Where it goes wrong.
        cause: gojsonpath::Error,
    },
    /// A text that YAML cannot hold.
    Encode(EmitError),
}

/// The steps of an installation that Helm 4 names when they fail.
pub(super) const NAME_CHECK: &str = "release name check failed";
pub(super) const DEPENDENCIES: &str = "chart dependencies processing failed";

impl Error {
    /// Returns the limit of [`Limits`] that was exceeded, if that is why.
    ///
    /// [`Limits`]: crate::render::Limits
    pub fn exceeded(&self) -> Option<Exceeded> {
        match self {
            Error::Render(e) => e.exceeded(),
            Error::NameTemplate(e) => e.exceeded(),
            Error::PostRender(e) => e.exceeded(),
            _ => None,
        }
    }

    /// Returns a Helm release's words: what follows `Error: `, layer by layer, the cause last.
    /// They are bytes, since they may quote a chart.
    pub fn layers(&self, profile: Profile) -> Vec<Vec<u8>> {
        let one = |text: &str| vec![text.as_bytes().to_vec()];
        let two = |outer: String, inner: &[u8]| vec![outer.into_bytes(), inner.to_vec()];
        match self {
            Error::Chart(e) => e.layers().into_iter().map(String::into_bytes).collect(),
            Error::ReleaseName { name, why } => {
                let name =
                    format!("release name {}", gostd::strconv::quoted(gostd::os::bytes_of(name)));
                let step = profile.has(Rule::StepsAreNamed).then(|| one(NAME_CHECK));
                [step.unwrap_or_default(), two(name, why.as_bytes())].concat()
            }
            Error::Dependencies(e) => {
                let step = profile.has(Rule::StepsAreNamed).then(|| one(DEPENDENCIES));
                [step.unwrap_or_default(), one(&e.to_string())].concat()
            }
            Error::NameTemplate(e) => vec![e.text()],
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
            Error::MissingDependencies(cause) => {
                let an = if profile.has(Rule::LowerCaseErrors) { "an" } else { "An" };
                let quote = if profile.has(Rule::CommandsInApostrophes) { '\'' } else { '`' };
                let outer = format!(
                    "{an} error occurred while checking for chart dependencies. You may need to run {quote}helm dependency build{quote} to fetch missing dependencies"
                );
                two(outer, cause.to_string().as_bytes())
            }
            Error::Render(e) => vec![e.text()],
            Error::Manifest(e) => e.layers(),
            Error::Refused(e) => e.layers().into_iter().map(String::into_bytes).collect(),
            Error::PostRender(e) => e.layers().into_iter().map(String::into_bytes).collect(),
            Error::Rewrite(e) => e.layers().into_iter().map(String::into_bytes).collect(),
            Error::NoSuchTemplate(pattern) => {
                vec![format!("could not find template {pattern} in chart").into_bytes()]
            }
            Error::JsonPath { text, cause } => {
                two(format!("error parsing jsonpath {text}"), cause.to_string().as_bytes())
            }
            Error::Layers(e) => e.layers().into_iter().map(String::into_bytes).collect(),
            Error::File(e) => one(&e.to_string()),
            Error::Values(e) => one(&e.to_string()),
            Error::Arguments(e) => one(&e.to_string()),
            Error::KubeVersion(e) => one(&e.to_string()),
            Error::Encode(e) => one(&e.to_string()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.layers(Profile::DEFAULT).join(&b": "[..])))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Error::Chart(e) | Error::MissingDependencies(e) => Some(e),
            Error::NameTemplate(e) => Some(e),
            Error::Arguments(e) => Some(e),
            Error::Layers(e) => Some(e),
            Error::Values(e) | Error::Dependencies(e) => Some(e),
            Error::KubeVersion(e) => Some(e),
            Error::Render(e) => Some(e),
            Error::Manifest(e) => Some(&**e),
            Error::Refused(e) => Some(e),
            Error::PostRender(e) => Some(&**e),
            Error::Rewrite(e) => Some(&**e),
            Error::File(e) => Some(e),
            Error::JsonPath { cause, .. } => Some(cause),
            Error::Encode(e) => Some(e),
            Error::ReleaseName { .. }
            | Error::DryRunMode
            | Error::SystemLabel
            | Error::NoSuchTemplate(_) => None,
        }
    }
}

/// Why arguments do not name one release and one chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgumentsError {
    /// There are more than two: these.
    TooMany(Vec<String>),
    /// A name is given, and one is to be made of the chart's.
    NameAndGenerate,
    /// A name is given, and a template for one.
    NameAndTemplate,
    /// A release needs a name and gets none.
    NoName,
}

impl fmt::Display for ArgumentsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArgumentsError::TooMany(rest) => write!(
                f,
                "expected at most two arguments, unexpected arguments: {}",
                rest.join(", ")
            ),
            ArgumentsError::NameAndGenerate => {
                f.write_str("cannot set --generate-name and also specify a name")
            }
            ArgumentsError::NameAndTemplate => {
                f.write_str("cannot set --name-template and also specify a name")
            }
            ArgumentsError::NoName => {
                f.write_str("must either provide a name or specify --generate-name")
            }
        }
    }
}

impl StdError for ArgumentsError {}

impl From<ChartError> for Error {
    fn from(e: ChartError) -> Error {
        Error::Chart(e)
    }
}

impl From<PostRenderError> for Error {
    fn from(e: PostRenderError) -> Error {
        Error::PostRender(Box::new(e))
    }
}
