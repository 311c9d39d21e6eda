//! Calls to the server: each in a task of the connection's runtime, within a time limit.

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State;
use avocet_backplane::{Error, Pending, Result};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout_at};

use crate::error::Source;

/// Pause between two looks at a connection that is gone.
const LOOK: Duration = Duration::from_millis(20);

/// Client of the server, and the limits that every store here calls it with.
#[derive(Clone)]
pub(crate) struct Calls {
    pub(crate) client: async_nats::Client,
    pub(crate) jetstream: async_nats::jetstream::Context,
    pub(crate) replicas: usize,
    pub(crate) timeout: Duration,
    server: Arc<str>,
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
    ) -> Self {
        let jetstream = async_nats::jetstream::context::ContextBuilder::new()
            .timeout(timeout)
            .ack_timeout(timeout)
            .build(client.clone());
        Self { client, jetstream, replicas, timeout, server, runtime: Handle::current() }
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
                    return Err(calls.failed(what, "there is no connection"));
                }
                sleep(LOOK).await;
            }
            match timeout_at(deadline, call).await {
                Ok(result) => result,
                Err(_) => Err(calls.failed(what, format!("no answer within {limit:?}"))),
            }
        });
        Box::pin(async move { task.await.unwrap_or(Err(Error::Closed)) })
    }

    /// Starts a task that lives as long as the runtime or until it ends.
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

    /// Place of a stream or bucket, for errors.
    pub(crate) fn place(&self, what: impl Display) -> String {
        format!("{what} at NATS {}", self.server)
    }
}
