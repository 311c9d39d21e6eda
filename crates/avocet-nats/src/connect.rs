//! The connection.

use std::sync::Arc;
use std::time::Duration;

use async_nats::{ConnectErrorKind, ConnectOptions, Event, ServerAddr};
use avocet_backplane::{EventLog, EventView, KeyValue, Messaging, ObjectStore};
use bytes::Bytes;
use tokio::sync::watch;

use crate::calls::Calls;
use crate::durability::{self, Durability};
use crate::error::NatsError;
use crate::events::{EventOptions, NatsEvents};
use crate::kv::NatsKeyValue;
use crate::messaging::NatsMessaging;
use crate::objects::NatsObjects;
use crate::options::{Demand, Link, Login, NatsOptions};

/// Longest pause between two attempts to connect again.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Oldest server that is served: major and minor version.
const OLDEST: (u64, u64) = (2, 9);

/// Connection to NATS. It comes back by itself, however long the server is away; calls in between
/// fail when their time is over.
///
/// It lives in the tokio runtime in which it was made, and ends when it and all stores of it are
/// dropped.
#[derive(Debug)]
pub struct Nats {
    pub(crate) calls: Calls,
    server: Arc<str>,
    version: String,
    durability: Durability,
    link: watch::Receiver<Link>,
}

impl Nats {
    /// Connects, and looks whether the server is new enough and keeps what it acknowledges.
    ///
    /// # Errors
    /// [`NatsError`], which names the server and what to do.
    pub async fn connect(options: &NatsOptions) -> Result<Self, NatsError> {
        let addresses = addresses(&options.servers)?;
        let servers = names(&addresses);
        let (sender, link) = watch::channel(Link::Up);
        let client = configured(options, sender)
            .await?
            .connect(addresses)
            .await
            .map_err(|error| refusal(&servers, error))?;
        let info = client.server_info();
        let server: Arc<str> = match options.servers.len() {
            1 => servers.into(),
            _ => format!("{}:{} (of {servers})", info.host, info.port).into(),
        };
        let version = info.version.clone();
        let numbers = durability::numbers(&version);
        if numbers < OLDEST {
            return Err(NatsError::TooOld { server: server.to_string(), version });
        }
        let calls = Calls::new(
            client,
            options.replicas,
            options.timeout,
            Arc::clone(&server),
            numbers,
            link.clone(),
        );
        if let Err(reason) = has_jetstream(&calls.client).await {
            return Err(NatsError::NoJetStream { server: server.to_string(), reason });
        }
        let durability = durability::read(&calls.client, options).await;
        if options.durability == Demand::Strong && !durability.is_strong() {
            return Err(NatsError::Weak { server: server.to_string(), durability });
        }
        Ok(Self { calls, server, version, durability, link })
    }

    /// The server, as a person knows it.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Version of the server.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Durability of the broker, as it was read.
    pub fn durability(&self) -> &Durability {
        &self.durability
    }

    /// Messages.
    pub fn messaging(&self) -> Arc<dyn Messaging> {
        Arc::new(NatsMessaging(self.calls.clone()))
    }

    /// Keys and values, in JetStream KV buckets of `bytes` each.
    pub fn kv(&self, bytes: u64) -> Arc<dyn KeyValue> {
        Arc::new(NatsKeyValue::new(self.calls.clone(), bytes))
    }

    /// Objects, in JetStream object buckets of `bytes` each.
    pub fn objects(&self, bytes: u64) -> Arc<dyn ObjectStore> {
        Arc::new(NatsObjects::new(self.calls.clone(), bytes))
    }

    /// Events, in the stream `AVOCET_EVENTS`. `view` answers questions about them; it is made of the
    /// stream where it is new, which takes a while.
    ///
    /// # Errors
    /// Those of the server and of the view.
    pub async fn events(
        &self,
        view: Arc<dyn EventView>,
        options: EventOptions,
    ) -> avocet_backplane::Result<Arc<dyn EventLog>> {
        Ok(Arc::new(NatsEvents::open(self.calls.clone(), view, options).await?))
    }

    /// Whether the connection stands, now and whenever that changes.
    pub fn link(&self) -> watch::Receiver<Link> {
        self.link.clone()
    }
}

/// Whether this account may use JetStream; the reason why not. (The client's own way to ask fails to
/// read the answer of 2.9.)
async fn has_jetstream(client: &async_nats::Client) -> Result<(), String> {
    let answer = client.request("$JS.API.INFO", Bytes::new()).await;
    let answer = answer.map_err(|error| error.to_string())?;
    let answer: serde_json::Value =
        serde_json::from_slice(&answer.payload).map_err(|error| error.to_string())?;
    match answer["error"]["description"].as_str() {
        Some(reason) => Err(reason.to_owned()),
        None => Ok(()),
    }
}

