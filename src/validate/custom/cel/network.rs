//! Kubernetes' functions of addresses of networks (`k8s.io/apiserver`, `pkg/cel/library`: `ip.go`, `cidr.go`).

use std::any::Any;
use std::net::IpAddr;

use gocel::{Budget, Error, Opaque, Val};

use super::library::opaque;

/// An address.
#[derive(Debug, PartialEq)]
struct Ip(IpAddr);

/// An address and the length of its network.
#[derive(Debug, PartialEq)]
struct Cidr {
    address: IpAddr,
    length: u8,
}

macro_rules! opaque_type {
    ($name:ident, $shown:literal) => {
        impl Opaque for $name {
            fn type_name(&self) -> &'static str {
                $shown
            }

            fn is_same(&self, other: &dyn Opaque, _: &mut Budget) -> Result<bool, Error> {
                Ok(other.as_any().downcast_ref::<$name>().is_some_and(|other| self == other))
            }

            fn text(&self) -> Option<String> {
                Some(self.shown())
            }

            fn as_any(&self) -> &dyn Any {
                self
            }
        }
    };
}

opaque_type!(Ip, "net.IP");
opaque_type!(Cidr, "net.CIDR");

impl Ip {
    /// Reads an address; one of IPv4 within IPv6 or with a zone is none.
    fn read(text: &str) -> Option<Ip> {
        let address: IpAddr = text.parse().ok()?;
        let is_mapped = matches!(address, IpAddr::V6(own) if own.to_ipv4_mapped().is_some());
        (!is_mapped).then_some(Ip(address))
    }

    fn shown(&self) -> String {
        self.0.to_string()
    }
}

impl Cidr {
    fn read(text: &str) -> Option<Cidr> {
        let (address, length) = text.split_once('/')?;
        let Ip(address) = Ip::read(address)?;
        let is_plain = length == "0" || !length.starts_with('0') && !length.starts_with('+');
        let length = is_plain.then(|| length.parse().ok())??;
        (length <= Cidr::most(&address)).then_some(Cidr { address, length })
    }

    fn most(address: &IpAddr) -> u8 {
        if address.is_ipv4() { 32 } else { 128 }
    }

    fn shown(&self) -> String {
        format!("{}/{}", self.address, self.length)
    }

    fn masked(&self, address: &IpAddr) -> IpAddr {
        match address {
            IpAddr::V4(own) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.length)).unwrap_or(0);
                IpAddr::V4((u32::from(*own) & mask).into())
            }
            IpAddr::V6(own) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.length)).unwrap_or(0);
                IpAddr::V6((u128::from(*own) & mask).into())
            }
        }
    }

    fn has(&self, address: &IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && self.masked(&self.address) == self.masked(address)
    }

    fn has_all_of(&self, other: &Cidr) -> bool {
        other.length >= self.length && self.has(&other.address)
    }
}

fn not_an_ip(text: &str) -> Error {
    let text = gostd::strconv::quoted(text.as_bytes());
    Error::value(format!("IP Address {text} parse error during conversion from string"))
}

fn not_a_cidr() -> Error {
    Error::value("network address parse error during conversion from string")
}

/// Calls a function; nothing where there is none of this name.
pub(super) fn function(name: &str, args: &[Val]) -> Option<Result<Val, Error>> {
    Some(match (name, args) {
        ("ip", [Val::Str(text)]) => Ip::read(text).map(opaque).ok_or_else(|| not_an_ip(text)),
        ("isIP", [Val::Str(text)]) => Ok(Val::Bool(Ip::read(text).is_some())),
        ("ip.isCanonical", [Val::Str(text)]) => match Ip::read(text) {
            Some(own) => Ok(Val::Bool(own.shown() == **text)),
            None => Err(not_an_ip(text)),
        },
        ("cidr", [Val::Str(text)]) => Cidr::read(text).map(opaque).ok_or_else(not_a_cidr),
        ("isCIDR", [Val::Str(text)]) => Ok(Val::Bool(Cidr::read(text).is_some())),
        _ => return None,
    })
}

/// Calls a method; nothing where the value is no address or has none of this name.
pub(super) fn method(name: &str, own: &dyn Any, args: &[Val]) -> Option<Result<Val, Error>> {
    if let Some(Ip(own)) = own.downcast_ref::<Ip>() {
        return args.is_empty().then(|| of_ip(name, own))?.map(Ok);
    }
    let own = own.downcast_ref::<Cidr>()?;
    let other = match args {
        [Val::Opaque(other)] => Some(other.as_any()),
        _ => None,
    };
    let truth = |value: bool| Ok(Val::Bool(value));
    Some(match (name, args) {
        ("ip", []) => Ok(opaque(Ip(own.address))),
        ("masked", []) => {
            Ok(opaque(Cidr { address: own.masked(&own.address), length: own.length }))
        }
        ("prefixLength", []) => Ok(Val::Int(own.length.into())),
        ("containsIP", [Val::Str(text)]) => match Ip::read(text) {
            Some(Ip(address)) => truth(own.has(&address)),
            None => Err(not_an_ip(text)),
        },
        ("containsIP", _) => truth(own.has(&other?.downcast_ref::<Ip>()?.0)),
        ("containsCIDR", [Val::Str(text)]) => match Cidr::read(text) {
            Some(other) => truth(own.has_all_of(&other)),
            None => Err(not_a_cidr()),
        },
        ("containsCIDR", _) => truth(own.has_all_of(other?.downcast_ref::<Cidr>()?)),
        _ => return None,
    })
}

fn of_ip(name: &str, own: &IpAddr) -> Option<Val> {
    let (is_link_local, is_link_local_multicast, is_broadcast) = match own {
        IpAddr::V4(own) => {
            let [a, b, c, _] = own.octets();
            (own.is_link_local(), (a, b, c) == (224, 0, 0), own.is_broadcast())
        }
        IpAddr::V6(own) => {
            let [first, ..] = own.segments();
            (first & 0xffc0 == 0xfe80, first & 0xff0f == 0xff02, false)
        }
    };
    Some(match name {
        "family" => Val::Int(if own.is_ipv4() { 4 } else { 6 }),
        "isUnspecified" => Val::Bool(own.is_unspecified()),
        "isLoopback" => Val::Bool(own.is_loopback()),
        "isLinkLocalMulticast" => Val::Bool(is_link_local_multicast),
        "isLinkLocalUnicast" => Val::Bool(is_link_local),
        "isGlobalUnicast" => Val::Bool(
            !(is_broadcast
                || own.is_unspecified()
                || own.is_loopback()
                || own.is_multicast()
                || is_link_local),
        ),
        _ => return None,
    })
}
