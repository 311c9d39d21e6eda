//! Events on their way out, in either mode.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::payload::Member;
use super::{AttributeFault, Event, EventError, ExtensionValue, SPECVERSION};

/// Characters that stand encoded in a header (HTTP binding §3.1.3.2), non-ASCII apart.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

impl Event<'_> {
    /// The event as one JSON text ([`super::STRUCTURED`]), checked first.
    pub fn to_json(&self) -> Result<Vec<u8>, EventError> {
        self.check()?;
        serde_json::to_vec(self).map_err(|error| EventError::json(&error))
    }

    /// The event as headers, to which [`Event::payload`] is the body; checked first.
    pub fn to_headers(&self) -> Result<HeaderMap, EventError> {
        self.check()?;
        let mut headers = HeaderMap::with_capacity(8 + self.extensions.len());
        headers.insert("ce-specversion", HeaderValue::from_static(SPECVERSION));
        for (name, value) in self.texts() {
            headers.insert(header_name(name)?, header_value(name, value)?);
        }
        for (name, value) in &self.extensions {
            headers.insert(header_name(name)?, header_value(name, &value.text())?);
        }
        if let Some(media) = &self.datacontenttype {
            let value = HeaderValue::from_str(media);
            let fail = |_| EventError::attribute("datacontenttype", AttributeFault::MediaType);
            headers.insert(header::CONTENT_TYPE, value.map_err(fail)?);
        }
        Ok(headers)
    }

    /// Attributes that both modes carry as text, in the order in which they are written.
    fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("id", Some(&self.id)),
            ("source", Some(&self.source)),
            ("type", Some(&self.kind)),
            ("subject", self.subject.as_ref()),
            ("time", self.time.as_ref()),
            ("dataschema", self.dataschema.as_ref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, &**value?)))
    }
}

fn header_name(attribute: &str) -> Result<HeaderName, EventError> {
    let name = HeaderName::try_from(format!("ce-{attribute}"));
    name.map_err(|_| EventError::attribute(attribute, AttributeFault::Name))
}

fn header_value(attribute: &str, text: &str) -> Result<HeaderValue, EventError> {
    let value = HeaderValue::try_from(utf8_percent_encode(text, ENCODED).to_string());
    value.map_err(|_| EventError::attribute(attribute, AttributeFault::Character))
}

impl Serialize for Event<'_> {
    /// The JSON format. `data` is written as the text that it came in.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("specversion", SPECVERSION)?;
        for (name, value) in self.texts() {
            map.serialize_entry(name, value)?;
        }
        if let Some(media) = &self.datacontenttype {
            map.serialize_entry("datacontenttype", media)?;
        }
        for (name, value) in &self.extensions {
            match value {
                ExtensionValue::Text(text) => map.serialize_entry(name, text)?,
                ExtensionValue::Boolean(flag) => map.serialize_entry(name, flag)?,
                ExtensionValue::Integer(number) => map.serialize_entry(name, number)?,
            }
        }
        match self.member() {
            Member::None => {}
            Member::Data(raw) => map.serialize_entry("data", &*raw)?,
            Member::Base64(text) => map.serialize_entry("data_base64", &text)?,
        }
        map.end()
    }
}
