//! Handoff of the loop to another thread while a function does not come back.
//!
//! The thread that runs the loop calls JavaScript itself: no other thread has to be woken for a
//! call that takes a microsecond. Before it does, it parks the loop's state here. Mostly it takes
//! the state back and goes on. Where it stays away longer than a tick or two, the monitor takes
//! the state instead and gives it to a spare thread, which is then the loop's; the slow thread
//! finishes what it runs, hands its instance back through the worker's mailbox and becomes a spare.
//!
//! ```text
//!   loop thread: park(state) → JavaScript → take state → …
//!   monitor:       └ two ticks later: still parked? → spare thread: state → …
//! ```
//!
//! A turn that waits for a host service does not wait for the monitor ([`Handoff::wait`]): its
//! thread does the loop's reading and writing itself for a moment, since most services answer at
//! once, and gives the state to a spare thread as soon as something else is to run.
//!
//! The monitor also holds the limits: it counts the time of each piece of work from when it first
//! sees it, so the fast path reads no clock, and a limit is exact to one tick.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::blocked::NoThread;
use crate::current_piece::{CurrentPiece, Stop};
use crate::thread::{ThreadId, current_thread, is_lowered, lower, processor_time};

/// Settings of a [`Handoff`].
#[derive(Debug, Clone)]
pub(crate) struct HandoffOptions {
    /// Time between two looks of the monitor while something runs. A state is taken over after one
    /// to two.
    pub(crate) tick: Duration,
    /// Ticks without work after which the monitor sleeps until there is some.
    pub(crate) idle_ticks: u32,
    /// Slow threads at the same time; beyond it the loop waits for one of them.
    pub(crate) max_slow: usize,
    /// Threads that wait for host services at the same time.
    pub(crate) max_blocked: usize,
    /// Spare threads that are kept.
    pub(crate) max_spare: usize,
    /// Time after which a piece of work goes on at a lower priority.
    pub(crate) lower_after: Duration,
    /// Set while there are `max_slow` slow threads, so that the loop starts nothing on its last.
    pub(crate) saturated: Arc<AtomicBool>,
}

impl Default for HandoffOptions {
    fn default() -> Self {
        Self {
            tick: Duration::from_millis(4),
            idle_ticks: 250,
            max_slow: 64,
            max_blocked: 512,
            max_spare: 8,
            lower_after: Duration::from_millis(200),
            saturated: Arc::default(),
        }
    }
}

struct Parked<S> {
    state: S,
    run: Run,
}

#[derive(Clone)]
struct Run {
    turn: u64,
    thread: ThreadId,
    current: Arc<CurrentPiece>,
}

/// A run that the monitor has seen at two ticks.
struct Slow {
    run: Run,
    piece: u64,
    since: Instant,
    processor: Option<Duration>,
    taken_over: bool,
    lowered: bool,
    stage: Stage,
}

/// Stage of a slow run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Running, since then.
    Running(Instant),
    /// Waiting for a host service.
    Blocked,
    /// Running again after a wait. Mostly it is done at once: it counts as slow where the monitor
    /// sees it twice.
    Resumed(u8),
}

struct Inner<S> {
    parked: Option<Parked<S>>,
    turn: u64,
    seen: Option<(u64, Instant)>,
    slow: Vec<Slow>,
    /// States for spare threads; never more than one.
    next: VecDeque<S>,
    spares: usize,
    asleep: bool,
    done: Option<u8>,
}

/// Parks the loop's state of type `S` while JavaScript runs.
pub(crate) struct Handoff<S> {
    inner: Mutex<Inner<S>>,
    monitor: Condvar,
    spare: Condvar,
    options: HandoffOptions,
    drive: Box<dyn Fn(S) + Send + Sync>,
}

/// Result of [`Handoff::run`].
pub(crate) enum Ran<S, R> {
    /// The loop is still this thread's.
    Here(S, R),
    /// The loop went on elsewhere: hand over the result and return from `drive`.
    Away(R),
}

