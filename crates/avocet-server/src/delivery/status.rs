//! State of subscriptions, for people.

use std::collections::VecDeque;
use std::sync::Arc;

use avocet_delivery::Phase;

use super::wanted::Choice;

/// Seconds over which a rate is measured.
const RATE_SECONDS: u64 = 60;

/// State of a subscription.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "the list of subscriptions does not show all of it yet")]
pub(crate) struct SubscriptionStatus {
    /// Name in the log: `namespace/name`.
    pub name: Arc<str>,
    /// Number in the log.
    pub id: u64,
    /// Target of its events: `namespace/function`, or a URL.
    pub sink: String,
    /// Whether it delivers, has nothing to deliver, or waits for its sink.
    pub phase: Phase,
    /// Events that it wants.
    pub choice: Choice,
    /// Events being delivered.
    pub in_flight: usize,
    /// Their positions.
    pub under_way: Vec<u64>,
    /// Events of the log that it has not come to, those that it does not want among them.
    pub lag: u64,
    /// Events that were delivered since the server started.
    pub delivered: u64,
    /// Deliveries that failed since the server started.
    pub failed: u64,
    /// Events delivered per second, over the last minute.
    pub rate: f64,
    /// The last delivery, where it failed.
    pub failing: Option<Failing>,
}

/// A delivery that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failing {
    /// Position of its event.
    pub position: u64,
    /// Start of the delivery, milliseconds since the Unix epoch.
    pub at: u64,
    /// Error, where it is known.
    pub error: Option<String>,
}

/// Counts of a subscription's deliveries.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub delivered: u64,
    pub failed: u64,
    pub failing: Option<Failing>,
    /// Deliveries of each of the last seconds.
    seconds: VecDeque<(u64, u64)>,
}

impl Counts {
    /// An event was delivered in this second.
    pub(super) fn deliver(&mut self, second: u64) {
        self.delivered += 1;
        self.failing = None;
        match self.seconds.back_mut() {
            Some((last, count)) if *last == second => *count += 1,
            _ => self.seconds.push_back((second, 1)),
        }
        while self.seconds.len() as u64 > RATE_SECONDS {
            self.seconds.pop_front();
        }
    }

    /// A delivery failed.
    pub(super) fn fail(&mut self, failing: Failing) {
        self.failed += 1;
        self.failing = Some(failing);
    }

    /// Events per second, as of this second.
    pub(super) fn rate(&self, second: u64) -> f64 {
        let recent = self.seconds.iter().filter(|(at, _)| at + RATE_SECONDS > second);
        recent.map(|(_, count)| count).sum::<u64>() as f64 / RATE_SECONDS as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_of_the_last_minute() {
        let mut counts = Counts::default();
        (0..120).for_each(|_| counts.deliver(1000));
        assert_eq!(counts.rate(1000), 2.0);
        (0..60).for_each(|_| counts.deliver(1001));
        assert_eq!((counts.rate(1059), counts.rate(1060), counts.rate(1061)), (3.0, 1.0, 0.0));
    }
}
