//! The gateway: HTTP in, calls out.

pub(crate) mod access_log;
mod alone;
mod arrival;
mod events;
mod plain;
mod platform;
mod publish;
mod respond;
mod route;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use avocet_functions::cloudevents::{self, Mode};
use avocet_functions::request::{BodyError, BodyKind, Reserved, check_body, coding, preflight};
use avocet_functions::response::Answer;
use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONNECTION, EXPECT, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body as _;
use hyper::body::Incoming;

use crate::calls::head::InvokeHead;
use crate::calls::{Calls, Invocation};
use crate::life::{ByHost, Found, Function, Life};
use crate::net::body::{self, BodyMemory};
use crate::net::inflate::inflate;
use crate::net::{Connection, Serve};
pub(crate) use access_log::AccessLog;
pub(crate) use alone::Alone;
pub(crate) use platform::PROMETHEUS;
pub(crate) use respond::GatewayBody;

/// Answers callers of functions.
pub(crate) struct Gateway {
    pub life: Arc<Life>,
    pub platform_metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Longest time for a request's body.
    pub body_time: Duration,
    /// What all bodies may take together.
    pub body_memory: BodyMemory,
    pub access_log: Option<AccessLog>,
    /// What is to be deployed at first is not yet.
    pub starting: Arc<AtomicBool>,
    pub calls: Arc<Calls>,
    /// The one function that everything is for, where there is only one.
    pub alone: Option<Alone>,
}

/// A request as it is on its way to a function.
struct Call<'a> {
    parts: &'a Parts,
    found: &'a Found<'a>,
    /// The caller's address as text.
    ip: &'a str,
}

impl<'a> Call<'a> {
    /// The call with `body`. `replaced` are headers that the function sees instead of the caller's.
    fn invocation(
        &self,
        kind: BodyKind,
        replaced: &'a [(HeaderName, &'a str)],
        body: Bytes,
    ) -> Invocation<'a> {
        let Call { parts, found, ip } = *self;
        let head = InvokeHead {
            method: &parts.method,
            url: &found.url,
            headers: &parts.headers,
            replaced,
            body: kind,
            ip,
            trace: None,
        };
        Invocation { function: &found.function, head, body, deadline: None }
    }
}

impl Serve for Gateway {
    type Body = GatewayBody;

    async fn serve(
        &self,
        request: Request<Incoming>,
        connection: &Arc<Connection>,
    ) -> Response<GatewayBody> {
        let log = self.access_log.as_ref();
        let entry = log.map(|_| access_log::Entry::new(&request, connection.ip()));
        let response = self.answer(request, connection).await;
        if let (Some(log), Some(entry)) = (log, entry) {
            log(entry.line(response.status().as_u16(), response.body().size_hint().exact()));
        }
        if !response.body().is_streamed() {
            connection.idle();
        }
        response
    }
}

impl Gateway {
    async fn answer(
        &self,
        request: Request<Incoming>,
        connection: &Arc<Connection>,
    ) -> Response<GatewayBody> {
        let (parts, body) = request.into_parts();
        if let Some(fault) = route::host_fault(&parts) {
            return refusal(StatusCode::BAD_REQUEST, fault.to_owned(), true);
        }
        if let Some(alone) = &self.alone {
            return self.answer_alone(alone, &parts, body, connection).await;
        }
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        let found = match self.find(&parts, target).await {
            Ok(found) => found,
            Err(impatient) => return arrival::refusal(impatient, "the functions are", true),
        };
        match found {
            ByHost::Found(found) => self.function(&parts, &found, body, connection).await,
            ByHost::Closed { methods } => route::closed(&parts, target, &methods),
            ByHost::Free => match Reserved::of_gateway(target) {
                Some(Reserved::Publish) => self.publish(&parts, body).await,
                Some(Reserved::Healthz) if self.starting.load(Relaxed) => {
                    let text = "starting: the functions are being deployed";
                    refusal(StatusCode::SERVICE_UNAVAILABLE, text.to_owned(), false)
                }
                Some(reserved) => platform::answer(reserved, || (self.platform_metrics)()),
                None => route::nothing(&self.life.routes.load(), &parts.method, target),
            },
        }
    }

