//! Errors as RFC 9457 problem details.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};

/// Failure of the API, with its reason.
#[derive(Debug)]
pub(crate) struct Problem {
    pub status: StatusCode,
    /// One sentence: what failed, and what to do.
    pub detail: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), header: None }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// 405, with the methods that there are.
    pub(crate) fn method_not_allowed(allowed: &str) -> Self {
        let mut problem = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("this path has no such method; it has {allowed}"),
        );
        problem.header = HeaderValue::from_str(allowed).ok().map(|value| (ALLOW, value));
        problem
    }

    /// 503, to be tried again soon.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, detail);
        problem.header = Some((RETRY_AFTER, HeaderValue::from_static("1")));
        problem
    }

    pub(super) fn into_response<B: From<Bytes>>(self) -> Response<B> {
        let details = avocet_api::Problem {
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            diagnostics: Vec::new(),
        };
        let body = serde_json::to_vec(&details).unwrap_or_default();
        let mut response = Response::new(Bytes::from(body).into());
        *response.status_mut() = self.status;
        let kind = HeaderValue::from_static(avocet_api::Problem::MEDIA_TYPE);
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response.headers_mut().extend(self.header);
        response
    }
}
