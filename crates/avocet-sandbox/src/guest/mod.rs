//! The Rust side of a function's isolate: what its operations reach.

mod host;
mod ops;
mod respond;
mod state;

pub(crate) use host::GuestHost;
pub(crate) use ops::table;
pub(crate) use state::{Body, Exit, Guest};
