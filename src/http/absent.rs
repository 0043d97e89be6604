//! Stands in for the client of servers in a build without the feature `net`.

use super::{Error, Network, Request, Response, Tls, TlsError};
use crate::report::Reporter;

/// Nothing: no certificates are read.
pub(super) type Trusted = ();

/// A client, of which there is none.
#[derive(Debug)]
pub enum Agent {}

impl Agent {
    /// Sets nothing.
    pub fn set_timeout(&mut self, _: std::time::Duration) {
        match *self {}
    }
}

impl Network {
    /// Refuses.
    ///
    /// # Errors
    /// [`Error::NotBuilt`]
    pub fn agent(&self, _: &Tls, _: &str) -> Result<Agent, Error> {
        let () = self.trusted;
        Err(Error::NotBuilt)
    }

    /// Refuses.
    ///
    /// # Errors
    /// [`Error::NotBuilt`]
    pub fn send(
        &self,
        agent: &Agent,
        _: &Request<'_>,
        _: &dyn Reporter,
    ) -> Result<Response, Error> {
        match *agent {}
    }
}

impl Tls {
    /// Checks nothing: no login follows.
    ///
    /// # Errors
    /// None.
    pub fn check_for_login(&self) -> Result<(), TlsError> {
        Ok(())
    }
}
