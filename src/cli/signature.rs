//! Prints what Helm does of a signature.

use statefulchart::signature::Verified;

/// Who signed a package, with which key, and the package's hash.
pub(super) fn words(verified: &Verified) -> String {
    let mut text = String::new();
    for name in &verified.signed_by {
        text.push_str(&format!("Signed by: {}\n", String::from_utf8_lossy(name)));
    }
    text.push_str(&format!("Using Key With Fingerprint: {}\n", verified.fingerprint));
    text.push_str(&format!("Chart Hash Verified: {}\n", verified.hash));
    text
}
