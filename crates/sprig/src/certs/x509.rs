//! Makes X.509 certificates with the fields, their order and their encoding as Go's
//! `x509.CreateCertificate` makes them for sprig, and as much of reading them as signing needs.

use std::net::IpAddr;

use super::der::{self, Reader, tag};
use super::error::Error;
use super::keys::PrivateKey;
use gostd::time::Time;

const OID_COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const OID_SUBJECT_KEY_ID: u8 = 14;
const OID_KEY_USAGE: u8 = 15;
const OID_SUBJECT_ALT_NAME: u8 = 17;
const OID_BASIC_CONSTRAINTS: u8 = 19;
const OID_AUTHORITY_KEY_ID: u8 = 35;
const OID_EXTENDED_KEY_USAGE: u8 = 37;
const OID_SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const OID_CLIENT_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

/// What a new certificate says.
#[derive(Debug)]
pub(super) struct Template<'a> {
    pub(super) common_name: &'a [u8],
    pub(super) dns_names: Vec<&'a [u8]>,
    pub(super) ips: Vec<IpAddr>,
    pub(super) not_before: Time,
    pub(super) not_after: Time,
    pub(super) serial: [u8; 16],
    pub(super) is_ca: bool,
}

/// The certificate whose key signs: what of it goes into the new one.
#[derive(Debug)]
pub(super) struct Issuer {
    /// The encoded name
    subject: Vec<u8>,
    subject_key_id: Vec<u8>,
    /// The encoded SubjectPublicKeyInfo
    public_key: Vec<u8>,
}

/// Makes a certificate for `key`, signed by `signer` (the key of `issuer`; its own without one).
///
/// # Errors
/// Go's, e.g. `x509: unsupported public key type: *dsa.PublicKey`.
pub(super) fn create(
    template: &Template<'_>,
    key: &PrivateKey,
    issuer: Option<&Issuer>,
    signer: &PrivateKey,
) -> Result<Vec<u8>, Error> {
    let algorithm = signer.signature_algorithm()?;
    let (key_algorithm, key_bits) = key.public_info()?;
    let subject = name(template.common_name)?;
    let issuer_name = issuer.map_or(&subject, |issuer| &issuer.subject);
    if let Some(issuer) = issuer {
        let (algorithm, bits) = signer.public_info()?;
        if der::sequence(&[&algorithm, &der::bits(bits)]) != issuer.public_key {
            return Err(Error::Mismatch);
        }
    }
    let authority = match issuer {
        Some(issuer) if issuer.subject != subject => issuer.subject_key_id.as_slice(),
        _ => &[],
    };
    let extensions = extensions(template, key_bits, authority)?;
    let validity = der::sequence(&[
        &validity_time(&template.not_before)?,
        &validity_time(&template.not_after)?,
    ]);
    let version = der::element(tag::explicit(0), &[&der::unsigned(&[2])]);
    let body = der::sequence(&[
        &version,
        &der::unsigned(&template.serial),
        &algorithm,
        issuer_name,
        &validity,
        &subject,
        &der::sequence(&[&key_algorithm, &der::bits(key_bits)]),
        &der::element(tag::explicit(3), &[&extensions]),
    ]);
    let signature = signer.sign(&body)?;
    Ok(der::sequence(&[&body, &algorithm, &der::bits(&signature)]))
}

/// Returns a name of a common name only, or an empty one.
fn name(common_name: &[u8]) -> Result<Vec<u8>, Error> {
    if common_name.is_empty() {
        return Ok(der::sequence(&[]));
    }
    // `*` and `&` are no part of PrintableString, though many put them there.
    let printable = |b: &u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b' ' | b'\'' ..=b')' | b'+'..=b'/' | b':' | b'=' | b'?')
    };
    let string = if common_name.iter().all(printable) {
        tag::PRINTABLE_STRING
    } else if std::str::from_utf8(common_name).is_ok() {
        tag::UTF8_STRING
    } else {
        return Err(Error::NotUtf8);
    };
    let oid = der::element(tag::OID, &[OID_COMMON_NAME]);
    let attribute = der::sequence(&[&oid, &der::element(string, &[common_name])]);
    Ok(der::sequence(&[&der::element(tag::SET, &[&attribute])]))
}

