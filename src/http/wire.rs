//! Connects to servers: over TLS with our own check of certificates, through proxies as Go goes through them, with an
//! eye on the first line of each answer, of which the client keeps the status alone.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use gostd::os::bytes_of;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout,
    TcpConnector, Transport, TransportAdapter,
};

thread_local! {
    /// The first line of the last answer that this thread has read, without its end.
    static FIRST_LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// The query of the next request, where it is none that the client can hold.
    static QUERY: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Returns the first line of the answer to this thread's last request, as far as it came.
pub(super) fn first_line() -> Vec<u8> {
    FIRST_LINE.with_borrow_mut(std::mem::take)
}

/// Sends this query in the place of that of this thread's next request.
pub(super) fn send_query(query: Option<String>) {
    QUERY.set(query);
}

/// A proxy that is asked for `http:` URLs as a whole.
#[derive(Clone, Debug)]
pub(super) struct Forward {
    /// Where it listens.
    pub(super) proxy: Uri,
    /// The value of `Proxy-Authorization`.
    pub(super) authorization: Option<String>,
}

/// Returns what the client connects with.
pub(super) fn connector(
    tls: Option<Arc<ClientConfig>>,
    forward: Option<Forward>,
) -> impl Connector<(), Out = impl Transport> {
    ().chain(ConnectProxyConnector::default())
        .chain(TcpConnector::default())
        .chain(Secure(tls))
        .chain(Watch(forward))
}

/// Finds addresses as the system does; with a proxy that is asked for whole URLs, the proxy's.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    pub(super) forward: Option<Uri>,
    system: DefaultResolver,
}

impl Addresses {
    pub(super) fn of(forward: Option<Uri>) -> Addresses {
        Addresses { forward, system: DefaultResolver::default() }
    }
}

impl Resolver for Addresses {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let uri = self.forward.as_ref().unwrap_or(uri);
        self.system.resolve(uri, config, timeout).map_err(|e| match e {
            // A port of its own kind is all that the system says.
            ureq::Error::Io(e) if e.raw_os_error().is_none() => {
                let text = e.to_string();
                let host = uri.host().unwrap_or_default().to_owned();
                let is_temporary = text.contains("emporary failure");
                ureq::Error::Io(io::Error::other(LookupError { host, is_temporary }))
            }
            other => other,
        })
    }
}

/// A name without an address.
#[derive(Debug)]
pub(super) struct LookupError {
    pub(super) host: String,
    /// Whether a server for names did not do its work.
    pub(super) is_temporary: bool,
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lookup {}: no such host", self.host)
    }
}

impl std::error::Error for LookupError {}

/// What is no TLS at the other end.
#[derive(Debug)]
pub(super) struct NoTls {
    /// Whether it is HTTP.
    pub(super) is_http: bool,
}

impl fmt::Display for NoTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.is_http {
            true => super::PLAIN_ANSWER,
            false => "tls: first record does not look like a TLS handshake",
        })
    }
}

impl std::error::Error for NoTls {}

/// Speaks TLS where the URL says so.
struct Secure(Option<Arc<ClientConfig>>);

impl fmt::Debug for Secure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secure")
    }
}

impl<In: Transport> Connector<In> for Secure {
    type Out = Either<In, Secured>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(transport) = chained else { return Err(ureq::Error::ConnectionFailed) };
        let Some(config) = self.0.as_ref().filter(|_| details.needs_tls()) else {
            return Ok(Some(Either::A(transport)));
        };
        let host = details.uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| ureq::Error::Tls("the host's name is none"))?;
        let mut session = ClientConnection::new(config.clone(), name)?;
        let mut socket = Socket {
            adapter: TransportAdapter::new(transport.boxed(), details.current_time.clone()),
            first: Vec::new(),
        };
        socket.adapter.set_timeout(details.timeout);
        session.complete_io(&mut socket).map_err(|e| {
            let inner = e.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>());
            match inner {
                Some(rustls::Error::InvalidMessage(_)) => {
                    let is_http = socket.first.starts_with(b"HTTP/");
                    ureq::Error::Io(io::Error::other(NoTls { is_http }))
                }
                _ => ureq::Error::from(e),
            }
        })?;
        let sizes = (details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(Secured {
            buffers: LazyBuffers::new(sizes.0, sizes.1),
            stream: StreamOwned::new(session, socket),
        })))
    }
}

/// What lies below TLS, and the first bytes that came of it.
struct Socket {
    adapter: TransportAdapter,
    first: Vec<u8>,
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const ENOUGH: usize = 5;
        let n = self.adapter.read(buffer)?;
        let missing = ENOUGH.saturating_sub(self.first.len());
        self.first.extend(buffer.iter().take(n.min(missing)));
        Ok(n)
    }
}

