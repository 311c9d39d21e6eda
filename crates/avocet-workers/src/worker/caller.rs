//! Callers and their calls that are on their way.

use std::task::{Context, Poll, Waker};

use avocet_frames::{CallId, Kind, head};
use bytes::Bytes;

use super::calls::{Answer, Slot, Wire};
use super::{Core, Worker};
use crate::CallError;

impl Worker {
    /// Takes the answer of a call. After an answer that does not stream, the number is no longer
    /// the caller's.
    pub(crate) fn poll_answer(
        &self,
        number: u32,
        cx: &Context<'_>,
    ) -> Poll<Result<Answer, CallError>> {
        let mut core = self.lock();
        let Some(slot) = core.calls.find(number) else {
            // Cannot happen: a slot stays as long as its caller.
            let message = "the call was lost";
            return Poll::Ready(Err(CallError::new(crate::FailureKind::Internal, message)));
        };
        match slot.answer.take() {
            Some(answer) => {
                if slot.incoming.is_none() {
                    core.calls.leave(number);
                } else {
                    core.grant(number);
                }
                Poll::Ready(answer)
            }
            None => {
                let before = remember(&mut slot.waker, cx);
                drop(core);
                drop(before);
                Poll::Pending
            }
        }
    }

    /// Takes the next part of a call's streamed body.
    pub(crate) fn poll_chunk(
        &self,
        number: u32,
        cx: &Context<'_>,
    ) -> Poll<Option<Result<Bytes, CallError>>> {
        let mut core = self.lock();
        let Some(Slot { incoming: Some(incoming), waker, .. }) = core.calls.find(number) else {
            return Poll::Ready(None);
        };
        match incoming.take() {
            Some(next) => {
                core.grant(number);
                Poll::Ready(next)
            }
            None => {
                let before = remember(waker, cx);
                drop(core);
                drop(before);
                Poll::Pending
            }
        }
    }

    /// The caller of a call is gone.
    pub(crate) fn abandon(&self, number: u32) {
        let mut core = self.lock();
        if core.calls.find(number).is_some_and(|slot| slot.wire == Wire::Open) {
            core.give_up(number);
        }
        let waker = core.calls.leave(number);
        drop(core);
        drop(waker);
    }
}

/// Leaves the waker of this poll; gives the one before, which is not to be dropped under the lock.
fn remember(slot: &mut Option<Waker>, cx: &Context<'_>) -> Option<Waker> {
    match slot {
        Some(waker) if waker.will_wake(cx.waker()) => None,
        _ => slot.replace(cx.waker().clone()),
    }
}

impl Core {
    /// Grants the worker credit for more of a streamed body.
    fn grant(&mut self, number: u32) {
        let Some(slot) = self.calls.find(number) else { return };
        let open = slot.wire == Wire::Open;
        let call = CallId::new(slot.number, number);
        let due = slot.incoming.as_mut().and_then(|incoming| incoming.grant());
        if let (true, Some(n), Some(up)) = (open, due, self.link.up()) {
            let head = head::Credit { n };
            // A credit's head is a few bytes: it always fits.
            up.out.json(Kind::Credit, call, &head, &Bytes::new()).unwrap_or_default();
            up.write_soon();
        }
    }
}
