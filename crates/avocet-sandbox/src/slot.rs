//! One instance of a function, as the loop sees it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::calls::Calls;
use crate::current_piece::CurrentPiece;
use crate::instance::Instance;
use crate::numbers::SlotId;
use crate::outbox::Outbox;
use crate::program::Program;
use crate::work::Event;

/// Place of an instance.
pub(crate) enum Home {
    /// Not made yet: that is done in its first turn, or it is taken from the warm pool.
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
    pub(crate) current: Arc<CurrentPiece>,
    pub(crate) calls: Arc<Calls>,
    pub(crate) events: VecDeque<Event>,
    pub(crate) next_timer: Option<Duration>,
    pub(crate) loaded: bool,
    /// Time by which the code must be ready.
    pub(crate) load_by: Option<Duration>,
    /// A call ran in it since its code was loaded.
    pub(crate) called: bool,
    /// On its way out: no new calls.
    pub(crate) retired: bool,
}

impl Slot {
    /// A slot whose instance loads the function's code first.
    pub(crate) fn new(id: SlotId, program: &Program, outbox: &Arc<Outbox>, now: Duration) -> Self {
        Self {
            id,
            home: Home::New,
            current: Arc::new(CurrentPiece::new()),
            calls: Arc::new(Calls::new(program.number, outbox.clone())),
            events: VecDeque::from([Event::Load]),
            next_timer: None,
            loaded: false,
            load_by: Some(now + program.load_limit()),
            called: false,
            retired: false,
        }
    }

    /// Has it load its code again, into a fresh context.
    pub(crate) fn reload(&mut self, by: Duration) {
        self.loaded = false;
        self.called = false;
        self.load_by = Some(by);
        self.next_timer = None;
        self.events = VecDeque::from([Event::Load]);
    }

    /// Whether it waits for something outside, and needs no processor: a host service that it waits
    /// for, or, where each call has an instance of its own, a promise.
    pub(crate) fn waits(&self, fresh: bool) -> bool {
        self.current.is_blocked() || fresh && self.is_here() && self.calls.len() > 0
    }

    pub(crate) fn is_here(&self) -> bool {
        !matches!(self.home, Home::Away)
    }

    /// Whether its code is ready and it is not on its way out.
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
