//! Calls to the server: each in a task of the connection's runtime, within a time limit.

use std::collections::HashSet;
use std::fmt::Display;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::connection::State;
use avocet_backplane::{Error, Pending, Result};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use crate::error::Source;
use crate::options::Link;

/// Pause between two looks at a connection that is gone.
const LOOK: Duration = Duration::from_millis(20);

/// Client of the server, and the limits that every store here calls it with.
#[derive(Clone)]
pub(crate) struct Calls {
    pub(crate) client: async_nats::Client,
    pub(crate) jetstream: async_nats::jetstream::Context,
    pub(crate) replicas: usize,
    pub(crate) timeout: Duration,
    /// Version of the server: major and minor.
    pub(crate) version: (u64, u64),
    server: Arc<str>,
    link: watch::Receiver<Link>,
    /// Streams that were there: asking one that is not is never answered.
    known: Arc<Mutex<HashSet<String>>>,
    runtime: Handle,
}

impl std::fmt::Debug for Calls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Calls").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Calls {
    pub(crate) fn new(
        client: async_nats::Client,
        replicas: usize,
        timeout: Duration,
        server: Arc<str>,
        version: (u64, u64),
        link: watch::Receiver<Link>,
    ) -> Self {
        let jetstream = async_nats::jetstream::context::ContextBuilder::new()
            .timeout(timeout)
            .ack_timeout(timeout)
            .build(client.clone());
        Self {
            client,
            jetstream,
            replicas,
            timeout,
            version,
            server,
            link,
            known: Arc::default(),
            runtime: Handle::current(),
        }
    }

    /// Runs `call` in a task of its own, so that a caller needs no runtime and one that goes away
    /// takes nothing back. `what` names it in an error.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        what: impl Display + Send + 'static,
        call: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Pending<T> {
        self.run_within(self.timeout, what, call)
    }

    /// As [`Self::run`], with another time limit.
    pub(crate) fn run_within<T: Send + 'static>(
        &self,
        limit: Duration,
        what: impl Display + Send + 'static,
        call: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Pending<T> {
        let calls = self.clone();
        let task = self.runtime.spawn(async move {
            let deadline = Instant::now() + limit;
            // What waits in the client while there is no server could reach it after its caller
            // was told that it failed.
            while calls.client.connection_state() != State::Connected {
                if Instant::now() + LOOK > deadline {
                    return Err(calls.unreachable(what, "there is no connection"));
                }
                sleep(LOOK).await;
            }
            match timeout_at(deadline, call).await {
                Ok(result) => result,
                Err(_) => Err(calls.unreachable(what, format!("no answer within {limit:?}"))),
            }
        });
        Box::pin(async move { task.await.unwrap_or(Err(Error::Closed)) })
    }

    /// Does `call`, again where the connection was lost before its answer came. It has to be one that
    /// can be done twice.
    pub(crate) async fn through<T, F: Future<Output = T>>(&self, call: impl Fn() -> F) -> T {
        let mut link = self.link.clone();
        loop {
            // Fails only when the client is gone, and then so does the call.
            link.wait_for(|link| *link == Link::Up).await.ok();
            tokio::select! {
                result = call() => return result,
                _ = link.wait_for(|link| *link == Link::Down) => {}
            }
        }
    }

    /// Follows whether the connection stands.
    pub(crate) fn link(&self) -> watch::Receiver<Link> {
        self.link.clone()
    }

    /// Remembers whether there is such a stream.
    pub(crate) fn know(&self, stream: &str, is_there: bool) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match is_there {
            true => drop(known.insert(stream.to_owned())),
            false => drop(known.remove(stream)),
        }
    }

    /// Whether such a stream was there when it was last asked for.
    pub(crate) fn knows(&self, stream: &str) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(stream)
    }

    /// Starts a task that ends by itself or when it is aborted.
    pub(crate) fn spawn(
        &self,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> tokio::task::AbortHandle {
        self.runtime.spawn(task).abort_handle()
    }

    /// Error of the call `what`.
    pub(crate) fn failed(&self, what: impl Display, source: impl Into<Source>) -> Error {
        let place = format!("{what} at NATS {}", self.server);
        Error::Storage { place, source: source.into() }
    }

    /// Error of the call `what`, which the server did not answer.
    pub(crate) fn unreachable(&self, what: impl Display, reason: impl Display) -> Error {
        Error::Unreachable {
            server: format!("NATS {}", self.server),
            reason: format!("{what}: {reason}"),
        }
    }

    /// Place of a stream or bucket, for errors.
    pub(crate) fn place(&self, what: impl Display) -> String {
        format!("{what} at NATS {}", self.server)
    }
}
