//! Outcome of an event's delivery, after a function has answered.

use std::time::Duration;

/// Next step for an event after one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Done.
    Delivered,
    /// Again, later: [`retry_delay`].
    Retry,
    /// Never again: to the dead-letter list.
    Dead,
}

/// Outcome of an event, by the status that a function answered.
///
/// 2xx is a success. 408, 429 and everything from 500 on is tried again (a function that threw, ran
/// out of time or memory or died has such a status). Other 4xx mean "never deliver again". 3xx means
/// the same: an event has no other place to go to, and would be redirected again.
pub const fn outcome(status: u16) -> Outcome {
    match status {
        200..=299 => Outcome::Delivered,
        408 | 429 => Outcome::Retry,
        300..=499 => Outcome::Dead,
        _ => Outcome::Retry,
    }
}

/// As [`outcome`], for delivery number `delivery` (from 1) of at most `max_deliveries`.
pub const fn outcome_of(status: u16, delivery: u32, max_deliveries: u32) -> Outcome {
    match outcome(status) {
        Outcome::Retry if delivery >= max_deliveries => Outcome::Dead,
        other => other,
    }
}

/// Bounds of the time between two deliveries of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Before the second delivery.
    pub first: Duration,
    /// At most.
    pub most: Duration,
}

impl Default for Backoff {
    /// 1 second to 5 minutes.
    fn default() -> Self {
        Self { first: Duration::from_secs(1), most: Duration::from_secs(300) }
    }
}

/// Pause after delivery number `delivery` (from 1): doubled each time up to the most, of which
/// `random` (any number, evenly spread) takes between half and all.
pub fn retry_delay(backoff: Backoff, delivery: u32, random: u64) -> Duration {
    let doublings = delivery.saturating_sub(1).min(31);
    let whole = backoff.first.saturating_mul(1 << doublings).min(backoff.most);
    let half = whole / 2;
    let parts = u32::try_from(random % 1001).unwrap_or(0);
    half + half * parts / 1000
}
