//! `OPTIONS`, answered by the platform.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Headers of the answer to `OPTIONS` (status 200, no body) for a function with `cors`: any
/// origin, and the method and headers that the request asks for.
pub fn preflight(request: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let pairs: [(HeaderName, HeaderName); 2] = [
        (header::ACCESS_CONTROL_REQUEST_METHOD, header::ACCESS_CONTROL_ALLOW_METHODS),
        (header::ACCESS_CONTROL_REQUEST_HEADERS, header::ACCESS_CONTROL_ALLOW_HEADERS),
    ];
    for (asked, allowed) in pairs {
        if let Some(value) = request.get(asked) {
            headers.insert(allowed, value.clone());
        }
    }
    headers
}
