//! The reactor: what a script waits for, and whom it calls when that is ready.
//!
//! It knows descriptors, due times, work of other threads and their order, and nothing of what they
//! are for: each entry has the function to call. Modules keep their entries here as [`Source`]s,
//! and everything else of their own in slots of the isolate.

pub(crate) mod clock;
mod entry;
pub(crate) mod held;
pub(crate) mod pool;
pub(crate) mod timers;

use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::time::Duration;

use avocet_v8::HandleScope;
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventFlags};
use rustix::io::Errno;
use slab::Slab;

use clock::Clock;
use entry::Entry;
use held::Held;
use pool::Pool;
use timers::{Due, OnDue, Timer, Timers};

pub(crate) use entry::{OnReady, Source, Token};

/// Events taken from the system at once.
const EVENTS: usize = 256;

/// Work for JavaScript's turn.
pub(crate) type Task = Box<dyn for<'a, 's> FnOnce(&'a mut HandleScope<'s>) + Send>;

/// Function that goes on with work which a loop further out has begun.
pub(crate) type Resume = fn(&mut HandleScope<'_>, Token);

/// Work that waits for its turn.
pub(crate) enum Ready {
    Io(Token, EventFlags),
    Task(Task),
}

/// The reactor of one isolate.
pub(crate) struct Reactor {
    epoll: OwnedFd,
    entries: Slab<Entry>,
    turn: u32,
    ready: VecDeque<Ready>,
    timers: Timers,
    pool: Pool,
    /// Entries and requests that keep the loop running, besides timers.
    alive: usize,
    /// Entries that epoll cannot watch (regular files): ready at any time.
    restless: Vec<Token>,
    /// Entries whose events are being handled further out on the stack.
    under_way: Vec<(Token, Resume)>,
    /// Output that waits for the end of the turn.
    pub(crate) held: Held,
    /// Whether the innermost loop shall come back.
    unloop: bool,
    clock: Clock,
    now: Duration,
}

impl Reactor {
    pub(crate) fn new(clock: Clock) -> Result<Self, Errno> {
        let pool = Pool::new()?;
        let waker = pool.waker();
        let mut reactor = Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            entries: Slab::new(),
            turn: 0,
            ready: VecDeque::new(),
            timers: Timers::default(),
            pool,
            alive: 0,
            restless: Vec::new(),
            under_way: Vec::new(),
            held: Held::default(),
            unloop: false,
            clock,
            now: Duration::ZERO,
        };
        let token = reactor.add(waker);
        reactor.watch(token)?;
        Ok(reactor)
    }

    /// The reactor of the isolate that is entered.
    pub(crate) fn of<'a>(scope: &'a mut HandleScope<'_>) -> &'a mut Self {
        scope.slot_mut().expect("set before any JavaScript runs")
    }

    /// Adds an entry, which is not watched yet.
    pub(crate) fn add(&mut self, source: impl Source) -> Token {
        self.turn = self.turn.wrapping_add(1);
        let entry = Entry { turn: self.turn, interest: None, source: Box::new(source) };
        Token::new(self.entries.insert(entry), self.turn)
    }

    fn entry(&mut self, token: Token) -> Option<&mut Entry> {
        self.entries.get_mut(token.id()).filter(|entry| entry.turn == token.turn())
    }

    /// The token of the entry that JavaScript knows by this number.
    pub(crate) fn token(&self, id: i32) -> Option<Token> {
        let id = usize::try_from(id).ok()?;
        Some(Token::new(id, self.entries.get(id)?.turn))
    }

    /// The source of an entry, if it is of this type.
    pub(crate) fn get<S: Source>(&mut self, token: Token) -> Option<&mut S> {
        self.entry(token)?.source_mut()
    }

    /// The sources of this type.
    pub(crate) fn sources<S: Source>(&self) -> impl Iterator<Item = &S> {
        self.entries.iter().filter_map(|(_, entry)| entry.source())
    }

    /// Makes epoll watch for what the source of an entry wants now.
    pub(crate) fn watch(&mut self, token: Token) -> Result<(), Errno> {
        let Some(entry) = self.entries.get_mut(token.id()).filter(|e| e.turn == token.turn())
        else {
            return Ok(());
        };
        let wanted = entry.source.wanted();
        if entry.interest == Some(wanted) {
            return Ok(());
        }
        let Some(fd) = entry.source.fd() else { return Ok(()) };
        match entry.interest {
            Some(_) => epoll::modify(&self.epoll, fd, token.data(), wanted)?,
            None => match epoll::add(&self.epoll, fd, token.data(), wanted) {
                Ok(()) => {}
                // A regular file: always ready.
                Err(Errno::PERM) => {
                    self.restless.retain(|known| *known != token);
                    if !wanted.is_empty() {
                        self.restless.push(token);
                    }
                    return Ok(());
                }
                Err(errno) => return Err(errno),
            },
        }
        entry.interest = Some(wanted);
        Ok(())
    }

    /// Whether epoll knows the entry.
    pub(crate) fn is_watched(&mut self, token: Token) -> bool {
        self.entry(token).is_some_and(|entry| entry.interest.is_some())
    }

    /// Watches an entry no more, as long as its source still has its descriptor.
    pub(crate) fn unwatch(&mut self, token: Token) {
        let Some(entry) = self.entries.get_mut(token.id()).filter(|e| e.turn == token.turn())
        else {
            return;
        };
        if let (Some(_), Some(fd)) = (entry.interest.take(), entry.source.fd()) {
            let _ = epoll::delete(&self.epoll, fd);
        }
        self.restless.retain(|known| *known != token);
    }

    /// Takes an entry away; its descriptor is closed with its source.
    pub(crate) fn remove(&mut self, token: Token) {
        if self.entry(token).is_some() {
            self.entries.remove(token.id());
        }
    }

    /// The function to call when an entry is ready.
    pub(crate) fn on_ready(&mut self, token: Token) -> Option<OnReady> {
        self.entry(token).map(|entry| entry.source.on_ready())
    }

    /// Keeps the loop running until [`release`](Self::release).
    pub(crate) fn retain(&mut self) {
        self.alive += 1;
    }

    pub(crate) fn release(&mut self) {
        self.alive -= 1;
    }

    /// Whether something can still happen that the program waits for.
    pub(crate) fn is_alive(&self) -> bool {
        self.alive > 0 || self.timers.keeps_alive()
    }

    /// Runs `task` in JavaScript's next turn.
    pub(crate) fn later(
        &mut self,
        task: impl for<'a, 's> FnOnce(&'a mut HandleScope<'s>) + Send + 'static,
    ) {
        self.ready.push_back(Ready::Task(Box::new(task)));
    }

    /// An entry is ready again, behind the others.
    pub(crate) fn again(&mut self, token: Token, flags: EventFlags) {
        self.ready.push_back(Ready::Io(token, flags));
    }

    pub(crate) fn next_ready(&mut self) -> Option<Ready> {
        self.ready.pop_front()
    }

    pub(crate) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Threads for what blocks.
    pub(crate) fn pool(&mut self) -> &mut Pool {
        &mut self.pool
    }

    /// Work that other threads have done becomes ready.
    pub(super) fn take_done(&mut self) {
        let done = self.pool.take();
        self.ready.extend(done.into_iter().map(Ready::Task));
    }

    /// The events of an entry are handled, until [`done`](Self::done); a loop that is entered
    /// meanwhile goes on with `resume`.
    pub(crate) fn begin(&mut self, token: Token, resume: Resume) {
        self.under_way.push((token, resume));
    }

    pub(crate) fn done(&mut self) {
        self.under_way.pop();
    }

    /// Work that loops further out have begun becomes ready, before all other.
    pub(crate) fn take_over(&mut self) {
        for (token, resume) in self.under_way.clone() {
            self.ready.push_front(Ready::Task(Box::new(move |scope| resume(scope, token))));
        }
    }

    /// Whether the innermost loop shall come back.
    pub(crate) fn unloop(&mut self, wanted: bool) {
        self.unloop = wanted;
    }

    pub(crate) fn take_unloop(&mut self) -> bool {
        std::mem::take(&mut self.unloop)
    }

    /// Starts a timer that counts from this turn's time, and gives its number.
    pub(crate) fn start_timer(&mut self, after: Duration, timer: Timer) -> u32 {
        self.timers.start(self.now + after, timer)
    }

    /// Starts a timer that is due once, at `due`, and calls `on_due` for an entry.
    pub(crate) fn start_timeout(&mut self, due: Duration, token: Token, on_due: OnDue) -> u32 {
        self.timers.start(due, Timer::once(token, on_due))
    }

    pub(crate) fn stop_timer(&mut self, id: u32) {
        self.timers.stop(id);
    }

    /// The round of timers that are there now; `None` where there is none.
    pub(crate) fn round(&mut self) -> Option<u64> {
        (!self.timers.is_empty()).then(|| self.timers.round())
    }

    /// The next timer of a round.
    pub(crate) fn pop_due(&mut self, round: u64) -> Option<(Due, OnDue)> {
        self.timers.pop_due(self.now, round)
    }

    /// Reads the clock that the timers of this turn count from.
    pub(crate) fn begin_turn(&mut self) {
        self.now = self.clock.now();
    }

    /// Time of this turn, since the start; timers count from it.
    pub(crate) fn now(&self) -> Duration {
        self.now
    }

    /// Time since the start.
    pub(crate) fn clock(&self) -> Duration {
        self.clock.now()
    }

    /// Blocks until something is ready or a timer is due.
    pub(crate) fn wait(&mut self) {
        let due = self.timers.next_due();
        let timeout = match (self.restless.is_empty(), due) {
            (false, _) => Some(Timespec::default()),
            (true, Some(due)) => {
                let left = self.clock.wait(due);
                Some(Timespec {
                    tv_sec: left.as_secs().min(1_000_000) as i64,
                    tv_nsec: i64::from(left.subsec_nanos()),
                })
            }
            (true, None) => None,
        };
        let mut events = [MaybeUninit::uninit(); EVENTS];
        // Interrupted by a signal: the next turn waits again.
        let waited = epoll::wait(&self.epoll, &mut events[..], timeout.as_ref());
        let told: &[epoll::Event] = waited.as_ref().map_or(&[], |(told, _)| told);
        if let (Ok(_), [], true, Some(due)) = (&waited, told, self.restless.is_empty(), due) {
            self.clock.skip_to(due);
        }
        self.now = self.clock.now();
        self.ready.extend(told.iter().map(|event| Ready::Io(Token::of(event), event.flags)));
        let restless = self.restless.iter().map(|token| Ready::Io(*token, EventFlags::IN));
        self.ready.extend(restless);
    }
}
