//! An isolate with an event loop.
pub mod report;
pub mod resolve;
pub mod timers;
