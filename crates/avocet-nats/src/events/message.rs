//! Events as messages: binary CloudEvents with `ce-*` headers; structured ones are read too.

use async_nats::HeaderMap;
use avocet_backplane::{Document, NewEvent};
use base64::Engine as _;
use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::stream::{Listed, Put};

/// Beginning of every subject.
const SUBJECTS: &str = "avocet.events.";

/// Longest type in a subject, bytes; of a longer one it has the beginning.
const MAX_TYPE_BYTES: usize = 512;

/// Every attribute as it came, in a header.
const ATTRIBUTES: &str = "avocet-attributes";

/// Time before which an event is not delivered, milliseconds since the Unix epoch.
const NOT_BEFORE: &str = "avocet-not-before";

/// Characters of a header's value that are written as `%` and two digits (CloudEvents, HTTP
/// protocol binding, section 3.1.3.2).
const VALUE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

/// Message of an event.
pub(super) fn put(event: &NewEvent) -> Put {
    let mut headers = HeaderMap::new();
    let value = |text: &str| utf8_percent_encode(text, VALUE).to_string();
    let attributes: Map<String, Value> = event.attributes.to().unwrap_or_default();
    for (name, content) in &attributes {
        let text = match content {
            Value::String(text) => value(text),
            Value::Bool(_) | Value::Number(_) => content.to_string(),
            _ => continue,
        };
        match name.as_str() {
            "datacontenttype" => headers.insert("content-type", text),
            _ if is_name(name) => headers.insert(format!("ce-{name}"), text),
            _ => {}
        }
    }
    headers.insert("ce-specversion", "1.0");
    headers.insert("ce-id", value(&event.id));
    headers.insert("ce-source", value(&event.source));
    headers.insert("ce-type", value(&event.kind));
    if let Some(subject) = &event.subject {
        headers.insert("ce-subject", value(subject));
    }
    headers.insert(ATTRIBUTES, value(event.attributes.as_str()));
    if let Some(time) = event.not_before_ms {
        headers.insert(NOT_BEFORE, time.to_string());
    }
    Put { subject: subject(&event.kind), headers, payload: event.data.clone() }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// Number of an event by which the server knows a duplicate.
pub(super) fn number(event: &NewEvent) -> String {
    let mut digest = Sha256::new();
    digest.update((event.source.len() as u64).to_be_bytes());
    digest.update(&event.source);
    digest.update(&event.id);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest.finalize())
}

/// Subject of a type. What a subject cannot have is written as `%` and two digits.
fn subject(kind: &str) -> String {
    let mut subject = SUBJECTS.to_owned();
    let mut was_dot = true;
    for (index, c) in kind.char_indices() {
        if subject.len() > MAX_TYPE_BYTES {
            subject.push('~');
            break;
        }
        let is_last = index + c.len_utf8() == kind.len();
        let is_empty_token = c == '.' && (was_dot || is_last);
        if is_empty_token || c.is_whitespace() || c.is_control() || matches!(c, '*' | '>' | '%') {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                subject.push_str(&format!("%{byte:02X}"));
            }
        } else {
            subject.push(c);
        }
        was_dot = c == '.' && !is_empty_token;
    }
    subject
}

