//! Arriving bodies of requests on their way to a worker.

use std::fmt;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};

use crate::ArrivingBody;
use crate::worker::{Worker, Written};

/// Way of an arriving body to its worker. Driven by whoever waits for the call's answer, and
/// then by whoever reads it.
pub(crate) struct Upload {
    body: Box<dyn ArrivingBody>,
    /// Bytes that came and for which the worker had no room.
    rest: Bytes,
}

impl Upload {
    pub(crate) fn new(body: Box<dyn ArrivingBody>) -> Self {
        Self { body, rest: Bytes::new() }
    }

    /// Sends what has come, as far as the worker takes it. Ready where nothing will follow.
    ///
    /// Where the worker has no room, its credit wakes the call's waker: that is to be left with the
    /// call before.
    pub(crate) fn poll(&mut self, worker: &Worker, number: u32, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match worker.send_body(number, &self.rest) {
                Written::All => self.rest = Bytes::new(),
                Written::Part(bytes) => {
                    self.rest.advance(bytes);
                    return Poll::Pending;
                }
                Written::Unwanted => return Poll::Ready(()),
            }
            match std::task::ready!(self.body.poll_chunk(cx)) {
                Some(Ok(chunk)) => self.rest = chunk,
                Some(Err(why)) => {
                    worker.end_body(number, Err(why));
                    return Poll::Ready(());
                }
                None => {
                    worker.end_body(number, Ok(()));
                    return Poll::Ready(());
                }
            }
        }
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("rest", &self.rest.len()).finish_non_exhaustive()
    }
}
