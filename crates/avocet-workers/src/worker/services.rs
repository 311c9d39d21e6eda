//! Host requests of functions.

use std::sync::Arc;

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
        let request =
            HostRequest { function, tag, op: head.op, arg: head.arg, trace: head.trace, body };
        let host = worker.shared.options.host.clone();
        worker.shared.runtime.spawn(async move {
            let answer = host.call(request).await;
            ticket.answer(answer);
        });
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
        let head = head::HostReply { c: self.request, s: answer.status, error: answer.error };
        if up.out.json(Kind::HostReply, self.call, &head, &answer.body).is_err() {
            let error = Some("the service's answer is over the limit of one frame".to_owned());
            let head = head::HostReply { c: self.request, s: 500, error };
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
