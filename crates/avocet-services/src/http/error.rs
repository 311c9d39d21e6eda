//! Reasons for which there is no answer.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::time::Duration;

use hyper_util::client::legacy::Error as ClientError;

use crate::egress::Refused;

/// Reason for which a request has no complete answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpError {
    kind: HttpErrorKind,
    message: String,
}

/// Class of an [`HttpError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpErrorKind {
    /// The URL, or a header, is none.
    Invalid,
    /// The policy does not allow the address.
    Refused,
    /// The host's name could not be resolved, or nobody listens there.
    Connect,
    /// The certificate is wrong, or TLS failed otherwise.
    Tls,
    /// The redirects lead nowhere.
    Redirect,
    /// The answer is over a limit.
    TooLarge,
    /// The answer is broken.
    Answer,
    /// Time limit that passed before the end.
    Timeout,
}

impl HttpError {
    pub(crate) fn new(kind: HttpErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(super) fn timeout(limit: Duration) -> Self {
        let limit = limit.as_millis();
        Self::new(HttpErrorKind::Timeout, format!("no complete answer within {limit} ms"))
    }

    /// From what the pool says, whose own words tell little: the cause is inside.
    pub(super) fn of_client(error: &ClientError) -> Self {
        let mut cause: &(dyn std::error::Error + 'static) = error;
        loop {
            if let Some(own) = cause.downcast_ref::<Self>() {
                return own.clone();
            }
            if let Some(found) = cause.downcast_ref::<hyper::Error>()
                && found.is_parse_too_large()
            {
                return Self::new(HttpErrorKind::TooLarge, "the head of the answer is too large");
            }
            match cause.source() {
                Some(source) => cause = source,
                None => break,
            }
        }
        let kind = if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Answer };
        let text = match error.is_connect() {
            true => format!("the connection failed: {cause}"),
            false => format!("the answer is broken: {}", last_words(error)),
        };
        Self::new(kind, text)
    }

    /// Class.
    pub fn kind(&self) -> HttpErrorKind {
        self.kind
    }
}

/// The innermost two messages of a chain.
fn last_words(error: &ClientError) -> String {
    let mut words = Vec::new();
    let mut cause = error.source();
    while let Some(found) = cause {
        words.push(found.to_string());
        cause = found.source();
    }
    words.dedup();
    match words.is_empty() {
        true => error.to_string(),
        false => words[words.len().saturating_sub(2)..].join(": "),
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for HttpError {}

impl From<Refused> for HttpError {
    fn from(refused: Refused) -> Self {
        Self::new(HttpErrorKind::Refused, format!("refused: {refused}"))
    }
}

impl From<HttpError> for io::Error {
    fn from(error: HttpError) -> Self {
        Self::other(error)
    }
}
