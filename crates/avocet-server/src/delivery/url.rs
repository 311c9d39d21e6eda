//! Addresses as sinks: any http(s) URL.

use std::sync::Arc;
use std::time::Duration;

use avocet_backplane::Event;
use avocet_delivery::Outcome;
use avocet_services::egress::Policy;
use avocet_workers::CallTag;
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;

use super::sink::{Deliver, Delivering, Ended};
use super::{Attempt, ending, message};
use crate::outbound::{Connection, Target, addresses, connect_to};

/// Time in which an address has to answer.
const TIME: Duration = Duration::from_secs(60);

/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 64 << 10;

/// Bytes of an answer's text that the ledger keeps.
const TEXT_BYTES: usize = 256;

/// One address.
#[derive(Debug)]
pub(super) struct UrlSink {
    pub url: Uri,
    /// Addresses that it may have.
    pub policy: Arc<Policy>,
}

/// Reason for which there is no answer.
enum Unanswered {
    /// The operator's rules do not let it be asked.
    Refused(String),
    Failed(String),
}

impl From<String> for Unanswered {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

impl Deliver for UrlSink {
    fn deliver(&self, event: Arc<Event>) -> Delivering {
        let (url, policy) = (self.url.clone(), self.policy.clone());
        Box::pin(async move {
            let mut attempt = Attempt::begin();
            let sent = tokio::time::timeout(TIME, send(&url, &policy, &event)).await;
            let sent = sent.unwrap_or_else(|_| Err(format!("no answer within {TIME:?}").into()));
            attempt.end(CallTag::default());
            let outcome = match sent {
                Ok((answer, text)) => {
                    attempt.status = Some(answer.status.as_u16());
                    let outcome = ending::of_status(answer.status, &answer.headers);
                    attempt.error = text.filter(|_| outcome != Outcome::Delivered);
                    outcome
                }
                Err(Unanswered::Failed(why)) => {
                    attempt.error = Some(why);
                    Outcome::Failed { retry_after: None }
                }
                Err(Unanswered::Refused(why)) => {
                    attempt.error = Some(why);
                    Outcome::Refused { retry_after: None }
                }
            };
            Ended::new(outcome, Some(attempt))
        })
    }

    fn name(&self) -> String {
        self.url.to_string()
    }
}

/// Posts the event; the answer's head and the beginning of its text.
async fn send(
    url: &Uri,
    policy: &Policy,
    event: &Event,
) -> Result<(http::response::Parts, Option<String>), Unanswered> {
    let target = Target::of(url).map_err(|why| format!("the sink's URL {why}"))?;
    let host = HeaderValue::from_str(&target.authority).map_err(|e| e.to_string())?;
    let mut headers = message::headers(event).map_err(|e| e.to_string())?;
    headers.insert(HOST, host);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(event.data.len()));
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::post(path)
        .body(Full::new(event.data.clone()))
        .map_err(|e| format!("the sink's URL cannot be asked: {e}"))?;
    *request.headers_mut() = headers;
    let lost = |e: &dyn std::fmt::Display| format!("the sink cannot be reached: {e}");
    let stream = connect(&target, policy).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| lost(&e))?;
    // Ends with this delivery, also where that is broken off.
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(connection);
    let answer = sender.send_request(request).await.map_err(|e| lost(&e))?;
    Ok(read(answer).await)
}

/// Connects to the first address that the policy opens and that can be reached. What was checked is
/// what is connected to.
async fn connect(target: &Target, policy: &Policy) -> Result<Box<dyn Connection>, Unanswered> {
    let lost = |e: std::io::Error| format!("the sink cannot be reached: {e}");
    let mut why = Unanswered::Failed("the sink's name leads to no address".to_owned());
    for address in addresses(target).await.map_err(lost)? {
        if let Err(refused) = policy.check(target.host(), address) {
            why = Unanswered::Refused(refused.to_string());
            continue;
        }
        match connect_to(target, address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => why = Unanswered::Failed(lost(error)),
        }
    }
    Err(why)
}

/// An answer that breaks off after its head is an answer all the same.
async fn read(answer: Response<Incoming>) -> (http::response::Parts, Option<String>) {
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, ANSWER_BYTES).collect().await.ok().map(|body| body.to_bytes());
    let text = body
        .map(|body| String::from_utf8_lossy(&body[..body.len().min(TEXT_BYTES)]).trim().to_owned());
    (head, text.filter(|text| !text.is_empty()))
}
