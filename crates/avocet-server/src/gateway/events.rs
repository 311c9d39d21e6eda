//! CloudEvents on their way to a function.

use std::borrow::Cow;
use std::pin::Pin;
use std::task::Poll;

use avocet_functions::cloudevents::{Accepted, STRUCTURED, accept_batch};
use avocet_functions::request::BodyKind;
use avocet_functions::response::Answer;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;

use super::respond::own;
use super::{Call, Gateway, GatewayBody, add_cors, refusal};
use crate::calls::Outcome;
use crate::calls::trace::trace_of;

/// Events of one batch that are with the function at the same time.
const AT_ONCE: usize = 16;

/// Outcome of one event of a batch.
#[derive(Debug, Serialize)]
struct Delivered {
    id: String,
    status: u16,
}

impl Gateway {
    /// Calls the function with what came, or with the event that it is taken for.
    pub(super) async fn event(
        &self,
        call: &Call<'_>,
        kind: BodyKind,
        body: Bytes,
        accepted: &Accepted,
    ) -> Outcome {
        if let Some(warning) = &accepted.warning {
            let trace = trace_of(&call.parts.headers);
            self.calls.warn(&call.found.function, trace.as_ref(), warning);
        }
        let replaced = accepted.replaced();
        let body = accepted.body.clone().map_or(body, Bytes::from);
        self.calls.call(call.invocation(kind, &replaced, body)).await
    }

    /// Gives the function each event of a batch on its own. The answer is a JSON array with id and
    /// status of each, in the batch's order; its own status is the highest of them, so that a
    /// sender that only looks at that sends again what failed.
    pub(super) async fn batch(&self, call: &Call<'_>, body: Bytes) -> Response<GatewayBody> {
        let cors = call.found.function.cors;
        let events = match accept_batch(&body) {
            Ok(events) => events,
            Err(error) => return refusal(error.status(), error.to_string(), cors),
        };
        let mut delivered = Vec::with_capacity(events.len());
        for round in events.chunks(AT_ONCE) {
            let raw = |raw: &Cow<'_, str>| match raw {
                Cow::Borrowed(raw) => body.slice_ref(raw.as_bytes()),
                Cow::Owned(raw) => Bytes::copy_from_slice(raw.as_bytes()),
            };
            for warning in round.iter().filter_map(|event| event.warning.as_deref()) {
                self.calls.warn(
                    &call.found.function,
                    trace_of(&call.parts.headers).as_ref(),
                    warning,
                );
            }
            let calls = round.iter().map(|event| self.deliver(call, raw(&event.raw)));
            let statuses = all(calls).await;
            delivered.extend(round.iter().zip(statuses).map(|(event, status)| Delivered {
                id: event.id.clone(),
                status: status.as_u16(),
            }));
        }
        let highest = delivered.iter().map(|event| event.status).max();
        let status = highest.and_then(|status| StatusCode::from_u16(status).ok());
        // Texts and numbers always have a JSON form.
        let text = serde_json::to_string(&delivered).unwrap_or_default();
        let mut response = own(Answer::text(status.unwrap_or(StatusCode::OK), text));
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, json);
        add_cors(&mut response, cors);
        response
    }

    /// One event of a batch, as if it had come alone. Of what the function answers, only the
    /// status counts.
    async fn deliver(&self, call: &Call<'_>, event: Bytes) -> StatusCode {
        let length = event.len().to_string();
        let replaced: [(HeaderName, &str); 2] =
            [(CONTENT_TYPE, STRUCTURED), (CONTENT_LENGTH, &length)];
        let invocation = call.invocation(BodyKind::Event, &replaced, event);
        self.calls.call(invocation).await.answer.status
    }
}

/// Runs all of them at the same time; gives their results in order.
async fn all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(move |cx| {
        let mut pending = false;
        for (future, result) in &mut running {
            if result.is_none() {
                match Pin::new(future).poll(cx) {
                    Poll::Ready(value) => *result = Some(value),
                    Poll::Pending => pending = true,
                }
            }
        }
        match pending {
            true => Poll::Pending,
            false => Poll::Ready(running.iter_mut().filter_map(|(_, r)| r.take()).collect()),
        }
    })
    .await
}
