//! The worker's loop: frames in, turns of instances, frames out.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

use crate::blocked::Blocked;
use crate::function::Function;
use crate::handoff::{Handoff, Ran};
use crate::inbound::{Inbound, Read};
use crate::numbers::ByNumber;
use crate::outbox::FULL;
use crate::shared::Shared;
use crate::turn::{Back, Start, Turn};

/// Exit code of a worker whose supervisor does not speak the protocol.
const EXIT_PROTOCOL: u8 = 65;

/// The loop's state: what only the thread that runs the loop may touch.
pub(crate) struct Loop {
    pub(crate) shared: Arc<Shared>,
    socket: OwnedFd,
    inbound: Inbound,
    writing: Vec<u8>,
    written: usize,
    pub(crate) functions: HashMap<u32, Function, ByNumber>,
    ready: VecDeque<u32>,
    /// Functions of `ready` that still run before the next look at the socket.
    pass: usize,
    alarms: BinaryHeap<Reverse<(Duration, u32)>>,
    base: Instant,
    pub(crate) greeted: bool,
    pub(crate) stopping: bool,
    exit: Option<u8>,
    /// The function whose turn was under way when the state was parked.
    running: Option<u32>,
}

/// Bytes that the write buffers keep after a large answer.
const KEEP: usize = 1 << 20;

/// Time for which a thread that waits for a host service does the loop's reading and writing itself.
const WAIT: Duration = Duration::from_millis(1);

/// Time until a function that had no thread to run on is tried again.
const RETRY: Duration = Duration::from_millis(10);

enum Step {
    Run(Turn),
    Done(u8),
}

/// Runs the loop until the worker ends or the loop is taken over.
pub(crate) fn drive(mut state: Box<Loop>, handoff: &Handoff<Box<Loop>>) {
    let shared = state.shared.clone();
    if let Some(number) = state.running.take() {
        // Taken over from a slow thread: what waits behind it may have another instance.
        state.make_ready(number);
    }
    loop {
        match state.step() {
            Step::Done(code) => {
                // The process ends: disposing of a thousand isolates would only delay it.
                std::mem::forget(state);
                return handoff.finish(code);
            }
            Step::Run(turn) => {
                let current = turn.work.current.clone();
                state.running = Some(turn.work.program.number);
                match handoff.run(state, &current, || turn.run()) {
                    Ran::Here(back, turned) => {
                        state = back;
                        state.running = None;
                        state.came_back(turned);
                    }
                    Ran::Away(turned) => return shared.post(turned),
                }
            }
        }
    }
}

impl Loop {
    pub(crate) fn new(shared: Arc<Shared>, socket: OwnedFd) -> Self {
        Self {
            shared,
            socket,
            inbound: Inbound::new(),
            writing: Vec::new(),
            written: 0,
            functions: HashMap::default(),
            ready: VecDeque::new(),
            pass: 0,
            alarms: BinaryHeap::new(),
            base: Instant::now(),
            greeted: false,
            stopping: false,
            exit: None,
            running: None,
        }
    }

    /// The loop's clock.
    pub(crate) fn now(&self) -> Duration {
        self.base.elapsed()
    }

    /// The worker ends with `code` before its next turn.
    pub(crate) fn exit(&mut self, code: u8) {
        self.exit.get_or_insert(code);
    }

    /// Goes on until there is JavaScript to run.
    fn step(&mut self) -> Step {
        loop {
            if let Some(turn) = self.next_turn() {
                return Step::Run(turn);
            }
            self.flush();
            for back in self.shared.mail() {
                self.came_back(back);
            }
            if let Some(code) = self.exit {
                return Step::Done(code);
            }
            if self.stopping && self.is_done() {
                return Step::Done(0);
            }
            if self.ready.is_empty() || self.is_clogged() {
                self.sleep(None);
            }
            self.receive();
            self.ring();
            self.pass = self.ready.len();
        }
    }

    /// Puts a function on the list of those to run.
    pub(crate) fn make_ready(&mut self, number: u32) {
        if let Some(function) = self.functions.get_mut(&number)
            && !function.queued
        {
            function.queued = true;
            self.ready.push_back(number);
        }
    }

    /// Goes on for a thread that waits inside of a turn, as long as nothing has to run, and at most
    /// [`WAIT`]: an answer that comes at once costs no switch to another thread.
    pub(crate) fn wait_for(&mut self, blocked: &Blocked) {
        let until = Instant::now() + WAIT;
        loop {
            self.flush();
            self.receive();
            let busy = self.exit.is_some() || self.stopping || !self.ready.is_empty();
            if blocked.is_over() || busy || self.shared.has_mail() || self.is_clogged() {
                return;
            }
            let left = until.saturating_duration_since(Instant::now());
            let due = self.alarms.peek().is_some_and(|Reverse((at, _))| *at <= self.now());
            if left.is_zero() || due {
                return;
            }
            self.sleep(Some(left));
        }
    }

