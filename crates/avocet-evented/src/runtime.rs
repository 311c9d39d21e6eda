//! What the operations of a script share; it travels with the isolate.

use std::collections::{HashMap, VecDeque};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use avocet_v8::{Function, Global, HandleScope, Promise, Value};
use rustix::event::epoll;
use rustix::io::Errno;
use slab::Slab;

use crate::child::Child;
use crate::clock::Clock;
use crate::listener::Listener;
use crate::pool::Pool;
use crate::signals::Signal;
use crate::stream::Stream;
use crate::timers::Timers;

/// Work for JavaScript's turn.
pub(crate) type Task = Box<dyn for<'a, 's> FnOnce(&'a mut HandleScope<'s>) + Send>;

/// Names a source for as long as it exists; a number is used again, a token is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token(u64);

impl Token {
    fn new(id: usize, turn: u32) -> Self {
        Self(id as u64 | u64::from(turn) << 32)
    }

    /// The number by which JavaScript knows the source.
    pub(crate) fn id(self) -> usize {
        self.0 as u32 as usize
    }

    /// As epoll keeps it.
    pub(crate) fn data(self) -> epoll::EventData {
        epoll::EventData::new_u64(self.0)
    }
}

/// What epoll can tell about.
pub(crate) enum Source {
    Listener(Listener),
    Stream(Box<Stream>),
    Child(Child),
    Signal(Signal),
    Pool,
}

struct Entry {
    turn: u32,
    source: Source,
}

/// What waits for its turn, in order.
pub(crate) enum Ready {
    Io(Token, epoll::EventFlags),
    Task(Task),
}

/// The functions that JavaScript offers to Rust, in the order of [`HOOKS`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hook {
    Timer,
    Done,
    Accept,
    Connected,
    Data,
    End,
    Drain,
    Closed,
    Idle,
    Signal,
    Exited,
    Head,
    Body,
    Complete,
    Flush,
    Uncaught,
    Start,
    Exit,
    Secured,
    Line,
    Names,
}

pub(crate) const HOOKS: [&str; 21] = [
    "timer",
    "done",
    "accept",
    "connected",
    "data",
    "end",
    "drain",
    "closed",
    "idle",
    "signal",
    "exited",
    "head",
    "body",
    "complete",
    "flush",
    "uncaught",
    "start",
    "exit",
    "secured",
    "line",
    "names",
];

/// An exception whose place was seen when it was thrown.
pub(crate) struct Thrown {
    pub(crate) value: Global<Value>,
    pub(crate) report: crate::report::Report,
}

pub(crate) struct Runtime {
    pub(crate) epoll: OwnedFd,
    sources: Slab<Entry>,
    turn: u32,
    pub(crate) ready: VecDeque<Ready>,
    pub(crate) timers: Timers,
    pub(crate) pool: Pool,
    pub(crate) hooks: Vec<Global<Function>>,
    pub(crate) prepared: crate::tls::Store,
    pub(crate) lines: Option<crate::line::Lines>,
    pub(crate) files: HashMap<i32, Arc<OwnedFd>>,
    /// What keeps the loop running, besides timers.
    pub(crate) alive: usize,
    /// The innermost loop shall come back.
    pub(crate) unloop: bool,
    /// JavaScript holds output that waits for the end of this turn.
    pub(crate) flush: bool,
    pub(crate) thrown: Option<Thrown>,
    /// JavaScript's own promises that were rejected with nobody listening.
    pub(crate) rejections: Vec<(Global<Promise>, Global<Value>)>,
    pub(crate) scratch: Vec<u8>,
    /// The connection whose writes are held back until its input is read.
    pub(crate) corked: Option<Token>,
    /// The connections whose input is being read further out on the stack.
    pub(crate) parsing: Vec<Token>,
    /// Buffers for one chunk that are not in use.
    pub(crate) chunks: Vec<Box<[u8]>>,
    /// Read buffers that are not in use.
    pub(crate) spare: Vec<Vec<u8>>,
    /// Streams that epoll cannot watch (regular files): ready at any time.
    pub(crate) restless: Vec<Token>,
    pub(crate) out: crate::stdio::Output,
    pub(crate) standard: crate::standard::Standard,
    /// Where the stack began.
    stack: usize,
    pub(crate) clock: Clock,
    pub(crate) now: Duration,
    pub(crate) args: Vec<String>,
}

/// Spare read buffers that are kept.
const SPARE: usize = 16;

