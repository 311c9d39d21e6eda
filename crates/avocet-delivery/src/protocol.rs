//! Inputs and actions: what goes into the engine and what comes out of it.

use std::time::Duration;

use crate::log::{Batch, BatchId, Note, Position, Pull, PullId, Pulled, SubscriptionId};
use crate::settings::SubscriptionSettings;

/// Number of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub u64);

/// News for the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Nothing but that time passed.
    Time,
    /// A subscription begins, or goes on after a start.
    Subscribe {
        /// Number of the subscription.
        id: SubscriptionId,
        /// Settings of the subscription.
        settings: SubscriptionSettings,
        /// Durable cursor of the subscription.
        cursor: Position,
    },
    /// A subscription has other settings.
    Configure {
        /// Number of the subscription.
        id: SubscriptionId,
        /// The new ones.
        settings: SubscriptionSettings,
    },
    /// A subscription ends: its deliveries under way are of no interest any more.
    Unsubscribe(SubscriptionId),
    /// Events were appended that the subscription may want, or rows of it became ready otherwise (a
    /// replay).
    Appended(SubscriptionId),
    /// Cursors are to be advanced to the last event of the log, and be written: nothing that a
    /// subscription does not want waits for it. Due now and then while events are appended,
    /// and where the log is full.
    Tidy {
        /// The last event.
        last: Position,
    },
    /// The sink of a subscription is there again.
    SinkReady(SubscriptionId),
    /// The sink of a subscription is gone: it waits until [`Input::SinkReady`].
    SinkAbsent(SubscriptionId),
    /// All deliveries of the subscription under way were broken off by the platform: a new revision,
    /// fewer instances, a connection that is gone. The events are ready at once.
    Interrupted(SubscriptionId),
    /// A read was answered.
    Pulled(Pulled),
    /// A read failed.
    PullFailed(PullId),
    /// A batch is durable.
    Written(BatchId),
    /// A batch is not durable, or nobody knows whether it is.
    WriteFailed(BatchId),
    /// A delivery came to its end.
    Answered {
        /// Number of the delivery.
        id: DeliveryId,
        /// Outcome of the delivery.
        outcome: Outcome,
        /// Line of the ledger about it, kept in the same batch.
        note: Option<Note>,
    },
}

/// The end of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The sink took the event.
    Delivered,
    /// The sink failed: thrown, timed out, crashed, answered with 408, 429, 3xx or 5xx.
    Failed {
        /// Least pause before the next delivery, where the sink asked for one (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// The sink never wants the event: 4xx other than 408 and 429.
    Rejected,
    /// The platform refused: a limit, or access. Tried again, and never dead for it but by age.
    Refused {
        /// Least pause before the next delivery.
        retry_after: Option<Duration>,
    },
    /// There is no sink at this moment. The event is ready; the subscription waits.
    Absent,
    /// The platform broke the delivery off. The event is ready at once.
    Interrupted,
}

/// Work for the embedder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Read the log, answered with [`Input::Pulled`] or [`Input::PullFailed`].
    Pull(Pull),
    /// Make a batch durable, answered with [`Input::Written`] or [`Input::WriteFailed`]. There is
    /// one at a time.
    Write(Batch),
    /// Report to the log that the event is still being worked on.
    Extend {
        /// The subscription.
        subscription: SubscriptionId,
        /// The event.
        position: Position,
    },
    /// Deliver an event to the sink, answered with [`Input::Answered`].
    Deliver {
        /// Number of the delivery.
        id: DeliveryId,
        /// The subscription.
        subscription: SubscriptionId,
        /// The event.
        position: Position,
        /// Number of the delivery among those that the sink saw and failed, from 1.
        attempt: u32,
    },
    /// Stop a delivery whose answer is of no interest any more.
    Abandon(DeliveryId),
}
