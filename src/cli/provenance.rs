//! Checking the signature of a package.

use std::path::Path;

use statefulchart::chart::io_reason;

/// Checks a package against the `.prov` file beside it with the keys of a keyring; returns what Helm
/// prints of the signature.
///
/// # Errors
/// Helm's texts for what comes before the signature itself; signatures cannot be checked yet, so no
/// package passes.
pub(super) fn verify(package: &Path, keyring: &str) -> Result<String, String> {
    let shown = package.display();
    let stat = |path: &Path| {
        std::fs::metadata(path).map_err(|e| format!("stat {}: {}", path.display(), io_reason(&e)))
    };
    if stat(package)?.is_dir() {
        return Err("unpacked charts cannot be verified".into());
    }
    if !package.extension().is_some_and(|e| e.eq_ignore_ascii_case("tgz")) {
        return Err("chart must be a tgz file".into());
    }
    let beside = format!("{shown}.prov");
    stat(Path::new(&beside))
        .map_err(|e| format!("could not load provenance file {beside}: {e}"))?;
    std::fs::File::open(keyring)
        .map_err(|e| format!("failed to load keyring: open {keyring}: {}", io_reason(&e)))?;
    Err(format!("statefulchart cannot check the signature of {shown} yet"))
}
