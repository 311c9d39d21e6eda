//! Bodies of requests on their way to the worker, within the credit that it gives.

use avocet_frames::head::{Failure, FailureKind};
use avocet_frames::{CREDIT_WINDOW, CallId, Kind};
use bytes::Bytes;

use super::calls::Wire;
use super::effects::Effects;
use super::{Core, Worker};

/// Fate of bytes for the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// All bytes are on their way, and there is room for more.
    All,
    /// Number of bytes that are on their way; the rest waits for credit.
    Part(usize),
    /// The worker wants no more of this call: it has answered, or the call was given up.
    Unwanted,
}

impl Worker {
    /// Sends more of a request's body, as much of it as there is credit for.
    pub(crate) fn send_body(&self, number: u32, bytes: &Bytes) -> Written {
        let mut core = self.lock();
        let Some(slot) = core.calls.find(number).filter(|slot| slot.wire == Wire::Open) else {
            return Written::Unwanted;
        };
        let Some(room) = &mut slot.upload_room else { return Written::Unwanted };
        let count = bytes.len().min(*room as usize);
        // At most the window, which is far below 4 GiB.
        *room -= count as u32;
        let (full, call) = (*room == 0, CallId::new(slot.number, number));
        if count > 0
            && let Some(up) = core.link.up()
        {
            // Far below the limit of a frame.
            up.out.frame(Kind::BodyChunk, call, &bytes.slice(..count), |_| {}).unwrap_or_default();
            up.write_soon();
        }
        if full || count < bytes.len() { Written::Part(count) } else { Written::All }
    }

    /// Says that a request's body is complete, or why it will not be.
    pub(crate) fn end_body(&self, number: u32, how: Result<(), String>) {
        let mut core = self.lock();
        let Some(slot) = core.calls.find(number).filter(|slot| slot.wire == Wire::Open) else {
            return;
        };
        slot.upload_room = None;
        let call = CallId::new(slot.number, number);
        let Some(up) = core.link.up() else { return };
        match how {
            Ok(()) => up.out.bare(Kind::End, call),
            Err(message) => {
                let head = Failure { kind: FailureKind::BadBody, message };
                up.out.json(Kind::End, call, &head, &Bytes::new()).unwrap_or_default();
            }
        }
        up.write_soon();
    }
}

impl Core {
    /// The function has taken so many bytes of its request's body.
    pub(super) fn credit(&mut self, call: CallId, taken: u32, effects: &mut Effects) {
        let slot = self.calls.find(call.call()).filter(|slot| slot.number == call.function());
        let Some(slot) = slot.filter(|slot| slot.wire == Wire::Open) else { return };
        if let Some(room) = &mut slot.upload_room {
            // A worker that gives back more than it got gets no more than the window.
            *room = room.saturating_add(taken).min(CREDIT_WINDOW);
            effects.wake(slot.waker.take());
        }
    }
}
