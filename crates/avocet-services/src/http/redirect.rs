//! Redirects (RFC 9110, section 15.4).

use ::http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE, COOKIE,
    HOST, LOCATION, PROXY_AUTHORIZATION,
};
use ::http::{Method, Response, StatusCode};
use bytes::Bytes;

use super::url::Target;
use super::{HttpError, HttpErrorKind, HttpRequest};

/// Changes the request to the one that a redirect asks for, and gives its target; `None` where the
/// answer is no redirect.
pub(super) fn next<B>(
    request: &mut HttpRequest,
    target: &Target,
    response: &Response<B>,
) -> Result<Option<Target>, HttpError> {
    let status = response.status();
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.headers().get(LOCATION) else { return Ok(None) };
    let location = std::str::from_utf8(location.as_bytes()).map_err(|_| {
        HttpError::new(HttpErrorKind::Redirect, "it was redirected to what is no URL")
    })?;
    let next = target.join(location)?;
    let becomes_get = match status {
        StatusCode::SEE_OTHER => request.method != Method::HEAD,
        // As everybody does.
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => request.method == Method::POST,
        _ => false,
    };
    if becomes_get {
        request.method = Method::GET;
        request.body = Bytes::new();
        for name in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION] {
            request.headers.remove(name);
        }
    }
    if !next.has_origin_of(target) {
        // What was for one server is not for another.
        for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, HOST] {
            request.headers.remove(name);
        }
    }
    Ok(Some(next))
}
