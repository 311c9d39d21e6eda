//! Asynchronous calls: `Prefer: respond-async` (RFC 7240), and where their results are fetched.

use avocet_functions::request::preflight;
use bytes::Bytes;
use http::header::{ACCESS_CONTROL_EXPOSE_HEADERS, ALLOW, LOCATION, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

use super::{Call, Gateway, GatewayBody, Serves, add_cors, refusal};
use crate::delivery::accept::status_of;
use crate::results::{Found, PATH, Results, StoredAnswer, StoredCall};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const RESPOND_ASYNC: &str = "respond-async";

/// Bytes of a call's body that are kept, of a function that reads its body as a stream.
pub(super) const STREAM_BYTES: u64 = 8 << 20;

/// Whether a caller wants its answer later. Further preferences, such as `wait`, change nothing.
fn is_preferred(headers: &HeaderMap) -> bool {
    let values = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    let mut preferences = values.flat_map(|value| value.split(','));
    preferences.any(|preference| {
        let name = preference.split([';', '=']).next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case(RESPOND_ASYNC)
    })
}

/// The id of the result that a target names.
pub(super) fn result_id(target: &str) -> Option<&str> {
    let id = target.strip_prefix(PATH)?;
    Some(id.split('?').next().unwrap_or(id))
}

impl Gateway {
    /// Keeper of the results of a call that is to be answered later, where it is.
    pub(super) fn later(&self, headers: &HeaderMap) -> Option<&Results> {
        match &self.serves {
            Serves::Routed(routed) if is_preferred(headers) => Some(&routed.results),
            // One function by itself has no log: a preference may be left out.
            _ => None,
        }
    }
}

/// Accepts a call, and tells where its answer will be.
pub(super) async fn accept(
    results: &Results,
    call: &Call<'_>,
    body: Bytes,
) -> Response<GatewayBody> {
    let Call { parts, found, .. } = *call;
    let mut headers = parts.headers.clone();
    // It was obeyed.
    headers.remove(PREFER);
    let stored =
        StoredCall { method: parts.method.clone(), url: found.url.to_string(), headers, body };
    let cors = found.function.cors;
    let id = match results.accept(&found.function.name, stored).await {
        Ok(id) => id,
        Err(error) => {
            let text = format!("the call was not accepted: {error}");
            return refusal(status_of(&error), text, cors);
        }
    };
    let mut response = empty(StatusCode::ACCEPTED);
    let headers = response.headers_mut();
    headers.insert(PREFERENCE_APPLIED, HeaderValue::from_static(RESPOND_ASYNC));
    // An id has letters and digits.
    headers.extend(HeaderValue::try_from(format!("{PATH}{id}")).map(|value| (LOCATION, value)));
    if cors {
        let exposed = HeaderValue::from_static("Location, Preference-Applied");
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    add_cors(&mut response, cors);
    response
}

/// Answer about a call. Whoever knows its id may know it.
pub(super) async fn result(results: &Results, parts: &Parts, id: &str) -> Response<GatewayBody> {
    match parts.method {
        Method::GET | Method::HEAD => {}
        Method::OPTIONS => {
            let mut response = empty(StatusCode::OK);
            *response.headers_mut() = preflight(&parts.headers);
            return response;
        }
        _ => {
            let text = "a result is fetched with GET".to_owned();
            let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, text, true);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
            return response;
        }
    }
    match results.find(id).await {
        Ok(Found::Waits) => {
            let mut response = empty(StatusCode::ACCEPTED);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            add_cors(&mut response, true);
            response
        }
        Ok(Found::Answered(answer)) => {
            let StoredAnswer { status, headers, body } = *answer;
            let mut response = Response::new(GatewayBody::whole(body));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            response
        }
        Ok(Found::Unknown) => {
            let text =
                "there is no such result: its address is wrong, or it is older than 24 hours";
            refusal(StatusCode::NOT_FOUND, text.to_owned(), true)
        }
        Err(error) => refusal(status_of(&error), error.to_string(), true),
    }
}

fn empty(status: StatusCode) -> Response<GatewayBody> {
    let mut response = Response::new(GatewayBody::whole(Bytes::new()));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preference_is_found_among_others() {
        for (values, expected) in [
            (&["respond-async"][..], true),
            (&["wait=10, Respond-Async"], true),
            (&["return=minimal", "respond-async; x=1"], true),
            (&["respond-async=\"\""], true),
            (&["respond-asynchronously"], false),
            (&["handling=lenient"], false),
            (&[], false),
        ] {
            let values = values.iter().map(|value| (PREFER, HeaderValue::from_static(value)));
            let mut headers = HeaderMap::new();
            values.for_each(|(name, value)| {
                headers.append(name, value);
            });
            assert_eq!(is_preferred(&headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn a_result_has_its_id_in_its_path() {
        assert_eq!(result_id("/_avocet/results/4f1c?x"), Some("4f1c"));
        assert_eq!(result_id("/default/f"), None);
    }
}