impl<S: Send + 'static> Handoff<S> {
    /// `drive` runs the loop with the state that it is given until the loop ends or is taken over.
    pub(crate) fn new(options: HandoffOptions, drive: impl Fn(S) + Send + Sync + 'static) -> Self {
        let inner = Inner {
            parked: None,
            turn: 0,
            seen: None,
            slow: Vec::new(),
            next: VecDeque::new(),
            spares: 0,
            asleep: false,
            done: None,
        };
        Self {
            inner: Mutex::new(inner),
            monitor: Condvar::new(),
            spare: Condvar::new(),
            options,
            drive: Box::new(drive),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner<S>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` with the state parked.
    pub(crate) fn run<R>(
        &self,
        state: S,
        current: &Arc<CurrentPiece>,
        work: impl FnOnce() -> R,
    ) -> Ran<S, R> {
        let turn = {
            let mut inner = self.inner();
            inner.turn += 1;
            let run = Run { turn: inner.turn, thread: current_thread(), current: current.clone() };
            inner.parked = Some(Parked { state, run });
            if inner.asleep {
                inner.asleep = false;
                self.monitor.notify_one();
            }
            inner.turn
        };
        let result = work();
        let mut inner = self.inner();
        if !inner.slow.is_empty() {
            inner.slow.retain(|slow| slow.run.turn != turn);
            self.count_slow(&inner);
        }
        match inner.parked.take_if(|parked| parked.run.turn == turn) {
            Some(parked) => Ran::Here(parked.state, result),
            None => Ran::Away(result),
        }
    }

    /// Waits inside of a turn. `serve` does the loop's work with the state as long as nothing is to
    /// run; where that was not enough (`over` says), another thread drives the loop while this one is
    /// in `wait`.
    pub(crate) fn wait(
        self: &Arc<Self>,
        serve: impl FnOnce(&mut S),
        over: impl FnOnce() -> bool,
        wait: impl FnOnce(),
    ) -> Result<(), NoThread> {
        let thread = current_thread();
        let mine = self.inner().parked.take_if(|parked| parked.run.thread == thread);
        match mine {
            Some(mut parked) => {
                serve(&mut parked.state);
                if over() {
                    self.inner().parked = Some(parked);
                    return Ok(());
                }
                self.leave(parked)?;
            }
            None => self.enter_stage(thread, Stage::Blocked),
        }
        wait();
        self.enter_stage(thread, Stage::Resumed(0));
        Ok(())
    }

    /// Gives the state of a turn that waits to a spare thread.
    fn leave(self: &Arc<Self>, parked: Parked<S>) -> Result<(), NoThread> {
        let mut inner = self.inner();
        let blocked = inner.slow.iter().filter(|slow| slow.stage == Stage::Blocked).count();
        if blocked >= self.options.max_blocked || self.thread_for_next(&mut inner).is_err() {
            inner.parked = Some(parked);
            return Err(NoThread);
        }
        let Parked { state, run } = parked;
        // The monitor may have seen it before.
        inner.slow.retain(|slow| slow.run.turn != run.turn);
        let slow = Slow::new(run, Instant::now());
        inner.slow.push(Slow { taken_over: true, stage: Stage::Blocked, ..slow });
        inner.next.push_back(state);
        self.spare.notify_one();
        if inner.asleep {
            inner.asleep = false;
            self.monitor.notify_one();
        }
        Ok(())
    }

    fn enter_stage(&self, thread: ThreadId, stage: Stage) {
        let mut inner = self.inner();
        if let Some(slow) = inner.slow.iter_mut().find(|slow| slow.run.thread == thread) {
            slow.stage = stage;
        }
        self.count_slow(&inner);
    }

    /// Ends the worker with `code`: the monitor returns, spare threads end.
    pub(crate) fn finish(&self, code: u8) {
        self.inner().done = Some(code);
        self.monitor.notify_all();
        self.spare.notify_all();
    }

    /// Starts the loop with `state` on a thread of its own and watches it until it is finished.
    pub(crate) fn monitor(self: &Arc<Self>, state: S) -> std::io::Result<u8> {
        let mut inner = self.inner();
        inner.next.push_back(state);
        self.thread()?;
        let mut idle = 0;
        loop {
            if let Some(code) = inner.done {
                return Ok(self.wait_for_slow(inner, code));
            }
            idle = if inner.parked.is_none() && inner.slow.is_empty() { idle + 1 } else { 0 };
            inner = if idle > self.options.idle_ticks {
                idle = 0;
                inner.asleep = true;
                self.monitor.wait(inner).unwrap_or_else(PoisonError::into_inner)
            } else {
                let waited = self.monitor.wait_timeout(inner, self.options.tick);
                waited.unwrap_or_else(PoisonError::into_inner).0
            };
            self.tick(&mut inner, Instant::now());
        }
    }

    /// Stops what still runs, and gives it a moment: V8 must not run while the process is torn
    /// down around it.
    fn wait_for_slow(&self, mut inner: MutexGuard<'_, Inner<S>>, code: u8) -> u8 {
        for _ in 0..50 {
            for slow in &inner.slow {
                slow.run.current.stop(Stop::Shutdown);
            }
            if inner.slow.is_empty() {
                break;
            }
            let waited = self.monitor.wait_timeout(inner, Duration::from_millis(20));
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        code
    }

    fn tick(self: &Arc<Self>, inner: &mut Inner<S>, now: Instant) {
        self.look_at_parked(inner, now);
        for slow in &mut inner.slow {
            slow.look(now, &self.options);
        }
        self.count_slow(inner);
    }

    /// Takes the state over where the same run was here at the last tick.
    fn look_at_parked(self: &Arc<Self>, inner: &mut Inner<S>, now: Instant) {
        let Some(parked) = &inner.parked else {
            inner.seen = None;
            return;
        };
        let turn = parked.run.turn;
        match inner.seen {
            Some((seen, _)) if seen == turn => {}
            _ => {
                inner.seen = Some((turn, now));
                return;
            }
        }
        let since = inner.seen.map_or(now, |(_, at)| at);
        if !inner.slow.iter().any(|slow| slow.run.turn == turn) {
            inner.slow.push(Slow::new(parked.run.clone(), since));
        }
        let away = inner.slow.iter().filter(|slow| slow.is_away()).count();
        if away >= self.options.max_slow || self.thread_for_next(inner).is_err() {
            return;
        }
        if let Some(parked) = inner.parked.take() {
            inner.next.push_back(parked.state);
            self.spare.notify_one();
        }
        if let Some(slow) = inner.slow.iter_mut().find(|slow| slow.run.turn == turn) {
            slow.taken_over = true;
        }
        self.count_slow(inner);
    }

    fn count_slow(&self, inner: &Inner<S>) {
        let away = inner.slow.iter().filter(|slow| slow.is_away()).count();
        self.options.saturated.store(away >= self.options.max_slow, Ordering::Relaxed);
    }

    /// Makes sure that a thread will take the state that is about to be queued.
    fn thread_for_next(self: &Arc<Self>, inner: &mut Inner<S>) -> std::io::Result<()> {
        if inner.spares == 0 {
            return self.thread();
        }
        inner.spares -= 1;
        Ok(())
    }

    /// A thread that drives the loop, and is a spare in between.
    fn thread(self: &Arc<Self>) -> std::io::Result<()> {
        let handoff = Arc::clone(self);
        let builder = std::thread::Builder::new().name("avocet-loop".into()).stack_size(STACK);
        builder.spawn(move || handoff.serve()).map(drop)
    }

    fn serve(&self) {
        loop {
            let mut inner = self.inner();
            let state = loop {
                if inner.done.is_some() {
                    return;
                }
                match inner.next.pop_front() {
                    Some(state) => break state,
                    None => inner = self.spare.wait(inner).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(inner);
            (self.drive)(state);
            let mut inner = self.inner();
            // A thread whose priority was lowered cannot raise it again.
            if inner.spares >= self.options.max_spare || is_lowered() {
                return;
            }
            inner.spares += 1;
        }
    }
}

/// Stack of a thread that runs JavaScript: V8 takes about 1 MiB of it, native frames the rest.
const STACK: usize = 4 << 20;

impl Slow {
    fn new(run: Run, since: Instant) -> Self {
        let (piece, _) = run.current.piece();
        let processor = processor_time(run.thread);
        let stage = Stage::Running(since);
        Self { run, piece, since, processor, taken_over: false, lowered: false, stage }
    }

    /// Whether it keeps a thread from the loop.
    fn is_away(&self) -> bool {
        self.taken_over && matches!(self.stage, Stage::Running(_))
    }

    /// Holds the run to its limits.
    fn look(&mut self, now: Instant, options: &HandoffOptions) {
        let (piece, limits) = self.run.current.piece();
        if piece != self.piece {
            *self = Self {
                piece,
                since: now,
                processor: processor_time(self.run.thread),
                ..self.take()
            };
            return;
        }
        let wall = now.saturating_duration_since(self.since);
        match self.stage {
            Stage::Running(since) => {
                let ran = now.saturating_duration_since(since);
                if self.taken_over && !self.lowered && ran >= options.lower_after {
                    self.lowered = true;
                    lower(self.run.thread);
                }
            }
            Stage::Blocked => {}
            Stage::Resumed(0) => self.stage = Stage::Resumed(1),
            Stage::Resumed(_) => self.stage = Stage::Running(now),
        }
        if wall >= limits.wall {
            self.run.current.stop_piece(piece, Stop::Timeout);
        }
        let Some(limit) = limits.cpu.filter(|limit| wall >= *limit) else { return };
        let used = processor_time(self.run.thread).zip(self.processor);
        if used.is_none_or(|(now, before)| now.saturating_sub(before) >= limit) {
            self.run.current.stop_piece(piece, Stop::Cpu);
        }
    }

    fn take(&self) -> Self {
        Self { run: self.run.clone(), ..*self }
    }
}

#[cfg(test)]
mod tests;
