//! One subscription: its events, from a read to an entry in the log.

use std::collections::BTreeSet;

use crate::item::{Item, Serial, State};
use crate::log::{Entry, Event, Note, Origin, Position, PullId, Pulled, SubscriptionId, Tries};
use crate::protocol::DeliveryId;
use crate::reading::Reading;
use crate::settings::{LogKind, Ordering, SubscriptionSettings};
use crate::time::{Moment, Now};
use crate::window::Window;
use crate::writer::Writer;

mod outcome;

/// Events that are of no interest after which the cursor is written for its own sake.
const MOST_LAG: u64 = 1024;

/// Whether a subscription can start deliveries, as far as its sink is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sink {
    Ready,
    /// Not there at the last delivery; looked for again then.
    Missed {
        until: Moment,
    },
    /// Not there until somebody says so.
    Absent,
}

#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) id: SubscriptionId,
    pub(crate) settings: SubscriptionSettings,
    pub(crate) window: Window,
    pub(crate) reading: Reading,
    pub(crate) sink: Sink,
    /// On the list of those that may start a delivery.
    pub(crate) listed: bool,
    /// On the list of those that may read.
    pub(crate) reads: bool,
    /// The timer that is set for it.
    pub(crate) timer: Option<Moment>,
    kind: LogKind,
    asked: (usize, usize),
    /// Last row that was put off until the fresh events before it were read.
    put_off: Option<Position>,
    /// Fresh events up to here were given.
    pub(crate) scanned: Position,
    /// Durable cursor.
    cursor: Position,
    /// Whether the cursor is written however little it lags.
    tidying: bool,
    done_ahead: BTreeSet<Position>,
    stays: u64,
    /// Times in a row that the sink was not there.
    missed: u32,
}

impl Subscription {
    pub(crate) fn new(
        id: SubscriptionId,
        settings: SubscriptionSettings,
        cursor: Position,
        not_before: Serial,
        kind: LogKind,
    ) -> Self {
        Self {
            id,
            settings,
            window: Window::default(),
            reading: Reading::new(not_before),
            sink: Sink::Ready,
            listed: false,
            reads: false,
            timer: None,
            kind,
            put_off: None,
            asked: (0, 0),
            scanned: cursor,
            cursor,
            tidying: false,
            done_ahead: BTreeSet::new(),
            stays: 0,
            missed: 0,
        }
    }

    /// Most events of a read in a window of `room` events: fresh ones and returned ones, where a
    /// read is wanted and worth it.
    pub(crate) fn wants(&self, room: usize, now: Moment) -> Option<(usize, usize)> {
        let free = room.saturating_sub(self.window.active());
        let worth = free >= room / 4 || self.window.ready() == 0;
        if !worth || !matches!(self.sink, Sink::Ready) {
            return None;
        }
        self.reading.wants(free, now)
    }

    pub(crate) fn begin_read(&mut self, id: PullId, asked: (usize, usize), deadline: Moment) {
        self.asked = asked;
        self.reading.begin(id, deadline);
    }

    /// Takes the answer to the read under way. Gives the events that are new here.
    pub(crate) fn take(&mut self, pulled: &Pulled, now: Now, writer: &mut Writer) -> Vec<Position> {
        let asked = self.asked;
        self.reading.learn(pulled, now, asked);
        let scanned = if asked.0 > 0 { self.scanned.max(pulled.scanned) } else { self.scanned };
        let (mut new, mut returned) = (Vec::new(), asked.1);
        for event in &pulled.events {
            if !self.is_welcome(event, scanned) {
                continue;
            }
            if event.origin == Origin::Returned {
                if returned == 0 {
                    // More than there is room for: the log was asked for those that are held as well.
                    self.reading.rows_changed();
                    continue;
                }
                returned -= 1;
            }
            self.admit(event, now, writer);
            new.push(event.position);
        }
        self.scanned = scanned;
        if self.put_off.take_if(|position| *position <= scanned).is_some() {
            self.reading.rows_changed();
        }
        self.forget_settled();
        new
    }

