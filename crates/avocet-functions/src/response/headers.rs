//! Headers that functions set: which can be sent, and how.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Most headers that a function can set.
pub const MAX_HEADERS: usize = 200;

/// Most bytes of names and values together.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;

/// A header that a function set and the caller does not get.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("response header {name:?} was not sent: {why}")]
pub struct Dropped {
    /// Name of the header, cut at 80 characters.
    pub name: String,
    /// Reason for which it was dropped.
    pub why: DroppedWhy,
}

/// Reason for which a header was [`Dropped`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DroppedWhy {
    /// The name has a character that names cannot have.
    #[error("its name is not a header name")]
    BadName,
    /// The value has a character that values cannot have.
    #[error("its value has a character that header values cannot have")]
    BadValue,
    /// Header of the connection, which is the platform's.
    #[error("it belongs to the connection, which the platform keeps")]
    HopByHop,
    /// `content-length` does not agree with the body.
    #[error("it does not agree with the body's length")]
    WrongLength,
    /// Too many or too long.
    #[error("a function can set {MAX_HEADERS} headers of {MAX_HEADER_BYTES} bytes together")]
    TooMany,
}

/// RFC 9110 §7.6.1.
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Puts `pairs` (name, value, name, value) into `headers`: the first of a name replaces what the
/// platform would send, the next ones join it. Returns what could not be sent.
pub(super) fn set(
    headers: &mut HeaderMap,
    pairs: &[String],
    length: Option<usize>,
) -> Vec<Dropped> {
    let mut dropped = Vec::new();
    let mut set_before: Vec<HeaderName> = Vec::new();
    let mut bytes = 0;
    for (index, pair) in pairs.chunks(2).enumerate() {
        let (name, value) = (pair[0].as_str(), pair.get(1).map_or("", String::as_str));
        bytes += name.len() + value.len();
        let checked = match index >= MAX_HEADERS || bytes > MAX_HEADER_BYTES {
            true => Err(DroppedWhy::TooMany),
            false => check(name, value, length),
        };
        match checked {
            Ok(Some((name, value))) => {
                if set_before.contains(&name) {
                    headers.append(name, value);
                } else {
                    headers.insert(name.clone(), value);
                    set_before.push(name);
                }
            }
            Ok(None) => {}
            Err(why) => dropped.push(Dropped { name: name.chars().take(80).collect(), why }),
        }
        if dropped.len() > MAX_HEADERS {
            break;
        }
    }
    dropped
}

/// The header as it is sent; `None` where the HTTP side sends the same by itself.
fn check(
    name: &str,
    value: &str,
    length: Option<usize>,
) -> Result<Option<(HeaderName, HeaderValue)>, DroppedWhy> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| DroppedWhy::BadName)?;
    if HOP_BY_HOP.contains(&name.as_str()) {
        return Err(DroppedWhy::HopByHop);
    }
    if name == header::CONTENT_LENGTH {
        return content_length(value, length).map(|keep| keep.map(|value| (name, value)));
    }
    Ok(Some((name, latin1(value).ok_or(DroppedWhy::BadValue)?)))
}

/// A known length is the HTTP side's to send; a streamed body's is the function's to promise.
fn content_length(value: &str, length: Option<usize>) -> Result<Option<HeaderValue>, DroppedWhy> {
    let promised: u64 = value.trim().parse().map_err(|_| DroppedWhy::WrongLength)?;
    match length {
        None => Ok(Some(HeaderValue::from(promised))),
        Some(length) if length as u64 == promised => Ok(None),
        Some(_) => Err(DroppedWhy::WrongLength),
    }
}

/// Characters up to U+00FF are one byte each on the wire, as Node.js writes them.
fn latin1(value: &str) -> Option<HeaderValue> {
    if value.is_ascii() {
        return HeaderValue::from_str(value).ok();
    }
    let bytes: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
    HeaderValue::from_bytes(&bytes?).ok()
}

/// Removes what describes a body.
pub(super) fn remove_content(headers: &mut HeaderMap) {
    for name in [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
        header::CONTENT_RANGE,
    ] {
        headers.remove(name);
    }
}

/// Removes what lets a cache keep an answer: an error's is not to be kept.
pub(super) fn remove_validators(headers: &mut HeaderMap) {
    for name in [header::ETAG, header::LAST_MODIFIED, header::CACHE_CONTROL, header::EXPIRES] {
        headers.remove(name);
    }
}
