//! Lists the Helm releases that are known.

use super::HelmVersion;

/// A Helm release, with what `version` and `.Capabilities` show of it.
#[derive(Debug)]
pub struct Helm {
    /// Its version.
    pub version: HelmVersion,
    /// The minor version of the Kubernetes 1.x that it assumes without a cluster.
    pub kubernetes: u8,
    /// The minor version of the Kubernetes 1.x whose client library it is built with.
    pub client: u8,
    /// The commit that it was built from.
    pub commit: &'static str,
    /// The Go that its official builds are made with.
    pub go: &'static str,
}

const fn helm(version: (u8, u8, u8), client: u8, commit: &'static str, go: &'static str) -> Helm {
    let version = HelmVersion(version.0, version.1, version.2);
    Helm { version, kubernetes: client, client, commit, go }
}

impl Helm {
    /// Returns the same, but for the Kubernetes that it assumes.
    const fn assuming(self, kubernetes: u8) -> Helm {
        Helm { kubernetes, ..self }
    }
}

/// Returns the newest known release of each minor version, oldest first.
pub fn newest_of_each_minor() -> impl Iterator<Item = &'static Helm> {
    let same_minor = |a: &Helm, b: &Helm| (a.version.0, a.version.1) == (b.version.0, b.version.1);
    RELEASES.chunk_by(same_minor).filter_map(<[Helm]>::last)
}

/// The known releases, oldest first; the first one is the default. All from 3.18 to 4.3 are there but 3.18.0, which
/// reads numbers in values as texts and was taken back within two weeks.
///
/// The link flags of 4.0.0 do not set the Kubernetes version, which stays that of Helm's sources.
pub static RELEASES: [Helm; 39] = [
    helm((3, 17, 3), 32, "e4da49785aa6e6ee2b86efd5dd9e43400318262b", "go1.23.7"),
    helm((3, 18, 1), 33, "f6f8700a539c18101509434f3b59e6a21402a1b2", "go1.24.3"),
    helm((3, 18, 2), 33, "04cad4610054e5d546aa5c5d9c1b1d5cf68ec1f8", "go1.24.3"),
    helm((3, 18, 3), 33, "6838ebcf265a3842d1433956e8a622e3290cf324", "go1.24.4"),
    helm((3, 18, 4), 33, "d80839cf37d860c8aa9a0503fe463278f26cd5e2", "go1.24.4"),
    helm((3, 18, 5), 33, "b78692c18f0fb38fe5ba4571a674de067a4c53a5", "go1.24.5"),
    helm((3, 18, 6), 33, "b76a950f6835474e0906b96c9ec68a2eff3a6430", "go1.24.6"),
    helm((3, 19, 0), 34, "3d8990f0836691f0229297773f3524598f46bda6", "go1.24.7"),
    helm((3, 19, 1), 34, "4f953c223ba21103268e0b664c64240bc69fced7", "go1.24.9"),
    helm((3, 19, 2), 34, "8766e718a0119851f10ddbe4577593a45fadf544", "go1.24.9"),
    helm((3, 19, 3), 34, "0707f566a3f4ced24009ef14d67fe0ce69db4be9", "go1.24.10"),
    helm((3, 19, 4), 34, "7cfb6e486dac026202556836bb910c37d847793e", "go1.24.11"),
    helm((3, 19, 5), 34, "4a19a5b6fb912c5c28a779e73f2e0880d9e239a4", "go1.24.11"),
    helm((3, 20, 0), 35, "b2e4314fa0f229a1de7b4c981273f61d69ee5a59", "go1.25.6"),
    helm((3, 20, 1), 35, "a2369ca71c0ef633bf6e4fccd66d634eb379b371", "go1.25.8"),
    helm((3, 20, 2), 35, "8fb76d6ab555577e98e23b7500009537a471feee", "go1.25.9"),
    helm((3, 21, 0), 35, "e0878d41b711792be60777fd65ad23a101e6b85f", "go1.25.10"),
    helm((3, 21, 1), 35, "c56dd0095fd76da5d7b30ecdf506103e7f26745e", "go1.26.4"),
    helm((3, 21, 2), 36, "125963406833fe0525be91f46c8b5b0f22fb9e32", "go1.26.4"),
    helm((3, 21, 3), 36, "1ad6e68924fdf6fb0c7dcef8e9e1dfc0f36eaed6", "go1.26.5"),
    helm((3, 21, 4), 36, "813176c51bb5c181dbbd7901298ddcc104cd3417", "go1.26.5"),
    helm((3, 22, 0), 37, "144ca65f8501953fa8b41cd1d37c7223051c85b7", "go1.26.8"),
    helm((4, 0, 0), 34, "99cd1964357c793351be481d55abbe21c6b2f4ec", "go1.25.3").assuming(20),
    helm((4, 0, 1), 34, "12500dd401faa7629f30ba5d5bff36287f3e94d3", "go1.25.4"),
    helm((4, 0, 2), 34, "94659f25033af6eb43fc186c24e6c07b1091800b", "go1.25.5"),
    helm((4, 0, 4), 34, "8650e1dad9e6ae38b41f60b712af9218a0d8cc11", "go1.25.5"),
    helm((4, 0, 5), 34, "1b6053d48b51673c5581973f5ae7e104f627fcf5", "go1.25.5"),
    helm((4, 1, 0), 35, "4553a0a96e5205595079b6757236cc6f969ed1b9", "go1.25.6"),
    helm((4, 1, 1), 35, "5caf0044d4ef3d62a955440272999e139aafbbed", "go1.25.7"),
    helm((4, 1, 2), 35, "217db28a4b75bff615275dc1e3975cf4d389c1d9", "go1.25.8"),
    helm((4, 1, 3), 35, "c94d381b03be117e7e57908edbf642104e00eb8f", "go1.25.8"),
    helm((4, 1, 4), 35, "05fa37973dc9e42b76e1d2883494c87174b6074f", "go1.25.9"),
    helm((4, 2, 0), 36, "06468084e85c244c712834933d25ea232a4c2093", "go1.26.3"),
    helm((4, 2, 1), 36, "d591a19b953bd9cfdf7d9ddd83c2f4ffdaeafb29", "go1.26.4"),
    helm((4, 2, 2), 36, "b05881cf967a5a09e19866799d0edfd40675803a", "go1.26.4"),
    helm((4, 2, 3), 36, "43e8b7feece8beb0fcba47059ec9b522fd929a64", "go1.26.5"),
    helm((4, 2, 4), 36, "3900f434fd3ef2b84065dc04508df48f288dba00", "go1.26.5"),
    helm((4, 3, 0), 37, "bec5b06ed841fe5269972d864d5177944fd5970f", "go1.27.1"),
    helm((4, 3, 1), 37, "", "go1.27.0"),
];
