//! Bodies of requests as callers hand them over.

use std::fmt;
use std::task::{Context, Poll};

use bytes::Bytes;

/// Body of a request while it arrives.
///
/// It is asked for bytes only where its function has room for them: of one call at most
/// [`avocet_frames::CREDIT_WINDOW`] bytes and what one answer of [`ArrivingBody::poll_chunk`] holds
/// are between here and the function. It is dropped when nobody wants more of it, which may be
/// before its end: the function has answered, its time is over, its worker is gone.
pub trait ArrivingBody: Send {
    /// Next bytes; `None` at the end. An error is the last item: one line that says why the body is
    /// not complete.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>>;
}

/// Body of a call's request.
pub enum CallBody {
    /// All of it; the function runs once it has it.
    Whole(Bytes),
    /// The function runs at once and reads it as it comes. The call's head says so: its body is of
    /// the kind [`avocet_frames::head::BodyKind::Stream`].
    Arriving(Box<dyn ArrivingBody>),
}

impl CallBody {
    /// A body that is here already, for a function that reads it as it comes.
    pub fn arrived(bytes: Bytes) -> Self {
        Self::Arriving(Box::new(Arrived(Some(bytes))))
    }
}

struct Arrived(Option<Bytes>);

impl ArrivingBody for Arrived {
    fn poll_chunk(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

impl From<Bytes> for CallBody {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}

impl fmt::Debug for CallBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Arriving(_) => f.write_str("a body that arrives"),
        }
    }
}
