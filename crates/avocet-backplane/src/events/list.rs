//! Lists of events, for people.

use super::delivery::Entry;
use super::{Event, EventFilter, StateKind};

/// Selection of events. The default is all of them, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventQuery {
    /// Order.
    pub order: EventOrder,
    /// Position beyond which they are, in their order; `None` for the first page.
    pub from: Option<u64>,
    /// Source and types; the platform's own events are among the others here.
    pub filter: EventFilter,
    /// CloudEvents `id`.
    pub id: Option<String>,
    /// Time of the earliest acceptance, milliseconds since the Unix epoch. Where the clock was set
    /// back, what it took for earlier is left out too.
    pub since_ms: Option<u64>,
    /// Deliveries of which they have at least one.
    pub deliveries: Option<DeliveryFilter>,
    /// Most events of the answer, and at most [`EventQuery::MAX`].
    pub limit: usize,
}

impl EventQuery {
    /// Most events of an answer.
    pub const MAX: usize = 1000;
}

impl Default for EventQuery {
    fn default() -> Self {
        Self {
            order: EventOrder::NewestFirst,
            from: None,
            filter: EventFilter::default(),
            id: None,
            since_ms: None,
            deliveries: None,
            limit: Self::MAX,
        }
    }
}

/// Order of a list, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventOrder {
    /// As they were accepted.
    OldestFirst,
    /// The other way round.
    NewestFirst,
}

/// Deliveries by what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Subscriptions, by their numbers.
    pub subscriptions: Vec<u64>,
    /// States of their rows.
    pub states: Vec<StateKind>,
    /// Position behind which every event counts: what is fresh has no row.
    pub fresh_after: Option<u64>,
    /// Positions that count whatever their rows say: what an engine has under way.
    pub positions: Vec<u64>,
}

/// Answer to an [`EventQuery`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventList {
    /// Events in the query's order.
    pub events: Vec<ListedEvent>,
    /// [`EventQuery::from`] of the next page; `None` at the end. One call looks at a bounded number
    /// of events: a page can be short, or empty, and not the last.
    pub next: Option<u64>,
}

/// Event with what the log knows of its deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEvent {
    /// Event.
    pub event: Event,
    /// Rows of the event, by the names of their subscriptions.
    pub deliveries: Vec<ListedDelivery>,
}

/// Row of an event, with its ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDelivery {
    /// Subscription's number.
    pub subscription: u64,
    /// Subscription's name.
    pub name: String,
    /// State.
    pub entry: Entry,
    /// Lines of the ledger, in the order in which they were written.
    pub notes: Vec<String>,
}
