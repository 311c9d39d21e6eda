//! Binary mode: attributes in headers (HTTP binding §3.1).

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, header};
use percent_encoding::percent_decode;

use super::attribute::{check_name, check_value};
use super::{AttributeFault, EventError};

/// The attributes of a binary event, checked, borrowed from the request's headers.
///
/// Nothing is allocated for an event whose headers need no decoding.
#[derive(Debug, Clone)]
pub struct Binary<'a> {
    headers: &'a HeaderMap,
    id: Cow<'a, str>,
    source: Cow<'a, str>,
    kind: Cow<'a, str>,
}

impl<'a> Binary<'a> {
    /// Checks every `ce-*` header, and the content type.
    pub fn check(headers: &'a HeaderMap) -> Result<Self, EventError> {
        let (mut id, mut source, mut kind, mut version) = (None, None, None, false);
        let mut before = None;
        for (name, value) in headers {
            let Some(attribute) = name.as_str().strip_prefix("ce-") else { continue };
            let fail = |fault| EventError::attribute(attribute, fault);
            // Values of one name come one after the other.
            if before == Some(attribute) {
                return Err(fail(AttributeFault::Duplicate));
            }
            before = Some(attribute);
            check_name(attribute).map_err(fail)?;
            let text = decode(value).map_err(fail)?;
            check_value(attribute, &text).map_err(fail)?;
            match attribute {
                "id" => id = Some(text),
                "source" => source = Some(text),
                "type" => kind = Some(text),
                "specversion" => version = true,
                "datacontenttype" => check_same_type(headers, &text).map_err(fail)?,
                _ => {}
            }
        }
        check_content_type(headers)?;
        let missing = |attribute| EventError::attribute(attribute, AttributeFault::Missing);
        if !version {
            return Err(missing("specversion"));
        }
        Ok(Self {
            headers,
            id: id.ok_or_else(|| missing("id"))?,
            source: source.ok_or_else(|| missing("source"))?,
            kind: kind.ok_or_else(|| missing("type"))?,
        })
    }

    /// `id`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `source`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// `type`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// `Content-Type`, else `ce-datacontenttype`.
    pub fn datacontenttype(&self) -> Option<Cow<'a, str>> {
        let value = self.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        value.map(Cow::Borrowed).or_else(|| self.get("datacontenttype"))
    }

    /// An attribute or extension by its name, in lower case.
    pub fn get(&self, attribute: &str) -> Option<Cow<'a, str>> {
        let found = |(name, _): &(&str, Cow<'_, str>)| *name == attribute;
        self.attributes().find(found).map(|(_, value)| value)
    }

    /// Every attribute and extension that came as a `ce-*` header, `ce-datacontenttype` included.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> + use<'a> {
        self.headers.iter().filter_map(|(name, value)| {
            let attribute = name.as_str().strip_prefix("ce-")?;
            decode(value).ok().map(|text| (attribute, text))
        })
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), EventError> {
    let fail = |fault| EventError::attribute("datacontenttype", fault);
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    // The most common type needs no reading.
    if value == "application/json" {
        return Ok(());
    }
    let text = value.to_str().map_err(|_| fail(AttributeFault::MediaType))?;
    check_value("datacontenttype", text).map_err(fail)
}

fn check_same_type(headers: &HeaderMap, text: &str) -> Result<(), AttributeFault> {
    let same = |other: &HeaderValue| other.as_bytes().eq_ignore_ascii_case(text.as_bytes());
    match headers.get(header::CONTENT_TYPE).is_none_or(same) {
        true => Ok(()),
        false => Err(AttributeFault::ContentType),
    }
}

/// §3.1.3.2: quotes are taken off first, then one round of percent-decoding.
fn decode(value: &HeaderValue) -> Result<Cow<'_, str>, AttributeFault> {
    let text = value.to_str().map_err(|_| AttributeFault::Encoding)?;
    let text = match text.strip_prefix('"') {
        Some(quoted) => Cow::Owned(unquote(quoted).ok_or(AttributeFault::Encoding)?),
        None => Cow::Borrowed(text),
    };
    if !text.contains('%') {
        return Ok(text);
    }
    let bytes: Vec<u8> = percent_decode(text.as_bytes()).collect();
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| AttributeFault::Encoding)
}

/// Text before the closing quote, which must be the last character.
fn unquote(text: &str) -> Option<String> {
    let mut unquoted = String::with_capacity(text.len());
    let mut rest = text.chars();
    loop {
        match rest.next()? {
            '"' => return rest.next().is_none().then_some(unquoted),
            '\\' => unquoted.push(rest.next()?),
            other => unquoted.push(other),
        }
    }
}
