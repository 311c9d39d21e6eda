//! Reading the messages of a connection, and handing each part on as it comes.

use std::ops::Range;

use avocet_v8::{HandleScope, handle_scope};

use super::parser::{Event, Head, Parser};
use crate::convert::{Encoding, integer};
use crate::hooks::{self, Hook};
use crate::reactor::{Reactor, Token, held};
use crate::stream::{self, Buffers, CHUNK, Protocol, Stream};

/// Bytes that are read at once.
const READ: usize = 64 << 10;

/// Messages of a connection, and what was read of them.
pub(super) struct Messages {
    pub(super) parser: Parser,
    input: Vec<u8>,
    /// Bytes of the input that are parsed.
    at: usize,
}

impl Messages {
    pub(super) fn new(parser: Parser) -> Self {
        Self { parser, input: Vec::new(), at: 0 }
    }
}

impl Protocol for Messages {
    fn on_readable(&self) -> fn(&mut HandleScope<'_>, Token) -> bool {
        read
    }

    fn on_resumed(&self) -> fn(&mut HandleScope<'_>, Token) {
        parse_waiting
    }
}

/// The messages of a stream that reads such.
pub(super) fn messages_of<'a>(
    scope: &'a mut HandleScope<'_>,
    token: Token,
) -> Option<&'a mut Messages> {
    Reactor::of(scope).get::<Stream>(token)?.protocol()
}

/// Reads once and hands on every message, or part of one, that is complete.
fn read(scope: &mut HandleScope<'_>, token: Token) -> bool {
    let spare = Buffers::of(scope).take(READ);
    let Some(stream) = Reactor::of(scope).get::<Stream>(token) else { return false };
    let Some(messages) = stream.protocol::<Messages>() else { return false };
    let mut input = std::mem::take(&mut messages.input);
    let unused = if input.capacity() == 0 { std::mem::replace(&mut input, spare) } else { spare };
    let size = READ.min(input.capacity() - input.len()).max(CHUNK);
    let got = stream.receive(&mut input, size);
    let layered = stream.is_layered();
    if let Some(messages) = stream.protocol::<Messages>() {
        messages.input = input;
    }
    Buffers::of(scope).give_back(unused);
    let full = match got {
        Ok(0) => {
            on_end(scope, token);
            return false;
        }
        Ok(got) => got >= size || layered,
        Err(errno) => {
            stream::on_error(Reactor::of(scope), token, errno);
            settle(scope, token);
            return false;
        }
    };
    // Answers to what came together go out together.
    Reactor::of(scope).held.hold(token, stream::send_held);
    parse(scope, token);
    settle(scope, token);
    held::release(scope, token);
    full
}

/// Gives the input buffer back once everything in it is parsed.
fn settle(scope: &mut HandleScope<'_>, token: Token) {
    let Some(messages) = messages_of(scope, token) else { return };
    if messages.at >= messages.input.len() {
        let input = std::mem::take(&mut messages.input);
        messages.at = 0;
        Buffers::of(scope).give_back(input);
    } else if messages.at > 0 {
        messages.input.drain(..messages.at);
        messages.at = 0;
    }
}

/// Goes on with what has been read already.
fn parse_waiting(scope: &mut HandleScope<'_>, token: Token) {
    parse(scope, token);
    settle(scope, token);
}

/// Parses, one event at a time, with nothing held in between: a listener may enter the loop again
/// and go on with the same connection there.
fn parse(scope: &mut HandleScope<'_>, token: Token) {
    Reactor::of(scope).begin(token, parse_waiting);
    parse_events(scope, token);
    Reactor::of(scope).done();
}

fn parse_events(scope: &mut HandleScope<'_>, token: Token) {
    while let Some((event, input, encoding)) = next_event(scope, token) {
        handle_scope!(let scope = scope);
        match event {
            Event::More => return,
            Event::Malformed => return stream::finish(Reactor::of(scope), token, None),
            Event::Head(head) => on_head(scope, token, &head, input),
            Event::Body(range) => on_body(scope, token, range, input, encoding),
            Event::Complete => {
                let arguments = [integer(scope, token.id() as i32)];
                hooks::call(scope, Hook::Complete, &arguments);
            }
        }
    }
}

/// The next event of a connection, and the input that it is about, which is to be put back before
/// anything else happens. `None` where nothing more can be handed on now.
fn next_event(scope: &mut HandleScope<'_>, token: Token) -> Option<(Event, Vec<u8>, Encoding)> {
    let stream = Reactor::of(scope).get::<Stream>(token).filter(|stream| stream.is_reading())?;
    let encoding = stream.encoding();
    let messages = stream.protocol::<Messages>()?;
    let event = messages.parser.next(&messages.input, &mut messages.at);
    let input = match event {
        Event::More => return None,
        Event::Head(_) | Event::Body(_) => std::mem::take(&mut messages.input),
        Event::Complete | Event::Malformed => Vec::new(),
    };
    Some((event, input, encoding))
}

fn on_head(scope: &mut HandleScope<'_>, token: Token, head: &Head, input: Vec<u8>) {
    let bytes = &input[head.range.clone()];
    let target = units(&bytes[..head.target]);
    let text = Encoding::Utf8.decode(scope, bytes);
    let Some(messages) = put_back(scope, token, input) else { return };
    let heads = messages.parser.heads();
    let arguments = [
        integer(scope, token.id() as i32),
        text,
        integer(scope, head.start as i32),
        integer(scope, target as i32),
        integer(scope, head.bits()),
    ];
    if hooks::ask(scope, Hook::Head, &arguments)
        && let Some(messages) = messages_of(scope, token)
        && messages.parser.heads() == heads
    {
        // Nobody listens to the end of this message.
        messages.parser.skip_end();
    }
}

fn put_back<'a>(
    scope: &'a mut HandleScope<'_>,
    token: Token,
    input: Vec<u8>,
) -> Option<&'a mut Messages> {
    let messages = messages_of(scope, token)?;
    messages.input = input;
    Some(messages)
}

/// Length of `bytes` as JavaScript counts, once they are a string.
fn units(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        return bytes.len();
    }
    String::from_utf8_lossy(bytes).encode_utf16().count()
}

fn on_body(
    scope: &mut HandleScope<'_>,
    token: Token,
    range: Range<usize>,
    input: Vec<u8>,
    encoding: Encoding,
) {
    let text = encoding.decode(scope, &input[range]);
    if put_back(scope, token, input).is_some() {
        let arguments = [integer(scope, token.id() as i32), text];
        hooks::call(scope, Hook::Body, &arguments);
    }
}

fn on_end(scope: &mut HandleScope<'_>, token: Token) {
    settle(scope, token);
    let complete = match messages_of(scope, token) {
        Some(messages) => messages.parser.end(),
        None => return,
    };
    if complete {
        let arguments = [integer(scope, token.id() as i32)];
        hooks::call(scope, Hook::Complete, &arguments);
    }
    stream::on_end(scope, token);
}
