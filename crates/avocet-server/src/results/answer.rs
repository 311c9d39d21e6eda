//! Answers in the log.

use avocet_backplane::{Event, NewEvent};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::ANSWER;
use super::call::{document, headers, pairs};

/// Answer of a function, as its caller fetches it.
#[derive(Debug, Clone)]
pub(crate) struct StoredAnswer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

#[derive(Debug, Serialize, Deserialize)]
struct Attributes {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    status: u16,
    headers: Vec<(String, String)>,
}

impl StoredAnswer {
    /// Event of the answer to the call `id`. Each attempt has a source of its own, so that none is
    /// taken for another.
    pub(super) fn into_event(self, id: &str, attempt: &str) -> NewEvent {
        let source = format!("/_avocet/attempts/{attempt}");
        let attributes = Attributes {
            specversion: "1.0".to_owned(),
            id: id.to_owned(),
            source: source.clone(),
            kind: ANSWER.to_owned(),
            status: self.status.as_u16(),
            headers: pairs(&self.headers),
        };
        NewEvent {
            source,
            id: id.to_owned(),
            kind: ANSWER.to_owned(),
            subject: None,
            attributes: document(&attributes),
            data: self.body,
            not_before_ms: None,
        }
    }

    /// The answer that an event is; `None` where it is none.
    pub(super) fn read(event: &Event) -> Option<Self> {
        let attributes: Attributes = event.attributes.to().ok()?;
        Some(Self {
            status: StatusCode::from_u16(attributes.status).ok()?,
            headers: headers(&attributes.headers),
            body: event.data.clone(),
        })
    }
}
