//! Work of a turn: the instance's events, its calls, and the queue of its function.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use avocet_frames::head::HostReply;
use bytes::Bytes;

use crate::blocked::SharedParking;
use crate::calls::Calls;
use crate::current_piece::CurrentPiece;
use crate::numbers::SlotId;
use crate::outbox::Outbox;
use crate::program::Program;
use crate::queue::Queue;

/// News for an instance, besides new calls.
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
        /// Payload of the answer.
        body: Bytes,
    },
    /// There is room in the call's credit window again.
    Drain(u32),
    /// The call is over without an answer of the function.
    Cancel(u32),
}

/// Work of one turn.
pub(crate) struct Work {
    pub(crate) slot: SlotId,
    pub(crate) program: Arc<Program>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) calls: Arc<Calls>,
    pub(crate) current: Arc<CurrentPiece>,
    pub(crate) events: VecDeque<Event>,
    /// Moment that the loop's clock counts from.
    pub(crate) base: Instant,
    /// Whether the instance may take waiting calls.
    pub(crate) takes_calls: bool,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) parking: SharedParking,
}
