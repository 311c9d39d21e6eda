//! Calls by name, for whoever has no connection to answer.

use std::sync::{Arc, Weak};

use avocet_frames::Trace;
use avocet_functions::cloudevents::{self, Accepted, Mode};
use avocet_functions::model::BodyLimit;
use avocet_functions::request::{BodyError, BodyKind, check_body, streamed_body};
use avocet_functions::response::AnswerBody;
use avocet_workers::{CallBody, Chunks, Invoke, InvokeError, InvokeFuture};
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::head::InvokeHead;
use super::{Calls, Invocation, Outcome, Scope, event};
use crate::routes::{Arrivals, Callee, Function, RouteTable, WaitError, nearby};

/// Finds functions in the route table, as the gateway does, and calls them.
pub(crate) struct ByName {
    /// Weak: functions in the table hold workers, whose host services may hold this.
    routes: Weak<RouteTable>,
    arrivals: Weak<Arrivals>,
    calls: Arc<Calls>,
}

/// The same while a call runs.
struct Caller {
    routes: Arc<RouteTable>,
    arrivals: Arc<Arrivals>,
    calls: Arc<Calls>,
}

impl std::fmt::Debug for ByName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ByName").finish_non_exhaustive()
    }
}

impl Invoke for ByName {
    fn invoke(&self, invocation: avocet_workers::Invocation) -> InvokeFuture {
        let caller = self.caller();
        Box::pin(async move { caller.ok_or(InvokeError::Ended)?.call(invocation, None).await })
    }
}

impl ByName {
    pub(crate) fn new(
        routes: &Arc<RouteTable>,
        arrivals: &Arc<Arrivals>,
        calls: &Arc<Calls>,
    ) -> Self {
        let (routes, arrivals) = (Arc::downgrade(routes), Arc::downgrade(arrivals));
        Self { routes, arrivals, calls: calls.clone() }
    }

    /// As [`Invoke::invoke`], with an account of what the invocation does.
    pub(crate) async fn invoke_in(
        &self,
        scope: &Arc<Scope>,
        invocation: avocet_workers::Invocation,
    ) -> Result<avocet_workers::Outcome, InvokeError> {
        let caller = self.caller().ok_or(InvokeError::Ended)?;
        caller.call(invocation, Some(scope)).await
    }

    fn caller(&self) -> Option<Caller> {
        let (routes, arrivals) = (self.routes.upgrade()?, self.arrivals.upgrade()?);
        Some(Caller { routes, arrivals, calls: self.calls.clone() })
    }
}

impl Caller {
    async fn call(
        &self,
        invocation: avocet_workers::Invocation,
        scope: Option<&Arc<Scope>>,
    ) -> Result<avocet_workers::Outcome, InvokeError> {
        let avocet_workers::Invocation {
            namespace,
            name,
            method,
            url,
            mut headers,
            body,
            deadline,
            trace,
        } = invocation;
        let function = self.find(&namespace, &name, deadline).await?;
        headers.remove(CONTENT_LENGTH);
        if !body.is_empty() {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        let (kind, accepted) = self.accept(&function, &headers, trace.as_ref(), &body)?;
        let replaced = accepted.replaced();
        let body = accepted.body.clone().map_or(body, Bytes::from);
        let body = match kind {
            BodyKind::Stream => CallBody::arrived(body),
            _ => CallBody::Whole(body),
        };
        let head = InvokeHead {
            method: &method,
            url: &url,
            headers: &headers,
            replaced: &replaced,
            body: kind,
            ip: None,
            trace: None,
            subject: None,
        };
        let invocation = Invocation { function: &function, head, body, deadline, trace, scope };
        Ok(self.calls.call(invocation).await.into())
    }

    /// The function, once it is deployed.
    async fn find(
        &self,
        namespace: &str,
        name: &str,
        deadline: Option<tokio::time::Instant>,
    ) -> Result<Arc<Function>, InvokeError> {
        let key = format!("{namespace}/{name}");
        if let Some(function) = self.routes.function(&key) {
            return Ok(function);
        }
        let waited = self.arrives(&key);
        let waited = match deadline {
            None => waited.await,
            Some(deadline) => {
                tokio::time::timeout_at(deadline, waited).await.unwrap_or(Err(WaitError::TimedOut))
            }
        };
        waited.map_err(|why| InvokeError::Arriving { name: key.clone(), why: why.to_string() })?;
        let missing = || InvokeError::NotFound(nearby(&self.routes.load(), namespace, name));
        self.routes.function(&key).ok_or_else(missing)
    }

    async fn arrives(&self, key: &str) -> Result<(), WaitError> {
        self.arrivals.until_announced().await?;
        let arriving = self.routes.load().arriving(key).cloned();
        match arriving {
            Some(arriving) => arriving.settled().await,
            None => Ok(()),
        }
    }

    /// Kind of the body, where the function takes the request.
    fn accept(
        &self,
        function: &Function,
        headers: &HeaderMap,
        trace: Option<&Trace>,
        body: &Bytes,
    ) -> Result<(BodyKind, Accepted), InvokeError> {
        let invalid = |status, why: String| InvokeError::Invalid { status, why };
        let BodyLimit::Bytes(limit) = function.body_limit else {
            event::check_streamed(headers).map_err(|(status, why)| invalid(status, why))?;
            return Ok((streamed_body(headers), Accepted::default()));
        };
        let kind = check_body(headers, limit).map_err(|error| {
            if matches!(error, BodyError::TooLarge { .. }) {
                self.calls.refuse_body(Callee::from(function), trace, &error.to_string());
            }
            invalid(error.status(), error.to_string())
        })?;
        let mode = cloudevents::call_mode(headers);
        if mode == Ok(Mode::Batch) {
            let why = "a batch of events is one invocation for each of them".to_owned();
            return Err(invalid(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
        }
        let accepted = mode.and_then(|mode| cloudevents::accept(mode, headers, body));
        let accepted = accepted.map_err(|error| invalid(error.status(), error.to_string()))?;
        if let Some(warning) = &accepted.warning {
            self.calls.warn(function, trace, warning);
        }
        Ok((kind, accepted))
    }
}

impl From<Outcome> for avocet_workers::Outcome {
    fn from(outcome: Outcome) -> Self {
        let Outcome { answer, body, stream, failure, .. } = outcome;
        let (body, rest) = match answer.body {
            AnswerBody::Empty => (Bytes::new(), None),
            AnswerBody::Text(text) => (text.into(), None),
            AnswerBody::Guest => (body, stream),
        };
        let rest = rest.map(|rest| Box::new(rest) as Box<dyn Chunks>);
        Self { status: answer.status, headers: answer.headers, body, rest, failure }
    }
}
