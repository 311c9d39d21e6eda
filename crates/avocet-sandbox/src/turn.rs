//! One turn of an instance: a batch of work between entering its isolate and leaving it.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::calls::Calls;
use crate::definition::Definition;
use crate::instance::{Instance, TurnEnd};
use crate::outbox::Outbox;
use crate::slot::{Event, Home, Slot, SlotId};
use crate::watch::Watch;
use crate::worker::Shared;

/// Calls that a function may run before others have their turn.
pub(crate) const BATCH: usize = 64;

/// Time after which a turn ends even where its batch is not used up.
pub(crate) const BATCH_TIME: Duration = Duration::from_millis(2);

/// Calls between two looks at the clock.
pub(crate) const CLOCK_EVERY: usize = 8;

/// A turn that is about to run.
pub(crate) struct Turn {
    pub(crate) slot: SlotId,
    pub(crate) definition: Arc<Definition>,
    pub(crate) calls: Arc<Calls>,
    pub(crate) watch: Arc<Watch>,
    pub(crate) events: VecDeque<Event>,
    /// The moment that the loop's clock counts from.
    pub(crate) base: Instant,
    /// Whether it may take waiting calls.
    pub(crate) takes_calls: bool,
    pub(crate) outbox: Arc<Outbox>,
    instance: Option<Box<Instance>>,
}

/// A turn that is over.
pub(crate) struct Back {
    pub(crate) function: u32,
    pub(crate) slot: SlotId,
    /// `None` where it was lost.
    pub(crate) instance: Option<Box<Instance>>,
    pub(crate) end: TurnEnd,
}

impl Turn {
    /// Takes the instance out of its slot.
    pub(crate) fn new(
        definition: Arc<Definition>,
        slot: &mut Slot,
        base: Instant,
        shared: &Shared,
    ) -> Self {
        let instance = match std::mem::replace(&mut slot.home, Home::Away) {
            Home::Here(instance) => Some(instance),
            Home::New | Home::Away => shared.nursery.take(),
        };
        if let Some(instance) = &instance {
            slot.watch = instance.watch().clone();
        }
        Self {
            slot: slot.id,
            definition,
            calls: slot.calls.clone(),
            watch: slot.watch.clone(),
            events: std::mem::take(&mut slot.events),
            base,
            takes_calls: slot.is_ready(),
            outbox: shared.outbox.clone(),
            instance,
        }
    }

    /// Runs it.
    pub(crate) fn run(mut self) -> Back {
        let (function, slot) = (self.definition.number, self.slot);
        let instance = match self.instance.take() {
            Some(instance) => Ok(instance),
            None => Instance::with_watch(self.watch.clone()),
        };
        let (instance, end) = match instance {
            Ok(mut instance) => {
                // A panic leaves the instance in no known state: it is leaked, not reused.
                match catch_unwind(AssertUnwindSafe(|| instance.turn(&mut self))) {
                    Ok(end) => (Some(instance), end),
                    Err(_) => {
                        std::mem::forget(instance);
                        (None, TurnEnd::default())
                    }
                }
            }
            Err(error) => (None, TurnEnd::not_made(&error)),
        };
        Back { function, slot, instance, end }
    }
}
