//! The Rust side of a function's isolate: what its operations reach.

mod embedder;
mod ops;
mod respond;
mod state;

pub(crate) use embedder::GuestEmbedder;
pub(crate) use ops::table;
pub(crate) use state::{Body, Exit, Guest};
