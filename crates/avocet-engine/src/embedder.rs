//! The program around a realm: output, exit, clock.

use std::time::{Duration, Instant};

/// Sink of a realm's output, and effect of `exit`.
pub trait Embedder: Send {
    /// A line (or several) of console output.
    fn print(&mut self, level: Level, text: &str);

    /// The program asked to end with `code`, in [`activity`](crate::activity) `activity`;
    /// execution is terminated right after.
    fn exit(&mut self, code: i32, activity: u32);
}

/// The clock of a realm: what `now` and timers count by.
pub trait Clock: Send {
    /// Time since a moment of the clock's own. It never goes back.
    fn now(&self) -> Duration;
}

/// The system's monotonic clock, from this moment on.
impl Clock for Instant {
    fn now(&self) -> Duration {
        self.elapsed()
    }
}

/// Level of console output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `console.debug`, `console.trace`.
    Debug,
    /// `console.log`, `console.info`.
    Info,
    /// `console.warn`.
    Warn,
    /// `console.error` and uncaught errors.
    Error,
}
