//! Calls of functions that read their request's body while it arrives.

use std::sync::Arc;

use avocet_functions::request::{BodyKind, streamed_body};
use avocet_workers::CallBody;
use bytes::Bytes;
use http::Response;
use http::header::EXPECT;
use http::request::Parts;
use hyper::body::Incoming;

use super::{Call, Gateway, GatewayBody, observed, refusal};
use crate::calls::event;
use crate::net::Connection;
use crate::net::body;
use crate::net::upload::Upload;
use crate::routes::Found;

impl Gateway {
    /// A call whose function reads the body as it comes, in the bytes that the caller sent.
    pub(super) async fn streamed(
        &self,
        parts: &Parts,
        found: &Found<'_>,
        body: Incoming,
        connection: &Arc<Connection>,
    ) -> Response<GatewayBody> {
        let expects_continue = parts.headers.contains_key(EXPECT);
        let cors = found.function.cors;
        if let Err((status, why)) = event::check_streamed(&parts.headers) {
            body::refuse(body, expects_continue);
            return refusal(status, why, cors);
        }
        let kind = streamed_body(&parts.headers);
        let body = match kind {
            BodyKind::Stream => {
                match Upload::new(body, expects_continue, self.read_bytes, &self.body_memory) {
                    Ok(upload) => CallBody::Arriving(Box::new(upload)),
                    Err(busy) => {
                        let (status, text) = busy.describe();
                        return refusal(status, text, cors);
                    }
                }
            }
            _ => CallBody::Whole(Bytes::new()),
        };
        let call = Call { parts, found, ip: connection.ip() };
        let start = self.observer.as_ref().map(|_| observed::start(&found.function));
        let outcome = self.calls.call(call.invocation(kind, &[], body)).await;
        self.respond(outcome, &found.function, start, connection)
    }
}
