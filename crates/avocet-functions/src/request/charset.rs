//! Charsets of texts and forms: those of the Encoding standard (<https://encoding.spec.whatwg.org>), with the labels
//! that it has for them.

use avocet_frames::head::BodyKind;
use encoding_rs::{Encoding, UTF_8};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use super::{BodyError, MediaType};

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
        .ok_or_else(|| BodyError::UnknownCharset(super::error::cut(label)))
}

/// A text of this charset. A byte order mark counts more than it, and is none of the text.
pub(super) fn decode(bytes: &[u8], charset: &'static Encoding) -> Result<String, BodyError> {
    let (text, used, malformed) = charset.decode(bytes);
    if malformed { Err(BodyError::NotInCharset(used.name())) } else { Ok(text.into_owned()) }
}

/// Characters that stay as they are in a form (URL standard, the application/x-www-form-urlencoded
/// percent-encode set), and brackets, by which names nest.
const KEPT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_').remove(b'[').remove(b']');

/// A form whose names and values were percent-encoded bytes of `charset`.
pub(super) fn form(body: &[u8], charset: &'static Encoding) -> Result<String, BodyError> {
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
