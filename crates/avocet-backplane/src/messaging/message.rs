//! Messages.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::check_subject;
use crate::{Error, Result};

/// Largest message: bytes of payload and headers together (the default of NATS).
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// Header of an answer with an error: its code (NATS micro services, ADR-32).
pub const ERROR_CODE_HEADER: &str = "Nats-Service-Error-Code";
/// Header of an answer with an error: its text.
pub const ERROR_HEADER: &str = "Nats-Service-Error";

/// Message on a subject.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// Subject, without wildcards.
    pub subject: String,
    /// Bytes.
    pub payload: Bytes,
    /// Headers.
    pub headers: Headers,
    /// Address of the answer; `None` where none is expected.
    pub reply: Option<ReplyTo>,
}

/// Error in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// Code, mostly one of HTTP's.
    pub code: String,
    /// Text.
    pub message: String,
}

impl Message {
    /// A message without headers that expects no answer.
    pub fn new(subject: impl Into<String>, payload: impl Into<Bytes>) -> Self {
        Self { subject: subject.into(), payload: payload.into(), ..Self::default() }
    }

    /// The answer to this message, to be published; `None` where none is expected.
    pub fn answer(&self, payload: impl Into<Bytes>) -> Option<Self> {
        self.reply.as_ref().map(|reply| Self::new(reply.subject(), payload))
    }

    /// The answer that tells of an error; `None` where none is expected. Line breaks of `text` become
    /// spaces, for headers are lines.
    pub fn answer_error(&self, code: u16, text: &str) -> Option<Self> {
        let mut answer = self.answer(Bytes::new())?;
        answer.headers.push(ERROR_CODE_HEADER, code.to_string());
        answer.headers.push(ERROR_HEADER, text.replace(['\r', '\n', '\0'], " "));
        Some(answer)
    }

    /// Error of this answer.
    pub fn service_error(&self) -> Option<ServiceError> {
        let code = self.headers.first(ERROR_CODE_HEADER);
        let message = self.headers.first(ERROR_HEADER);
        (code.is_some() || message.is_some()).then(|| ServiceError {
            code: code.unwrap_or("500").to_owned(),
            message: message.unwrap_or("the responder gave no reason").to_owned(),
        })
    }

    /// Bytes of payload and headers.
    pub fn bytes(&self) -> usize {
        self.payload.len() + self.headers.iter().map(|(n, v)| n.len() + v.len() + 4).sum::<usize>()
    }

    /// Checks what can be checked without the bus: implementations call it first.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::TooLarge`].
    pub fn check(&self) -> Result<()> {
        check_subject(&self.subject)?;
        for (name, value) in self.headers.iter() {
            let token = |c: char| c.is_ascii_graphic() && c != ':';
            let reason = if name.is_empty() || !name.chars().all(token) {
                "a header's name is printable ASCII without white space and colons"
            } else if value.contains(['\r', '\n', '\0']) {
                "a header's value is one line"
            } else {
                continue;
            };
            let field = format!("header {:?} of {:?}", name, self.subject);
            return Err(Error::Invalid { field, reason: reason.into() });
        }
        match self.bytes() {
            bytes if bytes > MAX_MESSAGE_BYTES => Err(Error::TooLarge {
                what: format!("the message on {:?}", self.subject),
                size: format!("{bytes} bytes"),
                limit: format!("{MAX_MESSAGE_BYTES} bytes"),
            }),
            _ => Ok(()),
        }
    }
}

/// Headers of a message, in their order; a name may be there several times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Adds one behind the others.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// The first value of a name, whatever its case.
    pub fn first(&self, name: &str) -> Option<&str> {
        let mut all = self.iter();
        all.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// True where there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, String)> for Headers {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

/// Address of the answer to a message.
#[derive(Clone)]
pub struct ReplyTo {
    subject: String,
    /// Dropped with the message: so the bus knows who can still answer.
    _held: Option<Arc<dyn Any + Send + Sync>>,
}

impl ReplyTo {
    /// The subject of the answer.
    pub fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), _held: None }
    }

    /// As [`ReplyTo::new`]; `held` is dropped with the last copy of it. A bus uses it to know who can
    /// still answer.
    pub fn held(subject: impl Into<String>, held: Arc<dyn Any + Send + Sync>) -> Self {
        Self { subject: subject.into(), _held: Some(held) }
    }

    /// The subject of the answer.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl fmt::Debug for ReplyTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReplyTo").field(&self.subject).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_answer_is_one_line_and_is_read_back() {
        let mut request = Message::new("a", "x");
        assert!(request.answer_error(500, "x").is_none());
        request.reply = Some(ReplyTo::new("_INBOX.1"));
        let answer = request.answer_error(500, "it\nbroke").unwrap();
        answer.check().unwrap();
        assert_eq!(answer.subject, "_INBOX.1");
        let error = ServiceError { code: "500".into(), message: "it broke".into() };
        assert_eq!(answer.service_error(), Some(error));
        assert_eq!(request.answer("y").unwrap().service_error(), None);
    }

    #[test]
    fn headers_cannot_break_the_protocol() {
        for (name, value) in [("", "x"), ("a:b", "x"), ("a b", "x"), ("a", "x\r\ny"), ("é", "x")] {
            let mut message = Message::new("a", "");
            message.headers.push(name, value);
            assert!(message.check().is_err(), "{name:?} {value:?}");
        }
    }
}
