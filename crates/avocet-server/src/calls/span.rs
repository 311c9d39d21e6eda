//! The span of an invocation, where the function's worker makes none: isolates know of spans only
//! where the function does. Processes make their own, since they can be looked into.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use avocet_frames::{SpanId, Trace, TraceId};
use avocet_functions::model::Engine;
use avocet_workers::{Definition, Span};
use bytes::Bytes;
use http::{Method, StatusCode};

use crate::routes::Function;
use crate::traces::Exporter;

/// As the other workers name it.
const SCOPE: &str = "io.kyma-project.serverless";

/// The trace of a call.
pub(super) struct Traced {
    /// As its caller's headers say.
    pub caller: Option<Trace>,
    /// The invocation's span, where the platform makes it.
    pub span: Option<Box<CallSpan>>,
}

impl Traced {
    /// Trace for the worker: the parent of its spans.
    pub(super) fn trace(&self) -> Option<&Trace> {
        self.span.as_ref().map(|span| &span.context).or(self.caller.as_ref())
    }
}

/// Exporter of the spans of invocations, and source of their ids.
pub(super) struct Spans {
    exporter: Arc<Exporter>,
    random: RandomState,
}

/// The span of one invocation. It ends when it is dropped, with the answer's last byte; where the
/// call has no answer, because its caller left, there is none.
pub(super) struct CallSpan {
    exporter: Arc<Exporter>,
    /// Context of this span: the parent of the function's own spans.
    context: Trace,
    /// The caller's.
    parent: Option<SpanId>,
    method: Method,
    begun: SystemTime,
    function: Option<Arc<Definition>>,
    status: Option<StatusCode>,
}

impl Spans {
    pub(super) fn new(exporter: Arc<Exporter>) -> Self {
        Self { exporter, random: RandomState::new() }
    }

    /// The span of the call with the number `invocation`, where its worker makes none.
    pub(super) fn begin(
        &self,
        function: &Function,
        method: &Method,
        caller: Option<&Trace>,
        invocation: u64,
    ) -> Option<Box<CallSpan>> {
        if function.runtime.engine() != Engine::V8 {
            return None;
        }
        let random = |place: u8| self.random.hash_one((invocation, place));
        let caller = caller.cloned().unwrap_or_default();
        let new = || TraceId::new(u128::from(random(0)) << 64 | u128::from(random(1).max(1)));
        Some(Box::new(CallSpan {
            exporter: self.exporter.clone(),
            parent: caller.span,
            context: Trace {
                id: caller.id.or_else(new),
                span: SpanId::new(random(2).max(1)),
                sampled: Some(caller.sampled.unwrap_or(true)),
                ..caller
            },
            method: method.clone(),
            begun: SystemTime::now(),
            function: None,
            status: None,
        }))
    }
}

impl CallSpan {
    /// The workers know the function as this.
    pub(super) fn of(&mut self, function: &Arc<Definition>) {
        self.function = Some(function.clone());
    }

    /// The answer's head is known.
    pub(super) fn answered(&mut self, status: StatusCode) {
        self.status = Some(status);
    }

    fn json(&self, function: &str, status: StatusCode) -> String {
        let nanos = |time: SystemTime| time.duration_since(UNIX_EPOCH).map_or(0, |t| t.as_nanos());
        let Self { context, method, begun, .. } = self;
        let mut out = String::from("{");
        // Writing to a String does not fail.
        if let (Some(trace), Some(span)) = (context.id, context.span) {
            let _ = write!(out, "\"traceId\":\"{trace}\",\"spanId\":\"{span}\",");
        }
        if let Some(parent) = &self.parent {
            let _ = write!(out, "\"parentSpanId\":\"{parent}\",");
        }
        if let Some(state) = &context.state {
            let _ = write!(out, "\"traceState\":{},", serde_json::Value::from(&**state));
        }
        let _ = write!(
            out,
            "\"name\":\"{method} {function}\",\"kind\":2,\"startTimeUnixNano\":\"{}\",\
             \"endTimeUnixNano\":\"{}\",\"attributes\":[{{\"key\":\"http.response.status_code\",\
             \"value\":{{\"intValue\":{}}}}}],\"status\":{},\"scope\":\"{SCOPE}\"}}",
            nanos(*begun),
            nanos(SystemTime::now()),
            status.as_u16(),
            if status.is_server_error() { "{\"code\":2}" } else { "{}" },
        );
        out
    }
}

impl Drop for CallSpan {
    fn drop(&mut self) {
        let (Some(status), Some(function)) = (self.status, self.function.take()) else { return };
        if self.context.sampled == Some(true) {
            let json = Bytes::from(self.json(&function.load().name, status));
            self.exporter.push(Span { function, tag: None, json });
        }
    }
}
