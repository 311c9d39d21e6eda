//! Answers of services.

use avocet_backplane::{Error, ErrorKind};
use bytes::Bytes;
use serde_json::Value;

/// Answer of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// A status in HTTP's terms.
    pub status: u16,
    /// Reason of a failure; call and key are put in front of it by the guest.
    pub error: Option<String>,
    /// The result, where it is more than bytes.
    pub value: Option<Value>,
    /// The result's bytes.
    pub body: Bytes,
}

impl Answer {
    pub(crate) fn done() -> Self {
        Self { status: 204, error: None, value: None, body: Bytes::new() }
    }

    pub(crate) fn bytes(body: impl Into<Bytes>) -> Self {
        Self { status: 200, error: None, value: None, body: body.into() }
    }

    pub(crate) fn value(value: impl Into<Value>) -> Self {
        Self { status: 200, error: None, value: Some(value.into()), body: Bytes::new() }
    }

    /// A failure.
    pub fn error(status: u16, why: impl Into<String>) -> Self {
        Self { status, error: Some(why.into()), value: None, body: Bytes::new() }
    }

    pub(crate) fn missing(what: &str) -> Self {
        Self::error(404, format!("there is no such {what}"))
    }
}

impl From<&Error> for Answer {
    fn from(error: &Error) -> Self {
        let status = match error.kind() {
            ErrorKind::NotFound | ErrorKind::NoResponders => 404,
            ErrorKind::Conflict => 409,
            ErrorKind::Invalid => 400,
            ErrorKind::TooLarge => 413,
            ErrorKind::Busy | ErrorKind::Unreachable => 503,
            ErrorKind::TimedOut => 504,
            ErrorKind::Unsupported => 501,
            ErrorKind::StorageFull => 507,
            _ => 500,
        };
        Self::error(status, error.to_string())
    }
}

/// Either way an answer.
pub(crate) fn of(result: Result<Answer, Answer>) -> Answer {
    result.unwrap_or_else(|answer| answer)
}

/// A time as RFC 3339 has it.
pub(crate) fn time(ms: u64) -> String {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |time| time.to_string())
}
