//! Due times of timers; the callbacks stay in JavaScript.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use avocet_v8::HandleScope;
use slab::Slab;

use super::Token;

/// Function that is called for a timer that is due.
pub(crate) type OnDue = fn(&mut HandleScope<'_>, Due);

/// A timer to be started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timer {
    /// The function to call.
    on_due: OnDue,
    /// The entry that it is for, or the period after which it comes again (0 for never).
    word: u64,
    /// Whether the word is a period.
    is_period: bool,
    /// Whether the program waits for it.
    keeps_alive: bool,
}

impl Timer {
    /// A timer that is due once and keeps nothing alive.
    pub(crate) fn once(token: Token, on_due: OnDue) -> Self {
        Self { on_due, word: token.word(), is_period: false, keeps_alive: false }
    }

    /// A timer that comes again after `period`, unless that is zero.
    pub(crate) fn every(period: Duration, keeps_alive: bool, on_due: OnDue) -> Self {
        Self { on_due, word: nanos(period), is_period: true, keeps_alive }
    }
}

/// State of a timer beside its place in the queue: small, there may be a million.
#[derive(Debug, Clone, Copy)]
struct Entry {
    on_due: OnDue,
    word: u64,
    is_period: bool,
    keeps_alive: bool,
    /// The end of the number of its start, which distinguishes it from others that had its place.
    turn: u32,
}

impl Entry {
    fn new(timer: Timer, turn: u64) -> Self {
        let Timer { on_due, word, is_period, keeps_alive } = timer;
        Self { on_due, word, is_period, keeps_alive, turn: turn as u32 }
    }
}

/// Nanoseconds, as far as they go: 584 years.
type Nanos = u64;

fn nanos(time: Duration) -> Nanos {
    Nanos::try_from(time.as_nanos()).unwrap_or(Nanos::MAX)
}

/// A timer that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) id: u32,
    /// The entry that it is for; of no meaning where it is for none.
    pub(crate) token: Token,
    /// Whether it comes again.
    pub(crate) repeats: bool,
}

/// Timers by due time; those due at the same time in the order of their start.
#[derive(Default)]
pub(crate) struct Timers {
    queue: BinaryHeap<Reverse<(Nanos, u64, u32)>>,
    entries: Slab<Entry>,
    turn: u64,
    alive: usize,
}

impl Timers {
    /// Starts a timer and gives its number.
    pub(crate) fn start(&mut self, due: Duration, timer: Timer) -> u32 {
        self.turn += 1;
        self.alive += usize::from(timer.keeps_alive);
        let id = self.entries.insert(Entry::new(timer, self.turn)) as u32;
        self.queue.push(Reverse((nanos(due), self.turn, id)));
        id
    }

    /// Stops a timer; nothing happens where it is not waiting.
    pub(crate) fn stop(&mut self, id: u32) {
        let Some(entry) = self.entries.try_remove(id as usize) else { return };
        self.alive -= usize::from(entry.keeps_alive);
        if self.queue.len() > 64 && self.queue.len() > self.entries.len() * 4 {
            let entries = &self.entries;
            self.queue.retain(|Reverse((_, turn, id))| {
                entries.get(*id as usize).is_some_and(|entry| entry.turn == *turn as u32)
            });
        }
    }

    /// Time at which the earliest is due.
    pub(crate) fn next_due(&mut self) -> Option<Duration> {
        while let Some(Reverse((due, turn, id))) = self.queue.peek() {
            if self.entries.get(*id as usize).is_some_and(|entry| entry.turn == *turn as u32) {
                return Some(Duration::from_nanos(*due));
            }
            self.queue.pop();
        }
        None
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of the start that comes next: what starts later is left for a later round.
    pub(crate) fn round(&self) -> u64 {
        self.turn
    }

    /// Takes the earliest that is due at `now` and was started in `round` or before.
    pub(crate) fn pop_due(&mut self, now: Duration, round: u64) -> Option<(Due, OnDue)> {
        if self.next_due()? > now {
            return None;
        }
        let Reverse((due, turn, id)) = *self.queue.peek()?;
        if turn > round {
            return None;
        }
        self.queue.pop();
        let entry = self.entries.get_mut(id as usize)?;
        let Entry { on_due, word, is_period, keeps_alive, .. } = *entry;
        let repeats = is_period && word > 0;
        if repeats {
            self.turn += 1;
            entry.turn = self.turn as u32;
            let next = due.saturating_add(word).max(nanos(now));
            self.queue.push(Reverse((next, self.turn, id)));
        } else {
            self.alive -= usize::from(keeps_alive);
            self.entries.remove(id as usize);
        }
        Some((Due { id, token: Token::of_word(word), repeats }, on_due))
    }

    /// Whether a timer that keeps the program alive is waiting.
    pub(crate) fn keeps_alive(&self) -> bool {
        self.alive > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn fired(timers: &mut Timers, now: u64) -> Vec<u32> {
        let round = timers.round();
        std::iter::from_fn(|| timers.pop_due(ms(now), round)).map(|(due, _)| due.id).collect()
    }

    fn start(timers: &mut Timers, due: u64, repeat: u64) -> u32 {
        timers.start(ms(due), Timer::every(ms(repeat), true, |_, _| {}))
    }

    #[test]
    fn they_fire_by_due_time_then_by_start() {
        let mut timers = Timers::default();
        let ids = [30, 10, 10, 20].map(|due| start(&mut timers, due, 0));
        assert_eq!(timers.next_due(), Some(ms(10)));
        assert_eq!(fired(&mut timers, 20), [ids[1], ids[2], ids[3]]);
        assert!(timers.keeps_alive());
        assert_eq!(fired(&mut timers, 30), [ids[0]]);
        assert!(!timers.keeps_alive());
    }

    #[test]
    fn an_interval_comes_again_until_it_is_stopped() {
        let mut timers = Timers::default();
        let id = start(&mut timers, 10, 10);
        assert_eq!(fired(&mut timers, 10), [id]);
        assert!(fired(&mut timers, 15).is_empty());
        assert_eq!(fired(&mut timers, 20), [id]);
        timers.stop(id);
        assert_eq!(timers.next_due(), None);
    }

    #[test]
    fn what_starts_in_a_round_waits_for_the_next() {
        let mut timers = Timers::default();
        let round = timers.round();
        start(&mut timers, 0, 0);
        assert!(timers.pop_due(ms(1), round).is_none());
    }

    #[test]
    fn stopped_timers_leave_the_heap() {
        let mut timers = Timers::default();
        let ids: Vec<u32> = (0..10_000).map(|due| start(&mut timers, due, 0)).collect();
        ids.iter().skip(1).for_each(|id| timers.stop(*id));
        assert!(timers.queue.len() < 100);
        assert_eq!(fired(&mut timers, 0), [ids[0]]);
    }
}
