//! Resolves names over the network, where the host allows it.

use std::net::ToSocketAddrs;

use gostd::value::{Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def};

use super::args::text_handle;

pub(super) const TABLE: &[FuncDef] =
    &[def("getHostByName", &[Type::String], get_host_by_name).nonhermetic()];

/// Returns an address of the host; nothing without `--enable-dns`.
fn get_host_by_name(host: &mut dyn Host, args: &[Value]) -> FuncResult {
    if !host.dns_enabled() {
        return Ok(Value::str(""));
    }
    let name = text_handle(args, 0);
    let found = name.to_str().and_then(|name| (name, 0).to_socket_addrs().ok()?.next());
    match found {
        Some(address) => Ok(Value::from(address.ip().to_string())),
        // sprig chooses one of no addresses, which Go's math/rand refuses.
        None => Err(FuncError::text("invalid argument to Intn")),
    }
}
