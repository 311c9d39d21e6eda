//! What the program around a realm provides.

/// Where a realm's output goes and what `exit` does.
pub trait Host: Send {
    /// A line (or several) of console output.
    fn print(&mut self, level: Level, text: &str);

    /// The program asked to end with `code`, in [`activity`](crate::activity) `activity`;
    /// execution is terminated right after.
    fn exit(&mut self, code: i32, activity: u32);
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
