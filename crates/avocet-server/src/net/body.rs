//! Reads a request's body within its limits.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use avocet_functions::request;
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Time for which the rest of a body that is too large is read and thrown away, so that a caller
/// which writes before it reads gets the answer instead of a reset connection.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// Bytes of that rest that are read.
const DRAIN_BYTES: usize = 64 * 1024 * 1024;

/// Bodies up to this size are not counted: their number is bounded by that of the connections.
const SMALL: usize = 64 * 1024;

/// Memory is counted in pieces of this size.
const PIECE: usize = 1024;

/// Reason for which a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// Over the limit, in bytes.
    TooLarge(usize),
    /// Not complete within the time.
    Slow(Duration),
    /// The caller broke off, or its framing is wrong.
    Broken,
    /// The bodies of all callers together take all the memory that they may.
    Busy,
    /// Not what its content encoding, this one, says.
    NotEncoded(&'static str),
}

impl BodyError {
    /// The status and the line that the caller gets.
    pub(crate) fn describe(self) -> (StatusCode, String) {
        match self {
            Self::TooLarge(limit) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the body is over the limit of {limit} bytes"),
            ),
            Self::Slow(time) => {
                (StatusCode::REQUEST_TIMEOUT, format!("the body did not arrive within {time:?}"))
            }
            Self::Broken => {
                (StatusCode::BAD_REQUEST, "the body broke off or is framed wrongly".to_owned())
            }
            Self::NotEncoded(coding) => {
                let error = request::BodyError::NotEncoded(coding);
                (error.status(), error.to_string())
            }
            Self::Busy => {
                let text = "too many large bodies are on their way; try again";
                (StatusCode::SERVICE_UNAVAILABLE, text.to_owned())
            }
        }
    }
}

/// The memory that all bodies on their way take together.
#[derive(Debug, Clone)]
pub(crate) struct BodyMemory {
    free: Arc<Semaphore>,
    pieces: usize,
}

impl BodyMemory {
    pub(crate) fn new(bytes: usize) -> Self {
        let pieces = (bytes / PIECE).min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(pieces)), pieces }
    }

    /// Counts `bytes` that a body takes at most, until the permit is dropped.
    pub(super) fn reserve(&self, bytes: usize) -> Result<OwnedSemaphorePermit, BodyError> {
        let pieces = u32::try_from(bytes.div_ceil(PIECE)).map_err(|_| BodyError::Busy)?;
        self.free.clone().try_acquire_many_owned(pieces).map_err(|_| BodyError::Busy)
    }

    /// Bytes that are counted now.
    pub(crate) fn held(&self) -> usize {
        (self.pieces - self.free.available_permits()) * PIECE
    }

    /// Counts a body that has grown to `bytes`.
    pub(super) fn hold(
        &self,
        held: &mut Option<OwnedSemaphorePermit>,
        bytes: usize,
    ) -> Result<(), BodyError> {
        let counted = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = bytes.saturating_sub(SMALL).div_ceil(PIECE).saturating_sub(counted);
        if more == 0 {
            return Ok(());
        }
        let more = u32::try_from(more).map_err(|_| BodyError::Busy)?;
        let more = self.free.clone().try_acquire_many_owned(more).map_err(|_| BodyError::Busy)?;
        match held {
            Some(held) => held.merge(more),
            None => *held = Some(more),
        }
        Ok(())
    }
}

/// A body, read to its end.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub bytes: Bytes,
    /// Share of the memory, until it is dropped.
    _held: Option<OwnedSemaphorePermit>,
}

impl Read {
    pub(super) fn new(bytes: Bytes, held: Option<OwnedSemaphorePermit>) -> Self {
        Self { bytes, _held: held }
    }
}

/// Limits of a body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimits {
    pub bytes: usize,
    pub time: Duration,
    /// The caller waits for `100 Continue` before it sends anything.
    pub expects_continue: bool,
}

/// Reads the whole body. A declared length over the limit is refused before anything is read.
pub(crate) async fn read(
    mut body: Incoming,
    limits: BodyLimits,
    memory: &BodyMemory,
) -> Result<Read, BodyError> {
    if body.is_end_stream() {
        return Ok(Read::default());
    }
    let declared = body.size_hint().exact();
    if declared.is_some_and(|bytes| bytes > limits.bytes as u64) {
        refuse(body, limits.expects_continue);
        return Err(BodyError::TooLarge(limits.bytes));
    }
    let collected = collect(&mut body, limits.bytes, memory);
    match tokio::time::timeout(limits.time, collected).await {
        Ok(Err(error @ (BodyError::TooLarge(_) | BodyError::Busy))) => {
            drain(body);
            Err(error)
        }
        Ok(result) => result,
        Err(_) => Err(BodyError::Slow(limits.time)),
    }
}

async fn collect(
    body: &mut Incoming,
    limit: usize,
    memory: &BodyMemory,
) -> Result<Read, BodyError> {
    // Most bodies arrive in one piece, which needs no copy.
    let Some(first) = next(body).await? else { return Ok(Read::default()) };
    if first.len() > limit {
        return Err(BodyError::TooLarge(limit));
    }
    if body.is_end_stream() && first.len() <= SMALL {
        return Ok(Read { bytes: first, _held: None });
    }
    // It grows with what has come, not with what was promised.
    let mut whole = BytesMut::from(first);
    let mut held = None;
    memory.hold(&mut held, whole.len())?;
    while let Some(data) = next(body).await? {
        let length = whole.len() + data.len();
        if length > limit {
            return Err(BodyError::TooLarge(limit));
        }
        memory.hold(&mut held, length)?;
        whole.extend_from_slice(&data);
    }
    Ok(Read { bytes: whole.freeze(), _held: held })
}

/// The next piece; trailers are passed over.
async fn next(body: &mut Incoming) -> Result<Option<Bytes>, BodyError> {
    std::future::poll_fn(|cx| poll_next(body, cx)).await.transpose()
}

/// The next piece; trailers are passed over.
pub(crate) fn poll_next(
    body: &mut Incoming,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, BodyError>>> {
    loop {
        match std::task::ready!(Pin::new(&mut *body).poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(Err(_)) => return Poll::Ready(Some(Err(BodyError::Broken))),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Poll::Ready(Some(Ok(data)));
                }
            }
        }
    }
}

/// Lets go of a body that nobody wants.
pub(crate) fn refuse(body: Incoming, expects_continue: bool) {
    if !expects_continue {
        drain(body);
    }
}

/// Throws the rest of a body away, for a while.
fn drain(mut body: Incoming) {
    tokio::spawn(async move {
        let mut left = DRAIN_BYTES;
        let all = async {
            while let Ok(Some(data)) = next(&mut body).await {
                match left.checked_sub(data.len()) {
                    Some(rest) => left = rest,
                    None => break,
                }
            }
        };
        let _ = tokio::time::timeout(DRAIN_TIME, all).await;
    });
}
