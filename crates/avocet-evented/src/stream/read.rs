//! Reading: what came goes to JavaScript at once.

use std::ops::Range;

use avocet_v8::{HandleScope, Local, Value, handle_scope};
use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::RecvFlags;

use super::{Kind, Stream, finish, update, write};
use crate::convert::{Encoding, integer};
use crate::event_loop;
use crate::http::{Event, Head, Parser};
use crate::runtime::{Hook, Ready, Runtime, Token};

/// Bytes of one chunk, as in the original.
const CHUNK: usize = 8192;

/// Bytes that are read at once where HTTP is spoken.
const HTTP_CHUNK: usize = 64 << 10;

/// Chunks that one stream may bring before the others have their turn.
const TURNS: usize = 4;

impl Stream {
    /// Reads up to `size` bytes behind what is in `buffer`.
    fn receive(&mut self, buffer: &mut Vec<u8>, size: usize) -> Result<usize, Errno> {
        let Some(fd) = &self.fd else { return Err(Errno::BADF) };
        buffer.reserve(size);
        if let Some(tls) = &mut self.tls {
            let start = buffer.len();
            buffer.resize(start + size, 0);
            let got = tls.read(fd, &mut buffer[start..]);
            buffer.truncate(start + got.unwrap_or(0));
            return got;
        }
        // HTTP comes over sockets, whose own call is cheaper than read(2).
        let spare = rustix::buffer::spare_capacity(buffer);
        Ok(rustix::net::recv(fd, spare, RecvFlags::empty())?.1)
    }

    fn receive_chunk(&mut self, chunk: &mut [u8]) -> Result<usize, Errno> {
        let Some(fd) = &self.fd else { return Err(Errno::BADF) };
        match &mut self.tls {
            Some(tls) => tls.read(fd, chunk),
            None if self.kind == Kind::Connection => {
                Ok(rustix::net::recv(fd, chunk, RecvFlags::empty())?.1)
            }
            None => rustix::io::read(fd, chunk),
        }
    }
}

pub(super) fn on_readable(scope: &mut HandleScope<'_>, token: Token) {
    for _ in 0..TURNS {
        let runtime = Runtime::of(scope);
        let Some(stream) = runtime.stream(token) else { return };
        if !stream.read_open || stream.paused {
            return;
        }
        if stream.tls.as_ref().is_some_and(|tls| !tls.told) {
            return shake_hands(scope, token);
        }
        let more =
            if stream.http.is_some() { read_http(scope, token) } else { read_raw(scope, token) };
        if !more {
            return;
        }
    }
    // What TLS holds already is not what the system tells about.
    let runtime = Runtime::of(scope);
    if runtime.stream(token).is_some_and(|stream| stream.tls.is_some()) {
        runtime.ready.push_back(Ready::Io(token, EventFlags::IN));
    }
}

/// Goes on with a handshake; JavaScript hears of its end.
pub(super) fn shake_hands(scope: &mut HandleScope<'_>, token: Token) {
    let runtime = Runtime::of(scope);
    let Some(stream) = runtime.stream(token) else { return };
    let (Some(tls), Some(fd)) = (&mut stream.tls, &stream.fd) else { return };
    let mut result = tls.push(fd);
    while result.is_ok() && tls.is_handshaking() {
        result = match tls.pull(fd) {
            Ok(0) => Err(Errno::CONNRESET),
            other => other.map(drop),
        };
    }
    let done = !tls.is_handshaking() && !tls.told;
    tls.told |= done;
    match result {
        Ok(()) | Err(Errno::AGAIN | Errno::INTR) => {}
        Err(errno) => return finish(runtime, token, Some(errno)),
    }
    if let Err(errno) = update(runtime, token) {
        return finish(runtime, token, Some(errno));
    }
    if done {
        let arguments = [integer(scope, token.id() as i32)];
        event_loop::call(scope, Hook::Secured, &arguments);
        // Data may have come with the end of the handshake.
        on_readable(scope, token);
    }
}

