//! Flags of the NATS server that keeps events, messages, values and objects.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "NATS")]
pub(crate) struct NatsFlags {
    /// NATS server that keeps events, messages, keys, values and objects, and shares them with other
    /// clients: nats://HOST:PORT or tls://HOST:PORT; may be repeated.
    #[arg(long = "nats", value_name = "URL", env = "AVOCET_NATS", value_delimiter = ',')]
    pub(crate) servers: Vec<String>,
    /// Credentials file of the NATS user (JWT and seed).
    #[arg(long = "nats-creds", value_name = "FILE", requires = "servers")]
    pub(crate) creds: Option<PathBuf>,
    /// File with the seed of the NATS user's NKey.
    #[arg(long = "nats-nkey", value_name = "FILE", requires = "servers", conflicts_with = "creds")]
    pub(crate) nkey: Option<PathBuf>,
    /// NATS user; the password is AVOCET_NATS_PASSWORD.
    #[arg(
        long = "nats-user",
        value_name = "USER",
        requires = "servers",
        conflicts_with_all = ["creds", "nkey"]
    )]
    pub(crate) user: Option<String>,
    /// Certificates of authorities that are trusted for NATS, PEM.
    #[arg(long = "nats-ca", value_name = "FILE", requires = "servers")]
    pub(crate) ca: Option<PathBuf>,
    /// Client certificate for NATS, PEM.
    #[arg(long = "nats-cert", value_name = "FILE", requires_all = ["servers", "key"])]
    pub(crate) cert: Option<PathBuf>,
    /// Key of the client certificate, PEM.
    #[arg(id = "key", long = "nats-key", value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
    /// Monitoring of the NATS server, which tells how durable it is (port 8222 of the same host).
    #[arg(long = "nats-monitor", value_name = "URL", requires = "servers")]
    pub(crate) monitor: Option<String>,
    /// Replicas of the streams and buckets that are made: 1, 3 or 5.
    #[arg(
        long = "nats-replicas",
        value_name = "N",
        default_value = "1",
        value_parser = clap::builder::PossibleValuesParser::new(["1", "3", "5"])
    )]
    pub(crate) replicas: String,
    /// Serve although the NATS server could lose what it acknowledged.
    #[arg(long, requires = "servers")]
    pub(crate) accept_weak_durability: bool,
}
