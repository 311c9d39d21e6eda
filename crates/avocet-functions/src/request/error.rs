//! Reasons for which a body is refused.

use http::StatusCode;

use crate::model::Memory;

/// A body that is refused before the function sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Over the function's limit.
    #[error(
        "the body is over this function's limit of {} (spec.bodyLimit, FUNC_BODY_MB_LIMIT)",
        Memory::from_bytes(*.limit)
    )]
    TooLarge {
        /// The limit, bytes.
        limit: u64,
    },
    /// Compressed in a way that is not understood here.
    #[error("content encoding {0:?} is not supported: send gzip, deflate, br or the body as it is")]
    Encoding(String),
    /// Not what its content encoding says.
    #[error("the body is not {0}, as its content encoding says, or not all of it")]
    NotEncoded(&'static str),
    /// A JSON body that says that it is not UTF-8.
    #[error("charset {0:?} is not supported for JSON: send UTF-8")]
    Charset(String),
    /// A charset that the Encoding standard does not know.
    #[error(
        "charset {0:?} is not supported: send UTF-8, or one that encoding.spec.whatwg.org names"
    )]
    UnknownCharset(String),
    /// Not what its charset says.
    #[error("the body is not {0}, as its charset says")]
    NotInCharset(&'static str),
}

impl BodyError {
    /// The status that the caller gets.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotEncoded(_) | Self::NotInCharset(_) => StatusCode::BAD_REQUEST,
            Self::Encoding(_) | Self::Charset(_) | Self::UnknownCharset(_) => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
        }
    }
}

/// Beginning of a text that a caller sent, for a message.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}
