//! The gateway: HTTP in, calls out.

pub(crate) mod access_log;
mod alone;
mod arrival;
mod asynchronous;
mod cluster;
mod events;
mod observed;
mod plain;
mod platform;
mod publish;
mod respond;
mod route;
mod streamed;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use avocet_functions::cloudevents::{self, Mode};
use avocet_functions::model::BodyLimit;
use avocet_functions::request::{BodyError, BodyKind, Reserved, check_body, coding, preflight};
use avocet_functions::response::Answer;
use avocet_workers::CallBody;
use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONNECTION, EXPECT, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body as _;
use hyper::body::Incoming;

use crate::calls::head::InvokeHead;
use crate::calls::observer::CallObserver;
use crate::calls::trace::trace_of;
use crate::calls::{Calls, Invocation};
use crate::delivery::Bus;
use crate::net::answers::AnswerMemory;
use crate::net::body::{self, BodyMemory};
use crate::net::inflate::inflate;
use crate::net::{self, Connection, Serve};
use crate::results::Results;
use crate::routes::{Arrivals, Arriving, Callee, Found, Lookup, RouteTable};
pub(crate) use access_log::AccessLog;
pub(crate) use alone::Alone;
use arrival::Target;
pub(crate) use cluster::Cluster;
pub(crate) use platform::PROMETHEUS;
pub(crate) use respond::GatewayBody;

/// Answers callers of functions.
pub(crate) struct Gateway {
    pub serves: Serves,
    pub calls: Arc<Calls>,
    pub platform_metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Longest time for a request's body.
    pub body_time: Duration,
    /// Memory that all bodies share.
    pub body_memory: BodyMemory,
    /// Memory that large answers share.
    pub answer_memory: AnswerMemory,
    /// Most bytes that a connection reads at once.
    pub read_bytes: usize,
    pub access_log: Option<AccessLog>,
    /// Hears of each answer. Where there is one, answers also tell more of failures.
    pub observer: Option<CallObserver>,
}

/// Functions behind a gateway.
pub(crate) enum Serves {
    /// By host name and path.
    Routed(Routed),
    /// One, by every path.
    Alone(Alone),
}

/// Functions that are found in the route table.
pub(crate) struct Routed {
    pub routes: Arc<RouteTable>,
    pub arrivals: Arc<Arrivals>,
    /// Bus that events are published to.
    pub bus: Arc<Bus>,
    pub results: Arc<Results>,
    /// The first deploy is not over: `/healthz` says so.
    pub starting: Arc<AtomicBool>,
}

/// A request as it is on its way to a function.
struct Call<'a> {
    parts: &'a Parts,
    found: &'a Found<'a>,
    /// The caller's address as text.
    ip: &'a str,
}

/// Body of a request that its function answers.
enum Received {
    Whole(Whole),
    /// Not read: the function does that.
    Arriving(Incoming),
}

/// A body that was read.
struct Whole {
    kind: BodyKind,
    read: body::Read,
    /// Whether it came compressed.
    inflated: bool,
}

