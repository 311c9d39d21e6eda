//! Requests that say that they are CloudEvents.

use avocet_functions::cloudevents::{self, Binary, Event, EventError, Mode};
use http::{HeaderMap, StatusCode};

/// Reason for which an event whose attributes are in its body is refused.
const WHOLE_EVENT: &str = "this function reads its body as a stream (spec.bodyLimit): send the \
                           event in binary mode, with its attributes in ce- headers";

/// Refuses a request that is meant to be an event and is none. A batch is for whoever takes it apart.
///
/// # Errors
/// Which attribute is wrong, or that the body is no event.
pub(crate) fn check(mode: Mode, headers: &HeaderMap, body: &[u8]) -> Result<(), EventError> {
    match mode {
        Mode::None | Mode::Batch => Ok(()),
        Mode::Binary => Binary::check(headers).map(drop),
        Mode::Structured => Event::from_json(body).map(drop),
    }
}

/// As [`check`], where the function reads the body itself: its attributes must be in headers.
///
/// # Errors
/// Status and reason.
pub(crate) fn check_streamed(headers: &HeaderMap) -> Result<(), (StatusCode, String)> {
    let refused = |error: EventError| (error.status(), error.to_string());
    match cloudevents::mode(headers).map_err(refused)? {
        Mode::Structured | Mode::Batch => {
            Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, WHOLE_EVENT.to_owned()))
        }
        mode => check(mode, headers, &[]).map_err(refused),
    }
}
