//! Calls of functions by name, for whoever has no connection to answer.

use std::fmt::{self, Debug};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use avocet_frames::Trace;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode};
use tokio::time::Instant;

use crate::{BodyStream, CallError, FailureKind};

/// Calls functions by name: a delivered event, a tick of a schedule, a message on a subject and an
/// asynchronous call all go through this. Whoever asks decides what the outcome means: an
/// acknowledgement, a reply, nothing.
pub trait Invoke: Debug + Send + Sync + 'static {
    /// Runs one invocation, exactly once. It is named, counted, logged and traced as a call over HTTP
    /// is, and has the same limits. Dropping the future cancels it.
    ///
    /// # Errors
    /// [`InvokeError`] where the function never got the call; every other end is an [`Outcome`].
    fn invoke(&self, invocation: Invocation) -> InvokeFuture;
}

/// An outcome to come.
pub type InvokeFuture = Pin<Box<dyn Future<Output = Result<Outcome, InvokeError>> + Send>>;

/// One call of a function: a request as the function sees it.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Namespace of the function.
    pub namespace: String,
    /// Name of the function.
    pub name: String,
    /// Method (`POST`).
    pub method: Method,
    /// Path and query (`/`).
    pub url: String,
    /// Headers. `content-type` says how the function reads the body, which is not compressed;
    /// `content-length` is added. Headers of a trace say nothing: [`Invocation::trace`] does.
    pub headers: HeaderMap,
    /// Whole body, at most the function's body limit.
    pub body: Bytes,
    /// Latest moment for the outcome's head, the wait for a first deploy included; the function's own
    /// time limit holds besides.
    pub deadline: Option<Instant>,
    /// Trace that the call is in (none: the platform or the function begins one).
    pub trace: Option<Trace>,
}

impl Invocation {
    /// `POST /` without headers, body, deadline and trace.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            method: Method::POST,
            url: "/".to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            deadline: None,
            trace: None,
        }
    }
}

/// Answer of an invocation: the function's, or the platform's where it ended the call.
pub struct Outcome {
    /// Status, as a call over HTTP has it.
    pub status: StatusCode,
    /// Headers, without `content-length`.
    pub headers: HeaderMap,
    /// Bytes of the body, or their beginning.
    pub body: Bytes,
    /// Rest of a body that the function streams. Dropping it before its end cancels the call.
    pub rest: Option<Box<dyn Chunks>>,
    /// Reason for which the platform ended the call, where it did.
    pub failure: Option<FailureKind>,
}

impl Outcome {
    /// The whole body.
    ///
    /// # Errors
    /// Where the function breaks off, or the body has more than `limit` bytes.
    pub async fn whole(self, limit: usize) -> Result<Bytes, CallError> {
        let Self { body, rest, .. } = self;
        let Some(mut rest) = rest else { return within(limit, body.len()).map(|()| body) };
        let mut whole = BytesMut::from(body);
        loop {
            within(limit, whole.len())?;
            match std::future::poll_fn(|cx| rest.poll_chunk(cx)).await {
                Some(chunk) => whole.extend_from_slice(&chunk?),
                None => return Ok(whole.freeze()),
            }
        }
    }
}

fn within(limit: usize, length: usize) -> Result<(), CallError> {
    if length <= limit {
        return Ok(());
    }
    let message = format!("the function's answer has more than {limit} bytes");
    Err(CallError::new(FailureKind::Internal, message))
}

impl Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, headers, body, rest, failure } = self;
        f.debug_struct("Outcome")
            .field("status", status)
            .field("headers", headers)
            .field("body", body)
            .field("streams", &rest.is_some())
            .field("failure", failure)
            .finish()
    }
}

/// Bytes that a function still writes.
pub trait Chunks: Send {
    /// The next bytes; `None` at the clean end. An error is the last item: the body is incomplete.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, CallError>>>;
}

impl Chunks for BodyStream {
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, CallError>>> {
        Self::poll_chunk(self, cx)
    }
}

/// Reason for which a function never got a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvokeError {
    /// There is no such function. Says which may have been meant.
    #[error("{0}")]
    NotFound(String),
    /// The function is being deployed for the first time: the call may come again.
    #[error("the function {name} is being deployed: {why}; try again")]
    Arriving {
        /// Namespace and name.
        name: String,
        /// Reason for which the call did not wait for it, or no longer.
        why: String,
    },
    /// The platform has ended.
    #[error("the platform has ended")]
    Ended,
    /// The request is not what the function takes: over its body limit, or no CloudEvent although it
    /// says that it is one.
    #[error("{why}")]
    Invalid {
        /// Status that a call over HTTP is answered with.
        status: StatusCode,
        /// Fault of the request.
        why: String,
    },
}

impl InvokeError {
    /// Status that a call over HTTP is answered with.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Arriving { .. } | Self::Ended => StatusCode::SERVICE_UNAVAILABLE,
            Self::Invalid { status, .. } => *status,
        }
    }
}
