//! A thread that waits for the answer of a host service inside of JavaScript.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use avocet_frames::head::HostReply;
use bytes::Bytes;

/// A host call whose caller waits for it.
#[derive(Default)]
pub(crate) struct Blocked {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    Waiting,
    Answered(HostReply, Bytes),
    /// Waiting work was stopped: its time is over, or its caller is gone.
    Stopped,
}

impl Blocked {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The service answered.
    pub(crate) fn answer(&self, head: HostReply, body: Bytes) {
        self.set(State::Answered(head, body));
    }

    /// Ends the wait without an answer.
    pub(crate) fn stop(&self) {
        self.set(State::Stopped);
    }

    fn set(&self, to: State) {
        let mut state = self.state();
        if matches!(*state, State::Waiting) {
            *state = to;
            self.changed.notify_one();
        }
    }

    /// Whether the wait is over.
    pub(crate) fn is_over(&self) -> bool {
        !matches!(*self.state(), State::Waiting)
    }

    /// Waits for the end. Its limit is the monitor's, which stops what runs for too long.
    pub(crate) fn wait(&self) {
        let mut state = self.state();
        while matches!(*state, State::Waiting) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The answer; `None` where the wait was stopped.
    pub(crate) fn take(&self) -> Option<(HostReply, Bytes)> {
        match std::mem::take(&mut *self.state()) {
            State::Answered(head, body) => Some((head, body)),
            State::Waiting | State::Stopped => None,
        }
    }
}

/// Waiting inside of a turn, while the loop goes on.
pub(crate) trait Parking: Send + Sync {
    /// Comes back when the wait is over.
    fn wait(&self, blocked: &Blocked) -> Result<(), NoThread>;
}

/// Refusal of a wait: so many calls wait already that no thread is left for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many calls of this namespace wait for a host service already")]
pub(crate) struct NoThread;

/// The [`Parking`] of a worker.
pub(crate) type SharedParking = Arc<dyn Parking>;
