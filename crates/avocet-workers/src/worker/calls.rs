//! The calls of one worker, each in a slot that its number names.

use std::collections::VecDeque;
use std::task::Waker;

use avocet_frames::head::Respond;
use bytes::Bytes;
use slab::Slab;
use tokio::time::Instant;

use super::body::Incoming;
use crate::{CallError, CallTag};

/// Frames that the worker can still send for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    /// Answer of the call, or the rest of it.
    Open,
    /// The call was given up, but until the pong of this number the worker may have answered
    /// before it read that.
    Cancelled { barrier: u64 },
    /// Nothing.
    Closed,
}

/// The beginning of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: Respond,
    pub(crate) body: Bytes,
    pub(crate) streams: bool,
}

/// A call.
#[derive(Debug)]
pub(super) struct Slot {
    /// Key of its function's entry.
    pub(super) function: usize,
    /// Number under which its function was loaded when it was sent.
    pub(super) number: u32,
    pub(super) deadline: Instant,
    pub(super) tag: CallTag,
    pub(super) wire: Wire,
    /// The caller's future or body stream still exists.
    pub(super) caller: bool,
    pub(super) waker: Option<Waker>,
    pub(super) answer: Option<Result<Answer, CallError>>,
    pub(super) incoming: Option<Box<Incoming>>,
    /// Bytes of the request's body that may be sent now; `None` where none will follow.
    pub(super) upload_room: Option<u32>,
}

impl Slot {
    /// Ends the call for its caller: as its answer, or as the end of its body. Whoever came first
    /// stays.
    pub(super) fn settle(&mut self, error: CallError) {
        match &mut self.incoming {
            Some(incoming) => incoming.end(Err(error)),
            None if self.answer.is_none() => self.answer = Some(Err(error)),
            None => {}
        }
    }
}

/// All calls.
///
/// A call's number is its slot's index below a generation that changes with each use of the slot
/// and is never 0, so that number 0 (the function itself) is never a call.
#[derive(Debug, Default)]
pub(super) struct Calls {
    slots: Slab<Slot>,
    generations: Vec<u16>,
    /// Slots whose wire is open: calls in flight.
    pub(super) open: usize,
    /// Slots whose wire is cancelled.
    pub(super) cancelled: usize,
    /// The tags of the last calls whose slots are free again: a timer of theirs may still print.
    answered: VecDeque<(u32, CallTag)>,
}

/// Calls that are remembered after their end.
const REMEMBERED: usize = 256;

/// Most slots: an index has 16 bits.
pub(super) const MAX_SLOTS: usize = 1 << 16;

impl Calls {
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The number that the next call will have.
    pub(super) fn next(&mut self) -> u32 {
        let index = self.slots.vacant_key();
        if self.generations.len() <= index {
            self.generations.resize(index + 1, 1);
        }
        u32::from(self.generations[index]) << 16 | index as u32
    }

    /// Takes the number that [`Calls::next`] gave.
    pub(super) fn insert(&mut self, slot: Slot) {
        self.open += 1;
        self.slots.insert(slot);
    }

    fn index(&self, number: u32) -> Option<usize> {
        let index = (number & 0xffff) as usize;
        let generation = (number >> 16) as u16;
        (self.generations.get(index) == Some(&generation)).then_some(index)
    }

    pub(super) fn find(&mut self, number: u32) -> Option<&mut Slot> {
        let index = self.index(number)?;
        self.slots.get_mut(index)
    }

    /// The tag of a call, also a while after it was answered.
    pub(super) fn tag(&self, number: u32) -> Option<CallTag> {
        let slot = self.index(number).and_then(|index| self.slots.get(index));
        slot.map(|slot| slot.tag).or_else(|| {
            let (first, second) = self.answered.as_slices();
            let mut newest_first = second.iter().rev().chain(first.iter().rev());
            newest_first.find(|(other, _)| *other == number).map(|(_, tag)| *tag)
        })
    }

