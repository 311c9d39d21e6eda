//! One turn of an instance: from leaving its slot to coming back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crate::blocked::SharedParking;
use crate::instance::Instance;
use crate::numbers::SlotId;
use crate::outbox::Outbox;
use crate::pieces;
use crate::program::Program;
use crate::queue::Queue;
use crate::slot::{Home, Slot};
use crate::turn_end::TurnEnd;
use crate::warm_pool::WarmPool;
use crate::work::Work;

/// A turn that is about to run.
pub(crate) struct Turn {
    pub(crate) work: Work,
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

/// Start of the turns of all functions.
pub(crate) struct Start<'a> {
    /// Moment that the loop's clock counts from.
    pub(crate) base: Instant,
    pub(crate) warm: &'a WarmPool,
    pub(crate) outbox: &'a Arc<Outbox>,
    pub(crate) parking: &'a SharedParking,
}

impl Turn {
    /// Takes the instance out of its slot.
    pub(crate) fn new(
        program: Arc<Program>,
        queue: Arc<Queue>,
        slot: &mut Slot,
        start: Start<'_>,
    ) -> Self {
        let instance = match std::mem::replace(&mut slot.home, Home::Away) {
            Home::Here(instance) => Some(instance),
            Home::New | Home::Away => start.warm.take(),
        };
        if let Some(instance) = &instance {
            slot.current = instance.current().clone();
        }
        let work = Work {
            slot: slot.id,
            program,
            queue,
            calls: slot.calls.clone(),
            current: slot.current.clone(),
            events: std::mem::take(&mut slot.events),
            base: start.base,
            takes_calls: slot.is_ready(),
            outbox: start.outbox.clone(),
            parking: start.parking.clone(),
        };
        Self { work, instance }
    }

    /// Runs it.
    pub(crate) fn run(self) -> Back {
        let Self { mut work, instance } = self;
        let (function, slot) = (work.program.number, work.slot);
        let instance = match instance {
            Some(instance) => Ok(instance),
            None => Instance::with_current(work.current.clone()),
        };
        let (instance, end) = match instance {
            Ok(mut instance) => {
                // A panic leaves the instance in no known state: it is leaked, not reused.
                match catch_unwind(AssertUnwindSafe(|| pieces::run(&mut instance, &mut work))) {
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
