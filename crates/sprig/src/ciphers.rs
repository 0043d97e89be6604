//! Defines sprig's functions for passwords, encryption and private keys.

use aes::Aes256;
use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::certs::keys;
use super::encoding::{base64_decode, base64_encode};
use super::random;
use gostd::value::{Str, Value};
use gotemplate::func::{FuncError, FuncResult, Host};

/// bcrypt's cost in Go's library: 2^10 rounds.
const BCRYPT_COST: u32 = 10;
/// bcrypt's longest password, in bytes.
const BCRYPT_MOST: usize = 72;
const AES_BLOCK: usize = 16;

/// Returns the bytes of an argument that the signature made a string.
fn text(value: &Value) -> &[u8] {
    value.as_str().map_or(b"", |s| s.as_bytes())
}

/// Returns a bcrypt hash: `{{ bcrypt "secret" }}` gives `$2a$10$…`.
pub(super) fn bcrypt(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    hash_password(text(&args[0])).map(Value::from)
}

/// Returns a bcrypt hash, or sprig's sentence about a password that is too long.
fn hash_password(password: &[u8]) -> Result<Vec<u8>, FuncError> {
    const FAILED: &str = "failed to encrypt string with bcrypt: ";
    if password.len() > BCRYPT_MOST {
        let reason = "bcrypt: password length exceeds 72 bytes";
        return Ok(format!("{FAILED}{reason}").into_bytes());
    }
    let mut salt = [0; 16];
    random::fill(&mut salt)?;
    Ok(match bcrypt::hash_with_salt(password, BCRYPT_COST, salt) {
        // Go writes version 2a; for passwords without NUL bytes the hash is the same in all.
        Ok(parts) => parts.format_for_version(bcrypt::Version::TwoA).into_bytes(),
        Err(error) => format!("{FAILED}{error}").into_bytes(),
    })
}

/// Returns a line of Apache's password file: `{{ htpasswd "ann" "secret" }}` gives `ann:$2a$10$…`.
pub(super) fn htpasswd(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    let user = text(&args[0]);
    if user.contains(&b':') {
        return Ok(Value::from([b"invalid username: ", user].concat()));
    }
    let hash = hash_password(text(&args[1]))?;
    Ok(Value::from([user, b":", hash.as_slice()].concat()))
}

