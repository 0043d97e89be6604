//! Prints what Helm does of a signature.

use statefulchart::signature::Verified;

/// Who signed a package, with which key, and the package's hash.
pub(super) fn words(verified: &Verified) -> String {
    verified.in_lines("Chart Hash")
}