/// One chunk; whether there may be more.
fn read_raw(scope: &mut HandleScope<'_>, token: Token) -> bool {
    handle_scope!(let scope = scope);
    let runtime = Runtime::of(scope);
    let spare = runtime.chunks.pop();
    let mut chunk = spare.unwrap_or_else(|| vec![0; CHUNK].into_boxed_slice());
    let Some(stream) = runtime.stream(token) else { return false };
    let (kind, encoding) = (stream.kind, stream.encoding);
    let got = stream.receive_chunk(&mut chunk);
    let text = match got {
        Ok(got) if got > 0 => Ok(encoding.decode(scope, &chunk[..got])),
        other => Err(other),
    };
    Runtime::of(scope).chunks.push(chunk);
    match text {
        Ok(text) => {
            let arguments = [integer(scope, token.id() as i32), text];
            event_loop::call(scope, Hook::Data, &arguments);
        }
        Err(Err(errno)) => on_error(Runtime::of(scope), token, errno),
        Err(Ok(_)) => on_end(scope, token),
    }
    let secured = Runtime::of(scope).stream(token).is_some_and(|stream| stream.tls.is_some());
    let full = got.is_ok_and(|got| got == CHUNK || secured && got > 0);
    // A pipe may block where a socket says that there is nothing.
    full && kind == Kind::Connection
}

fn on_error(runtime: &mut Runtime, token: Token, errno: Errno) {
    if errno != Errno::AGAIN && errno != Errno::INTR {
        finish(runtime, token, Some(errno));
    }
}

/// The other side has ended.
fn on_end(scope: &mut HandleScope<'_>, token: Token) {
    let runtime = Runtime::of(scope);
    let Some(stream) = runtime.stream(token) else { return };
    stream.read_open = false;
    let kind = stream.kind;
    if let Err(errno) = update(runtime, token) {
        return finish(runtime, token, Some(errno));
    }
    let arguments = [integer(scope, token.id() as i32)];
    event_loop::call(scope, Hook::End, &arguments);
    let runtime = Runtime::of(scope);
    let Some(stream) = runtime.stream(token) else { return };
    if kind == Kind::Reader || !stream.write_open {
        finish(runtime, token, None);
    }
}

/// Reads once and hands on every message, or part of one, that is complete.
fn read_http(scope: &mut HandleScope<'_>, token: Token) -> bool {
    let runtime = Runtime::of(scope);
    let Some(stream) = runtime.stream(token) else { return false };
    let mut input = std::mem::take(&mut stream.input);
    if input.capacity() == 0 {
        input = runtime.buffer(HTTP_CHUNK);
    }
    let Some(stream) = runtime.stream(token) else { return false };
    let size = HTTP_CHUNK.min(input.capacity() - input.len()).max(CHUNK);
    let got = stream.receive(&mut input, size);
    stream.input = input;
    let full = match got {
        Ok(0) => {
            end_http(scope, token);
            return false;
        }
        Ok(got) => got >= size || stream.tls.is_some(),
        Err(errno) => {
            on_error(runtime, token, errno);
            settle(runtime, token);
            return false;
        }
    };
    stream.corked = true;
    runtime.corked = Some(token);
    parse(scope, token);
    let runtime = Runtime::of(scope);
    settle(runtime, token);
    runtime.corked = None;
    write::uncork(runtime, token);
    full
}

/// Gives the input buffer back once everything in it is parsed.
fn settle(runtime: &mut Runtime, token: Token) {
    let Some(stream) = runtime.stream(token) else { return };
    if stream.at >= stream.input.len() {
        let input = std::mem::take(&mut stream.input);
        stream.at = 0;
        runtime.give_back(input);
    } else if stream.at > 0 {
        stream.input.drain(..stream.at);
        stream.at = 0;
    }
}