impl Runtime {
    pub(crate) fn new(args: Vec<String>, clock: Clock) -> Result<Self, Errno> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut runtime = Self {
            epoll,
            sources: Slab::new(),
            turn: 0,
            ready: VecDeque::new(),
            timers: Timers::default(),
            pool: Pool::new()?,
            hooks: Vec::new(),
            prepared: crate::tls::Store::default(),
            lines: None,
            files: HashMap::new(),
            alive: 0,
            unloop: false,
            flush: false,
            thrown: None,
            rejections: Vec::new(),
            scratch: Vec::new(),
            corked: None,
            parsing: Vec::new(),
            chunks: Vec::new(),
            spare: Vec::new(),
            restless: Vec::new(),
            out: crate::stdio::Output::default(),
            standard: crate::standard::Standard::default(),
            stack: stack_place(),
            clock,
            now: Duration::ZERO,
            args,
        };
        let token = runtime.add(Source::Pool);
        let waker = runtime.pool.waker();
        epoll::add(&runtime.epoll, &*waker, token.data(), epoll::EventFlags::IN)?;
        Ok(runtime)
    }

    /// That of the isolate that is entered.
    pub(crate) fn of<'a>(scope: &'a mut HandleScope<'_>) -> &'a mut Self {
        scope.slot_mut().expect("set before any JavaScript runs")
    }

    /// Bytes of the stack that are taken.
    pub(crate) fn stack_taken(&self) -> usize {
        self.stack.abs_diff(stack_place())
    }

    /// Time since the start.
    pub(crate) fn clock(&self) -> Duration {
        self.clock.now()
    }

    /// Reads the clock that the timers of this turn count from.
    pub(crate) fn update_now(&mut self) {
        self.now = self.clock.now();
    }

    pub(crate) fn add(&mut self, source: Source) -> Token {
        self.turn = self.turn.wrapping_add(1);
        Token::new(self.sources.insert(Entry { turn: self.turn, source }), self.turn)
    }

    /// Watches for `flags`, at any later time too.
    pub(crate) fn watch(
        &self,
        fd: impl AsFd,
        token: Token,
        flags: epoll::EventFlags,
    ) -> Result<(), Errno> {
        epoll::add(&self.epoll, fd, token.data(), flags)
    }

    /// The token of the source that JavaScript knows by this number.
    pub(crate) fn token(&self, id: i32) -> Option<Token> {
        let id = usize::try_from(id).ok()?;
        Some(Token::new(id, self.sources.get(id)?.turn))
    }

    pub(crate) fn source(&mut self, token: Token) -> Option<&mut Source> {
        let entry = self.sources.get_mut(token.id())?;
        (Token::new(token.id(), entry.turn) == token).then_some(&mut entry.source)
    }

    pub(crate) fn stream(&mut self, token: Token) -> Option<&mut Stream> {
        match self.source(token)? {
            Source::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// Another descriptor for the stream whose descriptor has this number.
    pub(crate) fn duplicate(&self, number: i32) -> Option<OwnedFd> {
        self.sources.iter().find_map(|(_, entry)| match &entry.source {
            Source::Stream(stream) => stream.duplicate(number),
            _ => None,
        })
    }

    /// A stream beside what watches it.
    pub(crate) fn stream_and_epoll(&mut self, token: Token) -> Option<(&mut Stream, &OwnedFd)> {
        let entry = self.sources.get_mut(token.id())?;
        match &mut entry.source {
            Source::Stream(stream) if Token::new(token.id(), entry.turn) == token => {
                Some((stream, &self.epoll))
            }
            _ => None,
        }
    }

    /// A listener beside what watches it.
    pub(crate) fn listener_and_epoll(&mut self, token: Token) -> Option<(&Listener, &OwnedFd)> {
        let entry = self.sources.get_mut(token.id())?;
        match &entry.source {
            Source::Listener(listener) if Token::new(token.id(), entry.turn) == token => {
                Some((listener, &self.epoll))
            }
            _ => None,
        }
    }

    pub(crate) fn remove(&mut self, token: Token) -> Option<Source> {
        self.source(token)?;
        self.sources.try_remove(token.id()).map(|entry| entry.source)
    }

    /// Runs `task` in JavaScript's next turn.
    pub(crate) fn later(
        &mut self,
        task: impl for<'a, 's> FnOnce(&'a mut HandleScope<'s>) + Send + 'static,
    ) {
        self.ready.push_back(Ready::Task(Box::new(task)));
    }

    /// An empty buffer to read into.
    pub(crate) fn buffer(&mut self, size: usize) -> Vec<u8> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.reserve(size);
        buffer
    }

    pub(crate) fn give_back(&mut self, mut buffer: Vec<u8>) {
        if buffer.capacity() > 0 && buffer.capacity() <= 1 << 18 && self.spare.len() < SPARE {
            buffer.clear();
            self.spare.push(buffer);
        }
    }
}

/// About where the stack ends at the moment.
#[inline(never)]
fn stack_place() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(&here).addr()
}

/// The token in what epoll tells.
pub(crate) fn token_of(event: &epoll::Event) -> Token {
    let data = event.data;
    Token(data.u64())
}
