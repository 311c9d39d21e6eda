//! From a call's end to the HTTP response.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use avocet_backplane::LogStore;
use avocet_functions::response::{
    Answer, AnswerBody, Cors, Failure, FailureKind, answer, failure_status,
};
use avocet_workers::{BodyStream, CallError, CallResponse, CallTag};
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderValue, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use hyper::ext::ReasonPhrase;

use crate::calls::log::CallLog;
use crate::calls::span::CallSpan;
use crate::life::Function;
use crate::net::Connection;

/// The body of the gateway's answers.
pub(crate) struct GatewayBody(Kind);

enum Kind {
    /// Known; taken once.
    Whole(Bytes),
    /// As the function writes it.
    Streamed(Box<Streamed>),
}

struct Streamed {
    /// What came with the answer's head.
    first: Bytes,
    rest: BodyStream,
    connection: Arc<Connection>,
    /// A revision that was replaced lives until its last answer is complete.
    function: Arc<Function>,
    logs: Arc<dyn LogStore>,
    tag: CallTag,
    /// Ends with it.
    span: Option<Box<CallSpan>>,
}

impl Streamed {
    fn log(&self) -> CallLog<'_> {
        CallLog { logs: &self.logs, function: &self.function, tag: self.tag }
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        self.connection.idle();
    }
}

impl GatewayBody {
    pub(super) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Whole(bytes.into()))
    }

    /// Keeps the invocation's span until the answer is complete.
    pub(super) fn hold(&mut self, span: Option<Box<CallSpan>>) {
        if let Kind::Streamed(streamed) = &mut self.0 {
            streamed.span = span;
        }
    }

    /// Whether the answer goes on after its head was handed over.
    pub(super) fn is_streamed(&self) -> bool {
        matches!(self.0, Kind::Streamed(_))
    }
}

impl Body for GatewayBody {
    type Data = Bytes;
    type Error = CallError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CallError>>> {
        let data = match &mut self.0 {
            Kind::Whole(bytes) if bytes.is_empty() => return Poll::Ready(None),
            Kind::Whole(bytes) => Ok(std::mem::take(bytes)),
            Kind::Streamed(streamed) if !streamed.first.is_empty() => {
                Ok(std::mem::take(&mut streamed.first))
            }
            Kind::Streamed(streamed) => match std::task::ready!(streamed.rest.poll_chunk(cx)) {
                Some(chunk) => chunk.inspect_err(|error| streamed.log().failed(error)),
                None => return Poll::Ready(None),
            },
        };
        Poll::Ready(Some(data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Kind::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Streamed(_) => SizeHint::default(),
        }
    }
}

/// The response for a call's result. What the function did not mean is told to its log.
pub(super) fn respond(
    log: CallLog<'_>,
    connection: &Arc<Connection>,
    result: Result<CallResponse, CallError>,
) -> Response<GatewayBody> {
    let cors = Cors::from(log.function.cors);
    match result {
        Ok(CallResponse { head, body, stream }) => {
            let length = stream.is_none().then_some(body.len());
            let answer = answer(&head, length, cors);
            log.answered(&answer);
            finish(answer, || match stream {
                Some(rest) => GatewayBody(Kind::Streamed(Box::new(Streamed {
                    first: body,
                    rest,
                    connection: connection.clone(),
                    function: log.function.clone(),
                    logs: log.logs.clone(),
                    tag: log.tag,
                    span: None,
                }))),
                None => GatewayBody::whole(body),
            })
        }
        Err(error) => {
            log.failed(&error);
            failed(error, cors)
        }
    }
}

/// The status that the result would be answered with; its log is told as by [`respond`].
pub(super) fn status(log: CallLog<'_>, result: &Result<CallResponse, CallError>) -> StatusCode {
    match result {
        Ok(CallResponse { head, body, stream }) => {
            let length = stream.is_none().then_some(body.len());
            let answer = answer(head, length, log.function.cors.into());
            log.answered(&answer);
            answer.status
        }
        Err(error) => {
            log.failed(error);
            failure_status(error.kind)
        }
    }
}

fn failed(error: CallError, cors: Cors) -> Response<GatewayBody> {
    // Which process ended, and of what, is for the log.
    let told = error.kind != FailureKind::Crashed;
    let message = if told { error.message } else { String::new() };
    let failure = Failure { kind: error.kind, message };
    let mut answer = Answer::failure(&failure, cors);
    if let Some(after) = error.retry_after {
        // Whole seconds, and never 0: that would mean at once.
        let seconds = after.as_secs_f64().ceil().max(1.0) as u64;
        answer.headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    finish(answer, || GatewayBody::whole(Bytes::new()))
}

/// An answer of the gateway itself.
pub(super) fn own(answer: Answer) -> Response<GatewayBody> {
    finish(answer, || GatewayBody::whole(Bytes::new()))
}

fn finish(answer: Answer, guest: impl FnOnce() -> GatewayBody) -> Response<GatewayBody> {
    let body = match answer.body {
        AnswerBody::Empty => GatewayBody::whole(Bytes::new()),
        AnswerBody::Text(text) => GatewayBody::whole(text),
        AnswerBody::Guest => guest(),
    };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    if let Some(reason) = reason(answer.status) {
        response.extensions_mut().insert(ReasonPhrase::from_static(reason.as_bytes()));
    }
    response
}

/// What the status line says where hyper's own text is wrong or is none: of a status without a
/// name, its class (RFC 9110, section 15).
fn reason(status: StatusCode) -> Option<&'static str> {
    Some(match status.as_u16() {
        203 => "Non-Authoritative Information",
        _ if status.canonical_reason().is_some() => return None,
        200..300 => "Successful",
        300..400 => "Redirection",
        400..500 => "Client Error",
        500..600 => "Server Error",
        _ => "Unknown",
    })
}
