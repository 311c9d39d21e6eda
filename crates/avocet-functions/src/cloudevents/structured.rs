//! The JSON format: one event, or a batch. `data` stays text.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::attribute::{check_name, check_value};
use super::{AttributeFault, Data, Event, EventError, ExtensionValue};

/// An event that came as JSON, checked.
#[derive(Debug, Clone)]
pub struct Structured<'a> {
    /// Text of the event, for a guest that parses it itself.
    pub raw: &'a str,
    /// The event that the text is.
    pub event: Event<'a>,
}

impl<'a> Event<'a> {
    /// Checks a structured event. `data` is checked to be JSON and not parsed; strings without
    /// escapes are not copied.
    pub fn from_json(json: &'a [u8]) -> Result<Structured<'a>, EventError> {
        structured(std::str::from_utf8(json).map_err(|e| EventError::not_utf8(json, e))?)
    }
}

/// Checks a batch: a JSON array of structured events, which can be empty. Each event has its own
/// text in [`Structured::raw`].
pub fn batch(json: &[u8]) -> Result<Vec<Structured<'_>>, EventError> {
    let parsed = serde_json::from_slice::<Vec<&RawValue>>(json);
    let members = parsed.map_err(|error| other_than(error, json, EventError::NotArray))?;
    let of = members.len();
    let checked = members.into_iter().enumerate().map(|(index, member)| {
        structured(member.get()).map_err(|error| EventError::InBatch {
            number: index + 1,
            of,
            error: Box::new(error),
        })
    });
    checked.collect()
}

fn structured(raw: &str) -> Result<Structured<'_>, EventError> {
    let parsed = serde_json::from_str::<Members<'_>>(raw);
    let members = parsed.map_err(|e| other_than(e, raw.as_bytes(), EventError::NotObject))?;
    let mut reader =
        Reader { event: Event::new("", "", ""), data: None, data_base64: None, seen: 0 };
    for (index, (name, value)) in members.0.iter().enumerate() {
        if members.0[..index].iter().any(|(before, _)| before == name) {
            return Err(EventError::attribute(name, AttributeFault::Duplicate));
        }
        reader.member(name.clone(), value)?;
    }
    Ok(Structured { raw: raw.trim_ascii(), event: reader.finish()? })
}

/// Fault of `json`, which gave `error`: `kind` where it is sound JSON of another kind than the one
/// that was read.
fn other_than(error: serde_json::Error, json: &[u8], kind: EventError) -> EventError {
    let opening = if kind == EventError::NotArray { b'[' } else { b'{' };
    if json.trim_ascii_start().first() == Some(&opening) {
        return EventError::json(&error);
    }
    match serde_json::from_slice::<IgnoredAny>(json) {
        Ok(_) => kind,
        Err(error) => EventError::json(&error),
    }
}

struct Reader<'a> {
    event: Event<'a>,
    data: Option<&'a RawValue>,
    data_base64: Option<&'a RawValue>,
    /// One bit for each of [`REQUIRED`].
    seen: u8,
}

const REQUIRED: [&str; 4] = ["specversion", "id", "source", "type"];

impl<'a> Reader<'a> {
    fn member(&mut self, name: Cow<'a, str>, value: &'a RawValue) -> Result<(), EventError> {
        let fail = |fault| EventError::attribute(&name, fault);
        match &*name {
            "data" => self.data = Some(value),
            "data_base64" => self.data_base64 = Some(value),
            // An attribute that is null is absent (JSON format §2.2).
            _ if value.get() == "null" => check_name(&name).map_err(fail)?,
            core if super::event::CORE.contains(&core) => {
                let text = string(value).map_err(fail)?;
                check_value(core, &text).map_err(fail)?;
                self.core(core, text);
            }
            _ => {
                check_name(&name).map_err(fail)?;
                let extension = extension(value).map_err(fail)?;
                check_value(&name, &extension.text()).map_err(fail)?;
                self.event.extensions.push((name, extension));
            }
        }
        Ok(())
    }

    fn core(&mut self, name: &str, text: Cow<'a, str>) {
        if let Some(bit) = REQUIRED.iter().position(|required| *required == name) {
            self.seen |= 1 << bit;
        }
        match name {
            "id" => self.event.id = text,
            "source" => self.event.source = text,
            "type" => self.event.kind = text,
            "subject" => self.event.subject = Some(text),
            "time" => self.event.time = Some(text),
            "dataschema" => self.event.dataschema = Some(text),
            "datacontenttype" => self.event.datacontenttype = Some(text),
            _ => {}
        }
    }

    fn finish(mut self) -> Result<Event<'a>, EventError> {
        let missing = |(bit, _): &(usize, &&str)| self.seen & (1 << bit) == 0;
        if let Some((_, name)) = REQUIRED.iter().enumerate().find(missing) {
            return Err(EventError::attribute(name, AttributeFault::Missing));
        }
        self.event.data = match (self.data, self.data_base64) {
            (Some(_), Some(_)) => return Err(EventError::BothData),
            (None, None) => Data::None,
            (Some(raw), None) => Data::Json(Cow::Borrowed(raw)),
            (None, Some(raw)) if raw.get() == "null" => Data::None,
            (None, Some(raw)) => {
                let text = string(raw).map_err(|_| EventError::Base64)?;
                let bytes = STANDARD.decode(text.as_bytes()).map_err(|_| EventError::Base64)?;
                Data::Bytes(Cow::Owned(bytes))
            }
        };
        Ok(self.event)
    }
}

/// A JSON string's text; borrowed where it has no escapes.
pub(super) fn string(value: &RawValue) -> Result<Cow<'_, str>, AttributeFault> {
    let inner = value.get().strip_prefix('"').and_then(|s| s.strip_suffix('"'));
    let inner = inner.ok_or(AttributeFault::NotString)?;
    if !inner.contains('\\') {
        return Ok(Cow::Borrowed(inner));
    }
    // The text is JSON already: only a lone surrogate can be wrong in it.
    serde_json::from_str(value.get()).map(Cow::Owned).map_err(|_| AttributeFault::Character)
}

fn extension(value: &RawValue) -> Result<ExtensionValue<'_>, AttributeFault> {
    match value.get() {
        "true" => Ok(ExtensionValue::Boolean(true)),
        "false" => Ok(ExtensionValue::Boolean(false)),
        text if text.starts_with('"') => string(value).map(ExtensionValue::Text),
        text => {
            text.parse().map(ExtensionValue::Integer).map_err(|_| AttributeFault::ExtensionType)
        }
    }
}

/// An object's members in order, values unparsed.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(10);
                while let Some(Name(name)) = map.next_key()? {
                    members.push((name, map.next_value()?));
                    if members.len() > MAX_MEMBERS {
                        return Err(de::Error::custom("more than 256 attributes"));
                    }
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Object).map(Self)
    }
}

/// Bounds the search for duplicates.
const MAX_MEMBERS: usize = 256;

struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an attribute name")
            }

            fn visit_borrowed_str<E: de::Error>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(name))
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(name.to_owned()))
            }
        }
        deserializer.deserialize_str(Text).map(Self)
    }
}
