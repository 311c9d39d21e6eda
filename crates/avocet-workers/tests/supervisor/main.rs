//! The supervisor against real worker processes over real sockets. The worker is a fake one that
//! misbehaves as it is told (`tests/worker/fake.rs`); no function runs here.
//!
//! Nothing sleeps and nothing is timed: a test waits for an answer or an event, and limits that
//! are not its subject are far away.

mod bounds;
mod calls;
mod crashes;
mod deadlines;
mod fleet;
mod groups;
mod kept;
mod leaks;
mod loads;
mod orphans;
mod pool;
mod services;
mod shutdown;
mod sleep;
mod storm;
mod streams;
mod support;
mod uploads;
