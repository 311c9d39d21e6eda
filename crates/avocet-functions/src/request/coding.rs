//! Compressed bodies.

use http::{HeaderMap, header};

use super::BodyError;

/// A way to compress a body (RFC 9110 section 8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    /// `gzip`.
    Gzip,
    /// `deflate`: in the frame of RFC 1950, as that section says.
    Deflate,
    /// `br`.
    Brotli,
}

impl Coding {
    /// Name in headers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
        }
    }
}

/// Compression of the body, where it has one.
///
/// # Errors
/// [`BodyError::Encoding`] for another coding, or several of them on top of each other.
pub fn coding(headers: &HeaderMap) -> Result<Option<Coding>, BodyError> {
    let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return match headers.contains_key(header::CONTENT_ENCODING) {
            true => Err(BodyError::Encoding("several".to_owned())),
            false => Ok(None),
        };
    };
    let text = value.to_str().unwrap_or("?").trim();
    let is = |name: &str| text.eq_ignore_ascii_case(name);
    match () {
        () if text.is_empty() || is("identity") => Ok(None),
        () if is("gzip") || is("x-gzip") => Ok(Some(Coding::Gzip)),
        () if is("deflate") => Ok(Some(Coding::Deflate)),
        () if is("br") => Ok(Some(Coding::Brotli)),
        () => Err(BodyError::Encoding(super::error::cut(text))),
    }
}
