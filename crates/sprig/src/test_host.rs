//! Provides a host for the tests of functions.

use gostd::value::{Str, Value};
use gotemplate::func::{FuncDef, FuncError, Host, Instant};

/// A host whose clock stands still.
pub(crate) struct TestHost;

impl Host for TestHost {
    fn now(&self) -> Instant {
        Instant { seconds: 1_700_000_000, nanos: 500_000_000 }
    }

    fn dns_enabled(&self) -> bool {
        false
    }

    fn include(&mut self, _: &Str, _: &Value) -> Result<Str, FuncError> {
        Err(FuncError::text("no templates here"))
    }

    fn tpl(&mut self, _: &Str, _: &Value) -> Result<Str, FuncError> {
        Err(FuncError::text("no templates here"))
    }
}

/// Calls a function of a table.
pub(crate) fn call(table: &[FuncDef], name: &str, args: &[Value]) -> Result<Value, String> {
    let def = table.iter().find(|def| def.name == name).unwrap();
    assert_eq!(def.signature.params.len(), args.len());
    (def.call)(&mut TestHost, args).map_err(|error| Str::from(error.to_bytes()).to_string())
}
