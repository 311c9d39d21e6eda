//! Messages of a stream as they come, none left out: the reader goes on where it was after a lost
//! connection, a killed server and a message that was lost on its way.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::sleep;

use crate::calls::Calls;
use crate::options::Link;
use crate::stream::Listed;

/// Pause before a reader whose server is away is made again.
const PAUSE: Duration = Duration::from_millis(100);

/// Time between two signs of life of the server.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// Time after which the server forgets a reader.
const FORGET: Duration = Duration::from_secs(60);

/// Conduct where the stream was deleted and another one of its name made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Another {
    /// Reading it from its begin.
    Follow,
    /// Waiting: what the messages mean depends on their sequences.
    Leave,
}

pub(crate) struct Tail {
    calls: Calls,
    stream: String,
    filter: String,
    /// Sequence up to which messages came.
    after: u64,
    another: Another,
    /// Reader at the server, and the number of its next message.
    reader: Option<(pull::Stream, u64)>,
}

impl Tail {
    /// Reads behind the sequence `after`.
    pub(crate) fn new(calls: &Calls, stream: String, filter: String, after: u64) -> Self {
        let another = Another::Follow;
        Self { calls: calls.clone(), stream, filter, after, another, reader: None }
    }

    /// With this conduct.
    pub(crate) fn another(self, another: Another) -> Self {
        Self { another, ..self }
    }

    /// The next message; waits for as long as it takes.
    pub(crate) async fn next(&mut self) -> Listed {
        let mut link = self.calls.link();
        loop {
            if self.reader.is_none() {
                self.open().await;
            }
            let next = tokio::select! {
                next = self.read() => next,
                _ = link.wait_for(|link| *link == Link::Down) => None,
            };
            match next {
                Some(listed) => return listed,
                None => {
                    self.reader = None;
                    sleep(PAUSE).await;
                    link.wait_for(|link| *link == Link::Up).await.ok();
                }
            }
        }
    }

    /// The next message and those that are there with it, at most so many.
    pub(crate) async fn batch(&mut self, most: usize) -> Vec<Listed> {
        let mut batch = vec![self.next().await];
        while batch.len() < most {
            match self.read().now_or_never() {
                Some(Some(listed)) => batch.push(listed),
                Some(None) => {
                    self.reader = None;
                    break;
                }
                None => break,
            }
        }
        batch
    }

    async fn open(&mut self) {
        let config = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: self.after + 1 },
            filter_subject: self.filter.clone(),
            ack_policy: AckPolicy::None,
            inactive_threshold: FORGET,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let stream = &*self.stream;
        let Ok(consumer) = self.calls.jetstream.create_consumer_on_stream(config, stream).await
        else {
            self.look_for_another().await;
            return;
        };
        let messages = consumer.stream().heartbeat(HEARTBEAT).messages().await;
        self.reader = messages.ok().map(|messages| (messages, 1));
    }

    /// Reads a message; `None` where the reader is of no use any more.
    async fn read(&mut self) -> Option<Listed> {
        let (messages, number) = self.reader.as_mut()?;
        let listed = Listed::of(messages.next().await?.ok()?).ok()?;
        if listed.number != *number {
            return None;
        }
        *number += 1;
        self.after = listed.sequence;
        Some(listed)
    }

    /// Begins anew where the stream was deleted and made again.
    async fn look_for_another(&mut self) {
        if self.another == Another::Follow
            && let Ok(stream) = self.calls.jetstream.get_stream(&self.stream).await
            && stream.cached_info().state.last_sequence < self.after
        {
            self.after = 0;
        }
    }
}
