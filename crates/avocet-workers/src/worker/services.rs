//! Host requests of functions.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use avocet_frames::{CallId, Kind, head};
use bytes::Bytes;

use super::Worker;
use crate::{CallTag, Definition, HostAnswer, HostRequest};

/// A host request that is to be answered.
pub(super) struct HostJob {
    pub(super) epoch: u64,
    pub(super) call: CallId,
    /// Whether it is within the bound.
    pub(super) accepted: bool,
    pub(super) function: Arc<Definition>,
    pub(super) tag: Option<CallTag>,
    pub(super) head: head::HostCall,
    pub(super) body: Bytes,
}

impl HostJob {
    pub(super) fn start(self, worker: &Arc<Worker>) {
        let Self { epoch, call, accepted, function, tag, head, body } = self;
        let mut ticket = Ticket {
            worker: worker.clone(),
            epoch,
            call,
            request: head.c,
            accepted: accepted.then_some(body.len()),
        };
        if !accepted {
            let options = &worker.shared.options;
            let message = format!(
                "too many host calls of the namespace are open: its limits are {} at a time and \
                 {} bytes",
                options.max_host_calls_per_worker, options.max_host_bytes_per_worker,
            );
            ticket.answer(HostAnswer::error(429, message));
            return;
        }
        let request = HostRequest { function, tag, asked: head.asked, trace: head.trace, body };
        let host = worker.shared.options.host.clone();
        let _runtime = worker.shared.runtime.enter();
        // Begun here, so that requests begin in their order, and answered here where that takes no
        // time. A service that panics is answered for by the ticket.
        let begun = catch_unwind(AssertUnwindSafe(|| {
            let mut future = host.call(request);
            let ready = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            (future, ready)
        }));
        match begun {
            Ok((_, Poll::Ready(answer))) => ticket.answer(answer),
            Ok((future, Poll::Pending)) => {
                worker.shared.runtime.spawn(async move {
                    let answer = future.await;
                    ticket.answer(answer);
                });
            }
            Err(_) => {}
        }
    }
}

/// An open host request: answered once, also where its service panics.
struct Ticket {
    worker: Arc<Worker>,
    epoch: u64,
    call: CallId,
    request: u32,
    /// Bytes of its payload, as long as it counts as open.
    accepted: Option<usize>,
}

impl Ticket {
    fn answer(&mut self, answer: HostAnswer) {
        let mut core = self.worker.lock();
        if core.epoch != self.epoch {
            return;
        }
        let Some(up) = core.link.up() else { return };
        if let Some(bytes) = self.accepted.take() {
            up.host_calls -= 1;
            up.host_bytes -= bytes;
        }
        let HostAnswer { status, error, value, body } = answer;
        let head = head::HostReply { c: self.request, s: status, error, v: value };
        if up.out.json(Kind::HostReply, self.call, &head, &body).is_err() {
            let error = Some("the service's answer is over the limit of one frame".to_owned());
            let head = head::HostReply { c: self.request, s: 500, error, v: None };
            // Without the body it fits.
            up.out.json(Kind::HostReply, self.call, &head, &Bytes::new()).unwrap_or_default();
        }
        up.write_soon();
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.accepted.is_some() {
            self.answer(HostAnswer::error(500, "the service failed"));
        }
    }
}
