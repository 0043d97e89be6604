//! Defines sprig's functions for certificates.

mod der;
mod error;
pub(super) mod keys;
mod pem;
mod rsa;
mod x509;

use std::any::Any;
use std::borrow::Cow;
use std::net::IpAddr;
use std::rc::Rc;

use self::error::{Error, Failed};
use self::keys::{PrivateKey, RsaSize};
use self::x509::{Issuer, Template};
use super::encoding::base64_decode;
use super::random;
use gostd::fmt;
use gostd::time::{LocalZone, Time, Zone};
use gostd::value::{Kind, Object, Str, Value};
use gotemplate::func::{FuncError, FuncResult, Host};

const CERTIFICATE: &str = "sprig.certificate";

/// sprig's `certificate`: a certificate and its private key, both in PEM.
#[derive(Debug)]
struct Certificate {
    cert: Str,
    key: Str,
}

impl Object for Certificate {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(CERTIFICATE)
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Cert", Value::Str(self.cert.clone())), ("Key", Value::Str(self.key.clone()))]
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        let fields = self.fields();
        Some(fields.into_iter().map(|(name, value)| (Str::from_static(name), value)).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Returns the bytes of an argument that the signature made a string.
fn text(value: &Value) -> &[u8] {
    value.as_str().map_or(b"", |s| s.as_bytes())
}

/// Tells what was being done when it failed.
fn failed(doing: &'static str) -> impl Fn(Error) -> FuncError {
    move |cause| FuncError::cause(Failed { doing, cause })
}

/// Returns the key in an argument's PEM, or a new one where the function takes none.
fn key_or_new(host: &mut dyn Host, pem: Option<&Value>) -> Result<PrivateKey, FuncError> {
    match pem {
        Some(pem) => keys::parse_pem(text(pem)).map_err(failed("parsing private key")),
        None => {
            keys::generate_rsa(host, RsaSize::Bits2048).map_err(failed("error generating rsa key"))
        }
    }
}

/// Returns a certificate authority for a name and a number of days:
/// `{{ $ca := genCA "my-ca" 365 }}`, then `{{ $ca.Cert }}` and `{{ $ca.Key }}`; `genCAWithKey`
/// takes the private key in PEM.
pub(super) fn gen_ca(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    let key = key_or_new(host, args.get(2))?;
    let template = Template { is_ca: true, ..template(host, &args[0], None, &args[1])? };
    finish(&template, &key, None, &key)
}

/// Returns a self-signed certificate for a name, addresses, other names and a number of days:
/// `{{ genSelfSignedCert "a.example" (list "10.0.0.1") (list "b.example") 365 }}`;
/// `genSelfSignedCertWithKey` takes the private key in PEM.
pub(super) fn gen_self_signed(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    let key = key_or_new(host, args.get(4))?;
    let template = template(host, &args[0], Some((&args[1], &args[2])), &args[3])?;
    finish(&template, &key, None, &key)
}

/// Returns a certificate signed by an authority that [`gen_ca`] made:
/// `{{ genSignedCert "a.example" nil (list "a.example") 365 $ca }}`; `genSignedCertWithKey` takes
/// the private key in PEM.
pub(super) fn gen_signed(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    let authority = match &args[4] {
        Value::Object(object) => object.as_any().downcast_ref::<Certificate>(),
        _ => None,
    };
    let (cert, signer): (&[u8], &[u8]) =
        authority.map_or((b"", b""), |ca| (ca.cert.as_bytes(), ca.key.as_bytes()));
    let key = key_or_new(host, args.get(5))?;
    let Some(block) = pem::decode(cert) else {
        return Err(FuncError::text("unable to decode certificate"));
    };
    let issuer = Issuer::parse(&block.data)
        .map_err(failed("error parsing certificate: decodedSignerCert.Bytes"))?;
    let signer = keys::parse_pem(signer).map_err(failed("error parsing private key"))?;
    let template = template(host, &args[0], Some((&args[1], &args[2])), &args[3])?;
    finish(&template, &key, Some(&issuer), &signer)
}

/// Returns a certificate from PEM in Base64, checked: `{{ buildCustomCert $cert64 $key64 }}`.
pub(super) fn build_custom_cert(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    let decode = |value, what| {
        base64_decode(text(value))
            .map_err(|_| FuncError::text(format!("unable to decode base64 {what}")))
    };
    let cert = decode(&args[0], "certificate")?;
    let key = decode(&args[1], "private key")?;
    let Some(block) = pem::decode(&cert) else {
        return Err(FuncError::text("unable to decode certificate"));
    };
    Issuer::parse(&block.data).map_err(failed("error parsing certificate: decodedCert.Bytes"))?;
    keys::parse_pem(&key).map_err(failed("error parsing private key"))?;
    Ok(Value::Object(Rc::new(Certificate { cert: Str::from(cert), key: Str::from(key) })))
}

fn finish(
    template: &Template<'_>,
    key: &PrivateKey,
    issuer: Option<&Issuer>,
    signer: &PrivateKey,
) -> FuncResult {
    let cert = x509::create(template, key, issuer, signer)
        .map_err(failed("error creating certificate"))?;
    Ok(Value::Object(Rc::new(Certificate {
        cert: Str::from(pem::encode("CERTIFICATE", &cert)),
        key: Str::from(key.to_pem()),
    })))
}

fn template<'a>(
    host: &dyn Host,
    common_name: &'a Value,
    alternatives: Option<(&'a Value, &'a Value)>,
    days: &Value,
) -> Result<Template<'a>, FuncError> {
    let (mut ips, mut dns_names) = (Vec::new(), Vec::new());
    if let Some((addresses, names)) = alternatives {
        for value in items(addresses) {
            let Some(address) = value.as_str() else {
                return Err(not_a_string("error parsing ip: ", value));
            };
            let parsed = address.to_str().and_then(|text| text.parse::<IpAddr>().ok());
            ips.push(parsed.ok_or_else(|| {
                FuncError::Text([b"error parsing ip: ", address.as_bytes()].concat().into())
            })?);
        }
        for value in items(names) {
            let Some(name) = value.as_str() else {
                return Err(not_a_string("error processing alternate dns name: ", value));
            };
            dns_names.push(name.as_bytes());
        }
    }
    const DAY: i64 = 24 * 3600 * 1_000_000_000;
    let days = match days {
        Value::Int(_, days) => *days,
        _ => 0,
    };
    let instant = host.now();
    let now = Time::now(instant.seconds, instant.nanos, 0, &LocalZone::UTC).in_zone(Zone::Utc);
    let mut serial = [0; 16];
    random::fill(&mut serial)?;
    Ok(Template {
        common_name: text(common_name),
        dns_names,
        ips,
        // Go multiplies nanoseconds, which wraps past 292 years.
        not_after: now.add(days.wrapping_mul(DAY)),
        not_before: now,
        serial,
        is_ca: false,
    })
}

fn not_a_string(problem: &str, value: &Value) -> FuncError {
    let mut text = problem.as_bytes().to_vec();
    if let Err(error) = fmt::write_value(&mut text, value) {
        return error.into();
    }
    text.extend_from_slice(b" is not a string");
    FuncError::text(text)
}

fn items(value: &Value) -> &[Value] {
    match value {
        Value::List(list) => list,
        _ => &[],
    }
}

#[cfg(test)]
mod tests;
