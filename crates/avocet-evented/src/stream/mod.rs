//! Byte streams: connections, pipes of children, standard input.
//!
//! Everything happens in the loop's own thread: a write tries the system call at once and keeps
//! what is left, a read hands JavaScript what came. A stream that is done tells so in a later turn,
//! so that JavaScript never hears of it inside its own call.

mod ops;
mod read;
mod write;

use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use avocet_v8::{HandleScope, handle_scope};
use rustix::event::epoll::{self, EventFlags};
use rustix::io::Errno;

use crate::convert::{Encoding, error_text, integer, string};
use crate::event_loop;
use crate::http::Parser;
use crate::runtime::{Hook, Runtime, Source, Token};
use crate::timers::Owner;
use crate::tls::Tls;

pub(crate) use ops::*;
pub(crate) use read::parse_waiting;
pub(crate) use write::uncork;

/// What a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A connection: both ways.
    Connection,
    /// Something to read from.
    Reader,
    /// Something to write to.
    Writer,
    /// Standard output with something waiting; its bytes are in [`crate::stdio`].
    StandardOutput,
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
    /// Writes wait for the end of this turn.
    corked: bool,
    encoding: Encoding,
    /// What epoll watches for; `None` where it does not know the stream.
    interest: Option<EventFlags>,
    out: Vec<u8>,
    out_start: usize,
    input: Vec<u8>,
    at: usize,
    http: Option<Box<Parser>>,
    tls: Option<Box<Tls>>,
    timeout: Duration,
    last: Duration,
    timer: Option<u32>,
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
            corked: false,
            encoding: Encoding::Binary,
            interest: None,
            out: Vec::new(),
            out_start: 0,
            input: Vec::new(),
            at: 0,
            http: None,
            tls: None,
            timeout: Duration::ZERO,
            last: Duration::ZERO,
            timer: None,
        }
    }

    /// What stands for standard output while something waits for it.
    pub(crate) fn standard_output() -> Self {
        Self::new(Kind::StandardOutput, None)
    }

    /// Whether something is to be written that the other side did not take yet.
    fn waits_to_write(&self) -> bool {
        self.out_start < self.out.len() || self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    /// Another descriptor for the same connection, if this is its number.
    pub(crate) fn duplicate(&self, number: i32) -> Option<OwnedFd> {
        let fd = self.fd.as_ref().filter(|fd| fd.as_raw_fd() == number)?;
        rustix::io::fcntl_dupfd_cloexec(fd, 3).ok()
    }

    /// Its TLS side.
    pub(crate) fn tls(&self) -> Option<&Tls> {
        self.tls.as_deref()
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
}

/// A connection that is there, or one that is being made.
pub(crate) fn open_connection(
    runtime: &mut Runtime,
    fd: OwnedFd,
    connecting: bool,
) -> Result<Token, Errno> {
    let mut stream = Stream::new(Kind::Connection, Some(fd));
    stream.connecting = connecting;
    open(runtime, stream)
}

/// Something to read from until it ends.
pub(crate) fn open_reader(
    runtime: &mut Runtime,
    fd: OwnedFd,
    encoding: Encoding,
) -> Result<Token, Errno> {
    let mut stream = Stream::new(Kind::Reader, Some(fd));
    stream.encoding = encoding;
    open(runtime, stream)
}

/// Something to write to.
pub(crate) fn open_writer(runtime: &mut Runtime, fd: OwnedFd) -> Result<Token, Errno> {
    let flags = rustix::fs::fcntl_getfl(&fd)?;
    rustix::fs::fcntl_setfl(&fd, flags | rustix::fs::OFlags::NONBLOCK)?;
    open(runtime, Stream::new(Kind::Writer, Some(fd)))
}

fn open(runtime: &mut Runtime, mut stream: Stream) -> Result<Token, Errno> {
    stream.last = runtime.now;
    let counts = stream.kind != Kind::Writer;
    let token = runtime.add(Source::Stream(Box::new(stream)));
    match update(runtime, token) {
        Ok(()) => {}
        Err(errno) => {
            runtime.remove(token);
            return Err(errno);
        }
    }
    runtime.alive += usize::from(counts);
    Ok(token)
}

/// Makes epoll watch for what the stream waits for.
fn update(runtime: &mut Runtime, token: Token) -> Result<(), Errno> {
    let Some((stream, epoll)) = runtime.stream_and_epoll(token) else { return Ok(()) };
    let Some(fd) = &stream.fd else { return Ok(()) };
    let wanted = stream.wanted();
    let data = token.data();
    match stream.interest {
        Some(known) if known == wanted => {}
        Some(_) => {
            epoll::modify(epoll, fd, data, wanted)?;
            stream.interest = Some(wanted);
        }
        None => match epoll::add(epoll, fd, data, wanted) {
            Ok(()) => stream.interest = Some(wanted),
            // A regular file: always ready.
            Err(Errno::PERM) => {
                if wanted.is_empty() {
                    runtime.restless.retain(|known| *known != token);
                } else if !runtime.restless.contains(&token) {
                    runtime.restless.push(token);
                }
            }
            Err(errno) => return Err(errno),
        },
    }
    Ok(())
}

/// epoll says that something can be done.
pub(crate) fn on_ready(scope: &mut HandleScope<'_>, token: Token, flags: EventFlags) {
    let runtime = Runtime::of(scope);
    let now = runtime.now;
    let Some(stream) = runtime.stream(token) else { return };
    if stream.kind == Kind::StandardOutput {
        return crate::stdio::on_writable(runtime, token);
    }
    stream.last = now;
    if stream.connecting {
        return on_connected(scope, token);
    }
    let troubled = flags.intersects(EventFlags::ERR | EventFlags::HUP);
    if flags.contains(EventFlags::OUT) || troubled && !stream.read_open {
        write::on_writable(scope, token);
    }
    let runtime = Runtime::of(scope);
    let Some(stream) = runtime.stream(token) else { return };
    if !stream.read_open || stream.paused {
        if troubled && stream.fd.is_some() {
            on_trouble(runtime, token, flags);
        }
        return;
    }
    if troubled || flags.contains(EventFlags::IN) {
        read::on_readable(scope, token);
    }
}

/// The other side is gone while nobody reads.
fn on_trouble(runtime: &mut Runtime, token: Token, flags: EventFlags) {
    let Some((stream, epoll)) = runtime.stream_and_epoll(token) else { return };
    let Some(fd) = &stream.fd else { return };
    if stream.kind == Kind::Writer || flags.contains(EventFlags::ERR) || !stream.read_open {
        // A pipe has no such option, and a broken one is no error.
        let error = rustix::net::sockopt::socket_error(fd).ok().and_then(Result::err);
        return finish(runtime, token, error.and_then(write::unless_gone));
    }
    // What has come is still to be read once it is resumed.
    let _ = epoll::delete(epoll, fd);
    stream.interest = None;
}

fn on_connected(scope: &mut HandleScope<'_>, token: Token) {
    let runtime = Runtime::of(scope);
    let Some(stream) = runtime.stream(token) else { return };
    let Some(fd) = &stream.fd else { return };
    match rustix::net::sockopt::socket_error(fd) {
        Ok(Ok(())) => {}
        Ok(Err(errno)) | Err(errno) => return finish(runtime, token, Some(errno)),
    }
    stream.connecting = false;
    if let Err(errno) = update(runtime, token) {
        return finish(runtime, token, Some(errno));
    }
    let arguments = [integer(scope, token.id() as i32)];
    event_loop::call(scope, Hook::Connected, &arguments);
    write::end_if_drained(Runtime::of(scope), token);
}

/// The stream has not moved since its timer was started, or it has.
pub(crate) fn on_idle(scope: &mut HandleScope<'_>, token: Token) {
    let runtime = Runtime::of(scope);
    let now = runtime.now;
    let Some(stream) = runtime.stream(token) else { return };
    stream.timer = None;
    if stream.timeout.is_zero() || stream.fd.is_none() {
        return;
    }
    let due = if stream.paused { now } else { stream.last } + stream.timeout;
    if due > now {
        return arm(runtime, token, due);
    }
    let arguments = [integer(scope, token.id() as i32)];
    event_loop::call(scope, Hook::Idle, &arguments);
    finish(Runtime::of(scope), token, None);
}

fn arm(runtime: &mut Runtime, token: Token, due: Duration) {
    let timer = runtime.timers.start(due, Duration::ZERO, false, Owner::Stream(token));
    if let Some(stream) = runtime.stream(token) {
        stream.timer = Some(timer);
    }
}

/// From now on the bytes of a connection go through TLS.
pub(crate) fn secure(runtime: &mut Runtime, token: Token, tls: Tls) {
    let Some(stream) = runtime.stream(token) else { return };
    stream.tls = Some(Box::new(tls));
    runtime.later(move |scope| read::shake_hands(scope, token));
}

/// Both directions are done, or one has failed: JavaScript hears of it in a later turn.
pub(crate) fn finish(runtime: &mut Runtime, token: Token, error: Option<Errno>) {
    let Some((stream, epoll)) = runtime.stream_and_epoll(token) else { return };
    let Some(fd) = stream.fd.take() else { return };
    if stream.interest.take().is_some() {
        let _ = epoll::delete(epoll, &fd);
    }
    stream.read_open = false;
    stream.write_open = false;
    let (kind, timer) = (stream.kind, stream.timer.take());
    stream.out = Vec::new();
    drop(fd);
    runtime.restless.retain(|known| *known != token);
    if let Some(timer) = timer {
        runtime.timers.stop(timer);
    }
    runtime.alive -= usize::from(kind != Kind::Writer);
    runtime.later(move |scope| {
        Runtime::of(scope).remove(token);
        handle_scope!(let scope = scope);
        let errno = error.map_or(0, Errno::raw_os_error);
        let text = string(scope, &if errno == 0 { "Success".into() } else { error_text(errno) });
        let arguments = [integer(scope, token.id() as i32), integer(scope, errno), text];
        event_loop::call(scope, Hook::Closed, &arguments);
    });
}
