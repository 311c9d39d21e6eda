//! CloudEvents 1.0 over HTTP: strict, borrowed, and without parsing `data`.
//!
//! - [`mode`] distinguishes a plain request from a binary, structured or batched event;
//! - [`Binary::check`] validates the `ce-*` headers of a request in place;
//! - [`Event::from_json`] and [`batch`] validate the JSON format and leave `data` as the text that
//!   it is;
//! - [`Event`] is also how an event is built, and is written in either mode.
//!
//! - [`accept`] takes what functions are called with: of every version since 0.1, without one, and
//!   with values that the rules do not allow.
//!
//! All but [`accept`] takes version 1.0 alone; others, whose attributes differ, are refused with an
//! error that names `specversion`.
//!
//! # Choices where the specification leaves room
//! - A request is a binary event when it has one of the four required attributes as a header;
//!   another `ce-` header alone does not make it one.
//! - `ce-datacontenttype` (which the binding replaces by `Content-Type`) is taken where there is no
//!   `Content-Type` and refused where the two differ.
//! - `%` in a header that does not begin an encoded byte stands for itself; bytes that are no UTF-8
//!   after decoding, and bytes over 0x7F that came unencoded, are refused.
//! - Attribute names can be longer than the recommended 20 characters.
//!
//! # Why not `cloudevents-sdk`
//! The official crate was weighed (0.9). It parses `data` into a `serde_json::Value` on the way in,
//! builds owned maps for each event, does not check attribute names, URIs, times or media types
//! against the specification, and its errors do not name the attribute; it also brings `chrono`,
//! `url`, `snafu` and a second `base64`. A gateway needs the opposite on its hot path, so this
//! module has its own reader and writer, held to the specification by the tables in `tests/data`.

mod accept;
mod attribute;
mod binary;
mod error;
mod event;
mod payload;
mod structured;
mod uri;
mod write;

pub use accept::{Accepted, Member, accept, accept_batch, call_mode};
pub use binary::Binary;
pub use error::{AttributeFault, EventError};
pub use event::{Data, Event, ExtensionValue};
pub use structured::{Structured, batch};

use http::{HeaderMap, header};

/// Content type of a structured event.
pub const STRUCTURED: &str = "application/cloudevents+json";

/// Content type of a batch.
pub const BATCH: &str = "application/cloudevents-batch+json";

/// The version that is written, and the only one that is read without tolerance.
pub const SPECVERSION: &str = "1.0";

/// Mode in which a request carries an event (HTTP binding §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// No event in the request.
    None,
    /// Attributes in headers, data in the body.
    Binary,
    /// The whole event in the body, as JSON.
    Structured,
    /// Several events in the body, as a JSON array.
    Batch,
}

/// Mode in which a request carries an event, by its headers.
///
/// An event in a format other than JSON is an error, which is answered with 415.
pub fn mode(headers: &HeaderMap) -> Result<Mode, EventError> {
    if let Some(value) = headers.get(header::CONTENT_TYPE)
        && let Some(mode) = mode_of(value.as_bytes())
    {
        return mode;
    }
    let required = ["ce-id", "ce-source", "ce-specversion", "ce-type"];
    let is_event = headers.keys().any(|name| {
        let name = name.as_str();
        name.starts_with("ce-") && required.contains(&name)
    });
    Ok(if is_event { Mode::Binary } else { Mode::None })
}

fn mode_of(content_type: &[u8]) -> Option<Result<Mode, EventError>> {
    const PREFIX: &[u8] = b"application/cloudevents";
    let beginning = content_type.get(..PREFIX.len())?;
    if !beginning.eq_ignore_ascii_case(PREFIX) {
        return None;
    }
    let end = content_type.iter().position(|&b| b == b';').unwrap_or(content_type.len());
    let essence = content_type[..end].trim_ascii();
    if essence.eq_ignore_ascii_case(STRUCTURED.as_bytes()) {
        Some(Ok(Mode::Structured))
    } else if essence.eq_ignore_ascii_case(BATCH.as_bytes()) {
        Some(Ok(Mode::Batch))
    } else {
        let format = String::from_utf8_lossy(essence).chars().take(80).collect();
        Some(Err(EventError::UnsupportedFormat(format)))
    }
}
