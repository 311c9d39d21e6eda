//! Errors between a client and a server.

use http::StatusCode;

use crate::Problem;

/// Reason for which a server was not asked, or did not answer as it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The server's address is no URL that can be used.
    #[error("{reason}: {url}")]
    Url {
        /// The address.
        url: String,
        /// Fault in it.
        reason: &'static str,
    },
    /// The server's address wants TLS, which this client does not speak.
    #[error("https is not supported: {0}")]
    Https(String),
    /// A request's path cannot be sent.
    #[error("not a path: {0}")]
    Path(String),
    /// There is no connection to the server.
    #[error("no server answers: {server}: {reason}")]
    Unreachable {
        /// The server's address.
        server: String,
        /// Reason for which there is none.
        reason: String,
    },
    /// The connection ended before the answer's head.
    #[error("the server did not answer: {server}")]
    NoAnswer {
        /// The server's address.
        server: String,
        /// Cause.
        source: hyper::Error,
    },
    /// The connection ended inside the answer's body.
    #[error("the answer broke off: {server}")]
    BrokenOff {
        /// The server's address.
        server: String,
        /// Cause.
        source: hyper::Error,
    },
    /// Lines that are read as they come ended without their end.
    #[error("the server ended the answer")]
    LogEnded(#[source] hyper::Error),
    /// A line is longer than any line can be.
    #[error("the server sent a line of more than {0} bytes")]
    LongLine(usize),
    /// The server refused, and says why.
    #[error("{}", .0.detail)]
    Refused(Box<Problem>),
    /// The server answered with this status, and nothing that this API says.
    #[error("the server answered {0}")]
    Status(StatusCode),
    /// A body is not JSON, or not the JSON that belongs there.
    #[error("{}", if .0.is_data() { "the server's answer is not as expected" } else { "the server's answer is not JSON" })]
    Body(#[source] serde_json::Error),
}
