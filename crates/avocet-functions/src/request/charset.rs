//! Texts and forms in other charsets than UTF-8, made UTF-8 before a function sees them.
//!
//! Charsets are those of the Encoding standard (<https://encoding.spec.whatwg.org>), with the labels
//! that it has for them.

use avocet_frames::head::BodyKind;
use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};
use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use super::{BodyError, MediaType, multipart};

/// A body in UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recoded {
    /// The body.
    pub body: Bytes,
    /// The content type that says so.
    pub content_type: HeaderValue,
}

/// The body in UTF-8, where it is a text, a form or a form of several parts in another charset.
///
/// # Errors
/// [`BodyError::UnknownCharset`]; [`BodyError::NotInCharset`], so that nothing is replaced silently.
pub fn recode(
    content_type: &HeaderValue,
    kind: BodyKind,
    body: &[u8],
) -> Result<Option<Recoded>, BodyError> {
    let Ok(text) = content_type.to_str() else { return Ok(None) };
    if kind == BodyKind::Multipart {
        let boundary = MediaType::parse(text).and_then(|media| media.parameter("boundary"));
        let Some(boundary) = boundary else { return Ok(None) };
        let recoded = multipart::recode(body, boundary)?;
        return Ok(
            recoded.map(|body| Recoded { body: body.into(), content_type: content_type.clone() })
        );
    }
    let Some(charset) = charset_of(kind, Some(text))? else { return Ok(None) };
    let body = match kind {
        BodyKind::Form => form(body, charset)?.into_bytes(),
        _ => decode(body, charset)?.into_bytes(),
    };
    Ok(in_utf8(text).map(|content_type| Recoded { body: body.into(), content_type }))
}

/// The charset of a text or a form that is not UTF-8.
pub(super) fn charset_of(
    kind: BodyKind,
    content_type: Option<&str>,
) -> Result<Option<&'static Encoding>, BodyError> {
    if !matches!(kind, BodyKind::Text | BodyKind::Form) {
        return Ok(None);
    }
    let media = content_type.and_then(MediaType::parse);
    let charset = media.and_then(|media| media.parameter("charset"));
    charset.map_or(Ok(None), |label| Ok(Some(named(label)?).filter(|charset| *charset != UTF_8)))
}

/// The charset of a label.
pub(super) fn named(label: &str) -> Result<&'static Encoding, BodyError> {
    Encoding::for_label_no_replacement(label.as_bytes())
        .ok_or_else(|| BodyError::UnknownCharset(super::body::cut(label)))
}

/// A text of this charset. A byte order mark counts more than it, and is none of the text.
pub(super) fn decode(bytes: &[u8], charset: &'static Encoding) -> Result<String, BodyError> {
    let (text, used, malformed) = charset.decode(bytes);
    if malformed { Err(BodyError::NotInCharset(used.name())) } else { Ok(text.into_owned()) }
}

/// The content type with UTF-8 as its charset.
fn in_utf8(content_type: &str) -> Option<HeaderValue> {
    let media = MediaType::parse(content_type)?;
    HeaderValue::from_str(&media.with_parameter(content_type, "charset", "utf-8")).ok()
}

/// What stays as it is in a form (URL standard, the application/x-www-form-urlencoded
/// percent-encode set), and brackets, by which names nest.
const KEPT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_').remove(b'[').remove(b']');

/// A form whose names and values were percent-encoded bytes of `charset`.
fn form(body: &[u8], charset: &'static Encoding) -> Result<String, BodyError> {
    let mut out = String::with_capacity(body.len());
    for (at, pair) in body.split(|byte| *byte == b'&').enumerate() {
        if at > 0 {
            out.push('&');
        }
        let equals = memchr::memchr(b'=', pair);
        let (name, value) = equals.map_or((pair, None), |at| (&pair[..at], Some(&pair[at + 1..])));
        part(&mut out, name, charset)?;
        if let Some(value) = value {
            out.push('=');
            part(&mut out, value, charset)?;
        }
    }
    Ok(out)
}

fn part(out: &mut String, text: &[u8], charset: &'static Encoding) -> Result<(), BodyError> {
    let spaced: Vec<u8> = text.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    let bytes: Vec<u8> = percent_decode(&spaced).collect();
    let (decoded, malformed) = charset.decode_without_bom_handling(&bytes);
    if malformed {
        return Err(BodyError::NotInCharset(charset.name()));
    }
    out.extend(percent_encode(decoded.as_bytes(), KEPT));
    Ok(())
}