/// Returns UTCTime from 1950 to 2049, GeneralizedTime for other years of four digits.
fn validity_time(time: &Time) -> Result<Vec<u8>, Error> {
    match time.year() {
        1950..2050 => Ok(der::element(tag::UTC_TIME, &[&time.format(b"060102150405Z")])),
        0..=9999 => Ok(der::element(tag::GENERALIZED_TIME, &[&time.format(b"20060102150405Z")])),
        _ => Err(Error::Time),
    }
}

fn extensions(template: &Template<'_>, key: &[u8], authority: &[u8]) -> Result<Vec<u8>, Error> {
    // Bit 0 is digitalSignature, bit 2 keyEncipherment, bit 5 keyCertSign; the first byte counts
    // the unused bits.
    let usage: &[u8] = if template.is_ca { &[2, 0xa4] } else { &[5, 0xa0] };
    let usage = der::element(tag::BIT_STRING, &[usage]);
    let purposes = der::sequence(&[
        &der::element(tag::OID, &[OID_SERVER_AUTH]),
        &der::element(tag::OID, &[OID_CLIENT_AUTH]),
    ]);
    let is_ca = der::element(tag::BOOLEAN, &[&[0xff]]);
    let constraints = der::sequence(&[if template.is_ca { is_ca.as_slice() } else { &[] }]);
    let mut all = vec![
        extension(OID_KEY_USAGE, true, &usage),
        extension(OID_EXTENDED_KEY_USAGE, false, &purposes),
        extension(OID_BASIC_CONSTRAINTS, true, &constraints),
    ];
    if template.is_ca {
        let id = <sha1::Sha1 as sha1::Digest>::digest(key);
        let id = der::element(tag::OCTET_STRING, &[&id]);
        all.push(extension(OID_SUBJECT_KEY_ID, false, &id));
    }
    if !authority.is_empty() {
        let id = der::sequence(&[&der::element(tag::context(0), &[authority])]);
        all.push(extension(OID_AUTHORITY_KEY_ID, false, &id));
    }
    if !template.dns_names.is_empty() || !template.ips.is_empty() {
        let mut names = Vec::new();
        for dns_name in &template.dns_names {
            if !dns_name.is_ascii() {
                return Err(Error::DnsName((*dns_name).into()));
            }
            names.extend_from_slice(&der::element(tag::context(2), &[dns_name]));
        }
        for ip in &template.ips {
            let address = match ip.to_canonical() {
                IpAddr::V4(ip) => ip.octets().to_vec(),
                IpAddr::V6(ip) => ip.octets().to_vec(),
            };
            names.extend_from_slice(&der::element(tag::context(7), &[&address]));
        }
        // Without a subject these names are all there is.
        let critical = template.common_name.is_empty();
        all.push(extension(OID_SUBJECT_ALT_NAME, critical, &der::sequence(&[&names])));
    }
    let all: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    Ok(der::sequence(&all))
}

/// Returns an extension of the arc 2.5.29.
fn extension(number: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let oid = der::element(tag::OID, &[&[0x55, 0x1d, number]]);
    let value = der::element(tag::OCTET_STRING, &[value]);
    if critical {
        der::sequence(&[&oid, &der::element(tag::BOOLEAN, &[&[0xff]]), &value])
    } else {
        der::sequence(&[&oid, &value])
    }
}

