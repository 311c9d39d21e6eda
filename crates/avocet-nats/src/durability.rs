//! Durability of the broker: what a power cut could take of what it acknowledged.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::rt::TokioIo;
use serde::Deserialize;

use crate::options::NatsOptions;

/// Limit of one look at the monitoring.
const LOOK: Duration = Duration::from_secs(1);

/// Most bytes of the monitoring's answer.
const MOST_BYTES: usize = 4 << 20;

/// Time between two syncs to the disk where nothing else is configured.
const DEFAULT_SYNC: Duration = Duration::from_secs(120);

/// Durability of a broker, as it was read at start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durability {
    /// Version of the server.
    pub version: String,
    /// Moment of its syncs to the disk.
    pub sync: Sync,
    /// Replicas of streams and buckets.
    pub replicas: usize,
}

/// Time at which a broker syncs to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// Before it acknowledges (`sync_interval: always`).
    Always,
    /// Every so often.
    Every(Duration),
    /// Not known: neither the monitoring nor the system account says so.
    Unknown,
}

impl Durability {
    /// Whether what it acknowledged survives a power cut of one machine.
    pub fn is_strong(&self) -> bool {
        self.sync == Sync::Always || self.replicas >= 3
    }

    /// Loss that could happen, and what to do about it.
    pub fn risk(&self) -> String {
        let fix = "set jetstream { sync_interval: always } (nats-server 2.10 or later) or use \
                   --nats-replicas 3, or accept it with --accept-weak-durability";
        match self.sync {
            _ if self.is_strong() => "nothing is known that could be lost".to_owned(),
            Sync::Unknown => format!(
                "it does not say when it syncs to the disk (by default every {DEFAULT_SYNC:?}), and \
                 a power cut could lose what it acknowledged since; let it say so with --nats-monitor \
                 http://HOST:8222, {fix}"
            ),
            Sync::Every(time) => format!(
                "it syncs to the disk every {time:?} only, and a power cut could lose what it \
                 acknowledged since; {fix}"
            ),
            Sync::Always => String::new(),
        }
    }
}

impl fmt::Display for Durability {
    /// As a person reads it in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, sync, replicas } = self;
        write!(f, "nats-server {version}, sync_interval {sync}, replicas {replicas}, storage file")
    }
}

impl fmt::Display for Sync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Every(time) => write!(f, "{time:?}"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// Major and minor version; what is not understood counts as old.
pub(crate) fn numbers(version: &str) -> (u64, u64) {
    let mut parts = version.trim_start_matches('v').split(['.', '-']).map(str::parse);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor),
        _ => (0, 0),
    }
}

/// Reads it: from the system account where this login may ask it, else from the monitoring.
pub(crate) async fn read(client: &async_nats::Client, options: &NatsOptions) -> Durability {
    let info = client.server_info();
    let sync = match from_system(client, &info.server_id).await {
        Some(sync) => sync,
        None => from_monitor(&info, options).await.unwrap_or(Sync::Unknown),
    };
    Durability { version: info.version, sync, replicas: options.replicas }
}

async fn from_system(client: &async_nats::Client, server: &str) -> Option<Sync> {
    #[derive(Deserialize)]
    struct Answer {
        data: Varz,
    }
    let request = async_nats::Request::new().timeout(Some(LOOK));
    let subject = format!("$SYS.REQ.SERVER.{server}.VARZ");
    let answer = client.send_request(subject, request).await.ok()?;
    serde_json::from_slice::<Answer>(&answer.payload).ok()?.data.sync(server)
}

async fn from_monitor(info: &async_nats::ServerInfo, options: &NatsOptions) -> Option<Sync> {
    let hosts = options.servers.iter().filter_map(|server| {
        let address: async_nats::ServerAddr = server.parse().ok()?;
        let host = address.host().to_owned();
        Some(if host.contains(':') { format!("[{host}]:8222") } else { format!("{host}:8222") })
    });
    let given = options
        .monitor
        .as_ref()
        .map(|url| url.trim_start_matches("http://").trim_end_matches('/').to_owned());
    let authorities: Vec<String> = match given {
        Some(given) => vec![given],
        None => hosts.collect(),
    };
    for authority in authorities {
        let look = tokio::time::timeout(LOOK, varz(&authority)).await;
        if let Some(sync) = look.ok().flatten().and_then(|varz| varz.sync(&info.server_id)) {
            return Some(sync);
        }
    }
    None
}

async fn varz(authority: &str) -> Option<Varz> {
    let stream = tokio::net::TcpStream::connect(authority).await.ok()?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let request = http::Request::get("/varz").header(http::header::HOST, authority);
    let request = request.body(Empty::<Bytes>::new()).ok()?;
    let answer = async {
        let answer = sender.send_request(request).await.ok()?;
        let body = Limited::new(answer.into_body(), MOST_BYTES).collect().await.ok()?;
        serde_json::from_slice(&body.to_bytes()).ok()
    };
    tokio::select! {
        answer = answer => answer,
        _ = connection => None,
    }
}

/// Part of a server's `varz` that says when it syncs.
#[derive(Deserialize)]
struct Varz {
    server_id: String,
    #[serde(default)]
    jetstream: JetStreamVarz,
}

#[derive(Deserialize, Default)]
struct JetStreamVarz {
    config: Option<JetStreamConfig>,
}

#[derive(Deserialize)]
struct JetStreamConfig {
    /// Nanoseconds.
    #[serde(default)]
    sync_interval: u64,
    #[serde(default)]
    sync_always: bool,
}

impl Varz {
    /// Syncs of the server with this identity, as it reports them.
    fn sync(&self, server: &str) -> Option<Sync> {
        let config = self.jetstream.config.as_ref().filter(|_| self.server_id == server)?;
        Some(match (config.sync_always, config.sync_interval) {
            (true, _) => Sync::Always,
            // A server that does not name it (before 2.10) has the default.
            (false, 0) => Sync::Every(DEFAULT_SYNC),
            (false, nanoseconds) => Sync::Every(Duration::from_nanos(nanoseconds)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions_are_compared_by_number() {
        assert_eq!(numbers("2.9.10"), (2, 9));
        assert_eq!(numbers("v2.15.1-RC.1"), (2, 15));
        assert!(numbers("2.8.4") < (2, 9) && numbers("dev") < (2, 9));
    }
}
