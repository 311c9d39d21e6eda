//! Two logs in memory that keep their promises and no more: one with cursors, whose batches are
//! whole, and a broker, which takes single acknowledgements and lends what it gives.

use std::collections::{BTreeMap, BTreeSet};

use avocet_delivery::{
    Batch, DeadReason, Entry, Event, Origin, Position, Pull, Pulled, Record, SubscriptionId,
    Timestamp, Tries,
};

/// An event of the log.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) accepted: u64,
    pub(crate) key: Option<u64>,
    pub(crate) due: Option<u64>,
    /// Subscriptions that want it, one bit each.
    pub(crate) wanted: u64,
}

impl Stored {
    pub(crate) fn is_for(&self, subscription: u64) -> bool {
        self.wanted >> subscription & 1 == 1
    }
}

/// End of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    Dead(DeadReason, Tries),
}

#[derive(Debug, Clone, Copy)]
struct Row {
    entry: Entry,
    /// For a broker: the moment at which it is ready.
    ready: u64,
}

/// The log's books of one subscription.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) cursor: u64,
    rows: BTreeMap<u64, Row>,
    done_ahead: BTreeSet<u64>,
    /// Events that a broker has lent, and until when.
    lent: BTreeMap<u64, u64>,
    /// Event that a broker gives next for the first time.
    next: u64,
    /// Ends of events, and when they became durable: also what the checks are made with.
    pub(crate) ends: BTreeMap<u64, (End, u64)>,
}

#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) events: Vec<Stored>,
    pub(crate) books: Vec<Books>,
    /// The term of a broker.
    pub(crate) lease: Option<u64>,
    last_batch: u64,
}

fn tries_of(entry: Entry) -> Tries {
    match entry {
        Entry::Waiting { tries, .. } | Entry::Behind { tries } | Entry::Taken { tries } => tries,
        Entry::Done | Entry::Dead { .. } | Entry::Return => Tries::default(),
    }
}

impl Log {
    pub(crate) fn new(subscriptions: usize, lease: Option<u64>) -> Self {
        let books = (0..subscriptions).map(|_| Books { next: 1, ..Books::default() }).collect();
        Self { events: Vec::new(), books, lease, last_batch: 0 }
    }

    pub(crate) fn append(&mut self, event: Stored) -> u64 {
        self.events.push(event);
        self.events.len() as u64
    }

    pub(crate) fn event(&self, position: u64) -> &Stored {
        &self.events[position as usize - 1]
    }

    /// A new engine: its batches are numbered from the beginning.
    pub(crate) fn reopen(&mut self) {
        self.last_batch = 0;
    }

    /// Makes a batch durable; `keep` says of each entry whether it arrives (a broker loses some).
    pub(crate) fn write(&mut self, batch: &Batch, moment: u64, mut keep: impl FnMut() -> bool) {
        if batch.id.0 <= self.last_batch {
            return;
        }
        self.last_batch = batch.id.0;
        for record in &batch.records {
            if self.lease.is_none() || keep() {
                self.record(record, moment);
            }
        }
        for (SubscriptionId(id), Position(cursor)) in &batch.cursors {
            assert!(self.lease.is_none(), "a broker has no cursors");
            let books = &mut self.books[*id as usize];
            assert!(*cursor >= books.cursor, "the cursor of {id} went back");
            books.cursor = *cursor;
            books.done_ahead = books.done_ahead.split_off(&(cursor + 1));
        }
    }

    /// Entries of an earlier engine that arrive at a broker after a new one began.
    pub(crate) fn write_late(
        &mut self,
        batch: &Batch,
        moment: u64,
        mut keep: impl FnMut() -> bool,
    ) {
        for record in &batch.records {
            if keep() {
                self.record(record, moment);
            }
        }
    }

    fn record(&mut self, record: &Record, moment: u64) {
        let cursors = self.lease.is_none();
        let books = &mut self.books[record.subscription.0 as usize];
        let position = record.position.0;
        if books.ends.contains_key(&position) {
            return;
        }
        let mut ready = moment;
        match record.entry {
            Entry::Done => books.finish(position, End::Done, moment, cursors),
            Entry::Dead { tries, reason } => {
                books.finish(position, End::Dead(reason, tries), moment, cursors);
            }
            Entry::Waiting { at, written, .. } => ready += at.since(written).as_millis() as u64,
            Entry::Behind { .. } => {}
            Entry::Taken { .. } => assert!(cursors, "a broker has no taken events"),
            Entry::Return => {
                if let Some(until) = books.lent.get_mut(&position) {
                    *until = 0;
                }
                return;
            }
        }
        if !record.entry.is_final() {
            books.lent.remove(&position);
            books.rows.insert(position, Row { entry: record.entry, ready });
        }
    }

    pub(crate) fn extend(&mut self, subscription: u64, position: u64, moment: u64) {
        let term = self.lease.expect("only a broker's leases are extended");
        if let Some(until) = self.books[subscription as usize].lent.get_mut(&position) {
            *until = moment + term;
        }
    }

    pub(crate) fn read(&mut self, pull: &Pull, moment: u64) -> Pulled {
        match self.lease {
            None => self.read_with_cursor(pull),
            Some(term) => self.read_of_broker(pull, moment, term),
        }
    }

    fn give(&self, position: u64, origin: Origin, tries: Tries, behind: bool) -> Event {
        let stored = self.event(position);
        Event {
            position: Position(position),
            origin,
            accepted: Timestamp(stored.accepted),
            due: stored.due.map(Timestamp),
            key: stored.key,
            tries,
            behind,
        }
    }