/// The text of each kind of password: a letter stands for a set of characters.
const PASSWORD_TEMPLATES: &[(&[u8], &[&str])] = &[
    (b"maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (
        b"long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    (b"medium", &["CvcnoCvc", "CvcCvcno"]),
    (b"short", &["Cvcn"]),
    (b"basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    (b"pin", &["nnnn"]),
];

/// Returns the characters that a letter of a password's template stands for.
fn password_set(letter: u8) -> &'static [u8] {
    match letter {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// Returns a password of the Master Password scheme:
/// `{{ derivePassword 1 "long" "password" "user" "example.com" }}` gives `ZedaFaxcZaso9*`.
pub(super) fn derive_password(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    const SEED: &[u8] = b"com.lyndir.masterpassword";
    let kind = text(&args[1]);
    let Some((_, templates)) = PASSWORD_TEMPLATES.iter().find(|(name, _)| *name == kind) else {
        return Ok(Value::from([b"cannot find password template ", kind].concat()));
    };
    let counter = match args[0] {
        Value::Uint(_, n) => n as u32,
        _ => 0,
    };
    let [password, user, site] = [text(&args[2]), text(&args[3]), text(&args[4])];
    let length = |text: &[u8]| (text.len() as u32).to_be_bytes();
    let failed = |error: &dyn std::fmt::Display| {
        Ok(Value::from(format!("failed to derive password: {error}")))
    };

    let salt = [SEED, &length(user), user].concat();
    let mut key = [0; 64];
    let params = match scrypt::Params::new(15, 8, 2) {
        Ok(params) => params,
        Err(error) => return failed(&error),
    };
    if let Err(error) = scrypt::scrypt(password, &salt, &params, &mut key) {
        return failed(&error);
    }
    let mut mac = match Hmac::<Sha256>::new_from_slice(&key) {
        Ok(mac) => mac,
        Err(error) => return failed(&error),
    };
    for part in [SEED, &length(site), site, &counter.to_be_bytes()] {
        mac.update(part);
    }
    let seed = mac.finalize().into_bytes();
    // No template is empty, and the longest has 20 letters of the seed's 32 bytes.
    let Some((first, rest)) = seed.split_first() else { return Ok(Value::Str(Str::EMPTY)) };
    let template = templates[usize::from(*first) % templates.len()];
    let pick = |(letter, byte): (u8, &u8)| {
        let set = password_set(letter);
        set[usize::from(*byte) % set.len()]
    };
    Ok(Value::from(template.bytes().zip(rest).map(pick).collect::<Vec<u8>>()))
}

/// AES-256 takes the password's first 32 bytes, filled up with zeros.
fn aes_key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(password) {
        *to = *from;
    }
    key
}

/// Encrypts by AES-256-CBC with a random initialization vector, in Base64: `{{ encryptAES "key" "text" }}`.
pub(super) fn encrypt_aes(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    let (password, plain) = (text(&args[0]), text(&args[1]));
    if plain.is_empty() {
        return Ok(Value::Str(Str::EMPTY));
    }
    let mut iv = [0; AES_BLOCK];
    random::fill(&mut iv)?;
    let cipher = cbc::Encryptor::<Aes256>::new(&aes_key(password).into(), &iv.into());
    let mut data = iv.to_vec();
    data.extend_from_slice(&cipher.encrypt_padded_vec::<Pkcs7>(plain));
    Ok(Value::from(base64_encode(&data)))
}

/// Returns what [`encrypt_aes`] made, back in clear text: `{{ decryptAES "key" $crypt }}`.
pub(super) fn decrypt_aes(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    let (password, encoded) = (text(&args[0]), text(&args[1]));
    if encoded.is_empty() {
        return Ok(Value::Str(Str::EMPTY));
    }
    let data = base64_decode(encoded)
        .map_err(|at| FuncError::text(format!("illegal base64 data at input byte {at}")))?;
    // sprig trusts the data; these are the texts of Go's panics.
    let Some((iv, data)) = data.split_first_chunk::<AES_BLOCK>() else {
        let capacity = encoded.len() / 4 * 3;
        return Err(FuncError::text(format!(
            "runtime error: slice bounds out of range [:16] with capacity {capacity}"
        )));
    };
    let cipher = cbc::Decryptor::<Aes256>::new(&aes_key(password).into(), &(*iv).into());
    let mut plain = cipher
        .decrypt_padded_vec::<NoPadding>(data)
        .map_err(|_| FuncError::text("crypto/cipher: input not full blocks"))?;
    let Some(padding) = plain.last().map(|b| usize::from(*b)) else {
        return Err(FuncError::text("runtime error: index out of range [-1]"));
    };
    match plain.len().checked_sub(padding) {
        Some(len) => plain.truncate(len),
        None => {
            let under = padding - plain.len();
            return Err(FuncError::text(format!(
                "runtime error: slice bounds out of range [:-{under}]"
            )));
        }
    }
    Ok(Value::from(plain))
}

/// Returns a new private key in PEM: `{{ genPrivateKey "ecdsa" }}`; also `rsa` (4096 bits, the
/// default), `dsa` (2048 bits) and `ed25519`.
pub(super) fn gen_private_key(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    let kind = text(&args[0]);
    let key = match kind {
        b"" | b"rsa" => keys::generate_rsa(host, keys::RsaSize::Bits4096),
        b"dsa" => keys::generate_dsa(),
        b"ecdsa" => keys::generate_p256(),
        b"ed25519" => keys::generate_ed25519(),
        _ => return Ok(Value::from([b"Unknown type ", kind].concat())),
    };
    Ok(Value::from(match key {
        Ok(key) => key.to_pem(),
        Err(error) => format!("failed to generate private key: {error}").into_bytes(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::TABLE;
    use crate::test_host::call;
    use gostd::value::UintKind;

    fn run(name: &str, args: &[Value]) -> Result<String, String> {
        call(TABLE, name, args).map(|value| value.as_str().unwrap().to_string())
    }

    #[test]
    fn passwords_agree_with_sprig() {
        let s = |text: &str| Value::str(text);
        let table: &[(&str, &[Value], &str)] = &[
            (
                "derivePassword",
                &[
                    Value::Uint(UintKind::Uint32, 1),
                    s("long"),
                    s("password"),
                    s("user"),
                    s("example.com"),
                ],
                "ZedaFaxcZaso9*",
            ),
            (
                "derivePassword",
                &[Value::Uint(UintKind::Uint32, 0), s("pin"), s("a"), s("b"), s("c")],
                "8689",
            ),
            (
                "derivePassword",
                &[Value::Uint(UintKind::Uint32, 1), s("foo"), s("a"), s("b"), s("c")],
                "cannot find password template foo",
            ),
            ("htpasswd", &[s("a:b"), s("c")], "invalid username: a:b"),
            (
                "bcrypt",
                &[Value::from("x".repeat(73))],
                "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes",
            ),
            ("genPrivateKey", &[s("foo")], "Unknown type foo"),
            ("encryptAES", &[s("k"), s("")], ""),
            ("decryptAES", &[s("k"), s("")], ""),
        ];
        for (name, args, want) in table {
            assert_eq!(run(name, args).unwrap(), *want, "{name}");
        }
    }

    #[test]
    fn bcrypt_hashes_verify() {
        let line = run("htpasswd", &[Value::str("ann"), Value::str("secret")]).unwrap();
        let hash = line.strip_prefix("ann:").unwrap();
        assert!(hash.starts_with("$2a$10$") && hash.len() == 60, "{hash}");
        assert!(bcrypt::verify("secret", hash).unwrap());
    }

    #[test]
    fn what_was_encrypted_can_be_decrypted() {
        for plain in ["a", "sixteen bytes ok", "a little longer than a block"] {
            let crypt = run("encryptAES", &[Value::str("key"), Value::str(plain)]).unwrap();
            assert_eq!(run("decryptAES", &[Value::str("key"), Value::from(crypt)]).unwrap(), plain);
        }
    }

    #[test]
    fn bad_cipher_texts_fail_in_gos_words() {
        for (crypt, want) in [
            ("YWJj", "runtime error: slice bounds out of range [:16] with capacity 3"),
            ("YW*j", "illegal base64 data at input byte 2"),
            ("YWJ", "illegal base64 data at input byte 0"),
            ("YWJjYQ", "illegal base64 data at input byte 4"),
            ("YWJjYQ=x", "illegal base64 data at input byte 6"),
            ("YW=jYQ=x", "illegal base64 data at input byte 2"),
            ("YWJjYWJjYWJjYWJjYWJjYWJj", "crypto/cipher: input not full blocks"),
            ("AAAAAAAAAAAAAAAAAAAAAA==", "runtime error: index out of range [-1]"),
            (
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                "runtime error: slice bounds out of range [:-227]",
            ),
        ] {
            let got = run("decryptAES", &[Value::str("x"), Value::str(crypt)]);
            assert_eq!(got.unwrap_err(), want);
        }
    }
}