    async fn function(
        &self,
        parts: &Parts,
        found: &Found<'_>,
        body: Incoming,
        connection: &Arc<Connection>,
    ) -> Response<GatewayBody> {
        let function = &found.function;
        if parts.method == Method::OPTIONS && function.cors {
            let mut response = Response::new(GatewayBody::whole(Bytes::new()));
            *response.headers_mut() = preflight(&parts.headers);
            return response;
        }
        match Reserved::of(&found.url) {
            // A probe wants to know, and does not wait.
            Some(Reserved::Healthz) if function.arrival.is_some() => {
                return arrival::late(function);
            }
            Some(reserved) => {
                return platform::answer(reserved, || platform::metrics_of(function));
            }
            None => {}
        }
        let (kind, read, inflated) = match self.read_body(parts, function, body).await {
            Ok(read) => read,
            Err(refused) => return *refused,
        };
        let arrived = match self.arrived(parts, found).await {
            Ok(arrived) => arrived,
            Err(refused) => return *refused,
        };
        let (found, function) = match &arrived {
            Some(arrived) => (arrived, &arrived.function),
            None => (found, function),
        };
        let plain = match plain::plain(parts, kind, inflated, read.bytes.clone()).await {
            Ok(plain) => plain,
            Err(error) => return refusal(error.status(), error.to_string(), function.cors),
        };
        let (parts, body) = (plain.parts.as_ref().unwrap_or(parts), plain.body);
        let call = Call { parts, found, ip: connection.ip() };
        let mode = cloudevents::mode(&parts.headers);
        if mode == Ok(Mode::Batch) {
            return self.batch(&call, body).await;
        }
        match mode.and_then(|mode| events::check(mode, &parts.headers, &body)) {
            Ok(()) => {
                let outcome = self.calls.call(call.invocation(kind, &[], body)).await;
                respond::respond(outcome, connection)
            }
            Err(error) => refusal(error.status(), error.to_string(), function.cors),
        }
    }

    /// The body, how the function is to read it, and whether it came compressed.
    async fn read_body(
        &self,
        parts: &Parts,
        function: &Arc<Function>,
        body: Incoming,
    ) -> Result<(BodyKind, body::Read, bool), Box<Response<GatewayBody>>> {
        let expects_continue = parts.headers.contains_key(EXPECT);
        let limits =
            body::BodyLimits { bytes: function.body_bytes, time: self.body_time, expects_continue };
        let limit = function.body_bytes as u64;
        let refused = match check_body(&parts.headers, limit) {
            Ok(kind) => match self.read_inflated(&parts.headers, kind, body, limits).await {
                Ok((body, inflated)) => return Ok((kind, body, inflated)),
                Err(body::BodyError::TooLarge(_)) => {
                    let error = BodyError::TooLarge { limit };
                    self.tell_of_body(parts, function, &error);
                    refusal(error.status(), error.to_string(), function.cors)
                }
                Err(other) => {
                    let (status, text) = other.describe();
                    refusal(status, text, function.cors)
                }
            },
            Err(error) => {
                body::refuse(body, expects_continue);
                self.tell_of_body(parts, function, &error);
                refusal(error.status(), error.to_string(), function.cors)
            }
        };
        Err(Box::new(refused))
    }

    /// The body as it was before it was compressed, if it was; a part of several is left alone.
    async fn read_inflated(
        &self,
        headers: &HeaderMap,
        kind: BodyKind,
        body: Incoming,
        limits: body::BodyLimits,
    ) -> Result<(body::Read, bool), body::BodyError> {
        let memory = &self.body_memory;
        let read = body::read(body, limits, memory).await?;
        match coding(headers) {
            Ok(Some(coding)) if !matches!(kind, BodyKind::None | BodyKind::Multipart) => {
                let read = inflate(read, coding, limits.bytes, memory).await?;
                Ok((read, true))
            }
            _ => Ok((read, false)),
        }
    }

    /// The function's log learns of a body over its limit.
    fn tell_of_body(&self, parts: &Parts, function: &Arc<Function>, error: &BodyError) {
        if matches!(error, BodyError::TooLarge { .. }) {
            self.calls.refuse_body(function, &parts.headers, &error.to_string());
        }
    }
}

/// A line of text with a status. What is left of a request that was not read ends the connection.
fn refusal(status: StatusCode, text: String, cors: bool) -> Response<GatewayBody> {
    let mut response = respond::own(Answer::text(status, text));
    add_cors(&mut response, cors);
    match status {
        StatusCode::REQUEST_TIMEOUT => {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    response
}

fn add_cors(response: &mut Response<GatewayBody>, cors: bool) {
    if cors {
        let any = HeaderValue::from_static("*");
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, any);
    }
}