    /// Returned events that the log is asked for, so that as many of them are new here.
    pub(crate) fn to_ask_for(&self, returned: usize) -> usize {
        match self.kind {
            LogKind::Cursor if returned > 0 => returned + self.window.recorded(),
            _ => returned,
        }
    }

    /// Whether an event is new here and can be taken now.
    fn is_welcome(&mut self, event: &Event, scanned: Position) -> bool {
        if let Some(item) = self.window.get(event.position) {
            if event.origin == Origin::Returned {
                self.given_again(event.position, item.state);
            }
            return false;
        }
        match (self.kind, event.origin) {
            (LogKind::Broker { .. }, _) => true,
            (LogKind::Cursor, Origin::Fresh) => event.position > self.scanned,
            // After a start: what was in flight before it has no row and comes first.
            (LogKind::Cursor, Origin::Returned)
                if self.settings.ordering == Ordering::Subject && event.position > scanned =>
            {
                self.put_off = self.put_off.max(Some(event.position));
                false
            }
            (LogKind::Cursor, Origin::Returned) => true,
        }
    }

    /// The log has a row of an event that is held.
    fn given_again(&mut self, position: Position, state: State) {
        match state {
            State::Ready { .. } | State::Leased(_) => {}
            State::Settling { .. } => self.window.set(position, |item| item.given_again = true),
            // Its end is durable: the row may be a later one.
            State::Settled { .. } => self.reading.rows_changed(),
        }
    }

    /// Forgets what was kept only for a read that was under way.
    pub(crate) fn forget_settled(&mut self) {
        let settled: Vec<_> = self
            .window
            .items()
            .filter(|(_, item)| !item.is_active())
            .map(|(position, _)| position)
            .collect();
        for position in settled {
            self.window.remove(position);
        }
    }

    fn admit(&mut self, event: &Event, now: Now, writer: &mut Writer) {
        self.stays += 1;
        let position = event.position;
        let scheduled = event.due.filter(|due| *due > now.wall && event.origin == Origin::Fresh);
        let mut item = Item::new(event, self.stays);
        if self.settings.ordering == Ordering::None || scheduled.is_some() {
            item.key = None;
        }
        let key = item.key;
        self.window.insert(position, item);
        if let Some(at) = scheduled {
            let entry = Entry::Waiting { tries: event.tries, at, written: now.wall };
            return self.settle(position, entry, None, writer);
        }
        match key {
            Some(key) if event.behind || self.window.is_held_back(key, position) => {
                self.settle(position, Entry::Behind { tries: event.tries }, None, writer);
            }
            _ => self.window.offer(position),
        }
    }

    /// Puts what is too much behind others into the log, so that it takes no room from them.
    pub(crate) fn make_room(&mut self, room: usize, writer: &mut Writer) {
        let blocked = self.window.blocked();
        if blocked * 2 > room {
            for position in self.window.last_blocked(blocked - room / 2) {
                let tries = self.window.get(position).map_or(Tries::default(), |item| item.tries);
                self.settle(position, Entry::Behind { tries }, None, writer);
            }
        }
    }

    /// Has an entry written; the event waits for that.
    fn settle(
        &mut self,
        position: Position,
        entry: Entry,
        note: Option<Note>,
        writer: &mut Writer,
    ) {
        let serial = writer.push(self.id, position, entry, note);
        self.window.settle(position, serial, entry.holds_back());
        let Some(key) = self.window.get(position).and_then(|item| item.key) else { return };
        if entry.holds_back() {
            for other in self.window.ready_behind(key, position) {
                let tries = self.window.get(other).map_or(Tries::default(), |item| item.tries);
                let serial = writer.push(self.id, other, Entry::Behind { tries }, None);
                self.window.settle(other, serial, true);
            }
        }
        self.window.offer_first_of(key);
    }

    /// Looks at the time.
    pub(crate) fn pass(&mut self, now: Moment) {
        self.reading.pass(now);
        if matches!(self.sink, Sink::Missed { until } if until <= now) {
            self.sink = Sink::Ready;
        }
    }

