use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use avocet_frames::head::{Asked, TraceContext};
use bytes::Bytes;

use crate::{CallTag, Definition};

/// Request of a function to the platform while it runs.
#[derive(Debug, Clone)]
pub struct HostRequest {
    /// The function that asks.
    pub function: Arc<Definition>,
    /// The call that it asks for, as its caller named it; absent where it asks outside of a call
    /// or after its end.
    pub tag: Option<CallTag>,
    /// Operation and its arguments.
    pub asked: Asked,
    /// The trace that it belongs to.
    pub trace: TraceContext,
    /// The payload.
    pub body: Bytes,
}

/// Answer of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostAnswer {
    /// A status in HTTP's terms.
    pub status: u16,
    /// Text of what went wrong, where something did.
    pub error: Option<String>,
    /// The result, where it is more than bytes; see [`avocet_frames::head::Operation`].
    pub value: Option<serde_json::Value>,
    /// The payload.
    pub body: Bytes,
}

impl HostAnswer {
    /// A success with a payload.
    pub fn ok(body: impl Into<Bytes>) -> Self {
        Self { status: 200, error: None, value: None, body: body.into() }
    }

    /// A success with a result that is not bytes.
    pub fn value(value: serde_json::Value) -> Self {
        Self { status: 200, error: None, value: Some(value), body: Bytes::new() }
    }

    /// A failure, with one line that the function sees.
    pub fn error(status: u16, message: impl Into<String>) -> Self {
        Self { status, error: Some(message.into()), value: None, body: Bytes::new() }
    }
}

/// An answer to come.
pub type HostFuture = Pin<Box<dyn Future<Output = HostAnswer> + Send>>;

/// The services that functions reach through their worker.
///
/// At most [`crate::SupervisorOptions::max_host_calls_per_worker`] requests of one worker are open
/// at a time; beyond it the function gets status 429 without the service hearing of it. A future
/// that panics is answered with status 500. A worker that dies does not stop an open request.
pub trait HostServices: Debug + Send + Sync + 'static {
    /// Answers a request. Must not block; what takes time belongs into the future. Requests of one
    /// worker come in the order in which it made them, each after the future of the one before was
    /// polled for the first time.
    fn call(&self, request: HostRequest) -> HostFuture;
}

/// No services: every request is answered with status 501.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHostServices;

impl HostServices for NoHostServices {
    fn call(&self, request: HostRequest) -> HostFuture {
        let op = request.asked.name();
        let message = format!("the service {op} does not exist on this platform");
        Box::pin(std::future::ready(HostAnswer::error(501, message)))
    }
}
