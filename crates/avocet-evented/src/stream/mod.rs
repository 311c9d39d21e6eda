//! Byte streams: connections, pipes of children, standard input.
//!
//! Everything happens in the loop's own thread: a write tries the system call at once and keeps
//! what is left, a read hands JavaScript what came. A stream that is done reports it in a later
//! turn, so that JavaScript never hears of it inside its own call.
//!
//! What is on top of the bytes and what is below them brings its own rules: a [`Protocol`] reads
//! messages, a [`Layer`] encrypts.

mod buffers;
mod calls;
mod layers;
mod read;
mod write;

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use avocet_v8::{HandleScope, handle_scope};
use rustix::event::epoll::EventFlags;
use rustix::io::Errno;

use crate::convert::{Encoding, error_text, integer, string};
use crate::hooks::{self, Hook};
use crate::reactor::timers::Due;
use crate::reactor::{OnReady, Reactor, Source, Token};

pub(crate) use buffers::{Buffers, CHUNK};
pub(crate) use calls::TABLE;
pub(crate) use layers::{Layer, Protocol};
pub(crate) use read::{on_end, on_error, on_readable};
pub(crate) use write::send_held;

/// Kind of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A connection: both ways.
    Connection,
    /// A pipe or a file to read from.
    Reader,
    /// A pipe to write to.
    Writer,
}

pub(crate) struct Stream {
    kind: Kind,
    fd: Option<OwnedFd>,
    connecting: bool,
    read_open: bool,
    write_open: bool,
    /// The writing side ends when what waits is written.
    ending: bool,
    paused: bool,
    /// Encoding of what is read.
    encoding: Encoding,
    /// Bytes that wait to be written, and how many of them are.
    out: Vec<u8>,
    out_start: usize,
    protocol: Option<Box<dyn Protocol>>,
    layer: Option<Box<dyn Layer>>,
    /// Time without a read or a write after which the stream is given up; zero for never.
    timeout: Duration,
    /// Time of the last read or write.
    last: Duration,
    timer: Option<u32>,
}

impl Source for Stream {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.fd.as_ref().map(AsFd::as_fd)
    }

    fn wanted(&self) -> EventFlags {
        let mut flags = EventFlags::empty();
        if self.connecting || self.waits_to_write() {
            flags |= EventFlags::OUT;
        }
        if self.read_open && !self.paused && !self.connecting {
            flags |= EventFlags::IN;
        }
        flags
    }

    fn on_ready(&self) -> OnReady {
        on_ready
    }
}

impl Stream {
    fn new(kind: Kind, fd: Option<OwnedFd>) -> Self {
        Self {
            kind,
            fd,
            connecting: false,
            read_open: matches!(kind, Kind::Connection | Kind::Reader),
            write_open: matches!(kind, Kind::Connection | Kind::Writer),
            ending: false,
            paused: false,
            encoding: Encoding::Binary,
            out: Vec::new(),
            out_start: 0,
            protocol: None,
            layer: None,
            timeout: Duration::ZERO,
            last: Duration::ZERO,
            timer: None,
        }
    }

    /// Whether something is to be written that the other side did not take yet.
    fn waits_to_write(&self) -> bool {
        self.out_start < self.out.len()
            || self.layer.as_ref().is_some_and(|layer| layer.wants_write())
    }

    /// Whether what comes may be handed on now.
    pub(crate) fn is_reading(&self) -> bool {
        self.fd.is_some() && !self.paused
    }

    /// Whether its bytes go through a layer.
    pub(crate) fn is_layered(&self) -> bool {
        self.layer.is_some()
    }

    /// Encoding of what is read.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The protocol, if it is of this type.
    pub(crate) fn protocol<P: Protocol>(&mut self) -> Option<&mut P> {
        layers::protocol(self.protocol.as_deref_mut()?)
    }

