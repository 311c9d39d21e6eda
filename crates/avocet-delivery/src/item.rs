//! An event that the engine holds for a subscription.

use crate::log::{Event, Origin, Tries};
use crate::protocol::DeliveryId;
use crate::time::Timestamp;

/// Number of an entry on its way into the log; it grows.
pub(crate) type Serial = u64;

/// State of an event in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// To be delivered, unless another one of its key is before it.
    Ready {
        /// On the list of those to deliver next.
        listed: bool,
    },
    /// Being delivered.
    Leased(DeliveryId),
    /// Outcome on its way into the log.
    Settling {
        /// Number of that entry.
        serial: Serial,
        /// Whether it will hold back its key.
        holds_back: bool,
    },
    /// Outcome in the log. The event is kept until the read under way is answered, which may be from
    /// before.
    Settled {
        /// Whether it holds back its key.
        holds_back: bool,
    },
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) accepted: Timestamp,
    pub(crate) key: Option<u64>,
    pub(crate) tries: Tries,
    pub(crate) state: State,
    /// Whether the log knows nothing of it yet but the event itself.
    pub(crate) unrecorded: bool,
    /// Number of the entry that says that it was taken.
    pub(crate) taken: Option<Serial>,
    /// Times in a row that its delivery was broken off.
    pub(crate) interruptions: u8,
    /// Number that distinguishes it from another stay of the same event.
    pub(crate) stay: u64,
    /// Whether the log gave a row of it while its end was on its way there: a person may have had it
    /// delivered again, so the log is asked once more when that end is durable.
    pub(crate) given_again: bool,
}

impl Item {
    pub(crate) fn new(event: &Event, stay: u64) -> Self {
        Self {
            accepted: event.accepted,
            key: event.key,
            tries: event.tries,
            state: State::Ready { listed: false },
            unrecorded: event.origin == Origin::Fresh,
            taken: None,
            interruptions: 0,
            stay,
            given_again: false,
        }
    }

    /// Whether it takes room in the window: all but what only waits for a read.
    pub(crate) fn is_active(&self) -> bool {
        !matches!(self.state, State::Settled { .. })
    }

    /// Whether a later event of its key must not even be kept at hand behind it.
    pub(crate) fn holds_back(&self) -> bool {
        match self.state {
            State::Settling { holds_back, .. } | State::Settled { holds_back } => holds_back,
            State::Ready { .. } | State::Leased(_) => false,
        }
    }
}
