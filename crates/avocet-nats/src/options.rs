//! Options of a connection.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Options of [`Nats::connect`](crate::Nats::connect).
#[derive(Debug, Clone)]
pub struct NatsOptions {
    /// Servers, `nats://` or `tls://` with `HOST[:PORT]` (4222); the first that answers is taken, and
    /// others after it is gone. A URL may hold `USER:PASSWORD@`.
    pub servers: Vec<String>,
    /// Identity.
    pub login: Login,
    /// TLS. A `tls://` server is reached by it in any case.
    pub tls: TlsFiles,
    /// Address of the servers' monitoring (`http://HOST:8222`), from which the broker's durability
    /// is read. `None`: where the port 8222 of the connected server answers as that server.
    pub monitor: Option<String>,
    /// Replicas of every stream and bucket that is made: 1, 3 or 5.
    pub replicas: usize,
    /// Time limit of each call.
    pub timeout: Duration,
    /// Demand on the durability of what the broker acknowledges.
    pub durability: Demand,
}

/// Default of [`NatsOptions::timeout`].
pub const TIMEOUT: Duration = Duration::from_secs(5);

impl NatsOptions {
    /// Options for these servers: no identity, one replica, a strong broker.
    pub fn new(servers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            servers: servers.into_iter().map(Into::into).collect(),
            login: Login::None,
            tls: TlsFiles::default(),
            monitor: None,
            replicas: 1,
            timeout: TIMEOUT,
            durability: Demand::Strong,
        }
    }
}

/// Demand on the durability of the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Acknowledged data survives a power cut; everything else is refused.
    Strong,
    /// As it comes.
    Any,
}

/// Identity of the connection.
#[derive(Clone, Default)]
pub enum Login {
    /// None, or as the server's URL says.
    #[default]
    None,
    /// File with a user's JWT and seed, as `nsc` writes it.
    Credentials(PathBuf),
    /// File with the seed of an NKey (`SU…`).
    NKey(PathBuf),
    /// User and password.
    Password {
        /// User.
        user: String,
        /// Password.
        password: String,
    },
    /// Token.
    Token(String),
}

impl fmt::Debug for Login {
    /// Without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Credentials(file) => f.debug_tuple("Credentials").field(file).finish(),
            Self::NKey(file) => f.debug_tuple("NKey").field(file).finish(),
            Self::Password { user, .. } => f.debug_tuple("Password").field(user).finish(),
            Self::Token(_) => f.write_str("Token"),
        }
    }
}

/// Files of TLS, PEM.
#[derive(Debug, Clone, Default)]
pub struct TlsFiles {
    /// Certificates that are trusted beside the system's.
    pub ca: Option<PathBuf>,
    /// Client certificate and its key.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// State of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Connection stands.
    Up,
    /// The server is away; it is tried again.
    Down,
}
