//! Times of cron expressions, by their zones.

use avocet_functions::schedule::{Schedule, ScheduleError};

fn ms(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap().to_string()
}

/// The next `count` times after `from`.
fn next(schedule: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
    let schedule = Schedule::parse(schedule, zone).unwrap();
    let times = std::iter::successors(schedule.next_after(ms(from)), |ms| schedule.next_after(*ms));
    times.take(count).map(time).collect()
}

#[test]
fn fields_names_and_nicknames() {
    let from = "2026-03-02T10:00:30.5Z";
    for (schedule, expected) in [
        ("* * * * *", ["2026-03-02T10:01:00Z", "2026-03-02T10:02:00Z"]),
        ("*/10 * * * * *", ["2026-03-02T10:00:40Z", "2026-03-02T10:00:50Z"]),
        ("30 7 * * MON-FRI", ["2026-03-03T07:30:00Z", "2026-03-04T07:30:00Z"]),
        ("0 12 1 jan,jul *", ["2026-07-01T12:00:00Z", "2027-01-01T12:00:00Z"]),
        ("0 0 L * *", ["2026-03-31T00:00:00Z", "2026-04-30T00:00:00Z"]),
        ("0 0 29 2 *", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
        ("@hourly", ["2026-03-02T11:00:00Z", "2026-03-02T12:00:00Z"]),
        ("@weekly", ["2026-03-08T00:00:00Z", "2026-03-15T00:00:00Z"]),
        // Either day is enough.
        ("0 0 13 * FRI", ["2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z"]),
    ] {
        assert_eq!(next(schedule, "UTC", from, 2), expected, "{schedule}");
    }
}

#[test]
fn a_time_that_is_skipped_or_comes_twice_runs_once() {
    // Berlin goes from 02:00 to 03:00 on 2026-03-29, and from 03:00 to 02:00 on 2026-10-25.
    assert_eq!(
        next("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2),
        ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
    );
    assert_eq!(
        next("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2),
        ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
    );
    // What repeats goes on: not in the gap, and in both of the hours that come twice.
    assert_eq!(
        next("*/30 * * * *", "europe/berlin", "2026-03-29T00:30:00Z", 3),
        ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:00:00Z"]
    );
    assert_eq!(next("*/30 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", 6).len(), 6);
    assert_eq!(
        next("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 3),
        ["2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"]
    );
}

#[test]
fn the_last_time_is_at_or_before() {
    let schedule = Schedule::parse("0 * * * *", "UTC").unwrap();
    assert_eq!(
        schedule.last_until(ms("2026-03-02T10:00:00Z")).map(time).unwrap(),
        "2026-03-02T10:00:00Z"
    );
    assert_eq!(
        schedule.last_until(ms("2026-03-02T09:59:59.9Z")).map(time).unwrap(),
        "2026-03-02T09:00:00Z"
    );
    assert_eq!(schedule.to_string(), "0 * * * * UTC");
}

#[test]
fn what_never_fires_or_cannot_be_read_is_refused() {
    let error = |schedule: &str, zone: &str| Schedule::parse(schedule, zone).unwrap_err();
    assert!(matches!(error("0 0 30 2 *", "UTC"), ScheduleError::Never { .. }));
    assert!(matches!(error("0 0 31 4,6,9,11 *", "Asia/Tokyo"), ScheduleError::Never { .. }));
    assert!(matches!(error("0 0 0 1 1 * 2020", "UTC"), ScheduleError::Never { .. }));
    assert!(matches!(error(&"*".repeat(10_000), "UTC"), ScheduleError::TooLong(10_000)));
    for wrong in
        ["", "  ", "* * *", "60 * * * *", "every day", "* * * * * * * *", "\0", "*/0 * * * *"]
    {
        assert!(matches!(error(wrong, "UTC"), ScheduleError::Syntax { .. }), "{wrong:?}");
    }
    for wrong in ["", "Berlin", "Europe/Berlin ", "../etc/passwd", "+02:00"] {
        assert!(matches!(error("* * * * *", wrong), ScheduleError::Zone { .. }), "{wrong:?}");
    }
}
