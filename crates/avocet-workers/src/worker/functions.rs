//! The functions of one worker.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::blame::Blame;
use crate::{Definition, LoadError, Loaded, Phase};

/// Waiter for a load.
pub(super) type LoadWaiter = oneshot::Sender<Result<Loaded, LoadError>>;

/// Place of a function.
#[derive(Debug)]
pub(super) enum Place {
    Asleep,
    Loading { number: u32, since: Instant, waiters: Vec<LoadWaiter> },
    Awake { number: u32 },
}

/// A function.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) definition: Arc<Definition>,
    pub(super) place: Place,
    /// Calls that are not answered yet.
    pub(super) in_flight: u32,
    /// Most calls that may be.
    pub(super) bound: u32,
    /// Time of one call.
    pub(super) timeout: Duration,
    pub(super) last_used: Instant,
    /// Pinned: it does not go to sleep by itself.
    pub(super) pinned: bool,
    /// Wanted: pinned, and was awake. It is loaded again where its worker dies.
    pub(super) wanted: bool,
    /// For what it gets no calls.
    pub(super) blame: Blame,
    /// New calls are refused.
    pub(super) removed: bool,
    /// No handle is left: the entry goes with its last call.
    pub(super) dropped: bool,
}

impl Entry {
    pub(super) fn new(definition: Arc<Definition>) -> Self {
        let limits = definition.load().limits;
        let running = limits.concurrency.max(1).saturating_mul(limits.instances.max(1));
        Self {
            bound: running.saturating_add(limits.queue),
            timeout: Duration::from_millis(limits.timeout_ms),
            definition,
            place: Place::Asleep,
            in_flight: 0,
            last_used: Instant::now(),
            pinned: false,
            wanted: false,
            blame: Blame::default(),
            removed: false,
            dropped: false,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.definition.load().name
    }

    /// Number of the function in the worker, where it is there.
    pub(super) fn number(&self) -> Option<u32> {
        match self.place {
            Place::Asleep => None,
            Place::Loading { number, .. } | Place::Awake { number } => Some(number),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        match self.place {
            Place::Asleep => Phase::Asleep,
            Place::Loading { .. } => Phase::Loading,
            Place::Awake { .. } => Phase::Awake,
        }
    }

    /// Puts it to sleep; gives whoever waited for it to load.
    pub(super) fn put_to_sleep(&mut self) -> Vec<LoadWaiter> {
        match std::mem::replace(&mut self.place, Place::Asleep) {
            Place::Loading { waiters, .. } => waiters,
            Place::Asleep | Place::Awake { .. } => Vec::new(),
        }
    }
}
