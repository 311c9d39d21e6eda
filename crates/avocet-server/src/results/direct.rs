//! A function as the sink of its calls, and of events that somebody sends to it.

use std::sync::Arc;
use std::time::Duration;

use avocet_backplane::{Event, EventLog, NewEvent};
use avocet_delivery::Outcome;
use avocet_functions::model::FunctionName;
use avocet_workers::{FailureKind, InvokeError};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::{ANSWER, CALL, StoredAnswer, StoredCall};
use crate::calls::{Account, Scope};
use crate::delivery::{Attempt, Deliver, Delivering, Ended, FunctionSink, Functions, ending};

/// Bytes of an answer that are kept; instead of a longer one its caller gets an error.
const ANSWER_BYTES: usize = 8 << 20;

/// Bytes of an answer's text that the ledger keeps where nothing else says what went wrong.
const TEXT_BYTES: usize = 256;

/// Pause after an answer could not be stored.
const LOG_PAUSE: Duration = Duration::from_secs(1);

/// One function.
#[derive(Debug)]
pub(super) struct Direct {
    sink: FunctionSink,
    log: Log,
}

/// The log, where answers are kept.
#[derive(Clone)]
struct Log(Arc<dyn EventLog>);

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").finish_non_exhaustive()
    }
}

impl Direct {
    pub(super) fn new(
        name: FunctionName,
        functions: Arc<Functions>,
        log: Arc<dyn EventLog>,
    ) -> Self {
        let sink = FunctionSink { name, path: "/".to_owned(), functions };
        Self { sink, log: Log(log) }
    }
}

impl Deliver for Direct {
    fn deliver(&self, event: Arc<Event>) -> Delivering {
        if event.kind != CALL {
            return self.sink.deliver(event);
        }
        let (name, functions) = (self.sink.name.clone(), self.sink.functions.clone());
        let log = self.log.clone();
        Box::pin(async move { call(&name, &functions, log, &event).await })
    }

    fn is_present(&self) -> bool {
        self.sink.is_present()
    }

    fn name(&self) -> String {
        self.sink.name()
    }
}

/// Calls the function, and keeps its answer: together with the end of the call where that is a
/// success, before it otherwise, since it may be the last.
async fn call(name: &FunctionName, functions: &Functions, log: Log, event: &Event) -> Ended {
    let mut attempt = Attempt::begin();
    let Some(call) = StoredCall::read(event) else {
        attempt.error = Some("the call cannot be read".to_owned());
        return Ended::new(Outcome::Rejected, Some(attempt));
    };
    let scope = Arc::new(Scope::default());
    let invocation = call.invocation(name.namespace(), name.name());
    let result = functions.by_name.invoke_in(&scope, invocation).await;
    let (outcome, answer) = match result {
        Ok(answer) => answered(answer).await,
        Err(error) => refused(&error),
    };
    let Account { tag, error, mut emitted, .. } = scope.end();
    if matches!(outcome, Outcome::Absent | Outcome::Interrupted) {
        return Ended::new(outcome, None);
    }
    attempt.end(tag);
    attempt.status = answer.as_ref().map(|answer| answer.status.as_u16());
    let text = answer.as_ref().and_then(text_of);
    let kept = answer.map(|answer| {
        let number = uuid::Uuid::new_v4().simple().to_string();
        answer.into_event(&event.id, &number)
    });
    if outcome == Outcome::Delivered {
        emitted.extend(kept);
        return Ended { outcome, attempt: Some(attempt), emitted };
    }
    attempt.error = error.or(text);
    let stored = match kept {
        Some(kept) => log.replace(&event.id, kept).await,
        None => Ok(()),
    };
    let outcome = match stored {
        Ok(()) => outcome,
        Err(_) => Outcome::Refused { retry_after: Some(LOG_PAUSE) },
    };
    Ended::new(outcome, Some(attempt))
}

impl Log {
    /// Keeps an answer in place of those of earlier attempts.
    async fn replace(&self, id: &str, answer: NewEvent) -> avocet_backplane::Result<()> {
        let before = self.0.find(id).await?;
        let before = before.iter().filter(|event| event.kind == ANSWER);
        let positions = before.map(|event| event.position).collect();
        self.0.append(vec![answer]).await?;
        // Those that stay are older, and go with the others.
        self.0.purge(positions).await.map(drop)
    }
}

/// Answer of the function, and what follows on it: for a caller a redirect is an answer.
async fn answered(answer: avocet_workers::Outcome) -> (Outcome, Option<StoredAnswer>) {
    let (status, headers, failure) = (answer.status, answer.headers.clone(), answer.failure);
    let outcome = match failure {
        Some(kind) => ending::of_failure(kind, &headers),
        None if status.as_u16() < 400 => Outcome::Delivered,
        None => ending::of_status(status, &headers),
    };
    match answer.whole(ANSWER_BYTES).await {
        Ok(body) => (outcome, Some(StoredAnswer { status, headers, body })),
        Err(error) if error.kind == FailureKind::Internal => {
            (Outcome::Rejected, Some(own(StatusCode::BAD_GATEWAY, error.message)))
        }
        Err(_) => (Outcome::Failed { retry_after: None }, None),
    }
}

/// The function never got the call.
fn refused(error: &InvokeError) -> (Outcome, Option<StoredAnswer>) {
    match error {
        InvokeError::NotFound(_) | InvokeError::Arriving { .. } => (Outcome::Absent, None),
        InvokeError::Ended => (Outcome::Interrupted, None),
        // It is the caller's fault, and would be so again.
        InvokeError::Invalid { status, why } => {
            (Outcome::Rejected, Some(own(*status, why.clone())))
        }
        _ => (Outcome::Refused { retry_after: None }, Some(own(error.status(), error.to_string()))),
    }
}

/// An answer of the platform itself.
fn own(status: StatusCode, text: String) -> StoredAnswer {
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind)]);
    StoredAnswer { status, headers, body: text.into() }
}

/// The text of an answer, as far as the ledger keeps one.
fn text_of(answer: &StoredAnswer) -> Option<String> {
    let body = &answer.body[..answer.body.len().min(TEXT_BYTES)];
    let text = String::from_utf8_lossy(body).trim().to_owned();
    Some(text).filter(|text| !text.is_empty())
}