    /// Moment at which something is to be done without further news.
    pub(crate) fn next_wake(&self) -> Option<Moment> {
        let sink = match self.sink {
            Sink::Missed { until } => Some(until),
            Sink::Ready | Sink::Absent => None,
        };
        self.reading.next_wake().into_iter().chain(sink).min()
    }

    /// Whether a delivery could start now.
    pub(crate) fn can_start(&self) -> bool {
        matches!(self.sink, Sink::Ready)
            && self.window.leased() < self.settings.max_in_flight.max(1) as usize
            && self.window.ready() > self.window.blocked()
    }

    /// Starts the next delivery; gives the event and the number of the attempt.
    pub(crate) fn start(&mut self, id: DeliveryId) -> Option<(Position, u32)> {
        let position = self.window.take_next()?;
        self.window.lease(position, id);
        let failed = self.window.get(position).map_or(0, |item| item.tries.failed);
        Some((position, failed.saturating_add(1)))
    }

    /// An entry is durable.
    pub(crate) fn written(&mut self, position: Position, serial: Serial, entry: Entry, now: Now) {
        let Some(item) = self.window.get(position) else { return };
        if matches!(entry, Entry::Taken { .. }) {
            if item.taken == Some(serial) {
                self.window.record(position);
            }
            return;
        }
        if !matches!(item.state, State::Settling { serial: own, .. } if own == serial) {
            return;
        }
        let key = item.key;
        if entry.is_final() && item.given_again {
            self.reading.rows_changed();
        }
        match entry {
            Entry::Waiting { at, .. } => self.reading.row_waits(at, now),
            Entry::Behind { .. } => {
                self.reading.behind = true;
                self.reading.rows_changed();
            }
            Entry::Done | Entry::Dead { .. } => {
                if position > self.cursor && self.kind == LogKind::Cursor {
                    self.done_ahead.insert(position);
                }
                if key.is_some() && self.reading.behind {
                    self.reading.rows_changed();
                }
            }
            Entry::Taken { .. } | Entry::Return => {}
        }
        if self.reading.is_under_way() {
            self.window.keep(position, entry.holds_back());
        } else {
            self.window.remove(position);
        }
    }

    /// The cursor that holds once entries up to `serial` are durable, where it is a new one.
    pub(crate) fn next_cursor(&self, serial: Serial) -> Option<Position> {
        if self.kind != LogKind::Cursor {
            return None;
        }
        let held = self.window.first_unrecorded(serial);
        let cursor = held.map_or(self.scanned, |held| Position(held.0 - 1)).min(self.scanned);
        (cursor > self.cursor).then_some(cursor)
    }

    /// The cursor is durable.
    pub(crate) fn moved(&mut self, cursor: Position) {
        self.cursor = self.cursor.max(cursor);
        self.tidying = false;
        self.scanned = self.scanned.max(cursor);
        self.done_ahead = self.done_ahead.split_off(&Position(self.cursor.0 + 1));
    }

    /// Whether the cursor lags so far that it is to be written for its own sake.
    pub(crate) fn lags(&self) -> bool {
        let most = if self.tidying { 1 } else { MOST_LAG };
        self.scanned.0 - self.cursor.0 >= most && self.next_cursor(0).is_some()
    }

    /// Advances the cursor to what was appended by now.
    pub(crate) fn tidy(&mut self, last: Position) {
        self.tidying = self.cursor < last;
        if self.scanned < last {
            self.reading.fresh_appended();
        }
    }

    /// Has deliveries written down as taken that hold the cursor while others pass them by.
    pub(crate) fn pass_by(&mut self, max_ahead: usize, writer: &mut Writer) {
        if self.done_ahead.len() < max_ahead || self.kind != LogKind::Cursor {
            return;
        }
        let held: Vec<_> = self.window.unrecorded().collect();
        for position in held {
            let Some(item) = self.window.get(position) else { continue };
            if item.taken.is_none() && !matches!(item.state, State::Settling { .. }) {
                let entry = Entry::Taken { tries: item.tries };
                let serial = writer.push(self.id, position, entry, None);
                self.window.set(position, |item| item.taken = Some(serial));
            }
        }
    }
}
