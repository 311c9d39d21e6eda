//! The Rust side of a function's isolate: what its operations reach.

mod embedder;
mod message;
mod ops;
mod respond;
mod services;
mod state;

pub(crate) use embedder::GuestEmbedder;
pub(crate) use ops::table;
pub(crate) use state::{Body, Exit, Guest};
