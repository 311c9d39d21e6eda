//! An isolate with an event loop.
pub use avocet_v8 as v8;

pub mod activity;
pub mod boot;
pub mod error;
pub mod event_loop;
pub mod host;
mod modules;
pub mod ops;
pub mod realm;
pub mod report;
pub mod resolve;
pub mod run;
pub mod state;
pub mod timers;
