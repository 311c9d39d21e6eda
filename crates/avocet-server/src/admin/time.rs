//! Times.

use std::time::Duration;

use super::Problem;

/// A time as the API writes it.
pub(super) fn rfc3339(milliseconds: u64) -> String {
    let time = i64::try_from(milliseconds).ok();
    let time = time.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    format!("{:.3}", time.unwrap_or_default())
}

/// Milliseconds of a time like `250ms`, `90s`, `10m`, `2h` or `1d`.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let (number, unit) = match number.strip_suffix('m') {
        Some(number) if unit == "s" => (number, 1),
        _ => {
            let unit = match unit {
                "s" => 1000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return None,
            };
            (number, unit)
        }
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// A time of a parameter.
pub(super) fn duration(name: &str, text: &str) -> Result<Duration, Problem> {
    let wrong =
        || Problem::bad_request(format!("{name}={text:?} is no time like 250ms, 90s, 10m or 2h"));
    milliseconds(text).map(Duration::from_millis).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, expected) in [
            ("250ms", Some(250)),
            ("90s", Some(90_000)),
            ("10m", Some(600_000)),
            ("2h", Some(7_200_000)),
            ("1d", Some(86_400_000)),
            ("", None),
            ("s", None),
            ("10", None),
            ("-1s", None),
            ("99999999999999999999d", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }

    #[test]
    fn times_have_milliseconds() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_769_860_800_123), "2026-01-31T12:00:00.123Z");
    }
}
