//! The stores at real servers, of both releases.

mod common;
mod conformance;
mod connection;
mod events;
mod kv;
mod messaging;
mod objects;
