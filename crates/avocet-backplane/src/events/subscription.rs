//! Subscriptions, and lists of their rows.

use super::delivery::Entry;

/// Position at which a new subscription begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Behind the last event: it gets those that are accepted from now on.
    Next,
    /// At the oldest event that is kept.
    First,
    /// Behind this position.
    After(u64),
}

/// Subscription with its cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Number, never used twice: a subscription that is deleted and made again has another one.
    pub id: u64,
    /// Name.
    pub name: String,
    /// Position up to which events need no further look.
    pub cursor: u64,
    /// Rows that are waiting, behind or taken.
    pub open: u64,
    /// Rows that are dead.
    pub dead: u64,
}

/// Kind of an [`Entry`] that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StateKind {
    /// [`Entry::Done`].
    Done,
    /// [`Entry::Waiting`].
    Waiting,
    /// [`Entry::Behind`].
    Behind,
    /// [`Entry::Taken`].
    Taken,
    /// [`Entry::Dead`].
    Dead,
}

/// Row of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Event's position.
    pub position: u64,
    /// State.
    pub entry: Entry,
}

/// State of an event for one subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDelivery {
    /// Subscription's number.
    pub subscription: u64,
    /// Subscription's name.
    pub name: String,
    /// State.
    pub entry: Entry,
}

/// Rows of a subscription that are asked for.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryQuery {
    /// Subscription's number.
    pub subscription: u64,
    /// State that they have.
    pub state: StateKind,
    /// Position behind which they are.
    pub after: u64,
    /// Most rows of the answer, and at most [`DeliveryQuery::MAX`].
    pub limit: usize,
}

impl DeliveryQuery {
    /// Most rows of an answer.
    pub const MAX: usize = 10_000;

    /// The first [`DeliveryQuery::MAX`] rows of a subscription in this state.
    pub fn new(subscription: u64, state: StateKind) -> Self {
        Self { subscription, state, after: 0, limit: Self::MAX }
    }
}
