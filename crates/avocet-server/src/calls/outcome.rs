//! Outcomes of invocations.

use std::sync::Arc;
use std::task::{Context, Poll};

use avocet_backplane::LogStore;
use avocet_functions::response::{Answer, Cors, Failure, FailureKind, answer};
use avocet_workers::{BodyStream, CallError, CallResponse, CallTag, Chunks};
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use super::log::CallLog;
use super::span::CallSpan;
use crate::log_lines::invocation_text;
use crate::routes::{Callee, Function};

/// Answer of an invocation: the function's, or the one of the return table where the platform ended
/// the call. It has been counted and logged.
pub(crate) struct Outcome {
    pub answer: Answer,
    /// Bytes of the function's answer, or their beginning.
    pub body: Bytes,
    /// Rest of a body that the function streams. Dropping it before its end cancels the call.
    pub stream: Option<Streamed>,
    /// Reason for which the platform ended the call, where it did.
    pub failure: Option<FailureKind>,
    /// Number and trace of the invocation.
    tag: CallTag,
}

/// Rest of a streamed body, with everything that lasts as long as it.
pub(crate) struct Streamed {
    rest: BodyStream,
    /// A revision that was replaced lives until its last answer is complete.
    function: Arc<Function>,
    logs: Arc<dyn LogStore>,
    tag: CallTag,
    /// Ends with the body's last byte.
    _span: Option<Box<CallSpan>>,
}

impl Outcome {
    /// Applies the return table to a call's result, and writes the function's log and the span.
    pub(super) fn new(
        function: &Arc<Function>,
        logs: &Arc<dyn LogStore>,
        tag: CallTag,
        result: Result<CallResponse, CallError>,
        mut span: Option<Box<CallSpan>>,
    ) -> Self {
        let log = CallLog { logs, function: Callee::from(&**function), tag };
        let cors = Cors::from(function.cors);
        let (answer, body, stream, failure) = match result {
            Ok(CallResponse { head, body, stream }) => {
                let length = stream.is_none().then_some(body.len());
                let answer = answer(&head, length, cors);
                log.answered(&answer);
                (answer, body, stream, None)
            }
            Err(error) => {
                log.failed(&error);
                let kind = error.kind;
                (failed(error, cors), Bytes::new(), None, Some(kind))
            }
        };
        if let Some(span) = &mut span {
            span.answered(answer.status);
        }
        let stream = stream.map(|rest| Streamed {
            rest,
            function: function.clone(),
            logs: logs.clone(),
            tag,
            _span: span,
        });
        Self { answer, body, stream, failure, tag }
    }

    /// Number of the invocation as its log lines have it.
    pub(crate) fn id(&self) -> Option<String> {
        invocation_text(&self.tag)
    }

    /// 408 and 5xx count as failures of the function.
    pub(crate) fn is_failure(&self) -> bool {
        let status = self.answer.status;
        status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT
    }
}

impl Chunks for Streamed {
    /// Also logs an error.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, CallError>>> {
        let chunk = std::task::ready!(self.rest.poll_chunk(cx));
        if let Some(Err(error)) = &chunk {
            let Self { logs, function, tag, .. } = self;
            CallLog { logs, function: Callee::from(&**function), tag: *tag }.failed(error);
        }
        Poll::Ready(chunk)
    }
}

fn failed(error: CallError, cors: Cors) -> Answer {
    // Which process ended, and of what, is for the log.
    let shown = error.kind != FailureKind::Crashed;
    let message = if shown { error.message } else { String::new() };
    let mut answer = Answer::failure(&Failure { kind: error.kind, message }, cors);
    if let Some(after) = error.retry_after {
        // Whole seconds, and never 0: that would mean at once.
        let seconds = after.as_secs_f64().ceil().max(1.0) as u64;
        answer.headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer
}
