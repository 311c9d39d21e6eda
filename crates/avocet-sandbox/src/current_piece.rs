//! The piece of work that an instance runs now: how the monitor sees it, and how it is stopped.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::blocked::Blocked;

/// Reason for which the platform stopped what was running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Over the wall-clock limit.
    Timeout,
    /// Over the processor-time limit.
    Cpu,
    /// Over the heap limit.
    Heap,
    /// The function asked for it (`process.exit`).
    Exit,
    /// The caller is gone.
    Cancelled,
    /// The worker ends.
    Shutdown,
}

/// Limits of one piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WorkLimits {
    /// Wall-clock time.
    pub(crate) wall: Duration,
    /// Processor time; `None` is no limit of its own.
    pub(crate) cpu: Option<Duration>,
}

struct Gate {
    piece: u64,
    /// The call on whose behalf it runs; 0 is none.
    call: u32,
    limits: WorkLimits,
    stop: Option<Stop>,
    /// Host service that the running thread waits for, where it does.
    blocked: Option<Arc<Blocked>>,
}

impl Gate {
    /// Takes note of a stop; `false` where there was one before.
    fn stop(&mut self, why: Stop) -> bool {
        if self.stop.is_some() {
            return false;
        }
        self.stop = Some(why);
        if let Some(blocked) = &self.blocked {
            blocked.stop();
        }
        true
    }
}

/// Piece of work that an instance runs now.
///
/// The running thread opens and closes pieces (a call, a timer); the monitor stops a piece that it
/// saw before. Both go through one lock, so that a stop can never hit the piece after the one that
/// it was meant for.
pub(crate) struct CurrentPiece {
    gate: Mutex<Gate>,
    terminate: OnceLock<Terminate>,
}

type Terminate = Box<dyn Fn() + Send + Sync>;

impl CurrentPiece {
    pub(crate) fn new() -> Self {
        let limits = WorkLimits { wall: Duration::MAX, cpu: None };
        Self {
            gate: Mutex::new(Gate { piece: 0, call: 0, limits, stop: None, blocked: None }),
            terminate: OnceLock::new(),
        }
    }

    /// Attaches the isolate, once it exists: `terminate`, which other threads call, makes it leave
    /// JavaScript as soon as it can.
    pub(crate) fn attach(&self, terminate: impl Fn() + Send + Sync + 'static) {
        drop(self.terminate.set(Box::new(terminate)));
    }

    fn terminate(&self) {
        if let Some(terminate) = self.terminate.get() {
            terminate();
        }
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A piece of work on behalf of `call` begins.
    pub(crate) fn begin(&self, call: u32, limits: WorkLimits) {
        let mut gate = self.gate();
        gate.piece += 1;
        gate.call = call;
        gate.limits = limits;
    }

    /// The piece of work is over; says whether it was stopped, and forgets that.
    pub(crate) fn end(&self) -> Option<Stop> {
        let mut gate = self.gate();
        gate.piece += 1;
        gate.call = 0;
        gate.stop.take()
    }

    /// The present piece's number and limits.
    pub(crate) fn piece(&self) -> (u64, WorkLimits) {
        let gate = self.gate();
        (gate.piece, gate.limits)
    }

    /// Stops piece `piece`; nothing where it is over by now.
    pub(crate) fn stop_piece(&self, piece: u64, why: Stop) {
        let mut gate = self.gate();
        if gate.piece == piece && gate.stop(why) {
            self.terminate();
        }
    }

    /// Stops what runs on behalf of `call`, where that is what runs now.
    pub(crate) fn stop_call(&self, call: u32) {
        let mut gate = self.gate();
        if gate.call == call && gate.stop(Stop::Cancelled) {
            self.terminate();
        }
    }

    /// Stops what is running now, from inside it (the heap limit, `process.exit`).
    pub(crate) fn stop(&self, why: Stop) {
        self.gate().stop(why);
        self.terminate();
    }

    /// The running thread waits from now on; a stop ends that too.
    pub(crate) fn block(&self, blocked: Arc<Blocked>) {
        let mut gate = self.gate();
        if gate.stop.is_some() {
            blocked.stop();
        }
        gate.blocked = Some(blocked);
    }

    /// The running thread does not wait any more.
    pub(crate) fn unblock(&self) {
        self.gate().blocked = None;
    }

    /// Whether the running thread waits.
    pub(crate) fn is_blocked(&self) -> bool {
        self.gate().blocked.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn a_stop_meets_only_the_piece_that_it_is_for() {
        let count = Arc::new(AtomicU32::new(0));
        let counter = count.clone();
        let current = CurrentPiece::new();
        current.attach(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let limits = WorkLimits { wall: Duration::from_secs(1), cpu: None };
        current.begin(1, limits);
        let (first, seen) = current.piece();
        assert_eq!(seen, limits);
        assert_eq!(current.end(), None);
        current.begin(1, limits);
        current.stop_piece(first, Stop::Timeout);
        assert_eq!(count.load(Ordering::Relaxed), 0);
        let (second, _) = current.piece();
        current.stop_piece(second, Stop::Cpu);
        current.stop_piece(second, Stop::Timeout);
        assert_eq!(count.load(Ordering::Relaxed), 1);
        assert_eq!(current.end(), Some(Stop::Cpu));
        assert_eq!(current.end(), None);
    }
}
