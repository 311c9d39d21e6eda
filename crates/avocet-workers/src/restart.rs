//! Pauses between the end of a worker and the next one.

use std::time::Duration;

/// Pauses before a worker that died is replaced.
///
/// The first `burst` deaths in a row are followed by a new worker at once; after that the pause
/// doubles from `first` up to `max`, each with up to a quarter of jitter. A worker that lived for
/// `stable_after` ends the row. Where a process could not even be started, the pauses begin with
/// the first failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestartPolicy {
    /// Deaths without a pause (3).
    pub burst: u32,
    /// The first pause (100 ms).
    pub first: Duration,
    /// The longest pause, before jitter (10 s).
    pub max: Duration,
    /// Life after which a death stands alone (10 s).
    pub stable_after: Duration,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            burst: 3,
            first: Duration::from_millis(100),
            max: Duration::from_secs(10),
            stable_after: Duration::from_secs(10),
        }
    }
}

impl RestartPolicy {
    /// Pause before attempt number `failures` + 1: doubling, with up to a quarter of jitter.
    pub(crate) fn pause(&self, failures: u32) -> Duration {
        let doubled = self.first.saturating_mul(1 << failures.saturating_sub(1).min(20));
        let pause = doubled.min(self.max);
        pause + pause.mul_f64(jitter() / 4.0)
    }
}

/// From 0 to 1. Hashing with fresh keys is random enough to spread restarts.
fn jitter() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(()) as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_limit() {
        let policy = RestartPolicy {
            burst: 0,
            first: Duration::from_millis(100),
            max: Duration::from_secs(1),
            stable_after: Duration::ZERO,
        };
        for (failures, least) in [(1, 100), (2, 200), (3, 400), (5, 1000), (4_000_000, 1000)] {
            let got = policy.pause(failures).as_millis();
            assert!((least..=least * 5 / 4).contains(&got), "{failures}: {got} ms");
        }
    }
}
