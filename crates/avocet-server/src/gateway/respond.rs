//! From a call's end to the HTTP response.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use avocet_functions::response::{Answer, AnswerBody};
use avocet_workers::{CallError, Chunks as _};
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use hyper::ext::ReasonPhrase;

use crate::calls::{Outcome, Streamed};
use crate::net::answers::{AnswerMemory, SMALL};
use crate::net::{Connection, Waiting};

/// The body of the gateway's answers.
pub(crate) struct GatewayBody(Kind);

enum Kind {
    /// Known; taken piece by piece, so that no more than it is kept for a caller who does not read.
    Whole(Bytes),
    /// The same, of a large one.
    Large(Bytes, #[expect(dead_code, reason = "it counts until it is dropped")] Waiting),
    /// On its way, as the function writes it.
    Streamed(Box<Sending>),
}

/// A streamed body on its connection, which is not idle before its end.
struct Sending {
    /// Bytes that came with the answer's head.
    first: Bytes,
    rest: Streamed,
    connection: Arc<Connection>,
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.connection.idle();
    }
}

impl GatewayBody {
    pub(super) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Whole(bytes.into()))
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
            Kind::Whole(bytes) | Kind::Large(bytes, _) if bytes.is_empty() => {
                return Poll::Ready(None);
            }
            Kind::Whole(bytes) | Kind::Large(bytes, _) => {
                Ok(bytes.split_to(bytes.len().min(SMALL)))
            }
            Kind::Streamed(sending) if !sending.first.is_empty() => {
                Ok(std::mem::take(&mut sending.first))
            }
            Kind::Streamed(sending) => match std::task::ready!(sending.rest.poll_chunk(cx)) {
                Some(chunk) => chunk,
                None => return Poll::Ready(None),
            },
        };
        Poll::Ready(Some(data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Kind::Whole(bytes) | Kind::Large(bytes, _) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) | Kind::Large(bytes, _) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Streamed(_) => SizeHint::default(),
        }
    }
}

/// The response for a call's outcome. A large answer has to find room in `memory`.
pub(super) fn respond(
    outcome: Outcome,
    connection: &Arc<Connection>,
    memory: &AnswerMemory,
) -> Response<GatewayBody> {
    let Outcome { answer, body, stream, .. } = outcome;
    let large = stream.is_none() && body.len() > SMALL;
    let waiting = large.then(|| connection.keep(memory, body.len()));
    if let Some(None) = waiting {
        let text = "too many large answers wait for their callers to read them; try again";
        return super::refusal(StatusCode::SERVICE_UNAVAILABLE, text.to_owned(), false);
    }
    finish(answer, || match (stream, waiting.flatten()) {
        (Some(rest), _) => {
            let connection = connection.clone();
            GatewayBody(Kind::Streamed(Box::new(Sending { first: body, rest, connection })))
        }
        (None, Some(waiting)) => GatewayBody(Kind::Large(body, waiting)),
        (None, None) => GatewayBody::whole(body),
    })
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

/// Reason phrase where hyper's own text is wrong or is none: of a status without a
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
