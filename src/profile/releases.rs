//! Lists the Helm releases that are known.

use super::HelmVersion;

/// A Helm release, with what `version` and `.Capabilities` show of it.
#[derive(Debug)]
pub struct Helm {
    /// Its version.
    pub version: HelmVersion,
    /// The minor version of the Kubernetes 1.x that it assumes without a cluster.
    pub kubernetes: u8,
    /// The commit that it was built from.
    pub commit: &'static str,
    /// The Go that it was built with.
    pub go: &'static str,
}

const fn helm(
    version: (u8, u8, u8),
    kubernetes: u8,
    commit: &'static str,
    go: &'static str,
) -> Helm {
    Helm { version: HelmVersion(version.0, version.1, version.2), kubernetes, commit, go }
}

/// The known releases, oldest first; the first one is the default.
pub static RELEASES: [Helm; 3] = [
    helm((3, 17, 3), 32, "e4da49785aa6e6ee2b86efd5dd9e43400318262b", "go1.23.7"),
    helm((3, 22, 0), 37, "", "go1.26.8"),
    helm((4, 3, 1), 37, "", "go1.27.0"),
];
