//! Pauses between deliveries of an event that fails.

use std::time::Duration;

use crate::settings::RetryPolicy;

/// Longest pause that a sink can ask for with `Retry-After`.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// Pause after failure number `failures`, from 1: doubling from `min_pause` to `max_pause`, with up
/// to a quarter of jitter. `seed` decides the jitter: the same one gives the same pause.
pub(crate) fn pause(policy: &RetryPolicy, failures: u32, seed: u64) -> Duration {
    let doublings = failures.saturating_sub(1).min(30);
    let pause = policy.min_pause.saturating_mul(1 << doublings).min(policy.max_pause);
    let share = mix(seed ^ u64::from(failures)) >> 11;
    pause + pause.mul_f64(share as f64 / (1_u64 << 53) as f64 / 4.0)
}

/// Spreads numbers that lie close together (the finaliser of SplitMix64).
fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_the_least_to_the_most_with_a_quarter_of_jitter() {
        let policy = RetryPolicy::default();
        for (failures, least) in [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (u32::MAX, 300)] {
            for seed in 0..100 {
                let pause = pause(&policy, failures, seed).as_secs_f64();
                let most = f64::from(least) * 1.25;
                assert!((f64::from(least)..=most).contains(&pause), "{failures}: {pause}");
            }
        }
        let pauses: std::collections::HashSet<_> =
            (0..100).map(|seed| pause(&policy, 1, seed)).collect();
        assert!(pauses.len() > 90, "events that failed together do not come back together");
    }
}