fn addresses(servers: &[String]) -> Result<Vec<ServerAddr>, NatsError> {
    if servers.is_empty() {
        let reason = "there is no server".to_owned();
        return Err(NatsError::Address { address: "--nats".into(), reason });
    }
    servers.iter().map(|text| address(text)).collect()
}

fn address(text: &str) -> Result<ServerAddr, NatsError> {
    let refused = |reason: String| NatsError::Address { address: without_login(text), reason };
    let address: ServerAddr =
        text.parse().map_err(|error: std::io::Error| refused(error.to_string()))?;
    match address.as_url_str().split_once("://") {
        Some(("nats" | "tls", _)) if !address.host().is_empty() => Ok(address),
        Some((scheme, _)) => Err(refused(format!("{scheme}:// is not understood"))),
        None => Err(refused("it is not a URL".to_owned())),
    }
}

/// An address as it may be shown.
fn without_login(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        (None, Some((_, host))) => host.to_owned(),
        _ => text.to_owned(),
    }
}

fn names(addresses: &[ServerAddr]) -> String {
    let names = addresses.iter().map(|address| {
        let host = address.host();
        match host.contains(':') {
            true => format!("[{host}]:{}", address.port()),
            false => format!("{host}:{}", address.port()),
        }
    });
    names.collect::<Vec<_>>().join(", ")
}

async fn configured(
    options: &NatsOptions,
    link: watch::Sender<Link>,
) -> Result<ConnectOptions, NatsError> {
    let mut connect = ConnectOptions::new()
        .name("avocet")
        .connection_timeout(options.timeout)
        .request_timeout(Some(options.timeout))
        .max_reconnects(None)
        .reconnect_delay_callback(pause)
        .event_callback(move |event| {
            match event {
                Event::Connected => drop(link.send_replace(Link::Up)),
                Event::Disconnected => drop(link.send_replace(Link::Down)),
                _ => {}
            }
            std::future::ready(())
        });
    if let Some(ca) = &options.tls.ca {
        readable(ca).await?;
        connect = connect.add_root_certificates(ca.clone()).require_tls(true);
    }
    if let Some((certificate, key)) = &options.tls.client {
        readable(certificate).await?;
        readable(key).await?;
        connect = connect.add_client_certificate(certificate.clone(), key.clone());
    }
    Ok(match &options.login {
        Login::None => connect,
        Login::Password { user, password } => {
            connect.user_and_password(user.clone(), password.clone())
        }
        Login::Token(token) => connect.token(token.clone()),
        Login::NKey(file) => connect.nkey(readable(file).await?.trim().to_owned()),
        Login::Credentials(file) => {
            let text = readable(file).await?;
            connect
                .credentials(&text)
                .map_err(|source| NatsError::File { file: file.clone(), source: source.into() })?
        }
    })
}

/// Text of a file: what cannot be read is said before the server is asked.
async fn readable(file: &std::path::Path) -> Result<String, NatsError> {
    tokio::fs::read_to_string(file)
        .await
        .map_err(|source| NatsError::File { file: file.to_owned(), source: source.into() })
}

/// Pause before an attempt to connect again: longer and longer, never the same for all clients.
fn pause(attempt: usize) -> Duration {
    let base = Duration::from_millis(20 << attempt.min(7)).min(LONGEST_PAUSE);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let part = now.unwrap_or_default().subsec_nanos() % 256;
    base / 2 + base * part / 512
}

fn refusal(servers: &str, error: async_nats::ConnectError) -> NatsError {
    let servers = servers.to_owned();
    match error.kind() {
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
            NatsError::Refused { servers }
        }
        _ => NatsError::Connect { servers, source: error.into() },
    }
}

#[cfg(test)]
mod tests {
    use super::{address, names, pause, without_login};
    use std::time::Duration;

    #[test]
    fn addresses_are_shown_without_their_login() {
        assert_eq!(without_login("nats://u:p@host:1"), "nats://host:1");
        assert_eq!(without_login("u:p@host"), "host");
        let shown = address("http://u:secret@host:1").unwrap_err().to_string();
        assert!(!shown.contains("secret") && shown.contains("host"), "{shown}");
        assert_eq!(names(&[address("nats://u:p@[::1]").unwrap()]), "[::1]:4222");
    }

    #[test]
    fn pauses_grow_to_a_limit() {
        assert!(pause(0) < Duration::from_millis(21));
        for attempt in [8, 60, usize::MAX] {
            assert!(pause(attempt) >= Duration::from_millis(900));
            assert!(pause(attempt) <= Duration::from_secs(2));
        }
    }
}
