//! Calls in the log.

use avocet_backplane::{Document, Event, NewEvent};
use avocet_workers::Invocation;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::{Deserialize, Serialize};

use super::CALL;

/// A call as it is kept until it is answered.
#[derive(Debug)]
pub(crate) struct StoredCall {
    pub method: Method,
    /// Path and query, as the function sees them.
    pub url: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Attributes of its event: those of a CloudEvent, and the request's head.
#[derive(Debug, Serialize, Deserialize)]
struct Attributes {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    datacontenttype: Option<String>,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
}

impl StoredCall {
    pub(super) fn into_event(self, id: &str, source: String) -> NewEvent {
        let media = self.headers.get(http::header::CONTENT_TYPE);
        let attributes = Attributes {
            specversion: "1.0".to_owned(),
            id: id.to_owned(),
            source: source.clone(),
            kind: CALL.to_owned(),
            datacontenttype: media.and_then(|media| media.to_str().ok()).map(str::to_owned),
            method: self.method.to_string(),
            url: self.url,
            headers: pairs(&self.headers),
        };
        NewEvent {
            source,
            id: id.to_owned(),
            kind: CALL.to_owned(),
            subject: None,
            attributes: document(&attributes),
            data: self.body,
            not_before_ms: None,
        }
    }

    /// The call that an event is; `None` where it is none.
    pub(super) fn read(event: &Event) -> Option<Self> {
        let attributes: Attributes = event.attributes.to().ok()?;
        Some(Self {
            method: attributes.method.parse().ok()?,
            url: attributes.url,
            headers: headers(&attributes.headers),
            body: event.data.clone(),
        })
    }

    /// The call of a function.
    pub(super) fn invocation(self, namespace: &str, name: &str) -> Invocation {
        let Self { method, url, headers, body } = self;
        let trace = crate::calls::trace::trace_of(&headers);
        Invocation { method, url, headers, body, trace, ..Invocation::new(namespace, name) }
    }
}

/// Plain data as a document.
pub(super) fn document(value: &impl Serialize) -> Document {
    Document::of(value).expect("texts and numbers have a JSON form")
}

/// Headers as texts: each byte of a value is a character.
pub(super) fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let text =
        |value: &HeaderValue| value.as_bytes().iter().map(|byte| char::from(*byte)).collect();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

/// Headers of such texts.
pub(super) fn headers(pairs: &[(String, String)]) -> HeaderMap {
    let read = |(name, value): &(String, String)| {
        let bytes: Vec<u8> = value.chars().filter_map(|c| u8::try_from(c).ok()).collect();
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(&bytes).ok()?))
    };
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs.iter().filter_map(read) {
        headers.append(name, value);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_back_byte_for_byte() {
        let mut all = HeaderMap::new();
        all.append("x", HeaderValue::from_static("a"));
        all.append("x", HeaderValue::from_bytes(b"gr\xf6\xdfe").unwrap());
        all.append("y", HeaderValue::from_bytes("größe".as_bytes()).unwrap());
        assert_eq!(headers(&pairs(&all)), all);
    }
}
