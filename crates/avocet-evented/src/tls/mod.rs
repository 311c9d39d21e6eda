//! TLS on connections. The bytes go through here on their way between a stream and the system;
//! what the peer shows is judged, and the script asks for the judgement.

mod der;
mod handshake;
mod key;
mod name;
mod prepare;
mod verify;

use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;

use avocet_engine::ops as operations;
use avocet_engine::ops::{Either, OrUndefined};
use avocet_v8::HandleScope;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};
use rustls::Connection;

use crate::reactor::{Reactor, Token};
use crate::stream::{self, Layer, Stream};

use prepare::Credentials;
use verify::Verdict;

pub(crate) use prepare::Store;

include!("table.rs");

/// The TLS side of one connection.
pub(crate) struct Tls {
    connection: Connection,
    verdict: Verdict,
    /// Whether JavaScript knows that the handshake is done.
    told: bool,
    judged: i32,
}

/// A descriptor as a reader and a writer.
struct Wire<'a>(&'a OwnedFd);

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        Ok(rustix::net::recv(self.0, buffer, RecvFlags::empty())?.1)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(rustix::net::send(self.0, bytes, SendFlags::NOSIGNAL)?)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn errno_of(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::PROTO)
}

impl Tls {
    fn new(mut connection: Connection, verdict: Verdict) -> Self {
        // The amount that a script sends is its own choice; the stream reports when it is drained.
        connection.set_buffer_limit(None);
        Self { connection, verdict, told: false, judged: 0 }
    }

    /// Reads from the wire once; 0 at its end.
    fn pull(&mut self, fd: &OwnedFd) -> Result<usize, Errno> {
        let got = self.connection.read_tls(&mut Wire(fd)).map_err(|error| errno_of(&error))?;
        self.verdict.clear();
        let processed = self.connection.process_new_packets();
        if let Some(judged) = self.verdict.take() {
            self.judged = judged;
        }
        if processed.is_err() {
            // The peer gets the reason, if it still listens.
            let _ = self.push(fd);
            return Err(Errno::PROTO);
        }
        self.push(fd)?;
        Ok(got)
    }

    /// Judgement of the peer: 1 trusted, 0 no certificate, else the fault of it.
    fn judgement(&self) -> i32 {
        self.judged
    }

    fn peer_name(&self) -> Option<String> {
        name::subject(self.connection.peer_certificates()?.first()?)
    }
}

impl Layer for Tls {
    fn is_open(&self) -> bool {
        self.told
    }

    fn on_readable(&self) -> fn(&mut HandleScope<'_>, Token) {
        handshake::go_on
    }

    fn wants_write(&self) -> bool {
        self.connection.wants_write()
    }

    fn read(&mut self, fd: &OwnedFd, buffer: &mut [u8]) -> Result<usize, Errno> {
        loop {
            match self.connection.reader().read(buffer) {
                Ok(got) => return Ok(got),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // The end of the wire without the end of TLS: all that came was authentic.
                Err(_) => return Ok(0),
            }
            if self.pull(fd)? == 0 && self.connection.reader().read(&mut []).is_ok() {
                continue;
            }
        }
    }

    fn write(&mut self, fd: &OwnedFd, bytes: &[u8]) -> Result<usize, Errno> {
        self.connection.writer().write_all(bytes).map_err(|error| errno_of(&error))?;
        self.push(fd)?;
        Ok(bytes.len())
    }

    fn push(&mut self, fd: &OwnedFd) -> Result<(), Errno> {
        while self.connection.wants_write() {
            match self.connection.write_tls(&mut Wire(fd)) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(errno_of(&error)),
            }
        }
        Ok(())
    }

    fn close(&mut self, fd: &OwnedFd) {
        self.connection.send_close_notify();
        let _ = self.push(fd);
    }
}

fn store<'a>(scope: &'a mut HandleScope<'_>) -> &'a mut Store {
    scope.slot_mut().expect("set before any JavaScript runs")
}

fn tls_prepare(
    scope: &mut HandleScope<'_>,
    server: bool,
    trusted: String,
    revoked: String,
    key: String,
    certificate: String,
) -> Either<u32, String> {
    let credentials = Credentials { trusted, revoked, key, certificate };
    store(scope).prepare(server, credentials).map(|number| number as u32).into()
}

fn tls_start(
    scope: &mut HandleScope<'_>,
    id: i32,
    prepared: u32,
    host: String,
) -> OrUndefined<String> {
    let prepared = store(scope).get(prepared as usize);
    let tls = match prepared.map(|prepared| prepared.start(host)) {
        Some(Ok(tls)) => tls,
        Some(Err(message)) => return OrUndefined(Some(message)),
        None => return OrUndefined(Some("setSecure was not called".to_owned())),
    };
    let reactor = Reactor::of(scope);
    if let Some(token) = reactor.token(id) {
        stream::secure(reactor, token, tls, handshake::go_on);
    }
    OrUndefined(None)
}

fn tls<'a>(scope: &'a mut HandleScope<'_>, id: i32) -> Option<&'a Tls> {
    let reactor = Reactor::of(scope);
    let token = reactor.token(id)?;
    reactor.get::<Stream>(token)?.layer::<Tls>().map(|(tls, _)| &*tls)
}

fn tls_verify(scope: &mut HandleScope<'_>, id: i32) -> OrUndefined<i32> {
    OrUndefined(tls(scope, id).map(Tls::judgement))
}

fn tls_peer(scope: &mut HandleScope<'_>, id: i32) -> OrUndefined<String> {
    OrUndefined(tls(scope, id).and_then(Tls::peer_name))
}
