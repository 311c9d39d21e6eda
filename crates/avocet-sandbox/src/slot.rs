//! One instance of a function, as the loop sees it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use avocet_frames::head::HostReply;
use bytes::Bytes;

use crate::calls::Calls;
use crate::definition::Definition;
use crate::instance::Instance;
use crate::outbox::Outbox;
use crate::watch::Watch;

/// Names an instance within its function.
pub(crate) type SlotId = u32;

/// What an instance is told besides new calls.
#[derive(Debug)]
pub(crate) enum Event {
    /// Evaluate the code and find the handler.
    Load,
    /// A host service answered.
    HostReply {
        /// The call that had asked.
        call: u32,
        /// The answer.
        head: HostReply,
        /// Its payload.
        body: Bytes,
    },
    /// There is room in the call's credit window again.
    Drain(u32),
    /// The call is over without an answer of the function.
    Cancel(u32),
}

/// Where an instance is.
pub(crate) enum Home {
    /// It is made in its first turn, or taken from the warm pool.
    New,
    /// Here, not running.
    Here(Box<Instance>),
    /// Running, on this thread or on a slow one.
    Away,
}

/// One instance, as the loop sees it.
pub(crate) struct Slot {
    pub(crate) id: SlotId,
    pub(crate) home: Home,
    pub(crate) watch: Arc<Watch>,
    pub(crate) calls: Arc<Calls>,
    pub(crate) events: VecDeque<Event>,
    pub(crate) next_timer: Option<Duration>,
    pub(crate) loaded: bool,
    /// Over when the code has not become ready by then.
    pub(crate) load_by: Option<Duration>,
    /// It gets no new calls.
    pub(crate) retired: bool,
}

impl Slot {
    /// One that is to load the function's code first.
    pub(crate) fn new(
        id: SlotId,
        definition: &Definition,
        outbox: &Arc<Outbox>,
        now: Duration,
    ) -> Self {
        Self {
            id,
            home: Home::New,
            watch: Arc::new(Watch::new()),
            calls: Arc::new(Calls::new(definition.number, outbox.clone())),
            events: VecDeque::from([Event::Load]),
            next_timer: None,
            loaded: false,
            load_by: Some(now + definition.load_limit()),
            retired: false,
        }
    }

    pub(crate) fn is_here(&self) -> bool {
        !matches!(self.home, Home::Away)
    }

    /// Its code is ready and it is not on its way out.
    pub(crate) fn is_ready(&self) -> bool {
        self.loaded && !self.retired
    }

    pub(crate) fn takes_calls(&self, concurrency: u32) -> bool {
        self.is_ready() && (self.calls.len() as u64) < u64::from(concurrency)
    }

    pub(crate) fn is_due(&self, now: Duration) -> bool {
        !self.events.is_empty() || self.next_timer.is_some_and(|due| due <= now)
    }

    /// Nothing will happen in it any more.
    pub(crate) fn is_finished(&self) -> bool {
        self.retired && self.is_here() && self.events.is_empty() && self.calls.len() == 0
    }
}