impl Issuer {
    /// Reads a certificate.
    ///
    /// # Errors
    /// Go's, e.g. `x509: malformed certificate`.
    pub(super) fn parse(data: &[u8]) -> Result<Issuer, Error> {
        let mut outer = Reader(data);
        let mut certificate = outer.sequence().ok_or(Error::Malformed("certificate"))?;
        if !outer.is_empty() {
            return Err(Error::Certificate("trailing data"));
        }
        let mut body = certificate.sequence().ok_or(Error::Malformed("tbs certificate"))?;
        let mut version = 0;
        if let Some(explicit) = body.take(tag::explicit(0)) {
            version = Reader(explicit).small().ok_or(Error::Malformed("version"))?;
        }
        if version > 2 {
            return Err(Error::Certificate("invalid version"));
        }
        let serial = body.integer().ok_or(Error::Malformed("serial number"))?;
        if serial.first().is_some_and(|b| *b >= 0x80) {
            return Err(Error::Certificate("negative serial number"));
        }
        let inner =
            body.take(tag::SEQUENCE).ok_or(Error::Malformed("signature algorithm identifier"))?;
        let declared =
            certificate.take(tag::SEQUENCE).ok_or(Error::Malformed("algorithm identifier"))?;
        if inner != declared {
            let text = "inner and outer signature algorithm identifiers don't match";
            return Err(Error::Certificate(text));
        }
        Reader(inner).take(tag::OID).ok_or(Error::Malformed("OID"))?;
        body.whole_sequence().ok_or(Error::Malformed("issuer"))?;
        let mut validity = body.sequence().ok_or(Error::Malformed("validity"))?;
        for _ in 0..2 {
            match validity.any() {
                Some((tag::UTC_TIME | tag::GENERALIZED_TIME, ..)) => {}
                _ => return Err(Error::Certificate("unsupported time format")),
            }
        }
        let subject = body.whole_sequence().ok_or(Error::Malformed("issuer"))?;
        let public_key = body.whole_sequence().ok_or(Error::Malformed("spki"))?;
        let mut info = Reader(public_key).sequence().ok_or(Error::Malformed("spki"))?;
        let mut algorithm =
            info.sequence().ok_or(Error::Malformed("public key algorithm identifier"))?;
        algorithm.take(tag::OID).ok_or(Error::Malformed("OID"))?;
        info.bits().ok_or(Error::Malformed("subjectPublicKey"))?;
        let mut subject_key_id = Vec::new();
        if version > 0 {
            // Unique identifiers, which are not in use.
            body.take(tag::context(1));
            body.take(tag::context(2));
        }
        if version == 2
            && let Some(explicit) = body.take(tag::explicit(3))
        {
            subject_key_id = read_subject_key_id(explicit)?;
        }
        certificate.bits().ok_or(Error::Malformed("signature"))?;
        Ok(Issuer { subject: subject.to_vec(), subject_key_id, public_key: public_key.to_vec() })
    }
}

/// Goes through the extensions and returns the subject's key identifier, empty without one.
fn read_subject_key_id(extensions: &[u8]) -> Result<Vec<u8>, Error> {
    let mut list = Reader(extensions).sequence().ok_or(Error::Malformed("extensions"))?;
    let mut id = Vec::new();
    while !list.is_empty() {
        let mut extension = list.sequence().ok_or(Error::Malformed("extension"))?;
        let oid = extension.take(tag::OID).ok_or(Error::Malformed("extension OID field"))?;
        let critical = extension.take(tag::BOOLEAN).is_some_and(|b| b == [0xff]);
        let value =
            extension.take(tag::OCTET_STRING).ok_or(Error::Malformed("extension value field"))?;
        if oid == [0x55, 0x1d, OID_SUBJECT_KEY_ID] {
            if critical {
                let text = "subject key identifier incorrectly marked critical";
                return Err(Error::Certificate(text));
            }
            let value = Reader(value).take(tag::OCTET_STRING);
            id = value.ok_or(Error::Certificate("invalid subject key identifier"))?.to_vec();
        }
    }
    Ok(id)
}
