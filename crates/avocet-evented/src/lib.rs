//! Scripts on the original evented-I/O API of December 2009.
//!
//! One process, one isolate, one thread for JavaScript: the loop waits for the system, calls
//! JavaScript, and again. `promise.wait()` is the same loop entered once more.
//!
//! # How it is built
//!
//! At the bottom are the `reactor`, which knows descriptors, due times and whom to call for them,
//! and the `hooks`, which call JavaScript; neither knows a module. Above them each module is a
//! folder: `mod.rs` (operations, with the module's state in slots of the isolate), `table.rs` (the
//! names of the operations) and its JavaScript. `modules.rs` lists them, `script.rs` puts them
//! together.

mod base;
mod child;
mod convert;
mod dns;
mod event_loop;
mod help;
mod hooks;
mod http;
mod library;
mod options;
mod posix;
mod process;
mod promise;
mod reactor;
mod repl;
mod report;
mod require;
mod script;
mod signals;
mod stdio;
mod stream;
mod tcp;
mod timers;
mod tls;

pub use options::Invocation;
pub use script::{run_script, run_script_skipping_waits};
