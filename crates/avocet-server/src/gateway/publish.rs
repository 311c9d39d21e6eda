//! `POST /publish`: an event for the bus.

use avocet_functions::cloudevents::{Mode, batch, mode};
use avocet_functions::response::Answer;
use http::header::{ALLOW, EXPECT};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use hyper::body::Incoming;

use super::respond::own;
use super::{Gateway, GatewayBody, refusal};
use crate::calls::event;
use crate::net::body;

/// Largest event, or batch of events, in bytes.
const LIMIT: usize = 1024 * 1024;

impl Gateway {
    /// There is no bus yet: an event is checked, so that a publisher learns what is wrong with it,
    /// and then refused, so that no one takes it for delivered.
    pub(super) async fn publish(&self, parts: &Parts, incoming: Incoming) -> Response<GatewayBody> {
        if parts.method != Method::POST {
            let text = "events are published with POST";
            let mut response = own(Answer::text(StatusCode::METHOD_NOT_ALLOWED, text));
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            return response;
        }
        let expects_continue = parts.headers.contains_key(EXPECT);
        let limits = body::BodyLimits { bytes: LIMIT, time: self.body_time, expects_continue };
        let body = match body::read(incoming, limits, &self.body_memory).await {
            Ok(read) => read.bytes,
            Err(error) => {
                let (status, text) = error.describe();
                return refusal(status, text, false);
            }
        };
        let checked = match mode(&parts.headers) {
            Ok(Mode::None) => {
                let text = "this is no CloudEvent: it has neither ce- headers nor the content type \
                            application/cloudevents+json";
                return refusal(StatusCode::BAD_REQUEST, text.to_owned(), false);
            }
            Ok(Mode::Batch) => batch(&body).map(drop),
            Ok(mode) => event::check(mode, &parts.headers, &body),
            Err(error) => Err(error),
        };
        match checked {
            Err(error) => refusal(error.status(), error.to_string(), false),
            Ok(()) => {
                let text = "the event is valid, and was not accepted: this platform has no event bus \
                            yet; call a function directly at /NAMESPACE/FUNCTION";
                refusal(StatusCode::NOT_IMPLEMENTED, text.to_owned(), false)
            }
        }
    }
}
