//! A request's body that its function reads while it arrives.

use std::task::{Context, Poll};

use avocet_frames::CREDIT_WINDOW;
use avocet_workers::ArrivingBody;
use bytes::Bytes;
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;

use super::body::{self, BodyError, BodyMemory};

/// The body of one request on its way from its connection to its function. What is left of it when
/// nobody wants more is read and thrown away for a while, as of every body that is not wanted.
pub(crate) struct Upload {
    body: Option<Incoming>,
    /// The caller waits for `100 Continue` before it sends anything: hyper sends that when the body
    /// is first asked for.
    waits: bool,
    /// Memory for what is on its way, until all of it is with the function.
    _held: OwnedSemaphorePermit,
}

impl Upload {
    /// The body of a request. `chunk` is the most that the connection reads at once, bytes.
    ///
    /// # Errors
    /// [`BodyError::Busy`] where all bodies together take what they may.
    pub(crate) fn new(
        body: Incoming,
        expects_continue: bool,
        chunk: usize,
        memory: &BodyMemory,
    ) -> Result<Self, BodyError> {
        match memory.reserve(CREDIT_WINDOW as usize + chunk) {
            Ok(held) => Ok(Self { body: Some(body), waits: expects_continue, _held: held }),
            Err(busy) => {
                body::refuse(body, expects_continue);
                Err(busy)
            }
        }
    }
}

impl ArrivingBody for Upload {
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        self.waits = false;
        let next = std::task::ready!(body::poll_next(body, cx));
        if !matches!(next, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(next.map(|chunk| chunk.map_err(|error| error.describe().1)))
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            body::refuse(body, self.waits);
        }
    }
}
