use bytes::BytesMut;

use crate::CallBody;

/// Caller's name of a call in what comes back to it: log lines, spans and host requests carry this.
/// It is not sent to the worker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct CallTag {
    /// The invocation's number; 0 is none.
    pub invocation: u64,
    /// The W3C trace id; 0 is none.
    pub trace: u128,
}

/// A call to a function.
#[derive(Debug)]
pub struct CallRequest<W> {
    /// Appends the head, an [`avocet_frames::head::Invoke`] as JSON, to the frame under
    /// construction; at most 1 MiB. It runs under the worker's lock: it must not block and must
    /// not call into this crate. Where it panics, the frame is withdrawn.
    pub head: W,
    /// The request's body.
    pub body: CallBody,
    /// Caller's name of the call.
    pub tag: CallTag,
}

impl<W: FnOnce(&mut BytesMut)> CallRequest<W> {
    /// A call without a name.
    pub fn new(head: W, body: impl Into<CallBody>) -> Self {
        Self { head, body: body.into(), tag: CallTag::default() }
    }

    /// Names it.
    #[must_use]
    pub fn tag(mut self, tag: CallTag) -> Self {
        self.tag = tag;
        self
    }
}
