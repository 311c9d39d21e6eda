//! Reads a request's body within its limits.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

/// How long the rest of a body that is too large is read and thrown away, so that a caller which
/// writes before it reads gets the answer instead of a reset connection.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// How much of it is.
const DRAIN_BYTES: usize = 64 * 1024 * 1024;

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// Over the limit, in bytes.
    TooLarge(usize),
    /// Not complete within the time.
    Slow(Duration),
    /// The caller broke off, or its framing is wrong.
    Broken,
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
        }
    }
}

/// What a body may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimits {
    pub bytes: usize,
    pub time: Duration,
    /// The caller waits for `100 Continue` before it sends anything.
    pub expects_continue: bool,
}

/// Reads the whole body. A declared length over the limit is refused before anything is read.
pub(crate) async fn read(mut body: Incoming, limits: BodyLimits) -> Result<Bytes, BodyError> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let declared = body.size_hint().exact();
    if declared.is_some_and(|bytes| bytes > limits.bytes as u64) {
        refuse(body, limits.expects_continue);
        return Err(BodyError::TooLarge(limits.bytes));
    }
    let room = declared.map_or(0, |bytes| bytes as usize);
    let read = tokio::time::timeout(limits.time, collect(&mut body, room, limits.bytes)).await;
    match read {
        Ok(Err(BodyError::TooLarge(limit))) => {
            drain(body);
            Err(BodyError::TooLarge(limit))
        }
        Ok(result) => result,
        Err(_) => Err(BodyError::Slow(limits.time)),
    }
}

async fn collect(body: &mut Incoming, room: usize, limit: usize) -> Result<Bytes, BodyError> {
    // Most bodies arrive in one piece, which needs no copy.
    let Some(first) = next(body).await? else { return Ok(Bytes::new()) };
    if first.len() > limit {
        return Err(BodyError::TooLarge(limit));
    }
    if body.is_end_stream() {
        return Ok(first);
    }
    let mut whole = BytesMut::with_capacity(room.max(first.len() * 2));
    whole.extend_from_slice(&first);
    while let Some(data) = next(body).await? {
        if whole.len() + data.len() > limit {
            return Err(BodyError::TooLarge(limit));
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

/// The next piece; trailers are passed over.
async fn next(body: &mut Incoming) -> Result<Option<Bytes>, BodyError> {
    loop {
        let Some(frame) = body.frame().await else { return Ok(None) };
        if let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() {
            return Ok(Some(data));
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
