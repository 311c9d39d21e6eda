//! The stores of the platform at a NATS server, whose data ordinary NATS clients share.
//!
//! [`Nats::connect`] connects, looks whether the server is 2.9 or later, and reads how durable the
//! broker is ([`Durability`]): one that could lose what it acknowledged is refused unless
//! [`NatsOptions::durability`] says otherwise. The connection comes back by itself for as long as it
//! takes; each call has a limit in time, and its error says which server and what.
//!
//! # What this crate is not
//! It keeps no copy of the data and has no cluster protocol: what several machines share is at the
//! server.

mod calls;
mod connect;
mod durability;
mod error;
mod events;
mod kv;
mod messaging;
mod objects;
mod options;
mod stream;
mod tail;
#[cfg(feature = "testing")]
pub mod testing;

pub use connect::Nats;
pub use durability::{Durability, Sync};
pub use error::NatsError;
pub use events::EventOptions;
pub use options::{Demand, Link, Login, NatsOptions, TIMEOUT, TlsFiles};
