//! Scripts on the original evented-I/O API of December 2009.
//!
//! One process, one isolate, one thread for JavaScript: the loop waits for the system, calls
//! JavaScript, and again. `promise.wait()` is the same loop entered once more.

mod addon;
mod boot;
mod child;
mod clock;
mod convert;
mod dns;
mod event_loop;
mod fs;
mod http;
mod line;
mod listener;
mod options;
mod pool;
mod process;
mod report;
mod runtime;
mod script;
mod signals;
mod standard;
mod stdio;
mod stream;
mod timers;
mod tls;

pub use options::Invocation;
pub use script::{run_script, run_script_skipping_waits};
