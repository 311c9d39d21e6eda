//! Sinks: where the events of a subscription go.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use avocet_backplane::{Event, NewEvent};
use avocet_delivery::Outcome;

use super::Attempt;

/// Takes events of a subscription.
pub(crate) trait Deliver: Debug + Send + Sync + 'static {
    /// Delivers an event, once. Dropping the future breaks it off. It has to end by itself.
    fn deliver(&self, event: Arc<Event>) -> Delivering;

    /// Whether it is there; where it is not the subscription waits until it is.
    fn is_present(&self) -> bool {
        true
    }

    /// Name of the sink, for people: `namespace/function`, or a URL.
    fn name(&self) -> String;
}

/// The end of a delivery to come.
pub(crate) type Delivering = Pin<Box<dyn Future<Output = Ended> + Send>>;

/// The end of a delivery.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Outcome that follows from it.
    pub outcome: Outcome,
    /// Line of the ledger; none where the sink saw nothing of it.
    pub attempt: Option<Attempt>,
    /// Events that become durable together with the end of this one, where it was delivered.
    pub emitted: Vec<NewEvent>,
}

impl Ended {
    /// An end without events.
    pub(crate) fn new(outcome: Outcome, attempt: Option<Attempt>) -> Self {
        Self { outcome, attempt, emitted: Vec::new() }
    }
}