    fn read_with_cursor(&self, pull: &Pull) -> Pulled {
        let id = pull.subscription.0;
        let books = &self.books[id as usize];
        let (now, written_after) = (pull.now.0, pull.written_after.0);
        let mut ready: Vec<(u64, u64)> = Vec::new();
        let (mut next, mut behind) = (None::<u64>, false);
        for (position, row) in &books.rows {
            let time = match row.entry {
                Entry::Waiting { at, written, tries } => {
                    let early = tries.total() > 0 && written.0 > written_after;
                    if early { now } else { at.0 }
                }
                Entry::Behind { .. } if self.is_behind(books, *position) => {
                    behind = true;
                    continue;
                }
                _ => 0,
            };
            if time <= now { ready.push((time, *position)) } else { next = least(next, time) }
        }
        ready.sort_unstable();
        if ready.len() > pull.returned {
            next = least(next, now);
            ready.truncate(pull.returned);
        }
        let returned = ready.iter().map(|(_, position)| {
            let behind = self.is_behind(books, *position);
            self.give(*position, Origin::Returned, tries_of(books.rows[position].entry), behind)
        });
        let mut events: Vec<Event> = returned.collect();
        let (mut scanned, mut more, mut given) = (pull.after.0, false, 0);
        for position in pull.after.0 + 1..=self.events.len() as u64 {
            let known = books.rows.contains_key(&position)
                || books.done_ahead.contains(&position)
                || position <= books.cursor;
            if self.event(position).is_for(id) && !known {
                if given == pull.fresh {
                    more = true;
                    break;
                }
                given += 1;
                let behind = self.is_behind(books, position);
                events.push(self.give(position, Origin::Fresh, Tries::default(), behind));
            }
            scanned = position;
        }
        let (scanned, next) = (Position(scanned), next.map(Timestamp));
        Pulled { id: pull.id, events, scanned, more, next, behind }
    }

    /// Whether an earlier row holds back the key of an event.
    fn is_behind(&self, books: &Books, position: u64) -> bool {
        let Some(key) = self.event(position).key else { return false };
        let same = |other: &u64| self.event(*other).key == Some(key);
        books.rows.range(..position).any(|(other, row)| row.entry.holds_back() && same(other))
    }

    fn read_of_broker(&mut self, pull: &Pull, moment: u64, term: u64) -> Pulled {
        let id = pull.subscription.0;
        let books = &self.books[id as usize];
        let (mut given, mut behind, mut next) = (Vec::new(), false, None::<u64>);
        let mut left = pull.returned;
        let lapsed = books.lent.iter().map(|(position, until)| (*position, *until));
        let rows = books.rows.iter().map(|(position, row)| (*position, row.ready));
        let rows = rows.filter(|(position, _)| !books.lent.contains_key(position));
        for (position, ready) in lapsed.chain(rows) {
            let row = books.rows.get(&position);
            let waits = row.is_some_and(|row| matches!(row.entry, Entry::Behind { .. }));
            let held = self.is_behind_in_broker(id, position, &given);
            if waits && held {
                behind = true;
            } else if ready > moment {
                next = least(next, ready - moment);
            } else if left == 0 {
                next = Some(0);
            } else {
                left -= 1;
                given.push((position, Origin::Returned, held));
            }
        }
        let (mut fresh, mut more, mut first) = (0, false, books.next);
        for position in books.next..=self.events.len() as u64 {
            if self.event(position).is_for(id) && !books.ends.contains_key(&position) {
                if fresh == pull.fresh {
                    more = true;
                    break;
                }
                fresh += 1;
                let held = self.is_behind_in_broker(id, position, &given);
                given.push((position, Origin::Fresh, held));
            }
            first = position + 1;
        }
        let events = given.iter().map(|(position, origin, behind)| {
            let row = books.rows.get(position);
            let tries = row.map_or(Tries::default(), |row| tries_of(row.entry));
            self.give(*position, *origin, tries, *behind)
        });
        let events = events.collect();
        let books = &mut self.books[id as usize];
        books.next = first;
        for (position, ..) in &given {
            books.lent.insert(*position, moment + term);
            if let Some(row) = books.rows.get_mut(position) {
                // What was failed is remembered; as a row it is ready no earlier than as a loan.
                row.ready = moment + term;
            }
        }
        let next = next.map(|wait| Timestamp(pull.now.0 + wait));
        Pulled { id: pull.id, events, scanned: Position(first - 1), more, next, behind }
    }

    /// A broker says so of everything that is not first of its key, but of what it gives together.
    fn is_behind_in_broker(&self, id: u64, position: u64, given: &[(u64, Origin, bool)]) -> bool {
        let Some(key) = self.event(position).key else { return false };
        let books = &self.books[id as usize];
        (1..position).any(|other| {
            let stored = self.event(other);
            let scheduled = stored.due.is_some()
                && books.rows.get(&other).is_none_or(|row| !row.entry.holds_back());
            stored.is_for(id)
                && stored.key == Some(key)
                && !scheduled
                && !books.ends.contains_key(&other)
                && !given.iter().any(|(same, _, held)| *same == other && !held)
        })
    }
}

impl Books {
    fn finish(&mut self, position: u64, end: End, moment: u64, cursors: bool) {
        self.rows.remove(&position);
        self.lent.remove(&position);
        if cursors && position > self.cursor {
            self.done_ahead.insert(position);
        }
        self.ends.insert(position, (end, moment));
    }
}

fn least(a: Option<u64>, b: u64) -> Option<u64> {
    Some(a.map_or(b, |a| a.min(b)))
}
