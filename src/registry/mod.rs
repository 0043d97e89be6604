//! Charts in registries: the part of the OCI distribution protocol that they need.

mod auth;
mod client;
mod push;
mod reference;

pub use auth::Credential;
pub use client::{Client, Layer};
pub use push::Package;
pub use reference::Reference;

/// The media type of a chart's metadata.
const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
/// The media type of a package.
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// What older Helms called a package.
const OLD_CHART: &str = "application/tar+gzip";
/// The media type of a signature.
const PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";
/// The media type of a manifest.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// What Helm says of a tag with an underscore.
const UNDERSCORE: &str = "
OCI artifact references (e.g. tags) do not support the plus sign (+). To support
storing semantic versions, Helm adopts the convention of changing plus (+) to
an underscore (_) in chart version tags when pushing to a registry and back to
a plus (+) when pulling from a registry.
";
