//! Reading: what came goes to JavaScript at once.

use avocet_v8::{HandleScope, handle_scope};
use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::RecvFlags;

use super::buffers::CHUNK;
use super::layers::ReadOnce;
use super::{Buffers, Kind, Stream, finish};
use crate::convert::integer;
use crate::hooks::{self, Hook};
use crate::reactor::{Reactor, Token};

/// Chunks that one stream may read before the others have their turn.
const TURNS: usize = 4;

impl Stream {
    /// Reads up to `size` bytes behind what is in `buffer`.
    pub(crate) fn receive(&mut self, buffer: &mut Vec<u8>, size: usize) -> Result<usize, Errno> {
        let Some(fd) = &self.fd else { return Err(Errno::BADF) };
        buffer.reserve(size);
        if let Some(layer) = &mut self.layer {
            let start = buffer.len();
            buffer.resize(start + size, 0);
            let got = layer.read(fd, &mut buffer[start..]);
            buffer.truncate(start + got.unwrap_or(0));
            return got;
        }
        // Messages come over sockets, whose own call is cheaper than read(2).
        let spare = rustix::buffer::spare_capacity(buffer);
        Ok(rustix::net::recv(fd, spare, RecvFlags::empty())?.1)
    }

    fn receive_chunk(&mut self, chunk: &mut [u8]) -> Result<usize, Errno> {
        let Some(fd) = &self.fd else { return Err(Errno::BADF) };
        match &mut self.layer {
            Some(layer) => layer.read(fd, chunk),
            None if self.kind == Kind::Connection => {
                Ok(rustix::net::recv(fd, chunk, RecvFlags::empty())?.1)
            }
            None => rustix::io::read(fd, chunk),
        }
    }
}

/// Reads and hands on, for as long as there is more and others have not waited too long.
pub(crate) fn on_readable(scope: &mut HandleScope<'_>, token: Token) {
    for _ in 0..TURNS {
        let Some(stream) = Reactor::of(scope).get::<Stream>(token) else { return };
        if !stream.read_open || stream.paused {
            return;
        }
        if let Some(layer) = stream.layer.as_ref().filter(|layer| !layer.is_open()) {
            return layer.on_readable()(scope, token);
        }
        let read = stream.protocol.as_ref().map_or(read_raw as ReadOnce, |p| p.on_readable());
        if !read(scope, token) {
            return;
        }
    }
    // Bytes that a layer holds already are not those that the system reports.
    let reactor = Reactor::of(scope);
    if reactor.get::<Stream>(token).is_some_and(|stream| stream.layer.is_some()) {
        reactor.again(token, EventFlags::IN);
    }
}

/// Reads one chunk; whether there may be more.
fn read_raw(scope: &mut HandleScope<'_>, token: Token) -> bool {
    handle_scope!(let scope = scope);
    let mut chunk = Buffers::of(scope).chunk();
    let Some(stream) = Reactor::of(scope).get::<Stream>(token) else { return false };
    let (kind, encoding) = (stream.kind, stream.encoding);
    let got = stream.receive_chunk(&mut chunk);
    let text = match got {
        Ok(got) if got > 0 => Ok(encoding.decode(scope, &chunk[..got])),
        other => Err(other),
    };
    Buffers::of(scope).give_back_chunk(chunk);
    match text {
        Ok(text) => {
            let arguments = [integer(scope, token.id() as i32), text];
            hooks::call(scope, Hook::Data, &arguments);
        }
        Err(Err(errno)) => on_error(Reactor::of(scope), token, errno),
        Err(Ok(_)) => on_end(scope, token),
    }
    let stream = Reactor::of(scope).get::<Stream>(token);
    let secured = stream.is_some_and(|stream| stream.layer.is_some());
    let full = got.is_ok_and(|got| got == CHUNK || secured && got > 0);
    // A pipe may block where a socket says that there is nothing.
    full && kind == Kind::Connection
}

/// A read has failed, or there is nothing to read yet.
pub(crate) fn on_error(reactor: &mut Reactor, token: Token, errno: Errno) {
    if errno != Errno::AGAIN && errno != Errno::INTR {
        finish(reactor, token, Some(errno));
    }
}

/// The other side has ended.
pub(crate) fn on_end(scope: &mut HandleScope<'_>, token: Token) {
    let reactor = Reactor::of(scope);
    let Some(stream) = reactor.get::<Stream>(token) else { return };
    stream.read_open = false;
    let kind = stream.kind;
    if let Err(errno) = reactor.watch(token) {
        return finish(reactor, token, Some(errno));
    }
    let arguments = [integer(scope, token.id() as i32)];
    hooks::call(scope, Hook::End, &arguments);
    let reactor = Reactor::of(scope);
    let Some(stream) = reactor.get::<Stream>(token) else { return };
    if kind == Kind::Reader || !stream.write_open {
        finish(reactor, token, None);
    }
}
