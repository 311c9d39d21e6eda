//! Calls of functions: what each of them has, whoever asks for it.
//!
//! A request, an event of a batch, a tick of a schedule and a message on a subject are the same
//! thing: an [`Invocation`]. [`Calls::call`] names it, opens its span, runs it within its limits,
//! counts it, logs what the function did not mean, and yields an [`Outcome`].
//! Who asked decides what the outcome means: a response, an acknowledgement, a reply.
//!
//! Never in here: connections, and how bodies arrive on them.

mod by_name;
pub(crate) mod event;
pub(crate) mod head;
mod log;
pub(crate) mod observer;
mod outcome;
mod scope;
mod span;
pub(crate) mod trace;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use avocet_backplane::{Level, LogQuery, LogStore};
use avocet_frames::{Trace, TraceId};
use avocet_workers::{CallBody, CallError, CallRequest, CallResponse, CallTag, FailureKind};

use crate::routes::{Callee, Function};
use crate::traces::Exporter;
pub(crate) use by_name::ByName;
use head::InvokeHead;
use log::CallLog;
pub(crate) use outcome::{Outcome, Streamed};
pub(crate) use scope::{Account, NotKept, Scope, Scopes};
use span::{Spans, Traced};

/// Lines of a failed call that tell of it.
const REASONS: usize = 50;

/// Runs invocations. One for all that ask, so that their numbers are one sequence.
pub(crate) struct Calls {
    logs: Arc<dyn LogStore>,
    /// Spans of invocations, where there is a collector for them.
    spans: Option<Spans>,
    /// Accounts of invocations, shared with whoever hears of what they do.
    scopes: Arc<Scopes>,
    /// Number of the last invocation.
    invocations: AtomicU64,
}

/// One call of a function.
pub(crate) struct Invocation<'a> {
    pub function: &'a Arc<Function>,
    /// Request as the function sees it, without the trace.
    pub head: InvokeHead<'a>,
    pub body: CallBody,
    /// Latest moment for the outcome's head; the function's own time limit holds besides.
    pub deadline: Option<tokio::time::Instant>,
    /// Trace that the caller is in.
    pub trace: Option<Trace>,
    /// Account to be kept of it, where whoever asks wants one.
    pub scope: Option<&'a Arc<Scope>>,
}

impl Calls {
    /// Calls whose functions log to `logs` and whose spans go to `collector`, where there is one.
    pub(crate) fn new(
        logs: Arc<dyn LogStore>,
        collector: Option<Arc<Exporter>>,
        scopes: Arc<Scopes>,
    ) -> Self {
        Self { logs, spans: collector.map(Spans::new), scopes, invocations: AtomicU64::new(0) }
    }

    /// Runs one invocation. Dropping the future cancels it; then nothing is counted or logged.
    pub(crate) async fn call(&self, mut invocation: Invocation<'_>) -> Outcome {
        let started = Instant::now();
        let function = invocation.function;
        let (tag, mut traced) = self.name(&mut invocation);
        let scope = invocation.scope;
        let _entered = scope.map(|scope| self.scopes.enter(scope, tag));
        let result = run(invocation, tag, &mut traced).await;
        if let (Some(scope), Err(error)) = (scope, &result) {
            scope.failed(&error.message);
        }
        let outcome = Outcome::new(function, &self.logs, tag, result, traced.span);
        function.metrics.count(started.elapsed(), outcome.is_failure());
        outcome
    }

    /// The lines of a call that say why it failed; `None` where there are none.
    pub(crate) async fn said(&self, function: &Function, id: &str) -> Option<String> {
        self.logs.flush().await.ok()?;
        let query = LogQuery {
            call: Some(id.to_owned()),
            level: Some(Level::Error),
            ..LogQuery::function(function.name.namespace(), function.name.name())
        };
        let page = self.logs.query(query.tail(REASONS)).await.ok()?;
        let lines: Vec<&str> = page.lines.iter().map(|line| &*line.text).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// Logs and counts a call that its function never got, because its body was over the limit.
    pub(crate) fn refuse_body(&self, function: Callee<'_>, trace: Option<&Trace>, reason: &str) {
        let tag = self.tag(trace);
        CallLog { logs: &self.logs, function, tag }.over_body_limit(reason);
    }

    /// Warns the author of a function of how it is called, as far as that does not fill the log.
    pub(crate) fn warn(&self, function: &Function, trace: Option<&Trace>, text: &str) {
        let tag = CallTag { invocation: 0, trace: id_of(trace) };
        CallLog { logs: &self.logs, function: Callee::from(function), tag }.warned(text);
    }

    /// Number and trace of an invocation, and its span, where the platform makes it.
    fn name(&self, invocation: &mut Invocation<'_>) -> (CallTag, Traced) {
        let Invocation { function, head: InvokeHead { method, .. }, trace, .. } = invocation;
        let caller = trace.take();
        let mut tag = self.tag(caller.as_ref());
        let begin = |spans: &Spans| spans.begin(function, method, caller.as_ref(), tag.invocation);
        let span = self.spans.as_ref().and_then(begin);
        let traced = Traced { caller, span };
        tag.trace = id_of(traced.trace());
        (tag, traced)
    }

    fn tag(&self, trace: Option<&Trace>) -> CallTag {
        let invocation = self.invocations.fetch_add(1, Relaxed) + 1;
        CallTag { invocation, trace: id_of(trace) }
    }
}

/// Id of a trace as tags have it: 0 is none.
fn id_of(trace: Option<&Trace>) -> u128 {
    trace.and_then(|trace| trace.id).map_or(0, TraceId::get)
}

/// Hands a call to the workers of its function.
async fn run(
    invocation: Invocation<'_>,
    tag: CallTag,
    traced: &mut Traced,
) -> Result<CallResponse, CallError> {
    let Invocation { function, head, body, deadline, .. } = invocation;
    let handle = function.handle().await?;
    if let Some(span) = &mut traced.span {
        span.of(handle.definition());
    }
    let head = InvokeHead { trace: traced.trace(), ..head };
    let request = CallRequest::new(|out| head.write(out), body).tag(tag);
    match deadline {
        None => handle.call(request).await,
        Some(deadline) => {
            let answered = tokio::time::timeout_at(deadline, handle.call(request));
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
