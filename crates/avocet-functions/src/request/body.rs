//! Reading of a request's body, by its kind, and the bodies that are refused.

use avocet_frames::head::BodyKind;
use http::{HeaderMap, HeaderValue, header};

use super::error::cut;
use super::{BodyError, MediaType};

/// Whether a message has a body (RFC 9112 §6.3): it names a length, 0 included, or a transfer
/// encoding.
pub fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::CONTENT_LENGTH) || headers.contains_key(header::TRANSFER_ENCODING)
}

/// Kind as which the body is to be read, by content type.
///
/// JSON types (`application/json`, `*+json`) are JSON, `text/*` is text,
/// `application/x-www-form-urlencoded` a form, `multipart/*` stays on the request, a structured
/// CloudEvent is an event; all else, an absent or malformed content type included, is bytes. Where
/// there is no body there is nothing to read, whatever the content type says.
pub fn body_kind(content_type: Option<&str>, has_body: bool) -> BodyKind {
    if !has_body {
        return BodyKind::None;
    }
    let Some(media) = content_type.and_then(MediaType::parse) else { return BodyKind::Binary };
    if media.is("application", "cloudevents+json") {
        BodyKind::Event
    } else if media.is_json() {
        BodyKind::Json
    } else if media.has_type("text") {
        BodyKind::Text
    } else if media.is("application", "x-www-form-urlencoded") {
        BodyKind::Form
    } else if media.has_type("multipart") {
        BodyKind::Multipart
    } else {
        BodyKind::Binary
    }
}

/// Whether a body of this length, known or received so far, is within the limit (bytes).
pub fn check_length(length: u64, limit: u64) -> Result<(), BodyError> {
    if length > limit { Err(BodyError::TooLarge { limit }) } else { Ok(()) }
}

/// Kind as which a function reads a body that arrives while it runs: the bytes that the caller
/// sent, whatever type and encoding they say they are in.
pub fn streamed_body(headers: &HeaderMap) -> BodyKind {
    let is_empty = headers.get(header::CONTENT_LENGTH).is_some_and(|length| length == "0");
    if has_body(headers) && !is_empty { BodyKind::Stream } else { BodyKind::None }
}

/// Decides on a request's body by its headers alone: how it is to be read, or why it is refused.
///
/// The length is checked where the headers name it; a body of unknown length is held to the limit
/// with [`check_length`] as it arrives.
pub fn check_body(headers: &HeaderMap, limit: u64) -> Result<BodyKind, BodyError> {
    let Some(length) = headers.get(header::CONTENT_LENGTH) else {
        let chunked = headers.contains_key(header::TRANSFER_ENCODING);
        return if chunked { check_types(headers) } else { Ok(BodyKind::None) };
    };
    if let Some(length) = length.to_str().ok().and_then(|n| n.parse().ok()) {
        check_length(length, limit)?;
    }
    check_types(headers)
}

fn check_types(headers: &HeaderMap) -> Result<BodyKind, BodyError> {
    let text = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
    super::coding(headers)?;
    let content_type = text(header::CONTENT_TYPE);
    // The most common type needs no reading.
    if content_type == Some("application/json") {
        return Ok(BodyKind::Json);
    }
    let kind = body_kind(content_type, true);
    if matches!(kind, BodyKind::Json | BodyKind::Event) {
        let charset = content_type.and_then(MediaType::parse).and_then(|m| m.parameter("charset"));
        let sound = |c: &str| UTF_8.iter().any(|name| c.eq_ignore_ascii_case(name));
        if let Some(other) = charset.filter(|c| !sound(c)) {
            return Err(BodyError::Charset(cut(other)));
        }
    }
    super::charset::charset_of(kind, content_type)?;
    Ok(kind)
}

/// Names of UTF-8, and of what is UTF-8 too.
const UTF_8: [&str; 3] = ["utf-8", "utf8", "us-ascii"];
