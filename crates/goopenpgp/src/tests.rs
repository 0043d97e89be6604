use super::packet::{Curve, PublicKey, algorithm, framed};
use super::*;

const SECRET: [u8; 32] = [7; 32];
const NAME: &[u8] = b"Ann Example <ann@example.com>";
const TEXT: &[u8] = b"apiVersion: v2\ndescription: |-\n  - a\n  b\nname: chart\nversion: 0.1.0\n";

fn integer(bytes: &[u8]) -> Vec<u8> {
    let bits = 8 * bytes.len() as u32 - bytes[0].leading_zeros();
    [&(bits as u16).to_be_bytes()[..], bytes].concat()
}

fn key() -> PublicKey {
    let point = p256::SecretKey::from_slice(&SECRET).unwrap().public_key().to_sec1_bytes();
    let curve = [8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let body = [&[4, 0, 0, 0, 1, algorithm::ECDSA][..], &curve, &integer(&point)].concat();
    let material = Material::Ecdsa { curve: Curve::P256, point: point.into_vec() };
    PublicKey { algorithm: algorithm::ECDSA, material, body, subkey: false }
}

/// Returns the secret key's packet: the numbers as they are, or locked as the extra bytes say.
fn ring(key: &PublicKey, secret: &[u8]) -> Vec<u8> {
    let mut signed = [&[0x99, 0, key.body.len() as u8][..], &key.body].concat();
    signed.extend_from_slice(&[0xb4, 0, 0, 0, NAME.len() as u8]);
    signed.extend_from_slice(NAME);
    let mut body = vec![4, kind::POSITIVE_CERTIFICATION, algorithm::ECDSA, 10, 0, 19];
    body.extend_from_slice(&[5, 2, 0, 0, 0, 1, 2, 27, 3, 9, 16]);
    body.extend_from_slice(&key.id().to_be_bytes());
    let length = (body.len() as u32).to_be_bytes();
    let digest = HashId::SHA512.digest(&[&signed, &body, &[4, 0xff], &length]).unwrap();
    body.extend_from_slice(&[0, 0, digest[0], digest[1]]);
    for number in key.sign(&integer(&SECRET), &digest).unwrap() {
        body.extend_from_slice(&integer(&number));
    }
    let secret = [&key.body[..], secret].concat();
    [framed(5, &secret), framed(13, NAME), framed(2, &body)].concat()
}

/// Returns a secret key that nothing protects.
fn open_ring() -> Vec<u8> {
    let secret = integer(&SECRET);
    let sum: u16 = secret.iter().map(|b| u16::from(*b)).sum();
    ring(&key(), &[&[0][..], &secret, &sum.to_be_bytes()].concat())
}

fn sign(ring: &Keyring) -> Result<Vec<u8>, Error> {
    let signer = ring.find("ann@")?.ok_or(Error::UnknownIssuer)?;
    signer.sign(b"", TEXT, 1_700_000_000)
}

fn check(ring: &Keyring, text: &[u8]) -> Result<Identity, Error> {
    ring.verify(&Message::find(text).ok_or(Error::CutOff(Damage::Eof))?)
}

#[test]
fn what_is_signed_verifies() {
    let ring = Keyring::parse(&open_ring()).unwrap();
    let text = sign(&ring).unwrap();
    assert_eq!(Message::find(&text).unwrap().text(), TEXT);
    let owner = check(&ring, &text).unwrap();
    assert_eq!(owner.names, [NAME]);
    assert_eq!(owner.fingerprint.len(), 40);

    let tampered = String::from_utf8(text.clone()).unwrap().replace("0.1.0\n", "0.1.1\n");
    assert_eq!(
        check(&ring, tampered.as_bytes()).unwrap_err().to_string(),
        "openpgp: invalid signature: hash tag doesn't match"
    );
    let nobody = Keyring { owners: Vec::new() };
    let error = check(&nobody, &text).unwrap_err();
    assert_eq!(error.to_string(), "openpgp: signature made by unknown entity");
}

#[test]
fn white_space_and_hyphens_survive_the_clear_text() {
    let clear = armor::clear(b"a \n- b\n\n-c\t\r\n");
    assert_eq!(clear.hashed, b"a\r\n- b\r\n\r\n-c");
    let text = clear.with("SHA512", b"packet");
    let signed = armor::decode(&text).unwrap();
    assert_eq!(signed.bytes, clear.hashed);
    assert_eq!(signed.text, b"a\n- b\n\n-c\n");
    assert_eq!(signed.signature.data, b"packet");
    assert_eq!(signed.signature.damage, None);
}

#[test]
fn line_ends_become_canonical() {
    for (text, want) in [("a\nb\r\nc", "a\r\nb\r\nc"), ("\n", "\r\n"), ("a\r\r\n", "a\r\r\r\n")] {
        assert_eq!(canonical(text.as_bytes()), want.as_bytes(), "{text:?}");
    }
}

#[test]
fn a_passphrase_unlocks() {
    // How a passphrase becomes a key (simple, salted, iterated), and a cipher for each.
    let secret = integer(&SECRET);
    let cases: [(&[u8], u8); 3] = [
        (&[0, 8], 7),
        (&[1, 2, 1, 2, 3, 4, 5, 6, 7, 8], 9),
        (&[3, 10, 1, 2, 3, 4, 5, 6, 7, 8, 96], 3),
    ];
    for (string_to_key, cipher) in cases {
        let block = cipher::block_size(cipher).unwrap();
        let sum = <sha1::Sha1 as sha1::Digest>::digest(&secret);
        let plain = [&secret[..], &sum].concat();
        let head = [&[254, cipher][..], string_to_key, &vec![9; block]].concat();
        let mut locked = plain.clone();
        // Each byte of the cipher text depends on those before it only.
        for at in 0..plain.len() {
            locked[at] = locking_byte(&head, &locked[..at], plain[at]);
        }
        let ring = Keyring::parse(&ring(&key(), &[&head[..], &locked].concat())).unwrap();
        let signer = ring.find("Ann").unwrap().unwrap();
        assert_eq!(signer.secret(), Secret::Locked(NAME));
        let sign = |passphrase: &[u8]| signer.sign(passphrase, TEXT, 0);
        assert!(sign(b"open sesame").is_ok(), "cipher {cipher}");
        assert_eq!(
            sign(b"wrong").unwrap_err().to_string(),
            "openpgp: invalid data: private key checksum failure"
        );
    }
}

/// Returns the byte of cipher text that stands for `wanted` after the given ones.
fn locking_byte(head: &[u8], before: &[u8], wanted: u8) -> u8 {
    let data = [before, &[0]].concat();
    let parsed = keyring::read(&ring(&key(), &[head, &data].concat())).unwrap();
    let Some(SecretKey::Locked(locked)) = &parsed[0].secret else { panic!("not locked") };
    // Unlocking checks a sum; the bare walk is what is asked for here.
    let mask = cipher::plain(locked, b"open sesame").unwrap();
    mask[before.len()] ^ wanted
}

#[test]
fn broken_rings_and_signatures_are_refused() {
    let whole = open_ring();
    let ring = Keyring::parse(&whole).unwrap();
    let text = sign(&ring).unwrap();
    for at in 0..whole.len() {
        let _ = Keyring::parse(&whole[..at]);
        let mut broken = whole.clone();
        broken[at] ^= 0x55;
        if let Ok(broken) = Keyring::parse(&broken) {
            // Only the secret numbers are not covered by the signature of the ring.
            let _ = sign(&broken);
        }
    }
    let body = memchr::memmem::find(&text, b"apiVersion").unwrap();
    let packets = memchr::memmem::find(&text, b"SIGNATURE-----\n\n").unwrap();
    for at in 0..text.len() {
        let _ = check(&ring, &text[..at]);
        let mut broken = text.clone();
        broken[at] ^= 1;
        let result = check(&ring, &broken);
        let ends_line = matches!(text[at], b'\n') || matches!(broken[at], b'\n');
        if (body..packets).contains(&at) && !ends_line {
            assert!(result.is_err(), "byte {at}: {}", text[at] as char);
        }
    }
}

#[test]
fn lengths_are_framed_as_new_packets() {
    for (length, head) in [
        (0, &[0xc2, 0][..]),
        (191, &[0xc2, 191]),
        (192, &[0xc2, 192, 0]),
        (9000, &[0xc2, 255, 0, 0, 0x23, 0x28]),
    ] {
        let packet = framed(2, &vec![1; length]);
        assert_eq!(&packet[..head.len()], head);
        assert_eq!(packet.len(), head.len() + length);
    }
}
