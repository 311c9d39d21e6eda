//! Calls of functions: what each of them has, whoever asks for it.
//!
//! A request, an event of a batch, a tick of a schedule and a message on a subject are the same
//! thing: an [`Invocation`]. [`Calls::call`] names it, opens its span, runs it within its limits,
//! counts it, tells the function's log what the function did not mean, and yields an [`Outcome`].
//! Who asked decides what the outcome means: a response, an acknowledgement, a reply.
//!
//! Never in here: connections, bodies that are still arriving, and how a function is found.

pub(crate) mod head;
mod log;
mod outcome;
mod span;
mod trace;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use avocet_backplane::LogStore;
use avocet_workers::{CallError, CallRequest, CallResponse, CallTag, FailureKind};
use bytes::Bytes;
use http::HeaderMap;

use crate::life::Function;
use crate::traces::Exporter;
use head::InvokeHead;
use log::CallLog;
pub(crate) use outcome::{Outcome, Streamed};
use span::{CallSpan, Spans};

/// Runs invocations. One for all that ask, so that their numbers are one sequence.
pub(crate) struct Calls {
    logs: Arc<dyn LogStore>,
    /// Spans of invocations, where there is a collector for them.
    spans: Option<Spans>,
    /// Number of the last invocation.
    invocations: AtomicU64,
}

/// One call of a function.
pub(crate) struct Invocation<'a> {
    pub function: &'a Arc<Function>,
    /// Request as the function sees it; the trace that it belongs to is in its headers.
    pub head: InvokeHead<'a>,
    /// Whole body of the request.
    pub body: Bytes,
    /// Latest moment for the outcome's head; the function's own time limit holds besides.
    pub deadline: Option<Instant>,
}

impl Calls {
    /// Calls whose functions log to `logs` and whose spans go to `collector`, where there is one.
    pub(crate) fn new(logs: Arc<dyn LogStore>, collector: Option<Arc<Exporter>>) -> Self {
        Self { logs, spans: collector.map(Spans::new), invocations: AtomicU64::new(0) }
    }

    /// Runs one invocation. Dropping the future cancels it; then nothing is counted or logged.
    pub(crate) async fn call(&self, invocation: Invocation<'_>) -> Outcome {
        let started = Instant::now();
        let function = invocation.function;
        let (tag, mut span) = self.name(&invocation);
        let result = run(invocation, tag, &mut span).await;
        let outcome = Outcome::new(CallLog { logs: &self.logs, function, tag }, result, span);
        function.metrics.count(started.elapsed(), outcome.is_failure());
        outcome
    }

    /// Logs and counts a call that its function never got, because its body was over the limit.
    pub(crate) fn refuse_body(&self, function: &Arc<Function>, headers: &HeaderMap, reason: &str) {
        let tag = self.tag(headers);
        CallLog { logs: &self.logs, function, tag }.over_body_limit(reason);
    }

    /// Number and trace of an invocation, and its span, where the platform makes it.
    fn name(&self, invocation: &Invocation<'_>) -> (CallTag, Option<Box<CallSpan>>) {
        let Invocation { function, head: InvokeHead { method, headers, .. }, .. } = invocation;
        let mut tag = self.tag(headers);
        let begin = |spans: &Spans| spans.begin(function, method, headers, tag.invocation);
        let span = self.spans.as_ref().and_then(begin);
        if let Some(span) = &span {
            tag.trace = span.trace();
        }
        (tag, span)
    }

    fn tag(&self, headers: &HeaderMap) -> CallTag {
        let invocation = self.invocations.fetch_add(1, Relaxed) + 1;
        CallTag { invocation, trace: trace::trace_of(headers) }
    }
}

/// Hands a call to the workers of its function.
async fn run(
    invocation: Invocation<'_>,
    tag: CallTag,
    span: &mut Option<Box<CallSpan>>,
) -> Result<CallResponse, CallError> {
    let Invocation { function, head, body, deadline } = invocation;
    let context = span.as_ref().map(|span| span.context());
    let head = InvokeHead { span: context.as_deref(), ..head };
    let request = CallRequest::new(|out| head.write(out), body).tag(tag);
    let handle = function.handle().await?;
    if let Some(span) = span {
        span.of(handle.definition());
    }
    match deadline {
        None => handle.call(request).await,
        Some(deadline) => {
            let answered = tokio::time::timeout_at(deadline.into(), handle.call(request));
            answered.await.unwrap_or_else(|_| Err(too_late(function)))
        }
    }
}

fn too_late(function: &Function) -> CallError {
    CallError {
        kind: FailureKind::Timeout,
        message: format!(
            "the function {} did not answer before its caller's deadline",
            function.name
        ),
        retry_after: None,
        source_error: None,
    }
}
