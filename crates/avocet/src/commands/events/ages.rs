//! Times, as a person reads them: how long ago, or in how long.

use jiff::Timestamp;

/// Seconds between a time and now; `None` where it is no time.
fn seconds(time: &str, now: Timestamp) -> Option<i64> {
    Some(now.as_second() - time.parse::<Timestamp>().ok()?.as_second())
}

/// Age of a time (`12s`, `5m`, `3h`, `9d`).
pub(super) fn age(time: &str, now: Timestamp) -> String {
    seconds(time, now).map_or_else(|| "-".to_owned(), |seconds| short(seconds.max(0)))
}

/// A time to come (`in 12s`), or `now`.
pub(super) fn ahead(time: &str, now: Timestamp) -> String {
    match seconds(time, now) {
        None => "-".to_owned(),
        Some(seconds) if seconds >= 0 => "now".to_owned(),
        Some(seconds) => format!("in {}", short(-seconds)),
    }
}

fn short(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_their_largest_unit() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        for (time, told) in [
            ("2026-01-31T11:59:48.5Z", "12s"),
            ("2026-01-31T11:55:00Z", "5m"),
            ("2026-01-31T09:00:00Z", "3h"),
            ("2026-01-22T12:00:00Z", "9d"),
            ("2026-01-31T12:00:09Z", "0s"),
            ("yesterday", "-"),
        ] {
            assert_eq!(age(time, now), told, "{time}");
        }
        assert_eq!(ahead("2026-01-31T12:00:09Z", now), "in 9s");
        assert_eq!(ahead("2026-01-31T11:59:59Z", now), "now");
        assert_eq!(ahead("2026-02-02T13:00:00Z", now), "in 2d");
    }
}
