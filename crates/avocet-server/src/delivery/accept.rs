//! From what a publisher sends to an event of the log (specification of functions §3; CloudEvents 1.0
//! with its HTTP binding and its JSON format).

use avocet_backplane::{Document, Error, ErrorKind, NewEvent, OWN_TYPES};
use avocet_frames::head::TraceContext;
use avocet_functions::cloudevents::{Binary, Data, Event, EventError, ExtensionValue};
use avocet_functions::request::{BodyKind, body_kind};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::log_lines::now_ms;

/// Longest `type`, bytes.
const MAX_TYPE_BYTES: usize = 1024;

/// Longest time for which a delivery can be put off.
const MAX_DELAY: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Reason for which an event is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Request that is no event.
    #[error(transparent)]
    Event(#[from] EventError),
    /// An attribute has a value that this platform does not take.
    #[error("CloudEvent attribute {attribute:?} {rule}")]
    Attribute { attribute: &'static str, rule: String },
    /// Event over the limit.
    #[error("the event has {bytes} bytes; the limit is {limit} (--event-limit)")]
    TooLarge { bytes: usize, limit: usize },
}

impl Refusal {
    /// Status that its publisher gets.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Event(error) => error.status(),
            Self::Attribute { .. } => StatusCode::BAD_REQUEST,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }
}

/// Status that a publisher gets where the log did not take its event.
pub(crate) fn status_of(error: &Error) -> StatusCode {
    match error.kind() {
        ErrorKind::Invalid => StatusCode::BAD_REQUEST,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        ErrorKind::Busy => StatusCode::SERVICE_UNAVAILABLE,
        _ if matches!(error, Error::Closed) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An event whose attributes are headers.
pub(crate) fn binary(headers: &HeaderMap, body: &Bytes) -> Result<NewEvent, Refusal> {
    let binary = Binary::check(headers)?;
    let event = Event::from_binary(&binary, body);
    let kind = body_kind(event.datacontenttype.as_deref(), !body.is_empty());
    if kind == BodyKind::Json && serde_json::from_slice::<IgnoredAny>(body).is_err() {
        let media = event.datacontenttype.as_deref().unwrap_or_default();
        let rule = format!("says {media:?}, and the data is not JSON");
        return Err(Refusal::Attribute { attribute: "datacontenttype", rule });
    }
    new_event(&event, body.clone())
}

/// An event that is one JSON text.
pub(crate) fn structured(json: &Bytes, limit: usize) -> Result<NewEvent, Refusal> {
    within(json.len(), limit)?;
    let mut event = Event::from_json(json)?.event;
    // Without a content type the data of this format is JSON; by itself it has to say so.
    if event.datacontenttype.is_none() && matches!(event.data, Data::Json(_)) {
        event.datacontenttype = Some("application/json".into());
    }
    let data = match event.payload() {
        std::borrow::Cow::Borrowed(data) if is_inside(json, data) => json.slice_ref(data),
        data => Bytes::copy_from_slice(&data),
    };
    new_event(&event, data)
}

/// Whether `part` is memory of `whole`.
fn is_inside(whole: &[u8], part: &[u8]) -> bool {
    let (begin, end) = (whole.as_ptr_range().start, whole.as_ptr_range().end);
    let own = part.as_ptr_range();
    begin <= own.start && own.end <= end
}

/// Whether so many bytes are no more than the limit.
pub(crate) fn within(bytes: usize, limit: usize) -> Result<(), Refusal> {
    match bytes <= limit {
        true => Ok(()),
        false => Err(Refusal::TooLarge { bytes, limit }),
    }
}

/// Gives an event the trace in which it was emitted (extension Distributed Tracing), unless it has one.
pub(crate) fn in_trace(event: &mut NewEvent, trace: &TraceContext) {
    let Some(traceparent) = &trace.traceparent else { return };
    let Ok(mut attributes) = event.attributes.to::<Map<String, Value>>() else { return };
    if attributes.contains_key("traceparent") {
        return;
    }
    attributes.insert("traceparent".into(), traceparent.as_str().into());
    if let Some(state) = &trace.tracestate {
        attributes.insert("tracestate".into(), state.as_str().into());
    }
    if let Ok(with_trace) = Document::of(&attributes) {
        event.attributes = with_trace;
    }
}

fn new_event(event: &Event<'_>, data: Bytes) -> Result<NewEvent, Refusal> {
    if event.kind.len() > MAX_TYPE_BYTES {
        let rule = format!("has {} bytes; at most {MAX_TYPE_BYTES} are allowed", event.kind.len());
        return Err(Refusal::Attribute { attribute: "type", rule });
    }
    if event.kind.starts_with(OWN_TYPES) {
        let rule = format!("begins with {OWN_TYPES:?}, which is the platform's own");
        return Err(Refusal::Attribute { attribute: "type", rule });
    }
    let not_before_ms = not_before(event)?;
    Ok(NewEvent {
        source: event.source.to_string(),
        id: event.id.to_string(),
        kind: event.kind.to_string(),
        subject: event.subject.as_ref().map(ToString::to_string),
        attributes: attributes(event),
        data,
        not_before_ms,
    })
}

/// Every attribute, as the JSON format has them.
fn attributes(event: &Event<'_>) -> Document {
    let mut all = Map::new();
    all.insert("specversion".into(), avocet_functions::cloudevents::SPECVERSION.into());
    let texts = [
        ("id", Some(&event.id)),
        ("source", Some(&event.source)),
        ("type", Some(&event.kind)),
        ("subject", event.subject.as_ref()),
        ("time", event.time.as_ref()),
        ("dataschema", event.dataschema.as_ref()),
        ("datacontenttype", event.datacontenttype.as_ref()),
    ];
    for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text?))) {
        all.insert(name.into(), Value::from(&**text));
    }
    for (name, value) in &event.extensions {
        let value = match value {
            ExtensionValue::Text(text) => Value::from(&**text),
            ExtensionValue::Boolean(flag) => Value::from(*flag),
            ExtensionValue::Integer(number) => Value::from(*number),
        };
        all.insert(name.to_string(), value);
    }
    Document::of(&all).expect("a map of texts is JSON")
}

