//! Due times of timers; the callbacks stay in JavaScript.
//!
//! Times are durations since a moment that the owner chose, so that the same queue serves a real
//! clock and a test that has none.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

/// The number that JavaScript gave a timer.
pub type TimerId = u32;

/// Timers that one isolate may have waiting. Each costs memory outside the JavaScript heap, so the
/// heap limit does not bound them.
pub const MAX_TIMERS: usize = 100_000;

/// The longest delay; longer ones (and `Infinity`) become 1 ms, as in browsers and Node.js.
const MAX_DELAY_MS: f64 = 2_147_483_647.0;

/// A timer to be started.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimerSpec {
    /// The number that names it; a timer of the same number is replaced.
    pub id: TimerId,
    /// Due time.
    pub due: Duration,
    /// The period of an interval.
    pub every: Option<Duration>,
    /// Value that the owner wants back when it fires (the call in which it was started).
    pub tag: u32,
}

/// There are [`MAX_TIMERS`] already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {MAX_TIMERS} timers are waiting")]
pub struct TooManyTimers;

struct Entry {
    spec: TimerSpec,
    turn: u64,
}

/// Timers by due time; those due at the same time fire in the order of their start.
#[derive(Default)]
pub struct Timers {
    queue: BinaryHeap<Reverse<(Duration, u64, TimerId)>>,
    entries: HashMap<TimerId, Entry>,
    turn: u64,
}

impl Timers {
    /// Starts a timer.
    pub fn start(&mut self, spec: TimerSpec) -> Result<(), TooManyTimers> {
        self.stop(spec.id);
        if self.entries.len() >= MAX_TIMERS {
            return Err(TooManyTimers);
        }
        self.turn += 1;
        self.queue.push(Reverse((spec.due, self.turn, spec.id)));
        self.entries.insert(spec.id, Entry { spec, turn: self.turn });
        Ok(())
    }

    /// Stops a timer; `false` where it was not waiting.
    pub fn stop(&mut self, id: TimerId) -> bool {
        if self.entries.remove(&id).is_none() {
            return false;
        }
        if self.entries.is_empty() {
            self.queue.clear();
        } else if self.queue.len() > 64 && self.queue.len() > self.entries.len() * 4 {
            let entries = &self.entries;
            self.queue.retain(|Reverse((_, turn, id))| {
                entries.get(id).is_some_and(|entry| entry.turn == *turn)
            });
        }
        true
    }

    /// Due time of the earliest timer.
    pub fn next_due(&mut self) -> Option<Duration> {
        while let Some(Reverse((due, turn, id))) = self.queue.peek() {
            if self.entries.get(id).is_some_and(|entry| entry.turn == *turn) {
                return Some(*due);
            }
            self.queue.pop();
        }
        None
    }

    /// Takes the earliest timer that is due at `now`; an interval is queued again.
    pub fn pop_due(&mut self, now: Duration) -> Option<TimerSpec> {
        if self.next_due()? > now {
            return None;
        }
        let Reverse((_, _, id)) = self.queue.pop()?;
        let spec = self.entries.get(&id)?.spec;
        match spec.every {
            Some(every) => {
                self.turn += 1;
                let due = now + every.max(Duration::from_millis(1));
                let entry = Entry { spec: TimerSpec { due, ..spec }, turn: self.turn };
                self.entries.insert(id, entry);
                self.queue.push(Reverse((due, self.turn, id)));
            }
            None => {
                self.entries.remove(&id);
            }
        }
        Some(spec)
    }

    /// Stops all timers with this tag.
    pub fn stop_tagged(&mut self, tag: u32) {
        let tagged = self.entries.iter().filter(|(_, entry)| entry.spec.tag == tag);
        for id in tagged.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.stop(id);
        }
    }

    /// Timers that are waiting.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is waiting.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The delay that JavaScript asked for, by the rules of `setTimeout`: whole milliseconds, at
/// least `least`; what is not a number is 0.
pub fn delay(ms: f64, least: Duration) -> Duration {
    let ms = if ms.is_nan() || ms < 0.0 { 0.0 } else { ms.trunc() };
    let ms = if ms > MAX_DELAY_MS { 1.0 } else { ms };
    Duration::from_millis(ms as u64).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn spec(id: TimerId, due: u64) -> TimerSpec {
        TimerSpec { id, due: ms(due), every: None, tag: 0 }
    }

    fn fired(timers: &mut Timers, now: u64) -> Vec<TimerId> {
        std::iter::from_fn(|| timers.pop_due(ms(now))).map(|spec| spec.id).collect()
    }

    #[test]
    fn they_fire_by_due_time_then_by_start() {
        let mut timers = Timers::default();
        for (id, due) in [(1, 30), (2, 10), (3, 10), (4, 20)] {
            timers.start(spec(id, due)).unwrap();
        }
        assert_eq!(timers.next_due(), Some(ms(10)));
        assert!(fired(&mut timers, 9).is_empty());
        assert_eq!(fired(&mut timers, 20), [2, 3, 4]);
        assert!(!timers.is_empty());
        assert_eq!(fired(&mut timers, 30), [1]);
        assert!(timers.is_empty());
    }

    #[test]
    fn a_stopped_or_restarted_timer_does_not_fire_at_its_old_time() {
        let mut timers = Timers::default();
        timers.start(spec(1, 10)).unwrap();
        timers.start(spec(2, 10)).unwrap();
        timers.start(spec(1, 50)).unwrap();
        assert!(timers.stop(2));
        assert!(!timers.stop(2));
        assert!(fired(&mut timers, 40).is_empty());
        assert_eq!(timers.next_due(), Some(ms(50)));
        assert_eq!(timers.len(), 1);
    }

    #[test]
    fn an_interval_comes_again_until_it_is_stopped() {
        let mut timers = Timers::default();
        timers.start(TimerSpec { every: Some(ms(10)), ..spec(1, 10) }).unwrap();
        assert_eq!(fired(&mut timers, 10), [1]);
        assert_eq!(fired(&mut timers, 25), [1]);
        assert_eq!(timers.next_due(), Some(ms(35)));
        timers.stop(1);
        assert_eq!(timers.next_due(), None);
    }

    #[test]
    fn there_is_a_limit_and_stopping_makes_room() {
        let mut timers = Timers::default();
        for id in 0..MAX_TIMERS as u32 {
            timers.start(spec(id, 1000 + u64::from(id))).unwrap();
        }
        assert_eq!(timers.start(spec(u32::MAX, 1)), Err(TooManyTimers));
        for id in 1..MAX_TIMERS as u32 {
            timers.stop(id);
        }
        assert!(timers.queue.len() < 1000, "stopped timers leave the heap too");
        timers.start(spec(u32::MAX, 1)).unwrap();
    }

    #[test]
    fn delays_follow_the_rules_of_set_timeout() {
        for (given, expected) in
            [(f64::NAN, 1), (-5.0, 1), (0.0, 1), (1.9, 1), (250.0, 250), (f64::INFINITY, 1)]
        {
            assert_eq!(delay(given, ms(1)), ms(expected), "{given}");
        }
        assert_eq!(delay(0.0, Duration::ZERO), Duration::ZERO);
    }
}
