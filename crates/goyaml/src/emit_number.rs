//! Prints numbers as go-yaml does.

use gostd::strconv::{append_float, append_int};

/// Appends a finite float64 as it looks after the way through JSON: JSON writes numbers below
/// 1e21 without exponent, go-yaml reads those without a fraction as integers where 64 bits hold
/// them, and prints all others as floats.
pub(super) fn json_float(out: &mut Vec<u8>, f: f64) {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    if f.abs() < EXACT && f.trunc() == f {
        return append_int(out, f as i64);
    }
    let start = out.len();
    if f.abs() < 1e21 {
        // From 2^53 on these digits end in zeros, and are not always exactly the float's value.
        append_float(out, f, b'f', -1);
        if std::str::from_utf8(&out[start..])
            .is_ok_and(|text| text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok())
        {
            return;
        }
        out.truncate(start);
    }
    append_float(out, f, b'g', -1);
}

/// Appends a float64 as go-yaml prints one that it is handed: `strconv`'s shortest `%g`, and
/// YAML's words for what is not finite.
pub(super) fn go_float(out: &mut Vec<u8>, f: f64) {
    if f.is_nan() {
        out.extend_from_slice(b".nan");
    } else if f.is_infinite() {
        out.extend_from_slice(if f < 0.0 { b"-.inf" } else { b".inf" });
    } else {
        append_float(out, f, b'g', -1);
    }
}