/// Time of the first delivery, where the event names one by its extension attributes `at` (RFC 3339) or
/// `delay` (ISO 8601, or `5m`).
fn not_before(event: &Event<'_>) -> Result<Option<u64>, Refusal> {
    let text = |name| event.extension(name).map(ExtensionValue::text);
    let wrong = |attribute, rule: &str| Refusal::Attribute { attribute, rule: rule.to_owned() };
    let now_ms = now_ms();
    let now = Timestamp::from_millisecond(now_ms as i64).unwrap_or(Timestamp::MAX);
    let (attribute, delay) = match (text("at"), text("delay")) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(wrong("at", "and \"delay\" exclude each other")),
        (Some(at), None) => {
            let rule = "is not a time such as \"2026-12-24T18:00:00Z\" (RFC 3339)";
            let at: Timestamp = at.parse().map_err(|_| wrong("at", rule))?;
            ("at", at.duration_since(now))
        }
        (None, Some(delay)) => {
            let rule = "is not a duration such as \"PT5M\" (ISO 8601) or \"5m\"";
            ("delay", delay.parse().map_err(|_| wrong("delay", rule))?)
        }
    };
    if delay > MAX_DELAY || (attribute == "delay" && delay.is_negative()) {
        return Err(wrong(attribute, "is not within the next 366 days"));
    }
    let delay = u64::try_from(delay.as_millis()).unwrap_or(0);
    Ok((delay > 0).then_some(now_ms + delay))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(more: &str) -> Bytes {
        let event = r#"{"specversion":"1.0","id":"1","source":"/shop","type":"order""#;
        format!("{event}{more}}}").into()
    }

    fn refused(more: &str) -> String {
        structured(&json(more), 1 << 20).unwrap_err().to_string()
    }

    #[test]
    fn a_structured_event_keeps_its_attributes_and_its_data() {
        let event = structured(&json(r#","data":{"n": 1},"tries":3,"flag":true"#), 1000).unwrap();
        assert_eq!(event.data, "{\"n\": 1}");
        let attributes: Value = event.attributes.to().unwrap();
        let expected = serde_json::json!({
            "specversion": "1.0", "id": "1", "source": "/shop", "type": "order",
            "datacontenttype": "application/json", "tries": 3, "flag": true,
        });
        assert_eq!(attributes, expected);
        let bytes = structured(&json(r#","data_base64":"AAEC""#), 1000).unwrap();
        assert_eq!(&bytes.data[..], [0, 1, 2]);
        let text = r#","datacontenttype":"text/plain","data":"a\nb""#;
        assert_eq!(structured(&json(text), 1000).unwrap().data, "a\nb");
    }

    #[test]
    fn a_time_puts_the_first_delivery_off() {
        let at = |more: &str| structured(&json(more), 1000).unwrap().not_before_ms;
        let now = now_ms();
        for (more, least, most) in [
            (r#","delay":"5m""#, 300_000, 301_000),
            (r#","delay":"PT1H30M""#, 5_400_000, 5_401_000),
            (r#","delay":"90s""#, 90_000, 91_000),
        ] {
            let after = at(more).unwrap() - now;
            assert!((least..most + 60_000).contains(&after), "{more}: {after}");
        }
        assert_eq!(at(r#","at":"2020-01-01T00:00:00Z""#), None, "that is now");
        assert_eq!(at(r#","delay":"PT0S""#), None);
        let soon = Timestamp::from_millisecond(now as i64 + 60_000).unwrap();
        assert_eq!(at(&format!(r#","at":"{soon}""#)), Some(now + 60_000));
    }

    #[test]
    fn what_is_wrong_names_attribute_and_rule() {
        for (more, said) in [
            (r#","at":"tomorrow""#, "\"at\" is not a time"),
            (r#","delay":"soon""#, "\"delay\" is not a duration"),
            (r#","delay":"-5m""#, "\"delay\" is not within"),
            (r#","delay":"PT9000H""#, "\"delay\" is not within"),
            (r#","at":"2026-01-01T00:00:00Z","delay":"5m""#, "exclude each other"),
        ] {
            assert!(refused(more).contains(said), "{more}: {}", refused(more));
        }
        let long = json("").to_vec();
        let long = String::from_utf8(long).unwrap().replace("order", &"x".repeat(10_000));
        let error = structured(&long.into(), 1 << 20).unwrap_err();
        assert!(error.to_string().contains("\"type\" has 10000 bytes"), "{error}");
        let error = structured(&json(""), 10).unwrap_err();
        assert_eq!(error.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}
