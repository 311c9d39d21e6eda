//! The events that a subscription holds, and their order.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Bound;

use crate::item::{Item, Serial, State};
use crate::log::Position;
use crate::protocol::DeliveryId;

/// Held events of one key.
#[derive(Debug, Default)]
struct Key {
    positions: BTreeSet<Position>,
    leased: bool,
}

/// Events by position, each in one [`State`].
#[derive(Debug, Default)]
pub(crate) struct Window {
    items: BTreeMap<Position, Item>,
    /// Events to deliver next, in the order in which they became ready.
    list: VecDeque<Position>,
    keys: HashMap<u64, Key>,
    /// Events of which the log knows nothing yet.
    unrecorded: BTreeSet<Position>,
    active: usize,
    leased: usize,
    ready: usize,
}

impl Window {
    pub(crate) fn get(&self, position: Position) -> Option<&Item> {
        self.items.get(&position)
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = (Position, &Item)> {
        self.items.iter().map(|(position, item)| (*position, item))
    }

    /// Events that take room.
    pub(crate) fn active(&self) -> usize {
        self.active
    }

    /// Events that are being delivered.
    pub(crate) fn leased(&self) -> usize {
        self.leased
    }

    /// Events that can be delivered now or after others of their key.
    pub(crate) fn ready(&self) -> usize {
        self.ready
    }

    /// Events that are ready, but after others of their key.
    pub(crate) fn blocked(&self) -> usize {
        self.ready - self.list.len()
    }

    /// Events that the log has rows of.
    pub(crate) fn recorded(&self) -> usize {
        self.items.len() - self.unrecorded.len()
    }

    /// Whether an event before `position` holds back `key` for longer than a delivery takes.
    pub(crate) fn is_held_back(&self, key: u64, position: Position) -> bool {
        let before =
            self.keys.get(&key).into_iter().flat_map(|key| key.positions.range(..position));
        before.into_iter().any(|other| self.items[other].holds_back())
    }

    /// Adds an event. One with a key is in its order from here on.
    pub(crate) fn insert(&mut self, position: Position, item: Item) {
        if let Some(key) = item.key {
            self.keys.entry(key).or_default().positions.insert(position);
        }
        if item.unrecorded {
            self.unrecorded.insert(position);
        }
        self.active += 1;
        self.ready += 1;
        self.items.insert(position, item);
    }

    /// Puts a ready event on the list, where nothing of its key is before it.
    pub(crate) fn offer(&mut self, position: Position) {
        let Some(item) = self.items.get_mut(&position) else { return };
        if item.state != (State::Ready { listed: false }) {
            return;
        }
        let first = item
            .key
            .and_then(|key| self.keys.get(&key))
            .is_none_or(|key| !key.leased && key.positions.first() == Some(&position));
        if first {
            item.state = State::Ready { listed: true };
            self.list.push_back(position);
        }
    }

    /// Puts what is first of its key on the list.
    pub(crate) fn offer_first_of(&mut self, key: u64) {
        let first = self.keys.get(&key).and_then(|key| key.positions.first().copied());
        if let Some(first) = first {
            self.offer(first);
        }
    }

    /// Takes the next event off the list.
    pub(crate) fn take_next(&mut self) -> Option<Position> {
        while let Some(position) = self.list.pop_front() {
            let Some(item) = self.items.get_mut(&position) else { continue };
            item.state = State::Ready { listed: false };
            // What came meanwhile may be before it.
            let key = item.key.and_then(|key| self.keys.get(&key));
            if key.is_none_or(|key| !key.leased && key.positions.first() == Some(&position)) {
                return Some(position);
            }
        }
        None
    }

    /// A ready event that is on no list is being delivered.
    pub(crate) fn lease(&mut self, position: Position, delivery: DeliveryId) {
        self.change(position, State::Leased(delivery));
    }

    /// An event is ready again, before the others.
    pub(crate) fn release(&mut self, position: Position) {
        self.change(position, State::Ready { listed: false });
        match self.items.get(&position).and_then(|item| item.key) {
            Some(key) => self.offer_first_of(key),
            None => self.offer(position),
        }
        if self.list.back() == Some(&position) {
            self.list.rotate_right(1);
        }
    }

    /// Marks an event whose outcome is on its way into the log.
    pub(crate) fn settle(&mut self, position: Position, serial: Serial, holds_back: bool) {
        self.change(position, State::Settling { serial, holds_back });
    }

    /// Marks an event whose outcome is in the log; it is kept for a while.
    pub(crate) fn keep(&mut self, position: Position, holds_back: bool) {
        self.record(position);
        self.change(position, State::Settled { holds_back });
        if !holds_back {
            self.leave_key(position);
        }
    }

    /// Forgets an event.
    pub(crate) fn remove(&mut self, position: Position) {
        self.record(position);
        self.change(position, State::Settled { holds_back: false });
        self.leave_key(position);
        self.items.remove(&position);
    }

    /// The log has a row of an event.
    pub(crate) fn record(&mut self, position: Position) {
        if let Some(item) = self.items.get_mut(&position) {
            item.unrecorded = false;
            self.unrecorded.remove(&position);
        }
    }

    pub(crate) fn set(&mut self, position: Position, change: impl FnOnce(&mut Item)) {
        if let Some(item) = self.items.get_mut(&position) {
            change(item);
        }
    }

    /// The first event of which the log would know nothing once entries up to `serial` are written.
    pub(crate) fn first_unrecorded(&self, serial: Serial) -> Option<Position> {
        let recorded = |item: &Item| {
            matches!(item.state, State::Settling { serial: own, .. } if own <= serial)
                || item.taken.is_some_and(|own| own <= serial)
        };
        self.unrecorded.iter().copied().find(|position| !recorded(&self.items[position]))
    }

    pub(crate) fn unrecorded(&self) -> impl Iterator<Item = Position> + '_ {
        self.unrecorded.iter().copied()
    }

