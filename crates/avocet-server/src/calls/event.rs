//! Requests that say that they are CloudEvents.

use avocet_functions::cloudevents::{Binary, Event, EventError, Mode};
use http::HeaderMap;

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
