//! V8 isolates for functions.
mod calls;
mod handoff;
mod inbound;
mod logs;
mod outbox;
mod watch;
