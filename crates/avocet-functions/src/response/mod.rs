//! The return table: from what a guest answered to the response that the caller gets.
//!
//! | returned | status | content type | body |
//! |---|---|---|---|
//! | nothing, `null`, `""` | 200 | none | empty |
//! | text, number, boolean | 200 | none | its text |
//! | object, array | 200 | `application/json; charset=utf-8` | JSON |
//! | bytes | 200 | none | the bytes |
//! | the function ended the response itself | as set | as set | as set |
//! | thrown text | 500 | none | the text |
//! | anything else thrown | 500 | none | `Internal server error` |
//! | ended by the platform | by [`FailureKind`] | `text/plain; charset=utf-8` | one line |
//!
//! A status and headers that the function set are kept in every case but the last three, in which
//! the status is ours and headers that describe a body are dropped.

mod failure;
mod headers;

use avocet_frames::head::{Respond, Returned};
use http::{HeaderMap, HeaderValue, StatusCode, header};

pub use avocet_frames::head::{Failure, FailureKind};
pub use failure::{line as failure_line, retry_after, status as failure_status};
pub use headers::{Dropped, DroppedWhy, MAX_HEADER_BYTES, MAX_HEADERS};

/// Body of an answer to a call in which the function threw.
pub const INTERNAL_SERVER_ERROR: &str = "Internal server error";

/// Response that the caller gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers, without `content-length`: the HTTP side adds it.
    pub headers: HeaderMap,
    /// Body of the response.
    pub body: AnswerBody,
    /// Headers that could not be sent, for the function's log.
    pub dropped: Vec<Dropped>,
    /// The status that the function set, where no answer can have it: this one is 500 instead.
    pub bad_status: Option<u16>,
}

/// Body of an [`Answer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerBody {
    /// None, whatever the guest sent.
    Empty,
    /// The guest's bytes, streamed ones included.
    Guest,
    /// Text as it is.
    Text(String),
}

impl Answer {
    /// An answer of the platform's own: one line of text.
    pub fn text(status: StatusCode, text: impl Into<String>) -> Self {
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(header::CONTENT_TYPE, TEXT);
        let body = AnswerBody::Text(text.into());
        Self { status, headers, body, dropped: Vec::new(), bad_status: None }
    }

    /// An answer to a call that the platform ended.
    pub fn failure(failure: &Failure, cors: Cors) -> Self {
        let mut answer = Self::text(failure::status(failure.kind), failure::message(failure));
        if let Some(seconds) = retry_after(failure.kind) {
            answer.headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer.add_cors(cors);
        answer
    }

    fn add_cors(&mut self, cors: Cors) {
        if cors == Cors::AnyOrigin {
            self.headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
    }
}

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// Whether answers are for pages of any origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cors {
    /// `Access-Control-Allow-Origin: *` unless the function says otherwise.
    AnyOrigin,
    /// Nothing is added.
    Off,
}

impl From<bool> for Cors {
    /// From [`crate::model::Function::cors`].
    fn from(on: bool) -> Self {
        if on { Self::AnyOrigin } else { Self::Off }
    }
}

/// The response for what a guest answered. `length` is the length of the guest's body in bytes,
/// `None` where it is streamed.
pub fn answer(respond: &Respond, length: Option<usize>, cors: Cors) -> Answer {
    match respond.r {
        Returned::Failed => Answer::failure(&failure::of(respond), cors),
        Returned::ThrownText => thrown(respond, cors, AnswerBody::Guest),
        Returned::Thrown => thrown(respond, cors, AnswerBody::Text(INTERNAL_SERVER_ERROR.into())),
        returned => returned_answer(respond, returned, length, cors),
    }
}

fn returned_answer(
    respond: &Respond,
    returned: Returned,
    length: Option<usize>,
    cors: Cors,
) -> Answer {
    let mut answer = started(StatusCode::OK, cors);
    if returned == Returned::Json {
        answer.headers.insert(header::CONTENT_TYPE, JSON);
    }
    if returned != Returned::None {
        answer.body = AnswerBody::Guest;
    }
    set_by_function(&mut answer, respond, length);
    if let Some(status) = respond.s {
        match StatusCode::from_u16(status) {
            Ok(status) if !status.is_informational() => answer.status = status,
            _ => return bad_status(status, cors),
        }
    }
    if has_no_body(answer.status) {
        answer.body = AnswerBody::Empty;
        headers::remove_content(&mut answer.headers);
    }
    answer
}

fn thrown(respond: &Respond, cors: Cors, body: AnswerBody) -> Answer {
    let mut answer = started(StatusCode::INTERNAL_SERVER_ERROR, cors);
    set_by_function(&mut answer, respond, None);
    headers::remove_content(&mut answer.headers);
    headers::remove_validators(&mut answer.headers);
    answer.body = body;
    answer
}

fn started(status: StatusCode, cors: Cors) -> Answer {
    let headers = HeaderMap::with_capacity(4);
    let body = AnswerBody::Empty;
    let mut answer = Answer { status, headers, body, dropped: Vec::new(), bad_status: None };
    answer.add_cors(cors);
    answer
}

/// Headers that the function removed go first, so that it can set anew what it removed.
fn set_by_function(answer: &mut Answer, respond: &Respond, length: Option<usize>) {
    for name in respond.x.iter().flatten() {
        answer.headers.remove(name.as_str());
    }
    if let Some(pairs) = &respond.h {
        answer.dropped = headers::set(&mut answer.headers, pairs, length);
    }
}

/// RFC 9110 §15.3.5, §15.3.6, §15.4.5.
fn has_no_body(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED)
}

fn bad_status(status: u16, cors: Cors) -> Answer {
    let message = format!("the function set status {status}: allowed are 200 to 999");
    let mut answer = Answer::text(StatusCode::INTERNAL_SERVER_ERROR, message);
    answer.bad_status = Some(status);
    answer.add_cors(cors);
    answer
}
