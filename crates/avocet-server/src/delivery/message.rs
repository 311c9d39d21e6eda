//! An event as a request, in the binary mode of the HTTP binding.

use std::borrow::Cow;

use avocet_backplane::Event;
use avocet_functions::cloudevents::{self, EventError, ExtensionValue};
use http::HeaderMap;
use serde_json::{Map, Value};

/// Headers of a request whose body is the event's data.
///
/// # Errors
/// Where an attribute cannot be a header.
pub(super) fn headers(event: &Event) -> Result<HeaderMap, EventError> {
    let attributes: Map<String, Value> = event.attributes.to().unwrap_or_default();
    let mut message = cloudevents::Event::new(&*event.id, &*event.source, &*event.kind);
    for (name, value) in &attributes {
        let text = value.as_str().map(Cow::Borrowed);
        match &**name {
            "specversion" | "id" | "source" | "type" => {}
            "subject" => message.subject = text,
            "time" => message.time = text,
            "dataschema" => message.dataschema = text,
            "datacontenttype" => message.datacontenttype = text,
            _ => message.extensions.push((name.into(), extension(value))),
        }
    }
    message.to_headers()
}

fn extension(value: &Value) -> ExtensionValue<'_> {
    match value {
        Value::Bool(flag) => ExtensionValue::Boolean(*flag),
        Value::String(text) => ExtensionValue::Text(Cow::Borrowed(text)),
        other => ExtensionValue::Text(Cow::Owned(other.to_string())),
    }
}
