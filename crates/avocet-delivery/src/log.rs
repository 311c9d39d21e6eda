//! The event log: what the engine asks of it, and what it writes there.
//!
//! A log keeps all events in order. For each subscription it keeps a *cursor* (events up to it need
//! no further look) and *rows* for single events: what is waiting, held back, taken or dead, and
//! what was delivered beyond the cursor. The engine decides, the log remembers.
//!
//! # What the engine relies on
//!
//! - A batch becomes durable as a whole or not at all where the log can promise that; where it
//!   cannot (a broker that takes single acknowledgements), any part of it may: every entry is right
//!   by itself, and is written again until the whole batch was confirmed.
//! - Batches take effect in the order of their numbers. One that arrives after a later one is
//!   dropped.
//! - A read shows every batch that was confirmed before the read was asked for.
//! - An event without a row beyond `after` is *fresh*. A row is *returned* when it is ready:
//!   [`Entry::Waiting`] when its time has come, [`Entry::Behind`] when no earlier row of its key
//!   holds it back, [`Entry::Taken`] at once.
//! - What holds back a key: rows that are waiting after a failure, behind or taken. A row that waits
//!   without a failure (a scheduled event) does not.

use std::sync::Arc;

use crate::time::Timestamp;

/// Number of a subscription, given by the embedder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(pub u64);

/// Place of an event in the log; 0 is before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

/// Number of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PullId(pub u64);

/// Number of a batch; it grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub u64);

/// Failures of an event so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Tries {
    /// Deliveries that failed.
    pub failed: u32,
    /// Deliveries that the platform refused: the function did not see the event.
    pub refused: u32,
}

impl Tries {
    /// Both together.
    pub fn total(self) -> u32 {
        self.failed.saturating_add(self.refused)
    }
}

/// A read of a subscription's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pull {
    /// Number, for the answer.
    pub id: PullId,
    /// The subscription.
    pub subscription: SubscriptionId,
    /// Position from behind which fresh events are wanted.
    pub after: Position,
    /// Most fresh events that are wanted, the first ones.
    pub fresh: usize,
    /// Most returned events that are wanted, the longest ready ones. The number allows for rows that the
    /// engine holds already.
    pub returned: usize,
    /// Time at which rows that wait are ready.
    pub now: Timestamp,
    /// Time after which a row that waits after a failure cannot have been written: the clock went back
    /// since, and the row is ready as well.
    pub written_after: Timestamp,
}

/// The answer to a [`Pull`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// Number of the read.
    pub id: PullId,
    /// The events.
    pub events: Vec<Event>,
    /// Position up to which there are no further fresh events than those that were given now or
    /// before.
    pub scanned: Position,
    /// Whether there are fresh events beyond.
    pub more: bool,
    /// Time at which the next row is ready that was not given; in the past where more are ready
    /// than were wanted.
    pub next: Option<Timestamp>,
    /// Whether rows are behind others.
    pub behind: bool,
}

/// An event as the engine knows it: what it says is none of its business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Place in the log.
    pub position: Position,
    /// Whether it is fresh or a row.
    pub origin: Origin,
    /// Time of its acceptance.
    pub accepted: Timestamp,
    /// Time before which it is not delivered, where it is scheduled.
    pub due: Option<Timestamp>,
    /// Key of its order: a hash of `ce-subject`. Where two subjects share one, both are only held to
    /// a stricter order than they ask for.
    pub key: Option<u64>,
    /// Failures so far.
    pub tries: Tries,
    /// Whether a row before it holds its key back.
    pub behind: bool,
}

/// Origin of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Never given before, by what the log knows.
    Fresh,
    /// From a row.
    Returned,
}

/// Entries that become durable together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Number, for the answer.
    pub id: BatchId,
    /// Entries about single events.
    pub records: Vec<Record>,
    /// New cursors.
    pub cursors: Vec<(SubscriptionId, Position)>,
}

/// Entry about one event of one subscription, in place of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The event.
    pub position: Position,
    /// The entry.
    pub entry: Entry,
    /// Line of the ledger about the attempt that led to it, as the embedder said with its answer.
    pub note: Option<Note>,
}

/// Line of the ledger about an attempt, opaque here.
pub type Note = Arc<str>;

/// State of an event as it is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Delivered. Final.
    Done,
    /// Waiting for its next delivery, or for the first one where it is scheduled.
    Waiting {
        /// Failures so far.
        tries: Tries,
        /// Time at which it is ready.
        at: Timestamp,
        /// Time of this entry.
        written: Timestamp,
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
    /// Not delivered any more, unless a person says so. Final.
    Dead {
        /// Failures so far.
        tries: Tries,
        /// The reason.
        reason: DeadReason,
    },
    /// Back without a change: the log may give it to others at once.
    Return,
}

impl Entry {
    /// Whether nothing follows on it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Dead { .. })
    }

    /// Whether it holds back later events of its key.
    pub fn holds_back(self) -> bool {
        match self {
            Self::Waiting { tries, .. } => tries.total() > 0,
            Self::Behind { .. } | Self::Taken { .. } => true,
            Self::Done | Self::Dead { .. } | Self::Return => false,
        }
    }
}

/// Reason for which an event is not delivered any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadReason {
    /// The sink said that it never wants it.
    Rejected,
    /// Failed [`RetryPolicy::max_deliveries`](crate::RetryPolicy::max_deliveries) times.
    MaxDeliveries,
    /// Older than [`RetryPolicy::max_age`](crate::RetryPolicy::max_age) and failed again.
    MaxAge,
}
