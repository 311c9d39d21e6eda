//! Reports of calls, for somebody who works on functions.

use std::sync::Arc;
use std::time::Instant;

use avocet_functions::response::AnswerBody;
use avocet_workers::Phase;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};

use super::{Gateway, GatewayBody, respond};
use crate::calls::Outcome;
use crate::calls::observer::{CallObserver, CallReport, CalledFunction, Start};
use crate::net::{Connection, shown};
use crate::routes::Function;

/// Header with a call's number, which is `invocation` in its log lines.
const CALL_ID: HeaderName = HeaderName::from_static("avocet-call-id");

/// A request that is being answered, for its report.
pub(super) struct Watched {
    method: String,
    target: String,
    began: Instant,
}

impl Watched {
    pub(super) fn new<B>(request: &Request<B>) -> Self {
        Self {
            method: request.method().to_string(),
            target: shown(request.uri()),
            began: Instant::now(),
        }
    }
}

/// The call behind a response.
#[derive(Clone)]
struct Called {
    function: Arc<Function>,
    id: String,
    start: Start,
    /// The text of the answer is the platform's own, for a failure of the function.
    failed: bool,
}

/// State of the function as its call begins.
pub(super) fn start(function: &Function) -> Start {
    let phase = function.known_handle().map(|handle| handle.state().phase);
    if phase == Some(Phase::Awake) { Start::Warm } else { Start::Cold }
}

impl Gateway {
    /// The response for a call's outcome, with the call's number where somebody looks for it.
    pub(super) fn respond(
        &self,
        outcome: Outcome,
        function: &Arc<Function>,
        start: Option<Start>,
        connection: &Arc<Connection>,
    ) -> Response<GatewayBody> {
        let failed = matches!(outcome.answer.body, AnswerBody::Text(_));
        let is_failure = outcome.is_failure();
        let id = if start.is_some() || is_failure { outcome.id() } else { None };
        let mut response = respond::respond(outcome, connection, &self.answer_memory);
        let Some(id) = id else { return response };
        if let Ok(id) = HeaderValue::try_from(&id) {
            response.headers_mut().insert(CALL_ID, id);
        }
        if let Some(start) = start {
            let failed = failed && is_failure;
            let function = function.clone();
            response.extensions_mut().insert(Called { function, id, start, failed });
        }
        response
    }

    /// Tells the observer of a response, which carries the reason of a failure then.
    pub(super) async fn report(
        &self,
        observer: &CallObserver,
        watched: Watched,
        response: &mut Response<GatewayBody>,
    ) {
        let took = watched.began.elapsed();
        let called = response.extensions_mut().remove::<Called>();
        if let Some(called) = called.as_ref().filter(|called| called.failed)
            && response.status() == StatusCode::INTERNAL_SERVER_ERROR
            && let Some(said) = self.calls.said(&called.function, &called.id).await
        {
            let text = format!("Internal server error\n\n{said}\n");
            *response.body_mut() = GatewayBody::whole(text);
            let headers = response.headers_mut();
            headers.remove(CONTENT_LENGTH);
            let plain = HeaderValue::from_static("text/plain; charset=utf-8");
            headers.insert(CONTENT_TYPE, plain);
        }
        let call = called.map(|called| CalledFunction { id: called.id, start: called.start });
        let Watched { method, target, .. } = watched;
        let status = response.status().as_u16();
        observer.tell(&CallReport { method, target, status, took, call });
    }
}
