//! Texts and forms in other charsets than UTF-8, made UTF-8 before a function sees them.

use avocet_frames::head::BodyKind;
use bytes::Bytes;
use http::HeaderValue;

use super::charset::{charset_of, decode, form};
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

/// The content type with UTF-8 as its charset.
fn in_utf8(content_type: &str) -> Option<HeaderValue> {
    let media = MediaType::parse(content_type)?;
    HeaderValue::from_str(&media.with_parameter(content_type, "charset", "utf-8")).ok()
}
