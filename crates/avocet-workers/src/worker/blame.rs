//! Blame: the functions that are held back for the deaths of a worker that several share.
//!
//! Only those that had something running when it died can be to blame, and of them those that were
//! there most often in a row. Where that is more than one, they come back one after the other: who
//! answers a call while the others are still held back was not it.

use std::time::Duration;

use tokio::time::Instant;

use super::calls::{Slot, Wire};
use super::{Core, Worker};
use crate::{CallError, FailureKind, Phase, RestartPolicy};

/// Part of a function in its worker's deaths.
#[derive(Debug, Default)]
pub(super) struct Blame {
    /// Deaths in a row at which it was there.
    deaths: u32,
    last: Option<Instant>,
    /// Time before which it gets no calls.
    until: Option<Instant>,
}

impl Blame {
    fn count(&mut self, now: Instant, policy: &RestartPolicy) {
        let since = self.until.max(self.last);
        let stable =
            since.is_none_or(|since| now.saturating_duration_since(since) >= policy.stable_after);
        self.deaths = if stable { 1 } else { self.deaths + 1 };
        self.last = Some(now);
        self.until = None;
    }

    fn rest(&self) -> Option<Duration> {
        // Only now: few calls meet a pause, and those may have waited for its end.
        self.until?.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero())
    }
}

impl Core {
    /// Functions that had something running in the worker that died: calls that should have ended
    /// where it was `killed` for them, else all calls and loads.
    pub(super) fn suspects(&self, killed: bool) -> Vec<usize> {
        let there = |matching: &dyn Fn(&Slot) -> bool| {
            let mut found = Vec::new();
            self.calls.each(|slot| {
                if matching(slot) && !found.contains(&slot.function) {
                    found.push(slot.function);
                }
            });
            found
        };
        if killed {
            let overdue = there(&|slot| matches!(slot.wire, Wire::Cancelled { .. }));
            if !overdue.is_empty() {
                return overdue;
            }
        }
        let mut found = there(&|slot| slot.wire == Wire::Open);
        let loading = self.functions.iter().filter(|(_, entry)| entry.phase() == Phase::Loading);
        for (key, _) in loading {
            if !found.contains(&key) {
                found.push(key);
            }
        }
        found
    }

    /// Counts a death for each of `suspects`; gives the longest pause of those who are held back.
    pub(super) fn blame(&mut self, worker: &Worker, suspects: &[usize]) -> Duration {
        let policy = &worker.shared.options.restart;
        let now = Instant::now();
        let mut most = 0;
        for key in suspects {
            let Some(entry) = self.functions.get_mut(*key) else { continue };
            entry.blame.count(now, policy);
            most = most.max(entry.blame.deaths);
        }
        let Some(over) = most.checked_sub(policy.burst).filter(|over| *over > 0) else {
            return Duration::ZERO;
        };
        let mut longest = Duration::ZERO;
        let pause = policy.pause(over);
        for key in suspects {
            let Some(entry) = self.functions.get_mut(*key) else { continue };
            if entry.blame.deaths == most {
                longest += pause;
                entry.blame.until = Some(now + longest);
            }
        }
        self.held_until = Some(now + longest);
        longest
    }

    /// Refuses a function that is held back.
    pub(super) fn check_blame(&self, key: usize) -> Result<(), CallError> {
        let entry = &self.functions[key];
        let Some(rest) = entry.blame.rest() else { return Ok(()) };
        let message = format!(
            "{} is held back for {:.1} s: its worker process died {} times in a row while it ran",
            entry.name(),
            rest.as_secs_f64(),
            entry.blame.deaths,
        );
        Err(CallError::new(FailureKind::NotLoaded, message).retry_after(rest))
    }

    /// A function answered a call. While another one is held back, that clears it.
    pub(super) fn clear_blame(&mut self, key: usize) {
        let Some(until) = self.held_until else { return };
        if until <= Instant::now() {
            self.held_until = None;
        } else if let Some(entry) = self.functions.get_mut(key) {
            entry.blame = Blame::default();
        }
    }
}
