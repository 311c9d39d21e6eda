//! TLS on connections. The bytes go through here on their way between a stream and the system;
//! what the peer shows is judged, and the script asks for the judgement.

mod der;
mod key;
mod name;
mod ops;
mod prepare;
mod verify;

use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};
use rustls::Connection;

pub(crate) use ops::*;
pub(crate) use prepare::Store;
pub(crate) use verify::Verdict;

/// The TLS side of one connection.
pub(crate) struct Tls {
    connection: Connection,
    verdict: Verdict,
    /// The handshake has been told to JavaScript.
    pub(crate) told: bool,
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
        // What a script sends is its own choice; the stream tells when it is drained.
        connection.set_buffer_limit(None);
        Self { connection, verdict, told: false, judged: 0 }
    }

    pub(crate) fn is_handshaking(&self) -> bool {
        self.connection.is_handshaking()
    }

    pub(crate) fn wants_write(&self) -> bool {
        self.connection.wants_write()
    }

    /// One read from the wire; 0 at its end.
    pub(crate) fn pull(&mut self, fd: &OwnedFd) -> Result<usize, Errno> {
        let got = self.connection.read_tls(&mut Wire(fd)).map_err(|error| errno_of(&error))?;
        self.verdict.clear();
        let processed = self.connection.process_new_packets();
        if let Some(judged) = self.verdict.take() {
            self.judged = judged;
        }
        if processed.is_err() {
            // The peer is told why, if it still listens.
            let _ = self.push(fd);
            return Err(Errno::PROTO);
        }
        self.push(fd)?;
        Ok(got)
    }

    /// Writes what waits, as far as the wire takes it.
    pub(crate) fn push(&mut self, fd: &OwnedFd) -> Result<(), Errno> {
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

    /// Reads what the peer has sent; 0 where it has ended.
    pub(crate) fn read(&mut self, fd: &OwnedFd, buffer: &mut [u8]) -> Result<usize, Errno> {
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

    /// Takes all of `bytes` and writes what the wire takes.
    pub(crate) fn write(&mut self, fd: &OwnedFd, bytes: &[u8]) -> Result<usize, Errno> {
        self.connection.writer().write_all(bytes).map_err(|error| errno_of(&error))?;
        self.push(fd)?;
        Ok(bytes.len())
    }

    pub(crate) fn close(&mut self, fd: &OwnedFd) {
        self.connection.send_close_notify();
        let _ = self.push(fd);
    }

    /// 1 trusted, 0 no certificate, else what is wrong with it.
    fn judgement(&self) -> i32 {
        self.judged
    }

    fn peer_name(&self) -> Option<String> {
        name::subject(self.connection.peer_certificates()?.first()?)
    }
}
