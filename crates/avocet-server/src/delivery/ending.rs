//! Outcomes of deliveries, by the sinks' answers (specification of functions §3).

use std::time::Duration;

use avocet_delivery::Outcome;
use avocet_workers::FailureKind;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::log_lines::now_ms;

/// Outcome by a sink's own answer: 2xx is a success; 3xx, 408, 429 and 5xx are failures, which are
/// tried again; any other 4xx means "never again".
pub(crate) fn of_status(status: StatusCode, headers: &HeaderMap) -> Outcome {
    match status.as_u16() {
        200..=299 => Outcome::Delivered,
        408 | 429 => Outcome::Failed { retry_after: retry_after(headers) },
        400..=499 => Outcome::Rejected,
        _ => Outcome::Failed { retry_after: retry_after(headers) },
    }
}

/// Outcome of a call that the platform ended. What the function did is its failure; what the
/// platform did not let it do is none, and never kills an event by itself.
pub(crate) fn of_failure(kind: FailureKind, headers: &HeaderMap) -> Outcome {
    let retry_after = retry_after(headers);
    match kind {
        FailureKind::Overload | FailureKind::NotLoaded | FailureKind::BadBody => {
            Outcome::Refused { retry_after }
        }
        FailureKind::Timeout
        | FailureKind::Cpu
        | FailureKind::Heap
        | FailureKind::Crashed
        | FailureKind::Exited
        | FailureKind::Internal => Outcome::Failed { retry_after },
    }
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds, or a time.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = rfc2822::parse(text).ok()?.timestamp();
    let now = Timestamp::from_millisecond(now_ms() as i64).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(status: u16) -> Outcome {
        of_status(StatusCode::from_u16(status).unwrap(), &HeaderMap::new())
    }

    #[test]
    fn a_status_decides_what_becomes_of_the_event() {
        for status in [200, 202, 204, 299] {
            assert_eq!(of(status), Outcome::Delivered, "{status}");
        }
        for status in [400, 401, 404, 409, 413, 422] {
            assert_eq!(of(status), Outcome::Rejected, "{status}");
        }
        for status in [301, 302, 307, 408, 429, 500, 502, 503, 599] {
            assert_eq!(of(status), Outcome::Failed { retry_after: None }, "{status}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_time() {
        let of = |text: &str| {
            let headers =
                HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(text).unwrap())]);
            retry_after(&headers).map(|pause| pause.as_secs())
        };
        assert_eq!(of("120"), Some(120));
        assert_eq!(of("soon"), None);
        assert_eq!(of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(0), "that is over");
        let later = of("Fri, 01 Jan 2100 00:00:00 GMT").unwrap();
        assert!(later > 365 * 24 * 3600);
    }
}
