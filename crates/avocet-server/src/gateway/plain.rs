//! Requests as functions see them: with a body that is neither compressed nor, where it is a text or
//! a form, in another charset than UTF-8.

use avocet_functions::request::{BodyError, BodyKind, recode};
use bytes::Bytes;
use http::HeaderValue;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::request::Parts;

/// Bodies up to this size (bytes) are decoded on the connection's own thread.
const AT_ONCE: usize = 64 * 1024;

/// A body, and the request that it belongs to, where that is not the one that came.
pub(super) struct Plain {
    pub parts: Option<Parts>,
    pub body: Bytes,
}

/// The request with its body in UTF-8. `inflated`: the body came compressed.
pub(super) async fn plain(
    parts: &Parts,
    kind: BodyKind,
    inflated: bool,
    body: Bytes,
) -> Result<Plain, BodyError> {
    let content_type = parts.headers.get(CONTENT_TYPE);
    let recoded = match (kind, content_type) {
        (BodyKind::Text | BodyKind::Form | BodyKind::Multipart, Some(content_type)) => {
            let is_small = body.len() <= AT_ONCE;
            let (content_type, body) = (content_type.clone(), body.clone());
            let work = move || recode(&content_type, kind, &body);
            match is_small {
                true => work()?,
                // It only fails where the work panics.
                false => tokio::task::spawn_blocking(work).await.unwrap_or(Ok(None))?,
            }
        }
        _ => None,
    };
    Ok(match recoded {
        Some(recoded) => {
            let content_type = Some(recoded.content_type);
            let parts = rewritten(parts, inflated, content_type, recoded.body.len());
            Plain { parts: Some(parts), body: recoded.body }
        }
        None => {
            let parts = inflated.then(|| rewritten(parts, true, None, body.len()));
            Plain { parts, body }
        }
    })
}

fn rewritten(
    parts: &Parts,
    inflated: bool,
    content_type: Option<HeaderValue>,
    length: usize,
) -> Parts {
    let mut parts = parts.clone();
    if inflated {
        parts.headers.remove(CONTENT_ENCODING);
    }
    if let Some(content_type) = content_type {
        parts.headers.insert(CONTENT_TYPE, content_type);
    }
    parts.headers.remove(TRANSFER_ENCODING);
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    parts
}
