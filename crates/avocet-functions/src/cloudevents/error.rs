//! Faults of events.

use http::StatusCode;

use super::{BATCH, STRUCTURED};

/// A request that is meant to be a CloudEvent and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// One attribute is at fault.
    #[error("CloudEvent attribute {attribute:?} {fault}")]
    Attribute {
        /// The attribute, without `ce-`.
        attribute: String,
        /// Fault of its value.
        fault: AttributeFault,
    },
    /// The body is no JSON.
    #[error("CloudEvent is not valid JSON: {message}, at line {line} column {column}")]
    Json {
        /// Message of the parser.
        message: String,
        /// Line in the body, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The body is JSON, and not an object.
    #[error("CloudEvent is not a JSON object")]
    NotObject,
    /// A batch's body is JSON, and not an array.
    #[error("CloudEvents batch is not a JSON array")]
    NotArray,
    /// A structured event has both `data` and `data_base64`.
    #[error("CloudEvent has both \"data\" and \"data_base64\": only one is allowed")]
    BothData,
    /// `data_base64` cannot be decoded.
    #[error("CloudEvent member \"data_base64\" is not a base64 string")]
    Base64,
    /// The event's format is not JSON.
    #[error("CloudEvent format {0:?} is not supported: allowed are {STRUCTURED} and {BATCH}")]
    UnsupportedFormat(String),
    /// An event of a batch is at fault.
    #[error("event {number} of {of}: {error}")]
    InBatch {
        /// Place of the event in the batch, from 1.
        number: usize,
        /// Events in the batch.
        of: usize,
        /// Fault of that event.
        error: Box<EventError>,
    },
}

/// Fault of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttributeFault {
    /// Required attribute that is missing.
    #[error("is missing")]
    Missing,
    /// Attribute that is there and empty.
    #[error("is empty")]
    Empty,
    /// Attribute that is there twice.
    #[error("is given twice")]
    Duplicate,
    /// Name that is not allowed.
    #[error(
        "has a name that is not allowed: names are lower-case letters and digits, not \"data\""
    )]
    Name,
    /// Value with a control character or the like.
    #[error("has a character that is not allowed")]
    Character,
    /// Header with bytes that should be percent-encoded, or that are no UTF-8 when decoded.
    #[error("is not UTF-8 text, percent-encoded")]
    Encoding,
    /// `specversion` is another one.
    #[error("is {0:?}: supported is \"1.0\"")]
    Version(String),
    /// Not a URI-reference (RFC 3986 §4.1).
    #[error("is not a URI-reference (RFC 3986)")]
    UriReference,
    /// Not a URI (RFC 3986 §3).
    #[error("is not an absolute URI (RFC 3986)")]
    Uri,
    /// Not a time.
    #[error("is not a time such as \"2020-12-20T13:37:33Z\" (RFC 3339)")]
    Time,
    /// Not a media type.
    #[error("is not a media type such as \"application/json\" (RFC 2046)")]
    MediaType,
    /// `ce-datacontenttype` and `Content-Type` differ.
    #[error("differs from the Content-Type header")]
    ContentType,
    /// Not a string, where one is needed.
    #[error("is not a string")]
    NotString,
    /// An extension that is no string, boolean or 32-bit integer.
    #[error("is not a string, a boolean or an integer of 32 bits")]
    ExtensionType,
}

impl EventError {
    pub(super) fn attribute(attribute: &str, fault: AttributeFault) -> Self {
        Self::Attribute { attribute: attribute.chars().take(80).collect(), fault }
    }

    pub(super) fn json(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let message = text.rfind(" at line ").map_or(&text[..], |at| &text[..at]);
        Self::Json { message: message.to_owned(), line: error.line(), column: error.column() }
    }

    pub(super) fn not_utf8(bytes: &[u8], error: std::str::Utf8Error) -> Self {
        let before = &bytes[..error.valid_up_to()];
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|&&b| b != b'\n').count() + 1;
        Self::Json { message: "the text is not UTF-8".to_owned(), line, column }
    }

    /// The status that the sender gets.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::UnsupportedFormat(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}