/// Event of a message; of one that is none what can be said of it, and the reason.
pub(super) fn event(listed: &Listed) -> (NewEvent, Option<String>) {
    let read = match header(&listed.headers, "ce-specversion") {
        Some(_) => binary(listed),
        None => structured(listed),
    };
    match read {
        Ok(event) => (event, None),
        Err(reason) => {
            let kind = listed.subject.strip_prefix(SUBJECTS).unwrap_or(&listed.subject);
            let event = NewEvent {
                source: String::new(),
                id: listed.sequence.to_string(),
                kind: percent_decode_str(kind).decode_utf8_lossy().into_owned(),
                subject: None,
                attributes: document(&Map::new()),
                data: listed.payload.clone(),
                not_before_ms: None,
            };
            (event, Some(reason))
        }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let found = headers.iter().find(|(own, _)| own.to_string().eq_ignore_ascii_case(name))?;
    let value = found.1.first()?.as_str();
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

fn binary(listed: &Listed) -> Result<NewEvent, String> {
    let mut attributes = Map::new();
    for (name, values) in listed.headers.iter() {
        let name = name.to_string().to_ascii_lowercase();
        let Some(value) = values.first() else { continue };
        let value = percent_decode_str(value.as_str()).decode_utf8_lossy().into_owned();
        match (name.strip_prefix("ce-"), name.as_str()) {
            (Some(name), _) => drop(attributes.insert(name.to_owned(), value.into())),
            (None, "content-type") => {
                attributes.insert("datacontenttype".into(), value.into());
            }
            _ => {}
        }
    }
    let mut event = of(attributes, listed.payload.clone(), listed.time_ms)?;
    if let Some(own) = header(&listed.headers, ATTRIBUTES)
        && let Ok(own) = Document::parse(own)
    {
        event.attributes = own;
        let time = header(&listed.headers, NOT_BEFORE);
        event.not_before_ms = time.and_then(|time| time.parse().ok());
    }
    Ok(event)
}

fn structured(listed: &Listed) -> Result<NewEvent, String> {
    let mut attributes: Map<String, Value> = serde_json::from_slice(&listed.payload)
        .map_err(|error| format!("it has no ce-* headers, and is no JSON object: {error}"))?;
    let data = attributes.remove("data");
    let encoded = attributes.remove("data_base64");
    let is_json = match attributes.get("datacontenttype").and_then(Value::as_str) {
        None => true,
        Some(kind) => kind.contains("json"),
    };
    let data = match (data, encoded) {
        (_, Some(Value::String(text))) => base64::engine::general_purpose::STANDARD
            .decode(text)
            .map_err(|error| format!("data_base64: {error}"))?
            .into(),
        (Some(Value::String(text)), _) if !is_json => Bytes::from(text),
        (Some(Value::Null) | None, _) => Bytes::new(),
        (Some(value), _) => Bytes::from(value.to_string()),
    };
    of(attributes, data, listed.time_ms)
}

/// Event with these attributes; the reason where it is none.
fn of(attributes: Map<String, Value>, data: Bytes, now_ms: u64) -> Result<NewEvent, String> {
    let text = |name: &str| attributes.get(name).and_then(Value::as_str).map(str::to_owned);
    if text("specversion").as_deref() != Some("1.0") {
        return Err("specversion: must be \"1.0\"".into());
    }
    let needed = |name: &str| {
        text(name).filter(|text| !text.is_empty()).ok_or(format!("{name}: is missing"))
    };
    let event = NewEvent {
        source: needed("source")?,
        id: needed("id")?,
        kind: needed("type")?,
        subject: text("subject"),
        not_before_ms: not_before(text("at"), text("delay"), now_ms)?,
        attributes: document(&attributes),
        data,
    };
    event.check().map_err(|error| error.to_string())?;
    Ok(event)
}

/// Time of delivery out of the extension attributes `at` and `delay`.
fn not_before(at: Option<String>, delay: Option<String>, now: u64) -> Result<Option<u64>, String> {
    if let Some(at) = at {
        let time: jiff::Timestamp = at.parse().map_err(|error| format!("at: {error}"))?;
        return Ok(u64::try_from(time.as_millisecond()).ok());
    }
    let Some(delay) = delay else { return Ok(None) };
    let delay: jiff::SignedDuration = delay.parse().map_err(|error| format!("delay: {error}"))?;
    Ok(u64::try_from(delay.as_millis()).ok().map(|delay| now.saturating_add(delay)))
}

fn document(attributes: &Map<String, Value>) -> Document {
    // A map of JSON values is JSON.
    Document::of(attributes).or_else(|_| Document::parse("{}")).expect("an empty object is JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(headers: &[(&str, &str)], payload: &str) -> Listed {
        let mut map = HeaderMap::new();
        headers.iter().for_each(|(name, value)| map.append(*name, *value));
        Listed {
            subject: "avocet.events.a.b".into(),
            headers: map,
            payload: payload.to_owned().into(),
            sequence: 7,
            number: 1,
            time_ms: 1_000,
        }
    }

    #[test]
    fn types_are_subjects() {
        for (kind, expected) in [
            ("order.created.v1", "order.created.v1"),
            ("a b*", "a%20b%2A"),
            (".a..b.", "%2Ea.%2Eb%2E"),
            ("100%", "100%25"),
        ] {
            assert_eq!(subject(kind), format!("avocet.events.{expected}"), "{kind}");
            assert!(avocet_backplane::messaging::check_subject(&subject(kind)).is_ok());
        }
        assert!(subject(&"x".repeat(10_000)).len() < 600);
    }

    #[test]
    fn an_event_comes_back_as_it_was() {
        let event = NewEvent {
            source: "/s p".into(),
            id: "ü%\n".into(),
            kind: "a.b".into(),
            subject: Some("s".into()),
            attributes: Document::parse(r#"{"id":"ü%\n","n":1,"x":"é"}"#).unwrap(),
            data: Bytes::from_static(b"\0\xff"),
            not_before_ms: Some(5),
        };
        let put = put(&event);
        let listed = Listed { headers: put.headers, payload: put.payload, ..message(&[], "") };
        let (read, fault) = super::event(&listed);
        assert_eq!(fault, None);
        assert_eq!((&read.source, &read.id, &read.kind), (&event.source, &event.id, &event.kind));
        assert_eq!((read.subject, read.attributes), (event.subject, event.attributes));
        assert_eq!((read.data, read.not_before_ms), (event.data, Some(5)));
    }

    #[test]
    fn events_of_other_clients_are_read() {
        let binary = [
            ("ce-specversion", "1.0"),
            ("Ce-Id", "1"),
            ("ce-source", "/s"),
            ("ce-type", "a.b"),
            ("ce-delay", "5m"),
            ("content-type", "text/plain"),
        ];
        let (read, fault) = event(&message(&binary, "x"));
        assert_eq!((fault, read.not_before_ms, &read.data[..]), (None, Some(301_000), &b"x"[..]));
        assert!(read.attributes.as_str().contains(r#""datacontenttype":"text/plain""#));
        let json = r#"{"specversion":"1.0","id":"1","source":"/s","type":"a.b","data":{"a":1}}"#;
        let (read, fault) = event(&message(&[], json));
        assert_eq!((fault, &read.data[..]), (None, &br#"{"a":1}"#[..]));
    }

    #[test]
    fn what_is_no_event_has_a_reason() {
        let no_id = r#"{"specversion":"1.0","source":"/s","type":"a.b"}"#;
        let late = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/s")];
        for (listed, expected) in [
            (message(&[], "hello"), "no ce-* headers"),
            (message(&[], no_id), "id: is missing"),
            (message(&[], "{}"), "specversion"),
            (message(&late, ""), "type: is missing"),
        ] {
            let (event, fault) = event(&listed);
            assert!(fault.as_ref().unwrap().contains(expected), "{fault:?}");
            assert_eq!((&*event.kind, &*event.id, &*event.source), ("a.b", "7", ""));
        }
    }
}
