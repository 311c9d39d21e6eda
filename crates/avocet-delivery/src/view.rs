//! State of a subscription, for people.

use crate::log::Position;
use crate::subscription::{Sink, Subscription};

/// State of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionView {
    /// Whether it delivers.
    pub phase: Phase,
    /// Events being delivered.
    pub in_flight: usize,
    /// Events in memory, those in flight among them. What else waits is in the log.
    pub held: usize,
    /// Position up to which the log was read.
    pub scanned: Position,
}

/// Phase of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing to deliver.
    Idle,
    /// Events in memory, under way or about to be.
    Delivering,
    /// Sink missing or asleep. That is no failure: it goes on when the sink is there.
    Waiting,
}

impl SubscriptionView {
    pub(crate) fn of(subscription: &Subscription) -> Self {
        let window = &subscription.window;
        let phase = match subscription.sink {
            Sink::Missed { .. } | Sink::Absent => Phase::Waiting,
            Sink::Ready if window.active() > 0 => Phase::Delivering,
            Sink::Ready => Phase::Idle,
        };
        let scanned = subscription.scanned;
        Self { phase, in_flight: window.leased(), held: window.active(), scanned }
    }
}
