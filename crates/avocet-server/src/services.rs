//! Host services of functions: so far, publishing events.

use std::sync::Arc;
use std::time::Duration;

use avocet_frames::Trace;
use avocet_frames::head::{Asked, Operation, TraceContext};
use avocet_workers::{HostAnswer, HostFuture, HostRequest, HostServices};
use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use tokio::sync::Semaphore;

use crate::calls::{NotKept, Scopes};
use crate::delivery::{Bus, accept};
use crate::neighbours::Neighbours;
use crate::outbound::{Target, connect};

/// Variable of a function's environment, and of the platform's own, that names the publisher.
pub(crate) const ADDRESS: &str = "PUBLISHER_PROXY_ADDRESS";

/// Publishes that are on their way at the same time.
const IN_FLIGHT: usize = 256;

/// Longest time for one, and largest answer that is read.
const TIME: Duration = Duration::from_secs(10);
const ANSWER_BYTES: usize = 64 * 1024;

/// The services of this platform.
#[derive(Debug)]
pub(crate) struct Services {
    publisher: Option<String>,
    /// Events may go to functions of the same platform.
    neighbours: Neighbours,
    /// Bus of the events that have no other publisher.
    bus: Option<OwnBus>,
    places: Arc<Semaphore>,
}

/// The platform's own event bus.
#[derive(Debug, Clone)]
pub(crate) struct OwnBus {
    pub bus: Arc<Bus>,
    /// Accounts of the invocations whose events become durable with their own end.
    pub scopes: Arc<Scopes>,
}

impl Services {
    /// `publisher` is where events go of functions that name none themselves; where there is none they
    /// go to `bus`.
    pub(crate) fn new(
        publisher: Option<String>,
        neighbours: Neighbours,
        bus: Option<OwnBus>,
    ) -> Self {
        let places = Arc::new(Semaphore::new(IN_FLIGHT));
        Self { publisher, neighbours, bus, places }
    }
}

impl OwnBus {
    /// Takes an event of a function: at once, or with the end of the invocation that handles an event.
    async fn take(self, request: HostRequest) -> HostAnswer {
        let limit = self.bus.limit();
        let mut event = match accept::structured(&request.body, limit) {
            Ok(event) => event,
            Err(refusal) => {
                return HostAnswer::error(refusal.status().as_u16(), refusal.to_string());
            }
        };
        accept::in_trace(&mut event, &request.trace);
        let event = match self.scopes.of(request.tag).map(|scope| scope.emit(event.clone())) {
            None => event,
            Some(Ok(())) => return taken(),
            Some(Err(NotKept::Ended(event))) => *event,
            Some(Err(NotKept::TooMuch(why))) => return HostAnswer::error(413, why),
        };
        match self.bus.publish(vec![event]).await {
            Ok(_) => taken(),
            Err(error) => HostAnswer::error(accept::status_of(&error).as_u16(), error.to_string()),
        }
    }
}

fn taken() -> HostAnswer {
    HostAnswer { status: 204, error: None, value: None, body: Bytes::new() }
}

impl HostServices for Services {
    fn call(&self, request: HostRequest) -> HostFuture {
        match &request.asked {
            Asked::Known(Operation::PublishEvent) => {}
            Asked::Known(_) => {
                let message = "this platform has no stores for functions";
                return Box::pin(std::future::ready(HostAnswer::error(501, message)));
            }
            Asked::Unknown { op } => {
                let message = format!("this platform has no service {op:?} with these arguments");
                return Box::pin(std::future::ready(HostAnswer::error(501, message)));
            }
        }
        let own = request.function.load().env.get(ADDRESS).filter(|address| !address.is_empty());
        let address = own.cloned().or_else(|| self.publisher.clone());
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            let message = format!("{IN_FLIGHT} events are on their way already; try again");
            return Box::pin(std::future::ready(HostAnswer::error(429, message)));
        };
        let (neighbours, bus) = (self.neighbours.clone(), self.bus.clone());
        Box::pin(async move {
            let _place = place;
            let address = match (address, bus) {
                (Some(address), _) => address,
                (None, Some(bus)) => return bus.take(request).await,
                (None, None) => {
                    let message = format!(
                        "the event was not published: {ADDRESS} is not set and this platform has \
                         no event bus of its own"
                    );
                    return HostAnswer::error(501, message);
                }
            };
            match tokio::time::timeout(
                TIME,
                publish(&neighbours, &address, request.body, &request.trace),
            )
            .await
            {
                Ok(Ok(answer)) => answer,
                Ok(Err(why)) => HostAnswer::error(502, format!("{address} {why}")),
                Err(_) => {
                    let message = format!("{address} did not answer within {TIME:?}");
                    HostAnswer::error(504, message)
                }
            }
        })
    }
}

/// The headers by which a trace goes on: W3C's, and B3 for those who know only that.
fn trace_headers(trace: &TraceContext) -> Vec<(&'static str, String)> {
    let TraceContext { traceparent, tracestate, baggage } = trace;
    let mut headers = Vec::new();
    let read = traceparent.as_deref().and_then(crate::calls::trace::traceparent);
    if let Some(Trace { id: Some(id), span: Some(span), sampled, .. }) = read {
        let sampled = u8::from(sampled == Some(true));
        headers.push(("traceparent", format!("00-{id}-{span}-{sampled:02}")));
        headers.push(("x-b3-traceid", id.to_string()));
        headers.push(("x-b3-spanid", span.to_string()));
        headers.push(("x-b3-sampled", sampled.to_string()));
    }
    headers.extend(tracestate.iter().map(|state| ("tracestate", state.clone())));
    headers.extend(baggage.iter().map(|baggage| ("baggage", baggage.clone())));
    headers.retain(|(_, value)| http::HeaderValue::from_str(value).is_ok());
    headers
}

/// Posts a structured CloudEvent.
async fn publish(
    neighbours: &Neighbours,
    address: &str,
    event: Bytes,
    trace: &TraceContext,
) -> Result<HostAnswer, String> {
    let uri: Uri = address.parse().map_err(|e| format!("is not a URL: {e}"))?;
    let target = Target::of(&uri).map_err(|why| why.to_string())?;
    let lost = |e: &dyn std::fmt::Display| format!("cannot be reached: {e}");
    let stream = connect(&target, neighbours).await.map_err(|e| lost(&e))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| lost(&e))?;
    // It ends with `sender`; what goes wrong in it is told to the request too.
    let connection = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::post(path)
        .header(http::header::HOST, &target.authority)
        .header(http::header::CONTENT_TYPE, "application/cloudevents+json; charset=utf-8");
    let request = trace_headers(trace)
        .into_iter()
        .fold(request, |request, (name, value)| request.header(name, value))
        .body(Full::new(event))
        .map_err(|e| lost(&e))?;
    let answer = sender.send_request(request).await.map_err(|e| lost(&e))?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), ANSWER_BYTES).collect().await;
    connection.abort();
    let body = body.map_err(|e| format!("broke off its answer: {e}"))?.to_bytes();
    Ok(HostAnswer { status, error: None, value: None, body })
}