impl<'a> Call<'a> {
    /// The call with `body`. `replaced` are headers that the function sees instead of the caller's.
    fn invocation(
        &self,
        kind: BodyKind,
        replaced: &'a [(HeaderName, &'a str)],
        body: impl Into<CallBody>,
    ) -> Invocation<'a> {
        let Call { parts, found, ip } = *self;
        let head = InvokeHead {
            method: &parts.method,
            url: &found.url,
            headers: &parts.headers,
            replaced,
            body: kind,
            ip: Some(ip),
            trace: None,
            subject: None,
        };
        let trace = trace_of(&parts.headers);
        let body = body.into();
        let (function, scope) = (&found.function, None);
        Invocation { function, head, body, deadline: None, trace, scope }
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
        let watched = self.observer.as_ref().map(|_| observed::Watched::new(&request));
        let mut response = self.answer(request, connection).await;
        if let (Some(observer), Some(watched)) = (&self.observer, watched) {
            self.report(observer, watched, &mut response).await;
        }
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
        let (mut parts, body) = request.into_parts();
        net::note(&mut parts);
        if let Some(fault) = route::host_fault(&parts) {
            return refusal(StatusCode::BAD_REQUEST, fault.to_owned(), true);
        }
        match &self.serves {
            Serves::Routed(routed) => self.answer_routed(routed, &parts, body, connection).await,
            Serves::Alone(alone) => self.answer_alone(alone, &parts, body, connection).await,
        }
    }

    async fn answer_routed(
        &self,
        routed: &Routed,
        parts: &Parts,
        body: Incoming,
        connection: &Arc<Connection>,
    ) -> Response<GatewayBody> {
        let target = net::target(parts);
        if let Some(id) = asynchronous::result_id(target) {
            return asynchronous::result(&routed.results, parts, id).await;
        }
        let found = match routed.find(parts, target).await {
            Ok(Target::Now(Lookup::Found(found))) => found,
            Ok(Target::Now(other)) => return self.without(routed, other, parts, body).await,
            Ok(Target::Arriving(found)) => {
                return self.arriving(routed, parts, &found, body, connection).await;
            }
            Err(error) => return arrival::refusal(error, "the functions are", true),
        };
        let function = Callee::from(&*found.function);
        match self.before(parts, function, &found.url, body).await {
            Ok(body) => self.function(parts, &found, body, connection).await,
            Err(response) => *response,
        }
    }

    /// A request for a function that is being deployed for the first time.
    async fn arriving(
        &self,
        routed: &Routed,
        parts: &Parts,
        found: &Found<'_, Arc<Arriving>>,
        body: Incoming,
        connection: &Arc<Connection>,
    ) -> Response<GatewayBody> {
        let function = Callee::from(&*found.function);
        if Reserved::of(&found.url) == Some(Reserved::Healthz) && !is_preflight(parts, function) {
            // A probe wants to know, and does not wait.
            return arrival::late(function);
        }
        let body = match self.before(parts, function, &found.url, body).await {
            Ok(body) => body,
            Err(response) => return *response,
        };
        match routed.arrived(parts, &found.function).await {
            Ok(found) => self.function(parts, &found, body, connection).await,
            Err(response) => {
                if let Received::Arriving(body) = body {
                    body::refuse(body, parts.headers.contains_key(EXPECT));
                }
                *response
            }
        }
    }

    /// A request that is for no function.
    async fn without(
        &self,
        routed: &Routed,
        lookup: Lookup<'_>,
        parts: &Parts,
        body: Incoming,
    ) -> Response<GatewayBody> {
        let target = net::target(parts);
        if let Lookup::Closed { methods } = lookup {
            return route::closed(parts, target, &methods);
        }
        match Reserved::of_gateway(target) {
            Some(Reserved::Publish) => self.publish(&routed.bus, parts, body).await,
            Some(Reserved::Healthz) if routed.starting.load(Relaxed) => {
                let text = "starting: the functions are being deployed";
                refusal(StatusCode::SERVICE_UNAVAILABLE, text.to_owned(), false)
            }
            Some(reserved) => platform::answer(reserved, || (self.platform_metrics)()),
            None => route::nothing(&routed.routes.load(), &parts.method, target),
        }
    }

    /// The body of a request that the function itself is to answer; or the response, where the
    /// platform answers for the function.
    async fn before(
        &self,
        parts: &Parts,
        function: Callee<'_>,
        url: &str,
        body: Incoming,
    ) -> Result<Received, Box<Response<GatewayBody>>> {
        if is_preflight(parts, function) {
            let mut response = Response::new(GatewayBody::whole(Bytes::new()));
            *response.headers_mut() = preflight(&parts.headers);
            return Err(Box::new(response));
        }
        match Reserved::of(url) {
            Some(reserved) => {
                let metrics = || platform::metrics_of(function.name, function.metrics);
                Err(Box::new(platform::answer(reserved, metrics)))
            }
            None if function.body_limit == BodyLimit::Stream => Ok(Received::Arriving(body)),
            None => self.read_body(parts, function, body).await.map(Received::Whole),
        }
    }

    async fn function(
        &self,
        parts: &Parts,
        found: &Found<'_>,
        received: Received,
        connection: &Arc<Connection>,
    ) -> Response<GatewayBody> {
        let later = self.later(&parts.headers);
        let is_stream = found.function.body_limit == BodyLimit::Stream;
        let whole = match received {
            Received::Whole(whole) => whole,
            Received::Arriving(body) if is_stream && later.is_none() => {
                return self.streamed(parts, found, body, connection).await;
            }
            // It is kept, or another revision came than the one that was waited for.
            Received::Arriving(body) => {
                match self.read_body(parts, Callee::from(&*found.function), body).await {
                    Ok(whole) => whole,
                    Err(response) => return *response,
                }
            }
        };
        let Whole { kind, read, inflated } = whole;
        let plain = match plain::plain(parts, kind, inflated, read.bytes.clone()).await {
            Ok(plain) => plain,
            Err(error) => return refusal(error.status(), error.to_string(), found.function.cors),
        };
        let (parts, body) = (plain.parts.as_ref().unwrap_or(parts), plain.body);
        let call = Call { parts, found, ip: connection.ip() };
        let start = self.observer.as_ref().map(|_| observed::start(&found.function));
        let mode = cloudevents::call_mode(&parts.headers);
        if mode == Ok(Mode::Batch) {
            return self.batch(&call, body).await;
        }
        if let Some(results) = later {
            return asynchronous::accept(results, &call, body).await;
        }
        match mode.and_then(|mode| cloudevents::accept(mode, &parts.headers, &body)) {
            Ok(accepted) => {
                let outcome = self.event(&call, kind, body, &accepted).await;
                self.respond(outcome, &found.function, start, connection)
            }
            Err(error) => refusal(error.status(), error.to_string(), found.function.cors),
        }
    }

    /// Reads the body as far as the function's limit.
    async fn read_body(
        &self,
        parts: &Parts,
        function: Callee<'_>,
        body: Incoming,
    ) -> Result<Whole, Box<Response<GatewayBody>>> {
        let expects_continue = parts.headers.contains_key(EXPECT);
        let limit = match function.body_limit {
            BodyLimit::Bytes(limit) => limit,
            BodyLimit::Stream => asynchronous::STREAM_BYTES,
        };
        let bytes = usize::try_from(limit).unwrap_or(usize::MAX);
        let limits = body::BodyLimits { bytes, time: self.body_time, expects_continue };
        let refused = match check_body(&parts.headers, limit) {
            Ok(kind) => match self.read_inflated(&parts.headers, kind, body, limits).await {
                Ok((read, inflated)) => return Ok(Whole { kind, read, inflated }),
                Err(body::BodyError::TooLarge(_)) => {
                    let error = BodyError::TooLarge { limit };
                    self.log_over_limit(parts, function, &error);
                    refusal(error.status(), error.to_string(), function.cors)
                }
                Err(other) => {
                    let (status, text) = other.describe();
                    refusal(status, text, function.cors)
                }
            },
            Err(error) => {
                body::refuse(body, expects_continue);
                self.log_over_limit(parts, function, &error);
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

    /// Logs and counts a body over the function's limit.
    fn log_over_limit(&self, parts: &Parts, function: Callee<'_>, error: &BodyError) {
        if matches!(error, BodyError::TooLarge { .. }) {
            let trace = trace_of(&parts.headers);
            self.calls.refuse_body(function, trace.as_ref(), &error.to_string());
        }
    }
}

/// Whether the platform answers for the function what pages of other sites may do.
fn is_preflight(parts: &Parts, function: Callee<'_>) -> bool {
    parts.method == Method::OPTIONS && function.cors
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
