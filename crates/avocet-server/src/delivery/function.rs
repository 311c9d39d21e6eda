//! Functions as sinks.

use std::sync::{Arc, Weak};

use avocet_backplane::Event;
use avocet_delivery::Outcome;
use avocet_functions::model::FunctionName;
use avocet_workers::{Invocation, InvokeError};
use http::StatusCode;

use super::sink::{Deliver, Delivering, Ended};
use super::{Attempt, ending, message};
use crate::calls::{Account, ByName, Scope, trace};
use crate::routes::RouteTable;

/// Bytes of an answer that are taken. Nobody reads them: a longer answer is broken off and counts.
const ANSWER_BYTES: usize = 1 << 20;

/// Bytes of an answer's text that the ledger keeps where nothing else says what went wrong.
const TEXT_BYTES: usize = 256;

/// One function.
#[derive(Debug)]
pub(crate) struct FunctionSink {
    pub name: FunctionName,
    /// Path and query at which it is called.
    pub path: String,
    pub functions: Arc<Functions>,
}

/// Means to find and call functions.
pub(crate) struct Functions {
    /// Weak: functions in the table hold workers, whose host services hold the bus.
    pub routes: Weak<RouteTable>,
    pub by_name: Arc<ByName>,
}

impl std::fmt::Debug for Functions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Functions").finish_non_exhaustive()
    }
}

impl Deliver for FunctionSink {
    fn deliver(&self, event: Arc<Event>) -> Delivering {
        let (name, path) = (self.name.clone(), self.path.clone());
        let functions = self.functions.clone();
        Box::pin(async move { deliver(&functions, &name, path, &event).await })
    }

    fn is_present(&self) -> bool {
        let routes = self.functions.routes.upgrade();
        routes.is_some_and(|routes| routes.load().get(self.name.as_str()).is_some())
    }

    fn name(&self) -> String {
        self.name.to_string()
    }
}

async fn deliver(functions: &Functions, name: &FunctionName, path: String, event: &Event) -> Ended {
    let mut attempt = Attempt::begin();
    let headers = match message::headers(event) {
        Ok(headers) => headers,
        Err(error) => {
            attempt.error = Some(error.to_string());
            return Ended::new(Outcome::Rejected, Some(attempt));
        }
    };
    let traceparent = headers.get("ce-traceparent").and_then(|value| value.to_str().ok());
    let invocation = Invocation {
        url: path,
        trace: traceparent.and_then(trace::traceparent),
        headers,
        body: event.data.clone(),
        ..Invocation::new(name.namespace(), name.name())
    };
    let scope = Arc::new(Scope::default());
    let result = functions.by_name.invoke_in(&scope, invocation).await;
    let (outcome, text) = match result {
        Ok(answer) => {
            let (status, failure) = (answer.status, answer.failure);
            let outcome = match failure {
                Some(kind) => ending::of_failure(kind, &answer.headers),
                None => ending::of_status(status, &answer.headers),
            };
            attempt.status = Some(status.as_u16());
            whole(answer, outcome).await
        }
        Err(error) => refused(&error, &mut attempt),
    };
    let Account { tag, error, emitted, .. } = scope.end();
    if outcome == Outcome::Absent {
        return Ended::new(outcome, None);
    }
    attempt.end(tag);
    let is_delivered = outcome == Outcome::Delivered;
    attempt.error = if is_delivered { None } else { error.or(text) };
    Ended {
        outcome,
        attempt: Some(attempt),
        emitted: if is_delivered { emitted } else { Vec::new() },
    }
}

/// Takes the answer to its end: a function that breaks it off has failed. Gives its text, too.
async fn whole(answer: avocet_workers::Outcome, outcome: Outcome) -> (Outcome, Option<String>) {
    match answer.whole(ANSWER_BYTES).await {
        Ok(body) if outcome != Outcome::Delivered => {
            let text = String::from_utf8_lossy(&body[..body.len().min(TEXT_BYTES)]);
            (outcome, Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
        }
        Ok(_) => (outcome, None),
        Err(error) if error.kind == avocet_workers::FailureKind::Internal => (outcome, None),
        Err(error) => (Outcome::Failed { retry_after: None }, Some(error.message)),
    }
}

/// The function never got the event.
fn refused(error: &InvokeError, attempt: &mut Attempt) -> (Outcome, Option<String>) {
    let outcome = match error {
        InvokeError::NotFound(_) | InvokeError::Arriving { .. } => Outcome::Absent,
        InvokeError::Ended => Outcome::Interrupted,
        _ => Outcome::Refused { retry_after: None },
    };
    attempt.status = (error.status() != StatusCode::NOT_FOUND).then(|| error.status().as_u16());
    (outcome, Some(error.to_string()))
}