/// What waits in a stream that JavaScript looks at only now.
pub(crate) fn parse_waiting(scope: &mut HandleScope<'_>, token: Token) {
    parse(scope, token);
    settle(Runtime::of(scope), token);
}

/// One event at a time, with nothing held in between: a listener may enter the loop again and go
/// on with the same connection there.
fn parse(scope: &mut HandleScope<'_>, token: Token) {
    Runtime::of(scope).parsing.push(token);
    parse_events(scope, token);
    Runtime::of(scope).parsing.pop();
}

fn parse_events(scope: &mut HandleScope<'_>, token: Token) {
    loop {
        let Some(stream) = Runtime::of(scope).stream(token) else { return };
        if stream.fd.is_none() || stream.paused {
            return;
        }
        let Some(parser) = &mut stream.http else { return };
        let event = parser.next(&stream.input, &mut stream.at);
        handle_scope!(let scope = scope);
        match event {
            Event::More => return,
            Event::Malformed => return finish(Runtime::of(scope), token, None),
            Event::Head(head) => on_head(scope, token, &head),
            Event::Body(range) => on_body(scope, token, range),
            Event::Complete => {
                let arguments = [integer(scope, token.id() as i32)];
                event_loop::call(scope, Hook::Complete, &arguments);
            }
        }
    }
}

fn on_head(scope: &mut HandleScope<'_>, token: Token, head: &Head) {
    let Some(stream) = Runtime::of(scope).stream(token) else { return };
    let target = units(&stream.input[head.range.start..head.range.start + head.target]);
    let Some(text) = decode(scope, token, head.range.clone(), Encoding::Utf8) else { return };
    let arguments = [
        integer(scope, token.id() as i32),
        text,
        integer(scope, head.start as i32),
        integer(scope, target as i32),
        integer(scope, head.flags),
    ];
    let heads = parser(scope, token).map(|parser| parser.heads());
    if event_loop::ask(scope, Hook::Head, &arguments)
        && let Some(parser) = parser(scope, token)
        && Some(parser.heads()) == heads
    {
        // Nobody listens to the end of this message.
        parser.skip_end();
    }
}

fn parser<'a>(scope: &'a mut HandleScope<'_>, token: Token) -> Option<&'a mut Parser> {
    Runtime::of(scope).stream(token)?.http.as_deref_mut()
}

/// How long `bytes` are as JavaScript counts, once they are a string.
fn units(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        return bytes.len();
    }
    String::from_utf8_lossy(bytes).encode_utf16().count()
}

/// Part of the input as a string; the input is taken out meanwhile, which only reads it.
fn decode<'s>(
    scope: &mut HandleScope<'s>,
    token: Token,
    range: Range<usize>,
    encoding: Encoding,
) -> Option<Local<'s, Value>> {
    let input = std::mem::take(&mut Runtime::of(scope).stream(token)?.input);
    let text = encoding.decode(scope, &input[range]);
    Runtime::of(scope).stream(token)?.input = input;
    Some(text)
}

fn on_body(scope: &mut HandleScope<'_>, token: Token, range: Range<usize>) {
    let Some(stream) = Runtime::of(scope).stream(token) else { return };
    let encoding = stream.encoding;
    let Some(text) = decode(scope, token, range, encoding) else { return };
    let arguments = [integer(scope, token.id() as i32), text];
    event_loop::call(scope, Hook::Body, &arguments);
}

fn end_http(scope: &mut HandleScope<'_>, token: Token) {
    settle(Runtime::of(scope), token);
    let complete = match Runtime::of(scope).stream(token) {
        Some(stream) => stream.http.as_mut().is_some_and(|parser| parser.end()),
        None => return,
    };
    if complete {
        let arguments = [integer(scope, token.id() as i32)];
        event_loop::call(scope, Hook::Complete, &arguments);
    }
    on_end(scope, token);
}
