//! Types of the delivery of events: what a delivery engine asks of the log, and what it writes
//! there.
//!
//! For each subscription the log keeps a *cursor* (events up to it need no further look) and *rows*
//! for single events: what is waiting, held back, taken, dead or done. The engine decides, the log
//! remembers. The types are plain: those of an engine map to them one to one.
//!
//! # Rules
//! - An event without a row behind [`Pull::after`] is *fresh*. A row is *returned* when it is ready:
//!   [`Entry::Waiting`] when its time has come, [`Entry::Behind`] when no earlier row of its key
//!   holds it back, [`Entry::Taken`] at once.
//! - Rows that wait after a failure, are behind or are taken hold back later events of their key. A
//!   row that waits without a failure (a scheduled event) does not.
//! - [`Entry::Done`] and [`Entry::Dead`] are final: what is written about such a row later is left
//!   out.
//! - A batch is durable as a whole or not at all. Batches take effect in the order of their numbers.
//! - A read shows every batch that was confirmed before it was asked for.

use std::sync::Arc;

use super::event::NewEvent;
use super::filter::{Condition, EventFilter};

/// Longest line of the ledger, bytes; a longer one is cut.
pub const MAX_NOTE_BYTES: usize = 4096;

/// Lines of the ledger that one event has for one subscription: the first and the latest ones.
pub const MAX_NOTES: u64 = 100;

/// Failures of an event so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tries {
    /// Deliveries that failed.
    pub failed: u32,
    /// Deliveries that the platform refused: the function did not see the event.
    pub refused: u32,
}

/// Read of what a subscription can deliver.
#[derive(Debug, Clone)]
pub struct Pull {
    /// Subscription's number.
    pub subscription: u64,
    /// Fresh events that it wants. Rows are returned whatever it says: they were wanted once.
    pub filter: EventFilter,
    /// Condition on fresh events, besides.
    pub condition: Option<Condition>,
    /// Position behind which fresh events are looked for; never before the cursor.
    pub after: u64,
    /// Most fresh events of the answer, the first ones.
    pub fresh: usize,
    /// Most returned events of the answer, the longest ready ones.
    pub returned: usize,
    /// Time at which rows that wait are ready, milliseconds since the Unix epoch.
    pub now_ms: u64,
    /// Time after which a row that waits after a failure cannot have been written: the clock went
    /// back since, and the row is ready. Milliseconds since the Unix epoch.
    pub written_after_ms: u64,
}

/// Answer to a [`Pull`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// Returned events, the longest ready first, then fresh ones in their order.
    pub events: Vec<PulledEvent>,
    /// Position up to which there are no further fresh events.
    pub scanned: u64,
    /// True where there may be fresh events beyond.
    pub more: bool,
    /// Time at which the next row is ready that was not given, milliseconds since the Unix epoch;
    /// [`Pull::now_ms`] where more were ready than were wanted.
    pub next_ms: Option<u64>,
    /// True where rows are held back by others.
    pub behind: bool,
}

/// Event of an answer, without its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PulledEvent {
    /// Position.
    pub position: u64,
    /// Fresh, or from a row.
    pub origin: Origin,
    /// Time of acceptance, milliseconds since the Unix epoch.
    pub accepted_ms: u64,
    /// Time before which it is not delivered, milliseconds since the Unix epoch.
    pub not_before_ms: Option<u64>,
    /// Key of its order: a hash of its subject.
    pub key: Option<u64>,
    /// Failures so far.
    pub tries: Tries,
    /// True where an earlier row of its key holds it back.
    pub behind: bool,
}

/// Origin of a pulled event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Never written about.
    Fresh,
    /// From a row.
    Returned,
}

/// Entries and cursors that become durable together.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Session of the engine, from [`EventLog::session`](crate::EventLog::session).
    pub session: u64,
    /// Number, which grows within the session.
    pub id: u64,
    /// Entries about single events. Of several about one event the last one
    /// counts, or the first final one.
    pub records: Vec<Record>,
    /// Cursors by the number of their subscription. One that would go back stays where it is.
    pub cursors: Vec<(u64, u64)>,
}

/// Entry about one event of one subscription, in place of an earlier one.
#[derive(Debug, Clone)]
pub struct Record {
    /// Subscription's number.
    pub subscription: u64,
    /// Event's position.
    pub position: u64,
    /// Entry.
    pub entry: Entry,
    /// Line of the ledger about the attempt that led to it, opaque to the log. The same line twice
    /// in a row is kept once: a batch may be written again after nobody knew whether it was.
    pub note: Option<Arc<str>>,
    /// Events that are appended if this record takes effect, and only then: what a handler emitted
    /// while it handled the event. A log that is full takes them all the same.
    pub emitted: Vec<NewEvent>,
}

/// State of an event for a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Delivered. Final.
    Done,
    /// Waiting for its next delivery, or for the first one where it is scheduled.
    Waiting {
        /// Failures so far.
        tries: Tries,
        /// Time at which it is ready, milliseconds since the Unix epoch.
        at_ms: u64,
        /// Time of this entry, milliseconds since the Unix epoch.
        written_ms: u64,
    },
    /// Behind an earlier event of its key.
    Behind {
        /// Failures so far.
        tries: Tries,
    },
    /// Under way for so long that the cursor passes it by.
    Taken {
        /// Failures so far.
        tries: Tries,
    },
    /// Not delivered any more, until it is [replayed](crate::EventLog::replay). Final.
    Dead {
        /// Failures so far.
        tries: Tries,
        /// Reason.
        reason: DeadReason,
    },
    /// Back without a change. It ends the loan of a broker's event; a log with cursors lends
    /// nothing and leaves it out.
    Return,
}

/// Reason for which an event is not delivered any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadReason {
    /// The sink said that it never wants it.
    Rejected,
    /// Failed as often as its subscription allows.
    MaxDeliveries,
    /// Older than its subscription allows, and failed again.
    MaxAge,
}
