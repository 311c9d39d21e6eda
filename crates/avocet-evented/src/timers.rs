//! Due times of timers; the callbacks stay in JavaScript.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use slab::Slab;

use crate::runtime::Token;

/// Whom a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A timer of JavaScript's.
    Script,
    /// A stream that may have been idle for too long.
    Stream(Token),
    /// A listener that had no descriptors left.
    Listener(Token),
}

/// What is kept of a timer beside its place in the queue: there may be a million.
#[derive(Debug, Clone, Copy)]
struct Entry {
    whom: Whom,
    /// The end of the number of its start, which tells it from others that had its place.
    turn: u32,
    keeps_alive: bool,
}

/// An [`Owner`]; only a script's timers come again.
#[derive(Debug, Clone, Copy)]
enum Whom {
    Script { repeat: Nanos },
    Stream(Token),
    Listener(Token),
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
    pub(crate) owner: Owner,
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
    /// Starts one and gives its number. Only a script's comes again.
    pub(crate) fn start(
        &mut self,
        due: Duration,
        repeat: Duration,
        keeps_alive: bool,
        owner: Owner,
    ) -> u32 {
        self.turn += 1;
        self.alive += usize::from(keeps_alive);
        let whom = match owner {
            Owner::Script => Whom::Script { repeat: nanos(repeat) },
            Owner::Stream(token) => Whom::Stream(token),
            Owner::Listener(token) => Whom::Listener(token),
        };
        let entry = Entry { whom, turn: self.turn as u32, keeps_alive };
        let id = self.entries.insert(entry) as u32;
        self.queue.push(Reverse((nanos(due), self.turn, id)));
        id
    }

    /// Stops one; nothing happens where it is not waiting.
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

    /// When the earliest is due.
    pub(crate) fn next_due(&mut self) -> Option<Duration> {
        while let Some(Reverse((due, turn, id))) = self.queue.peek() {
            if self.entries.get(*id as usize).is_some_and(|entry| entry.turn == *turn as u32) {
                return Some(Duration::from_nanos(*due));
            }
            self.queue.pop();
        }
        None
    }

    /// The number of the start that comes next: what starts later is left for a later round.
    pub(crate) fn round(&self) -> u64 {
        self.turn
    }

    /// Takes the earliest that is due at `now` and was started in `round` or before.
    pub(crate) fn pop_due(&mut self, now: Duration, round: u64) -> Option<Due> {
        if self.next_due()? > now {
            return None;
        }
        let Reverse((due, turn, id)) = *self.queue.peek()?;
        if turn > round {
            return None;
        }
        self.queue.pop();
        let entry = self.entries.get_mut(id as usize)?;
        let (owner, repeat) = match entry.whom {
            Whom::Script { repeat } => (Owner::Script, repeat),
            Whom::Stream(token) => (Owner::Stream(token), 0),
            Whom::Listener(token) => (Owner::Listener(token), 0),
        };
        let repeats = repeat > 0;
        if repeats {
            self.turn += 1;
            entry.turn = self.turn as u32;
            let next = due.saturating_add(repeat).max(nanos(now));
            self.queue.push(Reverse((next, self.turn, id)));
        } else {
            self.alive -= usize::from(entry.keeps_alive);
            self.entries.remove(id as usize);
        }
        Some(Due { id, owner, repeats })
    }

    /// Whether one that keeps the program alive is waiting.
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
        std::iter::from_fn(|| timers.pop_due(ms(now), round)).map(|due| due.id).collect()
    }

    fn start(timers: &mut Timers, due: u64, repeat: u64) -> u32 {
        timers.start(ms(due), ms(repeat), true, Owner::Script)
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
        assert_eq!(fired(&mut timers, 15), []);
        assert_eq!(fired(&mut timers, 20), [id]);
        timers.stop(id);
        assert_eq!(timers.next_due(), None);
    }

    #[test]
    fn what_starts_in_a_round_waits_for_the_next() {
        let mut timers = Timers::default();
        let round = timers.round();
        start(&mut timers, 0, 0);
        assert_eq!(timers.pop_due(ms(1), round), None);
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
