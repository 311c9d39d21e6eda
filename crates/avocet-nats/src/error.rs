//! Errors of the connection, with what to do about them.

use std::error::Error as StdError;
use std::path::PathBuf;

use crate::durability::Durability;

/// Source of an error.
pub(crate) type Source = Box<dyn StdError + Send + Sync>;

/// Reason for which there is no connection, or none that is good enough.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NatsError {
    /// The address is none.
    #[error("{address}: {reason}; give the NATS server as nats://HOST:PORT or tls://HOST:PORT")]
    Address {
        /// Address, without a password.
        address: String,
        /// Fault.
        reason: String,
    },
    /// A file of the login or of TLS cannot be used.
    #[error("cannot use {} for NATS: {source}", file.display())]
    File {
        /// File.
        file: PathBuf,
        /// Fault.
        source: Source,
    },
    /// No server answered, or it refused.
    #[error("cannot connect to NATS at {servers}: {source}")]
    Connect {
        /// Servers that were tried.
        servers: String,
        /// Fault.
        source: Source,
    },
    /// The server refused who connects.
    #[error(
        "the NATS server at {servers} refused this login: check the user, the token, the NKey or \
         the credentials file"
    )]
    Refused {
        /// Servers that were tried.
        servers: String,
    },
    /// The server is too old.
    #[error("the NATS server at {server} is {version}, and 2.9 or later is needed: update it")]
    TooOld {
        /// Server.
        server: String,
        /// Version.
        version: String,
    },
    /// JetStream cannot be used.
    #[error(
        "JetStream cannot be used at {server} ({reason}): start nats-server with -js, and let this \
         account use it"
    )]
    NoJetStream {
        /// Server.
        server: String,
        /// Answer of the server.
        reason: String,
    },
    /// The broker could lose what it acknowledged.
    #[error("the NATS server at {server} cannot keep the promise to events: {}", durability.risk())]
    Weak {
        /// Server.
        server: String,
        /// Durability as it was read.
        durability: Durability,
    },
}
