//! The time that timers count by.

use std::time::{Duration, Instant};

/// Quiet time after which a clock that skips goes on: bytes on their way from one socket of this
/// machine to another arrive in much less.
const QUIET: Duration = Duration::from_millis(20);

/// Time since the start of a script.
pub(crate) struct Clock {
    start: Instant,
    /// Time that was skipped.
    ahead: Duration,
    skips: bool,
}

impl Clock {
    /// A clock that goes as the system's does; or, where it `skips`, one that goes on at once to
    /// the time of the next timer where nothing happens.
    pub(crate) fn new(skips: bool) -> Self {
        Self { start: Instant::now(), ahead: Duration::ZERO, skips }
    }

    pub(crate) fn now(&self) -> Duration {
        self.start.elapsed() + self.ahead
    }

    /// Time to wait for something to happen before `due`.
    pub(crate) fn wait(&self, due: Duration) -> Duration {
        let left = due.saturating_sub(self.now());
        if self.skips { left.min(QUIET) } else { left }
    }

    /// Skips to `due`: nothing has happened for as long as [`Self::wait`] said.
    pub(crate) fn skip_to(&mut self, due: Duration) {
        if self.skips {
            self.ahead += due.saturating_sub(self.now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_skips_to_a_later_time_only() {
        let mut clock = Clock::new(true);
        clock.skip_to(Duration::from_secs(3600));
        assert!(clock.now() >= Duration::from_secs(3600));
        let before = clock.ahead;
        clock.skip_to(Duration::from_secs(1));
        assert_eq!(clock.ahead, before);
        assert!(clock.wait(Duration::from_secs(7200)) <= QUIET);
    }

    #[test]
    fn the_clock_of_the_system_is_left_alone() {
        let mut clock = Clock::new(false);
        clock.skip_to(Duration::from_secs(3600));
        assert_eq!(clock.ahead, Duration::ZERO);
        assert!(clock.wait(Duration::from_secs(3600)) > QUIET);
    }
}
