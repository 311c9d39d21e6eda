//! The times of a cron expression.

use std::fmt;

use croner::Cron;
use croner::errors::CronError;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Zoned};

/// Longest cron expression, bytes.
pub const MAX_SCHEDULE: usize = 200;

/// Times of a cron expression in a time zone.
///
/// Five fields (minute, hour, day of month, month, day of week), six with seconds before them, seven
/// with a year behind them; `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. Names (`MON`,
/// `JAN`), ranges, steps and lists are as in Vixie cron; `L`, `W` and `#` as in Quartz. Where both
/// days are given, either is enough.
///
/// # Change of daylight saving time
/// A time of day that is skipped runs at the first moment after the gap; one that comes twice runs
/// the first time. A repeating expression (`*/5 * * * *`) runs at every moment that it names: not in
/// the gap, and in both of the hours that come twice.
///
/// Time zones are those of the program, not of the machine: every machine of a cluster finds the same
/// times.
///
/// ```
/// use avocet_functions::schedule::Schedule;
///
/// let daily = Schedule::parse("30 7 * * *", "Europe/Berlin")?;
/// // 2026-07-01T00:00:00Z: the next 07:30 in Berlin is 05:30 in UTC.
/// assert_eq!(daily.next_after(1_782_864_000_000), Some(1_782_883_800_000));
/// assert!(Schedule::parse("0 0 30 2 *", "UTC").is_err());
/// # Ok::<(), avocet_functions::schedule::ScheduleError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
}

/// An expression or a time zone that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// No cron expression.
    #[error("{text:?} is no cron expression: {reason}")]
    Syntax {
        /// The expression, cut at 80 characters.
        text: String,
        /// Fault.
        reason: String,
    },
    /// Over [`MAX_SCHEDULE`].
    #[error("a cron expression has at most {MAX_SCHEDULE} bytes, this one has {0}")]
    TooLong(usize),
    /// Times that never come (the 30th of February), or have passed.
    #[error("{text:?} never fires: no time that is still to come fits it")]
    Never {
        /// The expression, cut at 80 characters.
        text: String,
    },
    /// No time zone of that name.
    #[error("no time zone is called {name:?}")]
    Zone {
        /// The name, cut at 80 characters.
        name: String,
    },
}

/// 2026-01-01: a schedule has to fire after it. A rule without a clock, so that a file that was
/// accepted is accepted everywhere.
const SINCE_MS: i64 = 1_767_225_600_000;

impl Schedule {
    /// Reads an expression and the name of its time zone.
    ///
    /// # Errors
    /// [`ScheduleError`], also where it never fires.
    pub fn parse(schedule: &str, time_zone: &str) -> Result<Self, ScheduleError> {
        let shown = |text: &str| text.chars().take(80).collect::<String>();
        if schedule.len() > MAX_SCHEDULE {
            return Err(ScheduleError::TooLong(schedule.len()));
        }
        let zone = zone(time_zone).ok_or_else(|| ScheduleError::Zone { name: shown(time_zone) })?;
        let cron = schedule.parse::<Cron>().map_err(|error| ScheduleError::Syntax {
            text: shown(schedule),
            reason: reason(&error),
        })?;
        let own = Self { cron, zone };
        match own.next_after(SINCE_MS) {
            Some(_) => Ok(own),
            None => Err(ScheduleError::Never { text: shown(schedule) }),
        }
    }

    /// The first time after `ms`, both in milliseconds since the Unix epoch; `None` where there is
    /// none any more.
    pub fn next_after(&self, ms: i64) -> Option<i64> {
        let next = self.cron.find_next_occurrence(&self.at(ms)?, false).ok()?;
        Some(next.timestamp().as_millisecond())
    }

    /// The last time at or before `ms`, both in milliseconds since the Unix epoch.
    pub fn last_until(&self, ms: i64) -> Option<i64> {
        let last = self.cron.find_previous_occurrence(&self.at(ms)?, true).ok()?;
        Some(last.timestamp().as_millisecond())
    }

    /// Whole seconds: times of an expression have no fraction.
    fn at(&self, ms: i64) -> Option<Zoned> {
        let second = Timestamp::from_second(ms.div_euclid(1000)).ok()?;
        Some(second.to_zoned(self.zone.clone()))
    }
}

impl fmt::Display for Schedule {
    /// The expression as written, and the zone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cron.pattern)?;
        self.zone.iana_name().map_or(Ok(()), |name| write!(f, " {name}"))
    }
}

/// The time zone of a name, whatever its case.
fn zone(name: &str) -> Option<TimeZone> {
    match name {
        "" => None,
        name if name.eq_ignore_ascii_case("UTC") => Some(TimeZone::UTC),
        name => TimeZoneDatabase::bundled().get(name).ok(),
    }
}

/// Words of the library, without what the sentence around them says already.
fn reason(error: &CronError) -> String {
    match error {
        CronError::EmptyPattern => "it is empty".to_owned(),
        CronError::InvalidPattern(reason)
        | CronError::IllegalCharacters(reason)
        | CronError::ComponentError(reason) => reason.trim_end_matches('.').to_owned(),
        other => other.to_string(),
    }
}
