//! Writing: at once, and the rest when the other side takes it.

use avocet_v8::HandleScope;
use rustix::io::Errno;
use rustix::net::{SendFlags, Shutdown};

use super::{Kind, Stream, finish};
use crate::convert::integer;
use crate::hooks::{self, Hook};
use crate::reactor::{Reactor, Token};

/// Bytes at the start of a queue that may be sent already.
const MANY_SENT: usize = 64 << 10;

impl Stream {
    fn send_some(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        let Some(fd) = &self.fd else { return Err(Errno::BADF) };
        if let Some(layer) = &mut self.layer {
            return layer.write(fd, bytes);
        }
        loop {
            let written = match self.kind {
                // A socket's own call is cheaper than write(2).
                Kind::Connection => rustix::net::send(fd, bytes, SendFlags::NOSIGNAL),
                _ => rustix::io::write(fd, bytes),
            };
            match written {
                Err(Errno::INTR) => {}
                other => return other,
            }
        }
    }

    /// Whether it can take bytes now or later.
    fn is_writable(&self) -> bool {
        self.fd.is_some() && self.write_open && !self.ending
    }

    /// Writes what waits; an error other than "later".
    fn flush(&mut self) -> Result<(), Errno> {
        if let (Some(layer), Some(fd)) = (&mut self.layer, &self.fd) {
            layer.push(fd)?;
        }
        while self.out_start < self.out.len() {
            let out = std::mem::take(&mut self.out);
            let written = self.send_some(&out[self.out_start..]);
            self.out = out;
            match written {
                Ok(written) => self.out_start += written,
                Err(Errno::AGAIN) => {
                    self.forget_sent();
                    return Ok(());
                }
                Err(errno) => return Err(errno),
            }
        }
        self.out_start = 0;
        // A large answer shall not cost its memory for as long as the connection lives.
        if self.out.capacity() > 16 << 10 {
            self.out = Vec::new();
        } else {
            self.out.clear();
        }
        Ok(())
    }

    /// Gives up what is sent of a queue that does not run empty, once that is the larger part, so
    /// that each byte is moved about once.
    fn forget_sent(&mut self) {
        if self.out_start > MANY_SENT && self.out_start > self.out.len() / 2 {
            self.out.drain(..self.out_start);
            self.out_start = 0;
        }
    }
}

/// The error of a write, unless it is a broken pipe: that the other side is gone is no transmission
/// error.
pub(super) fn unless_gone(errno: Errno) -> Option<Errno> {
    (errno != Errno::PIPE).then_some(errno)
}

/// Sends `bytes`; `None` where the stream takes none.
pub(super) fn send(reactor: &mut Reactor, token: Token, bytes: &[u8]) -> Option<()> {
    let (now, held) = (reactor.now(), reactor.held.holds(token));
    let stream = reactor.get::<Stream>(token)?;
    if !stream.is_writable() {
        return None;
    }
    stream.last = now;
    if held || stream.connecting || stream.out_start < stream.out.len() {
        stream.out.extend_from_slice(bytes);
        return Some(());
    }
    let written = match stream.send_some(bytes) {
        Ok(written) => written,
        Err(Errno::AGAIN) => 0,
        Err(errno) => {
            finish(reactor, token, unless_gone(errno));
            return Some(());
        }
    };
    if stream.layer.is_some() && reactor.watch(token).is_err() {
        finish(reactor, token, None);
    } else if written < bytes.len() {
        let stream = reactor.get::<Stream>(token)?;
        stream.out.extend_from_slice(&bytes[written..]);
        if stream.flush().is_err() || reactor.watch(token).is_err() {
            finish(reactor, token, None);
        }
    }
    Some(())
}

/// Sends what was held back in this turn.
pub(crate) fn send_held(scope: &mut HandleScope<'_>, token: Token) {
    let reactor = Reactor::of(scope);
    let Some(stream) = reactor.get::<Stream>(token) else { return };
    if stream.out.is_empty() || stream.fd.is_none() {
        return end_if_drained(reactor, token);
    }
    if let Err(errno) = stream.flush() {
        return finish(reactor, token, unless_gone(errno));
    }
    end_if_drained(reactor, token);
    if let Err(errno) = reactor.watch(token) {
        finish(reactor, token, Some(errno));
    }
}

/// The other side takes more.
pub(super) fn on_writable(scope: &mut HandleScope<'_>, token: Token) {
    let reactor = Reactor::of(scope);
    let Some(stream) = reactor.get::<Stream>(token) else { return };
    let waited = stream.waits_to_write();
    if let Err(errno) = stream.flush() {
        return finish(reactor, token, unless_gone(errno));
    }
    let drained = waited && !stream.waits_to_write();
    if let Err(errno) = reactor.watch(token) {
        return finish(reactor, token, Some(errno));
    }
    if drained {
        tell_drained(scope, token);
        end_if_drained(Reactor::of(scope), token);
    }
}

/// Reports to JavaScript that nothing waits to be written, if that is so.
pub(super) fn tell_drained(scope: &mut HandleScope<'_>, token: Token) {
    if Reactor::of(scope).get::<Stream>(token).is_some_and(|stream| !stream.waits_to_write()) {
        let arguments = [integer(scope, token.id() as i32)];
        hooks::call(scope, Hook::Drain, &arguments);
    }
}

/// Ends the writing side if that is wanted and nothing waits.
pub(super) fn end_if_drained(reactor: &mut Reactor, token: Token) {
    let held = reactor.held.holds(token);
    let Some(stream) = reactor.get::<Stream>(token) else { return };
    let done = stream.ending && stream.write_open && !stream.connecting && !held;
    if !done || stream.waits_to_write() {
        return;
    }
    stream.write_open = false;
    if let (Some(layer), Some(fd)) = (&mut stream.layer, &stream.fd) {
        layer.close(fd);
    }
    if let (Kind::Connection, Some(fd)) = (stream.kind, &stream.fd) {
        let _ = rustix::net::shutdown(fd, Shutdown::Write);
    }
    if !stream.read_open {
        finish(reactor, token, None);
    }
}