    /// Looks at every slot.
    pub(super) fn each(&self, mut look: impl FnMut(&Slot)) {
        self.slots.iter().for_each(|(_, slot)| look(slot));
    }

    /// Numbers of the slots that match.
    pub(super) fn select(&self, mut wanted: impl FnMut(&Slot) -> bool) -> Vec<u32> {
        let matching = self.slots.iter().filter(|(_, slot)| wanted(slot));
        matching.map(|(index, _)| u32::from(self.generations[index]) << 16 | index as u32).collect()
    }

    /// Changes what the worker can still send; frees the slot where nobody needs it any more.
    pub(super) fn set_wire(&mut self, number: u32, wire: Wire) {
        let Some(slot) = self.find(number) else { return };
        let old = std::mem::replace(&mut slot.wire, wire);
        for (state, step) in [(old, -1), (wire, 1)] {
            match state {
                Wire::Open => self.open = self.open.wrapping_add_signed(step),
                Wire::Cancelled { .. } => self.cancelled = self.cancelled.wrapping_add_signed(step),
                Wire::Closed => {}
            }
        }
        self.release(number);
    }

    /// The caller is gone or has everything; frees the slot where the worker is done too. Gives
    /// its waker, which is not to be dropped under the lock.
    pub(super) fn leave(&mut self, number: u32) -> Option<Waker> {
        let slot = self.find(number)?;
        slot.caller = false;
        let waker = slot.waker.take();
        self.release(number);
        waker
    }

    fn release(&mut self, number: u32) {
        let Some(index) = self.index(number) else { return };
        let done = |slot: &Slot| !slot.caller && slot.wire == Wire::Closed;
        if self.slots.get(index).is_some_and(done) {
            let slot = self.slots.remove(index);
            if self.answered.len() >= REMEMBERED {
                self.answered.pop_front();
            }
            self.answered.push_back((number, slot.tag));
            let next = self.generations[index].wrapping_add(1);
            self.generations[index] = next.max(1);
        }
    }

    /// The worker has read everything up to the ping of this number.
    pub(super) fn pass_barrier(&mut self, passed: u64) {
        if self.cancelled == 0 {
            return;
        }
        let reached = self
            .select(|slot| matches!(slot.wire, Wire::Cancelled { barrier } if barrier <= passed));
        for number in reached {
            self.set_wire(number, Wire::Closed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot() -> Slot {
        Slot {
            function: 0,
            number: 1,
            deadline: Instant::now(),
            tag: CallTag::default(),
            wire: Wire::Open,
            caller: true,
            waker: None,
            answer: None,
            incoming: None,
            upload_room: None,
        }
    }

    fn insert(calls: &mut Calls) -> u32 {
        let number = calls.next();
        calls.insert(slot());
        number
    }

    #[test]
    fn a_number_is_not_used_again_at_once() {
        let mut calls = Calls::default();
        let first = insert(&mut calls);
        calls.set_wire(first, Wire::Closed);
        calls.leave(first);
        let second = insert(&mut calls);
        assert_ne!(first, second);
        assert!(calls.find(first).is_none());
        assert!(calls.find(second).is_some());
        assert_eq!((calls.len(), calls.open), (1, 1));
    }

    #[test]
    fn a_given_up_call_keeps_its_slot_up_to_its_barrier() {
        let mut calls = Calls::default();
        let number = insert(&mut calls);
        calls.set_wire(number, Wire::Cancelled { barrier: 3 });
        calls.leave(number);
        calls.pass_barrier(2);
        assert_eq!((calls.len(), calls.open, calls.cancelled), (1, 0, 1));
        calls.pass_barrier(3);
        assert_eq!((calls.len(), calls.open, calls.cancelled), (0, 0, 0));
    }

    #[test]
    fn generations_wrap_round_without_zero() {
        let mut calls = Calls::default();
        for _ in 0..200_000 {
            let number = insert(&mut calls);
            assert_ne!(number >> 16, 0);
            calls.set_wire(number, Wire::Closed);
            calls.leave(number);
        }
        assert_eq!((calls.len(), calls.open), (0, 0));
    }
}
