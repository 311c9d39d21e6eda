//! The calls of a function that wait for their turn.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

/// A call that waits for its turn.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) call: u32,
    /// [`avocet_frames::head::Invoke`], as it came.
    pub(crate) head: Bytes,
    pub(crate) body: Bytes,
    /// Time of arrival on the loop's clock.
    pub(crate) arrived: Duration,
}

/// Queue that all instances of a function share. The thread that runs an instance takes calls from
/// here one by one, so that those behind a slow call stay free for another instance.
#[derive(Default)]
pub(crate) struct Queue {
    jobs: Mutex<VecDeque<Job>>,
}

impl Queue {
    fn jobs(&self) -> MutexGuard<'_, VecDeque<Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, job: Job) {
        self.jobs().push_back(job);
    }

    pub(crate) fn pop(&self) -> Option<Job> {
        self.jobs().pop_front()
    }

    /// Number of calls that wait.
    pub(crate) fn len(&self) -> usize {
        self.jobs().len()
    }

    /// Arrival of the first call.
    pub(crate) fn oldest(&self) -> Option<Duration> {
        self.jobs().front().map(|job| job.arrived)
    }

    /// Takes all calls.
    pub(crate) fn take(&self) -> VecDeque<Job> {
        std::mem::take(&mut *self.jobs())
    }

    /// Takes the calls that arrived before `limit`.
    pub(crate) fn take_before(&self, limit: Duration) -> Vec<Job> {
        let mut jobs = self.jobs();
        let count = jobs.iter().take_while(|job| job.arrived < limit).count();
        jobs.drain(..count).collect()
    }

    /// Takes a call out that nobody waits for any more; `false` where it does not wait.
    pub(crate) fn remove(&self, call: u32) -> bool {
        let mut jobs = self.jobs();
        let before = jobs.len();
        jobs.retain(|job| job.call != call);
        jobs.len() < before
    }
}
