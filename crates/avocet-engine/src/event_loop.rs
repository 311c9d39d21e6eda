//! An event loop for programs that embed the engine. (`avocet-evented` and the worker of
//! `avocet-sandbox` have loops of their own.)
//!
//! I/O runs as tokio tasks on a current-thread runtime; JavaScript never runs inside one. The
//! outer loop is this one: block until completions arrive or a timer is due, take them, leave the
//! runtime, call JavaScript. So an operation that JavaScript calls may enter the loop again
//! ([`EventLoop::run_until`]) and wait for something, as often as it likes: to tokio it is simply
//! the next `block_on`.
//!
//! The queue of completions is bounded: a task whose result finds it full waits, and with it the
//! I/O that it stands for.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use avocet_v8::HandleScope;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::run::{self, Ended};
use crate::state::{Clock, State};

/// What is done in JavaScript when a task is complete.
pub type Completion = Box<dyn for<'a, 's> FnOnce(&'a mut HandleScope<'s>) + Send>;

/// Completions that may wait for JavaScript.
const QUEUE: usize = 1024;

/// Completions taken at once before timers have their turn.
const BATCH: usize = 128;

/// The event loop of one realm. Clones are the same loop.
#[derive(Clone)]
pub struct EventLoop {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Runtime,
    sender: mpsc::Sender<Completion>,
    receiver: Mutex<mpsc::Receiver<Completion>>,
    /// Taken, not yet run: shared by nested runs, or an inner one could wait for what an outer
    /// one holds.
    taken: Mutex<VecDeque<Completion>>,
    alive: Arc<AtomicUsize>,
    start: Instant,
}

/// Keeps the loop running while it exists: a server that listens, a task that is under way.
#[derive(Debug)]
pub struct KeepAlive(Arc<AtomicUsize>);

impl KeepAlive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count.clone())
    }
}

impl Drop for KeepAlive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Why a loop came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopEnd {
    /// Nothing is left that could happen.
    Idle,
    /// The condition holds.
    Satisfied,
    /// Execution was terminated: a limit, or `exit`.
    Stopped,
}

impl EventLoop {
    /// A loop on a runtime of its own.
    pub fn new() -> io::Result<Self> {
        Ok(Self::on(Builder::new_current_thread().enable_all().build()?))
    }

    /// A loop on a current-thread runtime that was made elsewhere, for instance with its clock
    /// paused.
    pub fn on(runtime: Runtime) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let start = runtime.block_on(async { Instant::now() });
        let alive = Arc::new(AtomicUsize::new(0));
        let receiver = Mutex::new(receiver);
        let taken = Mutex::default();
        Self { inner: Arc::new(Inner { runtime, sender, receiver, taken, alive, start }) }
    }

    /// The clock for the realm whose loop this is.
    pub fn clock(&self) -> Clock {
        Clock::Tokio(self.inner.runtime.handle().clone(), self.inner.start)
    }

    /// Keeps the loop running until the result is dropped.
    pub fn keep_alive(&self) -> KeepAlive {
        KeepAlive::new(&self.inner.alive)
    }

    /// Runs `task` beside JavaScript and `done` with its result in JavaScript's turn. The loop
    /// does not end before.
    pub fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
        done: impl for<'a, 's> FnOnce(&'a mut HandleScope<'s>, T) + Send + 'static,
    ) {
        let sender = self.inner.sender.clone();
        let alive = self.keep_alive();
        self.inner.runtime.spawn(async move {
            let result = task.await;
            let completion: Completion = Box::new(move |scope| {
                done(scope, result);
                drop(alive);
            });
            // The receiver is gone only when the loop is.
            drop(sender.send(completion).await);
        });
    }

    /// Runs until nothing is left that could happen.
    pub fn run(&self, scope: &mut HandleScope<'_>) -> LoopEnd {
        self.run_until(scope, |_| false)
    }

    /// Runs until `condition` holds, which is asked after each step. It may be called from an
    /// operation, inside a run of the same loop.
    pub fn run_until(
        &self,
        scope: &mut HandleScope<'_>,
        mut condition: impl FnMut(&mut HandleScope<'_>) -> bool,
    ) -> LoopEnd {
        loop {
            if run::after(scope) == Ended::Stopped || run::housekeeping(scope) == Ended::Stopped {
                return LoopEnd::Stopped;
            }
            if condition(scope) {
                return LoopEnd::Satisfied;
            }
            let due = State::of(scope).timers.next_due();
            let tasks = self.inner.alive.load(Ordering::Relaxed) > 0;
            if !tasks && !State::of(scope).timers.keeps_alive() {
                return LoopEnd::Idle;
            }
            self.wait(due.map(|due| self.inner.start + due));
            for _ in 0..BATCH {
                let Some(completion) = self.taken().pop_front() else { break };
                if run::piece(scope, completion) == Ended::Stopped {
                    return LoopEnd::Stopped;
                }
                if condition(scope) {
                    return LoopEnd::Satisfied;
                }
            }
            if run::fire_timers(scope) == Ended::Stopped {
                return LoopEnd::Stopped;
            }
        }
    }

    fn taken(&self) -> MutexGuard<'_, VecDeque<Completion>> {
        self.inner.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn receiver(&self) -> MutexGuard<'_, mpsc::Receiver<Completion>> {
        self.inner.receiver.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks until there are completions, or the time has come.
    fn wait(&self, due: Option<Instant>) {
        if !self.taken().is_empty() {
            return;
        }
        let mut receiver = self.receiver();
        let mut taken = Vec::new();
        self.inner.runtime.block_on(async {
            let received = receiver.recv_many(&mut taken, BATCH);
            match due {
                // The queue never closes: the loop itself holds a sender.
                None => drop(received.await),
                Some(due) => drop(tokio::time::timeout_at(due, received).await),
            }
        });
        self.taken().extend(taken);
    }
}

impl std::fmt::Debug for EventLoop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventLoop").field("alive", &self.inner.alive).finish_non_exhaustive()
    }
}