    /// From now on messages of a protocol are read.
    pub(crate) fn speak(&mut self, protocol: impl Protocol) {
        self.protocol = Some(Box::new(protocol));
        // A message goes out in few writes, and the last one must not wait for an answer.
        self.set_no_delay(true);
    }

    /// The layer, if it is of this type, and the descriptor below it.
    pub(crate) fn layer<L: Layer>(&mut self) -> Option<(&mut L, &OwnedFd)> {
        Some((layers::layer(self.layer.as_deref_mut()?)?, self.fd.as_ref()?))
    }

    fn set_no_delay(&self, on: bool) {
        if let Some(fd) = &self.fd {
            // Not every stream is a TCP connection.
            let _ = rustix::net::sockopt::set_tcp_nodelay(fd, on);
        }
    }
}

/// Another descriptor for the stream whose descriptor has this number.
pub(crate) fn duplicate(reactor: &Reactor, number: i32) -> Option<OwnedFd> {
    let mut fds = reactor.sources::<Stream>().filter_map(|stream| stream.fd.as_ref());
    let fd = fds.find(|fd| fd.as_raw_fd() == number)?;
    rustix::io::fcntl_dupfd_cloexec(fd, 3).ok()
}

/// From now on the bytes of a stream go through a layer; what `begin` does comes in a later turn.
pub(crate) fn secure(
    reactor: &mut Reactor,
    token: Token,
    layer: impl Layer,
    begin: fn(&mut HandleScope<'_>, Token),
) {
    let Some(stream) = reactor.get::<Stream>(token) else { return };
    stream.layer = Some(Box::new(layer));
    reactor.later(move |scope| begin(scope, token));
}

/// Opens a connection that is there, or one that is being made.
pub(crate) fn open_connection(
    reactor: &mut Reactor,
    fd: OwnedFd,
    connecting: bool,
) -> Result<Token, Errno> {
    let mut stream = Stream::new(Kind::Connection, Some(fd));
    stream.connecting = connecting;
    open(reactor, stream)
}

/// Opens a pipe or a file to read from until it ends.
pub(crate) fn open_reader(
    reactor: &mut Reactor,
    fd: OwnedFd,
    encoding: Encoding,
) -> Result<Token, Errno> {
    let mut stream = Stream::new(Kind::Reader, Some(fd));
    stream.encoding = encoding;
    open(reactor, stream)
}

/// Opens a pipe to write to.
pub(crate) fn open_writer(reactor: &mut Reactor, fd: OwnedFd) -> Result<Token, Errno> {
    let flags = rustix::fs::fcntl_getfl(&fd)?;
    rustix::fs::fcntl_setfl(&fd, flags | rustix::fs::OFlags::NONBLOCK)?;
    open(reactor, Stream::new(Kind::Writer, Some(fd)))
}

fn open(reactor: &mut Reactor, mut stream: Stream) -> Result<Token, Errno> {
    stream.last = reactor.now();
    let counts = stream.kind != Kind::Writer;
    let token = reactor.add(stream);
    if let Err(errno) = reactor.watch(token) {
        reactor.remove(token);
        return Err(errno);
    }
    if counts {
        reactor.retain();
    }
    Ok(token)
}

/// The stream can be read or written.
fn on_ready(scope: &mut HandleScope<'_>, token: Token, flags: EventFlags) {
    let reactor = Reactor::of(scope);
    let now = reactor.now();
    let Some(stream) = reactor.get::<Stream>(token) else { return };
    stream.last = now;
    if stream.connecting {
        return on_connected(scope, token);
    }
    let troubled = flags.intersects(EventFlags::ERR | EventFlags::HUP);
    if flags.contains(EventFlags::OUT) || troubled && !stream.read_open {
        write::on_writable(scope, token);
    }
    let reactor = Reactor::of(scope);
    let Some(stream) = reactor.get::<Stream>(token) else { return };
    if !stream.read_open || stream.paused {
        if troubled && stream.fd.is_some() {
            on_trouble(reactor, token, flags);
        }
        return;
    }
    if troubled || flags.contains(EventFlags::IN) {
        on_readable(scope, token);
    }
}

/// The other side is gone while nobody reads.
fn on_trouble(reactor: &mut Reactor, token: Token, flags: EventFlags) {
    let Some(stream) = reactor.get::<Stream>(token) else { return };
    let Some(fd) = &stream.fd else { return };
    if stream.kind == Kind::Writer || flags.contains(EventFlags::ERR) || !stream.read_open {
        // A pipe has no such option, and a broken one is no error.
        let error = rustix::net::sockopt::socket_error(fd).ok().and_then(Result::err);
        return finish(reactor, token, error.and_then(write::unless_gone));
    }
    // Bytes that have come are still to be read once it is resumed.
    reactor.unwatch(token);
}

fn on_connected(scope: &mut HandleScope<'_>, token: Token) {
    let reactor = Reactor::of(scope);
    let Some(stream) = reactor.get::<Stream>(token) else { return };
    let Some(fd) = &stream.fd else { return };
    match rustix::net::sockopt::socket_error(fd) {
        Ok(Ok(())) => {}
        Ok(Err(errno)) | Err(errno) => return finish(reactor, token, Some(errno)),
    }
    stream.connecting = false;
    if let Err(errno) = reactor.watch(token) {
        return finish(reactor, token, Some(errno));
    }
    let arguments = [integer(scope, token.id() as i32)];
    hooks::call(scope, Hook::Connected, &arguments);
    write::end_if_drained(Reactor::of(scope), token);
}

/// The stream has not moved since its timer was started, or it has.
fn on_idle(scope: &mut HandleScope<'_>, due: Due) {
    let token = due.token;
    let reactor = Reactor::of(scope);
    let now = reactor.now();
    let Some(stream) = reactor.get::<Stream>(token) else { return };
    stream.timer = None;
    if stream.timeout.is_zero() || stream.fd.is_none() {
        return;
    }
    let due = if stream.paused { now } else { stream.last } + stream.timeout;
    if due > now {
        return arm(reactor, token, due);
    }
    let arguments = [integer(scope, token.id() as i32)];
    hooks::call(scope, Hook::Idle, &arguments);
    finish(Reactor::of(scope), token, None);
}

fn arm(reactor: &mut Reactor, token: Token, due: Duration) {
    let timer = reactor.start_timeout(due, token, on_idle);
    if let Some(stream) = reactor.get::<Stream>(token) {
        stream.timer = Some(timer);
    }
}

/// Ends a stream whose directions are both done, or of which one has failed: JavaScript hears of it
/// in a later turn.
pub(crate) fn finish(reactor: &mut Reactor, token: Token, error: Option<Errno>) {
    if reactor.get::<Stream>(token).is_none_or(|stream| stream.fd.is_none()) {
        return;
    }
    reactor.unwatch(token);
    let Some(stream) = reactor.get::<Stream>(token) else { return };
    stream.fd = None;
    stream.read_open = false;
    stream.write_open = false;
    stream.out = Vec::new();
    let (kind, timer) = (stream.kind, stream.timer.take());
    if let Some(timer) = timer {
        reactor.stop_timer(timer);
    }
    if kind != Kind::Writer {
        reactor.release();
    }
    reactor.later(move |scope| tell_closed(scope, token, error));
}

fn tell_closed(scope: &mut HandleScope<'_>, token: Token, error: Option<Errno>) {
    Reactor::of(scope).remove(token);
    handle_scope!(let scope = scope);
    let errno = error.map_or(0, Errno::raw_os_error);
    let text = string(scope, &if errno == 0 { "Success".into() } else { error_text(errno) });
    let arguments = [integer(scope, token.id() as i32), integer(scope, errno), text];
    hooks::call(scope, Hook::Closed, &arguments);
}
