use std::sync::Arc;
use std::task::{Context, Poll};

use avocet_frames::head::Respond;
use bytes::Bytes;

use crate::CallError;
use crate::fleet::Permit;
use crate::worker::Worker;

/// Answer of a function.
#[derive(Debug)]
pub struct CallResponse {
    /// Values that it returned and set. Never [`avocet_frames::head::Returned::Failed`]: that is a
    /// [`crate::CallError`].
    pub head: Respond,
    /// The response's bytes, or their beginning.
    pub body: Bytes,
    /// The rest of the body, where the function streams it.
    pub stream: Option<BodyStream>,
}

/// The rest of a response's body, as the function writes it.
///
/// The worker may be at most [`avocet_frames::CREDIT_WINDOW`] bytes ahead of the reader. Dropping
/// the stream before its end cancels the call. The function's time limit goes on until the end.
#[derive(Debug)]
pub struct BodyStream {
    worker: Arc<Worker>,
    number: u32,
    ended: bool,
    /// The call takes room in its instance until here.
    _permit: Option<Permit>,
}

impl BodyStream {
    pub(crate) fn new(worker: Arc<Worker>, number: u32, permit: Option<Permit>) -> Self {
        Self { worker, number, ended: false, _permit: permit }
    }

    /// The next bytes; `None` at the clean end. An error is the last item: the body is incomplete.
    pub fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, CallError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let next = self.worker.poll_chunk(self.number, cx);
        if matches!(next, Poll::Ready(None | Some(Err(_)))) {
            self.ended = true;
            self.worker.abandon(self.number);
        }
        next
    }

    /// The next bytes; `None` at the clean end. An error is the last item: the body is incomplete.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, CallError>> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await
    }
}

impl Drop for BodyStream {
    fn drop(&mut self) {
        if !self.ended {
            self.worker.abandon(self.number);
        }
    }
}
