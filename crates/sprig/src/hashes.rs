//! Defines sprig's checksums and hashes, and its random bytes.

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::encoding::base64_encode;
use super::random;
use gostd::value::{Str, Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def};

/// The rows of this subject.
pub(super) const TABLE: &[FuncDef] = &[
    def("adler32sum", &[Type::String], adler32sum).growing(0),
    def("randBytes", &[Type::Int], rand_bytes).nonhermetic(),
    def("sha1sum", &[Type::String], |_, a| Ok(hex(&Sha1::digest(text(&a[0]))))).growing(0),
    def("sha256sum", &[Type::String], |_, a| Ok(hex(&Sha256::digest(text(&a[0]))))).growing(0),
    def("sha512sum", &[Type::String], |_, a| Ok(hex(&Sha512::digest(text(&a[0]))))).growing(0),
];

/// Returns the bytes of an argument that the signature made a string.
fn text(value: &Value) -> &[u8] {
    value.as_str().map_or(b"", |s| s.as_bytes())
}

fn hex(digest: &[u8]) -> Value {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = Vec::with_capacity(digest.len() * 2);
    for byte in digest {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
    Value::from(out)
}

/// Returns the Adler-32 checksum in decimal: `{{ adler32sum "x" }}` gives `7929977`.
fn adler32sum(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    let mut state = simd_adler32::Adler32::new();
    state.write(text(&args[0]));
    Ok(Value::from(state.finish().to_string()))
}

/// Returns random bytes in Base64: `{{ randBytes 3 }}` gives `4pHx`.
fn rand_bytes(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    let Value::Int(_, count) = args[0] else { return Ok(Value::Str(Str::EMPTY)) };
    if !(0..=1 << 47).contains(&count) {
        return Err(FuncError::text("runtime error: makeslice: len out of range"));
    }
    if count > random::MOST {
        let most = random::MOST;
        return Err(FuncError::text(format!("{count} random bytes are more than {most}")));
    }
    let mut bytes = vec![0; count as usize];
    random::fill(&mut bytes)?;
    Ok(Value::from(base64_encode(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_host::call;

    #[test]
    fn hashes_agree_with_sprig() {
        let s = |text: &str| Value::str(text);
        let table: &[(&str, &[Value], &str)] = &[
            ("sha1sum", &[s("x")], "11f6ad8ec52a2984abaafd7c3b516503785c2072"),
            (
                "sha256sum",
                &[s("")],
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                "sha512sum",
                &[s("abc")],
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
            ("adler32sum", &[s("x")], "7929977"),
        ];
        for (name, args, want) in table {
            assert_eq!(call(TABLE, name, args).unwrap().as_str().unwrap().to_string(), *want);
        }
    }

    #[test]
    fn random_bytes_are_limited() {
        for (count, want) in [
            (-1, "runtime error: makeslice: len out of range"),
            (i64::MAX, "runtime error: makeslice: len out of range"),
            (1 << 40, "1099511627776 random bytes are more than 67108864"),
        ] {
            assert_eq!(call(TABLE, "randBytes", &[Value::int(count)]).unwrap_err(), want);
        }
        assert_eq!(call(TABLE, "randBytes", &[Value::int(4)]).unwrap().as_str().unwrap().len(), 8);
    }
}
