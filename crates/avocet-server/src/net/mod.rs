//! Connections of the gateway and the admin listener: accepting, watching and draining them.

pub(crate) mod answers;
pub(crate) mod body;
mod connection;
mod framing;
pub(crate) mod inflate;
mod io;
mod listener;
mod refusal;
mod served;
mod shares;
mod target;
pub(crate) mod upload;

pub(crate) use connection::{Connection, ConnectionLimits, Waiting};
pub(crate) use listener::{Listener, Serve, serve};
pub(crate) use target::{note, shown, target};
