//! V8 isolates for functions.
mod calls;
mod definition;
mod function;
mod guest;
mod handoff;
mod inbound;
mod instance;
mod loading;
mod logs;
mod numbers;
mod nursery;
mod outbox;
mod receive;
mod run;
mod snapshot;
mod turn;
mod upload;
mod watch;
mod worker;

pub use run::run_worker;

/// Exit code of a worker whose supervisor does not speak the protocol.
pub(crate) const EXIT_PROTOCOL: u8 = 65;
