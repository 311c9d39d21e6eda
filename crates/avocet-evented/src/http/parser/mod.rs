//! Reading HTTP/1 messages, as strictly as the original and without its defects.

mod head;

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::{self, Finder};

pub(crate) use head::Head;

/// Bytes of a head, of a chunk's size line, of trailers.
const MAX_PIECE: usize = 80 << 10;

/// Search for the end of a head, prepared once.
static HEAD_END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\r\n\r\n"));

/// Side whose messages are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Requests,
    Responses,
}

/// Rule by which a body is separated from what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    None,
    Length(u64),
    Chunked,
    UntilEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Length(u64),
    Size,
    Chunk(u64),
    ChunkEnd,
    Trailers,
    UntilEnd,
    /// The body is over; its end has not been reported yet.
    Over,
    /// The last message of the connection is over.
    Last,
}

/// The next event on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// Nothing before more has been read.
    More,
    Head(Head),
    Body(Range<usize>),
    Complete,
    Malformed,
}

/// Parser of the messages of one side of a connection.
#[derive(Debug)]
pub(crate) struct Parser {
    side: Side,
    state: State,
    /// Bytes of a piece that have been searched for its end.
    searched: usize,
    keep_alive: bool,
    /// Count of heads so far.
    heads: u32,
    /// The next response has no body, whatever its head says.
    pub(crate) bodiless: bool,
}

impl Parser {
    pub(crate) fn new(side: Side) -> Self {
        Self { side, state: State::Head, searched: 0, keep_alive: true, heads: 0, bodiless: false }
    }

    /// The next event in `input` from `at`, which moves on.
    pub(crate) fn next(&mut self, input: &[u8], at: &mut usize) -> Event {
        loop {
            let rest = &input[*at..];
            match self.state {
                State::Over => {
                    self.state = self.after();
                    return Event::Complete;
                }
                State::Last => {
                    // Nothing more is expected: what comes is not looked at.
                    *at = input.len();
                    return Event::More;
                }
                State::Head if rest.is_empty() => return Event::More,
                State::Head => return self.head(input, at),
                State::Length(0) => self.state = State::Over,
                State::Chunk(0) => self.state = State::ChunkEnd,
                State::Length(_) | State::Chunk(_) | State::UntilEnd if rest.is_empty() => {
                    return Event::More;
                }
                State::Length(left) => return self.body(at, rest.len(), left, State::Length),
                State::Chunk(left) => return self.body(at, rest.len(), left, State::Chunk),
                State::UntilEnd => {
                    return self.body(at, rest.len(), u64::MAX, |_| State::UntilEnd);
                }
                State::ChunkEnd if rest.starts_with(b"\r\n") => {
                    *at += 2;
                    self.state = State::Size;
                }
                State::ChunkEnd if b"\r\n".starts_with(rest) => return Event::More,
                State::ChunkEnd => return Event::Malformed,
                State::Size => match self.line(rest) {
                    Err(event) => return event,
                    Ok(end) => {
                        let Some(size) = chunk_size(&rest[..end]) else { return Event::Malformed };
                        *at += end + 2;
                        self.state = if size == 0 { State::Trailers } else { State::Chunk(size) };
                    }
                },
                State::Trailers => match self.line(rest) {
                    Err(event) => return event,
                    Ok(end) => {
                        *at += end + 2;
                        if end == 0 {
                            self.state = State::Over;
                        }
                    }
                },
            }
        }
    }

    /// Count of heads so far, which distinguishes one message from the next.
    pub(crate) fn heads(&self) -> u32 {
        self.heads
    }

    /// Goes on to the next message without telling the end of this one, if its head was all of it.
    pub(crate) fn skip_end(&mut self) {
        if matches!(self.state, State::Over | State::Length(0)) {
            self.state = self.after();
        }
    }

    fn after(&self) -> State {
        if self.keep_alive { State::Head } else { State::Last }
    }

    /// The other side has ended; whether that completes a message.
    pub(crate) fn end(&mut self) -> bool {
        let complete = matches!(self.state, State::UntilEnd | State::Over);
        self.state = State::Last;
        complete
    }

    fn body(
        &mut self,
        at: &mut usize,
        there: usize,
        left: u64,
        state: impl FnOnce(u64) -> State,
    ) -> Event {
        let length = usize::try_from(left).map_or(there, |left| left.min(there));
        let range = *at..*at + length;
        *at += length;
        self.state = state(left - length as u64);
        Event::Body(range)
    }

    fn line(&mut self, rest: &[u8]) -> Result<usize, Event> {
        match memmem::find(rest, b"\r\n") {
            Some(end) if end <= MAX_PIECE => Ok(end),
            None if rest.len() <= MAX_PIECE => Err(Event::More),
            _ => Err(Event::Malformed),
        }
    }

    fn head(&mut self, input: &[u8], at: &mut usize) -> Event {
        let rest = &input[*at..];
        if head::is_hopeless(self.side, rest) {
            return Event::Malformed;
        }
        // The end of a head may lie across what was searched and what is new.
        let from = self.searched.saturating_sub(3).min(rest.len());
        let Some(found) = HEAD_END.find(&rest[from..]) else {
            self.searched = rest.len();
            return if rest.len() > MAX_PIECE { Event::Malformed } else { Event::More };
        };
        self.searched = 0;
        let end = from + found + 4;
        if end > MAX_PIECE {
            return Event::Malformed;
        }
        let Some((mut head, framing)) = head::read(self.side, &rest[..end]) else {
            return Event::Malformed;
        };
        head.range = *at..*at + end;
        self.heads = self.heads.wrapping_add(1);
        *at += end;
        self.keep_alive = head.keep_alive();
        let framing = if std::mem::take(&mut self.bodiless) { Framing::None } else { framing };
        self.state = match framing {
            Framing::None => State::Over,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Size,
            Framing::UntilEnd => State::UntilEnd,
        };
        Event::Head(head)
    }
}

/// Hexadecimal digits, then perhaps an extension.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let rest = line[digits..].trim_ascii_start();
    if digits == 0 || digits > 15 || !(rest.is_empty() || rest[0] == b';') {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(&line[..digits]).ok()?, 16).ok()
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