    /// Ready events of a key behind `position`.
    pub(crate) fn ready_behind(&self, key: u64, position: Position) -> Vec<Position> {
        let after = (Bound::Excluded(position), Bound::Unbounded);
        let key = self.keys.get(&key).into_iter();
        let positions = key.flat_map(|key| key.positions.range(after).copied());
        positions.filter(|p| matches!(self.items[p].state, State::Ready { .. })).collect()
    }

    /// Up to `count` events that are ready after others of their key, the last ones first.
    pub(crate) fn last_blocked(&self, count: usize) -> Vec<Position> {
        let blocked = self.items.iter().rev().filter(|(position, item)| {
            item.state == (State::Ready { listed: false })
                && item
                    .key
                    .and_then(|key| self.keys.get(&key))
                    .is_some_and(|key| key.positions.first() != Some(position))
        });
        blocked.map(|(position, _)| *position).take(count).collect()
    }

    fn change(&mut self, position: Position, state: State) {
        let Some(item) = self.items.get_mut(&position) else { return };
        let (old, key) = (item.state, item.key);
        item.state = state;
        let is_active = !matches!(state, State::Settled { .. });
        self.active -= usize::from(!matches!(old, State::Settled { .. }));
        self.active += usize::from(is_active);
        self.ready -= usize::from(matches!(old, State::Ready { .. }));
        self.ready += usize::from(matches!(state, State::Ready { .. }));
        self.leased -= usize::from(matches!(old, State::Leased(_)));
        self.leased += usize::from(matches!(state, State::Leased(_)));
        if old == (State::Ready { listed: true }) {
            self.list.retain(|other| *other != position);
        }
        if let Some(key) = key.and_then(|key| self.keys.get_mut(&key))
            && matches!(old, State::Leased(_)) != matches!(state, State::Leased(_))
        {
            key.leased = matches!(state, State::Leased(_));
        }
    }

    /// An event is out of the order of its key: the next one may be delivered.
    fn leave_key(&mut self, position: Position) {
        let Some(key) = self.items.get(&position).and_then(|item| item.key) else { return };
        if let Some(entry) = self.keys.get_mut(&key) {
            entry.positions.remove(&position);
            if entry.positions.is_empty() {
                self.keys.remove(&key);
                return;
            }
        }
        self.offer_first_of(key);
    }
}
