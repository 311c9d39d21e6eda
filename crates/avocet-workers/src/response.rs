use std::sync::Arc;
use std::task::{Context, Poll};

use avocet_frames::head::Respond;
use bytes::Bytes;

use crate::CallError;
use crate::fleet::Permit;
use crate::upload::Upload;
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
    /// The request's body, where it still arrives.
    upload: Option<Box<Upload>>,
    /// The call takes room in its instance until here.
    _permit: Option<Permit>,
}

impl BodyStream {
    pub(crate) fn new(
        worker: Arc<Worker>,
        number: u32,
        upload: Option<Box<Upload>>,
        permit: Option<Permit>,
    ) -> Self {
        Self { worker, number, ended: false, upload, _permit: permit }
    }

    /// The next bytes; `None` at the clean end. An error is the last item: the body is incomplete.
    pub fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, CallError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let next = self.worker.poll_chunk(self.number, cx);
        match &next {
            Poll::Ready(None | Some(Err(_))) => {
                self.ended = true;
                self.upload = None;
                self.worker.abandon(self.number);
            }
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Pending => {
                // Only now: the waker that credit wakes lies with the call.
                if let Some(upload) = &mut self.upload
                    && upload.poll(&self.worker, self.number, cx).is_ready()
                {
                    self.upload = None;
                }
            }
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
