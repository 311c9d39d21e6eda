//! Lengths of time as people write them.

use std::fmt;
use std::str::FromStr;

/// Length of time, kept in milliseconds: a number of seconds, or `500ms`, `30s`, `5m`, `2h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    /// Milliseconds.
    pub ms: u64,
}

/// Text that is no [`Interval`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a time: write a number of seconds, `500ms`, `30s`, `5m`, `2h` or `7d`")]
pub struct IntervalError {
    /// The text, cut at 40 characters.
    pub text: String,
}

/// Units, the longest name first.
const UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl FromStr for Interval {
    type Err = IntervalError;

    fn from_str(text: &str) -> Result<Self, IntervalError> {
        let unit = |(name, ms): &(&str, u64)| Some((text.strip_suffix(name)?, *ms));
        let (number, unit) = UNITS.iter().find_map(unit).unwrap_or((text, 1000));
        let plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.') && number.len() <= 15;
        let number = number.parse::<f64>().ok().filter(|_| plain);
        let ms = number.map(|number| (number * unit as f64).ceil() as u64);
        ms.map(|ms| Self { ms })
            .ok_or_else(|| IntervalError { text: text.chars().take(40).collect() })
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.iter().rev().find(|(_, ms)| self.ms > 0 && self.ms.is_multiple_of(*ms));
        let (name, ms) = whole.unwrap_or(&("s", 1000));
        write!(f, "{}{name}", self.ms / ms)
    }
}
