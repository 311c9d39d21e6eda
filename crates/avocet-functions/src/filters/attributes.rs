//! Attributes of an event, however it is kept.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::cloudevents::{Event, SPECVERSION};

/// Attributes of an event by their name.
pub trait Attributes {
    /// The attribute as text, in its canonical form; `None` where the event has none of that name.
    fn attribute(&self, name: &str) -> Option<Cow<'_, str>>;
}

impl Attributes for Event<'_> {
    fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "id" => Some(Cow::Borrowed(&self.id)),
            "source" => Some(Cow::Borrowed(&self.source)),
            "type" => Some(Cow::Borrowed(&self.kind)),
            "specversion" => Some(Cow::Borrowed(SPECVERSION)),
            "subject" => self.subject.as_deref().map(Cow::Borrowed),
            "time" => self.time.as_deref().map(Cow::Borrowed),
            "dataschema" => self.dataschema.as_deref().map(Cow::Borrowed),
            "datacontenttype" => self.datacontenttype.as_deref().map(Cow::Borrowed),
            name => self.extension(name).map(|value| value.text()),
        }
    }
}

/// A JSON object of attributes, as CloudEvents are written in JSON. What is neither text, number nor
/// boolean is no attribute.
impl Attributes for Map<String, Value> {
    fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.get(name)? {
            Value::String(text) => Some(Cow::Borrowed(text)),
            Value::Number(number) => Some(Cow::Owned(number.to_string())),
            Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}
