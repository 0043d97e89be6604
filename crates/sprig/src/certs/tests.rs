use super::*;
use crate::encoding::base64_encode;
use crate::test_host::call;

// What Helm 3.17.3 made of `genCA "my-ca" 365` and so on.
const CA_CERT: &str = include_str!("testdata/ca.cert.pem");
const CA_KEY: &str = include_str!("testdata/ca.key.pem");
const EC_CERT: &str = include_str!("testdata/ec.cert.pem");
const EC_KEY: &str = include_str!("testdata/ec.key.pem");
const ED_CERT: &str = include_str!("testdata/ed.cert.pem");
const ED_KEY: &str = include_str!("testdata/ed.key.pem");
const SELF_CERT: &str = include_str!("testdata/self.cert.pem");
const SIGNED_CERT: &str = include_str!("testdata/signed.cert.pem");
const DSA_KEY: &str = include_str!("testdata/dsa.key.pem");

fn s(text: &str) -> Value {
    Value::str(text)
}

fn list(items: &[&str]) -> Value {
    Value::list(items.iter().map(|item| s(item)).collect())
}

fn base64(text: &str) -> Value {
    Value::from(base64_encode(text.as_bytes()))
}

fn run(name: &str, args: &[Value]) -> Result<Value, String> {
    call(crate::crypto::TABLE, name, args)
}

fn field(certificate: &Value, name: &str) -> Vec<u8> {
    let Value::Object(object) = certificate else { panic!("{certificate:?}") };
    object.field(name).unwrap().as_str().unwrap().to_vec()
}

fn custom(cert: &str, key: &str) -> Value {
    run("buildCustomCert", &[base64(cert), base64(key)]).unwrap()
}

/// Returns the structure of an encoding, a line an element: the tag, and the contents where every run gives
/// the same.
fn skeleton(data: &[u8], out: &mut Vec<String>) {
    let mut reader = der::Reader(data);
    while let Some((tag, contents, _)) = reader.any() {
        let line = match tag {
            0x30.. if tag & 0x20 != 0 => {
                out.push(format!("{tag:02x}"));
                skeleton(contents, out);
                continue;
            }
            // Key identifiers, keys, serial numbers and signatures differ.
            0x04 if contents.starts_with(&[0x04, 0x14]) => "key id".to_owned(),
            0x04 if contents.starts_with(&[0x30, 0x16, 0x80, 0x14]) => "authority".to_owned(),
            0x04 if contents.len() == 32 || contents.starts_with(&[0x04, 0x20]) => {
                "secret".to_owned()
            }
            0x02 | 0x03 if contents.len() > 4 => {
                // Numbers and signatures vary by a few bytes; no length in use lies near a step.
                format!("{tag:02x} about {}", (contents.len() + 4) / 16)
            }
            0x17 | 0x18 => format!("{tag:02x} {}", contents.len()),
            _ => format!("{tag:02x} {contents:02x?}"),
        };
        out.push(line);
    }
}

#[track_caller]
fn assert_same_structure(got: &[u8], want: &str) {
    let [got, want] = [got, want.as_bytes()].map(|pem| {
        let block = pem::decode(pem).unwrap();
        let mut lines = vec![String::from_utf8(block.label).unwrap()];
        skeleton(&block.data, &mut lines);
        lines
    });
    assert_eq!(got, want);
}

#[test]
fn certificates_have_the_structure_that_helm_gives_them() {
    let ca = run("genCA", &[s("my-ca"), Value::int(365)]).unwrap();
    assert_same_structure(&field(&ca, "Cert"), CA_CERT);
    assert_same_structure(&field(&ca, "Key"), CA_KEY);

    let ips = list(&["10.0.0.1", "::1", "::ffff:1.2.3.4", "2001:db8::1"]);
    let names = list(&["a.example", "b"]);
    let own = run("genSelfSignedCert", &[s("*.example.com"), ips, names, Value::int(365)]);
    assert_same_structure(&field(&own.unwrap(), "Cert"), SELF_CERT);

    let nil = Value::List(gostd::value::List::nil(gostd::value::Elem::Any));
    for authority in [ca, custom(CA_CERT, CA_KEY)] {
        let args = [s(""), nil.clone(), list(&["x.example"]), Value::int(20_000), authority];
        assert_same_structure(&field(&run("genSignedCert", &args).unwrap(), "Cert"), SIGNED_CERT);
    }

    let ec = run("genCAWithKey", &[s("ec ä"), Value::int(10), s(EC_KEY)]).unwrap();
    assert_same_structure(&field(&ec, "Cert"), EC_CERT);
    assert_eq!(field(&ec, "Key"), EC_KEY.as_bytes());
    let args = [s("leaf"), list(&["1.2.3.4"]), nil, Value::int(30), ec, s(ED_KEY)];
    let ed = run("genSignedCertWithKey", &args).unwrap();
    assert_same_structure(&field(&ed, "Cert"), ED_CERT);
    assert_eq!(field(&ed, "Key"), ED_KEY.as_bytes());
}