    fn next_turn(&mut self) -> Option<Turn> {
        while self.pass > 0 && !self.is_clogged() {
            self.pass -= 1;
            let number = self.ready.pop_front()?;
            let now = self.now();
            let Some(function) = self.functions.get_mut(&number) else { continue };
            function.queued = false;
            if self.shared.saturated.load(Ordering::Relaxed) {
                function.refuse_waiting();
                self.alarms.push(Reverse((now + RETRY, number)));
                function.alarm = Some(now + RETRY);
                continue;
            }
            let (program, queue) = (function.program.clone(), function.queue.clone());
            if let Some(slot) = function.pick(now) {
                let Shared { warm, outbox, parking, .. } = &*self.shared;
                let parking = parking.get().expect("set before the loop begins");
                let start = Start { base: self.base, warm, outbox, parking };
                return Some(Turn::new(program, queue, slot, start));
            }
            self.settle(number);
        }
        None
    }

    /// The supervisor does not read: no calls are started until it does.
    fn is_clogged(&self) -> bool {
        self.shared.outbox.len() + self.writing.len() - self.written > FULL
    }

    fn came_back(&mut self, back: Back) {
        let now = self.now();
        let number = back.function;
        match self.functions.get_mut(&number) {
            Some(function) => {
                let finished = function.came_back(back.slot, back.instance, back.end, now);
                self.shared.warm.discard(finished);
                if function.has_work(now) {
                    self.make_ready(number);
                }
                self.settle(number);
            }
            None => self.shared.warm.discard(back.instance),
        }
    }

    /// Sets the function's alarm anew, and forgets it where it is gone.
    pub(crate) fn settle(&mut self, number: u32) {
        let Some(function) = self.functions.get_mut(&number) else { return };
        if function.is_gone() {
            if let Some(function) = self.functions.remove(&number) {
                self.shared.warm.discard(function.into_instances());
            }
            return;
        }
        if let Some(next) = function.next_alarm()
            && function.alarm.is_none_or(|alarm| next < alarm)
        {
            function.alarm = Some(next);
            self.alarms.push(Reverse((next, number)));
        }
    }

    /// Wakes the functions whose alarm is due.
    fn ring(&mut self) {
        while let Some(Reverse((at, number))) = self.alarms.peek().copied() {
            let now = self.now();
            if at > now {
                return;
            }
            self.alarms.pop();
            let Some(function) = self.functions.get_mut(&number) else { continue };
            if function.alarm != Some(at) {
                continue;
            }
            let finished = function.on_alarm(now);
            self.shared.warm.discard(finished);
            self.make_ready(number);
        }
    }

    fn is_done(&self) -> bool {
        let written = self.written == self.writing.len() && self.shared.outbox.len() == 0;
        written && self.functions.values().all(|function| function.open_calls() == 0)
    }

    /// Writes what waits, as far as the socket takes it.
    fn flush(&mut self) {
        loop {
            if self.written == self.writing.len() {
                self.writing.clear();
                self.writing.shrink_to(KEEP);
                self.written = 0;
                self.shared.outbox.take(&mut self.writing);
                if self.writing.is_empty() {
                    return;
                }
            }
            match rustix::io::write(&self.socket, &self.writing[self.written..]) {
                Ok(written) => self.written += written,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                // The supervisor is gone: nobody waits for the rest.
                Err(_) => return self.exit(0),
            }
        }
    }

    fn receive(&mut self) {
        if self.is_clogged() {
            return;
        }
        match self.inbound.read(&self.socket) {
            Ok(Read::Some) => {}
            Ok(Read::None) => return,
            Ok(Read::Closed) => return self.exit(0),
            Err(error) => return self.break_off(&error),
        }
        let now = self.now();
        loop {
            match self.inbound.next() {
                Ok(Some(frame)) => self.on_frame(frame, now),
                Ok(None) => return,
                Err(error) => return self.break_off(&error),
            }
        }
    }

    /// The connection is of no use any more.
    pub(crate) fn break_off(&mut self, error: &dyn std::error::Error) {
        eprintln!("avocet worker: the connection to the supervisor broke: {error}");
        self.exit(EXIT_PROTOCOL);
    }

    /// Sleeps until there is something to do, and no longer than `most`.
    fn sleep(&mut self, most: Option<Duration>) {
        let unwritten = self.written < self.writing.len();
        // What cannot be written yet is no reason to stay awake: poll reports when it can.
        if !unwritten && !self.shared.outbox.sleep() {
            return;
        }
        let alarm = self.alarms.peek().map(|Reverse((at, _))| at.saturating_sub(self.now()));
        let timeout = alarm.into_iter().chain(most).min().map(timespec);
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, !self.is_clogged());
        flags.set(PollFlags::OUT, unwritten);
        let mut fds = [
            PollFd::from_borrowed_fd(self.socket.as_fd(), flags),
            PollFd::from_borrowed_fd(self.shared.outbox.as_fd(), PollFlags::IN),
        ];
        // An interrupted poll is one that returned early.
        let _: Result<_, _> = rustix::event::poll(&mut fds, timeout.as_ref());
        if !fds[1].revents().is_empty() {
            self.shared.outbox.woken();
        }
        self.shared.outbox.awake();
    }
}

fn timespec(time: Duration) -> Timespec {
    Timespec { tv_sec: time.as_secs() as i64, tv_nsec: i64::from(time.subsec_nanos()) }
}
