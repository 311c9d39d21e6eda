//! Answers to calls that the platform ended.

use avocet_frames::head::{Failure, FailureKind, Respond};
use http::StatusCode;

/// The status for a failure.
pub const fn status(kind: FailureKind) -> StatusCode {
    match kind {
        FailureKind::Timeout | FailureKind::Cpu => StatusCode::REQUEST_TIMEOUT,
        FailureKind::BadBody => StatusCode::BAD_REQUEST,
        FailureKind::Overload | FailureKind::NotLoaded => StatusCode::SERVICE_UNAVAILABLE,
        FailureKind::Crashed => StatusCode::BAD_GATEWAY,
        FailureKind::Heap | FailureKind::Exited | FailureKind::Internal => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

/// Seconds after which a caller may try again, for `Retry-After`: a full queue drains quickly, a
/// function that does not load needs a person or a restart.
pub const fn retry_after(kind: FailureKind) -> Option<u32> {
    match kind {
        FailureKind::Overload => Some(1),
        FailureKind::NotLoaded => Some(5),
        _ => None,
    }
}

/// The line that the caller gets. A defect of the platform is not described to callers.
pub(super) fn message(failure: &Failure) -> String {
    match failure.kind {
        FailureKind::Internal => super::INTERNAL_SERVER_ERROR.to_owned(),
        _ => line(failure),
    }
}

/// The failure in one line, for the function's log: its own, else one by kind.
pub fn line(failure: &Failure) -> String {
    let own = failure.message.lines().next().unwrap_or("").trim();
    if !own.is_empty() {
        return own.to_owned();
    }
    let text = match failure.kind {
        FailureKind::Timeout => "the function did not answer in time (`spec.timeout`)",
        FailureKind::Cpu => "the function used more processor time than allowed (`spec.cpuTime`)",
        FailureKind::Heap => {
            "the function used more memory than allowed (`spec.resourceConfiguration`)"
        }
        FailureKind::BadBody => "the body is not what its content type says",
        FailureKind::Overload => "too many calls are waiting for the function",
        FailureKind::NotLoaded => "the function could not be loaded",
        FailureKind::Crashed => "the function's process ended during the call",
        FailureKind::Exited => "the function ended its process during the call",
        FailureKind::Internal => super::INTERNAL_SERVER_ERROR,
    };
    text.to_owned()
}

/// The failure of an answer that says that it has one.
pub(super) fn of(respond: &Respond) -> Failure {
    let none = || Failure { kind: FailureKind::Internal, message: String::new() };
    respond.e.clone().unwrap_or_else(none)
}
