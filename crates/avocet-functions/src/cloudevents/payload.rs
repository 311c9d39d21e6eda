//! Data as bytes and as JSON: the two modes carry it differently.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::{RawValue, to_raw_value};

use super::structured::string;
use super::{Data, Event};
use crate::request::MediaType;

/// `data` or `data_base64` of the JSON format.
pub(super) enum Member<'a> {
    None,
    Data(Cow<'a, RawValue>),
    Base64(String),
}

impl Event<'_> {
    /// The data as a body: a JSON value is its text, except that a string under a content type that
    /// is not JSON is that string (JSON format §3.1).
    pub fn payload(&self) -> Cow<'_, [u8]> {
        match &self.data {
            Data::None => Cow::Borrowed(&[]),
            Data::Bytes(bytes) => Cow::Borrowed(bytes),
            Data::Json(raw) if self.data_is_json() => Cow::Borrowed(raw.get().as_bytes()),
            Data::Json(raw) => match string(raw) {
                Ok(Cow::Borrowed(text)) => Cow::Borrowed(text.as_bytes()),
                Ok(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
                Err(_) => Cow::Borrowed(raw.get().as_bytes()),
            },
        }
    }

    /// The data as it stands in the JSON format: JSON as it is, text as a string, else base64.
    pub(super) fn member(&self) -> Member<'_> {
        match &self.data {
            Data::None => Member::None,
            Data::Json(raw) => Member::Data(Cow::Borrowed(raw)),
            Data::Bytes(bytes) => self.bytes_member(bytes),
        }
    }

    fn bytes_member(&self, bytes: &[u8]) -> Member<'_> {
        if self.datacontenttype.is_some() && self.data_is_json() {
            // `to_owned` of a checked text: the bytes may go before the event does.
            if let Ok(raw) = serde_json::from_slice::<Box<RawValue>>(bytes) {
                return Member::Data(Cow::Owned(raw));
            }
        } else if self.media().is_some_and(|media| media.has_type("text"))
            && let Ok(text) = std::str::from_utf8(bytes)
            && let Ok(raw) = to_raw_value(text)
        {
            return Member::Data(Cow::Owned(raw));
        }
        Member::Base64(STANDARD.encode(bytes))
    }

    fn media(&self) -> Option<MediaType<'_>> {
        self.datacontenttype.as_deref().and_then(MediaType::parse)
    }

    /// Without a content type, data is JSON (JSON format §3.1).
    fn data_is_json(&self) -> bool {
        self.datacontenttype.is_none() || self.media().is_some_and(|media| media.is_json())
    }
}