#[test]
fn private_keys_are_written_as_they_were_read() {
    for key in [CA_KEY, EC_KEY, ED_KEY, DSA_KEY] {
        let parsed = keys::parse_pem(key.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(parsed.to_pem()).unwrap(), key);
    }
}

#[test]
fn new_private_keys_can_be_read() {
    for (kind, like) in [("ecdsa", EC_KEY), ("ed25519", ED_KEY)] {
        let key = call(crate::crypto::TABLE, "genPrivateKey", &[s(kind)]).unwrap();
        let key = key.as_str().unwrap().to_vec();
        assert_same_structure(&key, like);
        assert_eq!(keys::parse_pem(&key).unwrap().to_pem(), key);
    }
}

#[test]
fn bad_arguments_fail_in_sprigs_words() {
    let nil = || Value::List(gostd::value::List::nil(gostd::value::Elem::Any));
    let day = || Value::int(1);
    let ca = || custom(CA_CERT, CA_KEY);
    let mismatched = custom(CA_CERT, EC_KEY);
    let label = |text: &str, from, to| s(&text.replace(from, to));
    let table: &[(&str, &[Value], &str)] = &[
        ("genCAWithKey", &[s("x"), day(), s("foo")], "parsing private key: no PEM data in input"),
        (
            "genCAWithKey",
            &[s("x"), day(), s(DSA_KEY)],
            "error creating certificate: x509: certificate private key does not implement \
             crypto.Signer",
        ),
        (
            "genCAWithKey",
            &[s("x"), day(), s(CA_CERT)],
            "parsing private key: no private key data in PEM block of type CERTIFICATE",
        ),
        (
            "genCAWithKey",
            &[s("x"), day(), label(EC_KEY, "EC PRIVATE", "FOO PRIVATE")],
            "parsing private key: invalid private key type FOO",
        ),
        (
            "genCAWithKey",
            &[s("x"), day(), label(EC_KEY, "EC PRIVATE", "RSA PRIVATE")],
            "parsing private key: parsing RSA private key from PEM: x509: failed to parse private \
             key (use ParseECPrivateKey instead for this key format)",
        ),
        (
            "genCAWithKey",
            &[s("x"), day(), label(CA_KEY, "RSA PRIVATE", "PRIVATE")],
            "parsing private key: decoding PEM as PKCS#8: x509: failed to parse private key (use \
             ParsePKCS1PrivateKey instead for this key format)",
        ),
        (
            "genCAWithKey",
            &[s("x"), day(), label(ED_KEY, "PRIVATE", "EC PRIVATE")],
            "parsing private key: parsing EC private key from PEM: x509: failed to parse private \
             key (use ParsePKCS8PrivateKey instead for this key format)",
        ),
        (
            "genSelfSignedCertWithKey",
            &[s("x"), list(&["a"]), nil(), day(), s(EC_KEY)],
            "error parsing ip: a",
        ),
        (
            "genSelfSignedCertWithKey",
            &[s("x"), Value::list(vec![Value::int(1)]), nil(), day(), s(EC_KEY)],
            "error parsing ip: 1 is not a string",
        ),
        (
            "genSelfSignedCertWithKey",
            &[s("x"), nil(), Value::list(vec![Value::Float(1.5)]), day(), s(EC_KEY)],
            "error processing alternate dns name: 1.5 is not a string",
        ),
        (
            "genSelfSignedCertWithKey",
            &[s("x"), nil(), list(&["ä"]), day(), s(EC_KEY)],
            "error creating certificate: x509: \"ä\" cannot be encoded as an IA5String",
        ),
        (
            "genSignedCertWithKey",
            &[s("x"), nil(), nil(), day(), ca(), s(DSA_KEY)],
            "error creating certificate: x509: unsupported public key type: *dsa.PublicKey",
        ),
        (
            "genSignedCertWithKey",
            &[s("x"), nil(), nil(), day(), mismatched, s(EC_KEY)],
            "error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey",
        ),
        ("buildCustomCert", &[s("x"), s("y")], "unable to decode base64 certificate"),
        ("buildCustomCert", &[s("eA=="), s("y")], "unable to decode base64 private key"),
        ("buildCustomCert", &[s("eA=="), s("eA==")], "unable to decode certificate"),
        (
            "buildCustomCert",
            &[base64(CA_CERT), s("eA==")],
            "error parsing private key: no PEM data in input",
        ),
        (
            "buildCustomCert",
            &[base64("-----BEGIN CERTIFICATE-----\nZg==\n-----END CERTIFICATE-----\n"), s("")],
            "error parsing certificate: decodedCert.Bytes: x509: malformed certificate",
        ),
    ];
    for (name, args, want) in table {
        assert_eq!(run(name, args).unwrap_err(), *want, "{name}");
    }
}
