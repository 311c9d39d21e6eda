//! `POST /publish`: events for the bus.

use avocet_functions::cloudevents::{EventError, Mode, mode};
use avocet_functions::request::BodyKind;
use avocet_functions::response::Answer;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, EXPECT, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use hyper::body::Incoming;
use serde::Serialize;
use serde_json::value::RawValue;

use super::respond::own;
use super::{Gateway, GatewayBody};
use crate::delivery::Bus;
use crate::delivery::accept::{self, Refusal};
use crate::net::body;

/// Largest batch in bytes, unless the limit for one event is larger.
const BATCH_BYTES: usize = 16 << 20;

/// Most events of a batch.
const BATCH_EVENTS: usize = 10_000;

/// Results of a batch.
#[derive(Debug, Serialize)]
struct Results {
    results: Vec<Result>,
}

/// Result of one event of a batch.
#[derive(Debug, Serialize)]
struct Result {
    id: String,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Status and reason of a request that is answered without having been taken.
struct Wrong(StatusCode, String);

impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.status(), refusal.to_string())
    }
}

impl From<EventError> for Wrong {
    fn from(error: EventError) -> Self {
        Self(error.status(), error.to_string())
    }
}

impl From<avocet_backplane::Error> for Wrong {
    fn from(error: avocet_backplane::Error) -> Self {
        Self(accept::status_of(&error), format!("the event was not accepted: {error}"))
    }
}

impl Gateway {
    /// Answers when the events are durable: one with 204, a batch with a result for each.
    pub(super) async fn publish(
        &self,
        bus: &Bus,
        parts: &Parts,
        incoming: Incoming,
    ) -> Response<GatewayBody> {
        if parts.method != Method::POST {
            let text = "events are published with POST";
            let mut response = problem(StatusCode::METHOD_NOT_ALLOWED, text.to_owned());
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            return response;
        }
        match self.take(bus, parts, incoming).await {
            Ok(response) => response,
            Err(Wrong(status, text)) => problem(status, text),
        }
    }

    async fn take(
        &self,
        bus: &Bus,
        parts: &Parts,
        incoming: Incoming,
    ) -> std::result::Result<Response<GatewayBody>, Wrong> {
        let expects_continue = parts.headers.contains_key(EXPECT);
        let mode = match mode(&parts.headers) {
            Ok(Mode::None) => {
                body::refuse(incoming, expects_continue);
                let text = "this is no CloudEvent: it has neither ce- headers nor the content type \
                            application/cloudevents+json";
                return Err(Wrong(StatusCode::BAD_REQUEST, text.to_owned()));
            }
            Ok(mode) => mode,
            Err(error) => {
                body::refuse(incoming, expects_continue);
                return Err(error.into());
            }
        };
        let bytes = match mode {
            Mode::Batch => BATCH_BYTES.max(bus.limit()),
            _ => bus.limit(),
        };
        let limits = body::BodyLimits { bytes, time: self.body_time, expects_continue };
        // The kind matters to bodies of several parts alone.
        let read = self.read_inflated(&parts.headers, BodyKind::Binary, incoming, limits).await;
        let body = match read {
            Ok((read, _)) => read.bytes,
            Err(body::BodyError::TooLarge(_)) => {
                let text = format!("the body has more than {bytes} bytes (--event-limit)");
                return Err(Wrong(StatusCode::PAYLOAD_TOO_LARGE, text));
            }
            Err(error) => {
                let (status, text) = error.describe();
                return Err(Wrong(status, text));
            }
        };
        let event = match mode {
            Mode::Batch => return batch(bus, &body).await,
            Mode::Structured => accept::structured(&body, bus.limit())?,
            _ => accept::binary(&parts.headers, &body)?,
        };
        bus.publish(vec![event]).await?;
        let mut response = Response::new(GatewayBody::whole(Bytes::new()));
        *response.status_mut() = StatusCode::NO_CONTENT;
        Ok(response)
    }
}

/// Publishes the good events of a batch, all or none of them.
async fn batch(bus: &Bus, body: &Bytes) -> std::result::Result<Response<GatewayBody>, Wrong> {
    let members: Vec<&RawValue> = match serde_json::from_slice(body) {
        Ok(members) => members,
        Err(_) => {
            let error = avocet_functions::cloudevents::batch(body).err();
            return Err(error.unwrap_or(EventError::NotArray).into());
        }
    };
    if members.len() > BATCH_EVENTS {
        let text =
            format!("a batch has {BATCH_EVENTS} events at most; this one has {}", members.len());
        return Err(Wrong(StatusCode::PAYLOAD_TOO_LARGE, text));
    }
    let mut events = Vec::with_capacity(members.len());
    let mut results = Vec::with_capacity(members.len());
    for member in members {
        match accept::structured(&body.slice_ref(member.get().as_bytes()), bus.limit()) {
            Ok(event) => {
                results.push(Result { id: event.id.clone(), status: 204, error: None });
                events.push(event);
            }
            Err(refusal) => results.push(Result {
                id: id_of(member),
                status: refusal.status().as_u16(),
                error: Some(refusal.to_string()),
            }),
        }
    }
    bus.publish(events).await?;
    // Texts and numbers always have a JSON form.
    let text = serde_json::to_string(&Results { results }).unwrap_or_default();
    let mut response = own(Answer::text(StatusCode::OK, text));
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Ok(response)
}

/// The id of an event that is wrong otherwise; empty where it has none.
fn id_of(member: &RawValue) -> String {
    let value: serde_json::Value = serde_json::from_str(member.get()).unwrap_or_default();
    value.get("id").and_then(|id| id.as_str()).unwrap_or_default().to_owned()
}

/// An error, as the admin API has them (RFC 9457).
fn problem(status: StatusCode, detail: String) -> Response<GatewayBody> {
    let problem = avocet_api::Problem {
        title: status.canonical_reason().unwrap_or("Error").to_owned(),
        status: status.as_u16(),
        detail,
        diagnostics: Vec::new(),
    };
    let text = serde_json::to_string(&problem).unwrap_or_default();
    let mut response = own(Answer::text(status, text));
    let kind = HeaderValue::from_static(avocet_api::Problem::MEDIA_TYPE);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::INSUFFICIENT_STORAGE) {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