impl Write for Socket {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.adapter.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.adapter.flush()
    }
}

/// A connection over TLS.
struct Secured {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, Socket>,
}

impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secured")
    }
}

impl Transport for Secured {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.get_mut().adapter.set_timeout(timeout);
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        Ok(self.stream.write_all(output)?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.get_mut().adapter.set_timeout(timeout);
        let n = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(n);
        Ok(n > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().adapter.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

/// Notes the first line of each answer; names whole URLs where a proxy is asked for them.
#[derive(Debug)]
struct Watch(Option<Forward>);

impl<In: Transport> Connector<In> for Watch {
    type Out = Watched<In>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let authority = details.uri.authority().map(|a| a.as_str()).unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let forward = self.0.as_ref().map(|forward| {
            let authorization = forward.authorization.as_deref();
            let header = authorization.map(|value| format!("Proxy-Authorization: {value}\r\n"));
            (format!("http://{host}"), header.unwrap_or_default())
        });
        Ok(chained.map(|inner| Watched { inner, forward, sends: false, heard: false }))
    }
}

#[derive(Debug)]
struct Watched<In> {
    inner: In,
    /// What goes before a path in the first line of a request, and behind that line.
    forward: Option<(String, String)>,
    /// Whether a request has begun to be sent.
    sends: bool,
    /// Whether the first line of the answer is there.
    heard: bool,
}

impl<In: Transport> Watched<In> {
    /// Sends bytes in the place of those in the buffer.
    fn send(&mut self, mut data: &[u8], timeout: NextTimeout) -> Result<(), ureq::Error> {
        while !data.is_empty() {
            let output = self.inner.buffers().output();
            let n = data.len().min(output.len());
            let (now, later) = data.split_at(n);
            output.iter_mut().zip(now).for_each(|(to, from)| *to = *from);
            self.inner.transmit_output(n, timeout)?;
            data = later;
        }
        Ok(())
    }
}

impl<In: Transport> Transport for Watched<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if !std::mem::replace(&mut self.sends, true) {
            self.heard = false;
            FIRST_LINE.with_borrow_mut(Vec::clear);
            let query = QUERY.take();
            if query.is_some() || self.forward.is_some() {
                let head = self.inner.buffers().output().get(..amount).unwrap_or_default();
                let mut head = head.to_vec();
                if let Some(query) = query {
                    head = with_query(&head, &query);
                }
                if let Some((before, behind)) = &self.forward {
                    head = absolute(&head, before, behind);
                }
                return self.send(&head, timeout);
            }
        }
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.sends = false;
        let more = self.inner.await_input(timeout)?;
        if !self.heard {
            let input = self.inner.buffers().input();
            let end = memchr::memchr(b'\n', input);
            let line = input.get(..end.unwrap_or(input.len())).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            FIRST_LINE.with_borrow_mut(|first| line.clone_into(first));
            self.heard = end.is_some();
        }
        Ok(more)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// Returns the head of a request with its URL whole: `GET http://host/path HTTP/1.1`.
fn absolute(head: &[u8], before: &str, behind: &str) -> Vec<u8> {
    let space = memchr::memchr(b' ', head).map_or(0, |at| at + 1);
    let line = memchr::memchr(b'\n', head).map_or(head.len(), |at| at + 1);
    let (method, rest) = head.split_at(space.min(line));
    let (target, rest) = rest.split_at(line - method.len());
    [method, before.as_bytes(), target, behind.as_bytes(), rest].concat()
}

/// Returns the head of a request with another query.
fn with_query(head: &[u8], query: &str) -> Vec<u8> {
    let begin = memchr::memchr(b'?', head).map_or(head.len(), |at| at + 1);
    let (before, behind) = head.split_at(begin);
    let end = memchr::memchr(b' ', behind).unwrap_or(behind.len());
    [before, &bytes_of(query), &behind[end..]].concat()
}

/// Returns the first address of a host, as Go's messages name it.
pub(super) fn first_address(host: &str, port: u16) -> Option<SocketAddr> {
    use std::net::ToSocketAddrs;
    (host, port).to_socket_addrs().ok()?.next()
}

#[cfg(test)]
mod tests {
    use super::absolute;

    #[test]
    fn a_proxy_is_asked_for_the_whole_url() {
        let head = b"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n";
        let whole = absolute(head, "http://x", "Proxy-Authorization: Basic eA==\r\n");
        let want =
            "GET http://x/a?b HTTP/1.1\r\nProxy-Authorization: Basic eA==\r\nHost: x\r\n\r\n";
        assert_eq!(String::from_utf8_lossy(&whole), want);
        assert_eq!(absolute(b"", "http://x", ""), b"http://x");
    }
}
